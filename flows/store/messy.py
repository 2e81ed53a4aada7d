"""Plant books: the tables in a sheet, under titles and merged heads, to the entries in them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.findings import Finding, Severity, finding
from flows.store.cells import (
    BROKEN,
    NOTHING,
    Line,
    cell_error,
    listed,
    merged,
    merged_down,
    sum_row,
    uncalculated,
)
from flows.store.columns import is_beside, is_day, is_signature, said_unit
from flows.store.days import Context, context, day_text
from flows.store.logfile import COLUMNS, column_name, long_entries
from flows.store.numberformats import Sort
from flows.store.wide import Block, WideTable
from flows.store.workbook import Cell, letters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.resolve import Resolver
    from flows.store.entry import Entry
    from flows.store.workbook import Sheet, Workbook

#: First cell of the sheet of instructions in our own template.
TEMPLATE_MARK = "parkflow template 1"

#: Among so many filled rows from the top a long table begins.
_HEADS = 60

#: So many days in one row are heads of columns.
_ACROSS = 3

#: Lines of a header above the one that names the day, at most.
_ABOVE = 3

_LONGEST_DAY_HEAD = 20

#: No more of unreadable headers is shown than this.
_SHOWN = 100

#: By this month it is seen where a table has its days, be they bare numbers.
_SHAPE = Context(2024, 1)


def book_entries(
    book: Workbook, resolver: Resolver, heads: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Entry | Finding]]:
    """What stands in a workbook, as (name of the sheet, entry or finding).

    Args:
        book: From `read_workbook`.
        resolver: Knows which heads are flows.
        heads: A plant's own heads, to ours.

    Raises:
        Refused: `header-unknown` if no sheet holds a table.
    """
    tables = 0
    nothing: list[tuple[str, Finding]] = []
    for name in book.hidden:
        yield name, finding("sheet-skipped", name, problem="hidden", sheet=name)
    for sheet in book.sheets:
        if not sheet.rows and not sheet.hidden_rows and not sheet.hidden_columns:
            continue
        if _first_text(sheet) == TEMPLATE_MARK:
            continue
        reader = _SheetReader(sheet, resolver, heads or {})
        for said in reader.hidden():
            yield sheet.name, said
        try:
            for item in reader.entries():
                yield sheet.name, item
        except Refused as refused:
            for said in refused.findings:
                yield sheet.name, said
        tables += reader.tables
        if not reader.tables:
            cells = (cell for line in sheet.rows.values() for cell in line.values())
            texts = all(cell.sort is Sort.TEXT for cell in cells)
            said = finding(
                "sheet-skipped",
                sheet.name,
                severity=Severity.INFO if texts else Severity.WARNING,
                problem="header",
                sheet=sheet.name,
            )
            nothing.append((sheet.name, said))
    if not tables:
        shown = " | ".join(_heads_of(sheet) for sheet in book.sheets if sheet.rows)[:_SHOWN]
        raise Refused(finding("header-unknown", text=shown) if shown else finding("file-empty"))
    yield from nothing


def _first_text(sheet: Sheet) -> str:
    first = sheet.rows.get(1, {}).get(1)
    return first.text if first else ""


def _heads_of(sheet: Sheet) -> str:
    line = sheet.rows[min(sheet.rows)]
    return " | ".join(line[column].text for column in sorted(line))


class _SheetReader:
    def __init__(self, sheet: Sheet, resolver: Resolver, heads: Mapping[str, str]) -> None:
        self._sheet = sheet
        self._rows = sheet.rows
        self._numbers = sorted(sheet.rows)
        self._resolver = resolver
        self._heads = heads
        self.tables = 0

    def hidden(self) -> Iterator[Finding]:
        """What was not read because it does not show."""
        if numbers := self._sheet.hidden_rows:
            yield finding("cells-hidden", problem="rows", cells=listed(map(str, numbers)))
        if numbers := self._sheet.hidden_columns:
            yield finding("cells-hidden", problem="columns", cells=listed(map(letters, numbers)))

    def entries(self) -> Iterator[Entry | Finding]:
        """Entries of all tables of the sheet."""
        for number in self._numbers[:_HEADS]:
            names = {at: self._name(cell) for at, cell in self._rows[number].items()}
            known = set(names.values())
            if "what" in known and known & {"value", "register"} and known & {"day", "end"}:
                self.tables = 1
                yield from self._long(number, names)
                return
        across = self._across()
        if across is not None:
            self.tables = 1
            shown = self._rows[across]
            text = " | ".join(shown[at].text for at in sorted(shown))[:_SHOWN]
            yield finding("header-unknown", row=across, problem="across", text=text)
            return
        for block in self._blocks():
            self.tables += 1
            yield from WideTable(self._sheet, block, self._resolver, self._heads).entries()

    def _name(self, cell: Cell) -> str:
        return column_name(cell.text, self._heads) if cell.sort is Sort.TEXT else ""

    # --- long ------------------------------------------------------------------------------

    def _long(self, top: int, names: Mapping[int, str]) -> Iterator[Entry | Finding]:
        names = dict(names)
        for at, cell in sorted(self._rows[top].items()):
            if names[at] not in COLUMNS and is_beside(cell.text):
                place = self._place(top, at)
                yield finding(
                    "column-skipped", row=top, column=place, problem="beside", text=cell.text
                )
                del names[at]
        columns = sorted(names)
        header = [self._place(top, at) for at in columns]
        kept = [names[at] for at in columns]
        failed: list[str] = []
        try:
            yield from long_entries(header, kept, self._long_rows(top, names, failed))
        except Refused as refused:
            raise Refused.of(replace(item, row=top) for item in refused.findings) from None
        if failed:
            yield uncalculated(failed)

    def _long_rows(
        self, top: int, names: Mapping[int, str], failed: list[str]
    ) -> Iterator[tuple[int, list[str] | Finding]]:
        """Rows of a long table as texts; cells of formulas without results go into `failed`."""
        columns = sorted(names)
        stated = context([self._sheet.name], _lines(self._rows, self._numbers, top))
        readings = {at for at, name in names.items() if name in {"value", "register"}}
        moments = {at for at, name in names.items() if name in {"day", "start", "end"}}
        down = merged_down(self._sheet, set(columns), top)
        for number in self._numbers:
            if number <= top:
                continue
            line = dict(self._rows[number])
            for at, source in down.get(number, {}).items():
                if at in readings:
                    yield number, merged(number, self._place(top, at), source)
                else:
                    line.setdefault(at, self._rows[source[0]][source[1]])
            if said := self._below_long(line, number, min(readings)):
                yield number, said
                continue
            broken = [at for at in columns if line.get(at, NOTHING).sort in BROKEN]
            for at in broken:
                if line[at].sort is Sort.ERROR:
                    yield number, cell_error(number, self._place(top, at), line[at])
                else:
                    failed.append(f"{letters(at)}{number}")
            if not broken and any(at in line for at in columns):
                yield number, [self._long_text(line, at, moments, stated) for at in columns]

    def _place(self, top: int, at: int) -> str:
        return f"{letters(at)} {self._rows[top][at].text}"

    def _below_long(self, line: Line, number: int, first: int) -> Finding | None:
        """That a row of a long table is a sum, or a line of text below it."""
        own = self._rows[number]
        if len(own) == 1:
            (cell,) = own.values()
            if cell.sort is Sort.TEXT:
                return finding("row-skipped", row=number, text=cell.text, problem="empty")
        named = {at: cell for at, cell in line.items() if not self._resolver.canonical(cell.text)}
        if said := sum_row(named, number, first):
            return said
        texts = [line[at].text for at in sorted(line) if line[at].sort is Sort.TEXT]
        if texts and is_signature(texts[0]):
            return finding("row-skipped", row=number, text=texts[0], problem="signature")
        return None

    def _long_text(self, line: Line, at: int, moments: set[int], stated: Context) -> str:
        cell = line.get(at, NOTHING)
        if at not in moments or not cell.text:
            return cell.text
        day = day_text(cell, stated, epoch_1904=self._sheet.epoch_1904)
        return day or cell.text

    # --- wide ------------------------------------------------------------------------------

    def _blocks(self) -> Iterator[Block]:
        """Tables one below the other, each begun by a line that names the day."""
        heads = {number: self._day_heads(number) for number in self._numbers}
        begun = [number for number in self._numbers if heads[number]]
        starts: list[int] = []
        for number in begun:
            columns = heads[number]
            if not starts or self._has_day(starts[-1], number, heads[starts[-1]]):
                starts.append(number)
            elif len(columns) > len(heads[starts[-1]]):
                heads[starts[-1]] = columns
        if not starts:
            guessed = self._guessed()
            if guessed is None:
                return
            first, column = guessed
            heads[first] = (column,)
            starts = [first]
        before = 0
        for at, start in enumerate(starts):
            below = starts[at + 1] if at + 1 < len(starts) else self._numbers[-1] + 1
            block = self._block(start, before, below, heads[start])
            before = block.data[-1] if block.data else start
            yield block

    def _across(self) -> int | None:
        """Row of the head where days run across, and not in halves of a month side by side."""
        for number in self._numbers[:_HEADS]:
            line = self._rows[number]
            days = [at for at, cell in line.items() if cell.sort is not Sort.NUMBER]
            if sum(bool(self._day(number, at)) for at in days) >= _ACROSS:
                heads = max(len(self._day_heads(above)) for above in self._numbers[:_HEADS])
                return number if heads < 2 else None
        return None

    def _day_heads(self, number: int) -> tuple[int, ...]:
        return tuple(at for at, cell in sorted(self._rows[number].items()) if self._is_day(cell))

    def _is_day(self, cell: Cell) -> bool:
        short = cell.sort is Sort.TEXT and len(cell.text) <= _LONGEST_DAY_HEAD
        return short and is_day(cell.text, self._heads)

    def _has_day(self, first: int, below: int, columns: Sequence[int]) -> bool:
        return any(
            self._day(number, column)
            for number in self._numbers
            if first < number < below
            for column in columns
        )

    def _day(self, number: int, column: int) -> str | None:
        """Whether it looks like a day; which one is read when the titles are known."""
        cell = self._rows[number].get(column)
        return day_text(cell, _SHAPE, epoch_1904=self._sheet.epoch_1904) if cell else None

    def _guessed(self) -> tuple[int, int] | None:
        """First row and column of days where no head says so, by at least two days."""
        first: dict[int, list[int]] = {}
        for number in self._numbers:
            for column, cell in self._rows[number].items():
                if cell.sort is not Sort.NUMBER and self._day(number, column):
                    first.setdefault(column, []).append(number)
        known = [(column, rows) for column, rows in sorted(first.items()) if len(rows) > 1]
        if not known:
            return None
        column, rows = known[0]
        above = [number for number in self._numbers if number < rows[0]]
        return (above[-1], column) if above else None

    def _block(self, start: int, before: int, below: int, columns: tuple[int, ...]) -> Block:
        numbers = [number for number in self._numbers if before < number < below]
        titles = [number for number in numbers if number < start]
        lines = [number for number in numbers if number >= start]
        data_from = next((number for number in lines[1:] if self._begins(number, columns)), below)
        header = [number for number in lines if number < data_from]
        for number in reversed(titles[-_ABOVE:]):
            if header[0] - number != 1 or not self._is_header_line(number, start, columns[0]):
                break
            header.insert(0, number)
        above = [number for number in titles if number not in header]
        data = [number for number in lines if number >= data_from]
        return Block(tuple(above), tuple(header), columns, tuple(data))

    def _begins(self, number: int, days: tuple[int, ...]) -> bool:
        """Whether a row below the head is one of data: it has a day, or numbers of its own."""
        if any(self._day(number, at) for at in days):
            return True
        right = [cell for at, cell in sorted(self._rows[number].items()) if at > days[0]]
        numbers = [cell.number for cell in right if cell.sort is Sort.NUMBER]
        if len(numbers) > 1 and numbers[0] in {1.0, 2.0}:
            # a line that numbers the columns, as forms have it
            return any(after - before != 1.0 for before, after in pairwise(numbers))
        return any(cell.sort is not Sort.TEXT for cell in right)

    def _is_header_line(self, number: int, start: int, day: int) -> bool:
        """Whether a line above that of the days is one of heads, and not a title."""
        line = self._rows[number]
        here = [merge for merge in self._sheet.merges if merge.top <= number <= merge.bottom]
        if any(merge.left <= day < merge.right for merge in here):
            return False  # a title across the table
        down = {merge.left for merge in here if merge.bottom >= start}
        if any(at <= day and at not in down for at in line) or said_unit(
            cell.text for cell in line.values()
        ):
            return False
        right = {at for at in line if at > day and line[at].sort is Sort.TEXT}
        if len(right) < sum(at > day for at in line):
            return False  # dates and numbers stand in titles
        return len(right) > 1 or any(
            merge.top == number and merge.left in right and merge.right > merge.left
            for merge in here
        )


def _lines(rows: Mapping[int, Line], numbers: Sequence[int], below: int) -> Iterator[Cell]:
    """Cells above a row: the titles."""
    for number in numbers:
        if number >= below:
            return
        yield from rows[number].values()
