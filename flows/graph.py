"""The graph of a network, derived from its definitions: ordered and deterministic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.findings import Severity, finding
from flows.network import ENVIRONMENT, is_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    import networkx as nx

    from flows.findings import Finding
    from flows.network import FlowNetwork

#: Longest and most loops that are listed; a dense network has more of them than flows.
LONGEST_LOOP = 12
MOST_LOOPS = 500


def ground(node: str) -> str:
    """The node of every balance: all of the environment is one."""
    return ENVIRONMENT if is_environment(node) else node


def to_graph(network: FlowNetwork) -> nx.MultiDiGraph[str]:
    """Processes and environment nodes as nodes, flows as edges with their id as key.

    Nodes come in the order of declaration, then the environment as the flows name it; nodes of
    the environment stay apart, for drawing. Nodes carry `environment` (bool), edges `flow`.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(name=network.name)
    for process in network.processes:
        graph.add_node(process.id, environment=False)
    for flow in network.flows:
        for end in (flow.source, flow.target):
            if end not in graph:
                graph.add_node(end, environment=is_environment(end))
        graph.add_edge(flow.source, flow.target, key=flow.id, flow=flow)
    return graph


def loops(network: FlowNetwork) -> list[tuple[str, ...]]:
    """Closed paths of processes, for drawing, in the order of declaration.

    Each is listed once and begins with its first declared process; parallel flows make no
    further loop, the environment closes none. At most `MOST_LOOPS`, no longer than
    `LONGEST_LOOP` processes.
    """
    from itertools import islice

    import networkx as nx

    place = {process.id: i for i, process in enumerate(network.processes)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(place)
    graph.add_edges_from(
        (flow.source, flow.target)
        for flow in network.flows
        if flow.source in place and flow.target in place
    )
    found = []
    for members in islice(nx.simple_cycles(graph, length_bound=LONGEST_LOOP), MOST_LOOPS):
        first = min(range(len(members)), key=lambda i: place[members[i]])
        found.append((*members[first:], *members[:first]))
    return sorted(found, key=lambda members: (len(members), [place[name] for name in members]))


def structure_findings(network: FlowNetwork) -> tuple[Finding, ...]:
    """Processes without input or output, and loops of processes that nothing ever leaves.

    A stock can take up or give off what flows do not; such a process is left alone.
    """
    into: dict[str, list[str]] = {process.id: [] for process in network.processes}
    out: dict[str, list[str]] = {process.id: [] for process in network.processes}
    leaves = {stock.process for stock in network.stocks}
    for flow in network.flows:
        if flow.target in into:
            into[flow.target].append(flow.source)
        if flow.source in out:
            out[flow.source].append(flow.target)
            if is_environment(flow.target):
                leaves.add(flow.source)
    found = []
    for process in network.processes:
        if process.id in network.stock:
            continue
        if not into[process.id]:
            found.append(finding("process-without-input", process.id))
        if not out[process.id]:
            found.append(finding("process-without-output", process.id))
    reaching = _reached(leaves, into)
    closed = {name: [to for to in out[name] if to in out] for name in out if name not in reaching}
    found += [
        finding("cycle-closed", group[0], severity=Severity.WARNING, members=", ".join(group))
        for group in _strong(closed)
        if len(group) > 1 or group[0] in closed[group[0]]
    ]
    return tuple(found)


def _reached(
    start: Iterable[str], neighbors: Mapping[str, list[str]], apart: AbstractSet[str] = frozenset()
) -> set[str]:
    seen = set(start)
    stack = list(seen)
    while stack:
        for other in neighbors.get(stack.pop(), ()):
            if other in neighbors and other not in seen and other not in apart:
                seen.add(other)
                stack.append(other)
    return seen


def _strong(out: Mapping[str, list[str]]) -> list[list[str]]:
    """Strongly connected sets, in order of declaration (Kosaraju, without recursion)."""
    order: list[str] = []
    seen: set[str] = set()
    for start in out:
        stack = [(start, iter(out[start]))] if start not in seen else []
        seen.add(start)
        while stack:
            name, rest = stack[-1]
            other = next((each for each in rest if each in out and each not in seen), None)
            if other is None:
                order.append(name)
                stack.pop()
            else:
                seen.add(other)
                stack.append((other, iter(out[other])))
    back: dict[str, list[str]] = {name: [] for name in out}
    for name, others in out.items():
        for other in others:
            if other in back:
                back[other].append(name)
    place = {name: i for i, name in enumerate(out)}
    taken: set[str] = set()
    groups = []
    for name in reversed(order):
        if name in taken:
            continue
        group = _reached([name], back, taken)
        taken |= group
        groups.append(sorted(group, key=place.__getitem__))
    return sorted(groups, key=lambda group: place[group[0]])
