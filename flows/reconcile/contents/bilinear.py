"""Least squares under products: a linear problem at the tangent, again and again (Gauss-Newton).

Each turn replaces r = a s by its tangent at the last point, and the whole of what is known of
linear networks holds: classes, bounds, posterior covariance. A step that makes things worse, by
the sum of squares and what is left over in the products, is shortened (l1 merit function; Nocedal
and Wright, Numerical Optimization, 2006, chapter 18). What cannot be observed is carried along at
some value that fits, so that tangents exist; it never has a value in the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.active import Wall, mark, nearest, pressing_walls, walls_of_unknown
from flows.reconcile.bounds import EQUATIONS
from flows.reconcile.classify import CONTRADICTED, Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.contents.approach import SHORTEST, Merit, start, values_of
from flows.reconcile.problem import GROUND, Readings, Row, System

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flows.reconcile.contents.products import ContentsProblem
    from flows.reconcile.plan import Plan, Solution

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: The share of a value by which what is not measured is tied to it on the way, how fast it is
#: loosened, the loosest, and the least value that counts.
LOOSE, LOOSEN, LOOSEST, LEAST = 0.3, 3.0, 1e4, 1e-6
APPROACH = 100
#: A value this many times the greatest one at the start is out of sight.
FAR = 1e9
#: Turns before it is said that none of it converges.
TURNS = 60
#: A step this share of every sigma is none; of a value that nothing may move, so many roundings.
STILL, ROUNDED = 1e-9, 1e-13
#: What may be left over in a product, as a share of what passes: of turns, of the answer, and
#: where nothing more is done about it.
NEAR, CLOSED, ROUNDING = 1e-10, 1e-12, 1e-14
#: A value this share of its sigma beyond a bound stands on it.
TOUCHING = 1e-9


@dataclass(frozen=True)
class Tangent:
    """The linear problem at one point and its answer.

    Attributes:
        plan: Of the system at that point; readings that hold a bound come after the others.
        values: Readings of that plan.
        x: Its solution, shape (n + held,); NaN where nothing is known.
        active: Bounds held, by variable.
        impossible: Variables whose bound nothing could fulfill.
        free: Values without bounds, where there are bounds that press.
    """

    plan: Plan
    values: Floats
    x: Floats
    active: dict[int, float]
    impossible: tuple[int, ...] = ()
    free: Floats | None = None

    @property
    def solution(self) -> Solution:
        """As the plan gives it: nothing is known where exact values contradict each other."""
        solution = self.plan.solve(self.values[None])
        return replace(solution, x=self.x[None]) if solution.feasible[0] else solution


@dataclass(frozen=True)
class Outcome:
    """Where the turns ended.

    Attributes:
        tangent: The last linear problem.
        converged: Whether the last step was none and every product closes, or cannot because
            exact values contradict each other.
        iterations: Linear problems solved.
        residual: Greatest rest of a product, as a share of it.
    """

    tangent: Tangent
    converged: bool
    iterations: int
    residual: float


def solve(problem: ContentsProblem) -> Outcome:
    """Reconcile all layers together.

    Where plain turns lead nowhere, what is not measured is tied for a while to where it is, ever
    more loosely (a proximal term: it moves the way, not the goal), and they begin anew from there.

    Raises:
        numpy.linalg.LinAlgError: If correlations are not positive definite.
    """
    first = start(problem)
    # A way that leads out of all numbers is one that does not converge.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        outcome = _turns(problem, first)
        if not outcome.converged:
            x, more = _approach(problem, first)
            again = _turns(problem, x)
            outcome = replace(again, iterations=outcome.iterations + more + again.iterations)
    return outcome


def _turns(problem: ContentsProblem, x: Floats) -> Outcome:
    """Gauss-Newton steps until there is none left to take."""
    merit = Merit(problem, x)
    tangent = tangent_at(problem, x)
    residual, farthest = np.inf, FAR * np.abs(x).max()
    for turn in range(1, TURNS + 1):
        known = ~np.isnan(tangent.x[: problem.size])
        goal = complete(tangent, x)
        step = goal - x
        residual = problem.residual(np.where(known, goal, np.nan))
        if _still(problem, tangent, step, goal)[known].all() and (
            residual <= NEAR or not tangent.solution.feasible[0]
        ):
            return _ended(problem, tangent, goal, turn)
        length = merit.length(x, step, tangent.active)
        if length is None and not tangent.solution.feasible[0]:
            length = 1.0  # nothing closes all of it: the next turn says whether that is so
        if length is None or not np.abs(goal).max() <= farthest:
            break
        x = x + length * step
        tangent = tangent_at(problem, x, tangent.active)
    return Outcome(tangent, converged=False, iterations=turn, residual=residual)


def _ended(problem: ContentsProblem, tangent: Tangent, x: Floats, turn: int) -> Outcome:
    """Re-close what rounding left over in the products: values known and not exact move a little.

    Least change in standard deviations under the tangents and all linear equations.
    """
    known = np.flatnonzero(~np.isnan(tangent.x[: problem.size]))
    value = np.where(np.isnan(tangent.x[: problem.size]), np.nan, x)
    matrix, right = problem.at(x).equations()
    rows = (np.delete(matrix, known, axis=1) == 0.0).all(axis=1)
    part, right = matrix[np.ix_(rows, known)], right[rows]
    residual = _left(problem, part, right, value[known], value)
    if residual > ROUNDING and tangent.solution.feasible[0]:
        weight = tangent.plan.sigma_x[known]
        weight[np.isin(known, list(tangent.active))] = 0.0
        size = np.abs(part * weight).max(axis=1, initial=0.0)
        some = size > 0.0
        rest = (right - part @ x[known])[some] / size[some]
        scaled = (part * weight)[some] / size[some, None]
        better = value.copy()
        better[known] += weight * np.linalg.lstsq(scaled, rest, rcond=1e-11)[0]
        left = _left(problem, part, right, better[known], better)
        if left < residual:
            value, residual = better, left
    closed = residual <= CLOSED or not tangent.solution.feasible[0]
    whole = np.concatenate([value, tangent.x[problem.size :]])
    return Outcome(replace(tangent, x=whole), closed, turn, residual)


def _left(
    problem: ContentsProblem, matrix: Floats, right: Floats, known: Floats, x: Floats
) -> float:
    """Greatest rest of a product or of a linear equation, as a share of its greatest term."""
    size = np.maximum(np.abs(matrix * known).max(axis=1, initial=0.0), np.abs(right))
    some = size > 0.0
    rest = np.abs(matrix @ known - right)[some] / size[some]
    return max(problem.residual(x), float(rest.max(initial=0.0)))


def _still(
    problem: ContentsProblem, tangent: Tangent, step: Floats, goal: Floats
) -> NDArray[np.bool_]:
    small = STILL * np.nan_to_num(tangent.plan.sigma_x[: problem.size])
    return np.asarray(np.abs(step) <= small + ROUNDED * problem.sizes(goal))


def _approach(problem: ContentsProblem, x: Floats) -> tuple[Floats, int]:
    """Steps in which nothing unmeasured moves far; where they end, and how many they were."""
    merit = Merit(problem, x)
    loose, active, turn = LOOSE, dict[int, float](), 0
    farthest = FAR * np.abs(x).max()
    while turn < APPROACH and loose >= SHORTEST:
        turn += 1
        tangent = tangent_at(problem, x, active, loose=loose)
        step = tangent.x[: problem.size] - x
        if (np.abs(step) <= ROUNDED * problem.sizes(x)).all():
            break
        length = merit.length(x, step, tangent.active) if np.abs(step).max() <= farthest else None
        loose = loose / LOOSEN if length is None else min(loose * LOOSEN * length, LOOSEST)
        if length is not None:
            x, active = x + length * step, tangent.active
    return x, turn


def tangent_at(
    problem: ContentsProblem,
    x: Floats,
    before: dict[int, float] | None = None,
    *,
    loose: float | None = None,
) -> Tangent:
    """The linear problem at a point, solved within its bounds.

    Args:
        problem: What is to be solved.
        x: The point.
        before: Bounds that are likely to press, by variable.
        loose: Tie what is not measured to the point with this share of it as its sigma.
    """
    system, readings, values = problem.at(x), problem.linear.readings, problem.linear.values
    if loose is not None:
        readings, values = _tied(problem, x, loose)
    plan = compile_plan(system, readings)
    free = Tangent(plan, values, values_of(plan, values), {})
    walls = [
        _wall(i, 1.0 if at == problem.low[i] else -1.0, at)
        for i, at in (before or {}).items()
        if plan.sigma_x[i] > 0.0
    ]
    pressed = _pressed(free, walls)
    while True:
        # As in `active.hold`: a wall of several bounds stays the one inequality it is, as long as
        # others show beyond it.
        fresh: list[Wall] = []
        if any(len(wall.holds) > 1 for wall in pressed):
            near = replace(free, x=nearest(plan, free.x, pressed))
            fresh = _fresh(problem, free, near, walls)
        if not fresh:
            current = _held(free, pressed)
            fresh = _fresh(problem, free, current, walls)
        if not fresh:
            beyond = {i for i, _, _ in _beyond(problem, free, current)}
            return replace(current, impossible=tuple(sorted(beyond)))
        walls += fresh
        pressed = _pressed(free, walls)


def _fresh(
    problem: ContentsProblem, free: Tangent, current: Tangent, walls: Sequence[Wall]
) -> list[Wall]:
    """Walls that a solution stands beyond, of known variables first; none watched already."""
    watched = {mark(wall) for wall in walls}
    unknown = np.isnan(free.plan.sigma_x)
    known = [_wall(*each) for each in _beyond(problem, free, current) if not unknown[each[0]]]

    def new(found: Sequence[Wall]) -> list[Wall]:
        return [wall for wall in found if mark(wall) not in watched and _moves(free.plan, wall)]

    return new(known) or new(_of_unknown(problem, free, current))


def _pressed(free: Tangent, walls: Sequence[Wall]) -> list[Wall]:
    """Those that press where the free answer moves least to fulfill all of them."""
    if not walls:
        return []
    press = pressing_walls(free.plan, free.x, walls)
    return [wall for wall, each in zip(walls, press, strict=True) if each]


def _wall(index: int, sign: float, at: float) -> Wall:
    """One bound: +1 the lower and -1 the upper."""
    return Wall(((index, sign),), sign * at, ((index, at),))


def _moves(plan: Plan, wall: Wall) -> bool:
    """Whether the readings leave any room to what a wall asks for."""
    index = np.array([i for i, _ in wall.terms], dtype=np.intp)
    weights = np.array([weight for _, weight in wall.terms])
    most = float(np.abs(weights) @ np.nan_to_num(plan.sigma_x[index]))
    if len(index) == 1:
        return most > 0.0
    return bool(np.linalg.norm(plan.root(index, weights[None])) > TOUCHING * most)


def _of_unknown(problem: ContentsProblem, free: Tangent, current: Tangent) -> list[Wall]:
    """What the bounds of unknown amounts ask of the known ones beside them, by linear equations."""
    size, system = problem.size, problem.linear.system
    unknown = [i for i, each in enumerate(free.plan.classes[:size]) if each is Class.UNOBSERVABLE]
    if not unknown or (len(system.nodes) + len(system.rows)) * size > EQUATIONS:
        return []
    return walls_of_unknown(
        system, unknown, current.x[:size], problem.low[unknown], problem.high[unknown]
    )


def _tied(problem: ContentsProblem, x: Floats, loose: float) -> tuple[Readings, Floats]:
    """Readings, and each other variable read as it is."""
    given = problem.linear.readings
    sigma = loose * np.maximum(np.abs(x), LEAST * problem.sizes(x))
    sigma[sigma == 0.0] = loose
    sigma[given.of] = given.sigma
    values = x.copy()
    values[given.of] = problem.linear.values
    correlation = None
    if given.correlation is not None:
        inexact = np.flatnonzero(sigma > 0.0)
        correlation = np.eye(len(inexact))
        at = np.searchsorted(inexact, given.of[given.sigma > 0.0])
        correlation[np.ix_(at, at)] = given.correlation
    return Readings(np.arange(problem.size, dtype=np.intp), sigma, correlation), values


def _beyond(
    problem: ContentsProblem, free: Tangent, current: Tangent
) -> list[tuple[int, float, float]]:
    """Variables beyond a bound: index, +1 the lower and -1 the upper, and where it stands."""
    x = current.x[: problem.size]
    low = problem.low.copy()
    for each in problem.products[: len(problem.contents)]:
        # An amount is not below 0 where neither factor is: one bound says it once.
        if not np.isnan(x[each.amount]) and not np.isnan(x[each.share]):
            low[each.result] = -np.inf
    tolerance = TOUCHING * np.nan_to_num(free.plan.sigma_x) + CONTRADICTED * problem.sizes(x)
    below = np.flatnonzero(x < low - tolerance)
    above = np.flatnonzero(x > problem.high + tolerance)
    found = [(int(i), 1.0, float(problem.low[i])) for i in below]
    return found + [(int(i), -1.0, float(problem.high[i])) for i in above]


def _held(free: Tangent, walls: Sequence[Wall]) -> Tangent:
    """The tangent's answer with every bound of those walls held."""
    active = {i: at for wall in walls for i, at in wall.holds}
    if not active:
        return free
    system, readings, values = free.plan.system, free.plan.readings, free.values
    names, rows = list(system.names), list(system.rows)
    measured = set(readings.of.tolist())
    exact: dict[int, float] = {}
    for i, at in active.items():
        if i in measured:
            names.append(f"{system.names[i]} bound")
            rows.append(Row(names[-1], ((len(names) - 1, 1.0), (i, -1.0))))
            exact[len(names) - 1] = at
        else:
            exact[i] = at
    loops = np.full(len(names) - system.size, GROUND, dtype=np.intp)
    larger = System(
        tuple(names),
        np.concatenate([system.tails, loops]),
        np.concatenate([system.heads, loops]),
        system.nodes,
        tuple(rows),
    )
    of = np.concatenate([readings.of, np.array(list(exact), dtype=np.intp)])
    order = np.argsort(of, kind="stable")
    sigma = np.concatenate([readings.sigma, np.zeros(len(exact))])[order]
    whole = np.concatenate([values, np.array(list(exact.values()))])[order]
    plan = compile_plan(larger, Readings(of[order], sigma, readings.correlation))
    return Tangent(plan, whole, values_of(plan, whole), active, free=free.x)


def complete(tangent: Tangent, before: Floats) -> Floats:
    """The solution, with what is not known moved as little as its equations ask for."""
    x = tangent.x.copy()
    unknown = np.flatnonzero(np.isnan(x))
    if len(unknown):
        matrix, right = tangent.plan.system.equations()
        rows = (matrix[:, unknown] != 0.0).any(axis=1)
        known = np.setdiff1d(np.arange(len(x)), unknown)
        last = before[unknown]
        size = np.abs(last)
        size[size == 0.0] = 1.0
        rest = right[rows] - matrix[np.ix_(rows, known)] @ x[known]
        part = matrix[np.ix_(rows, unknown)]
        scale = np.abs(part * size).max(axis=1)
        scale[scale == 0.0] = 1.0
        left = (rest - part @ last) / scale
        moved = np.linalg.lstsq(part * size / scale[:, None], left, rcond=1e-12)[0]
        x[unknown] = last + size * moved
    return x[: len(before)]
