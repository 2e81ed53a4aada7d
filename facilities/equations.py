"""The equations by which a network works, and the loops in it that nothing leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.contents import linear
from flows.findings import Finding, finding
from flows.network import is_environment

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray
    from scipy.sparse import csc_array

    from flows.network import FlowNetwork

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Equations:
    """A x = b over all flows and stock changes.

    Attributes:
        names: What each row stands for: `process layer`, `process>flow` or the relation's id.
        matrix, right: A and b.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    matrix: csc_array
    right: Floats


def equations(network: FlowNetwork) -> Equations:
    """Balances of every layer that closes, then coefficients, then relations.

    Rows are in the layer's unit; a row says in - out - stock change = 0, flow - share * inputs
    = 0, or sum(factor * flow) = value. A coefficient's inputs are flows, not a falling stock.
    """
    from scipy.sparse import csc_array

    ids = (*(item.id for item in network.flows), *(item.id for item in network.stocks))
    place = {name: index for index, name in enumerate(ids)}
    names: list[str] = []
    entries: list[tuple[int, int, float]] = []
    right: list[float] = []

    def add(name: str, terms: list[tuple[int, float]], value: float = 0.0) -> None:
        scale = max((abs(weight) for _, weight in terms), default=0.0)
        if scale == 0.0:
            return
        entries.extend((len(names), index, weight) for index, weight in terms)
        names.append(name)
        right.append(value)

    closing = {layer: frozenset(linear(network, layer)) for layer in network.layers}
    for process in network.processes:
        for layer in network.layers:
            if process.id not in closing[layer]:
                continue
            terms = [
                (place[item.id], item.factor * sign)
                for item in network.flows
                if item.layer == layer
                for sign in ((item.target == process.id) - (item.source == process.id),)
                if sign
            ]
            stock = network.stock.get(process.id)
            if stock and stock.layer == layer:
                terms.append((place[stock.id], -stock.factor))
            add(f"{process.id} {layer}", terms)
    for share in network.coefficients:
        inputs = [
            (place[item.id], -share.value * item.factor)
            for item in network.flows
            if item.target == share.process and item.layer == share.layer
        ]
        outflow = network.flow[share.flow]
        add(f"{share.process}>{share.flow}", [(place[share.flow], outflow.factor), *inputs])
    for relation in network.relations:
        terms = [(place[flow], factor) for flow, factor in relation.terms]
        add(relation.id, terms, relation.value)
    rows, columns, weights = zip(*entries, strict=True) if entries else ((), (), ())
    matrix = csc_array((weights, (rows, columns)), shape=(len(names), len(ids)), dtype=float)
    return Equations(ids, tuple(names), matrix, np.array(right))


def closed_cycles(network: FlowNetwork, among: Collection[str]) -> list[Finding]:
    """Loops among some flows that nothing leaves: what enters them would circulate for ever.

    A process lets nothing out of a loop if all its outflows of the layer stay in the loop, or
    if coefficients send all that enters it round the loop.
    """
    found = []
    for layer in network.layers:
        flows = [item for item in network.flows if item.layer == layer]
        edges: dict[str, set[str]] = {}
        for item in flows:
            if item.id in among and not is_environment(item.source):
                edges.setdefault(item.source, set()).add(item.target)
        for loop in _loops(edges):
            ids = [
                item.id
                for item in flows
                if item.id in among and item.source in loop and item.target in loop
            ]
            if ids and all(_keeps(network, process, layer, ids) for process in loop):
                found.append(finding("cycle-closed", ids[0], members=", ".join(ids), layer=layer))
    return found


def _keeps(network: FlowNetwork, process: str, layer: str, loop: list[str]) -> bool:
    leaving = [i.id for i in network.flows if i.source == process and i.layer == layer]
    shares = {
        item.flow: item.value
        for item in network.coefficients
        if item.process == process and item.layer == layer
    }
    return all(flow in loop for flow in leaving) or (
        abs(sum(shares.get(flow, 0.0) for flow in leaving if flow in loop) - 1.0) < 1e-12
    )


def _loops(edges: Mapping[str, set[str]]) -> list[frozenset[str]]:
    """Strongly connected sets of more than one node, in the order of their first node."""
    import networkx as nx

    graph = nx.DiGraph((source, target) for source, targets in edges.items() for target in targets)
    place = {node: i for i, node in enumerate(edges)}
    loops = [frozenset(loop) for loop in nx.strongly_connected_components(graph) if len(loop) > 1]
    return sorted(loops, key=lambda loop: min(place[node] for node in loop))
