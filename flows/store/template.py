"""Templates: an XLSX to fill in, days down and streams across, which `import` reads back."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from flows.store.messy import TEMPLATE_MARK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

#: Rows above the days: labels, then `id [unit]`, which import goes by.
HEADER_ROWS = 2

#: Widths of columns in characters; a Chinese one takes two.
_NARROWEST, _WIDEST = 12, 26

#: What a sheet's name may not hold and how long it may be (Excel's own rule).
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_NAME = 31

#: Excel calculates what begins so, when a sheet is saved as CSV and opened again.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """A stream to fill in.

    Attributes:
        label: Its name in the reader's language.
        what: Its permanent id.
        unit: Unit that its readings will be taken in, or `register`.
        note: What is worth knowing beside the head.
        signed: Readings below zero are meant.
    """

    label: str
    what: str
    unit: str
    note: str = ""
    signed: bool = False


@dataclass(frozen=True, slots=True)
class TemplateTexts:
    """Words on the template, in the reader's language.

    Attributes:
        sheet: Name of the sheet of readings.
        day: Head of the days.
        help_sheet: Name of the sheet of instructions.
        instructions: Its lines.
        missing: Word for a reading that is known to be missing.
        wrong_number, wrong_day: What a cell says that does not take what was typed.
    """

    sheet: str
    day: str
    help_sheet: str
    instructions: Sequence[str]
    missing: str
    wrong_number: str
    wrong_day: str


def template(
    days: Sequence[date], columns: Sequence[TemplateColumn], texts: TemplateTexts
) -> bytes:
    """The workbook; the same bytes for the same arguments.

    Args:
        days: One row each, ascending, at least one.
        columns: In the order of the tour.
        texts: Words of the sheet.
    """
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    # a file that says when it was made would differ each time
    book.set_properties({"created": datetime.combine(days[0], time())})
    sheet = book.add_worksheet(sheet_name(texts.sheet))
    formats = _formats(book)
    _head(sheet, columns, texts, formats)
    for row, day in enumerate(days, start=HEADER_ROWS):
        sheet.write_datetime(row, 0, datetime.combine(day, time()), formats["day"])
        for at in range(1, len(columns) + 1):
            sheet.write_blank(row, at, None, formats["cell"])
    _rules(sheet, days, columns, texts)
    sheet.freeze_panes(HEADER_ROWS, 1)
    _instructions(book, texts, formats)
    book.close()
    return target.getvalue()


def plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula, without control characters but line ends."""
    kept = "".join(
        " " if one != "\n" and unicodedata.category(one) == "Cc" else one for one in text
    )
    return f"'{kept}" if text.startswith(_FORMULA_SIGNS) else kept


def sheet_name(text: str) -> str:
    """A name that a sheet may have."""
    kept = _NOT_IN_NAMES.sub("-", text).strip("' ")[:_LONGEST_NAME]
    return kept or "sheet"


def display_width(text: str) -> int:
    """Characters of the standard width that a text takes; a Chinese one takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    lined = {"border": 1, "border_color": "#BFBFBF"}
    head = {**lined, "text_wrap": True, "align": "center", "valign": "vcenter"}
    return {
        "label": book.add_format({**head, "bold": True, "bg_color": "#DDEBF7"}),
        "id": book.add_format({**head, "font_size": 8, "font_color": "#595959"}),
        "day": book.add_format({**lined, "num_format": "yyyy-mm-dd", "bg_color": "#F2F2F2"}),
        "cell": book.add_format(lined),
        "title": book.add_format({"font_color": "#808080", "font_size": 8}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
    }


def _head(
    sheet: Worksheet,
    columns: Sequence[TemplateColumn],
    texts: TemplateTexts,
    formats: dict[str, Any],
) -> None:
    sheet.write_string(0, 0, plain(texts.day), formats["label"])
    sheet.write_string(1, 0, "day", formats["id"])
    sheet.set_column(0, 0, _NARROWEST)
    lines = [1, 1]
    for at, column in enumerate(columns, start=1):
        label, named = plain(column.label), f"{column.what} [{column.unit}]"
        sheet.write_string(0, at, label, formats["label"])
        sheet.write_string(1, at, named, formats["id"])
        if column.note:
            height = 18 * (2 + column.note.count("\n") + display_width(column.note) // 34)
            size = {"width": 260, "height": height, "author": "parkflow"}
            sheet.write_comment(0, at, plain(column.note), size)
        # the smaller type of the id takes four fifths, and breaks at its dots and hyphens
        wanted = max(display_width(label), -(-len(named) * 4 // 10)) + 2
        width = min(max(wanted, _NARROWEST), _WIDEST)
        sheet.set_column(at, at, width)
        lines = [
            max(lines[0], -(-display_width(label) // (width - 1))),
            max(lines[1], -(-len(named) * 4 // 5 // (width - 2)) + 1),
        ]
    sheet.set_row(0, 16 * lines[0] + 4)
    sheet.set_row(1, 12 * lines[1] + 4)


def _rules(
    sheet: Worksheet,
    days: Sequence[date],
    columns: Sequence[TemplateColumn],
    texts: TemplateTexts,
) -> None:
    """What the cells take: a number (not below zero) or the word for a missing reading."""
    last = HEADER_ROWS + len(days) - 1
    fixed = {
        "validate": "date",
        "criteria": "between",
        "minimum": datetime.combine(days[0], time()),
        "maximum": datetime.combine(days[-1], time()),
        "error_message": texts.wrong_day[:255],
    }
    sheet.data_validation(HEADER_ROWS, 0, last, 0, fixed)
    for at, column in enumerate(columns, start=1):
        cell = f"{_letters(at)}{HEADER_ROWS + 1}"
        number = f"ISNUMBER({cell})" if column.signed else f"AND(ISNUMBER({cell}),{cell}>=0)"
        words = "".join(f',{cell}="{word}"' for word in dict.fromkeys((texts.missing, "missing")))
        rule = {
            "validate": "custom",
            "value": f"=OR({number}{words})",
            "error_message": texts.wrong_number[:255],
        }
        sheet.data_validation(HEADER_ROWS, at, last, at, rule)


def _instructions(book: xlsxwriter.Workbook, texts: TemplateTexts, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(sheet_name(texts.help_sheet))
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, TEMPLATE_MARK, formats["title"])
    for row, line in enumerate(texts.instructions, start=1):
        sheet.write_string(row, 0, plain(line), formats["text"])
        sheet.set_row(row, 16 * -(-display_width(line) // 96) + 2)


def _letters(at: int) -> str:
    from flows.store.workbook import letters

    return letters(at + 1)
