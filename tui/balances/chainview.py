"""Chains, flows and pictures of a period, as the screen of chains asks the park for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.period import parse_period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.chains import Chain, ChainResult
    from flows.reconcile.result import Row
    from reports.data import ReportData
    from reports.textsankey import Drawn
    from reports.words import Words
    from tui.balances.neighbors import Around
    from tui.session import Session

    Names = Mapping[str, Mapping[str, str]]
    #: Unit of a flow, and canonical units per one of it.
    Display = Mapping[str, tuple[str, float]]


@dataclass(frozen=True, slots=True)
class ChainsView:
    """All chains of a period."""

    period: str
    chains: tuple[ChainResult, ...]
    display: Display
    names: Names


@dataclass(frozen=True, slots=True)
class FlowsView:
    """All flows of a period, in shown units; `facility_of` of each flow."""

    period: str
    rows: tuple[Row, ...]
    facility_of: Mapping[str, str]
    names: Names


@dataclass(frozen=True, slots=True)
class AroundView:
    """A flow and its neighbors; `facility_of` of each process."""

    period: str
    around: Around
    display: Display
    names: Names


@dataclass(frozen=True, slots=True)
class Asked:
    """Which Sankey is wanted.

    Attributes:
        level: `facility` or `process`.
        facility: The only one that is drawn, with what is beside it; "" for the whole park.
        size: Cells across and lines down that it fills where names allow.
        chain: The only one of which flows are drawn, process by process; "" for none.
    """

    layer: str = "mass"
    level: str = "facility"
    facility: str = ""
    size: tuple[int, int] = (78, 18)
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A Sankey as text.

    Attributes:
        data: What it was drawn from, to be drawn again in another language or layer.
        layers: Layers that can be drawn.
        facilities: Those that can be drawn alone.
        facility: The one that is, "" for the whole park.
        title: What is drawn.
        drawn: The drawing; no lines where there is nothing to draw.
        groups: Facilities in the order of their colors.
        notes: What it leaves out.
    """

    period: str
    data: ReportData
    layers: tuple[str, ...]
    facilities: tuple[str, ...]
    layer: str
    level: str
    facility: str
    title: str
    drawn: Drawn
    groups: tuple[str, ...]
    notes: tuple[str, ...]
    unit: str
    chain: str = ""


def chains_of(session: Session, period: str) -> ChainsView:
    """The park's chains over a period; none where the park file has none.

    Raises:
        Refused: As `Session.chains`.
    """
    found = session.chains(period) if session.park.chains else ()
    return ChainsView(period, found, session.month(period).display, session.names_at(period))


def months_before(period: str, count: int = 12) -> tuple[str, ...]:
    """The last months up to the end of a period, the oldest first."""
    last = parse_period(period).last_excluded - timedelta(days=1)
    months = []
    for back in range(count):
        year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
        months.append(f"{year:04d}-{month + 1:02d}")
    return tuple(reversed(months))


def yields_of(session: Session, month: str) -> dict[tuple[str, str], float | None]:
    """Yield of each chain's steps in a month, by ids; {} where the month says nothing."""
    period = parse_period(month)
    if period.first > session.today or not len(session.rows(period, None)):
        return {}
    try:
        found = session.chains(month)
    except Refused:
        return {}
    return {(item.chain.id, step.step.id): step.value for item in found for step in item.steps}


def flows_of(session: Session, period: str) -> FlowsView:
    """Every flow of a period."""
    month = session.month(period)
    facility_of = {item.id: item.facility for item in month.network.flows}
    return FlowsView(period, month.result.flows, facility_of, session.names_at(period))


def around_of(session: Session, period: str, flow: str) -> AroundView:
    """A flow with its neighbors, by reconciled values."""
    from flows.chains import Reconciled
    from tui.balances.neighbors import around

    month = session.month(period)
    names = dict(session.names_at(period)) | dict(session.park.environment)
    found = around(month.network, Reconciled(month.values), flow)
    return AroundView(period, found, month.display, names)


def picture_of(
    session: Session, period: str, asked: Asked, words: Words, data: ReportData | None = None
) -> Picture:
    """The Sankey of a layer; of the first that can be drawn where this one cannot.

    Args:
        session: The park.
        period: Of the picture.
        asked: What of it.
        words: Language of its names.
        data: Rows of this period that were asked for before.
    """
    from reports.diagram import diagrams
    from reports.textfolds import focused
    from reports.textsankey import Drawn, text_sankey
    from tui.reporting.building import report_data

    rows = data or report_data(session, period)
    chain = next((each for each in session.park.chains if each.id == asked.chain), None)
    if chain is not None:
        return _chain_picture(chain, rows, asked, words)
    whole = diagrams(rows, words, "facility") or diagrams(rows, words, "process")
    level = diagrams(rows, words, asked.level) or whole
    layers = tuple(item.layer for item in level)
    wanted = [item for item in level if item.layer == asked.layer] or list(level)
    if not wanted:
        return Picture(period, rows, (), (), asked.layer, "", "", "", Drawn(), (), (), "")
    diagram = wanted[0]
    met = {node.group for node in diagram.nodes}
    facilities = tuple(id_ for id_ in diagram.groups if id_ in met)
    facility = asked.facility if asked.facility in facilities else ""
    groups = [text for key, text in diagram.legend.items() if key.startswith("group:")]
    notes = [*groups, *(note for note in diagram.notes if note != words.term("sankey-bundles"))]
    width, height = asked.size
    if facility:
        most = max(height // 2 + 2, _MOST)
        drawn = text_sankey(focused(diagram, facility), words, width, height, most)
    else:
        drawn = text_sankey(diagram, words, width, height)
    title = words.label(rows.facilities.get(facility), facility) if facility else ""
    return Picture(
        period, rows, layers, facilities, diagram.layer, diagram.level, facility,
        f"{diagram.title} [{diagram.unit}]  {title or words.term('sankey-whole')}",
        drawn, diagram.groups, tuple(notes), diagram.unit,
    )  # fmt: skip


def _chain_picture(chain: Chain, rows: ReportData, asked: Asked, words: Words) -> Picture:
    """One chain alone: every flow of its steps, also what is lost, in one layer."""
    from reports.diagram import diagrams
    from reports.textfolds import of_flows
    from reports.textsankey import Drawn, text_sankey

    steps = chain.steps
    ids = {flow for step in steps for flow in (*step.inputs, *step.outputs, *step.losses)}
    parts = [of_flows(each, ids) for each in diagrams(rows, words, "process")]
    parts = sorted((each for each in parts if each.links), key=lambda each: -len(each.links))
    name = words.label(chain.names, chain.id)
    if not parts:
        none: tuple[str, ...] = ()
        return Picture(
            rows.period, rows, none, none, asked.layer, "process", "", name, Drawn(), none, none,
            "", chain.id,
        )  # fmt: skip
    part = next((each for each in parts if each.layer == asked.layer), parts[0])
    width, height = asked.size
    groups = {node.group for node in part.nodes}
    notes = [part.legend[f"group:{id_}"] for id_ in part.groups if id_ in groups]
    if left := len(ids) - len(part.links):
        others = words.term("list-joint").join(
            words.term(f"layer-{each.layer}") for each in parts if each is not part
        )
        notes.append(words.text("sankey-chain-others", count=left, layers=others))
    return Picture(
        rows.period, rows, tuple(each.layer for each in parts), (), part.layer, "process", "",
        f"{part.title} [{part.unit}]  {name}", text_sankey(part, words, width, height, len(ids)),
        part.groups, tuple(notes), part.unit, chain.id,
    )  # fmt: skip


#: Bands that one facility alone may have in a low window.
_MOST = 12
