"""From definitions and measured values to variables, balances and readings of one period."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from flows.contents import linear
from flows.network import is_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from flows.measured import Measured
    from flows.network import FlowNetwork

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: Index of the one ground node: all of the environment, and every process that need not close.
GROUND = -1


@dataclass(frozen=True, slots=True)
class Row:
    """An exact linear equation beside the balances: sum(weight * variable) = value."""

    name: str
    terms: tuple[tuple[int, float], ...]
    value: float = 0.0


@dataclass(frozen=True)
class System:
    """Variables and exact equations, A x = b; no data.

    Every variable is an edge between two nodes, so that a plain flow network is a graph. A stock
    change is an edge to the ground; a variable of a relation alone is a loop at the ground.

    Attributes:
        names: Name of each variable, unique, shape (n,).
        tails, heads: Node index of each end, shape (n,); GROUND is -1.
        nodes: Name of each balance: inflow - outflow = 0.
        rows: Coefficients and relations, after the balances.
    """

    names: tuple[str, ...]
    tails: Ints
    heads: Ints
    nodes: tuple[str, ...]
    rows: tuple[Row, ...] = ()

    @property
    def size(self) -> int:
        """Number of variables."""
        return len(self.names)

    @property
    def labels(self) -> tuple[str, ...]:
        """Name of every equation: the balances, then the rows."""
        return self.nodes + tuple(row.name for row in self.rows)

    def equations(self) -> tuple[Floats, Floats]:
        """A of shape (balances + rows, n) and b; +1 where a variable enters a node."""
        matrix = np.zeros((len(self.nodes) + len(self.rows), self.size))
        right = np.zeros(len(matrix))
        for ends, sign in ((self.heads, 1.0), (self.tails, -1.0)):
            inside = np.flatnonzero(ends != GROUND)
            np.add.at(matrix, (ends[inside], inside), sign)
        for index, row in enumerate(self.rows, start=len(self.nodes)):
            for variable, weight in row.terms:
                matrix[index, variable] += weight
            right[index] = row.value
        return matrix, right


@dataclass(frozen=True)
class Readings:
    """What is measured in a system, and how well.

    Attributes:
        of: Indices of the measured variables, ascending, shape (k,).
        sigma: Standard deviation of each, independent and common parts together; 0 is exact.
        correlation: Correlation matrix of the readings that are not exact, in the order of `of`,
            or None where all are independent.
    """

    of: Ints
    sigma: Floats
    correlation: Floats | None = None


@dataclass(frozen=True)
class Problem:
    """One period: a system, its readings and their values, and where each answer belongs.

    Attributes:
        values: Value of each reading, in the layer's unit, shape (k,).
        factor: Layer unit per unit of the answer, by variable, shape (n,).
        flows, stocks, relations, extras: Variable indices by what they are; `extras` are second
            and further readings of a flow or stock, by the place of their Measured.
    """

    system: System
    readings: Readings
    values: Floats
    factor: Floats
    flows: dict[str, int]
    stocks: dict[str, int]
    relations: dict[str, int]
    extras: dict[int, int]


@dataclass
class _Builder:
    """Collects variables, nodes and readings in order of declaration."""

    names: list[str] = field(default_factory=list)
    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    factor: list[float] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    read: dict[int, Measured] = field(default_factory=dict)

    def node(self, name: str) -> int:
        self.nodes.append(name)
        return len(self.nodes) - 1

    def variable(self, name: str, tail: int, head: int, factor: float) -> int:
        self.names.append(name)
        self.tails.append(tail)
        self.heads.append(head)
        self.factor.append(factor)
        return len(self.names) - 1


def build(network: FlowNetwork, measured: Sequence[Measured], *, layer: str = "mass") -> Problem:
    """Set up the balances of one layer, or of all layers together ("joint").

    Measured values of flows outside the layer are left aside. A second value of the same flow
    splits its edge in series: each reading has its own edge, and they are equal by balance.

    Raises:
        KeyError: If a measured value, coefficient or relation names an unknown flow or stock.
    """
    layers = (
        tuple(dict.fromkeys(flow.layer for flow in network.flows)) if layer == "joint" else (layer,)
    )
    builder = _Builder()
    closing = {each: frozenset(linear(network, each)) for each in layers}
    node_of = {
        (process.id, each): builder.node(process.id if len(layers) == 1 else f"{process.id} {each}")
        for process in network.processes
        for each in layers
        if process.id in closing[each]
    }
    readings = _by_flow(network, measured)
    flows: dict[str, int] = {}
    stocks: dict[str, int] = {}
    extras: dict[int, int] = {}
    edges = [
        (flow.id, flow.layer, flow.factor, flow.source, flow.target, flows)
        for flow in network.flows
    ] + [
        (stock.id, stock.layer, stock.factor, stock.process, "environment", stocks)
        for stock in network.stocks
    ]
    for name, of_layer, factor, source, target, index in edges:
        if of_layer not in layers:
            continue
        tail, head = (
            GROUND if is_environment(end) else node_of.get((end, of_layer), GROUND)
            for end in (source, target)
        )
        own = readings.get(name, [])
        middle = [builder.node(name) for _ in own[1:]]
        stations = [tail, *middle, head]
        index[name] = builder.variable(name, stations[0], stations[1], factor)
        if own:
            builder.read[index[name]] = measured[own[0]]
        for place, (begin, end) in zip(own[1:], pairwise(stations[1:]), strict=False):
            extras[place] = builder.variable(f"{name} #{place}", begin, end, factor)
            builder.read[extras[place]] = measured[place]
    _coefficients(builder, network, flows, layers)
    relations, spreads = _relations(builder, network, flows)
    of, sigma, values, correlation = _readings(builder, network, flows, spreads)
    return Problem(
        System(
            tuple(builder.names),
            np.array(builder.tails, dtype=np.intp),
            np.array(builder.heads, dtype=np.intp),
            tuple(builder.nodes),
            tuple(builder.rows),
        ),
        Readings(of, sigma, correlation),
        values,
        np.array(builder.factor),
        flows,
        stocks,
        relations,
        extras,
    )


def _by_flow(network: FlowNetwork, measured: Sequence[Measured]) -> dict[str, list[int]]:
    known = set(network.flow) | {stock.id for stock in network.stocks}
    found: dict[str, list[int]] = {}
    for place, item in enumerate(measured):
        if item.of not in known:
            raise KeyError(item.of)
        found.setdefault(item.of, []).append(place)
    return found


def _coefficients(
    builder: _Builder, network: FlowNetwork, flows: dict[str, int], layers: Iterable[str]
) -> None:
    # flow - c * (all that enters the process) = 0
    for item in network.coefficients:
        if item.flow not in network.flow:
            raise KeyError(item.flow)
        if item.layer not in layers or item.flow not in flows:
            continue
        terms = [(flows[item.flow], 1.0)] + [
            (flows[flow.id], -item.value)
            for flow in network.flows
            if flow.target == item.process and flow.layer == item.layer
        ]
        builder.rows.append(Row(f"{item.process}>{item.flow}", tuple(terms)))


def _relations(
    builder: _Builder, network: FlowNetwork, flows: dict[str, int]
) -> tuple[dict[str, int], dict[int, tuple[float, float]]]:
    """Exact relations are rows; one with a sigma is a row and a reading of its sum."""
    variables: dict[str, int] = {}
    spreads: dict[int, tuple[float, float]] = {}
    for item in network.relations:
        names = [name for name, _ in item.terms]
        if any(name not in flows for name in names):
            if any(name not in network.flow for name in names):
                raise KeyError(item.id)
            continue
        terms = [(flows[name], weight / builder.factor[flows[name]]) for name, weight in item.terms]
        if item.sigma > 0.0:
            variables[item.id] = builder.variable(item.id, GROUND, GROUND, 1.0)
            spreads[variables[item.id]] = (item.value, item.sigma)
            builder.rows.append(Row(item.id, (*terms, (variables[item.id], -1.0))))
        else:
            builder.rows.append(Row(item.id, tuple(terms), item.value))
    return variables, spreads


def _readings(
    builder: _Builder,
    network: FlowNetwork,
    flows: dict[str, int],
    spreads: dict[int, tuple[float, float]],
) -> tuple[Ints, Floats, Floats, Floats | None]:
    """Indices, sigma, values and, where devices or declared correlations tie readings, C."""
    of = np.array(sorted([*builder.read, *spreads]), dtype=np.intp)
    sigma, values = np.zeros(len(of)), np.zeros(len(of))
    shared: dict[str, list[tuple[int, float]]] = {}
    for place, variable in enumerate(of.tolist()):
        if variable in spreads:
            values[place], sigma[place] = spreads[variable]
            continue
        item, factor = builder.read[variable], builder.factor[variable]
        values[place], sigma[place] = item.value * factor, item.total_sigma * factor
        if item.device and item.bias_sigma != 0.0:
            shared.setdefault(item.device, []).append((place, item.bias_sigma * factor))
    place_of = {variable: place for place, variable in enumerate(of.tolist())}
    pairs = [
        (place_of[flows[tie.first]], place_of[flows[tie.second]], tie.value)
        for tie in network.correlations
        if flows.get(tie.first) in place_of and flows.get(tie.second) in place_of
    ]
    return of, sigma, values, _correlation(sigma, list(shared.values()), pairs)


def _correlation(
    sigma: Floats,
    shared: list[list[tuple[int, float]]],
    pairs: list[tuple[int, int, float]],
) -> Floats | None:
    """C of the readings that are not exact, or None where all are independent.

    Readings of one device share its bias; a declared coefficient is one of the parts that are
    not shared so.
    """
    shared = [parts for parts in shared if len(parts) > 1]
    if not pairs and not shared:
        return None
    covariance, own = np.diag(sigma**2), sigma.copy()
    for parts in shared:
        for first, left in parts:
            own[first] = np.sqrt(max(sigma[first] ** 2 - left**2, 0.0))
            for second, right in parts:
                if first != second:
                    covariance[first, second] += left * right
    for first, second, value in pairs:
        covariance[first, second] += value * own[first] * own[second]
        covariance[second, first] = covariance[first, second]
    inexact = np.flatnonzero(sigma > 0.0)
    scale = sigma[inexact]
    correlation = covariance[np.ix_(inexact, inexact)] / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation)
