"""The graph of a network, derived from its definitions: ordered and deterministic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.findings import Severity, finding
from flows.network import ENVIRONMENT, is_environment

if TYPE_CHECKING:
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
    import networkx as nx

    graph = to_graph(network)
    place = {process.id: i for i, process in enumerate(network.processes)}
    found = []
    for process in place:
        if process in network.stock:
            continue
        if not graph.in_degree(process):
            found.append(finding("process-without-input", process))
        if not graph.out_degree(process):
            found.append(finding("process-without-output", process))
    outside = [node for node in graph if node not in place]
    graph.add_node(ENVIRONMENT)
    graph.add_edges_from((node, ENVIRONMENT) for node in (*outside, *network.stock))
    free = nx.ancestors(graph, ENVIRONMENT)
    trapped = graph.subgraph(set(place) - free)
    for members in nx.strongly_connected_components(trapped):
        loop = sorted(members, key=place.__getitem__)
        if len(loop) > 1 or trapped.has_edge(loop[0], loop[0]):
            found.append(
                finding("cycle-closed", loop[0], severity=Severity.WARNING, members=", ".join(loop))
            )
    return tuple(sorted(found, key=lambda item: (item.code == "cycle-closed", place[item.where])))
