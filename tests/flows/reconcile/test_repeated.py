"""Frozen meters, copied sheets and columns, rounded figures; and what is none of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.reconcile.gross.repeated import (
    copied_columns,
    copied_days,
    frozen,
    rounded,
    same_figure,
    usual_movement,
)

STEP = np.array([0.1])
RARE = 1e-4


def a_series(days=40, spread=5.0, step=0.1, seed=1, level=100.0):
    rng = np.random.default_rng(seed)
    return np.round((level + spread * rng.normal(size=days)) / step) * step


def test_six_days_of_one_figure_are_a_frozen_meter():
    y = a_series()
    y[20:26] = y[19]
    (run,) = frozen(y[:, None], STEP, RARE)
    assert (run.first, run.last, run.count) == (19, 25, 7)
    assert run.figure == y[19]
    movement = usual_movement(y, leave=slice(19, 26))
    assert run.probability == pytest.approx(math.erf(0.1 / (2 * movement)) ** 6)


def test_a_day_without_a_figure_does_not_end_a_run():
    y = a_series()
    y[20:26] = y[19]
    y[22] = np.nan
    (run,) = frozen(y[:, None], STEP, RARE)
    assert (run.first, run.last, run.count) == (19, 25, 6)


def test_yesterdays_figure_twice_is_no_finding_alone_where_figures_are_coarse():
    y = a_series(step=5.0)
    y[20] = y[19]
    assert frozen(y[:, None], np.array([5.0]), RARE) == ()


def test_a_flow_that_is_constant_or_zero_is_no_finding():
    assert frozen(np.full((60, 1), 12.0), STEP, RARE) == ()
    shut = a_series()
    shut[10:30] = 0.0
    assert frozen(shut[:, None], STEP, RARE) == ()
    setpoint = np.repeat([12.0, 15.0, 12.0, 14.0], 15)
    assert frozen(setpoint[:, None], STEP, RARE) == (), "mostly it does not move"


def test_too_short_a_series_rests_on_what_its_meter_does():
    y = np.array([[10.0], [10.4], [10.4], [10.4], [10.4], [10.4]])
    assert frozen(y, STEP, RARE) == ()
    (run,) = frozen(y, STEP, RARE, least=np.array([0.9]))
    assert run.count == 5


@settings(max_examples=30, deadline=None)
@given(st.floats(0.02, 5.0), st.booleans(), st.integers(0, 1000))
def test_repetitions_by_themselves_are_rarer_than_said(movement, wanders, seed):
    rng = np.random.default_rng(seed)
    days = 20_000
    if wanders:
        y = np.cumsum(movement * rng.normal(size=days))
    else:
        y = movement / 2**0.5 * rng.normal(size=days) + rng.uniform(0, 1)
    figures = np.round(y)
    same = np.diff(figures) == 0.0
    bound = same_figure(1.0, movement)
    # An even phase of the steps is what a wandering series has.
    assert same.mean() <= bound + 4.0 * (bound / days) ** 0.5 + 0.01
    thrice = (same[1:] & same[:-1]).mean()
    assert thrice <= bound**2 + 4.0 * bound / days**0.5 + 0.01


def test_a_sheet_copied_from_the_day_before():
    y = np.column_stack([a_series(seed=i, level=20.0 * (i + 1)) for i in range(5)])
    y[30] = y[29]
    y[30, 0] += 3.0  # one figure was read
    (copy,) = copied_days(y, np.full(5, 0.1), RARE)
    assert copy.rows == (29, 30)
    assert copy.columns == (1, 2, 3, 4)
    assert copied_days(np.delete(y, 30, axis=0), np.full(5, 0.1), RARE) == ()


def test_a_sheet_of_flows_that_never_move_is_no_copy():
    y = np.tile([12.0, 7.0, 3.0], (40, 1))
    assert copied_days(y, np.full(3, 0.1), RARE) == ()


def test_figures_of_one_flow_written_for_another():
    y = np.column_stack([a_series(seed=1, level=60.0), a_series(seed=2, level=65.0)])
    y[20:23, 1] = y[20:23, 0]
    (copy,) = copied_columns(y, np.full(2, 0.1), RARE)
    assert copy.columns == (0, 1)
    assert copy.rows == (20, 22)
    assert copy.count == 3


def test_one_meter_under_two_names_is_no_copy():
    y = np.column_stack([a_series(), a_series()])
    assert copied_columns(y, np.full(2, 0.1), RARE) == ()


def test_tonnes_written_in_tens():
    y = a_series(days=60, spread=30.0, level=400.0)
    assert rounded(y[:, None], STEP, RARE) == ()
    tens = np.round(y / 10.0) * 10.0
    (found,) = rounded(tens[:, None], STEP, RARE)
    assert found.step == pytest.approx(10.0)
    assert (found.count, found.of) == (60, 60)
    assert found.probability < 1e-100


def test_a_flow_that_hardly_moves_may_well_be_round():
    y = np.full(40, 100.0) + np.tile([0.0, 0.1], 20)
    assert rounded(y[:, None], STEP, RARE) == ()
