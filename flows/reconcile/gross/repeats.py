"""Figures of a park that repeat where they should not: `repeated` over the flows of a day table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.gross.repeated import SAME, copied_columns, copied_days, frozen, rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from flows.network import FlowNetwork
    from flows.reconcile.days.daytable import DayTable

    Floats = NDArray[np.float64]

#: Expected false findings of each sort in a year of a park, whatever its size.
A_YEAR = 1.0
#: Days of a year, and how many earlier days are compared with each (`copied_days`).
DAYS, LAGS = 365.0, 4.0
#: Months: rounding is a habit, asked of a month as a whole.
MONTHS = 12.0
#: Steps tried where a meter does not say its own: powers of ten of the canonical unit.
STEPS = tuple(10.0**power for power in range(3, -7, -1))


class Repetition(StrEnum):
    """How figures repeat."""

    FROZEN = "frozen"  # one figure on several days
    DAY = "day"  # the figures of another day
    COLUMN = "column"  # the figures of another flow
    ROUNDED = "rounded"  # on a coarser step than the meter shows


@dataclass(frozen=True, slots=True)
class Repeated:
    """Figures that repeat.

    Attributes:
        members: Flows: one that is frozen or rounded, two of which one is a copy, or all those
            that a day has from another.
        first, last: Ordinals, both included; of a copied day the earlier day and its copy.
        count, of: How many figures, and of how many.
        figure: That which is frozen, or the coarser step; canonical unit; NaN for copies.
        probability: Bound of the chance that it came about by itself.
    """

    sort: Repetition
    members: tuple[str, ...]
    first: int
    last: int
    count: int
    of: int
    figure: float
    probability: float


def repeats(network: FlowNetwork, table: DayTable, *, first: int = 0) -> tuple[Repeated, ...]:
    """What repeats in the days from row `first` on; the days before tell what is usual."""
    flows = len(table.panel.whats)
    values, step = table.value[:, :flows], steps(network, table)
    if not len(values):
        return ()
    found = [*_frozen(table, values, step), *_copies(table, values, step)]
    coarse = rounded(values[first:], step, A_YEAR / (MONTHS * max(flows, 1)))
    found += [
        Repeated(
            Repetition.ROUNDED, (table.names[each.column],), int(table.days[first]),
            int(table.days[-1]), each.count, each.of, each.step, each.probability,
        )
        for each in coarse
    ]  # fmt: skip
    begin = int(table.days[first]) if first < len(table.days) else math.inf
    return tuple(each for each in found if each.last >= begin)


def steps(network: FlowNetwork, table: DayTable) -> Floats:
    """Least step of each flow's figures, canonical unit: its meter's, else that they stand on."""
    result = np.zeros(len(table.panel.whats))
    for column, what in enumerate(table.panel.whats):
        code = table.device[:, column]
        used = {table.devices[one] for one in code[code >= 0].tolist()}
        days = [date.fromordinal(int(table.days[row])) for row in (0, -1)]
        known = [
            item.resolution
            for item in network.devices
            if item.id in (used or {network.flow[what].device})
            and any(item.validity.holds(day) for day in days)
        ]
        result[column] = max(known, default=0.0) or _stands_on(table.value[:, column])
    return result


def _stands_on(series: Floats) -> float:
    """Greatest power of ten of which all figures are multiples; the least if there is none."""
    figures = series[~np.isnan(series) & (series != 0.0)]
    for step in STEPS:
        away = np.abs(figures / step - np.round(figures / step))
        if len(figures) and (away <= SAME * np.maximum(1.0, np.abs(figures / step))).all():
            return step
    return STEPS[-1]


def _frozen(table: DayTable, values: Floats, step: Floats) -> Iterator[Repeated]:
    for run in frozen(values, step, A_YEAR / (DAYS * max(values.shape[1], 1))):
        yield Repeated(
            Repetition.FROZEN, (table.names[run.column],), int(table.days[run.first]),
            int(table.days[run.last]), run.count, run.last - run.first + 1, run.figure,
            run.probability,
        )  # fmt: skip


def _copies(table: DayTable, values: Floats, step: Floats) -> Iterator[Repeated]:
    twins, pairs = _equal(values, step)
    own = np.flatnonzero(~twins)
    least = A_YEAR / (DAYS * LAGS)
    for copy in copied_days(values[:, own], step[own], least):
        then, now = copy.rows
        both = ~np.isnan(values[now, own]) & ~np.isnan(values[then, own])
        yield Repeated(
            Repetition.DAY, tuple(table.names[own[i]] for i in copy.columns),
            int(table.days[then]), int(table.days[now]), copy.count,
            int((both & (values[now, own] != 0.0)).sum()), math.nan, copy.probability,
        )  # fmt: skip
    count = len(own) * (len(own) - 1) / 2
    for pair in pairs:
        some = list(pair)
        for copy in copied_columns(values[:, some], step[some], A_YEAR / (DAYS * count)):
            first, last = copy.rows
            yield Repeated(
                Repetition.COLUMN, tuple(table.names[i] for i in pair), int(table.days[first]),
                int(table.days[last]), copy.count, last - first + 1, math.nan, copy.probability,
            )  # fmt: skip


def _equal(values: Floats, step: Floats) -> tuple[NDArray[np.bool_], list[tuple[int, int]]]:
    """Columns that mostly repeat an earlier one, and pairs of others that agree now and then."""
    count = values.shape[1]
    twins, found = np.zeros(count, np.bool_), []
    for one in range(count):
        others = values[:, one + 1 :]
        width = np.maximum(step[one], step[one + 1 :])
        same = (np.abs(others - values[:, [one]]) <= SAME * width) & (values[:, [one]] != 0.0)
        both = (~np.isnan(others) & ~np.isnan(values[:, [one]])).sum(axis=0)
        mostly = same.sum(axis=0) > both / 2
        twins[one + 1 :] |= mostly & (both > 0)
        found += [(one, one + 1 + int(i)) for i in np.flatnonzero((same.sum(axis=0) > 1) & ~mostly)]
    return twins, [(a, b) for a, b in found if not (twins[a] or twins[b])]
