"""Least squares over a chain of levels, exact for all days at once and linear in their number.

Rows of day t tie (s(t-1), s(t), beta): white ones with a standard normal error, and exact ones. In
time order s(t-1) is eliminated by orthogonal transformations of the rows that hold it, which
leaves it as s(t-1) = a + B (s(t), beta) + N e with e standard normal, and rows for what follows
(square-root information filter; Bierman, Factorization Methods, 1977). Backwards, means follow
from a and B, factors of covariances F F' as [B F, N]: what is known far better than its parts
keeps its digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import CANCELLED, CONTRADICTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Equations over u unknowns: the right side last.

    Attributes:
        white: Shape (w, u + 1); the error of each is standard normal.
        exact: Shape (x, u + 2); after the right side the sum of the sizes it is made of.
    """

    white: Floats
    exact: Floats

    def and_(self, other: Rows) -> Rows:
        """Both."""
        return Rows(np.vstack([self.white, other.white]), np.vstack([self.exact, other.exact]))

    def after(self, count: int) -> Rows:
        """The same with as many further unknowns, of which nothing is said, inserted in front."""
        white, exact = (np.zeros((len(part), count)) for part in (self.white, self.exact))
        return Rows(np.hstack([white, self.white]), np.hstack([exact, self.exact]))


@dataclass(frozen=True)
class Step:
    """First unknowns by those that stay: s = constant + by v + noise e."""

    constant: Floats
    by: Floats
    noise: Floats

    def back(self, mean: Floats, factor: Floats) -> tuple[Floats, Floats]:
        """Mean and covariance factor, square, of (s, v) from those of v."""
        count, others = self.by.shape
        joint = np.zeros((count + others, others + count))
        joint[:count, :others] = self.by @ factor
        joint[:count, others : others + self.noise.shape[1]] = self.noise
        joint[count:, :others] = factor
        return np.concatenate([self.constant + self.by @ mean, mean]), joint


@dataclass
class Tally:
    """What comes out beside the steps.

    Attributes:
        chi2: Squares of what white rows leave over.
        sure: Unknowns that exact rows are solved for.
        broken: Whether exact rows contradict each other.
    """

    chi2: float = 0.0
    sure: int = 0
    broken: bool = False


def eliminate(rows: Rows, count: int, free: Bools, tally: Tally) -> tuple[Step, Rows]:
    """Solve for the first unknowns.

    Args:
        rows: All equations that hold them.
        count: How many they are.
        free: Those among them that nothing determines; they stand at 0, which changes nothing
            that is determined. Shape (count,).
        tally: Counted on.

    Returns:
        The step, and the equations of the others.
    """
    white, exact = rows.white.copy(), rows.exact.copy()
    others = white.shape[1] - 1 - count
    white[:, :count][:, free] = 0.0
    exact[:, :count][:, free] = 0.0
    solved, lines, exact = _exactly(white, exact, count)
    rest = [i for i in range(count) if not free[i] and i not in solved]
    order = [*rest, *range(count, white.shape[1])]
    triangle: Floats = white[:, order]
    if len(triangle):
        # Heavy rows first: then reflections keep the digits of the light ones.
        heavy = np.argsort(-np.abs(triangle[:, :-1]).max(axis=1, initial=0.0), kind="stable")
        triangle = triangle[heavy]
        triangle = np.asarray(np.linalg.qr(triangle, mode="r"), dtype=np.float64)
    top = len(rest)
    inverse = np.linalg.inv(triangle[:top, :top])
    constant, by, noise = np.zeros(count), np.zeros((count, others)), np.zeros((count, top))
    constant[rest] = inverse @ triangle[:top, -1]
    by[rest] = -(inverse @ triangle[:top, top:-1])
    noise[rest] = inverse
    for column, line in zip(reversed(solved), reversed(lines), strict=True):
        weights = line[:count].copy()
        weights[column] = 0.0
        constant[column] = line[-2] - weights @ constant
        by[column] = -line[count:-2] - weights @ by
        noise[column] = -(weights @ noise)
    left = triangle[top:, top:]
    tally.chi2 += float((left[others:, -1] ** 2).sum())
    tally.sure += len(solved)
    exact = exact[:, count:]
    empty = (exact[:, :-2] == 0.0).all(axis=1)
    tally.broken |= bool((np.abs(exact[empty, -2]) > CONTRADICTED * exact[empty, -1]).any())
    return Step(constant, by, noise), Rows(left[:others], exact[~empty])


def _exactly(white: Floats, exact: Floats, count: int) -> tuple[list[int], list[Floats], Floats]:
    """Solve exact rows for as many of the first unknowns as they hold, in place in `white`."""
    solved: list[int] = []
    lines: list[Floats] = []
    while len(exact) and count:
        row, column = divmod(int(np.abs(exact[:, :count]).argmax()), count)
        if exact[row, column] == 0.0:
            break
        line = exact[row] / exact[row, column]
        line[-1] = abs(line[-1])
        exact = np.delete(exact, row, axis=0)
        taken = exact[:, column, None] * line
        after = exact - taken
        after[:, -1] = exact[:, -1] + np.abs(taken[:, -1])
        small = np.abs(after) <= CANCELLED * np.maximum(np.abs(exact), np.abs(taken))
        small[:, -2:] = False
        exact = np.where(small, 0.0, after)
        exact[:, column] = 0.0
        white -= white[:, column, None] * line[:-1]
        white[:, column] = 0.0
        solved.append(column)
        lines.append(line)
    return solved, lines, exact


@dataclass(frozen=True)
class Estimate:
    """Means and covariances F F' of (s(t-1), s(t), beta) for the days, and the sum of squares.

    Attributes:
        mean, factor: Shape (D, 2 q + b) and (D, 2 q + b, 2 q + b), the latter F.
        start, start_factor: Of (s(0), beta), shape (q + b,) and (q + b, q + b).
        tally: Of all equations.
        steps, last: By which each day was eliminated, and the factor F of (s(D), beta): what the
            estimates of different days have in common.
    """

    mean: Floats
    factor: Floats
    start: Floats
    start_factor: Floats
    tally: Tally
    steps: tuple[Step, ...]
    last: Floats

    def loadings(self) -> Iterator[tuple[int, Floats]]:
        """From the last day to the first: day, and (s(t-1), s(t), beta) by one common noise.

        Each yielded matrix has the covariance F F' of its day, and with that of another day, padded
        by zero columns, their covariance; shape (2 q + b, columns), columns growing.
        """
        here = self.last
        for day in range(len(self.steps) - 1, -1, -1):
            step = self.steps[day]
            size, fresh = step.noise.shape
            eve = np.hstack([step.by @ here, step.noise])
            here = np.hstack([here, np.zeros((len(here), fresh))])
            yield day, np.vstack([eve, here])
            here = np.vstack([eve, here[size:]])


def estimate(
    days: list[Rows], read: list[Rows], free: Bools, prior: Rows, *, known: Bools | None = None
) -> Estimate:
    """Estimate all levels and biases.

    Args:
        days: Of each day, over (s(t-1), s(t), beta).
        read: Of each boundary 0 to D, over (s(t), beta).
        free: Levels that nothing determines, by boundary, see `knowledge.Chain`.
        prior: Over beta.
        known: Filtered: which levels the days up to each boundary determine; then each day has
            the estimate that its own and earlier data give. None: all data for all days.
    """
    size = free.shape[1]
    result: list[tuple[Floats, Floats]] = []
    steps: list[Step] = []
    rows, tally = prior.after(size).and_(read[0]), Tally()
    start = None if known is None else _last(rows, size, ~known[0], Tally())
    for day, own in enumerate(days):
        wide = _between(rows, size, own.white.shape[1] - 1)
        step, rows = eliminate(wide.and_(own), size, free[day], tally)
        rows = rows.and_(read[day + 1])
        steps.append(step)
        if known is not None:
            result.append(step.back(*_last(rows, size, ~known[day + 1], Tally())))
    mean, factor = last = _last(rows, size, free[-1], tally)
    width = size + len(mean)
    if known is None:
        keep = [*range(size), *range(2 * size, width)]
        for step in reversed(steps):
            joint = step.back(mean, factor)
            result.append(joint)
            mean, factor = joint[0][keep], _square(joint[1][keep])
        result.reverse()
    if start is None:
        start = mean, factor
    return Estimate(
        np.array([each[0] for each in result]).reshape(len(days), width),
        np.array([each[1] for each in result]).reshape(len(days), width, width),
        start[0],
        start[1],
        tally,
        tuple(steps),
        last[1],
    )


def _square(factor: Floats) -> Floats:
    """A square factor of the same covariance."""
    if not factor.size:
        return np.zeros((len(factor), len(factor)))
    return np.asarray(np.linalg.qr(factor.T, mode="r"), dtype=np.float64).T


def _between(rows: Rows, size: int, width: int) -> Rows:
    """Equations of (s(t-1), beta) as equations of (s(t-1), s(t), beta)."""
    parts = []
    for part, tail in ((rows.white, 1), (rows.exact, 2)):
        wide = np.zeros((len(part), width + tail))
        wide[:, :size] = part[:, :size]
        wide[:, 2 * size :] = part[:, size:]
        parts.append(wide)
    return Rows(parts[0], parts[1])


def _last(rows: Rows, size: int, free: Bools, tally: Tally) -> tuple[Floats, Floats]:
    """Mean and covariance factor of (s, beta) where nothing follows."""
    step, rest = eliminate(rows, size, free, tally)
    count = rest.white.shape[1] - 1
    biases, _ = eliminate(rest, count, np.zeros(count, dtype=np.bool_), tally)
    return step.back(*biases.back(np.zeros(0), np.zeros((0, 0))))
