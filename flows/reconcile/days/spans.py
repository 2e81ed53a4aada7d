"""Amounts of longer spans as levels of sums: an invoice is the closing level of what ran up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flows.panel import Panel, SpanAmount
    from flows.period import Calendar


@dataclass(frozen=True, slots=True)
class Placed:
    """A span of whole days.

    Attributes:
        span: What was read.
        slot: Index of the sum that runs up over it.
        first, after: Rows of its first day and of the day after its last one.
    """

    span: SpanAmount
    slot: int
    first: int
    after: int


@dataclass(frozen=True)
class Sums:
    """Sums that run from day to day.

    Attributes:
        of: Flow id of each slot.
        placed: Spans, each in a slot that no other one uses on the same days.
        unused: Spans that do not lie within the days, begin or end within one, or have no value.
        carried: Whether the sum of a slot goes on from the day before, shape (D, slots).
    """

    of: tuple[str, ...]
    placed: tuple[Placed, ...]
    unused: tuple[SpanAmount, ...]
    carried: NDArray[np.bool_]


def sums(panel: Panel, calendar: Calendar, flows: Sequence[str]) -> Sums:
    """Give every span of these flows a slot; spans of one flow share it where they can."""
    days = panel.days.tolist()
    ends = [*days, days[-1] + 1] if days else []
    row = {calendar.instant(date.fromordinal(day)): place for place, day in enumerate(ends)}
    wanted = set(flows)
    of: list[str] = []
    until: list[int] = []
    placed: list[Placed] = []
    unused: list[SpanAmount] = []
    inside = []
    for span in panel.spans:
        if span.what not in wanted:
            continue
        first, after = row.get(span.span.start), row.get(span.span.end)
        if first is None or after is None or span.amount is None:
            unused.append(span)
        else:
            inside.append((first, after, span))
    for first, after, span in sorted(inside, key=lambda item: item[:2]):
        free = (i for i, flow in enumerate(of) if flow == span.what and until[i] <= first)
        slot = next(free, len(of))
        if slot == len(of):
            of.append(span.what)
            until.append(after)
        until[slot] = after
        placed.append(Placed(span, slot, first, after))
    carried = np.zeros((len(days), len(of)), dtype=np.bool_)
    for item in placed:
        carried[item.first + 1 : item.after, item.slot] = True
    return Sums(tuple(of), tuple(placed), tuple(unused), carried)
