"""Random histories of days tied by stocks, invoices and biases, against everything at once."""

from __future__ import annotations

import importlib.util
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from flows.network import (
    Device,
    Flow,
    FlowNetwork,
    Process,
    Spread,
    Stock,
)
from flows.reconcile.days.alone import reconcile_days
from flows.reconcile.days.patterns import CLASSES
from flows.reconcile.days.together import reconcile_in_time

SPEC = importlib.util.spec_from_file_location("timed", Path(__file__).with_name("timed.py"))
timed = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(timed)
CALENDAR = timed.CALENDAR
instant = timed.instant
entry = timed.entry
level = timed.level
table_of = timed.table_of
in_time = timed.in_time
histories = timed.histories
Everything = timed.Everything
check_adjustments = timed.check_adjustments


def check(answer, oracle, flows, levels, digits=1e-8):
    found = oracle.solution()
    assert answer.feasible == (found is not None)
    if found is None:
        return
    x, sigma, chi2 = found
    place = {name: i for i, name in enumerate(oracle.names)}
    days = len(flows.reconciled)
    for table, first in ((flows, 1), (levels, 0)):
        for row in range(days + (1 - first)):
            for column, name in enumerate(table.names):
                at = place[name, row + first]
                assert CLASSES[table.klass[row, column]] == oracle.klass(oracle.names[at])
                np.testing.assert_allclose(
                    [table.reconciled[row, column], table.sigma[row, column]],
                    [x[at], sigma[at]],
                    rtol=1e-7,
                    atol=digits * 100,
                )
    check_adjustments(flows, levels)
    assert answer.dof == oracle.freedom()
    assert answer.chi2 == pytest.approx(chi2, rel=1e-7, abs=1e-8)
    for bias in answer.biases:
        at = place[bias.device, 0]
        assert (bias.estimate, bias.sigma) == pytest.approx((x[at], sigma[at]), abs=1e-8)


def rational(oracle, wanted):
    """Values and sigmas of some unknowns from the whole system of KKT, nothing rounded.

    None where it is singular: something of it is not determined.
    """
    size, count = len(oracle.names), len(oracle.exact)
    work = [[Fraction(0)] * (size + count + 1 + len(wanted)) for _ in range(size + count)]
    for row, value, sigma, *_ in oracle.soft:
        some = np.flatnonzero(row).tolist()
        for i in some:
            weight = Fraction(row[i]) / Fraction(sigma) ** 2
            work[i][size + count] += weight * Fraction(value)
            for j in some:
                work[i][j] += weight * Fraction(row[j])
    for place, (row, value, *_) in enumerate(oracle.exact, start=size):
        for i in np.flatnonzero(row).tolist():
            work[i][place] = work[place][i] = Fraction(row[i])
        work[place][size + count] = Fraction(value)
    at = [oracle.names.index(name) for name in wanted]
    for column, i in enumerate(at, start=size + count + 1):
        work[i][column] = Fraction(1)
    for top in range(size + count):
        pivot = next((i for i in range(top, size + count) if work[i][top]), None)
        if pivot is None:
            return None
        work[top], work[pivot] = work[pivot], work[top]
        line = work[top] = [each / work[top][top] for each in work[top]]
        for i, other in enumerate(work):
            if i != top and other[top]:
                work[i] = [a - other[top] * b for a, b in zip(other, line, strict=True)]
    values = [float(work[i][size + count]) for i in at]
    sigmas = [math.sqrt(work[i][size + count + 1 + k]) for k, i in enumerate(at)]
    return np.array(values), np.array(sigmas)


@pytest.mark.parametrize("seed", range(12))
def test_sigmas_over_ten_decades_cost_no_digits(seed):
    """Against rational arithmetic: values to 1e-8 of their sigma, sigmas to 1e-11."""
    network = FlowNetwork(
        processes=(Process("a"), Process("b")),
        flows=(
            Flow("f0", "environment", "a", minimum=-math.inf),
            Flow("f1", "a", "b", minimum=-math.inf),
            Flow("f2", "b", "environment", minimum=-math.inf),
            Flow("f3", "b", "a", minimum=-math.inf),
        ),
        stocks=(Stock("a"), Stock("b")),
        devices=(Device("belt", bias_sigma=Spread(absolute=2.0)),),
    )
    rng = np.random.default_rng(seed)

    def reading(make, what, day, usual, **fields):
        sigma = float(10.0 ** rng.uniform(-5, 5))
        value = float(round(usual + rng.normal() * min(sigma, 50.0), 6)) + 0.001
        return make(what, day, value, sigma, **fields)

    entries = [
        reading(entry, flow, day, 20.0, device=str(rng.choice(["belt", ""])))
        for day in (1, 2)
        for flow in network.flow
        if rng.random() < 0.9
    ]
    entries += [reading(level, name, day, 60.0) for name in "ab" for day in range(3)]
    entries.append(reading(entry, "f1", 1, 40.0, days=2))
    answer = in_time(network, entries, 2)
    oracle = Everything(network, entries, 2)
    names = [(flow, day) for day in (1, 2) for flow in network.flow]
    values, sigmas = rational(oracle, names)
    off = (answer.flows.reconciled.ravel() - values) / sigmas
    assert np.abs(off).max() < 1e-8
    np.testing.assert_allclose(answer.flows.sigma.ravel(), sigmas, rtol=1e-11)


@settings(max_examples=200, deadline=None)
@given(histories())
def test_the_chain_of_days_is_the_dense_solution_of_everything(drawn):
    network, entries, days = drawn
    answer = in_time(network, entries, days)
    check(answer, Everything(network, entries, days), answer.flows, answer.levels)


@settings(max_examples=60, deadline=None)
@given(histories())
def test_as_known_on_a_day_is_the_solution_of_that_day_and_those_before(drawn):
    network, entries, days = drawn
    answer = in_time(network, entries, days, filtered=True)
    if not answer.feasible:
        return
    flows, levels = answer.filtered
    for day in range(1, days + 1):
        until = [item for item in entries if item.end <= instant(day)]
        alone = in_time(network, until, day)
        for ours, theirs, row in ((flows, alone.flows, day - 1), (levels, alone.levels, day)):
            assert ours.klass[row].tolist() == theirs.klass[row].tolist()
            for name in ("reconciled", "sigma", "adjustment"):
                np.testing.assert_allclose(
                    getattr(ours, name)[row], getattr(theirs, name)[row], rtol=1e-7, atol=1e-7
                )
    for ours, theirs in ((flows, answer.flows), (levels, answer.levels)):
        np.testing.assert_allclose(ours.reconciled[-1], theirs.reconciled[-1], rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(histories(coupled=False))
def test_without_stocks_invoices_and_biases_each_day_is_alone(drawn):
    network, entries, days = drawn
    table = table_of(network, entries, days)
    batch = reconcile_days(network, table)
    answer = reconcile_in_time(network, table, CALENDAR)
    if not batch.feasible.all():
        return
    assert (answer.flows.klass == batch.klass).all()
    for ours, theirs in (("reconciled", "reconciled"), ("sigma", "sigma")):
        np.testing.assert_allclose(
            getattr(answer.flows, ours), getattr(batch, theirs), rtol=1e-9, atol=1e-9
        )
    assert answer.dof == batch.dof.sum()
    assert answer.chi2 == pytest.approx(np.nansum(batch.chi2), rel=1e-9, abs=1e-12)
