"""Global, nodal and measurement tests, bias against leak, errors named one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.reconcile.compiling import compile_plan
from flows.reconcile.gross.errors import (
    Doubt,
    Kind,
    explain,
    global_test,
    likelihood_ratios,
    nodal_tests,
)
from flows.reconcile.gross.redundancy import balances, redundancy
from flows.reconcile.problem import Readings, Row, System

#: in -> P -> mid -> Q -> out, side
LINE = System(
    ("in", "mid", "out", "side"), np.array([-1, 0, 1, 1]), np.array([0, 1, -1, -1]), ("P", "Q")
)
#: Three processes in a row, each with an inflow and an outflow of its own: much is redundant.
ROW = System(
    ("in", "ab", "bc", "out", "a", "b", "c", "a+", "b+", "c+"),
    np.array([-1, 0, 1, 2, 0, 1, 2, -1, -1, -1]),
    np.array([0, 1, 2, -1, -1, -1, -1, 0, 1, 2]),
    ("A", "B", "C"),
)

#: A splits to B and C, B gives to C and takes back; only A and C have to do with the outside.
CORE = System(
    ("in", "ab", "ac", "bc", "cb", "out"),
    np.array([-1, 0, 0, 1, 2, 2]),
    np.array([0, 1, 2, 2, 1, -1]),
    ("A", "B", "C"),
)
CLOSED = (100.0, 60.0, 40.0, 70.0, 10.0, 100.0)


def a_plan(system=LINE, sigma=(2.0, 2.0, 2.0, 1.0), of=None, correlation=None):
    of = np.arange(system.size) if of is None else np.array(of)
    return compile_plan(system, Readings(of, np.array(sigma), correlation))


def ends(plan):
    return plan.system.tails[plan.readings.of], plan.system.heads[plan.readings.of]


def test_by_hand_two_balances():
    # Residuals: P 100 - 130 = -30, variance 8; Q 130 - 60 - 40 = 30, variance 9; covariance -4.
    plan = a_plan()
    space = redundancy(plan)
    tested = balances(plan, space)
    y = np.array([[100.0, 130.0, 60.0, 40.0]])
    assert tested.nodes == ((0,), (1,))
    assert tested.sigma.tolist() == pytest.approx([8**0.5, 3.0])
    assert nodal_tests(tested, y)[0].tolist() == pytest.approx([-30 / 8**0.5, 10.0])
    assert tested.directions @ tested.directions.T == pytest.approx(
        np.array([[1, -4 / (3 * 8**0.5)], [-4 / (3 * 8**0.5), 1]])
    )
    # S^-1 = [[9, 4], [4, 8]] / 56; chi2 = 900 (9 - 8 + 8) / 56.
    chi2, p = global_test(space, y)
    assert chi2[0] == pytest.approx(900 * 9 / 56)
    assert p[0] < 1e-9
    ratios = likelihood_ratios(space, y)
    # mid 30 too great explains all: residuals (-30, 30) are 30 times (-1, 1).
    assert ratios.size[0, 1] == pytest.approx(30.0)
    assert ratios.sigma[1] == pytest.approx((56 / 9) ** 0.5)
    assert ratios.statistic[0, 1] ** 2 == pytest.approx(chi2[0])
    # in: S^-1 column 1 is (9, 4)/56: size (9 * -30 + 4 * 30) / 9.
    assert ratios.size[0, 0] == pytest.approx(-150 / 9)
    assert ratios.sigma[0] == pytest.approx((56 / 9) ** 0.5)
    # A leak at P is an inflow that is not there downstream: as an excess of `in`.
    assert ratios.size[0, 4] == pytest.approx(-150 / 9)


def test_the_measurement_test_is_that_of_the_plan():
    plan = a_plan(ROW, np.linspace(0.5, 5.0, 10))
    y = 100.0 + 7.0 * np.random.default_rng(1).normal(size=(20, 10))
    answer = plan.solve(y)
    space = redundancy(plan)
    # Excess of a reading is an adjustment downwards.
    ratios = likelihood_ratios(space, y)
    np.testing.assert_allclose(ratios.statistic[:, :10], -answer.normalized, rtol=1e-9)
    np.testing.assert_allclose(global_test(space, y)[0], answer.chi2, rtol=1e-10)
    np.testing.assert_allclose(global_test(space, y)[1], answer.p_value, rtol=1e-8)


def test_one_balance_names_its_meters_and_its_leak_together():
    plan = a_plan(sigma=(2.0, 1.0, 2.0), of=(0, 2, 3))
    tested = balances(plan, redundancy(plan))
    assert tested.nodes == ((0, 1),), "mid is not measured: P and Q are one balance"
    told = explain(redundancy(plan), np.array([120.0, 60.0, 40.0]))
    (step,) = told.steps
    assert [(each.kind, each.index) for each in step.members] == [
        (Kind.BIAS, 0),
        (Kind.BIAS, 1),
        (Kind.BIAS, 2),
        (Kind.LEAK, 0),
        (Kind.LEAK, 1),
    ]
    assert [each.size for each in step.members] == pytest.approx([20, -20, -20, 20, 20])
    assert [each.sigma for each in step.members] == pytest.approx([3.0] * 5)
    assert step.margin == np.inf
    assert step.rival is None
    assert told.doubts == (Doubt.NOTHING_LEFT,)
    assert told.p_value is None


def test_a_leak_of_12_tonnes_is_told_from_any_bias_with_its_size():
    plan = a_plan(CORE, np.ones(6))
    y = np.array(CLOSED) - [0, 0, 0, 12, 0, 12]  # lost at B, and missing from there on
    space = redundancy(plan)
    told = explain(space, y, tested=balances(plan, space), ends=ends(plan))
    (step,) = told.steps
    (leak,) = step.members
    assert (leak.kind, leak.index) == (Kind.LEAK, 1)
    assert leak.size == pytest.approx(12.0)
    # S_BB = 3 less what A and C know of it: (1, 2) [[3, -1], [-1, 4]]^-1 (1, 2)' = 20 / 11.
    assert leak.sigma == pytest.approx((3 - 20 / 11) ** 0.5)
    assert step.doubts == ()
    # Twice the difference in log likelihood to the best single meter.
    statistic = np.abs(likelihood_ratios(space, y[None]).statistic[0])
    others = np.delete(statistic, 7)
    assert step.margin == pytest.approx(statistic[7] ** 2 - others.max() ** 2)
    assert step.rival is not None
    assert step.rival.kind is Kind.BIAS
    assert told.chi2 == pytest.approx(0.0, abs=1e-12)


def test_more_leaving_than_entering_is_a_leak_that_contradicts_itself():
    plan = a_plan(CORE, np.ones(6))
    (step,) = explain(redundancy(plan), np.add(CLOSED, [0, 0, 0, 12, 0, 12])).steps
    assert step.members[0].size == pytest.approx(-12.0)
    assert step.doubts == (Doubt.GAIN,)


def test_two_errors_are_named_one_after_the_other_and_sized_together():
    plan = a_plan(ROW, np.ones(10))
    true = np.array([100.0, 90, 80, 82.0, 20, 20, 8, 10, 10, 10])
    wrong = true.copy()
    wrong[1] += 30.0
    wrong[3] -= 18.0
    told = explain(redundancy(plan), wrong)
    assert len(told.steps) == 2
    members = [each for step in told.steps for each in step.members]
    found = {each.index: each.size for each in members if each.kind is Kind.BIAS}
    assert found[1] == pytest.approx(30.0)
    # The only balance of `out` also has c, c+ and the leak at C: they are one with it.
    assert found[3] == pytest.approx(-18.0)
    assert {(each.kind, each.index) for each in told.steps[1].members} == {
        (Kind.BIAS, 3), (Kind.BIAS, 6), (Kind.BIAS, 9), (Kind.LEAK, 2),
    }  # fmt: skip
    assert told.dof == 1
    assert told.chi2 == pytest.approx(0.0, abs=1e-12)


def test_naming_is_the_same_as_throwing_the_reading_out():
    rng = np.random.default_rng(5)
    plan = a_plan(ROW, rng.uniform(0.5, 3.0, 10))
    y = np.array([100.0, 90, 80, 82.0, 20, 20, 8, 10, 10, 10]) + rng.normal(size=10)
    y[1] += 25.0
    told = explain(redundancy(plan), y, threshold=5.0)
    assert [each.index for each in told.steps[0].members] == [1]
    kept = np.delete(np.arange(10), 1)
    without = a_plan(ROW, plan.readings.sigma[kept], kept).solve(y[kept][None])
    assert told.chi2 == pytest.approx(without.chi2[0], rel=1e-9)
    assert told.steps[0].members[0].size == pytest.approx(y[1] - without.x[0, 1])


def test_errors_that_could_as_well_be_others_are_said_to_be():
    # A and B are open. `ab` joins them: with an error at one end it makes up for the other.
    plan = a_plan(CORE, np.ones(6))
    y = np.add(CLOSED, [20, 0, 0, -31, 0, -31])
    told = explain(redundancy(plan), y)
    assert len(told.steps) == 2
    assert told.doubts == (Doubt.EXCHANGEABLE,)
    first = {(step.members[0].kind, step.members[0].index) for step in told.steps}
    other = {(each.kind, each.index) for each in told.exchangeable}
    assert not first & other
    # `in` and a leak at A are one; any two of the three do.
    ends_and_between = {(Kind.BIAS, 0), (Kind.BIAS, 1), (Kind.LEAK, 0), (Kind.LEAK, 1)}
    assert other < first | other <= ends_and_between
    assert len(other) in {1, 2}


def test_a_meter_between_balances_that_close_is_doubted():
    # Both ends of `mid` close within their wide sigma; the sum of both does not.
    tied = np.eye(4)
    plan = a_plan(sigma=(1.0, 20.0, 1.0, 1.0), correlation=tied)
    y = np.array([100.0, 92.0, 60.0, 24.0])
    space = redundancy(plan)
    told = explain(space, y, tested=balances(plan, space), ends=ends(plan))
    assert told.steps[0].statistic > 5.0
    assert Doubt.QUIET_BALANCES in told.steps[0].doubts


def test_an_error_greater_than_the_reading_itself_is_doubted():
    plan = a_plan(sigma=(2.0, 1.0, 2.0), of=(0, 2, 3))
    y = np.array([20.0, 60.0, 40.0])
    (short,) = explain(redundancy(plan), y, sought=[0]).steps
    assert short.members[0].size == pytest.approx(-80.0)
    assert short.doubts == ()
    (long,) = explain(redundancy(plan), y, sought=[1]).steps
    assert long.members[0].size == pytest.approx(80.0), "of 60 t"
    assert long.doubts == (Doubt.BELOW_ZERO,)


def test_exact_readings_have_no_error_and_unfelt_ones_no_size():
    plan = a_plan(sigma=(0.0, 2.0, 2.0, 1.0))
    ratios = likelihood_ratios(redundancy(plan), np.array([[100.0, 90.0, 60.0, 40.0]]))
    assert np.isnan(ratios.statistic[0, 0])
    alone = a_plan(sigma=(1.0, 1.0), of=(0, 2))
    space = redundancy(alone)
    assert space.dof == 0
    assert np.isnan(global_test(space, np.array([[1.0, 2.0]]))[1]).all()
    assert np.isnan(likelihood_ratios(space, np.array([[1.0, 2.0]])).statistic).all()
    assert explain(space, np.array([1.0, 2.0])).steps == ()


def test_relations_test_beside_balances():
    # out = 0.6 in, exactly: one degree of freedom more.
    share = Row("share", ((2, 1.0), (0, -0.6)))
    ruled = System(LINE.names, LINE.tails, LINE.heads, LINE.nodes, (share,))
    plan = a_plan(ruled)
    y = np.array([[100.0, 130.0, 60.0, 40.0]])
    space = redundancy(plan)
    assert space.dof == 3
    np.testing.assert_allclose(global_test(space, y)[0], plan.solve(y).chi2)
    assert explain(space, y[0]).steps[0].members[0].size == pytest.approx(30.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 12), st.floats(8.0, 60.0), st.booleans())
def test_an_error_alone_is_always_in_the_set_that_is_named(seed, place, size, negative):
    """Without noise the likelihood ratio of the true error is the greatest (Cauchy-Schwarz)."""
    rng = np.random.default_rng(seed)
    sigma = rng.uniform(0.5, 5.0, 10)
    root = rng.normal(size=(10, 30)) / 30**0.5
    tied = root @ root.T
    correlation = tied / np.sqrt(np.outer(tied.diagonal(), tied.diagonal()))
    plan = a_plan(ROW, sigma, correlation=correlation)
    space = redundancy(plan)
    error = (-size if negative else size) / np.linalg.norm(space.signatures[:, place])
    residual = error * (space.root @ space.signatures[:, place])
    # Readings with just these residuals.
    y = np.zeros(10)
    y[space.first] = residual * space.scale
    ratios = likelihood_ratios(space, y[None])
    assert ratios.size[0, place] == pytest.approx(error, rel=1e-9)
    assert np.nanmax(np.abs(ratios.statistic)) == pytest.approx(size, rel=1e-9)
    (step,) = explain(space, y).steps
    kind = Kind.LEAK if place >= 10 else Kind.BIAS
    assert (kind, place % 10) in [(each.kind, each.index) for each in step.members]


def test_white_residuals_are_white():
    rng = np.random.default_rng(3)
    plan = a_plan(ROW, rng.uniform(0.5, 5.0, 10))
    true = np.array([100.0, 90, 80, 82.0, 20, 20, 8, 10, 10, 10])
    white = redundancy(plan).white(true + plan.readings.sigma * rng.normal(size=(40_000, 10)))
    np.testing.assert_allclose(np.cov(white.T), np.eye(3), atol=0.03)
    assert redundancy(plan).white(true[None]).tolist() == [[0.0, 0.0, 0.0]]
