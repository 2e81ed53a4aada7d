"""The active set: the least-squares solution with the bounds that press held as equalities."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.findings import finding
from flows.measured import Measured
from flows.reconcile.bounds import pressing
from flows.reconcile.classify import CONTRADICTED
from flows.reconcile.plan import compile_plan
from flows.reconcile.problem import GROUND, build

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.reconcile.plan import Plan, Solution
    from flows.reconcile.problem import Problem

    Floats = NDArray[np.float64]
    Limits = tuple[Floats, Floats]
    Solved = tuple[Problem, Plan, Solution]

#: A value this share of its sigma beyond a bound stands on it.
TOUCHING = 1e-9


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


def hold(
    network: FlowNetwork,
    measured: Sequence[Measured],
    free: Solved,
    layer: str,
    spans: Limits,
) -> Held:
    """Active set from the least-distance problem over the bounds seen violated so far.

    A bound enters as an exact further reading of its flow. The search ends when the solution
    with the pressing bounds as equalities violates none: it is the optimum of a problem with
    fewer bounds and fulfills all. A bound on what exact values alone decide cannot be helped.
    """
    problem, plan, solution = free
    names = {index: name for name, index in (problem.flows | problem.stocks).items()}
    watched: list[tuple[int, float]] = []
    active: dict[str, float] = {}
    current = free
    while True:
        fresh = [
            item
            for item in _beyond(free, current, spans)
            if item not in watched and plan.sigma_x[item[0]] > 0.0
        ]
        if not fresh:
            break
        watched += fresh
        index = np.array([item[0] for item in watched], dtype=np.intp)
        sign = np.array([item[1] for item in watched])
        limit = np.where(sign > 0.0, spans[0][index], spans[1][index])
        covariance = plan.covariance(index) * np.outer(sign, sign)
        press = pressing(covariance, sign * (limit - solution.x[0][index]))
        active = {
            names[int(i)]: float(at) for i, at in zip(index[press], limit[press], strict=True)
        }
        current = _with_exact(network, measured, problem, active, layer) if active else free
        if not active or not current[2].feasible[0]:
            active, current = {}, free
            break
    found = [
        _outside("bound-violated", problem, spans, index, solution.x[0][index])
        for index, name in names.items()
        if name in active
    ]
    left = _terms(problem, current[0], current[2].x[0])
    found += [
        _outside("bound-impossible", problem, spans, index, left[index])
        for index, _ in _beyond(free, current, spans)
    ]
    return Held(*current, active, tuple(found))


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


def _beyond(free: Solved, current: Solved, spans: Limits) -> list[tuple[int, float]]:
    """Variables beyond a bound, +1 the lower and -1 the upper."""
    x = _terms(free[0], current[0], current[2].x[0])
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
) -> Solved:
    where = problem.flows | problem.stocks
    extra = [
        Measured(name, limit / problem.factor[where[name]], 0.0) for name, limit in active.items()
    ]
    held = build(network, [*measured, *extra], layer=layer)
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
