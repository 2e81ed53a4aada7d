"""Results as tables for people and as JSON for programs (docs/formats.md is the contract)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flows.balance import ROUNDING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.balance import Balance, Figure
    from flows.chains import ChainResult, Loss
    from flows.reconcile import Reconciliation
    from flows.reconcile.result import Row
    from reports.words import Words
    from tui.face import Face

    Names = Mapping[str, Mapping[str, str]]
    #: By id, the unit in which a flow is shown and canonical units per one of it.
    Display = Mapping[str, tuple[str, float]]


_INDENT = {"park": "", "facility": "", "process": "  "}

#: So many unknown flows are named in a cell; the rest is counted.
_NAMED = 2


def balance_json(row: Balance, period: str, *, reconciled: bool) -> dict[str, object]:
    """One balance as the contract has it."""

    def figure(value: Figure) -> dict[str, object]:
        return {"value": value.value, "sigma": value.sigma, "unit": row.unit}

    return {
        "level": str(row.level),
        "id": row.id,
        "layer": row.layer,
        "period": period,
        "basis": "reconciled" if reconciled else "measured",
        "in": figure(row.inflow),
        "out": figure(row.outflow),
        "stock_change": figure(row.stock_change),
        "residual": figure(row.residual),
        "tolerance": {"value": row.tolerance, "sigma": None, "unit": row.unit},
        "closure": str(row.closure),
        "unmeasured": list(row.unmeasured),
        "partial": list(row.partial),
        "transformed": figure(row.transformed),
    }


def balance_table(
    face: Face, rows: Sequence[Balance], names: Names, facility_of: Mapping[str, str]
) -> None:
    """All balances of a period, a table per layer: the park, then each facility before its parts.

    Args:
        face: Where it is shown.
        rows: Of any layers and levels.
        names: Labels by id.
        facility_of: Facility by process.
    """
    words = face.words
    columns = ("name", "inflow", "outflow", "stock-change", "residual", "tolerance", "state")
    for layer in dict.fromkeys(row.layer for row in rows):
        own = [row for row in rows if row.layer == layer]
        facilities = [row.id for row in own if row.level == "facility"]
        facilities += [facility_of.get(row.id, "") for row in own if row.level == "process"]
        ordered = [row for row in own if row.level == "park"]
        for facility in dict.fromkeys(facilities):
            ordered += [row for row in own if (row.level, row.id) == ("facility", facility)]
            ordered += [
                row for row in own
                if row.level == "process" and facility_of.get(row.id, "") == facility
            ]  # fmt: skip
        face.table(
            [words.term(column) for column in columns],
            [
                [
                    _INDENT[row.level] + words.label(names.get(row.id, {}), row.id),
                    _number(face, row.inflow.value) + "+?" * ("in" in row.partial),
                    _number(face, row.outflow.value) + "+?" * ("out" in row.partial),
                    _number(face, row.stock_change.value) + "+?" * ("stock" in row.partial),
                    _number(face, _difference(row)),
                    _number(face, row.tolerance),
                    words.term(f"closure-{row.closure}"),
                ]
                for row in ordered
            ],
            title="   ".join(
                [f"{words.term(f'layer-{layer}')}, {own[0].unit}"]
                + [words.term("partial-note")] * any(row.partial for row in own)
            ),
            right=(1, 2, 3, 4, 5),
            wrap=0,
            without=((3,), (3, 5)),
        )


def _difference(row: Balance) -> float | None:
    """What a balance leaves; nothing where it is the rounding of its terms."""
    left = row.difference.value
    passed = abs(row.inflow.value or 0.0) + abs(row.outflow.value or 0.0)
    return 0.0 if left is not None and abs(left) <= ROUNDING * passed else left


def chain_json(result: ChainResult, period: str, display: Display) -> list[dict[str, object]]:
    """The steps of a chain as the contract has them."""

    def loss(item: Loss) -> dict[str, object]:
        unit, per_unit = display[item.flow]
        value, sigma = (None if x is None else x / per_unit for x in (item.value, item.sigma))
        return {
            "flow": item.flow, "value": value, "sigma": sigma, "unit": unit, "share": item.share,
        }  # fmt: skip

    return [
        {
            "chain": result.chain.id,
            "step": step.step.id,
            "period": period,
            "basis": "reconciled",
            "value": step.value,
            "sigma": step.sigma,
            "unit": step.step.unit,
            "low": step.step.low,
            "high": step.step.high,
            "unknown": list(step.unknown),
            "losses": [loss(item) for item in step.losses],
        }
        for step in result.steps
    ]


def chain_table(face: Face, result: ChainResult, names: Names, display: Display) -> None:
    """One chain, a step a row, what is lost at it below."""
    words = face.words
    rows = []
    for step in result.steps:
        usual = ""
        if step.step.low is not None and step.step.high is not None:
            usual = f"{words.number(step.step.low)} - {words.number(step.step.high)}"
        value = words.number(step.value, step.sigma) if step.value is not None else ""
        if step.unknown:
            more = len(step.unknown) - _NAMED
            flows = ", ".join(step.unknown[:_NAMED]) + (f", +{more}" if more > 0 else "")
            value = words.text("unknown-flows", flows=flows)
        rows.append([words.label(step.step.names, step.step.id), value, step.step.unit, usual])
        for item in step.losses:
            unit, per_unit = display[item.flow]
            lost = item.value if item.value is None else item.value / per_unit
            share = "" if item.share is None else f"{words.number(100.0 * item.share)} %"
            label = words.label(names.get(item.flow, {}), item.flow)
            rows.append([f"  - {label}", _number(face, lost), unit, share])
    face.table(
        [words.term(column) for column in ("step", "yield", "unit", "usual-range")],
        rows,
        title=words.label(result.chain.names, result.chain.id),
        right=(1,),
    )


def reconcile_table(
    face: Face, result: Reconciliation, names: Names, *, short: bool = False
) -> None:
    """Measured beside reconciled, then stocks and contents, then the global test.

    Args:
        face: Where it is shown.
        result: In the units that are shown.
        names: Labels by id.
        short: Leave out what no balance says anything of in the layers that matter carries.
    """
    words = face.words
    shown = [*result.flows, *result.stocks, *result.concentrations]
    if short:
        told = {"redundant", "observable", "bounded"}
        shown = [row for row in shown if row.layer not in result.carried or row.klass in told]
    last = "weight" if result.robust else "normalized-adjustment"
    columns = ["flow", "unit", "measured", "reconciled", "adjustment", last, "class"]
    layered = bool(result.carried)
    rows = [
        [
            words.label(names.get(_of(row, result)) or {}, row.id),
            *([words.term(f"layer-{row.layer}") if names else row.layer] if layered else []),
            row.unit,
            _number(face, row.measured, row.sigma),
            _number(face, row.reconciled, row.sigma_reconciled) or interval(words, row.interval),
            _number(face, row.adjustment),
            _short(row.weight if result.robust else row.normalized_adjustment),
            words.term(f"class-{row.klass}"),
        ]
        for row in shown
    ]
    heads = [words.term(key) for key in columns]
    if layered:
        heads.insert(1, words.term("layer"))
    at = int(layered)
    face.table(
        heads,
        rows,
        right=tuple(place + at for place in (2, 3, 4, 5)),
        wrap=0,
        without=((4 + at,), (4 + at, 5 + at)),
    )
    left = len(result.flows) + len(result.stocks) + len(result.concentrations) - len(shown)
    if left:
        print(words.text("rows-untold", count=left))
    if result.feasible and any(row.reconciled is not None for row in result.flows):
        print(words.text("balances-close", residual=f"{result.balance_residual:.1e}"))
    if any(row.interval for row in shown):
        print(words.text("interval-note", low="a", high="b"))
    if result.chi2 is not None and result.p_value is not None:
        line = "global-test-plain" if result.robust else "global-test-line"
        given = {"chi2": f"{result.chi2:.4g}", "dof": result.dof, "p": f"{result.p_value:.3g}"}
        print(words.text(line, **given))
    if result.robust and result.robust.loss is not None:
        given = {"constant": f"{result.robust.constant}", "loss": f"{result.robust.loss:.4g}"}
        print(words.text("huber-line", turns=result.robust.turns, **given))


def interval(words: Words, ends: tuple[float, float] | None) -> str:
    """What bounds leave open to an unknown flow; nothing where they leave everything."""
    if ends is None:
        return ""
    low, high = (words.number(end) if math.isfinite(end) else "" for end in ends)
    if low and high:
        return words.text("interval-both", low=low, high=high)
    return f"≥ {low}" if low else f"≤ {high}"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".replace("-", "−")


def _of(row: Row, result: Reconciliation) -> str:
    """Flow that a content is of; everything else is itself."""
    return row.id.removesuffix(f".{row.layer}") if row.layer in result.carried else row.id


def _number(face: Face, value: float | None, sigma: float | None = None) -> str:
    return "" if value is None else face.words.number(value, sigma)
