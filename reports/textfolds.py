"""What of a Sankey a person can read as text: the largest flows drawn, the rest counted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reports.shapes import Link, Node
from reports.weights import usual_amounts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from reports.diagram import Diagram

#: Before the ids of the two copies of a node beside the one that is looked at.
FROM, TO = "from:", "to:"


@dataclass(frozen=True, slots=True)
class Rest:
    """What of a node's flows is not drawn.

    Attributes:
        into, out: How many of them enter and leave.
        amount_in, amount_out: Their known amounts together, without air and flue gas.
    """

    into: int = 0
    out: int = 0
    amount_in: float = 0.0
    amount_out: float = 0.0


@dataclass(frozen=True, slots=True)
class Folded:
    """A diagram with few enough flows to read; `rest` by node, `drawn` of `whole` flows."""

    diagram: Diagram
    rest: Mapping[str, Rest]
    drawn: int
    whole: int


def folded(diagram: Diagram, most: int) -> Folded:
    """The flows that are usually the largest, and the largest one of each facility.

    By usual amounts (`Link.weight`), so that the same are drawn every day. Where not all are
    drawn, what two nodes exchange is one band, named after its largest flow.

    Args:
        diagram: What there is.
        most: So many bands are drawn, and the one that each facility must have.
    """
    whole = _count(diagram.links)
    if len(diagram.links) <= most:
        return Folded(diagram, {}, whole, whole)
    links = _joined(diagram.links, _weights(diagram.nodes, diagram.links))
    weights = _weights(diagram.nodes, links)
    order = sorted(range(len(links)), key=lambda at: (-weights[at], at))
    kept = set(order[:most])
    if diagram.level == "facility":
        for node in diagram.nodes:
            own = [at for at in order if node.id in (links[at].source, links[at].target)]
            if node.group and own:
                kept.add(own[0])
    drawn = tuple(link for at, link in enumerate(links) if at in kept)
    rest: dict[str, Rest] = {}
    for at, link in enumerate(links):
        if at not in kept:
            count, value = max(len(link.members), 1), 0.0 if link.quiet else link.value or 0.0
            one, other = rest.get(link.source, Rest()), rest.get(link.target, Rest())
            rest[link.source] = replace(one, out=one.out + count, amount_out=one.amount_out + value)
            if link.target == link.source:
                other = rest[link.source]
            rest[link.target] = replace(
                other, into=other.into + count, amount_in=other.amount_in + value
            )
    met = {end for link in drawn for end in (link.source, link.target)}
    shown = replace(
        diagram, links=drawn, nodes=tuple(node for node in diagram.nodes if node.id in met)
    )
    return Folded(shown, {id_: rest[id_] for id_ in rest if id_ in met}, _count(drawn), whole)


def _count(links: Sequence[Link]) -> int:
    """Flows that some bands stand for."""
    return sum(max(len(link.members), 1) for link in links)


def _weights(nodes: Sequence[Node], links: Sequence[Link]) -> list[float]:
    index = {node.id: at for at, node in enumerate(nodes)}
    arcs = [(index[k.source], index[k.target], 0.0 if k.quiet else k.value or 0.0) for k in links]
    return usual_amounts(arcs, links)


def _joined(links: Sequence[Link], weights: Sequence[float]) -> list[Link]:
    """What runs from one node to another as one band; what is out of scale stays by itself."""
    between: dict[tuple[str, str, bool], list[int]] = {}
    for at, link in enumerate(links):
        between.setdefault((link.source, link.target, link.quiet), []).append(at)
    made = []
    for places in between.values():
        first = links[max(places, key=lambda at: (weights[at], -at))]
        if len(places) == 1:
            made.append(replace(first, members=first.members or (first.label,)))
            continue
        own = [links[at] for at in places]
        known = [link.value for link in own if link.value is not None]
        usual = [link.weight for link in own]
        states = {link.status for link in own if link.value is not None}
        members = tuple(name for link in own for name in link.members or (link.label,))
        made.append(
            replace(
                first,
                id=f"{first.source}>{first.target}",
                value=sum(known) if known else None,
                weight=None if None in usual else sum(w for w in usual if w is not None),
                status=_state(states, whole=len(known) == len(own)),
                label=f"{first.label} +{len(places) - 1}",
                title="",
                members=members,
            )
        )
    return made


def _state(states: Collection[str], *, whole: bool) -> str:
    """Measured or carried only where all of it is."""
    if not states:
        return "unknown"
    (state, *others) = states
    return state if not others and (whole or state != "measured") else "computed"


def focused(diagram: Diagram, group: str) -> Diagram:
    """One facility with what it takes and what it gives; nothing of it runs back.

    Its own nodes stand in the middle. Whatever is beside them stands to the left with what it
    gives, and to the right with what it takes; other facilities as a whole.

    Args:
        diagram: The whole, of facilities or of processes.
        group: Facility.
    """
    own = {node.id for node in diagram.nodes if group in (node.group, node.id)}
    node = {item.id: item for item in diagram.nodes}
    names = {
        key.removeprefix("group:"): text
        for key, text in diagram.legend.items()
        if key.startswith("group:")
    }
    beside: dict[str, Node] = {}

    def end(id_: str, side: str) -> str:
        if id_ in own:
            return id_
        there = node[id_]
        whole = names.get(there.group, "")
        made = f"{side}{there.group if whole else id_}"
        beside.setdefault(made, Node(made, whole or there.label, there.group))
        return made

    called = names.get(group, "").partition(" ")[2]

    def label(text: str) -> str:
        """Without the facility, which stands above it all."""
        short = text.partition(": ")[2] or (text.removeprefix(called) if called else text)
        return short.lstrip(":： ") or text

    links = tuple(
        replace(
            link,
            source=end(link.source, FROM),
            target=end(link.target, TO),
            label=label(link.label),
        )
        for link in diagram.links
        if link.source in own or link.target in own
    )
    nodes = (*beside.values(), *(item for item in diagram.nodes if item.id in own))
    return replace(diagram, nodes=nodes, links=links)


def of_flows(diagram: Diagram, flows: Collection[str]) -> Diagram:
    """Only some flows and the nodes that they join.

    Args:
        diagram: The whole, process by process: there a band is a flow.
        flows: Ids.
    """
    links = tuple(link for link in diagram.links if link.id in flows)
    met = {end for link in links for end in (link.source, link.target)}
    return replace(
        diagram, links=links, nodes=tuple(node for node in diagram.nodes if node.id in met)
    )


def through(links: Sequence[Link], node: str) -> float:
    """Greater one of what is known to enter a node and to leave it."""
    sides = [0.0, 0.0]
    for link in links:
        if link.quiet or link.value is None or not math.isfinite(link.value):
            continue
        sides[0] += link.value * (link.target == node)
        sides[1] += link.value * (link.source == node)
    return max(sides)
