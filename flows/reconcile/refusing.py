"""What no plan can take, and exact values that contradict each other, as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.errors import Refused
from flows.findings import finding
from flows.layers import LAYERS
from flows.reconcile.answer import names_of
from flows.reconcile.classify import CONTRADICTED
from flows.reconcile.problem import again

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.reconcile.plan import Plan
    from flows.reconcile.problem import Problem

    Floats = NDArray[np.float64]

#: Equations times unknowns that one answer takes where it is worked out by elimination.
LARGEST_DENSE = 60_000_000


def refuse_unfit(
    network: FlowNetwork,
    measured: Sequence[Measured],
    problem: Problem,
    *,
    products: int = 0,
    others: Mapping[str, int] | None = None,
) -> None:
    """Refuse what is too great, and correlations that are not positive definite together.

    Args:
        network: Definitions.
        measured: As given.
        problem: What is to be solved.
        products: Equations that come to those of the problem.
        others: Further variables by name.

    Raises:
        Refused: `too-great` or `value-range`.
    """
    system, correlation = problem.system, problem.readings.correlation
    equations = len(system.nodes) + len(system.rows) + products
    unknowns = system.size + equations
    if (correlation is not None or system.rows or products) and (
        equations * unknowns > LARGEST_DENSE
    ):
        parts = {
            "[network] layers": len(network.layers) > 1 and products,
            "[[coefficient]]": network.coefficients,
            "[[relation]]": network.relations,
            "[[correlation]], bias_sigma": correlation is not None,
        }
        what = ", ".join(key for key, there in parts.items() if there)
        raise Refused(
            finding(
                "too-great",
                what=what,
                count=equations,
                unknowns=unknowns,
                limit=LARGEST_DENSE,
            )
        )
    if correlation is not None and not _definite(correlation):
        raise Refused(_indefinite(network, measured, problem, others or {}))


def _definite(correlation: Floats) -> bool:
    try:
        root = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        return False
    return bool(root.diagonal().min(initial=1.0) > 1e-7)


def _indefinite(
    network: FlowNetwork,
    measured: Sequence[Measured],
    problem: Problem,
    others: Mapping[str, int],
) -> Finding:
    """The pair of readings that pulls the least eigenvalue furthest below zero."""
    correlation = problem.readings.correlation
    assert correlation is not None  # noqa: S101  it was just found not to be definite
    direction = np.linalg.eigh(correlation)[1][:, 0]
    pull = np.triu(correlation * np.outer(direction, direction), 1)
    first, second = np.unravel_index(np.argmin(pull), pull.shape)
    inexact = problem.readings.of[problem.readings.sigma > 0.0].tolist()
    named = others.items() | again(measured, problem.extras).items()
    names = names_of(problem, measured) | {index: name for name, index in named}
    pair = names[inexact[first]], names[inexact[second]]
    declared = {frozenset((tie.first, tie.second)): tie.value for tie in network.correlations}
    value = declared.get(frozenset(pair), float(correlation[first, second]))
    return finding("value-range", ", ".join(pair), key="correlation", value=value)


def contradictions(network: FlowNetwork, problem: Problem, plan: Plan, layer: str) -> list[Finding]:
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
