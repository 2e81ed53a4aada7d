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
from tui.daysheet.pasting import Pasted
from tui.daysheet.refusals import spoken
from tui.daysheet.text import fitted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from reports.words import Words
    from tui.app import ParkflowApp
    from tui.daysheet.pastedays import DayTold
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

    def __init__(
        self, found: Pasted, state: SheetState, day: date, days: Sequence[DayTold] = ()
    ) -> None:
        super().__init__()
        self.days = days
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
        self.dismiss(self.found if self.found.fitting else None)

    def action_leave(self) -> None:
        """Take nothing."""
        self.dismiss(None)

    def _summary(self, words: Words) -> str:
        found = self.found
        return words.text(
            "paste-summary",
            rows=found.rows,
            columns=found.columns,
            fitting=len(found.fitting),
            days=found.days,
            unfitting=len(found.left) + len(found.placed) - len(found.fitting),
            blanks=found.blanks,
        )

    def _lines(self, words: Words) -> list[str]:
        names = {line.what: line.names for line in self.state.lines}
        told = len(self.days) > 1 or any(day.left for day in self.days)
        lines = [self._day(day, words) for day in self.days] if told else []
        lines += [
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

    def _day(self, told: DayTold, words: Words) -> str:
        """What of a day is taken, what stays out, and whether an approved month opens again."""
        why = words.term("list-joint").join(words.term(f"{term}-why") for term in told.why)
        opens = told.review == "approved" and told.taken
        review = words.term("sheet-review-approved") if opens else ""
        day = told.day.isoformat()
        return words.text(
            "paste-day",
            day=day,
            taken=str(told.taken),
            left=str(told.left) if told.left else "",
            why=why,
            review=review,
        )

    def _mark(self, item: Placed, words: Words) -> str:
        """What the checks say of a figure of this day; other days are judged when opened."""
        if why := self.found.stays.get((item.day, item.what)):
            return words.term(why)
        if item.day != self.day:
            return words.term("paste-other-day")
        line = next((line for line in self.state.lines if line.what == item.what), None)
        if self.state.judge is None:
            return ""
        labels = {one.what: one.names for one in self.state.lines}
        try:
            way = self.state.way_of(line, item.text) if line is not None else "amount"
            verdict = self.state.verdict(self.state.judge, item.what, item.text, way)
        except Refused as refused:
            said = refused.findings[:1]
            if line is not None:
                said = spoken(said, line, item.text, self.state.way_of(line, "1"))
            return words.say(said[0], labels)
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
