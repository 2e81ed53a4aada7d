"""What each flow and stock brings into the balance of one layer, measured and reconciled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import numpy as np

    from flows.balance import Balance, Figure
    from flows.contents import Content
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from tui.session import Session


@dataclass(frozen=True, slots=True)
class _Values:
    """What balances are drawn up from: by `flows.balance.balances` alone."""

    network: FlowNetwork
    values: Mapping[str, Measured]
    carried: Mapping[str, Content] | None
    covariance: Callable[[Sequence[str]], np.ndarray] | None

    def balances(self, network: FlowNetwork, layer: str) -> Iterable[Balance]:
        from flows.balance import Level, balances

        return balances(
            network, self.values, layer=layer, levels=(Level.PROCESS,),
            carried=self.carried, covariance=self.covariance,
        )  # fmt: skip

    def parts(self, layer: str, inside: Collection[str]) -> dict[str, Figure]:
        """By flow and stock, in the unit of the layer: each as the only one in its balance."""
        found: dict[str, Figure] = {}
        for flow in self.network.flows:
            if (flow.source in inside) != (flow.target in inside):
                alone = replace(self.network, flows=(flow,), stocks=())
                for row in self.balances(alone, layer):
                    if row.id in inside and not row.unmeasured:
                        found[flow.id] = row.inflow if flow.target in inside else row.outflow
        # what a stock holds of a layer is told by what enters, so all flows stay
        for stock in self.network.stocks:
            if stock.process in inside:
                alone = replace(self.network, stocks=(stock,))
                for row in self.balances(alone, layer):
                    if row.id == stock.process and not {
                        one for one in row.unmeasured if one.startswith(stock.id)
                    }:
                        found[stock.id] = row.stock_change
        return found


def measured_parts(
    session: Session, period: str, layer: str, inside: Collection[str]
) -> dict[str, Figure]:
    """Of measured values; what is not measured, or not of the layer, is left out.

    Args:
        session: The park.
        period: A period.
        layer: Layer of the balance.
        inside: Processes that the balance is drawn round.
    """
    from flows.period import parse_period

    span = parse_period(period)
    network, summed = session.measured(span)
    carried = session.carried(network, span, layer)
    return _Values(network, summed.measured, carried, None).parts(layer, inside)


def reconciled_parts(
    session: Session, period: str, layer: str, inside: Collection[str]
) -> dict[str, Figure]:
    """Of reconciled values, those that `Session.balances` takes; as `measured_parts`."""
    from flows.measured import Measured as Value
    from flows.reconcile.contents.carried import as_layer

    month = session.month(period)
    if any(layer in good.contents for good in month.network.goods):
        month = session.month(period, layers=(layer,))
        network, values, covariance = as_layer(month.network, month.values, layer)
        return _Values(network, values, None, covariance).parts(layer, inside)
    known = {
        row.id: Value(row.id, row.reconciled, row.sigma_reconciled or 0.0)
        for row in (*month.values.flows, *month.values.stocks)
        if row.reconciled is not None
    }
    return _Values(month.network, known, None, month.values.covariance).parts(layer, inside)
