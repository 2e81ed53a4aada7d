"""A Sankey as lines of text: the places of the page's picture, drawn with block characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from reports.layout import lay_out
from reports.shapes import Style

if TYPE_CHECKING:
    from reports.diagram import Diagram
    from reports.shapes import Layout, PlacedLink

#: What bands are filled with, by status, so that no color is needed to tell them apart.
FILLS = {"measured": "█", "computed": "▒", "carried": "░", "unknown": "┄"}
#: A band of less than half a line of height, and one that is out of scale.
THIN, PIPE = "─", "═"
#: End of a band; the node that it runs into stands right of it.
ARROW = "▶"
#: Sign of a node.
BOX = "▌"

#: Cells between two columns of nodes: room for the name and amount of a band.
_COLUMN = (36.0, 52.0)
#: Share of its way that a band runs level, with its name, before it turns to its end.
_STRAIGHT = 0.7


def measures(width: int, height: int) -> Style:
    """Measures of a drawing in cells: `height` lines for the bands of the fullest column.

    Every band is given a line more than it is drawn with: the empty one parts it from the next.
    Names of nodes stand in the line above them.
    """
    return Style(
        body=float(height), slot=3.0, gap=2.0, lane=2.0, hairline=2.0, pipe=2.0, least=1.0,
        turn=1.0, node_width=1.0, column=_COLUMN, letter=1.1, margin=2.0, width=float(width),
    )  # fmt: skip


def text_sankey(diagram: Diagram, width: int = 80, height: int = 24) -> list[str]:
    """Draw a Sankey; it may be wider and higher than asked for, and is scrolled then.

    Args:
        diagram: What is drawn (`reports.diagram`).
        width: Cells that it fills at least.
        height: Lines for the bands of the fullest column; more where names need them.

    Returns:
        Lines without trailing spaces; [] where there is nothing to draw.
    """
    if not diagram.links:
        return []
    layout = lay_out(diagram.nodes, diagram.links, measures(width, height))
    canvas = _Canvas(layout)
    for placed in sorted(layout.links, key=lambda item: -item.thickness):
        canvas.band(placed)
    for placed in layout.links:
        canvas.name_band(placed)
    canvas.boxes()
    return canvas.lines()


def per_line(diagram: Diagram, width: int = 80, height: int = 24) -> float | None:
    """Amount that a line of height stands for, in the diagram's unit; None where nothing does."""
    if not diagram.links:
        return None
    scale = lay_out(diagram.nodes, diagram.links, measures(width, height)).scale
    return 1.0 / scale if scale > 0.0 else None


class _Canvas:
    """Cells of the drawing; the second cell of a wide character is empty."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.width = round(layout.width) + 2
        self.cells = [[" "] * self.width for _ in range(round(layout.height) + 2)]

    def lines(self) -> list[str]:
        """The text; empty lines above and below are left out."""
        lines = ["".join(row).rstrip() for row in self.cells]
        while lines and not lines[-1]:
            lines.pop()
        while lines and not lines[0]:
            lines.pop(0)
        return lines

    def put(self, x: int, y: int, text: str) -> None:
        """Write over what is there; what does not fit is left out."""
        if not 0 <= y < len(self.cells):
            return
        row = self.cells[y]
        for sign in text:
            wide = cell_len(sign)
            if wide and x >= 0 and x + wide <= self.width:
                for at in range(x, x + wide):
                    self._clear(row, at)
                row[x] = sign
                if wide > 1:
                    row[x + 1] = ""
            x += wide

    def _clear(self, row: list[str], at: int) -> None:
        """Half of a wide character is none."""
        if not row[at] and at:
            row[at - 1] = " "
        if at + 1 < len(row) and not row[at + 1]:
            row[at + 1] = " "
        row[at] = " "

    def band(self, placed: PlacedLink) -> None:
        """Fill a band from its source to its target."""
        fill, tall = self._fill(placed), self._tall(placed)
        for (x0, y0), (x1, y1) in zip(placed.points, placed.points[1:], strict=False):
            if placed.loop:
                self._way(x0, y0, x1, y1, fill, tall)
                continue
            # straight as far as its name goes, then over to the height of its end
            bend = x0 + (x1 - x0) * _STRAIGHT
            before = self._top(y0, placed.thickness)
            for x in range(round(x0), round(x1)):
                part = (x + 0.5 - bend) / max(x1 - 1.0 - bend, 1.0)
                y = y0 + (y1 - y0) * _smooth(part)
                top = self._top(y, placed.thickness)
                upper, lower = min(top, before + 1), max(top + tall, before + tall - 1)
                for at in range(max(upper, 0), lower):
                    self.put(x, at, fill)
                before = top
        end, height = placed.points[-1]
        self.put(round(end) - 1, self._top(height, placed.thickness) + (tall - 1) // 2, ARROW)

    def _way(self, x0: float, y0: float, x1: float, y1: float, fill: str, tall: int) -> None:
        """A piece of a loop's way: level, or straight up or down."""
        left, right = sorted((round(x0), round(x1)))
        ends = sorted((self._top(y0, tall + 1.0), self._top(y1, tall + 1.0)))
        upright = fill if fill in "█▒░" else "│"
        for x in range(left, right + 1):
            for y in range(ends[0], ends[1] + tall):
                self.put(x, y, upright if left == right else fill)

    def name_band(self, placed: PlacedLink) -> None:
        """Name and amount within the band, right of its source; of a loop on its lane."""
        link, tall = placed.link, self._tall(placed)
        points = placed.points
        start, end = (points[2], points[3]) if placed.loop else (points[0], points[1])
        start, end = sorted((start, end))
        room = round((end[0] - start[0]) * (0.9 if placed.loop else _STRAIGHT)) - 3
        amount = link.title.partition(", ")[0]
        text = _cut(link.label, room - cell_len(amount) - 3)
        said = f" {text} {amount} " if text else f" {_cut(amount, room - 2)} "
        if room > 4:
            row = self._top(start[1], placed.thickness) + (tall - 1) // 2
            self.put(round(start[0]) + 1, row, said)

    def boxes(self) -> None:
        """Nodes over the ends of their bands, each with its name in the line above."""
        nodes = self.layout.nodes
        columns = sorted({round(box.x) for box in nodes})
        for box in nodes:
            x, top = round(box.x), round(box.y)
            bottom = max(round(box.y + box.height), top + 1)
            for y in range(top, bottom):
                self.put(x, y, BOX)
            following = [column for column in columns if column > x]
            room = (following[0] if following else self.width) - x - 2
            name = _cut(box.node.label, room)
            left = room - cell_len(name) - 2
            note = box.node.note if cell_len(box.node.note) <= left else ""
            self.put(x, top - 1, f"{name}  {note}" if note else name)

    def _tall(self, placed: PlacedLink) -> int:
        return max(round(placed.thickness) - 1, 1)

    def _top(self, center: float, thickness: float) -> int:
        return round(center - thickness / 2)

    def _fill(self, placed: PlacedLink) -> str:
        link = placed.link
        if link.quiet:
            return PIPE
        if link.value is None:
            return FILLS["unknown"]
        if link.value * self.layout.scale < 0.5:  # less than half a line
            return THIN
        return FILLS.get(link.status, FILLS["computed"])


def _smooth(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return part * part * (3.0 - 2.0 * part)


def _cut(text: str, room: int) -> str:
    """The text in at most `room` cells, with an ellipsis where it is cut."""
    if cell_len(text) <= room:
        return text
    return f"{set_cell_size(text, room - 1).rstrip()}…" if room > 3 else ""
