"""One period in several layers reconciled: balances, contents and coefficients with a sigma."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.contents import CARRIER
from flows.findings import finding
from flows.layers import closes
from flows.reconcile.active import BEYOND
from flows.reconcile.answer import NAMED, answer
from flows.reconcile.classify import CONTRADICTED, Class
from flows.reconcile.contents.bilinear import solve
from flows.reconcile.contents.enveloped import Impossible, left_open
from flows.reconcile.contents.problem import build
from flows.reconcile.huber.outweighed import finished
from flows.reconcile.huber.robust import Turn, huber
from flows.reconcile.huber.weighing import keys, weighing
from flows.reconcile.outlook.foundation import of_tangent
from flows.reconcile.refusing import refuse_unfit
from flows.reconcile.result import CoefficientRow, Row, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.measured import Measured
    from flows.network import FlowNetwork
    from flows.reconcile.contents.bilinear import Outcome
    from flows.reconcile.contents.products import ContentsProblem
    from flows.reconcile.huber.weighing import Key
    from flows.reconcile.plan import Solution
    from flows.reconcile.result import Reconciliation

    Floats = NDArray[np.float64]


def reconcile_layers(
    network: FlowNetwork,
    measured: Sequence[Measured],
    *,
    layers: Sequence[str],
    carried: Sequence[str] = (),
    carrier: str = CARRIER,
    days: float = 1.0,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    robust: bool = False,
) -> Reconciliation:
    """Least-squares values that close the balances of all layers of a period together.

    Minimizes (x - y)' V^-1 (x - y) over amounts, contents and coefficients under balances,
    products, relations and bounds. Standard deviations are those of the tangent at the answer
    (first order; a product of two independent readings has the variance (F s_c)^2 + (c s_F)^2).

    Args:
        network: Definitions that hold throughout the period.
        measured: Amounts of flows and stocks (`stock:<process>`, in a carried layer
            `stock:<process>.<layer>`), and contents `<flow>.<layer>`, layer unit per canonical
            unit of the flow. Bias parts of one device are common to all its readings.
        layers: Layers to close.
        carried: Those of them that flows of the carrier carry by a content.
        carrier: Layer of the amounts of those flows; it closes only if it is among `layers`.
        days: Length of the period.
        bounds: As `flows.reconcile.reconcile`.
        robust: Likewise.

    Returns:
        Rows in canonical units. Where it did not converge no value is given as reconciled.

    Raises:
        Refused: `value-range` if correlations are not positive definite together;
            `too-great` if the problem is.
        KeyError: If a definition or measured value names what is not there.
    """
    problem = build(
        network,
        measured,
        layers=layers,
        carried=carried,
        carrier=carrier,
        days=days,
        bounds=bounds,
    )
    products = len(problem.products)
    refuse_unfit(network, measured, problem.linear, products=products, others=problem.names)

    def answered(turn: _Turn, *, converged: bool = True) -> Reconciliation:
        outcome = turn.outcome if converged else replace(turn.outcome, converged=False)
        given = tuple(carried), carrier
        return _Answer(network, measured, turn.problem, outcome, *given).whole()

    variables = keys(measured, problem.linear, shares=problem.shares, names=problem.names)
    first = _turn(problem, variables)
    plain = answered(first)
    if not robust or plain.foundation is None:
        return plain
    weigh = weighing(problem.linear.readings, variables)

    def weighted(weights: Floats) -> _Turn:
        own = weigh.apply(problem.linear, variables, weights)
        return _turn(replace(problem, linear=own), variables)

    result = huber(first, weigh, weighted)
    final = answered(result.turn, converged=result.converged)
    return finished(network, measured, plain, final, result, weigh)


@dataclass(frozen=True, eq=False)
class _Turn(Turn):
    """Gauss-Newton with weights, to its end."""

    problem: ContentsProblem
    outcome: Outcome


def _turn(problem: ContentsProblem, variables: Mapping[Key, int]) -> _Turn:
    outcome = solve(problem)
    tangent = outcome.tangent
    adjustment = tangent.x[tangent.plan.readings.of] - tangent.values
    return _Turn(
        tangent.plan, tangent.values, adjustment, variables, problem, outcome, led=outcome.converged
    )


class _Answer:
    """Makes the answer of an outcome."""

    def __init__(
        self,
        network: FlowNetwork,
        measured: Sequence[Measured],
        problem: ContentsProblem,
        outcome: Outcome,
        carried: tuple[str, ...],
        carrier: str,
    ) -> None:
        self.network, self.measured, self.problem = network, measured, problem
        self.outcome, self.carried, self.carrier = outcome, carried, carrier
        tangent, linear = outcome.tangent, problem.linear
        self.plan = tangent.plan
        more = self.plan.system.size - problem.size
        self.tangent = replace(
            linear,
            system=self.plan.system,
            readings=self.plan.readings,
            values=tangent.values,
            factor=np.concatenate([linear.factor, np.ones(more)]),
        )
        self.found = self._contradictions() if outcome.converged else []
        self.solution = self._solution()
        self.known = outcome.converged and bool(self.solution.feasible[0])
        self.place = {int(variable): i for i, variable in enumerate(self.plan.readings.of)}
        self.open_to: dict[int, tuple[float, float]] = {}
        self.called = {
            index: name for name, index in (linear.flows | linear.stocks | problem.names).items()
        }
        for each in problem.products[: len(problem.contents)]:
            self.called.setdefault(each.result, each.name)
        if self.known:
            self._leave_open()

    def _contradictions(self) -> list[Finding]:
        """One finding a set of balances; what is left over is in the unit of the last of them.

        Products hold at the tangent: what contradicts are the balances of what they carry.
        """
        system, values = self.plan.system, self.tangent.values
        products = {each.name for each in self.problem.products}
        found: dict[str, Finding] = {}
        for weights, right, side in self.plan.conditions():
            terms = weights * values
            residual = float(terms.sum() - right)
            if abs(residual) <= CONTRADICTED * (np.abs(terms).sum() + abs(right)):
                continue
            kept = [each for each in side if system.labels[each[0]] not in products] or [*side]
            nodes = [each for each in kept if each[0] < len(system.nodes)] or kept
            names = list(dict.fromkeys(system.labels[index] for index, _ in kept))
            balance, left = ", ".join(names), residual / (nodes[-1][1] if nodes else 1.0)
            where = system.labels[nodes[-1][0]] if nodes else ""
            item = finding("infeasible", where, balance=balance, residual=left, unit="")
            found.setdefault(balance, item)
        return list(found.values())

    def _leave_open(self) -> None:
        """What bounds leave to the unknown ones; said where it is less than nothing."""
        try:
            self.open_to = left_open(self.problem, self.outcome.tangent.x[: self.problem.size])
        except Impossible as impossible:
            unknown = impossible.variables.tolist()
            names = list(dict.fromkeys(self.called[i] for i in unknown if i in self.called))
            members = ", ".join(names[:NAMED])
            self.found.append(finding("bound-impossible", names[0], members=members))

    def _opened(self, row: Row, index: int) -> Row:
        span = self.open_to.get(index)
        if span is None or row.klass is not Class.UNOBSERVABLE:
            return row
        factor = float(self.problem.linear.factor[index])
        return replace(row, interval=(span[0] / factor, span[1] / factor))

    def _solution(self) -> Solution:
        solution = self.outcome.tangent.solution
        if self.outcome.converged:
            return solution
        nothing = {
            key: np.full_like(getattr(solution, key), np.nan)
            for key in ("x", "adjustment", "normalized", "chi2", "p_value")
        }
        return replace(solution, **nothing, feasible=np.ones(1, dtype=bool))

    def whole(self) -> Reconciliation:
        """Everything."""
        held = self.outcome.tangent.active if self.known else {}
        active = {self.called[i]: at for i, at in sorted(held.items())}
        amounts = {
            f"{flow}:{layer}": index
            for (flow, layer), index in self.problem.amounts.items()
            if (flow, layer) in self.problem.contents
        }
        result = answer(
            self.network,
            self.measured,
            self.tangent,
            self.plan,
            self.solution,
            active=active,
            findings=(*self._findings(), *self.found),
            converged=self.outcome.converged,
            others=self.problem.names | amounts,
        )
        linear = self.problem.linear
        flows = [self._opened(row, linear.flows[row.id]) for row in result.flows]
        stocks = tuple(
            self._stock(self._opened(row, linear.stocks[row.id])) for row in result.stocks
        )
        layered = [row for layer in self.carried for row in self._amounts(layer)]
        return replace(
            result,
            balance_residual=max(result.balance_residual, self._residual()),
            flows=(*flows, *layered),
            stocks=stocks,
            coefficients=self._coefficients(result.coefficients),
            iterations=self.outcome.iterations,
            concentrations=tuple(self._contents()),
            carried=self.carried,
            foundation=of_tangent(self.problem, self.outcome.tangent) if self.known else None,
        )

    def _residual(self) -> float:
        """Rest of the products; those of exact values in contradiction are findings."""
        return self.outcome.residual if self.known else 0.0

    def _stock(self, row: Row) -> Row:
        process = row.id.removeprefix("stock:")
        for layer in self.carried:
            if process.endswith(f".{layer}") and process not in self.network.process:
                return replace(row, id=row.id.removesuffix(f".{layer}"), layer=layer)
        return replace(row, layer=self.carrier) if self.carried else row

    def _row(self, name: str, index: int, layer: str, *, read: bool = True) -> Row:
        factor = float(self.problem.linear.factor[index])
        place = self.place.get(index) if read else None
        active = self.outcome.tangent.active if self.known else {}
        klass = Class.BOUNDED if index in active else self.plan.classes[index]
        solution = self.solution
        x = number(active.get(index, solution.x[0, index]) / factor)
        given: list[float | None] = [None] * 4
        if place is not None:
            given = [
                float(self.tangent.values[place] / factor),
                float(self.plan.readings.sigma[place] / factor),
                number(solution.adjustment[0, place] / factor),
                number(solution.normalized[0, place]),
            ]
        measured, sigma, adjustment, normalized = given
        spread = None if x is None else number(self.plan.sigma_x[index] / factor)
        row = Row(name, measured, sigma, x, spread, adjustment, normalized, klass, layer=layer)
        return self._opened(row, index)

    def _amounts(self, layer: str) -> list[Row]:
        return [
            self._row(flow, index, layer, read=False)
            for (flow, each), index in self.problem.amounts.items()
            if each == layer and (flow, each) in self.problem.contents
        ]

    def _contents(self) -> list[Row]:
        order = {(flow.id, layer): None for flow in self.network.flows for layer in self.carried}
        rows = []
        for flow, layer in order:
            index = self.problem.contents.get((flow, layer))
            if index is None:
                continue
            row = self._row(f"{flow}.{layer}", index, layer)
            if self.called[index].startswith("good:"):
                # per tonne; in the answer per canonical unit of the flow
                row = row.divided(1.0 / self.network.flow[flow].factor, "")
            rows.append(row)
        return rows

    def _coefficients(self, rows: Sequence[CoefficientRow]) -> tuple[CoefficientRow, ...]:
        own = {
            (item.process, item.flow, item.layer): self.problem.shares.get(place)
            for place, item in enumerate(self.network.coefficients)
        }
        found = []
        for each in rows:
            index = own.get((each.process, each.flow, each.row.layer))
            row = each.row if index is None else self._row(each.flow, index, each.row.layer)
            found.append(replace(each, row=row))
        return tuple(found)

    def _findings(self) -> list[Finding]:
        """What did not converge, is open, was held at a bound, or closes nowhere."""
        if not self.outcome.converged:
            return [
                finding(
                    "not-converged",
                    self.network.name,
                    iterations=self.outcome.iterations,
                    residual=self.outcome.residual,
                )
            ]
        found = [
            finding("layer-open", layer, layer=layer)
            for layer in self.carried
            if not any(closes(each.closes, layer) for each in self.network.processes)
        ]
        if not self.known:
            return found
        tangent, problem = self.outcome.tangent, self.problem
        free = np.zeros(problem.size) if tangent.free is None else tangent.free
        alone = [i for i in tangent.active if not np.isnan(free[i])]
        found += [self._outside("bound-violated", i, free) for i in alone]
        if together := [self.called[i] for i in tangent.active if i not in alone]:
            members = ", ".join(together[:NAMED])
            params = {"problem": "together", "members": members}
            found.append(replace(finding(BEYOND, members), params=params))
        found += [self._outside("bound-impossible", i, tangent.x) for i in tangent.impossible]
        for layer in self.carried:
            open_to = [
                f"{flow}.{layer}"
                for (flow, each), index in problem.contents.items()
                if each == layer and self.plan.classes[index] is Class.UNOBSERVABLE
            ]
            if open_to:
                members = ", ".join(open_to[:NAMED])
                item = finding("flow-unobservable", members, members=members, count=len(open_to))
                if len(open_to) > NAMED:
                    more = len(open_to) - NAMED
                    item = replace(item, params={**item.params, "more": more})
                found.append(item)
        return found

    def _outside(self, code: str, index: int, x: Floats | None) -> Finding:
        """What a value would have to be, and its bounds; no word for an open end."""
        factor = float(self.problem.linear.factor[index])
        name = self.called[index]
        params: dict[str, object] = {"members": name, "unit": ""}
        if x is not None:
            params["value"] = float(x[index] / factor)
        for key, ends in (("low", self.problem.low), ("high", self.problem.high)):
            if np.isfinite(ends[index]):
                params[key] = float(ends[index] / factor)
        return replace(finding(code, name), params=params)
