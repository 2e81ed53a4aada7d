"""How the flows of a process read: what enters, leaves and stays, in one layer and its unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flows.balance import Figure
from tui.balances.text import left_over, short
from tui.presenting.rows import Col, Row

if TYPE_CHECKING:
    from flows.balance import Balance
    from reports.words import Labels, Words
    from tui.balances.view import FlowLine, ProcessView

#: Adjustments beyond so many of their sigmas are marked: 1 in 370 by chance.
NOTABLE = 3.0

#: Before what heads a side, in the keys of rows.
SIDE = "side:"


def flow_cols(words: Words, unit: str) -> list[Col]:
    """Columns of the flows of a process; amounts in the unit of the layer."""
    term = words.term
    of = f" [{unit}]" if unit else ""
    return [
        Col(term("flow-name"), least=20, grow=True),
        Col(f"{term('measured')}{of}", right=True),
        Col(f"{term('reconciled')}{of}", right=True),
        Col(term("adjustment-by-sigma"), right=True),
        Col(term("as-metered"), right=True, spare=2),
        Col(term("class"), most=16, spare=3),
    ]


def flow_rows(view: ProcessView, words: Words, names: Labels, facility: str = "") -> list[Row]:
    """Each side under its sum, what wants a look first; what is of other layers comes last."""
    balance, rows = view.balance, []
    decimals = _decimals(balance)
    sums = {
        "in": balance.inflow if balance else None,
        "out": balance.outflow if balance else None,
        "stock": balance.stock_change if balance else None,
    }
    heads = (("in", "inflow"), ("out", "outflow"), ("stock", "stock-change"),
             ("other", "other-layers"))  # fmt: skip
    for side, head in heads:
        own = [line for line in view.lines if line.side == side]
        if not own:
            continue
        title = f"{words.term(head)} ({len(own)})"
        total = _number(sums.get(side), decimals)
        title += f"  {total} {view.unit}" if total else ""
        rows.append(Row(f"{SIDE}{side}", (title,), tone="head", wide=True))
        own.sort(key=lambda line: not notable(line))
        rows += [
            _flow_row(line, view, words, short(line.row.id, facility, words, names), decimals)
            for line in own
        ]
    if balance is not None:
        left, tolerance = left_over(balance), balance.tolerance
        if left is not None and tolerance is not None:
            residual = _number(Figure(left, balance.residual.sigma), decimals)
            said = words.text(
                "residual-line",
                residual=residual,
                unit=view.unit,
                tolerance=words.number(tolerance),
            )
            tone = "bad" if balance.closure == "open" else "good"
            rows.append(Row(f"{SIDE}residual", (said,), tone=tone, wide=True))
    return rows


def notable(line: FlowLine) -> bool:
    """Whether the balances move a flow by more than chance does."""
    off = line.row.normalized_adjustment
    return off is not None and abs(off) > NOTABLE


def _flow_row(line: FlowLine, view: ProcessView, words: Words, name: str, decimals: int) -> Row:
    row, off, big = line.row, line.row.normalized_adjustment, notable(line)
    metered = "" if row.measured is None else f"{words.number(row.measured)} {row.unit}"
    if line.side == "other" and row.measured is None and row.reconciled is not None:
        metered = f"{words.number(row.reconciled)} {row.unit}"
    own = (row.layer, row.unit) == (view.layer, view.unit)
    measured = _number(line.measured, decimals)
    if line.measured is None and row.measured is not None and line.side != "other":
        measured = words.term("content-not-known")
    return Row(
        row.id,
        (
            name,
            measured,
            _number(line.reconciled, decimals),
            ("! " if big else "") + ("" if off is None else f"{off:.1f}".replace("-", "−")),
            "" if own else metered,
            words.term(f"class-{row.klass}"),
        ),
        1,
        tone="quiet" if line.side == "other" else "",
        tones=("", "", "", "bad" if big else ""),
    )


def _decimals(balance: Balance | None) -> int:
    """So many that what is left over can be summed by hand from what stands above it."""
    left = left_over(balance) if balance else None
    if not left:
        return 1
    return min(max(3 - math.floor(math.log10(abs(left))), 0), 3)


def _number(figure: Figure | None, decimals: int) -> str:
    if figure is None or figure.value is None:
        return ""
    shown = f"{round(figure.value, decimals) + 0.0:,.{decimals}f}"
    spread = "" if figure.sigma is None else f" ± {figure.sigma:,.{decimals}f}"
    return f"{shown}{spread}".replace("-", "−")
