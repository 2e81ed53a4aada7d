"""The day's sheet: entries typed line by line, kept as drafts, saved together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from tui.daysheet.cells import CHOICES, Told
from tui.daysheet.drafts import Drafts
from tui.daysheet.state import SheetState
from tui.daysheet.text import below, counter, detail
from tui.desk import SAVE, SHEET
from tui.messages import Answered
from tui.screens.base import ParkScreen
from tui.widgets.bars import Key
from tui.widgets.grid import EntryGrid, GridHead

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from textual.binding import BindingType
    from textual.widget import Widget

    from tui.daysheet.cells import Cell
    from tui.daysheet.day import Saved, SheetDay
    from tui.daysheet.pasting import Pasted
    from tui.desk import Answer
    from tui.session import Session

#: Lines kept for what is said; more of them push the grid together.
SAID = 3


class SheetScreen(ParkScreen):
    """The sheet of one operating day."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9,ctrl+s", "save", show=False),
        Binding("left_square_bracket", "day(-1)", show=False),
        Binding("right_square_bracket", "day(1)", show=False),
        Binding("t", "today", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("Enter", "key-next"),
        Key("F9", "key-save", "screen.save"),
        Key("m", "key-missing"),
        Key("c", "key-correct"),
        Key("n", "key-note"),
        Key("u", "key-undo"),
        Key("[ ]", "key-day"),
        Key("t", "key-today", "screen.today"),
    )
    TYPING: ClassVar[tuple[Key, ...]] = (Key("Enter", "key-take"), Key("Esc", "key-cancel"))
    ASKED: ClassVar[tuple[Key, ...]] = (
        Key("1-9", "key-choose"),
        Key("Enter", "key-answer"),
        Key("Esc", "key-back"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.state = SheetState()
        self.day: date | None = None
        self.labels: Mapping[str, Mapping[str, str]] = {}
        self.drafts: Drafts | None = None
        self.grid: EntryGrid | None = None
        self.saving = False

    def body(self) -> Iterable[Widget]:
        """Counter, heads, lines, and what is said below."""
        park = self.park
        self.day = park.day
        self.drafts = Drafts(park.setup.drafts, park.glance.id, park.setup.user)
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
        self.call_after_refresh(self.load)

    def where(self) -> str:
        """Facility of the cursor's line."""
        line = self.state.line
        names = self.grid.names if self.grid else {}
        return self.words.label(names.get(line.facility), line.facility) if line else ""

    def keys(self) -> Sequence[Key]:
        """Keys while something is typed or asked are others."""
        if self.state.prompt is not None:
            return self.ASKED
        return self.TYPING if self.state.typing is not None else self.KEYS

    def relabel(self) -> None:
        """Another language: heads, lines and remarks."""
        self.state.words = self._remarks()
        if self.grid is not None:
            self.grid.words = self.words
            self.grid.renew()
        self._tell()

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
        self.day = day
        self._write()
        self.state = self._fresh(self.park.glance.lines)
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

    def _shown(self, sheet: SheetDay) -> None:
        if sheet.day != self.day:
            return
        state = self.state
        self.labels = sheet.labels
        if self.grid is not None:
            self.grid.names = sheet.names
        theirs = state.merge(sheet.lines)
        state.judge_pending(sheet.judge)
        if theirs and state.prompt is None and not state.said:
            state.told = Told("sheet-conflict", {"count": len(theirs)})
        self._write()
        self._renew()

    def _saved(self, answer: Answer) -> None:
        self.saving = False
        state = self.state
        if answer.failed:
            self._failed(answer)
            return
        saved: Saved = answer.value
        try:
            if self.drafts is not None:
                self.drafts.end(saved.day, set(saved.whats))
        except OSError:
            pass  # the ledger has it; a draft that stays is found to be the same when resumed
        if saved.day == self.day:
            state.saved(saved.whats)
            state.said = saved.findings
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
        self._write()
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
            return
        from tui.daysheet.cells import Cell

        here = {
            item.what: item.text for item in found.placed if item.day == self.day
            and self._may_take(item.what)
        }  # fmt: skip
        if here:
            self.state.put_all(here)
        others: dict[date, dict[str, Cell | None]] = {}
        for item in found.placed:
            if item.day != self.day:
                others.setdefault(item.day, {})[item.what] = Cell(item.text)
        for day, cells in others.items():
            self.drafts.put(day, cells)
        self.state.told = Told("paste-taken", {"count": len(here), "days": len(others)})
        self._write()
        self._renew()

    def _may_take(self, what: str) -> bool:
        line = next((line for line in self.state.lines if line.what == what), None)
        return line is not None and (line.state == "due" or what in self.state.cells)

    def action_save(self) -> None:
        """All that is typed and judged goes into the ledger as one submission."""
        state, day = self.state, self.day
        if self.saving or day is None or not self._writable():
            return
        if state.typing is not None and state.press("enter") and state.typing is not None:
            self._tell()
            return
        cells = state.savable()
        if not cells or state.prompt is not None:
            if state.prompt is None:
                state.said, state.told = (), Told("sheet-nothing-to-save")
            self._tell()
            return
        by = self.park.setup.by

        def work(session: Session) -> Saved:
            from tui.daysheet.day import save_sheet

            return save_sheet(session, day, cells, by)

        self.saving = True
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
        cells = self.drafts.read(self.day)
        if cells:
            self.state.resume(cells)
            self.state.told = Told("sheet-resumed", {"count": len(cells)})

    def _write(self) -> None:
        """Changed cells to the disk, at once; forced down by a thread of its own."""
        changes = self.state.drain()
        if not changes or self.drafts is None or self.day is None:
            return
        try:
            self.drafts.put(self.day, changes)
        except OSError as error:
            self.state.told = Told("sheet-no-draft", {"message": error.strerror or str(error)})
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
        weekday = words.term(f"weekday-{self.day.weekday()}")
        title = f"{words.term('screen-sheet')} {self.day.isoformat()} {weekday}"
        self._put("#counter", f"{title}   {counter(state, words)}")
        self._put("#detail", detail(state, words))
        self._put("#said", "\n".join(below(state, words, self.labels)))
        self.query_one(GridHead).renew()
        self.refresh_bars()

    def _put(self, where: str, text: str) -> None:
        widget = self.query_one(where, Static)
        before = str(widget.content)
        if before != text:
            # only what is said may take another number of lines; all else is drawn in its place
            lines = max(self._lines(before), self._lines(text)) if where == "#said" else 1
            widget.update(Text(text), layout=lines > SAID)

    def _lines(self, text: str) -> int:
        """Lines that a text may take at most, with room for words that do not break."""
        room = max(self.size.width - 20, 20)
        return sum(1 + cell_len(line) // room for line in text.split("\n"))
