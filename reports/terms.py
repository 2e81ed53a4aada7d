"""The English words of screens and reports, by code; other languages hang on them."""

from __future__ import annotations

from reports.balance_terms import BALANCE_TERMS
from reports.calendar_terms import CALENDAR_TERMS
from reports.days_terms import DAYS_TERMS
from reports.inbox_terms import INBOX_TERMS
from reports.screen_terms import SCREEN_TERMS
from reports.serve_terms import SERVE_TERMS

#: Terms, headings and notes.
TERMS: dict[str, str] = {
    **SCREEN_TERMS,
    **INBOX_TERMS,
    **BALANCE_TERMS,
    **DAYS_TERMS,
    **CALENDAR_TERMS,
    **SERVE_TERMS,
    "severity-error": "Error",
    "severity-warning": "Warning",
    "severity-info": "Note",
    "class-redundant": "Checked",
    "class-nonredundant": "Unchecked",
    "class-observable": "Computed",
    "class-unobservable": "Not determined",
    "class-exact": "Exact",
    "class-bounded": "At its bound",
    "class-redundant-meaning": "measured, and checked by the balances",
    "class-nonredundant-meaning": "measured, but nothing checks it",
    "class-observable-meaning": "not measured, computed from the balances",
    "class-unobservable-meaning": "neither measured nor fixed by the balances",
    "class-exact-meaning": "taken as exact",
    "class-bounded-meaning": "held at its lower or upper bound",
    "state-closed": "Closed",
    "state-open": "Open",
    "state-not-closed": "Cannot be checked",
    "state-uncertain": "Too uncertain",
    "state-transformed": "Made or ended here",
    "level-process": "Process",
    "level-facility": "Facility",
    "level-park": "Park",
    "layer-mass": "mass",
    "layer-carbon-fossil": "fossil carbon",
    "layer-carbon-biogenic": "biogenic carbon",
    "layer-nitrogen": "nitrogen",
    "layer-ash": "ash",
    "layer-salt": "salt",
    "layer-dry-mass": "dry mass",
    "layer-water": "water",
    "layer-VS": "VS",
    "layer-COD": "COD",
    "layer-fat": "fat",
    "layer-energy": "energy",
    "kind-mass": "mass",
    "kind-dry-mass": "dry mass",
    "kind-volume": "volume",
    "kind-gas": "gas at reference state",
    "kind-electricity": "electricity",
    "kind-heat": "heat",
    "kind-energy": "energy",
    "kind-energy-lhv": "energy (lower heating value)",
    "basis-measured": "measured",
    "basis-reconciled": "reconciled",
    "id": "Id",
    "name": "Name",
    "facility": "Facility",
    "process": "Process",
    "park": "Park",
    "level": "Level",
    "flow": "Flow",
    "stock": "Stock",
    "stock-change": "Stock change",
    "inflow": "In",
    "outflow": "Out",
    "residual": "Residual",
    "tolerance": "Tolerance",
    "state": "State",
    "layer": "Layer",
    "unit": "Unit",
    "measured": "Measured",
    "sigma": "Sigma",
    "reconciled": "Reconciled",
    "sigma-reconciled": "Sigma after",
    "adjustment": "Adjustment",
    "normalized-adjustment": "Adjustment / sigma",
    "class": "Class",
    "from": "From",
    "to": "To",
    "chain": "Chain",
    "step": "Step",
    "value": "Value",
    "usual-range": "Usual range",
    "basis": "Basis",
    "source": "Source",
    "severity": "Severity",
    "finding": "Finding",
    "where": "Where",
    "code": "Code",
    "coverage": "Coverage",
    "imputed": "Imputed part",
    "fault": "Fault",
    "days": "Days",
    "size": "Size",
    "found": "Found",
    "yes": "Yes",
    "no": "No",
    "not-looked-at": "Not looked at",
    "within-range": "within",
    "outside-range": "outside",
    "period": "Period",
    "made-at": "Made",
    "ledger-digest": "Ledger digest",
    "park-file": "Park file",
    "version": "Version",
    "suspect": "Suspect",
    "fault-bias": "Meter reads off",
    "report-title": "Matter and energy report",
    "contents": "Contents",
    "section-state": "State of the data",
    "section-sankey": "Sankey",
    "section-balances": "Balances",
    "section-flows": "Flows",
    "section-chains": "Chains",
    "section-findings": "Findings",
    "section-planted": "What was planted",
    "synthetic-banner": "Synthetic data: simulated, not measured. Not data of a real plant.",
    "sankey-mass": "Mass, reconciled",
    "sankey-energy": "Energy, reconciled",
    "sankey-note": (
        "Widths are reconciled amounts; the line at the bottom shows the scale. What is drawn out "
        "of scale, computed or not known looks different, as the legend says. Bands running back "
        "round the outside are loops."
    ),
    "sankey-by-facility": "facilities",
    "sankey-by-process": "all processes",
    "sankey-processes": "Every process and every flow",
    "sankey-bundles": (
        "What two facilities exchange of one good is one band; pointing at it names its members. "
        "What stays inside a facility is not drawn here."
    ),
    "sankey-left-out": (
        "Left out, or they would leave a few pixels to all else: air and flue gas[; in: {into}]"
        "[; out: {out}][; flows of them that are not known: {unknown}]."
    ),
    "sankey-carried": (
        "Beside power and heat stands the energy that matter carries (LHV), from samples or from "
        "the usual content of each good; it is not reconciled, so that a facility may show a gap."
    ),
    "sankey-not-carried": (
        "Power and heat only; the energy that matter carries stands in the picture of facilities."
    ),
    "sankey-wet": (
        "Flows too wet to carry any, their water counted, are left out: {count}, together {amount}."
    ),
    "line-carried": "carried by matter",
    "stock-by": "stock {change}",
    "line-measured": "measured",
    "line-computed": "computed from the balances",
    "line-unknown": "not known",
    "line-thin": "thinner than drawn",
    "line-pipe": "air and flue gas, out of scale",
    "line-loop": "runs back",
    "sankey-table": "The same numbers stand in the table of flows.",
    "status-measured": "measured",
    "status-computed": "computed",
    "status-unknown": "not known",
    "loop": "loop",
    "outside": "outside",
    "balances-note": (
        "Balances of measured values: in − out − stock change = residual. The tolerance is "
        "1.96 standard deviations of the residual."
    ),
    "flows-note": (
        "Measured values are what meters and people said. Reconciled values close every "
        "balance and differ from them by the adjustment; fees, permits and statutory returns "
        "rest on measured values. Sigma is one standard deviation."
    ),
    "chains-note": "Yields of the period, ± one standard deviation.",
    "losses-note": (
        "Below a step stands what is lost at it: the amount by each flow, and its share of what "
        "enters the step where both are amounts of one layer."
    ),
    "loss": "lost",
    "share-entering": "Share of what enters",
    "flows-all": "All {count} flows",
    "balances-processes": "{layer}: the {count} processes",
    "made-or-ended": "Made or ended",
    "made-here": "made",
    "ended-here": "ended",
    "transformed-note": (
        "A layer that need not close, as energy where something burns, has no residual: the "
        "difference is what is made or ended there, losses to the surroundings included."
    ),
    "usual-none": "none stated",
    "findings-none": "No findings.",
    "planted-none": "Nothing was planted.",
    "nothing": "Nothing to show.",
    "coverage-whole": "Share of expected readings present",
    "coverage-unknown": "not stated",
    "imputed-none": "No sum contains an imputed part.",
    "imputed-note": (
        "Sums with days that no reading speaks of; the imputed part stands beside them."
    ),
    "test-global": "Global test",
    "test-passed": "passed: the readings fit the balances within their sigmas",
    "test-failed": "failed: at least one reading is further off than its sigma says",
    "test-none": "not possible: nothing is measured twice",
    "converged": "Converged",
    "feasible": "Feasible",
    "bounds-active": "At a bound",
    "none": "none",
    "not-known": "not known",
    "figure-interactive": "Interactive figure",
    "figure-scroll": "Figure; scrolls sideways",
    "table-scroll": "Table; scrolls sideways",
    "share": "share of the node",
    "entry": "Enter",
    "save": "Save",
    "submit": "Submit",
    "review": "Review",
    "return": "Return",
    "enter-late": "Enter late",
    "correct": "Correct",
    "lock": "Lock",
    "reopen": "Reopen",
    "handover": "Shift handover",
    "month": "Month",
    "gaps": "Not entered",
    "entered": "Entered",
    "doubtful-days": "Doubtful days",
    "corrected": "Corrected",
    "locked-by": "Locked by",
    "month-locked": "locked",
    "month-empty": "nothing due",
    "month-due": "not begun",
    "month-partly": "in part",
    "month-doubtful": "doubtful",
    "month-complete": "complete",
    "review-never": "not submitted",
    "review-submitted": "submitted",
    "review-approved": "approved",
    "review-returned": "returned",
    "review-changed": "changed after approval",
    "open-item": "Open",
    "day-count": "Days",
    "open-gap": "not entered",
    "open-missing": "missing",
    "open-flagged": "doubtful",
    "open-returned": "returned",
    "open-changed": "changed after approval",
    "open-finding": "finding",
    "handover-lines": "{count} lines",
    "handover-count": "{count} open items in {period}",
    "closing-submitted": "{period} {name}: submitted for review  #{seq}",
    "closing-approved": "{period} {name}: approved  #{seq}",
    "closing-returned": "{period} {name}: returned  #{seq}",
    "closing-locked": "{period} {name}: locked  #{seq}",
    "closing-reopened": "{period} {name}: reopened  #{seq}",
    "db-upgraded": "The ledger has form {text}; its last event is {head}",
    "monthsheet-total": "Total",
    "monthsheet-days": "Days counted",
    "monthsheet-missing": "missing",
    "monthsheet-partial": "incomplete",
    "monthsheet-gap": "not entered",
    "monthsheet-note": (
        "Measured values as entered; nothing is filled in. * corrected, ? entered with a "
        "doubt. A total counts only the days with a value; the line below it says how "
        "many. Earlier months are compared by totals; where days are missing in one of them it "
        "says incomplete."
    ),
    "monthsheet-signatures": (
        "Entered by ____________    Reviewed by ____________    Responsible ____________"
        "    Day ____________"
    ),
    "monthsheet-made": "Ledger sheet of {period}: {file}",
    "ledger-sheet": "Ledger sheet",
    "daily-report": "Daily report",
    "monthly-report": "Monthly report",
    "year-on-year": "Against last year",
    "month-on-month": "Against last month",
    "day": "Day",
    "amount": "Amount",
    "device": "Device",
    "quality": "Quality",
    "note": "Note",
    "reason": "Reason",
    "by": "By",
    "yesterday": "Yesterday",
    "missing": "Missing",
    "zero": "Zero",
    "due": "Due",
    "observation-value": "Value",
    "observation-zero": "Zero",
    "observation-missing": "Missing",
    "observation-register": "Register",
    "observation-withdrawn": "Withdrawn",
    "quality-weighed": "Weighed",
    "quality-metered": "Metered",
    "quality-stored-tare": "Stored tare",
    "quality-estimated": "Estimated",
    "quality-carried-over": "Carried over",
    "quality-computed": "Computed",
    "place-row": "row {row}",
    "place-column": "column “{column}”",
    "place-joint": ", ",
    "place-end": ": ",
    "label-with-id": "{label} ({id})",
    "list-joint": ", ",
    "bracket": " ({text})",
    "kind-energy-hhv": "energy (higher heating value)",
    "kind-co2": "CO2",
    "kind-co2e": "CO2 equivalent",
    "kind-area": "area",
    "kind-number": "a count",
    "kind-share": "a share",
    "kind-concentration": "concentration",
    "kind-concentration-gas": "concentration in gas",
    "kind-lhv": "lower heating value",
    "kind-hhv": "higher heating value",
    "kind-lhv-gas": "lower heating value of gas",
    "kind-hhv-gas": "higher heating value of gas",
    "sort-text": "text",
    "sort-list of text": "a list of texts",
    "sort-names by language": "names by language",
    "sort-amount": "an amount with its unit",
    "sort-number": "a number",
    "sort-integer": "a whole number",
    "sort-table": "a table",
    "sort-date": "a date",
    "sort-true or false": "true or false",
    "sort-boolean": "true or false",
    "sort-two flows": "two flows",
    "sort-two readings": "two readings, each of another amount",
    "sort-whole days": "whole days",
    "closure-closed": "Closed",
    "closure-open": "Open",
    "closure-uncertain": "Too uncertain",
    "closure-untested": "Cannot be checked",
    "partial-note": "+? and what is not measured",
    "closure-transformed": "Transformed",
    "state-value": "Entered",
    "state-zero": "Zero",
    "state-missing": "Missing",
    "state-due": "Due",
    "state-register": "Register",
    "state-withdrawn": "Withdrawn",
    "mean-7-days": "7-day mean",
    "yield": "Yield",
    "check-installation": "Installation",
    "check-log": "Log file",
    "check-park": "Park file",
    "check-park-detail": "{park}, facilities: {facilities}, sha256 {hash}",
    "check-ledger": "Ledger",
    "check-ledger-detail": "events: {events}, observations: {observations}, head {head}",
    "weight": "Weight",
    "interval-both": "{low} to {high}",
    "interval-note": (
        "“{low} to {high}”, “≥ {low}” and “≤ {high}” are no values: they say what bounds "
        "leave open where nothing fixes a flow."
    ),
    "global-test-plain": (
        "Global test of the same readings by least squares: chi-square {chi2} at {dof} "
        "degrees of freedom, p = {p}"
    ),
    "huber-line": (
        "Reconciled with Huber's loss, constant {constant}: twice the least loss is "
        "{loss} after {turns} turns. It is no chi-square. A weight below 1 widens the "
        "sigma with which a reading counts."
    ),
    "draws-title": "{count} draws, seed {seed}",
    "draws-free": "no bound plays a part",
    "draws-all": "all of them lay within all bounds",
    "draws-rejected": "{within} lay within all bounds at once, the others were drawn again",
    "draws-projected": "{within} lay within all bounds, each was moved to the nearest state within",
    "draws-mean": "Mean of draws",
    "draws-yields": "Yields in the draws",
    "next-meter-title": "Where a further meter tells most",
    "next-meter-none": "A further meter on a flow would tell nothing new.",
    "meter-sigma": "Sigma of the meter",
    "meter-meter": "as the present meter",
    "meter-declared": "as declared",
    "meter-typical": "2 % of typical",
    "meter-reconciled": "2 % of reconciled",
    "meter-ends": "2 % of what passes there",
    "makes-known": "Makes known",
    "makes-tested": "Makes tested",
    "own-sigma": "Sigma of the flow",
    "target-sigma": "Sigma of {target}",
    "sigma-from-to": "{before} to {after}",
    "unknown-flows": "not known; missing: {flows}",
    "rows-untold": "{count} rows of what matter carries are left out: no balance says more of them "
    "than was known. --json has them",
    "balances-close": (
        "After reconciliation every balance that can be drawn up closes: at most {residual} of "
        "what passes through a process is left over"
    ),
    "global-test-line": "Global test: chi-square {chi2} at {dof} degrees of freedom, p = {p}",
    "no-findings": "No findings in {period}.",
    "audit-whole": (
        "The chain is whole: {events} events, {observations} observations, head {head}"
    ),
    "imported": "Rows entered from {file}: {rows} (event {seq})",
    "template-day": "Day",
    "template-help": "How to fill it in",
    "template-missing": "missing",
    "template-wrong-number": (
        "Write a number that is not below zero, or “missing” where there is no reading. Leave "
        "the cell empty if there is nothing to say."
    ),
    "template-wrong-day": (
        "The days of this template are fixed. Make another template for another period."
    ),
    "template-register": "{label} (counter)",
    "template-register-note": (
        "What the counter showed at the end of the day. Fill in this column or the one before "
        "it, not both: the amount is worked out from two readings."
    ),
    "template-unit": "Unit: {unit}",
    "template-level": "The level or sample at the end of the day, not an amount of the day.",
    "template-device": "Measured by: {device}",
    "template-usual": "Usual in a day: {low} to {high} {unit}",
    "template-most": "Capacity: {most} {unit}",
    "template-help-fill": (
        "One row is one day, one column is one stream. Write each reading under its head, in "
        "the unit in square brackets."
    ),
    "template-help-missing": (
        "0 is a reading: nothing moved that day. Write “missing” (or 缺) where the reading was "
        "lost or the meter was out of order. An empty cell says nothing at all, and the day "
        "stays due."
    ),
    "template-help-unit": (
        "Do not change the second line of the head: by it the columns are found again. Columns "
        "may be moved, removed or hidden, and what is hidden is not read."
    ),
    "template-help-paste": (
        "Values may be pasted (as values). Formulas are read by their saved results."
    ),
    "template-help-remarks": (
        "Rows named sum or average, and signatures below the table, are left out."
    ),
    "template-help-import": (
        "Then: parkflow import FILE. All of it is taken or, with each reason named, nothing; "
        "the same file is taken once. Corrections are made with parkflow correct."
    ),
    "template-made": "Template for {period} in {file} (streams: {streams}, days: {days})",
    "sheet-count": "{done} of {total} entered, {due} due",
    "demo-park": "Making the demonstration park in {folder}",
    "demo-year": ("Simulated and metered: {days} days, {flows} flows; planted faults: {faults}"),
    "demo-report": "Report of {period} written to {file}",
    "demo-readings": "{rows} rows of synthetic readings entered from {file}",
    "slip-ten-fold-high": "ten times too high",
    "slip-ten-fold-low": "ten times too low",
    "slip-hundred-fold-high": "a hundred times too high",
    "slip-hundred-fold-low": "a hundred times too low",
    "slip-thousand-fold-high": "a thousand times too high, as kg entered for t",
    "slip-thousand-fold-low": "a thousand times too low, as t entered for kg",
    "slip-ten-thousand-fold-high": "ten thousand times too high, as 万 written twice",
    "slip-ten-thousand-fold-low": "ten thousand times too low, as 万 left off",
    "slip-comma-for-point": "a comma typed for the decimal point",
    "fault-unlogged": "Flow that nobody logged",
    "fault-frozen": "Same figure repeated",
    "fault-swapped": "Two meters swapped",
    "fault-drift": "Meter drifts away",
    "fault-slip": "Ten times off by a slip",
    "fault-copied": "Yesterday's figure copied",
    "fault-leak": "Leak",
    "visible-at": "Shows at",
    "reason-of-fault": "Why",
    "nowhere": "nowhere",
    "reason-metered-on-both-sides": "both balances beside the meter open, with opposite signs",
    "reason-all-around-metered": "all else around it is metered, so what is missing shows",
    "reason-repeated-figure": "the balance opens only where the true flow moved",
    "reason-like-one-meter": (
        "looks like an error of the meter between the two; balances alone cannot tell"
    ),
    "reason-nothing-redundant": "nothing there is measured twice, so no balance can show it",
    "reason-below-tolerance": "smaller than what the meters allow in a month",
    "reason-same-balance": "both sides of the same balance move alike, so it stays closed",
    "reason-ten-times-off": "one figure ten times off is more than the meters allow in a month",
    "reason-no-stocktake": "no stocktake at both ends of the month, so no balance is drawn up",
    "reason-lost-on-the-way": "what is lost between two meters is missing at the second",
    "audit-sound": (
        "The chain is whole. Events: {events}, observations: {observations}, head {head}"
    ),
    "ledger-error": (
        "The ledger could not do that, and nothing was written: {message}. If it happens again, "
        "keep a copy of the ledger and tell those who look after parkflow."
    ),
    "unforeseen": (
        "parkflow met something it did not foresee[ ({reason})] and stopped; an entry is kept "
        "whole or not at all. Look at the sheet before you enter it again. What happened is "
        "written down in {log}"
    ),
}
