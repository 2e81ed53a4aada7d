"""Bounds of days solved together: which of them hold with equality, on which days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.active import TOUCHING
from flows.reconcile.bounds import pressing
from flows.reconcile.classify import CONTRADICTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from flows.network import FlowNetwork
    from flows.reconcile.days.alongdays import Table
    from flows.reconcile.days.chained import Chained, Solved

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    #: Bound, layer's unit, by row of the day and column of the flow.
    Held = Mapping[tuple[int, int], float]


@dataclass(frozen=True)
class Within:
    """Days within their bounds.

    Attributes:
        chained, solved, flows: With the bounds that press as equalities.
        active: Where a bound is held, shape (D, V).
        beyond: Where a bound is not fulfilled, because exact values alone decide; (D, V).
    """

    chained: Chained
    solved: Solved
    flows: Table
    active: Bools
    beyond: Bools


@dataclass(frozen=True)
class _Wall:
    """A bound of a flow on a day: +1 the lower, -1 the upper; layer's unit."""

    at: tuple[int, int]
    sign: float
    end: float


def within(network: FlowNetwork, free: Chained, set_up: Callable[[Held], Chained]) -> Within:
    """The least-squares solution of all days within the bounds of their flows.

    The least-distance problem over the bounds seen violated so far says which of them press
    (`bounds.pressing`, by the covariance of flows of all days); they enter as exact readings, and
    everything is solved anew. One that no longer presses is released. The search ends when nothing
    new is violated: that is the optimum of a problem with fewer bounds, and fulfills all.

    Args:
        network: Bounds, `Flow.minimum` and `maximum`.
        free: The days without any.
        set_up: The same days with some bounds held.
    """
    unheld = free.solve()
    table = free.flows(unheld)
    low, high = limits(network, table)
    watched: list[_Wall] = []
    held: dict[tuple[int, int], float] = {}
    found = free, unheld, table
    while unheld.feasible:
        fresh = _fresh(found[2], table, (low, high), free.factor, watched)
        if not fresh:
            break
        watched += fresh
        sign = np.array([wall.sign for wall in watched])
        root = root_of(free, unheld, [wall.at for wall in watched]) * sign[:, None]
        press = pressing(root, _short(table, free.factor, watched))
        held = {wall.at: wall.end for wall, each in zip(watched, press, strict=True) if each}
        chained = set_up(held)
        solved = chained.solve()
        if not held or not solved.feasible:
            held, found = {}, (free, unheld, table)
            break
        found = chained, solved, chained.flows(solved)
    active = np.zeros(table.reconciled.shape, dtype=np.bool_)
    for place in held:
        active[place] = True
    return Within(*found, active, _beyond(found[2], low, high))


def limits(network: FlowNetwork, table: Table) -> tuple[Floats, Floats]:
    """Least and greatest amount of each flow on a day, canonical unit."""
    flows = [network.flow[name] for name in table.names]
    return np.array([flow.minimum for flow in flows]), np.array([flow.maximum for flow in flows])


def _rooms(table: Table) -> Floats:
    """What is rounding of a value: by its sigma, or the greatest flow of its day."""
    most = np.abs(np.nan_to_num(table.reconciled)).max(axis=1, initial=0.0, keepdims=True)
    return np.asarray(TOUCHING * np.nan_to_num(table.sigma) + CONTRADICTED * most)


def _beyond(table: Table, low: Floats, high: Floats) -> Bools:
    room = _rooms(table)
    return np.asarray((table.reconciled < low - room) | (table.reconciled > high + room))


def _fresh(
    table: Table,
    free: Table,
    ends: tuple[Floats, Floats],
    factor: Floats,
    watched: Sequence[_Wall],
) -> list[_Wall]:
    """Bounds that the solution violates and that are not watched yet.

    A bound of what exact values alone decide, to rounding, cannot be helped and is left out.
    """
    known = {(wall.at, wall.sign) for wall in watched}
    room, result = _rooms(table), []
    most = np.abs(np.nan_to_num(free.reconciled)).max(axis=1, initial=0.0, keepdims=True)
    loose = np.nan_to_num(free.sigma) > CONTRADICTED * most
    for sign, end in zip((1.0, -1.0), ends, strict=True):
        short = loose & (sign * (end - table.reconciled) > room)
        for day, column in np.argwhere(short).tolist():
            if ((day, column), sign) not in known:
                result.append(_Wall((day, column), sign, float(end[column] * factor[column])))
    return result


def _short(table: Table, factor: Floats, watched: Sequence[_Wall]) -> Floats:
    values = [table.reconciled[wall.at] * factor[wall.at[1]] for wall in watched]
    return np.array([w.sign * (w.end - x) for w, x in zip(watched, values, strict=True)])


def root_of(chained: Chained, solved: Solved, wanted: Sequence[tuple[int, int]]) -> Floats:
    """F with F F' the covariance of flows on days, (day, column), layer's unit; a row for each."""
    days = {day for day, _ in wanted}
    where = {}
    for at, given in chained.parts:
        if days.isdisjoint(at.tolist()):
            continue
        moves = given.moves()
        where.update({day: (given, place, moves[place]) for place, day in enumerate(at.tolist())})
    common: dict[int, Floats] = {}
    own: dict[int, Floats] = {}
    for day, loading in solved.estimate.loadings():
        if day not in days:
            continue
        given, place, moves = where[day]
        columns = [column for on, column in wanted if on == day]
        wide = loading
        if day in chained.steps:
            # What readings of the day share is the day's own.
            step = chained.steps[day]
            mine = np.zeros((len(loading), step.noise.shape[1]))
            below = np.hstack([step.by @ loading, step.noise])
            wide = np.vstack([np.hstack([loading, mine]), below])
        rows = given.loadings(place, moves, wide)[chained.variables[columns]]
        common[day] = rows[:, : loading.shape[1]]
        # As many columns as there are flows are enough for what is the day's own.
        triangle = np.asarray(np.linalg.qr(rows[:, loading.shape[1] :].T, mode="r"))
        own[day] = triangle.T
    width = max(part.shape[1] for part in common.values())
    result = np.zeros((len(wanted), width + sum(part.shape[1] for part in own.values())))
    for day, part in common.items():
        lines = [place for place, (on, _) in enumerate(wanted) if on == day]
        result[lines, : part.shape[1]] = part
        result[lines, width : width + own[day].shape[1]] = own[day]
        width += own[day].shape[1]
    return result
