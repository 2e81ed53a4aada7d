"""Workbooks: the visible cells of an XLSX as text and numbers, and what in it cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from flows.errors import Refused
from flows.findings import finding
from flows.store.numberformats import Sort, number_formats, whole
from flows.store.ooxml import Package, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

# Read here, on expat, because no library tells in one pass over untrusted XML what a plant's book
# needs told: openpyxl must load it twice to know a formula without its result, and in its fast mode
# knows neither hidden nor merged cells; python-calamine knows no formulas, formats or hidden rows.

#: More cells that hold something than this go into a CSV.
MOST_CELLS = 1_000_000

#: Rows of a sheet (Excel's limit, which every writer keeps).
_ROWS = 1_048_576

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]+)")
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


class Cell(NamedTuple):
    """One cell: its text as a person would type it, and its number where it has one."""

    sort: Sort
    text: str
    number: float = 0.0


class Merge(NamedTuple):
    """A merged cell: first and last row, first and last column, from 1."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(slots=True)
class Sheet:
    """A visible sheet.

    Attributes:
        rows: Cells that hold something, by row and column from 1; without hidden ones.
        hidden_rows, hidden_columns: Those that hold something and are not in `rows`.
        epoch_1904: Serial days are counted from 1904.
    """

    name: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    epoch_1904: bool = False


@dataclass(frozen=True, slots=True)
class Workbook:
    """What a workbook shows.

    Attributes:
        sheets: The visible ones, in order.
        hidden: Names of hidden sheets.
    """

    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...]


def read_workbook(data: bytes) -> Workbook:
    """The visible cells of a workbook; macros, pictures and links to other files are left alone.

    Args:
        data: The whole file.

    Raises:
        Refused: `workbook-unreadable` or `workbook-too-large`.
    """
    with Package(data) as package:
        book = _book(package)
        strings = _strings(package, book.strings)
        formats = number_formats(package, book.styles)
        reader = _SheetReader(strings, formats, epoch_1904=book.epoch_1904, fresh=not book.stale)
        sheets, hidden = [], []
        for name, part, shown in book.sheets:
            if shown:
                sheets.append(reader.read(package, name, part))
            else:
                hidden.append(name)
    return Workbook(tuple(sheets), tuple(hidden))


def day_of_serial(serial: float, *, epoch_1904: bool = False) -> datetime | None:
    """The moment of a serial day, to the second; None outside the years 1900 to 9999.

    Serial 60 of the 1900 system is a 29 February that never was; below it days count from
    1899-12-31 (ECMA-376 part 1, 18.17.4.1).
    """
    if not 0.0 <= serial < 2_958_466.0:
        return None
    base = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  no zone
    if not epoch_1904 and serial < 60.0:
        base += timedelta(days=1)
    return base + timedelta(seconds=round(serial * 86_400))


def letters(column: int) -> str:
    """`A`, `B`, ... `AA` of a column from 1."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def number_text(value: float) -> str:
    """A number as it was typed: cells keep 15 digits, the rest is noise of the arithmetic."""
    return f"{value:.15g}"


@dataclass(slots=True)
class _Book:
    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    strings: str = ""
    styles: str = ""
    epoch_1904: bool = False
    stale: bool = False  # to be calculated by whoever opens it: zeros of formulas are no results


def _book(package: Package) -> _Book:
    main = next(
        (part for kind, part in package.related("").values() if kind == "officeDocument"), ""
    )
    if main.lower().endswith(".bin"):
        raise unreadable("xlsb")
    if not main or main not in package:
        raise unreadable("other")
    related = package.related(main)
    book = _Book()
    for kind, part in related.values():
        if kind == "sharedStrings":
            book.strings = part
        elif kind == "styles":
            book.styles = part

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "workbookPr":
            book.epoch_1904 = _true(attributes.get("date1904"))
        elif tag == "calcPr":
            book.stale = _true(attributes.get("fullCalcOnLoad"))
        elif tag == "sheet":
            ids = [value for key, value in attributes.items() if key.endswith(":id")]
            kind, part = related.get(ids[0] if ids else "", ("", ""))
            if kind == "worksheet":
                shown = attributes.get("state", "visible") == "visible"
                book.sheets.append((attributes.get("name", ""), part, shown))

    package.parse(main, start)
    if not book.sheets:
        raise unreadable("other")
    return book


def _true(text: str | None) -> bool:
    return text in {"1", "true", "on"}


def _strings(package: Package, part: str) -> list[str]:
    """Shared strings; formatted runs are joined, readings of Japanese names left out."""
    found: list[str] = []
    if not part or part not in package:
        return found
    pieces: list[str] = []
    state = {"text": False, "phonetic": False}

    def start(tag: str, _: Mapping[str, str]) -> None:
        if tag == "si":
            pieces.clear()
        elif tag == "rPh":
            state["phonetic"] = True
        elif tag == "t":
            state["text"] = not state["phonetic"]

    def end(tag: str) -> None:
        if tag == "si":
            found.append("".join(pieces))
        elif tag == "rPh":
            state["phonetic"] = False
        elif tag == "t":
            state["text"] = False

    def text(data: str) -> None:
        if state["text"]:
            pieces.append(data)

    package.parse(part, start, end, text)
    return found


class _SheetReader:
    """Reads the sheets of one workbook."""

    def __init__(
        self, strings: list[str], formats: list[Sort], *, epoch_1904: bool, fresh: bool
    ) -> None:
        self._strings = strings
        self._formats = formats
        self._epoch_1904 = epoch_1904
        self._fresh = fresh
        self._cells = 0

    def read(self, package: Package, name: str, part: str) -> Sheet:
        """The cells of one sheet that hold something and are shown."""
        sheet = Sheet(name, epoch_1904=self._epoch_1904)
        self._sheet = sheet
        self._row = self._column = 0
        self._attributes: Mapping[str, str] = _NO_ATTRIBUTES
        self._pieces: list[str] = []
        self._formula = False
        self._row_hidden = self._in_cell = self._in_value = self._phonetic = False
        self._hidden_columns: list[tuple[int, int]] = []
        self._seen_hidden: set[int] = set()
        package.parse(part, self._start, self._end, self._text)
        sheet.hidden_columns = sorted(self._seen_hidden)
        return sheet

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "c":
            # a sheet may be drawn full of empty cells: as little as can be is done for each
            if "r" not in attributes:
                self._column = self._place() + 1
            self._attributes = attributes
            self._in_cell = True
            self._formula = False
        elif self._in_cell:
            if tag in {"v", "t"}:
                self._in_value = not self._phonetic
            elif tag == "f":
                self._formula = True
            elif tag == "rPh":
                self._phonetic = True
        elif tag == "row":
            self._open_row(attributes)
        elif tag == "col":
            if _hidden(attributes, "width"):
                first, last = (whole(attributes.get(key), 1) for key in ("min", "max"))
                self._hidden_columns.append((first, last))
        elif tag == "mergeCell":
            ends = _REFERENCE.findall(attributes.get("ref", ""))
            if len(ends) == 2:
                (left, top), (right, bottom) = ends
                merge = Merge(int(top), int(bottom), _column(left), _column(right))
                self._sheet.merges.append(merge)

    def _open_row(self, attributes: Mapping[str, str]) -> None:
        self._row = whole(attributes.get("r"), self._row + 1)
        if self._row > _ROWS:
            raise unreadable("damaged")
        self._column, self._attributes = 0, _NO_ATTRIBUTES
        self._row_hidden = _hidden(attributes, "ht")

    def _end(self, tag: str) -> None:
        if tag == "c":
            self._in_cell = False
            if self._pieces or self._formula:
                self._keep("".join(self._pieces))
                self._pieces.clear()
        elif tag in {"v", "t"}:
            self._in_value = False
        elif tag == "rPh":
            self._phonetic = False

    def _text(self, data: str) -> None:
        if self._in_value:
            self._pieces.append(data)

    def _place(self) -> int:
        """Column of the cell begun last; those without one follow the cell before."""
        if place := _REFERENCE.fullmatch(self._attributes.get("r", "")):
            self._column = _column(place[1])
        return self._column

    def _keep(self, raw: str) -> None:
        cell = self._cell(raw)
        if cell is None:
            return
        column = self._place()
        if self._row_hidden:
            if self._row not in self._sheet.hidden_rows[-1:]:
                self._sheet.hidden_rows.append(self._row)
            return
        if any(first <= column <= last for first, last in self._hidden_columns):
            self._seen_hidden.add(column)
            return
        self._cells += 1
        if self._cells > MOST_CELLS:
            raise Refused(
                finding("workbook-too-large", problem="cells", value=self._cells, most=MOST_CELLS)
            )
        self._sheet.rows.setdefault(self._row, {})[column] = cell

    def _cell(self, raw: str) -> Cell | None:
        kind, text = self._attributes.get("t", "n"), raw.strip()
        if kind == "e":
            return Cell(Sort.ERROR, raw)
        if kind == "b":
            return Cell(Sort.TEXT, "TRUE" if text == "1" else "FALSE")
        if kind == "s":
            at = whole(text, -1)
            text = self._strings[at].strip() if 0 <= at < len(self._strings) else ""
        if kind in {"s", "str", "inlineStr", "d"}:
            return Cell(Sort.DATE if kind == "d" else Sort.TEXT, text) if text else None
        if text:
            return self._number(text)
        return Cell(Sort.UNCALCULATED, "") if self._formula else None

    def _number(self, text: str) -> Cell:
        try:
            value = float(text)
        except ValueError:
            return Cell(Sort.ERROR, text)
        if self._formula and value == 0.0 and not self._fresh:
            return Cell(Sort.UNCALCULATED, "")
        style = whole(self._attributes.get("s"))
        sort = self._formats[style] if style < len(self._formats) else Sort.NUMBER
        if sort is Sort.DATE:
            return self._date(value)
        if sort is Sort.PERCENT:
            return Cell(sort, f"{number_text(value * 100.0)} %", value)
        return Cell(sort, number_text(value), value)

    def _date(self, value: float) -> Cell:
        moment = day_of_serial(value, epoch_1904=self._epoch_1904)
        if moment is None:
            return Cell(Sort.NUMBER, number_text(value), value)
        midnight = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
        text = moment.date().isoformat() if midnight else moment.isoformat(" ")
        return Cell(Sort.DATE, text, value)


def _hidden(attributes: Mapping[str, str], size: str) -> bool:
    """Hidden, or of no height or width, which looks the same."""
    return _true(attributes.get("hidden")) or attributes.get(size) in {"0", "0.0"}


def _column(name: str) -> int:
    number = 0
    for letter in name:
        number = 26 * number + ord(letter) - 64
    return number
