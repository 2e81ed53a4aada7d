"""Entries into the ledger: one reading, a correction, a file of readings."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.findings import finding
from flows.store import exchange
from flows.store.entry import Entry, EntryReader
from flows.units import KINDS
from tui.daysheet.usuals import expectation
from tui.session import now_us, who

if TYPE_CHECKING:
    from pathlib import Path

    from flows.findings import Finding
    from flows.records import Observation
    from flows.store.events import Event
    from tui.session import Session

#: What an operator writes in place of an amount to take an entry back.
WITHDRAWN_WORDS = frozenset({"withdrawn", "撤回", "作废"})


@dataclass(frozen=True, slots=True)
class Kept:
    """What was recorded.

    Attributes:
        seq: The event.
        observations: What it holds, with their numbers; of an import only how many (`rows`).
        repeated: The file had been taken before, and nothing was done.
    """

    seq: int
    findings: tuple[Finding, ...]
    observations: tuple[Observation, ...] = ()
    rows: int = 0
    repeated: bool = False


def log_entry(session: Session, entry: Entry, by: str) -> Kept:
    """Record one reading.

    Raises:
        Refused: With what is wrong with it, or with the ledger.
    """
    resolver = session.resolver
    observation, doubts = reader(session).read(entry)
    event = exchange.submit(session.ledger, [observation], enterer(session, by), resolver=resolver)
    return Kept(event.seq, doubts, _recorded(session, event, observation))


def correct_entry(
    session: Session, entry: Entry, by: str, *, reason: str, number: int | None = None
) -> Kept:
    """Replace an entry, found by its number or by what and day.

    Raises:
        Refused: `correction-target` if there is none or several, and as `log_entry`.
    """
    resolver = session.resolver
    if number is None:
        day = session.day(entry.day or None)
        what = resolver.resolve(entry.what, day).what
        target = exchange.find(session.ledger, what=what, day=day.toordinal())
    else:
        known = resolver.canonical(entry.what) or resolver.resolve(entry.what, session.today).what
        target = exchange.find(session.ledger, number=number, what=known)
    doubts: tuple[Finding, ...] = ()
    if entry.value.strip().lower() in WITHDRAWN_WORDS:
        replacement = exchange.withdrawal(target, entry.note)
    else:
        replacement, doubts = exchange.correction(target, entry, reader(session))
    event = exchange.correct(
        session.ledger, [replacement], reason, enterer(session, by), resolver=resolver
    )
    return Kept(event.seq, doubts, _recorded(session, event, replacement))


def check_correction(session: Session, what: str, number: int, text: str) -> tuple[Finding, ...]:
    """What is doubtful about a figure in place of an entry; nothing is recorded.

    Raises:
        Refused: As `correct_entry`.
    """
    target = exchange.find(session.ledger, number=number, what=what)
    if text.strip().lower() in WITHDRAWN_WORDS:
        return ()
    return exchange.correction(target, Entry(what, value=text), reader(session))[1]


def import_file(session: Session, path: Path, by: str) -> Kept:
    """Take a file of readings, all of it or nothing, and only once.

    Raises:
        Refused: With everything that is wrong with it.
    """
    came = exchange.import_log(
        session.ledger,
        path,
        enterer(session, by),
        resolver=session.resolver,
        calendar=session.park.calendar,
        now_us=now_us(),
    )
    repeated = came.observations == 0
    return Kept(came.event.seq, came.findings, rows=came.observations, repeated=repeated)


def observation_json(item: Observation) -> dict[str, object]:
    """An observation as docs/formats.md has it; value in the canonical unit of its kind."""
    return {
        "id": item.id,
        "seq": item.seq,
        "what": item.what,
        "start": item.start,
        "end": item.end,
        "state": str(item.state),
        "value": item.value,
        "sigma": item.sigma,
        "unit": KINDS[item.kind].unit,
        "typed": item.typed,
        "typed_unit": item.typed_unit,
        "register": item.register,
        "device": item.device,
        "quality": str(item.quality),
        "ticket": item.ticket,
        "cause": item.cause,
        "flag": item.flag,
        "note": item.note,
        "supersedes": item.supersedes,
    }


def reader(session: Session) -> EntryReader:
    """Reads one entry with every check: what is refused, what the park and what the days say."""
    return EntryReader(
        session.resolver, session.park.calendar, now_us(), expectation=expectation(session)
    )


def check_role(session: Session, role: str, by: str) -> None:
    """Refuse who has not one of `facilities.roles.ROLES`.

    Raises:
        Refused: `role-missing`.
    """
    if said := role_missing(session, role, by):
        raise Refused(*said)


def role_missing(session: Session, role: str, by: str) -> list[Finding]:
    """What to say to somebody who has not one of `facilities.roles.ROLES`; empty to who has it."""
    name = by or who()
    if session.park.roles.allows(role, name):
        return []
    names = ", ".join(session.park.roles.of(role))
    return [finding("role-missing", field=role, by=name, names=names)]


def enterer(session: Session, by: str) -> exchange.Sender:
    """Who sends readings, if it is somebody who enters them in this park.

    Raises:
        Refused: `role-missing`, and as `sender`.
    """
    check_role(session, "enter", by)
    return sender(session, by)


def sender(session: Session, by: str) -> exchange.Sender:
    """Who sends; the park file in force is recorded first where the ledger does not know it."""
    authenticated = who()
    _check_park(session)
    session.ledger.append_park(
        session.park.text, session.park.hash, authenticated=authenticated, claimed=by
    )
    return exchange.Sender(authenticated, session.park.hash, by)


def _check_park(session: Session) -> None:
    """Refuse another park's file beside this ledger: an id stands for one park for ever."""
    in_force = session.ledger.park_in_force()
    if in_force is None or in_force.park_hash == session.park.hash:
        return
    known = tomllib.loads(in_force.body)["park"]["id"]
    if known != session.park.id:
        raise Refused(finding("park-other", what=session.park.id, known=known))


def _recorded(session: Session, event: Event, item: Observation) -> tuple[Observation, ...]:
    kept = session.ledger.observations(
        first_day=item.day, last_day=item.day, whats=[item.what], every=True
    )
    return tuple(one for one in kept if one.seq == event.seq)
