"""Goods weighed in loads: what waits between two hauls is no error of a meter."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from flows.network import Flow, FlowNetwork, Process, Stock
from flows.panel import panel
from flows.period import Calendar
from flows.reconcile.days.alone import reconcile_days
from flows.reconcile.days.daytable import daytable
from flows.reconcile.days.together import reconcile_in_time
from flows.records import Observation, State
from flows.rows import Rows
from flows.waiting import with_waiting

CALENDAR = Calendar("Asia/Shanghai")
MONDAY = date(2025, 3, 3)
PLANT = FlowNetwork(
    processes=(Process("plant", names={"en": "esterification"}),),
    flows=(
        Flow("made", "environment", "plant"),
        Flow("hauled", "plant", "environment", maximum=15.0),
    ),
)


def reading(what, day, value, sigma, ticket=""):
    on = MONDAY + timedelta(days=day)
    ends = CALENDAR.instant(on), CALENDAR.instant(on + timedelta(days=1))
    state = State.VALUE if value else State.ZERO
    return Observation(
        what, "mass", on.toordinal(), *ends, state, value, sigma=sigma, ticket=ticket
    )


def fortnight(network=PLANT, *, leak=0.0):
    """10 t a day are made; trucks of 10 t take on Monday, Wednesday and Friday what there is."""
    entries, waits = [reading("hauled", -1, 10.0, 0.1, "eve")], 0.0
    for day in range(12):
        waits += 10.0 - leak
        entries.append(reading("made", day, 10.0, 0.3))
        if day % 7 in (0, 2, 4):
            trucks = round(waits / 10.0)
            entries += [
                reading("hauled", day, waits / trucks, 0.1, f"{day}-{number}")
                for number in range(trucks)
            ]
            waits = 0.0
        else:
            entries.append(reading("hauled", day, 0.0, 0.05))
    rows = Rows.from_observations(entries)
    first = MONDAY.toordinal()
    laid_out, _ = panel(rows, network, CALENDAR, first_day=first, last_day=first + 11)
    return with_waiting(network, rows, laid_out, CALENDAR)


def test_after_a_haul_less_than_a_load_waits_and_between_hauls_it_is_not_known():
    network, laid_out, waiting = fortnight()
    assert waiting == ("plant",)
    assert [stock.id for stock in network.stocks] == ["stock:plant"]
    days = [(level.instant - CALENDAR.instant(MONDAY)) // 86_400 for level in laid_out.levels]
    # the end of the eve, then of Mondays, Wednesdays and Fridays
    assert days == [0, 1, 3, 5, 8, 10, 12]
    assert {level.observations for level in laid_out.levels} == {()}
    sigmas = [level.sigma for level in laid_out.levels]
    assert sigmas == pytest.approx([10.0 / math.sqrt(12.0)] * 7)


def test_no_day_fails_because_a_truck_came_and_the_level_between_follows():
    network, laid_out, _ = fortnight()
    table = daytable(laid_out, network, CALENDAR)
    alone = reconcile_days(network, table)
    assert np.nanmin(alone.p_value) > 0.5
    assert np.abs(alone.adjustment[:, :2]).max() < 1e-9
    answer = reconcile_in_time(network, table, CALENDAR)
    # Sunday's goods wait beside Saturday's
    assert answer.levels.reconciled[[5, 6, 7, 8], 0] == pytest.approx([0, 10, 20, 0], abs=1e-9)
    assert answer.p_value == pytest.approx(1.0)
    # a truck may take more than a day can make
    assert not answer.active.any()


def test_a_leak_shows_over_a_fortnight_though_on_no_day():
    network, laid_out, _ = fortnight(leak=1.5)
    table = daytable(laid_out, network, CALENDAR)
    assert np.nanmin(reconcile_days(network, table).p_value) > 0.05
    answer = reconcile_in_time(network, table, CALENDAR)
    assert answer.p_value < 0.01


def test_a_declared_stock_and_what_has_no_tickets_stay_as_they_are():
    declared = replace(PLANT, stocks=(Stock("plant"),))
    network, _, waiting = fortnight(declared)
    assert (network, waiting) == (declared, ())
