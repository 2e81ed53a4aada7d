"""Bounds: the active set against every possible active set, and against SLSQP."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Process
from flows.networkfile.file import read_network
from flows.reconcile import reconcile


@st.composite
def bounded_networks(draw):
    """A connected network with readings that are often beyond their bounds."""
    count = draw(st.integers(1, 4))
    ends = st.integers(-1, count - 1)
    edges = [(-1, 0), *((i, i + 1) for i in range(count - 1)), (count - 1, -1)]
    edges += draw(st.lists(st.tuples(ends, ends).filter(lambda e: e[0] != e[1]), max_size=4))
    flows, measured = [], []
    for i, (tail, head) in enumerate(edges):
        least = draw(st.sampled_from([-np.inf, 0.0, 0.0, 2.0]))
        most = draw(st.sampled_from([np.inf, np.inf, 12.0, 30.0]))
        source, target = ("environment" if end < 0 else f"p{end}" for end in (tail, head))
        flows.append(Flow(f"f{i}", source, target, minimum=least, maximum=most))
        if draw(st.integers(0, 4)):
            value = draw(st.floats(-20, 40).map(lambda v: round(v, 2)))
            measured.append(Measured(f"f{i}", value, draw(st.sampled_from([0.5, 2.0, 9.0]))))
    processes = tuple(Process(f"p{i}") for i in range(count))
    return FlowNetwork(processes=processes, flows=tuple(flows)), measured


def equations(network):
    matrix = np.zeros((len(network.processes), len(network.flows)))
    place = {process.id: i for i, process in enumerate(network.processes)}
    for column, flow in enumerate(network.flows):
        if flow.target in place:
            matrix[place[flow.target], column] += 1
        if flow.source in place:
            matrix[place[flow.source], column] -= 1
    return matrix


def best_of_all_active_sets(network, measured, known):
    """Least squares with every choice of bounds as equalities; the best that fulfills all."""
    matrix = equations(network)
    size = len(network.flows)
    at = {flow.id: i for i, flow in enumerate(network.flows)}
    rows = np.array([np.eye(size)[at[m.of]] / m.sigma for m in measured])
    wanted = np.array([m.value / m.sigma for m in measured])
    choices = []
    for i, flow in enumerate(network.flows):
        ends = {flow.minimum, flow.maximum} if i in known else set()
        choices.append([None, *(end for end in ends if np.isfinite(end))])
    best = None
    for choice in itertools.product(*choices):
        held = [i for i, end in enumerate(choice) if end is not None]
        conditions = np.vstack([matrix, np.eye(size)[held]])
        right = np.concatenate([np.zeros(len(matrix)), [choice[i] for i in held]])
        origin = np.linalg.lstsq(conditions, right, rcond=None)[0]
        if np.abs(conditions @ origin - right).max(initial=0) > 1e-9:
            continue
        _, singular, vectors = np.linalg.svd(conditions)
        basis = vectors[(singular > 1e-10).sum() :].T
        basis[np.abs(basis) < 1e-12] = 0.0
        step = np.linalg.pinv(rows @ basis, rcond=1e-11) @ (wanted - rows @ origin)
        x = origin + basis @ step
        within = all(
            network.flows[i].minimum - 1e-8 <= x[i] <= network.flows[i].maximum + 1e-8
            for i in known
        )
        cost = float(((rows @ x - wanted) ** 2).sum())
        if within and (best is None or cost < best[0] - 1e-12):
            best = cost, x
    return best


@settings(max_examples=60, deadline=None)
@given(bounded_networks())
def test_no_other_choice_of_active_bounds_is_better(drawn):
    network, measured = drawn
    if not measured:
        return
    answer = reconcile(network, measured)
    known = [i for i, row in enumerate(answer.flows) if row.klass != "unobservable"]
    best = best_of_all_active_sets(network, measured, known)
    impossible = {f.where for f in answer.findings if f.code == "bound-impossible"}
    impossible -= {row.id for row in answer.flows if row.klass == "unobservable"}
    if best is None:
        assert impossible
        return
    assert not impossible
    cost, x = best
    mine = np.array([answer.flows[i].reconciled for i in known])
    np.testing.assert_allclose(mine, x[known], atol=1e-7)
    chi2 = sum(
        (row.adjustment / row.sigma) ** 2 for row in answer.flows if row.measured is not None
    )
    assert chi2 == pytest.approx(cost, abs=1e-7, rel=1e-9)
    for name in answer.bounds_active:
        flow = network.flow[name]
        row = next(row for row in answer.flows if row.id == name)
        assert row.klass == "bounded"
        assert row.reconciled in (flow.minimum, flow.maximum)
    said = [f.params["members"].split(", ") for f in answer.findings if f.code == "bound-violated"]
    assert {name for members in said for name in members} == set(answer.bounds_active)


def test_a_vent_that_would_have_to_run_backward_is_held_at_nothing():
    answer = read_network(
        """
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 100
        sigma = 2
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        value = 106
        sigma = 1
        [[flow]]
        id = "vent"
        from = "P"
        to = "environment:air"
        """
    ).reconcile()
    assert answer.bounds_active == ("vent",)
    # Without the vent 6 t are shared by the variances 4 and 1.
    assert [row.reconciled for row in answer.flows] == pytest.approx([104.8, 104.8, 0])
    assert [row.klass for row in answer.flows] == ["redundant", "redundant", "bounded"]
    assert answer.chi2 == pytest.approx(36 / 5)
    said = next(item for item in answer.findings if item.code == "bound-violated")
    assert (said.where, said.params["value"], said.params["low"]) == ("vent", -6.0, 0.0)


def test_a_net_flow_that_may_turn_says_so():
    text = """
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 100
        sigma = 2
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        value = 106
        sigma = 1
        [[flow]]
        id = "exchange"
        from = "P"
        to = "environment:grid"
        min = -inf
        """
    answer = read_network(text).reconcile()
    assert answer.bounds_active == ()
    assert answer.flows[2].reconciled == -6


def test_bounds_are_in_the_unit_of_the_flow_over_the_period():
    answer = read_network(
        """
        [network]
        start = 2025-03-01
        end = 2025-04-01
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 12_600
        sigma = 100
        unit = "t"
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        value = 410
        sigma = 10
        unit = "t/d"
        max = 400
        """
    ).reconcile()
    assert answer.bounds_active == ("out",)
    assert [row.reconciled for row in answer.flows] == [12_400, 400]


def test_bounds_that_exact_values_break_are_said_and_left():
    answer = read_network(
        """
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 100
        sigma = 0
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        max = 80
        """
    ).reconcile()
    assert answer.bounds_active == ()
    assert answer.flows[1].reconciled == 100
    (found,) = [item for item in answer.findings if item.code == "bound-impossible"]
    assert (found.where, found.params["value"], found.params["high"]) == ("out", 100.0, 80.0)


def test_bounds_leave_an_interval_to_what_cannot_be_known():
    answer = read_network(
        """
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 100
        sigma = 2
        unit = "t/d"
        [[flow]]
        id = "left"
        from = "P"
        to = "environment"
        max = 30
        unit = "t/d"
        [[flow]]
        id = "right"
        from = "P"
        to = "environment"
        [[flow]]
        id = "round"
        from = "P"
        to = "Q"
        [[flow]]
        id = "back"
        from = "Q"
        to = "P"
        """
    ).reconcile()
    rows = {row.id: row for row in answer.flows}
    assert rows["left"].interval == pytest.approx((0, 30), abs=1e-6)
    assert rows["right"].interval == pytest.approx((70, 100), abs=1e-6)
    # What goes round may be any amount.
    assert rows["round"].interval == (pytest.approx(0, abs=1e-6), np.inf)


TWO_OUTLETS = """
[[flow]]
id = "in"
from = "environment"
to = "P"
value = 100
sigma = {sigma}
[[flow]]
id = "a"
from = "P"
to = "environment"
max = 30
[[flow]]
id = "b"
from = "P"
to = "environment"
max = 40
"""


def test_unknown_flows_press_on_what_they_share_in_their_bounds():
    # Neither a nor b is known, but together they take no more than 70.
    answer = read_network(TWO_OUTLETS.format(sigma=20)).reconcile()
    assert [row.reconciled for row in answer.flows] == [70, 30, 40]
    assert [row.klass for row in answer.flows] == ["redundant", "bounded", "bounded"]
    assert answer.bounds_active == ("a", "b")
    assert (answer.chi2, answer.dof) == (2.25, 1)
    (found,) = answer.findings
    assert (found.code, found.where) == ("bound-violated", "a, b")
    assert found.params == {"problem": "together", "members": "a, b"}


def test_an_unknown_flow_that_a_held_one_makes_known_keeps_its_bounds_too():
    # First a and b leave 100 - 90 to c and e, which at b's and c's most makes e negative.
    answer = read_network(
        """
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 100
        sigma = 10
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        value = 130
        sigma = 10
        [[flow]]
        id = "there"
        from = "P"
        to = "Q"
        [[flow]]
        id = "back"
        from = "Q"
        to = "P"
        max = 8
        [[flow]]
        id = "feed"
        from = "environment"
        to = "Q"
        max = 20
        [[flow]]
        id = "drain"
        from = "Q"
        to = "environment"
        value = 15
        sigma = 10
        """
    ).reconcile()
    value = {row.id: row.reconciled for row in answer.flows}
    assert not [item for item in answer.findings if item.code == "bound-impossible"]
    # P takes in 8 at most beside `in`, and Q no more than 20 to give 8 and the drain.
    assert value["out"] <= value["in"] + 8 + 1e-9
    assert value["drain"] <= 20 - (value["out"] - value["in"]) + 1e-9
    assert answer.balance_residual <= 1e-12


def test_unknown_flows_that_no_choice_within_bounds_can_fill_are_said():
    answer = read_network(TWO_OUTLETS.format(sigma=0)).reconcile()
    (found,) = [item for item in answer.findings if item.code == "bound-impossible"]
    assert found.params["members"] == "a, b"
    assert answer.flows[1].interval is None


def test_a_loop_of_unknown_flows_beside_known_ones_is_not_called_impossible():
    # What the known flows leave to it is nothing but their rounding.
    answer = read_network(
        """
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 1935.28
        sigma = 3.86
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        value = 1801.1
        sigma = 30
        [[flow]]
        id = "there"
        from = "P"
        to = "Q"
        max = 7
        [[flow]]
        id = "back"
        from = "Q"
        to = "P"
        """
    ).reconcile()
    assert not [item for item in answer.findings if item.code == "bound-impossible"]
    assert [row.interval for row in answer.flows[2:]] == [pytest.approx((0, 7))] * 2


def test_bounds_in_two_parts_of_a_network_are_no_measure_of_each_other():
    # One part is 10^13 sigma beyond its bound, the other one sigma.
    answer = read_network(
        """
        [[flow]]
        id = "wild"
        from = "environment"
        to = "environment"
        value = 1e9
        sigma = 1e-4
        max = 1
        [[flow]]
        id = "mild"
        from = "environment"
        to = "environment"
        value = 11
        sigma = 1
        max = 10
        """
    ).reconcile()
    assert answer.bounds_active == ("wild", "mild")
    assert [row.reconciled for row in answer.flows] == [1, 10]


def test_a_greater_network_agrees_with_slsqp():
    rng = np.random.default_rng(7)
    processes = tuple(Process(f"p{i}") for i in range(8))
    flows, measured = [], []
    for i in range(24):
        tail, head = rng.choice(9, 2, replace=False)
        source, target = ("environment" if end == 8 else f"p{end}" for end in (tail, head))
        flows.append(Flow(f"f{i}", source, target))
        measured.append(Measured(f"f{i}", float(rng.uniform(-5, 10)), float(rng.uniform(1, 4))))
    network = FlowNetwork(processes=processes, flows=tuple(flows))
    answer = reconcile(network, measured)
    y = np.array([item.value for item in measured])
    sigma = np.array([item.sigma for item in measured])
    matrix = equations(network)
    other = minimize(
        lambda x: (((x - y) / sigma) ** 2).sum(),
        np.maximum(y, 0.0),
        jac=lambda x: 2 * (x - y) / sigma**2,
        constraints={"type": "eq", "fun": lambda x: matrix @ x, "jac": lambda _: matrix},
        bounds=[(0, None)] * 24,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert len(answer.bounds_active) > 2
    assert answer.chi2 == pytest.approx(other.fun, rel=1e-8)
    np.testing.assert_allclose([row.reconciled for row in answer.flows], other.x, atol=1e-5)
    assert answer.balance_residual <= 1e-12
