"""Cells of a text drawing: names, and bands that run level, straight up and down, and lean over."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.textplaces import Band, Leg

    #: Text and the facility whose color it has, "" outside, None for names.
    Run = tuple[str, str | None]

#: What bands are filled with, by status, so that no color is needed to tell them apart.
FILLS = {"measured": "█", "computed": "▒", "carried": "░", "unknown": "┄"}
#: Upper line of a measured band, of one line and of more: what is left free parts it from the
#: band above.
TOPS = "▆▄"
#: Bands of less than half a line, by which way they run: known, not known, out of scale.
THIN, UNKNOWN, PIPE = "─│╭╮╰╯┼", "┄┆╭╮╰╯┼", "═║╔╗╚╝╬"


class Cells:
    """A ground to draw on; the second cell of a wide character is empty."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.cells = [[" "] * width for _ in range(height)]
        self.tones: list[list[str | None]] = [[None] * width for _ in range(height)]
        self.lined: dict[tuple[int, int], int] = {}

    def runs(self) -> tuple[tuple[Run, ...], ...]:
        """Lines as runs of equal looks; empty ones at the end are left out."""
        lines = []
        for cells, tones in zip(self.cells, self.tones, strict=True):
            row = [(cell, tone) for cell, tone in zip(cells, tones, strict=True) if cell]
            runs = groupby(row, key=lambda pair: pair[1])
            lines.append(tuple(("".join(x for x, _ in run), tone) for tone, run in runs))
        while lines and not "".join(text for text, _ in lines[-1]).strip():
            lines.pop()
        return tuple(lines)

    def put(self, x: int, y: int, text: str, tone: str | None = None) -> None:
        """Write over what is there; what does not fit is left out."""
        if not 0 <= y < len(self.cells):
            return
        row, tones = self.cells[y], self.tones[y]
        for sign in text:
            wide = cell_len(sign)
            if wide and x >= 0 and x + wide <= self.width:
                for at in range(x, x + wide):
                    _clear(row, at)
                    tones[at] = tone
                row[x] = sign
                if wide > 1:
                    row[x + 1] = ""
            x += wide

    def level(self, band: Band, x0: int, x1: int, row: int, tone: str) -> None:
        """A level piece from x0 to x1, both ends included."""
        if band.thin:
            for x in range(x0, x1 + 1):
                ways = (_WEST if x > x0 else 0) | (_EAST if x < x1 else 0)
                self._line(x, row, ways, band, tone)
            return
        wide = x1 + (0 if band.tall > 1 else 1)
        for y in range(row, row + band.tall):
            sign = self._fill(band, top=y == row)
            for x in range(x0, wide + 1):
                self.put(x, y, sign, tone)

    def upright(self, band: Band, x: int, start: int, end: int, tone: str) -> None:
        """A piece straight up or down, ends included."""
        upper, lower = min(start, end), max(start, end)
        if band.thin:
            for y in range(upper, lower + 1):
                ways = (_NORTH if y > upper else 0) | (_SOUTH if y < lower else 0)
                self._line(x, y, ways, band, tone)
            return
        for y in range(upper, lower + band.tall):
            sign = self._fill(band, top=y == upper)
            for at in range(x, x + 2):
                self.put(at, y, sign, tone)

    def bend(self, band: Band, at: tuple[int, int, int, int], leg: Leg, tone: str) -> None:
        """A thick band that leans over to its other height."""
        x0, left, right, x1 = at
        before = leg.start
        for x in range(x0, x1 + 1):
            part = min(max((x + 0.5 - left) / max(right - left, 1), 0.0), 1.0)
            top = round(leg.start + (leg.end - leg.start) * part * part * (3.0 - 2.0 * part))
            upper, lower = min(top, before), max(top, before) + band.tall
            for y in range(upper, lower):
                self.put(x, y, self._fill(band, top=y == upper), tone)
            before = top

    def _fill(self, band: Band, *, top: bool) -> str:
        fill = FILLS.get(band.link.status, FILLS["computed"])
        return TOPS[band.tall > 1] if top and fill == FILLS["measured"] else fill

    def _line(self, x: int, y: int, ways: int, band: Band, tone: str) -> None:
        """A cell of a thin band; where another one runs across, both are seen."""
        signs = PIPE if band.link.quiet else UNKNOWN if band.link.value is None else THIN
        mask = self.lined.get((x, y), 0) | ways
        self.lined[x, y] = mask
        self.put(x, y, signs[_SIGN.get(mask, 6)], tone)


#: Ways that a line leaves a cell by, and the place of its sign among seven.
_NORTH, _EAST, _SOUTH, _WEST = 1, 2, 4, 8
_SIGN: Mapping[int, int] = {
    _EAST: 0, _WEST: 0, _EAST | _WEST: 0, _NORTH: 1, _SOUTH: 1, _NORTH | _SOUTH: 1,
    _EAST | _SOUTH: 2, _WEST | _SOUTH: 3, _EAST | _NORTH: 4, _WEST | _NORTH: 5,
}  # fmt: skip


def _clear(row: list[str], at: int) -> None:
    """Half of a wide character is none."""
    if not row[at] and at:
        row[at - 1] = " "
    if at + 1 < len(row) and not row[at + 1]:
        row[at + 1] = " "
    row[at] = " "
