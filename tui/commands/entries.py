"""Commands of operators: log, correct, import, template, sheet."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

from tui.face import Face, command

if TYPE_CHECKING:
    from tui.daysheet.tour import SheetRow
    from tui.entering import Kept

Day = Annotated[
    str | None,
    typer.Option("--day", help="Operating day, e.g. 2025-03-01; the current one without it."),
]
By = Annotated[
    str | None,
    typer.Option("--by", envvar="PARKFLOW_BY", help="Who says so, if not the system's user."),
]
Unit = Annotated[str, typer.Option("--unit", help="Unit, if not typed with the amount.")]
Note = Annotated[str, typer.Option("--note", help="Anything worth keeping beside the number.")]
Cause = Annotated[str, typer.Option("--cause", help="Why it is missing, estimated or unusual.")]
Quality = Annotated[
    str,
    typer.Option(
        "--quality",
        help="weighed, metered, stored-tare, estimated, carried-over or computed.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="The ledger as it was: after event SEQ, or at a moment."),
]


@command("log")
def log(
    face: Face,
    what: Annotated[str, typer.Argument(help="Flow, stock:PROCESS or FLOW.PROPERTY.")],
    amount: Annotated[str, typer.Argument(help="Amount as on the meter, or 'missing'.")],
    day: Day = None,
    unit: Unit = "",
    by: By = None,
    note: Note = "",
    cause: Cause = "",
    quality: Quality = "",
    device: Annotated[str, typer.Option("--device", help="Scale or meter, if another.")] = "",
    sigma: Annotated[str, typer.Option("--sigma", help="One sigma, e.g. 3 or '2 %'.")] = "",
    ticket: Annotated[str, typer.Option("--ticket", help="Number of the ticket.")] = "",
    register: Annotated[
        bool, typer.Option("--register", help="AMOUNT is what the counter shows.")
    ] = False,
) -> None:
    """Enter one reading.

    Example: parkflow log incineration.received "0.16 万吨" --day 2025-03-01
    """
    from flows.store.entry import Entry
    from tui.entering import log_entry

    with face.open() as park:
        kept = log_entry(
            park,
            Entry(
                what,
                value=_typed(amount),
                unit=unit,
                day=park.day(day).isoformat(),
                sigma=sigma,
                device=device,
                quality=quality,
                ticket=ticket,
                cause=cause,
                state="register" if register else "",
                note=note,
                heads=_OPTIONS,
            ),
            by or face.settings.by,
        )
        _show(face, kept)


@command("correct")
def correct(
    face: Face,
    what: Annotated[str, typer.Argument(help="Flow, stock:PROCESS or FLOW.PROPERTY.")],
    amount: Annotated[str, typer.Argument(help="Right amount, 'missing' or 'withdrawn'.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the entry.")],
    day: Day = None,
    number: Annotated[
        int | None, typer.Option("--id", help="Number of the entry, where a day has several.")
    ] = None,
    unit: Unit = "",
    by: By = None,
) -> None:
    """Replace an entry, with a reason; the first one stays in the ledger.

    Example: parkflow correct incineration.received 1632.4 --day 2025-03-01 --reason "misread"
    """
    from flows.store.entry import Entry
    from tui.entering import correct_entry

    with face.open() as park:
        on = "" if day is None else park.day(day).isoformat()
        entry = Entry(what, value=_typed(amount), unit=unit, day=on, heads=_OPTIONS)
        kept = correct_entry(park, entry, by or face.settings.by, reason=reason, number=number)
        _show(face, kept)


@command("import")
def import_file(
    face: Face,
    file: Annotated[
        Path, typer.Argument(help="CSV or XLSX, long or wide (docs/formats.md).", readable=False)
    ],
    by: By = None,
) -> None:
    """Take a file of readings, all of it or nothing; the same file only once.

    Example: parkflow import march.csv --by "day shift"
    """
    from tui.entering import import_file as take

    with face.open() as park:
        entry = take(park, file, by or face.settings.by)
        face.say(entry.findings)
        if face.as_json:
            face.data(
                {
                    "seq": entry.seq,
                    "rows": entry.rows,
                    "repeated": entry.repeated,
                    "findings": face.findings_json(),
                }
            )
        elif not entry.repeated:
            face.line(face.words.text("imported", rows=entry.rows, file=file.name, seq=entry.seq))


@command("template")
def template(
    face: Face,
    period: Annotated[
        str | None,
        typer.Option("--period", help="Days to fill in, e.g. 2025-03; this month without it."),
    ] = None,
    facility: Annotated[
        str, typer.Option("--facility", help="Only the streams of this facility.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File to write; .xlsx.", readable=False),
    ] = None,
) -> None:
    """Write a spreadsheet to fill in, days down and streams across, for 'import' to read.

    Example: parkflow template --period 2025-03 --lang zh --out march.xlsx
    """
    from tui.spreadsheets import write_template

    if out is not None and out.suffix.lower() != ".xlsx":
        raise typer.BadParameter(f"{out.name}: the template is an .xlsx workbook.")
    with face.open(readonly=True) as park:
        made = write_template(park, period, facility, out, face.words)
    if face.as_json:
        face.data(
            {
                "file": str(made.file),
                "period": made.period,
                "streams": made.streams,
                "days": made.days,
                "findings": face.findings_json(),
            }
        )
        return
    face.tell(
        face.words.text(
            "template-made",
            period=made.period,
            file=made.file.name,
            streams=made.streams,
            days=made.days,
        )
    )
    face.line(str(made.file))


@command("sheet")
def sheet(
    face: Face,
    day: Day = None,
    facility: Annotated[str, typer.Option("--facility", help="Only this facility.")] = "",
    due: Annotated[bool, typer.Option("--due", help="Only what is not entered yet.")] = False,
    month: Annotated[
        str | None, typer.Option("--month", help="A whole month to print, with --out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to print to; .html or .xlsx.", readable=False)
    ] = None,
    as_of: AsOf = None,
) -> None:
    """The day's sheet: what is due, yesterday's value, the week's mean, what was entered.

    With --month the sheet of a month to print: days down, streams across, totals, signatures.

    Example: parkflow sheet --day 2025-03-14 --facility catering --due
    """
    if (month is None) != (out is None):
        raise typer.BadParameter("--month and --out go together.")
    if month is not None and out is not None:
        _print_month(face, month, facility, out, as_of)
        return
    from tui.daysheet.tour import day_sheet

    with face.open(readonly=True) as park:
        every = day_sheet(park, park.day(day), facility=facility, as_of=park.seq(as_of))
        rows = [row for row in every if row.state == "due"] if due else every
        if face.as_json:
            face.data([_sheet_json(row, face) for row in rows])
            return
        words = face.words
        open_ = sum(row.state == "due" for row in every)
        left_out = face.table(
            [words.term(key) for key in _SHEET_COLUMNS],
            [_sheet_line(row, face) for row in rows],
            title=f"{words.label(park.park.names, park.park.id)}  {every[0].day if every else ''}",
            right=(2, 3, 4),
            wrap=_NOTE,
            without=_SHEET_WITHOUT,
        )
        for row in rows if _NOTE in left_out else ():
            if row.note:
                face.line(f"{row.what}{words.term('place-end')}{row.note}")
        face.tell(words.text("sheet-count", done=len(every) - open_, total=len(every), due=open_))


def _print_month(face: Face, month: str, facility: str, out: Path, as_of: str | None) -> None:
    if out.suffix.lower() not in {".html", ".xlsx"}:
        raise typer.BadParameter(f"{out.name}: a month sheet is an .html or .xlsx file.")
    from tui.months.paper import month_sheets, write_month_sheets

    with face.open(readonly=True) as park:
        made = month_sheets(park, month, facility, as_of=park.seq(as_of))
        write_month_sheets(made, out, face.lang)
    states = [cell.state for sheet in made for row in sheet.cells for cell in row]
    if face.as_json:
        face.data(
            {
                "file": str(out),
                "period": made[0].period,
                "streams": sum(len(sheet.streams) for sheet in made),
                "days": len(made[0].days),
                "missing": states.count("missing"),
                "gaps": states.count("gap"),
                "head": made[0].head,
                "findings": face.findings_json(),
            }
        )
        return
    face.tell(face.words.text("monthsheet-made", period=made[0].period, file=out.name))
    face.line(str(out))


_SHEET_COLUMNS = ("name", "flow", "yesterday", "mean-7-days", "entry", "unit", "state", "note")
_NOTE = _SHEET_COLUMNS.index("note")
#: On a narrow terminal notes go below; then the mean goes, or the name, for `log` needs the id.
_SHEET_WITHOUT = ((7,), (7, 3), (7, 0), (7, 0, 3), (7, 0, 3, 5))

#: Where what was typed at the prompt stands, for the findings.
_OPTIONS = MappingProxyType(
    {name: f"--{name}" for name in ("day", "unit", "sigma", "device", "quality")}
)


def _typed(amount: str) -> str:
    """The amount as typed: `tui.cli` has turned a hyphen before a number into a minus sign."""
    return amount.replace("\N{MINUS SIGN}", "-")


def _sheet_line(row: SheetRow, face: Face) -> list[str]:
    def shown(value: float | None) -> str:
        return "" if value is None else face.words.number(value)

    return [
        face.words.label(row.names, row.what),
        row.what,
        shown(row.yesterday),
        shown(row.mean_7_days),
        shown(row.value),
        row.unit,
        face.words.term(f"state-{row.state}"),
        row.note,
    ]


def _sheet_json(row: SheetRow, face: Face) -> dict[str, object]:
    return {
        "what": row.what,
        "name": face.words.label(row.names, row.what),
        "day": row.day,
        "unit": row.unit,
        "state": row.state,
        "value": row.value,
        "sigma": row.sigma,
        "yesterday": row.yesterday,
        "mean_7_days": row.mean_7_days,
        "note": row.note,
        "observations": list(row.observations),
    }


def _show(face: Face, kept: Kept) -> None:
    """What was recorded, each observation on a line, and what is unlikely about it."""
    from flows.units import KINDS
    from tui.entering import observation_json

    face.say(kept.findings)
    if face.as_json:
        face.data(
            {
                "seq": kept.seq,
                "observations": [observation_json(item) for item in kept.observations],
                "findings": face.findings_json(),
            }
        )
        return
    for item in kept.observations:
        said = face.words.term(f"state-{item.state}")
        if item.value is not None and item.kind == "share":
            said = face.words.percent(item.value)
        elif item.value is not None:
            said = f"{face.words.number(item.value)} {KINDS[item.kind].unit}"
        elif item.register is not None:
            said = f"{said} {item.register:g}"
        day = date.fromordinal(item.day).isoformat()
        face.line(f"{item.what}  {day}  {said}  #{item.id}")
