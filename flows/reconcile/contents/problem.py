"""From definitions and measured values of several layers to variables, balances and products."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from flows.contents import CARRIER, linear
from flows.layers import BELOW_ZERO, closes
from flows.network import is_environment
from flows.reconcile.contents.products import ContentsProblem, Product
from flows.reconcile.problem import (
    GROUND,
    Problem,
    Readings,
    Row,
    System,
    _Builder,
    _readings,
    _relations,
    again,
    terms_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flows.measured import Measured
    from flows.network import FlowNetwork, Process, TransferCoefficient

    Floats = NDArray[np.float64]
    Key = tuple[str, str]


@dataclass
class _Contents:
    """Builds the problem; `builder` collects what the linear one does."""

    network: FlowNetwork
    measured: Sequence[Measured]
    layers: tuple[str, ...]
    carried: tuple[str, ...]
    carrier: str
    builder: _Builder = field(default_factory=_Builder)
    products: list[Product] = field(default_factory=list)
    amounts: dict[Key, int] = field(default_factory=dict)
    contents: dict[Key, int] = field(default_factory=dict)
    shares: dict[int, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    flows: dict[str, int] = field(default_factory=dict)
    stocks: dict[str, int] = field(default_factory=dict)
    extras: dict[int, int] = field(default_factory=dict)
    spreads: dict[int, tuple[float, float]] = field(default_factory=dict)
    nodes: dict[Key, int] = field(default_factory=dict)
    readings: dict[str, list[int]] = field(default_factory=dict)
    goods: dict[Key, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, item in enumerate(self.measured):
            self.readings.setdefault(item.of, []).append(place)
        among = {
            each: None if each in self.carried else frozenset(linear(self.network, each))
            for each in self.layers
        }
        for process in self.network.processes:
            for layer in self.layers:
                some = among[layer]
                if closes(process.closes, layer) if some is None else process.id in some:
                    name = process.id if len(self.layers) == 1 else f"{process.id} {layer}"
                    self.nodes[process.id, layer] = self.builder.node(name)

    def closed(self, process: str, layer: str) -> bool:
        """Whether all that enters a process in a layer leaves it by a flow."""
        holds = any(item.process == process for item in self.network.stocks)
        return (process, layer) in self.nodes and not holds

    def edge(self, name: str, layer: str, factor: float, source: str, target: str) -> int:
        """A measured amount between two balances; further readings in series."""
        builder, own = self.builder, self.readings.get(name, [])
        tail, head = (
            GROUND if is_environment(end) else self.nodes.get((end, layer), GROUND)
            for end in (source, target)
        )
        middle = [builder.node(name) for _ in own[1:]]
        stations = [tail, *middle, head]
        index = builder.variable(name, stations[0], stations[1], factor)
        if own:
            builder.read[index] = self.measured[own[0]]
        for place, (begin, end) in zip(own[1:], pairwise(stations[1:]), strict=False):
            self.extras[place] = builder.variable(f"{name} #{place}", begin, end, factor)
            builder.read[self.extras[place]] = self.measured[place]
        return index

    def number(self, name: str, factor: float) -> int:
        """A number that is no amount, with its readings."""
        builder = self.builder
        index = builder.variable(name, GROUND, GROUND, factor)
        for turn, place in enumerate(self.readings.get(name, [])):
            at = index
            if turn:
                again = f"{name} #{place}"
                at = self.extras[place] = builder.variable(again, GROUND, GROUND, factor)
                builder.rows.append(Row(again, ((at, 1.0), (index, -1.0))))
            builder.read[at] = self.measured[place]
        return index

    def add_amounts(self) -> None:
        """Flows, what they carry, and stocks."""
        for flow in self.network.flows:
            if flow.layer not in self.layers and flow.layer != self.carrier:
                continue
            index = self.edge(flow.id, flow.layer, flow.factor, flow.source, flow.target)
            self.flows[flow.id] = self.amounts[flow.id, flow.layer] = index
        for item in self.network.stocks:
            name = item.id if item.layer == self.carrier else f"{item.id}.{item.layer}"
            if item.layer in self.layers:
                name = name if self.carried else item.id
                self.stocks[name] = self.edge(
                    name, item.layer, item.factor, item.process, "environment"
                )
        for layer in self.carried:
            self._carried(layer)

    def _carried(self, layer: str) -> None:
        builder, network = self.builder, self.network
        for flow in network.flows:
            if flow.layer != self.carrier:
                continue
            name = f"{flow.id}.{layer}"
            tail, head = (
                GROUND if is_environment(end) else self.nodes.get((end, layer), GROUND)
                for end in (flow.source, flow.target)
            )
            amount = builder.variable(f"{flow.id} {layer}", tail, head, 1.0)
            good = network.good.get(flow.good)
            if name in self.readings or good is None or layer not in good.contents:
                content = self.number(name, 1.0 / flow.factor)
                self.names[name] = content
            else:
                content = self._of_good(good.id, layer, *good.contents[layer])
            self.amounts[flow.id, layer], self.contents[flow.id, layer] = amount, content
            self.products.append(Product(name, amount, self.flows[flow.id], content))
        held = {item.process for item in network.stocks if item.layer == self.carrier}
        declared = {item.process for item in network.stocks if item.layer == layer}
        for process in network.processes:
            # What a process takes in may stay there in every layer: only a stocktake tells.
            if process.id in held - declared and (process.id, layer) in self.nodes:
                node = self.nodes[process.id, layer]
                name = f"stock:{process.id}.{layer}"
                self.stocks[name] = builder.variable(name, node, GROUND, 1.0)

    def _of_good(self, good: str, layer: str, value: float, sigma: float) -> int:
        """The one content of a good, common to all its flows."""
        if (good, layer) not in self.goods:
            name = f"good:{good}.{layer}"
            index = self.builder.variable(name, GROUND, GROUND, 1.0)
            self.goods[good, layer] = self.names[name] = index
            self.spreads[index] = value, sigma
        return self.goods[good, layer]

    def add_sums(self, sum_to_one: Sequence[str]) -> None:
        """Contents that add up to the whole of each flow."""
        layers = [each for each in sum_to_one if each in self.carried]
        for flow in self.network.flows:
            if layers and flow.layer == self.carrier:
                terms = tuple((self.contents[flow.id, layer], 1.0) for layer in layers)
                self.builder.rows.append(Row(f"{flow.id} sum_to_one", terms, 1.0))

    def add_splitters(self) -> None:
        """All outputs have one content; so has the one input of a splitter that keeps nothing."""
        for process in self.network.processes:
            if process.splitter:
                for layer in self.carried:
                    self._split(process, layer)

    def _split(self, process: Process, layer: str) -> None:
        flows = [flow for flow in self.network.flows if (flow.id, layer) in self.contents]
        alike = [flow.id for flow in flows if flow.source == process.id]
        inputs = [flow.id for flow in flows if flow.target == process.id]
        if len(inputs) == 1 and all(self.closed(process.id, i) for i in (layer, self.carrier)):
            alike += inputs
        for other in alike[1:]:
            first, second = self.contents[alike[0], layer], self.contents[other, layer]
            if first != second:
                row = Row(f"{process.id} splitter", ((first, 1.0), (second, -1.0)))
                self.builder.rows.append(row)

    def terms(self) -> dict[str, tuple[int, float]]:
        """What relations may speak of: flows, stocks, contents, and what flows carry."""
        carried = {f"{flow}:{layer}": self.amounts[flow, layer] for flow, layer in self.contents}
        found = terms_of(self.builder, self.flows | self.stocks | carried)
        # of a good the content is per tonne, in the answer per canonical unit of the flow
        for (flow, layer), index in self.contents.items():
            found[f"{flow}.{layer}"] = index, self.network.flow[flow].factor
        return found

    def add_coefficients(self) -> None:
        """The rows flow - t * (all that enters the process) = 0; linear where t is exact."""
        totals: dict[Key, int] = {}
        for place, item in enumerate(self.network.coefficients):
            if item.flow not in self.network.flow:
                raise KeyError(item.flow)
            out = self.amounts.get((item.flow, item.layer))
            if item.layer not in self.layers or out is None:
                continue
            name = f"{item.process}>{item.flow}"
            name += "" if len(self.layers) == 1 else f" {item.layer}"
            inputs = [
                self.amounts[flow.id, item.layer]
                for flow in self.network.flows
                if flow.target == item.process and (flow.id, item.layer) in self.amounts
            ]
            if not item.sigma and not item.bias_sigma:
                terms = [(out, 1.0), *((index, -item.value) for index in inputs)]
                self.builder.rows.append(Row(name, tuple(terms)))
                continue
            key = item.process, item.layer
            if key not in totals:
                totals[key] = self._total(f"{item.process} {item.layer} input", inputs)
            share = self.builder.variable(name, GROUND, GROUND, 1.0)
            self.shares[place] = self.names[name] = share
            self.spreads[share] = item.value, float(np.hypot(item.sigma, item.bias_sigma))
            self.products.append(Product(name, out, totals[key], share))
        self._whole(totals)

    def _total(self, name: str, inputs: Sequence[int]) -> int:
        if len(inputs) == 1:
            return inputs[0]
        index = self.builder.variable(name, GROUND, GROUND, 1.0)
        terms = [(index, 1.0), *((each, -1.0) for each in inputs)]
        self.builder.rows.append(Row(name, tuple(terms)))
        return index

    def _whole(self, processes: Mapping[Key, int]) -> None:
        """Shares of all outputs are the whole, which their products say only up to rounding."""
        for process, layer in processes:
            given: dict[str, tuple[int, TransferCoefficient]] = {
                item.flow: (place, item)
                for place, item in enumerate(self.network.coefficients)
                if (item.process, item.layer) == (process, layer)
            }
            out = [
                flow.id
                for flow in self.network.flows
                if flow.source == process and (flow.id, layer) in self.amounts
            ]
            if self.closed(process, layer) and all(name in given for name in out):
                exact = sum(i.value for place, i in given.values() if place not in self.shares)
                terms = [(self.shares[p], 1.0) for p, _ in given.values() if p in self.shares]
                self.builder.rows.append(
                    Row(f"{process} {layer} shares", tuple(terms), 1.0 - exact)
                )


def build(
    network: FlowNetwork,
    measured: Sequence[Measured],
    *,
    layers: Sequence[str],
    carried: Sequence[str] = (),
    carrier: str = CARRIER,
    days: float = 1.0,
    bounds: Mapping[str, tuple[float, float]] | None = None,
) -> ContentsProblem:
    """Set up the balances of several layers.

    Args:
        network: Definitions. `sum_to_one` names layers whose contents add up to 1.
        measured: Amounts of flows and stocks; contents as `<flow>.<layer>`, layer unit per
            canonical unit of the flow.
        layers: Layers to close; flows of them enter by their own amount.
        carried: Those of them that flows of the carrier carry by a content.
        carrier: Layer of the flows that carry the others; balanced only if among `layers`.
        days: Length of the period.
        bounds: As `flows.reconcile.reconcile`.

    Raises:
        KeyError: If a measured value, coefficient or relation names what is not there.
    """
    made = _Contents(network, measured, tuple(layers), tuple(carried), carrier)
    made.add_amounts()
    made.add_sums(network.sum_to_one)
    made.add_splitters()
    made.add_coefficients()
    builder = made.builder
    known = made.flows.keys() | made.stocks.keys() | made.names.keys() | network.flow.keys()
    known |= {item.id for item in network.stocks}
    for name in made.readings:
        if name not in known:
            raise KeyError(name)
    relations, spreads = _relations(builder, network, made.terms())
    named = made.flows | made.stocks | made.names | again(measured, made.extras)
    of, sigma, values, correlation = _readings(builder, network, named, spreads | made.spreads)
    system = System(
        tuple(builder.names),
        np.array(builder.tails, dtype=np.intp),
        np.array(builder.heads, dtype=np.intp),
        tuple(builder.nodes),
        tuple(builder.rows),
    )
    problem = Problem(
        system,
        Readings(of, sigma, correlation),
        values,
        np.array(builder.factor),
        made.flows,
        made.stocks,
        relations,
        made.extras,
    )
    low, high, guess = _limits(made, problem, days, bounds or {})
    return ContentsProblem(
        problem,
        tuple(made.products),
        made.amounts,
        made.contents,
        made.shares,
        made.names,
        low,
        high,
        guess,
    )


def _limits(
    made: _Contents, problem: Problem, days: float, bounds: Mapping[str, tuple[float, float]]
) -> tuple[Floats, Floats, Floats]:
    """Bounds as declared; no content below 0, no share beyond 0 and 1; typical amounts."""
    size = problem.system.size
    low, high, guess = np.full(size, -np.inf), np.full(size, np.inf), np.full(size, np.nan)
    for name, index in (made.flows | made.stocks).items():
        flow = made.network.flow.get(name)
        least, most = (flow.minimum * days, flow.maximum * days) if flow else (-np.inf, np.inf)
        least, most = bounds.get(name, (least, most))
        low[index], high[index] = least * problem.factor[index], most * problem.factor[index]
        if flow and flow.typical is not None:
            guess[index] = flow.typical * days * problem.factor[index]
    signed = {index for (_, layer), index in made.contents.items() if layer in BELOW_ZERO}
    low[[index for index in made.names.values() if index not in signed]] = 0.0
    high[list(made.shares.values())] = 1.0
    for product in made.products[: len(made.contents)]:
        if low[product.amount] >= 0.0 and product.share not in signed:
            low[product.result] = 0.0
    return low, high, guess
