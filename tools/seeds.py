#!/usr/bin/env python3
"""Search the seed of a demonstration year in which chance alone opens no balance.

A park file or scenario that changes may need another seed: some 550 balances are tested in a year,
and at 1.96 sigma one in twenty opens without any fault. One year is made, taken into a ledger and
balanced for its tolerances; then each seed costs a fraction of a second, because only the sums of
its readings are needed. What it finds is confirmed by `tests/tui/test_demo_year.py`.

    python tools/seeds.py chaoyang --first 1 --count 5000
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from facilities.demo import synthetic_log
from facilities.logbook import Logbook
from facilities.meters import Draws, parts
from facilities.parkfile import builtin, load
from facilities.scenariofile import beside, load_scenario
from facilities.truth import truth
from flows.balance import TOLERANCE_SIGMAS, Closure, Level
from flows.network import Stock
from flows.period import parse_period
from tui.entering import import_file
from tui.session import Session
from tui.starting import DEMO_YEAR, start_park

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facilities.park import Park
    from facilities.scenario import Scenario
    from facilities.truth import Truth

PERIODS = (*(f"{DEMO_YEAR}-{month:02d}" for month in range(1, 13)), DEMO_YEAR)


@dataclass(frozen=True)
class Test:
    """A balance that is tested: its terms as (id, layer unit per canonical unit, signed), sigma."""

    period: str
    name: str
    terms: tuple[tuple[str, float], ...]
    sigma: float


def tests(park: Park, scenario: Scenario, name: str) -> Iterator[Test]:
    """Every balance of a year without faults that is tested, with the sigma that it has there.

    Only balances whose terms are amounts of the layer itself; those of contents have tolerances
    of a tenth and more, which no meter noise reaches.
    """
    period = parse_period(DEMO_YEAR)
    with tempfile.TemporaryDirectory() as folder:
        start_park(Path(folder) / "park", name)
        log = Path(folder) / "year.csv"
        made = synthetic_log(park, scenario, period, scenario.seed, faults=False)
        log.write_text(made.text, encoding="utf-8", newline="")
        with Session.open(Path(folder) / "park") as session:
            import_file(session, log, "seeds")
            for text in PERIODS:
                network = session.network(parse_period(text).first)
                for row in session.balances(text)[0]:
                    if row.closure not in (Closure.CLOSED, Closure.OPEN) or not row.tolerance:
                        continue
                    inside = {
                        item.id
                        for item in network.processes
                        if row.level is Level.PARK or row.id in (item.id, item.facility)
                    }
                    matter = [
                        flow
                        for flow in network.flows
                        if flow.layer != row.layer and {flow.source, flow.target} & inside
                    ]
                    if row.layer != "mass" and matter:
                        continue
                    terms = [
                        (flow.id, flow.factor * ((flow.target in inside) - (flow.source in inside)))
                        for flow in network.flows
                        if flow.layer == row.layer
                    ]
                    terms += [
                        (stock.id, -stock.factor)
                        for stock in network.stocks
                        if stock.layer == row.layer and stock.process in inside
                    ]
                    yield Test(
                        text,
                        f"{row.id} {row.layer}",
                        tuple(term for term in terms if term[1]),
                        row.tolerance / TOLERANCE_SIGMAS,
                    )


def sums(park: Park, scenario: Scenario, made: Truth, seed: int) -> dict[tuple[str, str], float]:
    """What the meters of a seed say of each flow and stock in each period."""
    book = Logbook(park, scenario, made, seed)
    first = made.days[0].toordinal()
    found = {}
    for what in book.order:
        said = list(book.said[what])
        if what in book.tickets:
            load_ = book.tickets[what].load
            for place, day in enumerate(made.days):
                if said[place]:
                    loads = parts(said[place], load_, Draws(seed, f"loads {what} {day}"))
                    said[place] = sum(book._meter(what, place).read(one) for one in loads)  # noqa: SLF001
        values = np.array(said)
        levels = isinstance(book.defined[what], Stock)
        running = values if levels else np.concatenate(([0.0], np.cumsum(values)))
        for text in PERIODS:
            period = parse_period(text)
            start = period.first.toordinal() - first
            end = period.last_excluded.toordinal() - first
            found[what, text] = float(running[end] - running[start])
    return found


def main() -> None:
    """Print each seed that opens nothing, and how often chance opens a balance."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("park")
    asked.add_argument("--first", type=int, default=1)
    asked.add_argument("--count", type=int, default=1000)
    given = asked.parse_args()
    path = builtin(given.park)
    park = load(path)
    scenario = load_scenario(beside(path), park)
    tested = list(tests(park, scenario, given.park))
    days = tuple(date.fromordinal(number) for number in parse_period(DEMO_YEAR).ordinals)
    made = truth(park, scenario, days)
    opened = 0
    for seed in range(given.first, given.first + given.count):
        said = sums(park, scenario, made, seed)
        beyond = [
            test
            for test in tested
            if abs(sum(weight * said[what, test.period] for what, weight in test.terms))
            > TOLERANCE_SIGMAS * test.sigma
        ]
        opened += len(beyond)
        if not beyond:
            print(f"seed {seed}: none of {len(tested)} balances is open", flush=True)
    share = opened / (len(tested) * given.count)
    print(f"{share:.2%} of all balances were open by chance, over {given.count} seeds")


if __name__ == "__main__":
    main()
