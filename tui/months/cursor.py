"""The calendar's cursor: which month, day and facility it stands on, and where keys lead it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.months.state import Count
    from tui.months.view import MonthView, YearView

#: Levels of the calendar.
YEAR, MONTH = "year", "month"

#: Years that can be looked at.
_FIRST, _LAST = 1900, 2199

_MOVES = {
    "up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1), "j": (1, 0),
    "pageup": (-5, 0), "pagedown": (5, 0), "home": (0, -99), "end": (0, 99),
}  # fmt: skip


class CalendarState:
    """A cursor over rows of facilities, the whole park first, and months or days.

    Attributes:
        level: `YEAR` or `MONTH`.
        year, month, day: Where it stands; the month and the day are counted from 1.
        row: Line of the view, 0 is the whole park.
        wanted: Facility that the row is to be put on when the view comes.
    """

    def __init__(self, day: date) -> None:
        self.level = YEAR
        self.row = 0
        self.wanted = ""
        self.year_view: YearView | None = None
        self.month_view: MonthView | None = None
        self.on(day)

    def on(self, day: date) -> None:
        """Put the cursor on a day."""
        self.year, self.month, self.day = day.year, day.month, day.day

    @property
    def period(self) -> str:
        """The month of the cursor."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def date(self) -> date:
        """The day of the cursor; in the year the first of its month."""
        return date(self.year, self.month, self.day if self.level == MONTH else 1)

    @property
    def days(self) -> int:
        """Days of the cursor's month."""
        return _length(self.year, self.month)

    @property
    def view(self) -> YearView | MonthView | None:
        """What is shown now, as far as it has come and is of the right period."""
        if self.level == YEAR:
            view = self.year_view
            return view if view is not None and view.year == self.year else None
        month = self.month_view
        return month if month is not None and month.month == self.period else None

    @property
    def facility(self) -> str:
        """Facility of the cursor's row; "" is the whole park."""
        view = self.view
        return view.facilities[self.row] if view and self.row < len(view.facilities) else ""

    def take(self, view: YearView | MonthView, *, month: bool) -> None:
        """What the desk has found out; the cursor stays with its facility."""
        here = self.wanted or self.facility
        if month:
            self.month_view = view  # type: ignore[assignment]  # told by `month`
        else:
            self.year_view = view  # type: ignore[assignment]  # told by `month`
        if self.view is view:
            self.row = view.facilities.index(here) if here in view.facilities else 0
            self.wanted = ""

    def press(self, key: str) -> bool:
        """A key that moves the cursor; whether it was one."""
        if key not in _MOVES:
            return False
        down, right = _MOVES[key]
        rows = len(self.view.facilities) if self.view else 1
        self.row = max(0, min(self.row + down, rows - 1))
        if self.level == YEAR:
            self.month = max(1, min(self.month + right, 12))
        else:
            self.day = max(1, min(self.day + right, self.days))
        return True

    def enter(self) -> bool:
        """From the year into the cursor's month; False where it is a month already."""
        if self.level == MONTH:
            return False
        self.wanted, self.level, self.day = self.facility, MONTH, 1
        return True

    def leave(self) -> bool:
        """From the month up to its year; False where it is the year already."""
        if self.level == YEAR:
            return False
        self.wanted, self.level = self.facility, YEAR
        return True

    def show(self, facility: str, month: str) -> None:
        """Put the cursor on a facility's month."""
        year, _, number = month.partition("-")
        if self.level == MONTH and month == self.period and facility == self.facility:
            return
        self.level, self.year, self.month, self.day = MONTH, int(year), int(number), 1
        view = self.view
        self.wanted = facility
        if view is not None and facility in view.facilities:
            self.row = view.facilities.index(facility)

    def step(self, by: int) -> None:
        """Some years or months on, by the level; not beyond what a calendar has."""
        self.wanted = self.facility
        if self.level == YEAR:
            self.year = max(_FIRST, min(self.year + by, _LAST))
            return
        at = max(_FIRST * 12, min(self.year * 12 + self.month - 1 + by, _LAST * 12 + 11))
        self.year, self.month = at // 12, at % 12 + 1
        self.day = min(self.day, self.days)

    def next_gap(self) -> bool:
        """To the next month or day of a facility with something not entered; False if none."""
        return self._go(list(self._open(lambda count: count.gaps)))

    def next_doubt(self) -> bool:
        """To the next one with an entry that was taken with a doubt; False if there is none."""
        return self._go(list(self._open(lambda count: count.doubtful)))

    def _go(self, places: list[tuple[int, int]]) -> bool:
        if not places:
            return False
        here = (self.row, self.month if self.level == YEAR else self.day)
        self.row, column = next((place for place in places if place > here), places[0])
        if self.level == YEAR:
            self.month = column
        else:
            self.day = column
        return True

    def _open(self, counted: Callable[[Count], int]) -> Iterator[tuple[int, int]]:
        view = self.view
        if view is None:
            return
        columns = range(1, (12 if self.level == YEAR else self.days) + 1)
        for row, facility in enumerate(view.facilities):
            # those of the whole park are those of its facilities, where it has any
            if row == 0 and len(view.facilities) > 1:
                continue
            for column in columns:
                if counted(view.count(facility, column)) and not view.closed(facility, column):
                    yield row, column

    def count(self) -> Count | None:
        """Counts at the cursor."""
        view = self.view
        if view is None:
            return None
        return view.count(self.facility, self.month if self.level == YEAR else self.day)


def _length(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1)
    return (after - timedelta(days=1)).day


def two_months(year: int, month: int) -> str:
    """A month and the one before it, as a period: what a shift hands over."""
    before = (date(year, month, 1) - timedelta(days=1)).replace(day=1)
    return f"{before.isoformat()}..{date(year, month, _length(year, month)).isoformat()}"
