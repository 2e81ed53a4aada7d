"""Evidence over days: chance averages out, bias does not, a change of it shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.reconcile.compiling import compile_plan
from flows.reconcile.gross.errors import likelihood_ratios
from flows.reconcile.gross.evidence import accumulate, information, leading
from flows.reconcile.gross.redundancy import redundancy
from flows.reconcile.problem import Readings, System

PIPE = System(("in", "out"), np.array([-1, 0]), np.array([0, -1]), ("P",))
LINE = System(
    ("in", "mid", "out", "side"), np.array([-1, 0, 1, 1]), np.array([0, 1, -1, -1]), ("P", "Q")
)


def days(values, sigma, bias, system=PIPE, **more):
    values = np.asarray(values, dtype=float)
    wide = [np.broadcast_to(np.asarray(part, dtype=float), values.shape) for part in (sigma, bias)]
    return information(system, values, *wide, **more)


def test_by_hand_one_pipe_and_nine_days():
    # 3 t a day are missing; chance 3 and 4 t: 5 t a day, 5/3 t in the mean of nine days.
    found = accumulate(days([[103.0, 100.0]] * 9, [3.0, 4.0], 0.0), 9)
    assert found.size[-1].tolist() == pytest.approx([3.0, -3.0, 3.0])
    assert found.sigma[-1].tolist() == pytest.approx([5 / 3] * 3)
    assert found.statistic[-1].tolist() == pytest.approx([1.8, -1.8, 1.8])
    assert found.statistic[0, 0] == pytest.approx(0.6), "the first window is of one day"


def test_a_bias_within_its_sigma_never_becomes_an_alarm():
    # Both parts 2 t: after a year chance is 0.1 t, but the bias may be 2 t as on the first day.
    steady = [[102.0, 100.0]] * 365
    only_chance = accumulate(days(steady, [2.0, 0.001], 0.0), 365, ends=[364])
    assert only_chance.statistic[364, 0] > 15.0
    both = accumulate(days(steady, [2.0, 0.001], [2.0, 0.0]), 365, ends=[364])
    assert both.sigma[364, 0] == pytest.approx(np.hypot(2.0, 2.0 / 365**0.5), rel=1e-6)
    assert both.statistic[364, 0] < 1.0
    assert np.isnan(both.statistic[0]).all(), "that day was not asked for"


def test_days_of_reference_show_a_change_that_is_smaller_than_the_bias():
    series = [[100.0, 100.0]] * 60 + [[103.0, 100.0]] * 30
    known = days(series, [2.0, 2.0], [5.0, 5.0])
    assert abs(accumulate(known, 30, ends=[89]).statistic[89, 0]) < 1.0
    # Mean of 30 days against that of 60: sigma sqrt(8/30 + 8/60), for the bias has little to say.
    learned = accumulate(known, 30, reference=60, ends=[89])
    assert learned.sigma[89, 0] == pytest.approx((8 / 30 + 8 / 60) ** 0.5, rel=1e-2)
    assert learned.statistic[89, 0] > 4.0


def test_one_scale_for_both_ends_cannot_err_alone():
    # Its bias falls out of the balance: what is left is chance.
    shared = days([[103.0, 100.0]] * 9, [3.0, 4.0], [10.0, 10.0], device=np.array([0, 0]))
    assert accumulate(shared, 9).sigma[-1, 0] == pytest.approx(5 / 3)
    apart = days([[103.0, 100.0]] * 9, [3.0, 4.0], [10.0, 10.0])
    assert accumulate(apart, 9).sigma[-1, 0] == pytest.approx((25 / 9 + 200) ** 0.5)


def test_a_missing_day_says_nothing_and_a_missing_meter_what_the_others_say():
    nan = np.nan
    full = days([[103.0, 100.0], [102.0, 101.0]], [3.0, 4.0], 1.0)
    gap = days([[103.0, 100.0], [nan, 101.0], [102.0, 101.0]], [3.0, 4.0], 1.0)
    np.testing.assert_allclose(
        accumulate(gap, 3).statistic[-1], accumulate(full, 2).statistic[-1], rtol=1e-12
    )
    assert np.isnan(accumulate(gap, 1).statistic[1]).all()
    # Without `mid` the whole line is one balance: `in` against `out` and `side`.
    part = days([[110.0, nan, 60.0, 40.0]], [[2.0, nan, 2.0, 1.0]], 0.0, LINE)
    found = accumulate(part, 1)
    assert found.size[0, 0] == pytest.approx(10.0)
    assert found.sigma[0, 0] == pytest.approx(3.0)
    assert np.isnan(found.statistic[0, 1])
    assert found.size[0, [4, 5]].tolist() == pytest.approx([10.0, 10.0])


def test_those_that_no_day_tells_apart_lead_together():
    # `out`, `side` and a leak at Q show in the one balance of Q alone; `mid` in both.
    wrong_mid = days([[100.0, 110.0, 60.0, 40.0]] * 5, 2.0, 1.0, LINE)
    assert leading(accumulate(wrong_mid, 5), 4) == (1,)
    wrong_out = days([[100.0, 100.0, 70.0, 40.0]] * 5, 2.0, 1.0, LINE)
    assert leading(accumulate(wrong_out, 5), 4) == (2, 3, 5)
    nothing = days([[np.nan, 1.0]], 1.0, 1.0)
    assert leading(accumulate(nothing, 1), 0) == ()


def test_an_error_in_proportion_is_weighed_by_its_course():
    # 5 % of 100 t and of 300 t: the size is a share.
    y = np.array([[105.0, 100.0], [315.0, 300.0]])
    course = np.column_stack([y[:, 1], y[:, 1], np.ones(2)])
    found = accumulate(days(y, [3.0, 4.0], 0.0, shape=course), 2)
    assert found.size[-1, 0] == pytest.approx(0.05)
    assert found.sigma[-1, 0] == pytest.approx(5.0 / (100**2 + 300**2) ** 0.5)


def test_bias_without_chance_is_refused():
    with pytest.raises(np.linalg.LinAlgError):
        days([[1.0, 1.0]], 0.0, 1.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.booleans())
def test_sums_of_days_are_the_whole_covariance_at_once(seed, count, gaps):
    """Against the textbook formula on all residuals stacked, days different in every respect."""
    rng = np.random.default_rng(seed)
    y = 100.0 + rng.normal(size=(count, 4)) * 5.0
    sigma, bias = rng.uniform(0.5, 3.0, (count, 4)), rng.uniform(0.0, 3.0, (count, 4))
    device = np.array([0, 1, 0, 2])
    if gaps:
        y[0, 1] = np.nan
    found = accumulate(days(y, sigma, bias, LINE, device=device), count)
    rows, right, shared, course = [], [], [], []
    blocks = []
    for day in range(count):
        some = ~np.isnan(y[day])
        matrix = np.array([[1.0, -1, 0, 0], [0, 1, -1, -1]])
        losses = np.eye(2)
        if not some.all():
            matrix, losses = matrix.sum(axis=0)[None], np.ones((1, 2))
        matrix = matrix * some
        rows.append(matrix @ np.nan_to_num(y[day]))
        blocks.append(matrix * sigma[day])
        shared.append((matrix * bias[day]) @ np.equal.outer(device, np.arange(3)))
        course.append(np.hstack([matrix, losses]))
    right = np.concatenate(rows)
    sizes = np.cumsum([0, *(len(part) for part in rows)])
    covariance = np.vstack(shared) @ np.vstack(shared).T
    for begin, end, block in zip(sizes, sizes[1:], blocks, strict=False):
        covariance[begin:end, begin:end] += block @ block.T
    inverse = np.linalg.inv(covariance)
    signature = np.vstack(course)
    gain = np.einsum("ic,ij,jc->c", signature, inverse, signature)
    some = gain > 0.0
    score = signature.T @ inverse @ right
    size = score[some] / gain[some]
    np.testing.assert_allclose(found.size[-1][some], size, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.sigma[-1][some], gain[some] ** -0.5, rtol=1e-6)


def test_one_day_is_the_likelihood_ratio_of_the_plan():
    y, sigma, bias = np.array([[101.0, 95.0, 61.0, 40.0]]), [2.0, 1.0, 2.0, 1.0], [1.0, 3.0, 0, 1]
    plan = compile_plan(LINE, Readings(np.arange(4), np.hypot(sigma, bias)))
    ratios = likelihood_ratios(redundancy(plan), y)
    found = accumulate(days(y, sigma, bias, LINE), 1)
    np.testing.assert_allclose(found.statistic, ratios.statistic, rtol=1e-10)
    np.testing.assert_allclose(found.sigma[0], ratios.sigma, rtol=1e-10)


@pytest.mark.slow
def test_the_statistic_of_a_week_is_standard_normal_with_biased_meters():
    rng = np.random.default_rng(4)
    true = np.array([100.0, 100.0, 60.0, 40.0])
    found = []
    for _ in range(3000):
        y = true + 3.0 * rng.normal(size=4) + 2.0 * rng.normal(size=(7, 4))
        y[2, 1] = np.nan
        found.append(accumulate(days(y, 2.0, 3.0, LINE), 7, ends=[6]).statistic[6])
    np.testing.assert_allclose(np.std(found, axis=0), 1.0, atol=0.05)
    np.testing.assert_allclose(np.mean(found, axis=0), 0.0, atol=0.07)
