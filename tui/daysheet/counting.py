"""How a line is read beside a bare amount: by its counter, or by tickets that add up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from flows.amounts import split_amount
from flows.errors import Refused
from flows.findings import finding
from tui.daysheet.cells import Counter, Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.network import FlowNetwork
    from flows.records import Observation
    from flows.rows import Rows
    from tui.daysheet.cells import Line
    from tui.daysheet.early import Source

#: Days that say whether people enter what the counter shows or the day's amount.
_DAYS = 30


def known_ways(
    source: Source, day: date, lines: Iterable[Line], shown: Mapping[str, tuple[str, float]]
) -> tuple[Line, ...]:
    """Lines with their counters and tickets.

    Args:
        source: The park and its readings.
        day: Operating day.
        lines: Of that day.
        shown: Unit of each line, and canonical units per one of it.
    """
    network = source.network(day)
    every = list(lines)
    at, flows = day.toordinal(), [line.what for line in every if line.what in network.flow]
    metered = [what for what in flows if _turns(network, what) is not None]
    said: dict[str, list[Observation]] = {}
    for item in source.ledger.observations(first_day=at, last_day=at, whats=flows):
        said.setdefault(item.what, []).append(item)
    metered += [
        what for what, own in said.items()
        if what not in metered and any(item.register is not None for item in own)
    ]  # fmt: skip
    rows = None
    if metered:
        rows = source.ledger.rows(
            first_day=at - _DAYS, last_day=at, whats=metered, counters_before=True
        )
    found = []
    for line in every:
        if line.what in network.flow:
            _, per_unit = shown.get(line.what, ("", 1.0))
            own = said.get(line.what, ())
            tickets = tuple(
                Ticket(item.ticket, item.value / per_unit)
                for item in own if item.ticket and item.value is not None
            )  # fmt: skip
            counter = None
            if rows is not None and line.what in metered:
                counter = _counter(network, line.what, rows, at, per_unit)
            adds = bool(tickets) or _crosses(network, line.what)
            line = replace(line, counter=counter, tickets=tickets, adds=adds)  # noqa: PLW2901  the same line, told in full
        found.append(line)
    return tuple(found)


def _crosses(network: FlowNetwork, what: str) -> bool:
    """Whether trucks may bring a flow over a weighbridge: mass from one plant to another."""
    flow = network.flow[what]
    ends = [network.process.get(end) for end in (flow.source, flow.target)]
    owners = [end.facility if end else None for end in ends]
    return flow.kind == "mass" and owners[0] != owners[1]


def _turns(network: FlowNetwork, what: str) -> float | None:
    """Where the counter of a flow starts again; a device that says so has one."""
    device = network.device.get(network.flow[what].device)
    return device.rollover if device else None


def _counter(network: FlowNetwork, what: str, rows: Rows, at: int, per_unit: float) -> Counter:
    """The counter of a flow: its last reading before the day, and what a bare figure means."""
    from flows.records import State
    from flows.rows import STATE_CODE

    name = network.flow[what].device
    device = network.device.get(name)
    mine = rows.at(rows.of(what) & rows.effective)
    counted = mine.at((mine.state == STATE_CODE[State.REGISTER]) & (mine.day < at))
    latest = max(range(len(counted)), key=lambda n: (counted.end[n], counted.id[n]), default=None)
    leads = True
    if len(mine):
        newest = max(range(len(mine)), key=lambda n: (mine.day[n], mine.id[n]))
        leads = bool(mine.state[newest] == STATE_CODE[State.REGISTER])
    factor = (device.multiplier if device else 1.0) / per_unit
    counter = Counter(name, None, "", factor, device.rollover if device else None, leads)
    if latest is None:
        return counter
    code = int(counted.device[latest])
    before = counted.devices[code] if code >= 0 else ""
    if before != name:
        return replace(counter, before=before)
    on = date.fromordinal(int(counted.day[latest])).isoformat()
    return replace(counter, previous=float(counted.register[latest]), on=on)


def reading(text: str) -> float | None:
    """What a counter shows, of a text that says so: a bare number, none below zero."""
    try:
        number, unit = split_amount(text)
    except Refused:
        return None
    return None if unit or number < 0.0 else number


def went(counter: Counter, shows: float) -> tuple[float | None, bool]:
    """Amount since the reading before in the line's unit, and whether the counter turned over.

    None where there is no reading before, or where the counter went back.
    """
    from flows.counters import advance

    if counter.previous is None:
        return None, False
    delta = advance(counter.previous, shows, counter.rollover)
    if delta is None:
        return None, False
    return delta * counter.per_unit, shows < counter.previous


def since(what: str, counter: Counter, shows: float, day: str) -> float | None:
    """The amount that a counter's reading makes; None of a first reading.

    Raises:
        Refused: `register-drop` where it went back by more than a turn-over explains.
    """
    amount, _ = went(counter, shows)
    if amount is None and counter.previous is not None:
        raise Refused(
            finding(
                "register-drop",
                what,
                device=counter.device,
                day=day,
                previous=counter.previous,
                value=shows,
            )
        )
    return amount
