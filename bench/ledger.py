"""Speed of the ledger against plain sqlite3 in the same run: reading to arrays, and importing."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from flows.network import Flow, FlowNetwork, Spread
from flows.panel import measured_of_period, panel
from flows.period import Calendar, parse_period
from flows.resolve import NetworkResolver
from flows.store.entry import Entry, EntryReader
from flows.store.events import Draft
from flows.store.exchange import Sender, import_log
from flows.store.repository import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.records import Observation

FLOWS, DAYS, IMPORTED = 60, 3650, 100_000
FIRST = date(2015, 1, 1)
CALENDAR = Calendar("Asia/Shanghai")
NOW = 1_800_000_000_000_000

COLUMNS = (
    'id, seq, line, subject, day, start, "end", state, amount, sigma, register, device, quality,'
    " ticket, cause, typed, typed_unit, note, origin, supersedes"
)


def run(days: int = DAYS, imported: int = IMPORTED) -> list[dict[str, object]]:
    """Rows of the benchmark: name, seconds, floor_name, floor_seconds, ratio, goal."""
    network = _network(FLOWS)
    with tempfile.TemporaryDirectory() as folder:
        reading = _reading(Path(folder), network, days)
        importing = _importing(Path(folder), network, imported)
    return [*reading, *importing]


def _network(flows: int) -> FlowNetwork:
    sigma = Spread(relative=0.02)
    return FlowNetwork(
        flows=tuple(
            Flow(f"flow-{number}", "environment", "plant", sigma=sigma, facility="plant")
            for number in range(flows)
        )
    )


def _ledger(path: Path) -> Ledger:
    ledger = Ledger.create(path, clock=time.time_ns)
    ledger.append_park("name = 'bench'\n", authenticated="bench")
    return ledger


def _reading(folder: Path, network: FlowNetwork, days: int) -> list[dict[str, object]]:
    path = folder / "read.db"
    first = FIRST.toordinal()
    last = first + days - 1
    reader = EntryReader(NetworkResolver(network), CALENDAR, NOW)
    with _ledger(path) as ledger:
        digest = ledger.append_park("name = 'bench'\n", authenticated="bench").park_hash
        for day in range(first, last + 1):
            ledger.append(Draft("submission", "bench", digest, _day(reader, day)))
        connection = sqlite3.connect(path)
        query = f"SELECT {COLUMNS} FROM observation WHERE day BETWEEN ? AND ? AND seq <= ?"
        bounds = (first, last, days + 1)

        def floor() -> None:
            connection.execute(query, bounds).fetchall()

        def arrays() -> None:
            rows = ledger.rows(as_of=days + 1, first_day=first, last_day=last, counters_before=True)
            panel(rows, network, CALENDAR, first_day=first, last_day=last)

        month = parse_period(date.fromordinal(last - 40).strftime("%Y-%m"))
        begin, end = month.ordinals[0] - 1, month.ordinals[-1]

        def period() -> None:
            rows = ledger.rows(first_day=begin, last_day=end, counters_before=True)
            measured_of_period(rows, network, CALENDAR, month)

        def of_period() -> None:
            connection.execute(query, (begin, end, days + 1)).fetchall()

        floor_seconds, of_month = _best(floor), _best(of_period)
        found = [
            _row(f"{days * FLOWS} entries to arrays", _best(arrays), "fetch", floor_seconds, 3.0),
            _row("a month's entries to measurements", _best(period), "fetch", of_month, None),
            _row("audit of the whole chain", _best(ledger.audit, 1), "fetch", floor_seconds, None),
        ]
        connection.close()
    return found


def _day(reader: EntryReader, day: int) -> list[Observation]:
    text = date.fromordinal(day).isoformat()
    return [
        reader.read(Entry(f"flow-{number}", f"{100 + day % 50 + number}.5", "t", text))[0]
        for number in range(FLOWS)
    ]


def _importing(folder: Path, network: FlowNetwork, count: int) -> list[dict[str, object]]:
    text = folder / "import.csv"
    with text.open("w", encoding="utf-8") as file:
        file.write("what,day,value,unit\n")
        for number in range(count):
            day = date.fromordinal(FIRST.toordinal() + number // FLOWS).isoformat()
            file.write(f"flow-{number % FLOWS},{day},{100 + number % 70}.25,t\n")
    with _ledger(folder / "import.db") as ledger:
        park = ledger.park_in_force()
        sender = Sender("bench", park.park_hash if park else "")
        started = time.perf_counter()
        done = import_log(
            ledger,
            text,
            sender,
            resolver=NetworkResolver(network),
            calendar=CALENDAR,
            now_us=NOW,
        )
        seconds = time.perf_counter() - started
    if done.observations != count:
        raise RuntimeError("the import is not whole")
    floor = _executemany(folder / "import.db", folder / "floor.db", count)
    return [_row(f"import of {count} entries", seconds, "executemany", floor, 4.0)]


def _executemany(source: Path, target: Path, count: int) -> float:
    """The same rows into the same table with its indexes and triggers, by sqlite3 alone."""
    connection = sqlite3.connect(source)
    rows = connection.execute("SELECT * FROM observation ORDER BY id").fetchall()
    events = connection.execute("SELECT * FROM event ORDER BY seq").fetchall()
    subjects = connection.execute("SELECT * FROM subject ORDER BY id").fetchall()
    connection.close()
    Ledger.create(target).close()
    connection = sqlite3.connect(target, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    started = time.perf_counter()
    for table, some in (("event", events), ("subject", subjects), ("observation", rows)):
        marks = ", ".join("?" * len(some[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
    connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    if len(rows) != count:
        raise RuntimeError("the floor is not whole")
    connection.close()
    return seconds


def _best(work: Callable[[], object], times: int = 3) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _row(
    name: str, seconds: float, floor_name: str, floor_seconds: float, goal: float | None
) -> dict[str, object]:
    return {
        "name": name,
        "seconds": seconds,
        "floor_name": floor_name,
        "floor_seconds": floor_seconds,
        "ratio": seconds / floor_seconds,
        "goal": goal,
    }


if __name__ == "__main__":
    for row in run():
        print(row)
