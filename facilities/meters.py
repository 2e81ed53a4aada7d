"""Made-up meters: true amounts to what instruments would have said, and to rows of a log file."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from io import StringIO
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.network import Device

_NORMAL = NormalDist()

COLUMNS = (
    "what",
    "day",
    "start",
    "end",
    "value",
    "unit",
    "sigma",
    "device",
    "quality",
    "register",
    "ticket",
    "note",
)


class Draws:
    """Normal draws that are the same on every Python: one stream per purpose.

    Only `Random.random` is promised to stay as it is, so the normal law is applied here; and
    each stream is seeded by its name, so that one flow more leaves the others as they were.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        """A stream of its own for `purpose`."""
        self._random = Random(f"{seed}:{purpose}")  # noqa: S311  no secret is made of it

    def normal(self, sigma: float = 1.0) -> float:
        """One draw of mean 0."""
        return sigma * _NORMAL.inv_cdf(max(self._random.random(), 1e-12))

    def uniform(self, low: float, high: float) -> float:
        """One draw between two numbers."""
        return low + (high - low) * self._random.random()

    def walk(self, count: int, sigma: float, memory: float = 0.7) -> list[float]:
        """A series of standard deviation sigma that remembers its last value; mean 0."""
        value, fresh, series = self.normal(sigma), math.sqrt(1.0 - memory * memory), []
        for _ in range(count):
            series.append(value)
            value = memory * value + fresh * self.normal(sigma)
        return series


@dataclass(frozen=True, slots=True)
class Meter:
    """A device with the one bias that it has in this world.

    Attributes:
        bias: Draw of a standard normal, common to all its readings.
    """

    device: Device
    draws: Draws
    bias: float

    def read(self, true: float, typical: float | None = None) -> float:
        """What it says of a true amount, canonical unit, in steps of its resolution."""
        spreads = self.device.sigma, self.device.bias_sigma
        noise = self.draws.normal(spreads[0].at(true, typical)) if spreads[0] else 0.0
        common = self.bias * spreads[1].at(true, true) if spreads[1] else 0.0
        return self.step(max(true + noise + common, 0.0))

    def step(self, value: float) -> float:
        """The nearest step of the resolution."""
        size = self.device.resolution
        return round(value / size) * size if size else value


@dataclass
class Sheet:
    """Rows of a long log file."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def add(self, what: str, day: str, **cells: str) -> None:
        """One row; columns that are not named stay empty."""
        self.rows.append({"what": what, "day": day, **cells})

    def text(self) -> str:
        """The file: header, rows, line feeds; quotes where a note has a comma."""
        target = StringIO()
        writer = csv.DictWriter(target, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return target.getvalue()


def digits(step: float) -> int:
    """Decimals that show a step exactly enough: 0.02 needs 2, 10 none."""
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0.0 else 3


def parts(total: float, size: float, draws: Draws) -> Sequence[float]:
    """A day's amount in loads of about `size`; they add up to it."""
    count = max(1, round(total / size))
    weights = [draws.uniform(0.9, 1.1) for _ in range(count)]
    scale = total / sum(weights)
    return [weight * scale for weight in weights]
