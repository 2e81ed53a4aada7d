"""How balances, flows, days and entries read: columns and rows of the balance screen's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flows.balance import ROUNDING
from tui.daysheet.text import SIGNS
from tui.presenting.rows import Col, Row
from tui.presenting.sparks import spark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.balance import Balance
    from flows.findings import Finding
    from flows.reconcile.result import Row as Reconciled
    from reports.words import Labels, Words
    from tui.balances.view import BalanceView, DayView, FlowView, ProcessView, Said

#: Signs of what can be said of a balance; ASCII, one cell.
CLOSURES: Mapping[str, str] = {"closed": "=", "open": "!", "untested": "?", "transformed": "~"}
_TONES: Mapping[str, str] = {"open": "bad", "untested": "quiet", "transformed": ""}
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
        rows.append(Row(f"{DOUBT}{at}", (f"{sign} {text}",), 1 + more, tone, wide=True))
    return rows


def balance_cols(words: Words, unit: str) -> list[Col]:
    """Columns of balances; amounts in `unit`."""
    term = words.term
    return [
        Col(f"{term('name')} [{unit}]" if unit else term("name"), least=24, grow=True),
        Col(term("inflow"), right=True),
        Col(term("outflow"), right=True),
        Col(term("stock-change"), right=True, spare=2),
        Col(term("residual"), right=True),
        Col(term("tolerance"), right=True, spare=1),
        Col(term("state"), most=20),
    ]


def balance_rows(view: BalanceView, words: Words) -> list[Row]:
    """The park, its facilities, their processes one level deeper."""
    return [
        Row(
            row.id,
            (
                short(row.id, view.facility_of.get(row.id, ""), words, view.names),
                _number(words, row.inflow.value),
                _number(words, row.outflow.value),
                _number(words, row.stock_change.value),
                _number(words, _left(row)),
                _number(words, row.tolerance),
                f"{CLOSURES[row.closure]} {words.term(f'closure-{row.closure}')}",
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


def _left(row: Balance) -> float | None:
    """What a balance leaves; 0 where it is the rounding of its terms."""
    left = row.difference.value
    passed = abs(row.inflow.value or 0.0) + abs(row.outflow.value or 0.0)
    return 0.0 if left is not None and abs(left) <= ROUNDING * passed else left


def flow_cols(words: Words) -> list[Col]:
    """Columns of the flows of a process."""
    term = words.term
    return [
        Col(term("flow-name"), least=26, grow=True),
        Col(term("unit"), most=8),
        Col(term("measured"), right=True),
        Col(term("reconciled"), right=True),
        Col(term("adjustment-by-sigma"), right=True),
        Col(term("class"), most=16, spare=1),
    ]


def flow_rows(view: ProcessView, words: Words, names: Labels, facility: str = "") -> list[Row]:
    """What enters, leaves and stays, measured beside reconciled, each under its heading."""
    rows = []
    for side, head in (("in", "inflow"), ("out", "outflow"), ("stock", "stock-change")):
        own = [line.row for line in view.lines if line.side == side]
        if own:
            title = f"{words.term(head)} ({len(own)})"
            rows.append(Row(f"side:{side}", (title,), tone="head", wide=True))
        rows += [_flow_row(row, words, short(row.id, facility, words, names)) for row in own]
    return rows


def _flow_row(row: Reconciled, words: Words, name: str) -> Row:
    off = row.normalized_adjustment
    big = off is not None and abs(off) > NOTABLE
    return Row(
        row.id,
        (
            name,
            row.unit,
            _number(words, row.measured, row.sigma),
            _number(words, row.reconciled, row.sigma_reconciled),
            ("! " if big else "") + ("" if off is None else f"{off:.1f}".replace("-", "−")),
            words.term(f"class-{row.klass}"),
        ),
        1,
        tones=("", "", "", "", "bad" if big else ""),
    )


#: Adjustments beyond so many of their sigmas are marked: 1 in 370 by chance.
NOTABLE = 3.0


def day_cols(words: Words, unit: str) -> list[Col]:
    """Columns of days of a flow."""
    term = words.term
    return [
        Col(term("day"), least=14),
        Col(f"{term('measured')} [{unit}]", right=True, least=18),
        Col("", least=1),
        Col(term("coverage-short"), right=True, spare=1),
        Col(term("readings"), right=True, spare=2),
        Col(term("state"), least=10, grow=True),
    ]


def day_rows(view: FlowView, words: Words, *, newest_first: bool = False) -> list[Row]:
    """Days of a flow; a bar beside each amount, in proportion to the greatest."""
    most = max((abs(day.value) for day in view.days if day.value is not None), default=0.0)
    rows = []
    for day in reversed(view.days) if newest_first else view.days:
        iso = day.day.isoformat()
        state = day.state or "nothing"
        bar = 0 if day.value is None or not most else round(_BAR * abs(day.value) / most)
        rows.append(
            Row(
                iso,
                (
                    f"{iso} {words.term(f'weekday-{day.day.weekday()}')}",
                    _number(words, day.value, day.sigma),
                    "#" * bar,
                    words.percent(day.coverage) if 0.0 < day.coverage < 1.0 else "",
                    str(day.readings or ""),
                    f"{SIGNS.get(day.state, ' ')} {words.term(_DAY_STATES[state])}",
                ),
                tone={"missing": "warn", "nothing": "quiet"}.get(state, ""),
            )
        )
    return rows


_BAR = 12
_DAY_STATES: Mapping[str, str] = {
    "value": "state-value", "zero": "state-zero", "missing": "state-missing",
    "register": "state-register", "withdrawn": "state-withdrawn", "nothing": "day-nothing",
}  # fmt: skip


def entry_cols(words: Words) -> list[Col]:
    """Columns of entries and what stands in their place."""
    term = words.term
    return [
        Col(term("entry-number"), least=10),
        Col(term("value"), right=True),
        Col(term("typed"), spare=3),
        Col(term("entry-by"), least=6, most=18),
        Col(term("entry-at"), least=16),
        Col(term("state"), most=14),
        Col(term("entry-why"), least=8, grow=True),
    ]


def entry_rows(view: DayView, words: Words, zone: str) -> list[Row]:
    """Each entry, below it what replaced it: who, when, by what and why."""
    return [
        _entry_row(said, view, words, zone, level=int(at > 0))
        for chain in view.histories
        for at, said in enumerate(chain)
    ]


def _entry_row(said: Said, view: DayView, words: Words, zone: str, *, level: int) -> Row:
    item, event = said.item, said.event
    value = item.value if item.register is None else item.register
    unit = view.unit
    per_unit = 1.0 if item.register is not None or item.kind != view.kind else view.per_unit
    shown = _number(words, None if value is None else value / per_unit)
    if shown and item.register is None and item.kind == view.kind:
        shown = f"{shown} {unit}"
    recorded = ""
    if event is not None:
        moment = datetime.fromtimestamp(event.recorded_at / 1_000_000, UTC)
        recorded = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    state = str(item.state)
    word = words.term(f"state-{state}") if said.last else words.term("entry-replaced")
    sign = SIGNS.get(state, " ") if said.last else "-"
    why = [event.reason if event else "", item.cause, item.note]
    why += [words.text("entry-ticket", ticket=item.ticket)] if item.ticket else []
    why += [item.origin] if item.origin else []
    return Row(
        f"#{item.id}",
        (
            f"#{item.id}",
            shown,
            f"{item.typed} {item.typed_unit}".strip(),
            event.by if event else "",
            recorded,
            f"{sign} {word}",
            "; ".join(part for part in why if part),
        ),
        level,
        "" if said.last else "quiet",
    )


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
    from tui.balances.view import BalanceView, DayView, FlowView

    if isinstance(view, BalanceView):
        counts = dict.fromkeys(CLOSURES, 0)
        for row in view.rows:
            counts[row.closure] += row.level == "process"
        return "   ".join(
            f"{sign} {words.term(f'closure-{closure}')}: {counts[closure]}"
            for closure, sign in CLOSURES.items()
        )
    if isinstance(view, FlowView):
        return spark([day.value for day in view.days], min(width, 124))
    if isinstance(view, DayView):
        return words.text("entries-count", count=sum(map(len, view.histories)))
    return ""


def below(
    view: BalanceView | ProcessView | FlowView | DayView, key: str, words: Words, names: Labels
) -> list[str]:
    """What is said of a row below the table."""
    from tui.balances.view import BalanceView, FlowView

    if isinstance(view, FlowView):
        return [totals(view.row, words)]
    if not isinstance(view, BalanceView):
        return [] if key.startswith("side:") else [f"{words.label(names.get(key), key)} ({key})"]
    row = next((row for row in view.rows if row.id == key), None)
    if row is None:
        return []
    if row.unmeasured:
        missing = words.term("list-joint").join(
            words.label(names.get(one), one) for one in row.unmeasured
        )
        return [words.text("balance-unmeasured", flows=missing)]
    return [closure_said(row, words)]


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
    return words.text(
        f"balance-said-{row.closure}",
        residual=words.number(_left(row), row.residual.sigma),
        tolerance=words.number(row.tolerance),
        unit=row.unit,
    )


def totals(row: Reconciled | None, words: Words) -> str:
    """Sum over the period: measured, reconciled, how far off."""
    if row is None:
        return ""
    parts = [
        f"{words.term('measured')} {_number(words, row.measured, row.sigma) or words.term('none')}",
        f"{words.term('reconciled')} "
        + (_number(words, row.reconciled, row.sigma_reconciled) or words.term("not-known")),
    ]
    if row.normalized_adjustment is not None:
        off = f"{row.normalized_adjustment:.1f}".replace("-", "−")
        parts.append(f"{words.term('adjustment-by-sigma')} {off}")
    parts.append(words.term(f"class-{row.klass}-meaning"))
    return f"{'; '.join(parts)} [{row.unit}]"


def _number(words: Words, value: float | None, sigma: float | None = None) -> str:
    return "" if value is None else words.number(value, sigma)
