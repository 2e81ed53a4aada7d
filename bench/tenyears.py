"""Ten years in the ledger of the demonstration's park, entered day by day as by its operators."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from math import sin
from pathlib import Path
from typing import TYPE_CHECKING

from flows.store.entry import Entry
from flows.store.events import Draft
from tui.entering import reader
from tui.reconciling.month import display
from tui.session import Session
from tui.starting import start_park

if TYPE_CHECKING:
    from flows.records import Observation

#: First day that is not entered; the sheet is measured on it.
OPEN_DAY = date(2025, 3, 5)
DAYS = 3650
DAY_SECONDS = 86_400


def make(folder: Path, days: int = DAYS) -> int:
    """A park folder with every line of the tour entered on each day: how many observations."""
    start_park(folder, "chaoyang")
    with Session.open(folder) as session:
        last = OPEN_DAY.toordinal() - 1
        patterns = _patterns(session, date.fromordinal(last))
        digest = session.park.hash
        for back in range(days - 1, -1, -1):
            share = 1.0 + 0.08 * sin(back * 0.7)
            items = tuple(_moved(item, back, share + 0.0003 * (back % 97)) for item in patterns)
            session.ledger.append(Draft("submission", "bench", digest, items))
        return days * len(patterns)


def _patterns(session: Session, day: date) -> list[Observation]:
    """One entry a line, at what is typical of it."""
    network, read = session.network(day), reader(session)
    shown = display(network)
    found = []
    for what in session.park.tour:
        unit, per_unit = shown.get(what, ("", 1.0))
        flow, stock = network.flow.get(what), network.stock.get(what.removeprefix("stock:"))
        if flow is not None:
            amount = (flow.typical or 10.0 * per_unit) / per_unit
        elif stock is not None:
            amount = 100.0
        else:
            continue  # a sample of what matter contains
        item, _ = read.read(Entry(what, f"{amount:.6g}", unit, day.isoformat()))
        found.append(item)
    return found


def _moved(item: Observation, back: int, share: float) -> Observation:
    value = None if item.value is None else item.value * share
    shift = back * DAY_SECONDS
    return replace(
        item, day=item.day - back, start=item.start - shift, end=item.end - shift, value=value
    )


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
