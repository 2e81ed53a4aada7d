"""The newest readings through SQLite alone: a first look, before the database library is loaded."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from flows.errors import LedgerError
from flows.records import Observation, Quality, State
from flows.rows import QUALITY_CODE, STATE_CODE, Rows, Subject
from flows.store.sqlite import SCHEMA, needs_copy, refuse_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

#: Seconds that a first look waits for a writer; the ledger itself is more patient.
PATIENCE = 0.2


def _code(column: str, codes: Mapping[str, int]) -> str:
    cases = " ".join(f"WHEN '{word}' THEN {code}" for word, code in codes.items())
    return f"CASE {column} {cases} ELSE -1 END"


# In the order of flows.rows; flows.store.bulk asks the same of any engine, and the tests hold the
# answers of both together.
_ROWS = (
    'SELECT o.id, o.seq, o.subject - 1, o.day, o.start, o."end",'  # noqa: S608  words of our own
    f" {_code('o.state', STATE_CODE)}, o.amount, o.sigma, o.register,"
    f" coalesce(o.device, 0) - 1, {_code('o.quality', QUALITY_CODE)}, o.ticket <> '', o.supersedes"
    " FROM observation AS o"
)
_OBSERVATIONS = (
    'SELECT s.what, s.kind, o.day, o.start, o."end", o.state, o.amount, o.sigma, o.typed,'
    " o.typed_unit, d.name, o.quality, o.register, o.ticket, o.cause, o.flag, o.note, o.origin,"
    " o.supersedes, o.id, o.seq, s.facility FROM observation AS o"
    " JOIN subject AS s ON s.id = o.subject LEFT JOIN device AS d ON d.id = o.device"
)
_SUPERSEDED = "SELECT supersedes FROM observation WHERE supersedes IS NOT NULL"
_COUNTER = (
    "o.state = 'register' AND NOT EXISTS"
    " (SELECT 1 FROM observation AS later WHERE later.supersedes = o.id)"
)


def observation_of(row: Sequence[Any]) -> Observation:
    """An observation from its columns in the order of its fields; None is no device."""
    what, kind, day, start, end, state, amount, sigma, typed, typed_unit, device, quality = row[:12]
    return Observation(
        what,
        kind,
        day,
        start,
        end,
        State(state),
        amount,
        sigma,
        typed,
        typed_unit,
        device or "",
        Quality(quality),
        *row[12:],
    )


class EarlyLedger:
    """A ledger file of this schema as of one moment; it answers two questions and never writes.

    What `flows.store.repository.Ledger` checks beyond the schema, it checks when it follows.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._subjects = tuple(
            Subject(*row)
            for row in self._all("SELECT what, kind, facility FROM subject ORDER BY id")
        )
        self._devices = tuple(name for (name,) in self._all("SELECT name FROM device ORDER BY id"))
        self._superseded = [number for (number,) in self._all(_SUPERSEDED)]

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        """The ledger of a file for as long as it takes to look.

        Raises:
            LedgerError: If it cannot be read so, whatever the reason: the ledger itself says it.
            Refused: If it lies on a network share.
        """
        if not path.is_file() or needs_copy(path):
            raise LedgerError(f"{path}: no first look")
        refuse_share(path)
        uri = f"file:{quote(os.fsencode(path.resolve()))}?mode=ro"
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
            try:
                connection.execute("BEGIN")  # all that is read is of one moment
                found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
                if found != (SCHEMA,):
                    raise LedgerError(f"{path}: schema {found}, not {SCHEMA}")
                yield cls(connection)
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise LedgerError(f"{path}: {error}") from error

    def observations(
        self,
        *,
        as_of: int | None = None,
        first_day: int | None = None,
        last_day: int | None = None,
        whats: Iterable[str] | None = None,
    ) -> list[Observation]:
        """As `Ledger.observations`, the effective ones."""
        where, values = self._scope(as_of, first_day, last_day, whats)
        gone = set(self._superseded)
        found = self._all(f"{_OBSERVATIONS} WHERE {where} ORDER BY o.id", values)
        return [
            item
            for item in map(observation_of, found)
            if item.id not in gone and item.state is not State.WITHDRAWN
        ]

    def rows(
        self,
        *,
        as_of: int | None = None,
        first_day: int | None = None,
        last_day: int | None = None,
        whats: Iterable[str] | None = None,
        counters_before: bool = False,
    ) -> Rows:
        """As `Ledger.rows`."""
        where, values = self._scope(as_of, first_day, last_day, whats)
        records = self._all(f"{_ROWS} WHERE {where}", values)
        if counters_before and first_day is not None:
            where, values = self._scope(as_of, None, first_day - 1, whats)
            last = (
                'SELECT o.subject, o.device, max(o."end") AS "end" FROM observation AS o'  # noqa: S608  numbers are bound
                f" WHERE {where} AND {_COUNTER} GROUP BY o.subject, o.device"
            )
            records += self._all(
                f"{_ROWS} JOIN ({last}) AS last ON last.subject = o.subject"
                " AND coalesce(last.device, 0) = coalesce(o.device, 0)"
                f' AND last."end" = o."end" WHERE {where} AND {_COUNTER}',
                values * 2,
            )
        return Rows.from_records(self._subjects, self._devices, records, self._superseded)

    def _scope(
        self,
        as_of: int | None,
        first_day: int | None,
        last_day: int | None,
        whats: Iterable[str] | None,
    ) -> tuple[str, list[int]]:
        """Condition on observations, and its numbers."""
        if as_of is not None:
            raise LedgerError("a first look is of now")
        parts, values = ["1"], []
        if whats is not None:
            wanted = frozenset(whats)
            codes = [key for key, item in enumerate(self._subjects, 1) if item.what in wanted]
            parts.append(f"o.subject IN ({', '.join(map(str, codes))})")
        for bound, number in (("o.day >= ?", first_day), ("o.day <= ?", last_day)):
            if number is not None:
                parts.append(bound)
                values.append(number)
        return " AND ".join(parts), values

    def _all(self, query: str, values: Iterable[int] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, tuple(values)).fetchall()
