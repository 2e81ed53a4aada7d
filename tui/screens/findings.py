"""The inbox of findings: what is doubtful in a month, read in full, acknowledged with a note."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from tui.desk import SAVE
from tui.inbox.text import Chosen, cols, counter, facility_name, rows, sentence, whole
from tui.inbox.view import Inbox, acknowledge, first_day, inbox, month_of
from tui.messages import Answered
from tui.screens.asking import AskScreen
from tui.screens.base import ParkScreen
from tui.screens.leading import open_sheet
from tui.widgets.bars import Key
from tui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from textual.binding import BindingType
    from textual.widget import Widget

    from tui.desk import Answer
    from tui.inbox.view import Entry
    from tui.session import Session

#: Remarks that acknowledge most findings.
REMARKS = ("seen-checked", "seen-repair", "seen-known", "seen-operation", "seen-calibration")


class FindingsScreen(ParkScreen):
    """Findings of a month: a list, and one of them in full."""

    DEFAULT_CSS = """
    FindingsScreen #seek { height: 3; display: none; }
    FindingsScreen #whole { height: 1fr; display: none; padding: 0 1; }
    FindingsScreen #whole-text { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", show=False),
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
        Key("Enter", "key-read"),
        Key("a", "key-acknowledge", "screen.acknowledge"),
        Key("< >", "key-month"),
        Key("/", "key-search", "screen.search"),
        Key("v", "key-severity", "screen.severity"),
        Key("f", "key-facility", "screen.facility"),
        Key("h", "key-seen", "screen.seen"),
        Key("s", "key-to-sheet", "screen.sheet"),
        Key("b", "key-to-balance", "screen.balance"),
        Key("Esc", "key-back", "screen.back"),
    )
    READING: ClassVar[tuple[Key, ...]] = (
        Key("Esc", "key-back", "screen.back"),
        Key("a", "key-acknowledge", "screen.acknowledge"),
        Key("s", "key-to-sheet", "screen.sheet"),
        Key("b", "key-to-balance", "screen.balance"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.found = Inbox("")
        self.month = ""
        self.chosen = Chosen()
        self.loading_month = False
        self.stale = False
        self.reading = False
        self.told: tuple[str, dict[str, object]] | None = None
        self.refused: Answer | None = None

    def body(self) -> Iterable[Widget]:
        """Counter, search, list or one finding, and what is said below."""
        self.month = month_of(self.park.day)
        yield Static(id="counter")
        yield Input(id="seek")
        yield Table(id="inbox")
        with VerticalScroll(id="whole"):
            yield Static(id="whole-text")
        with Vertical(id="below"):
            yield Static(id="said")

    def on_mount(self) -> None:
        """The list has the keys; the month is worked out once the screen stands."""
        self.query_one(Table).focus()
        self.relabel()
        self.call_after_refresh(self.load)

    # --- what the application tells ---

    def where(self) -> str:
        """Facility of the finding under the cursor."""
        entry = self.entry
        return facility_name(entry.facility, self.found, self.words) if entry else ""

    def keys(self) -> Sequence[Key]:
        """Fewer while one finding is read."""
        return self.READING if self.reading else self.KEYS

    def relabel(self) -> None:
        """Another language."""
        self.query_one("#seek", Input).placeholder = self.words.term("findings-search")
        self._renew()

    def on_day(self, day: date) -> None:
        """Another month with the day."""
        if self.is_mounted and month_of(day) != self.month:
            self._to(month_of(day))

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
        """Ask for the month's findings."""
        month, before = self.month, self.found
        self.stale, self.loading_month = False, True

        def work(session: Session) -> Inbox:
            return inbox(session, month, before)

        self.ask("inbox", work)
        self._tell()

    # --- answers of the desk ---

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """The month has come, or a note was kept."""
        answer = message.answer
        if answer.tag == "inbox":
            self.loading_month = False
            self.refused = answer if answer.failed else None
            if not answer.failed and answer.value.period == self.month:
                self.found = answer.value
        elif answer.failed:
            self.refused = answer
        else:
            self.refused, self.told = None, ("findings-kept", {"seq": answer.value.seq})
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
        self._tell()

    @on(Table.Chosen)
    def opened(self) -> None:
        """One finding in full; a heading folds."""
        if self.entry is None:
            self.query_one(Table).action_turn()
            return
        self._read(reading=True)

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
        """A month earlier or later, up to that of today."""
        from flows.period import parse_period

        to = month_of(parse_period(self.month).first, by)
        if to <= month_of(self.park.glance.today()):
            self._to(to)

    def action_severity(self) -> None:
        """All; warnings and errors; errors."""
        self._choose(self.chosen.next_severity())

    def action_facility(self) -> None:
        """All facilities, or one after the other."""
        self._choose(self.chosen.next_facility(self.found))

    def action_seen(self) -> None:
        """Show or hide what somebody has acknowledged."""
        self._choose(replace(self.chosen, seen=not self.chosen.seen))

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

    def action_acknowledge(self) -> None:
        """Ask what is to be said of the finding, then keep it in the ledger."""
        entry, words = self.entry, self.words
        if entry is None:
            return
        if self.park.setup.readonly:
            self.refused, self.told = None, ("findings-readonly", {})
            self._tell()
            return
        month, by = self.month, self.park.setup.by

        def keep(text: str | None) -> None:
            if text:
                self.ask(
                    "seen",
                    lambda session: acknowledge(session, entry, month, text, by),
                    urgency=SAVE,
                )

        question = f"{words.term('findings-ask')}\n{sentence(entry, self.found, words)}"
        remarks = [words.term(item) for item in REMARKS]
        needed = words.term("findings-words-needed")
        self.app.push_screen(AskScreen(question, choices=remarks, words=True, needed=needed), keep)

    def action_sheet(self) -> None:
        """The day's sheet on which the finding begins, at its line."""
        if (entry := self.entry) is not None:
            day = first_day(entry, self.month)
            open_sheet(self.park, day, what=entry.what, facility=entry.facility)

    def action_balance(self) -> None:
        """The balance that the finding belongs to."""
        from tui.screens.balance import BalanceScreen

        if (entry := self.entry) is None:
            return
        self.park.go("balance")
        if isinstance(screen := self.park.screen, BalanceScreen):
            screen.look_at(self.month, entry.process or entry.facility)

    # --- drawing ---

    def _to(self, month: str) -> None:
        self.month, self.found = month, Inbox(month)
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
        table.display, scroll.display = not reading, reading
        (scroll if reading else table).focus()
        if reading:
            scroll.scroll_home(animate=False)
        self._renew()

    def _renew(self) -> None:
        """Rows, counter, and what stands below."""
        if not self.is_mounted:
            return
        table, listed = self.query_one(Table), rows(self.found, self.chosen, self.words)
        begins = not table.key
        table.show(cols(self.words), listed)
        if begins and listed:
            table.go(next(row.key for row in listed if row.level))
        self._tell()

    def _tell(self) -> None:
        if not self.is_mounted:
            return
        words, entry = self.words, self.entry
        count = counter(self.found, self.chosen, words)
        if self.loading_month:
            count = f"{words.term('screen-findings')} {self.month}  {words.term('working-out')}"
        self.query_one("#counter", Static).update(Text(count))
        if self.reading and entry is not None:
            lines = whole(entry, self.found, words, self.size.width - 4)
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
            return [sentence(entry, self.found, words)]
        if entry is None and self.query_one(Table).rows:
            return [words.term("findings-heading")]
        if not self.loading_month and not self.query_one(Table).rows:
            nothing = "findings-filtered" if self.found.entries else "findings-none-open"
            return [words.text(nothing, period=self.month)]
        return []
