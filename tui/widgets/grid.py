"""The entry grid: the day's sheet line by line, drawn and typed into; a line repaints alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui.daysheet.text import COLUMNS, Column, columns, field_text, fitted, spans, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.style import Style
    from textual import events

    from reports.words import Words
    from tui.daysheet.state import SheetState

_QUIET = frozenset({"locked", "value", "zero", "register", "corrected", "missing"})

#: With no more lines of it in sight the grid is no view of the sheet.
_FEW = 3


class EntryGrid(ScrollView, can_focus=True):
    """Lines of a `SheetState` under headings of their facilities.

    It draws the state and hands keys to it; what a key means is decided there.

    Args:
        pressed: Called when a key has changed something: drafts, counter and words below are to
            be renewed.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--head", "grid--facility", "grid--line", "grid--due", "grid--draft", "grid--warn",
        "grid--cursor", "grid--field", "grid--caret",
    }  # fmt: skip

    class PastedText(Message):
        """Several cells were pasted."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, state: SheetState, words: Words, pressed: Callable[[], object]) -> None:
        super().__init__()
        self.state = state
        # not a message: what stands around the grid is drawn in the same frame as its line
        self._pressed = pressed
        self.words = words
        self.names: Mapping[str, Mapping[str, str]] = {}
        self.columns: list[Column] = []
        self._rows: list[int | str] = []
        self._row_of: list[int] = []
        self._drawn = -1
        self._width = self._tall = 0

    def renew(self) -> None:
        """Lines, language or size have changed: columns are measured again, all is drawn."""
        self._measure()
        self.refresh()
        self.follow()

    def on_mount(self) -> None:
        """How long it is, is known before its first layout: a scroll bar is there from it on."""
        self._measure()

    def _measure(self) -> None:
        self._rows, self._row_of = [], []
        facility = None
        for at, line in enumerate(self.state.lines):
            if line.facility != facility:
                facility = line.facility
                self._rows.append(facility)
            self._row_of.append(len(self._rows))
            self._rows.append(at)
        self._width = self.size.width
        room = max(self._width - 2, 20)
        shown = [texts(self.state, line, self.words) for line in self.state.lines]
        self.columns = columns(shown, self.words, room)
        # as wide as anything: it is never scrolled sideways
        self.virtual_size = Size(1, len(self._rows))

    def follow(self) -> None:
        """Keep the cursor in sight, and draw its line and the one that it left."""
        if not self._row_of:
            return
        row = self._row_of[min(self.state.at, len(self._row_of) - 1)]
        for changed in {self._drawn, row} - {-1}:
            self.refresh_line(changed)
        self._drawn = row
        top = row - 1 if row and isinstance(self._rows[row - 1], str) else row
        self.scroll_to_region(
            Region(0, top, 1, row - top + 1), animate=False, force=True, immediate=True
        )

    def on_resize(self) -> None:
        """Another width has other columns."""
        if self._tall < _FEW < self.size.height:  # what was scrolled away for want of room is back
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self._tall = self.size.height
        self.renew()
        self._pressed()

    def on_click(self, event: events.Click) -> None:
        """The cursor to the line under the mouse; what is typed is left to the keys."""
        row = event.y + self.scroll_offset.y
        at = self._rows[row] if 0 <= row < len(self._rows) else ""
        if isinstance(at, int) and self.state.typing is None and self.state.prompt is None:
            self.state.press("home")
            self.state.go(at)
            self.follow()
            self._pressed()

    async def _on_key(self, event: events.Key) -> None:
        busy = self.state.typing is not None or self.state.prompt is not None
        character = event.character if event.is_printable else None
        if not self.state.press(event.key, character):
            return
        event.stop()
        event.prevent_default()
        self.follow()
        still = busy and self.state.typing is not None
        line = self.state.line
        # what a counter's reading makes is worked out while it is typed
        live = self.state.adding or (line is not None and line.counter is not None)
        if not still or live or self.state.said or self.state.told:
            self._pressed()

    def _on_paste(self, event: events.Paste) -> None:
        """One cell goes where one types; several are looked at first."""
        event.stop()
        event.prevent_default()
        text = event.text.strip("\r\n")
        if "\t" in text or "\n" in text or "\r" in text:
            self.post_message(self.PastedText(event.text))
            return
        state = self.state
        if state.typing is None and state.prompt is None:
            # what a paste begins with decides, as with keys: never a command letter
            if not text.strip() or not state.press("", text.strip()[0]) or not state.is_typing:
                return
            state.start(text.strip())
        else:
            state.insert(text)
        self.follow()
        self._pressed()

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        if self._width != self.size.width:  # the first frame is drawn before the size is told
            self._measure()
        width = self.size.width
        row = y + self.scroll_offset.y
        if row >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        what = self._rows[row]
        if isinstance(what, str):
            style = self.get_component_rich_style("grid--facility")
            name = self.words.label(self.names.get(what), what) or self.words.term("park")
            return Strip([Segment(fitted(f" {name}", width), style)], width)
        return Strip(self._line(what, width), width)

    def _line(self, at: int, width: int) -> list[Segment]:
        state = self.state
        line = state.lines[at]
        here = at == state.at
        shown = state.state_of(line)
        part = "due" if shown == "due" else "line" if shown in _QUIET else "draft"
        if shown in {"pending", "conflict", "confirmed"}:
            part = "warn"
        style = self.get_component_rich_style("grid--cursor" if here else f"grid--{part}")
        cells = texts(state, line, self.words)
        segments = [Segment(">" if here else " ", style)]
        used = 1
        for column, text in spans(cells, self.columns):
            if here and column.key == "entry" and state.typing is not None:
                segments += self._field(column.width, style)
            else:
                shown_text = fitted(text, column.width, right=column.right)
                segments.append(Segment(f"{shown_text} ", style))
            used += column.width + 1
        segments.append(Segment(" " * max(width - used, 0), style))
        return segments

    def _field(self, width: int, style: Style) -> list[Segment]:
        field = self.get_component_rich_style("grid--field")
        caret = self.get_component_rich_style("grid--caret")
        before, at, behind = field_text(self.state.typing or "", self.state.caret, width)
        return [
            Segment(before, field),
            Segment(at, caret),
            Segment(behind, field),
            Segment(" ", style),
        ]


class GridHead(Widget):
    """The heads of the grid's columns; they stay while its lines scroll."""

    DEFAULT_CSS = "GridHead { height: 1; }"

    def __init__(self, grid: EntryGrid) -> None:
        super().__init__()
        self._grid = grid
        self._shown = ""

    def renew(self) -> None:
        """Draw it anew where it reads differently."""
        if self._text() != self._shown:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The one line."""
        del y
        width = self.size.width
        self._shown = self._text()
        return Strip([Segment(fitted(self._shown, width), self.rich_style)], width)

    def _text(self) -> str:
        words = self._grid.words
        heads = [
            fitted(words.term(COLUMNS[column.key]), column.width, right=column.right)
            for column in self._grid.columns
        ]
        return " " + " ".join(heads)
