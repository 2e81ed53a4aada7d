"""Yields of chains day by day, of the readings themselves: those of a month, with their gaps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from flows.period import parse_period
from tui.balances.chainview import months_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.chains import ChainStep
    from tui.session import Session


@dataclass(frozen=True, slots=True)
class DaysView:
    """Yields of the steps of all chains on the days of a month.

    Attributes:
        month: The last of the period that is looked at.
        days: Its days.
        yields: By chain and step, in the unit of the step, one a day; None where a flow of the step
            was not read over the whole day, or nothing entered.
    """

    period: str
    month: str
    days: tuple[date, ...]
    yields: Mapping[tuple[str, str], tuple[float | None, ...]]


def days_of(session: Session, period: str) -> DaysView:
    """Yields by day, of the readings and not reconciled, as the watch over drifts takes them."""
    from flows.chains import ratio_scale
    from flows.panel import panel
    from flows.reconcile.days.daytable import daytable

    month = months_before(period)[-1]
    span = parse_period(month)
    network = session.network(date.fromordinal(span.ordinals[-1]))
    network = replace(network, devices=session.park.devices, stocks=())
    chains = session.park.chains
    steps = {(chain.id, step.id): step for chain in chains for step in chain.steps}
    whats = dict.fromkeys(flow for step in steps.values() for flow in _flows(step))
    first, last, calendar = span.ordinals[0], span.ordinals[-1], session.park.calendar
    rows = session.rows(span, None)
    laid, _ = panel(rows, network, calendar, first_day=first, last_day=last, whats=[*whats])
    table = daytable(laid, network, calendar)
    values = {name: table.value[:, at].tolist() for at, name in enumerate(table.names)}
    days = tuple(date.fromordinal(each) for each in span.ordinals)
    yields = {}
    for key, step in steps.items():
        scale = ratio_scale(step, network)
        sums = (
            (_sum(values, step.outputs, at), _sum(values, step.inputs, at))
            for at in range(len(days))
        )
        yields[key] = tuple(
            scale * output / given if given > 0.0 and not math.isnan(output) else None
            for output, given in sums
        )
    return DaysView(period, month, days, yields)


def _flows(step: ChainStep) -> tuple[str, ...]:
    return (*step.outputs, *step.inputs)


def _sum(values: Mapping[str, Sequence[float]], flows: Sequence[str], at: int) -> float:
    """NaN where one of them is not known."""
    return math.fsum(values[flow][at] if flow in values else math.nan for flow in flows)
