"""A park of a test's own text, taken the whole way: park file, ledger, log file, session."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import replace
from textwrap import dedent

import pytest

from facilities.parkfile import load
from flows.period import Span, parse_day
from flows.store import exchange
from flows.store.entry import Entry, EntryReader
from flows.store.events import Draft
from flows.store.repository import Ledger
from tui.session import Session

#: 2025-04-02 08:00 UTC, in microseconds: after every day the parks speak of.
NOW = 1_743_580_800_000_000


class Ground:
    """A park folder with its ledger and session; moments tick by a second, authors are fixed."""

    def __init__(self, folder, park, empty):
        ticks = itertools.count(NOW, 1_000_000)
        (folder / "park.toml").write_text(dedent(park), encoding="utf-8")
        self.folder = folder
        self.park = load(folder / "park.toml")
        self.ledger = opened(empty, folder / "park.db", lambda: next(ticks))
        self.ledger.append_park(self.park.text, self.park.hash, authenticated="root")
        self.session = Session(folder, self.park, self.ledger)
        self.sender = exchange.Sender("root", self.park.hash, claimed="wang")

    def take(self, log, name="log.csv"):
        """Import a log file; the seq of its event."""
        path = self.folder / name
        path.write_text(dedent(log).lstrip(), encoding="utf-8")
        came = exchange.import_log(
            self.ledger,
            path,
            self.sender,
            resolver=self.session.resolver,
            calendar=self.park.calendar,
            now_us=NOW,
        )
        assert came.observations > 0
        return came.event.seq

    @property
    def reader(self):
        return EntryReader(self.session.resolver, self.park.calendar, NOW)

    def correct(self, what, day, value, *, ticket=""):
        """Replace what was said of a day (and ticket); the seq of the event."""
        ordinal = parse_day(day).toordinal()
        (target,) = (
            item
            for item in self.ledger.observations(first_day=ordinal, last_day=ordinal, whats=[what])
            if item.ticket == ticket
        )
        return self.replace(target.id, value)

    def replace(self, number, value):
        """Replace an observation by its number, None takes it back; the seq of the event."""
        target = exchange.find(self.ledger, number=number)
        new = exchange.withdrawal(target)
        if value is not None:
            new, _ = exchange.correction(target, Entry(target.what, f"{value}"), self.reader)
        event = exchange.correct(
            self.ledger, [new], "typed wrongly", self.sender, resolver=self.session.resolver
        )
        return event.seq

    def balance(self, period, name, *, as_of=None, **options):
        """The one balance of mass round something."""
        rows, _ = self.session.balances(period, layer="mass", as_of=as_of, **options)
        (row,) = [row for row in rows if row.id == name]
        return row

    def close(self):
        self.ledger.close()


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """The file of a ledger without events; to make one anew each time takes longer than to copy."""
    path = tmp_path_factory.mktemp("empty") / "park.db"
    Ledger.create(path).close()
    return path


def opened(empty, path, clock):
    """A copy of the empty ledger, open for writing."""
    shutil.copyfile(empty, path)
    return Ledger.open(path, clock=clock)


@pytest.fixture
def ground(tmp_path, empty):
    """`ground(park)` opens a park of that text in a folder of its own."""
    made = []

    def make(park, name="park"):
        folder = tmp_path / name
        folder.mkdir()
        made.append(Ground(folder, park, empty))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def replay(tmp_path, empty):
    """A fresh ledger to which every event of another was appended again, at its own moment."""
    made = []

    def again(ledger, *, until=None, later=0, **changed):
        events = ledger.events(as_of=until)
        said = ledger.observations(every=True)
        moments = iter([event.recorded_at + later for event in events])
        fresh = opened(empty, tmp_path / f"again-{len(made)}.db", lambda: next(moments))
        made.append(fresh)
        for event in events:
            draft = draft_of(event, [item for item in said if item.seq == event.seq])
            fresh.append(replace(draft, **changed))
        return fresh

    yield again
    for each in made:
        each.close()


def draft_of(event, observations):
    """What was sent, by what was recorded of it."""
    return Draft(
        event.kind,
        event.authenticated,
        event.park_hash,
        [replace(item, id=0, seq=0) for item in observations],
        claimed=event.claimed,
        source=event.source,
        source_hash=event.source_hash,
        facility=event.facility,
        period=None if event.period_start is None else Span(event.period_start, event.period_end),
        verdict=event.verdict,
        reason=event.reason,
        body=event.body,
    )
