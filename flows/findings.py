"""Findings: the only way parkflow speaks of doubtful input or data, as codes and parameters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Severity(StrEnum):
    """How much a finding matters: an error refuses, a warning wants a look, info is said once."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say to a person; `reports.words` turns it into a sentence.

    Attributes:
        code: Key of `CODES`; the text in each language hangs on it.
        severity: How much it matters.
        where: Id of the flow, process, device or field that it is about, or "".
        file: File that was read, or "".
        row: Line or sheet row, counted from 1 with the header, or None.
        column: Header of the column, or "".
        params: What the text needs; plain strings and numbers only.
    """

    code: str
    severity: Severity
    where: str = ""
    file: str = ""
    row: int | None = None
    column: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    def at(self, *, file: str = "", row: int | None = None, column: str = "") -> Finding:
        """The same finding with its place filled in where it was still empty."""
        return replace(
            self,
            file=self.file or file,
            row=self.row if self.row is not None else row,
            column=self.column or column,
        )

    def __str__(self) -> str:
        detail = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.code} {self.where}".strip() + (f" ({detail})" if detail else "")


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

#: Every code the program can say, with the severity it has unless a caller knows better.
#: Each has a text in `reports.sentences` and an entry in docs/findings.md; tests hold all three.
CODES: dict[str, Severity] = {
    # amounts and units
    "amount-empty": _E,
    "amount-not-a-number": _E,
    "amount-grouping": _E,
    "amount-not-finite": _E,
    "amount-negative": _E,
    "unit-unknown": _E,
    "unit-missing": _E,
    "unit-dimension": _E,
    "unit-kind": _E,
    "unit-needs-density": _E,
    "unit-needs-gas-state": _E,
    "unit-needs-span": _E,
    "unit-conflict": _E,
    "gas-state-form": _E,
    "percent-needs-base": _E,
    # files people write
    "file-unreadable": _E,
    "file-unwritable": _E,
    "file-not-utf8": _E,
    "file-empty": _E,
    "toml-syntax": _E,
    "key-unknown": _E,
    "key-missing": _E,
    "value-type": _E,
    "value-range": _E,
    "id-duplicate": _E,
    "id-form": _E,
    "not-built-yet": _E,
    "too-great": _E,
    "too-many-tied": _E,
    # networks and parks
    "process-unknown": _E,
    "stock-unknown": _E,
    "flow-unknown": _E,
    "good-unknown": _E,
    "device-unknown": _E,
    "kind-unknown": _E,
    "port-unknown": _E,
    "port-unlinked": _E,
    "port-direction": _E,
    "park-unknown": _E,
    "park-missing": _E,
    "serve-address": _E,
    "serve-port": _E,
    "serve-url": _E,
    "serve-proxy": _E,
    "park-exists": _E,
    "park-other": _E,
    "demo-elsewhere": _E,
    "flow-self-loop": _E,
    "process-without-input": _W,
    "process-without-output": _W,
    "coefficient-range": _E,
    "coefficient-flow": _E,
    "validity-overlap": _E,
    # entries
    "header-unknown": _E,
    "row-broken": _E,
    "day-unreadable": _E,
    "day-outside": _E,
    "period-unreadable": _E,
    "moment-unreadable": _E,
    "day-future": _E,
    "span-empty": _E,
    "reading-outside": _W,
    "reading-overlap": _W,
    "entry-duplicate": _E,
    "ticket-duplicate": _E,
    "register-drop": _E,
    "register-form": _E,
    "share-impossible": _E,
    "entry-impossible": _E,
    "entry-unlikely": _W,
    "entry-slip": _W,
    "import-repeated": _I,
    "encoding-guessed": _I,
    "findings-more": _I,
    "property-unknown": _E,
    "context-unknown": _E,
    "validity-outside": _E,
    "state-unknown": _E,
    "quality-unknown": _E,
    "correction-target": _E,
    "correction-reason": _E,
    # workbooks
    "workbook-unreadable": _E,
    "workbook-too-large": _E,
    "file-other": _I,
    "sheet-skipped": _W,
    "cells-hidden": _W,
    "row-skipped": _I,
    "column-skipped": _I,
    "cell-error": _E,
    "cell-merged": _E,
    "cell-percent": _I,
    "formula-uncalculated": _E,
    "template-empty": _E,
    "template-exists": _E,
    # the ledger
    "ledger-missing": _E,
    "ledger-readonly": _E,
    "ledger-busy": _E,
    "ledger-schema": _E,
    "ledger-guards": _E,
    "ledger-network-share": _E,
    "ledger-exists": _E,
    "ledger-full": _E,
    "chain-broken": _E,
    "digest-not-found": _E,
    "locked": _E,
    "lock-already": _E,
    "lock-none": _E,
    "lock-crossing": _E,
    "review-not-submitted": _E,
    "review-own": _E,
    "review-waits": _E,
    "finding-not-open": _E,
    "review-open": _E,
    "role-missing": _E,
    "reason-missing": _E,
    "gaps-open": _E,
    "gap-unknown": _E,
    "period-month": _E,
    "month-running": _E,
    "note-empty": _E,
    # balances and reconciliation
    "balance-open": _W,
    "balance-not-closed": _I,
    "coverage-partial": _W,
    "coverage-facility": _W,
    "missing-imputed": _W,
    "readings-due": _W,
    "stock-near-bound": _W,
    "limit-exceeded": _W,
    "limit-near": _I,
    "limit-missing": _W,
    "limit-unread": _W,
    "target-progress": _I,
    "target-missed": _W,
    "yield-drift": _W,
    "stocktake-missing": _W,
    "period-empty": _W,
    "entries-unused": _W,
    "sigma-assumed": _W,
    "nothing-redundant": _I,
    "flow-unobservable": _I,
    "infeasible": _E,
    "not-converged": _E,
    "layer-open": _I,
    "robust-not-converged": _E,
    "readings-outweighed": _I,
    "draws-tangent": _I,
    "draws-moved": _I,
    "draws-none": _E,
    "target-unknown": _E,
    "global-test": _W,
    "days-suspect": _W,
    "days-infeasible": _W,
    "days-partial": _W,
    "span-unused": _W,
    "waiting-assumed": _I,
    "suspect": _W,
    "meter-suspect": _W,
    "loss-suspect": _W,
    "slip-suspect": _W,
    "swap-suspect": _W,
    "frozen": _W,
    "copied-day": _W,
    "copied-column": _W,
    "rounded": _W,
    "bound-violated": _W,
    "bound-impossible": _W,
    "cycle-closed": _E,
    "system-underdetermined": _E,
    "system-contradiction": _E,
    "simulated-negative": _E,
    # chains and reports
    "chain-unknown": _E,
    "ratio-range": _W,
    "name-taken": _E,
    "engine-gas-poor": _W,
    "grease-other-oil": _W,
    "gas-exceeds-feed": _W,
    "synthetic": _I,
    "unverified": _I,
}


def finding(
    code: str,
    where: str = "",
    *,
    severity: Severity | None = None,
    file: str = "",
    row: int | None = None,
    column: str = "",
    **params: object,
) -> Finding:
    """Make a finding of a known code.

    Raises:
        KeyError: If the code is not in `CODES`, which is a mistake of the program.
    """
    return Finding(code, severity or CODES[code], where, file, row, column, params)


def errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Only those that refuse."""
    return tuple(item for item in findings if item.severity is Severity.ERROR)
