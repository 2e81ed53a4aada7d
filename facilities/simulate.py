"""Simulation: the flows that follow exactly from drivers, coefficients and relations, loops too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from facilities.equations import Equations, closed_cycles, equations
from flows.errors import Refused
from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import ArrayLike, NDArray
    from scipy.sparse import csc_array, csr_array

    from flows.network import FlowNetwork

    Floats = NDArray[np.float64]

#: Equations are scaled to a largest entry of 1; a pivot or null vector below this is zero.
_ZERO = 1e-10
#: Share of a unit null vector above which a flow is called undetermined.
_LOOSE = 1e-7
#: Left over of an equation, relative to the largest term in it, that no rounding explains.
_CONTRADICTION = 1e-9


@dataclass(frozen=True)
class Simulation:
    """Amounts of all flows and stock changes, canonical unit of each kind.

    Attributes:
        ids: Flow ids and `stock:<process>`, in the order of the network.
        amounts: Shape (days, len(ids)).
    """

    ids: tuple[str, ...]
    amounts: Floats

    def of(self, what: str) -> Floats:
        """Amount of each day of a flow, or change of each day of a stock; shape (days,)."""
        return self.amounts[:, self.ids.index(what)]


def simulate(
    network: FlowNetwork,
    drivers: Mapping[str, ArrayLike],
    *,
    offsets: Mapping[str, ArrayLike] | None = None,
    free: Collection[str] = (),
) -> Simulation:
    """Solve balances, coefficients and relations, all taken exact, for many days at once.

    The loops of a park make it a linear system with cycles, x = A x + b: one sparse
    factorization solves it exactly for every day.

    Args:
        network: With the coefficients and relations by which it works
            (`Park.network(day, design=True)`).
        drivers: Fixed amounts by flow id, and changes by `stock:<process>`; a number, or one a
            day. Stocks not named stay as they are.
        offsets: By name of a coefficient (`process>flow`, in the layer's unit) or relation (in
            its own): what is added to its right side, so that shares may vary from day to day.
        free: Stocks (`stock:<process>`) whose change follows from the rest.

    Returns:
        Amounts of every day; signs are not judged.

    Raises:
        Refused: `cycle-closed`, `system-underdetermined` or `system-contradiction`, with ids.
        KeyError: If a driver, offset or free stock is not in the network.
    """
    system = equations(network)
    given = {key: np.atleast_1d(np.asarray(value, float)) for key, value in drivers.items()}
    moved = {key: np.atleast_1d(np.asarray(value, float)) for key, value in (offsets or {}).items()}
    days = max((len(value) for value in (*given.values(), *moved.values())), default=1)
    place = {name: index for index, name in enumerate(system.ids)}
    unknown = [name for name in (*given, *free) if name not in place]
    unknown += [name for name in moved if name not in system.names]
    if unknown:
        raise KeyError(unknown[0])
    fixed = np.zeros(len(system.ids), bool)
    amounts = np.zeros((days, len(system.ids)))
    for name, index in place.items():
        if name in given:
            amounts[:, index] = given[name]
        fixed[index] = name in given or (name.startswith("stock:") and name not in free)
    right = np.tile(system.right, (days, 1))
    for name, value in moved.items():
        right[:, system.names.index(name)] += value
    right -= (system.matrix[:, fixed] @ amounts[:, fixed].T).T
    wanted = np.flatnonzero(~fixed)
    if len(wanted):
        amounts[:, wanted] = _solve(network, system, wanted, right)
    _check(system, amounts, right, wanted)
    return Simulation(system.ids, amounts)


def _solve(
    network: FlowNetwork, system: Equations, wanted: NDArray[np.intp], right: Floats
) -> Floats:
    """The unknown columns, shape (days, unknowns).

    Raises:
        Refused: If the rows do not determine every unknown.
    """
    from scipy.sparse.linalg import splu

    matrix = system.matrix[:, wanted].tocsr()
    largest = abs(matrix).max(axis=1).toarray().ravel()
    used = np.flatnonzero(largest > 0.0)
    if len(used) == len(wanted):
        square = _scaled(matrix, largest, used)
        try:
            factor = splu(square)
        except RuntimeError:  # exactly singular
            regular = False
        else:
            pivots = np.abs(factor.U.diagonal())
            regular = bool(pivots.min() > _ZERO)
    else:
        regular = False
    if not regular:
        used = _independent(network, system, wanted, used)
        square = _scaled(matrix, largest, used)
        factor = splu(square)
    return np.asarray(factor.solve((right[:, used] / largest[used]).T).T)


def _scaled(matrix: csr_array, largest: Floats, used: NDArray[np.intp]) -> csc_array:
    """The rows in use, each with a largest entry of 1."""
    from scipy.sparse import csc_array, diags_array

    return csc_array(diags_array(1.0 / largest[used]) @ matrix[used])


def _independent(
    network: FlowNetwork, system: Equations, wanted: NDArray[np.intp], used: NDArray[np.intp]
) -> NDArray[np.intp]:
    """As many independent rows as there are unknowns, by QR with pivoting.

    Raises:
        Refused: `cycle-closed` or `system-underdetermined` if there are fewer.
    """
    from scipy.linalg import qr

    dense = system.matrix[:, wanted].tocsr()[used].toarray()
    dense /= np.abs(dense).max(axis=1, initial=0.0, keepdims=True)
    rank = 0
    if len(used):
        _, triangle, order = qr(dense.T, mode="economic", pivoting=True)
        rank = int((np.abs(np.diag(triangle)) > _ZERO).sum())
        if rank == len(wanted):
            return np.sort(used[order[:rank]])
    null = np.linalg.svd(dense)[2][rank:] if len(used) else np.eye(len(wanted))
    loose = np.flatnonzero(np.abs(null).max(axis=0) > _LOOSE)
    members = [system.ids[index] for index in wanted[loose]]
    cycles = closed_cycles(network, members)
    if cycles:
        raise Refused(*cycles)
    raise Refused(finding("system-underdetermined", members[0], members=", ".join(members)))


def _check(system: Equations, amounts: Floats, right: Floats, wanted: NDArray[np.intp]) -> None:
    """Refuse equations that the answer does not fulfil.

    Raises:
        Refused: `system-contradiction` with the names of the rows that contradict each other.
    """
    free = np.zeros(len(system.ids), bool)
    free[wanted] = True
    residual = right - (system.matrix[:, free] @ amounts[:, free].T).T
    terms = (abs(system.matrix) @ np.abs(amounts).T).T + np.abs(right)
    wrong = np.flatnonzero((np.abs(residual) > _CONTRADICTION * terms).any(axis=0))
    if not len(wrong):
        return
    dense = system.matrix[:, wanted].toarray()
    others = np.setdiff1d(np.arange(len(dense)), wrong)
    weights = np.linalg.lstsq(dense[others].T, dense[wrong[0]], rcond=None)[0]
    members = [system.names[wrong[0]]]
    members += [system.names[row] for row in others[np.abs(weights) > _LOOSE]]
    raise Refused(
        finding(
            "system-contradiction",
            members[0],
            members=", ".join(members),
            residual=float(np.abs(residual[:, wrong[0]]).max()),
        )
    )
