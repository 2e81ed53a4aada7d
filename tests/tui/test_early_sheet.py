"""The first look at a day's sheet says what the session says of it, whatever the ledger holds."""

import json
import subprocess
import sys
from datetime import date, timedelta

import pytest

from flows.errors import LedgerError
from flows.store.entry import Entry
from flows.store.events import Draft
from tui.daysheet.day import sheet_of
from tui.daysheet.early import first_look
from tui.daysheet.glance import glance
from tui.entering import reader
from tui.session import Session, read_park

DAY = date(2025, 3, 20)


def seen(folder, day=DAY):
    return first_look(folder, read_park(folder), day)


def both(folder, day=DAY):
    """What the first look shows, held equal to what follows it."""
    early = seen(folder, day)
    with Session.open(folder) as session:
        full = sheet_of(session, day)
    assert early.lines == full.lines
    assert (early.park, early.names, early.labels) == (full.park, full.names, full.labels)
    assert early.judge is None
    return {line.what: line for line in early.lines}


def test_on_every_tenth_day_of_a_year_and_before_and_after_it(demo):
    usual = 0
    for step in range(-3, 40):
        lines = both(demo.folder, date(2025, 1, 1) + timedelta(days=10 * step))
        usual += sum(line.low is not None for line in lines.values())
    assert usual > 500


@pytest.fixture
def enter(program):
    """Entries as one submission, by the columns of a log file."""

    def submit(*entries):
        with Session.open(program.folder) as session:
            read = reader(session)
            items = [read.read(Entry(**entry))[0] for entry in entries]
            draft = Draft("submission", "test", session.park.hash, tuple(items))
            return session.ledger.append(draft)

    return submit


def days(what, count, value, **more):
    return [
        {"what": what, "value": f"{value + n}", "day": f"{DAY - timedelta(days=n)}", **more}
        for n in range(1, count + 1)
    ]


def flow_of(folder, device):
    network = read_park(folder).network(DAY)
    return next(item.id for item in network.flows if item.device == device)


def test_an_empty_ledger_has_only_lines_that_are_due(program):
    lines = both(program.folder)
    assert len(lines) == 24
    assert {line.state for line in lines.values()} == {"due"}
    assert all(line.yesterday is None and line.low is None for line in lines.values())


def test_corrected_withdrawn_missing_and_stated_zero(program, enter):
    what = flow_of(program.folder, "weighbridge")
    enter(*days(what, 20, 1000))
    for day, word in (("2025-03-19", "1500"), ("2025-03-18", "withdrawn"), ("2025-03-17", "0")):
        program("correct", what, word, "--day", day, "--reason", "misread")
    program("log", what, "missing", "--day", "2025-03-20", "--cause", "power cut")
    line = both(program.folder)[what]
    assert (line.state, line.yesterday) == ("missing", 1500.0)
    # of the week before: 1500, nothing, 0, and 1004 to 1007
    assert line.mean == pytest.approx((1500 + 0 + 1004 + 1005 + 1006 + 1007) / 6)
    assert line.low < 1010 < line.high


def test_counters_with_the_reading_before_the_days_looked_at(program, enter):
    what = flow_of(program.folder, "meter-export")
    readings = [
        ("2025-01-05", 100.0),
        *((f"2025-03-{n:02d}", 1000.0 + 90 * n) for n in range(1, 20)),
    ]
    enter(
        *(
            {"what": what, "value": f"{shown}", "day": day, "state": "register"}
            for day, shown in readings
        )
    )  # fmt: skip
    line = both(program.folder)[what]
    device = read_park(program.folder).network(DAY).device["meter-export"]
    assert line.unit == "kWh"  # a turn of the counter is so many MWh
    assert line.yesterday == pytest.approx(1000 * 90 * device.multiplier)
    assert line.low < line.yesterday < line.high


def test_tickets_parts_of_days_and_spans_of_several(program, enter):
    what = flow_of(program.folder, "weighbridge")
    enter(
        *days(what, 12, 900)[1:],
        *({"what": what, "value": f"{40 + n}", "day": "2025-03-19", "ticket": f"T{n}"}
          for n in range(20)),
        {"what": flow_of(program.folder, "crane-scale"), "value": "700",
         "start": "2025-03-10", "end": "2025-03-14"},
    )  # fmt: skip
    line = both(program.folder)[what]
    assert line.yesterday == pytest.approx(sum(40 + n for n in range(20)))


def test_two_devices_of_one_flow_and_levels_of_stocks(program, enter):
    what = flow_of(program.folder, "weighbridge")
    stock = next(w for w in read_park(program.folder).tour if w.startswith("stock:"))
    enter(
        *days(what, 15, 1000),
        *days(what, 15, 1100, device="crane-scale"),
        *days(stock, 15, 300),
    )
    lines = both(program.folder)
    assert lines[what].yesterday == 1001.0
    assert lines[stock].yesterday == 301.0
    assert lines[stock].low is not None


def test_a_locked_month(program, enter):
    what = flow_of(program.folder, "weighbridge")
    enter(*({"what": what, "value": "1000", "day": f"2025-02-{n:02d}"} for n in range(1, 29)))
    with Session.open(program.folder) as session:
        span = session.park.calendar.period_span
        from flows.period import parse_period

        for kind, verdict in (("review", "submitted"), ("review", "approved"), ("lock", "")):
            session.ledger.append(
                Draft(kind, f"{kind}-{verdict}", session.park.hash, verdict=verdict,
                      period=span(parse_period("2025-02")))
            )  # fmt: skip
    lines = both(program.folder, date(2025, 2, 20))
    assert lines[what].state == "value"


def test_where_there_is_no_ledger_it_says_nothing(program):
    (program.folder / "park.db").unlink()
    with pytest.raises(LedgerError):
        seen(program.folder)


def test_a_park_file_as_windows_editors_write_it_is_read_alike_at_once_and_in_full(program):
    path = program.folder / "park.toml"
    plain = glance(program.folder)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert glance(program.folder) == plain
    assert [line.what for line in plain.lines] == list(both(program.folder))


LOADED = """
import json, sys
from datetime import date
from pathlib import Path
from tui.session import read_park
from tui.daysheet.early import first_look
sheet = first_look(Path("."), read_park(Path(".")), date(2025, 3, 20))
heavy = ("sqlmodel", "sqlalchemy", "pint", "networkx", "scipy")
print(json.dumps([len(sheet.lines), [name for name in heavy if name in sys.modules]]))
"""


def test_a_first_look_loads_no_database_library_and_no_registry_of_units(program):
    run = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=program.folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(run.stdout) == [24, []]
