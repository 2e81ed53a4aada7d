"""How the report screen reads: its periods, the stages of a report, and the list of reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flows.period import parse_period
from tui.presenting.rows import Col, Row
from tui.presenting.tables import visible
from tui.reporting.building import STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flows.period import Calendar
    from reports.words import Words
    from tui.reporting.files import ReportFile

#: Lengths of a report's period.
SPANS = ("month", "quarter", "year")

#: Stages as the screen shows them; the park is opened before the report begins.
_SHOWN = ("open", *STAGES)


def span_of(day: date, length: str) -> str:
    """The month, quarter or year of a day."""
    if length == "year":
        return f"{day.year:04d}"
    if length == "quarter":
        return f"{day.year:04d}-Q{(day.month - 1) // 3 + 1}"
    return f"{day.year:04d}-{day.month:02d}"


def span_step(span: str, by: int) -> str:
    """The period of the same length before (-1) or after (1)."""
    period = parse_period(span)
    length = "quarter" if "Q" in span else "month" if "-" in span else "year"
    day = period.last_excluded if by > 0 else period.first - timedelta(days=1)
    return span_of(day, length)


@dataclass(frozen=True, slots=True)
class Stages:
    """How far a report is: `now` is the stage at work, or that at which it failed."""

    running: bool = False
    now: str = ""
    failed: bool = False
    done: bool = False

    def at(self, stage: str) -> Stages:
        """The next stage begins."""
        return Stages(running=True, now=stage)

    def ended(self, *, failed: bool) -> Stages:
        """All stages are through, or this one was the last."""
        return Stages(now=self.now, failed=failed, done=not failed)


def stage_lines(stages: Stages, words: Words) -> list[str]:
    """One line a stage: `[x]` done, `[>]` at work, `[!]` failed, `[ ]` to come; none at rest."""
    if not (stages.running or stages.failed):
        return []
    at = _SHOWN.index(stages.now) if stages.now in _SHOWN else 0
    lines = []
    for number, stage in enumerate(_SHOWN):
        here = "[!]" if stages.failed else "[>]"
        sign = "[x]" if number < at else here if number == at else "[ ]"
        lines.append(f"{sign} {words.term(f'report-stage-{stage}')}")
    return lines


def cols(words: Words, calendar: Calendar) -> list[Col]:
    """Heads of the list; times are those of the park."""
    zone = calendar.zone.rpartition("/")[2]
    return [
        Col(words.term("period"), least=8, most=12),
        Col(words.term("language"), least=4, most=10),
        Col(words.term("up-to-event"), right=True, least=8, most=12, spare=2),
        Col(f"{words.term('report-made-at')} ({zone})", least=16),
        Col("kB", right=True, least=6, most=8, spare=3),
        Col(words.term("file"), least=16, grow=True),
    ]


def rows(files: Sequence[ReportFile], words: Words, calendar: Calendar) -> list[Row]:
    """One row a report."""
    return [
        Row(
            str(item.path),
            (
                item.period,
                words.term(f"language-{item.lang}") if item.lang else "",
                str(item.seq) if item.seq else "",
                calendar.clock(int(item.made)),
                words.number(round(item.size / 1000)),
                visible(item.path.name),
            ),
        )
        for item in files
    ]
