"""What stands in cells of a sheet beside readings: sums, signatures, merged and broken cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.findings import finding
from flows.store.columns import is_signature, is_sum
from flows.store.numberformats import Sort
from flows.store.ooxml import unreadable
from flows.store.workbook import Cell, letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flows.findings import Finding
    from flows.store.workbook import Merge, Sheet

#: Cells named in one finding.
_NAMED = 12

#: Steps over merged cells, of which no book that is drawn right needs a tenth.
_MOST_STEPS = 5_000_000

Line = dict[int, Cell]
NOTHING = Cell(Sort.TEXT, "")
BROKEN = frozenset({Sort.ERROR, Sort.UNCALCULATED})


def sum_row(line: Line, number: int, first: int) -> Finding | None:
    """That a row is named a sum to the left of its first reading."""
    for at in sorted(line):
        if at < first and line[at].sort is Sort.TEXT and is_sum(line[at].text):
            return finding("row-skipped", row=number, text=line[at].text, problem="sum")
    return None


def beside_table(line: Line, number: int, first: int) -> Finding | None:
    """That a row is a sum, a line of signatures, or holds no reading at all."""
    if said := sum_row(line, number, first):
        return said
    texts = [line[at].text for at in sorted(line) if line[at].sort is Sort.TEXT]
    if texts and is_signature(texts[0]):
        return finding("row-skipped", row=number, text=texts[0], problem="signature")
    if not any(at >= first for at in line):
        return finding("row-skipped", row=number, text=texts[0] if texts else "", problem="empty")
    return None


def merged_down(sheet: Sheet, columns: set[int], top: int) -> dict[int, dict[int, tuple[int, int]]]:
    """For rows below the first of a cell that is merged over several: where it begins."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    steps = 0
    for merge in sheet.merges:
        within = [at for at in columns if merge.left <= at <= merge.right]
        filled = sheet.rows.get(merge.top, {}).get(merge.left) is not None
        if merge.bottom <= max(merge.top, top) or not within or not filled:
            continue
        for number in _rows_within(sheet, merge):
            steps += len(within)
            if steps > _MOST_STEPS:
                raise unreadable("damaged")
            for at in within:
                found.setdefault(number, {})[at] = merge.top, merge.left
    return found


def _rows_within(sheet: Sheet, merge: Merge) -> Iterator[int]:
    if merge.bottom - merge.top > len(sheet.rows):
        return (number for number in sheet.rows if merge.top < number <= merge.bottom)
    return (number for number in range(merge.top + 1, merge.bottom + 1) if number in sheet.rows)


def merged(number: int, place: str, source: tuple[int, int]) -> Finding:
    """That a merged cell holds nobody knows whose reading."""
    cell = f"{letters(source[1])}{source[0]}"
    return finding("cell-merged", row=number, column=place, cells=cell)


def cell_error(number: int, place: str, cell: Cell) -> Finding:
    """That a formula failed."""
    return finding("cell-error", row=number, column=place, text=cell.text)


def uncalculated(cells: Sequence[str]) -> Finding:
    """That results of formulas were not saved."""
    return finding("formula-uncalculated", cells=listed(cells), count=len(cells))


def listed(names: Iterable[str]) -> str:
    """Some of the names, and how many there are."""
    every = list(names)
    more = f", … ({len(every)})" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more
