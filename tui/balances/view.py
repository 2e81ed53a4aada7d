"""Balances, their flows, days and entries, as the balance screen asks the park for them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.findings import Severity
from flows.layers import LAYERS
from flows.period import parse_day, parse_period

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flows.balance import Balance, Figure
    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.panel import Panel
    from flows.reconcile.result import Row
    from flows.records import Observation
    from flows.store.events import Event
    from tui.session import Session

    Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class BalanceView:
    """Balances of one layer.

    Attributes:
        layers: Every layer that the park balances.
        rows: The park, then each facility before its processes.
        facility_of: Facility by process.
        days: On how many days something is entered, and how many the period has.
    """

    period: str
    layer: str
    layers: tuple[str, ...]
    reconciled: bool
    rows: tuple[Balance, ...]
    facility_of: Mapping[str, str]
    names: Names
    days: tuple[int, int]


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A flow or stock of a process.

    Attributes:
        side: `in`, `out` or `stock`; `other` where nothing of it is of the layer.
        row: As it is metered, in shown units.
        measured, reconciled: What of the layer it is or carries; None where that is not known.
    """

    side: str
    row: Row
    measured: Figure | None = None
    reconciled: Figure | None = None


@dataclass(frozen=True, slots=True)
class ProcessView:
    """What enters, leaves and stays in a process, in one layer and its unit.

    Attributes:
        balance: Of the process, None where it has none of the layer.
    """

    period: str
    id: str
    layer: str
    unit: str
    lines: tuple[FlowLine, ...]
    balance: Balance | None


@dataclass(frozen=True, slots=True)
class DayLine:
    """What the readings of a day, or the reading of a level on it, add up to, in the shown unit.

    `state` is `value`, `zero`, `missing` or "" where nothing is said; `coverage` 0 to 1.
    """

    day: date
    value: float | None
    sigma: float | None
    state: str
    coverage: float = 1.0
    readings: int = 0


@dataclass(frozen=True, slots=True)
class FlowView:
    """A flow or stock day by day; `row` is the sum, measured and reconciled."""

    period: str
    id: str
    unit: str
    days: tuple[DayLine, ...]
    row: Row | None


@dataclass(frozen=True, slots=True)
class Said:
    """An entry and its event; `last` where nothing stands in its place."""

    item: Observation
    event: Event | None
    last: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """The entries behind a day of a flow, each with all that was ever said in its place."""

    day: date
    id: str
    unit: str
    per_unit: float
    kind: str
    histories: tuple[tuple[Said, ...], ...] = ()


def balances_of(session: Session, period: str, layer: str, *, reconciled: bool) -> BalanceView:
    """Balances of one layer; of the first that there is where the park has not this one.

    Raises:
        Refused: If it is no period.
    """
    from tui.reconciling.month import balanced

    network = session.network(parse_period(period).last_excluded - timedelta(days=1))
    layers = balanced(network)
    chosen = layer if layer in layers else layers[0] if layers else "mass"
    rows, _ = session.balances(period, layer=chosen, reconciled=reconciled) if layers else ([], ())
    facility_of = session.facility_of(period)
    return BalanceView(
        period, chosen, layers, reconciled, _ordered(rows, facility_of), facility_of,
        session.names_at(period), _days(session, period),
    )  # fmt: skip


def _days(session: Session, period: str) -> tuple[int, int]:
    span = parse_period(period)
    read = {day for day in session.rows(span, None).day.tolist() if day in span.ordinals}
    return len(read), len(span.ordinals)


def _ordered(rows: Sequence[Balance], facility_of: Mapping[str, str]) -> tuple[Balance, ...]:
    """The park, then each facility before its processes; what does not close comes first."""
    place: dict[str, int] = {}
    worst: dict[str, float] = {}
    for row in rows:
        owner = row.id if row.level == "facility" else facility_of.get(row.id, "")
        place.setdefault(owner, len(place))
        worst[owner] = max(worst.get(owner, 0.0), openness(row))

    def key(row: Balance) -> tuple[float, ...]:
        if row.level == "park":
            return 0.0, 0.0, 0.0, 0.0, 0.0
        owner = row.id if row.level == "facility" else facility_of.get(row.id, "")
        deep = row.level == "process"
        return 1.0, -worst[owner], place[owner], float(deep), -openness(row) if deep else 0.0

    return tuple(sorted(rows, key=key))


def openness(row: Balance) -> float:
    """How many times what the meters allow a balance leaves; 0 where it is not open."""
    if row.closure != "open" or row.residual.value is None:
        return 0.0
    return abs(row.residual.value) / row.tolerance if row.tolerance else math.inf


class _GivesWay(Exception):  # noqa: N818  no error: something more urgent waits
    """The search is left for now."""


def doubts_of(
    session: Session, period: str, pressing: Callable[[], bool] = bool
) -> tuple[Finding, ...] | None:
    """What is doubtful in a period and wants a look, the worst first (as `parkflow findings`).

    Args:
        session: The park.
        period: A period.
        pressing: Asked between stages; once it is true the search ends with None.
    """
    from tui.inbox.watching import ordered

    def stage(_: str) -> None:
        if pressing():
            raise _GivesWay

    try:
        found = session.findings(period, progress=stage)
    except _GivesWay:
        return None
    worst = ordered(session.park, session.month(period).network, found)
    return tuple(item for item in worst if item.severity is not Severity.INFO)


def process_of(
    session: Session, period: str, process: str, layer: str, *, reconciled: bool = False
) -> ProcessView:
    """Flows and stocks of a process or of all of a facility, measured beside reconciled.

    Raises:
        Refused: If the park has no such layer.
    """
    from tui.balances.layered import measured_parts, reconciled_parts

    month = session.month(period)
    network = month.network
    inside = {item.id for item in network.processes if process in (item.id, item.facility)}
    measured = measured_parts(session, period, layer, inside)
    after = reconciled_parts(session, period, layer, inside)
    rows, _ = session.balances(period, layer=layer, reconciled=reconciled)
    balance = next((row for row in rows if row.id == process), None)
    untold = {one.removesuffix(f".{layer}") for one in balance.unmeasured} if balance else set()
    lines = []

    def add(side: str, row: Row) -> None:
        later = after.get(row.id)
        own = row.id in measured or row.id in untold or (later is not None and later.value != 0.0)
        side = side if own else "other"
        lines.append(FlowLine(side, row, measured.get(row.id), later if own else None))

    for row in month.result.flows:
        flow = network.flow[row.id]
        if (flow.target in inside) != (flow.source in inside):
            add("in" if flow.target in inside else "out", row)
    kept = {item.id for item in network.stocks if item.process in inside}
    for row in month.result.stocks:
        if row.id in kept:
            add("stock", row)
    order = ("in", "out", "stock", "other")
    lines.sort(key=lambda line: order.index(line.side))
    unit = LAYERS[layer].unit if layer in LAYERS else ""
    return ProcessView(period, process, layer, unit, tuple(lines), balance)


def flow_of(session: Session, period: str, what: str) -> FlowView:
    """A flow or stock over the days of a period."""
    from flows.rows import STATE_CODE

    month = session.month(period)
    unit, per_unit = month.display[what]
    rows = {row.id: row for row in (*month.result.flows, *month.result.stocks)}
    spoken = month.period.ordinals
    laid = _laid(session, period, month.network, what)
    lines = []
    if what in month.network.flow:
        words = {code: str(state) for state, code in STATE_CODE.items()}
        for at, ordinal in enumerate(spoken):
            amount, sigma = (float(x[at, 0]) / per_unit for x in (laid.amount, laid.sigma))
            known = not math.isnan(amount)
            lines.append(
                DayLine(
                    date.fromordinal(ordinal),
                    amount if known else None,
                    sigma if known and not math.isnan(sigma) else None,
                    words.get(int(laid.state[at, 0]), ""),
                    float(laid.coverage[at, 0]),
                    int(laid.count[at, 0]),
                )
            )
    else:
        calendar = session.park.calendar
        read: dict[int, DayLine] = {}
        for level in laid.levels:
            if level.what == what:
                day = calendar.day_ended_by(level.instant)
                value, sigma = level.amount / per_unit, level.sigma / per_unit
                read[day.toordinal()] = DayLine(day, value, sigma, "value", 1.0, 1)
        lines = [
            read.get(at) or DayLine(date.fromordinal(at), None, None, "", 0.0)
            for at in sorted({*spoken, *read})
        ]
    return FlowView(period, what, unit, tuple(lines), rows.get(what))


def _laid(session: Session, period: str, network: FlowNetwork, what: str) -> Panel:
    from flows.panel import panel

    span = parse_period(period)
    network = replace(network, devices=session.park.devices)
    rows, days = session.rows(span, None), span.ordinals
    whats = [what] if what in network.flow else []
    laid, _ = panel(
        rows, network, session.park.calendar, first_day=days[0], last_day=days[-1], whats=whats
    )
    return laid


def speaks_of(item: Finding, what: str) -> bool:
    """Whether a finding is about a flow or stock."""
    named = str(item.params.get("members", "")).split(", ")
    return what in (*item.where.split(", "), *named)


def day_of(session: Session, what: str, day: date) -> DayView:
    """Every entry of a flow or stock on a day with its history; what counters began with, too."""
    from tui.reconciling.month import display

    network = session.network(day)
    item = network.flow.get(what) or network.stock[what.removeprefix("stock:")]
    unit, per_unit = display(network)[what]
    ordinal = day.toordinal()
    found = session.ledger.observations(
        first_day=ordinal, last_day=ordinal, whats=[what], every=True
    )
    behind = [] if what not in network.flow else _behind(session, network, what, day)
    roots: dict[int, tuple[Said, ...]] = {}
    for number in [*(one.id for one in found), *behind]:
        if any(number == said.item.id for chain in roots.values() for said in chain):
            continue
        chain = session.ledger.history(number)
        if chain and chain[0].id not in roots:
            roots[chain[0].id] = tuple(
                Said(one, session.ledger.event(one.seq), one is chain[-1]) for one in chain
            )
    return DayView(day, what, unit, per_unit, item.kind, tuple(roots.values()))


def _behind(session: Session, network: FlowNetwork, what: str, day: date) -> list[int]:
    """Entries of other days that this day's amount rests on: the counter reading before it."""
    laid = _laid(session, day.isoformat(), network, what)
    return list(laid.observations(0, 0))


def view_of(
    session: Session, period: str, layer: str, way: Sequence[str], *, reconciled: bool
) -> BalanceView | ProcessView | FlowView | DayView:
    """What stands at the end of a way of process, flow and day; the balances where it is empty."""
    if not way:
        return balances_of(session, period, layer, reconciled=reconciled)
    if len(way) == 1:
        return process_of(session, period, way[0], layer, reconciled=reconciled)
    if len(way) == 2:
        return flow_of(session, period, way[1])
    return day_of(session, way[1], parse_day(way[2]))
