"""Plans of great plain networks: a grounded weighted Laplacian, factored sparsely.

Processes joined by unmeasured flows are merged (they share one balance); what is left is
B diag(sigma^2) B' with B the incidence matrix, nearly without fill. Posterior variances are
sigma^2 (1 - leverage) here: where a reading is a thousand times worse than what the balances say
of it, six of sixteen digits of its posterior sigma are lost (`DensePlan` loses none).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import Class, Forest, find, ordering
from flows.reconcile.plan import ROUNDINGS, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.problem import Readings, System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: Right sides solved at once.
BLOCK = 256


class SparsePlan(Plan):
    """Plain balances with independent readings, some ten thousand flows."""

    def __init__(self, system: System, readings: Readings) -> None:
        """Compile."""
        self.system, self.readings = system, readings
        order, group = ordering(system, readings)
        self._group = group
        self._forest = Forest(system, order.tolist())
        self._merge()
        self._levels()
        self._classify()
        self._laplacian()
        self._spreads()

    def _merge(self) -> None:
        """Number the merged nodes; one node of every part without ground is left out (-1)."""
        forest, group = self._forest, self._group
        count = len(self.system.nodes) + 1
        merged, joined = list(range(count)), list(range(count))
        for edge in forest.edges:
            if group[edge] == 2:
                continue
            tail, head = forest.tails[edge], forest.heads[edge]
            joined[find(joined, tail)] = find(joined, head)
            if group[edge] == 0:
                merged[find(merged, tail)] = find(merged, head)
        label = np.array([find(merged, vertex) for vertex in range(count)])
        part = np.array([find(joined, vertex) for vertex in range(count)])
        dropped = {part[count - 1]: label[count - 1]}
        for vertex in range(count):
            dropped.setdefault(part[vertex], label[vertex])
        kept = sorted(set(label.tolist()) - set(dropped.values()))
        number = np.full(count, -1, dtype=np.intp)
        number[kept] = np.arange(len(kept))
        self._label = label
        self._number = number[label]
        self._size = len(kept)
        self.dof = len(kept)

    def _levels(self) -> None:
        """Vertices that hang on a parent, by depth: by an unmeasured edge, and by any.

        And the readings that are edges of the forest: place, vertex below, +1 where they leave it.
        """
        forest, group = self._forest, self._group
        place = np.full(self.system.size, -1)
        place[self.readings.of] = np.arange(len(self.readings.of))
        by_depth: tuple[dict[int, list[int]], dict[int, list[int]]] = {}, {}
        carriers: list[tuple[int, int, float]] = []
        for vertex, edge in enumerate(forest.up):
            if edge < 0:
                continue
            for levels in by_depth if group[edge] == 0 else by_depth[1:]:
                levels.setdefault(forest.depth[vertex], []).append(vertex)
            if group[edge] == 1:
                sign = -1.0 if forest.heads[edge] == vertex else 1.0
                carriers.append((int(place[edge]), vertex, sign))
        self._hanging, self._tree = (
            [np.array(levels[depth]) for depth in sorted(levels)] for levels in by_depth
        )
        self._parent = np.array(forest.parent)
        self._carriers = (
            np.array([each[0] for each in carriers], dtype=np.intp),
            np.array([each[1] for each in carriers], dtype=np.intp),
            np.array([each[2] for each in carriers]),
        )

    def _classify(self) -> None:
        """Bridges of the unmeasured graph are the tree edges on no cycle of it."""
        forest, group = self._forest, self._group
        covered = list(range(len(forest.parent)))
        tree = set(forest.edges)
        for edge in np.flatnonzero(group == 0).tolist():
            if edge in tree:
                continue
            left, right = find(covered, forest.tails[edge]), find(covered, forest.heads[edge])
            while left != right:
                if forest.depth[left] < forest.depth[right]:
                    left, right = right, left
                covered[left] = forest.parent[left]
                left = find(covered, left)
        open_ = {
            forest.up[vertex]: vertex
            for vertex in range(len(forest.parent))
            if forest.up[vertex] >= 0 and covered[vertex] == vertex
        }
        self._bridge = {edge: vertex for edge, vertex in sorted(open_.items()) if group[edge] == 0}
        ends = self._label[self.system.tails], self._label[self.system.heads]
        loop = ends[0] == ends[1]
        self.classes = []
        for variable, each in enumerate(group.tolist()):
            if each == 0:
                known = variable in self._bridge
                self.classes.append(Class.OBSERVABLE if known else Class.UNOBSERVABLE)
            elif each == 2:
                self.classes.append(Class.EXACT)
            else:
                self.classes.append(Class.NONREDUNDANT if loop[variable] else Class.REDUNDANT)

    def _laplacian(self) -> None:
        from scipy.sparse import coo_array, csc_array, diags_array
        from scipy.sparse.linalg import splu

        of = self.readings.of
        count = len(self.system.nodes)
        columns = np.arange(len(of))

        def incidence(of_node: Ints, size: int) -> csc_array:
            data, rows, places = [], [], []
            for ends, sign in ((self.system.heads, 1.0), (self.system.tails, -1.0)):
                node = of_node[ends[of]]
                inside = node >= 0
                rows.append(node[inside])
                places.append(columns[inside])
                data.append(np.full(int(inside.sum()), sign))
            parts = np.concatenate(data), (np.concatenate(rows), np.concatenate(places))
            result = csc_array(coo_array(parts, shape=(size, len(of))))
            result.eliminate_zeros()
            return result

        self._whole = incidence(np.arange(count + 1), count + 1)  # every node apart, and the ground
        self._balance = incidence(self._number, self._size)
        self._weights = self.readings.sigma**2
        weighted = self._balance @ diags_array(self._weights)
        laplacian = csc_array(weighted @ self._balance.T)
        self._even = 1.0 / np.sqrt(laplacian.diagonal()) if self._size else np.zeros(0)
        scaling = diags_array(self._even)
        if self._size:
            self._factors = splu(
                csc_array(scaling @ laplacian @ scaling),
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )

    def _inverse(self, right: Floats) -> Floats:
        """Inverse Laplacian times right sides of shape (merged nodes, columns)."""
        if not self._size:
            return np.zeros_like(right)
        even = self._even[:, None]
        return np.asarray(even * self._factors.solve(np.ascontiguousarray(even * right)))

    def _spreads(self) -> None:
        """Leverage of each reading from the inverse at its two ends; posterior sigmas."""
        of, sigma = self.readings.of, self.readings.sigma
        tail, head = self._number[self.system.tails[of]], self._number[self.system.heads[of]]
        resistance = np.zeros(len(of))
        for begin in range(0, self._size, BLOCK):
            block = np.arange(begin, min(begin + BLOCK, self._size))
            unit = np.zeros((self._size, len(block)))
            unit[block, block - begin] = 1.0
            columns = self._inverse(unit)
            for node, other, both in ((tail, head, -2.0), (head, tail, 0.0)):
                at = np.flatnonzero((node >= begin) & (node < begin + len(block)))
                resistance[at] += columns[node[at], node[at] - begin]
                inner = at[other[at] >= 0]
                resistance[inner] += both * columns[other[inner], node[inner] - begin]
        apart = np.array([self.classes[variable] is Class.REDUNDANT for variable in of], dtype=bool)
        leverage = np.where(apart, np.clip(sigma**2 * resistance, 0.0, 1.0), 0.0)
        self.spread = sigma * np.sqrt(leverage)
        self.sigma_x = np.full(self.system.size, np.nan)
        self.sigma_x[of] = sigma * np.sqrt(1.0 - leverage)
        known = np.array(list(self._bridge), dtype=np.intp)
        for begin in range(0, len(known), BLOCK):
            block = known[begin : begin + BLOCK]
            self.sigma_x[block] = np.sqrt(np.maximum(self._variance(block).diagonal(), 0.0))

    def adjust(self, values: Floats) -> tuple[Floats, Floats]:
        """See `Plan.adjust`."""
        adjustment = np.zeros_like(values)
        if not self._size:
            return adjustment, np.zeros(len(values))
        count = np.asarray(abs(self._balance).sum(axis=1)).ravel()
        terms = abs(self._balance) @ np.abs(values).T
        residual = self._balance @ values.T
        close = np.finfo(float).eps * np.maximum(ROUNDINGS, count)[:, None] * terms
        residual[np.abs(residual) <= close] = 0.0
        potential = self._inverse(residual)
        # Once more on what rounding left over.
        left = residual - self._balance @ (self._weights[:, None] * (self._balance.T @ potential))
        potential += self._inverse(left)
        adjustment = -(self._weights[:, None] * (self._balance.T @ potential)).T
        return np.ascontiguousarray(adjustment), np.einsum("ij,ij->j", residual, potential)

    def reconciled(self, values: Floats, adjustment: Floats) -> Floats:
        """See `Plan.reconciled`.

        A measured edge of the forest that moved carries what all balances below it lack, to
        rounding; the difference of a great reading and a great adjustment would not.
        """
        result = values + adjustment
        place, vertex, sign = self._carriers
        rest = result.copy()
        rest[:, place] = 0.0
        net = self._whole @ rest.T
        for level in reversed(self._tree):
            np.add.at(net, self._parent[level], net[level])
        carried = (sign[:, None] * net[vertex]).T
        moved = adjustment[:, place] != 0.0
        result[:, place] = np.where(moved, carried, result[:, place])
        return result

    def unmeasured(self, values: Floats) -> Floats:
        """See `Plan.unmeasured`."""
        # What all balances below a bridge lack, it carries.
        net = self._whole @ values.T
        for level in reversed(self._hanging):
            np.add.at(net, self._parent[level], net[level])
        forest = self._forest
        result = np.empty((len(values), len(self._bridge)))
        for column, (edge, vertex) in enumerate(self._bridge.items()):
            result[:, column] = -net[vertex] if forest.heads[edge] == vertex else net[vertex]
        return result

    def _sensitivity(self, variables: Ints) -> Floats:
        """Derivative of variables by reconciled readings, shape (k, v)."""
        place = np.full(self.system.size, -1)
        place[self.readings.of] = np.arange(len(self.readings.of))
        below = np.zeros((len(self.system.nodes) + 1, len(variables)))
        result = np.zeros((len(self.readings.of), len(variables)))
        for column, variable in enumerate(variables.tolist()):
            if place[variable] >= 0:
                result[place[variable], column] = 1.0
            elif variable in self._bridge:
                vertex = self._bridge[variable]
                enters = self._forest.heads[variable] == vertex
                below[vertex, column] = -1.0 if enters else 1.0
            else:
                result[:, column] = np.nan
        for level in self._hanging:
            below[level] += below[self._parent[level]]
        return np.asarray(result + self._whole.T @ below)

    def _variance(self, variables: Ints) -> Floats:
        by = self._sensitivity(variables)
        weighted = self._weights[:, None] * by
        taken = self._balance @ weighted
        return np.asarray(by.T @ weighted - taken.T @ self._inverse(taken))

    def covariance(self, variables: Ints) -> Floats:
        """See `Plan.covariance`."""
        unknown = np.array([self.classes[i] is Class.UNOBSERVABLE for i in variables], dtype=bool)
        result = np.full((len(variables), len(variables)), np.nan)
        known = np.flatnonzero(~unknown)
        result[np.ix_(known, known)] = self._variance(np.asarray(variables)[known])
        return result

    def directions(self, places: Ints) -> Floats:
        """See `Plan.directions`."""
        by = self._balance[:, places].toarray() * self.readings.sigma[places]
        inner = by.T @ self._inverse(by)
        length = np.sqrt(inner.diagonal())
        return np.asarray(inner / np.outer(length, length))

    def conditions(self) -> list[tuple[Floats, float, tuple[tuple[int, float], ...]]]:
        """See `Plan.conditions`."""
        result = []
        exact = self.readings.sigma == 0.0
        for edge in self._forest.edges:
            if self._group[edge] == 2:
                vertices, sign = self._forest.below(edge)
                weights = np.asarray(self._whole[[*vertices], :].sum(axis=0)).ravel() * sign * exact
                result.append((weights, 0.0, tuple((vertex, sign) for vertex in vertices)))
        return result
