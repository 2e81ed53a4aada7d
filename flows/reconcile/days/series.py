"""Many days reconciled, in one form to show: each day alone, or all days together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from flows.contents import linear
from flows.findings import finding
from flows.network import is_environment
from flows.reconcile.answer import SIGNIFICANT
from flows.reconcile.days.alongdays import Table
from flows.reconcile.result import Suspect, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.reconcile.days.alone import Days
    from flows.reconcile.days.daytable import DayTable
    from flows.reconcile.days.together import BiasAnswer, InTime, SpanAnswer

    Floats = NDArray[np.float64]

#: A normalized adjustment that 5 % of all readings exceed without gross error, both sides.
NOTABLE = 1.96
#: How many days a finding names.
NAMED = 6
#: Adjustments this near to each other, as a share, are of readings that nothing tells apart.
ALIKE = 1e-6


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """What is said of one day.

    Attributes:
        chi2, dof, p_value: Of the day alone; None without freedom, and where all days are solved
            together: then only all of them are tested.
        suspect: p below 5 %.
        bounds_active: Ids of the flows held at a bound.
    """

    day: int
    chi2: float | None
    dof: int | None
    p_value: float | None
    feasible: bool
    suspect: bool
    bounds_active: tuple[str, ...]


@dataclass(frozen=True)
class Series:
    """Answers for D days, canonical units.

    Attributes:
        network: Definitions that hold on all days.
        by: `day`, each day alone, or `time`, all days together.
        table: What was measured.
        flows: Flows by day, D lines.
        stocks: By day alone the changes of stocks, D lines; over time their levels, D + 1 lines,
            the first at the begin of the first day.
        stock_observations: Ids behind each stock reading, by line and column.
        days: One verdict a day.
        chi2, dof, p_value: Of all days together, None where each is alone.
        spans, unused: Readings over longer spans; those that could not be used.
        biases: Of devices, over time.
        balance_residual: Greatest |in - out - stock change| over throughput, of all days.
        suspects: By falling statistic; empty where no test fails.
        filtered: Whether each day is as known on it.
        taken: Stocks whose levels are taken and not read: what waits to be hauled.
    """

    network: FlowNetwork
    by: str
    table: DayTable
    flows: Table
    stocks: Table
    stock_observations: tuple[tuple[tuple[int, ...], ...], ...]
    days: tuple[DayVerdict, ...]
    feasible: bool
    suspect: bool
    chi2: float | None
    dof: int | None
    p_value: float | None
    balance_residual: float
    suspects: tuple[Suspect, ...]
    spans: tuple[SpanAnswer, ...] = ()
    unused: tuple[str, ...] = ()
    biases: tuple[BiasAnswer, ...] = ()
    filtered: bool = False
    taken: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def bounds_active(self) -> tuple[str, ...]:
        """Flows held at a bound on any day, in order of declaration."""
        some = {name for day in self.days for name in day.bounds_active}
        return tuple(name for name in self.flows.names if name in some)

    def observations(self, day: int, flow: str) -> tuple[int, ...]:
        """Ids of the observations behind a flow's reading."""
        return self.table.observations(day, self.table.names.index(flow))

    def with_findings(self, findings: Iterable[Finding]) -> Series:
        """The same with what was found before it said first."""
        return replace(self, findings=(*findings, *self.findings))


def of_days(network: FlowNetwork, answer: Days) -> Series:
    """Each day alone."""
    flows = [place for place, name in enumerate(answer.names) if name in network.flow]
    stocks = [place for place, name in enumerate(answer.names) if name not in network.flow]
    verdicts = []
    for row, day in enumerate(answer.table.days.tolist()):
        p_value = number(float(answer.p_value[row]))
        verdicts.append(
            DayVerdict(
                day,
                number(float(answer.chi2[row])),
                int(answer.dof[row]),
                p_value,
                bool(answer.feasible[row]),
                p_value is not None and p_value < SIGNIFICANT,
                tuple(answer.names[i] for i in np.flatnonzero(answer.active[row])),
            )
        )
    of_flows, of_stocks = _columns(answer, flows), _columns(answer, stocks)
    seen = tuple(
        tuple(answer.observations(row, column) for column in stocks) for row in range(len(verdicts))
    )
    return Series(
        network,
        "day",
        answer.table,
        of_flows,
        of_stocks,
        seen,
        tuple(verdicts),
        all(each.feasible for each in verdicts),
        any(each.suspect for each in verdicts),
        None,
        None,
        None,
        residual(network, of_flows, of_stocks.names, of_stocks.reconciled),
        _suspects(answer, verdicts),
    )


def of_time(network: FlowNetwork, answer: InTime, *, filtered: bool = False) -> Series:
    """All days together; `filtered` as known on each, if the answer has that."""
    flows, levels = (answer.flows, answer.levels)
    if filtered and answer.filtered is not None:
        flows, levels = answer.filtered
    panel = answer.table.panel
    seen = tuple(
        tuple(panel.levels[place].observations if place >= 0 else () for place in line)
        for line in answer.level_readings.tolist()
    )
    suspect = answer.p_value is not None and answer.p_value < SIGNIFICANT
    verdicts = tuple(
        DayVerdict(
            day,
            None,
            None,
            None,
            answer.feasible,
            suspect=False,
            bounds_active=()
            if filtered
            else tuple(flows.names[i] for i in np.flatnonzero(answer.active[row])),
        )
        for row, day in enumerate(answer.table.days.tolist())
    )
    tested = bool(answer.dof) and answer.feasible
    return Series(
        network,
        "time",
        answer.table,
        flows,
        levels,
        seen,
        verdicts,
        answer.feasible,
        suspect,
        answer.chi2 if tested else None,
        answer.dof,
        answer.p_value,
        residual(network, flows, levels.names, np.diff(levels.reconciled, axis=0)),
        _biased(answer) if suspect else (),
        answer.spans,
        tuple(dict.fromkeys(span.what for span in answer.unused)),
        answer.biases,
        filtered,
    )


def said_of(series: Series) -> tuple[Finding, ...]:
    """What a person should be told of the answer, beside its numbers."""
    found = []
    failed = [each for each in series.days if each.suspect]
    broken = [each for each in series.days if not each.feasible]
    if failed:
        tested = sum(1 for each in series.days if each.p_value is not None)
        days = _named(failed)
        found.append(
            finding("days-suspect", count=len(failed), tested=tested, level=SIGNIFICANT, days=days)
        )
    if series.suspect and series.chi2 is not None:
        found.append(
            finding(
                "global-test",
                chi2=series.chi2,
                dof=series.dof,
                p=series.p_value,
                level=SIGNIFICANT,
            )
        )
    if broken:
        found.append(finding("days-infeasible", count=len(broken), days=_named(broken)))
    found += [finding("span-unused", name) for name in series.unused]
    return tuple(found)


def _named(days: Sequence[DayVerdict]) -> str:
    """The first days by their dates; an ellipsis stands for the rest."""
    names = [date.fromordinal(each.day).isoformat() for each in days[:NAMED]]
    return ", ".join([*names, "…"] if len(days) > NAMED else names)


def residual(network: FlowNetwork, flows: Table, stocks: tuple[str, ...], change: Floats) -> float:
    """Greatest |in - out - stock change| / throughput over processes and days that are known.

    Args:
        network: Definitions.
        flows: By day.
        stocks: Ids of the columns of `change`.
        change: Of stocks over each day, canonical unit, shape (D, stocks).
    """
    worst, layers = 0.0, dict.fromkeys(network.flow[name].layer for name in flows.names)
    closing = {layer: frozenset(linear(network, layer)) for layer in layers}
    terms: dict[tuple[str, str], tuple[list[Floats], list[Floats]]] = {}
    for column, name in enumerate(flows.names):
        flow = network.flow[name]
        amount = flows.reconciled[:, column] * flow.factor
        for end, side in ((flow.target, 0), (flow.source, 1)):
            if not is_environment(end) and end in closing[flow.layer]:
                terms.setdefault((end, flow.layer), ([], []))[side].append(amount)
    by_id = {stock.id: stock for stock in network.stocks}
    for column, name in enumerate(stocks):
        stock = by_id[name]
        if (stock.process, stock.layer) in terms:
            terms[stock.process, stock.layer][1].append(change[:, column] * stock.factor)
    for inward, outward in terms.values():
        nothing = np.zeros(len(change))
        into, out = (np.sum([nothing, *side], axis=0) for side in (inward, outward))
        sizes = (np.sum([nothing, *map(np.abs, side)], axis=0) for side in (inward, outward))
        through = np.maximum(*sizes)
        some = ~np.isnan(into - out) & (through > 0.0)
        worst = max(worst, float((np.abs(into - out)[some] / through[some]).max(initial=0.0)))
    return worst


def _columns(answer: Days, some: list[int]) -> Table:
    names = tuple(answer.names[place] for place in some)
    measured = answer.measured
    sizes = np.where(np.isnan(measured), np.nan, answer.measured_sigma)
    parts = (
        measured,
        sizes,
        answer.reconciled,
        answer.sigma,
        answer.adjustment,
        answer.normalized,
        answer.klass,
    )
    return Table(names, *(part[:, some] for part in parts))  # type: ignore[arg-type]  # in its order


def _suspects(answer: Days, verdicts: list[DayVerdict]) -> tuple[Suspect, ...]:
    """Of each day that fails the readings furthest off; those alike on it make one set."""
    found: dict[tuple[str, ...], float] = {}
    for row, verdict in enumerate(verdicts):
        off = np.nan_to_num(np.abs(answer.normalized[row]))
        most = float(off.max(initial=0.0))
        if not verdict.suspect or most <= NOTABLE:
            continue
        members = tuple(answer.names[i] for i in np.flatnonzero(off >= most * (1.0 - ALIKE)))
        found[members] = max(found.get(members, 0.0), most)
    order = sorted(found.items(), key=lambda item: -item[1])
    return tuple(Suspect(members, statistic) for members, statistic in order)


def statistic_of(bias: BiasAnswer) -> float:
    """|estimate| of a bias in its standard deviations, 0 where the days say nothing of it.

    The estimate has the variance 1 - sigma^2 if the device is as good as declared.
    """
    seen = 1.0 - bias.sigma**2
    return abs(bias.estimate) / math.sqrt(seen) if seen > ALIKE else 0.0


def _biased(answer: InTime) -> tuple[Suspect, ...]:
    """Devices whose days say more of their bias than its declared size explains."""
    found = [Suspect((each.device,), statistic_of(each)) for each in answer.biases]
    some = [each for each in found if each.statistic > NOTABLE]
    return tuple(sorted(some, key=lambda item: -item.statistic))
