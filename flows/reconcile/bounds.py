"""Bounds: which of them hold with equality at the least-squares solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: A multiplier this far below the greatest one is 0: its bound does not press.
PRESSING = 1e-9
#: A lack below this share of what the known flows leave is one of rounding in the linear program.
LACKING = 1e-7
#: Bounds correlated no more than this are of different parts of the network.
APART = 1e-12
#: Distances, in the greatest lack, at which a solution within the bounds is sought.
FAR = (1.0, 1e-3, 1e-6, 1e-9)
#: The least that is left over where there is one.
NEAR = 1e-3
#: A rest smaller than this share of what it is the rest of is not written in units of itself.
ROUNDED = 1e-7
#: Above so many equations times flows nothing is sought for unknown flows.
EQUATIONS = 4_000_000


def pressing(root: Floats, short: Floats) -> NDArray[np.bool_]:
    """Bounds that are active where x moves least, in the metric of its covariance.

    Without bounds the solution is x, with posterior covariance C; the bounds ask for G dx >= short.
    The nearest dx is C G' m with multipliers m >= 0 that minimize |G' m|^2_C / 2 - short' m: the
    least-distance problem, as non-negative least squares (Lawson and Hanson, Solving Least
    Squares Problems, 1974, chapter 23).

    Args:
        root: F with F F' = G C G', shape (v, r), signs of lower (+) and upper (-) bounds included.
        short: What is lacking to each bound, positive where it is violated, shape (v,).

    Returns:
        Mask of shape (v,); all False if no dx fulfills the bounds.
    """
    scale = np.linalg.norm(root, axis=1)
    unit = root / scale[:, None]
    lacking = short / scale
    mask = np.zeros(len(short), dtype=bool)
    # Bounds that have nothing to do with each other are no measure of each other.
    for part in parts(np.abs(unit @ unit.T) > APART):
        if lacking[part].max() <= 0.0:
            continue
        press = _pressing(unit[part], lacking[part])
        if press is None:
            return np.zeros(len(short), dtype=bool)
        mask[part] = press
    return mask


def _pressing(unit: Floats, lacking: Floats) -> NDArray[np.bool_] | None:
    """Those of one part, in units of their sigmas; None if nothing fulfills them."""
    from scipy.optimize import nnls

    few = unit.shape[1] <= unit.shape[0]
    triangle = unit.T if few else np.linalg.qr(unit.T, mode="r")
    target = np.zeros(len(triangle) + 1)
    target[-1] = 1.0
    # What is left is 1 / sqrt(1 + distance^2): a lack written in smaller units tells the far
    # from the impossible.
    for size in FAR:
        weights, left = nnls(np.vstack([triangle, lacking / np.abs(lacking).max() * size]), target)
        if left > NEAR:
            return np.asarray(weights > PRESSING * weights.max())
    return None


def parts(linked: NDArray[np.bool_]) -> list[Ints]:
    """Indices that hang together, by a symmetric relation."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    count, label = connected_components(csr_array(linked.astype(np.float64)), directed=False)
    return [np.flatnonzero(label == each) for each in range(count)]


@dataclass(frozen=True)
class Cut:
    """Unknowns that cannot make up within their bounds what the known flows leave to them.

    Attributes:
        weights: w of the combination of equations w'E u = w'right, shape (m,).
        most: Greatest w'E u within the bounds; w'right is above it.
        at: What the unknowns of the combination stand at where w'E u = most, by index.
    """

    weights: Floats
    most: float
    at: dict[int, float]


def groups(equations: Floats) -> list[tuple[Ints, Ints]]:
    """Rows and columns of the parts of E that share no unknown."""
    count = len(equations)
    linked = np.zeros((sum(equations.shape),) * 2, dtype=bool)
    linked[:count, count:] = equations != 0.0
    found = [(part[part < count], part[part >= count] - count) for part in parts(linked)]
    return [(rows, unknown) for rows, unknown in found if len(rows) and len(unknown)]


def cuts(equations: Floats, right: Floats, size: Floats, low: Floats, high: Floats) -> list[Cut]:
    """One combination of equations for each group of unknowns that cannot fulfill its own.

    The elastic problem min |E u - right|_1 within the bounds; its multipliers are the combination
    that proves the lack (Farkas). Arguments as for `intervals`.
    """
    from scipy.optimize import linprog

    found = []
    for rows, unknown in groups(equations):
        part = equations[np.ix_(rows, unknown)]
        scale = _scale(right[rows], size[rows])
        limits = _limits(low[unknown] / scale, high[unknown] / scale)
        answer = linprog(
            np.concatenate([np.zeros(len(unknown)), np.ones(2 * len(rows))]),
            A_eq=np.hstack([part, np.eye(len(rows)), -np.eye(len(rows))]),
            b_eq=right[rows] / scale,
            bounds=limits + [(0.0, np.inf)] * (2 * len(rows)),
        )
        if answer.fun is None or answer.fun <= LACKING:
            continue
        weights = np.where(np.abs(answer.eqlin.marginals) > PRESSING, answer.eqlin.marginals, 0.0)
        by = weights @ part
        by[np.abs(by) <= PRESSING * (np.abs(weights) @ np.abs(part))] = 0.0
        # Multipliers are right to rounding only: an open end never bears on a proof.
        by[np.where(by > 0.0, np.isposinf(high[unknown]), np.isneginf(low[unknown]))] = 0.0
        at = {
            int(unknown[i]): float((high if by[i] > 0.0 else low)[unknown[i]])
            for i in np.flatnonzero(by)
        }
        whole = np.zeros(len(equations))
        whole[rows] = weights
        most = sum(by[i] * at[int(unknown[i])] for i in np.flatnonzero(by))
        found.append(Cut(whole, float(most), at))
    return found


def intervals(
    equations: Floats, right: Floats, size: Floats, low: Floats, high: Floats
) -> list[tuple[float, float]] | None:
    """Least and greatest value of each unknown of E u = right within its bounds.

    Two linear programs an unknown (HiGHS). The known flows stand at their reconciled values, so
    an interval says what the bounds leave open, not how uncertain its ends are.

    Args:
        equations: E, shape (m, u).
        right: Shape (m,).
        size: Of what the right side is the rest, shape (m,): it is known to rounding of that.
        low: Lower bounds, may be infinite, shape (u,).
        high: Upper bounds, may be infinite, shape (u,).

    Returns:
        One pair an unknown, or None if nothing lies within the bounds.
    """
    from scipy.optimize import linprog

    found = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    for rows, unknown in groups(equations):
        part = equations[np.ix_(rows, unknown)]
        scale = _scale(right[rows], size[rows])
        limits = _limits(low[unknown] / scale, high[unknown] / scale)
        for place, index in enumerate(unknown.tolist()):
            ends = []
            for sign in (1.0, -1.0):
                cost = np.zeros(len(unknown))
                cost[place] = sign
                answer = linprog(cost, A_eq=part, b_eq=right[rows] / scale, bounds=limits)
                if answer.status == 2:
                    return None
                least = None if answer.status else answer.fun
                ends.append(-sign * np.inf if least is None else sign * least * scale)
            # A bound is reached exactly, not to rounding.
            inside = np.clip(ends, low[index], high[index])
            found[index] = (float(inside[0]), float(inside[1]))
    return found


def _scale(right: Floats, size: Floats) -> float:
    """Unit of one linear program: its solver cannot tell 1e-7 of it from nothing."""
    return max(float(np.abs(right).max()), ROUNDED * float(size.max())) or 1.0


def _limits(low: Floats, high: Floats) -> list[tuple[float, float]]:
    return [(float(least), float(most)) for least, most in zip(low, high, strict=True)]
