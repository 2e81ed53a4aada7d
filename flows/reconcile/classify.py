"""What can be known of each flow: graph for plain balances, elimination with further equations.

Both bring A x = b to a reduced row echelon form. Columns take part in one order, unmeasured first,
then readings, exact values last. Among readings, each row is solved for the one whose sigma weighs
most in it (for balances alone the greedy basis of a matroid: in a graph, a spanning forest of
Kruskal by falling sigma, and its fundamental cutsets). Hence

- a row that begins with an unmeasured variable and holds no other one makes it observable;
- rows that begin with a reading are the redundancy, and every reading in them is redundant;
- rows of exact values only are conditions on them, fulfilled or contradicted;
- in a redundant row no coefficient times sigma is much above the sigma of the variable that the row
  is solved for, so that rows scaled by it have entries of about 1 at most, over any number of
  decades of magnitude and in any mixture of units.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flows.reconcile.problem import Readings, System

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: An entry left over from a subtraction counts as 0 below this share of what was subtracted.
CANCELLED = 1e-11
#: Where much of it canceled before, so does one below this share of the greatest that it came from:
#: roundings of that are left in it. A tangent on its way has differences of every size.
ROUNDED_OFF, MUCH = 64 * np.finfo(float).eps, 1e-3
#: So does one below this many times what was set to 0 in what it came from.
LOST = 4.0
#: A pivot this share of the best one is good enough.
FIT = 0.01
#: Exact values contradict where a residual is above this share of the sum of its terms.
CONTRADICTED = 1e-12


class Class(StrEnum):
    """What the data say of a flow."""

    REDUNDANT = "redundant"  # measured, and the balances say something of it too
    NONREDUNDANT = "nonredundant"  # measured, nothing else speaks of it
    OBSERVABLE = "observable"  # not measured, follows from the others
    UNOBSERVABLE = "unobservable"  # not measured, cannot be known
    EXACT = "exact"  # declared without uncertainty
    BOUNDED = "bounded"  # stands at its least or greatest value


@dataclass(frozen=True)
class Echelon:
    """Reduced row echelon form of A x = b under `order`.

    Attributes:
        rows, right: Shape (rank, n) and (rank,); `rows[i, pivots[i]]` is 1.
        pivots: Variable that each row is solved for, shape (rank,).
        sides: For each row of exact values only, its equations as (label index, weight) so that
            sum(weight * equation) is that row; by row index.
        broken: Equations without any variable whose right side is not 0, in the same form.
    """

    rows: Floats
    right: Floats
    pivots: Ints
    sides: dict[int, tuple[tuple[int, float], ...]]
    broken: tuple[tuple[tuple[int, float], ...], ...] = ()


def ordering(system: System, readings: Readings) -> tuple[Ints, Ints]:
    """Column order (n,) and rank of each variable in it: 0 unmeasured, 1 measured, 2 exact."""
    group = np.zeros(system.size, dtype=np.intp)
    weight = np.zeros(system.size)
    group[readings.of] = np.where(readings.sigma > 0.0, 1, 2)
    # Rows are solved for exact values that come first: what is left over of great ones that nearly
    # cancel is a rounding of theirs, and may be more than all of a small flow.
    sizes = 0.0 if readings.sizes is None else readings.sizes
    weight[readings.of] = np.where(readings.sigma > 0.0, -readings.sigma, -sizes)
    order = np.lexsort((np.arange(system.size), weight, group)).astype(np.intp)
    return order, group


def echelon(system: System, readings: Readings) -> Echelon:
    """Echelon form by the graph where all equations are balances, else by elimination."""
    if system.rows:
        return by_elimination(system, readings)
    return by_graph(system, readings)


def classes(form: Echelon, system: System, readings: Readings) -> list[Class]:
    """Class of each variable, without bounds."""
    _, group = ordering(system, readings)
    holds = form.rows != 0.0
    first = group[form.pivots]
    alone = holds[:, group == 0].sum(axis=1) == 1
    observable = set(form.pivots[(first == 0) & alone].tolist())
    redundant = holds[first == 1].any(axis=0)
    result = []
    for variable in range(system.size):
        if group[variable] == 0:
            known = variable in observable
            result.append(Class.OBSERVABLE if known else Class.UNOBSERVABLE)
        elif group[variable] == 2:
            result.append(Class.EXACT)
        else:
            result.append(Class.REDUNDANT if redundant[variable] else Class.NONREDUNDANT)
    return result


class Forest:
    """Spanning forest grown edge by edge in a given order (Kruskal), the ground a vertex."""

    def __init__(self, system: System, order: Sequence[int]) -> None:
        count = len(system.nodes) + 1  # GROUND = -1 is the last vertex
        root = list(range(count))
        self.tails = [int(end) % count for end in system.tails]
        self.heads = [int(end) % count for end in system.heads]
        self.edges: list[int] = []
        self.neighbors: list[list[tuple[int, int]]] = [[] for _ in range(count)]
        for edge in order:
            tail, head = find(root, self.tails[edge]), find(root, self.heads[edge])
            if tail != head:
                root[tail] = head
                self.edges.append(edge)
                self.neighbors[self.tails[edge]].append((self.heads[edge], edge))
                self.neighbors[self.heads[edge]].append((self.tails[edge], edge))
        self._hang()

    def _hang(self) -> None:
        """Parents and depths, the tree of the ground rooted at it."""
        count = len(self.neighbors)
        self.parent = [-1] * count
        self.up = [-1] * count
        self.depth = [-1] * count
        for start in (count - 1, *range(count - 1)):
            if self.depth[start] >= 0:
                continue
            self.depth[start] = 0
            stack = [start]
            while stack:
                vertex = stack.pop()
                for other, edge in self.neighbors[vertex]:
                    if self.depth[other] < 0:
                        self.depth[other] = self.depth[vertex] + 1
                        self.parent[other], self.up[other] = vertex, edge
                        stack.append(other)

    def path(self, edge: int) -> list[tuple[int, float]]:
        """Tree edges from the tail to the head of `edge`, +1 where walked along their direction."""
        left, right = self.tails[edge], self.heads[edge]
        steps: list[tuple[int, float]] = []
        while left != right:
            if self.depth[left] >= self.depth[right]:
                step = self.up[left]
                steps.append((step, 1.0 if self.tails[step] == left else -1.0))
                left = self.parent[left]
            else:
                step = self.up[right]
                steps.append((step, 1.0 if self.heads[step] == right else -1.0))
                right = self.parent[right]
        return steps

    def below(self, edge: int) -> tuple[list[int], float]:
        """Vertices cut off from their root by `edge`, and +1 where the edge enters them."""
        tail, head = self.tails[edge], self.heads[edge]
        top = head if self.up[head] == edge else tail
        found, stack = [], [top]
        while stack:
            vertex = stack.pop()
            found.append(vertex)
            stack.extend(
                other for other, _ in self.neighbors[vertex] if self.parent[other] == vertex
            )
        return sorted(found), 1.0 if top == head else -1.0


def find(root: list[int], vertex: int) -> int:
    """Representative of a vertex, halving the path on the way (union-find)."""
    while root[vertex] != vertex:
        root[vertex] = root[root[vertex]]
        vertex = root[vertex]
    return vertex


def by_graph(system: System, readings: Readings) -> Echelon:
    """Echelon form of plain balances: fundamental cutsets of the forest; whole numbers, exact."""
    order, group = ordering(system, readings)
    forest = Forest(system, order.tolist())
    row_of = {edge: row for row, edge in enumerate(forest.edges)}
    rows = np.zeros((len(forest.edges), system.size))
    for edge in range(system.size):
        if edge in row_of:
            rows[row_of[edge], edge] = 1.0
            continue
        for step, sign in forest.path(edge):
            rows[row_of[step], edge] = sign
    sides = {}
    for edge, row in row_of.items():
        if group[edge] == 2:
            vertices, sign = forest.below(edge)
            sides[row] = tuple((vertex, sign) for vertex in vertices)
    pivots = np.array(forest.edges, dtype=np.intp)
    return Echelon(rows, np.zeros(len(rows)), pivots, sides)


class _Elimination:
    """Gauss-Jordan on [A | b | I]: the last block tells of which equations each row is made."""

    def __init__(self, system: System) -> None:
        matrix, right = system.equations()
        self.size = system.size
        self.work = np.hstack([matrix, right[:, None], np.eye(len(matrix))])
        largest = np.abs(matrix).max(axis=1, initial=0.0)
        self.work /= np.where(largest > 0.0, largest, 1.0)[:, None]
        # Whole numbers leave no rounding behind: what entries came from need not be kept.
        rounds = bool(((matrix != 0.0) & (np.abs(matrix) != 1.0)).any())
        self.origin = np.abs(self.work) if rounds else None
        self.dropped = np.zeros_like(self.work)
        self.free = np.ones(len(matrix), dtype=bool)
        self.pivots: list[int] = []
        self.at: list[int] = []

    def _solve_for(self, column: int, row: int) -> Ints:
        """Make a row that of a column; the rows that changed."""
        work = self.work
        if self.origin is not None:
            self.origin[row] /= abs(work[row, column])
            self.dropped[row] /= abs(work[row, column])
        work[row] /= work[row, column]
        others = np.flatnonzero(work[:, column] != 0.0)
        others = others[others != row]
        columns = np.flatnonzero(work[row])
        part: tuple[Ints | slice, ...] = np.ix_(others, columns)
        if 2 * len(columns) > work.shape[1]:
            part, columns = (others, slice(None)), np.arange(work.shape[1])
        taken = work[others, column][:, None] * work[row, columns][None, :]
        before = work[part]
        after = before - taken
        gone = np.abs(after) <= CANCELLED * np.maximum(np.abs(before), np.abs(taken))
        if self.origin is not None:
            factors = np.abs(work[others, column])[:, None]
            gone |= self._rounded_off(part, factors, (row, columns), before, after)
            left = np.where(gone, np.abs(after), 0.0)
            self.dropped[part] = np.maximum(self.dropped[part], left)
            self.origin[part] = np.where(gone, 0.0, self.origin[part])
        after[gone] = 0.0
        work[part] = after
        work[others, column] = 0.0
        self.free[row] = False
        self.pivots.append(column)
        self.at.append(row)
        return np.append(others, row).astype(np.intp)

    def _rounded_off(
        self,
        part: tuple[Ints | slice, ...],
        factors: Floats,
        taken: tuple[int, Ints],
        before: Floats,
        after: Floats,
    ) -> Bools:
        """What is left of roundings, or of an entry that was set to 0 where its like was not."""
        assert self.origin is not None  # noqa: S101  asked for only where it is kept
        self.origin[part] = np.maximum(self.origin[part], factors * self.origin[taken])
        self.dropped[part] = np.maximum(self.dropped[part], factors * self.dropped[taken])
        size = np.abs(after)
        much = size <= MUCH * np.abs(before)
        left: Bools = much & (size <= ROUNDED_OFF * self.origin[part])
        return left | (size <= LOST * self.dropped[part])

    def in_order(self, columns: Ints, sigma: Floats) -> None:
        """Rows for columns as they come, where they weigh well; there the one that knows best.

        Scaled partial pivoting among the columns themselves; of the rows that are good enough,
        the one whose readings, by their sigmas, leave least uncertain what it is solved for.
        """
        for column in columns.tolist():
            candidates = np.flatnonzero(self.free & (self.work[:, column] != 0.0))
            if not len(candidates):
                continue
            entries = np.abs(self.work[candidates, : self.size])
            share = entries[:, column] / entries[:, columns].max(axis=1)
            doubt = (entries @ sigma) / entries[:, column]
            doubt[share < FIT * share.max()] = np.inf
            self._solve_for(column, int(candidates[np.argmin(doubt)]))

    def by_weight(self, columns: Ints, sigma: Floats) -> None:
        """Of each row the column of greatest |coefficient| sigma; rows by their columns' order."""
        if not len(columns) or not len(self.work):
            return
        none = len(columns)
        heaviest = np.full(len(self.work), none)
        changed = np.arange(len(self.work))
        while True:
            weights = np.abs(self.work[np.ix_(changed, columns)]) * sigma
            some = self.free[changed] & (weights.max(axis=1) > 0.0)
            heaviest[changed] = np.where(some, weights.argmax(axis=1), none)
            row = int(heaviest.argmin())
            if heaviest[row] == none:
                return
            changed = self._solve_for(int(columns[heaviest[row]]), row)

    def side(self, row: int) -> tuple[tuple[int, float], ...]:
        """The equations of which a row is made."""
        weights = self.work[row, self.size + 1 :]
        return tuple((int(i), float(weights[i])) for i in np.flatnonzero(weights))


def by_elimination(system: System, readings: Readings) -> Echelon:
    """Echelon form of any linear equations.

    Whether an entry vanished is judged by what was subtracted, never by its size: a change of
    unit of an equation or a flow changes no decision.
    """
    order, group = ordering(system, readings)
    sigma = np.zeros(system.size)
    sigma[readings.of] = readings.sigma
    unmeasured, inexact, exact = (order[group[order] == each] for each in range(3))
    made = _Elimination(system)
    made.in_order(unmeasured, sigma)
    made.by_weight(inexact, sigma[inexact])
    made.in_order(exact, sigma)
    broken = [row for row in np.flatnonzero(made.free) if made.work[row, system.size] != 0.0]
    sides = {
        index: made.side(row)
        for index, (row, pivot) in enumerate(zip(made.at, made.pivots, strict=True))
        if group[pivot] == 2
    }
    return Echelon(
        made.work[made.at, : system.size],
        made.work[made.at, system.size],
        np.array(made.pivots, dtype=np.intp),
        sides,
        tuple(made.side(int(row)) for row in broken),
    )
