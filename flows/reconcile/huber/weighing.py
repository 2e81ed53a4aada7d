"""Readings with weights: one that counts for less has a greater sigma of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.bounds import parts
from flows.reconcile.problem import Readings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from flows.measured import Measured
    from flows.reconcile.problem import Problem

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    #: "measured" and its place, "relation" and its id, "share" and its place, "good" and its name.
    Key = tuple[str, int | str]

#: Part of what could be a reading's own that is left to the common part, against rounding.
ROUNDED = 1e-9


@dataclass(frozen=True, eq=False)
class Weighing:
    """Which readings can be weighed, and by what of their variance.

    A reading is y = x + e + c. Its own part e is independent of everything and is weighed; the
    common part c (bias of a shared device, declared correlations) keeps its law, for a gross
    error is one of a single reading. With D the variance of e the weights w make the covariance
    V + D (1/w - 1).

    Attributes:
        keys: The readings that can be weighed.
        own: Standard deviation of e, layer unit, shape (r,).
        sigma: Of the whole reading, shape (r,).
    """

    keys: tuple[Key, ...]
    own: Floats
    sigma: Floats

    def apply(self, problem: Problem, variables: Mapping[Key, int], weights: Floats) -> Problem:
        """The same problem with the weights in its readings.

        Args:
            problem: Without weights; it may hold bounds as further exact readings.
            variables: Variable of each reading in it.
            weights: Shape (r,).
        """
        readings = problem.readings
        at = places(readings, variables, self.keys)
        sigma = readings.sigma.copy()
        sigma[at] = np.sqrt(self.sigma**2 + self.own**2 * (1.0 / weights - 1.0))
        correlation = readings.correlation
        if correlation is not None:
            inexact = readings.sigma > 0.0
            shrunk = readings.sigma[inexact] / sigma[inexact]
            correlation = correlation * np.outer(shrunk, shrunk)
            np.fill_diagonal(correlation, 1.0)
        return replace(problem, readings=Readings(readings.of, sigma, correlation))


def places(readings: Readings, variables: Mapping[Key, int], keys: Sequence[Key]) -> Ints:
    """Place of each reading among those of a plan."""
    wanted = np.array([variables[key] for key in keys], dtype=np.intp)
    return np.searchsorted(readings.of, wanted)


def keys(
    measured: Sequence[Measured],
    problem: Problem,
    *,
    shares: Mapping[int, int] | None = None,
    names: Mapping[str, int] | None = None,
) -> dict[Key, int]:
    """Variable of each reading.

    Args:
        measured: Values as given; those behind them, which hold a bound, are left aside.
        problem: Its variables and readings.
        shares: Variable of each coefficient with a sigma, by place.
        names: Further variables by name: contents.
    """
    first: dict[str, int] = {}
    for place, item in enumerate(measured):
        first.setdefault(item.of, place)
    named = {**problem.flows, **problem.stocks, **(names or {})}
    found: dict[Key, int] = {
        ("measured", first[name]): index for name, index in named.items() if name in first
    }
    found |= {("measured", i): at for i, at in problem.extras.items() if i < len(measured)}
    found |= {("relation", name): index for name, index in problem.relations.items()}
    found |= {("share", place): index for place, index in (shares or {}).items()}
    found |= {("good", name): i for name, i in (names or {}).items() if name.startswith("good:")}
    return found


def weighing(readings: Readings, variables: Mapping[Key, int]) -> Weighing:
    """What can be weighed of readings without weights, with the variable of each."""
    at = places(readings, variables, list(variables))
    own = _own(readings)
    kept = [key for key, place in zip(variables, at.tolist(), strict=True) if own[place] > 0.0]
    at = places(readings, variables, kept)
    return Weighing(tuple(kept), own[at], readings.sigma[at])


def _own(readings: Readings) -> Floats:
    """Standard deviation of what each reading shares with none, shape (k,).

    Of tied readings it is the greatest multiple, common to those that hang together, of
    1 / (C^-1)_ii (the variance that the others leave unexplained) that leaves a covariance when
    it is taken off.
    """
    own = readings.sigma.copy()
    if readings.correlation is None:
        return own
    inexact = np.flatnonzero(readings.sigma > 0.0)
    for part in parts(readings.correlation != 0.0):
        if len(part) == 1:
            continue
        C = readings.correlation[np.ix_(part, part)]
        left = np.sqrt(1.0 / np.linalg.inv(C).diagonal())
        least = float(np.linalg.eigvalsh(C / np.outer(left, left))[0]) - ROUNDED
        own[inexact[part]] *= left * np.sqrt(np.clip(least, 0.0, 1.0))
    return own
