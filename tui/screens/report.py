"""The report of a month, quarter or year: made stage by stage, listed, and opened."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from flows.errors import LedgerError, Refused
from flows.period import parse_period
from tui.desk import Answer
from tui.inbox.view import month_of
from tui.reporting.files import open_page, opener, report_folders, reports_in, web_address
from tui.reporting.text import SPANS, Stages, cols, rows, span_of, span_step, stage_lines
from tui.screens.base import ParkScreen
from tui.widgets.bars import Key
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from textual.binding import BindingType
    from textual.widget import Widget
    from textual.worker import Worker

    from flows.findings import Finding

log = logging.getLogger("parkflow")


class _LeftError(Exception):
    """The report is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report on disk, and how much it says is doubtful."""

    path: Path
    period: str
    findings: tuple[Finding, ...]


class ReportScreen(ParkScreen):
    """Makes reports in a thread and by a session of its own, so that no save waits for them."""

    DEFAULT_CSS = """
    ReportScreen #stages { height: auto; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "make", show=False),
        Binding("o", "open", show=False),
        Binding("less_than_sign,left_square_bracket,comma", "span(-1)", show=False),
        Binding("greater_than_sign,right_square_bracket,full_stop", "span(1)", show=False),
        Binding("p", "length", show=False),
        Binding("escape", "back", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("m", "key-make", "screen.make"),
        Key("o", "key-open", "screen.open"),
        Key("< >", "key-report-period"),
        Key("p", "key-length", "screen.length"),
        Key("Esc", "key-back", "screen.back"),
    )
    MAKING: ClassVar[tuple[Key, ...]] = (Key("Esc", "key-stop", "screen.back"),)

    class Reached(Message, bubble=False):
        """A stage of a report begins."""

        def __init__(self, number: int, stage: str) -> None:
            super().__init__()
            self.number = number
            self.stage = stage

    class Ended(Message, bubble=False):
        """A report is made, or is not."""

        def __init__(self, number: int, answer: Answer) -> None:
            super().__init__()
            self.number = number
            self.answer = answer

    class Opened(Message, bubble=False):
        """A page was handed to the system's browser, or there is none."""

        def __init__(self, path: Path, *, taken: bool) -> None:
            super().__init__()
            self.path = path
            self.taken = taken

    def __init__(self) -> None:
        super().__init__()
        self.span = ""
        self.length = SPANS[0]
        self.stages = Stages()
        self.number = 0
        self.made: Made | None = None
        self.refused: Answer | None = None
        self.told: tuple[str, dict[str, object]] | None = None
        self._worker: Worker[None] | None = None

    def body(self) -> Iterable[Widget]:
        """Period, stages, reports made before, and what is said below."""
        self.span = month_of(self.park.day)
        yield Static(id="counter")
        yield Static(id="stages")
        yield Table(id="reports")
        with Vertical(id="below"):
            yield Static(id="said")

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(Table).focus()
        self.relabel()

    @property
    def folders(self) -> list[Path]:
        """Where reports lie; the last is for a park folder that cannot be written."""
        setup = self.park.setup
        return list(report_folders(setup.folder.absolute(), self.park.glance.id, setup.drafts))

    # --- what the application tells ---

    def keys(self) -> Sequence[Key]:
        """While a report is made it can only be stopped."""
        return self.MAKING if self.stages.running else self.KEYS

    def relabel(self) -> None:
        """Another language."""
        self._list()
        self._tell()

    def on_day(self, day: date) -> None:
        """Another period with the day."""
        if self.is_mounted:
            self.span = span_of(day, self.length)
            self._tell()

    def on_screen_resume(self) -> None:
        """Somebody else may have made reports."""
        self._list()

    # --- what keys lead to ---

    def action_span(self, by: int) -> None:
        """An earlier or later period, up to that of today."""
        to = span_step(self.span, by)
        if parse_period(to).first <= self.park.glance.today():
            self.span, self.told = to, None
            self._tell()

    def action_length(self) -> None:
        """A month, a quarter, a year."""
        self.length = SPANS[(SPANS.index(self.length) + 1) % len(SPANS)]
        self.span = span_of(parse_period(self.span).first, self.length)
        self._tell()

    def action_back(self) -> None:
        """Stop what is made, or go to the sheet."""
        if self._worker is not None and self.stages.running:
            self._worker.cancel()
            self.number += 1
            self.stages, self.told = Stages(), ("report-stopped", {"period": self.span})
            self._tell()
            return
        self.park.go("sheet")

    def action_make(self) -> None:
        """Make the report of the period, in the language that is spoken."""
        if self.stages.running:
            return
        self.number += 1
        self.refused = self.told = self.made = None
        self.stages = Stages(running=True)
        number, span, lang = self.number, self.span, self.words.language
        folder, own = self.park.setup.folder.absolute(), self.folders[-1]

        def make() -> None:
            worker = get_current_worker()

            def progress(stage: str) -> None:
                if worker.is_cancelled:
                    raise _LeftError
                self.post_message(self.Reached(number, stage))

            try:
                answer = Answer("report", _make(folder, own, span, lang, progress))
            except _LeftError:
                return
            except Refused as refused:
                answer = Answer("report", findings=refused.findings)
            except (LedgerError, OSError) as error:
                answer = Answer("report", message=str(error))
            except Exception as error:
                # the screen must outlive a mistake of the report, and say that there was one
                log.exception("unforeseen in report")
                answer = Answer("report", message=f"{type(error).__name__}: {error}")
            self.post_message(self.Ended(number, answer))

        self._worker = self.run_worker(make, thread=True, group="report", exit_on_error=False)
        self._tell()

    @on(Reached)
    def reached(self, message: Reached) -> None:
        """The next stage."""
        if message.number == self.number:
            self.stages = self.stages.at(message.stage)
            self._tell()

    @on(Ended)
    def ended(self, message: Ended) -> None:
        """There is a report, or a reason why not."""
        if message.number != self.number:
            return
        answer = message.answer
        self.stages = self.stages.ended(failed=answer.failed)
        if answer.failed:
            self.refused = answer
        else:
            self.made = answer.value
        self._list(str(self.made.path) if self.made else "")
        self._tell()

    @on(Table.Chosen)
    def action_open(self) -> None:
        """Open the report under the cursor."""
        key = self.query_one(Table).key
        path = next((item.path for item in reports_in(self.folders) if str(item.path) == key), None)
        if path is None:
            self.told = ("report-none", {"period": self.span})
            self._tell()
            return
        if self.app.is_web:  # whoever looks on may sit at another computer
            self.app.open_url(web_address(path, self.folders))
            self.told, self.refused = ("report-tab", {"file": path.name}), None
            self._tell()
            return
        if not opener(os.environ):
            self.opened(self.Opened(path, taken=False))
            return

        def hand_on() -> None:
            self.post_message(self.Opened(path, taken=open_page(path, os.environ)))

        self.run_worker(hand_on, thread=True, group="opening", exit_on_error=False)

    @on(Opened)
    def opened(self, message: Opened) -> None:
        """Say what came of it."""
        term = "report-opened" if message.taken else "report-no-browser"
        self.told, self.refused = (term, {"file": str(message.path)}), None
        self._tell()

    @on(Table.Moved)
    def moved(self) -> None:
        """What is said below is of the cursor's report."""
        self._tell()

    # --- drawing ---

    def _list(self, key: str = "") -> None:
        """Reports made before, the newest first."""
        if not self.is_mounted:
            return
        table = self.query_one(Table)
        words, calendar = self.words, self.park.glance.calendar
        table.show(cols(words, calendar), rows(reports_in(self.folders), words, calendar))
        if key:
            table.go(key)

    def _tell(self) -> None:
        if not self.is_mounted:
            return
        words = self.words
        title = words.text("report-of", period=self.span, words=words.term(f"span-{self.length}"))
        self.query_one("#counter", Static).update(Text(title))
        self.query_one("#stages", Static).update(Text("\n".join(stage_lines(self.stages, words))))
        self.query_one("#said", Static).update(Text("\n".join(self._below())))
        self.refresh_bars()

    def _below(self) -> list[str]:
        words = self.words
        if self.refused is not None:
            failed = words.text("work-failed", message=self.refused.message)
            return self.say(self.refused.findings) or [failed]
        if self.told is not None:
            return [words.text(self.told[0], **self.told[1])]
        if self.made is not None:
            lies = {"file": str(self.made.path), "count": len(self.made.findings)}
            return [words.text("report-made", period=self.made.period, **lies)]
        if key := self.query_one(Table).key:
            return [key]
        return [words.text("report-none", period=self.span)]


def _make(folder: Path, own: Path, span: str, lang: str, progress: Callable[[str], object]) -> Made:
    """A report by a session of its own; it reads the ledger and never writes it."""
    from tui.reporting.building import write_report
    from tui.reporting.files import report_folder, report_name
    from tui.session import Session

    progress("open")
    with Session.open(folder, readonly=True) as session:
        seq = int(session.ledger.head().partition("@")[2])
        out = report_folder(folder, (own,)) / report_name(span, lang, seq)
        written = write_report(session, span, out, lang, progress=progress)
        return Made(written.path, span, written.findings)
