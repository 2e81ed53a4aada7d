"""Places of one node between what it takes and what it gives: every band runs straight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.textfolds import through
from reports.textplaces import THIN_BELOW, Band, Box, Leg, Places
from reports.weights import usual_amounts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.diagram import Diagram
    from reports.shapes import Link

#: Parts of the wished height that the larger side gets, the first that fits with its names.
_PARTS = (0.9, 0.75, 0.6, 0.5, 0.4, 0.3)


def center(diagram: Diagram) -> str | None:
    """The node that every band of a diagram enters or leaves, some of either; None without one."""
    for node in diagram.nodes:
        into = [link for link in diagram.links if link.target == node.id != link.source]
        out = [link for link in diagram.links if link.source == node.id != link.target]
        ends = {link.source for link in into} & {link.target for link in out}
        if into and out and not ends and len(into) + len(out) == len(diagram.links):
            return node.id
    return None


def alone(
    diagram: Diagram, middle: str, height: int, rest: Mapping[str, tuple[str, str]]
) -> Places:
    """A node over the whole height, beside it its neighbors, the usually largest first.

    Args:
        diagram: All of its bands enter or leave `middle`.
        middle: Id of a node.
        height: Lines wished for.
        rest: What is said below a node, in full and short.
    """
    index = {node.id: at for at, node in enumerate(diagram.nodes)}
    arcs = [(index[k.source], index[k.target], k.value or 0.0) for k in diagram.links]
    weights = usual_amounts(arcs, diagram.links)
    weight = {link.id: each for link, each in zip(diagram.links, weights, strict=True)}
    whole = through(diagram.links, middle)
    made = None
    for part in _PARTS:
        scale = part * height / whole if whole > 0.0 else 0.0
        made = _placed(diagram, middle, scale, weight, rest)
        if made.height <= height:
            return made
    return made or _placed(diagram, middle, 0.0, weight, rest)


def _placed(
    diagram: Diagram,
    middle: str,
    scale: float,
    weight: Mapping[str, float],
    rest: Mapping[str, tuple[str, str]],
) -> Places:
    node = {item.id: item for item in diagram.nodes}
    boxes, bands, lows = [], [], []
    for level, side in (
        (0, [link for link in diagram.links if link.target == middle]),
        (2, [link for link in diagram.links if link.source == middle]),
    ):
        row = 0
        for end, mine in _by_end(side, weight, left=level == 0):
            box = Box(node[end], level, rest.get(end, ("", "")), row + 1)
            row += 1
            for link in mine:
                lines = 0.0 if link.quiet else (link.value or 0.0) * scale
                band = Band(link, max(round(lines), 1), lines < THIN_BELOW)
                band.legs = [Leg(level // 2, row, row)]
                bands.append(band)
                row += band.tall
            box.height = row - box.top
            row += bool(box.rest[0])
            boxes.append(box)
        lows.append(row)
    low = max(lows)
    own = Box(node[middle], 1, rest.get(middle, ("", "")), 1, low - 1)
    height = low + bool(own.rest[0])
    return Places((*boxes, own), tuple(bands), 3, height, scale)


def _by_end(
    links: Sequence[Link], weight: Mapping[str, float], *, left: bool
) -> list[tuple[str, list[Link]]]:
    """Bands by the node at their other end, both the usually largest first."""
    ends: dict[str, list[Link]] = {}
    for link in sorted(links, key=lambda item: -weight[item.id]):
        ends.setdefault(link.source if left else link.target, []).append(link)
    return sorted(ends.items(), key=lambda pair: -sum(weight[link.id] for link in pair[1]))
