"""A period of the park reconciled with what matter carries: energy, carbon."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.balance import Balance
    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.period import Period
    from flows.reconcile import Reconciliation
    from tui.session import Session


def with_contents(
    session: Session,
    network: FlowNetwork,
    period: Period,
    layers: Sequence[str],
    readings: Sequence[Measured],
    as_of: int | None,
    *,
    robust: bool = False,
) -> Reconciliation:
    """Amounts and contents of a period together; samples are readings, goods have a prior."""
    from flows.reconcile.contents.carried import as_readings
    from flows.reconcile.contents.layered import reconcile_layers

    own = dict.fromkeys(item.layer for item in network.flows)
    samples = [
        sample
        for layer in layers
        for sample in as_readings(session.carried(network, period, layer, as_of=as_of), layer)
    ]
    return reconcile_layers(
        network,
        [*readings, *samples],
        layers=tuple(own | dict.fromkeys(layers)),
        carried=tuple(layers),
        days=session.park.calendar.period_span(period).days,
        robust=robust,
    )


def reconciled_balances(
    session: Session, text: str, layers: Sequence[str], as_of: int | None
) -> tuple[tuple[Finding, ...], list[Balance]]:
    """Balances of reconciled values; a layer that matter carries is reconciled with it."""
    from flows.balance import balances
    from flows.measured import Measured as Value
    from flows.reconcile.contents.carried import as_layer

    rows = []
    findings: tuple[Finding, ...] = ()
    for layer in layers:
        month = session.month(text, as_of=as_of)
        if any(layer in good.contents for good in month.network.goods):
            month = session.month(text, layers=(layer,), as_of=as_of)
            network, values, covariance = as_layer(month.network, month.values, layer)
        else:
            network, covariance = month.network, month.values.covariance
            values = {
                row.id: Value(row.id, row.reconciled, row.sigma_reconciled or 0.0)
                for row in (*month.values.flows, *month.values.stocks)
                if row.reconciled is not None
            }
        findings += tuple(item for item in month.findings if item not in findings)
        rows += balances(network, values, layer=layer, covariance=covariance)
    return findings, rows
