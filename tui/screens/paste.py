"""What was pasted, before it is taken: what goes where, and what does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from flows.errors import Refused
from tui.daysheet.pasting import Pasted, takes
from tui.daysheet.text import fitted

if TYPE_CHECKING:
    from datetime import date

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from reports.words import Words
    from tui.app import ParkflowApp
    from tui.daysheet.pasting import Placed
    from tui.daysheet.state import SheetState

#: Figures listed one by one; a month sheet has more, and they are counted.
_LISTED = 200
#: Cells of a name, and of the frame around the list.
_NAME, _FRAME = 30, 6


class PasteScreen(ModalScreen[Pasted | None]):
    """Asks whether to take what was pasted."""

    #: Not at mounting: a key that was pressed before may have closed the screen by then.
    AUTO_FOCUS = "#paste-list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "take", show=False),
        Binding("escape,n,q", "leave", show=False),
    ]

    def __init__(self, found: Pasted, state: SheetState, day: date) -> None:
        super().__init__()
        self.found = found
        self.state = state
        self.day = day

    def compose(self) -> ComposeResult:
        """Counts above, figures and what is left below."""
        app: ParkflowApp = self.app  # type: ignore[assignment]  # there is only one
        with Vertical(id="paste"):
            yield Static(Text(self._summary(app.words)), id="paste-summary")
            with VerticalScroll(id="paste-list"):
                yield Static(Text("\n".join(self._lines(app.words))))
            yield Static(Text(app.words.term("paste-keys")), id="paste-keys")

    def action_take(self) -> None:
        """Take what fits."""
        self.dismiss(self.found if self.found.placed else None)

    def action_leave(self) -> None:
        """Take nothing."""
        self.dismiss(None)

    def _summary(self, words: Words) -> str:
        found, lines = self.found, {line.what: line for line in self.state.lines}
        stays = sum(
            item.day == self.day and not takes(self.state, lines[item.what])
            for item in found.placed
            if item.what in lines
        )
        return words.text(
            "paste-summary",
            rows=found.rows,
            columns=found.columns,
            fitting=len(found.placed) - stays,
            days=found.days,
            unfitting=len(found.left) + stays,
            blanks=found.blanks,
        )

    def _lines(self, words: Words) -> list[str]:
        names = {line.what: line.names for line in self.state.lines}
        lines = [
            words.text("paste-left", why=words.term(item.why), row=item.row, text=item.text)
            if item.row
            else f"{words.term(item.why)} {item.text}"
            for item in self.found.left[:_LISTED]
        ]
        for item in self.found.placed[:_LISTED]:
            name = fitted(words.label(names.get(item.what), item.what), _NAME)
            mark = self._mark(item, words)
            line = f"{item.day.isoformat()}  {name} {item.text:>12}  "
            if cell_len(line + mark) > self.app.size.width - _FRAME:
                lines += [line.rstrip(), f"    {mark}"]
            else:
                lines.append(line + mark)
        if len(self.found.placed) > _LISTED:
            lines.append(words.text("paste-more", count=len(self.found.placed) - _LISTED))
        return lines

    def _mark(self, item: Placed, words: Words) -> str:
        """What the checks say of a figure of this day; other days are judged when opened."""
        if item.day != self.day:
            return words.term("paste-other-day")
        line = next((line for line in self.state.lines if line.what == item.what), None)
        if line is not None and not takes(self.state, line):
            return words.term("paste-locked" if self.state.locked(line) else "paste-entered")
        if self.state.judge is None:
            return ""
        labels = {one.what: one.names for one in self.state.lines}
        try:
            way = self.state.way_of(line, item.text) if line is not None else "amount"
            verdict = self.state.verdict(self.state.judge, item.what, item.text, way)
        except Refused as refused:
            return words.say(refused.findings[0], labels)
        marks = []
        if (mine := self.state.cells.get(item.what)) is not None:
            marks.append(words.text("paste-replaces", text=mine.text))
        if verdict.doubts:
            about = verdict.doubts[0].params
            usual = {key: about[key] for key in ("expected", "unit") if key in about}
            if isinstance(value := usual.get("expected"), float):
                usual["expected"] = words.number(value)
            marks.append(words.text("paste-unusual", **usual))
        return "; ".join(marks) or words.term("paste-fits")
