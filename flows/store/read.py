"""Single records out of the ledger: events, park versions, observations and their histories."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col
from sqlmodel import select as select_model

from flows.records import State
from flows.store.bulk import DEVICE, ENTRY, EVENT, SUBJECT, scope, superseded
from flows.store.early import observation_of
from flows.store.events import PARK, Event
from flows.store.tables import EventRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from flows.records import Observation

_EVENT_FIELDS = tuple(field.name for field in fields(Event))


def _event(row: EventRow) -> Event:
    return Event(**{name: getattr(row, name) for name in _EVENT_FIELDS})


def event(connection: Connection, seq: int) -> Event | None:
    """The event with this seq."""
    with Session(connection) as session:
        row = session.get(EventRow, seq)
        return _event(row) if row else None


def events(
    connection: Connection, *, kinds: Iterable[str] | None = None, as_of: int | None = None
) -> list[Event]:
    """Events in their order, of some kinds or all."""
    query = select_model(EventRow).order_by(col(EventRow.seq))
    if kinds is not None:
        query = query.where(col(EventRow.kind).in_(tuple(kinds)))
    if as_of is not None:
        query = query.where(col(EventRow.seq) <= as_of)
    with Session(connection) as session:
        return [_event(row) for row in session.exec(query)]


def events_after(connection: Connection, seq: int, count: int) -> list[Event]:
    """The next events in the order of their seq, as they stand."""
    columns = [EVENT.c[name] for name in _EVENT_FIELDS]
    query = select(*columns).where(EVENT.c.seq > seq).order_by(EVENT.c.seq).limit(count)
    return [Event(*row) for row in connection.execute(query)]


def park_in_force(connection: Connection, as_of: int | None = None) -> Event | None:
    """The last park version: its `body` is the park file, its `park_hash` the file's digest."""
    query = (
        select_model(EventRow)
        .where(EventRow.kind == PARK)
        .order_by(col(EventRow.seq).desc())
        .limit(1)
    )
    if as_of is not None:
        query = query.where(col(EventRow.seq) <= as_of)
    with Session(connection) as session:
        row = session.exec(query).first()
        return _event(row) if row else None


def park_known(connection: Connection, park_hash: str) -> bool:
    """Whether a park version with this digest was ever in force."""
    columns = EVENT.c
    query = select(columns.seq).where(columns.kind == PARK, columns.park_hash == park_hash)
    return connection.execute(query.limit(1)).first() is not None


def imported(connection: Connection, source_hash: str) -> Event | None:
    """The event that brought in the file with this SHA-256."""
    query = select_model(EventRow).where(EventRow.source_hash == source_hash)
    with Session(connection) as session:
        row = session.exec(query).first()
        return _event(row) if row else None


def seq_at(connection: Connection, moment: int) -> int:
    """Seq of the last event recorded at or before a moment (microseconds UTC), 0 for none."""
    # moments never decrease, so the first hit from the end is the answer
    query = (
        select_model(EventRow.seq)
        .where(col(EventRow.recorded_at) <= moment)
        .order_by(col(EventRow.seq).desc())
        .limit(1)
    )
    with Session(connection) as session:
        return session.exec(query).first() or 0


def observations(
    connection: Connection,
    *,
    as_of: int | None = None,
    first_day: int | None = None,
    last_day: int | None = None,
    whats: Iterable[str] | None = None,
    every: bool = False,
) -> list[Observation]:
    """Observations in the order of their ids: the effective ones, or `every` one ever recorded."""
    conditions = scope(connection, as_of=as_of, first_day=first_day, last_day=last_day, whats=whats)
    found = _observations(connection, conditions)
    if every:
        return found
    gone = set(superseded(connection, as_of))
    return [item for item in found if item.id not in gone and item.state is not State.WITHDRAWN]


def by_ids(connection: Connection, ids: Sequence[int]) -> list[Observation]:
    """The observations with these ids, in the order of their ids."""
    return _observations(connection, [ENTRY.c.id.in_(ids)])


def successor(connection: Connection, observation: int) -> int | None:
    """Id of the observation that supersedes this one."""
    query = select(ENTRY.c.id).where(ENTRY.c.supersedes == observation)
    return connection.execute(query).scalar()


def history(connection: Connection, observation: int) -> list[Observation]:
    """All that was ever said in place of one observation, the first entry first."""
    chain: list[Observation] = []
    back: int | None = observation
    while back is not None and (found := by_ids(connection, [back])):
        chain.insert(0, found[0])
        back = found[0].supersedes
    ahead = successor(connection, observation)
    while ahead is not None:
        chain += by_ids(connection, [ahead])
        ahead = successor(connection, ahead)
    return chain


def _observations(
    connection: Connection, conditions: list[ColumnElement[bool]]
) -> list[Observation]:
    kept = ENTRY.c
    query = (
        select(
            SUBJECT.c.what,
            SUBJECT.c.kind,
            kept.day,
            kept.start,
            kept.end,
            kept.state,
            kept.amount,
            kept.sigma,
            kept.typed,
            kept.typed_unit,
            DEVICE.c.name,
            kept.quality,
            kept.register,
            kept.ticket,
            kept.cause,
            kept.flag,
            kept.note,
            kept.origin,
            kept.supersedes,
            kept.id,
            kept.seq,
            SUBJECT.c.facility,
        )
        .select_from(ENTRY)
        .join(SUBJECT, SUBJECT.c.id == kept.subject)
        .outerjoin(DEVICE, DEVICE.c.id == kept.device)
        .where(*conditions)
        .order_by(kept.id)
    )
    return [observation_of(row) for row in connection.execute(query)]
