"""Answers of a block of days given further unknowns T: levels of stocks, biases of devices.

A reading is y = x + b beta + e, so the rows of the day say R e = (R y - right) + E T with
E = [levels' columns | -R b]. Given T, x = y - b beta - e; T's own covariance comes on top by what
x moves with T.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.classify import CANCELLED
from flows.reconcile.plan import ROUNDINGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.days.batch import Block

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

#: A variance of an adjustment below this share of the reading's own is one of rounding.
NONE = 1e-12


@dataclass(frozen=True)
class Answer:
    """As `batch.Batch`, of a block."""

    x: Floats
    sigma_x: Floats
    adjustment: Floats
    spread: Floats


class Given:
    """A block of days and its further unknowns, t of them: first levels, then biases.

    Attributes:
        sums, sizes, residual: As of the block, with the levels at their start.
        conditions: E of every row, shape (d, m, t).
        effects: The same of the tested rows, 0 elsewhere.
        root: Cholesky factor of the tested residuals' covariance given T, in units of their
            scale, shape (d, m, m).
        information: White rows J and z of the tested readings: z + J T is standard normal;
            shape (d, m, t + 1), z last.
    """

    def __init__(self, block: Block, levels: Floats, biases: Floats, start: Floats) -> None:
        """Set up.

        Args:
            block: The days.
            levels: Coefficients of the levels in every row, shape (d, m, levels).
            biases: Of each variable per unit of each bias, shape (d, n, biases).
            start: Levels near the answer, shape (d, levels); T is what is to be added to them, so
                that what closes there is not touched by rounding.
        """
        self.block, self.levels, self.biases, self.start = block, levels, biases, start
        # As in `Block`, with the levels.
        self.sums = block.sums + (levels @ start[:, :, None])[:, :, 0]
        self.sizes = block.sizes + (np.abs(levels) @ np.abs(start)[:, :, None])[:, :, 0]
        count = np.maximum(ROUNDINGS, (block.rows != 0.0).sum(axis=2))
        closed = np.abs(self.sums) <= np.finfo(float).eps * count * self.sizes
        self.residual = np.where(block.tested & ~closed, self.sums, 0.0)
        by_bias = -(block.rows @ biases)
        effects = np.concatenate([levels, by_bias], axis=2)
        self.conditions = effects
        self.effects = effects = effects * block.tested[:, :, None]
        scaled = np.concatenate([effects, self.residual[:, :, None]], axis=2)
        scaled /= block.scale[:, :, None]
        normal = block.gram + np.eye(block.rows.shape[1])
        self.root = np.linalg.cholesky(normal)
        self.information = np.asarray(np.linalg.solve(self.root, scaled))

    def answer(
        self, mean: Floats, factor: Floats, measured: Bools, adjustment: Floats | None = None
    ) -> Answer:
        """Values with T estimated by `mean` (d, t) with covariance F F', F of shape (d, t, t)."""
        block, count = self.block, self.levels.shape[2]
        if adjustment is None:
            errors, _ = block.errors(self.residual + (self.effects @ mean[:, :, None])[:, :, 0])
            adjustment = -errors - (self.biases @ mean[:, count:, None])[:, :, 0]
        adjustment = np.where(measured, adjustment, np.nan)
        adjustment[adjustment == 0.0] = 0.0
        x = np.where(measured, block.values + adjustment, np.nan)
        offset = (self.levels @ (self.start + mean[:, :count])[:, :, None])[:, :, 0]
        x = block.closed(x, adjustment != 0.0, offset)
        own, _ = block.spreads()
        moves = self.moves()
        sigma_x = np.hypot(own, np.linalg.norm(moves @ factor, axis=2))
        total = block.sigma**2 + (self.biases**2).sum(axis=2)
        left = total - sigma_x**2
        spread = np.sqrt(np.where(left > NONE * total, left, 0.0))
        return Answer(x, sigma_x, adjustment, np.where(measured, spread, np.nan))

    def loadings(self, place: int, moves: Floats, common: Floats) -> Floats:
        """Variables of a day by independent standard normal noise: rows of a covariance factor.

        Args:
            place: The day, in the block.
            moves: Derivative of its variables by T, of `moves`, shape (n, t).
            common: The same of T, shape (t, columns).

        Returns:
            Shape (n, columns + n): what comes from T, then what is the day's own.
        """
        block = self.block
        sigma, rows = block.sigma[place], block.rest[place].copy()
        row = np.flatnonzero(block.tested[place])
        rows[row, block.pivots[place, row]] = 1.0
        own = np.diag(sigma) - sigma[:, None] * (rows.T @ (block.inverse[place] @ rows))
        row = np.flatnonzero(block.known[place])
        first = block.pivots[place, row]
        own[first] = 0.0
        own[first] = -(block.rows[place, row] @ own)
        return np.hstack([moves @ common, own])

    def moves(self) -> Floats:
        """Derivative of every variable by T, shape (d, n, t)."""
        block, count = self.block, self.levels.shape[2]
        white = block.inverse @ (self.effects / block.scale[:, :, None])
        errors = block.sigma[:, :, None] * (block.rest.transpose(0, 2, 1) @ white)
        moves = -errors
        moves[:, :, count:] -= self.biases
        # What a row is solved for moves as the rest of the row: it may be read far worse.
        day, row = np.nonzero(block.tested | block.known)
        moves[day, block.pivots[day, row]] = 0.0
        by = -(block.rows @ moves)
        by[:, :, :count] -= self.levels
        moves[day, block.pivots[day, row]] = by[day, row]
        return np.asarray(moves)


def alone(given: Given, measured: Bools) -> tuple[Answer, Floats]:
    """Each day by itself, its biases with a standard normal prior; and chi2, shape (d,).

    No levels. The residuals' covariance is L (I + J J') L' and a reading's with them s [I K] +
    b (R b)': so neither an adjustment nor its spread is the difference of two great numbers.
    """
    rows, last = given.information[:, :, :-1], given.information[:, :, -1]
    count = rows.shape[2]
    normal = rows.transpose(0, 2, 1) @ rows + np.eye(count)
    factor = np.linalg.inv(np.linalg.cholesky(normal)).transpose(0, 2, 1)
    seen = rows.transpose(0, 2, 1) @ last[:, :, None]
    mean = -(factor @ (factor.transpose(0, 2, 1) @ seen))[:, :, 0]
    block, size = given.block, rows.shape[1]
    ties = block.sigma[:, None, :] * block.rest
    day, row = np.nonzero(block.tested)
    ties[day, row, block.pivots[day, row]] = block.scale[day, row]
    bound = (given.effects / block.scale[:, :, None]) @ given.biases.transpose(0, 2, 1)
    cancelled = np.abs(ties - bound) <= CANCELLED * (np.abs(ties) + np.abs(bound))
    ties = np.where(cancelled, 0.0, ties - bound)
    whole = given.root @ np.linalg.cholesky(np.eye(size) + rows @ rows.transpose(0, 2, 1))
    right = np.concatenate([ties, (given.residual / block.scale)[:, :, None]], axis=2)
    gains = np.linalg.solve(whole, right)
    adjustment = -np.einsum("dmi,dm->di", gains[:, :, :-1], gains[:, :, -1])
    spread = np.where(measured, np.linalg.norm(gains[:, :, :-1], axis=1), np.nan)
    found = given.answer(mean, factor, measured, adjustment)
    return replace(found, spread=spread), (gains[:, :, -1] ** 2).sum(axis=1)
