"""What bounds leave open of amounts and contents that cannot be known, with products among them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Process, Stock
from flows.reconcile import reconcile
from flows.reconcile.contents.layered import reconcile_layers

SORTER = (Flow("feed", "environment", "sorter"),)


def sorter(*outlets, **more):
    """One process with a measured feed and outlets `(id, most)` that nobody weighs."""
    flows = tuple(Flow(name, "sorter", "environment", maximum=most) for name, most in outlets)
    return FlowNetwork(processes=(Process("sorter"),), flows=(*SORTER, *flows), **more)


def spans(network, readings, *carried, **more):
    measured = [Measured(name, value, 0.0) for name, value in readings.items()]
    answer = reconcile_layers(network, measured, layers=("mass", *carried), carried=carried, **more)
    rows = {
        f"{row.id}:{row.layer}" if row.layer != "mass" else row.id: row
        for row in (*answer.flows, *answer.stocks)
    }
    return answer, rows | {row.id: row for row in answer.concentrations}


def test_what_one_outlet_takes_the_other_does_not():
    two = sorter(("ash", 60.0), ("metal", 70.0))
    _, found = spans(two, {"feed": 100.0, "feed.salt": 0.1}, "salt")
    assert found["ash"].interval == pytest.approx((30.0, 60.0))
    assert found["metal"].interval == pytest.approx((40.0, 70.0))
    assert found["ash:salt"].interval == pytest.approx((0.0, 10.0))
    # all the salt in the least ash there can be
    assert found["ash.salt"].interval == pytest.approx((0.0, 10.0 / 30.0))
    assert found["ash"].reconciled is None


def test_a_content_that_is_read_narrows_that_of_the_other_outlet():
    two = sorter(("ash", 60.0), ("metal", 70.0))
    _, found = spans(two, {"feed": 100.0, "feed.salt": 0.1, "ash.salt": 0.12}, "salt")
    assert found["ash:salt"].interval == pytest.approx((3.6, 7.2))
    assert found["metal:salt"].interval == pytest.approx((2.8, 6.4))
    # (10 - 0.12 ash) / (100 - ash) falls with ash from 30 to 60
    assert found["metal.salt"].interval == pytest.approx((0.07, 6.4 / 70.0))


def test_two_sources_of_a_known_mixture_are_bounded_by_their_contents():
    network = FlowNetwork(
        processes=(Process("mixer"),),
        flows=(
            Flow("rich", "environment", "mixer", maximum=80.0),
            Flow("poor", "environment", "mixer"),
            Flow("mix", "mixer", "environment"),
        ),
    )
    _, found = spans(network, {"mix": 100.0, "mix.salt": 0.1, "poor.salt": 0.02}, "salt")
    # rich = 100 - poor carries 10 - 0.02 poor
    low, high = found["rich.salt"].interval
    assert low == pytest.approx((10.0 - 0.02 * 20.0) / 80.0)
    assert high == np.inf
    assert found["rich"].interval == pytest.approx((0.0, 80.0))


def test_contents_that_make_up_the_whole_are_bounded_by_it():
    two = sorter(("ash", np.inf), ("metal", np.inf), sum_to_one=("iron", "rest"))
    readings = {"feed": 100.0, "feed.iron": 0.3}
    measured = [Measured(name, value, 0.0) for name, value in readings.items()]
    answer = reconcile_layers(two, measured, layers=("iron", "rest"), carried=("iron", "rest"))
    contents = {row.id: row.interval for row in answer.concentrations}
    assert contents["ash.iron"] == pytest.approx((0.0, 1.0))
    amounts = {(row.id, row.layer): row.interval for row in answer.flows}
    assert amounts["ash", "iron"] == pytest.approx((0.0, 30.0))
    assert amounts["metal", "rest"] == pytest.approx((0.0, 70.0))


def test_a_tank_between_bounds_has_an_interval_too():
    network = FlowNetwork(
        processes=(Process("tank"),),
        flows=(Flow("feed", "environment", "tank"), Flow("out", "tank", "environment")),
        stocks=(Stock("tank"),),
    )
    _, found = spans(
        network, {"feed": 100.0}, "salt", bounds={"stock:tank": (-5.0, 20.0), "out": (0.0, 90.0)}
    )
    assert found["stock:tank"].interval == pytest.approx((10.0, 20.0))
    assert found["out"].interval == pytest.approx((80.0, 90.0))


def test_outlets_that_cannot_take_what_is_fed_press_on_the_feed():
    two = sorter(("ash", 40.0), ("metal", 30.0))
    measured = [Measured("feed", 100.0, 10.0), Measured("feed.salt", 0.1, 0.01)]
    answer = reconcile_layers(two, measured, layers=("mass", "salt"), carried=("salt",))
    plain = reconcile(two, measured[:1])
    rows = {row.id: row for row in answer.flows if row.layer == "mass"}
    assert [rows[name].reconciled for name in ("feed", "ash", "metal")] == [70.0, 40.0, 30.0]
    assert answer.bounds_active == plain.bounds_active == ("ash", "metal")
    assert (answer.chi2, answer.dof) == pytest.approx((plain.chi2, plain.dof)) == (9.0, 1)
    assert {rows[name].klass for name in ("ash", "metal")} == {"bounded"}
    (said,) = [item for item in answer.findings if item.code == "bound-violated"]
    assert said.params == {"problem": "together", "members": "ash, metal"}


def test_more_salt_than_was_fed_leaves_none_for_the_ways_that_nobody_measures():
    flows = (
        Flow("feed", "environment", "sorter"),
        *(Flow(name, "sorter", "environment") for name in ("ash", "air", "water")),
    )
    network = FlowNetwork(processes=(Process("sorter"),), flows=flows)
    measured = [
        Measured("feed", 100.0, 0.0), Measured("ash", 50.0, 0.0),
        Measured("feed.salt", 0.1, 0.01), Measured("ash.salt", 0.3, 0.01),
    ]  # fmt: skip
    answer = reconcile_layers(network, measured, layers=("mass", "salt"), carried=("salt",))
    contents = {row.id: row.reconciled for row in answer.concentrations}
    # feed = ash / 2, each moved by its part of the variance of 0.1 - 0.3 / 2
    assert contents["feed.salt"] == pytest.approx(0.1 + 0.05 / 1.25)
    assert contents["ash.salt"] == pytest.approx(0.3 - 0.05 * 0.5 / 1.25)
    amounts = {row.id: row.reconciled for row in answer.flows if row.layer == "salt"}
    assert amounts["air"] == amounts["water"] == 0.0
    assert set(answer.bounds_active) == {"air.salt", "water.salt"}
    assert answer.balance_residual <= 1e-12


def test_outlets_that_cannot_take_an_exact_feed_are_said():
    two = sorter(("ash", 60.0), ("metal", 30.0))
    answer, found = spans(two, {"feed": 100.0, "feed.salt": 0.1}, "salt")
    (said,) = [item for item in answer.findings if item.code == "bound-impossible"]
    assert "ash" in str(said.params["members"])
    assert found["ash"].interval is None


def test_nothing_is_sought_where_nothing_is_known():
    network = sorter(("ash", np.inf), ("metal", np.inf))
    answer, found = spans(network, {}, "salt")
    assert found["ash.salt"].interval in {None, (0.0, np.inf)}
    assert not [item for item in answer.findings if item.code == "bound-impossible"]


@st.composite
def plants(draw):
    """Two processes in a row, a truth that closes, and which of it was read."""
    share = st.floats(0.05, 0.95)
    feed, by_one, by_two = draw(st.floats(1.0, 1e4)), draw(share), draw(share)
    content, moved = draw(st.floats(1e-6, 0.4)), (draw(share), draw(share))
    amount = {"feed": feed, "light": feed * by_one, "heavy": feed * (1 - by_one)}
    amount |= {"fine": amount["heavy"] * by_two, "coarse": amount["heavy"] * (1 - by_two)}
    salt = {"feed": feed * content}
    salt |= {"light": salt["feed"] * moved[0], "heavy": salt["feed"] * (1 - moved[0])}
    salt |= {"fine": salt["heavy"] * moved[1], "coarse": salt["heavy"] * (1 - moved[1])}
    truth = amount | {f"{name}.salt": salt[name] / amount[name] for name in amount}
    read = draw(st.sets(st.sampled_from(sorted(truth))))
    room = {name: draw(st.sampled_from([1.0, 1.3, np.inf])) for name in amount}
    return truth, salt, read, room


@settings(max_examples=40, deadline=None)
@given(plants())
def test_the_truth_lies_in_every_interval(plant):
    truth, salt, read, room = plant
    ends = {
        "feed": ("environment", "first"),
        "light": ("first", "environment"),
        "heavy": ("first", "second"),
        "fine": ("second", "environment"),
        "coarse": ("second", "environment"),
    }
    network = FlowNetwork(
        processes=(Process("first"), Process("second")),
        flows=tuple(Flow(name, *ends[name], maximum=truth[name] * room[name]) for name in ends),
    )
    answer, found = spans(network, {name: truth[name] for name in read}, "salt")
    if not answer.converged or not answer.feasible:
        return
    assert not [item for item in answer.findings if item.code == "bound-impossible"]
    for name, row in found.items():
        if row.interval is None:
            continue
        value = salt[name.partition(":")[0]] if name.endswith(":salt") else truth[name]
        slack = 1e-6 * max(abs(value), 1e-6 * truth["feed"])
        assert row.interval[0] - slack <= value <= row.interval[1] + slack
