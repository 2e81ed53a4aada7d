"""Which days leave to unknown flows what their bounds may not allow: a quick look at all days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.bounds import EQUATIONS
from flows.reconcile.classify import Class
from flows.reconcile.days.patterns import CODE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.days.batch import Batch
    from flows.reconcile.problem import System

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

#: Steps towards values of the unknown flows that lie within all bounds.
STEPS = 200
#: What counts as rounding in units of what the known flows leave.
ROUNDED = 1e-9


def without_room(system: System, answers: Batch, spans: tuple[Floats, Floats]) -> Bools:
    """Days on which no values of the unobservable variables within their bounds were found.

    That some are found proves that no bound of unknown flows presses; that none are found proves
    nothing: such a day is looked at by itself. Sought by projecting in turns on the equations and
    on the bounds (von Neumann).
    """
    unknown = answers.classes == CODE[Class.UNOBSERVABLE]
    unknown &= answers.feasible[:, None]
    result = np.zeros(len(unknown), dtype=np.bool_)
    days = np.flatnonzero(unknown.any(axis=1))
    if not len(days) or (len(system.nodes) + len(system.rows)) * system.size > EQUATIONS:
        return result
    matrix, right = system.equations()
    sets, of = np.unique(unknown[days], axis=0, return_inverse=True)
    for number, columns in enumerate(sets):
        own = days[of.reshape(-1) == number]
        rows = (matrix[:, columns] != 0.0).any(axis=1)
        part = matrix[np.ix_(rows, columns)]
        rest = right[rows] - np.nan_to_num(answers.x[own]) @ matrix[rows].T
        result[own] = ~_found(part, rest, spans[0][columns], spans[1][columns])
    return result


def _found(equations: Floats, rest: Floats, low: Floats, high: Floats) -> Bools:
    """For each line of `rest`, whether E u = rest with u within its bounds was found."""
    inverse = np.linalg.pinv(equations)
    start = np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, 0.0))
    values = np.repeat(start[None], len(rest), axis=0)
    size = np.abs(rest).max(axis=1, initial=0.0)
    found = np.zeros(len(rest), dtype=np.bool_)
    for _ in range(STEPS):
        left = np.flatnonzero(~found)
        if not len(left):
            break
        own = values[left] + (rest[left] - values[left] @ equations.T) @ inverse.T
        inside = np.clip(own, low, high)
        # Beyond the nearest point, so that what touches a bound only is reached in few steps.
        found[left] = np.abs(own - inside).max(axis=1, initial=0.0) <= ROUNDED * size[left]
        values[left] = inside
    return found
