"""Many days of plain balances from one echelon form: what is formed every day has its rank, not n.

A day's rows are T [rows of the one form] with T of whole numbers, the exchanges that bring what is
unmeasured on the day among the variables that rows are solved for, and what is exact out of them.
With V = diag(sigma^2) without those variables, the Gram matrix of `batch` is T (R V R') T' over the
rows' scales: R V R' of all days is one product, and so are the shares of all readings in what is
left over. Sums of rows are taken from the rows themselves, so that a balance closes to rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import CONTRADICTED, Class, echelon
from flows.reconcile.days.batch import Batch, empty, refined, steepest
from flows.reconcile.days.exchanging import exchanges
from flows.reconcile.days.patterns import CODE, EXACT, MEASURED, UNMEASURED, grouped
from flows.reconcile.days.rowproducts import Products, inverses, product
from flows.reconcile.plan import ROUNDINGS
from flows.reconcile.problem import Readings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.days.exchanging import Exchanges
    from flows.reconcile.problem import System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Bools = NDArray[np.bool_]

#: Entries of the form, above which days are not taken so.
GREAT = 1_000_000
#: Entries of the forms of all patterns held at once.
FORMS = 20_000_000
#: Entries of a day's matrices in one block of days: what a core keeps near.
NEAR = 60_000
#: Days whose sigmas speak for all when the form is chosen.
SAMPLE = 101
#: Rows of an exchanged form more unlike in scale lose digits with the square of it.
UNLIKE = 1e3
#: What the balances leave of a variance, where it is the difference of 1 and a share of nearly 1.
LEAST = 1e-4
#: Sigmas between which squares of their ratios and products stay among floats.
RANGE = 1e-50, 1e50


def fits(system: System) -> bool:
    """Whether days may be taken so: plain balances of up to some thousand flows."""
    rank = min(len(system.nodes), system.size)
    return not system.rows and 0 < rank * system.size <= GREAT


def typical(sigma: Floats) -> Floats:
    """One line of sigmas that fits most days: NaN, 0 or a median; shape (n,)."""
    step = max(1, len(sigma) // SAMPLE)
    some = np.sort(sigma[::step], axis=0)  # NaN comes last
    said = (~np.isnan(some)).sum(axis=0)
    exact = (some == 0.0).sum(axis=0)
    at = np.minimum((exact + said) // 2, np.maximum(said - 1, 0))
    middle = np.take_along_axis(some, at[None], axis=0)[0]
    middle = np.where(2 * exact > said, 0.0, middle)
    return np.where(2 * said < len(some), np.nan, middle)


def solve(system: System, values: Floats, sigma: Floats) -> tuple[Batch, Bools]:
    """Reconcile every day by itself, but for those that would lose digits.

    Args:
        system: Plain balances for which `fits`.
        values: Readings, NaN where nothing is measured, shape (D, n).
        sigma: One standard deviation of each, 0 exact, NaN where nothing is measured.

    Returns:
        Answers, and the days without one, shape (D,).
    """
    line = typical(sigma)
    of = np.flatnonzero(~np.isnan(line)).astype(np.intp)
    form = echelon(system, Readings(of, line[of]))
    products = Products(form.rows)
    answers, left = empty(len(values), system.size), np.ones(len(values), np.bool_)
    if not products.held:
        return answers, left
    weight = np.where(np.isnan(line), 2.0 * line[of].max(initial=1.0), line)
    many = max(1, FORMS // (len(form.pivots) * system.size))
    size = max(1, NEAR // len(form.pivots) ** 2)
    usual = np.isnan(sigma) | (sigma == 0.0) | ((sigma > RANGE[0]) & (sigma < RANGE[1]))
    places = np.flatnonzero(usual.all(axis=1))
    for start in range(0, len(places), many):
        here = places[start : start + many]
        group, _, which = grouped(sigma[here])
        made = exchanges(form.rows, form.pivots, group, weight)
        changed = np.asarray(made.altered.any(axis=1))[which]
        for some in (np.flatnonzero(~changed), np.flatnonzero(changed)):
            for begin in range(0, len(some), size):
                part = some[begin : begin + size]
                at = here[part]
                days = _Days(form.rows, products, made, which[part], values[at], sigma[at])
                answers.put(at, days.answers())
                left[at] = days.steep()
    return answers, left


class _Days:
    """Some days, all of them altered or none; names as in `batch.Block`."""

    def __init__(
        self,
        base: Floats,
        products: Products,
        made: Exchanges,
        which: Ints,
        values: Floats,
        sigma: Floats,
    ) -> None:
        self.base, self.products = base, products
        self.measured = ~np.isnan(sigma)
        self.values = np.where(self.measured, values, 0.0)
        self.sigma = np.where(self.measured, sigma, 0.0)
        self.pivots, self.kind = made.pivots[which], made.kind[which]
        self.classes = made.classes[which]
        self.tested = self.kind == MEASURED
        own = np.take_along_axis(self.classes, self.pivots, axis=1)
        self.known = (self.kind == UNMEASURED) & (own == CODE[Class.OBSERVABLE])
        # Rows that are sums of several of the one form, by day and row.
        self.altered = np.nonzero(made.altered[which])
        self.change: Floats | None = None
        if len(self.altered[0]):
            self.change = made.change[which].astype(np.float64)
            at = which[self.altered[0]], self.altered[1]
            self.apart = made.rows[at].astype(np.float64)
        self.most = steepest(base.shape[1])
        self._factor()

    def _factor(self) -> None:
        """Gram matrix, unscaled and in sigmas of the tested rows; S^-1."""
        days, rank = self.pivots.shape
        scale = np.take_along_axis(self.sigma, self.pivots, axis=1)
        self.weight = np.divide(1.0, scale, where=self.tested, out=np.zeros_like(scale))
        self.scale = np.where(self.tested, scale, 1.0)
        self.variance = self.sigma**2
        np.put_along_axis(self.variance, self.pivots, 0.0, axis=1)
        self.before = self.products.summed(self.variance).reshape(days, rank, rank)
        self.whole = self.before
        if self.change is not None:
            self.whole = self.change @ self.before @ self.change.transpose(0, 2, 1)
        self.gram = self.whole * self.weight[:, :, None]
        self.gram *= self.weight[:, None, :]
        normal = self.gram.copy()
        np.einsum("dii->di", normal)[...] += 1.0
        self.inverse = inverses(normal)

    def steep(self) -> Bools:
        """Days that lose more digits so than with a form of their own; after `answers`."""
        size = np.sqrt(np.maximum(np.einsum("dii->di", self.whole), 0.0))
        through = size
        lost = self.cancelled
        scale = np.take_along_axis(self.sigma, self.pivots, axis=1)
        if self.change is not None:
            summed = np.sqrt(np.einsum("dii->di", self.before))
            through = (np.abs(self.change) @ summed[:, :, None])[:, :, 0]
            least = np.where(self.tested, scale, np.inf).min(axis=1)
            lost |= np.where(self.tested, scale, 0.0).max(axis=1) > UNLIKE * least
            # A small sum of great terms that cancelled.
            lost |= ((self.known | self.tested) & (through > self.most * size)).any(axis=1)
        return np.asarray(lost | (self.tested & (through > self.most * self.scale)).any(axis=1))

    def _sums(self, x: Floats) -> Floats:
        """Sum of each row, shape (d, m)."""
        result = product(x, self.base.T)
        if self.change is not None:
            result[self.altered] = np.einsum("ij,ij->i", self.apart, x[self.altered[0]])
        return result

    def _residuals(self) -> tuple[Floats, Bools]:
        """Residuals of the tested rows, 0 where closed to rounding; where exact values agree."""
        sums = self._sums(self.values)
        size = np.abs(self.values)
        absolute = np.abs(self.base)
        sizes, count = product(size, absolute.T), np.broadcast_to(absolute.sum(axis=1), sums.shape)
        if self.change is not None:
            absolute = np.abs(self.apart)
            sizes[self.altered] = np.einsum("ij,ij->i", absolute, size[self.altered[0]])
            count = count.copy()
            count[self.altered] = absolute.sum(axis=1)
        closed = np.abs(sums) <= np.finfo(float).eps * np.maximum(ROUNDINGS, count) * sizes
        agree = (np.abs(sums) <= CONTRADICTED * sizes) | (self.kind != EXACT)
        return np.where(self.tested & ~closed, sums, 0.0), np.asarray(agree.all(axis=1))

    def _back(self, matrix: Floats) -> Floats:
        """T' of what has a line for every row, shape (d, m, k)."""
        if self.change is None:
            return matrix
        return np.asarray(self.change.transpose(0, 2, 1) @ matrix)

    def answers(self) -> Batch:
        """As `batch.Block` has them."""
        redundant = self.classes == CODE[Class.REDUNDANT]
        residual, feasible = self._residuals()
        scaled = residual * self.weight
        white = refined(self.gram, self.inverse, scaled)
        by_row = self._back((white * self.weight)[:, :, None])[:, :, 0]
        errors = np.where(redundant, product(by_row, self.base) * self.variance, 0.0)
        day, row = np.nonzero(self.tested)
        first = self.pivots[day, row]
        # The first variable of each row closes it: to rounding, whatever the condition.
        errors[day, first] = (residual - self._sums(errors))[day, row]
        adjustment = np.where(self.measured, 0.0 - errors, np.nan)
        x = np.where(self.measured, self.values - errors, np.nan)
        self._close(x, errors != 0.0)
        sigma_x, spread = self._spreads(redundant)
        spread[~self.measured] = np.nan
        chi2 = np.einsum("ij,ij->i", scaled, white)
        for array in (x, sigma_x, adjustment, chi2):
            array[~feasible] = np.nan
        dof = np.asarray(self.tested.sum(axis=1), dtype=np.intp)
        return Batch(x, sigma_x, adjustment, spread, self.classes, chi2, dof, feasible)

    def _close(self, x: Floats, moved: Bools) -> None:
        """Take every row's first variable from the rest of its row, where it moved or is new."""
        others = np.nan_to_num(x)
        np.put_along_axis(others, self.pivots, 0.0, axis=1)
        rest = self._sums(others)
        anew = self.known | (self.tested & np.take_along_axis(moved, self.pivots, axis=1))
        day, row = np.nonzero(anew)
        x[day, self.pivots[day, row]] = 0.0 - rest[day, row]

    def _spreads(self, redundant: Bools) -> tuple[Floats, Floats]:
        """Posterior sigma and sigma of the adjustment of every variable."""
        days, rank = self.pivots.shape
        known = self.inverse * self.weight[:, :, None]
        known *= self.weight[:, None, :]
        known = self._back(self._back(known).transpose(0, 2, 1))
        share = self.products.shares(known.reshape(days, rank * rank))
        share *= self.variance
        share = np.where(redundant, np.clip(share, 0.0, 1.0), 0.0)
        left = 1.0 - share
        others = left < LEAST
        np.put_along_axis(others, self.pivots, False, axis=1)
        self.cancelled = others.any(axis=1)
        day, row = np.nonzero(self.tested)
        first = self.pivots[day, row]
        share[day, first] = np.einsum("dii->di", self.inverse)[day, row]
        # K K' S^-1, not I - S^-1: a first variable known far better than read keeps its digits.
        own = np.einsum("dij,dij->di", self.gram, self.inverse)
        left[day, first] = np.maximum(own[day, row], 0.0)
        posterior = self.sigma * np.sqrt(left)
        if self.known.any():
            taken = self.whole * self.weight[:, None, :]
            reduced = np.einsum("dij,dij->di", taken @ self.inverse, taken)
            variance = np.maximum(np.einsum("dii->di", self.whole) - reduced, 0.0)
            day, row = np.nonzero(self.known)
            posterior[day, self.pivots[day, row]] = np.sqrt(variance[day, row])
        posterior[self.classes == CODE[Class.UNOBSERVABLE]] = np.nan
        return posterior, self.sigma * np.sqrt(share)
