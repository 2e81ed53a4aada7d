"""Thresholds that hold false alarms to a budget over all balances and meters, and how they hold.

All tests of one evaluation are directions u_j among m independent standard normal numbers w. An
alarm is max_j |u_j'w| > h. Two bounds hold whatever the angles: Sidak's, as if the q tests were
independent (J. Am. Stat. Assoc. 62, 1967: P(all |u_j'w| <= h) >= prod P(|u_j'w| <= h)), and
Scheffe's, |u_j'w| <= |w| (Biometrika 40, 1953). Between them lies the true threshold, which is
simulated with the plan's own directions. Expectations add whatever the dependence of days and
windows, so the budget is shared among the windows, and days with an alarm, not outbreaks, count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.gross.redundancy import Balances, Redundancy

    Floats = NDArray[np.float64]

#: Directions with a cosine this near to 1 are one test.
SAME = 1e-9
#: Days that are simulated at once.
BLOCK = 4096
#: Standard errors by which a simulated threshold is put higher.
SAFE = 2.0


@dataclass(frozen=True, slots=True)
class Budget:
    """How many false alarms are allowed.

    Attributes:
        alarms: Expected days with a false alarm in `days` days, over everything together.
        days: Length of that span.
        windows: How many lengths of window are evaluated every day (1, 7 and 30 days: 3).
    """

    alarms: float = 1.0
    days: float = 30.0
    windows: int = 1

    @property
    def level(self) -> float:
        """Chance of any false alarm that one evaluation of one window may have."""
        return min(self.alarms / (self.days * self.windows), 1.0)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Least |statistic| that is an alarm.

    Attributes:
        value: The one to use: the least of the bounds and the simulated one.
        sidak, scheffe: Bounds that hold for certain.
        simulated: With the tests' own dependence, two standard errors on the safe side; None
            where it was not simulated.
        tests: Number of different tests.
    """

    value: float
    sidak: float
    scheffe: float
    simulated: float | None
    tests: int


def distinct(directions: Floats) -> Floats:
    """Unit directions without those of no length and without repetitions, shape (q, m).

    Args:
        directions: Shape (any, m), of any length.
    """
    length = np.linalg.norm(directions, axis=1)
    units = directions[length > 0.0] / length[length > 0.0][:, None]
    kept: list[int] = []
    for i in range(len(units)):
        if not kept or np.abs(units[kept] @ units[i]).max() <= 1.0 - SAME:
            kept.append(i)
    return np.asarray(units[kept])


def all_tests(space: Redundancy, tested: Balances | None = None) -> Floats:
    """Different tests of one day: every meter, every leak, every balance; shape (q, m)."""
    rows = [space.units().T]
    if tested is not None:
        rows.append(tested.directions)
    return distinct(np.vstack(rows))


def sidak(level: float, tests: int) -> float:
    """Threshold of |z| for `tests` tests that all hold with chance 1 - level."""
    from scipy.special import ndtri

    each = -math.expm1(math.log1p(-level) / tests)
    return float(-ndtri(each / 2.0))


def threshold(directions: Floats, budget: Budget, *, draws: int = 0, seed: int = 0) -> Threshold:
    """Threshold of one evaluation.

    Args:
        directions: Different tests, shape (q, m); q = 0 gives an infinite threshold.
        budget: Allowed false alarms.
        draws: Simulated evaluations; 0 for the bounds alone. At least 100 / level are needed
            for a threshold of some use.
        seed: Of the simulation.
    """
    count, rank = directions.shape
    if not count:
        return Threshold(math.inf, math.inf, math.inf, None, 0)
    from scipy.special import chdtri

    level = budget.level
    if level >= 1.0:
        return Threshold(0.0, 0.0, 0.0, None, count)
    bounds = sidak(level, count), math.sqrt(float(chdtri(rank, level)))
    simulated = None
    if draws:
        greatest = np.sort(maxima(directions, draws, seed))
        # The upper end of a distribution-free confidence interval of the quantile.
        beyond = level * draws - SAFE * math.sqrt(draws * level * (1.0 - level))
        simulated = float(greatest[-1 - max(int(beyond), 0)])
    value = min(*bounds, simulated if simulated is not None else math.inf)
    return Threshold(value, *bounds, simulated, count)


def maxima(directions: Floats, draws: int, seed: int) -> Floats:
    """Greatest |statistic| of evaluations without gross error, shape (draws,)."""
    rng = np.random.default_rng(seed)
    rank = directions.shape[1]
    found = [
        np.abs(rng.standard_normal((min(BLOCK, draws - begin), rank)) @ directions.T).max(axis=1)
        for begin in range(0, draws, BLOCK)
    ]
    return np.concatenate(found) if found else np.zeros(0)
