"""From report rows to the nodes and links of one Sankey a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.layers import LAYERS
from flows.network import ENVIRONMENT, is_environment
from reports.shapes import Link, Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.data import FlowRow, ReportData, StockRow
    from reports.words import Words

#: Group of everything outside the park.
OUTSIDE = ""


@dataclass(frozen=True, slots=True)
class Diagram:
    """One Sankey to draw: reconciled amounts of one layer in that layer's unit."""

    layer: str
    unit: str
    title: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]


def diagrams(data: ReportData, words: Words) -> tuple[Diagram, ...]:
    """One Sankey for each layer in which some reconciled amount is known, mass first."""
    known = {row.layer for row in data.flows if row.reconciled is not None}
    layers = [layer for layer in LAYERS if layer in known]
    layers += sorted(known - set(layers))
    return tuple(_diagram(data, words, layer) for layer in layers)


def _diagram(data: ReportData, words: Words, layer: str) -> Diagram:
    unit = LAYERS[layer].unit if layer in LAYERS else ""
    ends: dict[str, tuple[str, str]] = {}
    links = [_flow_link(row, data, words, unit, ends) for row in data.flows if row.layer == layer]
    links += [
        link
        for row in data.stocks
        if row.layer == layer and (link := _stock_link(row, data, words, unit, ends))
    ]
    declared = {row.id: place for place, row in enumerate(data.processes)}
    order = sorted(ends, key=lambda end: declared.get(end, len(declared)))
    nodes = tuple(
        Node(end, ends[end][0], ends[end][1], _throughput(end, links, words, unit)) for end in order
    )
    return Diagram(layer, unit, words.term(f"sankey-{layer}"), nodes, tuple(links))


def _throughput(end: str, links: Sequence[Link], words: Words, unit: str) -> str:
    """What passes a node: all that enters or all that leaves, else at least what is known."""
    complete, known = [], [0.0]
    for enters in (True, False):
        side = [link.value for link in links if end == (link.target if enters else link.source)]
        amounts = [value for value in side if value is not None]
        known.append(sum(amounts))
        if side and len(amounts) == len(side):
            complete.append(sum(amounts))
    if complete:
        return f"{words.number(max(complete))} {unit}"
    least = max(known)
    return f"≥ {words.number(least)} {unit}" if least else words.term("status-unknown")


def _flow_link(
    row: FlowRow, data: ReportData, words: Words, unit: str, ends: dict[str, tuple[str, str]]
) -> Link:
    label = words.label(row.names, row.id)
    source = _end(row.source, "in", row, data, words, ends)
    target = _end(row.target, "out", row, data, words, ends)
    if row.reconciled is not None and row.reconciled < 0.0:
        source, target = target, source
    return Link(
        row.id,
        source,
        target,
        None if row.reconciled is None else abs(row.reconciled) * row.factor,
        unit,
        label,
        _status(row),
        _amount(row, words),
    )


def _stock_link(
    row: StockRow, data: ReportData, words: Words, unit: str, ends: dict[str, tuple[str, str]]
) -> Link | None:
    """Growth of a stock leaves the process, shrinkage feeds it; no change is not drawn."""
    if not row.reconciled:
        return None
    process = next((item for item in data.processes if item.id == row.process), None)
    label = words.label(row.names, "") or (
        f"{words.label(process.names if process else None, row.process)}{words.term('stock-of')}"
    )
    facility = process.facility if process else OUTSIDE
    node = f"stock:{row.process}"
    ends.setdefault(node, (label, facility))
    ends.setdefault(
        row.process, (words.label(process.names if process else None, row.process), facility)
    )
    source, target = (row.process, node) if row.reconciled > 0.0 else (node, row.process)
    value = abs(row.reconciled) * row.factor
    return Link(node, source, target, value, unit, label, _status(row), _amount(row, words))


def _end(
    node: str,
    side: str,
    row: FlowRow,
    data: ReportData,
    words: Words,
    ends: dict[str, tuple[str, str]],
) -> str:
    """Id of a drawn node: outside ends are one a name and side, a nameless one is its flow's."""
    process = next((item for item in data.processes if item.id == node), None)
    if not is_environment(node):
        facility = process.facility if process else OUTSIDE
        ends.setdefault(node, (words.label(process.names if process else None, node), facility))
        return node
    if node == ENVIRONMENT:
        drawn, label = f"{side}:{row.id}", words.label(row.names, row.id)
    else:
        drawn = f"{side}:{node}"
        label = words.label(process.names if process else None, node.partition(":")[2])
    ends.setdefault(drawn, (label, OUTSIDE))
    return drawn


def _status(row: FlowRow | StockRow) -> str:
    if row.reconciled is None:
        return "unknown"
    return "computed" if row.measured is None else "measured"


def _amount(row: FlowRow | StockRow, words: Words) -> str:
    if row.reconciled is None:
        return words.term("not-known")
    amount = f"{words.number(abs(row.reconciled), row.sigma_reconciled)} {row.unit}"
    return f"{amount}, {words.term('status-' + _status(row))}"
