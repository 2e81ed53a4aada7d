"""Errors of writing, whose size is known beforehand: a slip of the point, two figures swapped.

Put right, such a reading is a new reading: chi2 falls by a definite amount, and no size is fitted.
Hypotheses compete by twice the logarithm of their Bayes factor against no error. One of definite
size has the fall of chi2; one of fitted size, taken beforehand for normal with the spread that was
found, has T^2 T^2 / (1 + T^2) - ln(1 + T^2): what a fit explains too easily counts less. From each
2 ln(number of hypotheses of the kind) is taken, since the best of many falls somewhat by chance.
(Kass and Raftery, J. Am. Stat. Assoc. 90, 1995; the prior is a choice of ours.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.gross.errors import likelihood_ratios

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flows.reconcile.gross.redundancy import Redundancy

    Floats = NDArray[np.float64]

#: Multiples of the truth that are written by mistake: the point, and kg for t.
FACTORS = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001)


class Sort(StrEnum):
    """What was done to a reading."""

    ERROR = "error"  # bias or leak of any size
    SLIP = "slip"  # written as a multiple of what it was
    SWAP = "swap"  # two readings in each other's place


@dataclass(frozen=True, slots=True)
class Written:
    """One hypothesis about a period.

    Attributes:
        sort: What was done.
        members: Candidate of `Redundancy`; two readings where swapped.
        factor: Reading over truth of a slip, else 1.
        chi2: Of the period with it put right.
        score: Twice the log Bayes factor less that of the choice; the greater explains better.
    """

    sort: Sort
    members: tuple[int, ...]
    factor: float
    chi2: float
    score: float


def written_wrongly(
    space: Redundancy,
    values: Floats,
    sigma: Floats,
    *,
    factors: Sequence[float] = FACTORS,
    most: int = 5,
) -> tuple[Written, ...]:
    """The best explanations of one period by a single error, of any sort, by falling score.

    Args:
        space: Redundant rows.
        values: Readings, shape (k,).
        sigma: Of the readings, shape (k,): figures within it of each other are not swapped.
        factors: Multiples that are tried; sigmas stay those of the figures as written.
        most: How many are returned; none that is below 0.
    """
    white = space.white(values[None])[0]
    chi2 = float(white @ white)
    errors = space.signatures[:, : space.count]
    shown = np.linalg.norm(errors, axis=0) > 0.0
    found = _fitted(space, values, chi2) + _slips(white, errors, values, shown, factors)
    found += _swaps(white, errors, values, sigma, shown)
    found = [each for each in found if each.score > 0.0]
    return tuple(sorted(found, key=lambda each: -each.score)[:most])


def _fitted(space: Redundancy, values: Floats, chi2: float) -> list[Written]:
    statistic = likelihood_ratios(space, values[None]).statistic[0]
    some = np.flatnonzero(~np.isnan(statistic))
    penalty = _one_of(len(some))
    found = []
    for i in some.tolist():
        fall = float(statistic[i] ** 2)
        score = fall * fall / (1.0 + fall) - math.log1p(fall) - penalty
        found.append(Written(Sort.ERROR, (i,), 1.0, max(chi2 - fall, 0.0), score))
    return found


def _slips(
    white: Floats,
    errors: Floats,
    values: Floats,
    shown: NDArray[np.bool_],
    factors: Sequence[float],
) -> list[Written]:
    places = np.flatnonzero(shown & (values != 0.0))
    penalty = _one_of(len(places) * len(factors))
    found = []
    for factor in factors:
        wrong = values[places] * (1.0 - 1.0 / factor)
        left = ((white[:, None] - errors[:, places] * wrong) ** 2).sum(axis=0)
        found += [
            Written(Sort.SLIP, (int(i),), factor, float(c), float(white @ white - c) - penalty)
            for i, c in zip(places, left, strict=True)
        ]
    return found


def _swaps(
    white: Floats,
    errors: Floats,
    values: Floats,
    sigma: Floats,
    shown: NDArray[np.bool_],
) -> list[Written]:
    places = np.flatnonzero(shown)
    by, y = errors[:, places], values[places]
    first, second = np.triu_indices(len(places), 1)
    away = y[first] - y[second]
    apart = np.abs(away) > np.hypot(sigma[places][first], sigma[places][second])
    # The errors of a swapped pair are y1 - y2 and y2 - y1, along f1 - f2.
    gram, along = by.T @ by, by.T @ white
    length = gram[first, first] + gram[second, second] - 2.0 * gram[first, second]
    fall = 2.0 * away * (along[first] - along[second]) - away**2 * length
    penalty = _one_of(int(apart.sum()))
    chi2 = float(white @ white)
    return [
        Written(
            Sort.SWAP,
            (int(places[first[i]]), int(places[second[i]])),
            1.0,
            max(chi2 - float(fall[i]), 0.0),
            float(fall[i]) - penalty,
        )
        for i in np.flatnonzero(apart & (fall > penalty))
    ]


def _one_of(count: int) -> float:
    return 2.0 * math.log(max(count, 1))
