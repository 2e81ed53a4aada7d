"""What a reconciliation says: one row a flow, stock, reading, coefficient and relation."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.reconcile.classify import Class
    from flows.reconcile.outlook.foundation import Foundation

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One variable, before and after; amounts over the period in `unit`.

    Attributes:
        id: Flow id, `stock:<process>`, `<flow>.<layer>` of a content, or id of a relation.
        measured, sigma: The reading and one standard deviation, None where there is none.
        reconciled, sigma_reconciled: None where nothing is known of it.
        adjustment: reconciled - measured.
        normalized_adjustment: Adjustment over its standard deviation, sqrt(sigma^2 -
            sigma_reconciled^2); None where no balance tests the reading.
        klass: What the data say of it (`class` is a word of the language).
        interval: Least and greatest value that bounds leave to an unobservable flow, or None.
        unit: Unit of all of it, "" where none was declared.
        layer: Layer that it is an amount of.
        weight: How much the reading counts under Huber's loss, 0 to 1; None in least squares
            and where there is nothing to weigh.
    """

    id: str
    measured: float | None
    sigma: float | None
    reconciled: float | None
    sigma_reconciled: float | None
    adjustment: float | None
    normalized_adjustment: float | None
    klass: Class
    interval: tuple[float, float] | None = None
    unit: str = ""
    layer: str = ""
    weight: float | None = None

    def divided(self, divisor: float, unit: str) -> Row:
        """The same in another unit; `divisor` is canonical units per that unit."""

        def by(value: float | None) -> float | None:
            return None if value is None else value / divisor

        return replace(
            self,
            measured=by(self.measured),
            sigma=by(self.sigma),
            reconciled=by(self.reconciled),
            sigma_reconciled=by(self.sigma_reconciled),
            adjustment=by(self.adjustment),
            interval=self.interval and (self.interval[0] / divisor, self.interval[1] / divisor),
            unit=unit,
        )


@dataclass(frozen=True, slots=True)
class CoefficientRow:
    """A transfer coefficient: share of what enters `process` that leaves by `flow`."""

    process: str
    flow: str
    row: Row


@dataclass(frozen=True, slots=True)
class Suspect:
    """Readings that no datum can tell apart, with what speaks against them.

    Attributes:
        members: Ids; more than one where they are inseparable.
        statistic: Absolute normalized adjustment, standard normal without gross error.
    """

    members: tuple[str, ...]
    statistic: float


@dataclass(frozen=True, slots=True)
class Robust:
    """That Huber's loss was made least, and how.

    Attributes:
        constant: Standardized reading beyond which the loss grows linearly.
        loss: Twice the least loss: chi2 where no reading is beyond the constant, below it
            elsewhere. It follows no chi-square law. None where the turns led nowhere.
        turns: Least-squares problems solved.
        converged: Whether the weights are those of their own answer.
    """

    constant: float
    loss: float | None
    turns: int
    converged: bool


@dataclass(frozen=True)
class Reconciliation:
    """The answer for one period.

    Four states stand apart: `converged` (a linear problem is solved directly: always true; where
    it is false nothing is reconciled),
    `feasible` (false: exact values contradict each other, a finding names the balance),
    `suspect` (the global test fails at 5 %), `bounds_active` (ids held at a bound).

    Attributes:
        chi2: Least weighted sum of squared adjustments; None without degree of freedom.
        dof: Degrees of freedom; an active bound counts as an exact reading of its flow.
        p_value: Chance of a greater chi2 without gross error; None without freedom.
        balance_residual: Greatest |in - out - stock change| / throughput over the processes of
            which all flows are known, throughput the greater of all in and all out; 0 if none is,
            and where nothing was reconciled.
        flows, stocks: In order of declaration, canonical units unless converted by `in_units`.
        readings: Second and further readings of a flow or stock.
        suspects: By falling statistic; empty unless `suspect`.
        iterations: Linear problems that were solved.
        concentrations: Contents of flows by `<flow>.<layer>`, layer unit per canonical unit.
        carried: Layers that flows carry by a content; their amounts are among `flows` and
            `stocks`, with the same id and another layer.
        period: Text of the period that a file states, or "".
        robust: Of Huber's loss, or None in least squares. chi2, dof, p_value, suspect and
            suspects stay those of least squares on the same readings.
        foundation: What it was worked out of, for draws and the question of the next meter;
            None where nothing is known.
    """

    converged: bool
    feasible: bool
    suspect: bool
    bounds_active: tuple[str, ...]
    chi2: float | None
    dof: int
    p_value: float | None
    balance_residual: float
    flows: tuple[Row, ...]
    stocks: tuple[Row, ...]
    readings: tuple[Row, ...]
    coefficients: tuple[CoefficientRow, ...]
    relations: tuple[Row, ...]
    suspects: tuple[Suspect, ...]
    findings: tuple[Finding, ...]
    _covariance: Callable[[Sequence[str]], Floats] = field(repr=False, compare=False)
    iterations: int = 1
    concentrations: tuple[Row, ...] = ()
    carried: tuple[str, ...] = ()
    period: str = ""
    robust: Robust | None = None
    foundation: Foundation | None = field(default=None, repr=False, compare=False)

    def covariance(self, ids: Sequence[str]) -> Floats:
        """Posterior covariance of flows and stocks, canonical units, shape (len(ids), len(ids)).

        NaN in row and column of what is unobservable, and everywhere if not feasible. In several
        layers also of contents, `<flow>.<layer>`, and of what flows carry, `<flow>:<layer>`.

        Raises:
            KeyError: If an id is none of these in the reconciled layers.
        """
        return self._covariance(ids)

    def in_units(self, units: Mapping[str, tuple[str, float]]) -> Reconciliation:
        """The same with rows in other units; covariances stay in canonical units.

        Args:
            units: By id of flow or stock: unit, and canonical units per one of it over the
                period; by `<flow>.<layer>` for contents, by `<flow>:<layer>` for the amounts
                that flows carry. Ids that are missing stay as they are.
        """

        def convert(rows: tuple[Row, ...]) -> tuple[Row, ...]:
            contents = {row.id for row in self.concentrations}
            found = []
            for row in rows:
                amount = row.layer in self.carried and row.id not in contents
                unit = units.get(f"{row.id}:{row.layer}" if amount else row.id)
                found.append(row.divided(unit[1], unit[0]) if unit else row)
            return tuple(found)

        return replace(
            self,
            flows=convert(self.flows),
            stocks=convert(self.stocks),
            readings=convert(self.readings),
            concentrations=convert(self.concentrations),
            findings=tuple(_in_units(item, units) for item in self.findings),
        )

    def with_findings(self, findings: Sequence[Finding]) -> Reconciliation:
        """The same with what was found before it (while reading a file) said first."""
        return replace(self, findings=(*findings, *self.findings))


def _in_units(item: Finding, units: Mapping[str, tuple[str, float]]) -> Finding:
    """Amounts in a finding, in the unit of its flow; a residual in the one unit of all flows."""
    keys: tuple[str, ...] = ()
    if item.code in {"bound-violated", "bound-impossible"} and item.where in units:
        keys, (unit, divisor) = ("value", "low", "high"), units[item.where]
    elif item.code == "infeasible" and len(set(units.values())) == 1:
        keys, (unit, divisor) = ("residual",), next(iter(units.values()))
    if not keys:
        return item
    params = dict(item.params, unit=unit)
    for key in keys:
        value = params.get(key)
        if isinstance(value, float):
            params[key] = value / divisor
    return replace(item, params=params)


def number(value: float) -> float | None:
    """None for NaN."""
    return None if math.isnan(value) else float(value)
