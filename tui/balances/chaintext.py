"""How chains, flows and their neighbors read: columns and rows of the screen of chains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.balance import TOLERANCE_SIGMAS
from flows.network import is_environment
from tui.balances.text import short
from tui.presenting.rows import Col, Row
from tui.presenting.sparks import GAP, spark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.chains import Loss, StepResult
    from reports.words import Words
    from tui.balances.chaindays import DaysView
    from tui.balances.chainview import AroundView, ChainsView, FlowsView
    from tui.balances.neighbors import Neighbor, Side

    #: Yields by month, then by chain and step; a month that is still worked out is not in it.
    Trend = Mapping[str, Mapping[tuple[str, str], float | None]]

#: Between the id of a step and what it is of, in the keys of rows.
AT = "\t"


def chain_cols(words: Words) -> list[Col]:
    """Columns of chains."""
    term = words.term
    return [
        Col(term("step"), least=24, grow=True),
        Col(term("yield"), right=True),
        Col(term("unit")),
        Col(term("usual-range"), right=True, spare=1),
        Col(term("state"), least=6),
        Col(term("chain-12-months"), least=12),
    ]


def day_cols(words: Words, days: DaysView) -> list[Col]:
    """Columns of chains with the days of a month, each day a cell."""
    term = words.term
    head = words.text("chain-days", month=days.month)
    return [
        Col(term("step"), least=18, grow=True),
        Col(term("yield"), right=True),
        Col(term("unit"), spare=1),
        Col(term("state"), least=6, spare=2),
        Col(head, least=len(days.days)),
    ]


def day_rows(view: ChainsView, days: DaysView, words: Words) -> list[Row]:
    """As `chain_rows`, with a bar a day; a day without a yield is a gap."""
    bars = {key: spark(each, from_zero=False, least=_SPAN) for key, each in days.yields.items()}

    def shorter(row: Row) -> Row:
        name, amount, unit, _, state, series = row.cells
        return replace(row, cells=(name, amount, unit, state, series), tones=row.tones[1:])

    return [row if row.wide else shorter(row) for row in chain_rows(view, bars, words)]


def month_bars(months: Sequence[str], trend: Trend) -> dict[tuple[str, str], str]:
    """A bar a month, by chain and step; a month that is still worked out is empty."""
    found = {}
    for key in dict.fromkeys(key for month in months for key in trend.get(month, ())):
        series = [trend[month].get(key) if month in trend else None for month in months]
        bars = spark(series, from_zero=False, least=_SPAN)
        found[key] = "".join(
            bar if month in trend else " " for bar, month in zip(bars, months, strict=True)
        )
    return found


def chain_rows(view: ChainsView, bars: Mapping[tuple[str, str], str], words: Words) -> list[Row]:
    """Each chain, its steps with their series, and what is lost at each."""
    rows = []
    for result in view.chains:
        chain = result.chain
        name = words.label(chain.names, chain.id)
        rows.append(Row(chain.id, (name,), tone="head", wide=True))
        for step in result.steps:
            key = f"{chain.id}{AT}{step.step.id}"
            rows.append(_step_row(key, step, bars.get((chain.id, step.step.id), ""), words))
            rows += [_loss_row(key, loss, view, words) for loss in step.losses]
    return rows


def outside(step: StepResult) -> bool | None:
    """Whether a yield is beyond doubt out of its usual range; None where nothing can be said."""
    low, high = step.step.low, step.step.high
    if step.value is None or (low is None and high is None):
        return None
    margin = TOLERANCE_SIGMAS * (step.sigma or 0.0)
    above = low is None or step.value + margin >= low
    below = high is None or step.value - margin <= high
    return not (above and below)


def _step_row(key: str, step: StepResult, bars: str, words: Words) -> Row:
    def number(value: float | None) -> str:
        return "" if value is None else words.number(value)

    usual = ""
    if step.step.low is not None or step.step.high is not None:
        usual = f"{number(step.step.low)}–{number(step.step.high)}"
    out = outside(step)
    state = "" if step.value is not None else f"? {words.term('not-known')}"
    if out is not None:
        state = f"! {words.term('chain-outside')}" if out else f"= {words.term('chain-inside')}"
    return Row(
        key,
        (
            words.label(step.step.names, step.step.id),
            "" if step.value is None else words.number(step.value, step.sigma),
            step.step.unit,
            usual,
            state,
            bars,
        ),
        1,
        tones=("", "", "", "", "bad" if out else "good" if out is False else "quiet", ""),
    )


def _loss_row(key: str, loss: Loss, view: ChainsView, words: Words) -> Row:
    unit, per_unit = view.display[loss.flow]
    value, sigma = (None if x is None else x / per_unit for x in (loss.value, loss.sigma))
    name = words.label(view.names.get(loss.flow), loss.flow)
    share = "" if loss.share is None else words.percent(loss.share)
    amount = words.term("not-known") if value is None else words.number(value, sigma)
    cells = (f"{words.term('loss')}: {name}", amount, unit, share, "", "")
    return Row(f"{key}{AT}{loss.flow}", cells, 2, "quiet")


def step_said(view: ChainsView, key: str, words: Words) -> list[str]:
    """What is said of a step below the table: its range with its source, what is not known."""
    for result in view.chains:
        for step in result.steps:
            if key.split(AT)[:2] != [result.chain.id, step.step.id]:
                continue
            told = []
            if step.unknown:
                names = (words.label(view.names.get(one), one) for one in step.unknown)
                joined = words.term("list-joint").join(names)
                told.append(words.text("chain-unknown-flows", flows=joined))
            if step.step.low is not None and step.step.high is not None:
                low, high = words.number(step.step.low), words.number(step.step.high)
                told.append(
                    words.text(
                        "chain-range-source",
                        low=low, high=high, unit=step.step.unit, source=step.step.source,
                    )
                )  # fmt: skip
            return told
    return []


def series_said(months: Sequence[str], trend: Trend, key: str, words: Words) -> list[str]:
    """The last yields of a step by month in numbers, the newest first; none of what is no step."""
    parts = key.split(AT)
    if len(parts) < 2:
        return []
    known = [(month, trend[month].get((parts[0], parts[1]))) for month in months if month in trend]
    told = [f"{month} {words.number(value)}" for month, value in known if value is not None]
    return ["   ".join(reversed(told[-_TOLD:]))] if told else []


def days_said(days: DaysView, key: str, words: Words) -> list[str]:
    """How many days of a step have a yield, and the last of them in numbers, the newest first."""
    parts = key.split(AT)
    series = days.yields.get((parts[0], parts[1])) if len(parts) > 1 else None
    if series is None:
        return []
    known = [
        (day, value) for day, value in zip(days.days, series, strict=True) if value is not None
    ]
    count = {"known": len(known), "count": len(series), "month": days.month}
    told = [f"{day:%m-%d} {words.number(value)}" for day, value in reversed(known[-_TOLD:])]
    return [words.text("chain-days-known", **count), *(["   ".join(told)] if told else [])]


#: Share of the greatest yield that bars span at least: what varies by a percent looks level.
_SPAN = 0.2
#: Months that are told in numbers below the table.
_TOLD = 6


def flow_of_key(view: ChainsView, key: str) -> str:
    """Flow that a row of the chains leads to: the loss, or the first output of the step."""
    parts = key.split(AT)
    if len(parts) > 2:
        return parts[2]
    for result in view.chains:
        for step in result.steps:
            if parts == [result.chain.id, step.step.id]:
                return step.step.outputs[0]
    return ""


def flows_cols(words: Words) -> list[Col]:
    """Columns of all flows."""
    term = words.term
    return [
        Col(term("flow-name"), least=26, grow=True),
        Col(term("reconciled"), right=True),
        Col(term("unit"), most=8),
        Col(term("class"), spare=1),
        Col("ID", spare=2, grow=True, least=12),
    ]


def flows_rows(view: FlowsView, words: Words) -> list[Row]:
    """All flows under their facilities."""
    rows: list[Row] = []
    for facility in dict.fromkeys(view.facility_of[row.id] for row in view.rows):
        name = words.label(view.names.get(facility), facility) or words.term("park")
        rows.append(Row(f"facility:{facility}", (name,), tone="head", wide=True))
        for row in view.rows:
            if view.facility_of[row.id] == facility:
                known = row.reconciled is not None
                amount = words.number(row.reconciled, row.sigma_reconciled) if known else ""
                cells = (
                    short(row.id, facility, words, view.names), amount, row.unit,
                    words.term(f"class-{row.klass}"), row.id,
                )  # fmt: skip
                rows.append(Row(row.id, cells, 1, "" if known else "quiet"))
    return rows


def around_cols(words: Words) -> list[Col]:
    """Columns of the neighbors of a flow."""
    term = words.term
    return [
        Col(term("flow-name"), least=26, grow=True),
        Col(term("share-of"), right=True),
        Col("", least=10),
        Col(term("reconciled"), right=True),
        Col(term("unit"), most=8),
    ]


def around_rows(view: AroundView, words: Words) -> list[Row]:
    """What enters where the flow comes from, the flow itself, what leaves where it goes."""
    found, names = view.around, view.names

    def label(id_: str) -> str:
        if not is_environment(id_):
            return words.label(names.get(id_), id_)
        return words.label(names.get(id_), id_.partition(":")[2] or id_)

    def head(side: Side, way: str) -> Row:
        outside_park = is_environment(side.process)
        term = f"neighbors-{'outside-' if outside_park else ''}{way}"
        return Row(
            f"head:{way}", (words.text(term, process=label(side.process)),), 0, "head", wide=True
        )

    rows = [head(found.up, "from")]
    rows += [_neighbor("up", item, found.up, view, words) for item in found.up.flows]
    this = next((item for item in found.beside.flows if item.flow == found.flow), None)
    title = words.label(names.get(found.flow), found.flow)
    own = words.text("neighbors-own", process=label(found.beside.process))
    if this is not None:
        rows.append(Row("head:own", (own,), 0, "head", wide=True))
        rows.append(_neighbor("own", this, found.beside, view, words))
    else:
        rows.append(Row("own:", (title,), 0, "head", wide=True))
    rows.append(head(found.down, "to"))
    rows += [_neighbor("down", item, found.down, view, words) for item in found.down.flows]
    return rows


def _neighbor(way: str, item: Neighbor, side: Side, view: AroundView, words: Words) -> Row:
    unit, per_unit = view.display[item.flow]
    share, bar = "", ""
    if item.share is not None:
        shown, spread = words.rounded(100.0 * item.share, 100.0 * (item.share_sigma or 0.0) or None)
        least = "" if side.complete else "≤ "
        share = f"{least}{shown}{f' ± {spread}' if spread else ''} %"
        bar = "#" * round(10 * item.share)
    amount = GAP
    if item.value is not None:
        amount = words.number(item.value / per_unit, (item.sigma or 0.0) / per_unit)
    name = words.label(view.names.get(item.flow), item.flow)
    return Row(
        f"{way}:{item.flow}", (name, share, bar, amount, unit), 1, "good" if way == "own" else ""
    )
