"""The JSON of many days reconciled, as docs/formats.md promises it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.reconcile.asjson import finding_json, suspect_json
from flows.reconcile.days.patterns import CLASSES
from flows.reconcile.result import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.findings import Finding
    from flows.reconcile.days.alongdays import Table
    from flows.reconcile.days.series import Series
    from flows.reconcile.days.together import SpanAnswer

    #: Unit of a flow or stock over so many days, and canonical units per one of it.
    Shown = Callable[[str, float], tuple[str, float]]


def asjson_days(
    series: Series,
    *,
    shown: Shown,
    say: Callable[[Finding], str],
    flow: str = "",
    observed: bool = True,
) -> dict[str, object]:
    """Plain dictionaries, lists and numbers, in a stable order.

    Args:
        series: The answer, canonical units.
        shown: In which unit each flow and stock is given.
        say: Turns a finding into a sentence.
        flow: Only the rows of this flow or stock; "" for all.
        observed: Whether readings have ids.
    """
    days = [date.fromordinal(each.day) for each in series.days]
    layer = {item.id: item.layer for item in series.network.flows}
    layer |= {item.id: item.layer for item in series.network.stocks}

    def row(
        table: Table, line: int, column: int, day: date, ids: tuple[int, ...]
    ) -> dict[str, object]:
        name = table.names[column]
        cells = {"id": name, **_cells(table, line, column, *shown(name, 1.0))}
        cells |= {"layer": layer[name], "period": day.isoformat()}
        return {**cells, "observations": list(ids)} if observed else cells

    def wanted(table: Table) -> list[int]:
        return [i for i, name in enumerate(table.names) if flow in ("", name)]

    of_time = series.by == "time"
    # A level is that of the day at whose end it stands; the first one of the eve.
    eve = [each - timedelta(days=1) for each in days[:1]] if of_time else []
    ends = [*eve, *days]
    stocks = [
        {
            "process": series.stocks.names[column].removeprefix("stock:"),
            **row(series.stocks, line, column, day, series.stock_observations[line][column]),
        }
        for line, day in enumerate(ends)
        for column in wanted(series.stocks)
    ]
    return {
        "converged": True,
        "feasible": series.feasible,
        "suspect": series.suspect,
        "bounds_active": list(series.bounds_active),
        "chi2": series.chi2,
        "dof": series.dof,
        "p_value": series.p_value,
        "balance_residual": series.balance_residual,
        "iterations": 1,
        "by": series.by,
        "filtered": series.filtered,
        "flows": [
            row(series.flows, line, column, day, series.observations(line, name))
            for line, day in enumerate(days)
            for column in wanted(series.flows)
            for name in [series.flows.names[column]]
        ],
        "concentrations": [],
        "coefficients": [],
        "stocks": [] if of_time else stocks,
        "levels": stocks if of_time else [],
        "readings": [],
        "relations": [],
        "days": [
            {
                "period": day.isoformat(),
                "chi2": each.chi2,
                "dof": each.dof,
                "p_value": each.p_value,
                "feasible": each.feasible,
                "suspect": each.suspect,
                "bounds_active": list(each.bounds_active),
            }
            for day, each in zip(days, series.days, strict=True)
        ],
        "spans": [
            _span(item, shown, layer, observed=observed)
            for item in series.spans
            if flow in ("", item.span.what)
        ],
        "biases": [
            {"device": item.device, "estimate": item.estimate, "sigma": item.sigma}
            for item in series.biases
        ],
        "suspects": [suspect_json(item, say) for item in series.suspects],
        "findings": [finding_json(item, say) for item in series.findings],
    }


def _cells(table: Table, line: int, column: int, unit: str, divisor: float) -> dict[str, object]:
    at = line, column

    def by(value: float) -> float | None:
        return number(float(value) / divisor)

    return {
        "unit": unit,
        "measured": by(table.measured[at]),
        "sigma": by(table.measured_sigma[at]),
        "reconciled": by(table.reconciled[at]),
        "sigma_reconciled": by(table.sigma[at]),
        "adjustment": by(table.adjustment[at]),
        "normalized_adjustment": number(float(table.normalized[at])),
        "class": str(CLASSES[int(table.klass[at])]),
    }


def _span(
    item: SpanAnswer, shown: Shown, layer: dict[str, str], *, observed: bool
) -> dict[str, object]:
    """A reading over several days; days are of 24 hours from its begin to its end."""
    span = item.span
    unit, divisor = shown(span.what, span.span.days)
    cells: dict[str, object] = {
        "id": span.what,
        "device": span.device,
        "unit": unit,
        "measured": None if span.amount is None else span.amount / divisor,
        "sigma": item.measured_sigma / divisor,
        "reconciled": number(item.reconciled / divisor),
        "sigma_reconciled": number(item.sigma / divisor),
        "adjustment": number(item.adjustment / divisor),
        "normalized_adjustment": item.normalized,
        "class": str(item.klass),
        "layer": layer[span.what],
        "period": f"{item.first.isoformat()}..{item.last.isoformat()}",
    }
    return {**cells, "observations": list(span.observations)} if observed else cells
