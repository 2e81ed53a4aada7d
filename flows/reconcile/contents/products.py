"""Variables of several layers, with the products that tie them and their tangents.

A flow F of matter carries S = F c of a layer, c being its content; a transfer coefficient t sends
S_out = t U out of what enters. Balances of F and of S are linear, only these products are not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.problem import GROUND, Problem, Row, System

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """x[result] = x[amount] * x[share]."""

    name: str
    result: int
    amount: int
    share: int


@dataclass(frozen=True)
class ContentsProblem:
    """One period in several layers.

    Attributes:
        linear: Variables, balances, linear equations and readings; without the products.
        products: The equations that are not linear.
        amounts: Variable of the amount of a layer, by flow and layer; the carrier's too.
        contents: Variable of a content, by flow and layer: layer unit per layer unit of the flow.
        shares: Variable of a transfer coefficient, by its place in the network.
        names: Further variables by their names in the answer: contents and coefficients.
        low, high: Bounds of every variable, shape (n,).
        guess: Where to begin for what no reading speaks of: typical amounts; NaN for none.
    """

    linear: Problem
    products: tuple[Product, ...]
    amounts: dict[Key, int]
    contents: dict[Key, int]
    shares: dict[int, int]
    names: dict[str, int]
    low: Floats
    high: Floats
    guess: Floats

    @property
    def size(self) -> int:
        """Number of variables."""
        return self.linear.system.size

    def at(self, x: Floats) -> System:
        """The system with each product by its tangent at x: r - s0 a - a0 s = -a0 s0."""
        rows = tuple(
            Row(
                each.name,
                (
                    (each.result, 1.0),
                    (each.amount, -float(x[each.share])),
                    (each.share, -float(x[each.amount])),
                ),
                -float(x[each.amount] * x[each.share]),
            )
            for each in self.products
        )
        return replace(self.linear.system, rows=self.linear.system.rows + rows)

    def residual(self, x: Floats) -> float:
        """Greatest rest of a product, as a share of what passes at its ends; known ones only."""
        result, amount, share = (
            np.array([getattr(each, key) for each in self.products], dtype=np.intp)
            for key in ("result", "amount", "share")
        )
        left = np.abs(x[result] - x[amount] * x[share])
        size = self.sizes(x)[result]
        return float(np.nan_to_num(left[size > 0.0] / size[size > 0.0]).max(initial=0.0))

    def sizes(self, x: Floats) -> Floats:
        """What the rounding of each variable is measured by: the greatest at its ends."""
        size = np.where(np.isnan(x), 0.0, np.abs(x))
        system = self.linear.system
        greatest = np.zeros(len(system.nodes) + 1)
        for ends in (system.tails, system.heads):
            np.maximum.at(greatest, ends, size)
        greatest[GROUND] = 0.0
        return np.maximum(size, np.maximum(greatest[system.tails], greatest[system.heads]))
