"""What an error of some days is: off by any amount, written ten times off, or swapped."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.gross.errors import CLOSE, NOTABLE, Doubt
from flows.reconcile.gross.redundancy import Redundancy, rows_of
from flows.reconcile.gross.slips import Sort as Hypothesis
from flows.reconcile.gross.slips import Written, written_wrongly
from flows.reconcile.problem import Readings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.gross.series import Series
    from flows.reconcile.problem import System

    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp]

#: Other days of a meter from which it is known what it usually reads.
_ENOUGH = 5

#: Hypotheses looked at: most swaps are of figures that nobody can mistake.
SEEN = 5000
#: Usual size of a gross error in the sigma of its meter; a choice of ours, uncertain.
GROSS = 4.0
#: Usual size of a loss over GROSS, of what passes through the process; as uncertain.
LOSS = 0.01
#: A loss is the rarer by three; and so is a level that is off by as much more every day.
RARE = 2.0 * math.log(3.0)


class Sort(StrEnum):
    """What was done."""

    BIAS = "bias"  # a reading is off by any amount
    LEAK = "leak"  # lost at a process, or come in there unrecorded
    SLIP = "slip"  # written as a multiple of what it was
    SWAP = "swap"  # two readings in each other's place


@dataclass(frozen=True, slots=True)
class Named:
    """An error as candidates of a series: variables, then nodes.

    Attributes:
        members: Inseparable candidates, the likeliest first; of a swap the two.
        size, sigma: Of the first, layer's unit a day.
        factor: Reading over truth of a slip, else 1.
        rival: The best other candidate, -1 for none.
        distance: Twice the log odds against the rival.
        swap: Two variables that explain nearly as well if swapped.
    """

    sort: Sort
    members: tuple[int, ...]
    size: float
    sigma: float
    factor: float = 1.0
    rival: int = -1
    distance: float = math.inf
    swap: tuple[int, ...] = ()

    @property
    def near(self) -> bool:
        """Whether a rival explains nearly as well."""
        return self.rival >= 0 and self.distance < CLOSE

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What speaks against it."""
        gain = self.sort is Sort.LEAK and self.size < 0.0
        held = ((Doubt.RIVAL, self.near or bool(self.swap)), (Doubt.GAIN, gain))
        return tuple(doubt for doubt, holds in held if holds)


def likely(
    series: Series, value: Floats, rows: Rows, evidence: tuple[Floats, Floats, Floats]
) -> Floats:
    """Twice the log evidence of each candidate as the one error of some days, up to a constant.

    T^2 says how well it fits. That it is of this size has its own chance: errors of a meter are
    taken for Cauchy with `GROSS` of its sigma, losses with `GROSS` hundredths of what passes
    through. With S that scale and s the sigma of the size found (Laplace's approximation):

        T^2 + 2 ln(s / S) - 2 ln(1 + (size / S)^2)

    So of meters that no datum tells apart, that comes first for which the error is least out of
    the way. The prior is a choice of ours.

    Args:
        series: For sigmas and ends.
        value: Readings, NaN where nothing is measured, shape (D, n).
        rows: Days of the error.
        evidence: T, size and its sigma of every candidate, shape (c,) each.

    Returns:
        Shape (c,); -inf where nothing shows it, or a reading would be below zero without it.
    """
    statistic, size, sigma = evidence
    scale = np.full(len(size), np.nan)
    part, count = value[rows], len(series.names)
    spread = np.hypot(series.sigma[rows], series.bias[rows])
    known = ~np.isnan(part)
    days = np.maximum(known.sum(axis=0), 1)
    scale[:count] = np.where(known, spread, 0.0).sum(axis=0) / days
    level = np.where(known, part, 0.0).sum(axis=0) / days
    system = series.system
    passing = np.zeros((2, len(system.nodes)))
    for side, ends in enumerate((system.heads, system.tails)):
        inside = np.flatnonzero(ends >= 0)
        np.add.at(passing[side], ends[inside], np.maximum(level[inside], 0.0))
    scale[count:] = LOSS * passing.max(axis=0)
    scale *= GROSS
    with np.errstate(divide="ignore", invalid="ignore"):
        score = statistic**2 + 2.0 * np.log(sigma / scale) - 2.0 * np.log1p((size / scale) ** 2)
    score[count:] -= RARE
    stock = np.array([name.startswith("stock:") for name in series.names])
    score[:count][stock] -= RARE * max(len(rows) - 2, 0)
    below = level - size[:count] < -NOTABLE * np.hypot(sigma[:count], scale[:count] / GROSS)
    score[:count][below & ~stock] = -math.inf
    return np.where(np.isfinite(score), score, -math.inf)


@dataclass(frozen=True, slots=True)
class MeanDay:
    """The mean of some days as one period.

    Attributes:
        of: Variables that are measured, shape (k,).
        value, sigma: Their means, shape (k,).
        space: Redundant rows with the covariance of the means.
    """

    of: NDArray[np.intp]
    value: Floats
    sigma: Floats
    space: Redundancy


def mean_day(series: Series, value: Floats, rows: Rows) -> MeanDay | None:
    """Mean of those of some days on which the same is measured as on most of them.

    Chance falls with the root of their number, what a device's readings share does not.

    Args:
        series: For sigmas and devices.
        value: Readings, NaN where nothing is measured, shape (D, n).
        rows: Which days.
    """
    measured = ~np.isnan(value[rows])
    patterns, which, count = np.unique(measured, axis=0, return_inverse=True, return_counts=True)
    most = int(np.argmax(count))
    of = np.flatnonzero(patterns[most])
    at = rows[which.reshape(-1) == most]
    if not len(of):
        return None
    some = np.ix_(at, of)
    chance = np.sqrt((series.sigma[some] ** 2).mean(axis=0) / len(at))
    common = series.bias[some].mean(axis=0)
    sigma = np.hypot(chance, common)
    device = series.device[at[0], of]
    tied = np.equal.outer(device, device) & (device >= 0)[:, None]
    covariance = tied * np.outer(common, common)
    np.fill_diagonal(covariance, sigma**2)
    space = _redundancy(series.system, Readings(of, sigma), covariance)
    return MeanDay(of, value[some].mean(axis=0), sigma, space)


def _redundancy(system: System, readings: Readings, covariance: Floats) -> Redundancy:
    """As `redundancy.redundancy`, with a whole covariance and no plan, which costs more."""
    rows, right, losses, first = rows_of(system, readings)
    scale = readings.sigma[first]
    rows, right, losses = rows / scale[:, None], right / scale, losses / scale[:, None]
    root = np.zeros((0, 0))
    if len(rows):
        root = np.asarray(np.linalg.cholesky(rows @ covariance @ rows.T), dtype=np.float64)
    errors = np.where(readings.sigma > 0.0, rows, 0.0)
    signatures = np.linalg.solve(root, np.hstack([errors, losses]))
    return Redundancy(rows, right, first, scale, losses, root, signatures)


def written(series: Series, value: Floats, rows: Rows, found: Named) -> Named:
    """The error found, or what explains the mean of its days better: a slip or a swap.

    Swapped are figures that somebody writes side by side: of one group. The change of a stock is
    not written down, so nobody can misplace its point.
    """
    day = mean_day(series, value, rows)
    if day is None or not day.space.dof:
        return found
    white = day.space.white(day.value[None])[0]
    chi2 = float(white @ white)
    tried = written_wrongly(day.space, day.value, day.sigma, most=SEEN)
    fitted = max((one.score for one in tried if one.sort is Hypothesis.ERROR), default=0.0)
    swaps = _pairs(series, day)
    penalty = 2.0 * math.log(max(len(swaps), 1))
    best, score = None, -math.inf
    for each in tried:
        if each.sort is Hypothesis.ERROR:
            continue
        members = tuple(int(day.of[place]) for place in each.members)
        if each.sort is Hypothesis.SLIP and not (
            series.groups[members[0]]
            and _more_usual(
                value[:, members[0]], rows, float(day.value[each.members[0]]), each.factor
            )
        ):
            continue
        if each.sort is Hypothesis.SWAP and members not in swaps:
            continue
        swap = each.sort is Hypothesis.SWAP
        own = chi2 - each.chi2 - penalty if swap else each.score
        if own > score:
            best, score = each, own
    if best is None or score < fitted - CLOSE:
        return found
    if score > fitted:
        beside = replace(found, rival=found.members[0], distance=score - fitted)
        return _definite(day, best, beside)
    if best.sort is Hypothesis.SWAP:
        return replace(found, swap=tuple(int(day.of[place]) for place in best.members))
    return found


def _more_usual(value: Floats, rows: Rows, reading: float, factor: float) -> bool:
    """Whether what a slip should have been is nearer to the meter's other days than what it is.

    A figure like those of the days before has no point in the wrong place, whatever the others of
    its day say. Of a meter with hardly any other day nothing is known.
    """
    others = np.abs(np.delete(value, rows))
    others = others[others > 0.0]  # NaN is not
    if len(others) < _ENOUGH:
        return True
    middle = float(np.median(others))
    return abs(math.log(abs(reading / factor) / middle)) < abs(math.log(abs(reading) / middle))


def _pairs(series: Series, day: MeanDay) -> set[tuple[int, int]]:
    """Pairs of a group whose figures differ by more than their sigmas."""
    shown = np.linalg.norm(day.space.signatures[:, : len(day.of)], axis=0) > 0.0
    groups: dict[str, list[int]] = {}
    for place in np.flatnonzero(shown).tolist():
        if group := series.groups[int(day.of[place])]:
            groups.setdefault(group, []).append(place)
    return {
        (int(day.of[one]), int(day.of[other]))
        for members in groups.values()
        for one, other in combinations(members, 2)
        if abs(day.value[one] - day.value[other]) > math.hypot(day.sigma[one], day.sigma[other])
    }


def _definite(day: MeanDay, each: Written, found: Named) -> Named:
    """An error whose size is known beforehand, in place of one of any size."""
    places = list(each.members)
    members = tuple(int(day.of[place]) for place in places)
    reading, sigma = day.value[places], day.sigma[places]
    if each.sort is Hypothesis.SWAP:
        away, spread = float(reading[0] - reading[1]), float(np.hypot(*sigma))
        return replace(found, sort=Sort.SWAP, members=members, size=away, sigma=spread)
    size = float(reading[0]) * (1.0 - 1.0 / each.factor)
    return replace(
        found, sort=Sort.SLIP, members=members, size=size, sigma=float(sigma[0]),
        factor=each.factor,
    )  # fmt: skip
