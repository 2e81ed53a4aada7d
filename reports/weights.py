"""How much each link of a Sankey counts where its loops, columns and order are decided."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.ranking import Arc
    from reports.shapes import Link

#: Weight of a link of which nothing is known, beside the heaviest.
_LEAST = 1e-6


def usual_amounts(arcs: Sequence[Arc], links: Sequence[Link]) -> list[float]:
    """A weight > 0 for each link: its usual amount, else its value, else what a node lacks.

    Where a node gives more than it is known to take, or takes more than it gives, the links of
    unknown amount there share the difference.
    """
    usual = [_own(link) for link in links]
    inward: dict[int, float] = {}
    outward: dict[int, float] = {}
    open_in: dict[int, int] = {}
    open_out: dict[int, int] = {}
    for (source, target, _), link, weight in zip(arcs, links, usual, strict=True):
        if weight is not None:
            outward[source] = outward.get(source, 0.0) + weight
            inward[target] = inward.get(target, 0.0) + weight
        elif not link.quiet:
            open_out[source] = open_out.get(source, 0) + 1
            open_in[target] = open_in.get(target, 0) + 1
    least = _LEAST * max((weight or 0.0 for weight in usual), default=0.0) or 1.0

    def lacking(source: int, target: int) -> float:
        wanted = outward.get(target, 0.0) - inward.get(target, 0.0)
        spare = inward.get(source, 0.0) - outward.get(source, 0.0)
        return max(wanted / open_in[target], spare / open_out[source], least)

    return [
        least if link.quiet else max(lacking(source, target) if weight is None else weight, least)
        for (source, target, _), link, weight in zip(arcs, links, usual, strict=True)
    ]


def _own(link: Link) -> float | None:
    if link.quiet:
        return None
    own = link.value if link.weight is None else link.weight
    return None if own is None or math.isnan(own) else own
