"""The active set: the least-squares solution with the bounds that press held as equalities."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.findings import finding
from flows.measured import Measured
from flows.reconcile.bounds import EQUATIONS, cuts, pressing
from flows.reconcile.classify import CONTRADICTED, Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.problem import GROUND, build

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.reconcile.plan import Plan, Solution
    from flows.reconcile.problem import Problem, System

    Floats = NDArray[np.float64]
    Limits = tuple[Floats, Floats]
    Solved = tuple[Problem, Plan, Solution]

#: Code of what is said of a bound that was held.
BEYOND = "bound-violated"
#: A value this share of its sigma beyond a bound stands on it.
TOUCHING = 1e-9
#: Digits in which weights of one wall agree with those of another that is the same.
SAME = 6


@dataclass(frozen=True)
class Held:
    """A solution within its bounds.

    Attributes:
        active: Bound of each flow or stock that stands at one, in the layer's unit.
        findings: Bounds that nothing could fulfill.
    """

    problem: Problem
    plan: Plan
    solution: Solution
    active: dict[str, float] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def limits(
    network: FlowNetwork, problem: Problem, days: float, bounds: Mapping[str, tuple[float, float]]
) -> tuple[Floats, Floats]:
    """Bounds of every variable, in the layer's unit."""
    low, high = (np.full(problem.system.size, sign * np.inf) for sign in (-1.0, 1.0))
    for name, index in (problem.flows | problem.stocks).items():
        flow = network.flow.get(name)
        least, most = (flow.minimum * days, flow.maximum * days) if flow else (-np.inf, np.inf)
        least, most = bounds.get(name, (least, most))
        low[index], high[index] = (
            least * problem.factor[index],
            most * problem.factor[index],
        )
    return low, high


def _scales(problem: Problem, x: Floats) -> Floats:
    """Greatest known flow at the ends of each variable: what its rounding is measured by."""
    size = np.where(np.isnan(x), 0.0, np.abs(x))
    system = problem.system
    greatest = np.zeros(len(system.nodes) + 1)
    for ends in (system.tails, system.heads):
        np.maximum.at(greatest, ends, size)
    greatest[GROUND] = 0.0
    return np.maximum(size, np.maximum(greatest[system.tails], greatest[system.heads]))


@dataclass(frozen=True)
class Wall:
    """What bounds ask of the known variables: sum(weight * x) >= least.

    Attributes:
        holds: The bounds of which it is made, by variable: one, or those of unknown flows that
            cannot take up together what the known ones leave to them.
    """

    terms: tuple[tuple[int, float], ...]
    least: float
    holds: tuple[tuple[int, float], ...]


def hold(
    network: FlowNetwork,
    measured: Sequence[Measured],
    free: Solved,
    layer: str,
    spans: Limits,
    weighed: Callable[[Problem], Problem] | None = None,
) -> Held:
    """Active set from the least-distance problem over the walls seen violated so far.

    A bound enters as an exact further reading of its flow. The search ends when the solution
    with the pressing bounds as equalities violates none: it is the optimum of a problem with
    fewer bounds and fulfills all. A bound on what exact values alone decide cannot be helped.

    On the way a wall made of several bounds is kept as the one inequality it is: only where
    unknown flows can make up the rest do its bounds stand as equalities each by itself.

    `weighed` puts into a problem with further readings the weights that `free` has.
    """
    problem, plan, solution = free
    names = {index: name for name, index in (problem.flows | problem.stocks).items()}
    walls: list[Wall] = []
    pressed: list[Wall] = []
    active: dict[str, float] = {}
    current, x = free, solution.x[0]
    while True:
        together = any(len(wall.holds) > 1 for wall in pressed)
        fresh = _fresh(free, nearest(plan, x, pressed), spans, walls) if together else []
        if not fresh:
            if active:
                current = _with_exact(network, measured, problem, active, layer, weighed)
            if not current[2].feasible[0]:
                pressed, active, current = [], {}, free
                break
            fresh = _fresh(free, _terms(problem, current[0], current[2].x[0]), spans, walls)
        if not fresh:
            break
        walls += fresh
        press = pressing_walls(plan, x, walls)
        pressed = [wall for wall, each in zip(walls, press, strict=True) if each]
        active = {names[i]: at for wall in pressed for i, at in wall.holds}
        if not active:
            current = free
            break
    order = {name: place for place, name in enumerate(names.values())}
    active = {name: active[name] for name in sorted(active, key=order.__getitem__)}
    found = [_held(problem, spans, wall, solution.x[0]) for wall in pressed]
    left = _terms(problem, current[0], current[2].x[0])
    found += [
        _outside("bound-impossible", problem, spans, index, left[index])
        for index, _ in _beyond(free, left, spans)
    ]
    return Held(*current, active, tuple(found))


def _fresh(free: Solved, x: Floats, spans: Limits, walls: Sequence[Wall]) -> list[Wall]:
    """Walls that a solution stands beyond and that are not watched yet: of known flows first.

    A flow that only bounds held elsewhere made known cannot be moved by itself: what its bound asks
    of the known ones is seen in what the unknown ones cannot take up together.
    """
    known = [
        Wall(((i, sign),), sign * end, ((i, float(end)),))
        for i, sign in _beyond(free, x, spans)
        for end in [spans[0 if sign > 0.0 else 1][i]]
    ]
    return _new(free, known, walls) or _new(free, _of_unknown(free, x, spans), walls)


def _new(free: Solved, found: Sequence[Wall], walls: Sequence[Wall]) -> list[Wall]:
    """Those that are not watched yet and that what is not exact can move to."""
    watched = {mark(wall) for wall in walls}
    sigma = np.nan_to_num(free[1].sigma_x)
    result = []
    for wall in found:
        index = np.array([i for i, _ in wall.terms], dtype=np.intp)
        weights = np.array([weight for _, weight in wall.terms])
        if mark(wall) in watched:
            continue
        most = float(np.abs(weights) @ sigma[index])
        alone = len(index) == 1
        room = most if alone else np.linalg.norm(free[1].root(index, weights[None]))
        if room > TOUCHING * most:
            result.append(wall)
    return result


def mark(wall: Wall) -> tuple[object, ...]:
    """The same for walls that ask the same: bounds, and weights to more than rounding."""
    if len(wall.holds) == 1 and len(wall.terms) == 1:
        return wall.holds
    most = max((abs(weight) for _, weight in wall.terms), default=1.0)
    return wall.holds, tuple((i, round(weight / most, ndigits=SAME)) for i, weight in wall.terms)


def _of_unknown(free: Solved, x: Floats, spans: Limits) -> list[Wall]:
    """What the bounds of unknown flows ask of the known ones beside them."""
    problem, plan, _ = free
    system = problem.system
    unknown = [i for i, each in enumerate(plan.classes) if each is Class.UNOBSERVABLE]
    if not unknown or (len(system.nodes) + len(system.rows)) * system.size > EQUATIONS:
        return []
    return walls_of_unknown(system, unknown, x, spans[0][unknown], spans[1][unknown])


def walls_of_unknown(
    system: System, unknown: Sequence[int], x: Floats, low: Floats, high: Floats
) -> list[Wall]:
    """What unknown variables cannot take within their bounds, as walls of the known ones.

    Args:
        system: Its linear equations.
        unknown: Variables without a value.
        x: Values of the known ones, shape (n,).
        low: Lower bounds of the unknown ones.
        high: Upper ones.
    """
    matrix, right = system.equations()
    with_unknown = (matrix[:, unknown] != 0.0).any(axis=1)
    matrix, right = matrix[with_unknown], right[with_unknown]
    known = np.setdiff1d(np.arange(system.size), unknown)
    rest = right - matrix[:, known] @ x[known]
    size = np.abs(right) + np.abs(matrix[:, known]) @ np.abs(x[known])
    result = []
    for cut in cuts(matrix[:, unknown], rest, size, low, high):
        # w'(right - K x) <= most
        by = cut.weights @ matrix[:, known]
        terms = tuple((int(known[i]), float(by[i])) for i in np.flatnonzero(by))
        holds = tuple((unknown[i], at) for i, at in cut.at.items())
        result.append(Wall(terms, float(cut.weights @ right) - cut.most, holds))
    return result


def pressing_walls(plan: Plan, x: Floats, walls: Sequence[Wall]) -> NDArray[np.bool_]:
    """Which walls press where x moves least to fulfill all of them."""
    index = np.array(sorted({i for wall in walls for i, _ in wall.terms}), dtype=np.intp)
    place = {int(i): column for column, i in enumerate(index)}
    weights = np.zeros((len(walls), len(index)))
    for row, wall in enumerate(walls):
        for i, weight in wall.terms:
            weights[row, place[i]] += weight
    short = np.array([wall.least for wall in walls]) - weights @ x[index]
    return pressing(plan.root(index, weights), short)


def nearest(plan: Plan, x: Floats, walls: Sequence[Wall]) -> Floats:
    """The observable variables moved least, in the metric of their covariance, onto the walls."""
    known = np.flatnonzero(~np.isnan(x))
    place = {int(i): column for column, i in enumerate(known)}
    weights = np.zeros((len(walls), len(known)))
    for row, wall in enumerate(walls):
        for i, weight in wall.terms:
            weights[row, place[i]] += weight
    root = plan.root(known, np.vstack([np.eye(len(known)), weights]))
    of_walls = root[len(known) :]
    scale = np.linalg.norm(of_walls, axis=1)
    short = np.array([wall.least for wall in walls]) - weights @ x[known]
    step = np.linalg.lstsq(of_walls / scale[:, None], short / scale, rcond=None)[0]
    moved = x.copy()
    moved[known] += root[: len(known)] @ step
    return moved


def _held(problem: Problem, spans: Limits, wall: Wall, x: Floats) -> Finding:
    """What a wall is made of: one flow outside its bounds, or unknown ones together."""
    if len(wall.holds) == 1 and not np.isnan(x[wall.holds[0][0]]):
        index = wall.holds[0][0]
        return _outside(BEYOND, problem, spans, index, x[index])
    names = {i: name for name, i in (problem.flows | problem.stocks).items()}
    members = ", ".join(names[i] for i, _ in wall.holds)
    return replace(finding(BEYOND, members), params={"problem": "together", "members": members})


def _outside(code: str, problem: Problem, spans: Limits, index: int, value: float) -> Finding:
    """What a flow would have to be, and its bounds, canonical unit; no word for an open end."""
    factor = problem.factor[index]
    names = {i: name for name, i in (problem.flows | problem.stocks).items()}
    name = names[index]
    params: dict[str, object] = {"members": name, "value": float(value / factor), "unit": ""}
    for key, span in zip(("low", "high"), spans, strict=True):
        if np.isfinite(span[index]):
            params[key] = float(span[index] / factor)
    return replace(finding(code, name), params=params)


def _beyond(free: Solved, x: Floats, spans: Limits) -> list[tuple[int, float]]:
    """Variables beyond a bound, +1 the lower and -1 the upper."""
    sigma = np.nan_to_num(free[2].sigma_x)
    tolerance = TOUCHING * sigma + CONTRADICTED * _scales(free[0], x)
    below = np.flatnonzero(x < spans[0] - tolerance)
    above = np.flatnonzero(x > spans[1] + tolerance)
    return [(int(i), 1.0) for i in below] + [(int(i), -1.0) for i in above]


def _with_exact(
    network: FlowNetwork,
    measured: Sequence[Measured],
    problem: Problem,
    active: Mapping[str, float],
    layer: str,
    weighed: Callable[[Problem], Problem] | None,
) -> Solved:
    where = problem.flows | problem.stocks
    extra = [
        Measured(name, limit / problem.factor[where[name]], 0.0) for name, limit in active.items()
    ]
    held = build(network, [*measured, *extra], layer=layer)
    if weighed is not None:
        held = weighed(held)
    plan = compile_plan(held.system, held.readings)
    return held, plan, plan.solve(held.values[None])


def _terms(free: Problem, held: Problem, values: Floats) -> Floats:
    """Values of the variables of one problem, by those of another with further readings."""
    result = np.full(free.system.size, np.nan)
    for part, other in (
        (free.flows, held.flows),
        (free.stocks, held.stocks),
        (free.relations, held.relations),
        (free.extras, held.extras),
    ):
        for name, index in part.items():
            result[index] = values[other[name]]  # type: ignore[index]  # each pair has one key type
    return result
