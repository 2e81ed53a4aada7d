"""Thresholds from a budget: bounds, and what simulation says of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from flows.reconcile.compiling import compile_plan
from flows.reconcile.gross.alarms import Budget, all_tests, distinct, maxima, sidak, threshold
from flows.reconcile.gross.evidence import accumulate, information
from flows.reconcile.gross.redundancy import balances, redundancy
from flows.reconcile.problem import Readings, System


def test_one_alarm_a_month_is_one_evaluation_in_thirty_shared_by_windows():
    assert Budget().level == pytest.approx(1 / 30)
    assert Budget(windows=3).level == pytest.approx(1 / 90)
    assert Budget(alarms=100.0).level == 1.0


def test_one_test_has_the_quantile_of_the_normal_law():
    found = threshold(np.array([[1.0]]), Budget(1.0, 20.0))
    assert [found.sidak, found.scheffe, found.value] == pytest.approx([1.959964] * 3, abs=1e-6)
    assert found.tests == 1


def test_independent_tests_meet_sidak_and_bundled_ones_scheffe():
    budget = Budget(1.0, 20.0)
    apart = threshold(np.eye(4), budget, draws=100_000, seed=1)
    assert norm.sf(apart.sidak) * 2 == pytest.approx(1 - 0.95**0.25)
    assert apart.simulated == pytest.approx(apart.sidak, abs=0.03)
    # A thousand directions in a plane are nearly its chi2 with two degrees of freedom.
    angle = np.linspace(0.0, math.pi, 1000, endpoint=False)
    fan = threshold(np.column_stack([np.cos(angle), np.sin(angle)]), budget, draws=100_000, seed=1)
    assert fan.scheffe == pytest.approx((2 * math.log(20)) ** 0.5)
    assert fan.simulated == pytest.approx(fan.scheffe, abs=0.04)
    assert fan.sidak > fan.scheffe
    assert fan.value <= fan.scheffe


def test_the_same_test_twice_is_one():
    assert len(distinct(np.array([[2.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [1.0, 1.0]]))) == 2
    assert distinct(np.zeros((3, 2))).shape == (0, 2)


def test_nothing_tested_is_never_an_alarm():
    assert threshold(np.zeros((0, 3)), Budget()).value == math.inf
    assert threshold(np.eye(2), Budget(alarms=1000.0)).value == 0.0


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 1000))
def test_the_bounds_hold_for_any_dependence(tests, rank, seed):
    directions = distinct(np.random.default_rng(seed).normal(size=(tests, rank)))
    found = threshold(directions, Budget(1.0, 10.0))
    beyond = (maxima(directions, 20_000, seed) > found.value).mean()
    assert beyond <= 0.1 + 4.0 * (0.1 * 0.9 / 20_000) ** 0.5


def test_sidak_of_many_tests_loses_no_digit():
    assert norm.sf(sidak(1e-9, 1000)) * 2 == pytest.approx(1e-12, rel=1e-6)


@pytest.mark.slow
def test_a_year_of_a_plant_keeps_the_budget_with_biased_meters_and_all_three_windows():
    """Simulated with both parts of sigma; biases stay for the year, in every world anew."""
    tails = np.array([-1, 0, 0, 1, 1, 2, 2, -1, 3])
    heads = np.array([0, 1, -1, 2, -1, 3, -1, 3, -1])
    system = System(tuple("abcdefghi"), tails, heads, tuple("PQRS"))
    true = np.array([100.0, 80, 20, 60, 20, 45, 15, 5, 50])
    chance, common = 0.02 * true, 0.01 * true
    budget = Budget(1.0, 30.0, 3)
    thresholds = {}
    for window in (1, 7, 30):
        plan = compile_plan(system, Readings(np.arange(9), np.hypot(chance / window**0.5, common)))
        space = redundancy(plan)
        directions = all_tests(space, balances(plan, space))
        thresholds[window] = threshold(directions, budget, draws=40_000, seed=1).value
    rng = np.random.default_rng(8)
    alarms, days, worlds = 0, 60, 60
    counts = []
    for _ in range(worlds):
        y = true + common * rng.normal(size=9) + chance * rng.normal(size=(days + 30, 9))
        sums = information(system, y, np.tile(chance, (len(y), 1)), np.tile(common, (len(y), 1)))
        beyond = np.zeros(days, dtype=bool)
        for window, limit in thresholds.items():
            statistic = accumulate(sums, window, ends=range(30, days + 30)).statistic[30:]
            beyond |= np.nanmax(np.abs(statistic), axis=1) > limit
        counts.append(beyond.sum())
        alarms += beyond.sum()
    a_month = alarms / worlds / days * 30
    error = np.std(counts) / days * 30 / worlds**0.5
    assert a_month <= 1.0 + 2.0 * error
    assert a_month > 0.2, "a threshold that never speaks keeps any budget"
