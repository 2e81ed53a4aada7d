"""Draws from what is known after reconciliation: each one closes, together they spread rightly.

A draw is the reconciliation of the reconciled readings plus noise of the readings' own covariance
V. The estimator's covariance is then V - V A' W^-1 A V, the posterior covariance itself, and each
draw closes as well as any reconciled day: to rounding. (Tracing draws that do not close creates
tonnes.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import Class

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.plan import Plan

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: Share of draws within all bounds below which rejection is given up.
RARE = 0.02
#: Bounds are kept to this share of the sigma of what they bound.
KEPT = 1e-9
#: Sweeps over the pressing bounds of all draws.
SWEEPS = 2000


@dataclass(frozen=True, eq=False)
class Draws:
    """Possible states of one period.

    Attributes:
        x: Shape (draws, n); NaN where a variable is unobservable.
        method: "free" without bounds; "rejected" where draws beyond a bound were drawn again
            (the posterior law given the bounds); "projected" where too few lay within them, and
            each was moved to the nearest state within, in the metric of the posterior covariance
            (what piles up on a bound is then the chance of lying beyond it).
        within: Share of free draws that lay within all bounds.
    """

    x: Floats
    method: str
    within: float


def posterior_draws(
    plan: Plan,
    values: Floats,
    count: int,
    *,
    seed: int = 0,
    low: Floats | None = None,
    high: Floats | None = None,
) -> Draws:
    """Draw states of a period from its posterior law.

    Args:
        plan: Compiled plan.
        values: Readings of the period, shape (k,).
        count: Number of draws.
        seed: Of the generator (PCG64).
        low: Least value of each variable, shape (n,), -inf for none; None: no bounds.
        high: Greatest value likewise.

    Raises:
        ValueError: If the exact values of the period contradict each other, or no state within
            the bounds was found.
    """
    best = plan.solve(values[None])
    if not best.feasible[0]:
        raise ValueError("exact values contradict each other")
    center = best.x[0, plan.readings.of]
    rng = np.random.default_rng(seed)
    x = _draw(plan, center, count, rng)
    if low is None and high is None:
        return Draws(x, "free", 1.0)
    size = plan.system.size
    least = np.full(size, -np.inf) if low is None else low
    most = np.full(size, np.inf) if high is None else high
    # What is exact is as it is, and a bound it stands on is kept to rounding.
    free = np.array([c not in {Class.EXACT, Class.UNOBSERVABLE} for c in plan.classes])
    slack = KEPT * np.nan_to_num(plan.sigma_x)
    least = np.where(free, least - slack, -np.inf)
    most = np.where(free, most + slack, np.inf)
    inside = _inside(x, least, most)
    share = float(inside.mean()) if count else 1.0
    if share >= RARE:
        return Draws(_again(plan, center, x[inside], count, rng, (least, most)), "rejected", share)
    return Draws(_projected(plan, x, (least + slack, most - slack), slack), "projected", share)


def _draw(plan: Plan, center: Floats, count: int, rng: np.random.Generator) -> Floats:
    sigma = plan.readings.sigma
    noise = np.zeros((count, len(sigma)))
    inexact = np.flatnonzero(sigma > 0.0)
    free = rng.standard_normal((count, len(inexact)))
    if plan.readings.correlation is not None:
        free = free @ np.linalg.cholesky(plan.readings.correlation).T
    noise[:, inexact] = free * sigma[inexact]
    return plan.solve(center + noise).x


def _inside(x: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    return np.asarray(~((x < low) | (x > high)).any(axis=1))


def _again(
    plan: Plan,
    center: Floats,
    kept: Floats,
    count: int,
    rng: np.random.Generator,
    bounds: tuple[Floats, Floats],
) -> Floats:
    parts, have = [kept], len(kept)
    while have < count:
        more = _draw(plan, center, count, rng)
        more = more[_inside(more, *bounds)]
        parts.append(more)
        have += len(more)
    return np.concatenate(parts)[:count]


def _projected(plan: Plan, x: Floats, bounds: tuple[Floats, Floats], slack: Floats) -> Floats:
    """Nearest states within the bounds: multipliers by coordinates (Hildreth, 1957), all draws.

    x + C G' m with m >= 0 and m'(G x - g) = 0; C the posterior covariance, one m a bound.
    """
    known = np.flatnonzero(~np.isnan(plan.sigma_x) & (plan.sigma_x > 0.0))
    covariance = plan.covariance(known)
    signed = [
        (place, sign, bound[variable])
        for sign, bound in zip((1.0, -1.0), bounds, strict=True)
        for place, variable in enumerate(known.tolist())
        if np.isfinite(bound[variable])
    ]
    moved = x[:, known].copy()
    multipliers = np.zeros((len(x), len(signed)))
    for _ in range(SWEEPS):
        worst = 0.0
        for number, (place, sign, end) in enumerate(signed):
            lack = sign * (end - moved[:, place])
            step = np.maximum(multipliers[:, number] + lack / covariance[place, place], 0.0)
            change = step - multipliers[:, number]
            some = np.flatnonzero(change)
            if not len(some):
                continue
            multipliers[some, number] = step[some]
            moved[some] += sign * change[some, None] * covariance[place]
            worst = max(
                worst, float(np.abs(change[some]).max() * np.sqrt(covariance[place, place]))
            )
        if worst <= KEPT / 10.0:
            break
    place_of = {variable: place for place, variable in enumerate(known.tolist())}
    values = x[:, plan.readings.of].copy()
    for column, variable in enumerate(plan.readings.of.tolist()):
        if variable in place_of:
            values[:, column] = moved[:, place_of[variable]]
    # Closed once more, to rounding.
    closed = plan.solve(values).x
    low, high = bounds
    if not _inside(closed, low - 100.0 * slack, high + 100.0 * slack).all():
        raise ValueError("no state within the bounds was found")
    return closed
