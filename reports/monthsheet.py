"""The month sheet to print: days down, streams across, totals, and who signs; measured values."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING

from reports.markup import Safe, tag
from reports.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

#: States of a cell without a number, and the term for each.
_SAID = {"missing": "monthsheet-missing", "gap": "monthsheet-gap"}
_LANGUAGE = {"zh": "zh-CN", "en": "en"}

_STYLE = """
@page { size: A4 landscape; margin: 10mm }
body { font: 9pt/1.3 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 1em; color: #111 }
h1 { font-size: 14pt; margin: 0 } p { margin: .3em 0 }
table { border-collapse: collapse; margin: .6em 0 } thead { display: table-header-group }
th, td { border: 1px solid #777; padding: 1px 4px; text-align: right }
th { font-weight: 600; text-align: center; background: #eee } tr { break-inside: avoid }
td.no { color: #900; text-align: center } tfoot td { font-weight: 600 }
.synthetic { border: 2px solid #900; padding: 2px 6px; display: inline-block }
.sign { margin-top: 2em; white-space: pre-wrap } code { font-size: 7pt }
"""


@dataclass(frozen=True, slots=True)
class Stream:
    """A column: its id, label by language, unit, and whether its days add up."""

    what: str
    names: Mapping[str, str]
    unit: str
    adds: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of a stream.

    Attributes:
        value: In the stream's unit, or None.
        state: value, missing (said to be), gap (due, nothing said) or "" (not due).
        mark: `*` corrected, `?` doubtful.
    """

    value: float | None = None
    state: str = ""
    mark: str = ""


@dataclass(frozen=True)
class MonthSheet:
    """What stands on the sheet.

    Attributes:
        cells: By day and place of the stream.
        head: `DIGEST@SEQ` of the ledger that it was printed from.
    """

    period: str
    park_names: Mapping[str, str]
    facility_names: Mapping[str, str]
    days: tuple[date, ...]
    streams: tuple[Stream, ...]
    cells: tuple[tuple[Cell, ...], ...]
    head: str
    synthetic: bool = False
    locked_by: str = ""
    ids: tuple[str, str] = field(default=("", ""))

    def total(self, column: int) -> tuple[float | None, int]:
        """Sum of a stream over the days that have a value, and how many they are."""
        known = [row[column].value for row in self.cells]
        values = [value for value in known if value is not None]
        adds = self.streams[column].adds and bool(values)
        return (sum(values) if adds else None), len(values)


def html(sheet: MonthSheet, language: str) -> str:
    """The sheet as one HTML file that fetches nothing, for A4 across."""
    words = Words(language)
    columns = range(len(sheet.streams))
    totals = [sheet.total(at) for at in columns]
    heads = [tag("th", words.term("day"))]
    heads += [
        tag("th", words.label(item.names, item.what), tag("br"), tag("small", f"[{item.unit}]"))
        for item in sheet.streams
    ]
    body = [
        tag("tr", tag("th", day.isoformat()), *(_cell(cell, words) for cell in row))
        for day, row in zip(sheet.days, sheet.cells, strict=True)
    ]
    sums = [tag("td", words.number(total)) for total, _ in totals]
    counts = [tag("td", f"{count}/{len(sheet.days)}") for _, count in totals]
    return "<!DOCTYPE html>\n" + tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag(
                "meta",
                http_equiv="Content-Security-Policy",
                content="default-src 'none'; style-src 'unsafe-inline'",
            ),
            tag("title", _title(sheet, words)),
            tag("style", Safe(_STYLE)),
        ),
        tag(
            "body",
            tag("h1", _title(sheet, words)),
            tag("p", words.term("synthetic-banner"), class_="synthetic")
            if sheet.synthetic
            else Safe(),
            tag(
                "table",
                tag("thead", tag("tr", *heads)),
                tag("tbody", *body),
                tag(
                    "tfoot",
                    tag("tr", tag("th", words.term("monthsheet-total")), *sums),
                    tag("tr", tag("th", words.term("monthsheet-days")), *counts),
                ),
            ),
            *(tag("p", line) for line in _notes(sheet, words)),
            tag("p", words.term("monthsheet-signatures"), class_="sign"),
            tag("p", tag("code", sheet.head)),
        ),
        lang=_LANGUAGE[language],
    )


def workbook(sheet: MonthSheet, language: str) -> bytes:
    """The sheet as XLSX: numbers as numbers, what is missing as words, the totals as values."""
    import xlsxwriter

    words = Words(language)
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": datetime.combine(sheet.days[0], time())})
    page = book.add_worksheet(sheet.period)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    lined = {"border": 1, "border_color": "#777777"}
    heading = book.add_format(
        {**lined, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#EEEEEE"}
    )
    day_format = book.add_format({**lined, "num_format": "yyyy-mm-dd"})
    number = book.add_format({**lined, "num_format": "#,##0.###"})
    marked = {
        mark: book.add_format({**lined, "num_format": f'#,##0.###"{mark}"'})
        for mark in ("*", "?", "*?")
    }
    said = book.add_format({**lined, "font_color": "#990000", "align": "center"})
    bold = book.add_format({**lined, "num_format": "#,##0.###", "bold": True})
    page.write_string(0, 0, _title(sheet, words), book.add_format({"bold": True, "font_size": 14}))
    first = 2
    page.write_string(first, 0, words.term("day"), heading)
    page.set_column(0, len(sheet.streams), 12)
    for at, item in enumerate(sheet.streams, start=1):
        label = f"{words.label(item.names, item.what)}\n[{item.unit}]"
        page.write_string(first, at, label, heading)
    for row, (day, cells) in enumerate(zip(sheet.days, sheet.cells, strict=True), first + 1):
        page.write_datetime(row, 0, datetime.combine(day, time()), day_format)
        for at, cell in enumerate(cells, start=1):
            if cell.value is not None:
                page.write_number(row, at, cell.value, marked.get(cell.mark, number))
            elif cell.state in _SAID:
                page.write_string(row, at, words.term(_SAID[cell.state]), said)
            else:
                page.write_blank(row, at, None, number)
    end = first + 1 + len(sheet.days)
    page.write_string(end, 0, words.term("monthsheet-total"), heading)
    page.write_string(end + 1, 0, words.term("monthsheet-days"), heading)
    for at in range(len(sheet.streams)):
        total, count = sheet.total(at)
        if total is None:
            page.write_blank(end, at + 1, None, bold)
        else:
            page.write_number(end, at + 1, total, bold)
        page.write_string(end + 1, at + 1, f"{count}/{len(sheet.days)}", bold)
    lines = [*_notes(sheet, words), words.term("monthsheet-signatures"), sheet.head]
    if sheet.synthetic:
        lines.insert(0, words.term("synthetic-banner"))
    for row, line in enumerate(lines, start=end + 3):
        page.write_string(row, 0, line)
    page.repeat_rows(first)
    page.freeze_panes(first + 1, 1)
    book.close()
    return target.getvalue()


def _title(sheet: MonthSheet, words: Words) -> str:
    park = words.label(sheet.park_names, sheet.ids[0])
    facility = words.label(sheet.facility_names, sheet.ids[1])
    return "  ".join(filter(None, (park, facility, sheet.period, words.term("ledger-sheet"))))


def _notes(sheet: MonthSheet, words: Words) -> list[str]:
    lines = [words.term("monthsheet-note")]
    if sheet.locked_by:
        lines.append(f"{words.term('locked-by')}{words.term('place-end')}{sheet.locked_by}")
    return lines


def _cell(cell: Cell, words: Words) -> Safe:
    if cell.value is not None:
        return tag("td", f"{words.number(cell.value)}{cell.mark}")
    if cell.state in _SAID:
        return tag("td", words.term(_SAID[cell.state]), class_="no")
    return tag("td", "")
