"""What a report shows: plain rows, filled from results by the caller; no ledger, no computation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.findings import Finding

#: Label by language code (`zh`, `en`).
Names: TypeAlias = "Mapping[str, str]"


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process, or an end outside the park (`environment:<name>`), with its labels."""

    id: str
    names: Names = field(default_factory=dict)
    facility: str = ""


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One flow over the period, measured beside reconciled; amounts in `unit`, None: not known.

    Attributes:
        layer, factor: Layer it is drawn in, and layer unit per `unit`.
        class_: `redundant`, `nonredundant`, `observable`, `unobservable`, `exact`, `bounded`.
        low, high: Interval of an unobservable flow where bounds give one.
        suspect: Whether its meter is among those suspected.
        good: Id of what moves, "" where none is stated.
        typical: Usual amount a day in `unit`, or None.
        carried, carried_sigma: Energy that one `unit` of matter carries, GJ (LHV with liquid
            water at -2.443 GJ/t), or None.
        carried_usual: The same without the samples of the period.
    """

    id: str
    source: str
    target: str
    unit: str
    names: Names = field(default_factory=dict)
    measured: float | None = None
    sigma: float | None = None
    reconciled: float | None = None
    sigma_reconciled: float | None = None
    adjustment: float | None = None
    normalized_adjustment: float | None = None
    class_: str = ""
    layer: str = "mass"
    factor: float = 1.0
    low: float | None = None
    high: float | None = None
    suspect: bool = False
    good: str = ""
    typical: float | None = None
    carried: float | None = None
    carried_sigma: float | None = None
    carried_usual: float | None = None


@dataclass(frozen=True, slots=True)
class StockRow:
    """Change of what a process holds, closing minus opening; fields as in `FlowRow`."""

    process: str
    unit: str
    names: Names = field(default_factory=dict)
    measured: float | None = None
    sigma: float | None = None
    reconciled: float | None = None
    sigma_reconciled: float | None = None
    adjustment: float | None = None
    normalized_adjustment: float | None = None
    class_: str = ""
    layer: str = "mass"
    factor: float = 1.0
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """Balance of measured values: in - out - stock change = residual.

    Attributes:
        level: `process`, `facility` or `park`.
        tolerance: 1.96 standard deviations of the residual, or None.
        state: `closed`, `open`, `uncertain` where nothing could open it, `not-closed` where
            something in it is unmeasured, or `transformed` where the layer is made or ended here.
        transformed, transformed_sigma: That difference: made where negative, ended where positive.
        facility: Facility of a process.
        partial: `in`, `out`, `stock` where something of that sum is not known.
    """

    level: str
    id: str
    layer: str
    unit: str
    inflow: float | None
    outflow: float | None
    stock_change: float | None
    residual: float | None
    tolerance: float | None
    state: str
    names: Names = field(default_factory=dict)
    transformed: float | None = None
    transformed_sigma: float | None = None
    facility: str = ""
    partial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LossRow:
    """What is lost at a step by one flow; `share` of what enters the step, or None."""

    flow: str
    value: float | None
    sigma: float | None
    unit: str
    share: float | None = None
    names: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepRow:
    """One yield of a chain; `low` to `high` is its usual range, `basis` measured or reconciled."""

    id: str
    value: float | None
    sigma: float | None
    unit: str
    names: Names = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    basis: str = "reconciled"
    source: str = ""
    losses: tuple[LossRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainRow:
    """A chain with its steps; the last step is the whole yield."""

    id: str
    steps: tuple[StepRow, ...]
    names: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImputedRow:
    """A sum with days that no observation speaks of: the filled part stands beside it.

    Attributes:
        coverage: Share of the period that observations speak of, 0 to 1.
        amount: The imputed part of the sum, in `unit`.
    """

    id: str
    coverage: float
    amount: float
    unit: str
    names: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A fault planted in synthetic readings, with its truth.

    Attributes:
        kind: `bias`, `unlogged`, `frozen` or `swapped`.
        where: Flow it was planted in; two with `/` where they were swapped.
        first, last: Days, ISO; "" where it has none.
        size: What was done, as plain text or number with unit.
        visible_at: Processes whose balance it opens; none where nothing can show it.
        reason: Code of why it can be seen there, or why nowhere; "" if that is not stated.
        found: Whether a finding points at it, or None if that was not looked at.
    """

    kind: str
    where: str
    first: str = ""
    last: str = ""
    size: str = ""
    visible_at: tuple[str, ...] = ()
    reason: str = ""
    found: bool | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The four states of a reconciliation and its global test; they never hide one another.

    Attributes:
        balance_residual: Largest residual left after reconciliation, relative to throughput.
    """

    converged: bool
    feasible: bool
    suspect: bool
    bounds_active: tuple[str, ...] = ()
    chi2: float | None = None
    dof: int = 0
    p_value: float | None = None
    balance_residual: float | None = None


@dataclass(frozen=True, slots=True)
class ReportData:
    """One report: a park, a period, and the results in it.

    Attributes:
        period: As people know it (`2025-03`); `first` and `last` (included) are its days, ISO.
        made_at: When the report was made, as text; there is no clock in here.
        digest: `DIGEST@SEQ` of the ledger.
        park_hash: Hash of the park file in force.
        coverage: Share of expected readings present, 0 to 1, or None.
        synthetic: True if the readings were simulated; the page then says so everywhere.
        names: Of limits, targets and steps of chains, by what findings call them.
    """

    park_names: Names
    period: str
    first: str
    last: str
    made_at: str
    digest: str
    park_hash: str
    version: str = ""
    synthetic: bool = False
    coverage: float | None = None
    imputed: tuple[ImputedRow, ...] = ()
    verdict: Verdict | None = None
    facilities: Mapping[str, Names] = field(default_factory=dict)
    goods: Mapping[str, Names] = field(default_factory=dict)
    names: Mapping[str, Names] = field(default_factory=dict)
    processes: tuple[ProcessRow, ...] = ()
    flows: tuple[FlowRow, ...] = ()
    stocks: tuple[StockRow, ...] = ()
    balances: tuple[BalanceRow, ...] = ()
    chains: tuple[ChainRow, ...] = ()
    findings: tuple[Finding, ...] = ()
    planted: tuple[PlantedFault, ...] | None = None
