"""One period reconciled: the one entry, for network files and parks alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.reconcile.active import hold, limits
from flows.reconcile.answer import answer
from flows.reconcile.compiling import compile_plan
from flows.reconcile.layered import reconcile_layers
from flows.reconcile.problem import build
from flows.reconcile.refusing import contradictions, refuse_unfit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.reconcile.result import Reconciliation

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
) -> Reconciliation:
    """Least-squares values that close all balances of a period.

    Minimizes (x - y)' V^-1 (x - y) under the balances, exact coefficients and exact relations
    (a coefficient with a sigma makes it bilinear: `flows.reconcile.layered`);
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

    Returns:
        Rows in the canonical unit of each flow.

    Raises:
        Refused: `value-range` if correlations are not positive definite together (names a
            pair); `not-built-yet` if the problem is too great.
        KeyError: If a definition or measured value names an unknown flow.
    """
    if any(item.sigma or item.bias_sigma for item in network.coefficients):
        own = tuple(dict.fromkeys(flow.layer for flow in network.flows))
        layers = own if layer == "joint" else (layer,)
        return reconcile_layers(network, measured, layers=layers, days=days, bounds=bounds)
    problem = build(network, measured, layer=layer)
    refuse_unfit(network, measured, problem)
    plan = compile_plan(problem.system, problem.readings)
    solution = plan.solve(problem.values[None])
    found = contradictions(network, problem, plan, layer)
    if found:
        return answer(network, measured, problem, plan, solution, findings=found)
    spans = limits(network, problem, days, bounds or {})
    held = hold(network, measured, (problem, plan, solution), layer, spans)
    return answer(
        network,
        measured,
        held.problem,
        held.plan,
        held.solution,
        active=held.active,
        findings=held.findings,
        bounds=limits(network, held.problem, days, bounds or {}),
    )
