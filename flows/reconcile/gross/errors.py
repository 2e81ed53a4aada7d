"""Gross errors of one period: which bias or leak explains the residuals, how large, how surely.

For one candidate with white signature f (see `redundancy`) the generalized likelihood ratio of
an error of unknown size against none is T^2 = (f'w)^2 / f'f, its size f'w / f'f with standard
deviation 1 / sqrt(f'f). T is standard normal without gross error; of a reading it is the
measurement test of greatest power (Tamhane and Mah, Technometrics 27, 1985), of a node the test
for a leak (Narasimhan and Mah, AIChE J. 33, 1987). T^2 is what chi2 would lose if the reading
were thrown out (Crowe, AIChE J. 34, 1988), so twice the difference of log likelihood of two
explanations is the difference of their T^2. Narasimhan and Jordache, Data Reconciliation and
Gross Error Detection (2000), chapters 7 and 8. Page and edition of all of these: unverified.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.problem import GROUND

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from flows.reconcile.gross.redundancy import Balances, Redundancy

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

#: Two-sided 5 % point of the standard normal distribution.
NOTABLE = 1.96
#: Two directions with a cosine this near to 1 are one test.
EQUAL = 1e-9
#: A direction of which this share is left beside those already named is spanned by them.
SPANNED = 1e-6
#: A likelihood ratio below 20 does not tell two explanations apart: 2 ln 20.
CLOSE = 2.0 * math.log(20.0)
#: Global test of what is left.
LEVEL = 0.05


class Kind(StrEnum):
    """What an error may be."""

    BIAS = "bias"  # of a reading
    LEAK = "leak"  # at a node


class Doubt(StrEnum):
    """What speaks against an explanation, or against relying on it."""

    GAIN = "gain"  # the leak is negative: something unrecorded would have to come in
    BELOW_ZERO = "below-zero"  # without its error the reading would be negative
    QUIET_BALANCES = "quiet-balances"  # the balances that it opens are unremarkable by themselves
    RIVAL = "rival"  # another candidate fits nearly as well
    EXCHANGEABLE = "exchangeable"  # other sets of as many errors fit exactly as well
    UNEXPLAINED = "unexplained"  # the global test fails still
    NOTHING_LEFT = "nothing-left"  # as many errors as degrees of freedom fit anything


@dataclass(frozen=True, slots=True)
class Candidate:
    """One error that may have been made, and its size if it was.

    Attributes:
        kind: Bias of a reading or leak at a node.
        index: Place of the reading, or index of the node.
        size, sigma: Reading minus truth, or what is lost; layer's unit, one standard deviation.
    """

    kind: Kind
    index: int
    size: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Step:
    """One error named by serial elimination.

    Attributes:
        members: Candidates that no datum can tell apart given the errors named before, readings
            first; sizes are those of all errors named taken together.
        statistic: T when it was named, >= 0.
        margin: T^2 above that of the best other candidate: twice the difference in log
            likelihood; infinite where there is no other.
        rival: That other candidate, sized as if it were taken instead, or None.
        doubts: What speaks against it.
    """

    members: tuple[Candidate, ...]
    statistic: float
    margin: float
    rival: Candidate | None
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Errors that explain a period, first things first.

    Attributes:
        chi2, dof, p_value: Of what is left; p is None without freedom.
        exchangeable: Candidates that could take the place of the first member of a step, the
            others sized anew, without any loss of fit.
        doubts: About the whole.
    """

    steps: tuple[Step, ...]
    chi2: float
    dof: int
    p_value: float | None
    exchangeable: tuple[Candidate, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, eq=False)
class Ratios:
    """Likelihood ratios of all candidates; c = readings + nodes, NaN where nothing shows one.

    Attributes:
        statistic: T, signed like the size, shape (days, c).
        size: Shape (days, c).
        sigma: Of the size, shape (c,).
    """

    statistic: Floats
    size: Floats
    sigma: Floats


def global_test(space: Redundancy, values: Floats) -> tuple[Floats, Floats]:
    """chi2 and chance of a greater one, shape (days,) each; NaN chance without freedom."""
    chi2 = (space.white(values) ** 2).sum(axis=1)
    return chi2, _tail(space.dof, chi2)


def nodal_tests(of: Balances, values: Floats) -> Floats:
    """Residual over its sigma of every balance that can be tested, shape (days, q)."""
    return np.asarray(values @ of.rows.T / of.sigma)


def likelihood_ratios(space: Redundancy, values: Floats) -> Ratios:
    """Every candidate by itself, for readings of shape (days, k)."""
    length = np.linalg.norm(space.signatures, axis=0)
    length = np.where(length > 0.0, length, np.nan)
    statistic = space.white(values) @ (space.signatures / length)
    statistic[:, np.isnan(length)] = np.nan
    return Ratios(statistic, statistic / length, 1.0 / length)


def explain(
    space: Redundancy,
    values: Floats,
    *,
    threshold: float = NOTABLE,
    sought: Collection[int] | None = None,
    tested: Balances | None = None,
    ends: tuple[Ints, Ints] | None = None,
) -> Explanation:
    """Name errors one by one, each the likeliest beside those named, until none is notable.

    After each, all sizes are estimated anew together, which is the same as taking the named
    readings for unmeasured (serial elimination; Rosenberg, Mah and Iordache, Ind. Eng. Chem.
    Res. 26, 1987; simultaneous sizes: Sanchez et al., Comput. Chem. Eng. 23, 1999; unverified).

    Args:
        space: Redundant rows of the period.
        values: Its readings, shape (k,).
        threshold: Least |T| that is named; see `alarms` for series of periods.
        sought: Candidates that may be named, as numbered in `Redundancy`; None for all.
        tested: Balances, for evidence that contradicts; with `ends`.
        ends: Tail and head node of each reading, GROUND outside, shape (k,) each.
    """
    search = _Search(space, values, sought)
    steps: list[tuple[list[int], float, float, int | None]] = []
    while len(search.chosen) < space.dof:
        found = search.best()
        if found is None or found[1] < threshold:
            break
        steps.append(found)
        search.take(found[0][0])
    left = search.left()
    chi2 = float(left @ left)
    dof = space.dof - len(search.chosen)
    p_value = float(_tail(dof, np.array([chi2]))[0]) if dof else None
    quiet = _quiet(tested, values)
    named = tuple(
        _step(search, place, step, quiet, ends, values) for place, step in enumerate(steps)
    )
    exchangeable = tuple(search.candidate(i, None) for i in search.spanned())
    doubts = [
        doubt
        for doubt, holds in (
            (Doubt.EXCHANGEABLE, bool(exchangeable)),
            (Doubt.UNEXPLAINED, p_value is not None and p_value < LEVEL),
            (Doubt.NOTHING_LEFT, bool(steps) and not dof),
        )
        if holds
    ]
    return Explanation(named, chi2, dof, p_value, exchangeable, tuple(doubts))


class _Search:
    """White residuals and signatures, less what the errors named so far explain."""

    def __init__(self, space: Redundancy, values: Floats, sought: Collection[int] | None) -> None:
        self.space = space
        self.white = space.white(values[None])[0]
        total = space.signatures.shape[1]
        allowed = np.arange(total) if sought is None else np.array(sorted(sought), dtype=np.intp)
        self.units = space.units()
        seen = np.linalg.norm(self.units, axis=0) > 0.0
        self.allowed = np.array([i for i in allowed if seen[i]], dtype=np.intp)
        self.chosen: list[int] = []
        self.basis = np.zeros((space.dof, 0))

    def left(self) -> Floats:
        return np.asarray(self.white - self.basis @ (self.basis.T @ self.white))

    def _apart(self) -> tuple[Floats, Floats]:
        """Directions without what is explained, and their lengths."""
        units = self.units[:, self.allowed]
        apart = units - self.basis @ (self.basis.T @ units)
        return apart, np.linalg.norm(apart, axis=0)

    def best(self) -> tuple[list[int], float, float, int | None] | None:
        """Inseparable candidates, their |T|, margin over the best other, and that one."""
        apart, length = self._apart()
        some = np.flatnonzero(length > SPANNED)
        if not len(some):
            return None
        directions = apart[:, some] / length[some]
        statistic = np.abs(directions.T @ self.left())
        top = int(np.argmax(statistic))
        same = np.abs(directions.T @ directions[:, top]) > 1.0 - EQUAL
        others = np.flatnonzero(~same)
        rival, margin = None, math.inf
        if len(others):
            second = others[np.argmax(statistic[others])]
            rival = int(self.allowed[some[second]])
            margin = float(statistic[top] ** 2 - statistic[second] ** 2)
        members = self.allowed[some[same]].tolist()
        return members, float(statistic[top]), margin, rival

    def take(self, candidate: int) -> None:
        self.chosen.append(candidate)
        self.basis = np.linalg.qr(self.units[:, self.chosen])[0]

    def spanned(self) -> list[int]:
        """Candidates unlike each of those named whose effect these can make up together."""
        if len(self.chosen) < 2 or len(self.chosen) == self.space.dof:
            return []
        _, length = self._apart()
        within = self.allowed[length <= SPANNED]
        like = np.abs(self.units[:, self.chosen].T @ self.units[:, within]).max(axis=0)
        return [int(i) for i in within[like <= 1.0 - EQUAL]]

    def candidate(self, index: int, instead: int | None) -> Candidate:
        """Sized with the others named, in the place of one of them (None: where it fits best)."""
        if instead is None:
            share = np.linalg.lstsq(self.units[:, self.chosen], self.units[:, index], rcond=None)[0]
            instead = int(np.argmax(np.abs(share)))
        chosen = list(self.chosen)
        chosen[instead] = index
        by = self.units[:, chosen]
        triangle = np.linalg.inv(np.linalg.qr(by, mode="r"))
        length = float(np.linalg.norm(self.space.signatures[:, index]))
        size = float((triangle @ (triangle.T @ (by.T @ self.white)))[instead])
        sigma = float(np.linalg.norm(triangle[instead]))
        leak = index >= self.space.count
        return Candidate(
            Kind.LEAK if leak else Kind.BIAS,
            index - self.space.count if leak else index,
            size / length,
            sigma / length,
        )


def _step(
    search: _Search,
    place: int,
    step: tuple[list[int], float, float, int | None],
    quiet: frozenset[int] | None,
    ends: tuple[Ints, Ints] | None,
    values: Floats,
) -> Step:
    members, statistic, margin, rival = step
    sized = tuple(search.candidate(index, place) for index in members)
    doubts = [Doubt.RIVAL] if margin < CLOSE else []
    doubts += [
        doubt
        for doubt in (Doubt.GAIN, Doubt.BELOW_ZERO, Doubt.QUIET_BALANCES)
        if all(_speaks(doubt, each, quiet, ends, values) for each in sized)
    ]
    other = None
    if rival is not None and _fits(search, rival, place):
        other = search.candidate(rival, place)
    return Step(sized, statistic, margin, other, tuple(doubts))


def _fits(search: _Search, rival: int, place: int) -> bool:
    """Whether a rival is no sum of the errors named beside it."""
    beside = [index for i, index in enumerate(search.chosen) if i != place]
    basis = np.linalg.qr(search.units[:, beside])[0]
    unit = search.units[:, rival]
    return bool(np.linalg.norm(unit - basis @ (basis.T @ unit)) > SPANNED)


def _speaks(
    doubt: Doubt,
    each: Candidate,
    quiet: frozenset[int] | None,
    ends: tuple[Ints, Ints] | None,
    values: Floats,
) -> bool:
    """Whether a doubt holds of one candidate; a set is doubted only if all of it is."""
    if doubt is Doubt.GAIN:
        return each.kind is Kind.LEAK and each.size < 0.0
    leak = each.kind is Kind.LEAK
    if doubt is Doubt.BELOW_ZERO:
        return not leak and float(values[each.index]) - each.size < -NOTABLE * each.sigma
    if quiet is None or ends is None:
        return False
    around = {each.index} if leak else {int(end[each.index]) for end in ends} - {GROUND}
    return bool(around) and around <= quiet


def _quiet(tested: Balances | None, values: Floats) -> frozenset[int] | None:
    """Nodes whose own balance is tested and unremarkable."""
    if tested is None:
        return None
    statistic = np.abs(nodal_tests(tested, values[None])[0])
    return frozenset(
        node
        for nodes, each in zip(tested.nodes, statistic, strict=True)
        if each < NOTABLE and len(nodes) == 1
        for node in nodes
    )


def _tail(dof: int, chi2: Floats) -> Floats:
    """Chance of a greater chi2."""
    if not dof:
        return np.full(chi2.shape, np.nan)
    from scipy.special import chdtrc

    return np.asarray(chdtrc(dof, chi2))
