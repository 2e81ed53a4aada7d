"""The calendar: months and days by facility, where gaps are, and how a month is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from tui.messages import Answered
from tui.months.cursor import MONTH, YEAR
from tui.months.text import detail, head, history, label, legend, rows, steps, title
from tui.months.view import STEPS
from tui.screens.closingsteps import ClosingSteps
from tui.screens.leading import open_sheet
from tui.widgets.bars import Key
from tui.widgets.parts import PartsView

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from textual.binding import BindingType
    from textual.widget import Widget

    from flows.store.events import Event
    from tui.session import Session


#: Lines of a terminal that leaves no room for what is known anyway.
_LOW = 20


class CalendarScreen(ClosingSteps):
    """Months of a year, days of a month, and the steps that close it."""

    DEFAULT_CSS = """
    CalendarScreen #calendar-head { height: 1; background: $panel; text-style: bold;
      text-wrap: nowrap; text-overflow: clip; }
    CalendarScreen #calendar-legend { height: 1; color: $foreground 70%; text-wrap: nowrap;
      text-overflow: ellipsis; }
    CalendarScreen #calendar-detail { height: auto; max-height: 2; color: $secondary; }
    CalendarScreen #calendar-history { height: auto; max-height: 2; }
    CalendarScreen #calendar-steps { height: auto; max-height: 3; }
    CalendarScreen #calendar-said { height: auto; min-height: 1; max-height: 5; color: $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", show=False),
        Binding("escape", "leave", show=False),
        Binding("n", "gap", show=False),
        Binding("d", "doubt", show=False),
        Binding("left_square_bracket,less_than_sign", "period(-1)", show=False),
        Binding("right_square_bracket,greater_than_sign", "period(1)", show=False),
        Binding("s", "step('submitted')", show=False),
        Binding("a", "step('approved')", show=False),
        Binding("t", "step('returned')", show=False),
        Binding("k", "step('lock')", show=False),
        Binding("o", "step('reopen')", show=False),
        Binding("x", "paper", show=False),
        Binding("h", "handover", show=False),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("Enter", "key-calendar-open", "screen.open"),
        Key("n", "key-calendar-gap", "screen.gap"),
        Key("s", "key-calendar-submit", "screen.step('submitted')"),
        Key("a", "key-calendar-approve", "screen.step('approved')"),
        Key("t", "key-calendar-return", "screen.step('returned')"),
        Key("k", "key-calendar-lock", "screen.step('lock')"),
        Key("o", "key-calendar-reopen", "screen.step('reopen')"),
        Key("Esc", "key-calendar-year", "screen.leave"),
        Key("[ ]", "key-calendar-period"),
        Key("x", "key-calendar-paper", "screen.paper"),
        Key("h", "key-calendar-handover", "screen.handover"),
        Key("d", "key-calendar-doubt", "screen.doubt"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._stale = False

    def body(self) -> Iterable[Widget]:
        """Title, heads, rows, and what is said of the cursor below."""
        yield Static(id="counter")
        yield Static(id="calendar-head")
        yield PartsView(self.cursor.press, id="calendar-rows")
        with Vertical(id="below"):
            for name in ("legend", "detail", "history", "steps", "said"):
                yield Static(id=f"calendar-{name}")

    def on_mount(self) -> None:
        """The rows have the keys; the ledger is asked once the screen stands."""
        self.query_one(PartsView).focus()
        self.tell()
        self.call_after_refresh(self.load)

    def on_screen_resume(self) -> None:
        """Back from elsewhere: what was written meanwhile is read."""
        if self._stale:
            self.load()

    def where(self) -> str:
        """Facility of the cursor's row."""
        view = self.cursor.view
        return label(view, self.cursor.facility, self.words) if view else ""

    def keys(self) -> Sequence[Key]:
        """Of the steps those that can be taken now; what stands against the others is said."""
        own = self.own_standing()
        taken = {} if own is None or self.park.setup.readonly else own.against
        free = [key for step, key in STEPS.items() if step in taken and not taken[step]]
        up = "key-calendar-year" if self.cursor.level == MONTH else "key-back-to-sheet"
        return [
            key._replace(term=up) if key.shown == "Esc" else key
            for key in self.KEYS
            if key.shown not in STEPS.values() or key.shown in free
        ]

    def relabel(self) -> None:
        """Another language; what was said in the old one is gone."""
        self.said = ()
        self.tell()

    def on_day(self, day: date) -> None:
        """The sheet has gone to another day: the calendar will stand there."""
        if not self.is_current:
            self.cursor.on(day)
            self._stale = True

    def ledger_changed(self) -> None:
        """Somebody has entered, reviewed or locked something."""
        if self.is_current or self.app.screen_stack[-1].is_modal:
            self.load()
        else:
            self._stale = True

    def load(self) -> None:
        """Ask for the year or the month of the cursor."""
        self._stale = False
        state = self.cursor
        if state.level == YEAR:
            year = state.year

            def of_year(session: Session) -> Any:
                from tui.months.view import year_view

                return year_view(session, year)

            self.ask("year", of_year)
        else:
            month = state.period

            def of_month(session: Session) -> Any:
                from tui.months.view import month_view

                return month_view(session, month)

            self.ask("month", of_month)
        self._ask_standing()

    def _ask_standing(self) -> None:
        state = self.cursor
        if state.view is None:
            return
        self.ask("standing", self.standing_of(state.period, state.facility))

    # --- answers of the desk ---

    @on(Answered)
    def answered(self, message: Answered) -> None:
        """A view has come, or a step was taken or refused."""
        answer = message.answer
        if answer.failed:
            names = getattr(self.cursor.view, "names", None)
            self.said = tuple(self.say(answer.findings, names))
            if answer.message:
                self.said = (self.words.text("calendar-failed", message=answer.message),)
        elif answer.tag in {"year", "month"}:
            self.cursor.take(answer.value, month=answer.tag == "month")
            self._ask_standing()
        elif answer.tag == "standing":
            self.standing = answer.value
        elif answer.tag == "look":
            self.asked(*answer.value)
        elif answer.tag == "step":
            self._done(answer.value)
        elif answer.tag == "paper":
            self.said = (self.words.text("calendar-paper", file=str(answer.value)),)
        self.tell()

    def _done(self, event: Event) -> None:
        step = event.verdict or {"lock": "locked", "reopen": "reopened"}[event.kind]
        name = self.called(event.facility)
        told = self.words.text(f"closing-{step}", period=event.about, name=name, seq=event.seq)
        self.said = (told,)
        self.load()

    # --- what keys lead to ---

    @on(PartsView.Pressed)
    def pressed(self) -> None:
        """The cursor has moved."""
        self.said = ()
        self.tell()
        if self.own_standing() is None:
            self._ask_standing()

    @on(PartsView.Sized)
    def sized(self) -> None:
        """Another room."""
        self.tell()

    @on(PartsView.Clicked)
    def clicked(self, message: PartsView.Clicked) -> None:
        """The cursor to where the mouse was."""
        self.cursor.row, column = message.at
        if self.cursor.level == YEAR:
            self.cursor.month = column
        else:
            self.cursor.day = column
        self.pressed()

    def action_open(self) -> None:
        """Into the month, or to the day's sheet."""
        state = self.cursor
        self.said = ()
        if state.enter():
            self.load()
        elif state.date > self.park.glance.today():
            self.said = (self.words.term("calendar-not-yet"),)
        else:
            gaps = state.month_view.gaps_on(state.facility, state.day) if state.month_view else []
            what = gaps[0].what if gaps else ""
            open_sheet(self.park, state.date, what=what, facility=state.facility)
            return
        self.tell()

    def action_leave(self) -> None:
        """From the month to its year; from there to the sheet."""
        self.said = ()
        if self.cursor.leave():
            self.load()
            self.tell()
        else:
            self.park.go("sheet")

    def action_gap(self) -> None:
        """To the next month or day with something that is not entered."""
        found = self.cursor.next_gap()
        self.said = () if found else (self.words.term("calendar-no-gap"),)
        self.tell()
        self._ask_standing()

    def action_doubt(self) -> None:
        """To the next month or day with an entry that was taken with a doubt."""
        found = self.cursor.next_doubt()
        self.said = () if found else (self.words.term("calendar-no-doubt"),)
        self.tell()
        self._ask_standing()

    def action_period(self, by: int) -> None:
        """Another year or month."""
        self.said = ()
        self.cursor.step(by)
        self.load()
        self.tell()

    def action_handover(self) -> None:
        """What is open, for the next shift."""
        from tui.screens.handover import HandoverScreen

        state = self.cursor
        self.app.push_screen(
            HandoverScreen(state.year, state.month, state.facility, self.show_month)
        )

    # --- drawing ---

    def tell(self) -> None:
        """Everything anew; what reads the same is not drawn."""
        if not self.is_mounted:
            return
        state, words = self.cursor, self.words
        view = self.query_one(PartsView)
        width, tall = max(view.size.width - 1, 20), view.size.height
        lines = rows(state, words, width, tall)
        each = max(len(lines) // len(state.view.facilities), 1) if state.view else 1
        view.show(lines, state.row * each, each)
        low = self.size.height < _LOW
        for name in ("legend", "history"):
            self.query_one(f"#calendar-{name}").display = not low
        self._put("#counter", title(state, words))
        self._put("#calendar-head", head(state, words, width))
        self._put("#calendar-legend", legend(state, words))
        self._put("#calendar-detail", detail(state, words))
        own = self.own_standing()
        self._put("#calendar-history", history(own, words) if own else "")
        readonly = self.park.setup.readonly
        told = steps(own, words, width - 1, readonly=readonly) if own else []
        self._put("#calendar-steps", "\n".join(told))
        self._put("#calendar-said", "\n".join(self.said))
        self.refresh_bars()

    def _put(self, where: str, text: str) -> None:
        widget = self.query_one(where, Static)
        if str(widget.content) != text:
            widget.update(Text(text))
