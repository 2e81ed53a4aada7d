"""Evidence of gross errors over many days: sums that know what chance is and what stays.

The white residuals of day t answer to candidate c by f_tc; chance is new every day, what is
common to all readings of a device (its bias_sigma) is the same number b every day, with H_t the
residuals of one standard deviation of it. Over a window, with D the chance parts alone,

    r = f size + H b + chance,   b ~ N(0, I),   cov(r) = D + H H'

and the generalized least-squares size of an error present all through the window follows from
sums over its days of a = f'f, s = f'r, P = H'H, q = H'r, M = f'H (all in white units of D):

    information = a - M (I + P)^-1 M',   score = s - M (I + P)^-1 q
    size = score / information,  T = score / sqrt(information) ~ N(0, 1)

(Woodbury's identity). So a meter that is off by its bias_sigma is no alarm however long it is
watched, one that is off by chance averages out, days may differ in what is measured and how
well, and missing days simply add nothing. Days of reference before the window tell what the
biases are (they add to P and q alone): then a change is seen that is smaller than bias_sigma.

The mean over fixed windows stands here for a cumulative sum (Page, Biometrika 41, 1954): it has
the same power for a step of the window's length, and a variance that can be written down.

The change of a stock shares a level with the day before; taken as independent here, its sum is
less certain than it could be: alarms come late, never too often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.gross.redundancy import rows_of
from flows.reconcile.problem import Readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from flows.reconcile.problem import System

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Information left beside what biases may do, as a share, below which nothing can be told.
SHARE = 1e-9
#: Statistics this near to each other are one.
SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Information:
    """What each of D days says of c candidates: the n variables, then the nodes.

    Attributes:
        own, score: a and s, shape (D, c).
        common, pull: P and q over d devices, shape (D, d, d) and (D, d).
        mixed: M, shape (D, c, d).
        columns: Device of each of the d, or -1 - variable where a reading has none.
    """

    own: Floats
    score: Floats
    common: Floats
    pull: Floats
    mixed: Floats
    columns: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Evidence of windows that end on each of D days; NaN where nothing can be told.

    Attributes:
        statistic: T, standard normal without gross error, signed like the size, shape (D, c).
        size, sigma: Of an error all through the window, layer's unit a day, shape (D, c).
        window: Days.
    """

    statistic: Floats
    size: Floats
    sigma: Floats
    window: int


def information(
    system: System,
    values: Floats,
    sigma: Floats,
    bias: Floats,
    device: Ints | None = None,
    *,
    shape: Floats | None = None,
) -> Information:
    """Sums of each day, echelon forms made once for each pattern of what is measured.

    Args:
        system: Variables and equations.
        values: Readings, NaN where nothing is measured, shape (D, n).
        sigma: Chance part of each, one standard deviation; with bias 0 and sigma 0 exact.
        bias: What the readings of one device share, one standard deviation at this value.
        device: Index of the device of each reading, -1 for one of its own, shape (D, n) or (n,);
            None: all have their own.
        shape: Course over the days of an error of size 1, shape (D, n + nodes); None: constant.

    Raises:
        numpy.linalg.LinAlgError: If bias alone makes a residual uncertain: without chance a
            single reading would tell the bias for ever.
    """
    days, size = values.shape
    total = size + len(system.nodes)
    own = np.broadcast_to(np.int64(-1) if device is None else device, values.shape)
    tags = np.where(own >= 0, own, -1 - np.arange(size))
    measured = ~np.isnan(values)
    spread = np.where(measured, np.hypot(np.nan_to_num(sigma), np.nan_to_num(bias)), 0.0)
    biased = measured & (np.nan_to_num(bias) != 0.0)
    columns = tuple(dict.fromkeys(tags[biased].tolist()))
    result = Information(
        np.zeros((days, total)),
        np.zeros((days, total)),
        np.zeros((days, len(columns), len(columns))),
        np.zeros((days, len(columns))),
        np.zeros((days, total, len(columns))),
        columns,
    )
    column = {tag: place for place, tag in enumerate(columns)}
    state = measured.astype(np.int8) + (spread > 0.0)
    _, first, which = np.unique(state, axis=0, return_index=True, return_inverse=True)
    for number, example in enumerate(first.tolist()):
        of = np.flatnonzero(measured[example])
        at = np.flatnonzero(which.reshape(-1) == number)
        # One scale for all days of the pattern: their quadratic mean.
        usual = np.sqrt((spread[np.ix_(at, of)] ** 2).mean(axis=0))
        rows, right, losses, place = rows_of(system, Readings(of, usual))
        if not len(rows):
            continue
        scale = usual[place]
        rows, right, losses = rows / scale[:, None], right / scale, losses / scale[:, None]
        errors = np.zeros((len(rows), total))
        errors[:, of] = np.where(usual > 0.0, rows, 0.0)
        errors[:, size:] = losses
        for day in at.tolist():
            course = errors if shape is None else errors * shape[day]
            shared = np.zeros((len(rows), len(columns)))
            some = np.flatnonzero(biased[day, of])
            device_of = [column[int(tags[day, variable])] for variable in of[some]]
            np.add.at(shared.T, device_of, (rows[:, some] * bias[day, of[some]]).T)
            _one(result, day, rows * sigma[day, of], rows @ values[day, of] - right, course, shared)
    # What no redundant row holds says nothing of any bias, and costs time.
    seen = np.flatnonzero(result.common.any(axis=(0, 1)))
    return Information(
        result.own,
        result.score,
        result.common[:, seen][:, :, seen],
        result.pull[:, seen],
        result.mixed[:, :, seen],
        tuple(columns[i] for i in seen),
    )


def _one(
    into: Information, day: int, chance: Floats, residual: Floats, course: Floats, shared: Floats
) -> None:
    root = np.linalg.cholesky(chance @ chance.T)
    white = np.linalg.solve(root, np.hstack([course, shared, residual[:, None]]))
    total = course.shape[1]
    errors, biases, r = white[:, :total], white[:, total:-1], white[:, -1]
    into.own[day] = (errors**2).sum(axis=0)
    into.score[day] = errors.T @ r
    into.common[day] = biases.T @ biases
    into.pull[day] = biases.T @ r
    into.mixed[day] = errors.T @ biases


def accumulate(
    of: Information, window: int, *, reference: int = 0, ends: Sequence[int] | None = None
) -> Evidence:
    """Evidence of the windows of so many days that end on each day.

    Args:
        of: Sums of each day, consecutive.
        window: Days; the first windows are shorter.
        reference: Days before the window that tell the biases; an error that is in them, too,
            is taken for bias as far as its bias_sigma allows.
        ends: Last days of the windows that are wanted, None for all; the rest is NaN.
    """
    days, total = of.own.shape
    gain, score = np.full((days, total), np.nan), np.full((days, total), np.nan)
    one = np.eye(len(of.columns))
    for day in range(days) if ends is None else ends:
        begin = max(day + 1 - window, 0)
        inside, known = slice(begin, day + 1), slice(max(begin - reference, 0), day + 1)
        own, mixed = of.own[inside].sum(axis=0), of.mixed[inside].sum(axis=0)
        prior = one + of.common[known].sum(axis=0)
        right = np.column_stack([mixed.T, of.pull[known].sum(axis=0)])
        solved = np.linalg.solve(prior, right)
        left = own - np.einsum("cd,dc->c", mixed, solved[:, :-1])
        told = left > SHARE * own
        gain[day, told] = left[told]
        score[day] = of.score[inside].sum(axis=0) - mixed @ solved[:, -1]
    return Evidence(score / np.sqrt(gain), score / gain, 1.0 / np.sqrt(gain), window)


def leading(of: Evidence, day: int) -> tuple[int, ...]:
    """Candidates with the greatest |T| of a window, more than one where none can be told apart.

    Errors with the same course through all redundant rows have one statistic whatever the data.
    """
    size = np.abs(of.statistic[day])
    if np.isnan(size).all():
        return ()
    greatest = float(np.nanmax(size))
    return tuple(int(i) for i in np.flatnonzero(size >= greatest * (1.0 - SAME)))
