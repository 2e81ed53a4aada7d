"""Huber's loss: least squares without outliers, an independent solver with them, and neighbors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import norm

from flows.measured import Measured
from flows.network import Correlation, Flow, FlowNetwork, Process, TransferCoefficient
from flows.networkfile.file import read_network
from flows.reconcile import asjson, reconcile
from flows.reconcile.huber.robust import CONSTANT

THREE_SCALES = """
[[flow]]
id = "in"
from = "environment"
to = "plant"
value = 100.0
sigma = 1.0
[[flow]]
id = "moved"
from = "plant"
to = "yard"
value = 100.5
sigma = 1.0
[[flow]]
id = "out"
from = "yard"
to = "environment"
value = 130.0
sigma = 1.0
"""


@st.composite
def networks(draw, *, outliers=True, tied=True):
    """A line with some branches, near a truth that closes; some readings far off."""
    count = draw(st.integers(1, 4))
    ends = st.integers(-1, count - 1)
    edges = [(-1, 0), *((i, i + 1) for i in range(count - 1)), (count - 1, -1)]
    edges += draw(st.lists(st.tuples(ends, ends).filter(lambda e: e[0] != e[1]), max_size=4))
    amounts = np.zeros(len(edges))
    amounts[: count + 1] = 100.0
    for place in range(count + 1, len(edges)):
        amounts[place] = draw(st.floats(5.0, 40.0))
    flows, measured = [], []
    for i, (tail, head) in enumerate(edges):
        source, target = ("environment" if end < 0 else f"p{end}" for end in (tail, head))
        flows.append(Flow(f"f{i}", source, target, minimum=-np.inf))
    matrix = equations(FlowNetwork(processes=processes(count), flows=tuple(flows)))
    amounts -= np.linalg.pinv(matrix) @ (matrix @ amounts)
    for i, amount in enumerate(amounts):
        if i == 0 or draw(st.integers(0, 5)):
            sigma = draw(st.sampled_from([0.7, 1.0, 1.6, 3.1]))
            noise = draw(st.floats(-0.4, 0.4))
            if outliers and draw(st.integers(0, 3)) == 0:
                noise = draw(st.sampled_from([-30.0, -7.3, 4.1, 12.7]))
            device = "d" if tied and draw(st.integers(0, 3)) == 0 else ""
            bias = 0.8 if device else 0.0
            value = round(float(amount + noise * sigma), 3)
            measured.append(Measured(f"f{i}", value, sigma, bias, device))
    return FlowNetwork(processes=processes(count), flows=tuple(flows)), measured


def processes(count):
    return tuple(Process(f"p{i}") for i in range(count))


def equations(network):
    matrix = np.zeros((len(network.processes), len(network.flows)))
    place = {process.id: i for i, process in enumerate(network.processes)}
    for column, flow in enumerate(network.flows):
        if flow.target in place:
            matrix[place[flow.target], column] += 1
        if flow.source in place:
            matrix[place[flow.source], column] -= 1
    return matrix


def rho(a):
    size = np.abs(a)
    return np.where(size > CONSTANT, 2 * CONSTANT * size - CONSTANT**2, size**2)


def least_loss(network, measured):
    """Twice the least loss, with the amounts that have it, by SLSQP from several points."""
    matrix, size = equations(network), len(network.flows)
    at = np.array([int(m.of[1:]) for m in measured])
    y = np.array([m.value for m in measured])
    s = np.array([m.sigma for m in measured])
    low = [flow.minimum for flow in network.flows]

    def value(u):
        return float(rho((u[at] - y) / s).sum())

    def slope(u):
        found = np.zeros(size)
        a = (u[at] - y) / s
        np.add.at(found, at, 2 * np.clip(a, -CONSTANT, CONSTANT) / s)
        return found

    start = np.full(size, 50.0)
    start[at] = y
    best = None
    for _ in range(6):
        found = minimize(
            value, start, jac=slope, method="SLSQP", bounds=[(v, None) for v in low],
            constraints={"type": "eq", "fun": lambda u: matrix @ u, "jac": lambda _: matrix},
            options={"maxiter": 2000, "ftol": 1e-15},
        )  # fmt: skip
        start = found.x
        if np.abs(matrix @ found.x).max() <= 1e-6 and (best is None or found.fun < best):
            best = found.fun
    return best


def test_the_constant_is_as_efficient_as_its_source_says():
    inside = 2 * norm.cdf(CONSTANT) - 1
    second = inside - 2 * CONSTANT * norm.pdf(CONSTANT) + 2 * CONSTANT**2 * norm.sf(CONSTANT)
    assert inside**2 / second == pytest.approx(0.95, abs=2e-4)


def test_one_scale_that_is_off_hardly_moves_the_others():
    plain, robust = (read_network(THREE_SCALES).reconcile(robust=each) for each in (False, True))
    assert [row.reconciled for row in plain.flows] == pytest.approx([110.1667] * 3, abs=1e-4)
    # in and moved pull by what they are off, out by the constant: 2 x - 200.5 = 1.345
    assert [row.reconciled for row in robust.flows] == pytest.approx([100.9225] * 3, abs=1e-9)
    weights = [row.weight for row in robust.flows]
    assert weights == pytest.approx([1.0, 1.0, CONSTANT / (130 - 100.9225)])
    assert [row.sigma for row in robust.flows] == [1.0] * 3
    assert robust.flows[0].sigma_reconciled == pytest.approx((2 + weights[2]) ** -0.5)
    loss = 0.9225**2 + 0.4225**2 + 2 * CONSTANT * (130 - 100.9225) - CONSTANT**2
    assert robust.robust.loss == pytest.approx(loss)
    assert robust.robust.converged


def test_the_global_test_stays_that_of_least_squares_and_the_light_reading_is_named():
    plain, robust = (read_network(THREE_SCALES).reconcile(robust=each) for each in (False, True))
    assert (robust.chi2, robust.p_value) == (plain.chi2, plain.p_value)
    assert robust.suspect
    assert robust.suspects == plain.suspects
    found = {item.code: item for item in robust.findings}
    assert found["readings-outweighed"].params["members"] == "out"
    assert "global-test" in found


@settings(max_examples=60, deadline=None)
@given(networks(outliers=False))
def test_without_readings_beyond_the_constant_it_is_least_squares_to_the_last_digit(drawn):
    network, measured = drawn
    plain = reconcile(network, measured)
    robust = reconcile(network, measured, robust=True)
    if robust.robust.turns > 1:  # a poor reading beside good ones can be beyond it all the same
        assert any(row.weight < 1 for row in robust.flows if row.weight is not None)
        return
    assert [row.reconciled for row in robust.flows] == [row.reconciled for row in plain.flows]
    own = [row.sigma_reconciled for row in plain.flows]
    assert [row.sigma_reconciled for row in robust.flows] == own
    assert robust.robust.loss == pytest.approx(plain.chi2 or 0.0, rel=1e-9, abs=1e-9)
    assert all(row.weight == 1 for row in robust.flows if row.measured is not None)


@settings(max_examples=60, deadline=None)
@given(networks(tied=False))
def test_the_loss_is_as_small_as_an_independent_solver_makes_it(drawn):
    network, measured = drawn
    robust = reconcile(network, measured, robust=True)
    assert robust.robust.converged
    best = least_loss(network, measured)
    assume(best is not None)
    assert robust.robust.loss <= best * (1 + 1e-6) + 1e-6
    assert robust.robust.loss >= best * (1 - 1e-4) - 1e-4
    # the loss is that of the values given
    off = [(row.reconciled - row.measured) / row.sigma for row in robust.flows if row.sigma]
    assert rho(np.array(off)).sum() == pytest.approx(robust.robust.loss, rel=1e-7, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(networks(tied=False))
def test_with_bounds_too(drawn):
    network, measured = drawn
    flows = tuple(replace(flow, minimum=15.0) for flow in network.flows)
    network = replace(network, flows=flows)
    robust = reconcile(network, measured, robust=True)
    assume(all(row.reconciled is not None for row in robust.flows))
    assume(not any(item.code == "bound-impossible" for item in robust.findings))
    assert min(row.reconciled for row in robust.flows) >= 15.0 - 1e-6
    best = least_loss(network, measured)
    assume(best is not None)
    assert robust.robust.loss <= best * (1 + 1e-6) + 1e-6
    assert robust.balance_residual <= 1e-9


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([0.7, 1.0, 1.4]), min_size=4, max_size=7),
    st.integers(0, 6),
    st.sampled_from([-15.0, 5.0, 40.0]),
    st.booleans(),
)
def test_one_gross_error_moves_its_neighbors_less_than_in_least_squares(sigma, place, size, part):
    """Meters in a row, with a branch: each of them has others beside it that agree."""
    ends = ["environment", *(f"p{i}" for i in range(len(sigma) - 1)), "environment"]
    flows = [Flow(f"f{i}", ends[i], ends[i + 1]) for i in range(len(sigma))]
    flows += [Flow("branch", "p1", "environment")] if part else []
    network = FlowNetwork(processes=processes(len(sigma) - 1), flows=tuple(flows))
    true = [100.0 if not part or i < 2 else 70.0 for i in range(len(sigma))]
    measured = [Measured(f"f{i}", true[i], s) for i, s in enumerate(sigma)]
    measured += [Measured("branch", 30.0, 1.0)] if part else []
    place %= len(sigma)
    measured[place] = replace(measured[place], value=true[place] + size * sigma[place])
    moved = []
    for robust in (False, True):
        rows = reconcile(network, measured, robust=robust).flows
        off = [abs(row.adjustment) / row.sigma for i, row in enumerate(rows) if i != place]
        moved.append(max(off))
    assert moved[1] < moved[0]


def tied_loss(off, own, bias):
    """2 sum rho(e / s) + u^2, made least over e + bias u = off."""
    found = minimize_scalar(lambda u: rho((off - bias * u) / own).sum() + u**2, (-3.0, 3.0))
    return float(found.fun)


@pytest.mark.parametrize("declared", [True, False])
def test_what_ties_two_readings_is_not_weighed(declared):
    flows = (Flow("a", "environment", "p"), Flow("b", "environment", "p"))
    flows += (Flow("c", "p", "environment"), Flow("d", "p", "environment"))
    ties = (Correlation("a", "b", 0.36),) if declared else ()
    network = FlowNetwork(processes=(Process("p"),), flows=flows, correlations=ties)
    device = {} if declared else {"bias_sigma": 0.6, "device": "scale"}
    chance = 1.0 if declared else 0.8
    measured = [
        Measured("a", 50.0, chance, **device),
        Measured("b", 59.0, chance, **device),
        Measured("c", 60.0, 1.0),
        Measured("d", 41.0, 0.9),
    ]
    answer = reconcile(network, measured, robust=True)
    assert answer.robust.converged
    x = np.array([row.reconciled for row in answer.flows])
    y = np.array([item.value for item in measured])
    # correlation 0.36: what one shares with the other is 0.36 of its variance
    alone = rho((x[2:] - y[2:]) / np.array([1.0, 0.9])).sum()
    loss = tied_loss(y[:2] - x[:2], 0.8, 0.6) + alone
    assert answer.robust.loss == pytest.approx(loss, rel=1e-5)
    for step in np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, -1], [1, -1, 0, 0]]):
        for size in (0.05, -0.05):
            z = x + size * step
            assert z[0] + z[1] == pytest.approx(z[2] + z[3])
            alone = rho((z[2:] - y[2:]) / np.array([1.0, 0.9])).sum()
            assert tied_loss(y[:2] - z[:2], 0.8, 0.6) + alone >= answer.robust.loss - 1e-6


def test_two_scales_that_nothing_tells_apart_share_the_blame():
    text = THREE_SCALES.replace("moved", "gone").replace("130.0", "101.0")
    text = text.replace('to = "yard"', 'to = "environment"').replace('"yard"', '"plant"')
    rows = {row.id: row for row in read_network(text).reconcile(robust=True).flows}
    assert rows["gone"].weight == pytest.approx(rows["out"].weight)
    assert rows["gone"].weight < 0.1


def test_a_share_is_weighed_as_readings_are():
    flows = (Flow("in", "environment", "p"), Flow("ash", "p", "environment"))
    flows += (Flow("gas", "p", "environment"),)
    share = TransferCoefficient("p", "ash", 0.2, sigma=0.005)
    network = FlowNetwork(processes=(Process("p"),), flows=flows, coefficients=(share,))
    measured = [Measured("in", 100.0, 1.0), Measured("ash", 30.0, 0.5), Measured("gas", 70.0, 1.0)]
    answer = reconcile(network, measured, robust=True)
    assert answer.robust.converged
    (row,) = answer.coefficients
    assert row.row.weight < 0.2
    assert row.row.sigma == 0.005
    ash, given = (next(r for r in answer.flows if r.id == name) for name in ("ash", "in"))
    assert row.row.reconciled == pytest.approx(ash.reconciled / given.reconciled)
    assert ash.reconciled == pytest.approx(30.0, abs=0.7)


def test_exact_values_do_not_move_and_have_no_weight():
    text = THREE_SCALES.replace("value = 100.0\nsigma = 1.0", "value = 100.0\nsigma = 0")
    rows = read_network(text).reconcile(robust=True).flows
    assert [row.reconciled for row in rows] == pytest.approx([100.0] * 3)
    assert rows[0].weight is None
    assert rows[2].weight == pytest.approx(CONSTANT / 30)


def test_the_json_says_the_weights_and_that_the_loss_is_none_of_chi_square():
    said = asjson(read_network(THREE_SCALES).reconcile(robust=True), say=str)
    assert set(said["robust"]) == {"constant", "loss", "turns", "converged"}
    assert said["flows"][2]["weight"] < 0.1
    assert said["flows"][2]["normalized_adjustment"] is None
    plain = asjson(read_network(THREE_SCALES).reconcile(), say=str)
    assert "robust" not in plain
    assert "weight" not in plain["flows"][0]


def test_a_network_file_can_ask_for_it():
    asked = read_network("[network]\nrobust = true\n" + THREE_SCALES)
    assert asked.reconcile().robust is not None
    assert asked.reconcile(robust=False).robust is None


def test_sets_of_readings_scatter_as_the_sigmas_say():
    """400 sets with normal errors: their variance is about the one that is given."""
    rng = np.random.default_rng(5)
    flows = (Flow("a", "environment", "p"), Flow("b", "p", "q"), Flow("c", "q", "environment"))
    network = FlowNetwork(processes=(Process("p"), Process("q")), flows=flows)
    found, sigma = [], []
    for _ in range(400):
        noise = rng.standard_normal(3)
        measured = [Measured(f.id, 100 + e, 1.0) for f, e in zip(flows, noise, strict=True)]
        row = reconcile(network, measured, robust=True).flows[0]
        found.append(row.reconciled)
        sigma.append(row.sigma_reconciled)
    # of a sample variance: sqrt(2 / 400) = 7 %
    assert np.mean(np.square(sigma)) == pytest.approx(np.var(found), rel=0.2)
