"""Tables on a terminal: every column at its own width, and what to do where there is no room."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Cells that a wrapped column needs to stay readable; below it a column is left out instead.
LEAST = 14

#: Cells at which a header in Chinese may break: three of its characters.
BREAK = 6

# line and paragraph ends, terminal control, direction marks, halves of characters
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """The text on one line, with nothing in it that a terminal would obey."""
    return text if text.isprintable() else _HIDDEN.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table fits.

    Attributes:
        kept: Indexes of the columns shown.
        widths: Cells of each of them.
        padding: Cells on either side of a column.
    """

    kept: tuple[int, ...]
    widths: tuple[int, ...]
    padding: int


def layout(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int,
    *,
    wrap: int = 0,
    without: Sequence[Sequence[int]] = (),
) -> Layout:
    """Find columns and widths for `room` cells.

    Args:
        columns: Headers; they may break between words.
        rows: Cells as text.
        room: Cells of the terminal.
        wrap: The column whose text may break over several lines where it must.
        without: Columns to leave out where there is no room: the first set that helps.
    """
    from rich.cells import cell_len

    cells = [max((cell_len(row[at]) for row in rows), default=0) for at in range(len(columns))]
    whole = [max(width, cell_len(head)) for width, head in zip(cells, columns, strict=True)]
    tight = [
        max(width, *(cell_len(word) if word.isascii() else BREAK for word in head.split() or [""]))
        for width, head in zip(cells, columns, strict=True)
    ]
    every = tuple(range(len(columns)))
    for left_out in ((), *without):
        kept = tuple(at for at in every if at not in left_out)
        for widths, padding in ((whole, 1), (tight, 1), (tight, 0)):
            shown = {at: widths[at] for at in kept}
            free = room - (2 * padding + 1) * (len(kept) - 1) - 2 - sum(shown.values())
            if free >= 0:
                return Layout(kept, tuple(shown.values()), padding)
        if wrap in shown and shown[wrap] + free >= LEAST:
            shown[wrap] += free
            break
    return Layout(kept, tuple(shown.values()), 0)
