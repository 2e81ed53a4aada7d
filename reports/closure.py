"""The section of balances: the park and its facilities first, their processes folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.blocks import FOLDED, mark, name_of, table
from reports.markup import Safe, join, tag
from reports.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.data import BalanceRow, ReportData
    from reports.words import Words


def balances(data: ReportData, words: Words) -> Safe:
    """A table a layer: the park and its facilities; below it, folded, their processes."""
    if not data.balances:
        return tag("p", words.term("nothing"))
    shown = [tag("p", words.term("balances-note"))]
    if any(row.partial for row in data.balances):
        shown.append(tag("p", words.term("partial-note"), class_="note"))
    if any(row.transformed is not None for row in data.balances):
        shown.append(tag("p", words.term("transformed-note"), class_="note"))
    for layer in dict.fromkeys(row.layer for row in data.balances):
        rows = [row for row in data.balances if row.layer == layer]
        whole = [row for row in rows if row.level != "process"]
        whole.sort(key=lambda row: row.level != "park")
        parts = [row for row in rows if row.level == "process"]
        caption = words.term(f"layer-{layer}")
        if not whole:
            shown.append(_balance_table(caption, parts, words))
            continue
        shown.append(_balance_table(caption, whole, words))
        if parts:
            shown.append(_processes(caption, parts, data, words))
    return join(*shown)


def _processes(caption: str, rows: Sequence[BalanceRow], data: ReportData, words: Words) -> Safe:
    """The processes of all facilities, a table each, and how many of them do not close."""
    unclosed = sum(row.state == "open" for row in rows)
    told = words.text("balances-processes", layer=caption, count=str(len(rows)))
    said = f"{words.term('state-open')}: {unclosed}"
    met = dict.fromkeys(row.facility for row in rows)
    facilities = dict.fromkeys(one for one in (*data.facilities, *met) if one in met)
    tables = [
        _balance_table(
            " · ".join(filter(None, (caption, words.label(data.facilities.get(one), one)))),
            [row for row in rows if row.facility == one],
            words,
        )
        for one in facilities
    ]
    return tag(
        "details",
        tag("summary", told, join(" ", mark("open", said)) if unclosed else ""),
        *tables,
        open=len(rows) <= FOLDED,
    )


def _balance_table(caption: str, rows: Sequence[BalanceRow], words: Words) -> Safe:
    """Balances of one layer; what is made or ended stands in a column of its own, if anywhere."""
    made = any(row.transformed is not None for row in rows)
    columns = ["name", "level", "inflow", "outflow", "stock-change", "residual", "tolerance"]
    columns += ["made-or-ended"] if made else []
    cells = []
    for row in rows:
        sides = (("in", row.inflow), ("out", row.outflow), ("stock", row.stock_change))
        cells.append(
            [
                name_of(row.names, row.id, words),
                words.term(f"level-{row.level}"),
                *(_sum(*side, row, words) for side in sides),
                *(words.number(value) for value in (row.residual, row.tolerance)),
                *([_made(row, words)] if made else []),
                row.unit,
                mark(row.state, words.term(f"state-{row.state}")),
            ]
        )
    return table(words, caption, [*columns, "unit", "state"], cells, numbers=range(2, len(columns)))


def _sum(side: str, value: float | None, row: BalanceRow, words: Words) -> str:
    """A sum, and a sign where something of it is not known."""
    if side not in row.partial:
        return words.number(value)
    return "+?" if value is None else f"{words.number(value)}+?"


def _made(row: BalanceRow, words: Words) -> str:
    """What of a layer that need not close is made here or ended here."""
    if row.transformed is None:
        return UNKNOWN
    way = "made-here" if row.transformed < 0.0 else "ended-here"
    amount = words.number(abs(row.transformed), row.transformed_sigma)
    return f"{words.term(way)} {amount}"
