"""Drift of a yield: whether the last weeks differ from those before by more than weeks do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Days of a block; most plants live by the week.
WEEK = 7
#: Weeks looked at, those of the reference, those left out between, and the last ones.
WEEKS, REFERENCE, RECENT = 8, 4, 2
#: Days of a week of which both sums must be known.
KNOWN = 5
#: Least relative change that is called a drift; a choice of ours, uncertain.
LEAST = 0.05
#: Least relative standard deviation of a week's ratio; below it scales read alike, uncertain.
FLOOR = 0.005


@dataclass(frozen=True, slots=True)
class Drift:
    """A ratio of sums that has moved.

    Attributes:
        value, sigma: Mean of the last weeks, and one standard deviation of it as weeks vary.
        usual: Mean of the reference weeks before; with a year before, carried on as that year went.
        first, last: Days of the last weeks, as indices.
        statistic, threshold: Student's t of the difference, and where its alarm begins.
    """

    value: float
    sigma: float
    usual: float
    first: int
    last: int
    statistic: float
    threshold: float


def drift(
    outputs: Floats,
    inputs: Floats,
    *,
    last: int,
    rate: float,
    before: tuple[Floats, Floats] | None = None,
) -> Drift | None:
    """Whether outputs over inputs have drifted by the end of a day.

    Weeks are counted back from that day. How much weeks vary by themselves is told by the
    differences of neighbors, sigma^2 = sum (r[i+1] - r[i])^2 / 2(m - 1): a drift hardly enters it
    (J. von Neumann et al., Ann. Math. Stat. 12 (1941) 153). As an estimate it is worth two thirds
    of its m - 1 degrees of freedom.

    Args:
        outputs: Amounts of days, shape (D,); NaN where they are not known.
        inputs: As outputs.
        last: Index of the last day.
        rate: Chance of a false alarm that is accepted, two-sided.
        before: Outputs and inputs of the same weeks a year before, same shapes. Then the ratios
            are judged as multiples of that year's: what the season does in both years is no drift.

    Returns:
        The drift, or None: also where weeks are missing, or where nothing came out in one of the
        last: a stream that has stopped is no yield.
    """
    from scipy.special import stdtrit

    ratio = _weeks(outputs, inputs, last)
    season = np.ones(WEEKS) if before is None else _weeks(*before, last)
    if ratio is None or season is None or season.min() <= 0.0:
        return None
    ratio = ratio / season
    usual, value = float(ratio[:REFERENCE].mean()), float(ratio[-RECENT:].mean())
    spread = math.sqrt(float(np.square(np.diff(ratio)).sum()) / (2.0 * (WEEKS - 1)))
    spread = max(spread, FLOOR * usual)
    if ratio[-RECENT:].min() <= 0.0 or abs(value - usual) < LEAST * usual:
        return None
    statistic = (value - usual) / (spread * math.sqrt(1.0 / REFERENCE + 1.0 / RECENT))
    threshold = float(stdtrit(2.0 * (WEEKS - 1) / 3.0, 1.0 - rate / 2.0))
    if abs(statistic) <= threshold:
        return None
    scale = float(season[-RECENT:].mean())
    sigma = scale * spread / math.sqrt(RECENT)
    first = last + 1 - RECENT * WEEK
    return Drift(scale * value, sigma, scale * usual, first, last, statistic, threshold)


def _weeks(outputs: Floats, inputs: Floats, last: int) -> Floats | None:
    """Ratio of sums of each week up to a day, shape (WEEKS,); None where too little is known."""
    begin = last + 1 - WEEKS * WEEK
    if begin < 0:
        return None
    above = outputs[begin : last + 1].reshape(WEEKS, WEEK)
    below = inputs[begin : last + 1].reshape(WEEKS, WEEK)
    known = np.isfinite(above) & np.isfinite(below)
    given = np.where(known, below, 0.0).sum(axis=1)
    if np.any(known.sum(axis=1) < KNOWN) or np.any(given <= 0.0):
        return None
    ratio: Floats = np.where(known, above, 0.0).sum(axis=1) / given
    return ratio
