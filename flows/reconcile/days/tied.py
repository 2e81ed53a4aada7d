"""Correlated readings of a day, as what each has for itself and what they have in common.

A correlation matrix R of the chance errors is d I + L L', d its least eigenvalue: every error is
sigma (sqrt(d) e + L g) with e and g independent and standard normal. The g of a day are unknowns of
that day alone, which are eliminated before the days are chained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.errors import Refused
from flows.findings import finding
from flows.reconcile.days.smoother import Rows, Step, Tally, eliminate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flows.network import Correlation

    Floats = NDArray[np.float64]

#: A correlation matrix whose least eigenvalue is below this is not positive definite.
DEFINITE = 1e-10


def tied(
    sigma: Floats, correlations: Sequence[Correlation], flows: Mapping[str, int]
) -> tuple[Floats, Floats]:
    """Split the chance errors of readings.

    Args:
        sigma: One standard deviation, 0 exact, NaN where nothing is measured, shape (D, n).
        correlations: Of the readings of two flows on the same day.
        flows: Place of each flow among the n; others are left aside.

    Returns:
        What each reading has for itself, shape (D, n), and per unit of each g, shape (D, n, g).

    Raises:
        Refused: `value-range` if the correlations are not positive definite together.
    """
    pairs = [
        (flows[tie.first], flows[tie.second], tie)
        for tie in correlations
        if tie.first in flows and tie.second in flows
    ]
    among = sorted({i for first, second, _ in pairs for i in (first, second)})
    own, shared = sigma.copy(), np.zeros((*sigma.shape, max(len(among) - 1, 0)))
    if not among:
        return own, shared
    full = np.eye(len(among))
    for first, second, tie in pairs:
        one, two = among.index(first), among.index(second)
        full[one, two] = full[two, one] = tie.value
    there = np.nan_to_num(sigma[:, among]) > 0.0
    for pattern in np.unique(there, axis=0):
        days = np.flatnonzero((there == pattern).all(axis=1))
        some = np.flatnonzero(pattern)
        if len(some) < 2:
            continue
        values, vectors = np.linalg.eigh(full[np.ix_(some, some)])
        if values[0] <= DEFINITE:
            worst = max((tie for *_, tie in pairs), key=lambda tie: abs(tie.value))
            where = f"{worst.first}, {worst.second}"
            raise Refused(finding("value-range", where, key="correlation", value=worst.value))
        common = vectors[:, 1:] * np.sqrt(values[1:] - values[0])
        at = np.array(among)[some]
        block = sigma[np.ix_(days, at)]
        own[np.ix_(days, at)] = block * np.sqrt(values[0])
        shared[np.ix_(days, at, np.arange(len(some) - 1))] = block[:, :, None] * common
    return own, shared


def without(rows: Rows, count: int) -> tuple[Step, Rows, Tally]:
    """Eliminate the last unknowns of a day, each with a standard normal prior.

    Args:
        rows: Over (levels, biases, g).
        count: How many g there are.

    Returns:
        The step, the equations of the others, and what comes out beside them.
    """
    width = rows.white.shape[1] - 1
    order = [*range(width - count, width), *range(width - count)]
    prior = np.hstack([np.eye(count), np.zeros((count, width - count + 1))])
    white = np.vstack([rows.white[:, [*order, width]], prior])
    exact = rows.exact[:, [*order, width, width + 1]]
    tally, none = Tally(), np.zeros(count, dtype=np.bool_)
    return *eliminate(Rows(white, exact), count, none, tally), tally


def last(step: Step, mean: Floats, factor: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance factor of (levels, biases, g) from those of the former."""
    count = len(step.constant)
    joint, root = step.back(mean, factor)
    order = [*range(count, len(joint)), *range(count)]
    return joint[order], root[order]
