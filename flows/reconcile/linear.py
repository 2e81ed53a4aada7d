"""One period reconciled: the one entry, for network files and parks alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.errors import Refused
from flows.findings import finding
from flows.layers import LAYERS
from flows.reconcile.active import hold, limits
from flows.reconcile.answer import answer, names_of
from flows.reconcile.classify import CONTRADICTED
from flows.reconcile.compiling import compile_plan
from flows.reconcile.problem import build

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.reconcile.plan import Plan
    from flows.reconcile.problem import Problem
    from flows.reconcile.result import Reconciliation

    Floats = NDArray[np.float64]

#: Echelon entries and correlated readings that one answer may take.
LARGEST_DENSE = 60_000_000
LARGEST_CORRELATED = 4_000

#: What cannot be solved yet: share and flows would both be unknown, and their product is bilinear.
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

    Minimizes (x - y)' V^-1 (x - y) under the balances, exact coefficients and exact relations;
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
            pair); `not-built-yet` if the problem is too great or a coefficient is not exact.
        KeyError: If a definition or measured value names an unknown flow.
    """
    for item in network.coefficients:
        if item.sigma or item.bias_sigma:
            raise Refused(finding("not-built-yet", item.flow, key="sigma", what=UNSURE))
    problem = build(network, measured, layer=layer)
    plan = _compile(network, measured, problem)
    solution = plan.solve(problem.values[None])
    contradictions = _contradictions(network, problem, plan, layer)
    if contradictions:
        return answer(network, measured, problem, plan, solution, findings=contradictions)
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


def _compile(network: FlowNetwork, measured: Sequence[Measured], problem: Problem) -> Plan:
    system, correlation = problem.system, problem.readings.correlation
    equations = len(system.nodes) + len(system.rows)
    tied = 0 if correlation is None else len(correlation)
    if (tied or system.rows) and equations * (system.size + equations) > LARGEST_DENSE:
        raise Refused(finding("not-built-yet", key="relation", what="relations at this size"))
    if tied > LARGEST_CORRELATED:
        raise Refused(finding("not-built-yet", key="correlation", what="correlations at this size"))
    if correlation is not None and not _definite(correlation):
        raise Refused(_indefinite(network, measured, problem))
    return compile_plan(system, problem.readings)


def _definite(correlation: Floats) -> bool:
    try:
        root = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        return False
    return bool(root.diagonal().min(initial=1.0) > 1e-7)


def _indefinite(network: FlowNetwork, measured: Sequence[Measured], problem: Problem) -> Finding:
    """The pair of readings that pulls the least eigenvalue furthest below zero."""
    correlation = problem.readings.correlation
    assert correlation is not None  # noqa: S101  it was just found not to be definite
    direction = np.linalg.eigh(correlation)[1][:, 0]
    pull = np.triu(correlation * np.outer(direction, direction), 1)
    first, second = np.unravel_index(np.argmin(pull), pull.shape)
    inexact = problem.readings.of[problem.readings.sigma > 0.0].tolist()
    names = names_of(problem, measured)
    pair = names[inexact[first]], names[inexact[second]]
    declared = {frozenset((tie.first, tie.second)): tie.value for tie in network.correlations}
    value = declared.get(frozenset(pair), float(correlation[first, second]))
    return finding("value-range", ", ".join(pair), key="correlation", value=value)


def _contradictions(
    network: FlowNetwork, problem: Problem, plan: Plan, layer: str
) -> list[Finding]:
    """One finding a contradicted combination of balances; residual is in - out - stock change."""
    labels = problem.system.labels
    known = any(flow.unit for flow in network.flows)
    unit = LAYERS[layer].unit if known and layer in LAYERS else ""
    found = []
    for weights, right, side in plan.conditions():
        terms = weights * problem.values
        residual = float(terms.sum() - right)
        if abs(residual) <= CONTRADICTED * (np.abs(terms).sum() + abs(right)):
            continue
        sign = 1.0 if not side or side[0][1] > 0.0 else -1.0
        names = list(dict.fromkeys(labels[index] for index, _ in side))
        found.append(
            finding(
                "infeasible",
                names[0] if names else "",
                balance=", ".join(names),
                residual=sign * residual,
                unit=unit,
            )
        )
    return found
