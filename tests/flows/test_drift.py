"""A yield that drifts is told from one that only varies from week to week."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.drift import LEAST, RECENT, WEEK, WEEKS, drift

DAYS = WEEKS * WEEK
RATE = 1 / 12


def days(per_week):
    """Outputs of 100 t a day at a yield for each of eight weeks."""
    return np.repeat(np.asarray(per_week) * 100.0, WEEK), np.full(DAYS, 100.0)


def told(per_week, **more):
    outputs, inputs = days(per_week)
    return drift(outputs, inputs, last=DAYS - 1, rate=RATE, **more)


def test_a_membrane_that_loses_a_tenth_in_six_weeks_has_drifted():
    found = told([0.850, 0.852, 0.849, 0.851, 0.82, 0.80, 0.77, 0.765])
    assert found.usual == pytest.approx(0.8505)
    assert found.value == pytest.approx(0.7675)
    assert found.statistic < -found.threshold
    assert (found.first, found.last) == (DAYS - RECENT * WEEK, DAYS - 1)


@pytest.mark.parametrize(
    "weeks",
    [
        [0.85] * WEEKS,
        [0.85, 0.80, 0.86, 0.79, 0.87, 0.80, 0.86, 0.80],  # varies as much as it has moved
        [0.85, 0.85, 0.85, 0.85, 0.84, 0.83, 0.82, 0.82],  # moved by less than a twentieth
        [0.85, 0.85, 0.85, 0.85, 0.60, 0.30, 0.0, 0.0],  # stopped
        [0.0] * WEEKS,
    ],
)
def test_what_varies_moves_little_or_stops_has_not_drifted(weeks):
    assert told(weeks) is None


def test_weeks_of_which_too_little_is_known_are_not_judged():
    outputs, inputs = days([0.85] * 6 + [0.7, 0.7])
    assert drift(outputs, inputs, last=DAYS - 1, rate=RATE) is not None
    outputs[21:24] = np.nan
    assert drift(outputs, inputs, last=DAYS - 1, rate=RATE) is None
    assert drift(outputs[10:], inputs[10:], last=DAYS - 11, rate=RATE) is None


def test_a_day_that_is_not_known_is_left_out_of_both_sums():
    outputs, inputs = days([0.85] * 6 + [0.7, 0.7])
    whole = drift(outputs, inputs, last=DAYS - 1, rate=RATE)
    outputs[50] = np.nan
    assert drift(outputs, inputs, last=DAYS - 1, rate=RATE).value == pytest.approx(whole.value)


SPRING = [0.17, 0.17, 0.165, 0.17, 0.12, 0.06, 0.02, 0.02]


def seasonal(per_week, before):
    return told(per_week, before=days(before))


def test_the_end_of_the_heating_season_is_a_drift_only_beside_the_weeks_before():
    this_year = [0.98 * one for one in SPRING]
    assert told(this_year) is not None
    assert seasonal(this_year, SPRING) is None


def test_a_yield_that_falls_though_its_season_should_not_has_drifted():
    flat = [0.17] * WEEKS
    found = seasonal([0.17, 0.17, 0.17, 0.17, 0.16, 0.15, 0.14, 0.14], flat)
    assert (found.value, found.usual) == (pytest.approx(0.14), pytest.approx(0.17))
    autumn = [0.02, 0.02, 0.02, 0.02, 0.06, 0.12, 0.17, 0.17]
    worn = [
        one * worth for one, worth in zip(autumn, [1, 1, 1, 1, 0.9, 0.85, 0.8, 0.8], strict=True)
    ]
    found = seasonal(worn, autumn)
    assert (found.value, found.usual) == (pytest.approx(0.136), pytest.approx(0.17))
    assert found.sigma == pytest.approx(0.17 * seasonal_spread(worn, autumn), rel=1e-6)


def seasonal_spread(weeks, before):
    ratio = np.asarray(weeks) / np.asarray(before)
    return np.sqrt(np.square(np.diff(ratio)).sum() / (2 * (WEEKS - 1)) / RECENT)


def test_a_season_of_which_nothing_is_known_judges_nothing():
    fallen = [0.17] * 5 + [0.10] * 3
    assert told(fallen) is not None
    _, inputs = days([0.17] * WEEKS)
    assert told(fallen, before=(np.full(DAYS, np.nan), inputs)) is None
    assert told(fallen, before=(np.zeros(DAYS), inputs)) is None


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3))
@settings(max_examples=40, deadline=None)
def test_units_change_nothing_but_the_ratio(seed, scale):
    random = np.random.default_rng(seed)
    outputs, inputs = days(random.uniform(0.5, 1.0, WEEKS))
    one = drift(outputs, inputs, last=DAYS - 1, rate=RATE)
    other = drift(outputs * scale, inputs, last=DAYS - 1, rate=RATE)
    assert (one is None) == (other is None)
    if one is not None:
        assert other.value == pytest.approx(one.value * scale)
        assert other.statistic == pytest.approx(one.statistic)
        assert abs(one.value - one.usual) >= LEAST * one.usual


def test_weeks_that_only_vary_raise_the_alarm_no_more_often_than_asked():
    random = np.random.default_rng(7)
    rate, tries = 0.05, 2000
    false = 0
    for _ in range(tries):
        outputs, inputs = days(1.0 + 0.2 * random.standard_normal(WEEKS).clip(-3, 3))
        false += drift(outputs, inputs, last=DAYS - 1, rate=rate) is not None
    assert false / tries < 1.3 * rate
