"""Yields of chains on a screen: by month as the months come, or by the days of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from tui.balances import chaintext as shown
from tui.desk import SHEET
from tui.screens.picturing import PicturingScreen

if TYPE_CHECKING:
    from textual.binding import BindingType

    from tui.balances.chaindays import DaysView
    from tui.balances.chainview import AroundView, ChainsView, FlowsView, Picture
    from tui.desk import Answer
    from tui.presenting.rows import Col, Row
    from tui.session import Session

    View = ChainsView | FlowsView | AroundView | Picture


class YieldsScreen(PicturingScreen):
    """A screen of chains with a series of each yield.

    Attributes:
        months: Whose yields are shown; `trend` has those that are worked out.
        by_day: Whether days are wanted in place of months; `days` once they are known.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("d", "days", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self.view: View | None = None
        self.months: tuple[str, ...] = ()
        self.trend: dict[str, dict[tuple[str, str], float | None]] = {}
        self.by_day = False
        self.days: DaysView | None = None

    @property
    def at(self) -> str:
        """Where the way has led, "" for the chains."""
        raise NotImplementedError

    def draw(self) -> None:
        """Everything."""
        raise NotImplementedError

    def forget_series(self) -> None:
        """Yields may be others by now."""
        self.trend.clear()
        self.days = None

    def next_month(self) -> None:
        """Ask for one month more of the yields; the newest first, one at a time."""
        month = next((each for each in reversed(self.months) if each not in self.trend), "")
        if not month or self.at or not self.is_current:
            return

        def work(session: Session) -> tuple[str, dict[tuple[str, str], float | None]]:
            from tui.balances.chainview import yields_of

            return month, yields_of(session, month)

        self.ask("trend", work)

    def ask_days(self) -> None:
        """Ask for the yields by day."""
        period = self.period

        def work(session: Session) -> DaysView:
            from tui.balances.chaindays import days_of

            return days_of(session, period)

        self.ask("days", work, urgency=SHEET)

    def series_came(self, answer: Answer) -> bool:
        """Whether an answer is a month or the days of the yields; it is shown then."""
        if answer.tag not in ("trend", "days") or (answer.tag == "days" and answer.failed):
            return False
        if answer.failed:
            return True
        if answer.tag == "days":
            if answer.value.period == self.period:
                self.days = answer.value
                self.draw()
            return True
        month, found = answer.value
        self.trend[month] = found
        if not self.at and self.view is not None:
            self.draw()
        self.next_month()
        return True

    def action_days(self) -> None:
        """Yields by day, or by month again."""
        if self.at:
            return
        self.by_day = not self.by_day
        if self.by_day and (self.days is None or self.days.period != self.period):
            self.ask_days()
        self.draw()

    def days_of(self, view: View | None) -> DaysView | None:
        """Days of the yields that a view shows, where days are wanted and known."""
        days = self.days if self.by_day and view is not None else None
        return days if days and view and days.period == view.period else None

    def yields(self, view: ChainsView) -> tuple[list[Col], list[Row]]:
        """Columns and rows of the chains."""
        words, days = self.words, self.days_of(view)
        if days is not None:
            return shown.day_cols(words, days), shown.day_rows(view, days, words)
        bars = shown.month_bars(self.months, self.trend)
        return shown.chain_cols(words), shown.chain_rows(view, bars, words)

    def series_said(self, key: str) -> list[str]:
        """What is said of the series of a row."""
        days = self.days_of(self.view)
        if days is not None:
            return shown.days_said(days, key, self.words)
        return shown.series_said(self.months, self.trend, key, self.words)
