"""Month sheets to print: days down, streams across, totals, and who signs; measured values."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from reports.markup import Safe, tag
from reports.words import Words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

#: States of a cell without a number, and the term for each.
_SAID = {"missing": "monthsheet-missing", "gap": "monthsheet-gap"}
#: Characters of a tab's name in a workbook.
_TAB = 31
_LANGUAGE = {"zh": "zh-CN", "en": "en"}

_STYLE = """
@page { size: A4 landscape; margin: 10mm }
body { font: 9pt/1.3 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; margin: 1em; color: #111 }
h1 { font-size: 14pt; margin: 0 } p { margin: .3em 0 }
table { border-collapse: collapse; margin: .6em 0 } thead { display: table-header-group }
th, td { border: 1px solid #777; padding: 1px 4px; text-align: right }
th { font-weight: 600; text-align: center; background: #eee } tr { break-inside: avoid }
tbody th, tfoot th { white-space: nowrap } section + section { break-before: page; margin-top: 3em }
@media print { body { font-size: 7.5pt; margin: 0 } td, th { padding: 0 3px } }
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


@dataclass(frozen=True, slots=True)
class Total:
    """Sum of a stream over a month.

    Attributes:
        value: Over the days that have a value; None where none has, or levels do not add up.
        days: How many they are.
        whole: Whether every day of the month has a value: one that still runs is never whole.
    """

    value: float | None = None
    days: int = 0
    whole: bool = False


def total(stream: Stream, cells: Sequence[Cell]) -> Total:
    """Sum of a stream's days."""
    values = [cell.value for cell in cells if cell.value is not None]
    whole = 0 < len(values) == len(cells)
    return Total(sum(values) if stream.adds and values else None, len(values), whole)


@dataclass(frozen=True, slots=True)
class Change:
    """A relative change, 0.05 for five percent more; NaN where it is not known."""

    share: float


#: A change that would set a part of a month against a whole one.
PARTIAL = Change(math.nan)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier month beside this one: the term of the comparison, its month, its totals."""

    term: str
    period: str
    totals: tuple[Total, ...]

    def change(self, column: int, now: Total) -> Change | None:
        """Relative change of a total since then: `PARTIAL` unless both months are whole."""
        then = self.totals[column]
        if now.value is None or not then.value:
            return None
        return Change(now.value / then.value - 1.0) if now.whole and then.whole else PARTIAL


@dataclass(frozen=True)
class MonthSheet:
    """What stands on the sheet.

    Attributes:
        cells: By day and place of the stream.
        head: `DIGEST@SEQ` of the ledger that it was printed from.
        ids: Of the park and the facility; "" of what belongs to the park as a whole.
        earlier: The month before and the same month of the year before, where they are known.
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
    earlier: tuple[Earlier, ...] = ()

    def totals(self) -> list[Total]:
        """Sum of each stream."""
        columns = zip(*self.cells, strict=True)
        return [total(stream, cells) for stream, cells in zip(self.streams, columns, strict=True)]


def html(sheets: Sequence[MonthSheet], language: str) -> str:
    """Sheets as one HTML file that fetches nothing, for A4 across, each on a page of its own."""
    words = Words(language)
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
            tag("title", _title(sheets[0], words)),
            tag("style", Safe(_STYLE)),
        ),
        tag("body", *(_section(sheet, words) for sheet in sheets)),
        lang=_LANGUAGE[language],
    )


def _section(sheet: MonthSheet, words: Words) -> Safe:
    heads = [tag("th", words.term("day"))]
    heads += [
        tag("th", words.label(item.names, item.what), tag("br"), tag("small", f"[{item.unit}]"))
        for item in sheet.streams
    ]
    body = [
        tag("tr", tag("th", day.isoformat()), *(_cell(cell, words) for cell in row))
        for day, row in zip(sheet.days, sheet.cells, strict=True)
    ]
    foot = [
        tag("tr", tag("th", head), *(tag("td", _shown(words, each)) for each in row))
        for head, row in _foot(sheet, words)
    ]
    return tag(
        "section",
        tag("h1", _title(sheet, words)),
        tag("p", words.term("synthetic-banner"), class_="synthetic") if sheet.synthetic else Safe(),
        tag(
            "table", tag("thead", tag("tr", *heads)), tag("tbody", *body), tag("tfoot", *foot)
        ),
        *(tag("p", line) for line in _notes(sheet, words)),
        tag("p", words.term("monthsheet-signatures"), class_="sign"),
        tag("p", tag("code", sheet.head)),
    )  # fmt: skip


def workbook(sheets: Sequence[MonthSheet], language: str) -> bytes:
    """Sheets as XLSX, a tab each: numbers as numbers, what is missing as words."""
    import xlsxwriter

    words = Words(language)
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": datetime.combine(sheets[0].days[0], time())})
    formats = _formats(book)
    for sheet in sheets:
        tab = f"{sheet.period} {sheet.ids[1]}" if len(sheets) > 1 else sheet.period
        _tab(book.add_worksheet(tab[:_TAB]), sheet, words, formats)
    book.close()
    return target.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    """What cells look like, by what stands in them."""
    lined = {"border": 1, "border_color": "#777777"}
    number = {**lined, "num_format": "#,##0.###"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "heading": book.add_format(
            {**lined, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#EEEEEE"}
        ),
        "day": book.add_format({**lined, "num_format": "yyyy-mm-dd"}),
        "": book.add_format(number),
        **{
            mark: book.add_format({**lined, "num_format": f'#,##0.###"{mark}"'})
            for mark in ("*", "?", "*?")
        },
        "said": book.add_format({**lined, "font_color": "#990000", "align": "center"}),
        "bold": book.add_format({**number, "bold": True, "align": "right"}),
        "change": book.add_format({**lined, "num_format": "+0.0 %;-0.0 %;0.0 %", "bold": True}),
    }


def _tab(page: Any, sheet: MonthSheet, words: Words, formats: Mapping[str, Any]) -> None:
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.write_string(0, 0, _title(sheet, words), formats["title"])
    first = 2
    page.write_string(first, 0, words.term("day"), formats["heading"])
    page.set_column(0, len(sheet.streams), 12)
    for at, item in enumerate(sheet.streams, start=1):
        label = f"{words.label(item.names, item.what)}\n[{item.unit}]"
        page.write_string(first, at, label, formats["heading"])
    for row, (day, cells) in enumerate(zip(sheet.days, sheet.cells, strict=True), first + 1):
        page.write_datetime(row, 0, datetime.combine(day, time()), formats["day"])
        for at, cell in enumerate(cells, start=1):
            if cell.value is not None:
                page.write_number(row, at, cell.value, formats[cell.mark])
            elif cell.state in _SAID:
                page.write_string(row, at, words.term(_SAID[cell.state]), formats["said"])
            else:
                page.write_blank(row, at, None, formats[""])
    below = _foot(sheet, words)
    for row, (head, values) in enumerate(below, start=first + 1 + len(sheet.days)):
        page.write_string(row, 0, head, formats["heading"])
        for at, value in enumerate(values, start=1):
            if isinstance(value, Change):
                page.write_number(row, at, value.share, formats["change"])
            else:
                page.write(row, at, value, formats["bold"])
    lines = [*_notes(sheet, words), words.term("monthsheet-signatures"), sheet.head]
    if sheet.synthetic:
        lines.insert(0, words.term("synthetic-banner"))
    for row, line in enumerate(lines, start=first + 2 + len(sheet.days) + len(below)):
        page.write_string(row, 0, line)
    page.repeat_rows(first)
    page.freeze_panes(first + 1, 1)


def _title(sheet: MonthSheet, words: Words) -> str:
    park = words.label(sheet.park_names, sheet.ids[0])
    facility = words.label(sheet.facility_names, sheet.ids[1])
    return "  ".join(filter(None, (park, facility, sheet.period, words.term("ledger-sheet"))))


def _foot(sheet: MonthSheet, words: Words) -> list[tuple[str, list[str | float | Change | None]]]:
    """Lines below the days: totals, days counted, and each earlier month with the change since."""
    totals = sheet.totals()
    days = [f"{now.days}/{len(sheet.days)}" for now in totals]
    lines: list[tuple[str, list[str | float | Change | None]]] = [
        (words.term("monthsheet-total"), [now.value for now in totals]),
        (words.term("monthsheet-days"), [*days]),
    ]
    for before in sheet.earlier:
        lines.append((before.period, [then.value for then in before.totals]))
        changes = [before.change(at, now) for at, now in enumerate(totals)]
        partial = words.term("monthsheet-partial")
        lines.append(
            (words.term(before.term), [partial if one is PARTIAL else one for one in changes])
        )
    return lines


def _shown(words: Words, value: str | float | Change | None) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Change):
        sign = "+" if value.share > 0.0 else "−" if value.share < 0.0 else ""
        return sign + words.percent(abs(value.share))
    return words.number(value)


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
