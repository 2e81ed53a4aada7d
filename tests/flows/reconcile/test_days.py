"""Many days at once: every path against each day alone, and every value to its observations."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.network import (
    Correlation,
    Device,
    Flow,
    FlowNetwork,
    Process,
    Relation,
    Spread,
    Stock,
    TransferCoefficient,
)
from flows.panel import panel
from flows.period import Calendar
from flows.reconcile import reconcile
from flows.reconcile.classify import Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.days import batch, onebasis, rowproducts
from flows.reconcile.days.alone import reconcile_days
from flows.reconcile.days.batch import solve
from flows.reconcile.days.daytable import DayTable, daytable
from flows.reconcile.days.patterns import CLASSES
from flows.reconcile.problem import Readings, Row, System
from flows.records import Observation, State
from flows.rows import Rows

CALENDAR = Calendar("Asia/Shanghai")
FIRST = date(2025, 3, 1)


def entry(what, day, value, *, device="", hours=None, **fields):
    span = CALENDAR.span(FIRST + timedelta(days=day - 1))
    start, end = span.start, span.end
    if hours is not None:
        start, end = span.start + hours[0] * 3600, span.start + hours[1] * 3600
    state = State.MISSING if value is None else State.ZERO if value == 0.0 else State.VALUE
    ordinal = FIRST.toordinal() + day - 1
    return Observation(what, "mass", ordinal, start, end, state, value, device=device, **fields)


def level(what, day, value, **fields):
    """At the end of a day; day 0 is the eve."""
    at = CALENDAR.instant(FIRST + timedelta(days=day))
    return Observation(what, "mass", FIRST.toordinal() + day - 1, at, at, value=value, **fields)


def table_of(network, observations, days):
    first = FIRST.toordinal()
    laid_out, _ = panel(
        Rows.from_observations(observations),
        network,
        CALENDAR,
        first_day=first,
        last_day=first + days - 1,
    )
    return daytable(laid_out, network, CALENDAR)


def given_table(network, value, sigma, bias=None, device=None, devices=()):
    """A table of flows without a ledger behind it."""
    empty = table_of(network, [], len(value))
    none = np.full(value.shape, -1)
    return DayTable(
        empty.days,
        empty.names,
        value,
        sigma,
        np.zeros(value.shape) if bias is None else bias,
        none if device is None else device,
        devices,
        empty.panel,
        {},
        np.zeros(value.shape, bool),
    )


def none_is_nan(values):
    return [math.nan if each is None else each for each in values]


def agrees_with_each_day_alone(network, table, layer="mass"):
    together = reconcile_days(network, table, layer=layer)
    for day in range(len(table.days)):
        alone = reconcile(network, table.measured(day), layer=layer)
        rows = (*alone.flows, *alone.stocks)
        assert together.names == tuple(row.id for row in rows)
        assert together.classes(day) == [row.klass for row in rows]
        assert together.dof[day] == alone.dof
        assert together.feasible[day] == alone.feasible
        assert np.array(together.names)[together.active[day]].tolist() == list(alone.bounds_active)
        size = 1.0 + np.nanmax(np.abs(table.value[day]), initial=0.0)
        for array, field, digits in (
            (together.reconciled, "reconciled", 1e-10),
            (together.sigma, "sigma_reconciled", 1e-9),
            (together.adjustment, "adjustment", 1e-10),
            (together.normalized, "normalized_adjustment", 1e-6),
        ):
            expected = np.array(none_is_nan(getattr(row, field) for row in rows))
            np.testing.assert_allclose(array[day], expected, rtol=1e-8, atol=digits * size)
        np.testing.assert_allclose(
            [together.chi2[day], together.p_value[day]],
            none_is_nan([alone.chi2, alone.p_value]),
            rtol=1e-7,
            atol=1e-12,
        )
    return together


@st.composite
def parks(draw):
    """Small parks with recycles, shares, relations; some days of readings with gaps."""
    count = draw(st.integers(1, 4))
    ends = st.integers(-1, count - 1)
    edges = [(-1, 0), *((i, i + 1) for i in range(count - 1)), (count - 1, -1)]
    edges += draw(st.lists(st.tuples(ends, ends), max_size=5))
    flows = tuple(
        Flow(f"f{i}", *("environment" if end < 0 else f"p{end}" for end in pair), minimum=least)
        for i, pair in enumerate(edges)
        for least in [draw(st.sampled_from([-math.inf, -math.inf, 0.0]))]
    )
    coefficients = (
        (TransferCoefficient("p0", "f1", 0.25),)
        if count > 1 and draw(st.integers(0, 3)) == 0
        else ()
    )
    relations = (
        (
            Relation(
                "r", (("f0", 1.0), (flows[-1].id, -0.5)), 3.0, draw(st.sampled_from([0.0, 2.0]))
            ),
        )
        if draw(st.integers(0, 3)) == 0 and flows[-1].id != "f0"
        else ()
    )
    network = FlowNetwork(
        processes=tuple(Process(f"p{i}") for i in range(count)),
        flows=flows,
        coefficients=coefficients,
        relations=relations,
    )
    days = draw(st.integers(1, 4))
    shape = (days, len(flows))
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    value = np.round(rng.uniform(-5.0, 40.0, shape), 2)
    sigma = rng.choice([0.25, 1.0, 7.0, 300.0], shape)
    if draw(st.booleans()):
        sigma[:] = sigma[0]
    sigma[rng.random(shape) < draw(st.sampled_from([0.0, 0.2]))] = 0.0
    gaps = rng.random(shape) < draw(st.sampled_from([0.0, 0.3, 0.6]))
    value[gaps] = sigma[gaps] = math.nan
    return network, value, sigma, rng


@settings(max_examples=150, deadline=None)
@given(parks())
def test_each_day_is_what_it_is_alone(drawn):
    network, value, sigma, _ = drawn
    agrees_with_each_day_alone(network, given_table(network, value, sigma))


@settings(max_examples=100, deadline=None)
@given(parks())
def test_readings_that_share_a_bias_are_what_they_are_alone(drawn):
    network, value, sigma, rng = drawn
    bias = np.where(np.isnan(value), 0.0, rng.choice([0.0, 0.5, 4.0], value.shape))
    device = rng.integers(-1, 2, value.shape)
    # What only a shared bias makes uncertain is tied perfectly, and refused by both.
    bias[(device < 0) | (sigma == 0.0)] = 0.0
    table = given_table(network, value, sigma, bias, device, ("belt", "bridge"))
    agrees_with_each_day_alone(network, table)


@settings(max_examples=60, deadline=None)
@given(parks(), st.sampled_from([1, 3]))
def test_days_with_the_same_sigmas_come_out_the_same_by_plan_and_in_a_batch(drawn, enough):
    network, value, sigma, _ = drawn
    sigma = np.where(np.isnan(value[:1]), np.nan, np.repeat(sigma[:1], len(value), axis=0))
    value = np.where(np.isnan(sigma), np.nan, np.nan_to_num(value))
    table = given_table(network, value, sigma)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.reconcile.days.alone.SAME", enough)
        by_plan = reconcile_days(network, table)
    in_batch = reconcile_days(network, table)
    for name in ("reconciled", "sigma", "chi2"):
        expected = getattr(in_batch, name)
        np.testing.assert_allclose(getattr(by_plan, name), expected, rtol=1e-9, atol=1e-8)
    assert (by_plan.klass == in_batch.klass).all()


def test_a_declared_correlation_is_kept_on_the_days_that_have_both_readings():
    network = FlowNetwork(
        processes=(Process("yard"),),
        flows=(Flow("in", "environment", "yard"), Flow("out", "yard", "environment")),
        correlations=(Correlation("in", "out", 0.5),),
    )
    value = np.array([[100.0, 104.0], [100.0, math.nan], [90.0, 80.0]])
    sigma = np.where(np.isnan(value), math.nan, [[3.0, 4.0]] * 3)
    agrees_with_each_day_alone(network, given_table(network, value, sigma))


# --- patterns ----------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**20), st.booleans())
def test_exchanges_of_the_form_keep_the_exact_classes(seed, wild):
    """Many patterns from one form: classes as by the graph, values as by a plan of the day."""
    rng = np.random.default_rng(seed)
    nodes, size, days = int(rng.integers(1, 6)), int(rng.integers(1, 12)), 5
    tails, heads = rng.integers(-1, nodes, (2, size))
    system = System(
        tuple(f"f{i}" for i in range(size)), tails, heads, tuple(f"p{i}" for i in range(nodes))
    )
    values = rng.normal(50.0, 20.0, (days, size))
    sigma = 10.0 ** rng.uniform(-6, 6, values.shape) if wild else rng.uniform(1, 5, values.shape)
    sigma[rng.random(values.shape) < 0.1] = 0.0
    gaps = rng.random(values.shape) < 0.4
    values[gaps] = sigma[gaps] = math.nan
    many = solve(system, values, sigma, unimodular=True)
    for day in range(days):
        of = np.flatnonzero(~gaps[day])
        plan = compile_plan(system, Readings(of, sigma[day, of]))
        one = plan.solve(values[day : day + 1, of])
        assert [CLASSES[code] for code in many.classes[day]] == plan.classes
        assert many.dof[day] == plan.dof
        assert many.feasible[day] == one.feasible[0]
        np.testing.assert_allclose(many.x[day], one.x[0], rtol=1e-9, atol=1e-9)
        if not many.feasible[day]:
            assert np.isnan(many.sigma_x[day]).all()
            continue
        np.testing.assert_allclose(many.sigma_x[day], plan.sigma_x, rtol=1e-7, atol=1e-13)
        np.testing.assert_allclose(many.spread[day, of], plan.spread, rtol=1e-7, atol=1e-13)
        np.testing.assert_allclose(many.chi2[day], one.chi2[0], rtol=1e-9)


@st.composite
def balances(draw):
    """Plain balances with days of readings: gaps, exact values, sigmas over few or many decades."""
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    nodes, size = int(rng.integers(1, 7)), int(rng.integers(1, 15))
    tails, heads = rng.integers(-1, nodes, (2, size))
    system = System(
        tuple(f"f{i}" for i in range(size)), tails, heads, tuple(f"p{i}" for i in range(nodes))
    )
    values = rng.normal(50.0, 20.0, (draw(st.integers(1, 12)), size))
    decades = draw(st.sampled_from([0.5, 1.5, 6.0]))
    # A meter has its class, and a day differs from it by less.
    sigma = 10.0 ** (rng.uniform(-decades, decades, size) + rng.uniform(-0.4, 0.4, values.shape))
    sigma[rng.random(values.shape) < draw(st.sampled_from([0.0, 0.1]))] = 0.0
    sigma[:, rng.random(size) < draw(st.sampled_from([0.0, 0.1]))] = 0.0
    gaps = rng.random(values.shape) < draw(st.sampled_from([0.0, 0.1, 0.4]))
    gaps |= rng.random(size) < draw(st.sampled_from([0.0, 0.3]))
    values[gaps] = sigma[gaps] = math.nan
    return system, values, sigma


@settings(max_examples=200, deadline=None)
@given(balances(), st.booleans(), st.booleans())
def test_days_from_one_form_are_those_from_forms_of_their_own(drawn, great, bits):
    """Whether zeros are left out, as in great networks, and days taken in bits, or not."""
    system, values, sigma = drawn
    with pytest.MonkeyPatch.context() as patch:
        if great:
            patch.setattr(rowproducts, "PRODUCTS", 0)
            patch.setattr(rowproducts, "BY_DAY", 1)
        if bits:
            patch.setattr(onebasis, "NEAR", 10)
            patch.setattr(onebasis, "FORMS", 300)
        together, left = onebasis.solve(system, values, sigma)
    apart = solve(system, values, sigma, unimodular=True)
    for name in ("classes", "dof", "feasible"):
        assert (getattr(together, name) == getattr(apart, name))[~left].all(), name
    for day in np.flatnonzero(~left):
        of = np.flatnonzero(~np.isnan(sigma[day]))
        plan = compile_plan(system, Readings(of, sigma[day, of]))
        assert [CLASSES[code] for code in together.classes[day]] == plan.classes
    for name, digits in (("x", 1e-10), ("adjustment", 1e-10), ("sigma_x", 1e-8), ("spread", 1e-8)):
        ours, theirs = getattr(together, name)[~left], getattr(apart, name)[~left]
        least = np.nanmin(sigma[sigma > 0.0], initial=1.0)
        np.testing.assert_allclose(ours, theirs, rtol=digits, atol=digits * least, err_msg=name)
        # What nothing tests has neither adjustment nor spread, to the last digit.
        assert ((ours == 0.0) == (theirs == 0.0)).all(), name
    np.testing.assert_allclose(together.chi2[~left], apart.chi2[~left], rtol=1e-9, atol=1e-20)


def test_a_park_of_ordinary_meters_is_taken_from_one_form_on_all_its_days():
    """Two per cent of flows from 5 to 1000 t, one in fifty readings lost: no day is left over."""
    rng = np.random.default_rng(7)
    tails = np.concatenate([np.arange(-1, 7), rng.integers(-1, 8, 16)])
    heads = np.concatenate([np.arange(0, 8), [-1], rng.integers(-1, 8, 15)])
    names = tuple(f"f{i}" for i in range(24))
    system = System(names, tails, heads, tuple(f"p{i}" for i in range(8)))
    usual = rng.choice([5.0, 40.0, 1000.0], 24)
    values = usual * rng.uniform(0.7, 1.3, (400, 24))
    sigma = np.where(rng.random(values.shape) < 0.02, math.nan, 0.02 * values)
    _, left = onebasis.solve(system, values, sigma)
    assert not left.any()


def test_sigmas_that_turn_about_from_day_to_day_are_left_to_forms_of_their_own():
    system = System(("a", "b"), np.array([-1, 0]), np.array([0, -1]), ("P",))
    sigma = np.array([[2e7, 1e-7], [2e7, 1e-7], [1e-7, 2e7]])
    _, left = onebasis.solve(system, np.full((3, 2), 1e-4), sigma)
    assert left.tolist() == [False, False, True]


@pytest.mark.parametrize("scale", [1e-200, 1e-120, 1e120, 1e200])
def test_sigmas_whose_squares_are_no_floats_are_left_to_forms_of_their_own(scale):
    system = System(("a", "b"), np.array([-1, 0]), np.array([0, -1]), ("P",))
    _, left = onebasis.solve(system, np.full((2, 2), scale), scale * np.array([[1.0, 1.0]] * 2))
    assert left.all()


def test_a_day_on_which_the_good_meter_is_the_other_one_keeps_its_digits():
    """Of two meters in a row one is a billion times better; which one changes with the day."""
    system = System(("a", "b"), np.array([-1, 0]), np.array([0, -1]), ("P",))
    values = np.array([[3e7, 7.123456789e-5], [7.123456789e-5, 3e7]])
    sigma = np.array([[2e7, 1e-7], [1e-7, 2e7]])
    answer = solve(system, values, sigma, unimodular=True)
    np.testing.assert_allclose(answer.x, 7.123456789e-5, rtol=1e-14)
    np.testing.assert_allclose(answer.sigma_x, 1e-7, rtol=1e-14)


def test_equations_that_are_no_balances_are_eliminated_for_each_pattern():
    rows = (Row("share", ((1, 1.0), (0, -0.3))),)
    system = System(("in", "a", "b"), np.array([-1, 0, 0]), np.array([0, -1, -1]), ("P",), rows)
    values = np.array([[100.0, 31.0, 69.0], [100.0, math.nan, math.nan]])
    sigma = np.where(np.isnan(values), math.nan, 2.0)
    answer = solve(system, values, sigma, unimodular=False)
    assert [CLASSES[code] for code in answer.classes[1]] == [
        Class.NONREDUNDANT,
        Class.OBSERVABLE,
        Class.OBSERVABLE,
    ]
    np.testing.assert_allclose(answer.x[1], [100.0, 30.0, 70.0], rtol=1e-14)
    assert answer.dof.tolist() == [2, 0]


def test_blocks_of_days_do_not_show(monkeypatch):
    rng = np.random.default_rng(4)
    system = System(("a", "b", "c"), np.array([-1, 0, 0]), np.array([0, -1, -1]), ("P",))
    values, sigma = rng.normal(100, 5, (50, 3)), rng.uniform(1, 9, (50, 3))
    sigma[rng.random(sigma.shape) < 0.2] = math.nan
    whole = solve(system, values, sigma, unimodular=True)
    for size in ("BLOCK", "FORMS"):
        monkeypatch.setattr(batch, size, 10)
        apart = solve(system, values, sigma, unimodular=True)
        for name in ("x", "sigma_x", "spread", "chi2", "classes", "dof"):
            np.testing.assert_allclose(getattr(whole, name), getattr(apart, name), rtol=1e-12)


# --- from entries to answers ---------------------------------------------------------------------

SCALE = Device("scale", sigma=Spread(relative=0.02), bias_sigma=Spread(relative=0.01))
YARD = FlowNetwork(
    processes=(Process("yard"),),
    flows=(
        Flow("in", "environment", "yard", device="scale"),
        Flow("out", "yard", "environment", device="scale"),
    ),
    devices=(SCALE,),
    stocks=(Stock("yard", sigma=Spread(absolute=1.0)),),
)


def test_every_number_goes_back_to_its_entries():
    entries = [
        level("stock:yard", 0, 50.0, id=1),
        entry("in", 1, 60.0, device="scale", id=2, ticket="a"),
        entry("in", 1, 40.0, device="scale", id=3, ticket="b"),
        entry("out", 1, 95.0, device="scale", id=4),
        level("stock:yard", 1, 54.0, id=5),
        entry("in", 2, 100.0, device="scale", id=6),
        entry("out", 2, None, device="scale", id=7),
    ]
    table = table_of(YARD, entries, 2)
    answer = agrees_with_each_day_alone(YARD, table)
    assert answer.names == ("in", "out", "stock:yard")
    assert [answer.observations(0, column) for column in range(3)] == [(2, 3), (4,), (1, 5)]
    assert [answer.observations(1, column) for column in range(3)] == [(6,), (), ()]
    assert answer.measured[0].tolist() == [100.0, 95.0, 4.0]
    assert answer.measured_sigma[0, 0] == pytest.approx(math.hypot(0.02 * math.hypot(60, 40), 1.0))
    assert answer.classes(1) == [Class.NONREDUNDANT, Class.UNOBSERVABLE, Class.UNOBSERVABLE]
    assert np.isnan(answer.reconciled[1, 1:]).all()


def test_a_part_of_a_day_is_not_taken_for_the_day():
    entries = [entry("in", 1, 30.0, device="scale", hours=(0, 8)), entry("in", 2, 90.0)]
    table = table_of(YARD, entries, 2)
    column = table.names.index("in")
    assert np.isnan(table.value[0, column])
    assert table.partial[:, column].tolist() == [True, False]
    assert table.value[1, column] == 90.0


def test_a_bound_that_presses_on_one_day_changes_that_day_alone():
    network = FlowNetwork(
        processes=(Process("p"),),
        flows=(
            Flow("in", "environment", "p"),
            Flow("out", "p", "environment"),
            Flow("loss", "p", "environment"),
        ),
    )
    value = np.array([[100.0, 90.0, math.nan], [90.0, 100.0, math.nan], [80.0, 60.0, math.nan]])
    sigma = np.where(np.isnan(value), math.nan, 5.0)
    answer = agrees_with_each_day_alone(network, given_table(network, value, sigma))
    assert answer.active.any(axis=1).tolist() == [False, True, False]
    assert answer.reconciled[:, 2].tolist() == pytest.approx([10.0, 0.0, 20.0])


def test_bounds_of_unknown_flows_press_on_the_days_on_which_they_leave_no_room():
    network = FlowNetwork(
        processes=(Process("p"),),
        flows=(
            Flow("in", "environment", "p"),
            Flow("air", "p", "environment", maximum=30.0),
            Flow("water", "p", "environment", maximum=40.0),
        ),
    )
    value = np.array([[60.0, math.nan, math.nan], [100.0, math.nan, math.nan]])
    sigma = np.where(np.isnan(value), math.nan, 5.0)
    answer = agrees_with_each_day_alone(network, given_table(network, value, sigma))
    assert answer.active.any(axis=1).tolist() == [False, True]


def test_exact_values_that_contradict_make_their_day_infeasible_and_no_other():
    value = np.array([[5.0, 5.0], [5.0, 6.0]])
    network = FlowNetwork(processes=YARD.processes, flows=YARD.flows)
    answer = agrees_with_each_day_alone(network, given_table(network, value, np.zeros((2, 2))))
    assert answer.feasible.tolist() == [True, False]
    assert np.isnan(answer.reconciled[1]).all()


def test_a_flow_that_the_table_lacks_or_the_network_does_not_know_is_a_mistake():
    table = given_table(FlowNetwork(flows=YARD.flows), np.ones((1, 2)), np.ones((1, 2)))
    with pytest.raises(KeyError, match="stock:yard"):
        reconcile_days(YARD, table)
    with pytest.raises(KeyError, match="out"):
        reconcile_days(FlowNetwork(flows=YARD.flows[:1]), table)


def test_shares_with_a_sigma_make_each_day_bilinear_and_are_taken_so():
    network = FlowNetwork(
        processes=(Process("furnace"),),
        flows=(
            Flow("fed", "environment", "furnace"),
            Flow("ash", "furnace", "environment"),
            Flow("gas", "furnace", "environment:atmosphere"),
        ),
        coefficients=(TransferCoefficient("furnace", "ash", 0.22, sigma=0.02),),
    )
    value = np.array([[100.0, 25.0, math.nan], [90.0, math.nan, math.nan]])
    sigma = np.where(np.isnan(value), math.nan, 2.0)
    agrees_with_each_day_alone(network, given_table(network, value, sigma))


def test_no_days_and_no_processes_are_no_error():
    network = FlowNetwork(processes=YARD.processes, flows=YARD.flows)
    empty = reconcile_days(network, given_table(network, np.zeros((0, 2)), np.zeros((0, 2))))
    assert empty.reconciled.shape == (0, 2)
    apart = FlowNetwork(flows=(Flow("power", "environment:grid", "environment"),))
    answer = reconcile_days(apart, given_table(apart, np.array([[3.0], [4.0]]), np.ones((2, 1))))
    assert answer.reconciled[:, 0].tolist() == [3.0, 4.0]
    assert answer.classes(0) == [Class.NONREDUNDANT]
    assert np.isnan(answer.p_value).all()
