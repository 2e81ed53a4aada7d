"""From definitions and measured values to variables, balances and readings of one period."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from flows.contents import linear
from flows.errors import Refused
from flows.findings import finding
from flows.network import is_environment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from flows.measured import Measured
    from flows.network import FlowNetwork

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: Index of the one ground node: all of the environment, and every process that need not close.
GROUND = -1
#: Readings that one answer takes where some of them are tied to each other.
LARGEST_CORRELATED = 4_000


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
        sizes: Greatness of each, shape (k,), or None where it is not known: where exact values
            agree to rounding only, a small flow follows from the small ones.
    """

    of: Ints
    sigma: Floats
    correlation: Floats | None = None
    sizes: Floats | None = None


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
    named = flows | stocks
    relations, spreads = _relations(builder, network, terms_of(builder, named))
    named |= again(measured, extras)
    of, sigma, values, correlation = _readings(builder, network, named, spreads)
    return Problem(
        System(
            tuple(builder.names),
            np.array(builder.tails, dtype=np.intp),
            np.array(builder.heads, dtype=np.intp),
            tuple(builder.nodes),
            tuple(builder.rows),
        ),
        Readings(of, sigma, correlation, np.abs(values)),
        values,
        np.array(builder.factor),
        flows,
        stocks,
        relations,
        extras,
    )


def with_second(system: System, variables: Sequence[int]) -> tuple[System, dict[int, int]]:
    """The system with an edge in series behind some variables, for one more reading of each.

    Returns:
        The system, and the further edge of each variable.
    """
    if not variables:
        return system, {}
    tails, heads, nodes = list(system.tails), list(system.heads), list(system.nodes)
    names, second = list(system.names), {}
    for variable in variables:
        second[variable] = len(names)
        tails.append(np.intp(len(nodes)))
        heads.append(heads[variable])
        heads[variable] = np.intp(len(nodes))
        nodes.append(f"{names[variable]} again")
        names.append(nodes[-1])
    begin, end = (np.array(part, dtype=np.intp) for part in (tails, heads))
    return System(tuple(names), begin, end, tuple(nodes), system.rows), second


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


def terms_of(builder: _Builder, named: Mapping[str, int]) -> dict[str, tuple[int, float]]:
    """Variables that a relation may speak of, and each's own unit per unit of the answer."""
    return {name: (index, 1.0 / builder.factor[index]) for name, index in named.items()}


def again(measured: Sequence[Measured], extras: Mapping[int, int]) -> dict[str, int]:
    """Second and further readings by name: `<what>#2` is the second one of it."""
    found: dict[str, int] = {}
    count: dict[str, int] = {}
    for place, item in enumerate(measured):
        count[item.of] = number = count.get(item.of, 0) + 1
        if place in extras:
            found[f"{item.of}#{number}"] = extras[place]
    return found


def _relations(
    builder: _Builder, network: FlowNetwork, variables: Mapping[str, tuple[int, float]]
) -> tuple[dict[str, int], dict[int, tuple[float, float]]]:
    """Exact relations are rows; one with a sigma is a row and a reading of its sum.

    Args:
        builder: Takes the rows.
        network: Definitions.
        variables: By name: a variable, and what its weight is multiplied by.
    """
    found: dict[str, int] = {}
    spreads: dict[int, tuple[float, float]] = {}
    defined = {*network.flow, *(stock.id for stock in network.stocks)}
    for item in network.relations:
        names = [name for name, _ in item.terms]
        if any(name not in variables for name in names):
            if not all(name in variables or _is_of(name, defined) for name in names):
                raise KeyError(item.id)
            continue  # of a layer that is not asked for
        terms = [
            (index, weight * unit) for n, weight in item.terms for index, unit in [variables[n]]
        ]
        if item.sigma > 0.0:
            found[item.id] = builder.variable(item.id, GROUND, GROUND, 1.0)
            spreads[found[item.id]] = (item.value, item.sigma)
            builder.rows.append(Row(item.id, (*terms, (found[item.id], -1.0))))
        else:
            builder.rows.append(Row(item.id, tuple(terms), item.value))
    return found, spreads


def _is_of(name: str, defined: Collection[str]) -> bool:
    """Whether a name is that of a flow or stock, or of what one of them carries."""
    return any(each in defined for each in (name, *(name.rpartition(mark)[0] for mark in ".:")))


def _readings(
    builder: _Builder,
    network: FlowNetwork,
    named: Mapping[str, int],
    spreads: dict[int, tuple[float, float]],
) -> tuple[Ints, Floats, Floats, Floats | None]:
    """Indices, sigma, values and, where devices or declared correlations tie readings, C."""
    of = np.array(sorted([*builder.read, *spreads]), dtype=np.intp)
    sigma, chance, values = np.zeros(len(of)), np.zeros(len(of)), np.zeros(len(of))
    shared: dict[str, list[tuple[int, float]]] = {}
    for place, variable in enumerate(of.tolist()):
        if variable in spreads:
            values[place], sigma[place] = spreads[variable]
            continue
        item, factor = builder.read[variable], builder.factor[variable]
        values[place], sigma[place] = item.value * factor, item.total_sigma * factor
        chance[place] = item.sigma * factor
        if item.device and item.bias_sigma != 0.0:
            shared.setdefault(item.device, []).append((place, item.bias_sigma * factor))
    place_of = {variable: place for place, variable in enumerate(of.tolist())}
    pairs = [
        (place_of[named[tie.first]], place_of[named[tie.second]], tie.value)
        for tie in network.correlations
        if named.get(tie.first) in place_of and named.get(tie.second) in place_of
    ]
    return of, sigma, values, _correlation(sigma, chance, list(shared.values()), pairs)


def _correlation(
    sigma: Floats,
    chance: Floats,
    shared: list[list[tuple[int, float]]],
    pairs: list[tuple[int, int, float]],
) -> Floats | None:
    """C of the readings that are not exact, or None where all are independent.

    Readings of one device share its bias; a declared coefficient is one of their chance parts,
    whether the device has further readings or not.
    """
    shared = [parts for parts in shared if len(parts) > 1]
    if not pairs and not shared:
        return None
    inexact = np.flatnonzero(sigma > 0.0)
    if (count := len(inexact)) > LARGEST_CORRELATED:
        raise Refused(
            finding(
                "too-many-tied",
                count=count,
                limit=LARGEST_CORRELATED,
                what="[[correlation]], bias_sigma",
            )
        )
    covariance = np.diag(sigma**2)
    for parts in shared:
        places = np.array([place for place, _ in parts])
        common = np.array([part for _, part in parts])
        among = np.outer(common, common)
        np.fill_diagonal(among, 0.0)
        covariance[np.ix_(places, places)] += among
    for first, second, value in pairs:
        covariance[first, second] += value * chance[first] * chance[second]
        covariance[second, first] = covariance[first, second]
    scale = sigma[inexact]
    correlation = covariance[np.ix_(inexact, inexact)] / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation)
