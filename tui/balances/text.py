"""How balances and what is doubtful read: rows of the balance screen, and what is said below."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len

from flows.balance import ROUNDING
from tui.presenting.rows import Col, Row
from tui.presenting.sparks import spark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.balance import Balance
    from flows.findings import Finding
    from reports.words import Labels, Words
    from tui.balances.view import BalanceView, DayView, FlowView, ProcessView

#: Signs of what can be said of a balance; ASCII, one cell.
CLOSURES: Mapping[str, str] = {
    "closed": "=",
    "open": "!",
    "uncertain": "-",
    "untested": "?",
    "transformed": "~",
}
_TONES: Mapping[str, str] = {
    "open": "bad",
    "uncertain": "quiet",
    "untested": "quiet",
    "transformed": "",
}
#: Behind a sum of what is known, of which more is not known.
PART = "+?"
#: So many doubts stand above the balances; the rest is folded.
FIRST_DOUBTS = 4

#: Keys of rows that are doubts, by the place of the finding.
DOUBT = "doubt:"


def doubt_rows(said: Sequence[Finding] | None, words: Words, sentences: Sequence[str]) -> list[Row]:
    """What is suspected, in plain words, above the balances; the first few unfolded.

    Args:
        said: The doubts, None while they are worked out.
        words: The language.
        sentences: One for each of them.
    """
    if said is None:
        return [Row("doubts", (words.term("doubts-working"),), tone="quiet", wide=True)]
    if not said:
        return [Row("doubts", (words.term("doubts-none"),), tone="good", wide=True)]
    head = words.text("doubts-count", count=len(said))
    rows = [Row("doubts", (head,), tone="head", wide=True)]
    for at, text in enumerate(sentences):
        more = at >= FIRST_DOUBTS
        if at == FIRST_DOUBTS:
            left = words.text("doubts-more", count=len(said) - FIRST_DOUBTS)
            rows.append(Row("more-doubts", (left,), 1, "quiet", wide=True))
        sign, tone = ("x", "bad") if said[at].severity == "error" else ("!", "warn")
        said_of = f"{sign} {brief(text)}"
        rows.append(Row(f"{DOUBT}{at}", (said_of,), 1 + more, tone, wide=True))
    return rows


def brief(said: str) -> str:
    """A sentence without the ids behind the names."""
    return _ID.sub("", said)


#: An id behind a name: in a list the name is enough, below the table stands all.
_ID = re.compile(r" ?[(（][a-z0-9:-]+(?:\.[a-z0-9-]+)+[)）]")


def balance_cols(words: Words, unit: str) -> list[Col]:
    """Columns of balances; amounts in `unit`."""
    term = words.term
    return [
        Col(f"{term('name')} [{unit}]" if unit else term("name"), least=18, grow=True),
        Col(term("inflow"), right=True),
        Col(term("outflow"), right=True),
        Col(term("stock-change-short"), right=True),
        Col(term("residual"), right=True),
        Col(term("tolerance"), right=True, spare=1),
        Col(term("state"), most=20),
    ]


def balance_rows(view: BalanceView, words: Words) -> list[Row]:
    """The park, its facilities, their processes one level deeper."""
    opened: dict[str, int] = {}
    for row in view.rows:
        if row.level == "process" and row.closure == "open":
            owner = view.facility_of.get(row.id, "")
            opened[owner] = opened.get(owner, 0) + 1

    def known(row: Balance, side: str, value: float | None) -> str:
        part = side in row.partial
        return f"{_number(words, value)}{PART}" if part else _number(words, value)

    def state(row: Balance) -> str:
        own = f"{CLOSURES[row.closure]} {words.term(f'closure-{row.closure}')}"
        return f"{own}  ! {opened[row.id]}" if opened.get(row.id) else own

    return [
        Row(
            row.id,
            (
                short(row.id, view.facility_of.get(row.id, ""), words, view.names),
                known(row, "in", row.inflow.value),
                known(row, "out", row.outflow.value),
                known(row, "stock", row.stock_change.value),
                _number(words, left_over(row)),
                _number(words, row.tolerance),
                state(row),
            ),
            int(row.level == "process" and bool(view.facility_of.get(row.id))),
            "" if row.level == "process" else "head",
            ("", "", "", "", *(_TONES.get(row.closure, "good"),) * 3),
        )
        for row in view.rows
    ]


def short(id_: str, facility: str, words: Words, names: Labels) -> str:
    """Name of a process or flow without that of its facility, which stands above it."""
    name = words.label(names.get(id_), id_)
    owner = words.label(names.get(facility), facility)
    rest = name.removeprefix(owner) if owner else name
    return rest.lstrip(":： ") or name


def left_over(row: Balance) -> float | None:
    """What a balance leaves; 0 where it is the rounding of its terms."""
    left = row.difference.value
    passed = abs(row.inflow.value or 0.0) + abs(row.outflow.value or 0.0)
    return 0.0 if left is not None and abs(left) <= ROUNDING * passed else left


def leads_down(view: BalanceView | ProcessView | FlowView | DayView | None, key: str) -> bool:
    """Whether Enter on a row looks into it: a process, a flow, a day."""
    from tui.balances.view import BalanceView, FlowView, ProcessView

    if isinstance(view, BalanceView):
        return any(row.id == key and row.level == "process" for row in view.rows)
    return isinstance(view, FlowView) or (
        isinstance(view, ProcessView) and not key.startswith("side:")
    )


def second(view: BalanceView | ProcessView | FlowView | DayView, words: Words, width: int) -> str:
    """The line below the title: how many balances close, the days as bars, how many entries."""
    from tui.balances.view import BalanceView, FlowView, ProcessView

    if isinstance(view, BalanceView):
        sums = [part.value for row in view.rows for part in (row.inflow, row.outflow)]
        if not any(sums):
            entered, days = (str(count) for count in view.days)
            said = "period-thin" if view.days[0] else "period-empty"
            return words.text(said, period=view.period, entered=entered, days=days)
        counts = dict.fromkeys(CLOSURES, 0)
        for row in view.rows:
            counts[row.closure] += row.level == "process"
        told = [
            f"{sign} {words.term(f'closure-{closure}')}: {counts[closure]}"
            for closure, sign in CLOSURES.items()
            if counts[closure] or closure in ("closed", "open")
        ]
        while cell_len("  ".join(told)) > width:  # the last ones say least
            told.pop()
        return "  ".join(told)
    if isinstance(view, ProcessView):
        if view.balance is None:
            return words.term("layer-not-here")
        return closure_said(view.balance, words)
    if isinstance(view, FlowView):
        return spark([day.value for day in view.days], min(width, 124))
    return words.text("entries-count", count=sum(map(len, view.histories)))


def below(
    view: BalanceView | ProcessView | FlowView | DayView, key: str, words: Words, names: Labels
) -> list[str]:
    """What is said of a row below the table."""
    from tui.balances.daytext import totals
    from tui.balances.view import BalanceView, FlowView

    if isinstance(view, FlowView):
        return [totals(view.row, words)]
    if not isinstance(view, BalanceView):
        return [] if key.startswith("side:") else [f"{words.label(names.get(key), key)} ({key})"]
    row = next((row for row in view.rows if row.id == key), None)
    if row is None:
        return []

    def named(id_: str) -> str:
        flow = id_.removesuffix(f".{row.layer}")
        if flow == id_ or flow not in names:
            return words.label(names.get(id_), id_)
        return words.text("content-of", flow=words.label(names.get(flow), flow))

    def listed(ids: Sequence[str]) -> str:
        some = [named(one) for one in ids[:_NAMED]]
        some += [words.text("doubts-more", count=len(ids) - _NAMED)] if len(ids) > _NAMED else []
        return words.term("list-joint").join(some)

    inside = [
        one.id for one in view.rows
        if one.closure == "open" and view.facility_of.get(one.id) == key and one.id != key
    ]  # fmt: skip
    said = [words.text("balance-open-inside", processes=listed(inside))] if inside else []
    if row.unmeasured:
        return [*said, words.text("balance-unmeasured", flows=listed(row.unmeasured))]
    return [closure_said(row, words), *said]


#: So many names of what is not measured; the rest is counted.
_NAMED = 4


def reasons(doubts: Sequence[Finding], process: str) -> list[Finding]:
    """What may explain that the balance of a process, or of all in a facility, does not close."""
    named: list[str] = []
    for item in doubts:
        if item.code == "balance-open" and item.where == process:
            named += str(item.params.get("because", "")).split(", ")
    return [item for item in doubts if item.where and item.where in named]


def amount_of(value: float, sigma: float | None, words: Words) -> str:
    """An amount as the table shows it, and its sigma: not rounded to it, so that sums hold."""
    spread = words.rounded(value, sigma)[1]
    return f"{words.number(value)} ± {spread}" if spread else words.number(value)


def moved(before: BalanceView, after: BalanceView, words: Words) -> list[str]:
    """Which balances of processes a correction has moved, the most first; no more than two."""
    old = {row.id: left_over(row) for row in before.rows if row.level == "process"}
    found = []
    for row in after.rows:
        was, now = old.get(row.id), left_over(row)
        if row.level == "process" and was is not None and now is not None and was != now:
            told = words.text(
                "balance-moved",
                process=words.label(after.names.get(row.id), row.id),
                before=words.number(was), after=words.number(now),
                unit=row.unit, tolerance=words.number(row.tolerance),
            )  # fmt: skip
            found.append((-abs(now - was), told))
    return [told for _, told in sorted(found)[:2]]


def in_full(row: Row) -> str:
    """A row with nothing cut."""
    return "  ".join(cell for cell in row.cells if cell)


def closure_said(row: Balance, words: Words) -> str:
    """A balance in one sentence: what it leaves, and what the meters allow."""
    if row.residual.value is None:
        if row.transformed.value is None:
            return words.term("balance-nothing")
        way = "made-here" if row.transformed.value < 0.0 else "ended-here"
        amount = words.number(abs(row.transformed.value), row.transformed.sigma)
        return f"{words.term(way)} {amount} {row.unit}"
    left = left_over(row) or 0.0
    said = f"balance-said-{row.closure}"
    if row.closure == "open":
        said += "-more" if left > 0.0 else "-less"
    return words.text(
        said,
        amount=amount_of(abs(left), row.residual.sigma, words),
        tolerance=words.number(row.tolerance),
        unit=row.unit,
    )


def _number(words: Words, value: float | None, sigma: float | None = None) -> str:
    return "" if value is None else words.number(value, sigma)
