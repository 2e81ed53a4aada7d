"""Places of a Sankey in cells: its levels, orders and loops as the picture's, in whole lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from reports.layout import lay_out
from reports.shapes import Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.diagram import Diagram
    from reports.shapes import Layout, Link, Node

#: Parts of the wished height that the bands get, the first that fits with names between them.
_PARTS = (1.0, 0.85, 0.7, 0.6, 0.5)
#: A band of less than so much of a line is drawn as a line.
THIN_BELOW = 0.5


class Leg(NamedTuple):
    """A band's way through one gap, from its upper line at the left to that at the right.

    Attributes:
        gap: Number of the column left of it; -1 before the first.
        lane: Whether the band comes from its lane (`back`) or goes to it (`out`), else "".
    """

    gap: int
    start: int
    end: int
    lane: str = ""


@dataclass
class Band:
    """A flow as drawn: so many lines `tall`, and its legs from source to target."""

    link: Link
    tall: int
    thin: bool
    legs: list[Leg] = field(default_factory=list)
    loop: bool = False


@dataclass
class Box:
    """A node as drawn; its name stands in the line above `top`, its `rest` in the line below."""

    node: Node
    level: int
    rest: tuple[str, str] = ("", "")
    top: int = 0
    height: int = 1


@dataclass(frozen=True, slots=True)
class Places:
    """Boxes and bands in whole lines; `scale` is lines per unit."""

    boxes: tuple[Box, ...]
    bands: tuple[Band, ...]
    levels: int
    height: int
    scale: float


@dataclass
class _Item:
    """A node or a passing band in its column."""

    top: int
    tall: int
    box: Box | None = None
    band: Band | None = None

    @property
    def lead(self) -> int:
        """Lines above it: the name of a node, and the empty one that parts passing bands."""
        return 1

    @property
    def room(self) -> int:
        """Lines from `top` on."""
        return self.tall + (1 if self.box is not None and self.box.rest[0] else 0)


def _style(body: float) -> Style:
    return Style(
        body=body, slot=3.0, gap=0.0, lane=1.0, hairline=1.0, pipe=1.0, least=1.0, turn=1.0,
        node_width=1.0, column=(2.0, 2.0), margin=0.0, width=2.0,
    )  # fmt: skip


def places(diagram: Diagram, height: int, rest: Mapping[str, tuple[str, str]]) -> Places:
    """Where everything stands, in `height` lines where that is enough.

    Args:
        diagram: With at least one link.
        height: Lines wished for.
        rest: What is said below a node, in full and short.
    """
    found = _Placing(diagram, max(height * _PARTS[0], 3.0), rest).done()
    for part in _PARTS[1:]:
        if found.height <= height:
            break
        found = _Placing(diagram, max(height * part, 3.0), rest).done()
    return found


class _Placing:
    def __init__(self, diagram: Diagram, body: float, rest: Mapping[str, tuple[str, str]]) -> None:
        self.layout: Layout = lay_out(diagram.nodes, diagram.links, _style(body))
        scale = self.layout.scale
        self.boxes = {
            box.node.id: Box(box.node, box.level, rest.get(box.node.id, ("", "")), round(box.y))
            for box in self.layout.nodes
        }
        self.bands = []
        for placed in self.layout.links:
            lines = 0.0 if placed.link.quiet else (placed.link.value or 0.0) * scale
            self.bands.append(
                Band(placed.link, max(round(lines), 1), lines < THIN_BELOW, loop=placed.loop)
            )
        self.leaving = self._ports(0, "source")
        self.coming = self._ports(-1, "target")
        for id_, box in self.boxes.items():
            sides = (sum(self.bands[at].tall for at in self.leaving.get(id_, ())),
                     sum(self.bands[at].tall for at in self.coming.get(id_, ())))  # fmt: skip
            box.height = max(*sides, 1)

    def _ports(self, point: int, end: str) -> dict[str, list[int]]:
        """Bands at the ends of each node from top to bottom, as in the picture."""
        found: dict[str, list[int]] = {}
        order = sorted(
            range(len(self.bands)), key=lambda at: (self.layout.links[at].points[point][1], at)
        )
        for at in order:
            found.setdefault(getattr(self.bands[at].link, end), []).append(at)
        return found

    def _row(self, at: int, ports: Mapping[str, list[int]], node: str) -> int:
        """Upper line of a band at a node."""
        mine = ports[node]
        return self.boxes[node].top + sum(
            self.bands[other].tall for other in mine[: mine.index(at)]
        )

    def done(self) -> Places:
        """Columns from left to right, then the lanes of loops, then the legs."""
        levels = max(box.level for box in self.boxes.values()) + 1
        columns = self._columns(levels)
        limit = max(sum(item.room + item.lead for item in column) for column in columns)
        self.passing: dict[tuple[int, int], _Item] = {}
        for level, column in enumerate(columns):
            for item in column:
                item.top = self._wished(item, level)
            _part(column, limit)
            for item in column:
                if item.box is not None:
                    item.box.top = item.top
                elif item.band is not None:
                    self.passing[id(item.band), level] = item
        top = min(box.top for box in self.boxes.values()) - 1
        low = max(item.top + item.room for column in columns for item in column)
        first, last = self._legs(top, low)
        return Places(
            tuple(self._moved(box, -first) for box in self.boxes.values()),
            tuple(self.bands), levels, last - first, self.layout.scale,
        )  # fmt: skip

    def _moved(self, box: Box, by: int) -> Box:
        box.top += by
        return box

    def _columns(self, levels: int) -> list[list[_Item]]:
        columns: list[list[tuple[float, int, _Item]]] = [[] for _ in range(levels)]
        for number, placed in enumerate(self.layout.nodes):
            box = self.boxes[placed.node.id]
            item = _Item(round(placed.y), box.height, box=box)
            columns[placed.level].append((placed.y + placed.height / 2, number, item))
        for number, placed_link in enumerate(self.layout.links):
            band = self.bands[number]
            if not placed_link.loop:
                first = self.boxes[placed_link.link.source].level + 1
                for step, (_, y) in enumerate(placed_link.points[1:-1:2]):
                    item = _Item(round(y - band.tall / 2), band.tall, band=band)
                    columns[first + step].append((y, number, item))
        return [[item for *_, item in sorted(column, key=lambda x: x[:2])] for column in columns]

    def _wished(self, item: _Item, level: int) -> int:
        """Where the heaviest band that comes in runs straight on."""
        if item.band is not None:
            return self._before(self.bands.index(item.band), level)
        if (box := item.box) is None:
            return item.top
        mine = [at for at in self.coming.get(box.node.id, ()) if not self.bands[at].loop]
        if not mine:
            return item.top
        heaviest = max(mine, key=lambda at: (self.bands[at].tall, self.bands[at].link.value or 0.0))
        here = self._row(heaviest, self.coming, box.node.id) - box.top
        return self._before(heaviest, level) - here

    def _before(self, at: int, level: int) -> int:
        """Upper line of a band where it leaves the column before."""
        band = self.bands[at]
        passed = self.passing.get((id(band), level - 1))
        return passed.top if passed else self._row(at, self.leaving, band.link.source)

    def _legs(self, top: int, low: int) -> tuple[int, int]:
        """Ways of all bands; first and last line of the whole."""
        above = [at for at, band in enumerate(self.bands) if band.loop and self._over(at)]
        below = [at for at, band in enumerate(self.bands) if band.loop and not self._over(at)]
        self.lane: dict[int, int] = {}
        # the innermost lane is that of the loop nearest to the columns in the picture
        for at in sorted(above, key=lambda one: -self.layout.links[one].points[2][1]):
            top -= self.bands[at].tall
            self.lane[at] = top
        for at in sorted(below, key=lambda one: self.layout.links[one].points[2][1]):
            self.lane[at] = low
            low += self.bands[at].tall
        for at, band in enumerate(self.bands):
            source, target = band.link.source, band.link.target
            start = self._row(at, self.leaving, source) - top
            end = self._row(at, self.coming, target) - top
            first, last = self.boxes[source].level, self.boxes[target].level
            if band.loop:
                lane = self.lane[at] - top
                band.legs = [Leg(first, start, lane, "out"), Leg(last - 1, lane, end, "back")]
                continue
            rows = [start]
            rows += [self.passing[id(band), level].top - top for level in range(first + 1, last)]
            rows.append(end)
            band.legs = [
                Leg(first + step, rows[step], rows[step + 1]) for step in range(last - first)
            ]
        return top, low

    def _over(self, at: int) -> bool:
        """Whether a loop's lane runs over the columns."""
        return self.layout.links[at].points[2][1] < self.layout.body[0]


def _part(column: Sequence[_Item], limit: int) -> None:
    """Push items apart in their order, down and then back up from the lower edge."""
    edge = 0
    for item in column:
        item.top = max(item.top, edge + item.lead)
        edge = item.top + item.room
    edge = max(limit, 0)
    for item in reversed(column):
        item.top = min(item.top, edge - item.room)
        edge = item.top - item.lead
