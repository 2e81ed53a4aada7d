"""Classes of flows and levels where days are tied: a day's own form, and what other days say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import Class
from flows.reconcile.days.knowledge import known, pair, tested
from flows.reconcile.days.patterns import CODE, MEASURED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.days.given import Given
    from flows.reconcile.days.knowledge import Chain, Known

    Bools = NDArray[np.bool_]
    Codes = NDArray[np.int8]
    Ints = NDArray[np.intp]

REDUNDANT, NONREDUNDANT, OBSERVABLE, UNOBSERVABLE, EXACT, BOUNDED = (
    CODE[each]
    for each in (
        Class.REDUNDANT,
        Class.NONREDUNDANT,
        Class.OBSERVABLE,
        Class.UNOBSERVABLE,
        Class.EXACT,
        Class.BOUNDED,
    )
)


def of_days(
    found: Chain, days: Ints, given: Given, read: Bools, shaky: Bools, *, filtered: bool
) -> Codes:
    """Classes of the variables of a block of days.

    Args:
        found: What is known of the levels.
        days: Rows of the days, shape (d,).
        given: The block.
        read: Which levels are read at each boundary, shape (D + 1, q).
        shaky: Readings that nothing but a shared bias makes uncertain, shape (d, n).
        filtered: By the day itself and those before it only.

    Returns:
        Shape (d, n).
    """
    block, unit = given.block, np.eye(read.shape[1])
    result = block.classes.copy()
    memory: dict[tuple[bytes, ...], Codes] = {}
    for place, day in enumerate(days.tolist()):
        left = found.before[day]
        right = known(unit[read[day + 1]]) if filtered else found.reread[day + 1]
        if left.everything and right.everything and not shaky[place].any():
            continue
        key = (
            block.group[place].tobytes(),
            block.pivots[place].tobytes(),
            given.levels[place].tobytes(),
            shaky[place].tobytes(),
            left.key,
            right.key,
        )
        if key not in memory:
            memory[key] = _of_day(given, place, left, right, shaky[place])
        result[place] = memory[key]
    return result


def _of_day(given: Given, place: int, left: Known, right: Known, shaky: Bools) -> Codes:
    """Classes of one day, by what is known of the levels before and after it."""
    block, levels = given.block, given.levels[place]
    rows, result = block.rows[place], block.classes[place].copy()
    closing = block.tested[place] | block.exact[place]
    both = pair(left, right, levels[closing])
    for row in np.flatnonzero(block.known[place]):
        if both.left(levels[[row]]).any():
            result[block.pivots[place, row]] = UNOBSERVABLE
    uncertain = (block.group[place] == MEASURED) | shaky
    none = np.zeros((0, levels.shape[1]))
    spoken = tested(pair(left, right, none), levels[closing], rows[closing] * uncertain)
    result[uncertain] = np.where(spoken, REDUNDANT, NONREDUNDANT)[uncertain]
    return np.asarray(result, dtype=np.int8)


def of_levels(found: Chain, read: Bools, sure: Bools, *, filtered: bool) -> Codes:
    """Classes of all levels at all boundaries, shape (D + 1, q).

    Args:
        found: What is known of the levels.
        read: Which are read.
        sure: Which are read without uncertainty.
        filtered: By the days before each boundary only.
    """
    size = read.shape[1]
    result = np.full(read.shape, UNOBSERVABLE, dtype=np.int8)
    nothing = np.zeros((0, size))
    memory: dict[tuple[bytes, bytes, bytes], Codes] = {}
    for boundary, own in enumerate(read):
        early, late = found.unread[boundary].rows, nothing
        if not filtered:
            late = found.after[boundary].rows
        key = (early.tobytes(), late.tobytes(), own.tobytes())
        if key not in memory:
            memory[key] = np.array(
                [_of_level(np.vstack([early, late]), own, index) for index in range(size)],
                dtype=np.int8,
            )
        result[boundary] = memory[key]
    result[sure] = EXACT
    return result


def _of_level(said: NDArray[np.float64], read: Bools, index: int) -> int:
    unit, others = np.eye(len(read)), read.copy()
    others[index] = False
    decided = not known(np.vstack([said, unit[others]])).left(unit[[index]]).any()
    if read[index]:
        return REDUNDANT if decided else NONREDUNDANT
    return OBSERVABLE if decided else UNOBSERVABLE
