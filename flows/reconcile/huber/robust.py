"""Huber's loss in place of squares: a gross error of one reading moves its neighbors less.

Minimizes sum rho(e_i / s_i) + c' E^-1 c / 2 under balances and bounds, x = y - e - c, rho(a) being
a^2 / 2 up to a constant k and k |a| - k^2 / 2 beyond. By iteratively reweighted least squares: the
weight k / |a| of a reading beyond k widens its sigma, nothing else changes, and every turn makes
the loss smaller. Where turns are slow, the readings beyond k are found by the dual problem, which
is one of least distance. (Huber, Ann. Math. Stat. 35, 1964; Holland and Welsch, Commun. Stat. A 6,
1977; unverified. The efficiency is: see `CONSTANT`.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from flows.reconcile.bounds import pressing
from flows.reconcile.compiling import DENSE_LIMIT
from flows.reconcile.gross.redundancy import rows_of
from flows.reconcile.huber.weighing import places

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from flows.reconcile.huber.weighing import Key, Weighing
    from flows.reconcile.plan import Plan

    Floats = NDArray[np.float64]

#: k: 95 % as efficient as least squares where errors are normal, (E psi')^2 / E psi^2 = 0.95
#: (Holland and Welsch, 1977; well known, and worked out in the tests).
CONSTANT = 1.345
#: Turns before it is said that they do not converge, and after which the dual is asked.
TURNS, ASKED = 100, frozenset({4, 8, 16, 32, 64})
#: Weights that change by no more than this share of them stand still.
STILL = 1e-9
#: The dual's multipliers are right to this.
RIGHT = 1e-9


@dataclass(frozen=True, eq=False)
class Turn:
    """Least squares with certain weights, within the bounds.

    Attributes:
        plan: Bounds that are held are exact readings of it.
        values, adjustment: Of its readings, shape (k,).
        variables: Variable of each reading that was given.
        led: Whether its own turns led to an answer.
    """

    plan: Plan
    values: Floats
    adjustment: Floats
    variables: Mapping[Key, int]
    led: bool = field(default=True, kw_only=True)


T = TypeVar("T", bound=Turn)


@dataclass(frozen=True, eq=False)
class Outcome(Generic[T]):
    """Where the turns ended.

    Attributes:
        turn: The last one.
        weights: Of each reading that can be weighed, shape (r,).
        turns: How many there were.
        converged: Whether the weights are those of their own answer.
        loss: Twice the loss; chi2 where no reading is beyond the constant. None without an end.
    """

    turn: T
    weights: Floats
    turns: int
    converged: bool
    loss: float | None


def huber(first: T, weighing: Weighing, solve: Callable[[Floats], T]) -> Outcome[T]:
    """Turns from plain least squares to the least loss.

    Args:
        first: Least squares with all weights 1.
        weighing: What can be weighed.
        solve: Least squares with weights, shape (r,).
    """
    turn, weights = first, np.ones(len(weighing.keys))
    own, _ = _parts(turn, weighing, weights)
    for count in range(1, TURNS + 1):
        wanted = CONSTANT / np.maximum(np.abs(own), CONSTANT)
        if (np.abs(wanted - weights) <= STILL * weights).all():
            loss = _loss(turn, weighing, weights)
            return Outcome(turn, weights, count, converged=True, loss=loss)
        weights = _dual(turn, weighing, own) if count in ASKED else wanted
        turn = solve(weights)
        if not turn.led:
            return Outcome(turn, weights, count + 1, converged=False, loss=None)
        own, _ = _parts(turn, weighing, weights)
    return Outcome(turn, weights, TURNS, converged=False, loss=None)


def _parts(turn: Turn, weighing: Weighing, weights: Floats) -> tuple[Floats, Floats]:
    """Own part of each reading in its sigma, e / s, and s g with g = V^-1 (x - y).

    Stationary is psi(e / s) = s g, and e = s^2 g / w where V holds the weight w.
    """
    readings = turn.plan.readings
    inexact = readings.sigma > 0.0
    force = np.zeros(len(readings.of))
    scaled = turn.adjustment[inexact] / readings.sigma[inexact]
    if readings.correlation is not None:
        scaled = np.asarray(np.linalg.solve(readings.correlation, scaled))
    force[inexact] = scaled / readings.sigma[inexact]
    pull = weighing.own * force[places(turn.plan.readings, turn.variables, weighing.keys)]
    return pull / weights, pull


def _loss(turn: Turn, weighing: Weighing, weights: Floats) -> float:
    """2 sum rho(e / s) + c' E^-1 c: adjustments are -(e + c), and V^-1 of both is g."""
    own, pull = _parts(turn, weighing, weights)
    size = np.abs(own)
    beyond = 2.0 * CONSTANT * size - CONSTANT**2
    readings = turn.plan.readings
    inexact = readings.sigma > 0.0
    scaled = turn.adjustment[inexact] / readings.sigma[inexact]
    other = scaled
    if readings.correlation is not None:
        other = np.asarray(np.linalg.solve(readings.correlation, scaled))
    # g' V g with the weights is pull' e / s for the own parts, and c' E^-1 c for the others.
    common = float(scaled @ other) - float(pull @ own)
    return max(common, 0.0) + float(np.where(size > CONSTANT, beyond, size**2).sum())


def _dual(turn: Turn, weighing: Weighing, own: Floats) -> Floats:
    """Weights of the least loss with the bounds that are held now; else the next ones in turn.

    With residuals r = G y - g of covariance S = G V G' = L L', h_i = s_i L^-1 G e_i and w = L^-1 r
    the dual is min |u - w|^2 under |h_i'u| <= k: where h_i'u stands at k the reading is beyond it,
    by its multiplier.
    """
    wanted = CONSTANT / np.maximum(np.abs(own), CONSTANT)
    system, readings = turn.plan.system, turn.plan.readings
    if (len(system.nodes) + len(system.rows)) * system.size > DENSE_LIMIT:
        return wanted
    rows, right, _, _ = rows_of(system, readings)
    at = places(turn.plan.readings, turn.variables, weighing.keys)
    covariance = _unweighted(turn, weighing)
    scale = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
    if not (scale > 0.0).all():
        return wanted
    rows, right = rows / scale[:, None], right / scale
    try:
        root = np.linalg.cholesky(rows @ covariance @ rows.T)
    except np.linalg.LinAlgError:
        return wanted
    h = np.linalg.solve(root, rows[:, at]).T * weighing.own[:, None]
    white = np.linalg.solve(root, rows @ turn.values - right)
    found = _multipliers(h, white, *_now(own))
    if found is None:
        found = _search(h, white)
    return wanted if found is None else np.asarray(CONSTANT / (CONSTANT + found))


def _now(own: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The readings that are beyond the constant in this turn, and to which side.

    Taken first, this set keeps together what no datum tells apart; a search would blame one.
    """
    beyond = np.flatnonzero(np.abs(own) > CONSTANT * (1.0 - STILL))
    # x - y = -(e + c): residuals and adjustments have opposite signs
    return beyond, -np.sign(own[beyond])


def _point(rows: Floats, white: Floats) -> Floats:
    """The nearest point at which these sums stand at the constant."""
    return np.asarray(white + np.linalg.lstsq(rows, CONSTANT - rows @ white, rcond=None)[0])


def _multipliers(
    h: Floats, white: Floats, beyond: NDArray[np.intp], signs: Floats
) -> Floats | None:
    """By how much each is beyond the constant, shape (r,), if exactly these are; else None."""
    rows = signs[:, None] * h[beyond]
    point = _point(rows, white)
    if (np.abs(h @ point) > CONSTANT + RIGHT).any() or (rows @ point < CONSTANT - RIGHT).any():
        return None
    by = np.linalg.lstsq(rows.T, white - point, rcond=None)[0]
    if (by < -RIGHT * np.abs(by).max(initial=1.0)).any():
        return None
    found = np.zeros(len(h))
    found[beyond] = np.maximum(by, 0.0)
    return found


def _search(h: Floats, white: Floats) -> Floats | None:
    """The same, by watching ever more of them; None where that comes to no end."""
    watched = np.zeros(0, dtype=np.intp)
    signs = np.zeros(0)
    active, point = watched, white
    while True:
        reach = h @ point
        seen = set(zip(watched.tolist(), signs.tolist(), strict=True))
        beyond = np.flatnonzero(np.abs(reach) > CONSTANT + RIGHT).tolist()
        fresh = np.array([i for i in beyond if (i, np.sign(reach[i])) not in seen], dtype=np.intp)
        if not len(fresh):
            return _multipliers(h, white, watched[active], signs[active])
        watched = np.append(watched, fresh)
        signs = np.append(signs, np.sign(reach[fresh]))
        rows = signs[:, None] * h[watched]
        try:
            active = np.flatnonzero(pressing(-rows, rows @ white - CONSTANT))
        except RuntimeError:  # the turns of non-negative least squares are limited
            return None
        if not len(active):
            return None
        point = _point(rows[active], white)


def _unweighted(turn: Turn, weighing: Weighing) -> Floats:
    """V of the readings of a turn, without weights."""
    readings = turn.plan.readings
    inexact = np.flatnonzero(readings.sigma > 0.0)
    scale = readings.sigma[inexact]
    covariance = np.zeros((len(readings.of), len(readings.of)))
    if readings.correlation is not None:
        covariance[np.ix_(inexact, inexact)] = readings.correlation * np.outer(scale, scale)
    variance = readings.sigma**2
    variance[places(readings, turn.variables, weighing.keys)] = weighing.sigma**2
    np.fill_diagonal(covariance, variance)
    return covariance
