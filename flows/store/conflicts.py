"""Conflicts: entries that say the same thing twice, tickets used twice, counters that drop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import literal_column, select

from flows.counters import advance
from flows.errors import Refused
from flows.findings import finding
from flows.kinds import KINDS
from flows.network import Device
from flows.period import DAY
from flows.records import State
from flows.store.bulk import COUNTER, DEVICE, ENTRY, SUBJECT, superseded
from flows.store.closing import locked_entries
from flows.store.judging import IMPOSSIBLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from flows.findings import Finding
    from flows.records import Observation
    from flows.resolve import Resolver

#: How many numbers go into one question to the database.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Placed:
    """A new observation and where it was read, for the findings."""

    observation: Observation
    row: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """One thing said, new or in the ledger."""

    start: int
    end: int
    day: int
    ticket: str
    register: float | None
    id: int
    new: Placed | None

    @property
    def place(self) -> dict[str, Any]:
        """How to find it: the row of the file, or the id in the ledger; 0 is neither."""
        return {"other": (self.new.row or 0) if self.new else 0, "id": self.id}


_Key = tuple[str, str]  # what, device


def conflicts(
    items: Sequence[Placed], resolver: Resolver, connection: Connection | None = None
) -> list[Finding]:
    """What of the new observations cannot stand beside each other or beside the ledger.

    Args:
        items: New observations; those that they supersede are left out of account.
        resolver: Knows the devices' rollovers and the flows' capacities.
        connection: Of the ledger, or None to look into the items only.

    Returns:
        `entry-duplicate`, `ticket-duplicate`, `register-drop`, `entry-impossible` and `locked`.
    """
    spans: dict[_Key, list[_Said]] = {}
    counters: dict[_Key, list[_Said]] = {}
    for item in items:
        new = item.observation
        if new.state is State.WITHDRAWN:
            continue
        said = _Said(new.start, new.end, new.day, new.ticket, new.register, 0, item)
        kept = counters if new.state is State.REGISTER else spans
        kept.setdefault((new.what, new.device), []).append(said)
    gone: set[int] = set()
    if connection is not None:
        gone = {item.observation.supersedes or 0 for item in items}
        gone.update(superseded(connection))
        _add_spans(connection, spans, gone)
        _add_counters(connection, counters, gone)
    found: list[Finding] = []
    for key, all_said in spans.items():
        found += _overlaps(key, all_said)
    for key, all_said in counters.items():
        found += _drops(key, all_said, resolver)
    found += _tickets(items, connection, gone)
    if connection is not None:
        new_ones = [item.observation for item in items]
        locked = [
            said.at(row=items[place].row, column=items[place].column)
            for place, said in locked_entries(connection, new_ones)
        ]
        # On a locked day nothing else can be mended before it is reopened.
        first = {(one.where, one.row, one.column) for one in locked}
        found = [one for one in found if (one.where, one.row, one.column) not in first] + locked
    found.sort(key=lambda one: one.row or 0)
    return found


def _duplicate(key: _Key, said: _Said, other: _Said) -> Finding:
    """Said of the new one of the two, or of the later one."""
    if said.new is None or (other.new is not None and (other.new.row or 0) > (said.new.row or 0)):
        said, other = other, said
    assert said.new is not None  # noqa: S101  two old ones are never compared
    return finding(
        "entry-duplicate",
        key[0],
        row=said.new.row,
        column=said.new.column,
        device=key[1],
        day=date.fromordinal(said.day).isoformat(),
        **other.place,
    )


def _overlaps(key: _Key, all_said: list[_Said]) -> list[Finding]:
    """Spans that share time, and instants that are the same; tickets may share theirs."""
    found = []
    last_whole: _Said | None = None  # the one that reaches furthest, without a ticket
    last_ticket: _Said | None = None
    at_instant: dict[int, _Said] = {}
    for said in sorted(all_said, key=lambda one: (one.start, one.end, one.id)):
        if said.start == said.end:
            other = at_instant.setdefault(said.start, said)
            if other is not said and (said.new or other.new):
                found.append(_duplicate(key, said, other))
            continue
        for reach in (last_whole, None if said.ticket else last_ticket):
            if reach is not None and said.start < reach.end and (said.new or reach.new):
                found.append(_duplicate(key, said, reach))
                break
        if said.ticket:
            if last_ticket is None or said.end > last_ticket.end:
                last_ticket = said
        elif last_whole is None or said.end > last_whole.end:
            last_whole = said
    return found


def _drops(key: _Key, all_said: list[_Said], resolver: Resolver) -> list[Finding]:
    found = []
    what, name = key
    ordered = sorted(all_said, key=lambda one: (one.end, one.id))
    for earlier, later in pairwise(ordered):
        at = later.new or earlier.new
        if at is None:
            continue
        if earlier.end == later.end:
            found.append(_duplicate(key, later, earlier))
            continue
        day = date.fromordinal(later.day)
        meter = _device(resolver, name, day)
        before, after = earlier.register or 0.0, later.register or 0.0
        delta = advance(before, after, meter.rollover)
        place: dict[str, Any] = {"row": at.row, "column": at.column}
        place |= {"device": name, "day": day.isoformat(), "previous": before, "value": after}
        if delta is None:
            found.append(finding("register-drop", what, **place))
            continue
        target = resolver.resolve(what, day)
        capacity = target.maximum * (later.end - earlier.end) / DAY
        if delta * meter.multiplier > IMPOSSIBLE * capacity:
            place["value"] = delta * meter.multiplier
            place |= {"limit": IMPOSSIBLE * capacity, "capacity": capacity}
            place |= {"unit": KINDS[target.kind].unit, "problem": "register", "reading": after}
            found.append(finding("entry-impossible", what, **place))
    return found


def _device(resolver: Resolver, name: str, day: date) -> Device:
    try:
        return resolver.device(name, day) if name else Device("")
    except Refused:
        return Device(name)


def _tickets(
    items: Sequence[Placed], connection: Connection | None, gone: set[int]
) -> list[Finding]:
    """Numbers used twice by one weighbridge, or for one flow where none is named."""
    first: dict[tuple[str, str], Placed] = {}
    found = []
    for item in items:
        new = item.observation
        if not new.ticket or new.state is State.WITHDRAWN:
            continue
        other = first.setdefault((new.device or new.what, new.ticket), item)
        if other is not item:
            found.append(_used(item, {"other": other.row or 0, "id": 0}))
    if connection is None or not first:
        return found
    numbers = sorted({number for _, number in first})
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        # the second condition is there for the partial index
        conditions = [ENTRY.c.ticket.in_(some), ENTRY.c.ticket != literal_column("''")]
        for key, kept in _kept(connection, conditions, gone):
            if again := first.get((key[1] or key[0], kept.ticket)):
                found.append(_used(again, kept.place))
    return found


def _used(item: Placed, place: dict[str, Any]) -> Finding:
    new = item.observation
    return finding(
        "ticket-duplicate",
        new.what,
        row=item.row,
        column=item.column,
        ticket=new.ticket,
        device=new.device,
        **place,
    )


def _add_spans(connection: Connection, spans: dict[_Key, list[_Said]], gone: set[int]) -> None:
    """What the ledger says of the same things at the same time."""
    if not spans:
        return
    first = min(said.start for some in spans.values() for said in some)
    last = max(said.end for some in spans.values() for said in some)
    conditions = [
        ENTRY.c.subject.in_(_subjects(connection, spans)),
        # an instant at the very end counts, and a span that begins there does not harm
        ENTRY.c.start <= last,
        ENTRY.c.end >= first,
        ENTRY.c.state != State.REGISTER.value,
    ]
    for key, kept in _kept(connection, conditions, gone):
        if key in spans:
            spans[key].append(kept)


def _add_counters(
    connection: Connection, counters: dict[_Key, list[_Said]], gone: set[int]
) -> None:
    if not counters:
        return
    conditions = [ENTRY.c.subject.in_(_subjects(connection, counters)), COUNTER]
    for key, kept in _kept(connection, conditions, gone):
        if key in counters:
            counters[key].append(kept)


def _subjects(connection: Connection, keys: dict[_Key, list[_Said]]) -> list[int]:
    whats = {what for what, _ in keys}
    found = connection.execute(select(SUBJECT.c.id, SUBJECT.c.what))
    return [number for number, what in found if what in whats]


def _kept(
    connection: Connection, conditions: list[ColumnElement[bool]], gone: set[int]
) -> list[tuple[_Key, _Said]]:
    kept = ENTRY.c
    query = (
        select(
            SUBJECT.c.what,
            DEVICE.c.name,
            kept.start,
            kept.end,
            kept.day,
            kept.ticket,
            kept.register,
            kept.id,
        )
        .select_from(ENTRY)
        .join(SUBJECT, SUBJECT.c.id == kept.subject)
        .outerjoin(DEVICE, DEVICE.c.id == kept.device)
        .where(*conditions, kept.state != State.WITHDRAWN.value)
        .order_by(kept.id)
    )
    return [
        ((what, device or ""), _Said(start, end, day, ticket, register, number, None))
        for what, device, start, end, day, ticket, register, number in connection.execute(query)
        if number not in gone
    ]
