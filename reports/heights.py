"""Heights of a Sankey's nodes in their columns: pulled to their neighbors, never overlapping."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from reports.ranking import Arc

    Floats = NDArray[np.float64]

#: Turns in which heights settle; long ways of many steps straighten slowly, so that a very large
#: diagram, beyond so many items, is left less smooth.
_TURNS, _LARGE, _FEW = 40, 1000, 6
#: Pixels that move nothing worth another turn.
_STILL = 0.25


def settle(
    columns: Sequence[Sequence[int]],
    heights: Sequence[float],
    slots: Sequence[float],
    steps: Sequence[Arc],
    gap: float,
) -> tuple[list[float], float]:
    """Upper edges of all items, and the height of the fullest column.

    Args:
        columns: Items of each column from top to bottom.
        heights: Of each item.
        slots: Room that each item takes with its label, at least its height.
        steps: Item to item in the next column, with the weight of their pull.
        gap: Least distance between two slots.
    """
    standing = np.array([i for column in columns for i in column], dtype=np.intp)
    ends = np.cumsum([0, *map(len, columns)])
    room = np.array(slots, dtype=float)[standing] / 2
    parts = [slice(first, last) for first, last in pairwise(ends)]
    # Where each center stands at the least, and how long the column is when all are pushed up.
    tight = [np.cumsum(2 * room[part] + gap) - room[part] - gap for part in parts]
    need = [float(least[-1] + room[part][-1]) for least, part in zip(tight, parts, strict=True)]
    inner = max(need)
    slack = [inner - wanted for wanted in need]
    center = np.concatenate([t + s / 2 for t, s in zip(tight, slack, strict=True)])
    pulls = Pulls(standing, ends, steps)
    for turn in range(_TURNS if len(heights) < _LARGE else _FEW):
        moved = 0.0
        for number in range(len(parts)) if turn % 2 == 0 else reversed(range(len(parts))):
            part, least = parts[number], tight[number]
            before = center[part].copy()
            # In its order each slot stands as far down as the lowest above it asks for.
            pushed = np.maximum.accumulate(pulls.aims(number, center) - least)
            center[part] = least + np.clip(pushed, 0.0, slack[number])
            moved = max(moved, float(np.abs(center[part] - before).max()))
        if moved < _STILL:
            break
    tops = np.empty(len(heights))
    tops[standing] = center - np.array(heights, dtype=float)[standing] / 2
    return tops.tolist(), inner


class Pulls:
    """What items are pulled to: the mean of their neighbors, by the weight of what joins them.

    Items count in the order in which they stand, column by column. One that nothing pulls stays.
    """

    def __init__(
        self, standing: NDArray[np.intp], ends: NDArray[np.intp], steps: Sequence[Arc]
    ) -> None:
        count = len(standing)
        place = np.empty(count, dtype=np.intp)
        place[standing] = np.arange(count)
        ends_of = np.array([step[:2] for step in steps], dtype=np.intp).reshape(-1, 2)
        source, target = place[ends_of].T
        weight = np.array([step[2] for step in steps], dtype=float)
        of, to = np.concatenate([source, target]), np.concatenate([target, source])
        whole = np.bincount(of, np.concatenate([weight, weight]), count)
        share = np.concatenate([weight, weight]) / np.where(whole > 0.0, whole, 1.0)[of]
        free = np.flatnonzero(whole <= 0.0)
        of, to = np.concatenate([of, free]), np.concatenate([to, free])
        order = np.argsort(of, kind="stable")
        self._to = to[order]
        self._share = np.concatenate([share, np.ones(len(free))])[order]
        first = np.searchsorted(of[order], np.arange(count + 1))
        self._parts = [
            (slice(first[a], first[b]), first[a:b] - first[a]) for a, b in pairwise(ends)
        ]

    def aims(self, column: int, center: Floats) -> Floats:
        """Where the items of a column are pulled to, shape (items,)."""
        part, starts = self._parts[column]
        sums: Floats = np.add.reduceat(self._share[part] * center[self._to[part]], starts)
        return sums
