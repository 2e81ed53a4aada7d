"""What can be known of each flow: graph for plain balances, elimination with further equations.

Both bring A x = b to the same reduced row echelon form. Columns take part in one order, unmeasured
first, then readings by falling sigma, exact values last, and each row is solved for the first
column that it can be (the greedy basis of a matroid: in a graph, a spanning forest of Kruskal, and
its fundamental cutsets). Hence

- a row that begins with an unmeasured variable and holds no other one makes it observable;
- rows that begin with a reading are the redundancy, and every reading in them is redundant;
- rows of exact values only are conditions on them, fulfilled or contradicted;
- in a redundant row no sigma is above that of its first variable, so that rows scaled by it have
  entries up to 1 (times the coefficient), over any number of decades of magnitude.
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

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: An entry left over from a subtraction counts as 0 below this share of what was subtracted.
CANCELLED = 1e-11
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
    weight[readings.of] = -readings.sigma
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


def by_elimination(system: System, readings: Readings) -> Echelon:
    """Echelon form of any linear equations: Gauss-Jordan with scaled partial pivoting.

    Whether an entry vanished is judged by what was subtracted, never by its size: a change of
    unit of an equation or a flow changes no decision.
    """
    order, group = ordering(system, readings)
    matrix, right = system.equations()
    count = len(matrix)
    work = np.hstack([matrix, right[:, None], np.eye(count)])
    largest = np.abs(matrix).max(axis=1, initial=0.0)
    work /= np.where(largest > 0.0, largest, 1.0)[:, None]
    free = np.ones(count, dtype=bool)
    pivots: list[int] = []
    at: list[int] = []
    n = system.size
    for column in order.tolist():
        candidates = np.flatnonzero(free & (work[:, column] != 0.0))
        if not len(candidates):
            continue
        size = np.abs(work[candidates, :n])
        row = int(candidates[np.argmax(np.abs(work[candidates, column]) / size.max(axis=1))])
        work[row] /= work[row, column]
        others = np.flatnonzero(work[:, column] != 0.0)
        others = others[others != row]
        taken = work[others, column][:, None] * work[row][None, :]
        before = work[others]
        after = before - taken
        after[np.abs(after) <= CANCELLED * np.maximum(np.abs(before), np.abs(taken))] = 0.0
        work[others] = after
        work[others, column] = 0.0
        free[row] = False
        pivots.append(column)
        at.append(row)

    def side(row: int) -> tuple[tuple[int, float], ...]:
        weights = work[row, n + 1 :]
        return tuple((int(i), float(weights[i])) for i in np.flatnonzero(weights))

    broken = [row for row in np.flatnonzero(free) if work[row, n] != 0.0]
    sides = {
        index: side(row)
        for index, (row, pivot) in enumerate(zip(at, pivots, strict=True))
        if group[pivot] == 2
    }
    return Echelon(
        work[at, :n],
        work[at, n],
        np.array(pivots, dtype=np.intp),
        sides,
        tuple(side(int(row)) for row in broken),
    )
