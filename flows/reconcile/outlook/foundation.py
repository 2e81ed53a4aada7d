"""What an answer was worked out of: for draws from it, and where to measure next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.compiling import compile_plan
from flows.reconcile.problem import System

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flows.reconcile.contents.bilinear import Tangent
    from flows.reconcile.contents.products import ContentsProblem
    from flows.reconcile.plan import Plan
    from flows.reconcile.problem import Problem, Readings

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Foundation:
    """The linear problem behind an answer, without the bounds that it holds.

    Attributes:
        system, readings: Of several layers, or shares with a sigma, the tangent at the answer.
        values: Readings, layer units, shape (k,).
        low, high: Bounds of every variable, shape (n,).
        where: Variable of each flow and stock; of what a flow carries by `<flow>:<layer>`.
        factor: Layer units per unit of the answer, by variable, shape (n,).
        tangent: Whether products were replaced by their tangents.
        compiled: Its plan where there is one already.
    """

    system: System
    readings: Readings
    values: Floats
    low: Floats
    high: Floats
    where: Mapping[str, int]
    factor: Floats
    tangent: bool = False
    compiled: Plan | None = None

    @cached_property
    def plan(self) -> Plan:
        """Compiled when it is asked for: most answers are never drawn from."""
        return self.compiled or compile_plan(self.system, self.readings)


def of_linear(problem: Problem, plan: Plan, spans: tuple[Floats, Floats]) -> Foundation:
    """Of balances alone: the problem without bounds held, its plan, and all bounds."""
    where = {**problem.flows, **problem.stocks}
    return Foundation(
        problem.system,
        problem.readings,
        problem.values,
        *spans,
        where,
        problem.factor,
        compiled=plan,
    )


def of_tangent(problem: ContentsProblem, tangent: Tangent) -> Foundation:
    """Of several layers: the tangent at the answer, bounds that it holds taken off again."""
    linear, system = problem.linear, tangent.plan.system
    if tangent.active:
        count = problem.size
        rows = system.rows[: len(linear.system.rows) + len(problem.products)]
        system = System(
            system.names[:count], system.tails[:count], system.heads[:count], system.nodes, rows
        )
    low = problem.low.copy()
    for each in problem.products[: len(problem.contents)]:
        # as the answer has it: an amount is not below 0 where neither factor is
        low[each.result] = -np.inf
    carried = {
        f"{flow}:{layer}": index
        for (flow, layer), index in problem.amounts.items()
        if (flow, layer) in problem.contents
    }
    return Foundation(
        system,
        linear.readings,
        linear.values,
        low,
        problem.high,
        {**linear.flows, **linear.stocks, **carried},
        linear.factor,
        tangent=True,
        compiled=None if tangent.active else tangent.plan,
    )
