"""Mass and energy balances: in, out, stock change, residual and tolerance of any processes."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from flows.contents import CARRIER
from flows.layers import LAYERS, closes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np

    from flows.contents import Content
    from flows.measured import Measured
    from flows.network import FlowNetwork, Stock

    Covariance = Callable[[Sequence[str]], np.ndarray]

#: Two-sided 5 % point of the normal distribution: a balance within it is called closed.
TOLERANCE_SIGMAS = 1.96
#: Share of the terms of a sum below which what is left of them is rounding.
ROUNDING = 1e-12


class Level(StrEnum):
    """What a balance is drawn round."""

    PROCESS = "process"
    FACILITY = "facility"
    PARK = "park"


class Closure(StrEnum):
    """What can be said of a balance.

    UNCERTAIN: what the readings allow is as much as all that passes: nothing could open it.
    UNTESTED: something that crosses its border is not measured, or nothing crosses it.
    TRANSFORMED: the layer is made or ended here without a declared source or sink.
    """

    CLOSED = "closed"
    OPEN = "open"
    UNCERTAIN = "uncertain"
    UNTESTED = "untested"
    TRANSFORMED = "transformed"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with one standard deviation, in the unit of its layer; None is not known."""

    value: float | None
    sigma: float | None


#: What cannot be said.
UNKNOWN = Figure(None, None)


@dataclass(frozen=True, slots=True)
class Balance:
    """One balance of one layer over one period.

    residual = inflow - outflow - stock_change; tolerance = 1.96 sigma of the residual, with what
    readings of one device share counted once and with its sign. What is not measured is listed in
    `unmeasured` (`<flow>.<layer>` where only its content is not known), and then there is no
    residual; `partial` names the sides, `in`, `out`, `stock`, of which something is not known. In
    and out then hold what is known; a change of stock, which may have either sign, is known as a
    whole or not at all.
    Where a layer need not close, `transformed` is the same difference: what is made (negative) or
    ended here, heat lost to the surroundings included.
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
    transformed: Figure = UNKNOWN
    partial: tuple[str, ...] = ()

    @property
    def difference(self) -> Figure:
        """Inflow - outflow - stock_change, whether the layer must close here or not."""
        return self.transformed if self.residual.value is None else self.residual


def balances(
    network: FlowNetwork,
    measured: Mapping[str, Measured],
    *,
    layer: str = "mass",
    levels: Iterable[Level] = tuple(Level),
    covariance: Covariance | None = None,
    carried: Mapping[str, Content] | None = None,
) -> list[Balance]:
    """Balances of one layer at each level, processes first, in the order of declaration.

    Args:
        network: Definitions in force.
        measured: By flow id and `stock:<process>`; canonical units of each kind.
        layer: Id of the layer.
        levels: Which levels to draw.
        covariance: Of the values, canonical units, by ids; without it, as `Measured` says.
        carried: Contents of the layer by flow (`flows.contents.contents`); without it only flows
            whose own layer it is are counted.

    Returns:
        One balance per group that anything of the layer touches.
    """
    values = _Values(measured, covariance)
    parts = _parts(network, measured, layer, carried)
    rows = (
        _balance(network, values, parts, layer, level, name, members)
        for level in levels
        for name, members in _groups(network, level)
    )
    return [row for row in rows if row is not None]


@dataclass(frozen=True, slots=True)
class _Part:
    """A flow or stock as it enters the balances of a layer.

    Attributes:
        factor: Layer unit per canonical unit, None where the content is not known.
        spread: One standard deviation of a content, shared by all parts of one `owner`.
    """

    id: str
    source: str
    target: str
    factor: float | None
    spread: float = 0.0
    owner: str = ""


def _parts(
    network: FlowNetwork,
    measured: Mapping[str, Measured],
    layer: str,
    carried: Mapping[str, Content] | None,
) -> list[_Part]:
    """All flows, then all stocks that carry something of a layer; a stock's target is ""."""
    parts = []
    for flow in network.flows:
        ends = flow.id, flow.source, flow.target
        if flow.layer == layer:
            parts.append(_Part(*ends, flow.factor))
        elif carried and flow.layer == CARRIER:
            content = carried.get(flow.id)
            if content is None:
                parts.append(_Part(*ends, None))
            elif content.value != 0.0 or content.sigma != 0.0:
                parts.append(_Part(*ends, content.value, content.sigma, content.source))
    for stock in network.stocks:
        ends = stock.id, stock.process, ""
        if stock.layer == layer:
            parts.append(_Part(*ends, stock.factor))
        elif carried and stock.layer == CARRIER:
            parts.append(_Part(*ends, *_stored(network, measured, stock, carried)))
    return parts


def _stored(
    network: FlowNetwork,
    measured: Mapping[str, Measured],
    stock: Stock,
    carried: Mapping[str, Content],
) -> tuple[float | None, float, str]:
    """Content of a stock: the mean of what enters its process, by mass."""
    inward = [item for item in network.flows if item.target == stock.process]
    inward = [item for item in inward if item.layer == CARRIER and item.id in measured]
    known = [(item, carried[item.id]) for item in inward if item.id in carried]
    tonnes = math.fsum(measured[item.id].value * item.factor for item in inward)
    if len(known) < len(inward) or tonnes <= 0.0:
        return None, 0.0, ""
    amounts = [(measured[item.id].value, content) for item, content in known]
    scale = stock.factor / tonnes
    value = math.fsum(amount * content.value for amount, content in amounts)
    spread = math.fsum(abs(amount) * content.sigma for amount, content in amounts)
    return value * scale, spread * scale, stock.id


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
    parts: Sequence[_Part],
    layer: str,
    level: Level,
    name: str,
    members: frozenset[str],
) -> Balance | None:
    inward = [item for item in parts if item.target in members and item.source not in members]
    outward = [item for item in parts if item.source in members and item.target not in members]
    stocks = [item for item in outward if not item.target]
    outward = [item for item in outward if item.target]
    if not (inward or outward or stocks):
        return None
    signed = [(1.0, item) for item in inward] + [(-1.0, item) for item in (*outward, *stocks)]
    unmeasured = tuple(
        item.id if item.id not in values.measured else f"{item.id}.{layer}"
        for _, item in signed
        if not values.knows(item)
    )
    touching = {end for item in parts for end in (item.source, item.target)} & members
    closing = all(closes(network.process[process].closes, layer) for process in touching)
    known = [(sign, item) for sign, item in signed if values.knows(item)]
    difference, tolerance = UNKNOWN, None

    def total(items: Sequence[_Part]) -> Figure:
        some = [(1.0, item) for item in items if values.knows(item)]
        return Figure(*values.sum(some)) if some or not items else UNKNOWN

    sides = {"in": inward, "out": outward, "stock": stocks}
    partial = tuple(side for side, items in sides.items() if not all(map(values.knows, items)))
    closure = Closure.UNTESTED if closing else Closure.TRANSFORMED
    if not unmeasured:
        value, sigma = values.sum(known)
        difference = Figure(value, sigma)
        if closing:
            tolerance = TOLERANCE_SIGMAS * sigma
            rounding = ROUNDING * sum(abs(values.amount(item)) for _, item in known)
            closure = Closure.CLOSED if abs(value) <= tolerance + rounding else Closure.OPEN
            passed = max(values.passed(items) for items in (inward, outward, stocks))
            if closure is Closure.CLOSED and tolerance >= passed:
                closure = Closure.UNCERTAIN if passed else Closure.UNTESTED
    return Balance(
        level=level,
        id=name,
        layer=layer,
        unit=LAYERS[layer].unit if layer in LAYERS else "",
        inflow=total(inward),
        outflow=total(outward),
        stock_change=UNKNOWN if "stock" in partial else total(stocks),
        residual=difference if closing else UNKNOWN,
        tolerance=tolerance,
        closure=closure,
        unmeasured=unmeasured,
        transformed=UNKNOWN if closing else difference,
        partial=partial,
    )


@dataclass(frozen=True, slots=True)
class _Values:
    """Values with what is known of their joint uncertainty."""

    measured: Mapping[str, Measured]
    covariance: Covariance | None

    def knows(self, item: _Part) -> bool:
        """Whether both its amount and its content are known."""
        return item.factor is not None and item.id in self.measured

    def amount(self, item: _Part) -> float:
        """Amount of the layer."""
        return (item.factor or 0.0) * self.measured[item.id].value

    def passed(self, parts: Sequence[_Part]) -> float:
        """What passes, either way, in the unit of the layer."""
        return math.fsum(abs(self.amount(item)) for item in parts)

    def sum(self, parts: Sequence[tuple[float, _Part]]) -> tuple[float, float]:
        """Signed sum and its sigma, layer unit.

        For r = sum(s c a) with amounts a and contents c, to first order,
        var(r) = var of sum(s c a) by the amounts + sum over owners of (sum(s a sigma_c))^2.
        """
        value = sum(sign * self.amount(item) for sign, item in parts)
        # What the readings of one device, or all uses of one content, share adds before it is
        # squared.
        shared: dict[tuple[str, str], float] = defaultdict(float)
        variance = 0.0
        for sign, item in parts:
            if item.spread:
                content = sign * item.spread * self.measured[item.id].value
                shared["content", item.owner] += content
        if self.covariance is not None:
            import numpy as np

            weights = np.array([sign * (item.factor or 0.0) for sign, item in parts])
            matrix = self.covariance([item.id for _, item in parts])
            variance = float(weights @ matrix @ weights)
            # What is left of terms that cancel is rounding: a closed balance is sure.
            terms = float(np.abs(weights) @ np.sqrt(np.abs(np.diagonal(matrix)))) ** 2
            variance = variance if variance > ROUNDING * terms else 0.0
        else:
            for sign, item in parts:
                reading, factor = self.measured[item.id], item.factor or 0.0
                variance += (factor * reading.sigma) ** 2
                owner = (reading.device, "") if reading.device else ("", item.id)
                shared[owner] += sign * factor * reading.bias_sigma
        return value, math.sqrt(variance + sum(common**2 for common in shared.values()))
