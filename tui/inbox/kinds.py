"""Kinds of findings: what somebody has to look at, and where each is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Stages of looking for what is doubtful, in their order.
STAGES = ("month", "balances", "chains", "limits", "days")
#: Kinds of findings, by what somebody has to look at.
KINDS: Mapping[str, frozenset[str]] = {
    "readings": frozenset(
        {"readings-due", "missing-imputed", "coverage-partial", "coverage-facility",
         "stocktake-missing", "rounded",
         "entries-unused", "register-drop", "span-unused", "frozen", "copied-day", "copied-column",
         "slip-suspect", "swap-suspect", "reading-overlap"}
    ),
    "meters": frozenset({"meter-suspect", "suspect", "sigma-assumed", "bound-violated"}),
    "balances": frozenset({"balance-open", "loss-suspect", "global-test", "infeasible"}),
    "limits": frozenset(
        {"limit-exceeded", "limit-near", "limit-missing", "limit-unread", "target-progress",
         "target-missed", "stock-near-bound"}
    ),
    "yields": frozenset(
        {"yield-drift", "ratio-range", "engine-gas-poor", "grease-other-oil", "gas-exceeds-feed"}
    ),
    "other": frozenset(),
}  # fmt: skip
#: Where findings lead: a day's sheet at a line, the balance of a process, a step of a chain.
LEADS = ("sheet", "balance", "chain")
#: Codes of readings that are not there; they are entered on the sheet.
LACKING = frozenset(
    {
        "readings-due",
        "missing-imputed",
        "coverage-partial",
        "coverage-facility",
        "stocktake-missing",
        "limit-missing",
    }
)
#: Codes about figures of single days, which are corrected on the sheet.
ON_THE_SHEET = frozenset(
    {"slip-suspect", "swap-suspect", "frozen", "copied-day", "copied-column", "rounded",
     "stock-near-bound", "limit-exceeded", "limit-near", "register-drop"}
)  # fmt: skip


def kind_of(code: str) -> str:
    """Which of `KINDS` a code belongs to."""
    return next((kind for kind, codes in KINDS.items() if code in codes), "other")
