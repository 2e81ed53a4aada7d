"""Random networks with contents against an independent solution in flows and contents alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Process
from flows.reconcile.contents.layered import reconcile_layers

LAYERS = ("mass", "one", "two")
CARRIED = LAYERS[1:]


@dataclass(frozen=True)
class Drawn:
    """A network, what is true of it, and what was read: by name."""

    network: FlowNetwork
    truth: dict[str, float]
    measured: tuple[Measured, ...]

    @property
    def names(self):
        return list(self.truth)


@st.composite
def networks(draw, *, some_unmeasured=True):
    """Sums of paths and loops, each with its own content: every balance of the truth closes."""
    count = draw(st.integers(1, 4))
    paths = [[-1, *range(count), -1]]
    inner = st.lists(st.integers(0, count - 1), min_size=1, max_size=count, unique=True)
    for _ in range(draw(st.integers(1, 4))):
        nodes = draw(inner)
        loop = len(nodes) > 1 and draw(st.booleans())
        paths.append([*nodes, nodes[0]] if loop else [-1, *nodes, -1])
    amounts, carried = {}, {}
    for path in paths:
        weight = draw(st.floats(5.0, 100.0))
        contents = [draw(st.floats(0.02, 0.45)) for _ in CARRIED]
        for edge in pairwise(path):
            amounts[edge] = amounts.get(edge, 0.0) + weight
            parts = carried.setdefault(edge, [0.0] * len(CARRIED))
            carried[edge] = [a + weight * c for a, c in zip(parts, contents, strict=True)]
    ends = {-1: "environment"} | {i: f"p{i}" for i in range(count)}
    flows = tuple(Flow(f"f{i}", ends[a], ends[b]) for i, (a, b) in enumerate(amounts))
    truth = {flow.id: amounts[edge] for flow, edge in zip(flows, amounts, strict=True)}
    for place, layer in enumerate(CARRIED):
        for flow, edge in zip(flows, amounts, strict=True):
            truth[f"{flow.id}.{layer}"] = carried[edge][place] / amounts[edge]
    measured = []
    for name, value in truth.items():
        # Without any amount only ratios of flows could be known, and often not those.
        if some_unmeasured and name != "f0" and draw(st.integers(0, 4)) == 0:
            continue
        sigma = value * draw(st.sampled_from([0.01, 0.03, 0.1]))
        noise = draw(st.floats(-1.5, 1.5))
        measured.append(Measured(name, value + noise * sigma, sigma))
    processes = tuple(Process(f"p{i}") for i in range(count))
    network = FlowNetwork(layers=LAYERS, processes=processes, flows=flows)
    return Drawn(network, truth, tuple(measured))


class Dense:
    """The problem in flows and contents, products written out; scaled to the truth."""

    def __init__(self, drawn: Drawn) -> None:
        flows, processes = drawn.network.flows, [item.id for item in drawn.network.processes]
        self.scale = np.array(list(drawn.truth.values()))
        self.names, self.flows = drawn.names, flows
        self.into = np.array(
            [[(f.target == p) - float(f.source == p) for f in flows] for p in processes]
        )
        self.at = [self.names.index(item.of) for item in drawn.measured]
        self.y = np.array([item.value for item in drawn.measured])
        self.sigma = np.array([item.sigma for item in drawn.measured])

    def chi2(self, u):
        return float(self.off(u) @ self.off(u))

    def off(self, u):
        return ((u * self.scale)[self.at] - self.y) / self.sigma

    def slope(self, u):
        found = np.zeros(len(u))
        found[self.at] = 2.0 * self.off(u) / self.sigma * self.scale[self.at]
        return found

    def rest(self, u):
        parts = (u * self.scale).reshape(len(LAYERS), -1)
        rows = [self.into @ parts[0]] + [self.into @ (parts[0] * c) for c in parts[1:]]
        return np.concatenate(rows) / self.scale[0]

    def jacobian(self, u):
        parts = (u * self.scale).reshape(len(LAYERS), -1)
        nothing = np.zeros_like(self.into)
        rows = [np.hstack([self.into, nothing, nothing])]
        for place, content in enumerate(parts[1:], start=1):
            blocks = [self.into * content, nothing, nothing]
            blocks[place] = self.into * parts[0]
            rows.append(np.hstack(blocks))
        return np.vstack(rows) * self.scale / self.scale[0]

    def best(self, start, most=None):
        """Where `most` is given: greatest value of each variable, its scale being 1."""
        return minimize(
            self.chi2,
            start,
            jac=self.slope,
            method="SLSQP",
            bounds=None if most is None else [(0.0, each) for each in most],
            constraints={"type": "eq", "fun": self.rest, "jac": self.jacobian},
            options={"maxiter": 500, "ftol": 1e-13},
        )

    def posterior(self, u):
        """Standard deviation of each variable by the null space, NaN where it is open."""
        _, sizes, right = np.linalg.svd(self.jacobian(u))
        rank = int((sizes > 1e-9 * sizes[0]).sum())
        null = right[rank:].T
        seen = null[self.at] * (self.scale[self.at] / self.sigma)[:, None]
        _, sizes, right = np.linalg.svd(seen, full_matrices=True)
        some = int((sizes > 1e-7 * sizes.max(initial=0.0)).sum())
        known, hidden = null @ right[:some].T, null @ right[some:].T
        sigma = np.linalg.norm(known / sizes[:some], axis=1) * self.scale
        sigma[np.linalg.norm(hidden, axis=1) > 1e-6] = np.nan
        return sigma, len(self.at) - some


def answer_of(drawn):
    return reconcile_layers(drawn.network, drawn.measured, layers=LAYERS, carried=CARRIED)


def by_name(answer):
    rows = [row for row in answer.flows if row.layer == "mass"] + list(answer.concentrations)
    return {row.id: row for row in rows}


@settings(max_examples=40)
@given(networks(some_unmeasured=False))
def test_with_everything_measured_it_is_the_least_that_another_solver_finds(drawn):
    answer = answer_of(drawn)
    assume(not answer.bounds_active)
    rows, dense = by_name(answer), Dense(drawn)
    assert answer.converged
    x = np.array([rows[name].reconciled for name in drawn.names])
    other = dense.best(np.ones(len(x)))
    assert answer.chi2 == pytest.approx(other.fun, rel=1e-6, abs=1e-6)
    np.testing.assert_allclose(x, other.x * dense.scale, rtol=1e-4)
    assert np.abs(dense.rest(x / dense.scale)).max() <= 1e-12 * len(x)
    sigma, dof = dense.posterior(x / dense.scale)
    assert answer.dof == dof
    np.testing.assert_allclose([rows[n].sigma_reconciled for n in drawn.names], sigma, rtol=1e-6)


@settings(max_examples=60)
@given(networks())
def test_with_some_unmeasured_nothing_better_lies_near_and_what_leads_nowhere_is_said(drawn):
    answer = answer_of(drawn)
    assume(not answer.bounds_active)
    rows, dense = by_name(answer), Dense(drawn)
    if not answer.converged:
        # Where too little was measured the way may lead nowhere: said, and no value is given.
        assert len(drawn.measured) < len(drawn.names)
        assert {row.reconciled for row in rows.values()} == {None}
        assert [item.code for item in answer.findings] == ["not-converged"]
        return
    assert answer.balance_residual <= 1e-12
    # a loop whose contents differ a little stands still: 0 is a value
    known = {name: row.reconciled for name, row in rows.items() if row.reconciled is not None}
    start = np.array([(drawn.truth | known)[name] for name in drawn.names]) / dense.scale
    sigma, _ = dense.posterior(start)
    found = [rows[n].sigma_reconciled for n in drawn.names]
    open_to = [value is None for value in found]
    if not any(open_to):
        assert not np.isnan(sigma).any()
        np.testing.assert_allclose(np.array(found, dtype=float), sigma, rtol=1e-4)
        other = dense.best(start)
        assert (answer.chi2 or 0.0) <= other.fun * (1 + 1e-6) + 1e-6


@settings(max_examples=20)
@given(networks(some_unmeasured=False), st.integers(0, 20), st.floats(0.7, 0.98))
def test_a_flow_that_may_not_be_what_it_is_gives_what_a_bounded_solver_finds(drawn, place, share):
    flows = list(drawn.network.flows)
    place %= len(flows)
    flows[place] = replace(flows[place], maximum=share * drawn.truth[flows[place].id])
    drawn = replace(drawn, network=replace(drawn.network, flows=tuple(flows)))
    answer, dense = answer_of(drawn), Dense(drawn)
    assert answer.converged
    assert by_name(answer)[flows[place].id].reconciled <= flows[place].maximum * (1 + 1e-9)
    most = [share if name == flows[place].id else None for name in drawn.names]
    other = dense.best(np.ones(len(most)), most)
    # the other solver may end a millionth short of closing
    assert answer.chi2 <= other.fun * (1 + 1e-5) + 1e-6
    assert answer.chi2 == pytest.approx(other.fun, rel=1e-3, abs=1e-3)
