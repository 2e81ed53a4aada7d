"""Series as a line of bars, one cell each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Eighths of a cell, from the lowest.
BARS = "▁▂▃▄▅▆▇█"
#: In place of a value that is not there; never a bar.
GAP = "·"


def spark(
    values: Sequence[float | None], width: int = 0, *, from_zero: bool = True, least: float = 0.0
) -> str:
    """Bars of a series.

    Args:
        values: None or NaN where nothing is known.
        width: At most so many cells, each then the mean of its share of the series; 0 for all.
        from_zero: Whether a bar's height is in proportion to its value, as amounts want; else
            bars run from the least to the greatest value, as yields do that hardly move.
        least: Share of the greatest value that all bars together span at least; what varies less
            stands in the middle.
    """
    points = [None if value is None or math.isnan(value) else value for value in values]
    if 0 < width < len(points):
        points = [_mean(points[at * len(points) // width : (at + 1) * len(points) // width])
                  for at in range(width)]  # fmt: skip
    known = [value for value in points if value is not None]
    if not known:
        return GAP * len(points)
    low = min(0.0, *known) if from_zero else min(known)
    span = max(known) - low
    if not from_zero and span < (wide := least * max(map(abs, known))):
        low, span = low - (wide - span) / 2.0, wide
    if span <= 0.0:
        level = BARS[0] if from_zero else BARS[3]
        return "".join(GAP if value is None else level for value in points)
    return "".join(GAP if value is None else _bar(value - low, span) for value in points)


def _bar(above: float, span: float) -> str:
    return BARS[min(int(above / span * len(BARS)), len(BARS) - 1)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None
