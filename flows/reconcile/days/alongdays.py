"""Answers along the days: one line a day or boundary, one column a flow or level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Answers along the days, canonical units; NaN is none.

    Attributes:
        names: What the columns are, length V.
        measured, measured_sigma: Readings and one standard deviation, bias included, shape (R, V).
        reconciled, sigma: Shape (R, V).
        adjustment: reconciled - measured.
        normalized: Adjustment over its standard deviation, NaN where nothing tests the reading.
        klass: Codes of `patterns.CLASSES`.
    """

    names: tuple[str, ...]
    measured: Floats
    measured_sigma: Floats
    reconciled: Floats
    sigma: Floats
    adjustment: Floats
    normalized: Floats
    klass: Codes


def along(
    names: tuple[str, ...],
    measured: Floats,
    measured_sigma: Floats,
    reconciled: Floats,
    sigma: Floats,
    adjustment: Floats,
    spread: Floats,
    klass: Codes,
) -> Table:
    """Put together; `spread` is the standard deviation of each adjustment, 0 where untested."""
    some = np.divide(1.0, spread, where=spread > 0.0, out=np.full(spread.shape, np.nan))
    sizes = np.where(np.isnan(measured), np.nan, measured_sigma)
    normalized = adjustment * some
    parts = measured, sizes, reconciled, sigma, adjustment, normalized
    return Table(names, *parts, klass)
