"""Evidence of many windows at once, kept up to date while errors are taken out of some days.

As `evidence.accumulate`, with sums over days as differences of running sums and the small systems
of all windows solved together. Candidates whose sums are the same on all days are one test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.gross.evidence import SHARE, Information, information
from flows.reconcile.problem import GROUND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from flows.reconcile.gross.series import Series
    from flows.reconcile.problem import System

    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp]

#: Windows whose systems are solved together.
BLOCK = 64
#: Digits to which the sums of two candidates agree that are one test.
DIGITS = 9


@dataclass(frozen=True, eq=False)
class Windows:
    """Evidence of some windows for c candidates; NaN where nothing can be told.

    Attributes:
        statistic, size, sigma: As in `evidence.Evidence`, shape (windows, c).
        tests: Different tests in each window, shape (windows,).
    """

    statistic: Floats
    size: Floats
    sigma: Floats
    tests: NDArray[np.intp]


def empty(windows: int, candidates: int) -> Windows:
    """Of windows in which nothing can be told."""
    shape = (windows, candidates)
    statistic, size, sigma = (np.full(shape, np.nan) for _ in range(3))
    return Windows(statistic, size, sigma, np.zeros(windows, np.intp))


class Sums:
    """Sums of the days of a series; errors can be taken out, day by day."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self.value = series.value.copy()
        self.size = series.system.size
        self.total = self.size + len(series.nodes)
        #: Candidates that may be named.
        self.named = np.array([bool(name) for name in series.names] + [True] * len(series.nodes))
        self.lost: dict[int, frozenset[int]] = {}
        self.days = self._of(np.arange(len(series.days)), series.system)
        self.column = {tag: place for place, tag in enumerate(self.days.columns)}
        self._add_up()

    def take_out(self, candidates: Iterable[int], first: int, last: int) -> None:
        """Readings are not measured, losses not known, on the rows from first to last."""
        for candidate in candidates:
            if candidate < self.size:
                self.value[first : last + 1, candidate] = np.nan
                continue
            for row in range(first, last + 1):
                known = self.lost.get(row, frozenset())
                self.lost[row] = known | {candidate - self.size}
        groups: dict[frozenset[int], list[int]] = {}
        for row in range(first, last + 1):
            groups.setdefault(self.lost.get(row, frozenset()), []).append(row)
        for lost, rows in groups.items():
            self._renew(sorted(lost), np.array(rows, dtype=np.intp))
        self._add_up()

    def over(self, begins: Rows, ends: Rows, reference: int = 0) -> Windows:
        """Evidence of windows from begins to ends, both included, shape (windows,) each."""
        after, before = ends + 1, np.maximum(begins - reference, 0)
        own = self.own[after] - self.own[begins]
        score = self.score[after] - self.score[begins]
        left = own.copy()
        for start in range(0, len(ends), BLOCK):
            part = slice(start, start + BLOCK)
            inside, known = (after[part], begins[part]), (after[part], before[part])
            mixed = self.mixed[inside[0]] - self.mixed[inside[1]]
            prior = np.eye(self.common.shape[1]) + self.common[known[0]] - self.common[known[1]]
            pull = self.pull[known[0]] - self.pull[known[1]]
            right = np.concatenate([np.swapaxes(mixed, 1, 2), pull[:, :, None]], axis=2)
            solved = np.linalg.solve(prior, right)
            left[part] -= np.einsum("wcd,wdc->wc", mixed, solved[:, :, :-1])
            score[part] -= np.einsum("wcd,wd->wc", mixed, solved[:, :, -1])
        gain = np.where((left > SHARE * own) & (own > 0.0), left, np.nan)
        tests = (~np.isnan(gain)).sum(axis=1)
        return Windows(
            self._spread(score / np.sqrt(gain)),
            self._spread(score / gain),
            self._spread(1.0 / np.sqrt(gain), signed=False),
            tests,
        )

    def _spread(self, values: Floats, *, signed: bool = True) -> Floats:
        """From tests to all candidates, each with the sign of its own effect."""
        found = np.full((len(values), self.total), np.nan)
        for place, (members, signs) in enumerate(self.groups):
            found[:, members] = values[:, [place]] * (signs if signed else 1.0)
        return found

    def _of(self, rows: Rows, system: System) -> Information:
        wide = ((0, 0), (0, system.size - self.size))
        of = self.series
        return information(
            system,
            np.pad(self.value[rows], wide, constant_values=np.nan),
            np.pad(of.sigma[rows], wide),
            np.pad(of.bias[rows], wide),
            np.pad(of.device[rows], wide, constant_values=-1),
        )

    def _renew(self, lost: list[int], rows: Rows) -> None:
        """Sums of rows on which losses at some nodes are not known: flows nobody measures."""
        system = self.series.system
        system = replace(
            system,
            names=(*system.names, *(f"lost {node}" for node in lost)),
            tails=np.append(system.tails, lost).astype(np.intp),
            heads=np.append(system.heads, [GROUND] * len(lost)).astype(np.intp),
        )
        new, whole = self._of(rows, system), self.days
        kept = np.delete(np.arange(self.total + len(lost)), self.size + np.arange(len(lost)))
        at = np.array([self.column[tag] for tag in new.columns], dtype=np.intp)
        whole.own[rows], whole.score[rows] = new.own[:, kept], new.score[:, kept]
        for array in (whole.common, whole.pull, whole.mixed):
            array[rows] = 0.0
        whole.common[np.ix_(rows, at, at)] = new.common
        whole.pull[np.ix_(rows, at)] = new.pull
        whole.mixed[np.ix_(rows, np.arange(self.total), at)] = new.mixed[:, kept]

    def _add_up(self) -> None:
        """Running sums over the days, of each test once."""
        shown = np.flatnonzero((self.days.own > 0.0).any(axis=0) & self.named)
        own, score = (_short(part[:, shown]) for part in (self.days.own, self.days.score))
        # The sign that a candidate has against another is that of their scores.
        first = np.argmax(np.abs(score) > 0.0, axis=0) if len(score) else np.zeros(len(shown), int)
        sign = np.where(score[first, np.arange(len(shown))] < 0.0, -1.0, 1.0)
        found: dict[bytes, list[int]] = {}
        for place in range(len(shown)):
            key = own[:, place].tobytes() + (score[:, place] * sign[place] + 0.0).tobytes()
            found.setdefault(key, []).append(place)
        self.groups = [(shown[some], sign[some] * sign[some[0]]) for some in found.values()]
        leaders = np.array([members[0] for members, _ in self.groups], dtype=np.intp)
        self.own, self.score, self.common, self.pull, self.mixed = (
            np.concatenate([np.zeros((1, *part.shape[1:])), np.cumsum(part, axis=0)])
            for part in (
                self.days.own[:, leaders],
                self.days.score[:, leaders],
                self.days.common,
                self.days.pull,
                self.days.mixed[:, leaders],
            )
        )

    def course(self, candidate: int) -> tuple[Floats, Floats]:
        """Information and score of a candidate on each day, by chance alone, shape (days,)."""
        return self.days.own[:, candidate], self.days.score[:, candidate]


def _short(values: Floats) -> Floats:
    """Rounded, so that rounding errors do not tell two sums apart."""
    scale = np.abs(values).max(axis=0, initial=0.0, keepdims=True)
    power = 10.0 ** np.floor(np.log10(np.where(scale > 0.0, scale, 1.0)))
    return np.asarray(np.round(values / power, DIGITS) * power + 0.0)
