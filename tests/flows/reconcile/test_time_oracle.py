"""Random histories of days tied by stocks, invoices and biases, against everything at once."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.network import (
    Device,
    Flow,
    FlowNetwork,
    Process,
    Relation,
    Spread,
    Stock,
)
from flows.panel import panel
from flows.period import Calendar
from flows.reconcile.classify import Class
from flows.reconcile.days import reconcile_days
from flows.reconcile.daytable import daytable
from flows.reconcile.patterns import CLASSES, CODE
from flows.reconcile.time import reconcile_in_time
from flows.records import Observation, State
from flows.rows import Rows

CALENDAR = Calendar("Asia/Shanghai")
FIRST = date(2025, 4, 1)


def instant(day):
    """At the end of a day; 0 is the eve of the first."""
    return CALENDAR.instant(FIRST + timedelta(days=day))


def entry(what, day, value, sigma=None, *, days=1, **fields):
    state = State.ZERO if value == 0.0 else State.VALUE
    ordinal = FIRST.toordinal() + day - 1
    ends = instant(day - 1), instant(day - 1 + days)
    return Observation(what, "mass", ordinal, *ends, state, value, sigma=sigma, **fields)


def level(stock, day, value, sigma=None, **fields):
    at, ordinal = instant(day), FIRST.toordinal() + day - 1
    return Observation(
        f"stock:{stock}", "mass", ordinal, at, at, value=value, sigma=sigma, **fields
    )


def table_of(network, entries, days):
    first = FIRST.toordinal()
    rows = Rows.from_observations(entries)
    laid_out, _ = panel(rows, network, CALENDAR, first_day=first, last_day=first + days - 1)
    return daytable(laid_out, network, CALENDAR)


def in_time(network, entries, days, **options):
    return reconcile_in_time(network, table_of(network, entries, days), CALENDAR, **options)


@st.composite
def histories(draw, *, coupled=True):
    """A park of up to three processes over up to five days, with all that couples days."""
    count = draw(st.integers(1, 3))
    ends = st.integers(-1, count - 1)
    edges = [(-1, 0), *((i, i + 1) for i in range(count - 1)), (count - 1, -1)]
    edges += draw(st.lists(st.tuples(ends, ends), max_size=3))
    stores = draw(st.lists(st.integers(0, count - 1), max_size=2, unique=True)) if coupled else []
    devices = (
        Device("belt", bias_sigma=Spread(absolute=2.0)),
        Device("bridge", bias_sigma=Spread(absolute=0.5)),
    )
    relations = ()
    if draw(st.integers(0, 4)) == 0:
        terms = (("f0", 1.0), (f"f{len(edges) - 1}", -0.5))
        relations = (Relation("r", terms, 2.0, draw(st.sampled_from([0.0, 3.0]))),)
    network = FlowNetwork(
        processes=tuple(Process(f"p{i}") for i in range(count)),
        flows=tuple(
            Flow(f"f{i}", *("environment" if end < 0 else f"p{end}" for end in pair))
            for i, pair in enumerate(edges)
        ),
        stocks=tuple(Stock(f"p{i}") for i in stores),
        devices=devices,
        relations=relations,
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**24)))
    days = draw(st.integers(1, 5))
    gap, sure = draw(st.sampled_from([0.0, 0.3, 0.6])), draw(st.sampled_from([0.0, 0.0, 0.15]))
    biased = coupled and draw(st.booleans())
    entries = []

    def reading(make, what, day, low, high, **fields):
        if rng.random() < gap:
            return
        sigma = 0.0 if rng.random() < sure else float(rng.choice([0.25, 1.0, 7.0]))
        device = str(rng.choice(["belt", "bridge", ""])) if biased else ""
        value = float(np.round(rng.uniform(low, high), 2)) + 0.01
        entries.append(make(what, day, value, sigma, device=device, **fields))

    for day in range(1, days + 1):
        for flow in network.flows:
            reading(entry, flow.id, day, 5, 40)
    for stock in network.stocks:
        for day in range(days + 1):
            if rng.random() < 0.5:
                reading(level, stock.process, day, 50, 90)
    if coupled and days > 1:
        for _ in range(int(rng.integers(0, 3))):
            begin = int(rng.integers(1, days))
            length = int(rng.integers(2, days - begin + 2))
            what = f"f{int(rng.integers(0, len(edges)))}"
            reading(entry, what, begin, 20, 90, days=length)
    return network, entries, days


class Everything:
    """All flows, levels and biases in one vector; exact rows, and rows of readings."""

    def __init__(self, network, entries, days):
        self.names = [(flow.id, day) for day in range(1, days + 1) for flow in network.flows]
        self.names += [(stock.id, day) for day in range(days + 1) for stock in network.stocks]
        self.names += [(device.id, 0) for device in network.devices]
        place = {name: i for i, name in enumerate(self.names)}
        unit = np.eye(len(self.names))
        exact, soft = [], []
        for day in range(1, days + 1):
            for process in network.processes:
                row = np.zeros(len(self.names))
                for flow in network.flows:
                    row[place[flow.id, day]] += (flow.target == process.id) * 1.0
                    row[place[flow.id, day]] -= (flow.source == process.id) * 1.0
                if process.id in network.stock:
                    row += unit[place[f"stock:{process.id}", day - 1]]
                    row -= unit[place[f"stock:{process.id}", day]]
                exact.append((row, 0.0, None))
            for item in network.relations:
                row = sum(w * unit[place[name, day]] for name, w in item.terms)
                line = (row, item.value, item.sigma, ("r", day))
                (soft if item.sigma else exact).append(line)
        biases = [(device.id, 0) for device in network.devices]
        soft += [(unit[place[name]], 0.0, 1.0, name) for name in biases]
        for item in entries:
            row, name = self._row(item, place, unit, days)
            if item.device:
                bias = network.device[item.device].bias_sigma.absolute
                row = row + bias * unit[place[item.device, 0]]
            (soft if item.sigma else exact).append((row, item.value, item.sigma, name))
        self.exact, self.soft = exact, soft

    @staticmethod
    def _row(item, place, unit, days):
        begin = next(d for d in range(days + 1) if instant(d) == item.start)
        end = next(d for d in range(days + 1) if instant(d) == item.end)
        if begin == end:
            return unit[place[item.what, end]], (item.what, end)
        row = sum(unit[place[item.what, day]] for day in range(begin + 1, end + 1))
        return row, (item.what, end) if end == begin + 1 else (item.what, begin, end)

    def solution(self):
        """x, sigma, chi2; NaN where not determined. None if exact rows contradict."""
        matrix = np.array([line[0] for line in self.exact]).reshape(-1, len(self.names))
        right = np.array([line[1] for line in self.exact])
        origin = np.linalg.lstsq(matrix, right, rcond=None)[0]
        if np.abs(matrix @ origin - right).max(initial=0.0) > 1e-8:
            return None
        basis = null_space(matrix)
        rows = np.array([line[0] / line[2] for line in self.soft]) @ basis
        wanted = np.array([line[1] / line[2] for line in self.soft])
        wanted -= np.array([line[0] / line[2] for line in self.soft]) @ origin
        inverse = np.linalg.pinv(rows, rcond=1e-11)
        x = origin + basis @ (inverse @ wanted)
        sigma = np.linalg.norm(basis @ inverse, axis=1)
        chi2 = float(((rows @ (inverse @ wanted) - wanted) ** 2).sum())
        unknown = np.abs(basis @ null_space(rows)).max(axis=1, initial=0.0) > 1e-8
        x[unknown] = sigma[unknown] = np.nan
        return x, sigma, chi2

    def freedom(self):
        matrix = np.array([line[0] for line in self.exact]).reshape(-1, len(self.names))
        rows = np.array([line[0] for line in self.soft]) @ null_space(matrix)
        return len(rows) - (np.linalg.matrix_rank(rows, tol=1e-9) if rows.size else 0)

    def biased(self, row):
        return any(row[i] for i, (what, _) in enumerate(self.names) if what in ("belt", "bridge"))

    def klass(self, name):
        """By definition: does what else is known determine it?"""
        own = np.eye(len(self.names))[self.names.index(name)]

        def decided(rows):
            return rank(np.vstack([rows, own])) == rank(rows)

        lines = self.exact + self.soft
        read = [i for i, line in enumerate(lines) if len(line) > 3 and line[3] == name]
        others = np.array([line[0] for i, line in enumerate(lines) if i not in read])
        if not read:
            return Class.OBSERVABLE if decided(others) else Class.UNOBSERVABLE
        if any(not lines[i][2] and not self.biased(lines[i][0]) for i in read):
            return Class.EXACT
        return Class.REDUNDANT if decided(others) else Class.NONREDUNDANT


def rank(matrix):
    return int(np.linalg.matrix_rank(matrix, tol=1e-9)) if matrix.size else 0


def null_space(matrix):
    width = matrix.shape[1]
    if not len(matrix) or not width:
        return np.eye(width)
    _, singular, vectors = np.linalg.svd(matrix)
    basis = vectors[(singular > 1e-10).sum() :].T
    basis[np.abs(basis) < 1e-12] = 0.0
    return basis


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
            Flow("f0", "environment", "a"),
            Flow("f1", "a", "b"),
            Flow("f2", "b", "environment"),
            Flow("f3", "b", "a"),
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


def check_adjustments(*tables):
    """Cov(adjustment) = V - V_x; what nothing tests has none."""
    for table in tables:
        variance = table.measured_sigma**2 - table.sigma**2
        with np.errstate(invalid="ignore"):
            spread = np.abs(table.adjustment / table.normalized)
        some = np.isfinite(spread)
        np.testing.assert_allclose(spread[some] ** 2, variance[some], rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(
            table.adjustment, table.reconciled - table.measured, rtol=1e-9, atol=1e-9
        )
        untested = np.isin(table.klass, [CODE[Class.UNOBSERVABLE], CODE[Class.EXACT]])
        assert np.isnan(table.normalized[untested]).all()


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
    free = replace(network, flows=tuple(replace(flow, minimum=-math.inf) for flow in network.flows))
    table = table_of(free, entries, days)
    batch = reconcile_days(free, table)
    answer = reconcile_in_time(free, table, CALENDAR)
    if not batch.feasible.all():
        return
    assert (answer.flows.klass == batch.klass).all()
    for ours, theirs in (("reconciled", "reconciled"), ("sigma", "sigma")):
        np.testing.assert_allclose(
            getattr(answer.flows, ours), getattr(batch, theirs), rtol=1e-9, atol=1e-9
        )
    assert answer.dof == batch.dof.sum()
    assert answer.chi2 == pytest.approx(np.nansum(batch.chi2), rel=1e-9, abs=1e-12)
