"""Gross errors of one period: the measurement test, with readings that cannot be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.result import Suspect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flows.reconcile.plan import Plan

    Floats = NDArray[np.float64]

#: Two-sided 5 % point of the standard normal distribution.
NOTABLE = 1.96
#: How many sets are named.
NAMED = 5
#: Normalized adjustments this near, and correlated this near to 1, are one and the same number.
EQUAL = 1e-6


def suspects(
    plan: Plan, normalized: Floats, names: Sequence[str], sought: Sequence[int]
) -> tuple[Suspect, ...]:
    """Sets of readings by falling |normalized adjustment|, those above 1.96 only.

    Two readings whose adjustments are perfectly correlated share one statistic whatever the
    data: an error of one looks exactly like an error of the other. They make one set.

    Args:
        plan: The plan that was solved.
        normalized: One day's normalized adjustments, shape (k,).
        names: What each reading is called in the answer, length k.
        sought: Places of the readings that may be named.
    """
    size = np.abs(normalized)
    places = np.array([i for i in sought if size[i] > NOTABLE], dtype=np.intp)
    if not len(places):
        return ()
    places = places[np.argsort(-size[places], kind="stable")][:200]
    alike = np.abs(plan.directions(places))
    found: list[Suspect] = []
    left = list(range(len(places)))
    while left and len(found) < NAMED:
        first = left[0]
        group = [
            i
            for i in left
            if alike[first, i] > 1.0 - EQUAL
            and abs(size[places[i]] - size[places[first]]) <= EQUAL * size[places[first]]
        ]
        left = [i for i in left if i not in group]
        members = tuple(
            dict.fromkeys(names[places[i]] for i in sorted(group, key=lambda g: places[g]))
        )
        found.append(Suspect(members, float(size[places[first]])))
    return tuple(found)
