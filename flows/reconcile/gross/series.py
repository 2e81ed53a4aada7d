"""Days of a park as variables of one system, with what waits to be hauled as a change of stock.

Matter that is hauled on some days only (fly ash, biodiesel) is made every day. Read on the day of
the load it opens the balance of its process on all days, though nothing is wrong. So what waits is
a stock of the process: each load is spread evenly over the days since the one before, and the
difference to the figure is the change of that stock, as uncertain as a day's share of loads
differs. Where the process has a level of that day, or the load comes from outside, nothing is
added.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.network import is_environment
from flows.reconcile.problem import GROUND, build

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.network import Flow, FlowNetwork
    from flows.reconcile.days.daytable import DayTable
    from flows.reconcile.problem import Problem, System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Kinds of what can wait in a yard or tank; power, heat and gas cannot.
WAITING = frozenset({"mass", "volume"})
#: Days without a load after which a flow has stopped, and does not wait.
LONGEST = 7
#: Loads with days between them that make a flow one of loads.
LEAST = 3
#: Least standard deviation of a day's share of a load, of the load; a choice of ours, uncertain.
UNEVEN = 0.1
#: Median absolute deviation of a normal law times this is its standard deviation: 1 / 0.6745.
NORMAL = 1.4826


@dataclass(frozen=True, eq=False)
class Series:
    """Readings of D days by variable, in the units of their layers.

    Attributes:
        system: Variables (n) and nodes.
        names: What each variable is called, "" for what is never named, length n.
        groups: Figures of one group are written side by side, in one unit, and can be mistaken
            for each other; "" for what nobody writes down. Length n.
        nodes: Process of each node, and its layer.
        factor: Layer unit per canonical unit of each variable, shape (n,).
        days: Ordinals, consecutive, shape (D,).
        value: NaN where nothing is measured, shape (D, n).
        sigma, bias: Of a day's reading; what readings of a device share, shape (D, n).
        device: Index, -1 for one of its own, shape (D, n).
    """

    system: System
    names: tuple[str, ...]
    groups: tuple[str, ...]
    nodes: tuple[tuple[str, str], ...]
    factor: Floats
    days: Ints
    value: Floats
    sigma: Floats
    bias: Floats
    device: Ints


def day_series(network: FlowNetwork, table: DayTable) -> Series:
    """All layers of a network together, over the days of a table.

    Args:
        network: Definitions that hold on all days. Shares with a sigma are left out: one that is
            wrong for good would look like a meter. So are correlations of readings.
        table: Flows and stock changes of consecutive days; what is not in it is not measured.
    """
    sure = tuple(item for item in network.coefficients if not (item.sigma or item.bias_sigma))
    network = replace(network, coefficients=sure)
    problem = build(network, [], layer="joint")
    shape = (len(table.days), problem.system.size)
    value, sigma = np.full(shape, np.nan), np.full(shape, np.nan)
    bias, device = np.zeros(shape), np.full(shape, -1, np.int64)
    names = [""] * problem.system.size
    column = {name: place for place, name in enumerate(table.names)}
    for name, variable in (problem.flows | problem.stocks).items():
        names[variable] = name
        if name not in column:
            continue
        factor, own = problem.factor[variable], column[name]
        value[:, variable] = table.value[:, own] * factor
        sigma[:, variable] = table.sigma[:, own] * factor
        bias[:, variable] = table.bias[:, own] * factor
        device[:, variable] = table.device[:, own]
    read = problem.readings.of
    value[:, read], sigma[:, read], bias[:, read] = problem.values, problem.readings.sigma, 0.0
    layers = tuple(dict.fromkeys(flow.layer for flow in network.flows))
    nodes = tuple(_process(name, layers) for name in problem.system.nodes)
    groups = [""] * len(names)
    for flow in network.flows:
        if flow.id in problem.flows:
            groups[problem.flows[flow.id]] = f"{flow.facility} {flow.unit or flow.kind}"
    series = Series(
        problem.system, tuple(names), tuple(groups), nodes, problem.factor,
        table.days, value, sigma, bias, device,
    )  # fmt: skip
    return _with_waiting(series, network, problem)


def _process(node: str, layers: tuple[str, ...]) -> tuple[str, str]:
    """Process and layer, from the name that `build` gave a node."""
    if len(layers) == 1:
        return node, layers[0]
    process, _, layer = node.rpartition(" ")
    return process, layer


def _with_waiting(series: Series, network: FlowNetwork, problem: Problem) -> Series:
    tails, parts, spreads, factors = [], [], [], []
    for flow in network.flows:
        variable = problem.flows.get(flow.id)
        if variable is None or not _can_wait(flow):
            continue
        tail = int(problem.system.tails[variable])
        found = None if tail == GROUND else waiting(series.value[:, variable])
        if found is None:
            continue
        change, spread = found
        stock = problem.stocks.get(f"stock:{flow.source}")
        if stock is not None:
            level = ~np.isnan(series.value[:, stock])
            change, spread = np.where(level, 0.0, change), np.where(level, 0.0, spread)
        tails.append(tail)
        parts.append(change)
        spreads.append(spread)
        factors.append(problem.factor[variable])
    if not parts:
        return series
    count, system = len(parts), series.system
    added = np.arange(count)
    days = len(series.days)
    return replace(
        series,
        system=replace(
            system,
            names=(*system.names, *(f"waiting {i}" for i in added)),
            tails=np.append(system.tails, np.array(tails)).astype(np.intp),
            heads=np.append(system.heads, np.full(count, GROUND)).astype(np.intp),
        ),
        names=(*series.names, *([""] * count)),
        groups=(*series.groups, *([""] * count)),
        factor=np.append(series.factor, factors),
        value=np.column_stack([series.value, *parts]),
        sigma=np.column_stack([series.sigma, *spreads]),
        bias=np.hstack([series.bias, np.zeros((days, count))]),
        device=np.hstack([series.device, np.full((days, count), -1)]),
    )


def _can_wait(flow: Flow) -> bool:
    return flow.kind in WAITING and not is_environment(flow.source)


def waiting(amount: Floats) -> tuple[Floats, Floats] | None:
    """Change of what waits to be hauled, and its sigma, of a flow that goes in loads.

    The change is NaN where it is not known when the load before or after was, or where a figure
    is missing; nil where a flow has stopped for longer than `LONGEST`.

    Args:
        amount: Figures of consecutive days, NaN where there is none, shape (days,).

    Returns:
        Two arrays of shape (days,); None for a flow that does not go in loads.
    """
    loads = np.flatnonzero(np.nan_to_num(amount) != 0.0)
    gaps = np.diff(loads)
    spread_out = (gaps > 1) & (gaps <= LONGEST)
    if spread_out.sum() < LEAST:
        return None
    change, rates = np.full(len(amount), math.nan), []
    for before, load, gap in zip(loads[:-1], loads[1:], gaps, strict=True):
        block = slice(before + 1, load + 1)
        if np.isnan(amount[block]).any():
            continue
        if gap > LONGEST:
            change[before + 1 : load] = 0.0
            continue
        rates.append(float(amount[load]) / gap)
        change[block] = rates[-1] - amount[block]
    if not rates:
        return None
    middle = float(np.median(rates))
    usual = NORMAL * float(np.median(np.abs(np.array(rates) - middle)))
    # The mean of n days has an n-th of the variance of each.
    usual *= math.sqrt(float(np.median(gaps[spread_out])))
    spread = max(usual, UNEVEN * abs(middle))
    return change, np.where(np.isnan(change), math.nan, spread)
