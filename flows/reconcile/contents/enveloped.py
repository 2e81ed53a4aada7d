"""What bounds leave open of unobservable amounts and contents: linear programs over envelopes.

What is known stands at its reconciled value. A product r = a s with one known factor is linear.
Where both factors are unknown, all points of it within their bounds lie between four planes
(McCormick, Mathematical Programming 10, 1976, from memory: unverified), so that an interval holds
every point that fulfills balances, products and bounds: perhaps wider than need be, never narrower.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.bounds import EQUATIONS, groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.contents.products import ContentsProblem

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]
    Span = tuple[float, float]

#: Above so many unknown variables nothing is sought.
UNKNOWN = 200
#: How often intervals of factors serve as bounds of the next envelopes, and what counts as a gain.
PASSES, GAIN = 4, 1e-3
#: Rounding of a linear program, in units of what is left to its unknowns.
SOLVED = 1e-7
_INFEASIBLE = 2


class Impossible(Exception):  # noqa: N818  a statement about data, not a failure
    """Nothing lies within the bounds of some variables."""

    def __init__(self, variables: Ints) -> None:
        """Of these."""
        super().__init__(variables)
        self.variables = variables


def left_open(problem: ContentsProblem, x: Floats) -> dict[int, Span]:
    """Least and greatest value of each unknown variable, where bounds leave less than everything.

    Args:
        problem: Its linear equations, products and bounds.
        x: Reconciled values, NaN where nothing is known, shape (n,).

    Raises:
        Impossible: If no values of the unknown ones fulfill equations and bounds.
    """
    unknown = np.flatnonzero(np.isnan(x))
    system = problem.linear.system
    rows = len(system.nodes) + len(system.rows) + len(problem.products)
    if not len(unknown) or len(unknown) > UNKNOWN or rows * system.size > EQUATIONS:
        return {}
    program = _Program(problem, x, unknown)
    found: dict[int, Span] = {}
    for part, columns in program.parts():
        spans = program.intervals(part, columns)
        if spans is None:
            raise Impossible(unknown[columns])
        low, high = spans
        for column, least, most in zip(columns.tolist(), low.tolist(), high.tolist(), strict=True):
            if np.isfinite([least, most]).any():
                found[int(unknown[column])] = least, most
    return found


class _Program:
    """Equations E u = b and products of the unknowns u; columns are places in `unknown`."""

    def __init__(self, problem: ContentsProblem, x: Floats, unknown: Ints) -> None:
        place = {int(variable): column for column, variable in enumerate(unknown)}
        self.low, self.high = problem.low[unknown], problem.high[unknown]
        self.size = _sizes(problem, x)[unknown]
        matrix, right = problem.linear.system.equations()
        rows = (matrix[:, unknown] != 0.0).any(axis=1)
        known = np.setdiff1d(np.arange(len(x)), unknown)
        equations = [matrix[np.ix_(rows, unknown)]]
        rest = [right[rows] - matrix[np.ix_(rows, known)] @ x[known]]
        noise = [np.abs(right[rows]) + np.abs(matrix[np.ix_(rows, known)]) @ np.abs(x[known])]
        self.products: list[tuple[tuple[int, float], int, int]] = []
        for each in problem.products:
            ends = each.result, each.amount, each.share
            own = [place.get(end, -1) for end in ends]
            if max(own) < 0:
                continue
            result, amount, share = (float(x[end]) for end in ends)
            if own[1] >= 0 and own[2] >= 0:
                self.products.append(((own[0], result), own[1], own[2]))
                continue
            line = np.zeros(len(unknown))
            if own[0] >= 0:
                line[own[0]] = 1.0
            if own[1] >= 0:
                line[own[1]] = -share
            if own[2] >= 0:
                line[own[2]] = -amount
            left = (0.0 if own[0] >= 0 else -result) + (
                amount * share if own[1] < 0 and own[2] < 0 else 0.0
            )
            equations.append(line[None])
            rest.append(np.array([left]))
            noise.append(np.array([abs(left)]))
        self.equations, self.right = np.vstack(equations), np.concatenate(rest)
        self.noise = np.concatenate(noise)

    def parts(self) -> list[tuple[Ints, Ints]]:
        """Rows of E and columns of the parts that share no unknown; those without a row alone."""
        ties = np.zeros((len(self.products), self.equations.shape[1]))
        for row, ((result, _), amount, share) in enumerate(self.products):
            ties[row, [i for i in (result, amount, share) if i >= 0]] = 1.0
        count = len(self.equations)
        found = [
            (rows[rows < count], columns)
            for rows, columns in groups(np.vstack([self.equations, ties]))
        ]
        seen = {int(column) for _, columns in found for column in columns}
        none = np.zeros(0, dtype=np.intp)
        alone = [i for i in range(self.equations.shape[1]) if i not in seen]
        return found + [(none, np.array([i], dtype=np.intp)) for i in alone]

    def intervals(self, rows: Ints, columns: Ints) -> tuple[Floats, Floats] | None:
        """Least and greatest value of each column of a part, None if there is none."""
        low, high = self.low[columns].copy(), self.high[columns].copy()
        of = {int(column): i for i, column in enumerate(columns)}
        own = [
            ((of.get(result, -1), value), of[amount], of[share])
            for (result, value), amount, share in self.products
            if amount in of
        ]
        for turn in range(PASSES if own else 1):
            upper, at_most = _envelopes(own, low, high)
            least, most = self._solve(rows, columns, upper, at_most, low, high)
            if (least > most).any():
                if turn:
                    break  # of rounding: what was found before holds
                # Where bounds leave a single point, rounding may shut it out.
                low, high = low - SOLVED * self.size[columns], high + SOLVED * self.size[columns]
                least, most = self._solve(rows, columns, *_envelopes(own, low, high), low, high)
                if (least > most).any():
                    return None
            gained = (_shrunk(low, least, high - low) | _shrunk(-high, -most, high - low)).any()
            low, high = least, most
            if not gained:
                break
        return low, high

    def _solve(
        self, rows: Ints, columns: Ints, upper: Floats, at_most: Floats, low: Floats, high: Floats
    ) -> tuple[Floats, Floats]:
        """Two programs a column, each in units of what it may be; an empty span if none fits."""
        from scipy.optimize import linprog

        unit = self.size[columns]
        equal, right = _scaled(self.equations[np.ix_(rows, columns)] * unit, self.right[rows])
        upper, at_most = _scaled(upper * unit, at_most)
        # right sides that are rounding of what they are the rest of are 0
        _, noise = _scaled(self.equations[np.ix_(rows, columns)] * unit, self.noise[rows])
        right[np.abs(right) <= 1e-12 * noise] = 0.0
        whole = max(np.abs(right).max(initial=0.0), SOLVED * noise.max(initial=0.0)) or 1.0
        limits = [(a, b) for a, b in zip(low / unit / whole, high / unit / whole, strict=True)]
        found = low.copy(), high.copy()
        for place in range(len(columns)):
            for sign, ends in zip((1.0, -1.0), found, strict=True):
                cost = np.zeros(len(columns))
                cost[place] = sign
                answer = linprog(
                    cost,
                    A_ub=upper if len(upper) else None,
                    b_ub=at_most / whole if len(upper) else None,
                    A_eq=equal if len(equal) else None,
                    b_eq=right / whole if len(equal) else None,
                    bounds=limits,
                )
                if answer.status == _INFEASIBLE:
                    return np.full(len(columns), np.inf), np.full(len(columns), -np.inf)
                if answer.fun is not None and not answer.status:
                    end = sign * float(answer.fun) * whole * unit[place]
                    # A bound is reached exactly, not to rounding.
                    ends[place] = min(max(end, low[place]), high[place])
        return found


def _envelopes(
    products: list[tuple[tuple[int, float], int, int]], low: Floats, high: Floats
) -> tuple[Floats, Floats]:
    """Planes G u <= h around each product; none where the bound it needs is open."""
    lines, ends = [], []
    for (result, value), amount, share in products:
        for by, at, sign in (
            (low[amount], low[share], 1.0),
            (high[amount], high[share], 1.0),
            (high[amount], low[share], -1.0),
            (low[amount], high[share], -1.0),
        ):
            # r >= by s + at a - by at, or <= where the sign is -1
            if not np.isfinite(by) or not np.isfinite(at):
                continue
            line = np.zeros(len(low))
            line[share] += sign * by
            line[amount] += sign * at
            end = sign * by * at
            if result >= 0:
                line[result] -= sign
            else:
                end += sign * value
            lines.append(line)
            ends.append(end)
    return np.array(lines).reshape(len(lines), len(low)), np.array(ends)


def _scaled(matrix: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Rows and right sides by the greatest entry of each row."""
    most = np.abs(matrix).max(axis=1, initial=0.0)
    most[most == 0.0] = 1.0
    return matrix / most[:, None], right / most


def _shrunk(before: Floats, after: Floats, width: Floats) -> NDArray[np.bool_]:
    """Lower ends that rose by more than a small share of the width, or from nothing."""
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (after > before) & (np.isinf(before) | (after - before > GAIN * np.abs(width)))
        )


def _sizes(problem: ContentsProblem, x: Floats) -> Floats:
    """What each variable is measured in: of amounts the greatest, of contents the median known."""
    size = np.ones(len(x))

    def of(indices: list[int], middle: bool) -> float:
        values = np.abs(x[indices])
        values = values[values > 0.0]
        if not len(values):
            return 1.0
        return float(np.median(values) if middle else values.max())

    linear = problem.linear
    amounts = [*linear.flows.values(), *linear.extras.values()]
    size[amounts] = of(amounts, middle=False)
    for layer in dict.fromkeys(layer for _, layer in problem.contents):
        own = [index for (_, each), index in problem.contents.items() if each == layer]
        size[own] = of(own, middle=True)
    for each in problem.products:
        size[each.result] = size[each.amount] * size[each.share]
    for name, index in linear.stocks.items():
        size[index] = of([index, *amounts], middle=False) if name else 1.0
    return size
