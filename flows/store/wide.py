"""Wide tables of plant books: days down, streams across, under heads of one to three lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flows.errors import Refused
from flows.findings import Finding, Severity, finding
from flows.period import parse_day
from flows.store.cells import (
    BROKEN,
    NOTHING,
    beside_table,
    cell_error,
    merged,
    merged_down,
    sum_row,
    uncalculated,
)
from flows.store.columns import Column, HeaderReader, said_unit
from flows.store.days import MIDNIGHT, context, day_text, is_short
from flows.store.entry import Entry
from flows.store.numberformats import Sort
from flows.store.workbook import Cell, letters
from flows.units import check_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.resolve import Resolver
    from flows.store.workbook import Sheet


#: No more of a head is looked at.
_LONGEST_HEAD = 200

#: On which a unit is tested where no day can be read: a flow seldom changes its kind.
_ANY_DAY = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Block:
    """A table of a sheet, by numbers of rows: titles, header lines and the rows below them.

    Attributes:
        days: Columns of days; a month may stand in two halves side by side.
    """

    above: tuple[int, ...]
    header: tuple[int, ...]
    days: tuple[int, ...]
    data: tuple[int, ...]


class WideTable:
    """One wide table.

    Args:
        sheet: Where it stands.
        block: Its rows.
        resolver: Knows which heads are flows.
        heads: A plant's own heads, to ours.
    """

    def __init__(
        self, sheet: Sheet, block: Block, resolver: Resolver, heads: Mapping[str, str]
    ) -> None:
        self._sheet = sheet
        self._rows = sheet.rows
        self._block = block
        self._resolver = resolver
        titles = [
            cell for number in (*block.above, *block.header) for cell in self._rows[number].values()
        ]
        above = [cell for number in block.above for cell in self._rows[number].values()]
        self._stated = context([sheet.name], above)
        self._header = HeaderReader(
            resolver, heads, said_unit(cell.text for cell in titles), sheet.name
        )
        self._failed: list[str] = []
        self._percent: dict[str, None] = {}
        self._yearless = False

    def entries(self) -> Iterator[Entry | Finding]:
        """Entries of the table, and what is not read of it."""
        columns, said = self._columns()
        yield from said
        first = next((day for number in self._block.data if (day := self._any_day(number))), None)
        usable = []
        for column in columns:
            if wrong := self._unit_problem(column, first):
                yield wrong
            else:
                usable.append(column)
        down = merged_down(self._sheet, set(self._block.days), 0)
        self._wide_cells = self._spread(columns)
        for number in self._block.data:
            yield from self._row(number, usable, columns, down.get(number, {}))
        for place in self._percent:
            yield finding("cell-percent", column=place)
        if self._failed:
            yield uncalculated(self._failed)

    # --- header ----------------------------------------------------------------------------

    def _columns(self) -> tuple[list[Column], list[Finding]]:
        lines = {number: self._filled(number) for number in self._block.header}
        days = set(self._block.days)
        unit_lines = {
            number
            for number, line in lines.items()
            if (texts := [text for at, text in line.items() if at not in days])
            and self._header.unit_line(texts)
        }
        indexes = {at for line in lines.values() for at in line}
        indexes.update(at for number in self._block.data for at in self._rows[number])
        known: list[Column] = []
        said: list[Finding] = []
        lowest = self._block.header[-1]
        for at in sorted(indexes - days):
            texts = [lines[number].get(at, "") for number in lines if number not in unit_lines]
            units = [lines[number].get(at, "") for number in unit_lines]
            day = max((one for one in days if one < at), default=min(days))
            item = self._header.column(at, [text for text in texts if text], units, lowest, day)
            if isinstance(item, Column):
                known.append(item)
            elif self._holds(at):
                if item is not None:
                    said.append(item)
                elif any(self._number_at(number, at) for number in self._block.data):
                    said.append(
                        finding(
                            "column-skipped",
                            severity=Severity.WARNING,
                            row=lowest,
                            column=letters(at),
                            problem="nameless",
                        )
                    )
        seen: dict[tuple[str, bool, int], Column] = {}
        for column in known:
            other = seen.setdefault((column.what, column.register, column.day), column)
            if other is not column:
                said.append(
                    finding(
                        "id-duplicate",
                        column.what,
                        row=lowest,
                        column=column.place,
                        id=column.what,
                        problem="column",
                    )
                )
        return list(seen.values()), said

    def _filled(self, number: int) -> dict[int, str]:
        """Texts of a header line, what is merged repeated over its columns and rows."""
        own = self._rows[number].items()
        line = {at: cell.text[:_LONGEST_HEAD] for at, cell in own if cell.sort is Sort.TEXT}
        for merge in self._sheet.merges:
            source = self._rows.get(merge.top, {}).get(merge.left)
            if merge.top <= number <= merge.bottom and source is not None:
                last = min(merge.right, merge.left + 1000)
                line |= dict.fromkeys(range(merge.left, last + 1), source.text)
        return line

    def _holds(self, at: int) -> bool:
        return any(at in self._rows[number] for number in self._block.data)

    def _number_at(self, number: int, at: int) -> bool:
        return self._rows[number].get(at, NOTHING).sort is Sort.NUMBER

    def _unit_problem(self, column: Column, first: date | None) -> Finding | None:
        """What is wrong with the unit of a head, said once and not in every row."""
        if not column.unit:
            return None
        try:
            target = self._resolver.resolve(column.what, first or _ANY_DAY)
        except Refused:
            return None  # it does not hold on that day: the rows say so
        try:
            check_unit(column.unit, target.kind)
        except Refused as refused:
            (said, *_) = refused.findings
            said = replace(said, where=said.where or column.what)
            return said.at(row=self._block.header[-1], column=column.place)
        return None

    # --- rows ------------------------------------------------------------------------------

    def _any_day(self, number: int) -> date | None:
        days = [self._day(number, at) for at in self._block.days]
        return next((day for text in days if text and (day := _as_day(text))), None)

    def _day(self, number: int, at: int) -> str | None:
        cell = self._rows.get(number, {}).get(at)
        return day_text(cell, self._stated, epoch_1904=self._sheet.epoch_1904) if cell else None

    def _day_place(self, at: int) -> str:
        heads = [self._rows[number].get(at, NOTHING).text for number in self._block.header]
        return " ".join([letters(at), *filter(None, heads[:1])]) if heads else letters(at)

    def _day_problem(self, number: int, at: int, text: str | None) -> Finding | None:
        """What is wrong with the day of a row, said once and not for every stream."""
        written = self._rows[number].get(at, NOTHING).text
        place: dict[str, Any] = {"row": number, "column": self._day_place(at), "text": written}
        if not written and not text:
            return finding("day-unreadable", problem="none", **place)
        if text and _as_day(text):
            return None
        try:
            parse_day(text or written)
        except Refused as refused:
            if refused.findings[0].code == "day-outside":
                return refused.findings[0].at(row=number, column=place["column"])
        if self._stated.year is None and is_short(written):
            return finding("day-unreadable", problem="year", **place)
        return finding("day-unreadable", **place)

    def _row(
        self,
        number: int,
        usable: Sequence[Column],
        columns: Sequence[Column],
        down: Mapping[int, tuple[int, int]],
    ) -> Iterator[Entry | Finding]:
        line = self._rows[number]
        first = min((column.index for column in columns), default=max(self._block.days) + 1)
        own = {at: self._day(number, at) for at in self._block.days}
        for at in self._block.days:
            if own[at] is None and at not in line and at in down:
                own[at] = self._day(*down[at])
        if not any(own.values()) and (said := beside_table(line, number, first)):
            yield said
            return
        if said := sum_row(line, number, first):
            yield said
            return
        for at, text in own.items():
            if line.get(at, NOTHING).sort is Sort.UNCALCULATED:
                self._failed.append(f"{letters(at)}{number}")
                continue
            here = [column for column in usable if column.day == at and column.index in line]
            if here and (said := self._day_problem(number, at, text)):
                yield from self._once(said)
                here = [column for column in here if line[column.index].sort in BROKEN]
            for column in here:
                yield from self._reading(column, line[column.index], number, text or "")

    def _once(self, said: Finding) -> Iterator[Finding]:
        """A year that no title states is missing in every row: it is said of the first."""
        if said.params.get("problem") != "year" or not self._yearless:
            yield said
        self._yearless = self._yearless or said.params.get("problem") == "year"

    def _reading(
        self, column: Column, cell: Cell, number: int, day: str
    ) -> Iterator[Entry | Finding]:
        if (number, column.index) in self._wide_cells:
            yield merged(number, column.place, (number, column.index))
        elif cell.sort is Sort.ERROR:
            yield cell_error(number, column.place, cell)
        elif cell.sort is Sort.UNCALCULATED:
            self._failed.append(f"{letters(column.index)}{number}")
        else:
            if cell.sort is Sort.PERCENT:
                self._percent.setdefault(column.place)
            yield _entry(column, cell, day, number, self._day_place(column.day))

    def _spread(self, columns: Sequence[Column]) -> set[tuple[int, int]]:
        """Merged cells that reach over several days or columns: whose reading is it?"""
        indexes = [column.index for column in columns]
        return {
            (merge.top, merge.left)
            for merge in self._sheet.merges
            if merge.bottom > merge.top
            or sum(merge.left <= at <= merge.right for at in indexes) > 1
        }


def _as_day(text: str) -> date | None:
    try:
        return parse_day(MIDNIGHT.sub("", text))
    except Refused:
        return None


def _entry(column: Column, cell: Cell, day: str, row: int, head: str) -> Entry:
    value, register = ("", cell.text) if column.register else (cell.text, "")
    unit = "" if cell.sort is Sort.PERCENT else column.unit
    heads = MappingProxyType({"day": head, "register": column.place})
    return Entry(
        column.what, value, unit, day, register=register, row=row, column=column.place, heads=heads
    )
