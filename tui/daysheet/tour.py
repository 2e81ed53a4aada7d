"""The day's sheet: what is due in the order of the tour, and what has been entered."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from flows.panel import panel
from flows.records import State
from flows.units import KINDS
from tui.reconciling.month import display

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from facilities.park import Park
    from flows.network import FlowNetwork
    from flows.panel import Panel
    from flows.records import Observation
    from tui.daysheet.early import Source
    from tui.session import Session

#: Days before the sheet's that its mean is taken over.
WEEK = 7


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of the sheet; amounts in `unit`, None where nothing is said.

    Attributes:
        state: `due`, `value`, `zero`, `missing`, `register` or `corrected`.
        value: The day's amount (tickets added up, registers differenced), level or sample.
        yesterday, mean_7_days: Of the day before, and of the days of the week before it.
        observations: Numbers of the entries behind the value.
    """

    what: str
    day: str
    unit: str
    state: str
    value: float | None = None
    sigma: float | None = None
    yesterday: float | None = None
    mean_7_days: float | None = None
    note: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    observations: tuple[int, ...] = ()


def day_sheet(
    session: Session, day: date, *, facility: str = "", as_of: int | None = None
) -> list[SheetRow]:
    """The sheet of an operating day: the park's tour, then what else was entered.

    Args:
        session: The park.
        day: Operating day.
        facility: Only what its people answer for.
        as_of: As of this event.

    Raises:
        Refused: If there is no such facility.
    """
    session.check_facility(facility)
    return sheet_rows(session, day, facility=facility, as_of=as_of)


def sheet_rows(
    source: Source, day: date, *, facility: str = "", as_of: int | None = None
) -> list[SheetRow]:
    """The same of a park whose ledger may be read no further yet (`tui.daysheet.early`)."""
    first, last = day.toordinal() - WEEK, day.toordinal()
    network = source.network(day)
    read = source.ledger.observations
    own = read(as_of=as_of, first_day=last, last_day=last)
    whats = list(dict.fromkeys((*_tour(source.park, network), *(item.what for item in own))))
    # of flows the panel has the days before; levels and samples are read one by one
    others = [what for what in whats if what not in network.flow]
    own += read(as_of=as_of, first_day=first, last_day=last - 1, whats=others)
    entries: dict[tuple[str, int], list[Observation]] = {}
    for item in own:
        entries.setdefault((item.what, item.day), []).append(item)
    rows = source.ledger.rows(as_of=as_of, first_day=first, last_day=last, counters_before=True)
    week, _ = panel(rows, network, source.park.calendar, first_day=first, last_day=last)
    if facility:
        whats = [what for what in whats if _owner(what, network) == facility]
    shown = display(network)
    return [_row(what, day, network, entries, week, shown.get(what)) for what in whats]


def _row(
    what: str,
    day: date,
    network: FlowNetwork,
    entries: Mapping[tuple[str, int], list[Observation]],
    week: Panel,
    shown: tuple[str, float] | None,
) -> SheetRow:
    own = entries.get((what, day.toordinal()), [])
    if what in week.whats:
        column = week.whats.index(what)
        amounts, sigma = week.amount[:, column], float(week.sigma[-1, column])
    else:
        said = [entries.get((what, int(ordinal)), []) for ordinal in week.days]
        amounts = np.array([_last(items) for items in said])
        sigma = math.nan
    unit, per_unit = shown or (_unit(what, entries), 1.0)
    remarks = [text for item in own for text in (item.cause, item.note)]
    before = amounts[:-1][~np.isnan(amounts[:-1])]

    def scaled(value: float) -> float | None:
        return None if math.isnan(value) else value / per_unit

    return SheetRow(
        what=what,
        day=day.isoformat(),
        unit=unit,
        state=_state(own),
        value=scaled(float(amounts[-1])),
        sigma=scaled(sigma),
        yesterday=scaled(float(amounts[-2])),
        mean_7_days=scaled(float(before.mean())) if len(before) else None,
        note="; ".join(dict.fromkeys(text for text in remarks if text)),
        names=_names(what, network),
        observations=tuple(item.id for item in own),
    )


def _tour(park: Park, network: FlowNetwork) -> tuple[str, ...]:
    """What is due each day: the tour, or where a park declares none, all that has a meter."""
    metered = [item.id for item in network.flows if item.device]
    metered += [item.id for item in network.stocks if item.device]
    return park.tour or tuple(metered)


def _owner(what: str, network: FlowNetwork) -> str:
    """Facility whose people answer for it: of a property, that of its flow."""
    process = network.process.get(what.removeprefix("stock:"))
    if process is not None:
        return process.facility
    flow = network.flow.get(what) or network.flow.get(what.rpartition(".")[0])
    return flow.facility if flow else ""


def _state(own: list[Observation]) -> str:
    if not own:
        return "due"
    if any(item.supersedes is not None for item in own):
        return "corrected"
    return str(own[0].state)


def _last(items: list[Observation]) -> float:
    """The latest level or sample of a day."""
    known = [item for item in items if item.value is not None and item.state is not State.MISSING]
    latest = max(known, key=lambda item: (item.end, item.id), default=None)
    return math.nan if latest is None or latest.value is None else latest.value


def _unit(what: str, entries: Mapping[tuple[str, int], list[Observation]]) -> str:
    kinds = [items[0].kind for (of, _), items in entries.items() if of == what]
    return KINDS[kinds[-1]].unit if kinds else ""


def _names(what: str, network: FlowNetwork) -> Mapping[str, str]:
    if what in network.flow:
        return network.flow[what].names
    process = what.removeprefix("stock:")
    if process != what and process in network.stock:
        return network.stock[process].names or network.process[process].names
    return {}
