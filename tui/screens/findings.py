"""The inbox of findings: what is doubtful in a period, acknowledged with a note, and mended."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static

from flows.period import parse_period
from tui.balances.periods import containing, kind_of, stepped, widened
from tui.inbox import text as reads
from tui.inbox.text import SEEN, Chosen
from tui.inbox.view import Inbox, first_day, inbox, month_of
from tui.messages import Answered
from tui.screens.leading import open_sheet
from tui.screens.noting import NotingScreen
from tui.widgets.bars import Key
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from textual.binding import BindingType
    from textual.widget import Widget

    from tui.inbox.view import Entry
    from tui.session import Session


#: Lines from which the finding under the cursor stands in full below the list.
TALL = 34


class FindingsScreen(NotingScreen):
    """Findings of a month, quarter or year: a list, and one of them in full."""

    DEFAULT_CSS = """
    FindingsScreen #seek { height: 3; display: none; }
    FindingsScreen #whole { height: 1fr; display: none; padding: 1 1 0 1; }
    FindingsScreen #whole-text { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", show=False),
        Binding("u", "take_back", show=False),
        Binding("i", "read", show=False),
        Binding("enter", "mend", show=False),
        Binding("w", "length", show=False),
        Binding("k", "kind", show=False),
        Binding("less_than_sign,left_square_bracket,comma", "month(-1)", show=False),
        Binding("greater_than_sign,right_square_bracket,full_stop", "month(1)", show=False),
        Binding("v", "severity", show=False),
        Binding("f", "facility", show=False),
        Binding("h", "seen", show=False),
        Binding("slash", "search", show=False),
        Binding("s", "sheet", show=False),
        Binding("b", "balance", show=False),
        Binding("escape", "back", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("Enter", "key-mend", "screen.mend"),
        Key("i", "key-read", "screen.read"),
        Key("a", "key-acknowledge", "screen.acknowledge"),
        Key("u", "key-take-back", "screen.take_back"),
        Key("< >", "key-report-period"),
        Key("w", "key-length", "screen.length"),
        Key("/", "key-search", "screen.search"),
        Key("v", "key-severity", "screen.severity"),
        Key("k", "key-kind", "screen.kind"),
        Key("f", "key-facility", "screen.facility"),
        Key("h", "key-seen", "screen.seen"),
        Key("s", "key-to-sheet", "screen.sheet"),
        Key("b", "key-to-balance", "screen.balance"),
        Key("Esc", "key-back", "screen.back"),
    )
    READING: ClassVar[tuple[Key, ...]] = (
        Key("Esc", "key-back", "screen.back"),
        Key("Enter", "key-mend", "screen.mend"),
        Key("a", "key-acknowledge", "screen.acknowledge"),
        Key("u", "key-take-back", "screen.take_back"),
        Key("s", "key-to-sheet", "screen.sheet"),
        Key("b", "key-to-balance", "screen.balance"),
    )

    class Reached(Message, bubble=False):
        """A stage of looking for what is doubtful begins."""

        def __init__(self, period: str, stage: str) -> None:
            super().__init__()
            self.period = period
            self.stage = stage

    def __init__(self) -> None:
        super().__init__()
        self.stage = ""
        self.chosen = Chosen()
        self.loading_month = False
        self.stale = False
        self.reading = False

    def body(self) -> Iterable[Widget]:
        """Counter, search, list or one finding, and what is said below."""
        self.period = month_of(self.park.day)
        yield Static(id="counter")
        yield Input(id="seek")
        yield Table(id="inbox")
        with VerticalScroll(id="whole"):
            yield Static(id="whole-text")
        with Vertical(id="below"):
            yield Static(id="said")

    def on_mount(self) -> None:
        """The list has the keys; the month is worked out once the screen stands."""
        table = self.query_one(Table)
        table.folded.add(SEEN)
        table.focus()
        self.relabel()
        self.call_after_refresh(self.load)

    # --- what the application tells ---

    def where(self) -> str:
        """Facility of the finding under the cursor."""
        entry = self.entry
        return reads.facility_name(entry.facility, self.found, self.words) if entry else ""

    def keys(self) -> Sequence[Key]:
        """Fewer while one finding is read; it is acknowledged, or that is taken back."""
        seen = self.entry is not None and bool(self.entry.seen)
        other = "key-acknowledge" if seen else "key-take-back"
        return [key for key in (self.READING if self.reading else self.KEYS) if key.term != other]

    def relabel(self) -> None:
        """Another language."""
        self.query_one("#seek", Input).placeholder = self.words.term("findings-search")
        self._renew()

    def on_day(self, day: date) -> None:
        """Another period with the day."""
        if self.is_mounted and (to := containing(day, kind_of(self.period))) != self.period:
            self._to(to)

    def ledger_changed(self) -> None:
        """Entries change what is doubtful; it is worked out again when somebody looks."""
        if self.is_current:
            self.load()
        else:
            self.stale = True

    def on_screen_resume(self) -> None:
        """What was written meanwhile counts."""
        if self.stale:
            self.load()

    def load(self) -> None:
        """Ask for the period's findings; the stages of it are told on the way."""
        period, before = self.period, self.found
        self.stale, self.loading_month, self.stage = False, True, ""

        def reached(stage: str) -> None:
            self.post_message(self.Reached(period, stage))

        def work(session: Session) -> Inbox:
            return inbox(session, period, before, reached)

        self.ask("inbox", work)
        self.tell_all()

    # --- answers of the desk ---

    @on(Reached)
    def reached(self, message: Reached) -> None:
        """How far the desk is."""
        if message.period == self.period and self.loading_month:
            self.stage = message.stage
            self.tell_all()

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """The period has come, or a note was kept."""
        answer = message.answer
        if answer.tag == "inbox":
            if not answer.failed and answer.value.period != self.period:
                return  # asked for before another period was; that one is still worked out
            self.loading_month = False
            self.refused = answer if answer.failed else None
            if not answer.failed:
                self.found = answer.value
        elif answer.failed:
            self.refused = answer
        else:
            said = "findings-kept" if answer.tag == "seen" else "findings-taken-back"
            self.refused, self.told = None, (said, {"seq": answer.value.seq})
            self.load()
        self._renew()

    # --- what keys lead to ---

    @property
    def entry(self) -> Entry | None:
        """Finding under the cursor."""
        if not self.is_mounted:
            return None
        key = self.query_one(Table).key
        return next((entry for entry in self.found.entries if entry.key == key), None)

    @on(Table.Moved)
    def moved(self) -> None:
        """Another finding: its sentence stands below."""
        self.told = None
        self.tell_all()

    @on(Table.Chosen)
    def opened(self) -> None:
        """Where the finding is mended; a heading folds."""
        self.action_mend()

    def action_read(self) -> None:
        """One finding in full."""
        if self.entry is not None:
            self._read(reading=True)

    def action_mend(self) -> None:
        """The day's sheet at the line, the balance of the process, or the step of the chain."""
        if (entry := self.entry) is None:
            self.query_one(Table).action_turn()
        elif entry.leads == "sheet":
            self.action_sheet()
        else:
            self.action_balance()

    def action_back(self) -> None:
        """From the finding to the list, from the search to all, from the list to the sheet."""
        if self.reading:
            self._read(reading=False)
        elif self.query_one("#seek", Input).display:
            self.query_one("#seek", Input).value = ""
            self._end_search()
        else:
            self.park.go("sheet")

    def action_month(self, by: int) -> None:
        """An earlier or later period, up to that of today."""
        to = stepped(self.period, by)
        if parse_period(to).first <= self.park.glance.today():
            self._to(to)

    def action_length(self) -> None:
        """A month, a quarter, a year."""
        wider = widened(self.period, self.park.day)
        self._to(wider if kind_of(wider) != "day" else wider[:7])

    def action_kind(self) -> None:
        """All kinds, or one after the other."""
        self._choose(self.chosen.next_kind(self.found))

    def action_severity(self) -> None:
        """All; warnings and errors; errors."""
        self._choose(self.chosen.next_severity())

    def action_facility(self) -> None:
        """All facilities, or one after the other."""
        self._choose(self.chosen.next_facility(self.found))

    def action_seen(self) -> None:
        """Fold or unfold what somebody has acknowledged."""
        table = self.query_one(Table)
        if table.go(SEEN):
            table.action_turn()

    def action_search(self) -> None:
        """Words to be found in the list."""
        if self.reading:
            return
        field = self.query_one("#seek", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#seek")
    def searched(self, event: Input.Changed) -> None:
        """The list gets shorter with each letter."""
        self._choose(replace(self.chosen, search=event.value.strip()))

    @on(Input.Submitted, "#seek")
    def search_done(self) -> None:
        """Back to the list, as it was narrowed."""
        self._end_search()

    def action_sheet(self) -> None:
        """The day's sheet on which the finding begins, at its line."""
        if (entry := self.entry) is not None:
            day = first_day(entry, self.period)
            open_sheet(self.park, day, what=entry.what, facility=entry.facility)

    def action_balance(self) -> None:
        """The balance that the finding belongs to; of a yield the step of its chain."""
        from tui.screens.balance import BalanceScreen
        from tui.screens.chains import show_step

        if (entry := self.entry) is None:
            return
        if entry.leads == "chain":  # told by a step of a chain, not by a balance
            show_step(self.park, self.period, entry.finding.where, entry.finding, self.found.labels)
            return
        self.park.go("balance")
        if isinstance(screen := self.park.screen, BalanceScreen):
            screen.look_at(self.period, entry.process or entry.facility)

    # --- drawing ---

    def _to(self, period: str) -> None:
        self.period, self.found = period, Inbox(period)
        self.told = self.refused = None
        self._read(reading=False)
        self.load()
        self._renew()

    def _choose(self, chosen: Chosen) -> None:
        self.chosen, self.told = chosen, None
        self._renew()

    def _end_search(self) -> None:
        field = self.query_one("#seek", Input)
        field.display = bool(field.value)
        self.query_one(Table).focus()

    def _read(self, *, reading: bool) -> None:
        self.reading = reading
        table, scroll = self.query_one(Table), self.query_one("#whole")
        table.display = not reading
        scroll.display = reading or self._beside
        (scroll if reading else table).focus()
        if reading:
            scroll.scroll_home(animate=False)
        self._renew()

    def _renew(self) -> None:
        """Rows, counter, and what stands below."""
        if not self.is_mounted:
            return
        table, listed = self.query_one(Table), reads.rows(self.found, self.chosen, self.words)
        begins = not table.key
        table.show(reads.cols(self.words), listed)
        if begins and listed:
            table.go(next(row.key for row in listed if row.level))
        self.tell_all()

    def tell_all(self) -> None:
        """Counter, the finding in full, and what stands below."""
        if not self.is_mounted:
            return
        words, entry = self.words, self.entry
        count = reads.counter(self.found, self.chosen, words)
        if self.loading_month:
            at_work = reads.working(self.stage, words)
            count = f"{words.term('screen-findings')} {self.period}  {at_work}"
        self.query_one("#counter", Static).update(Text(count))
        scroll = self.query_one("#whole")
        scroll.display = self.reading or self._beside
        if scroll.display and entry is not None:
            lines = reads.whole(entry, self.found, words, self.size.width - 4)
            self.query_one("#whole-text", Static).update(Text("\n".join(lines)))
        self.query_one("#said", Static).update(Text("\n".join(self._below(entry))))
        self.refresh_bars()

    def _below(self, entry: Entry | None) -> list[str]:
        """What was refused or done, else the sentence of the cursor's finding."""
        words = self.words
        if self.refused is not None:
            said = self.say(self.refused.findings)
            failed = words.text("work-failed", message=self.refused.message)
            return said or [failed]
        if self.told is not None:
            return [words.text(self.told[0], **self.told[1])]
        if entry is not None and not self.reading:
            told = [] if self._beside else [reads.sentence(entry, self.found, words)]
            return [*told, reads.way(entry, self.found, words)]
        if entry is None and self.query_one(Table).rows:
            return [words.term("findings-heading")]
        if not self.loading_month and not self.query_one(Table).rows:
            nothing = "findings-filtered" if self.found.entries else "findings-none-open"
            return [words.text(nothing, period=self.period)]
        return []

    @property
    def _beside(self) -> bool:
        """Whether there is room for the finding in full below the list."""
        return self.size.height >= TALL and self.entry is not None

    def on_resize(self) -> None:
        """Another height may have room for more."""
        if self.is_mounted:
            self.tell_all()
