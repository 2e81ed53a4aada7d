"""A period worked out: measured, reconciled, and how its numbers are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import Flow, FlowNetwork, Stock
    from flows.period import Period
    from flows.reconcile import Reconciliation


@dataclass(frozen=True)
class Month:
    """A period measured and reconciled.

    Attributes:
        network: Definitions in force on its last day.
        measured: By flow id and `stock:<process>`, canonical units.
        result: Reconciliation of all layers together; rows in the units of the flows.
        values: The same answer in canonical units, with covariance, for ratios.
        display: By id, the unit in which it is shown and canonical units per one of it.
        findings: What was found while the period was summed up.
    """

    period: Period
    network: FlowNetwork
    measured: Mapping[str, Measured]
    result: Reconciliation
    values: Reconciliation
    display: Mapping[str, tuple[str, float]]
    findings: tuple[Finding, ...] = ()


def balanced(network: FlowNetwork) -> tuple[str, ...]:
    """Layers that the flows belong to or their goods carry, in the order of LAYERS."""
    from flows.layers import LAYERS

    own = {item.layer for item in network.flows}
    carried = {layer for good in network.goods for layer in good.contents}
    known = (*LAYERS, *(layer for layer in own if layer not in LAYERS))
    return tuple(layer for layer in known if layer in own | carried)


def display(network: FlowNetwork, layers: Sequence[str] = ()) -> dict[str, tuple[str, float]]:
    """Unit in which each flow and stock is shown, and canonical units per one of it.

    Of carried layers also contents, `<flow>.<layer>`, and what is carried, `<id>:<layer>`.
    """
    from flows.layers import LAYERS
    from flows.units import KINDS, unit_factor

    density = {item.id: item.density for item in network.goods}
    shown: dict[str, tuple[str, float]] = {}
    items: list[Flow | Stock] = [*network.flows, *network.stocks]
    for item in items:
        canonical = KINDS[item.kind].unit
        unit, factor = item.unit or canonical, 1.0
        if unit != canonical:
            factor = unit_factor(unit, item.kind, density=density.get(getattr(item, "good", "")))
        shown[item.id] = (unit, factor)
        for layer in layers:
            of = LAYERS[layer].unit
            shown[f"{item.id}:{layer}"] = (of, 1.0)
            shown[f"{item.id}.{layer}"] = (f"{of}/{canonical}", 1.0)
    return shown
