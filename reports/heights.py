"""Heights of a Sankey's nodes in their columns: pulled to their neighbors, never overlapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.ranking import Arc

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
    need = [sum(slots[i] for i in column) + gap * (len(column) - 1) for column in columns]
    inner = max(need)
    half = [height / 2 for height in heights]
    room = [slot / 2 for slot in slots]
    center = [0.0] * len(heights)
    for column, wanted in zip(columns, need, strict=True):
        top = (inner - wanted) / 2
        for i in column:
            center[i] = top + room[i]
            top += slots[i] + gap
    pulls: list[list[tuple[int, float]]] = [[] for _ in heights]
    for source, target, weight in steps:
        pulls[source].append((target, weight))
        pulls[target].append((source, weight))
    for pull in pulls:
        whole = sum(weight for _, weight in pull)
        pull[:] = [(other, weight / whole) for other, weight in pull] if whole > 0.0 else []
    for turn in range(_TURNS if len(heights) < _LARGE else _FEW):
        moved = 0.0
        for column in columns if turn % 2 == 0 else reversed(columns):
            before = [center[i] for i in column]
            for i in column:
                if pulls[i]:
                    aim = 0.0
                    for other, share in pulls[i]:
                        aim += center[other] * share
                    center[i] = aim
            _part(column, center, room, gap, inner)
            for i, was in zip(column, before, strict=True):
                moved = max(moved, abs(center[i] - was))
        if moved < _STILL:
            break
    return [center[i] - half[i] for i in range(len(heights))], inner


def _part(
    column: Sequence[int], center: list[float], room: Sequence[float], gap: float, inner: float
) -> None:
    """Push slots apart in their order, downward and then back up from the lower edge."""
    edge = 0.0
    for i in column:
        center[i] = max(center[i], edge + room[i])
        edge = center[i] + room[i] + gap
    edge = inner
    for i in reversed(column):
        if center[i] <= edge - room[i]:
            if edge < inner:
                break  # all above stand clear already
        else:
            center[i] = edge - room[i]
        edge = center[i] - room[i] - gap
