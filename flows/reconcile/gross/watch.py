"""The watch: gross errors over days, each said once with its days, its size and what it may be.

Every day of a period ends windows of 1, 7 and 30 days, and one of 7 days against the 30 before it
(`evidence`). The strongest statistic beyond its threshold is looked at: over which days the error
lies, and what it is, a bias or leak, a slip of the point, or two figures swapped (`naming`).
Then those figures are taken for unmeasured on those days, or the loss for unknown, and the rest is
tested again: serial elimination (Rosenberg, Mah and Iordache, Ind. Eng. Chem. Res. 26, 1987;
unverified). So what an error does to other balances, days and windows is no second alarm.

The threshold of a day and window is Sidak's for as many different tests as it has: a bound that
holds whatever is measured that day and however the tests depend on each other (`alarms`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.gross.alarms import Budget, sidak
from flows.reconcile.gross.errors import CLOSE
from flows.reconcile.gross.evidence import SAME
from flows.reconcile.gross.naming import Named, Sort, likely, written
from flows.reconcile.gross.sums import Sums, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from flows.reconcile.gross.errors import Doubt
    from flows.reconcile.gross.series import Series
    from flows.reconcile.gross.sums import Windows

    Floats = NDArray[np.float64]

#: Length of each window and days of reference before it.
WINDOWS = ((1, 0), (7, 0), (30, 0), (7, 30))
#: Days before a period that its windows may reach back.
BEFORE = 30
#: Two alarms of one thing with no more than this between them are one.
NEAR = 7
#: Alarms at most, per thirty days of a period and at least.
MOST = 20


@dataclass(frozen=True, slots=True)
class Alarm:
    """One gross error, as far as it can be told.

    Attributes:
        sort: What it probably is.
        members: Flow ids and `stock:<process>`, then processes, that no datum tells apart; of a
            swap the two.
        size, sigma: A day: reading minus truth of the first member, canonical unit, or what is
            lost, layer's unit; one standard deviation.
        level: Mean reading of the first member on these days, canonical unit; NaN of a leak.
        first, last: Ordinals of the first and last day.
        window: Days of the window that raised it.
        statistic, threshold: Of that window; standard normal without gross error.
        factor: Reading over truth of a slip, else 1.
        layer: Of a leak, else "".
        rival: The best other candidate, "" where none comes near.
        swapped: Two flows that fit nearly as well if their figures stand in each other's place.
        doubts: What speaks against it.
    """

    sort: Sort
    members: tuple[str, ...]
    size: float
    sigma: float
    level: float
    first: int
    last: int
    window: int
    statistic: float
    threshold: float
    factor: float = 1.0
    layer: str = ""
    rival: str = ""
    swapped: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """The strongest alarm at the moment.

    Attributes:
        group: Candidates that no datum tells apart.
        begin, end: Rows of the first and last day of the window.
        common: Variance of the size that does not fall with the days of the window.
    """

    group: tuple[int, ...]
    begin: int
    end: int
    reference: int
    common: float
    statistic: float
    threshold: float


def watch(
    series: Series,
    *,
    first: int = 0,
    budget: float = 1.0,
    windows: Sequence[tuple[int, int]] = WINDOWS,
    explained: Iterable[tuple[str, int, int]] = (),
    most: int | None = None,
) -> tuple[Alarm, ...]:
    """Gross errors of the days from row `first` on, by day.

    Args:
        series: Consecutive days; those before `first` are where windows begin, and what is over
            by then is found, but not told.
        first: Row of the first day asked for.
        budget: Days with a false alarm in 30, over all tests and windows together.
        windows: Lengths, and days of reference before them.
        explained: Readings known to be wrong: name, first and last ordinal; not used.
        most: Errors at most; None: 20 in 30 days.
    """
    days = len(series.days) - first
    if days <= 0:
        return ()
    used = _without(series, explained)
    state = _Watch(used, first, Budget(budget, 30.0, len(windows)), windows)
    for _ in range(most if most is not None else MOST * math.ceil(days / 30)):
        pick = state.strongest()
        if pick is None:
            break
        state.explain(pick)
    begin = int(series.days[first])
    merged = _merged(state.alarms)
    return tuple(sorted((each for each in merged if each.last >= begin), key=_order))


def alarm_days(
    series: Series,
    *,
    first: int = 0,
    budget: float = 1.0,
    windows: Sequence[tuple[int, int]] = WINDOWS,
) -> int:
    """Days from row `first` on that end a window with an alarm: what the budget speaks of."""
    state = _Watch(series, first, Budget(budget, 30.0, len(windows)), windows)
    over = [state.over(each)[0] > 0.0 for each in state.evidence]
    return int(np.logical_or.reduce(over).sum())


def _without(series: Series, explained: Iterable[tuple[str, int, int]]) -> Series:
    value = series.value.copy()
    for name, first, last in explained:
        if name in series.names:
            some = (series.days >= first) & (series.days <= last)
            value[some, series.names.index(name)] = np.nan
    return replace(series, value=value)


def _order(alarm: Alarm) -> tuple[int, int, str]:
    return alarm.first, alarm.last, alarm.members[0]


def _merged(alarms: Sequence[Alarm]) -> list[Alarm]:
    """What is said of one thing in days that meet, as one; the stronger tells size and sort."""
    kept: list[Alarm] = []
    for each in sorted(alarms, key=_order):
        for place, other in enumerate(kept):
            near = each.first <= other.last + NEAR and other.first <= each.last + NEAR
            if not near or not set(each.members) & set(other.members):
                continue
            strong = max(each, other, key=lambda one: one.statistic)
            first, last = min(each.first, other.first), max(each.last, other.last)
            kept[place] = replace(strong, first=first, last=last)
            break
        else:
            kept.append(each)
    return kept


class _Watch:
    """Errors found so far, and the evidence that is left without them."""

    def __init__(
        self, series: Series, first: int, budget: Budget, windows: Sequence[tuple[int, int]]
    ) -> None:
        self.series, self.first, self.level = series, first, budget.level
        self.windows = tuple(windows)
        self.sums = Sums(series)
        self.alarms: list[Alarm] = []
        self.leads: list[tuple[int, int, int]] = []
        self._limits: dict[int, float] = {}
        self.evidence = [empty(len(series.days), self.sums.total) for _ in self.windows]
        self._test(first, len(series.days) - 1)

    def _test(self, first: int, last: int) -> None:
        """Evidence of the windows that end on the rows from first to last, anew."""
        ends = np.arange(max(first, self.first), last + 1)
        if not len(ends):
            return
        for kept, (window, reference) in zip(self.evidence, self.windows, strict=True):
            new = self.sums.over(np.maximum(ends + 1 - window, 0), ends, reference)
            kept.statistic[ends], kept.size[ends] = new.statistic, new.size
            kept.sigma[ends], kept.tests[ends] = new.sigma, new.tests

    def limit(self, tests: int) -> float:
        """Least |T| that is an alarm, of so many tests."""
        if tests not in self._limits:
            self._limits[tests] = sidak(self.level, tests) if tests else math.inf
        return self._limits[tests]

    def over(self, of: Windows) -> tuple[Floats, Floats]:
        """Greatest |T| of each window that is beyond its threshold, else 0; the thresholds."""
        greatest = np.nan_to_num(np.abs(of.statistic)).max(axis=1)
        limits = np.array([self.limit(int(tests)) for tests in of.tests])
        return np.where(greatest > limits, greatest, 0.0), limits

    def strongest(self) -> Pick | None:
        """The greatest |T| of all windows that is beyond its threshold."""
        best: tuple[float, int, int, float] | None = None
        for place, each in enumerate(self.evidence):
            over, limits = self.over(each)
            end = int(np.argmax(over))
            if over[end] and (best is None or over[end] > best[0]):
                best = float(over[end]), place, end, float(limits[end])
        if best is None:
            return None
        statistic, place, end, limit = best
        window, reference = self.windows[place]
        begin = max(end + 1 - window, 0)
        group = leading(self.evidence[place].statistic[end])
        own = self.sums.course(group[0])[0][begin : end + 1].sum()
        common = float(self.evidence[place].sigma[end, group[0]]) ** 2 - 1.0 / float(own)
        return Pick(group, begin, end, reference, max(common, 0.0), statistic, limit)

    def explain(self, pick: Pick) -> None:
        """Say what a pick probably is, and take it out of the days on which it lies."""
        begin, end = self._span(pick)
        rows = np.arange(begin, end + 1)
        found = self._named(pick, rows)
        self.alarms.append(self._alarm(pick, found, rows))
        self.leads.append((found.members[0], begin, end))
        taken = found.members[: 2 if found.sort is Sort.SWAP else 1]
        self.sums.take_out(taken, begin, end)
        reach = max(window + reference for window, reference in self.windows)
        self._test(begin, min(end + reach, len(self.series.days) - 1))

    def _span(self, pick: Pick) -> tuple[int, int]:
        """First and last row of an error of one size, of all spans that meet the window.

        That with the greatest T, by the chance of each day and a common part as uncertain as the
        window's evidence says. Where days before the window tell what is usual, the error may as
        well lie in them.
        """
        own, score = (np.append(0.0, np.cumsum(one)) for one in self.sums.course(pick.group[0]))
        low, high = max(pick.begin - pick.reference, 0), pick.end
        begin, end = np.arange(high + 1)[:, None], np.arange(low, len(own) - 1)[None, :]
        gained, scored = own[end + 1] - own[begin], score[end + 1] - score[begin]
        right = (begin <= end) & (gained > 0.0)
        gained = np.where(right, gained, 1.0)
        fit = np.where(right, scored**2 / gained / (1.0 + pick.common * gained), -1.0)
        first, last = np.unravel_index(int(np.argmax(fit)), fit.shape)
        return int(first), int(last) + low

    def _named(self, pick: Pick, rows: NDArray[np.intp]) -> Named:
        """What is wrong on the days of a span."""
        found = self.sums.over(rows[:1], rows[-1:], pick.reference)
        statistic, size, sigma = found.statistic[0], found.size[0], found.sigma[0]
        score = likely(self.series, self.sums.value, rows, (statistic, size, sigma))
        if np.isneginf(score).all():
            return Named(Sort.BIAS, pick.group, math.nan, math.nan)
        for known, begin, end in self.leads:
            # One meter that gets worse is likelier than two that go wrong side by side.
            if begin <= rows[-1] + NEAR and rows[0] <= end + NEAR:
                score[known] += CLOSE
        best = int(np.argmax(score))
        strength = np.nan_to_num(np.abs(statistic))
        group = np.flatnonzero(np.abs(strength - strength[best]) <= SAME * strength[best])
        group = group[np.argsort(-score[group], kind="stable")]
        possible = group[~np.isneginf(score[group])]
        others = score.copy()
        others[group] = -math.inf
        rival = int(np.argmax(others))
        distance = float(score[best] - others[rival])
        lead = Named(
            Sort.BIAS if best < self.sums.size else Sort.LEAK,
            tuple(int(each) for each in possible),
            float(size[best]),
            float(sigma[best]),
            rival=rival if math.isfinite(distance) else -1,
            distance=distance,
        )
        return written(self.series, self.sums.value, rows, lead)

    def _alarm(self, pick: Pick, found: Named, rows: NDArray[np.intp]) -> Alarm:
        lead, of = found.members[0], self.series
        leak = lead >= self.sums.size
        factor = 1.0 if leak else float(of.factor[lead])
        known = np.zeros(0) if leak else self.sums.value[rows, lead]
        known = known[~np.isnan(known)]
        level = float(known.mean()) / factor if len(known) else math.nan
        return Alarm(
            found.sort,
            tuple(dict.fromkeys(self.name(member) for member in found.members)),
            found.size / factor,
            found.sigma / factor,
            level,
            int(of.days[rows[0]]),
            int(of.days[rows[-1]]),
            pick.end + 1 - pick.begin,
            pick.statistic,
            pick.threshold,
            found.factor,
            of.nodes[lead - self.sums.size][1] if leak else "",
            self.name(found.rival) if found.near else "",
            tuple(self.name(one) for one in found.swap),
            found.doubts,
        )

    def name(self, candidate: int) -> str:
        """Flow, stock or process."""
        if candidate < self.sums.size:
            return self.series.names[candidate]
        return self.series.nodes[candidate - self.sums.size][0]


def leading(statistic: Floats) -> tuple[int, ...]:
    """Candidates with the greatest |T|: more than one where none can be told apart."""
    size = np.nan_to_num(np.abs(statistic))
    return tuple(int(i) for i in np.flatnonzero(size >= size.max() * (1.0 - SAME)))
