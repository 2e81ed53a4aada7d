"""Rows of a read-only table as text: folded, measured and cut by display cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.daysheet.text import fitted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

#: Cells that a level of the first column is moved in by, and those of the sign for folding.
INDENT, FOLD = 2, 2

#: Signs of a row that has rows under it: shut, open.
SHUT, OPEN = "+ ", "- "


@dataclass(frozen=True, slots=True)
class Col:
    """A column.

    Attributes:
        head: Its head.
        right: Whether its cells end at its right edge, as numbers do.
        least: Cells that it has at least.
        most: Cells that it has at most; 0 for no bound.
        grow: Whether it gives room where there is too little, down to `least`.
        spare: Left out where there is no room, the highest first; 0 for never.
    """

    head: str
    right: bool = False
    least: int = 3
    most: int = 0
    grow: bool = False
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row.

    Attributes:
        key: By which it is found again; unique in its table.
        cells: Text of each column.
        level: Depth; the rows below that are deeper are its own and can be folded away.
        tone: How it looks: "", `head`, `quiet`, `good`, `warn` or `bad`. Say it in a cell as well.
        tones: Of single cells, as far as they look otherwise.
        wide: Whether its first cell takes the whole line: a sentence, a heading.
    """

    key: str
    cells: tuple[str, ...]
    level: int = 0
    tone: str = ""
    tones: tuple[str, ...] = ()
    wide: bool = False


def wrapped(text: str, width: int) -> list[str]:
    """A sentence in lines of at most so many cells: cut between words, or within a longer one.

    >>> wrapped("air and flue gas; 烟气与空气", 12)
    ['air and flue', 'gas; 烟气与', '空气']
    """
    lines, line = [], ""
    for letter in text:
        if cell_len(line + letter) > width and letter != " ":
            # a word of letters moves down whole; between Chinese characters any place will do
            at = line.rfind(" ") + 1 if letter.isascii() and line[-1:].isascii() else 0
            lines.append((line[:at] or line).rstrip())
            line = line[at:] if at else ""
        line = line + letter if line or letter != " " else ""
    return [*lines, line.rstrip()] if line.strip() else lines


def standing(rows: Sequence[Row], folded: Collection[str]) -> list[int]:
    """Indices of rows that no folded row hides."""
    shown, hidden_below = [], None
    for at, row in enumerate(rows):
        if hidden_below is not None and row.level > hidden_below:
            continue
        hidden_below = row.level if row.key in folded else None
        shown.append(at)
    return shown


def has_own(rows: Sequence[Row], at: int) -> bool:
    """Whether rows belong to a row."""
    return at + 1 < len(rows) and rows[at + 1].level > rows[at].level


def parent(rows: Sequence[Row], at: int) -> int | None:
    """Index of the row that a row belongs to."""
    for before in range(at - 1, -1, -1):
        if rows[before].level < rows[at].level:
            return before
    return None


def lead(rows: Sequence[Row], at: int, folded: Collection[str], *, signs: bool) -> str:
    """The first cell with its level, and the sign of what is folded where the table folds."""
    row = rows[at]
    sign = " " * FOLD if signs else ""
    if signs and has_own(rows, at):
        sign = SHUT if row.key in folded else OPEN
    return " " * (INDENT * row.level) + sign + (row.cells[0] if row.cells else "")


def measured(cols: Sequence[Col], rows: Sequence[Row], room: int) -> list[tuple[int, int]]:
    """Columns that fit into `room` cells, as pairs of index and width.

    Spare columns go first, then those that grow become narrower, down to their least.
    """
    from rich.cells import cell_len

    signs = any(has_own(rows, at) for at in range(len(rows)))
    rows = [row for row in rows if not row.wide]
    widths = []
    for number, col in enumerate(cols):
        texts = (row.cells[number] if number < len(row.cells) else "" for row in rows)
        width = max((cell_len(text) for text in texts), default=0)
        if number == 0 and rows:
            width += INDENT * max(row.level for row in rows) + FOLD * signs
        width = max(width, cell_len(col.head), col.least)
        widths.append(min(width, col.most) if col.most else width)
    kept = list(range(len(cols)))

    def least() -> int:
        flexible = sum(
            min(widths[at], max(cols[at].least, 3)) if cols[at].grow else widths[at] for at in kept
        )
        return flexible + max(len(kept) - 1, 0)

    while least() > room and any(cols[at].spare for at in kept):
        kept.remove(max(kept, key=lambda at: (cols[at].spare, at)))
    growing = [at for at in kept if cols[at].grow]
    over = sum(widths[at] for at in kept) + max(len(kept) - 1, 0) - room
    while over > 0 and growing:
        widest = max(growing, key=lambda at: widths[at])
        if widths[widest] <= max(cols[widest].least, 3):
            break
        widths[widest] -= 1
        over -= 1
    return [(at, widths[at]) for at in kept]


def line_of(texts: Sequence[str], cols: Sequence[Col], fit: Sequence[tuple[int, int]]) -> list[str]:
    """Cells of a row, each in exactly the width of its column."""
    return [
        fitted(texts[at] if at < len(texts) else "", width, right=cols[at].right)
        for at, width in fit
    ]
