"""One period reconciled: the one entry, for network files and parks alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.reconcile.active import hold, limits
from flows.reconcile.answer import answer
from flows.reconcile.compiling import compile_plan
from flows.reconcile.contents.layered import reconcile_layers
from flows.reconcile.huber.outweighed import finished
from flows.reconcile.huber.robust import Turn, huber
from flows.reconcile.huber.weighing import keys, weighing
from flows.reconcile.outlook.foundation import of_linear
from flows.reconcile.problem import build
from flows.reconcile.refusing import contradictions, refuse_unfit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.reconcile.active import Held
    from flows.reconcile.plan import Plan
    from flows.reconcile.problem import Problem
    from flows.reconcile.result import Reconciliation

    Floats = NDArray[np.float64]

#: What days solved together cannot take yet: share and flows would both be unknown, and their
#: product is bilinear.
UNSURE = "transfer coefficients with a sigma"


def reconcile(
    network: FlowNetwork,
    measured: Sequence[Measured],
    *,
    layer: str = "mass",
    days: float = 1.0,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    intervals: bool = True,
    robust: bool = False,
) -> Reconciliation:
    """Least-squares values that close all balances of a period.

    Minimizes (x - y)' V^-1 (x - y) under the balances, exact coefficients and exact relations
    (a coefficient with a sigma makes it bilinear: `flows.reconcile.contents.layered`);
    then, where the answer lies outside a bound or leaves to unknown flows what theirs do not
    allow, once more with the bounds that press as equalities. Standard deviations are then those
    given that the bounds hold.

    Args:
        network: Definitions that hold throughout the period.
        measured: Measured values of the period; further ones of the same flow are further
            measurements of it. Bias parts of one device are common to all its readings.
        layer: The layer to close, or "joint" for all layers of the flows together.
        days: Length of the period; `Flow.minimum` and `maximum` are per day.
        bounds: By id of flow or stock, least and greatest amount over the period, canonical
            unit; instead of those of the flow.
        intervals: Whether to seek what bounds leave to unobservable flows.
        robust: Make Huber's loss least in place of squares (`flows.reconcile.huber.robust`).

    Returns:
        Rows in the canonical unit of each flow.

    Raises:
        Refused: `value-range` if correlations are not positive definite together (names a
            pair); `too-great` if the problem is.
        KeyError: If a definition or measured value names an unknown flow.
    """
    if any(item.sigma or item.bias_sigma for item in network.coefficients):
        own = tuple(dict.fromkeys(flow.layer for flow in network.flows))
        layers = own if layer == "joint" else (layer,)
        return reconcile_layers(
            network, measured, layers=layers, days=days, bounds=bounds, robust=robust
        )
    problem = build(network, measured, layer=layer)
    refuse_unfit(network, measured, problem)
    plan = compile_plan(problem.system, problem.readings)
    solution = plan.solve(problem.values[None])
    found = contradictions(network, problem, plan, layer)
    if found:
        return answer(network, measured, problem, plan, solution, findings=found)
    spans = limits(network, problem, days, bounds or {})
    held = hold(network, measured, (problem, plan, solution), layer, spans)

    def answered(
        turn: _Turn, *, converged: bool = True, intervals: bool = intervals
    ) -> Reconciliation:
        at = turn.held
        ends = limits(network, at.problem, days, bounds or {}) if intervals else None
        result = answer(
            network,
            measured,
            at.problem,
            at.plan,
            at.solution,
            active=at.active,
            findings=at.findings,
            bounds=ends,
            converged=converged,
        )
        return replace(result, foundation=of_linear(*turn.free, spans) if converged else None)

    first = _turn(measured, held, (problem, plan))
    if not robust:
        return answered(first)
    weigh = weighing(problem.readings, keys(measured, problem))

    def weighted(weights: Floats) -> _Turn:
        def weighed(each: Problem) -> Problem:
            return weigh.apply(each, keys(measured, each), weights)

        own = weighed(problem)
        free = compile_plan(own.system, own.readings)
        solved = own, free, free.solve(own.values[None])
        return _turn(measured, hold(network, measured, solved, layer, spans, weighed), (own, free))

    outcome = huber(first, weigh, weighted)
    final = answered(outcome.turn, converged=outcome.converged)
    plain = answered(first, intervals=False)
    return finished(network, measured, plain, final, outcome, weigh)


@dataclass(frozen=True, eq=False)
class _Turn(Turn):
    """Least squares with weights.

    Attributes:
        held: Within the bounds.
        free: Problem and plan without them.
    """

    held: Held
    free: tuple[Problem, Plan]


def _turn(measured: Sequence[Measured], held: Held, free: tuple[Problem, Plan]) -> _Turn:
    return _Turn(
        held.plan,
        held.problem.values,
        held.solution.adjustment[0],
        keys(measured, held.problem),
        held,
        free,
    )
