"""The day's sheet: entries typed line by line, kept as drafts, saved together."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from tui.daysheet.cells import CHOICES, Told
from tui.daysheet.drafts import drafts_in, in_hand, settle
from tui.daysheet.state import SheetState
from tui.daysheet.text import below, counter, detail, reason_of
from tui.desk import SAVE, SHEET
from tui.messages import Answered
from tui.screens.sheetkeys import EVERY, help_before_days, keys_now
from tui.screens.telling import TellingScreen
from tui.widgets.grid import EntryGrid, GridHead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from textual.binding import BindingType
    from textual.widget import Widget

    from flows.findings import Finding
    from tui.daysheet.cells import Cell
    from tui.daysheet.day import Saved
    from tui.daysheet.drafts import Drafts
    from tui.daysheet.early import SheetDay
    from tui.daysheet.pasting import Pasted
    from tui.desk import Answer
    from tui.session import Session
    from tui.widgets.bars import Key


class SheetScreen(TellingScreen):
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
        self.state = SheetState()
        self.day: date | None = None
        self.labels: Mapping[str, Mapping[str, str]] = {}
        self.drafts: Drafts | None = None
        self.grid: EntryGrid | None = None
        self.saving = 0  # how many figures are on their way into the ledger
        self._refused: tuple[Finding, ...] = ()
        self._warned = False
        self._later = False  # F9 was pressed before anything could be checked
        self.newest: date | None = None

    def body(self) -> Iterable[Widget]:
        """Counter, heads, lines, and what is said below."""
        park = self.park
        self.day = park.day
        setup = park.setup
        self.drafts = drafts_in(setup.drafts, setup.folder, park.glance.id, setup.user)
        self.state = self._fresh(park.glance.lines)
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
        self._resume()
        self._tell()
        self._look()

    def on_unmount(self) -> None:
        """Who leaves amid a figure or a question finds it again, to be looked at."""
        left = in_hand(self.state)
        if not left or self.drafts is None or self.day is None:
            return
        with suppress(OSError):  # said when the drafts before it could not be written
            self.drafts.put(self.day, left)
            self.drafts.sync()

    def holds_on(self) -> bool:
        """Whether leaving now would lose figures; asked a second time, it does not."""
        lost = self.drafts.unkept if self.drafts is not None else 0
        first, self._warned = lost > 0 and not self._warned, lost > 0
        if first:
            self.state.said, self.state.told = (), Told("sheet-unkept", {"count": lost})
            self._tell()
        return first

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
        self.state.words = self._remarks()
        if self.grid is not None:
            self.grid.words = self.words
            self.grid.renew()
        self._tell()

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
        day = self.day

        def work(session: Session) -> SheetDay:
            from tui.daysheet.day import sheet_of

            return sheet_of(session, day or session.today)

        self.ask("sheet", work, urgency=SHEET)

    def ledger_changed(self) -> None:
        """Somebody else's entries are shown at once."""
        self.load()

    def on_day(self, day: date) -> None:
        """Another day: its drafts are the other file's."""
        self._write()
        steps = self.state.steps_of_other_days(self.day, day) if self.day else []
        self.day, self.newest = day, None
        self.state = self._fresh(self.park.glance.lines)
        self.state.take_steps(steps)
        if self.grid is not None:
            self.grid.state = self.state
        self._resume()
        self._renew()
        self.load()

    # --- answers of the desk ---

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """A sheet has come, or was saved."""
        answer = message.answer
        if answer.tag == "save":
            self._saved(answer)
        elif answer.failed:
            self._failed(answer)
        elif answer.tag == "sheet":
            self._shown(answer.value)
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
        theirs = state.merge(sheet.lines)
        if sheet.judge is not None:
            state.judge_pending(sheet.judge)
            if self._later:
                self._later = False
                self.action_save()
        if theirs and state.prompt is None and not state.said:
            state.told = Told("sheet-conflict", {"count": len(theirs)})
        if self.newest is not None and not (state.told or state.said or state.prompt):
            state.told = Told("sheet-newest", {"day": self.newest.isoformat()})
        self._write()
        self._renew()

    def _saved(self, answer: Answer) -> None:
        self.saving = 0
        state = self.state
        if answer.failed:
            self._failed(answer)
            return
        saved: Saved = answer.value
        # The ledger has it; a draft that stays is found to be the same when resumed.
        with suppress(OSError):
            if self.drafts is not None:
                self.drafts.end(saved.day, set(saved.whats))
                self.drafts = settle(self.drafts, self.park.setup.folder)
        if saved.day == self.day:
            state.saved(saved.whats)
            state.said = (*saved.findings, *self._refused)
            term = "sheet-saved-others" if saved.taken else "sheet-saved"
            state.told = Told(term, {"count": len(saved.whats), "others": len(saved.taken)})
        self.load()
        self._renew()

    def _failed(self, answer: Answer) -> None:
        self.state.said = answer.findings
        if answer.message:
            self.state.told = Told("sheet-failed", {"message": answer.message})
        self._tell()

    # --- what keys lead to ---

    def pressed(self) -> None:
        """A key has changed something."""
        if self.state.bell:
            self.state.bell = False
            self.app.bell()
        several = len(self.state.changed) > 1  # an undone paste: lines away from the cursor, too
        self._write()
        if several:
            self._renew()
        else:
            self._tell()

    @on(EntryGrid.PastedText)
    def pasted(self, message: EntryGrid.PastedText) -> None:
        """Several cells: looked at before they are taken."""
        from tui.daysheet.pasting import parse
        from tui.screens.paste import PasteScreen

        if self.day is None or not self._writable():
            return
        state = self.state
        names = {label: line.what for line in state.lines for label in line.names.values()}
        names |= {line.what: line.what for line in state.lines}
        due = [line.what for line in state.lines[state.at :]]
        found = parse(message.text, day=self.day, due=due, match=names.get)
        self.app.push_screen(PasteScreen(found, state, self.day), self._take)

    def _take(self, found: Pasted | None) -> None:
        """What was pasted becomes drafts, of this day and of others."""
        if found is None or self.drafts is None or self.day is None:
            self.state.said, self.state.told = (), Told("paste-none")
            self._tell()
            return
        from tui.daysheet.pasting import take

        count, others = take(found, self.state, self.drafts, self.day)
        self.state.said = ()
        days = {"days": len(others)} if others else {}
        self.state.told = Told("paste-taken", {"count": count, **days})
        self._write(others)
        self._renew()

    def action_save(self) -> None:
        """All that is typed and judged goes into the ledger as one submission."""
        state, day = self.state, self.day
        if self.saving:
            state.said, state.told = (), Told("sheet-saving", {"count": self.saving})
            self._tell()
            return
        if day is None or not self._writable():
            return
        if state.typing is not None:
            state.press("enter")
        # A figure that is refused stays in its field, and does not hinder the others.
        refused = state.typing is not None
        cells = state.savable()
        if state.judge is None and state.cells and state.prompt is None and not refused:
            # Nothing is loaded yet that could check them: as soon as it is.
            self._later = True
            state.said, state.told = (), Told("sheet-saving", {"count": len(state.cells)})
            self._tell()
            return
        if not cells or state.prompt is not None:
            if state.prompt is None and not refused:
                state.said, state.told = (), Told("sheet-nothing-to-save")
            self._tell()
            return
        by = self.park.setup.by

        def work(session: Session) -> Saved:
            from tui.daysheet.day import save_sheet

            return save_sheet(session, day, cells, by)

        self.saving = len(cells)
        self._refused = state.said if refused else ()
        state.said, state.told = (), Told("sheet-saving", {"count": len(cells)})
        self._write()
        self._tell()
        self.ask("save", work, urgency=SAVE)

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

    def _writable(self) -> bool:
        if not self.state.readonly:
            return True
        self.state.said, self.state.told = (), Told("sheet-readonly")
        self._tell()
        return False

    def _remarks(self) -> dict[str, str]:
        return {term: self.words.term(term) for terms in CHOICES.values() for term in terms}

    def _fresh(self, lines: Iterable[object]) -> SheetState:
        state = SheetState(lines, words=self._remarks())  # type: ignore[arg-type]  # Line
        state.readonly = self.park.setup.readonly
        return state

    def _resume(self) -> None:
        """What an earlier run typed and did not save."""
        if self.drafts is None or self.day is None:
            return
        if aside := self.drafts.tell_aside():
            folder = ", ".join(str(item) for item in aside)
            self.state.told = Told("sheet-aside", {"folder": folder})
        cells = self.drafts.read(self.day)
        if cells:
            self.state.resume(cells)
            self.state.told = Told("sheet-resumed", {"count": len(cells)})

    def _write(self, others: Mapping[date, Mapping[str, Cell | None]] | None = None) -> None:
        """Changed cells to the disk, at once; forced down by a thread of its own."""
        changes, back = self.state.drain(), self.state.restored
        self.state.restored = {}
        days = {**(others or {}), **back}
        if self.drafts is None or self.day is None or not (changes or days):
            return
        days[self.day] = {**days.get(self.day, {}), **changes}
        try:
            for day, cells in days.items():
                self.drafts.put(day, cells)
        except OSError as error:
            self.state.told = Told("sheet-no-draft", {"message": reason_of(error, self.words)})
            return
        self.run_worker(self.drafts.sync, thread=True, group="drafts", exit_on_error=False)

    def _renew(self) -> None:
        if self.grid is not None:
            self.grid.renew()
        self._tell()

    def _tell(self) -> None:
        """Counter, detail and what is said; each is drawn only where it reads differently."""
        if not self.is_mounted or self.day is None:
            return
        words, state = self.words, self.state
        if self.saving and not (state.told or state.said or state.prompt):
            state.told = Told("sheet-saving", {"count": self.saving})
        weekday = words.term(f"weekday-{self.day.weekday()}")
        title = f"{words.term('screen-sheet')} {self.day.isoformat()} {weekday}"
        self._put("#counter", f"{title}   {counter(state, words)}")
        self._put("#detail", detail(state, words))
        self._put("#said", "\n".join(below(state, words, self.labels)))
        self.query_one(GridHead).renew()
        self.refresh_bars()
