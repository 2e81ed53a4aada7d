"""Measured values of one period: what the observations of a flow or stock add up to."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement of a period, the sum of its observations.

    Attributes:
        of: Flow id, or `stock:<process>` for the change of a stock over the period
            (closing minus opening, positive when it grew).
        value: Amount over the period, canonical unit of the kind.
        sigma: One standard deviation of what is independent from reading to reading; with
            `bias_sigma` 0 and sigma 0 the value is exact.
        bias_sigma: One standard deviation, at this value, of what all readings of `device`
            share; signed like the value's sensitivity to the device's bias (>= 0 for flows).
        device: Id of the device that the common part belongs to, "" for its own.
        coverage: Share of the period's time that observations speak of, 0 to 1.
        imputed: Part of `value` that no observation speaks of, canonical unit.
        observations: Ids of the observations behind it.
    """

    of: str
    value: float
    sigma: float
    bias_sigma: float = 0.0
    device: str = ""
    coverage: float = 1.0
    imputed: float = 0.0
    observations: tuple[int, ...] = ()

    @property
    def total_sigma(self) -> float:
        """Both parts together."""
        return math.hypot(self.sigma, self.bias_sigma)
