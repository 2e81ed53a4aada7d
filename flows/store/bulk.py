"""Many rows at once, in core SQL: from observations to records, from records to columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import and_, case, func, insert, literal_column, select

from flows.records import State
from flows.rows import QUALITY_CODE, STATE_CODE, Rows, Subject
from flows.store.tables import DeviceRow, EventRow, ObservationRow, SubjectRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from flows.records import Observation

EVENT = cast("Table", EventRow.__table__)  # type: ignore[attr-defined]  # SQLModel's own
SUBJECT = cast("Table", SubjectRow.__table__)  # type: ignore[attr-defined]  # SQLModel's own
DEVICE = cast("Table", DeviceRow.__table__)  # type: ignore[attr-defined]  # SQLModel's own
ENTRY = cast("Table", ObservationRow.__table__)  # type: ignore[attr-defined]  # SQLModel's own

_KEPT = ENTRY.c
#: Columns of the table that hold the observation's own fields, in the table's order.
_INSERT_COLUMNS = tuple(column.name for column in ENTRY.columns)


def head(connection: Connection) -> tuple[int, str, int] | None:
    """seq, hash and recorded moment of the last event, or None of an empty ledger."""
    columns = EVENT.c
    found = connection.execute(
        select(columns.seq, columns.hash, columns.recorded_at).order_by(columns.seq.desc()).limit(1)
    ).first()
    return tuple(found) if found else None


def subjects(connection: Connection) -> tuple[Subject, ...]:
    """All subjects in the order of their ids, which are 1, 2, ..."""
    columns = SUBJECT.c
    found = connection.execute(
        select(columns.what, columns.kind, columns.facility).order_by(columns.id)
    )
    return tuple(Subject(*row) for row in found)


def devices(connection: Connection) -> tuple[str, ...]:
    """Ids of all devices in the order of their keys, which are 1, 2, ..."""
    return tuple(connection.execute(select(DEVICE.c.name).order_by(DEVICE.c.id)).scalars())


def last_id(connection: Connection) -> int:
    """Id of the last observation, 0 where there is none."""
    return int(connection.execute(select(func.coalesce(func.max(_KEPT.id), 0))).scalar_one())


class Keys:
    """Integer keys of subjects and devices; new ones are made, under the write lock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._subjects = {item: key for key, item in enumerate(subjects(connection), 1)}
        self._devices = {name: key for key, name in enumerate(devices(connection), 1)}
        self._by_parts = {
            (item.what, item.kind, item.facility): key for item, key in self._subjects.items()
        }

    def subject(self, what: str, kind: str, facility: str) -> int:
        """Key of a subject."""
        parts = (what, kind, facility)
        key = self._by_parts.get(parts)
        if key is None:
            key = self._by_parts[parts] = len(self._by_parts) + 1
            self._connection.execute(
                insert(SUBJECT).values(id=key, what=what, kind=kind, facility=facility)
            )
        return key

    def device(self, name: str) -> int | None:
        """Key of a device, None for none."""
        if not name:
            return None
        key = self._devices.get(name)
        if key is None:
            key = self._devices[name] = len(self._devices) + 1
            self._connection.execute(insert(DEVICE).values(id=key, name=name))
        return key


def _double(value: float | None) -> float | None:
    return None if value is None else float(value) + 0.0  # minus zero is not kept


def to_records(
    observations: Sequence[Observation], keys: Keys, seq: int, first_id: int
) -> list[tuple[Any, ...]]:
    """Observations as tuples in the order of the table's columns."""
    subject, device = keys.subject, keys.device
    return [
        (
            first_id + place,
            seq,
            place + 1,
            subject(item.what, item.kind, item.facility),
            int(item.day),
            int(item.start),
            int(item.end),
            item.state.value,
            _double(item.value),
            _double(item.sigma),
            _double(item.register),
            device(item.device),
            item.quality.value,
            item.ticket,
            item.cause,
            item.flag,
            item.typed,
            item.typed_unit,
            item.note,
            item.origin,
            item.supersedes,
        )
        for place, item in enumerate(observations)
    ]


def canonical_records(
    observations: Sequence[Observation], records: list[tuple[Any, ...]]
) -> Iterator[tuple[object, ...]]:
    """The same in the order of `canonical.OBSERVATION_FIELDS`, with words for keys."""
    for item, record in zip(observations, records, strict=True):
        yield (
            record[0],
            record[2],
            item.what,
            item.kind,
            item.facility,
            *record[4:11],
            item.device,
            *record[12:],
        )


def append(connection: Connection, records: list[tuple[Any, ...]]) -> None:
    """Insert tuples of `to_records` by the driver's own executemany."""
    if not records:
        return
    statement = insert(ENTRY).compile(dialect=connection.dialect, column_keys=_INSERT_COLUMNS)
    connection.exec_driver_sql(str(statement), records)


def scope(
    connection: Connection,
    *,
    as_of: int | None = None,
    first_day: int | None = None,
    last_day: int | None = None,
    whats: Iterable[str] | None = None,
) -> list[ColumnElement[bool]]:
    """Conditions on observations: of events up to `as_of`, days [first, last], some subjects."""
    conditions: list[ColumnElement[bool]] = []
    if as_of is not None:
        conditions.append(_KEPT.seq <= as_of)
    if whats is not None:
        wanted = frozenset(whats)
        codes = [key for key, item in enumerate(subjects(connection), 1) if item.what in wanted]
        conditions.append(_KEPT.subject.in_(codes))
    if first_day is not None:
        conditions.append(_KEPT.day >= first_day)
    if last_day is not None:
        conditions.append(_KEPT.day <= last_day)
    return conditions


def _code(column: ColumnElement[Any], codes: dict[str, int]) -> ColumnElement[Any]:
    return case(codes, value=column, else_=-1)


# Written out, not bound: SQLite uses a partial index only where it sees its condition.
COUNTER = _KEPT.state == literal_column(f"'{State.REGISTER.value}'")
LONG: ColumnElement[bool] = literal_column('"end" - start > 172800')

# in the order of flows.rows
_COLUMNS = (
    _KEPT.id,
    _KEPT.seq,
    _KEPT.subject - 1,
    _KEPT.day,
    _KEPT.start,
    _KEPT.end,
    _code(_KEPT.state, STATE_CODE),
    _KEPT.amount,
    _KEPT.sigma,
    _KEPT.register,
    func.coalesce(_KEPT.device, 0) - 1,
    _code(_KEPT.quality, QUALITY_CODE),
    _KEPT.ticket != literal_column("''"),
    _KEPT.supersedes,
)


def rows(
    connection: Connection,
    *,
    as_of: int | None = None,
    first_day: int | None = None,
    last_day: int | None = None,
    whats: Iterable[str] | None = None,
    counters_before: bool = False,
    reaching: int | None = None,
) -> Rows:
    """Observations as columns.

    Args:
        connection: In a transaction, so that everything is read of one moment.
        as_of: Only events up to this seq, or None for all.
        first_day: Ordinal of the first operating day.
        last_day: Ordinal of the last operating day, included.
        whats: Only these subjects.
        counters_before: Also the last counter readings before `first_day`, from which the
            amounts of the first days are differenced.
        reaching: Also spans of more than two days that began before `first_day` and end after
            this instant.
    """
    conditions = scope(connection, as_of=as_of, first_day=first_day, last_day=last_day, whats=whats)
    records = _fetch(connection, select(*_COLUMNS).where(*conditions))
    if counters_before and first_day is not None:
        earlier = scope(connection, as_of=as_of, last_day=first_day - 1, whats=whats)
        records += _fetch(connection, _last_counters(earlier, as_of))
    if reaching is not None and first_day is not None:
        earlier = scope(connection, as_of=as_of, last_day=first_day - 1, whats=whats)
        query = select(*_COLUMNS).where(*earlier, _KEPT.end > reaching, LONG)
        records += _fetch(connection, query)
    return Rows.from_records(
        subjects(connection), devices(connection), records, superseded(connection, as_of)
    )


def superseded(connection: Connection, as_of: int | None = None) -> list[int]:
    """Ids of the observations that a later one replaces, on whatever day it stands."""
    query = select(_KEPT.supersedes).where(_KEPT.supersedes.is_not(None), *until(as_of))
    return list(connection.execute(query).scalars())


def until(as_of: int | None) -> list[ColumnElement[bool]]:
    """Condition on observations: of events up to `as_of`."""
    return [] if as_of is None else [_KEPT.seq <= as_of]


def _last_counters(conditions: list[ColumnElement[bool]], as_of: int | None) -> Select[Any]:
    later = ENTRY.alias("later")
    current = ~(
        select(literal_column("1"))
        .where(later.c.supersedes == _KEPT.id, *([] if as_of is None else [later.c.seq <= as_of]))
        .exists()
    )
    last = (
        select(_KEPT.subject, _KEPT.device, func.max(_KEPT.end).label("end"))
        .where(*conditions, COUNTER, current)
        .group_by(_KEPT.subject, _KEPT.device)
        .subquery()
    )
    return (
        select(*_COLUMNS)
        .join(
            last,
            and_(
                last.c.subject == _KEPT.subject,
                func.coalesce(last.c.device, 0) == func.coalesce(_KEPT.device, 0),
                last.c.end == _KEPT.end,
            ),
        )
        .where(*conditions, COUNTER, current)
    )


def _fetch(connection: Connection, query: Select[Any]) -> list[tuple[Any, ...]]:
    # the driver's own tuples: a Row object for each would double the time
    cursor = connection.execute(query).cursor
    assert cursor is not None  # noqa: S101  a SELECT has one
    return cast("list[tuple[Any, ...]]", cursor.fetchall())
