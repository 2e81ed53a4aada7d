"""Many days reconciled together: stocks carry over, invoices span days, meters keep their bias.

Unknown are the flows of every day, the level of every stock between the days, the bias of every
device that has one (in units of its bias_sigma, standard normal before any reading), and for every
longer span the sum that runs up. One least-squares solution over all of them: the flows of a day
are eliminated given levels and biases, day by day alike; what is left is a chain of few unknowns.
Then, where a flow lies outside its bounds, once more with the bounds that press as equalities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from flows.counters import Meters
from flows.errors import Refused
from flows.findings import finding
from flows.reconcile.classify import Class
from flows.reconcile.days.alongdays import Table
from flows.reconcile.days.chained import Chained, Level
from flows.reconcile.days.daytable import boundaries, shared
from flows.reconcile.days.spans import sums
from flows.reconcile.days.walls import within
from flows.reconcile.linear import UNSURE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from flows.network import Device, FlowNetwork
    from flows.panel import SpanAmount
    from flows.period import Calendar
    from flows.reconcile.days.daytable import DayTable
    from flows.reconcile.days.walls import Within

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SpanAnswer:
    """A reading over a longer span, first to last day, before and after; canonical unit."""

    span: SpanAmount
    first: date
    last: date
    measured_sigma: float
    reconciled: float
    sigma: float
    adjustment: float
    normalized: float | None
    klass: Class


@dataclass(frozen=True, slots=True)
class BiasAnswer:
    """What the days say of a device's bias, in units of its declared bias_sigma."""

    device: str
    estimate: float
    sigma: float


@dataclass(frozen=True, slots=True, eq=False)
class InTime:
    """Answer for D days together.

    Attributes:
        table: What was measured by day; ids behind it by `table.observations`.
        flows: Days by flows, D lines.
        levels: Boundaries by stocks, D + 1 lines: line t is the level at the end of day t, line 0
            at the begin of the first day.
        level_readings: Place in `table.panel.levels` of each level read, -1 for none, as `levels`.
        spans: Readings over longer spans; `unused` are those that fit no whole days of these.
        biases: Of every device with a bias, in the order of its first reading.
        chi2, dof, p_value: Of all days together; p is None without freedom.
        feasible: False where exact values contradict each other; then there are no values.
        active: Flows that are held at a bound, shape (D, V); each is one more exact reading.
        beyond: Flows outside their bounds, where exact values alone decide them, shape (D, V).
        filtered: Flows and levels as known on each day, from that day and those before it, or None;
            no bounds are held there.
    """

    table: DayTable
    flows: Table
    levels: Table
    level_readings: NDArray[np.intp]
    spans: tuple[SpanAnswer, ...]
    unused: tuple[SpanAmount, ...]
    biases: tuple[BiasAnswer, ...]
    chi2: float
    dof: int
    p_value: float | None
    feasible: bool
    active: Bools
    beyond: Bools
    filtered: tuple[Table, Table] | None


def reconcile_in_time(
    network: FlowNetwork,
    table: DayTable,
    calendar: Calendar,
    *,
    layer: str = "mass",
    filtered: bool = False,
) -> InTime:
    """Least-squares values that close the balances of all days, stocks carried from day to day.

    Args:
        network: Definitions that hold on all days.
        table: Measured values by day, with the levels and longer spans of its panel.
        calendar: Where days begin.
        layer: As in `reconcile`.
        filtered: Also what was known on each day from it and those before it.

    Raises:
        Refused: `not-built-yet` for coefficients with a sigma and for correlations of more than the
            readings of two flows on a day; `value-range` if correlations are not positive definite.
        KeyError: If the table lacks a flow of the layer.
    """
    for item in network.coefficients:
        if item.sigma or item.bias_sigma:
            raise Refused(finding("not-built-yet", item.flow, key="sigma", what=UNSURE))
    for tie in network.correlations:
        if not {tie.first, tie.second} <= set(network.flow):
            what = "correlations of further readings over days"
            raise Refused(finding("not-built-yet", tie.first, key="correlation", what=what))
    own = [flow.id for flow in network.flows if layer in (flow.layer, "joint")]
    spans = sums(table.panel, calendar, own)
    units = _Units(network, table)
    of_flows = units.of_table(own)
    free = Chained(network, table, spans, layer)
    free.flow_readings(of_flows)
    read, level_of = _levels(network, table, calendar, units, free)
    free.set_up(read, len(units.names))

    def held(bounds: Mapping[tuple[int, int], float]) -> Chained:
        chained = Chained(network, table, spans, layer, bounds)
        chained.flow_readings(of_flows)
        chained.set_up(read, len(units.names))
        return chained

    found = within(network, free, held)
    return _answer(table, found, level_of, units, free if filtered else None)


class _Units:
    """Biases, one of each device as it was defined at a time, numbered as they are met."""

    def __init__(self, network: FlowNetwork, table: DayTable) -> None:
        self.meters, self.table = Meters(network.devices), table
        self.number: dict[tuple[str, int], int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Device of each."""
        return tuple(name for name, _ in self.number)

    def of(self, name: str, meter: Device | None) -> int:
        """Number of a device's bias; its definitions are told apart."""
        known = list(self.meters.all(name))
        place = next((i for i, item in enumerate(known) if item is meter), -1)
        return self.number.setdefault((name, place), len(self.number))

    def of_table(self, flows: Collection[str]) -> NDArray[np.intp]:
        """Number for every measured value of these flows with a bias, else -1, shape (D, V)."""
        table = self.table
        result = np.full(table.value.shape, -1, dtype=np.intp)
        with_bias = (table.bias != 0.0) & ~np.isnan(table.value) & (table.device >= 0)
        with_bias &= np.isin(table.names, list(flows))
        for code in np.unique(table.device[with_bias]).tolist():
            day, column = np.nonzero(with_bias & (table.device == code))
            name = table.devices[code]
            for meter, some in self.meters.split(name, table.days[day]):
                result[day[some], column[some]] = self.of(name, meter)
        return result

    def at(self, name: str, day: int, amount: float) -> tuple[float, int]:
        """Bias of a single reading, and its number, -1 for none."""
        meter = self.meters.at(name, day) if name else None
        bias = float(shared(meter, np.array([amount]), np.ones(1, np.int64))[0])
        return bias, self.of(name, meter) if bias else -1


def _levels(
    network: FlowNetwork, table: DayTable, calendar: Calendar, units: _Units, chained: Chained
) -> tuple[list[Level], NDArray[np.intp]]:
    """Readings of levels, and the place of each stock's in the panel, -1 for none.

    Levels of sums, that is spans, come after those of stocks.
    """
    panel, days = table.panel, table.days
    found = []
    stocks = [stock for stock in network.stocks if stock.id in chained.problem.stocks]
    places = np.full((len(days) + 1, len(stocks)), -1, dtype=np.intp)
    for column, stock in enumerate(stocks):
        for boundary, place in boundaries(panel, calendar, stock.id, stock.device).items():
            item = panel.levels[place]
            bias = units.at(item.device, int(days[max(boundary - 1, 0)]), item.amount)
            factor = stock.factor
            line = (item.amount * factor, item.sigma * factor, bias[0] * factor)
            found.append(Level(boundary, column, *line, bias[1]))
            places[boundary, column] = place
    for placed in chained.sums.placed:
        item_, factor = placed.span, network.flow[placed.span.what].factor
        day = int(days[placed.after - 1])
        amount, sigma = item_.amount or 0.0, item_.sigma or 0.0
        # An absolute bias is of each reading: a span is one.
        bias = units.at(item_.device, day, amount)
        line = (amount * factor, sigma * factor, bias[0] * factor)
        found.append(Level(placed.after, len(stocks) + placed.slot, *line, bias[1]))
    return found, places


def _answer(
    table: DayTable,
    found: Within,
    level_of: NDArray[np.intp],
    units: _Units,
    filtered: Chained | None,
) -> InTime:
    from scipy.special import chdtrc

    chained, solved, flows = found.chained, found.solved, found.flows
    stocks = len(chained.problem.stocks)
    levels = chained.levels(solved)
    spans = []
    for placed in chained.sums.placed:
        at = placed.after, stocks + placed.slot
        normalized = float(levels.normalized[at])
        spans.append(
            SpanAnswer(
                placed.span,
                date.fromordinal(int(table.days[placed.first])),
                date.fromordinal(int(table.days[placed.after - 1])),
                float(levels.measured_sigma[at]),
                float(levels.reconciled[at]),
                float(levels.sigma[at]),
                float(levels.adjustment[at]),
                None if np.isnan(normalized) else normalized,
                list(Class)[int(levels.klass[at])],
            )
        )
    mean, spread = chained.biases(solved)
    dof = chained.freedom(solved)
    return InTime(
        table,
        flows,
        _first(levels, stocks),
        level_of,
        tuple(spans),
        chained.sums.unused,
        tuple(
            BiasAnswer(name, float(value), float(sigma))
            for name, value, sigma in zip(units.names, mean, spread, strict=True)
        ),
        solved.chi2,
        dof,
        float(chdtrc(dof, solved.chi2)) if dof and solved.feasible else None,
        solved.feasible,
        found.active,
        found.beyond,
        _filtered(filtered, stocks) if filtered is not None else None,
    )


def _filtered(chained: Chained, stocks: int) -> tuple[Table, Table]:
    solved = chained.solve(filtered=True)
    return chained.flows(solved), _first(chained.levels(solved), stocks)


def _first(levels: Table, count: int) -> Table:
    """The stocks' part of all levels."""
    parts = (getattr(levels, name)[:, :count] for name in Table.__slots__[1:])
    return Table(levels.names[:count], *parts)
