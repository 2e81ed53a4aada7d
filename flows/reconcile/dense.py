"""Dense plans: the echelon form and one orthogonal factor, for all but great networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import CANCELLED, Class, classes, echelon, ordering
from flows.reconcile.plan import ROUNDINGS, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.problem import Readings, System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]


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
        self._rest = self._rows.copy()
        self._rest[np.arange(len(self._basic)), self._basic] = 0.0
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
        # adjustment / sigma = -gain R'^-1 residual
        tied = _tied(readings.correlation, scaled.T)
        self._gain = tied @ self._whiten
        post = null @ _inverse(null if root is None else np.asarray(np.linalg.solve(root, null)))

        self.spread = np.zeros(len(of))
        self.spread[inexact] = sigma * np.linalg.norm(self._gain, axis=1)
        # residual / scale -> adjustment of the variables that no row is solved for
        others = among[self._others]
        self._share = -self._solved(tied, scaled, others) * sigma[others]
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

    def _solved(self, tied: Floats, scaled: Floats, others: Ints) -> Floats:
        """S^-1 of the others' columns, once more on what rounding left over.

        So a residual of a million sigmas in one row leaves their digits to variables that it
        hardly moves (Skeel: one step makes the error small in each component).
        """
        share = self._whiten @ self._gain[others].T
        left = tied[others].T - (scaled @ tied) @ share
        return np.asarray(share + self._whiten @ (self._whiten.T @ left))

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

    def reconciled(self, values: Floats, adjustment: Floats) -> Floats:
        """See `Plan.reconciled`.

        What moved in the first variable of a row is the rest of that row, not the difference of
        a great reading and a great adjustment; what did not move stays as it was read.
        """
        result = values + adjustment
        if self.dof:
            rest = self._right - result @ self._rest.T
            moved = adjustment[:, self._basic] != 0.0
            result[:, self._basic] = np.where(moved, rest, result[:, self._basic])
        return result

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

    def root(self, variables: Ints, weights: Floats) -> Floats:
        """See `Plan.root`; no digit is lost in squares here."""
        return np.asarray(weights @ self._factor[variables])

    def directions(self, places: Ints) -> Floats:
        """See `Plan.directions`."""
        among = np.searchsorted(self._inexact, places)
        gain = self._gain[among]
        gain = gain / np.linalg.norm(gain, axis=1)[:, None]
        return np.asarray(gain @ gain.T)

    def conditions(self) -> list[tuple[Floats, float, tuple[tuple[int, float], ...]]]:
        """See `Plan.conditions`."""
        return self._conditions


def _tied(correlation: Floats | None, rows: Floats) -> Floats:
    """C rows; a reading whose ties to a residual cancel has no share in it, not a rounding."""
    if correlation is None:
        return rows
    result = correlation @ rows
    most = np.abs(correlation) @ np.abs(rows)
    result[np.abs(result) <= CANCELLED * most] = 0.0
    return np.asarray(result)


def _inverse(tall: Floats) -> Floats:
    """R^-1 of the QR factors of a matrix of full column rank."""
    if not tall.shape[1]:
        return np.zeros((0, 0))
    triangle = np.linalg.qr(tall, mode="r")
    return np.asarray(np.linalg.inv(triangle))
