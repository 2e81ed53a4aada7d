"""The month sheet put together: the tour's streams of a facility, day by day, as measured."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.errors import Refused, system_problem
from flows.findings import finding
from flows.panel import panel
from flows.records import State
from flows.units import KINDS
from reports.monthsheet import Cell, MonthSheet, Stream, html, workbook
from tui.months.closing import one_month
from tui.months.state import Months
from tui.reconciling.month import display

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from flows.records import Observation
    from tui.session import Session

#: Folder of a park for its month sheets.
SHEETS = "sheets"


def month_sheet(
    session: Session, period: str, facility: str = "", *, as_of: int | None = None
) -> MonthSheet:
    """The sheet of a facility's month, or of the whole park.

    Raises:
        Refused: `period-month`, `key-unknown` of the facility, `template-empty` where nothing
            is due and nothing entered.
    """
    month = one_month(period)
    session.check_facility(facility)
    months = Months.read(session, month.text, as_of=as_of)
    first, last = month.first.toordinal(), month.last_excluded.toordinal() - 1
    network = session.network(month.last_excluded - timedelta(days=1))
    rows = session.ledger.rows(as_of=as_of, first_day=first, last_day=last, counters_before=True)
    amounts, _ = panel(rows, network, session.park.calendar, first_day=first, last_day=last)
    entries: dict[tuple[str, int], list[Observation]] = {}
    for item in session.ledger.observations(as_of=as_of, first_day=first, last_day=last):
        if item.day <= last:
            entries.setdefault((item.what, item.day), []).append(item)
    also = [item.what for item in months.answers if not facility or item.facility == facility]
    whats = [what for what, (owner, _) in months.due.items() if facility in {"", owner}]
    whats = list(dict.fromkeys((*whats, *also)))
    if not whats:
        raise Refused(finding("template-empty", facility, period=month.text))
    names, shown = session.names_at(month.text), display(network)
    streams, columns = [], []
    for what in whats:
        kinds = [some[0].kind for (of, _), some in entries.items() if of == what]
        unit, per_unit = shown.get(what) or (KINDS[kinds[-1]].unit if kinds else "", 1.0)
        in_panel = what in amounts.whats
        column = amounts.whats.index(what) if in_panel else -1
        label = names.get(what) or names.get(what.removeprefix("stock:"), {})
        streams.append(Stream(what, label, unit, adds=what in network.flow))
        due = months.due.get(what, ("", frozenset[int]()))[1]
        cells = []
        for at, day in enumerate(range(first, last + 1)):
            own = entries.get((what, day), [])
            value = float(amounts.amount[at, column]) if in_panel else _last(own)
            cells.append(_cell(own, value / per_unit, due=day in due))
        columns.append(cells)
    lock = months.lock(facility, month)
    facilities: Mapping[str, Mapping[str, str]] = {
        item.id: item.names for item in session.park.facilities
    }
    head = session.ledger.head()
    if as_of is not None and (event := session.ledger.event(as_of)) is not None:
        head = event.head
    return MonthSheet(
        month.text,
        session.park.names,
        facilities.get(facility, {}),
        tuple(date.fromordinal(day) for day in range(first, last + 1)),
        tuple(streams),
        tuple(zip(*columns, strict=True)),
        head,
        session.park.synthetic,
        lock.by if lock else "",
        (session.park.id, facility),
    )


def write_month_sheet(sheet: MonthSheet, out: Path, language: str) -> None:
    """Write the sheet as .html or .xlsx.

    Raises:
        Refused: `file-unwritable`.
    """
    data = workbook(sheet, language) if out.suffix.lower() == ".xlsx" else None
    try:
        out.write_bytes(data if data is not None else html(sheet, language).encode())
    except OSError as error:
        raise Refused(finding("file-unwritable", file=str(out), **system_problem(error))) from None


def keep_month_sheet(
    session: Session, period: str, facility: str, ending: str, language: str
) -> Path:
    """Write the sheet of a month into the folder `sheets` of the park, and say where it lies.

    Raises:
        Refused: As `month_sheet` and `write_month_sheet`.
    """
    sheet = month_sheet(session, period, facility)
    folder = session.folder / SHEETS
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unwritable", file=str(folder), **said)) from None
    out = folder / f"{sheet.period}-{facility or session.park.id}{ending}"
    write_month_sheet(sheet, out, language)
    return out


def _cell(own: list[Observation], value: float, *, due: bool) -> Cell:
    mark = "*" if any(item.supersedes is not None for item in own) else ""
    mark += "?" if any(item.flag for item in own) else ""
    if not math.isnan(value):
        return Cell(value, "value", mark)
    if any(item.state is State.MISSING for item in own):
        return Cell(None, "missing", mark)
    return Cell(None, "gap" if due and not own else "", mark)


def _last(own: list[Observation]) -> float:
    """The latest level or sample of a day."""
    known = [item for item in own if item.value is not None]
    latest = max(known, key=lambda item: (item.end, item.id), default=None)
    return math.nan if latest is None or latest.value is None else latest.value
