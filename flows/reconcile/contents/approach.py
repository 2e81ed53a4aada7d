"""Where turns begin and how far each of them goes: a first point, and a merit of points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.problem import Readings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from flows.reconcile.contents.products import ContentsProblem
    from flows.reconcile.plan import Plan

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: A step is shortened no further than this share of it.
SHORTEST = 1e-6
#: Share of the promised gain with which a step is content (Armijo).
GAIN = 1e-4


def values_of(plan: Plan, values: Floats) -> Floats:
    """The solution of a plan, whether or not its exact values contradict each other.

    At a point where the products do not close yet, they may seem to.
    """
    adjustment, _ = plan.adjust(values[None])
    reconciled = plan.reconciled(values[None], adjustment)
    x = np.full(plan.system.size, np.nan)
    x[plan.readings.of] = reconciled[0]
    known = [i for i, each in enumerate(plan.classes) if each is Class.OBSERVABLE]
    if known:
        x[known] = plan.unmeasured(reconciled)[0]
    return x


class Merit:
    """Half the weighted sum of squares, and a weight times what products and bounds leave over."""

    def __init__(self, problem: ContentsProblem, x: Floats) -> None:
        readings = problem.linear.readings
        inexact = readings.sigma > 0.0
        self._of, self._sigma = readings.of[inexact], readings.sigma[inexact]
        self._values = problem.linear.values[inexact]
        self._root = None
        if readings.correlation is not None:
            self._root = np.linalg.cholesky(readings.correlation)
        self._ends = [
            np.array([getattr(each, key) for each in problem.products], dtype=np.intp)
            for key in ("result", "amount", "share")
        ]
        result, amount, share = (x[each] for each in self._ends)
        scale = np.maximum(np.abs(result), np.abs(amount * share))
        self._scale = np.where(scale > 0.0, scale, 1.0)
        self._weight = 0.0

    def _white(self, change: Floats) -> Floats:
        scaled = change / self._sigma
        return scaled if self._root is None else np.asarray(np.linalg.solve(self._root, scaled))

    def _left(self, x: Floats, held: tuple[Ints, Floats, Floats]) -> float:
        result, amount, share = (x[each] for each in self._ends)
        index, at, size = held
        left = (np.abs(result - amount * share) / self._scale).sum()
        return float(left + (np.abs(x[index] - at) / size).sum())

    def _value(self, x: Floats, held: tuple[Ints, Floats, Floats]) -> float:
        off = self._white(x[self._of] - self._values)
        return float(0.5 * off @ off + self._weight * self._left(x, held))

    def length(self, x: Floats, step: Floats, active: Mapping[int, float]) -> float | None:
        """How much of a step is taken; None if none of it helps.

        Args:
            x: Where it begins.
            step: To the answer of the tangent at x.
            active: Bounds that hold at its end, by variable.
        """
        index = np.array(list(active), dtype=np.intp)
        at = np.array(list(active.values()))
        size = np.maximum(np.abs(x[index]), np.abs(at))
        size[size == 0.0] = 1.0
        held = index, at, size
        off, move = self._white(x[self._of] - self._values), self._white(step[self._of])
        slope, bend, left = float(off @ move), float(move @ move), self._left(x, held)
        rounding = 1e-13 * (1.0 + float(off @ off))
        if left > 0.0:
            self._weight = max(self._weight, 2.0 * (slope + 0.5 * bend) / left, 1.0)
        promised = self._weight * left - slope
        now, length = self._value(x, held), 1.0
        while length >= SHORTEST:
            gain = now - self._value(x + length * step, held)
            if gain >= GAIN * length * promised - rounding:
                return length
            length *= 0.5
        return None


def start(problem: ContentsProblem) -> Floats:
    """A point that fulfills all linear equations: readings, balances of the amounts, guesses.

    Contents without a reading begin at the median of their layer; then balances of the layer,
    with what each flow may carry at its uncertainty, say better.
    """
    linear = problem.linear
    system, readings = linear.system, linear.readings
    plan = compile_plan(system, readings)
    x = values_of(plan, linear.values)
    spread = np.nan_to_num(plan.sigma_x)
    unknown = np.isnan(x)
    carriers = [index for name, index in linear.flows.items() if name]
    amounts = np.abs(x[carriers])
    typical = _middle(amounts)
    for index in range(problem.size):
        if unknown[index] and index not in problem.names.values():
            guess = problem.guess[index]
            x[index] = typical if np.isnan(guess) else guess
    _fill_contents(problem, x, unknown)
    for _ in range(2):
        for each in problem.products:
            if unknown[each.result]:
                x[each.result] = x[each.amount] * x[each.share]
                spread[each.result] = np.hypot(
                    x[each.amount] * (spread[each.share] or unknown[each.share] * x[each.share]),
                    x[each.share] * (spread[each.amount] or unknown[each.amount] * x[each.amount]),
                )
        x = _project(problem, x, np.where(spread > 0.0, spread, np.abs(x)))
        for each in problem.products:
            if unknown[each.share] and x[each.amount] != 0.0:
                x[each.share] = abs(x[each.result] / x[each.amount])
    return _project(problem, x, np.where(spread > 0.0, spread, np.abs(x)))


def _middle(values: Floats) -> float:
    """Median of what is known and not 0, else 1."""
    some = np.abs(values[~np.isnan(values)])
    some = some[some > 0.0]
    return float(np.median(some)) if len(some) else 1.0


def _fill_contents(problem: ContentsProblem, x: Floats, unknown: NDArray[np.bool_]) -> None:
    layers = dict.fromkeys(layer for _, layer in problem.contents)
    for layer in layers:
        of = np.array([i for (_, each), i in problem.contents.items() if each == layer])
        middle = _middle(np.where(unknown[of], np.nan, x[of]))
        x[of[unknown[of]]] = middle


def _project(problem: ContentsProblem, x: Floats, spread: Floats) -> Floats:
    """The nearest point that fulfills all linear equations; exact readings stay."""
    linear = problem.linear
    sigma = np.where(spread > 0.0, spread, _middle(spread))
    of = linear.readings.of
    sigma[of] = linear.readings.sigma
    point = x.copy()
    exact = linear.readings.sigma == 0.0
    point[of[exact]] = linear.values[exact]
    readings = Readings(np.arange(problem.size, dtype=np.intp), sigma)
    return values_of(compile_plan(linear.system, readings), point)[: problem.size]
