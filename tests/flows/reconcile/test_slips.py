"""A figure written ten times too great, two figures in each other's place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.reconcile.compiling import compile_plan
from flows.reconcile.gross.redundancy import redundancy
from flows.reconcile.gross.slips import FACTORS, Sort, written_wrongly
from flows.reconcile.problem import Readings, System

#: A splits to B and C, B gives to C and takes back; only A and C have to do with the outside.
CORE = System(
    ("in", "ab", "ac", "bc", "cb", "out"),
    np.array([-1, 0, 0, 1, 2, 2]),
    np.array([0, 1, 2, 2, 1, -1]),
    ("A", "B", "C"),
)
CLOSED = np.array([100.0, 60.0, 40.0, 70.0, 10.0, 100.0])
SIGMA = 0.01 * CLOSED
PLAN = compile_plan(CORE, Readings(np.arange(6), SIGMA))
SPACE = redundancy(PLAN)


def chi2(y):
    return PLAN.solve(y[None]).chi2[0]


def test_a_point_in_the_wrong_place_is_told_from_an_error_of_any_size():
    y = np.add(CLOSED, [0.4, -0.3, 0.2, 0.5, 0.05, -0.6])
    right = chi2(y)
    y[1] *= 10.0
    best, *others = written_wrongly(SPACE, y, SIGMA)
    assert (best.sort, best.members, best.factor) == (Sort.SLIP, (1,), 10.0)
    assert best.chi2 == pytest.approx(right)
    error = next(each for each in others if each.sort is Sort.ERROR)
    assert error.members == (1,)
    assert error.chi2 < best.chi2, "a fitted size always fits better"
    assert error.score < best.score


def test_two_figures_in_each_others_place():
    y = np.add(CLOSED, [0.4, -0.3, 0.2, 0.5, 0.05, -0.6])
    right = chi2(y)
    y[[1, 3]] = y[[3, 1]]
    best = written_wrongly(SPACE, y, SIGMA)[0]
    assert (best.sort, best.members) == (Sort.SWAP, (1, 3))
    assert best.chi2 == pytest.approx(right, rel=1e-6)


def test_an_error_of_no_special_size_is_none_of_them():
    y = CLOSED.copy()
    y[1] += 23.0
    best = written_wrongly(SPACE, y, SIGMA)[0]
    assert (best.sort, best.members) == (Sort.ERROR, (1,))


def test_a_day_that_closes_is_written_rightly():
    assert written_wrongly(SPACE, CLOSED, SIGMA) == ()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 5), st.sampled_from(FACTORS), st.integers(0, 10_000))
def test_chi2_of_a_slip_is_that_of_the_mended_readings(place, factor, seed):
    y = CLOSED + SIGMA * np.random.default_rng(seed).normal(size=6)
    spoiled = y.copy()
    spoiled[place] *= factor
    found = written_wrongly(SPACE, spoiled, SIGMA, most=1000)
    slip = [
        e for e in found if e.sort is Sort.SLIP and e.members == (place,) and e.factor == factor
    ]
    assert slip
    assert slip[0].chi2 == pytest.approx(chi2(y), rel=1e-5, abs=1e-6)
    for each in found:
        if each.sort is Sort.SWAP:
            first, second = each.members
            mended = spoiled.copy()
            mended[[first, second]] = mended[[second, first]]
            assert each.chi2 == pytest.approx(chi2(mended), rel=1e-5, abs=1e-4)
