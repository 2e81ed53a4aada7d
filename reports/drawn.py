"""Ends and flows of a report's rows as nodes and links of a Sankey; shared by both its levels."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from flows.balance import TOLERANCE_SIGMAS
from flows.layers import LAYERS
from flows.network import ENVIRONMENT, is_environment
from reports.shapes import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reports.data import FlowRow, ProcessRow, ReportData, StockRow
    from reports.shapes import Link
    from reports.words import Words

#: Group of everything outside the park.
OUTSIDE = ""
#: Goods of the draught: air drawn in and gas to the stack weigh several times all else that a
#: park moves, and nobody buys or handles them.
DRAUGHT = frozenset({"air", "flue-gas", "exhaust"})


@dataclass
class Drawing:
    """Nodes of one diagram as they are met.

    Attributes:
        ends: Label and group by id of node.
        notes: What is said of a node beside its throughput.
    """

    data: ReportData
    words: Words
    layer: str
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """Unit of the layer."""
        return LAYERS[self.layer].unit if self.layer in LAYERS else ""

    @cached_property
    def process(self) -> dict[str, ProcessRow]:
        """Rows of processes and named ends by id."""
        return {row.id: row for row in self.data.processes}

    @cached_property
    def flows(self) -> list[FlowRow]:
        """Flows of the layer."""
        return [row for row in self.data.flows if row.layer == self.layer]

    @cached_property
    def stocks(self) -> list[StockRow]:
        """Stocks of the layer that have changed."""
        return [row for row in self.data.stocks if row.layer == self.layer and row.reconciled]

    def name(self, process: str) -> str:
        """Label of a process or a named end."""
        row = self.process.get(process)
        return self.words.label(row.names if row else None, process.removeprefix(f"{ENVIRONMENT}:"))

    def facility(self, process: str) -> str:
        """Facility of a process, "" for an end outside."""
        row = self.process.get(process)
        return row.facility if row else OUTSIDE

    def outside(self, end: str, side: str, row: FlowRow, part: str = "") -> str:
        """Id of a drawn end outside: one a name, side and part, a nameless one is its flow's."""
        named = end != ENVIRONMENT
        drawn = f"{side}:{end if named else row.id}" + (f"@{part}" if part and named else "")
        label = self.name(end) if named else self.words.label(row.names, row.id)
        self.ends.setdefault(drawn, (label, OUTSIDE))
        return drawn

    def usual(self, row: FlowRow, factor: float) -> float | None:
        """Usual amount of a day, at layer units per unit of the flow.

        Where others have one and this has none it is NaN: to be worked out from them. Where none
        has any it is None, and the amounts of the period decide.
        """
        if row.typical is not None:
            return abs(row.typical * factor)
        return math.nan if self.any_usual else None

    @property
    def by_facility(self) -> bool:
        """Whether there are facilities enough for a picture of theirs."""
        return len({row.facility for row in self.data.processes if row.facility}) > 1

    @cached_property
    def any_usual(self) -> bool:
        """Whether usual amounts are stated at all."""
        return any(row.typical is not None for row in self.data.flows)

    def sum(self, usual: Sequence[float | None]) -> float | None:
        """Sum of usual amounts; None if there are none."""
        return None if None in usual else sum(value for value in usual if value is not None)

    def tell_stocks(self, node_of: Callable[[StockRow], str]) -> None:
        """Say beside each node what its stocks hold, beyond doubt, more or less than before.

        A gap between the two sides of a node is that change, to scale; drawn as nodes of their
        own, stocks would stand on another side from day to day.
        """
        changes: dict[str, list[StockRow]] = {}
        for row in self.stocks:
            changes.setdefault(node_of(row), []).append(row)
        for node, rows in changes.items():
            change = sum((row.reconciled or 0.0) * row.factor for row in rows)
            sigma = math.hypot(*((row.sigma_reconciled or 0.0) * row.factor for row in rows))
            if abs(change) > TOLERANCE_SIGMAS * sigma:
                shown, _ = self.words.rounded(change, sigma or None)
                sign = "+" if change > 0.0 else ""
                said = self.words.text("stock-by", change=f"{sign}{shown} {self.unit}")
                self.notes[node] = said

    def nodes(self, links: Sequence[Link], declared: Sequence[str]) -> tuple[Node, ...]:
        """The nodes met, with what passes them, in an order that is the same every day."""
        place = {id_: number for number, id_ in enumerate(declared)}
        order = sorted(self.ends, key=lambda end: place.get(_inner(end), len(place)))
        return tuple(
            Node(
                end,
                *self.ends[end],
                " · ".join(filter(None, (self._throughput(end, links), self.notes.get(end)))),
            )
            for end in order
        )

    def _throughput(self, end: str, links: Sequence[Link]) -> str:
        """What passes a node: all that enters or all that leaves, else at least what is known."""
        complete, known = [], [0.0]
        for enters in (True, False):
            side = [link for link in links if end == (link.target if enters else link.source)]
            drawn = [link.value for link in side if not link.quiet]
            amounts = [value for value in drawn if value is not None]
            known.append(sum(amounts))
            if drawn and len(amounts) == len(drawn):
                complete.append(sum(amounts))
        least = max(known)
        if complete and max(complete) >= least:
            return f"{self.words.number(max(complete))} {self.unit}"
        if least:
            return f"≥ {self.words.number(least)} {self.unit}"
        return self.words.term("status-unknown")


def _inner(end: str) -> str:
    """What an end stands beside in the order of declaration."""
    side, _, name = end.partition(":")
    if side not in {"in", "out"}:
        return end
    return name.partition("@")[0]


def inside(node: str) -> bool:
    """Whether an end of a flow lies in the park."""
    return not is_environment(node)


def ways(row: FlowRow) -> tuple[str, str]:
    """Source and target in the way the flow ran: a net flow below zero ran backward."""
    backward = row.reconciled is not None and row.reconciled < 0.0
    return (row.target, row.source) if backward else (row.source, row.target)


def status(row: FlowRow | StockRow) -> str:
    """`measured`, `computed` from the balances, or `unknown`."""
    if row.reconciled is None:
        return "unknown"
    return "computed" if row.measured is None else "measured"


def amount(row: FlowRow | StockRow, words: Words) -> str:
    """Amount with sigma in its own unit, and where it comes from."""
    if row.reconciled is None:
        return words.term("not-known")
    said = f"{words.number(abs(row.reconciled), row.sigma_reconciled)} {row.unit}"
    return f"{said}, {words.term('status-' + status(row))}"
