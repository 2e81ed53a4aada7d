"""From the solution of one period to its rows, states and findings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from flows.findings import finding
from flows.reconcile.bounds import EQUATIONS, intervals
from flows.reconcile.classify import Class, find
from flows.reconcile.problem import GROUND
from flows.reconcile.result import CoefficientRow, Reconciliation, Row, number
from flows.reconcile.suspects import suspects

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.reconcile.plan import Plan, Solution
    from flows.reconcile.problem import Problem

    Floats = NDArray[np.float64]

#: The global test of one period; daily series use a budget of alarms instead.
SIGNIFICANT = 0.05
#: How many members of one set a finding names.
NAMED = 12
#: Above so many unobservable flows no intervals are sought.
INTERVALS = 200


def answer(
    network: FlowNetwork,
    measured: Sequence[Measured],
    problem: Problem,
    plan: Plan,
    solution: Solution,
    *,
    active: Mapping[str, float] | None = None,
    findings: Sequence[Finding] = (),
    bounds: tuple[Floats, Floats] | None = None,
    converged: bool = True,
    others: Mapping[str, int] | None = None,
) -> Reconciliation:
    """The first day of a solution as a `Reconciliation`.

    Args:
        network: Definitions.
        measured: As given; readings that hold a bound come after them.
        problem: The period.
        plan: Its plan.
        solution: What the plan made of it.
        active: Bounds held, by id.
        findings: Found on the way.
        bounds: Of every variable, layer unit; None if there is no answer to bound.
        converged: False if the solution is none; nothing is then said of any value.
        others: Further variables by their names: contents and coefficients.
    """
    feasible = bool(solution.feasible[0])
    known = feasible and converged
    tested = known and plan.dof > 0
    chi2 = float(solution.chi2[0]) if tested else None
    p_value = float(solution.p_value[0]) if tested else None
    suspect = p_value is not None and p_value < SIGNIFICANT
    found = list(findings)
    open_to: dict[int, tuple[float, float]] = {}
    if known:
        where = problem.flows | problem.stocks
        unknown = [i for i in where.values() if plan.classes[i] is Class.UNOBSERVABLE]
        if bounds is not None and unknown:
            open_to, beyond = _intervals(problem, plan, solution.x[0], bounds)
            found += beyond
        found += _unobservable(problem, unknown)
        if not plan.dof:
            found.append(finding("nothing-redundant"))
    if suspect:
        found.append(finding("global-test", chi2=chi2, dof=plan.dof, p=p_value, level=SIGNIFICANT))
    rows = _Rows(network, measured, problem, plan, solution, active or {}, open_to, known=known)
    names = names_of(problem, measured) | {i: name for name, i in (others or {}).items()}
    places = problem.readings.of.tolist()
    return Reconciliation(
        converged=converged,
        feasible=feasible,
        suspect=suspect,
        bounds_active=tuple(active or ()),
        chi2=chi2,
        dof=plan.dof,
        p_value=p_value,
        balance_residual=_residual(problem, solution.x[0]),
        flows=tuple(rows.of(name, index) for name, index in problem.flows.items()),
        stocks=tuple(rows.of(name, index) for name, index in problem.stocks.items()),
        readings=tuple(
            rows.of(measured[place].of, index)
            for place, index in problem.extras.items()
            if place < len(measured)
        ),
        coefficients=rows.coefficients(),
        relations=rows.relations(),
        suspects=suspects(
            plan,
            solution.normalized[0],
            [names.get(index, "") for index in places],
            [place for place, index in enumerate(places) if index in names],
        )
        if suspect
        else (),
        findings=tuple(found),
        _covariance=_covariance(problem, plan, others or {}, known=known),
    )


def names_of(problem: Problem, measured: Sequence[Measured]) -> dict[int, str]:
    """What each variable is called in the answer; a reading has its flow's name."""
    names = {
        index: name
        for part in (problem.flows, problem.stocks, problem.relations)
        for name, index in part.items()
    }
    names.update(
        {i: measured[place].of for place, i in problem.extras.items() if place < len(measured)}
    )
    return names


class _Rows:
    """Makes rows of variables, in units of the answer."""

    def __init__(
        self,
        network: FlowNetwork,
        measured: Sequence[Measured],
        problem: Problem,
        plan: Plan,
        solution: Solution,
        active: Mapping[str, float],
        open_to: Mapping[int, tuple[float, float]],
        *,
        known: bool,
    ) -> None:
        self.known = known
        self.network, self.problem, self.plan, self.solution = network, problem, plan, solution
        self.active, self.open_to = active, open_to
        self.measured = {item.of for item in measured}
        self.place = {int(variable): i for i, variable in enumerate(problem.readings.of)}

    def of(self, name: str, index: int) -> Row:
        """Row of a flow, a stock or one of their readings."""
        factor = float(self.problem.factor[index])
        flow = self.network.flow.get(name) or self.network.stock.get(name.removeprefix("stock:"))
        klass = Class.BOUNDED if name in self.active else self.plan.classes[index]
        read = name in self.measured
        return self._row(name, index, factor, klass, read=read, layer=flow.layer if flow else "")

    def relations(self) -> tuple[Row, ...]:
        """The sum of each relation's terms: an observed one as a reading, an exact one as is."""
        rows = []
        for item in self.network.relations:
            if item.id in self.problem.relations:
                index = self.problem.relations[item.id]
                rows.append(self._row(item.id, index, 1.0, self.plan.classes[index], read=True))
            elif any(row.name == item.id for row in self.problem.system.rows):
                rows.append(_exact(item.id, item.value, known=self.known))
        return tuple(rows)

    def coefficients(self) -> tuple[CoefficientRow, ...]:
        """Exact shares; they stand as they were declared."""
        return tuple(
            CoefficientRow(
                item.process, item.flow, _exact(item.flow, item.value, item.layer, known=self.known)
            )
            for item in self.network.coefficients
            if item.flow in self.problem.flows
        )

    def _row(
        self, name: str, index: int, factor: float, klass: Class, *, read: bool, layer: str = ""
    ) -> Row:
        """Row of any variable."""
        place = self.place.get(index) if read else None
        solution, problem = self.solution, self.problem
        # A bound is reached exactly, not to rounding.
        at = self.active.get(name) if klass is Class.BOUNDED else None
        x = number((solution.x[0, index] if at is None else at) / factor)
        measured = sigma = adjustment = normalized = None
        if place is not None:
            measured = float(problem.values[place] / factor)
            sigma = float(problem.readings.sigma[place] / factor)
            adjustment = number(solution.adjustment[0, place] / factor)
            normalized = number(solution.normalized[0, place])
        spread = None if x is None else number(solution.sigma_x[index] / factor)
        span = self.open_to.get(index)
        return Row(
            name,
            measured,
            sigma,
            x,
            spread,
            adjustment,
            normalized,
            klass,
            span and (span[0] / factor, span[1] / factor),
            "",
            layer,
        )


def _exact(name: str, value: float, layer: str = "", *, known: bool) -> Row:
    reconciled, zero = (value, 0.0) if known else (None, None)
    return Row(name, value, 0.0, reconciled, zero, zero, None, Class.EXACT, layer=layer)


def _residual(problem: Problem, x: Floats) -> float:
    """Greatest |residual| / throughput over the nodes of which every flow is known."""
    system = problem.system
    count = len(system.nodes) + 1
    net, into, out = np.zeros(count), np.zeros(count), np.zeros(count)
    for ends, sign in ((system.heads, 1.0), (system.tails, -1.0)):
        np.add.at(net, ends, sign * x)
        np.add.at(into if sign > 0.0 else out, ends, np.abs(x))
    throughput = np.maximum(into, out)[:GROUND]
    known = ~np.isnan(throughput) & (throughput > 0.0)
    return float((np.abs(net[:GROUND][known]) / throughput[known]).max(initial=0.0))


def _intervals(
    problem: Problem, plan: Plan, x: Floats, bounds: tuple[Floats, Floats]
) -> tuple[dict[int, tuple[float, float]], list[Finding]]:
    """What bounds leave open to each unobservable variable, where they leave less than all."""
    system = problem.system
    unknown = [i for i, each in enumerate(plan.classes) if each is Class.UNOBSERVABLE]
    size = (len(system.nodes) + len(system.rows)) * system.size
    if len(unknown) > INTERVALS or size > EQUATIONS:
        return {}, []
    matrix, right = system.equations()
    with_unknown = (matrix[:, unknown] != 0.0).any(axis=1)
    matrix, right = matrix[with_unknown], right[with_unknown]
    known = np.setdiff1d(np.arange(system.size), unknown)
    spans = intervals(
        matrix[:, unknown],
        right - matrix[:, known] @ x[known],
        np.abs(right) + np.abs(matrix[:, known]) @ np.abs(x[known]),
        bounds[0][unknown],
        bounds[1][unknown],
    )
    if spans is None:
        names = {index: name for name, index in (problem.flows | problem.stocks).items()}
        named = [names[i] for i in unknown if i in names]
        return {}, [finding("bound-impossible", named[0], members=", ".join(named))]
    return {i: span for i, span in zip(unknown, spans, strict=True) if np.isfinite(span).any()}, []


def _unobservable(problem: Problem, unknown: Sequence[int]) -> list[Finding]:
    """One finding for each set of unobservable variables of which each hides the others."""
    system = problem.system
    count = len(system.nodes)
    root = list(range(count + system.size))  # nodes, then variables; the ground joins nothing
    links = [(i, int(end)) for i in unknown for end in (system.tails[i], system.heads[i])]
    hidden = set(unknown)
    for row in system.rows:
        within = [i for i, _ in row.terms if i in hidden]
        links += [(i, count + within[0]) for i in within]
    for variable, other in links:
        if other != GROUND:
            root[find(root, count + variable)] = find(root, other)
    names = {index: name for name, index in (problem.flows | problem.stocks).items()}
    sets: dict[int, list[str]] = {}
    for variable in unknown:
        sets.setdefault(find(root, count + variable), []).append(names[variable])
    found = []
    for members in sets.values():
        named = ", ".join(members[:NAMED])
        item = finding("flow-unobservable", named, members=named, count=len(members))
        if len(members) > NAMED:
            item = replace(item, params={**item.params, "more": len(members) - NAMED})
        found.append(item)
    return found


def _covariance(
    problem: Problem, plan: Plan, others: Mapping[str, int], *, known: bool
) -> Callable[[Sequence[str]], Floats]:
    where = problem.flows | problem.stocks | dict(others)

    def covariance(ids: Sequence[str]) -> Floats:
        index = np.array([where[name] for name in ids], dtype=np.intp)
        if not known:
            return np.full((len(index), len(index)), np.nan)
        factor = problem.factor[index]
        return np.asarray(plan.covariance(index) / np.outer(factor, factor))

    return covariance
