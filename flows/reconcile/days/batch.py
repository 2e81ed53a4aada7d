"""Many days at once, each with its own sigmas and its own gaps: batched normal equations.

With the rows [I K] over (first variables b, others o) of a day's form, scaled by the day's sigmas:
S = I + K K', adjustment = -[I K]' S^-1 residual, chi2 = residual' S^-1 residual, and the posterior
of the others is I - K' S^-1 K, that of the first ones K K' S^-1. Rows are solved for what weighs
most in them, so no entry of K is much above 1 and S is as well conditioned as its size allows.

What the rows say of further unknowns T (levels of stocks, biases of devices) comes with it: given
T, a reading moves by -[I K]' S^-1 (residual + E T).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import CONTRADICTED, Class
from flows.reconcile.days.patterns import (
    CODE,
    ENOUGH,
    EXACT,
    MEASURED,
    UNMEASURED,
    forms_of,
    grouped,
)
from flows.reconcile.plan import ROUNDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from flows.reconcile.days.patterns import Forms
    from flows.reconcile.problem import System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Bools = NDArray[np.bool_]
    Codes = NDArray[np.int8]

#: Entries of one block of rows: what a core keeps near.
BLOCK = 120_000
#: Entries of all forms held at once.
FORMS = 60_000_000
#: A day with a row of K longer than this is given a form of its own: digits go with its square.
STEEP = 64.0


@dataclass(frozen=True)
class Batch:
    """Answers for D days of n variables; NaN where there is none.

    Attributes:
        x, sigma_x: Reconciled values and their standard deviations, shape (D, n).
        adjustment: x - y of what is measured, shape (D, n).
        spread: Standard deviation of the adjustment, shape (D, n); 0 where nothing tests it.
        classes: Codes of `patterns.CLASSES`, shape (D, n).
        chi2, dof: Least weighted sum of squares and its degrees of freedom, shape (D,).
        feasible: False on days whose exact values contradict each other, shape (D,).
    """

    x: Floats
    sigma_x: Floats
    adjustment: Floats
    spread: Floats
    classes: Codes
    chi2: Floats
    dof: Ints
    feasible: Bools

    def put(self, days: Ints, own: Batch) -> None:
        """Write the answers of some days."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[days] = getattr(own, name)


class Block:
    """Some days with their rows, their normal equations factored; see the module for K and S.

    Attributes:
        rows: Shape (d, m, n).
        tested, known: Rows that begin with a reading, and those that make something observable;
            shape (d, m).
        residual: Of the readings in the tested rows, 0 elsewhere, shape (d, m).
        steep: Greatest norm of a row of K, shape (d,).
    """

    def __init__(self, forms: Forms, which: Ints, values: Floats, sigma: Floats) -> None:
        """Scale and factor.

        Args:
            forms: Echelon forms.
            which: Form of each day, shape (d,).
            values: 0 where nothing is measured, shape (d, n).
            sigma: 0 where nothing is measured or exact, shape (d, n).
        """
        # One form for all of them needs no copies.
        same = len(which) > 0 and bool((which == which[0]).all())
        at = which[:1] if same else which
        shape = (len(which), *forms.rows.shape[1:])
        self.values, self.sigma = values, sigma
        self.rows = np.broadcast_to(forms.rows[at].astype(np.float64), shape)
        self.pivots = np.broadcast_to(forms.pivots[at], shape[:2])
        self.right = np.broadcast_to(forms.right[at], shape[:2])
        kind = np.broadcast_to(forms.kind[at], shape[:2])
        self.group = np.broadcast_to(forms.group[at], (shape[0], shape[2]))
        self.classes = np.broadcast_to(forms.classes[at], (shape[0], shape[2]))
        self.tested = kind == MEASURED
        own = np.take_along_axis(self.classes, self.pivots, axis=1)
        self.known = (kind == UNMEASURED) & (own == CODE[Class.OBSERVABLE])
        self.exact = kind == EXACT
        self.broken = forms.broken
        self.scale = np.where(self.tested, np.take_along_axis(sigma, self.pivots, axis=1), 1.0)
        self._factor()
        self._residuals()

    def _factor(self) -> None:
        """K without the first variables, in sigmas; S and its inverse."""
        weight = np.where(self.tested, 1.0 / self.scale, 0.0)
        self.rest = self.rows * self.sigma[:, None, :]
        self.rest *= weight[:, :, None]
        np.put_along_axis(self.rest, self.pivots[:, :, None], 0.0, axis=2)
        self.gram = self.rest @ self.rest.transpose(0, 2, 1)
        self.steep = np.sqrt(np.einsum("dii->di", self.gram).max(axis=1, initial=0.0))
        normal = self.gram + np.eye(self.rows.shape[1])
        self.inverse = np.asarray(np.linalg.inv(normal), dtype=np.float64)

    def _residuals(self) -> None:
        """Residuals of the tested rows, 0 where closed to rounding; conditions of exact values."""
        sums = (self.rows @ self.values[:, :, None])[:, :, 0] - self.right
        sizes = np.abs(self.rows) @ np.abs(self.values)[:, :, None]
        sizes = sizes[:, :, 0] + np.abs(self.right)
        count = np.maximum(ROUNDINGS, (self.rows != 0.0).sum(axis=2))
        closed = np.abs(sums) <= np.finfo(float).eps * count * sizes
        self.sums, self.sizes = sums, sizes
        self.residual = np.where(self.tested & ~closed, sums, 0.0)

    def errors(self, residual: Floats) -> tuple[Floats, Floats]:
        """Errors of the readings, y - x, and chi2, of residuals of shape (d, m)."""
        scaled = np.asarray(residual / self.scale, dtype=np.float64)
        white = refined(self.gram, self.inverse, scaled)
        errors = self.sigma * (white[:, None, :] @ self.rest)[:, 0, :]
        # The first variable of each row closes it: to rounding, whatever the condition.
        closing = residual - self._rest_of(errors)
        day, row = np.nonzero(self.tested)
        errors[day, self.pivots[day, row]] = closing[day, row]
        return errors, np.einsum("ij,ij->i", scaled, white)

    def _rest_of(self, x: Floats) -> Floats:
        """Sum of each row without the variable that it is solved for, shape (d, m)."""
        sums = (self.rows @ x[:, :, None])[:, :, 0]
        own = np.take_along_axis(x, self.pivots, axis=1)
        # In the sum the variable itself would take the digits of the rest.
        large = np.abs(own) > np.abs(sums)
        if not large.any():
            return np.asarray(sums - own)
        others = x[:, None, :] * self.rows
        np.put_along_axis(others, self.pivots[:, :, None], 0.0, axis=2)
        return np.asarray(others.sum(axis=2))

    def closed(self, x: Floats, moved: Bools, offset: Floats | None = None) -> Floats:
        """Take every row's first variable from the rest of its row, where it moved or is new."""
        rest = self.right - self._rest_of(np.nan_to_num(x))
        if offset is not None:
            rest = rest - offset
        anew = self.known | (self.tested & np.take_along_axis(moved, self.pivots, axis=1))
        day, row = np.nonzero(anew)
        x[day, self.pivots[day, row]] = rest[day, row]
        return x

    def spreads(self) -> tuple[Floats, Floats]:
        """Posterior sigma and sigma of the adjustment of every variable, given T; (d, n)."""
        share = np.einsum("dij,dij->dj", self.rest, self.inverse @ self.rest)
        left = np.maximum(1.0 - share, 0.0)
        day, row = np.nonzero(self.tested)
        first = self.pivots[day, row]
        share[day, first] = np.einsum("dii->di", self.inverse)[day, row]
        # K K' S^-1, not I - S^-1: a first variable known far better than read keeps its digits.
        own = np.einsum("dij,dji->di", self.gram, self.inverse)
        left[day, first] = np.maximum(own[day, row], 0.0)
        posterior = self.sigma * np.sqrt(left)
        if self.known.any():
            variance = self._variances()
            day, row = np.nonzero(self.known)
            posterior[day, self.pivots[day, row]] = np.sqrt(variance[day, row])
        posterior[self.classes == CODE[Class.UNOBSERVABLE]] = np.nan
        return posterior, self.sigma * np.sqrt(share)

    def _variances(self) -> Floats:
        """Variance of what each observable row is solved for: h P h', P the others' posterior."""
        some = np.flatnonzero(self.known.any(axis=1))
        result = np.zeros(self.known.shape)
        by = self.rows[some] * (self.sigma[some][:, None, :] * self.known[some][:, :, None])
        scale = np.abs(by).max(axis=2)
        scale[scale == 0.0] = 1.0
        by /= scale[:, :, None]
        taken = by @ self.rest[some].transpose(0, 2, 1)
        reduced = np.einsum("dij,dij->di", taken @ self.inverse[some], taken)
        result[some] = scale**2 * np.maximum(np.einsum("dij,dij->di", by, by) - reduced, 0.0)
        return result

    def answers(
        self, x: Floats, sigma_x: Floats, adjustment: Floats, spread: Floats, chi2: Floats
    ) -> Batch:
        """With classes and freedom; without values where exact values contradict each other."""
        slack = np.abs(self.sums) <= CONTRADICTED * self.sizes
        feasible = (slack | ~self.exact).all(axis=1) & (not self.broken)
        if not feasible.all():
            for array in (x, sigma_x, adjustment, chi2):
                array[~feasible] = np.nan
        dof = np.asarray(self.tested.sum(axis=1), dtype=np.intp)
        return Batch(x, sigma_x, adjustment, spread, self.classes, chi2, dof, feasible)


def steepest(size: int) -> float:
    """Norm of a row of K that is taken; a form of its own leaves up to ENOUGH an entry."""
    return float(max(STEEP, 2.0 * ENOUGH * np.sqrt(size)))


def refined(gram: Floats, inverse: Floats, scaled: Floats) -> Floats:
    """S^-1 residual, once more on what rounding left over, shape (d, m).

    Beside a residual of a million sigmas one of a thousandth would lose its digits else (Skeel:
    one step makes the error small in each component, not in the greatest alone).
    """
    white = (inverse @ scaled[:, :, None])[:, :, 0]
    left = scaled - white - (gram @ white[:, :, None])[:, :, 0]
    return np.asarray(white + (inverse @ left[:, :, None])[:, :, 0])


def blocks(
    system: System, values: Floats, sigma: Floats, *, unimodular: bool
) -> Iterator[tuple[Ints, Block]]:
    """All days in blocks, as (their places, the block); arguments as of `solve`.

    Days whose sigmas fit the form of their pattern badly come once more, with forms of their own:
    the last word counts.
    """
    rank = min(len(system.nodes) + len(system.rows), system.size)
    days = max(1, FORMS // max(1, rank * system.size))
    for begin in range(0, len(sigma), days):
        part = slice(begin, begin + days)
        for at, block in _some(system, values[part], sigma[part], unimodular=unimodular):
            yield at + begin, block


def _some(
    system: System, values: Floats, sigma: Floats, *, unimodular: bool
) -> Iterator[tuple[Ints, Block]]:
    """Days whose forms can be held together."""
    _, first, which = grouped(sigma)
    forms = forms_of(system, sigma[first], unimodular=unimodular)
    places, steep = np.arange(len(sigma), dtype=np.intp), []
    for days, block in _blocks(forms, which, places, values, sigma):
        yield days, block
        steep.append(days[block.steep > steepest(system.size)])
    again = np.concatenate(steep) if steep else places
    if len(again):
        own, of = np.unique(sigma[again], axis=0, return_inverse=True)
        forms = forms_of(system, own, unimodular=unimodular)
        yield from _blocks(forms, of.reshape(-1), again, values, sigma)


def _blocks(
    forms: Forms, which: Ints, places: Ints, values: Floats, sigma: Floats
) -> Iterator[tuple[Ints, Block]]:
    size = max(1, BLOCK // max(1, forms.rows.shape[1] * forms.rows.shape[2]))
    for begin in range(0, len(places), size):
        part = slice(begin, begin + size)
        days = places[part]
        spread = np.nan_to_num(sigma[days])
        yield days, Block(forms, which[part], np.nan_to_num(values[days]), spread)


def solve(system: System, values: Floats, sigma: Floats, *, unimodular: bool) -> Batch:
    """Reconcile every day by itself.

    Args:
        system: Variables and equations, the same on all days.
        values: Readings, NaN where nothing is measured, shape (D, n).
        sigma: One standard deviation of each, 0 exact, NaN where nothing is measured.
        unimodular: See `patterns.forms_of`.
    """
    result = empty(len(values), system.size)
    for days, block in blocks(system, values, sigma, unimodular=unimodular):
        errors, chi2 = block.errors(block.residual)
        measured = block.group != UNMEASURED
        x = np.where(measured, values[days] - errors, np.nan)
        adjustment = np.where(measured, -errors, np.nan)
        adjustment[adjustment == 0.0] = 0.0
        posterior, spread = block.spreads()
        x = block.closed(x, errors != 0.0)
        spread = np.where(measured, spread, np.nan)
        result.put(days, block.answers(x, posterior, adjustment, spread, chi2))
    return result


def empty(days: int, size: int) -> Batch:
    """No answers."""

    def table() -> Floats:
        return np.full((days, size), np.nan)

    line = np.zeros(days, dtype=np.intp)
    return Batch(
        table(),
        table(),
        table(),
        table(),
        np.zeros((days, size), dtype=np.int8),
        np.full(days, np.nan),
        line,
        np.ones(days, dtype=np.bool_),
    )
