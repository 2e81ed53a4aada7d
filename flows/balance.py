"""Mass and energy balances: in, out, stock change, residual and tolerance of any processes."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from flows.layers import LAYERS, closes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np

    from flows.measured import Measured
    from flows.network import Flow, FlowNetwork, Stock

    Covariance = Callable[[Sequence[str]], np.ndarray]

#: Two-sided 5 % point of the normal distribution: a balance within it is called closed.
TOLERANCE_SIGMAS = 1.96


class Level(StrEnum):
    """What a balance is drawn round."""

    PROCESS = "process"
    FACILITY = "facility"
    PARK = "park"


class Closure(StrEnum):
    """What can be said of a balance.

    UNTESTED: something that crosses its border is not measured, or nothing crosses it.
    TRANSFORMED: the layer is made or ended here without a declared source or sink.
    """

    CLOSED = "closed"
    OPEN = "open"
    UNTESTED = "untested"
    TRANSFORMED = "transformed"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with one standard deviation, in the unit of its layer; None is not known."""

    value: float | None
    sigma: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """One balance of one layer over one period.

    residual = inflow - outflow - stock_change; tolerance = 1.96 sigma of the residual, with what
    readings of one device share counted once and with its sign. Sums hold what is known; what
    is not measured is listed in `unmeasured`, and then there is no residual.
    """

    level: Level
    id: str
    layer: str
    unit: str
    inflow: Figure
    outflow: Figure
    stock_change: Figure
    residual: Figure
    tolerance: float | None
    closure: Closure
    unmeasured: tuple[str, ...] = ()


def balances(
    network: FlowNetwork,
    measured: Mapping[str, Measured],
    *,
    layer: str = "mass",
    levels: Iterable[Level] = tuple(Level),
    covariance: Covariance | None = None,
) -> list[Balance]:
    """Balances of one layer at each level, processes first, in the order of declaration.

    Args:
        network: Definitions in force.
        measured: By flow id and `stock:<process>`; canonical units of each kind.
        layer: Id of the layer.
        levels: Which levels to draw.
        covariance: Of the values, canonical units, by ids; without it, as `Measured` says.

    Returns:
        One balance per group that anything of the layer touches.
    """
    groups = []
    for level in levels:
        groups += [(level, name, members) for name, members in _groups(network, level)]
    rows = (_balance(network, _Values(measured, covariance), layer, *group) for group in groups)
    return [row for row in rows if row is not None]


def _groups(network: FlowNetwork, level: Level) -> list[tuple[str, frozenset[str]]]:
    if level is Level.PROCESS:
        return [(process.id, frozenset({process.id})) for process in network.processes]
    if level is Level.PARK:
        return [(network.name or "park", frozenset(network.process))]
    members: dict[str, set[str]] = {}
    for process in network.processes:
        if process.facility:
            members.setdefault(process.facility, set()).add(process.id)
    return [(facility, frozenset(ids)) for facility, ids in members.items()]


def _balance(
    network: FlowNetwork,
    values: _Values,
    layer: str,
    level: Level,
    name: str,
    members: frozenset[str],
) -> Balance | None:
    inward: list[Flow] = []
    outward: list[Flow] = []
    inside: list[Flow] = []
    for flow in network.flows:
        if flow.layer != layer:
            continue
        enters, leaves = flow.target in members, flow.source in members
        if enters and leaves:
            inside.append(flow)
        elif enters:
            inward.append(flow)
        elif leaves:
            outward.append(flow)
    stocks = [
        stock for stock in network.stocks if stock.layer == layer and stock.process in members
    ]
    if not (inward or outward or stocks):
        return None
    parts: list[tuple[float, Flow | Stock]] = [(1.0, flow) for flow in inward]
    parts += [(-1.0, flow) for flow in outward]
    parts += [(-1.0, stock) for stock in stocks]
    unmeasured = tuple(item.id for _, item in parts if item.id not in values.measured)
    touching = {
        end
        for flow in (*inward, *outward, *inside)
        for end in (flow.source, flow.target)
        if end in members
    } | {stock.process for stock in stocks}
    closing = all(closes(network.process[process].closes, layer) for process in touching)
    known = [(sign, item) for sign, item in parts if item.id in values.measured]
    residual, tolerance = Figure(None, None), None

    def total(items: Iterable[Flow | Stock]) -> Figure:
        return Figure(*values.sum([(1.0, item) for item in items if item.id in values.measured]))

    closure = Closure.UNTESTED if closing else Closure.TRANSFORMED
    if closing and not unmeasured:
        value, sigma = values.sum(known)
        residual, tolerance = Figure(value, sigma), TOLERANCE_SIGMAS * sigma
        rounding = 1e-12 * sum(
            abs(values.measured[item.id].value * item.factor) for _, item in known
        )
        closure = Closure.CLOSED if abs(value) <= tolerance + rounding else Closure.OPEN
    return Balance(
        level=level,
        id=name,
        layer=layer,
        unit=LAYERS[layer].unit if layer in LAYERS else "",
        inflow=total(inward),
        outflow=total(outward),
        stock_change=total(stocks),
        residual=residual,
        tolerance=tolerance,
        closure=closure,
        unmeasured=unmeasured,
    )


@dataclass(frozen=True, slots=True)
class _Values:
    """Values with what is known of their joint uncertainty."""

    measured: Mapping[str, Measured]
    covariance: Covariance | None

    def sum(self, parts: Sequence[tuple[float, Flow | Stock]]) -> tuple[float, float]:
        """Signed sum and its sigma, layer unit."""
        value = sum(sign * item.factor * self.measured[item.id].value for sign, item in parts)
        if self.covariance is not None:
            import numpy as np

            weights = np.array([sign * item.factor for sign, item in parts])
            matrix = self.covariance([item.id for _, item in parts])
            return value, math.sqrt(max(float(weights @ matrix @ weights), 0.0))
        variance = 0.0
        # What the readings of one device share adds before it is squared.
        shared: dict[tuple[str, str], float] = defaultdict(float)
        for sign, item in parts:
            reading = self.measured[item.id]
            variance += (item.factor * reading.sigma) ** 2
            owner = (reading.device, "") if reading.device else ("", item.id)
            shared[owner] += sign * item.factor * reading.bias_sigma
        return value, math.sqrt(variance + sum(common**2 for common in shared.values()))
