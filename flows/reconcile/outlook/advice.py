"""Where a further meter would tell most, in the ids and units of an answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.outlook.next_meter import next_meters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flows.network import Flow, FlowNetwork
    from flows.reconcile.outlook.foundation import Foundation
    from flows.reconcile.result import Reconciliation, Row

    Floats = NDArray[np.float64]

#: Sigma of a meter of which nothing is declared, as a share of what it measures: a belt scale or a
#: flow meter in everyday use (typical practice, uncertain).
ASSUMED = 0.02
#: How many places are named.
BEST = 10


@dataclass(frozen=True, slots=True)
class Target:
    """A number that is to become surer: a flow, or the yield of a chain.

    Attributes:
        id: Of the flow or chain.
        unit: Its unit.
        weights: What it moves by with each flow, target's units per canonical unit.
    """

    id: str
    unit: str
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Advice:
    """What one more meter would bring.

    Attributes:
        id, unit: Of the flow, and of the sigmas but those of the target.
        sigma: Of the meter over the period.
        source: Where that is from: "meter" (the one that is there), "declared" (of the flow or
            its device), or 2 % of what is "typical", "reconciled" or at its "ends".
        known: Flows and stocks that become known, itself first where it was unknown.
        tested: Those whose readings become tested.
        redundancy: Degrees of freedom gained, 0 or 1.
        before, after: Sigma of the flow; before is None where it is unknown.
        target_before, target_after: Sigma of the target; None where it is unknown.
    """

    id: str
    unit: str
    sigma: float
    source: str
    known: tuple[str, ...]
    tested: tuple[str, ...]
    redundancy: int
    before: float | None
    after: float | None
    target_before: float | None
    target_after: float | None


def advise(
    result: Reconciliation,
    network: FlowNetwork,
    *,
    units: Mapping[str, tuple[str, float]],
    days: float,
    target: Target | None = None,
) -> tuple[Advice, ...]:
    """The ten places where a further meter on a flow brings most, best first.

    Ranked by how much surer the target becomes, then by what becomes known, then by what becomes
    tested. Bounds are left aside.

    Args:
        result: In the units below.
        network: Definitions.
        units: By id: unit, and canonical units per one of it over the period.
        days: Length of the period.
        target: What counts; None for the knowledge of the whole network.
    """
    foundation = result.foundation
    if foundation is None:
        return ()
    rows = {row.id: row for row in result.flows if row.layer not in result.carried}
    sigma = np.zeros(foundation.plan.system.size)
    source: dict[int, str] = {}
    for flow in network.flows:
        row = rows.get(flow.id)
        if row is None:
            continue
        index = foundation.where[flow.id]
        size, source[index] = _meter(flow, row, foundation, network, units, days)
        sigma[index] = size * foundation.factor[index]
    weights = None
    if target is not None:
        weights = np.zeros(len(sigma))
        for name, weight in target.weights.items():
            index = foundation.where[name]
            weights[index] = weight / foundation.factor[index]
    names = {index: name for name, index in foundation.where.items()}

    def shown(value: float, per_unit: float) -> float | None:
        return None if math.isnan(value) else value / per_unit

    found = []
    for item in next_meters(foundation.plan, sigma, target=weights, among=list(source))[:BEST]:
        name = names[item.variable]
        unit, divisor = units.get(name, ("", 1.0))
        per_unit = float(foundation.factor[item.variable]) * divisor
        unknown = math.isnan(item.before)
        found.append(
            Advice(
                name,
                unit,
                item.sigma / per_unit,
                source[item.variable],
                _called(item.observable, names, first=name if unknown else ""),
                _called(item.tested, names),
                item.redundancy,
                shown(item.before, per_unit),
                shown(item.after, per_unit),
                shown(item.target_before, 1.0) if target else None,
                shown(item.target_after, 1.0) if target else None,
            )
        )
    return tuple(found)


def _called(
    variables: tuple[int, ...], names: Mapping[int, str], *, first: str = ""
) -> tuple[str, ...]:
    """Ids of variables; what is neither flow nor stock has none."""
    found = [names[index] for index in variables if index in names]
    return tuple(dict.fromkeys([first, *found] if first else found))


def _meter(
    flow: Flow,
    row: Row,
    foundation: Foundation,
    network: FlowNetwork,
    units: Mapping[str, tuple[str, float]],
    days: float,
) -> tuple[float, str]:
    """Sigma of a meter over the period, canonical unit, and where it is from; 0 for none."""
    per_unit = units.get(flow.id, ("", 1.0))[1]
    if row.sigma is not None and row.measured is not None:
        return row.sigma * per_unit, "meter"
    typical = None if flow.typical is None else flow.typical * days
    value = None if row.reconciled is None else row.reconciled * per_unit
    amount = abs(value if value is not None else typical or 0.0)
    device = network.device.get(flow.device)
    own = flow.sigma or (device.sigma if device else None)
    if own is not None and amount > 0.0:
        bias = device.bias_sigma if device else None
        parts = own.at(amount, typical), bias.at(amount, typical) if bias else 0.0
        if math.hypot(*parts) > 0.0:
            return math.hypot(*parts), "declared"
    if typical:
        return ASSUMED * typical, "typical"
    if value:
        return ASSUMED * abs(value), "reconciled"
    return ASSUMED * _beside(flow.id, foundation), "ends"


def _beside(flow: str, foundation: Foundation) -> float:
    """Greatest known amount at the ends of a flow, canonical unit of it; 0 for none."""
    system, index = foundation.plan.system, foundation.where[flow]
    x = np.nan_to_num(foundation.plan.solve(foundation.values[None]).x[0])
    ends = {int(end) for end in (system.tails[index], system.heads[index]) if end >= 0}
    at = np.isin(system.tails, list(ends)) | np.isin(system.heads, list(ends))
    return float(np.abs(x[at]).max(initial=0.0) / foundation.factor[index])


def asjson(found: tuple[Advice, ...], target: Target | None) -> list[dict[str, object]]:
    """As docs/formats.md promises it."""
    return [
        {
            "id": item.id,
            "unit": item.unit,
            "sigma": item.sigma,
            "sigma_from": item.source,
            "makes_known": list(item.known),
            "makes_tested": list(item.tested),
            "redundancy": item.redundancy,
            "sigma_before": item.before,
            "sigma_after": item.after,
            "target": None
            if target is None
            else {
                "id": target.id,
                "unit": target.unit,
                "sigma_before": item.target_before,
                "sigma_after": item.target_after,
            },
        }
        for item in found
    ]
