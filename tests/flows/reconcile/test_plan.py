"""Plans: many days at once, great networks, correlated readings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import Refused
from flows.measured import Measured
from flows.network import Correlation, Flow, FlowNetwork, Process
from flows.reconcile import reconcile
from flows.reconcile.classify import Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.dense import DensePlan
from flows.reconcile.problem import Readings, System
from flows.reconcile.sparse import SparsePlan


def a_chain(flows, processes, seed=1, missing=0.0):
    """A connected random network; part of it unmeasured."""
    rng = np.random.default_rng(seed)
    tails = np.concatenate(
        [np.arange(-1, processes - 1), rng.integers(-1, processes, flows - processes)]
    )
    near = np.clip(tails[processes:] + rng.integers(-9, 10, flows - processes), -1, processes - 1)
    heads = np.concatenate([np.arange(processes), near])
    heads[processes] = -1
    names = tuple(f"f{i}" for i in range(flows))
    system = System(names, tails, heads, tuple(f"p{i}" for i in range(processes)))
    of = np.flatnonzero(rng.random(flows) >= missing)
    return system, Readings(of, rng.uniform(0.5, 5.0, len(of)))


@pytest.mark.parametrize("plan_of", [DensePlan, SparsePlan])
def test_many_days_at_once_are_each_day_alone(plan_of):
    system, readings = a_chain(30, 10, missing=0.2)
    plan = plan_of(system, readings)
    values = np.random.default_rng(2).normal(100.0, 5.0, (40, len(readings.of)))
    together = plan.solve(values)
    assert together.x.shape == (40, 30)
    assert together.chi2.shape == together.p_value.shape == (40,)
    for day in range(40):
        alone = plan.solve(values[day : day + 1])
        np.testing.assert_allclose(together.x[day], alone.x[0], rtol=1e-13)
        np.testing.assert_allclose(together.normalized[day], alone.normalized[0], rtol=1e-10)
        np.testing.assert_allclose(together.p_value[day], alone.p_value[0], rtol=1e-9)


def test_the_readings_given_are_left_as_they_are():
    system, readings = a_chain(12, 4)
    values = np.full((3, 12), 7.5)
    before = values.copy()
    compile_plan(system, readings).solve(values)
    assert (values == before).all()


def test_a_day_whose_exact_values_contradict_spoils_no_other_day():
    system = System(
        ("in", "out", "x", "y"),
        np.array([-1, 0, -1, 1]),
        np.array([0, -1, 1, -1]),
        ("P", "Q"),
    )
    readings = Readings(np.arange(4), np.array([0.0, 0.0, 1.0, 1.0]))
    answer = compile_plan(system, readings).solve(
        np.array([[5.0, 5.0, 1.0, 3.0], [5.0, 6.0, 1.0, 3.0]])
    )
    assert answer.feasible.tolist() == [True, False]
    assert answer.x[0].tolist() == pytest.approx([5, 5, 2, 2])
    assert np.isnan(answer.x[1]).all()
    assert np.isnan(answer.chi2[1])


def test_readings_of_another_shape_are_a_mistake_of_the_program():
    system, readings = a_chain(12, 4)
    with pytest.raises(ValueError, match=r"\(days, 12\)"):
        compile_plan(system, readings).solve(np.zeros((3, 11)))


def test_a_plan_without_readings_knows_nothing():
    system, _ = a_chain(12, 4)
    nothing = Readings(np.zeros(0, dtype=int), np.zeros(0))
    for plan in (DensePlan(system, nothing), SparsePlan(system, nothing)):
        answer = plan.solve(np.zeros((2, 0)))
        assert plan.dof == 0
        assert (answer.chi2 == 0.0).all()
        assert np.isnan(answer.p_value).all()
        assert {Class.UNOBSERVABLE} == set(plan.classes)
        assert np.isnan(answer.x).all()


def test_two_thousand_flows_by_whole_matrices_and_by_sparse_factors_agree():
    system, readings = a_chain(2000, 600, missing=0.1)
    dense, sparse = DensePlan(system, readings), SparsePlan(system, readings)
    assert isinstance(compile_plan(system, readings), DensePlan)
    assert dense.classes == sparse.classes
    assert dense.dof == sparse.dof > 100
    values = np.random.default_rng(3).normal(100.0, 3.0, (2, len(readings.of)))
    one, other = dense.solve(values), sparse.solve(values)
    np.testing.assert_allclose(one.x, other.x, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.chi2, other.chi2, rtol=1e-10)
    np.testing.assert_allclose(one.sigma_x, other.sigma_x, rtol=1e-7)
    np.testing.assert_allclose(one.normalized, other.normalized, rtol=1e-6, atol=1e-9)


@pytest.mark.slow
def test_fifteen_thousand_flows_get_an_answer_that_closes():
    system, readings = a_chain(15_000, 5_000, missing=0.2)
    network = FlowNetwork(
        processes=tuple(Process(name) for name in system.nodes),
        flows=tuple(
            Flow(
                name,
                *(("environment" if end < 0 else f"p{end}") for end in (tail, head)),
                minimum=-np.inf,
            )
            for name, tail, head in zip(system.names, system.tails, system.heads, strict=True)
        ),
    )
    noise = np.random.default_rng(4).normal(0.0, 1.0, len(readings.of))
    measured = [
        Measured(f"f{i}", 100.0 + sigma * e, sigma)
        for i, sigma, e in zip(readings.of, readings.sigma, noise, strict=True)
    ]
    answer = reconcile(network, measured)
    assert answer.dof > 1000
    assert answer.balance_residual <= 1e-12
    assert answer.feasible
    known = [row.id for row in answer.flows if row.klass == "observable"][:3]
    sigma = [row.sigma_reconciled for row in answer.flows if row.id in known]
    np.testing.assert_allclose(np.sqrt(answer.covariance(known).diagonal()), sigma, rtol=1e-9)


# --- correlation -------------------------------------------------------------------------------


@st.composite
def correlated(draw):
    """Four readings round two processes, and a positive definite covariance."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    root = rng.normal(size=(4, 4))
    covariance = root @ root.T + 0.1 * np.eye(4)
    return covariance, rng.normal(10.0, 5.0, 4)


@settings(max_examples=50, deadline=None)
@given(correlated())
def test_a_full_covariance_is_the_textbook_formula(drawn):
    covariance, y = drawn
    system = System(
        ("a", "b", "c", "d"), np.array([-1, 0, 0, 1]), np.array([0, 1, -1, -1]), ("P", "Q")
    )
    sigma = np.sqrt(covariance.diagonal())
    plan = compile_plan(system, Readings(np.arange(4), sigma, covariance / np.outer(sigma, sigma)))
    answer = plan.solve(y[None])
    matrix, _ = system.equations()
    # x = y - V A' (A V A')^-1 A y; var(x) = V - V A' (A V A')^-1 A V
    gain = covariance @ matrix.T @ np.linalg.inv(matrix @ covariance @ matrix.T)
    x = y - gain @ matrix @ y
    posterior = covariance - gain @ matrix @ covariance
    np.testing.assert_allclose(answer.x[0], x, atol=1e-9)
    np.testing.assert_allclose(plan.covariance(np.arange(4)), posterior, atol=1e-9)
    change = x - y
    np.testing.assert_allclose(
        answer.chi2[0], change @ np.linalg.solve(covariance, change), rtol=1e-8
    )
    np.testing.assert_allclose(
        answer.normalized[0],
        change / np.sqrt((covariance - posterior).diagonal()),
        rtol=1e-6,
    )


def two_meters(*ties):
    flows = (
        Flow("in", "environment", "P"),
        Flow("a", "P", "environment"),
        Flow("b", "P", "environment"),
    )
    network = FlowNetwork(processes=(Process("P"),), flows=flows, correlations=ties)
    return reconcile(
        network, [Measured("in", 100.0, 3.0), Measured("a", 60.0, 4.0), Measured("b", 50.0, 2.0)]
    )


def test_two_meters_that_err_together_leave_a_smaller_residual_variance():
    # Residual -10; variance 9 + 16 + 4 without, 9 + 16 + 4 + 2 * 0.5 * 4 * 2 with correlation.
    assert two_meters().chi2 == pytest.approx(100 / 29, rel=1e-14)
    assert two_meters(Correlation("a", "b", 0.5)).chi2 == pytest.approx(100 / 37, rel=1e-13)
    assert two_meters(Correlation("in", "a", 0.5)).chi2 == pytest.approx(100 / 17, rel=1e-13)


def test_correlations_that_cannot_hold_together_are_refused_with_a_pair():
    # 0.9 and 0.9 ask for at least 0.62 between a and b: nothing declared between them is 0.
    with pytest.raises(Refused) as refused:
        two_meters(Correlation("in", "a", 0.9), Correlation("in", "b", 0.9))
    (found,) = refused.value.findings
    assert found.code == "value-range"
    assert found.where in {"in, a", "in, b"}
    assert found.params["value"] == 0.9
    together = Correlation("a", "b", 0.9)
    assert two_meters(Correlation("in", "a", 0.9), Correlation("in", "b", 0.9), together).feasible


def test_one_scale_with_a_bias_and_nothing_else_is_refused_with_its_readings():
    network = FlowNetwork(
        processes=(Process("P"),),
        flows=(Flow("in", "environment", "P"), Flow("out", "P", "environment")),
    )
    measured = [
        Measured("in", 100.0, 0.0, bias_sigma=2.0, device="scale"),
        Measured("out", 101.0, 0.0, bias_sigma=2.0, device="scale"),
    ]
    with pytest.raises(Refused) as refused:
        reconcile(network, measured)
    assert refused.value.findings[0].where == "in, out"
