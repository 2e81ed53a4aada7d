"""Without contents the layered problem is the linear one: two solvers, one answer, bounds too."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Process
from flows.reconcile import reconcile
from flows.reconcile.contents.layered import reconcile_layers


@st.composite
def bounded(draw):
    """A small network, many flows of it with bounds that readings lie beyond."""
    processes = [f"p{at}" for at in range(draw(st.integers(2, 4)))]
    ends = st.permutations(["environment", *processes]).map(lambda some: some[:2])
    flows, measured = [], []
    for at in range(draw(st.integers(len(processes) + 2, 10))):
        source, target = draw(ends)
        low = draw(st.sampled_from([0.0, 0.0, 0.0, 10.0, 20.0]))
        high = draw(st.sampled_from([math.inf, 25.0, 35.0, 50.0]))
        flows.append(Flow(f"f{at}", source, target, minimum=low, maximum=high))
        if draw(st.integers(0, 9)) < 6:
            sigma = draw(st.sampled_from([1.0, 2.0, 5.0]))
            measured.append(Measured(f"f{at}", float(draw(st.integers(0, 60))), sigma))
    network = FlowNetwork(processes=tuple(map(Process, processes)), flows=tuple(flows))
    return network, measured


@given(drawn=bounded())
@settings(max_examples=100, deadline=None)
def test_both_solvers_find_the_same_least_squares_within_the_same_bounds(drawn):
    network, measured = drawn
    linear = reconcile(network, measured)
    layered = reconcile_layers(network, measured, layers=("mass",), carried=())
    for answer in (linear, layered):
        assume(not {"bound-impossible", "infeasible"} & {item.code for item in answer.findings})
    assert (layered.dof, layered.chi2 is None) == (linear.dof, linear.chi2 is None)
    if linear.chi2 is not None:
        assert layered.chi2 == pytest.approx(linear.chi2, rel=1e-6, abs=1e-6)
