"""Places of a Sankey's nodes and bands: pure, deterministic, the same places every day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.heights import settle
from reports.ranking import feedback_arcs, levels, order
from reports.shapes import Layout, PlacedLink, PlacedNode, Style, text_width
from reports.weights import usual_amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.shapes import Link, Node


@dataclass
class _Item:
    """A node, or one column's step of a long band."""

    level: int
    height: float
    slot: float
    node: int | None = None
    y: float = 0.0

    @property
    def center(self) -> float:
        return self.y + self.height / 2


def lay_out(nodes: Sequence[Node], links: Sequence[Link], style: Style | None = None) -> Layout:
    """Decide every place of a Sankey.

    Args:
        nodes: In an order that stays the same from day to day; ties follow it.
        links: All of one unit; their ends must be among the nodes.
        style: Measures, or the usual ones.

    Returns:
        Nodes by level and then from top to bottom, links in the order given.

    Raises:
        ValueError: If a link ends at an unknown node, a value is negative or not finite, or the
            units differ.
    """
    style = style or Style()
    index = {node.id: i for i, node in enumerate(nodes)}
    for link in links:
        if link.source not in index or link.target not in index:
            raise ValueError(f"link {link.id} ends at an unknown node")
        if link.value is not None and not 0.0 <= link.value < math.inf:
            raise ValueError(f"link {link.id} has no drawable value: {link.value}")
    if len({link.unit for link in links}) > 1:
        raise ValueError("a Sankey shows one unit")
    if not nodes:
        return Layout(0.0, 0.0)
    return _Builder(nodes, links, style, index).build()


class _Builder:
    def __init__(
        self, nodes: Sequence[Node], links: Sequence[Link], style: Style, index: dict[str, int]
    ) -> None:
        self.nodes, self.links, self.style = nodes, links, style
        self.arcs = [
            (index[k.source], index[k.target], 0.0 if k.quiet else k.value or 0.0) for k in links
        ]
        self.weights = usual_amounts(self.arcs, links)
        arcs = [(a, b, w) for (a, b, _), w in zip(self.arcs, self.weights, strict=True)]
        self.loops = feedback_arcs(len(nodes), arcs)
        forward = [arc for i, arc in enumerate(arcs) if i not in self.loops]
        level = levels(len(nodes), forward)
        first = min(level)
        self.level = [value - first for value in level]

    def build(self) -> Layout:
        self._size()
        columns = self._columns()
        self.place = {
            i: (number + 0.5) / len(column) for column in columns for number, i in enumerate(column)
        }
        self._place(columns)
        return self._draw(columns)

    def _size(self) -> None:
        """Pixels per unit from the fullest column, then the thickness of every band."""
        count = len(self.nodes)
        out, into = [0.0] * count, [0.0] * count
        for source, target, value in self.arcs:
            out[source] += value
            into[target] += value
        self.throughput = [max(pair) for pair in zip(out, into, strict=True)]
        sums = [0.0] * (max(self.level) + 1)
        for i in range(count):
            sums[self.level[i]] += self.throughput[i]
        for i, (source, target, value) in enumerate(self.arcs):
            if i not in self.loops:
                for level in range(self.level[source] + 1, self.level[target]):
                    sums[level] += value
        body = self.style.body or self._usual_body()
        # Below 1e-200 the quotient would overflow; such amounts are nothing beside any other.
        self.scale = body / max(sums) if max(sums) > 1e-200 else 0.0
        hairline = self.style.hairline
        self.thick = [
            self.style.pipe if link.quiet else max((link.value or 0.0) * self.scale, hairline)
            for link in self.links
        ]
        out, into = [0.0] * count, [0.0] * count
        for i, (source, target, _) in enumerate(self.arcs):
            out[source] += self.thick[i]
            into[target] += self.thick[i]
        heights = [max(pair) for pair in zip(out, into, strict=True)]
        slot = self.style.slot
        self.items = [
            _Item(self.level[i], max(h, self.style.least), max(h, slot), i)
            for i, h in enumerate(heights)
        ]

    def _usual_body(self) -> float:
        """Less high where there is little to show; never under a third of the whole height.

        plotly, which is given these places, draws bands of a third of its height at least.
        """
        fullest = max(self.level.count(level) for level in set(self.level))
        labels = fullest * (self.style.slot + self.style.gap)
        return max(min(360.0, 60.0 + 30.0 * len(self.nodes)), 0.5 * labels)

    def _columns(self) -> list[list[int]]:
        """Cut long bands into steps and order every column."""
        self.way: list[list[int]] = [[] for _ in self.links]
        steps: list[tuple[int, int, float]] = []
        for i, (source, target, _) in enumerate(self.arcs):
            if i in self.loops:
                continue
            here, thick, weight = source, self.thick[i], self.weights[i]
            for level in range(self.level[source] + 1, self.level[target]):
                self.items.append(_Item(level, thick, thick))
                self.way[i].append(len(self.items) - 1)
                steps.append((here, len(self.items) - 1, weight))
                here = len(self.items) - 1
            steps.append((here, target, weight))
        self.steps = steps
        columns: list[list[int]] = [[] for _ in range(max(self.level) + 1)]
        for i, item in enumerate(self.items):
            columns[item.level].append(i)
        return order(columns, steps)

    def _place(self, columns: Sequence[Sequence[int]]) -> None:
        """Heights in the columns."""
        items = self.items
        tops, self.inner = settle(
            columns,
            [item.height for item in items],
            [item.slot for item in items],
            self.steps,
            self.style.gap,
        )
        for item, top in zip(items, tops, strict=True):
            item.y = top

    def _draw(self, columns: Sequence[Sequence[int]]) -> Layout:
        style = self.style
        below, above = self._lanes()
        top = style.margin + sum(max(self.thick[i], style.lane) + style.gap for i in above)
        for item in self.items:
            item.y += top
        bottom = top + self.inner
        lane: dict[int, float] = {}
        low = self._stack_lanes(below, bottom + style.gap, 1, lane)
        self._stack_lanes(above, top - style.gap, -1, lane)
        left, width = self._abscissas(columns)
        turns = self._turns(below), self._turns(above)
        starts, ends = self._ports(below, above)
        placed = []
        for i, (source, target, _) in enumerate(self.arcs):
            x0, x1 = left[self.level[source]] + style.node_width, left[self.level[target]]
            middle: list[tuple[float, float]] = []
            if i in lane:
                out, back = turns[0].get(i) or turns[1][i]
                middle = [(x0 + out, starts[i]), (x0 + out, lane[i])]
                middle += [(x1 - back, lane[i]), (x1 - back, ends[i])]
            for step in self.way[i]:
                x, y = left[self.items[step].level], self.items[step].center
                middle += [(x, y), (x + style.node_width, y)]
            points = ((x0, starts[i]), *middle, (x1, ends[i]))
            placed.append(PlacedLink(self.links[i], points, self.thick[i], i in self.loops))
        boxes = [
            PlacedNode(
                self.nodes[item.node],
                item.level,
                left[item.level],
                item.y,
                style.node_width,
                item.height,
                self.throughput[item.node],
            )
            for column in columns
            for item in (self.items[i] for i in column)
            if item.node is not None
        ]
        height = (low if below else bottom) + style.margin
        return Layout(width, height, tuple(boxes), tuple(placed), self.scale, (top, bottom))

    def _lanes(self) -> tuple[list[int], list[int]]:
        """Loops under and over the diagram, from the innermost outward."""
        below: list[int] = []
        above: list[int] = []
        for i in sorted(self.loops):
            source, target, _ = self.arcs[i]
            # by place in the columns, which does not change from day to day as heights do
            (below if self.place[source] + self.place[target] >= 1.0 else above).append(i)

        def inner_first(i: int) -> tuple[int, int]:
            return self.level[self.arcs[i][0]] - self.level[self.arcs[i][1]], i

        return sorted(below, key=inner_first), sorted(above, key=inner_first)

    def _stack_lanes(
        self, loops: Sequence[int], edge: float, sign: int, lane: dict[int, float]
    ) -> float:
        for i in loops:
            room = max(self.thick[i], self.style.lane)
            lane[i] = edge + sign * room / 2
            edge += sign * (room + self.style.gap)
        return edge - sign * self.style.gap

    def _turns(self, loops: Sequence[int]) -> dict[int, tuple[float, float]]:
        """How far right of its source and left of its target each loop turns, nested."""
        first, turn = 2 * self.style.gap, self.style.turn
        right: dict[int, float] = {}
        left: dict[int, float] = {}
        turns = {}
        for i in loops:
            source, target, _ = self.arcs[i]
            a, b = self.level[source], self.level[target]
            out, back = right.get(a, first), left.get(b, first)
            turns[i] = out + self.thick[i] / 2, back + self.thick[i] / 2
            right[a], left[b] = out + self.thick[i] + turn, back + self.thick[i] + turn
        return turns

    def _abscissas(self, columns: Sequence[Sequence[int]]) -> tuple[list[float], float]:
        """Left edge of each column, wide enough for labels and the turns of loops; total width."""
        style = self.style
        least, most = style.column
        # Room right of each column, and left of the next, for the loops that turn there; what
        # turns left of the first column stands before all.
        right, left_of = [0.0] * (len(columns) + 1), [0.0] * (len(columns) + 1)
        for i in self.loops:
            source, target, _ = self.arcs[i]
            for rooms, level in ((right, self.level[source]), (left_of, self.level[target])):
                rooms[level] += self.thick[i] + style.turn + (0.0 if rooms[level] else style.gap)
        turn = [a + b for a, b in zip(right, left_of[1:], strict=False)]
        lead = left_of[0] + (style.gap if left_of[0] else 0.0)
        x = style.margin + lead
        left = []
        for level, column in enumerate(columns):
            left.append(x)
            labels = [self.nodes[n] for n in (self.items[i].node for i in column) if n is not None]
            label = max(
                (
                    max(text_width(node.label, style.letter), text_width(node.note, style.letter))
                    for node in labels
                ),
                default=0.0,
            )
            last = level == len(columns) - 1
            wish = style.node_width + label + 24.0
            x += min(max(wish, 0.0 if last else least), most) + min(turn[level], most)
        width = x + style.margin
        if width < style.width and len(columns) > 1:
            step = (style.width - width) / (len(columns) - 1)
            left = [edge + step * place for place, edge in enumerate(left)]
            width = style.width
        return left, width

    def _ports(self, below: Sequence[int], above: Sequence[int]) -> tuple[list[float], list[float]]:
        """Height of each band's center at its source and at its target."""
        leaving: list[list[int]] = [[] for _ in self.nodes]
        coming: list[list[int]] = [[] for _ in self.nodes]
        for i, (source, target, _) in enumerate(self.arcs):
            leaving[source].append(i)
            coming[target].append(i)
        under = {i: -place for place, i in enumerate(below)}
        over = {i: place for place, i in enumerate(above)}

        def rank(i: int, neighbor: int) -> tuple[int, float, int]:
            if i in under:
                return 1, under[i], i
            if i in over:
                return -1, over[i], i
            return 0, self.items[neighbor].center, i

        starts, ends = [0.0] * len(self.links), [0.0] * len(self.links)
        for node, mine in enumerate(leaving):
            mine.sort(key=lambda i: rank(i, self.way[i][0] if self.way[i] else self.arcs[i][1]))
            self._stack(node, mine, starts)
        for node, mine in enumerate(coming):
            mine.sort(key=lambda i: rank(i, self.way[i][-1] if self.way[i] else self.arcs[i][0]))
            self._stack(node, mine, ends)
        return starts, ends

    def _stack(self, node: int, mine: Sequence[int], centers: list[float]) -> None:
        item, whole = self.items[node], sum(self.thick[i] for i in mine)
        edge = item.y + (
            max(item.height - whole, 0.0) / 2 if item.height <= self.style.least else 0.0
        )
        for i in mine:
            centers[i] = edge + self.thick[i] / 2
            edge += self.thick[i]
