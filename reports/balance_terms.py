"""The English words of the screens of balances, chains and flows, by code; in `reports.terms`."""

from __future__ import annotations

#: Labels, keys, questions and remarks.
BALANCE_TERMS: dict[str, str] = {
    "screen-balance": "Balance",
    "screen-chains": "Chains",
    "key-down-level": "look into",
    "key-up-level": "back up",
    "key-period-step": "period before, after",
    "key-period-wider": "day, month, quarter, year",
    "key-period": "type a period",
    "key-layer": "layer",
    "key-basis": "measured, reconciled",
    "key-folds": "fold, unfold",
    "key-all-flows": "all flows",
    "key-sankey": "Sankey",
    "key-chain-alone": "this chain drawn, the next",
    "key-sankey-whole": "whole park",
    "sankey-chain-others": (
        "{count} flows of this chain are amounts of another layer ({layers}); l draws that one."
    ),
    "sankey-outside": "Outside the window, cells and lines: {parts}  (arrows, Page, Home, End)",
    "key-chain-days": "by day, by month",
    "chain-days": "Days of {month}",
    "chain-days-known": (
        "By the readings of each day, not reconciled: {known} of {count} days of {month} have a "
        "yield; · is a day on which a flow of the step was not read."
    ),
    "key-detail-level": "facilities, processes",
    "key-scroll": "scroll",
    "key-zoom": "more flows",
    "working": "working it out ...",
    "working-measured": "adding up the readings of {period}: {layer} ...",
    "working-reconciled": "reconciling {period}: {layer} ...",
    "doubts-working": "Looking for what is doubtful ...",
    "doubts-none": "Nothing doubtful was found in this period.",
    "doubts-count": "Doubtful, in any layer: {count}",
    "doubts-more": "{count} more",
    "adjustment-by-sigma": "adj./σ",
    "coverage-short": "Cover",
    "readings": "Readings",
    "day-nothing": "no entry",
    "day-doubted": "in doubt",
    "entry-number": "Entry",
    "typed": "As typed",
    "entry-by": "By",
    "entry-at": "Recorded",
    "entry-why": "Why, notes",
    "entry-replaced": "replaced",
    "entry-ticket": "ticket {ticket}",
    "entries-count": "Entries, with all that replaced them: {count}",
    "entries-none": "Nobody has entered anything for this day.",
    "ask-period": "Period: 2025, 2025-Q1, 2025-03, 2025-03-01 or 2025-03-01..2025-03-14",
    "ask-figure": (
        "{what}, entry {number}: the right figure in {unit} (or with its unit; “withdrawn” takes "
        "the entry back)"
    ),
    "ask-correct-why": (
        "Why is it corrected? With the reason it is recorded at once; the first entry stays "
        "in the ledger beside it."
    ),
    "correct-at-entries": (
        "Corrections are made at the entry: Enter on a process, a flow and a day leads there."
    ),
    "correct-done": "Corrected; recorded as event {seq}. The first entry stays in the ledger.",
    "balance-nothing": "Something that enters or leaves here is not known, so nothing is tested.",
    "balance-unmeasured": "Not measured (+?), so this balance cannot be checked: {flows}",
    "balance-said-uncertain": (
        "Nothing could open it: {amount} {unit} left over, and the meters allow {tolerance}, "
        "as much as all that passes."
    ),
    "balance-said-closed": "Closes: {amount} {unit} left over, the meters allow {tolerance}.",
    "balance-said-open-more": (
        "Open by {amount} {unit}: more in than out and stored; the meters allow {tolerance}."
    ),
    "balance-said-open-less": (
        "Open by {amount} {unit}: more out and stored than in; the meters allow {tolerance}."
    ),
    "balance-why": "Likely why: {why}",
    "balance-why-unknown": (
        "No meter is suspected of it: look first at the flows with a large adj./σ, then for a "
        "flow that nobody enters."
    ),
    "balance-open-inside": "Do not close in it: {processes}",
    "residual-line": "Left over: {residual} {unit}; the meters allow ±{tolerance}",
    "stock-change-short": "Δ stock",
    "as-metered": "As metered",
    "other-layers": "Not of this layer",
    "layer-not-here": "Nothing of this layer passes here.",
    "content-of": "{flow} (its content)",
    "content-not-known": "content?",
    "period-empty": "Nothing is entered for {period}.",
    "period-thin": (
        "Entered are {entered} of {days} days of {period}: too few to sum up. "
        "w or p takes a shorter period."
    ),
    "period-newest": (
        "Nothing is entered for {asked} yet. Shown is {period}, the newest month with "
        "readings; p takes another period."
    ),
    "balance-moved": (
        "{process}: left over {before}, now {after} {unit}; the meters allow {tolerance}."
    ),
    "chain-12-months": "12 months",
    "chain-inside": "in range",
    "chain-outside": "out of range",
    "chain-unknown-flows": "Not known: {flows}",
    "chain-range-source": "Usual range {low} to {high} {unit}. {source}",
    "neighbors-of": "Flow {what}",
    "neighbors-from": "comes from {process}; of all that enters it:",
    "neighbors-to": "goes to {process}; of all that leaves it:",
    "neighbors-outside-from": "comes from outside the park: {process}",
    "neighbors-outside-to": "leaves the park: {process}",
    "neighbors-own": "this flow, of all that leaves {process}",
    "share-of": "Share",
    "sankey-none": "Nothing can be drawn: no amount of this layer is known in this period.",
    "sankey-scale": "One line of height is {amount}.",
    "sankey-whole": "whole park",
    "sankey-drawn": " Drawn are {drawn} of {whole} flows; z draws more.",
    "sankey-line-thin": "─ under half a line",
    "key-one-facility": "one facility",
    "sankey-others": "others {parts}",
    "sankey-others-in": "in ({count})[ {amount}]",
    "sankey-others-out": "out ({count})[ {amount}]",
    "sankey-others-short": "others ({count})",
    "sankey-line-measured": "█ measured",
    "sankey-line-computed": "▒ computed",
    "sankey-line-unknown": "┄ not known",
    "sankey-line-carried": "░ carried by matter",
}
