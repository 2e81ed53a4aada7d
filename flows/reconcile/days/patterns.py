"""Echelon forms of many days at once: one for each pattern of what is measured and exact.

The rank of A x = b does not depend on what is measured, so every pattern has as many rows, solved
for other variables. From the form of one pattern to that of the next lead exchanges: the variable
that weighs more enters, of the rows that hold it the one solved for the least leaves. Unmeasured
variables weigh infinitely, exact ones nothing, readings their sigma: the end is, but for a factor
of ENOUGH, the heaviest basis of the matroid, which `classify.ordering` finds column by column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import Class, echelon
from flows.reconcile.problem import Readings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.classify import Echelon
    from flows.reconcile.problem import System

    Floats = NDArray[np.float64]
    Small = NDArray[np.float32]
    Ints = NDArray[np.intp]
    Bools = NDArray[np.bool_]
    Codes = NDArray[np.int8]

#: Classes by their code in arrays.
CLASSES = tuple(Class)
CODE = {each: code for code, each in enumerate(CLASSES)}

UNMEASURED, MEASURED, EXACT = range(3)

#: A reading this many times less certain than the one that a row is solved for takes its place.
ENOUGH = 3.0


@dataclass(frozen=True)
class Forms:
    """Echelon forms of P patterns of a system with n variables and rank m.

    Attributes:
        rows, right: Shape (P, m, n) and (P, m); `rows[p, i, pivots[p, i]]` is 1. Whole numbers of
            one byte where all are 0, 1 or -1.
        pivots: Variable that each row is solved for, shape (P, m).
        group: UNMEASURED, MEASURED or EXACT of each variable, shape (P, n).
        classes: Codes of the classes, shape (P, n).
        broken: Whether an equation without any variable has a right side: no day is feasible.
    """

    rows: Floats | Codes
    right: Floats
    pivots: Ints
    group: Codes
    classes: Codes
    broken: bool

    @property
    def kind(self) -> Codes:
        """Group of the variable that each row is solved for, shape (P, m)."""
        return np.take_along_axis(self.group, self.pivots, axis=1)

    @property
    def dof(self) -> Ints:
        """Degrees of freedom of each pattern, shape (P,)."""
        return np.asarray((self.kind == MEASURED).sum(axis=1), dtype=np.intp)


def grouped(sigma: Floats) -> tuple[Codes, Ints, Ints]:
    """Patterns of days: their groups (P, n), the first day of each (P,), and each day's pattern.

    Args:
        sigma: NaN where nothing is measured, 0 where exact; shape (D, n).
    """
    group = np.where(np.isnan(sigma), UNMEASURED, np.where(sigma == 0.0, EXACT, MEASURED))
    group = np.ascontiguousarray(group.astype(np.int8))
    if not group.shape[1]:
        return group[:1], np.zeros(min(len(group), 1), np.intp), np.zeros(len(group), np.intp)
    lines = group.view(np.dtype((np.void, group.shape[1]))).ravel()
    _, first, which = np.unique(lines, return_index=True, return_inverse=True)
    return group[first], first.astype(np.intp), which.reshape(-1).astype(np.intp)


def forms_of(system: System, sigma: Floats, *, unimodular: bool) -> Forms:
    """One form for each line of sigma.

    Args:
        system: Variables and equations.
        sigma: NaN where nothing is measured, 0 where exact; shape (P, n).
        unimodular: Whether every square part of the equations has determinant 0, 1 or -1, as in
            plain balances, with right sides of 0: then exchanges are exact. Else each pattern is
            eliminated by itself.
    """
    group = np.where(np.isnan(sigma), UNMEASURED, np.where(sigma == 0.0, EXACT, MEASURED))
    group = group.astype(np.int8)
    if unimodular and len(sigma):
        # From the pattern with the fewest gaps the others are not far.
        base = _form(system, sigma[int(np.isnan(sigma).sum(axis=1).argmin())])
        rows: Floats | Codes
        rows, pivots = _exchanged(base, sigma)
        right: Floats = np.zeros(pivots.shape)
        broken = False
    else:
        each = [_form(system, line) for line in sigma]
        count = len(each[0].pivots) if each else 0
        rows = np.array([form.rows for form in each]).reshape(len(each), count, system.size)
        right = np.array([form.right for form in each]).reshape(len(each), count)
        pivots = np.array([form.pivots for form in each], dtype=np.intp).reshape(len(each), count)
        broken = any(form.broken for form in each)
    return Forms(rows, right, pivots, group, classes_of(rows, pivots, group), broken)


def _form(system: System, sigma: Floats) -> Echelon:
    of = np.flatnonzero(~np.isnan(sigma)).astype(np.intp)
    return echelon(system, Readings(of, sigma[of]))


def _exchanged(base: Echelon, sigma: Floats) -> tuple[Codes, Ints]:
    """Rows and pivots for each line of sigma, from a form of the same equations.

    All entries are 0, 1 or -1, before and after: nothing is rounded.
    """
    count = len(sigma)
    work = np.repeat(base.rows.astype(np.int8)[None], count, axis=0)
    pivots = np.repeat(base.pivots[None], count, axis=0)
    weight = np.where(np.isnan(sigma), np.inf, sigma)
    active = np.arange(count) if len(base.pivots) else np.zeros(0, dtype=np.intp)
    while len(active):
        part, heavy = work[active], weight[active]
        basic = np.take_along_axis(heavy, pivots[active], axis=1)
        # The least weight among the rows that hold a column is the one that it can replace.
        least = np.full(heavy.shape, np.inf)
        for row in range(part.shape[1]):
            np.minimum(least, basic[:, row, None], out=least, where=part[:, row] != 0)
        gain = np.where(heavy > ENOUGH * least, heavy, -1.0)
        column = gain.argmax(axis=1)
        some = np.flatnonzero(np.take_along_axis(gain, column[:, None], axis=1)[:, 0] >= 0.0)
        active, column, part, basic = active[some], column[some], part[some], basic[some]
        at = np.arange(len(active))
        factors = part[at, :, column]
        row = np.where(factors != 0, basic, np.inf).argmin(axis=1)
        line = part[at, row] * factors[at, row][:, None]
        factors[at, row] = 0
        part -= factors[:, :, None] * line[:, None, :]
        part[at, row] = line
        work[active] = part
        pivots[active, row] = column
    return work, pivots


def classes_of(rows: Floats | Small | Codes, pivots: Ints, group: Codes) -> Codes:
    """As `classify.classes`, for all patterns; arguments as of `Forms`."""
    result = np.where(group == EXACT, CODE[Class.EXACT], CODE[Class.UNOBSERVABLE]).astype(np.int8)
    kind = np.take_along_axis(group, pivots, axis=1)
    holds = (rows != 0.0).astype(np.float32)
    unmeasured = (holds @ (group == UNMEASURED).astype(np.float32)[:, :, None])[:, :, 0]
    form, row = np.nonzero((kind == UNMEASURED) & (unmeasured == 1.0))
    result[form, pivots[form, row]] = CODE[Class.OBSERVABLE]
    tested = ((kind == MEASURED).astype(np.float32)[:, None, :] @ holds)[:, 0, :] > 0.0
    measured = group == MEASURED
    result[measured & tested] = CODE[Class.REDUNDANT]
    result[measured & ~tested] = CODE[Class.NONREDUNDANT]
    return result
