"""The JSON of a reconciliation, as docs/formats.md promises it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.findings import Finding
    from flows.reconcile.result import CoefficientRow, Reconciliation, Row, Suspect


def asjson(
    result: Reconciliation, *, say: Callable[[Finding], str], period: str | None = None
) -> dict[str, object]:
    """Plain dictionaries, lists and numbers, in a stable order.

    Args:
        result: Rows in the units in which they are to be shown (`Reconciliation.in_units`).
        say: Turns a finding into a sentence.
        period: Text of the period, for answers over more than one; rows then carry layer and
            period too, as they do in an answer of several layers.
    """
    several = period is not None or bool(result.carried)
    of = result.period if period is None else period

    def row(item: Row) -> dict[str, object]:
        whose = {"layer": item.layer, "period": of} if several else {}
        weighed = {"weight": item.weight} if result.robust else {}
        return {"id": item.id, **_cells(item), **weighed, **whose}

    def coefficient(item: CoefficientRow) -> dict[str, object]:
        cells = row(item.row)
        del cells["id"]
        return {"process": item.process, "flow": item.flow, **cells}

    return {
        "converged": result.converged,
        "feasible": result.feasible,
        "suspect": result.suspect,
        "bounds_active": list(result.bounds_active),
        "chi2": result.chi2,
        "dof": result.dof,
        "p_value": result.p_value,
        "balance_residual": result.balance_residual,
        "iterations": result.iterations,
        **({"robust": asdict(result.robust)} if result.robust else {}),
        "flows": [row(item) for item in result.flows],
        "concentrations": [row(item) for item in result.concentrations],
        "coefficients": [coefficient(item) for item in result.coefficients],
        "stocks": [
            {"process": item.id.removeprefix("stock:"), **row(item)} for item in result.stocks
        ],
        "readings": [row(item) for item in result.readings],
        "relations": [row(item) for item in result.relations],
        "suspects": [suspect_json(item, say) for item in result.suspects],
        "findings": [finding_json(item, say) for item in result.findings],
    }


def suspect_json(item: Suspect, say: Callable[[Finding], str]) -> dict[str, object]:
    """Readings that are suspected together."""
    said = finding(
        "suspect",
        item.members[0],
        members=", ".join(item.members),
        count=len(item.members),
        statistic=item.statistic,
    )
    return {"members": list(item.members), "statistic": item.statistic, "text": say(said)}


def finding_json(item: Finding, say: Callable[[Finding], str]) -> dict[str, object]:
    """A finding beside an answer: without the place in a file."""
    return {
        "code": item.code,
        "severity": str(item.severity),
        "where": item.where,
        "text": say(item),
    }


def _cells(item: Row) -> dict[str, object]:
    cells: dict[str, object] = {
        "unit": item.unit,
        "measured": item.measured,
        "sigma": item.sigma,
        "reconciled": item.reconciled,
        "sigma_reconciled": item.sigma_reconciled,
        "adjustment": item.adjustment,
        "normalized_adjustment": item.normalized_adjustment,
        "class": str(item.klass),
    }
    if item.interval is not None:
        cells["interval"] = [None if abs(end) == float("inf") else end for end in item.interval]
    return cells
