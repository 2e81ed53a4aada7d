"""The truth behind a synthetic log: balances close, seasons hold, nothing is silently negative."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from facilities.parkfile import builtin, load
from facilities.scenario import Days, Driver, Event, Fault, Level, Ratio, Scenario, Share
from facilities.scenariofile import beside, load_scenario
from facilities.truth import truth
from flows.contents import linear
from flows.errors import Refused

YEAR = tuple(date(2025, 1, 1) + timedelta(days=place) for place in range(365))


@pytest.fixture(scope="module")
def park():
    return load(builtin("two-facilities"))


@pytest.fixture(scope="module")
def scenario(park):
    return load_scenario(beside(builtin("two-facilities")), park)


@pytest.fixture(scope="module")
def year(park, scenario):
    return truth(park, scenario, YEAR)


def left_over(park, happened):
    """By process and layer, the largest daily residual over what passes through."""
    network = park.network(happened.days[0])
    found = {}
    for layer in network.layers:
        for process in linear(network, layer):
            own = [item for item in network.flows if item.layer == layer]
            into = sum(happened.flows[f.id] * f.factor for f in own if f.target == process)
            out = sum(happened.flows[f.id] * f.factor for f in own if f.source == process)
            stock = network.stock.get(process)
            held = 0.0
            if stock and stock.layer == layer:
                held = np.diff(happened.levels[stock.id]) * stock.factor
            if np.ndim(into) and np.ndim(out):
                found[process, layer] = float((abs(into - out - held) / (into + 1e-12)).max())
    return found


def test_every_balance_that_closes_closes_on_every_day(park, year):
    left = left_over(park, year)
    assert len(left) >= 10
    assert max(left.values()) < 1e-9


def test_a_leak_is_missing_where_it_is_and_nowhere_else(park, scenario):
    first = YEAR[:59]
    leak = Fault("leak", "leachate.equalization", date(2025, 2, 3), date(2025, 2, 9), 12.0)
    happened = truth(park, scenario, first, (leak,))
    left = left_over(park, happened)
    open_at = {key for key, value in left.items() if value > 1e-9}
    assert open_at == {("leachate.equalization", "mass")}
    assert happened.losses["leachate.equalization"].sum() == pytest.approx(7 * 12.0)
    before = truth(park, scenario, first)
    less = before.flows["leachate.feed"] - happened.flows["leachate.feed"]
    assert less[33:40] == pytest.approx(np.full(7, 12.0), abs=1.5)  # noise follows the amount


def test_nothing_is_negative_and_levels_stay_between_brim_and_bottom(park, year):
    assert min(float(values.min()) for values in year.flows.values()) >= 0.0
    for stock in park.network(YEAR[0]).stocks:
        levels = year.levels[stock.id]
        assert 0.0 < levels.min() < levels.max() < stock.maximum


def mean(year, what, *months):
    return np.mean(
        [v for day, v in zip(YEAR, year.flows[what], strict=True) if day.month in months]
    )


def test_summer_is_wet(year):
    share = {
        season: mean(year, "incineration.leachate", *months)
        / mean(year, "incineration.received", *months)
        for season, months in {"summer": (7, 8), "winter": (1, 2, 12)}.items()
    }
    assert share["summer"] > 1.4 * share["winter"]
    assert mean(year, "leachate.inflow-landfill", 7, 8) > 1.6 * mean(
        year, "leachate.inflow-landfill", 1, 2
    )


def test_a_trend_compounds_over_the_year_from_the_first_day(park):
    scenario = plain(
        Driver("incineration.received"), Driver("leachate.inflow-landfill", noise=0.0, trend=-0.2)
    )
    series = truth(park, scenario, YEAR).flows["leachate.inflow-landfill"]
    assert series[0] == pytest.approx(150.0)
    assert series[-1] == pytest.approx(150.0 * 0.8 ** (364 / 365))


def plain(*drivers, **more):
    """A scenario without any chance, but for what is given."""
    levels = tuple(
        Level(name, spread=0.0)
        for name in ("incineration.bunker", "leachate.equalization", "leachate.permeate-tank")
    )
    quiet = tuple(
        replace(item, noise=0.0) if item.of == "incineration.received" else item for item in drivers
    )
    return Scenario(
        "two-facilities", YEAR[0], drivers=quiet, levels=levels, share_noise=0.0, **more
    )


BOTH = (Driver("incineration.received"), Driver("leachate.inflow-landfill", noise=0.0))


def test_what_an_event_takes_from_one_driver_another_may_get(park):
    event = Event("incineration.received", Days(YEAR[3], YEAR[4]), 0.9, "leachate.inflow-landfill")
    flows = truth(park, plain(*BOTH, events=(event,)), YEAR[:7]).flows
    assert flows["incineration.received"].tolist() == pytest.approx(
        [1440.0] * 3 + [1296.0] * 2 + [1440.0] * 2
    )
    assert flows["leachate.inflow-landfill"].tolist() == pytest.approx(
        [150.0] * 3 + [294.0] * 2 + [150.0] * 2
    )


def test_a_share_moves_by_month_and_by_event(park):
    wet = Share("incineration.leachate", months=(1.0, 2.0) + (1.0,) * 10, noise=0.0)
    event = Event("incineration.leachate", Days(date(2025, 2, 3), date(2025, 2, 3)), 0.5)
    flows = truth(park, plain(*BOTH, shares=(wet,), events=(event,)), YEAR[30:35]).flows
    assert (flows["incineration.leachate"] / 259.2).tolist() == pytest.approx([1, 2, 2, 1, 2])


def test_a_driver_may_stand_in_for_a_design_figure(park):
    ash = Driver(
        "incineration.bottom-ash", mean=200.0, noise=0.0, instead="incineration.bottom-ash"
    )
    flows = truth(park, plain(*BOTH, ash), YEAR[:3]).flows
    assert flows["incineration.bottom-ash"].tolist() == pytest.approx([200.0] * 3)


def test_a_ratio_settles_what_the_facilities_leave_open(park):
    ratio = Ratio("leachate.inflow-landfill", ("incineration.received",), 0.1)
    flows = truth(park, plain(BOTH[0], ratios=(ratio,)), YEAR[:2]).flows
    assert flows["leachate.inflow-landfill"].tolist() == pytest.approx([144.0] * 2)


def test_a_scenario_that_drives_a_flow_below_zero_is_refused_with_flow_and_day(park):
    dry = Event("incineration.received", Days(YEAR[5], YEAR[6]), 0.0)
    little = Driver("leachate.inflow-landfill", mean=1.0, noise=0.0)
    power = Driver(
        "incineration.gross-power", mean=5.0, noise=0.0, instead="incineration.gross-power"
    )
    with pytest.raises(Refused) as caught:
        truth(park, plain(BOTH[0], little, power, events=(dry,)), YEAR[:10])
    said = {item.where: item for item in caught.value.findings}
    assert {item.code for item in said.values()} == {"simulated-negative"}
    assert said["incineration.export"].params["count"] == 8
    assert said["incineration.export"].params["value"] < 0.0


def test_drivers_that_do_not_determine_the_rest_are_refused(park):
    with pytest.raises(Refused) as caught:
        truth(park, plain(BOTH[0]), YEAR[:2])
    assert [item.code for item in caught.value.findings] == ["system-underdetermined"]
