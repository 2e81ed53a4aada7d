"""Screens of a period: the one before and after, longer and shorter ones, one that is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.widgets import Static

from flows.errors import Refused
from tui.balances.periods import containing, stepped, widened
from tui.desk import SHEET
from tui.screens.base import ParkScreen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from textual.binding import BindingType

    from tui.desk import Answer
    from tui.session import Session

#: Tag of the question for the newest month.
_NEWEST = "newest"


class PeriodScreen(ParkScreen):
    """A screen that looks at one period; `at_period` loads another.

    It begins on the month of the day, or on the newest month with readings where that has none.

    Attributes:
        period: What is looked at.
        begun: Whether the first period was found, or chosen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("less_than_sign,comma,left_square_bracket", "step(-1)", show=False),
        Binding("greater_than_sign,full_stop,right_square_bracket", "step(1)", show=False),
        Binding("p", "period", show=False),
        Binding("w", "wider", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.period = ""
        self._stale = False
        self.begun = False
        self._instead_of = ""  # the month that had no readings when another was shown in its place

    def begin(self) -> None:
        """The month of the day, unless another period was chosen."""
        self.begun = bool(self.period)
        self.period = self.period or containing(self.park.day, "month")

    def load(self) -> None:
        """Ask for what is shown; a screen that nobody looks at asks when it is looked at again."""
        self._stale = not self.is_current
        if self._stale:
            return
        if self.begun and not self._instead_of:
            self.request()
            return
        period = self._instead_of or self.period

        def work(session: Session) -> str:
            from tui.balances.periods import newest

            return newest(session, period)

        self.ask(_NEWEST, work, urgency=SHEET)

    def began(self, answer: Answer) -> bool:
        """Whether an answer tells the period to begin with; it is asked for then."""
        if answer.tag != _NEWEST:
            return False
        before = self._instead_of
        if self.begun and not before:
            return True
        self.begun, self._instead_of = True, ""
        asked = before or self.period
        found = self.period if answer.failed else answer.value
        if found != self.period:
            self.to_period(found)
        else:
            self.load()
        if found != asked:
            self._instead_of = asked
            if not before:
                said = self.words.text("period-newest", asked=asked, period=found)
                self.remark([said])
        return True

    def request(self) -> None:
        """Ask for what is shown."""
        raise NotImplementedError

    def on_screen_resume(self) -> None:
        """Ask for what was not asked for meanwhile."""
        if self._stale:
            self.load()

    def at_period(self, period: str) -> None:
        """Show another period."""
        raise NotImplementedError

    def remark(self, lines: Sequence[str]) -> None:
        """Say something below."""
        raise NotImplementedError

    def on_day(self, day: date) -> None:
        """The month that the day lies in, where it is another."""
        from flows.period import parse_period

        period = parse_period(self.period)
        if not period.first <= day < period.last_excluded:
            self.to_period(containing(day, "month"))

    def to_period(self, period: str) -> None:
        """Another period, if it is another."""
        if period != self.period:
            self.period, self.begun, self._instead_of = period, True, ""
            if self.is_mounted:
                self.at_period(period)

    def action_step(self, by: int) -> None:
        """The period before or after."""
        self.to_period(stepped(self.period, by))

    def action_wider(self) -> None:
        """Day, month, quarter, year."""
        self.to_period(widened(self.period, self.park.day))

    def action_period(self) -> None:
        """Ask for a period."""
        from tui.screens.asking import AskScreen

        question = self.words.term("ask-period")
        self.app.push_screen(AskScreen(question, words=True, needed=question), self._typed)

    def _typed(self, text: str | None) -> None:
        from flows.period import parse_period

        if text is None:
            return
        try:
            self.to_period(parse_period(text).text)
        except Refused as refused:
            self.remark(self.say(refused.findings))

    def put(self, where: str, text: str) -> None:
        """Text into a Static; drawn only where it reads differently."""
        widget = self.query_one(where, Static)
        if str(widget.content) != text:
            widget.update(Text(text), layout=False)  # heights are fixed: arrows stay quick
