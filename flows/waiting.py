"""Goods weighed load by load: what waits at a process between two hauls, day by day.

Over a month what was hauled is what was made. From day to day it is not: a tank truck comes three
times a week, ash is not fetched on Sundays. A process without a declared stock, of which a flow is
weighed in loads, therefore holds what waits. After a haul that is less than a load: its standard
deviation is that of a uniform remainder, load / sqrt(12) (JCGM 100, 4.3.7), or for several such
flows the root of the sum of squares. On days without a haul it is not known. What a flow can be in
a day at most is of making, not of hauling: a truck takes away what three days made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from flows.contents import linear
from flows.network import Stock, is_environment
from flows.panel import LevelReading
from flows.records import State
from flows.rows import STATE_CODE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.network import Flow, FlowNetwork
    from flows.panel import Panel
    from flows.period import Calendar
    from flows.rows import Rows

#: Standard deviations of a uniform distribution in its width.
UNIFORM = 1.0 / math.sqrt(12.0)


@dataclass(frozen=True, slots=True)
class _Hauled:
    """A flow that is weighed in loads.

    Attributes:
        load: Mean amount of a load, layer's unit.
        haul: Mean amount of a day on which it is hauled.
        days: Whether it is hauled, on the eve of the first day and the days, shape (D + 1,).
    """

    load: float
    haul: float
    days: NDArray[np.bool_]


def with_waiting(
    network: FlowNetwork, rows: Rows, laid_out: Panel, calendar: Calendar
) -> tuple[FlowNetwork, Panel, tuple[str, ...]]:
    """Network and panel with a stock at each process where loads wait.

    Its level counts from what is there after a haul on average: 0 at the end of every day on which
    all such flows of the process were hauled. At both ends of the days it is, where nothing was
    hauled, 0 within the remainder of a day's haul: over the whole, what was made was hauled.
    Such levels have no observations.

    Args:
        network: Definitions that hold on all days.
        rows: Observations with the eve of the first day; the tickets among them are the loads.
        laid_out: The same by day, all flows of the network.
        calendar: Where days begin.

    Returns:
        Both, and the processes where something was found to wait.
    """
    hauled = {
        flow.id: found for flow in network.flows if (found := _loads(flow, rows, laid_out, network))
    }
    stocks, levels = [], []
    for process in network.processes:
        own = [
            flow.layer
            for flow in network.flows
            if flow.id in hauled and process.id in (flow.source, flow.target)
        ]
        for layer in dict.fromkeys(own):
            if process.id in network.stock or process.id not in linear(network, layer):
                continue
            at = [
                hauled[flow.id]
                for flow in network.flows
                if flow.layer == layer
                and flow.id in hauled
                and process.id in (flow.source, flow.target)
            ]
            stocks.append(Stock(process.id, layer=layer, names=process.names))
            levels += _levels(stocks[-1].id, at, laid_out, calendar)
            break
    ids = tuple(stock.process for stock in stocks)
    if not ids:
        return network, laid_out, ids
    flows = [
        replace(flow, maximum=math.inf)
        if flow.id in hauled and {flow.source, flow.target} & set(ids)
        else flow
        for flow in network.flows
    ]
    more = replace(laid_out, levels=(*laid_out.levels, *levels))
    wider = replace(network, flows=tuple(flows), stocks=(*network.stocks, *stocks))
    return wider, more, ids


def _loads(flow: Flow, rows: Rows, laid_out: Panel, network: FlowNetwork) -> _Hauled | None:
    """How a flow was hauled over these days, or None if it is not weighed in loads."""
    ends = [end for end in (flow.source, flow.target) if not is_environment(end)]
    if all(end in network.stock for end in ends) or flow.id not in laid_out.whats:
        return None
    mine = rows.of(flow.id) & rows.effective & rows.ticket & (rows.amount > 0.0)
    mine &= rows.state == STATE_CODE[State.VALUE]
    loads = rows.amount[mine & np.isin(rows.day, laid_out.days)]
    amount = laid_out.amount[:, laid_out.whats.index(flow.id)]
    days = np.nan_to_num(amount) > 0.0
    if not len(loads) or not days.any():
        return None
    eve = bool((rows.day[mine] == laid_out.days[0] - 1).any())
    return _Hauled(
        float(loads.mean()) * flow.factor,
        float(amount[days].mean()) * flow.factor,
        np.concatenate([[eve], days]),
    )


def _levels(
    stock: str, hauled: list[_Hauled], laid_out: Panel, calendar: Calendar
) -> list[LevelReading]:
    """What is known of the level at the boundaries of the days."""
    known = np.all([item.days for item in hauled], axis=0).tolist()
    rest = UNIFORM * math.hypot(*(item.load for item in hauled))
    more = UNIFORM * math.hypot(*(item.haul for item in hauled))
    days = laid_out.days.tolist()
    ends = [*days, days[-1] + 1]
    return [
        LevelReading(
            stock,
            "",
            calendar.instant(date.fromordinal(day)),
            0.0,
            rest if known[place] else max(rest, more),
            (),
        )
        for place, day in enumerate(ends)
        if known[place] or place in (0, len(days))
    ]
