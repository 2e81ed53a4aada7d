"""Exchanges that lead from one echelon form of plain balances to those of many patterns at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.days.patterns import EXACT, MEASURED, UNMEASURED, classes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Small = NDArray[np.float32]
    Ints = NDArray[np.intp]
    Bools = NDArray[np.bool_]
    Codes = NDArray[np.int8]


@dataclass(frozen=True)
class Exchanges:
    """How P patterns come from one form of m rows and n variables.

    Attributes:
        change: T, entries 0, 1 or -1, shape (P, m, m).
        altered: Rows that are not those of the one form, shape (P, m).
        rows: T R, shape (P, m, n).
        pivots: Variable that each row is solved for, shape (P, m).
        kind: Its group, shape (P, m).
        classes: Codes of the classes, shape (P, n).
    """

    change: Small
    altered: Bools
    rows: Small
    pivots: Ints
    kind: Codes
    classes: Codes


class _Exchanging:
    """Work on T of many patterns at once; all entries stay 0, 1 or -1, nothing is rounded."""

    def __init__(self, rows: Floats, pivots: Ints, group: Codes, weight: Floats) -> None:
        """Set up.

        Args:
            rows: Of the one form, shape (m, n).
            pivots: Shape (m,).
            group: Shape (P, n).
            weight: Of a pair of readings the one that weighs more rather has a row, shape (n,).
        """
        count, rank = len(group), len(pivots)
        self.base = rows.astype(np.float32)
        self.change = np.repeat(np.eye(rank, dtype=np.float32)[None], count, axis=0)
        self.pivots = np.repeat(pivots[None], count, axis=0)
        self.group, self.weight = group, weight

    def kind(self) -> Codes:
        return np.take_along_axis(self.group, self.pivots, axis=1)

    def enter_unmeasured(self) -> None:
        """A row for every unmeasured variable that no others determine; exact ones leave first."""
        waiting = self.group == UNMEASURED
        np.put_along_axis(waiting, self.pivots, False, axis=1)
        for pattern, variable in _turns(waiting):
            column = self._column(pattern, variable)
            pivots = self.pivots[pattern]
            kind = np.take_along_axis(self.group[pattern], pivots, axis=1)
            worth = np.where(kind == EXACT, -1.0, self.weight[pivots])
            worth[(column == 0.0) | (kind == UNMEASURED)] = np.inf
            row = worth.argmin(axis=1)
            some = np.isfinite(worth[np.arange(len(row)), row])
            self._solve_for(pattern[some], row[some], variable[some], column[some])

    def leave_exact(self) -> None:
        """A reading in place of every exact variable whose row holds one."""
        for pattern, row in _turns(self.kind() == EXACT):
            line = (self.change[pattern, row][:, None, :] @ self.base)[:, 0, :]
            worth = np.where((line != 0.0) & (self.group[pattern] == MEASURED), self.weight, -1.0)
            variable = worth.argmax(axis=1)
            some = np.flatnonzero(worth[np.arange(len(row)), variable] >= 0.0)
            column = self._column(pattern[some], variable[some])
            self._solve_for(pattern[some], row[some], variable[some], column)

    def _column(self, pattern: Ints, variable: Ints) -> Small:
        return np.asarray((self.change[pattern] @ self.base.T[variable][:, :, None])[:, :, 0])

    def _solve_for(self, pattern: Ints, row: Ints, variable: Ints, column: Small) -> None:
        at = np.arange(len(pattern))
        part = self.change[pattern]
        line = part[at, row] * column[at, row][:, None]
        column = column.copy()
        column[at, row] = 0.0
        part -= column[:, :, None] * line[:, None, :]
        part[at, row] = line
        self.change[pattern] = part
        self.pivots[pattern, row] = variable

    def done(self) -> Exchanges:
        rows = self.change @ self.base
        plain = np.eye(len(self.base), dtype=np.float32)
        altered = (self.change != plain).any(axis=2)
        classes = classes_of(rows, self.pivots, self.group)
        return Exchanges(self.change, altered, rows, self.pivots, self.kind(), classes)


def _turns(waiting: Bools) -> list[tuple[Ints, Ints]]:
    """True places of a table as turns of (row, column), each row once in a turn."""
    row, column = np.nonzero(waiting)
    turn = np.arange(len(row)) - np.searchsorted(row, row)
    return [(row[turn == k], column[turn == k]) for k in range(int(turn.max(initial=-1)) + 1)]


def exchanges(rows: Floats, pivots: Ints, group: Codes, weight: Floats) -> Exchanges:
    """From one form to all patterns; arguments as of `_Exchanging`."""
    work = _Exchanging(rows, pivots, group, weight)
    work.enter_unmeasured()
    work.leave_exact()
    return work.done()
