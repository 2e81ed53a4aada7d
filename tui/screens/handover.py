"""Shift handover: what is open and goes to the next shift, and a note to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from flows.errors import Refused
from flows.period import parse_day, parse_period
from tui.daysheet.text import fitted
from tui.desk import SAVE
from tui.messages import Answered
from tui.months.cursor import two_months
from tui.months.text import Part, folded
from tui.presenting.tables import visible
from tui.screens.asking import AskScreen
from tui.screens.base import ParkScreen
from tui.screens.leading import open_sheet
from tui.widgets.bars import Key
from tui.widgets.parts import PartsView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from textual.binding import BindingType
    from textual.widget import Widget

    from tui.months.handing import Handover
    from tui.months.openitems import OpenItem
    from tui.session import Session

#: A sign for each sort of open item, none told by its color alone.
SIGNS = {
    "gap": "-", "missing": "x", "flagged": "?", "returned": "<", "changed": "~", "finding": "!",
}  # fmt: skip
_ROLES = {"gap": "gap", "flagged": "doubt", "returned": "gap", "finding": "doubt"}


class HandoverScreen(ParkScreen):
    """Open items of two months, one by one, and the last notes.

    Args:
        year: Of the later month.
        month: Counted from 1.
        facility: Of the calendar's row, or "".
        show: Leads to a facility's month in the calendar.
    """

    DEFAULT_CSS = """
    HandoverScreen #handover-whole { height: auto; max-height: 4; color: $secondary; }
    HandoverScreen #handover-notes { height: auto; max-height: 7; }
    HandoverScreen #handover-said { height: auto; min-height: 1; max-height: 4; color: $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("enter", "open", show=False),
        Binding("w", "write", show=False),
        Binding("f", "facility", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("Enter", "key-calendar-open", "screen.open"),
        Key("w", "key-calendar-write", "screen.write"),
        Key("f", "key-calendar-facility", "screen.facility"),
        Key("Esc", "key-back", "screen.leave"),
    )

    def __init__(
        self, year: int, month: int, facility: str, show: Callable[[str, str], None]
    ) -> None:
        super().__init__()
        self._show = show
        self.period = two_months(year, month)
        self.facility = facility
        self.own = facility
        self.handover: Handover | None = None
        self.said: tuple[str, ...] = ()
        self.at = 0

    def body(self) -> Iterable[Widget]:
        """Title, items, notes."""
        yield Static(id="counter")
        yield PartsView(self._press, id="handover-items")
        with Vertical(id="below"):
            yield Static(id="handover-whole")
            yield Static(id="handover-notes")
            yield Static(id="handover-said")

    def on_mount(self) -> None:
        """The items have the keys."""
        self.query_one(PartsView).focus()
        self._tell()
        self.load()

    def relabel(self) -> None:
        """Another language."""
        self.said = ()
        self._tell()

    def ledger_changed(self) -> None:
        """Something was entered, closed or noted."""
        self.load()

    def load(self) -> None:
        """Ask for what is open: at once what the ledger knows, then what is worked out."""
        period, facility = self.period, self.facility

        def work(session: Session, *, findings: bool) -> Any:
            from tui.months.handing import handover_of

            return handover_of(session, period, facility, findings=findings)

        self.ask("open", lambda session: work(session, findings=False))
        self.ask("open-all", lambda session: work(session, findings=True))

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """The items have come, or the note is kept."""
        answer = message.answer
        if answer.failed:
            names = self.handover.names if self.handover else None
            self.said = tuple(self.say(answer.findings, names))
            if answer.message:
                self.said = (self.words.text("calendar-failed", message=answer.message),)
        elif answer.tag == "noted":
            self.said = (self.words.text("handover-kept", seq=answer.value.seq),)
            self.load()
        elif answer.value.facility == self.facility:
            self.handover = answer.value
            self.at = max(0, min(self.at, len(answer.value.items) - 1))
        self._tell()

    @on(PartsView.Pressed)
    @on(PartsView.Sized)
    def moved(self) -> None:
        """The cursor has moved, or there is another room."""
        self._tell()

    @on(PartsView.Clicked)
    def clicked(self, message: PartsView.Clicked) -> None:
        """The item under the mouse."""
        self.at = message.at[0]
        self._tell()

    def action_open(self) -> None:
        """To the sheet of the item's day, or to the month that is to be closed."""
        item = self._item()
        if item is None:
            return
        if item.sort in {"returned", "changed"}:
            self.app.pop_screen()
            self._show(item.facility, item.day)
        else:
            day = _first_day(item.day)
            what = item.where if item.lines == 1 else ""
            open_sheet(self.park, day, what=what, facility=item.facility)

    def action_write(self) -> None:
        """A note to the next shift."""
        words = self.words
        if self.park.setup.readonly:
            self.said = (words.term("calendar-readonly"),)
            self._tell()
            return
        by, facility = self.park.setup.by, self.facility

        def take(text: str | None) -> None:
            if text is None:
                return

            def work(session: Session) -> Any:
                from tui.months import closing

                return closing.note(session, text, by, facility=facility)

            self.ask("noted", work, urgency=SAVE)

        question = words.text("calendar-ask-handover", name=self._called(facility))
        needed = words.term("calendar-needs-words")
        self.app.push_screen(AskScreen(question, words=True, needed=needed), take)

    def action_facility(self) -> None:
        """The facility of the calendar's row, or the whole park."""
        self.facility = "" if self.facility else self.own
        self.handover, self.at = None, 0
        self.load()
        self._tell()

    def action_leave(self) -> None:
        """Back to the calendar."""
        self.app.pop_screen()

    def where(self) -> str:
        """Facility that is handed over."""
        return self._called(self.facility) if self.facility else ""

    def _item(self) -> OpenItem | None:
        items = self.handover.items if self.handover else ()
        return items[self.at] if self.at < len(items) else None

    def _press(self, key: str) -> bool:
        by = {
            "up": -1, "k": -1, "down": 1, "j": 1, "pageup": -10, "pagedown": 10,
            "home": -10_000, "end": 10_000,
        }.get(key)  # fmt: skip
        if by is None:
            return False
        last = len(self.handover.items) - 1 if self.handover else 0
        self.at = max(0, min(self.at + by, last))
        self.said = ()
        return True

    def _called(self, id_: str) -> str:
        names = {**self.park.glance.facilities, **(self.handover.names if self.handover else {})}
        label = names.get(id_) or names.get(id_.removeprefix("stock:"))
        return self.words.label(label, id_) or self.words.term("calendar-park")

    def _line(self, item: OpenItem, width: int) -> str:
        words = self.words
        sort = f"{SIGNS.get(item.sort, ' ')} {words.term(f'open-{item.sort}')}"
        place = self._called(item.where)
        if item.facility and item.facility != item.where and not self.facility:
            place = f"{self._called(item.facility)}{words.term('place-end')}{place}"
        if item.lines > 1:
            place = f"{place}  {words.text('handover-lines', count=item.lines)}"
        if item.said is not None:
            place = self._sentence(item)
        elif item.days > 1:
            place = f"{place}  {words.text('handover-days', count=item.days)}"
        return fitted(f"{fitted(sort, 14)} {fitted(item.day, 10)} {place}", width)

    def _sentence(self, item: OpenItem) -> str:
        names = self.handover.names if self.handover else None
        return visible(self.words.say(item.said, names)) if item.said else ""

    def _tell(self) -> None:
        if not self.is_mounted:
            return
        words, handover = self.words, self.handover
        view = self.query_one(PartsView)
        width = max(view.size.width - 3, 20)
        lines = []
        for at, item in enumerate(handover.items if handover else ()):
            here = at == self.at
            role = "cursor" if here else _ROLES.get(item.sort, "line")
            mark = ">" if here else " "
            lines.append([Part(f"{mark} {self._line(item, width)}", role, (at, 0))])
        if handover is None or not handover.items:
            told = "calendar-reading" if handover is None else "handover-none"
            lines.append([Part(fitted(f"  {words.term(told)}", width), "quiet")])
        if handover is not None and not handover.complete:
            lines.append([Part(fitted(f"  {words.term('handover-working')}", width), "quiet")])
        view.show(lines, min(self.at, len(lines) - 1))
        name = self._called(self.facility)
        months = " ".join(dict.fromkeys(end[:7] for end in self.period.split("..")))
        title = f"{words.term('handover')} {months}   {name}"
        if handover is not None:
            count = words.text("handover-open", count=len(handover.items))
            title = f"{title}   {count}"
        self._put("#counter", title)
        chosen = self._item()
        whole = folded(self._sentence(chosen), width) if chosen else []
        self._put("#handover-whole", "\n".join(whole[:4]))
        self._put("#handover-notes", "\n".join(self._notes(width)))
        self._put("#handover-said", "\n".join(self.said))
        self.refresh_bars()

    def _notes(self, width: int) -> list[str]:
        words, handover = self.words, self.handover
        if handover is None or not handover.notes:
            return [words.term("handover-no-notes")]
        lines = []
        for note in handover.notes[::-1]:
            of = self._called(note.facility)
            told = f"{note.at} {visible(note.by)} ({of}): {visible(note.text)}"
            lines += folded(told, width)
        return [words.term("handover-notes"), *lines]

    def _put(self, where: str, text: str) -> None:
        widget = self.query_one(where, Static)
        if str(widget.content) != text:
            widget.update(Text(text))


def _first_day(text: str) -> date:
    """The day of an item, or the first of its month."""
    try:
        return parse_day(text)
    except Refused:
        return parse_period(text).first
