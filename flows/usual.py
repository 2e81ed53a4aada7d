"""What is usual of a flow, by its own last readings: a median and a range round it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Days before an entry's that say what is usual.
DAYS = 30

#: With fewer readings than this nothing is called usual.
LEAST = 7

#: Half-width of the range: this many times the robust standard deviation (1.4826 times the
#: median absolute deviation, exact for normal readings), and at least this share of the median.
#: Rules of thumb, not from any standard: unverified.
WIDTH, SHARE = 6.0, 0.5
_NORMAL = 1.4826


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in a day, or of a level; canonical unit."""

    expected: float
    low: float
    high: float


class Expectation(Protocol):
    """Who knows what was usual before a day."""

    def __call__(self, what: str, day: int) -> Usual | None:
        """What is usual on the operating day (ordinal); None where too little is known."""


def usual(values: Sequence[float]) -> Usual | None:
    """What is usual after these readings.

    Days on which nothing moved say nothing of how much does when it moves: zeros are left out.

    Args:
        values: Readings of the days before, canonical unit; no NaN.
    """
    moved = [value for value in values if value > 0.0]
    if len(moved) < LEAST:
        return None
    middle = median(moved)
    spread = _NORMAL * median(abs(value - middle) for value in moved)
    half = max(WIDTH * spread, SHARE * middle)
    return Usual(middle, max(0.0, middle - half), middle + half)
