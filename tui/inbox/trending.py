"""What is not wrong yet but goes there: yields that drift, stocks that are nearly full."""

from __future__ import annotations

import math
import operator
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

from facilities.limiting import together
from flows.chains import ratio_scale
from flows.findings import finding
from tui.reconciling.month import display

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from facilities.park import Park
    from flows.chains import ChainStep
    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.panel import LevelReading
    from flows.reconcile.days.daytable import DayTable

#: False alarms a year over all yields of a park; a choice of ours, uncertain.
A_YEAR = 1.0
#: Days from a weekday to the same one a year on.
YEAR = 364
#: Share of what a stock can hold from which it is nearly full; a choice of ours, uncertain.
FULL = 0.9


def drifts(
    park: Park,
    network: FlowNetwork,
    table: DayTable,
    blamed: Collection[str],
    year_before: Callable[[Collection[str]], DayTable],
) -> Iterator[Finding]:
    """Yields of chains that have drifted by the last day of a table.

    Args:
        park: Its chains.
        network: Definitions in force.
        table: Measured days, with those before the period.
        blamed: Flows whose readings are doubted; what they are part of is not judged by them.
        year_before: Days of some flows `YEAR` days before those of the table. A step that follows
            the season is judged against them, and not where they are not known.
    """
    from flows.drift import drift

    known = set(table.names)
    steps: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ChainStep]] = {}
    for chain in park.chains:
        for step in chain.steps:
            flows = {*step.outputs, *step.inputs}
            if flows <= known and not flows & set(blamed):
                steps.setdefault((step.outputs, step.inputs), (f"{chain.id}.{step.id}", step))
    follows = {
        flow for _, one in steps.values() if one.seasonal for flow in (*one.outputs, *one.inputs)
    }
    earlier = year_before(follows) if follows else None
    for where, step in steps.values():
        before = None
        if step.seasonal:
            if earlier is None or not {*step.outputs, *step.inputs} <= set(earlier.names):
                continue
            before = _days(earlier, step.outputs), _days(earlier, step.inputs)
        rate = A_YEAR / (12 * len(steps))
        sides = _days(table, step.outputs), _days(table, step.inputs)
        found = drift(*sides, last=len(table.days) - 1, rate=rate, before=before)
        if found is None:
            continue
        scale = ratio_scale(step, network)
        value, sigma = together(found.value * scale, found.sigma * scale)
        usual, _ = together(found.usual * scale, found.sigma * scale)
        yield finding(
            "yield-drift", where, value=value, sigma=sigma, usual=usual,
            unit=step.unit, first=_day(table, found.first), last=_day(table, found.last),
            statistic=round(found.statistic, 2), threshold=round(found.threshold, 2),
            season=_day(earlier, found.last)[:4] if before and earlier else None,
        )  # fmt: skip


def _days(table: DayTable, flows: Sequence[str]) -> NDArray[np.float64]:
    """Sum of some flows by day, shape (D,); NaN where one is not known."""
    return reduce(operator.add, (table.value[:, table.names.index(one)] for one in flows))


def near_bounds(park: Park, network: FlowNetwork, table: DayTable, first: int) -> Iterator[Finding]:
    """Stocks that came close to what they can hold, at their worst level since a day."""
    begin = park.calendar.instant(date.fromordinal(first))
    shown = display(network)
    worst: dict[tuple[str, str], LevelReading] = {}
    for level in table.panel.levels:
        stock = network.stock.get(level.what.removeprefix("stock:"))
        if stock is None or level.instant <= begin:  # a level is that at the end of its day
            continue
        most, least = stock.maximum, stock.minimum
        if math.isfinite(most) and level.amount >= least + FULL * (most - least):
            known = worst.get((level.what, "high"))
            if known is None or level.amount > known.amount:
                worst[level.what, "high"] = level
        elif least > 0.0 and level.amount <= least + (1.0 - FULL) * _room(least, most):
            known = worst.get((level.what, "low"))
            if known is None or level.amount < known.amount:
                worst[level.what, "low"] = level
    for (what, problem), level in worst.items():
        stock = network.stock[what.removeprefix("stock:")]
        unit, per_unit = shown[what]
        bound = stock.maximum if problem == "high" else stock.minimum
        yield finding(
            "stock-near-bound", what, problem=problem, value=level.amount / per_unit, unit=unit,
            bound=bound / per_unit, share=level.amount / bound,
            day=park.calendar.day_ended_by(level.instant).isoformat(),
        )  # fmt: skip


def _room(least: float, most: float) -> float:
    return most - least if math.isfinite(most) else least


def _day(table: DayTable, at: int) -> str:
    return date.fromordinal(int(table.days[at])).isoformat()
