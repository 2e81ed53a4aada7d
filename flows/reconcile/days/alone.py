"""Many days reconciled, each by itself: one entry, whatever is measured on which day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.active import TOUCHING, limits
from flows.reconcile.compiling import DENSE_LIMIT, compile_plan
from flows.reconcile.days import batch, onebasis
from flows.reconcile.days.given import Given, alone
from flows.reconcile.days.patterns import CLASSES, CODE
from flows.reconcile.days.room import without_room
from flows.reconcile.linear import reconcile
from flows.reconcile.problem import Readings, build

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from flows.network import FlowNetwork
    from flows.reconcile.classify import Class
    from flows.reconcile.days.batch import Batch
    from flows.reconcile.days.daytable import DayTable
    from flows.reconcile.problem import Problem, System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Bools = NDArray[np.bool_]

#: A plan, compiled once, pays from so many days with the same sigmas on; great networks sooner.
SAME = 500
SAME_GREAT = 8
#: Entries of an echelon form above which a network is great.
GREAT = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """Answers for D days of V flows and stock changes, canonical units; NaN is none.

    Attributes:
        table: What was measured; `table.observations(day, name)` are the ids behind a value.
        names: Flow ids of the layer, then stocks; length V.
        columns: Column of each name in the table, shape (V,).
        reconciled, sigma: Shape (D, V); one standard deviation of the reconciled value.
        adjustment: reconciled - measured, shape (D, V).
        normalized: Adjustment over its standard deviation, NaN where nothing tests the reading.
        klass: Codes of `patterns.CLASSES`, shape (D, V).
        chi2, p_value: Shape (D,); p is NaN without freedom.
        dof: Degrees of freedom, shape (D,).
        feasible: False on days whose exact values contradict each other, shape (D,).
        active: Where a bound is held, shape (D, V).
    """

    table: DayTable
    names: tuple[str, ...]
    columns: Ints
    reconciled: Floats
    sigma: Floats
    adjustment: Floats
    normalized: Floats
    klass: NDArray[np.int8]
    chi2: Floats
    p_value: Floats
    dof: Ints
    feasible: Bools
    active: Bools

    @property
    def measured(self) -> Floats:
        """The readings, shape (D, V)."""
        return np.asarray(self.table.value[:, self.columns])

    @property
    def measured_sigma(self) -> Floats:
        """One standard deviation of the readings, both parts together, shape (D, V)."""
        parts = self.table.sigma[:, self.columns], self.table.bias[:, self.columns]
        return np.asarray(np.hypot(*parts))

    def classes(self, day: int) -> list[Class]:
        """Classes of one day, by its row."""
        return [CLASSES[code] for code in self.klass[day].tolist()]

    def observations(self, day: int, name: int) -> tuple[int, ...]:
        """Ids of the observations behind a measured value, by row and column."""
        return self.table.observations(day, int(self.columns[name]))


def reconcile_days(network: FlowNetwork, table: DayTable, *, layer: str = "mass") -> Days:
    """Least-squares values that close all balances of each day.

    As `reconcile` of every day alone, to rounding: same classes, sigmas and bounds. Which
    arithmetic a day gets follows from the data: one product for days with the same sigmas, batched
    normal equations for others, `reconcile` itself where a bound presses or declared correlations
    tie readings or a share has a sigma.

    Args:
        network: Definitions that hold on all days.
        table: Measured values by day.
        layer: As in `reconcile`.

    Raises:
        Refused: As `reconcile`.
        KeyError: If the table names an unknown flow, or lacks one of the layer.
    """
    known = set(network.flow) | {stock.id for stock in network.stocks}
    for name in table.names:
        if name not in known:
            raise KeyError(name)
    problem = build(network, [], layer=layer)
    parts = _Parts(problem, table)
    values, sigma, shares = parts.readings()
    tied = shares.any(axis=(1, 2)) if shares is not None else np.zeros(len(values), np.bool_)
    # A share that is not sure makes the day bilinear.
    unsure = any(item.sigma or item.bias_sigma for item in network.coefficients)
    apart = parts.correlated(network, values) | unsure
    ready = ~(tied | apart)
    answers = batch.empty(len(values), problem.system.size)
    unimodular = not problem.system.rows
    _fill(answers, ready, problem.system, values, sigma, unimodular=unimodular)
    biased = tied & ~apart & ~parts.exact_but_for_bias(shares, sigma)
    if biased.any() and shares is not None:
        _tied(answers, biased, problem.system, values, sigma, shares)
    spans = limits(network, problem, 1.0, {})
    slow = ~(ready | biased)
    slow |= _beyond(answers, spans) | without_room(problem.system, answers, spans)
    result = parts.result(answers)
    for day in np.flatnonzero(slow).tolist():
        _one_day(result, day, network, layer)
    return result


class _Parts:
    """From columns of the table, canonical units, to variables of the problem and back."""

    def __init__(self, problem: Problem, table: DayTable) -> None:
        self.problem, self.table = problem, table
        where = problem.flows | problem.stocks
        place = {name: column for column, name in enumerate(table.names)}
        self.names = tuple(where)
        self.variables = np.array(list(where.values()), dtype=np.intp)
        self.columns = np.array([place.get(name, -1) for name in where], dtype=np.intp)
        if (self.columns < 0).any():
            missing = [name for name in where if name not in place]
            raise KeyError(missing[0])

    def readings(self) -> tuple[Floats, Floats, Floats | None]:
        """Values and sigmas (D, n), and what devices share (D, n, devices) or None."""
        problem, table = self.problem, self.table
        shape = (len(table.days), problem.system.size)
        values, sigma, bias = (np.full(shape, np.nan) for _ in range(3))
        factor = problem.factor[self.variables]
        values[:, self.variables] = table.value[:, self.columns] * factor
        sigma[:, self.variables] = table.sigma[:, self.columns] * factor
        bias[:, self.variables] = table.bias[:, self.columns] * factor
        # Nothing but the relations is read in a problem that was set up without readings.
        own = problem.readings.of
        values[:, own], sigma[:, own], bias[:, own] = problem.values, problem.readings.sigma, 0.0
        device = np.full(shape, -1, np.int64)
        device[:, self.variables] = table.device[:, self.columns]
        shares = _shared(bias, device)
        if shares is not None:
            bias = np.where(shares.any(axis=2), 0.0, bias)
        return values, np.hypot(sigma, bias), shares

    def correlated(self, network: FlowNetwork, values: Floats) -> Bools:
        """Days on which both readings of a declared correlation are there."""
        result = np.zeros(len(values), dtype=np.bool_)
        named = self.problem.flows | self.problem.stocks
        for tie in network.correlations:
            if tie.first in named and tie.second in named:
                pair = values[:, [named[tie.first], named[tie.second]]]
                result |= ~np.isnan(pair).any(axis=1)
        return result

    @staticmethod
    def exact_but_for_bias(shares: Floats | None, sigma: Floats) -> Bools:
        """Days with a reading that only a shared bias makes uncertain."""
        if shares is None:
            return np.zeros(len(sigma), dtype=np.bool_)
        return np.asarray((shares.any(axis=2) & (sigma == 0.0)).any(axis=1))

    def result(self, answers: Batch) -> Days:
        """The answer in canonical units."""
        at, factor = self.variables, self.problem.factor[self.variables]
        adjustment, spread = answers.adjustment[:, at], answers.spread[:, at]
        scale = np.divide(1.0, spread, where=spread > 0.0, out=np.full(spread.shape, np.nan))
        from scipy.special import chdtrc

        some = (answers.dof > 0) & answers.feasible
        p_value = np.full(len(some), np.nan)
        p_value[some] = chdtrc(answers.dof[some], answers.chi2[some])
        return Days(
            self.table,
            self.names,
            self.columns,
            answers.x[:, at] / factor,
            answers.sigma_x[:, at] / factor,
            adjustment / factor,
            adjustment * scale,
            answers.classes[:, at].copy(),
            np.where(some, answers.chi2, np.nan),
            p_value,
            answers.dof,
            answers.feasible,
            np.zeros((len(some), len(at)), dtype=np.bool_),
        )


def _shared(bias: Floats, device: NDArray[np.int64]) -> Floats | None:
    """Per unit of each device's bias, where a device has several readings on a day."""
    found = []
    for code in np.unique(device[device >= 0]).tolist():
        own = np.where((device == code) & ~np.isnan(bias), bias, 0.0)
        several = (own != 0.0).sum(axis=1) > 1
        if several.any():
            found.append(own * several[:, None])
    return np.stack(found, axis=2) if found else None


def _fill(
    answers: Batch,
    ready: Bools,
    system: System,
    values: Floats,
    sigma: Floats,
    *,
    unimodular: bool,
) -> None:
    """Days whose readings are independent: by plan where sigmas repeat, else in a batch."""
    days = np.flatnonzero(ready)
    if not len(days):
        return
    lines = np.ascontiguousarray(sigma[days])
    lines[np.isnan(lines)] = np.nan  # one bit pattern
    keys = lines.view(np.dtype((np.void, max(lines.strides[0], 1)))).ravel()
    _, first, of, count = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    size = min(len(system.nodes), system.size) * system.size
    enough = SAME if size < GREAT else SAME_GREAT if size < DENSE_LIMIT else 1
    of = of.reshape(-1)
    left = count[of] < enough
    for group in np.flatnonzero(count >= enough).tolist():
        at = days[of == group]
        measured = np.flatnonzero(~np.isnan(lines[first[group]])).astype(np.intp)
        plan = compile_plan(system, Readings(measured, lines[first[group], measured]))
        solution = plan.solve(values[np.ix_(at, measured)])
        answers.x[at] = solution.x
        answers.sigma_x[at] = np.where(solution.feasible[:, None], solution.sigma_x, np.nan)
        answers.adjustment[np.ix_(at, measured)] = solution.adjustment
        answers.spread[np.ix_(at, measured)] = plan.spread
        answers.classes[at] = [CODE[each] for each in plan.classes]
        answers.chi2[at] = solution.chi2
        answers.dof[at] = plan.dof
        answers.feasible[at] = solution.feasible
    rest = days[left]
    if len(rest) and unimodular and onebasis.fits(system):
        own, again = onebasis.solve(system, values[rest], sigma[rest])
        answers.put(rest, own)
        rest = rest[again]
    if len(rest):
        own = batch.solve(system, values[rest], sigma[rest], unimodular=unimodular)
        answers.put(rest, own)


def _tied(
    answers: Batch, tied: Bools, system: System, values: Floats, sigma: Floats, shares: Floats
) -> None:
    """Days on which several readings share the bias of a device."""
    days = np.flatnonzero(tied)
    line = values[days], sigma[days]
    for at, block in batch.blocks(system, *line, unimodular=not system.rows):
        here = days[at]
        levels = np.zeros((len(here), block.rows.shape[1], 0))
        measured = ~np.isnan(values[here])
        own, chi2 = alone(Given(block, levels, shares[here], np.zeros((len(here), 0))), measured)
        found = block.answers(own.x, own.sigma_x, own.adjustment, own.spread, chi2)
        answers.put(here, found)


def _beyond(answers: Batch, spans: tuple[Floats, Floats]) -> Bools:
    """Days with a value beyond a bound."""
    low, high = spans
    room = TOUCHING * np.nan_to_num(answers.sigma_x)
    beyond = (answers.x < low - room) | (answers.x > high + room)
    return np.asarray(beyond.any(axis=1))


def _one_day(result: Days, day: int, network: FlowNetwork, layer: str) -> None:
    """One day by `reconcile`."""
    answer = reconcile(network, result.table.measured(day), layer=layer, intervals=False)
    rows = (*answer.flows, *answer.stocks)
    for array, field in (
        (result.reconciled, "reconciled"),
        (result.sigma, "sigma_reconciled"),
        (result.adjustment, "adjustment"),
        (result.normalized, "normalized_adjustment"),
    ):
        array[day] = _floats(getattr(row, field) for row in rows)
    result.klass[day] = [CODE[row.klass] for row in rows]
    result.active[day] = [row.id in answer.bounds_active for row in rows]
    (result.chi2[day],) = _floats([answer.chi2])
    (result.p_value[day],) = _floats([answer.p_value])
    result.dof[day] = answer.dof
    result.feasible[day] = answer.feasible


def _floats(values: Iterable[float | None]) -> list[float]:
    return [np.nan if value is None else value for value in values]
