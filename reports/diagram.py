"""From report rows to the nodes and links of one Sankey a layer, by processes or by facilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.layers import LAYERS
from reports.bundles import bundled
from reports.drawn import DRAUGHT, Drawing, amount, inside, status, ways
from reports.legend import KINDS
from reports.shapes import Link, Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.data import FlowRow, ReportData
    from reports.shapes import Node
    from reports.words import Words


#: Unicode has circled numbers up to twenty.
_CIRCLED = 20


@dataclass(frozen=True, slots=True)
class Diagram:
    """One Sankey to draw: reconciled amounts of one layer in that layer's unit.

    Attributes:
        level: `facility`, with the flows between two of them bundled by good, or `process`.
        notes: What is left out of it or out of scale, in words.
        legend: What its lines and colors mean, by kind (`reports.legend`).
        groups: Facilities of the park, in the order of their colors.
    """

    layer: str
    unit: str
    title: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    level: str = "process"
    notes: tuple[str, ...] = ()
    legend: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    @property
    def style(self) -> Style:
        """Measures of the drawing: that of facilities is to fit into a window."""
        if self.level == "facility":
            return Style(column=(96.0, 240.0), slot=32.0, gap=7.0)
        return Style()

    @property
    def key(self) -> str:
        """Its id in the page."""
        return f"sankey-{self.layer}" + ("-facility" if self.level == "facility" else "")


def diagrams(data: ReportData, words: Words, level: str = "process") -> tuple[Diagram, ...]:
    """One Sankey for each layer in which some reconciled amount is known, mass first.

    Args:
        data: The report.
        words: Its language.
        level: `process`, or `facility`: none where there are not at least two of them.
    """
    if level == "facility" and not Drawing(data, words, "").by_facility:
        return ()
    known = {row.layer for row in data.flows if row.reconciled is not None}
    layers = [layer for layer in LAYERS if layer in known]
    layers += sorted(known - set(layers))
    return tuple(_diagram(Drawing(data, words, layer), level) for layer in layers)


def _diagram(drawing: Drawing, level: str) -> Diagram:
    data, words = drawing.data, drawing.words
    if level == "facility":
        links, notes = bundled(drawing)
        groups = {}
        declared = [*data.facilities, *(row.id for row in data.processes)]
    else:
        links = [_flow_link(row, drawing) for row in drawing.flows]
        drawing.tell_stocks(lambda row: row.process)
        matter = drawing.layer == "energy" and any(row.carried for row in data.flows)
        matter = matter and drawing.by_facility
        notes = [words.term("sankey-not-carried")] if matter else []
        declared = [row.id for row in data.processes]
        groups = _number_facilities(drawing)
    legend = {kind: words.term(f"line-{kind}") for kind in KINDS}
    return Diagram(
        drawing.layer,
        drawing.unit,
        words.term(f"sankey-{drawing.layer}"),
        drawing.nodes(links, declared),
        tuple(links),
        level,
        tuple(notes),
        {**legend, **groups, "unit": drawing.unit},
        tuple(data.facilities),
    )


def _number_facilities(drawing: Drawing) -> dict[str, str]:
    """Put the number of its facility before each process, in place of its name; their legend."""
    data, words = drawing.data, drawing.words
    met = {group for _, group in drawing.ends.values() if group}
    if len(met) < 2:
        return {}
    known = [*data.facilities, *sorted(met - set(data.facilities))]
    sign = {id_: _circled(number) for number, id_ in enumerate(known)}
    name = {id_: words.label(data.facilities.get(id_), id_) for id_ in known}
    for end, (label, group) in drawing.ends.items():
        if group:
            short = label.removeprefix(name[group]).removeprefix(":").strip()
            drawing.ends[end] = (f"{sign[group]} {short or label}", group)
    return {f"group:{id_}": f"{sign[id_]} {name[id_]}" for id_ in known}


def _circled(number: int) -> str:
    """A number from 1, in a circle as far as there are such signs."""
    return chr(ord("①") + number) if number < _CIRCLED else f"({number + 1})"


def _flow_link(row: FlowRow, drawing: Drawing) -> Link:
    words = drawing.words
    source, target = ways(row)
    ends = []
    # Every facility has ends outside of its own, so that no band crosses the whole picture.
    for end, side, other in ((source, "in", target), (target, "out", source)):
        if inside(end):
            drawing.ends.setdefault(end, (drawing.name(end), drawing.facility(end)))
            ends.append(end)
        else:
            ends.append(drawing.outside(end, side, row, drawing.facility(other)))
    return Link(
        row.id,
        ends[0],
        ends[1],
        None if row.reconciled is None else abs(row.reconciled) * row.factor,
        drawing.unit,
        words.label(row.names, row.id),
        status(row),
        amount(row, words),
        drawing.usual(row, row.factor),
        row.good in DRAUGHT,
    )
