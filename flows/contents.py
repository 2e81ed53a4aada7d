"""What a flow carries of a layer that is not its own: energy or carbon, by good or by sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.layers import closes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.network import Flow, FlowNetwork

#: Lower heating value of methane, GJ/Nm3: 802.567 kJ/mol over 22.413970 L/mol, ideal gas at
#: 0 degC and 101.325 kPa.
CH4_LHV = 0.035806554

#: Matter carries the other layers; an amount of power or heat carries nothing but energy.
CARRIER = "mass"


@dataclass(frozen=True, slots=True)
class Content:
    """How much of a layer one unit of a flow carries.

    Attributes:
        value: Layer unit per canonical unit of the flow's kind; energy is LHV, with liquid water
            at -2.443 GJ/t.
        sigma: One standard deviation, common to all that share `source`; 0 is exact.
        source: Whose figure it is: `good:<id>`, or `<flow>.<property>` of samples.
    """

    value: float
    sigma: float
    source: str


def contents(
    network: FlowNetwork, layer: str, sampled: Mapping[str, Content] | None = None
) -> dict[str, Content]:
    """Contents of `layer` by flow id, of the flows that carry it and of which they are known.

    Args:
        network: Definitions; contents of goods are per tonne.
        layer: Id of a layer other than the carrier.
        sampled: Contents by flow from samples of the period, before those of the good.
    """
    if layer == CARRIER:
        return {}
    found = {}
    for flow in network.flows:
        if flow.layer != CARRIER:
            continue
        good = network.good.get(flow.good)
        if sampled and flow.id in sampled:
            found[flow.id] = sampled[flow.id]
        elif good and layer in good.contents:
            value, sigma = good.contents[layer]
            # per tonne, and tonnes per canonical unit of the kind
            found[flow.id] = Content(value * flow.factor, sigma * flow.factor, f"good:{good.id}")
    return found


def carries(network: FlowNetwork, layer: str) -> frozenset[str]:
    """Processes at which matter carries some of `layer` in or out.

    Their balances of it hold amounts times contents: no linear equation of the amounts alone.
    """
    ends = {
        end
        for flow in network.flows
        if flow.layer == CARRIER != layer and _amount(network, flow, layer) != 0.0
        for end in (flow.source, flow.target)
    }
    return frozenset(ends & network.process.keys())


def linear(network: FlowNetwork, layer: str) -> tuple[str, ...]:
    """Processes whose balance of `layer` must close and is linear in the amounts, in order."""
    carrying = carries(network, layer)
    return tuple(
        process.id
        for process in network.processes
        if closes(process.closes, layer) and process.id not in carrying
    )


def _amount(network: FlowNetwork, flow: Flow, layer: str) -> float:
    good = network.good.get(flow.good)
    return good.contents.get(layer, (0.0, 0.0))[0] if good else 0.0
