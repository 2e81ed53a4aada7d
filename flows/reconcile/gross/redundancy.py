"""What the readings say of each other: residuals of redundant rows, and what an error does to them.

Every test of gross error is linear in these residuals. They are brought to independent standard
normal numbers ("white"), so that each test is a direction among them: its statistic is the
component along it, and two tests are as dependent as the angle between them says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import echelon, find, ordering
from flows.reconcile.plan import ROUNDINGS
from flows.reconcile.problem import GROUND, Readings, System

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.plan import Plan

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Redundancy:
    """Redundant rows G y = g of k readings, without any unmeasured variable; m degrees of freedom.

    With residuals r = G y - g, their covariance S = G V G' = L L' and white residuals w = L^-1 r,
    an error b of reading i moves r by b G e_i, and b lost at node p moves it by b times what a
    further outflow there, taken for none, leaves open (Narasimhan and Mah, AIChE J. 33, 1987).

    Attributes:
        rows: G, each row in the sigma of the reading that it is solved for, shape (m, k).
        right: g, shape (m,).
        first: Place of the reading that each row is solved for, shape (m,).
        scale: Its sigma, by which the row was divided, shape (m,).
        losses: Residuals of one unit lost at each node, shape (m, nodes).
        root: L, shape (m, m).
        signatures: L^-1 [G, losses], shape (m, k + nodes); candidates are numbered so:
            readings by place, then nodes.
    """

    rows: Floats
    right: Floats
    first: Ints
    scale: Floats
    losses: Floats
    root: Floats
    signatures: Floats

    @property
    def dof(self) -> int:
        """Degrees of freedom."""
        return len(self.rows)

    @property
    def count(self) -> int:
        """Number of readings."""
        return int(self.rows.shape[1])

    def residuals(self, values: Floats) -> Floats:
        """Residuals of readings (days, k), shape (days, m); what closes to rounding is 0."""
        residual = values @ self.rows.T - self.right
        terms = np.abs(values) @ np.abs(self.rows.T) + np.abs(self.right)
        count = np.maximum(ROUNDINGS, (self.rows != 0.0).sum(axis=1))
        residual[np.abs(residual) <= np.finfo(float).eps * count * terms] = 0.0
        return np.asarray(residual)

    def white(self, values: Floats) -> Floats:
        """Standard normal without gross error: w of readings (days, k), shape (days, m)."""
        return np.asarray(np.linalg.solve(self.root, self.residuals(values).T).T)

    def units(self) -> Floats:
        """Signatures of length 1, shape (m, k + nodes); 0 where no balance shows the error."""
        length = np.linalg.norm(self.signatures, axis=0)
        seen = length > 0.0
        return np.where(seen, self.signatures / np.where(seen, length, 1.0), 0.0)


def rows_of(system: System, readings: Readings) -> tuple[Floats, Floats, Floats, Ints]:
    """G, g and losses as in `Redundancy`, not scaled, and the place each row is solved for.

    A loss at each node is added as a variable known to be 0: the last in order, so it changes
    nothing else, and its column tells what one unit of it leaves open.
    """
    nodes = len(system.nodes)
    wide = System(
        (*system.names, *system.nodes),
        np.append(system.tails, np.arange(nodes)).astype(np.intp),
        np.append(system.heads, np.full(nodes, GROUND)).astype(np.intp),
        system.nodes,
        system.rows,
    )
    added = np.arange(system.size, system.size + nodes)
    known = Readings(
        np.append(readings.of, added).astype(np.intp), np.append(readings.sigma, np.zeros(nodes))
    )
    form = echelon(wide, known)
    _, group = ordering(wide, known)
    tested = group[form.pivots] == 1
    rows = form.rows[tested]
    place = np.full(wide.size, -1, dtype=np.intp)
    place[readings.of] = np.arange(len(readings.of))
    first = place[form.pivots[tested]]
    # The loss is in the row with the sign of a variable; taken for none it is missing.
    return rows[:, readings.of], form.right[tested], -rows[:, added], first


def redundancy(plan: Plan) -> Redundancy:
    """The redundant rows of a compiled plan, with its sigmas and correlations.

    Whole matrices: for parks, up to some thousand flows. In a part without any way to the
    environment nothing can be lost for ever, and one of its nodes shows no loss.

    Raises:
        numpy.linalg.LinAlgError: If residuals are not independent of each other.
    """
    system, readings = plan.system, plan.readings
    rows, right, losses, first = rows_of(system, readings)
    scale = readings.sigma[first]
    rows, right, losses = rows / scale[:, None], right / scale, losses / scale[:, None]
    spread = (rows * readings.sigma)[:, readings.sigma > 0.0]
    inner = spread if readings.correlation is None else spread @ readings.correlation
    root = np.zeros((0, 0))
    if len(rows):
        root = np.asarray(np.linalg.cholesky(inner @ spread.T), dtype=np.float64)
    # An exact reading has no error.
    errors = np.where(readings.sigma > 0.0, rows, 0.0)
    signatures = np.linalg.solve(root, np.hstack([errors, losses]))
    return Redundancy(rows, right, first, scale, losses, root, signatures)


@dataclass(frozen=True, eq=False)
class Balances:
    """Balances that can be tested by themselves.

    Attributes:
        nodes: Node indices of each: one, or several joined by unmeasured flows.
        rows: Residual = rows @ readings, inflow - outflow, shape (q, k).
        sigma: Of each residual, covariances included, shape (q,).
        directions: Each test among the white residuals, length 1, shape (q, m).
    """

    nodes: tuple[tuple[int, ...], ...]
    rows: Floats
    sigma: Floats
    directions: Floats


def balances(plan: Plan, space: Redundancy) -> Balances:
    """Every process of which all flows are measured, or several with what is not between them.

    The nodal test (Mah, Stanley and Downing, Ind. Eng. Chem. Process Des. Dev. 15, 1976), with
    the covariance of readings that share a device.
    """
    system, of = plan.system, plan.readings.of
    count = len(system.nodes)
    root = list(range(count + 1))
    for variable in np.setdiff1d(np.arange(system.size), of).tolist():
        tail, head = (int(end[variable]) % (count + 1) for end in (system.tails, system.heads))
        root[find(root, tail)] = find(root, head)
    joined: dict[int, list[int]] = {}
    for node in range(count):
        joined.setdefault(find(root, node), []).append(node)
    joined.pop(find(root, count), None)
    matrix, _ = system.equations()
    groups = [tuple(group) for group in joined.values()]
    rows = np.array([matrix[list(group)][:, of].sum(axis=0) for group in groups])
    rows = rows.reshape(len(groups), len(of))
    # Rows solved for a reading hold it alone of those that rows are solved for.
    directions = (rows[:, space.first] * space.scale) @ space.root
    sigma = np.linalg.norm(directions, axis=1)
    some = np.flatnonzero(sigma > 0.0)
    return Balances(
        tuple(groups[i] for i in some),
        rows[some],
        sigma[some],
        directions[some] / sigma[some][:, None],
    )
