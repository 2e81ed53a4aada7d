"""A first look through SQLite alone says what the ledger says, or nothing."""

import random
import sqlite3
from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from flows.errors import LedgerError, Refused
from flows.records import Observation, Quality, State
from flows.rows import Rows
from flows.store import sqlite
from flows.store.early import EarlyLedger
from flows.store.repository import Ledger

FIRST = date(2025, 3, 1).toordinal()
DAY = 86_400
WHATS = ("in", "out", "gas", "stock:plant", "in.COD")
WINDOWS = [(0, 30), (5, 12), (11, 11), (-40, -1), (29, 60)]


def any_observation(chance):
    """Whatever a ledger may hold, of 40 days: spans, parts, tickets, counters, stocktakes."""
    what = chance.choice(WHATS)
    day = chance.randrange(-10, 30)
    start = (FIRST + day) * DAY
    state = chance.choice(list(State)[:4])
    length = chance.choice([DAY, DAY, DAY, DAY // 3, 3 * DAY, 10 * DAY])
    instant = state is State.REGISTER or what.startswith("stock")
    amount = {State.VALUE: chance.uniform(-5, 500), State.ZERO: 0.0}.get(state)
    return Observation(
        what,
        chance.choice(["mass", "gas"]),
        FIRST + day,
        start + length if instant else start,
        start + length,
        state,
        amount,
        chance.choice([None, 0.0, 1.5]),
        typed="typed",
        typed_unit="t",
        device=chance.choice(["", "", "scale", "meter", "meter-2"]),
        quality=chance.choice(list(Quality)),
        register=chance.uniform(0, 1e6) if state is State.REGISTER else None,
        ticket=chance.choice(["", "", f"T{chance.random()}"]) if state is State.VALUE else "",
        cause=chance.choice(["", "停电"]),
        flag=chance.choice(["", "entry-unlikely"]),
        note=chance.choice(["", 'see log, "shift 2"']),
        origin=chance.choice(["", "march.csv:7"]),
        facility=chance.choice(["", "kitchen"]),
    )  # fmt: skip


def successor(chance, item):
    """A correction of an entry: another value, a missing reading, or withdrawn."""
    state = chance.choice([State.VALUE, State.MISSING, State.WITHDRAWN])
    return Observation(
        item.what, item.kind, item.day, item.start, item.end, state,
        7.0 if state is State.VALUE else None,
        device=item.device, facility=item.facility, supersedes=item.id,
    )  # fmt: skip


@pytest.fixture(params=[1, 2, 3])
def awkward(request, ledger, send):
    chance = random.Random(request.param)  # noqa: S311  the same each time
    for _ in range(12):
        send(*(any_observation(chance) for _ in range(30)))
        known = ledger.observations()
        chosen = chance.sample(known, 6)
        send(*(successor(chance, item) for item in chosen), reason="misread")
    return ledger


def same(first: Rows, second: Rows) -> bool:
    return all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        if isinstance(a := getattr(first, field.name), np.ndarray)
        else a == getattr(second, field.name)
        for field in fields(Rows)
        for b in [getattr(second, field.name)]
    )


def test_both_say_the_same_of_any_days_and_flows(awkward):
    with EarlyLedger.open(awkward.path) as early:
        for first, last in WINDOWS:
            days = {"first_day": FIRST + first, "last_day": FIRST + last}
            for whats in (None, ["in"], ["gas", "stock:plant"], ["nowhere"], []):
                ours = early.observations(**days, whats=whats)
                assert ours == awkward.observations(**days, whats=whats)
                for before in (False, True):
                    asked = {**days, "whats": whats, "counters_before": before}
                    assert same(early.rows(**asked), awkward.rows(**asked))
        assert early.observations() == awkward.observations()
        assert len(early.observations()) > 200


def test_an_empty_ledger_has_nothing_to_say(ledger):
    with EarlyLedger.open(ledger.path) as early:
        assert early.observations() == []
        assert len(early.rows(first_day=FIRST, last_day=FIRST, counters_before=True)) == 0


def test_all_that_is_read_is_of_one_moment(ledger, send, amount):
    send(amount(day=1))
    with EarlyLedger.open(ledger.path) as early:
        before = early.observations()
        send(amount(day=2))
        assert early.observations() == before
    with EarlyLedger.open(ledger.path) as early:
        assert len(early.observations()) == 2


def test_a_look_changes_nothing_and_cannot(ledger, send, amount):
    send(amount(day=1))
    head = ledger.head()
    with EarlyLedger.open(ledger.path) as early:
        early.rows()
        with pytest.raises(sqlite3.OperationalError):
            early._connection.execute("DELETE FROM event_guard")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            early._connection.execute("CREATE TABLE x (y)")
    assert ledger.head() == head


def test_it_is_only_of_now(ledger):
    with EarlyLedger.open(ledger.path) as early, pytest.raises(LedgerError):
        early.rows(as_of=1)


def test_of_another_schema_it_says_nothing(path, clock):
    with Ledger.create(path, clock=clock):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    with pytest.raises(LedgerError, match="schema"), EarlyLedger.open(path):
        pass


@pytest.mark.parametrize("content", [None, b"", b"not a database at all, but long enough" * 40])
def test_of_what_is_no_ledger_it_says_nothing(path, content):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LedgerError), EarlyLedger.open(path):
        pass


def test_on_a_network_share_it_does_not_look(ledger, monkeypatch, tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/ {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(sqlite, "_MOUNTS", mounts)
    with pytest.raises(Refused), EarlyLedger.open(ledger.path):
        pass


def test_while_somebody_writes_it_looks_at_what_stood_before(ledger, send, amount):
    send(amount(day=1))

    def look(_):
        with EarlyLedger.open(ledger.path) as early:
            seen.extend(early.observations())
        return ()

    seen: list[Observation] = []
    send(amount(day=2), check=look)
    assert [item.day for item in seen] == [FIRST]
