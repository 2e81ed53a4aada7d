"""Products of the rows of a form for many days at once, and inverses of what they sum to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Products of two rows' entries for all variables, above which those that are 0 are left out.
PRODUCTS = 300_000
#: Products that are not 0, above which days are not taken so.
HELD = 4_000_000
#: Rank from which a symmetric inverse by LAPACK is worth a call for each day.
BY_DAY = 80
#: Multiplications of one product that BLAS leaves to one thread; measured on OpenBLAS 0.3.31.
ALONE = 2**18 - 1


class Products:
    """R_i R_j of all pairs of rows for every variable, shape (m m, n): most are 0."""

    def __init__(self, rows: Floats) -> None:
        """Held whole where that is little."""
        rank, size = rows.shape
        self.sparse: Any = None
        self.whole = np.zeros((0, size))
        if rank**2 * size <= PRODUCTS:
            self.whole = np.asarray((rows[:, None] * rows[None]).reshape(-1, size))
            return
        from scipy.sparse import csr_array

        column, row = np.nonzero(rows.T)
        count = np.bincount(column, minlength=size)
        if int((count**2).sum()) > HELD:
            return
        # Each entry beside all entries of its column.
        start = np.cumsum(count) - count
        first = np.repeat(np.arange(len(row)), count[column])
        turn = np.arange(len(first)) - np.repeat(
            np.cumsum(count[column]) - count[column], count[column]
        )
        second = start[column[first]] + turn
        values = rows[row[first], column[first]] * rows[row[second], column[second]]
        places = row[first] * rank + row[second], column[first]
        self.sparse = csr_array((values, places), shape=(rank * rank, size))
        self.turned = csr_array(self.sparse.T)

    @property
    def held(self) -> bool:
        """Whether they are not too many."""
        return self.sparse is not None or len(self.whole) > 0

    def summed(self, variance: Floats) -> Floats:
        """R V R' by days, shape (d, m m), of V of shape (d, n)."""
        if self.sparse is not None:
            return np.ascontiguousarray((self.sparse @ variance.T).T)
        return product(variance, self.whole.T)

    def shares(self, matrix: Floats) -> Floats:
        """R_j' M R_j of every variable, shape (d, n), of M of shape (d, m m)."""
        if self.sparse is not None:
            return np.ascontiguousarray((self.turned @ matrix.T).T)
        return product(matrix, self.whole)


def inverses(normal: Floats) -> Floats:
    """Inverses of symmetric positive definite matrices, shape (d, m, m)."""
    if normal.shape[1] < BY_DAY:
        return np.asarray(np.linalg.inv(normal), dtype=np.float64)
    from scipy.linalg.lapack import dpotrf, dpotri

    result = np.empty_like(normal)
    for day, each in enumerate(normal):
        found = np.triu(dpotri(dpotrf(each)[0])[0])
        np.add(found, found.T, out=result[day])
        np.einsum("ii->i", result[day])[...] = found.diagonal()
    return result


def product(left: Floats, right: Floats) -> Floats:
    """`left @ right` in pieces of few rows, each of them work for one thread.

    BLAS would share it among all cores and let them wait for each other at every block of days:
    on a machine that is busy otherwise that takes ten times as long as the work.
    """
    count = max(1, ALONE // max(1, right.size))
    whole = len(left) - len(left) % count
    result = np.empty((len(left), right.shape[1]))
    pieces = left[:whole].reshape(-1, count, left.shape[1])
    np.matmul(pieces, right, out=result[:whole].reshape(-1, count, right.shape[1]))
    if whole < len(left):
        result[whole:] = left[whole:] @ right
    return result
