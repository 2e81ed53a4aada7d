"""Figures that repeat where they should not: frozen meters, copied sheets and columns, rounding.

Each finding carries the chance that it came about by itself, or a bound above it, from the
resolution of the figures and from how much they usually move. Where they usually do not move, the
chance is near 1 and nothing is found: a flow that is constant, or zero, may be so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Median absolute deviation of a normal law times this is its standard deviation: 1 / 0.6745.
NORMAL = 1.4826
#: Movements that must be known to say what is usual.
KNOWN = 8
#: Two figures are the same within this share of a step.
SAME = 1e-6
#: Multiples of the step to which people round.
COARSER = (10.0, 100.0, 1000.0, 5.0, 50.0, 500.0)


@dataclass(frozen=True, slots=True)
class Run:
    """The same figure on several days.

    Attributes:
        column: Of the series.
        first, last: Rows, both included; days without a figure between them are passed over.
        count: Figures in it.
        figure: The figure.
        probability: Bound of the chance that a run as long begins on a given day by itself.
    """

    column: int
    first: int
    last: int
    count: int
    figure: float
    probability: float


@dataclass(frozen=True, slots=True)
class Copy:
    """The same figures in two places.

    Attributes:
        columns: Of the figures: those that agree between two days, or two columns that agree.
        rows: Two days, or the first and last day on which two columns agree.
        count: Figures that agree.
        probability: Bound of the chance of as good an agreement there by itself.
    """

    columns: tuple[int, ...]
    rows: tuple[int, int]
    count: int
    probability: float


@dataclass(frozen=True, slots=True)
class Rounding:
    """Figures that stand on a coarser step than the meter shows.

    Attributes:
        column: Of the series.
        step: The coarser step; its share of sigma is step / sqrt(12).
        count, of: How many figures stand on it, of how many.
        probability: Chance of as many by themselves.
    """

    column: int
    step: float
    count: int
    of: int
    probability: float


def usual_movement(values: Floats, *, leave: slice | None = None) -> float:
    """Standard deviation of the change from one figure to the next, robustly; NaN if unknown.

    Args:
        values: One series, NaN where nothing is said, shape (days,).
        leave: Days that say nothing of what is usual.
    """
    known = values.copy()
    if leave is not None:
        known[leave] = np.nan
    known = known[~np.isnan(known)]
    moved = np.abs(np.diff(known))
    if len(moved) < KNOWN:
        return math.nan
    # Half of all changes are nil: then that is usual.
    return NORMAL * float(np.median(moved))


def same_figure(step: float, movement: float) -> float:
    """Bound of the chance that a figure repeats, given how it usually moves.

    With independent days of standard deviation s = movement / sqrt(2) the likeliest figure has the
    chance 2 Phi(step / 2s) - 1, and n in a row at most its (n - 1)th power; for a series that
    wanders instead, E max(0, 1 - |change| / step) is below that.
    """
    if movement <= 0.0:
        return 1.0
    return math.erf(step / (2.0 * movement)) if step > 0.0 else 0.0


def frozen(
    values: Floats, step: Floats, at_most: float, *, least: Floats | None = None
) -> tuple[Run, ...]:
    """Runs of one figure that are rarer than `at_most`; zero is no figure of a meter at work.

    Args:
        values: NaN where nothing is said, shape (days, columns).
        step: Resolution of each column's figures, > 0, shape (columns,).
        at_most: Chance below which a run is told; a budget over days and columns divided by
            their number.
        least: Movement taken for usual where the rest of a series is too short to tell, say
            that of the meter's own chance, shape (columns,); None: such a series is passed over.
    """
    found = []
    for column in range(values.shape[1]):
        series = values[:, column]
        for first, last, count in _runs(series, step[column]):
            movement = usual_movement(series, leave=slice(first, last + 1))
            if math.isnan(movement):
                if least is None:
                    continue
                movement = float(least[column])
            chance = same_figure(float(step[column]), movement) ** (count - 1)
            if chance < at_most:
                figure = float(series[first])
                found.append(Run(column, first, last, count, figure, chance))
    return tuple(found)


def _runs(series: Floats, step: float) -> list[tuple[int, int, int]]:
    """First and last row and count of each run of two or more figures that are not zero."""
    rows = np.flatnonzero(~np.isnan(series))
    found, begin = [], 0
    for place in range(1, len(rows) + 1):
        if place < len(rows) and abs(series[rows[place]] - series[rows[begin]]) <= SAME * step:
            continue
        if place - begin > 1 and series[rows[begin]] != 0.0:
            found.append((int(rows[begin]), int(rows[place - 1]), place - begin))
        begin = place
    return found


def copied_days(
    values: Floats, step: Floats, at_most: float, *, lags: tuple[int, ...] = (1, 2, 3, 7)
) -> tuple[Copy, ...]:
    """Days whose figures agree with those of an earlier day in more columns than chance allows.

    Of the columns that both days have, some agree. The chance that these do, times the number of
    ways to choose as many, bounds the chance of as many agreements. Columns are taken to move
    independently: those that follow one another strictly (an input and its only output) are one
    column here, to be given once.

    Args:
        values: NaN where nothing is said, shape (days, columns).
        step: Resolution of the figures, shape (columns,).
        at_most: Chance below which a copy is told.
        lags: How many days before is looked.
    """
    chance = np.array(
        [
            same_figure(float(step[i]), movement) if not math.isnan(movement) else 1.0
            for i in range(values.shape[1])
            for movement in [usual_movement(values[:, i])]
        ]
    )
    found = []
    for row in range(len(values)):
        for lag in lags:
            if lag > row:
                continue
            now, then = values[row], values[row - lag]
            both = ~np.isnan(now) & ~np.isnan(then) & (now != 0.0) & (chance < 1.0)
            same = np.flatnonzero(both & (np.abs(now - then) <= SAME * step))
            if len(same) < 2:
                continue
            ways = math.comb(int(both.sum()), len(same))
            bound = min(ways * float(np.prod(chance[same])), 1.0)
            if bound < at_most:
                columns = tuple(int(i) for i in same)
                found.append(Copy(columns, (row - lag, row), len(same), bound))
    return tuple(found)


def copied_columns(values: Floats, step: Floats, at_most: float) -> tuple[Copy, ...]:
    """Pairs of columns with the same figures on days in a row, though they usually differ.

    Their usual difference and its spread come from the other days, robustly. Two columns that
    are always equal (one meter under two names) are no copy.

    Args:
        values: NaN where nothing is said, shape (days, columns).
        step: Resolution of the figures, shape (columns,).
        at_most: Chance below which a copy is told.
    """
    found = []
    for one in range(values.shape[1]):
        for other in range(one + 1, values.shape[1]):
            width = float(max(step[one], step[other]))
            away = values[:, one] - values[:, other]
            same = (np.abs(away) <= SAME * width) & (values[:, one] != 0.0)
            for first, last, count in _stretches(same, ~np.isnan(away)):
                rest = away.copy()
                rest[first : last + 1] = np.nan
                rest = rest[~np.isnan(rest)]
                if len(rest) < KNOWN:
                    continue
                middle = float(np.median(rest))
                spread = NORMAL * float(np.median(np.abs(rest - middle)))
                chance = _within(width, middle, spread) ** count
                if chance < at_most:
                    found.append(Copy((one, other), (first, last), count, chance))
    return tuple(found)


def _stretches(holds: NDArray[np.bool_], said: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]] = []
    begin = last = -1
    count = 0
    for row in np.flatnonzero(said).tolist():
        if holds[row]:
            begin, count = (row, 1) if begin < 0 else (begin, count + 1)
            last = row
        elif begin >= 0:
            found.append((begin, last, count))
            begin = -1
    if begin >= 0:
        found.append((begin, last, count))
    return found


def _within(width: float, middle: float, spread: float) -> float:
    """Chance that a normal difference is within half a step of nothing.

    Never below that of a difference three spreads away: how far the tails go is not known.
    """
    if spread <= 0.0:
        return 1.0 if abs(middle) <= width else width / (width + abs(middle))
    near = min(abs(middle), 3.0 * spread)
    ends = ((near - width / 2.0) / spread, (near + width / 2.0) / spread)
    low, high = (math.erf(end / math.sqrt(2.0)) for end in ends)
    return 0.5 * (high - low)


def rounded(values: Floats, step: Floats, at_most: float) -> tuple[Rounding, ...]:
    """Columns whose figures stand on a coarser step than their meter's more often than by chance.

    Last digits are even where a series moves by more than the coarser step; only there it is
    looked for. The coarsest step that stands out is told.

    Args:
        values: NaN where nothing is said, shape (days, columns).
        step: Resolution of the meters, shape (columns,).
        at_most: Chance below which it is told.
    """
    from scipy.special import bdtrc

    found = []
    for column in range(values.shape[1]):
        series = values[:, column]
        movement = usual_movement(series)
        series = series[~np.isnan(series) & (series != 0.0)]
        if not len(series) or math.isnan(movement):
            continue
        for times in sorted(COARSER, reverse=True):
            coarse = times * float(step[column])
            if coarse > movement:
                continue
            off = np.abs(series - coarse * np.round(series / coarse))
            count = int((off <= SAME * coarse).sum())
            chance = float(bdtrc(count - 1, len(series), 1.0 / times)) if count else 1.0
            if chance < at_most and count > len(series) / 2:
                found.append(Rounding(column, coarse, count, len(series), chance))
                break
    return tuple(found)
