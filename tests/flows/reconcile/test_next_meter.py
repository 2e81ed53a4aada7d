"""Where to measure next: against plans compiled with the meter in them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.reconcile.classify import Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.outlook.next_meter import next_meters, with_meter
from flows.reconcile.problem import Readings, Row, System

#: in -> P -> mid -> Q -> out, and unmeasured losses to air and water from Q.
PLANT = System(
    ("in", "mid", "out", "air", "water"),
    np.array([-1, 0, 1, 1, 1]),
    np.array([0, 1, -1, -1, -1]),
    ("P", "Q"),
)


def a_plan(of=(0, 1, 2), sigma=(3.0, 4.0, 2.0)):
    return compile_plan(PLANT, Readings(np.array(of), np.array(sigma)))


def by_variable(found):
    return {each.variable: each for each in found}


def test_by_hand_a_second_meter_on_the_product():
    # `out` stands alone, sigma 2; a second meter with sigma 1 makes it 2 / sqrt(5).
    target = np.array([0.0, 0.0, 1.0, 0.0, 0.0])
    found = by_variable(next_meters(a_plan(), np.full(5, 1.0), target=target))
    assert found[2].target_before == pytest.approx(2.0)
    assert found[2].target_after == pytest.approx(2.0 / 5**0.5)
    assert found[2].gain == pytest.approx(1.0 - 1.0 / 5**0.5)
    assert found[2].redundancy == 1
    assert found[2].tested == (2,)
    assert found[0].gain == found[1].gain == 0.0, "nothing at the inlet speaks of the product"
    # in and mid are one flow, sigma 12 / 5; with a third reading 1 / sqrt(1 + 25/144).
    assert found[0].before == pytest.approx(2.4)
    assert found[0].after == pytest.approx((1 + 25 / 144) ** -0.5)
    assert found[0].observable == ()


def test_a_meter_on_one_of_two_unknown_losses_makes_the_other_known():
    target = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    found = next_meters(a_plan(), np.full(5, 1.0), target=target)
    best = found[0]
    assert best.variable in {3, 4}
    assert best.gain == math.inf
    assert best.observable == (7 - best.variable,)
    assert best.redundancy == 0
    assert math.isnan(best.before)
    assert best.after == pytest.approx(1.0)
    # Their sum is mid - out, whatever the meter says of its part.
    assert best.target_after == pytest.approx((2.4**2 + 2.0**2) ** 0.5)
    assert found[-1].gain == 0.0


def test_a_meter_that_is_too_poor_brings_little_and_a_perfect_one_is_none():
    found = by_variable(next_meters(a_plan(), np.array([1.0, 1e6, 0.0, 1.0, 1.0])))
    assert 2 not in found
    assert found[1].after == pytest.approx(found[1].before, rel=1e-6)
    assert math.isnan(found[1].target_before)
    assert found[1].gain == 0.0


def test_exact_flows_need_no_meter():
    plan = a_plan(sigma=(0.0, 4.0, 2.0))
    assert plan.classes[0] is Class.EXACT
    assert 0 not in by_variable(next_meters(plan, np.ones(5)))


def test_only_those_asked_for_are_weighed():
    assert [each.variable for each in next_meters(a_plan(), np.ones(5), among=[1])] == [1]


@st.composite
def networks(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    tails = np.concatenate([np.arange(-1, 3), rng.integers(-1, 4, 6)])
    heads = np.concatenate([np.arange(4), rng.integers(-1, 4, 6)])
    rows = (Row("r", ((0, 1.0), (5, -0.5))),) if draw(st.booleans()) else ()
    system = System(tuple(f"f{i}" for i in range(10)), tails, heads, tuple("PQRS"), rows)
    of = np.flatnonzero(rng.random(10) > draw(st.sampled_from([0.1, 0.4, 0.7])))
    correlation = None
    if len(of) > 1 and draw(st.booleans()):
        correlation = np.eye(len(of))
        correlation[0, 1] = correlation[1, 0] = 0.4
    return system, Readings(of, rng.uniform(0.5, 5.0, len(of)), correlation), rng


@settings(max_examples=60, deadline=None)
@given(networks())
def test_every_figure_is_that_of_the_plan_with_the_meter_in_it(drawn):
    system, readings, rng = drawn
    plan = compile_plan(system, readings)
    sigma, target = rng.uniform(0.3, 4.0, 10), np.where(rng.random(10) < 0.3, 1.0, 0.0)
    for each in next_meters(plan, sigma, target=target):
        better = with_meter(plan, each.variable, sigma[each.variable])
        assert each.redundancy == better.dof - plan.dof
        assert each.after == pytest.approx(better.sigma_x[each.variable], rel=1e-6)
        classes = list(zip(plan.classes, better.classes, strict=False))
        assert each.observable == tuple(
            i for i, (old, new) in enumerate(classes)
            if new is Class.OBSERVABLE and old is Class.UNOBSERVABLE
        )  # fmt: skip
        assert each.tested == tuple(
            i for i, (old, new) in enumerate(classes)
            if new is Class.REDUNDANT and old is Class.NONREDUNDANT
        )  # fmt: skip
        wanted = np.flatnonzero(target)
        if len(wanted):
            known = not np.isnan(better.sigma_x[wanted]).any()
            covariance = better.covariance(wanted) if known else np.full((1, 1), np.nan)
            after = covariance.sum() ** 0.5 if covariance.sum() > 0 else covariance.sum()
            assert each.target_after == pytest.approx(after, rel=1e-5, abs=1e-6, nan_ok=True)


def test_a_second_invoice_of_a_sum_is_a_second_reading_of_it():
    # x is read with sigma 2, an invoice of it with 1; a second invoice with 1: 1 / sqrt(1/4 + 2).
    loop = System(
        ("x", "sum"), np.array([-1, -1]), np.array([-1, -1]), (), (Row("r", ((0, 1.0), (1, -1.0))),)
    )
    plan = compile_plan(loop, Readings(np.arange(2), np.array([2.0, 1.0])))
    better = with_meter(plan, 1, 1.0)
    assert better.dof == plan.dof + 1
    assert better.sigma_x[0] == pytest.approx(2.25**-0.5)


def test_a_meter_without_uncertainty_is_no_meter():
    with pytest.raises(ValueError, match="sigma"):
        with_meter(a_plan(), 0, 0.0)
