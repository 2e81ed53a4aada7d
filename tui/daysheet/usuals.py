"""What the ledger says is usual of each line of the sheet, from the days before."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

from flows.usual import DAYS, usual

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.usual import Expectation, Usual
    from tui.daysheet.early import Source
    from tui.session import Session


def usuals(source: Source, day: date, whats: Iterable[str] | None = None) -> dict[str, Usual]:
    """What was usual in the days before `day`, by flow or stock; canonical units.

    Args:
        source: The park and its readings.
        day: Operating day.
        whats: Only of these.
    """
    from flows.panel import panel
    from flows.resolve import STOCK_PREFIX

    first, last = day.toordinal() - DAYS, day.toordinal() - 1
    network = source.network(day)
    every = [*network.flow, *(item.id for item in network.stocks)]
    wanted = every if whats is None else list(whats)
    flows = [what for what in wanted if what in network.flow]
    only = None if whats is None else wanted
    rows = source.ledger.rows(first_day=first, last_day=last, whats=only, counters_before=True)
    found: dict[str, Usual] = {}
    if flows:
        days, _ = panel(
            rows, network, source.park.calendar, first_day=first, last_day=last, whats=flows
        )
        for column, what in enumerate(flows):
            values = [value for value in days.amount[:, column].tolist() if not math.isnan(value)]
            if said := usual(values):
                found[what] = said
    for what in wanted:
        if what.startswith(STOCK_PREFIX):
            levels = rows.amount[rows.effective & rows.of(what)].tolist()
            if said := usual([value for value in levels if not math.isnan(value)]):
                found[what] = said
    return found


def expectation(session: Session) -> Expectation:
    """What was usual of one flow before one day, asked of the ledger when it is needed."""

    def expected(what: str, day: int) -> Usual | None:
        return usuals(session, date.fromordinal(day), [what]).get(what)

    return expected
