"""Bounds: which of them hold with equality at the least-squares solution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: A multiplier this far below the greatest one is 0: its bound does not press.
PRESSING = 1e-9


def pressing(covariance: Floats, short: Floats) -> NDArray[np.bool_]:
    """Bounds that are active where x moves least, in the metric of its covariance.

    Without bounds the solution is x, with posterior covariance C; the bounds ask for G dx >= short.
    The nearest dx is C G' m with multipliers m >= 0 that minimize |G' m|^2_C / 2 - short' m: the
    least-distance problem, as non-negative least squares (Lawson and Hanson, Solving Least
    Squares Problems, 1974, chapter 23).

    Args:
        covariance: G C G', shape (v, v), signs of lower (+) and upper (-) bounds included.
        short: What is lacking to each bound, positive where it is violated, shape (v,).

    Returns:
        Mask of shape (v,); all False if no dx fulfills the bounds.
    """
    from scipy.optimize import nnls

    scale = np.sqrt(covariance.diagonal())
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    lacking = short / scale
    target = np.zeros(len(root) + 1)
    target[-1] = 1.0
    weights, left = nnls(np.vstack([root, lacking / np.abs(lacking).max()]), target)
    if left < 1e-10:  # the bounds cannot be fulfilled together
        return np.zeros(len(short), dtype=bool)
    return np.asarray(weights > PRESSING * weights.max())


def intervals(
    equations: Floats, right: Floats, low: Floats, high: Floats
) -> list[tuple[float, float]] | None:
    """Least and greatest value of each unknown of E u = right within its bounds.

    Two linear programs an unknown (HiGHS). The known flows stand at their reconciled values, so
    an interval says what the bounds leave open, not how uncertain its ends are.

    Args:
        equations: E, shape (m, u).
        right: Shape (m,).
        low: Lower bounds, may be infinite, shape (u,).
        high: Upper bounds, may be infinite, shape (u,).

    Returns:
        One pair an unknown, or None if nothing lies within the bounds.
    """
    from scipy.optimize import linprog

    scale = float(np.abs(right).max(initial=0.0)) or 1.0
    limits = [(float(a), float(b)) for a, b in zip(low / scale, high / scale, strict=True)]
    found: list[tuple[float, float]] = []
    for unknown in range(equations.shape[1]):
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(equations.shape[1])
            cost[unknown] = sign
            answer = linprog(cost, A_eq=equations, b_eq=right / scale, bounds=limits)
            if answer.status == 2:
                return None
            least = answer.fun
            ends.append(-sign * np.inf if least is None or answer.status else sign * least * scale)
        found.append((float(ends[0]), float(ends[1])))
    return found
