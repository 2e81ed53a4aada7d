"""Laboratory samples of a month become what a flow carries of energy."""

import math
from datetime import date

import pytest

from flows.contents import CH4_LHV
from flows.network import Flow, FlowNetwork, Process
from flows.period import Calendar, parse_period
from flows.qualities import sampled
from flows.records import Observation, State
from flows.rows import Rows

CALENDAR = Calendar("Asia/Shanghai")
MARCH = parse_period("2025-03")
NETWORK = FlowNetwork(
    processes=(Process("hall"),),
    flows=(
        Flow("waste", "environment", "hall"),
        Flow("leachate", "hall", "environment", kind="volume", factor=1.0),
        Flow("gas", "environment", "hall", kind="gas", factor=0.0012),
    ),
)


def sample(what, kind, month, day, value, sigma=None, **fields):
    """A sample taken at the end of an operating day."""
    taken = date(2025, month, day)
    at = CALENDAR.span(taken).end
    return Observation(what, kind, taken.toordinal(), at, at, value=value, sigma=sigma, **fields)


def energy(*observations):
    rows = Rows.from_observations(observations)
    return sampled(rows, NETWORK, CALENDAR, MARCH, "energy")


def test_the_mean_of_a_month_has_the_scatter_of_its_samples_and_the_sigma_of_the_method():
    found = energy(
        sample("waste.lhv", "lhv", 3, 5, 5.8, 0.3), sample("waste.lhv", "lhv", 3, 19, 6.2, 0.3)
    )["waste"]
    assert found.value == pytest.approx(6.0)
    # s^2/n = 0.08/2; the method's 0.3 does not shrink with the number of samples
    assert found.sigma == pytest.approx(math.sqrt(0.04 + 0.09))
    assert found.source == "waste.lhv"


def test_one_sample_has_the_sigma_it_states_or_a_tenth():
    assert energy(sample("waste.lhv", "lhv", 3, 5, 6.0, 0.2))["waste"].sigma == pytest.approx(0.2)
    assert energy(sample("waste.lhv", "lhv", 3, 5, 6.0))["waste"].sigma == pytest.approx(0.6)


def test_a_share_of_methane_is_a_heating_value():
    found = energy(sample("gas.ch4", "share", 3, 5, 0.6, 0.01))["gas"]
    assert found.value == pytest.approx(0.6 * CH4_LHV)
    assert found.value == pytest.approx(0.021484, rel=1e-4)


def test_a_sample_at_the_end_of_the_last_day_counts_and_one_at_the_end_of_the_eve_does_not():
    assert "waste" in energy(sample("waste.lhv", "lhv", 3, 31, 6.0))
    assert energy(sample("waste.lhv", "lhv", 2, 28, 6.0)) == {}
    assert energy(sample("waste.lhv", "lhv", 4, 1, 6.0)) == {}


def test_a_sample_that_was_not_taken_says_nothing():
    missing = sample("waste.lhv", "lhv", 3, 5, None, state=State.MISSING)
    assert energy(missing) == {}


def test_other_qualities_say_nothing_of_energy_and_energy_samples_nothing_of_carbon():
    assert energy(sample("leachate.cod", "concentration", 3, 5, 12.0)) == {}
    rows = Rows.from_observations([sample("waste.lhv", "lhv", 3, 5, 6.0)])
    assert sampled(rows, NETWORK, CALENDAR, MARCH, "carbon-biogenic") == {}
