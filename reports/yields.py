"""The section of chains: yields beside their usual range, and what is lost at each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.balance import TOLERANCE_SIGMAS
from reports.blocks import mark, name_of, table
from reports.markup import Safe, join, tag
from reports.words import UNKNOWN

if TYPE_CHECKING:
    from reports.data import LossRow, ReportData, StepRow
    from reports.words import Words


def chains(data: ReportData, words: Words) -> Safe:
    """Yields with sigma beside their usual range, and below each what is lost at its step."""
    if not data.chains:
        return tag("p", words.term("nothing"))
    columns = ("step", "value", "unit", "share-entering", "usual-range", "state", "basis", "source")
    tables = []
    for chain in data.chains:
        rows = []
        for step in chain.steps:
            rows.append(_step(step, words))
            rows += [_loss(loss, step, words) for loss in step.losses]
        shown: tuple[str, ...] = columns
        if not any(step.losses for step in chain.steps):
            shown = (*columns[:3], *columns[4:])  # nothing has a share here
            rows = [row[:3] + row[4:] for row in rows]
        caption = words.label(chain.names, chain.id)
        tables.append(table(words, caption, shown, rows, numbers=(1,)))
    note = tag("p", words.term("chains-note"))
    if any(step.losses for chain in data.chains for step in chain.steps):
        note = join(note, tag("p", words.term("losses-note"), class_="note"))
    return join(note, *tables)


def _step(step: StepRow, words: Words) -> list[str]:
    state: str = UNKNOWN
    if step.value is not None and (step.low is not None or step.high is not None):
        # outside is what lies there beyond doubt, as in the finding `ratio-range`
        margin = TOLERANCE_SIGMAS * (step.sigma or 0.0)
        inside = (step.low is None or step.value + margin >= step.low) and (
            step.high is None or step.value - margin <= step.high
        )
        kind, word = ("closed", "within-range") if inside else ("warning", "outside-range")
        state = mark(kind, words.term(word))
    usual = words.term("usual-none")
    if step.low is not None or step.high is not None:
        usual = f"{words.number(step.low)} … {words.number(step.high)}"
    return [
        name_of(step.names, step.id, words),
        words.number(step.value, step.sigma),
        step.unit,
        "",
        usual,
        state,
        words.term(f"basis-{step.basis}"),
        step.source,
    ]


def _loss(loss: LossRow, step: StepRow, words: Words) -> list[str]:
    """What one flow takes away at a step, with its share of what enters there."""
    label = tag("span", f"↳ {words.term('loss')}: ", class_="loss")
    return [
        join(label, name_of(loss.names, loss.flow, words)),
        words.number(loss.value, loss.sigma),
        loss.unit,
        words.percent(loss.share),
        "",
        "",
        words.term(f"basis-{step.basis}"),
        "",
    ]
