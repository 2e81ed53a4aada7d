"""Bounds and correlations over time, against everything at once."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import Refused
from flows.network import Correlation, Flow, FlowNetwork
from flows.reconcile.classify import Class
from flows.reconcile.days.patterns import CLASSES

SPEC = importlib.util.spec_from_file_location("timed", Path(__file__).with_name("timed.py"))
timed = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(timed)


@st.composite
def correlated(draw):
    """Histories in which the chance errors of two pairs of meters go together."""
    network, entries, days = draw(timed.histories())
    names = [flow.id for flow in network.flows]
    values = [draw(st.sampled_from([-0.9, -0.3, 0.4, 0.8])) for _ in range(2)]
    pairs = zip(names[::2], names[1::2], strict=False)
    ties = tuple(Correlation(*pair, value) for pair, value in zip(pairs, values, strict=False))
    return replace(network, correlations=ties), entries, days


@st.composite
def bounded(draw):
    """Histories of flows that can only be so small or so great a day."""
    network, entries, days = draw(st.one_of(timed.histories(), correlated()))
    rng = np.random.default_rng(draw(st.integers(0, 2**24)))
    flows = tuple(
        replace(
            flow,
            minimum=float(rng.choice([-math.inf, 0.0, 10.0, 20.0])),
            maximum=float(rng.choice([math.inf, 25.0, 35.0])),
        )
        for flow in network.flows
    )
    return replace(network, flows=flows), entries, days


@settings(max_examples=100, deadline=None)
@given(bounded())
def test_the_bounds_held_over_time_are_those_of_the_quadratic_program(drawn):
    """Karush, Kuhn and Tucker: within all bounds, and no bound held pulls the readings nearer.

    With the bounds held as exact rows the dense solution is ours; its gradient is a combination of
    exact rows and of bounds, these with multipliers of the right sign.
    """
    network, entries, days = drawn
    answer = timed.in_time(network, entries, days)
    oracle = timed.Everything(network, entries, days)
    oracle.correlate(network, days)
    if not answer.feasible:
        return
    equations, walls = len(oracle.exact), 0
    for row, column in np.argwhere(answer.active).tolist():
        flow, value = network.flow[answer.flows.names[column]], answer.flows.reconciled[row, column]
        low = abs(value - flow.minimum) < abs(value - flow.maximum)
        sign, end = (1.0, flow.minimum) if low else (-1.0, flow.maximum)
        assert CLASSES[answer.flows.klass[row, column]] is Class.BOUNDED
        own = np.eye(len(oracle.names))[oracle.names.index((flow.id, row + 1))]
        oracle.exact.append((sign * own, sign * end, None))
        walls += 1
    x, sigma, chi2 = oracle.solution()
    for column, name in enumerate(answer.flows.names):
        at = [oracle.names.index((name, day)) for day in range(1, days + 1)]
        found = answer.flows.reconciled[:, column], answer.flows.sigma[:, column]
        np.testing.assert_allclose(found, (x[at], sigma[at]), rtol=1e-7, atol=1e-6)
    assert answer.chi2 == pytest.approx(chi2, rel=1e-7, abs=1e-7)
    if answer.beyond.any():
        return  # exact values alone, or bounds that nothing fulfills together
    oracle.multipliers(equations, walls)


@settings(max_examples=100, deadline=None)
@given(correlated())
def test_correlated_readings_of_a_day_are_whitened_before_the_days_are_chained(drawn):
    network, entries, days = drawn
    answer = timed.in_time(network, entries, days)
    oracle = timed.Everything(network, entries, days)
    oracle.correlate(network, days)
    found = oracle.solution()
    assert answer.feasible == (found is not None)
    if found is None:
        return
    x, sigma, chi2 = found
    for table, first in ((answer.flows, 1), (answer.levels, 0)):
        for column, name in enumerate(table.names):
            count = len(table.reconciled)
            at = [oracle.names.index((name, row + first)) for row in range(count)]
            ours = table.reconciled[:, column], table.sigma[:, column]
            np.testing.assert_allclose(ours, (x[at], sigma[at]), rtol=1e-7, atol=1e-6)
    timed.check_adjustments(answer.flows, answer.levels)
    assert answer.dof == oracle.freedom()
    assert answer.chi2 == pytest.approx(chi2, rel=1e-7, abs=1e-8)


def test_correlations_that_cannot_be_together_are_refused():
    flows = tuple(Flow(name, "environment:a", "environment:b") for name in "abc")
    ties = (Correlation("a", "b", 0.9), Correlation("b", "c", 0.9), Correlation("a", "c", -0.9))
    entries = [timed.entry(name, 1, 10.0, 1.0) for name in "abc"]
    with pytest.raises(Refused) as caught:
        timed.in_time(FlowNetwork(flows=flows, correlations=ties), entries, 1)
    assert [item.code for item in caught.value.findings] == ["value-range"]
