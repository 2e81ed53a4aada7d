"""What the data of a chain of days say of the levels between them: exact, before any number.

Levels s(t) stand between the days; the rows of day t tie s(t-1) to s(t). Kept is, at every
boundary, which combinations of levels all days before it determine, and which all days after it;
a combination of both sides of a day is known exactly if it lies in what they and the day say.
Entries come from balances, sums and levels, small whole numbers: nothing here depends on a sigma.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.intp]

#: An entry left over from a subtraction of small whole numbers is one of rounding below this.
ROUNDED = 1e-9


def reduced(rows: Floats, columns: int | None = None) -> tuple[Floats, list[int]]:
    """Reduced row echelon form over the first columns, and its pivots; the other rows follow.

    Rows without a pivot and without any entry are left out.
    """
    work = rows[(rows != 0.0).any(axis=1)].copy()
    pivots: list[int] = []
    for column in range(work.shape[1] if columns is None else columns):
        top = len(pivots)
        if top == len(work):
            break
        at = top + int(np.abs(work[top:, column]).argmax())
        if work[at, column] == 0.0:
            continue
        if at != top:
            work[[top, at]] = work[[at, top]]
        work[top] /= work[top, column]
        others = np.flatnonzero(work[:, column] != 0.0)
        others = others[others != top]
        if len(others):
            work[others] -= work[others, column][:, None] * work[top]
            work[others] = np.where(np.abs(work[others]) <= ROUNDED, 0.0, work[others])
            work[others, column] = 0.0
        pivots.append(column)
    return work[(work != 0.0).any(axis=1)], pivots


@dataclass(frozen=True)
class Known:
    """A space of known combinations: its reduced rows, and a name for memory."""

    rows: Floats
    pivots: tuple[int, ...]
    key: bytes

    @property
    def everything(self) -> bool:
        """Whether each single level is known."""
        return len(self.pivots) == int(self.rows.shape[1])

    def left(self, rows: Floats) -> Floats:
        """What of rows is not known: 0 where all of a row is."""
        if not self.pivots:
            return rows
        result = rows - rows[:, list(self.pivots)] @ self.rows
        return np.where(np.abs(result) <= ROUNDED, 0.0, result)


def known(rows: Floats) -> Known:
    """The space that rows span."""
    form, pivots = reduced(rows)
    form = form + 0.0  # one zero
    return Known(form, tuple(pivots), form.tobytes())


@dataclass(frozen=True)
class Chain:
    """What is known at each of the boundaries 0 to D; see the module.

    Attributes:
        before: From the days before a boundary and the levels read at it, length D + 1.
        unread: The same without the levels read at it.
        after: From the days after it alone.
        reread: From those and the levels read at it.
        free: Of each boundary, levels on whose value nothing depends, shape (D + 1, q): how many
            of them is the dimension of what stays unknown.
    """

    before: list[Known]
    unread: list[Known]
    after: list[Known]
    reread: list[Known]
    free: Bools


def chain(days: Sequence[Floats], read: Bools) -> Chain:
    """Follow what is known through all days, forth and back.

    Args:
        days: Of each day its rows over (s(t-1), s(t)), shape (rows, 2 q); equal arrays repeated
            are the same object.
        read: Which levels are read at each boundary, shape (D + 1, q).
    """
    size = read.shape[1]
    memory: dict[tuple[bytes, int, bool], tuple[Known, Bools]] = {}
    with_read: dict[tuple[bytes, bytes], Known] = {}
    flipped: dict[int, Floats] = {}

    def onward(of: Known, rows: Floats, *, back: bool) -> tuple[Known, Bools]:
        name = (of.key, id(rows), back)
        if name not in memory:
            if back and id(rows) not in flipped:
                flipped[id(rows)] = np.hstack([rows[:, size:], rows[:, :size]])
            own = flipped[id(rows)] if back else rows
            above = np.hstack([of.rows, np.zeros((len(of.rows), size))])
            form, pivots = reduced(np.vstack([above, own]))
            first = [pivot for pivot in pivots if pivot < size]
            free = np.ones(size, dtype=np.bool_)
            free[first] = False
            memory[name] = known(form[len(first) :, size:]), free
        return memory[name]

    def reading(of: Known, levels: Bools) -> Known:
        name = (of.key, levels.tobytes())
        if name not in with_read:
            with_read[name] = known(np.vstack([of.rows, np.eye(size)[levels]]))
        return with_read[name]

    nothing = known(np.zeros((0, size)))
    unread, before, free = [nothing], [reading(nothing, read[0])], []
    for day, rows in enumerate(days, start=1):
        space, open_ = onward(before[-1], rows, back=False)
        free.append(open_)
        unread.append(space)
        before.append(reading(space, read[day]))
    last = np.ones(size, dtype=np.bool_)
    last[list(before[-1].pivots)] = False
    free.append(last)
    after, reread = [nothing], [reading(nothing, read[-1])]
    for day in range(len(days) - 1, -1, -1):
        space, _ = onward(reread[-1], days[day], back=True)
        after.append(space)
        reread.append(reading(space, read[day]))
    return Chain(before, unread, after[::-1], reread[::-1], np.array(free).reshape(len(free), size))


def pair(left: Known, right: Known, rows: Floats) -> Known:
    """What is known of both sides of a day, from before, after and rows of the day itself."""
    above = np.hstack([left.rows, np.zeros((len(left.rows), right.rows.shape[1]))])
    below = np.hstack([np.zeros((len(right.rows), left.rows.shape[1])), right.rows])
    return known(np.vstack([above, below, rows]))


def tested(others: Known, levels: Floats, readings: Floats) -> Bools:
    """Which readings of a day's redundant rows something else speaks of.

    Args:
        others: What the other days say of its levels.
        levels: Coefficients of the levels in the rows without anything unmeasured, (r, 2 q).
        readings: Coefficients of the readings that are not exact, shape (r, n).
    """
    size = levels.shape[1]
    form, pivots = reduced(np.hstack([others.left(levels), readings]), size)
    return np.asarray((form[len(pivots) :, size:] != 0.0).any(axis=0))
