"""Results as tables for people and as JSON for programs (docs/formats.md is the contract)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.balance import Balance, Figure
    from flows.chains import ChainResult
    from flows.reconcile import Reconciliation
    from tui.face import Face

    Names = Mapping[str, Mapping[str, str]]


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
    }


def balance_table(face: Face, rows: Sequence[Balance], names: Names) -> None:
    """All balances of a period, a table per layer."""
    words = face.words
    for layer in dict.fromkeys(row.layer for row in rows):
        unit = next(row.unit for row in rows if row.layer == layer)
        columns = [
            "level",
            "name",
            "inflow",
            "outflow",
            "stock-change",
            "residual",
            "tolerance",
            "state",
        ]
        face.table(
            [words.term(column) for column in columns],
            [
                [
                    words.term(f"level-{row.level}"),
                    words.label(names.get(row.id, {}), row.id),
                    _number(face, row.inflow.value),
                    _number(face, row.outflow.value),
                    _number(face, row.stock_change.value),
                    _number(face, row.residual.value),
                    _number(face, row.tolerance),
                    words.term(f"closure-{row.closure}"),
                ]
                for row in rows
                if row.layer == layer
            ],
            title=f"{words.term(f'layer-{layer}')}, {unit}",
            right=(2, 3, 4, 5, 6),
            wrap=1,
            without=((0,),),
        )  # fmt: skip


def chain_json(result: ChainResult, period: str) -> list[dict[str, object]]:
    """The steps of a chain as the contract has them."""
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
        }
        for step in result.steps
    ]


def chain_table(face: Face, result: ChainResult) -> None:
    """One chain, a step a row."""
    words = face.words
    rows = []
    for step in result.steps:
        usual = ""
        if step.step.low is not None and step.step.high is not None:
            usual = f"{words.number(step.step.low)} - {words.number(step.step.high)}"
        value = words.number(step.value, step.sigma) if step.value is not None else ""
        if step.unknown:
            value = words.text("unknown-flows", flows=", ".join(step.unknown))
        rows.append([words.label(step.step.names, step.step.id), value, step.step.unit, usual])
    face.table(
        [words.term(column) for column in ("step", "yield", "unit", "usual-range")],
        rows,
        title=words.label(result.chain.names, result.chain.id),
        right=(1,),
    )


def reconcile_table(face: Face, result: Reconciliation, names: Names) -> None:
    """Measured beside reconciled, then stocks, then the global test."""
    words = face.words
    columns = [
        "flow", "unit", "measured", "reconciled", "adjustment", "normalized-adjustment", "class",
    ]  # fmt: skip
    rows = [
        [
            words.label(names.get(row.id, {}), row.id),
            row.unit,
            _number(face, row.measured, row.sigma),
            _number(face, row.reconciled, row.sigma_reconciled),
            _number(face, row.adjustment),
            ""
            if row.normalized_adjustment is None
            else f"{row.normalized_adjustment:.2f}".replace("-", "−"),
            words.term(f"class-{row.klass}"),
        ]
        for row in (*result.flows, *result.stocks)
    ]
    heads = [words.term(key) for key in columns]
    face.table(heads, rows, right=(2, 3, 4, 5), wrap=0, without=((4,), (4, 5)))
    if result.feasible and any(row.reconciled is not None for row in result.flows):
        print(words.text("balances-close", residual=f"{result.balance_residual:.1e}"))
    if result.chi2 is not None and result.p_value is not None:
        print(
            words.text("global-test-line", chi2=f"{result.chi2:.4g}", dof=result.dof,
                       p=f"{result.p_value:.3g}")
        )  # fmt: skip


def _number(face: Face, value: float | None, sigma: float | None = None) -> str:
    return "" if value is None else face.words.number(value, sigma)
