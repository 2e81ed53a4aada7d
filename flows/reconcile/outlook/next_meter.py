"""Where to measure next: what one more meter would make known, and how much surer a target.

A meter on a flow that is known already (measured or observable) adds one equation: with posterior
covariance C, flow j and the meter's sigma s, every variance falls by C_ij^2 / (C_jj + s^2): a
rank-one update. A meter on an unobservable flow changes what can be known at all: the plan is
compiled anew. (Madron, Process Plant Performance, 1992, chapter on the design of measurement;
unverified.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.problem import Readings, System

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from flows.reconcile.plan import Plan

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: A covariance of this share of its greatest size is none.
NONE = 1e-12


@dataclass(frozen=True, slots=True)
class Meter:
    """What a meter on one variable would bring.

    Attributes:
        variable: Index of the variable.
        sigma: Of the meter, layer's unit.
        observable: Variables that become known by it, itself not counted where it was unknown.
        tested: Readings (variables) that become redundant: an error in them can show.
        redundancy: Degrees of freedom gained, 0 or 1.
        before, after: Sigma of the variable itself; before is NaN where it is unknown.
        target_before, target_after: Sigma of the target; NaN where it is unknown.
    """

    variable: int
    sigma: float
    observable: tuple[int, ...]
    tested: tuple[int, ...]
    redundancy: int
    before: float
    after: float
    target_before: float
    target_after: float

    @property
    def gain(self) -> float:
        """Share of the target's sigma that the meter takes away; infinite where it becomes known.

        0 without a target or where it stays unknown.
        """
        if math.isnan(self.target_after):
            return 0.0
        if math.isnan(self.target_before):
            return math.inf
        if self.target_before == 0.0:
            return 0.0
        return 1.0 - self.target_after / self.target_before


def with_meter(plan: Plan, variable: int, sigma: float) -> Plan:
    """The plan with one more, independent reading of a variable: the last one of a series.

    A variable that is read already is split: the new reading has an edge of its own behind it,
    index `plan.system.size`, and they are equal by balance.

    Raises:
        ValueError: If sigma is not above 0.
    """
    if not sigma > 0.0:
        raise ValueError("a meter has a sigma above 0")
    system, readings = plan.system, plan.readings
    read = variable
    if variable in readings.of:
        read = system.size
        node = len(system.nodes)
        heads = np.append(system.heads, system.heads[variable])
        heads[variable] = node
        system = System(
            (*system.names, f"{system.names[variable]} #2"),
            np.append(system.tails, node).astype(np.intp),
            heads.astype(np.intp),
            (*system.nodes, system.names[variable]),
            system.rows,
        )
    at = int(np.searchsorted(readings.of, read))
    correlation = readings.correlation
    if correlation is not None:
        place = int((readings.sigma[:at] > 0.0).sum())
        correlation = np.insert(np.insert(correlation, place, 0.0, axis=0), place, 0.0, axis=1)
        correlation[place, place] = 1.0
    return compile_plan(
        system,
        Readings(
            np.insert(readings.of, at, read),
            np.insert(readings.sigma, at, sigma),
            correlation,
        ),
    )


def next_meters(
    plan: Plan,
    sigma: Floats,
    *,
    target: Floats | None = None,
    among: Iterable[int] | None = None,
) -> tuple[Meter, ...]:
    """What a meter on each variable would bring, best first.

    Ranked by the target's gain, then by what becomes known, what becomes tested, and by how far
    the variable's own sigma falls.

    Args:
        plan: What is measured now.
        sigma: Of a meter on each variable, shape (n,); a relative one times the flow that is
            expected there. Where it is not above 0 no meter is considered.
        target: Weights of a sum of variables whose sigma counts, shape (n,): a flow, or the
            linearized yield of a chain (1 / input at the product, -yield / input at the input).
        among: Variables that are considered; None for all but exact ones.
    """
    size = plan.system.size
    weights = np.zeros(size) if target is None else target
    wanted = np.flatnonzero(weights != 0.0)
    known = np.array([each is not Class.UNOBSERVABLE for each in plan.classes])
    current = _Knowledge(plan, np.flatnonzero(known))
    before = current.sigma(wanted, weights) if target is not None else math.nan
    candidates = range(size) if among is None else among
    found = []
    for variable in candidates:
        if plan.classes[variable] is Class.EXACT or not sigma[variable] > 0.0:
            continue
        meter = float(sigma[variable])
        if known[variable]:
            found.append(current.updated(variable, meter, wanted, weights, before))
        else:
            found.append(_compiled(plan, variable, meter, wanted, weights, before))
    return tuple(sorted(found, key=_rank))


def _rank(item: Meter) -> tuple[float, int, int, float, int]:
    own = 0.0 if math.isnan(item.before) or not item.before else 1.0 - item.after / item.before
    return (-item.gain, -len(item.observable), -len(item.tested), -own, item.variable)


class _Knowledge:
    """Posterior covariance of what is known, and the rank-one updates of it."""

    def __init__(self, plan: Plan, known: Ints) -> None:
        self.plan, self.known = plan, known
        self.place = {variable: place for place, variable in enumerate(known.tolist())}
        self.covariance = plan.covariance(known)
        # A tied reading moves with others, and is tested by nothing for all that: what tests what
        # is a matter of the equations alone.
        readings = plan.readings
        self.alone = self.covariance
        if readings.correlation is not None:
            independent = compile_plan(plan.system, Readings(readings.of, readings.sigma))
            self.alone = independent.covariance(known)
        self.untested = [i for i, each in enumerate(plan.classes) if each is Class.NONREDUNDANT]

    def sigma(self, wanted: Ints, weights: Floats) -> float:
        """Of the target; NaN where a part of it is unknown."""
        if any(variable not in self.place for variable in wanted.tolist()):
            return math.nan
        root = self.plan.root(wanted, weights[wanted][None])
        return float(np.linalg.norm(root))

    def updated(
        self, variable: int, meter: float, wanted: Ints, weights: Floats, before: float
    ) -> Meter:
        at = self.place[variable]
        column = self.covariance[at]
        own = float(column[at])
        after = before
        if not math.isnan(before):
            with_target = float(sum(weights[i] * column[self.place[i]] for i in wanted.tolist()))
            fall = with_target**2 / (own + meter**2)
            after = math.sqrt(max(before**2 - fall, 0.0))
        tested = self._tested(variable)
        return Meter(
            variable,
            meter,
            (),
            tested,
            1,
            math.sqrt(own),
            math.sqrt(own) * meter / math.hypot(math.sqrt(own), meter),
            before,
            after,
        )

    def _tested(self, variable: int) -> tuple[int, ...]:
        """Readings that a meter on a known variable makes redundant: those it follows from."""
        column = self.alone[self.place[variable]]
        scale = np.sqrt(column[self.place[variable]] * self.alone.diagonal())
        return tuple(
            i for i in self.untested if abs(column[self.place[i]]) > NONE * scale[self.place[i]]
        )


def _changed(plan: Plan, better: Plan, before: Class, after: Class) -> tuple[int, ...]:
    """Variables of one class that are of another now; those of the old plan come first."""
    pairs = zip(plan.classes, better.classes, strict=False)
    return tuple(i for i, (old, new) in enumerate(pairs) if old is before and new is after)


def _compiled(
    plan: Plan, variable: int, meter: float, wanted: Ints, weights: Floats, before: float
) -> Meter:
    better = with_meter(plan, variable, meter)
    after = math.nan
    if len(wanted) and not np.isnan(better.sigma_x[wanted]).any():
        after = float(np.linalg.norm(better.root(wanted, weights[wanted][None])))
    return Meter(
        variable,
        meter,
        _changed(plan, better, Class.UNOBSERVABLE, Class.OBSERVABLE),
        _changed(plan, better, Class.NONREDUNDANT, Class.REDUNDANT),
        better.dof - plan.dof,
        math.nan,
        float(better.sigma_x[variable]),
        before,
        after,
    )
