"""Days tied by levels and biases: their rows, the chain they make, and its answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.days.alongdays import along
from flows.reconcile.days.batch import blocks
from flows.reconcile.days.classing import BOUNDED, NONREDUNDANT, UNOBSERVABLE, of_days, of_levels
from flows.reconcile.days.given import NONE, Given
from flows.reconcile.days.knowledge import chain, known
from flows.reconcile.days.smoother import Rows, estimate
from flows.reconcile.days.tied import last, tied, without
from flows.reconcile.problem import GROUND, Row, System, build, with_second

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flows.network import FlowNetwork
    from flows.reconcile.days.alongdays import Table
    from flows.reconcile.days.daytable import DayTable
    from flows.reconcile.days.smoother import Estimate, Step, Tally
    from flows.reconcile.days.spans import Sums
    from flows.reconcile.problem import Problem

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Level:
    """A reading of level `index` at a boundary, layer's unit.

    Attributes:
        bias, unit: What it shares with other readings, and the number of that bias; -1 for none.
    """

    boundary: int
    index: int
    value: float
    sigma: float
    bias: float
    unit: int


@dataclass(frozen=True)
class Solved:
    """Estimates of all levels and biases, with what they rest on.

    Attributes:
        filtered: Whether each day rests on itself and the days before it only.
    """

    estimate: Estimate
    filtered: bool

    @property
    def chi2(self) -> float:
        """Least weighted sum of squares, NaN where nothing is feasible."""
        return self.estimate.tally.chi2 if self.feasible else float("nan")

    @property
    def feasible(self) -> bool:
        """Whether exact values agree with each other."""
        return not self.estimate.tally.broken


class Chained:
    """D days, q levels (stocks, then sums over spans) at D + 1 boundaries, b biases."""

    def __init__(
        self,
        network: FlowNetwork,
        table: DayTable,
        sums: Sums,
        layer: str,
        held: Mapping[tuple[int, int], float] | None = None,
    ) -> None:
        """Set up.

        Args:
            network: Definitions.
            table: What is measured.
            sums: Longer spans.
            layer: As in `reconcile`.
            held: Bounds that hold with equality, layer's unit, by row of the day and column of the
                flow; each is one more reading of the flow, exact.
        """
        self.network, self.table, self.sums = network, table, sums
        self.held = dict(held or {})
        self.problem = build(network, [], layer=layer)
        self.plain, self.opening, self.closing = _with_levels(self.problem, sums)
        self.variables = np.array(list(self.problem.flows.values()), dtype=np.intp)
        at_bound = dict.fromkeys(int(self.variables[column]) for _, column in self.held)
        self.system, self.second = with_second(self.plain, tuple(at_bound))
        self.size = len(self.opening)
        self.unimodular = not self.problem.system.rows

    def flow_readings(self, units: Ints) -> None:
        """Take the flows' readings from the table; `units` are numbers of their biases."""
        problem, table = self.problem, self.table
        place = {name: column for column, name in enumerate(table.names)}
        self.flow_columns = np.array([place[name] for name in problem.flows], dtype=np.intp)
        self.factor = problem.factor[self.variables]
        shape = (len(table.days), self.system.size)
        self.values, self.sigma = np.full(shape, np.nan), np.full(shape, np.nan)
        self.bias, self.units = np.zeros(shape), np.full(shape, -1, dtype=np.intp)
        columns, at = self.flow_columns, self.variables
        own = problem.readings.of
        self.values[:, own], self.sigma[:, own] = problem.values, problem.readings.sigma
        self.values[:, at] = table.value[:, columns] * self.factor
        numbers = units[:, columns]
        bias = np.where(np.isnan(self.values[:, at]), 0.0, table.bias[:, columns] * self.factor)
        self.bias[:, at] = np.where(numbers >= 0, bias, 0.0)
        alone = np.where(numbers >= 0, 0.0, bias)
        self.sigma[:, at] = np.hypot(table.sigma[:, columns] * self.factor, alone)
        self.units[:, at] = numbers
        self.total = np.hypot(self.sigma, self.bias)
        self.sigma, self.shared = tied(self.sigma, self.network.correlations, problem.flows)
        states = [*self.opening, *self.closing]
        self.values[:, states] = self.sigma[:, states] = 0.0
        for (day, column), bound in self.held.items():
            again = day, self.second[int(self.variables[column])]
            self.values[again], self.sigma[again] = bound, 0.0

    def set_up(self, levels: list[Level], biases: int) -> None:
        """Rows of all days and levels, and what they determine."""
        self.read_levels, self.count = levels, biases
        self.start = self._start()
        self.parts: list[tuple[Ints, Given]] = []
        self.steps: dict[int, Step] = {}
        left: dict[int, Tally] = {}
        days: list[Rows] = [_none(2 * self.size + biases)] * len(self.values)
        structure: list[Floats] = [np.zeros((0, 2 * self.size))] * len(self.values)
        same: dict[bytes, Floats] = {}
        soft = np.zeros(len(self.values), dtype=np.intp)
        for at, block in blocks(self.system, self.values, self.sigma, unimodular=self.unimodular):
            start = np.hstack([self.start[at], self.start[at + 1]])
            given = Given(block, self._levels_of(at, block.rows), self._biases_of(at), start)
            self.parts.append((at, given))
            soft[at] = block.tested.sum(axis=1)
            white = given.information
            count = self.shared.shape[2]
            for place, day in enumerate(at.tolist()):
                some = block.tested[place]
                held = block.exact[place]
                own = white[place][some]
                rows = np.hstack([own[:, :-1], -own[:, -1:]])
                tail = np.stack([-given.sums[place], given.sizes[place]], axis=1)
                conditions = np.hstack([given.conditions[place], tail])[held]
                days[day] = Rows(rows, conditions)
                if count:
                    self.steps[day], days[day], left[day] = without(days[day], count)
                structure[day] = _one(same, given.levels[place][some | held])
        self.days, self.left = days, list(left.values())
        self._read(structure)
        self._white = int(soft.sum()) + sum(len(rows.white) for rows in self.read)

    def _start(self) -> Floats:
        """Levels that run on from the last one read by what was read to go in and out."""
        days, stocks = len(self.values), self.size - len(self.sums.of)
        flows = np.nan_to_num(self.values)
        net = np.zeros((days, self.size))
        for index, closing in enumerate(self.closing[:stocks]):
            node, own = self.plain.tails[closing], slice(self.plain.size)
            if node != GROUND:
                net[:, index] = flows[:, own][:, self.plain.heads == node].sum(axis=1)
                net[:, index] -= flows[:, own][:, self.plain.tails == node].sum(axis=1)
        for slot, flow in enumerate(self.sums.of):
            net[:, stocks + slot] = flows[:, self.problem.flows[flow]]
        carried = np.ones((days, self.size), dtype=np.bool_)
        carried[:, stocks:] = self.sums.carried
        result = np.zeros((days + 1, self.size))
        read = {
            (item.boundary, item.index): item.value
            for item in self.read_levels
            if item.index < stocks
        }
        for index in range(self.size):
            begun = [boundary for boundary in range(days + 1) if (boundary, index) in read]
            first = begun[0] if begun else 0
            result[first, index] = read.get((first, index), 0.0)
            for day in range(first, days):
                on = result[day, index] * carried[day, index] + net[day, index]
                result[day + 1, index] = read.get((day + 1, index), on)
            for day in range(first - 1, -1, -1):
                result[day, index] = result[day + 1, index] - net[day, index]
        return result

    def _levels_of(self, days: Ints, rows: Floats) -> Floats:
        """Coefficients of the levels; a sum that begins on a day has nothing from the eve."""
        result = rows[:, :, [*self.opening, *self.closing]].copy()
        stocks = self.size - len(self.sums.of)
        begins = ~self.sums.carried[days]
        result[:, :, stocks : self.size] *= ~begins[:, None, :]
        return result

    def _biases_of(self, days: Ints) -> Floats:
        """What each variable has per unit of each bias and of what readings of a day share."""
        result = np.zeros((len(days), self.system.size, self.count))
        day, variable = np.nonzero(self.units[days] >= 0)
        number = self.units[days][day, variable]
        result[day, variable, number] = self.bias[days][day, variable]
        return np.concatenate([result, self.shared[days]], axis=2)

    def _read(self, structure: list[Floats]) -> None:
        """Rows of the levels read, and what all rows together determine."""
        shape = (len(self.values) + 1, self.size)
        width = self.size + self.count
        white: list[list[Floats]] = [[] for _ in range(shape[0])]
        fixed: list[list[Floats]] = [[] for _ in range(shape[0])]
        self.is_read = np.zeros(shape, dtype=np.bool_)
        for item in self.read_levels:
            row = np.zeros(width + 2)
            row[item.index], row[width] = 1.0, item.value - self.start[item.boundary, item.index]
            row[width + 1] = abs(item.value)
            if item.unit >= 0:
                row[self.size + item.unit] = item.bias
            self.is_read[item.boundary, item.index] = True
            if item.sigma > 0.0:
                white[item.boundary].append(row[:-1] / item.sigma)
            else:
                fixed[item.boundary].append(row)
        self.read = [
            Rows(
                np.array(own).reshape(len(own), width + 1),
                np.array(held).reshape(len(held), width + 2),
            )
            for own, held in zip(white, fixed, strict=True)
        ]
        self.chain = chain(structure, self.is_read)

    def freedom(self, solved: Solved) -> int:
        """White rows, less what they alone determine; a bias has its prior for itself."""
        unknown = self.is_read.size - int(self.chain.free.sum())
        return self._white - (unknown - solved.estimate.tally.sure)

    def solve(self, *, filtered: bool = False) -> Solved:
        """Estimate levels and biases, from all days or as known on each."""
        prior = Rows(
            np.hstack([np.eye(self.count), np.zeros((self.count, 1))]),
            np.zeros((0, self.count + 2)),
        )
        determined = None
        if filtered:
            determined = np.zeros(self.is_read.shape, dtype=np.bool_)
            for boundary, space in enumerate(self.chain.before):
                determined[boundary, list(space.pivots)] = True
        found = estimate(self.days, self.read, self.chain.free, prior, known=determined)
        found.tally.chi2 += sum(each.chi2 for each in self.left)
        found.tally.broken |= any(each.broken for each in self.left)
        return Solved(found, filtered)

    def biases(self, solved: Solved) -> tuple[Floats, Floats]:
        """Estimates and their standard deviations, from all days."""
        at = slice(self.size, None)
        start = solved.estimate
        return start.start[at], np.linalg.norm(start.start_factor[at], axis=1)

    def _known(self, solved: Solved, days: Ints) -> tuple[Floats, Floats]:
        """Mean and covariance factor of the further unknowns of some days."""
        mean, factor = solved.estimate.mean[days], solved.estimate.factor[days]
        if not self.steps:
            return mean, factor
        steps = [self.steps[day] for day in days.tolist()]
        found = [last(*each) for each in zip(steps, mean, factor, strict=True)]
        return np.array([each for each, _ in found]), np.array([each for _, each in found])

    def flows(self, solved: Solved) -> Table:
        """Flows of all days."""
        shape = (len(self.values), len(self.variables))
        names = ("x", "sigma_x", "adjustment", "spread")
        found = {name: np.full(shape, np.nan) for name in names}
        klass = np.zeros(shape, dtype=np.int8)
        total, single = self.total, (self.shared == 0.0).all(axis=2)
        shaky = (self.bias != 0.0) & (self.sigma == 0.0)
        for at, given in self.parts:
            measured = ~np.isnan(self.values[at])
            answer = given.answer(*self._known(solved, at), measured)
            codes = of_days(
                self.chain, at, given, self.is_read, shaky[at], filtered=solved.filtered
            )
            unknown = codes == UNOBSERVABLE
            # What nothing else speaks of stays as it was read, but for what it shares with others.
            alone = (codes == NONREDUNDANT) & (self.units[at] < 0) & single[at]
            x = np.where(unknown, np.nan, np.where(alone, self.values[at], answer.x))
            sigma_x = np.where(alone, total[at], np.where(unknown, np.nan, answer.sigma_x))
            adjustment = np.where(alone, 0.0, answer.adjustment)
            spread = np.where(alone, 0.0, answer.spread)
            for name, array in zip(names, (x, sigma_x, adjustment, spread), strict=True):
                found[name][at] = array[:, self.variables] / self.factor
            klass[at] = codes[:, self.variables]
        for place in self.held:
            klass[place] = BOUNDED
        if not solved.feasible:
            for array in found.values():
                array[:] = np.nan
        columns, table = self.flow_columns, self.table
        return along(
            tuple(self.problem.flows),
            table.value[:, columns],
            np.hypot(table.sigma[:, columns], table.bias[:, columns]),
            found["x"],
            found["sigma_x"],
            found["adjustment"],
            found["spread"],
            klass,
        )

    def levels(self, solved: Solved) -> Table:
        """All levels at all boundaries: stocks, then sums."""
        size, found = self.size, solved.estimate
        mean = self.start + np.vstack([found.start[:size], found.mean[:, size : 2 * size]])
        first = np.linalg.norm(found.start_factor[:size], axis=1)
        sigma = np.vstack([first, np.linalg.norm(found.factor[:, size : 2 * size], axis=2)])
        sure = np.zeros(mean.shape, dtype=np.bool_)
        value, spread = np.full(mean.shape, np.nan), np.full(mean.shape, np.nan)
        biased = np.zeros(mean.shape, dtype=np.bool_)
        for item in self.read_levels:
            at = item.boundary, item.index
            value[at], spread[at] = item.value, np.hypot(item.sigma, item.bias)
            biased[at], sure[at] = item.bias != 0.0, item.sigma == item.bias == 0.0
        klass = of_levels(self.chain, self.is_read, sure, filtered=solved.filtered)
        alone = (klass == NONREDUNDANT) & ~biased
        mean = np.where(alone, value, mean)
        sigma = np.where(alone, spread, sigma)
        left = spread**2 - sigma**2
        moved = np.sqrt(np.where(~alone & (left > NONE * spread**2), left, 0.0))
        unknown = klass == UNOBSERVABLE
        mean[unknown] = sigma[unknown] = np.nan
        if not solved.feasible:
            mean[:] = sigma[:] = np.nan
        stocks, flows = self.network.stocks, self.network.flow
        own = [stock for stock in stocks if stock.id in self.problem.stocks]
        factor = np.array([*(s.factor for s in own), *(flows[f].factor for f in self.sums.of)])
        names = (*(stock.id for stock in own), *self.sums.of)
        return along(
            names,
            value / factor,
            spread / factor,
            mean / factor,
            sigma / factor,
            (mean - value) / factor,
            moved / factor,
            klass,
        )


def _with_levels(problem: Problem, sums: Sums) -> tuple[System, list[int], list[int]]:
    """The system of one day, and its variables for the levels before and after it.

    A stock's change, an edge from its process to the ground, becomes the level at the end; the
    level at the begin is an edge into it. A sum at the end is the sum at the begin and the flow.
    """
    system = problem.system
    names, tails, heads = list(system.names), list(system.tails), list(system.heads)
    opening, closing = [], list(problem.stocks.values())
    for stock, index in problem.stocks.items():
        opening.append(len(names))
        names.append(f"{stock} at the begin")
        tails.append(np.intp(GROUND))
        heads.append(system.tails[index])
    begun = dict(zip(problem.stocks.values(), opening, strict=True))
    rows = [
        # A relation speaks of the change of a stock.
        replace(row, terms=(*row.terms, *((begun[i], -w) for i, w in row.terms if i in begun)))
        for row in system.rows
    ]
    for number, flow in enumerate(sums.of):
        closing.append(len(names))
        opening.append(len(names) + 1)
        names += [f"{flow} #{number}", f"{flow} #{number} at the begin"]
        tails += [np.intp(GROUND)] * 2
        heads += [np.intp(GROUND)] * 2
        terms = (closing[-1], 1.0), (opening[-1], -1.0), (problem.flows[flow], -1.0)
        rows.append(Row(f"{flow} #{number}", terms))
    begin, end = (np.array(part, dtype=np.intp) for part in (tails, heads))
    return System(tuple(names), begin, end, system.nodes, tuple(rows)), opening, closing


def _one(same: dict[bytes, Floats], levels: Floats) -> Floats:
    """The reduced rows over the levels, one object for equal ones."""
    key = levels.tobytes()
    if key not in same:
        space = known(levels)
        same[key] = same.setdefault(space.key, space.rows)
    return same[key]


def _none(unknowns: int) -> Rows:
    return Rows(np.zeros((0, unknowns + 1)), np.zeros((0, unknowns + 2)))
