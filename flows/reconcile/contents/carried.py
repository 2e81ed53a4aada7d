"""What matter carries of a layer, as it was reconciled: amounts of that layer in flows' place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from flows.contents import CARRIER
from flows.measured import Measured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from flows.contents import Content
    from flows.network import FlowNetwork, Stock
    from flows.reconcile.result import Reconciliation, Row

    Covariance = Callable[[Sequence[str]], NDArray[np.float64]]


def as_readings(contents: Mapping[str, Content], layer: str) -> list[Measured]:
    """Samples of contents, as `reconcile_layers` takes them; a good's own content is a prior."""
    return [
        Measured(f"{flow}.{layer}", content.value, content.sigma)
        for flow, content in contents.items()
        if not content.source.startswith("good:")
    ]


def as_layer(
    network: FlowNetwork, result: Reconciliation, layer: str
) -> tuple[FlowNetwork, dict[str, Measured], Covariance]:
    """A network whose flows are amounts of one carried layer, with their reconciled values.

    The change of a stock whose process need not close the layer is no unknown of the
    reconciliation: it has the mean content of what enters, taken for sure.

    Args:
        network: Definitions that were reconciled.
        result: In canonical units; `layer` is among `result.carried`.
        layer: Layer whose balances are wanted.

    Returns:
        The network, values by flow and stock (`factor` of each makes them units of the layer),
        and their covariance by id. What is not known has no value.
    """
    rows = {row.id: row for row in (*result.flows, *result.stocks) if row.layer == layer}
    moving = [flow for flow in network.flows if flow.id in rows]
    flows = tuple(replace(flow, layer=layer, factor=1.0) for flow in moving)
    names = {flow.id: f"{flow.id}:{layer}" for flow in moving if flow.layer == CARRIER}
    flows = tuple(new if old.id in names else old for old, new in zip(moving, flows, strict=True))
    known = {name: row for name, row in rows.items() if row.reconciled is not None}
    stocks = []
    matter = {row.id: row for row in (*result.flows, *result.stocks) if row.layer == CARRIER}
    for stock in network.stocks:
        if stock.id in rows:
            names[stock.id] = f"{stock.id}.{layer}"
            stocks.append(replace(stock, layer=layer, factor=1.0))
            continue
        content = _mean_content(network, stock, rows, matter)
        stocks.append(replace(stock, layer=layer, factor=stock.factor * (content or 0.0)))
        held = matter.get(stock.id)
        if content is not None and held is not None and held.reconciled is not None:
            known[stock.id] = held
    values = {
        name: Measured(name, row.reconciled or 0.0, row.sigma_reconciled or 0.0)
        for name, row in known.items()
    }

    def covariance(ids: Sequence[str]) -> NDArray[np.float64]:
        return result.covariance([names.get(item, item) for item in ids])

    return replace(network, flows=flows, stocks=tuple(stocks)), values, covariance


def _mean_content(
    network: FlowNetwork, stock: Stock, rows: Mapping[str, Row], matter: Mapping[str, Row]
) -> float | None:
    """Layer unit per tonne of what enters a process; None where that is not known."""
    inward = [flow for flow in network.flows if flow.target == stock.process]
    inward = [flow for flow in inward if flow.layer == CARRIER]
    amounts = [matter[flow.id].reconciled for flow in inward]
    carried = [rows[flow.id].reconciled for flow in inward if flow.id in rows]
    tonnes = math.fsum(
        (amount or 0.0) * flow.factor for flow, amount in zip(inward, amounts, strict=True)
    )
    if None in amounts or None in carried or len(carried) < len(inward) or tonnes <= 0.0:
        return None
    return math.fsum(item or 0.0 for item in carried) / tonnes
