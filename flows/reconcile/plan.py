"""A plan: everything about a network that does not depend on the values of the day, made once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import CONTRADICTED, Class, classes, echelon, ordering

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.problem import Readings, System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: Above so many entries of the echelon form, plain balances are solved by sparse factors.
DENSE_LIMIT = 2_500_000
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

    @abstractmethod
    def unmeasured(self, values: Floats) -> Floats:
        """Observable variables from reconciled readings (days, k), in ascending order."""

    @abstractmethod
    def covariance(self, variables: Ints) -> Floats:
        """Posterior covariance of the variables, shape (v, v); NaN where unobservable."""

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
        reconciled = values + adjustment
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


class DensePlan(Plan):
    """Whole matrices: for every kind of equation and correlation, up to some thousand flows.

    With rows [I K] over (first variables, others), scaled by sigma, and readings' correlation C:
    R'R = [I K] C [I K]'; adjustment = -C [I K]' R^-1 (R'^-1 residual), chi2 = |R'^-1 residual|^2;
    posterior = Z (Z' C^-1 Z)^-1 Z' with Z = [-K; I] the null space, so that neither a small
    adjustment nor a small posterior sigma is ever the difference of two great numbers.
    """

    def __init__(self, system: System, readings: Readings) -> None:
        """Compile.

        Raises:
            numpy.linalg.LinAlgError: If the correlation matrix is not positive definite.
        """
        self.system, self.readings = system, readings
        form = echelon(system, readings)
        self.classes = classes(form, system, readings)
        _, group = ordering(system, readings)
        first = group[form.pivots]
        of = readings.of
        place = np.full(system.size, -1)
        place[of] = np.arange(len(of))
        inexact = np.flatnonzero(readings.sigma > 0.0)
        among = np.cumsum(readings.sigma > 0.0) - 1  # place among the inexact

        tests = first == 1
        self._rows = form.rows[np.ix_(tests, of)]
        self._right = form.right[tests]
        self._basic = place[form.pivots[tests]]
        self._others = np.setdiff1d(inexact, self._basic)
        self._inexact = inexact
        self.dof = int(tests.sum())
        self._scale = readings.sigma[self._basic]
        sigma = readings.sigma[inexact]
        scaled = self._rows[:, inexact] * sigma / self._scale[:, None]
        null = np.zeros((len(inexact), len(self._others)))
        null[among[self._others]] = np.eye(len(self._others))
        null[among[self._basic]] = -scaled[:, among[self._others]]
        root: Floats | None = None
        if readings.correlation is not None:
            root = np.asarray(np.linalg.cholesky(readings.correlation), dtype=np.float64)
        self._whiten = _inverse(np.asarray(scaled.T if root is None else root.T @ scaled.T))
        gain = scaled.T if root is None else root @ (root.T @ scaled.T)
        self._gain = gain @ self._whiten  # adjustment / sigma = -gain R'^-1 residual
        post = null @ _inverse(null if root is None else np.asarray(np.linalg.solve(root, null)))

        self.spread = np.zeros(len(of))
        self.spread[inexact] = sigma * np.linalg.norm(self._gain, axis=1)
        # residual / scale -> adjustment of the variables that no row is solved for
        self._share = (
            -(self._whiten @ self._gain[among[self._others]].T) * sigma[among[self._others]]
        )
        self._tolerance = np.finfo(float).eps * np.maximum(
            ROUNDINGS, (self._rows != 0.0).sum(axis=1)
        )
        observable = [form.pivots[i] for i in np.flatnonzero(first == 0)]
        keep = [
            i
            for i, pivot in zip(np.flatnonzero(first == 0), observable, strict=True)
            if self.classes[pivot] is Class.OBSERVABLE
        ]
        keep.sort(key=lambda i: int(form.pivots[i]))
        self._known = form.rows[np.ix_(keep, of)] if keep else np.zeros((0, len(of)))
        self._known_right = form.right[keep]
        self._factor = np.full((system.size, post.shape[1]), np.nan)
        self._factor[of] = 0.0
        self._factor[of[inexact]] = sigma[:, None] * post
        self._factor[form.pivots[keep]] = -self._known[:, inexact] @ (sigma[:, None] * post)
        self.sigma_x = np.linalg.norm(self._factor, axis=1)
        self.sigma_x[[each is Class.UNOBSERVABLE for each in self.classes]] = np.nan
        self._conditions = [
            (form.rows[i][of], float(form.right[i]), form.sides[int(i)])
            for i in np.flatnonzero(first == 2)
        ] + [
            (np.zeros(len(of)), sum(w * self._equation(i) for i, w in side), side)
            for side in form.broken
        ]

    def _equation(self, index: int) -> float:
        """Right side of an equation."""
        count = len(self.system.nodes)
        return 0.0 if index < count else self.system.rows[index - count].value

    def adjust(self, values: Floats) -> tuple[Floats, Floats]:
        """See `Plan.adjust`."""
        adjustment = np.zeros_like(values)
        if not self.dof:
            return adjustment, np.zeros(len(values))
        residual = values @ self._rows.T - self._right
        terms = np.abs(values) @ np.abs(self._rows.T) + np.abs(self._right)
        residual[np.abs(residual) <= self._tolerance * terms] = 0.0
        scaled = residual / self._scale
        others = scaled @ self._share
        adjustment[:, self._others] = others
        # The first variable of each row closes it: to rounding, whatever the condition.
        adjustment[:, self._basic] = -residual - others @ self._rows[:, self._others].T
        white = scaled @ self._whiten
        return adjustment, np.einsum("ij,ij->i", white, white)

    def unmeasured(self, values: Floats) -> Floats:
        """See `Plan.unmeasured`."""
        return self._known_right - values @ self._known.T

    def covariance(self, variables: Ints) -> Floats:
        """See `Plan.covariance`."""
        factor = self._factor[variables]
        unknown = np.isnan(self.sigma_x[variables])
        result = factor @ factor.T if factor.shape[1] else np.zeros((len(factor), len(factor)))
        result[unknown] = np.nan
        result[:, unknown] = np.nan
        return result

    def directions(self, places: Ints) -> Floats:
        """See `Plan.directions`."""
        among = np.searchsorted(self._inexact, places)
        gain = self._gain[among]
        gain = gain / np.linalg.norm(gain, axis=1)[:, None]
        return np.asarray(gain @ gain.T)

    def conditions(self) -> list[tuple[Floats, float, tuple[tuple[int, float], ...]]]:
        """See `Plan.conditions`."""
        return self._conditions


def _inverse(tall: Floats) -> Floats:
    """R^-1 of the QR factors of a matrix of full column rank."""
    if not tall.shape[1]:
        return np.zeros((0, 0))
    triangle = np.linalg.qr(tall, mode="r")
    return np.asarray(np.linalg.inv(triangle))


def compile_plan(system: System, readings: Readings) -> Plan:
    """The plan that fits: dense, or sparse for great plain networks with independent readings.

    Raises:
        numpy.linalg.LinAlgError: If the correlation matrix is not positive definite.
    """
    if not system.rows and readings.correlation is None:
        rank = min(len(system.nodes), system.size)
        if rank * system.size > DENSE_LIMIT:
            from flows.reconcile.sparse import SparsePlan

            return SparsePlan(system, readings)
    return DensePlan(system, readings)
