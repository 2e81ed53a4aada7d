"""How the days of a flow and the entries behind a day read: columns, rows, sums."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tui.daysheet.text import SIGNS
from tui.presenting.rows import Col, Row

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from flows.findings import Finding
    from flows.reconcile.result import Row as Reconciled
    from reports.words import Words
    from tui.balances.view import DayView, FlowView, Said


def day_cols(words: Words, unit: str) -> list[Col]:
    """Columns of days of a flow."""
    term = words.term
    return [
        Col(term("day"), least=14),
        Col(f"{term('measured')} [{unit}]", right=True, least=18),
        Col("", least=1),
        Col(term("coverage-short"), right=True, spare=1),
        Col(term("readings"), right=True, spare=2),
        Col(term("state"), least=21, grow=True),
    ]


def doubted(view: FlowView, doubts: Sequence[Finding]) -> set[str]:
    """Days that some doubts are about: all from their first to their last one."""
    spans = [
        (str(item.params.get("first", "")), str(item.params.get("last", ""))) for item in doubts
    ]
    days = [day.day.isoformat() for day in view.days]
    return {day for day in days if any(first and first <= day <= last for first, last in spans)}


def day_rows(view: FlowView, words: Words, doubts: Collection[str] = ()) -> list[Row]:
    """Days of a flow; a bar beside each amount, in proportion to the greatest.

    Args:
        view: The flow.
        words: The language.
        doubts: Days in doubt, as `2025-03-05`.
    """
    most = max((abs(day.value) for day in view.days if day.value is not None), default=0.0)
    rows = []
    for day in view.days:
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
                    f"{SIGNS.get(day.state, ' ')} {words.term(_DAY_STATES[state])}"
                    + (f"  ! {words.term('day-doubted')}" if iso in doubts else ""),
                ),
                tone="warn"
                if iso in doubts
                else {"missing": "warn", "nothing": "quiet"}.get(state, ""),
            )
        )
    return rows


_BAR = 12
_DAY_STATES: Mapping[str, str] = {
    "value": "state-value", "zero": "state-zero", "missing": "state-missing",
    "register": "state-register", "withdrawn": "state-withdrawn", "nothing": "day-nothing",
}  # fmt: skip


def entry_cols(words: Words, zone: str) -> list[Col]:
    """Columns of entries and what stands in their place; moments are those of a time zone."""
    term = words.term
    return [
        Col(term("entry-number"), least=10),
        Col(term("value"), right=True),
        Col(term("typed"), spare=3),
        Col(term("entry-by"), least=6, most=18),
        Col(f"{term('entry-at')} ({zone.rpartition('/')[2]})", least=16),
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
