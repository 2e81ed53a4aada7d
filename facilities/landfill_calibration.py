"""Calibration of the decay of a landfill on the gas that it gave."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facilities.landfill import landgem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Decay constants that are looked at, 1/a; beyond LandGEM's 0.02 (arid) to 0.7 (wet).
_SLOWEST, _FASTEST = 0.002, 2.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """k and L0 of LandGEM as the gas collected has them.

    Attributes:
        k, sigma_k: Decay constant, 1/a.
        yield_collected, sigma_yield: L0 times the collection efficiency, volume of CH4 per tonne
            deposited: gas collected decides no more than this product.
        correlation: Of the two estimates.
        chi2, dof: Misfit and years measured less two; far above dof the sigmas stated are too
            small, or one k for all the waste is too few.
        determined: False where k lies at the end of what was looked at: then the years measured
            do not show how fast the gas declines.
    """

    k: float
    sigma_k: float
    yield_collected: float
    sigma_yield: float
    correlation: float
    chi2: float
    dof: int
    determined: bool

    def potential(self, efficiency: float, sigma: float = 0.0) -> tuple[float, float]:
        """L0 and its sigma under a collection efficiency known from elsewhere, and its sigma."""
        value = self.yield_collected / efficiency
        spread = math.hypot(self.sigma_yield / self.yield_collected, sigma / efficiency)
        return value, value * spread

    def expected(self, deposits: Mapping[int, float], year: int) -> tuple[float, float]:
        """CH4 to be collected in a year, and its sigma by both estimates together."""
        value = landgem(deposits, year, self.k, self.yield_collected)
        if value == 0.0:
            return 0.0, 0.0
        step = 1e-4 * self.k
        above = landgem(deposits, year, self.k + step, self.yield_collected)
        below = landgem(deposits, year, self.k - step, self.yield_collected)
        by_k = (above - below) / (2.0 * step) * self.sigma_k
        by_yield = value / self.yield_collected * self.sigma_yield
        variance = by_k**2 + by_yield**2 + 2.0 * self.correlation * by_k * by_yield
        return value, math.sqrt(max(variance, 0.0))


def calibrate(
    deposits: Mapping[int, float], collected: Sequence[tuple[int, float, float]]
) -> Calibration:
    """Weighted least squares of LandGEM on the CH4 collected.

    Minimizes sum ((V - Q(k, L0))/sigma)^2 over ln k and ln L0, which keeps both above 0; sigmas
    from the Jacobian there, with the sigmas as stated.

    Args:
        deposits: Wet waste by year, t; all of the history, closed years left out.
        collected: Year, CH4 collected in it and its sigma (above 0), one unit throughout.

    Raises:
        ValueError: With fewer than two years after the first deposit, a volume or sigma not
            above 0: an engine that stood still says nothing of the landfill.
    """
    first = min(deposits, default=math.inf)
    used = [row for row in collected if row[0] > first]
    if len({year for year, _, _ in used}) < 2:
        raise ValueError("needs gas of two years after the first deposit")
    if any(value <= 0.0 or sigma <= 0.0 for _, value, sigma in used):
        raise ValueError("volumes and sigmas must be above 0")
    from scipy.optimize import least_squares

    measured = np.array([value for _, value, _ in used])
    sigmas = np.array([sigma for _, _, sigma in used])

    def shape(k: float) -> np.ndarray:
        return np.array([landgem(deposits, year, k, 1.0) for year, _, _ in used])

    def residuals(at: np.ndarray) -> np.ndarray:
        return np.asarray((math.exp(at[1]) * shape(math.exp(at[0])) - measured) / sigmas)

    def level(k: float) -> float:
        """The best L0 for a given k, which enters linearly."""
        weighted = shape(k) / sigmas
        largest = weighted.max()  # long after closure the squares would vanish
        weighted /= largest
        return float(weighted @ (measured / sigmas) / (weighted @ weighted) / largest)

    def misfit(k: float) -> float:
        rest = residuals(np.array([math.log(k), math.log(level(k))]))
        return float(rest @ rest)

    # a coarse look first: from afar the misfit is flat and least squares would stop anywhere
    start = min(np.geomspace(1.5 * _SLOWEST, _FASTEST / 1.5, 25), key=misfit)
    low, high = math.log(_SLOWEST), math.log(_FASTEST)
    found = least_squares(
        residuals,
        (math.log(start), math.log(level(start))),
        bounds=((low, -np.inf), (high, np.inf)),
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
    )
    jacobian = np.asarray(found.jac, float)
    covariance = np.linalg.pinv(jacobian.T @ jacobian)
    spread = np.sqrt(np.diag(covariance))
    k, level_found = np.exp(found.x)
    return Calibration(
        float(k),
        float(k * spread[0]),
        float(level_found),
        float(level_found * spread[1]),
        float(covariance[0, 1] / (spread[0] * spread[1])),
        float(2.0 * found.cost),
        len(used) - 2,
        bool(low + 0.05 < found.x[0] < high - 0.05),
    )
