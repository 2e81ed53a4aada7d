"""Month sheets put together: the tour's streams of a facility, day by day, as measured."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.errors import Refused, system_problem
from flows.findings import finding
from flows.panel import panel
from flows.period import parse_period
from flows.records import State
from flows.units import KINDS
from reports.monthsheet import Cell, Earlier, MonthSheet, Stream, Total, html, total, workbook
from tui.months.closing import one_month
from tui.months.state import Months
from tui.reconciling.month import display

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from flows.period import Period
    from flows.records import Observation
    from tui.session import Session

#: Folder of a park for its month sheets.
SHEETS = "sheets"


def month_sheets(
    session: Session, period: str, facility: str = "", *, as_of: int | None = None
) -> list[MonthSheet]:
    """The sheet of a facility's month; of the whole park, one of each facility that has streams.

    Raises:
        Refused: `period-month`, `key-unknown` of the facility, `template-empty` where nothing
            is due and nothing entered.
    """
    month = one_month(period)
    session.check_facility(facility)
    months = Months.read(session, month.text, as_of=as_of)
    owner = {item.what: item.facility for item in months.answers}
    owner = {what: of for what, (of, _) in months.due.items()} | owner
    order = dict.fromkeys((*months.due, *owner))
    whats = [what for what in order if not facility or owner[what] == facility]
    if not whats:
        raise Refused(finding("template-empty", facility, period=month.text))
    first, last = month.first.toordinal(), month.last_excluded.toordinal() - 1
    entries = _entries(session, first, last, as_of)
    streams, scales = _streams(session, month, whats, entries)
    columns = _columns(session, months, month, scales, entries, as_of)
    before = [
        (term, each.text, _sums(session, each, scales, streams, as_of))
        for term, each in (
            ("month-on-month", parse_period((month.first - timedelta(days=1)).strftime("%Y-%m"))),
            ("year-on-year", parse_period(f"{month.first.year - 1:04}-{month.first.month:02}")),
        )
    ]
    names = {item.id: item.names for item in session.park.facilities}
    head = session.ledger.head()
    if as_of is not None and (event := session.ledger.event(as_of)) is not None:
        head = event.head
    sheets = []
    for of in dict.fromkeys((*(one for one in names if one in owner.values()), *owner.values())):
        own = [at for at, what in enumerate(whats) if owner[what] == of]
        if not own:
            continue
        lock = months.lock(of, month)
        sheets.append(
            MonthSheet(
                month.text,
                session.park.names,
                names.get(of, {}),
                tuple(date.fromordinal(day) for day in range(first, last + 1)),
                tuple(streams[at] for at in own),
                tuple(zip(*(columns[at] for at in own), strict=True)),
                head,
                session.park.synthetic,
                lock.by if lock else "",
                (session.park.id, of),
                tuple(Earlier(term, text, tuple(sums[at] for at in own))
                      for term, text, sums in before),
            )
        )  # fmt: skip
    return sheets


def write_month_sheets(sheets: Sequence[MonthSheet], out: Path, language: str) -> None:
    """Write the sheets as .html or .xlsx.

    Raises:
        Refused: `file-unwritable`.
    """
    data = workbook(sheets, language) if out.suffix.lower() == ".xlsx" else None
    try:
        out.write_bytes(data if data is not None else html(sheets, language).encode())
    except OSError as error:
        raise Refused(finding("file-unwritable", file=str(out), **system_problem(error))) from None


def keep_month_sheet(
    session: Session, period: str, facility: str, ending: str, language: str
) -> Path:
    """Write the sheet of a month into the folder `sheets` of the park, and say where it lies.

    Raises:
        Refused: As `month_sheets` and `write_month_sheets`.
    """
    sheets = month_sheets(session, period, facility)
    folder = session.folder / SHEETS
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unwritable", file=str(folder), **said)) from None
    out = folder / f"{sheets[0].period}-{facility or session.park.id}{ending}"
    write_month_sheets(sheets, out, language)
    return out


def _streams(
    session: Session,
    month: Period,
    whats: Sequence[str],
    entries: Mapping[tuple[str, int], list[Observation]],
) -> tuple[list[Stream], list[tuple[str, float]]]:
    """Columns with their labels and units, and the canonical units per unit of each."""
    network = session.network(month.last_excluded - timedelta(days=1))
    names, shown = session.names_at(month.text), display(network)
    kinds = {what: some[0].kind for (what, _), some in entries.items()}
    streams, scales = [], []
    for what in whats:
        kind = kinds.get(what)
        unit, per_unit = shown.get(what) or (KINDS[kind].unit if kind else "", 1.0)
        label = names.get(what) or names.get(what.removeprefix("stock:"), {})
        of, _, quality = what.rpartition(".")
        if not label and of in names:  # a sample: the property of a flow
            label = {language: f"{name} {quality}" for language, name in names[of].items()}
        streams.append(Stream(what, label, unit, adds=what in network.flow))
        scales.append((what, per_unit))
    return streams, scales


def _entries(
    session: Session, first: int, last: int, as_of: int | None
) -> dict[tuple[str, int], list[Observation]]:
    """Entries in force by what they are of and day."""
    entries: dict[tuple[str, int], list[Observation]] = {}
    for item in session.ledger.observations(as_of=as_of, first_day=first, last_day=last):
        if item.day <= last:
            entries.setdefault((item.what, item.day), []).append(item)
    return entries


def _columns(
    session: Session,
    months: Months,
    month: Period,
    scales: Sequence[tuple[str, float]],
    entries: Mapping[tuple[str, int], list[Observation]],
    as_of: int | None,
) -> list[list[Cell]]:
    """Days of each stream, given with its canonical units per unit shown."""
    first, last = month.first.toordinal(), month.last_excluded.toordinal() - 1
    network = session.network(month.last_excluded - timedelta(days=1))
    rows = session.ledger.rows(as_of=as_of, first_day=first, last_day=last, counters_before=True)
    amounts, _ = panel(rows, network, session.park.calendar, first_day=first, last_day=last)
    columns = []
    for what, per_unit in scales:
        in_panel = what in amounts.whats
        column = amounts.whats.index(what) if in_panel else -1
        due = months.due.get(what, ("", frozenset[int]()))[1]
        cells = []
        for at, day in enumerate(range(first, last + 1)):
            own = entries.get((what, day), [])
            value = float(amounts.amount[at, column]) if in_panel else _last(own)
            cells.append(_cell(own, value / per_unit, due=day in due))
        columns.append(cells)
    return columns


def _sums(
    session: Session,
    month: Period,
    scales: Sequence[tuple[str, float]],
    streams: Sequence[Stream],
    as_of: int | None,
) -> tuple[Total, ...]:
    """Totals of the streams in an earlier month; none where nothing was entered."""
    first, last = month.first.toordinal(), month.last_excluded.toordinal() - 1
    entries = _entries(session, first, last, as_of)
    if not entries:
        return tuple(Total() for _ in streams)
    months = Months.read(session, month.text, as_of=as_of)
    columns = _columns(session, months, month, scales, entries, as_of)
    return tuple(total(stream, cells) for stream, cells in zip(streams, columns, strict=True))


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
