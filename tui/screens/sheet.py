"""The day's sheet: entries typed line by line, kept as drafts, saved together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from tui.daysheet.cells import Told
from tui.daysheet.drafts import drafts_in
from tui.daysheet.text import below, counter, detail
from tui.desk import SHEET
from tui.messages import Answered
from tui.screens.sheetkeys import EVERY, help_before_days, keys_now
from tui.screens.sheetpasting import PastingScreen
from tui.widgets.grid import EntryGrid, GridHead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from textual.binding import BindingType
    from textual.widget import Widget

    from tui.daysheet.early import SheetDay
    from tui.session import Session
    from tui.widgets.bars import Key


class SheetScreen(PastingScreen):
    """The sheet of one operating day."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9,ctrl+s", "save", show=False),
        Binding("left_square_bracket", "day(-1)", show=False),
        Binding("right_square_bracket", "day(1)", show=False),
        Binding("t", "today", show=False),
        Binding("g", "newest", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = EVERY

    def __init__(self) -> None:
        super().__init__()
        self.labels: Mapping[str, Mapping[str, str]] = {}
        self.grid: EntryGrid | None = None
        self.newest: date | None = None

    def body(self) -> Iterable[Widget]:
        """Counter, heads, lines, and what is said below."""
        park = self.park
        self.day = park.day
        setup = park.setup
        self.drafts = drafts_in(setup.drafts, setup.folder, park.glance.id, setup.user)
        self.state = self.fresh(park.glance.lines)
        self.grid = EntryGrid(self.state, self.words, self.pressed)
        self.grid.names = park.glance.facilities
        yield Static(id="counter")
        yield GridHead(self.grid)
        yield self.grid
        with Vertical(id="below"):
            yield Static(id="detail")
            yield Static(id="said")

    def on_mount(self) -> None:
        """The first due field has the keys; the ledger is asked once the screen stands."""
        if self.grid is not None:
            self.grid.focus()
        self.resume()
        self.tell()
        self._look()

    def where(self) -> str:
        """Facility of the cursor's line."""
        line = self.state.line
        names = self.grid.names if self.grid else {}
        return self.words.label(names.get(line.facility), line.facility) if line else ""

    def keys(self) -> Sequence[Key]:
        """Those that do something on this line, or while something is typed or asked."""
        today = self.day == self.park.glance.today()
        return keys_now(self.state, newest=self.newest is not None, today=today)

    def _footer(self) -> list[tuple[str, str, str]]:
        """Help before the keys that lead to other days: it is never left out."""
        return help_before_days(super()._footer(), len(self.keys()))

    def relabel(self) -> None:
        """Another language: heads, lines and remarks."""
        self.state.words = self.remarks()
        if self.grid is not None:
            self.grid.words = self.words
            self.grid.renew()
        self.tell()

    def _look(self) -> None:
        """Ask for the day as far as it can be told before everything is loaded."""
        day = self.day or self.park.glance.today()

        def work(folder: Path) -> SheetDay:
            from tui.session import read_park

            # before all that needs numpy: while that is loaded, for moments nothing is drawn
            park = read_park(folder)
            from tui.daysheet.early import first_look

            return first_look(folder, park, day)

        self.park.desk.look("early", work, lambda answer: self.post_message(Answered(answer)))

    def load(self) -> None:
        """Ask for the day as the ledger has it."""
        day, by = self.day, self.park.setup.by

        def work(session: Session) -> SheetDay:
            from tui.daysheet.day import sheet_of

            return sheet_of(session, day or session.today, by)

        self.ask("sheet", work, urgency=SHEET)

    def ledger_changed(self) -> None:
        """Somebody else's entries are shown at once."""
        self.load()

    def on_day(self, day: date) -> None:
        """Another day: its drafts are the other file's."""
        self.write()
        steps = self.state.steps_of_other_days(self.day, day) if self.day else []
        self.day, self.newest = day, None
        self.state = self.fresh(self.park.glance.lines)
        self.state.take_steps(steps)
        if self.grid is not None:
            self.grid.state = self.state
        self.resume()
        self.renew()
        self.load()

    # --- answers of the desk ---

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """A sheet has come, or was saved."""
        answer = message.answer
        if answer.tag == "save":
            self.saved(answer)
        elif answer.failed:
            self.failed(answer)
        elif answer.tag == "sheet":
            self._shown(answer.value)
        elif answer.tag == "authors":
            day, authors = answer.value
            if day == self.day:
                self.state.authors = authors
                self.renew()
        elif answer.tag == "pasted":
            self.preview(*answer.value)
        elif answer.tag == "early":
            if answer.value is not None:
                self._shown(answer.value)
            self.call_after_refresh(self.load)

    def _shown(self, sheet: SheetDay) -> None:
        if sheet.day != self.day:
            return
        state = self.state
        self.labels = sheet.labels
        state.locks, state.reviews, self.newest = sheet.locks, sheet.reviews, sheet.newest
        if self.grid is not None:
            self.grid.names = sheet.names
        news = state.barred is None and sheet.barred is not None
        state.barred, state.running = sheet.barred, self.park.glance.runs(sheet.day)
        known = {state.lines[at].what for at in state.conflicts}
        theirs = state.merge(sheet.lines)
        if sheet.judge is not None:
            state.judge_pending(sheet.judge)
            if self.later:
                self.later = False
                self.action_save()
        if theirs:
            self._ask_whose(sheet.day, theirs)
            silent = state.prompt is None and state.typing is None and not state.said
            if silent and not known.issuperset(theirs):
                state.told = Told("sheet-conflict", {"count": len(theirs)})
        begun = state.cells or state.typing is not None  # before anybody could know
        if news and begun and state.prompt is None:
            state.may_write()
        if self.newest is not None and not (state.told or state.said or state.prompt):
            state.told = Told("sheet-newest", {"day": self.newest.isoformat()})
        self.write()
        self.renew()

    def _ask_whose(self, day: date, whats: Sequence[str]) -> None:
        """Ask who saved what was typed here, too."""

        def work(session: Session) -> tuple[date, dict[str, str]]:
            from tui.daysheet.day import authors_of

            return day, authors_of(session, day, whats)

        self.ask("authors", work, urgency=SHEET)

    # --- what keys lead to ---

    def pressed(self) -> None:
        """A key has changed something."""
        if self.state.bell:
            self.state.bell = False
            self.app.bell()
        several = len(self.state.changed) > 1  # an undone paste: lines away from the cursor, too
        self.write()
        if several:
            self.renew()
        else:
            self.tell()

    def action_day(self, by: int) -> None:
        """To another day."""
        if self.day is not None:
            self.park.show_day(self.day + timedelta(days=by))

    def action_today(self) -> None:
        """To the operating day of now."""
        self.park.show_day(self.park.glance.today())

    def action_newest(self) -> None:
        """To the newest day that has readings, where this one has none near it."""
        if self.newest is not None:
            self.park.show_day(self.newest)

    # --- drafts and drawing ---

    def renew(self) -> None:
        """Draw all of the sheet anew."""
        if self.grid is not None:
            self.grid.renew()
        self.tell()

    def tell(self) -> None:
        """Counter, detail and what is said; each is drawn only where it reads differently."""
        if not self.is_mounted or self.day is None:
            return
        words, state = self.words, self.state
        if self.saving and not (state.told or state.said or state.prompt):
            state.told = Told("sheet-saving", {"count": self.saving})
        day = f"{words.term('screen-sheet')} {self.day.isoformat()}"
        weekday = words.term(f"weekday-{self.day.weekday()}")
        counted = counter(state, words)
        head = f"{day} {weekday}   {counted}"
        if cell_len(head) > self.size.width - 2:  # what wants a look is worth more
            head = f"{day}   {counted}"
        self._put("#counter", head)
        self._put("#detail", detail(state, words))
        self._put("#said", "\n".join(below(state, words, self.labels)))
        self.query_one(GridHead).renew()
        self.refresh_bars()
