"""Random networks against an independent dense solution and ranks in exact rational arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.reconcile.classify import Class, by_elimination, by_graph, classes
from flows.reconcile.dense import DensePlan
from flows.reconcile.problem import Readings, Row, System
from flows.reconcile.sparse import SparsePlan

GROUND = -1


@dataclass(frozen=True)
class Drawn:
    """A random network, what is measured, and one day's readings."""

    system: System
    readings: Readings
    values: np.ndarray


def a_system(tails, heads, rows=()):
    names = tuple(f"f{i}" for i in range(len(tails)))
    count = max([*tails, *heads, -1]) + 1
    nodes = tuple(f"p{i}" for i in range(count))
    return System(names, np.array(tails, dtype=int), np.array(heads, dtype=int), nodes, rows)


@st.composite
def networks(draw, *, with_rows: bool = False, all_measured: bool = False):
    """Recycles, parallel flows, loops, closed parts, several ends in the environment."""
    count = draw(st.integers(1, 6))
    ends = st.integers(GROUND, count - 1)
    edges = draw(st.lists(st.tuples(ends, ends), min_size=1, max_size=12))
    tails, heads = zip(*edges, strict=True)
    size = len(edges)
    rows: list[Row] = []
    if with_rows:
        for number in range(draw(st.integers(1, 2))):
            picked = draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=3, unique=True))
            weights = [draw(st.sampled_from([1.0, -1.0, 0.5, -0.25, 2.0])) for _ in picked]
            rows.append(Row(f"r{number}", tuple(zip(picked, weights, strict=True))))
    system = a_system(tails, heads, tuple(rows))
    truth = _a_solution(draw, system)
    states = st.just("m") if all_measured else st.sampled_from("mmmuux")
    state = [draw(states) for _ in range(size)]
    of = [i for i in range(size) if state[i] != "u"]
    sigma = [draw(st.sampled_from([0.25, 1.0, 3.0, 17.0])) if state[i] == "m" else 0.0 for i in of]
    noise = [draw(st.floats(-2.0, 2.0)) for _ in of]
    values = np.array([truth[i] for i in of]) + np.array(noise) * np.array(sigma)
    if of and draw(st.booleans()):
        wrong = draw(st.integers(0, len(of) - 1))
        values[wrong] += 20.0 * sigma[wrong]
    return Drawn(system, Readings(np.array(of, dtype=int), np.array(sigma)), values)


def _a_solution(draw, system):
    """Whole flows that close every balance: multiples of the kernel's rational basis."""
    matrix, _ = system.equations()
    truth = [Fraction(0)] * system.size
    for vector in kernel(matrix):
        weight = draw(st.integers(-40, 40))
        truth = [a + weight * b for a, b in zip(truth, vector, strict=True)]
    return np.array([float(each) for each in truth])


# --- exact rational arithmetic -----------------------------------------------------------------


def rational(matrix):
    return [[Fraction(float(each)) for each in row] for row in matrix]


def echelon(rows):
    """Reduced rows and their pivot columns, nothing rounded."""
    rows, pivots = [list(row) for row in rows], []
    width = len(rows[0]) if rows else 0
    for column in range(width):
        at = next((i for i in range(len(pivots), len(rows)) if rows[i][column]), None)
        if at is None:
            continue
        top = len(pivots)
        rows[top], rows[at] = rows[at], rows[top]
        rows[top] = [each / rows[top][column] for each in rows[top]]
        for i, row in enumerate(rows):
            if i != top and row[column]:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[top], strict=True)]
        pivots.append(column)
    return rows, pivots


def rank(matrix):
    return len(echelon(rational(matrix))[1]) if len(matrix) else 0


def kernel(matrix):
    width = matrix.shape[1]
    rows, pivots = echelon(rational(matrix))
    basis = []
    for free in (i for i in range(width) if i not in pivots):
        vector = [Fraction(0)] * width
        vector[free] = Fraction(1)
        for row, pivot in zip(rows, pivots, strict=False):
            vector[pivot] = -row[free]
        basis.append(vector)
    return basis


def exact_classes(system, readings):
    """By definition: is the unit vector in the row space of what else is known?"""
    matrix, _ = system.equations()
    unit = np.eye(system.size)
    known = set(readings.of.tolist())
    exact = {int(i) for i, s in zip(readings.of, readings.sigma, strict=True) if s == 0.0}
    result = []
    for variable in range(system.size):
        if variable in exact:
            result.append(Class.EXACT)
            continue
        others = np.vstack([matrix, unit[sorted(known - {variable})]])
        decided = rank(others) == rank(np.vstack([others, unit[variable]]))
        if variable in known:
            result.append(Class.REDUNDANT if decided else Class.NONREDUNDANT)
        else:
            result.append(Class.OBSERVABLE if decided else Class.UNOBSERVABLE)
    return result


def exact_freedom(system, readings):
    matrix, _ = system.equations()
    unit = np.eye(system.size)
    exact = readings.of[readings.sigma == 0.0]
    conditions = np.vstack([matrix, unit[exact]])
    everything = np.vstack([conditions, unit[readings.of[readings.sigma > 0.0]]])
    return int((readings.sigma > 0.0).sum()) - (rank(everything) - rank(conditions))


# --- the dense solution, through the kernel of all that is exact ---------------------------------


def dense(drawn):
    """x, sigma_x and chi2 by weighted least squares over the kernel of the exact equations."""
    system, readings = drawn.system, drawn.readings
    matrix, right = system.equations()
    unit = np.eye(system.size)
    exact = readings.sigma == 0.0
    inexact = ~exact
    conditions = np.vstack([matrix, unit[readings.of[exact]]])
    wanted = np.concatenate([right, drawn.values[exact]])
    origin = np.linalg.lstsq(conditions, wanted, rcond=None)[0]
    _, singular, vectors = np.linalg.svd(conditions)
    basis = vectors[(singular > 1e-10).sum() :].T
    basis[np.abs(basis) < 1e-12] = 0.0
    of, sigma = readings.of[inexact], readings.sigma[inexact]
    weighted = basis[of] / sigma[:, None]
    step = np.linalg.pinv(weighted, rcond=1e-11)
    x = origin + basis @ (step @ ((drawn.values[inexact] - origin[of]) / sigma))
    spread = np.linalg.norm(basis @ step, axis=1)
    chi2 = float((((x[of] - drawn.values[inexact]) / sigma) ** 2).sum())
    return x, spread, chi2


def check_against_dense(plan, drawn, digits=1e-7):
    x, spread, chi2 = dense(drawn)
    answer = plan.solve(drawn.values[None])
    known = np.array([each is not Class.UNOBSERVABLE for each in plan.classes])
    size = 1.0 + np.abs(drawn.values).max(initial=0.0)
    assert answer.feasible[0]
    assert np.isnan(answer.x[0][~known]).all()
    np.testing.assert_allclose(answer.x[0][known], x[known], rtol=0, atol=1e-10 * size)
    np.testing.assert_allclose(plan.sigma_x[known], spread[known], rtol=1e-7, atol=digits * 20)
    np.testing.assert_allclose(answer.chi2[0], chi2, rtol=1e-9, atol=1e-9 * size**2)
    of, sigma = drawn.readings.of, drawn.readings.sigma
    variance = sigma**2 - plan.sigma_x[of] ** 2
    tested = [plan.classes[i] is Class.REDUNDANT for i in of]
    np.testing.assert_allclose(plan.spread[tested] ** 2, variance[tested], rtol=1e-6, atol=1e-9)
    assert np.isnan(answer.normalized[0][~np.array(tested, dtype=bool)]).all()


@settings(max_examples=150, deadline=None)
@given(networks())
def test_the_graph_knows_what_rational_ranks_know(drawn):
    form = by_graph(drawn.system, drawn.readings)
    assert classes(form, drawn.system, drawn.readings) == exact_classes(
        drawn.system, drawn.readings
    )


@settings(max_examples=150, deadline=None)
@given(networks())
def test_graph_and_elimination_agree_to_the_last_bit(drawn):
    graph = by_graph(drawn.system, drawn.readings)
    general = by_elimination(drawn.system, drawn.readings)
    assert graph.pivots.tolist() == general.pivots.tolist()
    assert (graph.rows == general.rows).all()
    assert not general.broken


@settings(max_examples=100, deadline=None)
@given(networks(with_rows=True))
def test_elimination_knows_what_rational_ranks_know(drawn):
    form = by_elimination(drawn.system, drawn.readings)
    found = classes(form, drawn.system, drawn.readings)
    assert found == exact_classes(drawn.system, drawn.readings)
    assert DensePlan(drawn.system, drawn.readings).dof == exact_freedom(
        drawn.system, drawn.readings
    )


@settings(max_examples=150, deadline=None)
@given(networks())
def test_plain_balances_agree_with_the_dense_solution(drawn):
    check_against_dense(DensePlan(drawn.system, drawn.readings), drawn)


@settings(max_examples=100, deadline=None)
@given(networks(with_rows=True))
def test_further_equations_agree_with_the_dense_solution(drawn):
    check_against_dense(DensePlan(drawn.system, drawn.readings), drawn)


@settings(max_examples=150, deadline=None)
@given(networks())
def test_sparse_and_dense_plans_agree(drawn):
    plan, other = (
        SparsePlan(drawn.system, drawn.readings),
        DensePlan(drawn.system, drawn.readings),
    )
    assert plan.classes == other.classes
    assert plan.dof == other.dof
    check_against_dense(plan, drawn, digits=1e-6)
    known = np.array([i for i, c in enumerate(plan.classes) if c is not Class.UNOBSERVABLE], int)
    np.testing.assert_allclose(
        plan.covariance(known), other.covariance(known), rtol=1e-8, atol=1e-8
    )
    tested = np.array(
        [i for i, v in enumerate(drawn.readings.of) if plan.classes[v] is Class.REDUNDANT], int
    )
    np.testing.assert_allclose(
        plan.directions(tested), other.directions(tested), rtol=1e-8, atol=1e-8
    )


@settings(max_examples=100, deadline=None)
@given(networks(), st.permutations(range(12)))
def test_the_order_of_flows_changes_nothing(drawn, permutation):
    order = [i for i in permutation if i < drawn.system.size]
    place = {old: new for new, old in enumerate(order)}
    system = replace(
        drawn.system,
        names=tuple(drawn.system.names[i] for i in order),
        tails=drawn.system.tails[order],
        heads=drawn.system.heads[order],
    )
    moved = np.array([place[int(i)] for i in drawn.readings.of], dtype=int)
    sort = np.argsort(moved)
    readings = Readings(moved[sort], drawn.readings.sigma[sort])
    here = DensePlan(drawn.system, drawn.readings)
    there = DensePlan(system, readings)
    assert [there.classes[place[i]] for i in range(system.size)] == here.classes
    first = here.solve(drawn.values[None])
    second = there.solve(drawn.values[sort][None])
    size = 1.0 + np.abs(drawn.values).max(initial=0.0)
    np.testing.assert_allclose(
        second.x[0][[place[i] for i in range(system.size)]], first.x[0], atol=1e-11 * size
    )
    np.testing.assert_allclose(second.chi2, first.chi2, rtol=1e-9, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(networks(), st.sampled_from([1e-6, 1 / 86.4, 1e3, 1e9]))
def test_a_change_of_unit_changes_no_test(drawn, factor):
    scaled = Readings(drawn.readings.of, drawn.readings.sigma * factor)
    here = DensePlan(drawn.system, drawn.readings)
    there = DensePlan(drawn.system, scaled)
    first, second = here.solve(drawn.values[None]), there.solve(drawn.values[None] * factor)
    assert here.classes == there.classes
    np.testing.assert_allclose(second.chi2, first.chi2, rtol=1e-9, atol=1e-18)
    np.testing.assert_allclose(second.normalized, first.normalized, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(second.x / factor, first.x, rtol=1e-9, atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(networks())
def test_what_closes_already_is_not_touched(drawn):
    x, _, _ = dense(drawn)
    rounded = np.round(x)
    matrix, _ = drawn.system.equations()
    assume((matrix @ rounded == 0.0).all())
    for plan in (
        DensePlan(drawn.system, drawn.readings),
        SparsePlan(drawn.system, drawn.readings),
    ):
        answer = plan.solve(rounded[drawn.readings.of][None])
        assert (answer.adjustment == 0.0).all()
        assert (answer.chi2 == 0.0).all()
        assert (answer.x[0][drawn.readings.of] == rounded[drawn.readings.of]).all()


@settings(max_examples=150, deadline=None)
@given(networks(all_measured=True))
def test_every_balance_is_closed_and_none_is_worse_than_before(drawn):
    matrix, _ = drawn.system.equations()
    for plan_of, digits in ((DensePlan, 1e-14), (SparsePlan, 1e-12)):
        answer = plan_of(drawn.system, drawn.readings).solve(drawn.values[None])
        before, after = np.abs(matrix @ drawn.values), np.abs(matrix @ answer.x[0])
        rounding = digits * np.abs(drawn.values).max()
        assert (after <= before + rounding).all()
        assert (after <= rounding).all()


@pytest.mark.parametrize("plan_of", [DensePlan, SparsePlan])
def test_flows_from_a_millionth_to_a_billion_keep_their_digits(plan_of):
    # The chain 1e9 -> (999 999 999 + 1), the 1 -> 0.999999 + 1e-6, each 1 % uncertain, no noise
    # but on the smallest: 2 % too high.
    system = a_system([-1, 0, 0, 1, 1], [0, -1, 1, -1, -1])
    truth = np.array([1e9, 999_999_999.0, 1.0, 0.999999, 1e-6])
    values = truth.copy()
    values[4] *= 1.02
    readings = Readings(np.arange(5), 0.01 * truth)
    answer = plan_of(system, readings).solve(values[None])
    # By hand: the residual 2e-8 at the second process is shared by variance: 1e-4, 1e-4, 1e-16.
    shift = 0.02 * 1e-6
    np.testing.assert_allclose(answer.adjustment[0, 2], shift / 2, rtol=1e-6)
    np.testing.assert_allclose(answer.adjustment[0, 4], -shift * 1e-12 / 2, rtol=1e-5, atol=0)
    assert abs(answer.x[0, 2] - answer.x[0, 3] - answer.x[0, 4]) <= 1e-15
