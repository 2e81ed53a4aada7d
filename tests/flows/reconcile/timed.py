"""Entries of days from 1 April 2025 on, random histories of them, and all of it solved densely."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import lsq_linear

from flows.network import Device, Flow, FlowNetwork, Process, Relation, Spread, Stock
from flows.panel import panel
from flows.period import Calendar
from flows.reconcile.classify import Class
from flows.reconcile.days.daytable import daytable
from flows.reconcile.days.patterns import CODE
from flows.reconcile.days.together import reconcile_in_time
from flows.records import Observation, State
from flows.rows import Rows

CALENDAR = Calendar("Asia/Shanghai")
FIRST = date(2025, 4, 1)


def instant(day):
    """At the end of a day; 0 is the eve of the first."""
    return CALENDAR.instant(FIRST + timedelta(days=day))


def entry(what, day, value, sigma=None, *, days=1, **fields):
    """An amount of one day or more."""
    state = State.ZERO if value == 0.0 else State.VALUE
    ordinal = FIRST.toordinal() + day - 1
    ends = instant(day - 1), instant(day - 1 + days)
    return Observation(what, "mass", ordinal, *ends, state, value, sigma=sigma, **fields)


def level(stock, day, value, sigma=None, **fields):
    """A level at the end of a day."""
    at, ordinal = instant(day), FIRST.toordinal() + day - 1
    return Observation(
        f"stock:{stock}", "mass", ordinal, at, at, value=value, sigma=sigma, **fields
    )


def table_of(network, entries, days):
    """What was measured, by day."""
    first = FIRST.toordinal()
    rows = Rows.from_observations(entries)
    laid_out, _ = panel(rows, network, CALENDAR, first_day=first, last_day=first + days - 1)
    return daytable(laid_out, network, CALENDAR)


def in_time(network, entries, days, **options):
    """All days together."""
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
            Flow(
                f"f{i}",
                *("environment" if end < 0 else f"p{end}" for end in pair),
                minimum=-math.inf,
            )
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

    def correlate(self, network, days):
        """Whiten pairs of a day's readings whose chance errors are correlated."""
        place = {line[3]: i for i, line in enumerate(self.soft)}
        for tie in network.correlations:
            for day in range(1, days + 1):
                pair = [place.get((name, day)) for name in (tie.first, tie.second)]
                if None in pair:
                    continue
                (one, first, size), (two, second, other) = (self.soft[i][:3] for i in pair)
                row = two / other - tie.value * one / size
                value = second / other - tie.value * first / size
                own = math.sqrt(1.0 - tie.value**2)
                self.soft[pair[1]] = (row, value, own, (tie.second, day))

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

    def multipliers(self, equations, walls):
        """Asserts that there are some for the exact rows; those of the last ones are >= 0."""
        matrix = np.array([line[0] for line in self.exact]).reshape(-1, len(self.names))
        rows = np.array([line[0] / line[2] for line in self.soft])
        wanted = np.array([line[1] / line[2] for line in self.soft])
        origin = np.linalg.lstsq(matrix, [line[1] for line in self.exact], rcond=None)[0]
        basis = null_space(matrix)
        inverse = np.linalg.pinv(rows @ basis, rcond=1e-11)
        x = origin + basis @ (inverse @ (wanted - rows @ origin))
        gradient = rows.T @ (rows @ x - wanted)
        low = np.concatenate([np.full(equations, -np.inf), np.zeros(walls)])
        found = lsq_linear(matrix.T, gradient, (low, np.full(len(low), np.inf)), tol=1e-14)
        off = np.abs(matrix.T @ found.x - gradient).max(initial=0.0)
        assert off <= 1e-5 * max(1.0, np.abs(gradient).max(initial=0.0))

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
