"""A plan: everything about a network that does not depend on the values of the day, made once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import CONTRADICTED, Class

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.problem import Readings, System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: A residual within so many roundings of the sum of its terms is a closed balance.
ROUNDINGS = 4.0


@dataclass(frozen=True)
class Solution:
    """Answers for many days, as arrays; NaN where there is none.

    Attributes:
        x: Reconciled values, shape (days, n).
        sigma_x: Their standard deviation, the same on every day, shape (n,).
        adjustment: x - y, shape (days, k).
        normalized: Adjustment over its standard deviation sqrt(var(y) - var(x)), shape (days, k);
            NaN where nothing tests the reading.
        chi2: Least weighted sum of squared adjustments, shape (days,).
        p_value: Probability of a greater chi2 by chance, shape (days,); NaN without freedom.
        feasible: False on days whose exact values contradict each other, shape (days,).
    """

    x: Floats
    sigma_x: Floats
    adjustment: Floats
    normalized: Floats
    chi2: Floats
    p_value: Floats
    feasible: NDArray[np.bool_]


class Plan(ABC):
    """A compiled system: topology, what is measured, and fixed standard deviations.

    Attributes:
        classes: Class of each variable.
        dof: Degrees of freedom, the rank of the redundancy.
        sigma_x: Posterior standard deviation of each variable, shape (n,); NaN if unobservable.
        spread: Standard deviation of each adjustment, shape (k,); 0 where nothing tests it.
    """

    system: System
    readings: Readings
    classes: list[Class]
    dof: int
    sigma_x: Floats
    spread: Floats

    @abstractmethod
    def adjust(self, values: Floats) -> tuple[Floats, Floats]:
        """Adjustments of shape (days, k) and chi2 of shape (days,) of readings (days, k)."""

    def reconciled(self, values: Floats, adjustment: Floats) -> Floats:
        """Readings and their adjustments together, shape (days, k)."""
        return values + adjustment

    @abstractmethod
    def unmeasured(self, values: Floats) -> Floats:
        """Observable variables from reconciled readings (days, k), in ascending order."""

    @abstractmethod
    def covariance(self, variables: Ints) -> Floats:
        """Posterior covariance of the variables, shape (v, v); NaN where unobservable."""

    def root(self, variables: Ints, weights: Floats) -> Floats:
        """Factor F of the covariance F F' of sums of observable variables.

        Args:
            variables: Shape (v,).
            weights: One row a sum, shape (s, v).

        Returns:
            Shape (s, r).
        """
        covariance = weights @ self.covariance(variables) @ weights.T
        scale = np.sqrt(np.maximum(covariance.diagonal(), 0.0))
        scale[scale == 0.0] = 1.0
        correlation = covariance / np.outer(scale, scale)
        try:
            return np.asarray(scale[:, None] * np.linalg.cholesky(correlation))
        except np.linalg.LinAlgError:
            values, vectors = np.linalg.eigh(correlation)
            return np.asarray(scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)))

    @abstractmethod
    def directions(self, places: Ints) -> Floats:
        """Adjustments' covariance of readings over their spreads, shape (p, p): 1 on the diagonal.

        An entry of 1 or -1: no datum could tell an error of one reading from one of the other.
        """

    @abstractmethod
    def conditions(self) -> list[tuple[Floats, float, tuple[tuple[int, float], ...]]]:
        """What exact values must fulfill: weights (k,), right side, equations it is made of."""

    def solve(self, values: Floats) -> Solution:
        """Reconcile every day.

        Args:
            values: Readings of shape (days, k), in the order of `readings.of`; finite.

        Raises:
            ValueError: If the shape is wrong.
        """
        values = np.ascontiguousarray(values, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != len(self.readings.of):
            raise ValueError(f"readings of shape (days, {len(self.readings.of)}) expected")
        adjustment, chi2 = self.adjust(values)
        x = np.empty((len(values), self.system.size))
        reconciled = self.reconciled(values, adjustment)
        x[:, self.readings.of] = reconciled
        for group, known in (
            (Class.OBSERVABLE, lambda: self.unmeasured(reconciled)),
            (Class.UNOBSERVABLE, lambda: np.nan),
        ):
            at = [i for i, each in enumerate(self.classes) if each is group]
            if at:
                x[:, at] = known()
        scale = np.divide(1.0, self.spread, where=self.spread > 0.0, out=self.spread * np.nan)
        feasible = np.ones(len(values), dtype=bool)
        for weights, right, _ in self.conditions():
            slack = np.abs(values @ weights - right)
            feasible &= slack <= CONTRADICTED * (np.abs(values) @ np.abs(weights) + abs(right))
        p_value = np.full(len(values), np.nan)
        if self.dof:
            from scipy.special import chdtrc

            p_value = np.asarray(chdtrc(self.dof, chi2))
        solution = Solution(
            x, self.sigma_x, adjustment, adjustment * scale, chi2, p_value, feasible
        )
        if not feasible.all():
            for array in (x, adjustment, solution.normalized, chi2, p_value):
                array[~feasible] = np.nan
        return solution
