"""Periods as screens walk through them: day, month, quarter and year, one after the other."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.period import YEARS, Period, parse_period

if TYPE_CHECKING:
    from tui.session import Session

#: From the shortest to the longest.
KINDS = ("day", "month", "quarter", "year")


def containing(day: date, kind: str) -> str:
    """The period of a kind in which a day lies."""
    if kind == "year":
        return f"{day.year:04d}"
    if kind == "quarter":
        return f"{day.year:04d}-Q{(day.month + 2) // 3}"
    return day.isoformat() if kind == "day" else f"{day.year:04d}-{day.month:02d}"


def kind_of(text: str) -> str:
    """Kind of a period, or "" for one from a day to another.

    Raises:
        Refused: If it is no period.
    """
    period = parse_period(text)
    same = (kind for kind in KINDS if _same(period, kind))
    return next(same, "")


def _same(period: Period, kind: str) -> bool:
    other = parse_period(containing(period.first, kind))
    return (other.first, other.last_excluded) == (period.first, period.last_excluded)


def stepped(text: str, by: int) -> str:
    """The period before (-1) or after (1), of the same kind or length; the same at the ends.

    Raises:
        Refused: If `text` is no period.
    """
    period, kind = parse_period(text), kind_of(text)
    try:
        if not kind:
            first = period.first + timedelta(days=by * period.days)
            last = first + timedelta(days=period.days - 1)
            return f"{first.isoformat()}..{last.isoformat()}" if _known(first, last) else text
        day = period.first - timedelta(days=1) if by < 0 else period.last_excluded
    except OverflowError:
        return text
    return containing(day, kind) if _known(day) else text


def _known(*days: date) -> bool:
    return all(day.year in YEARS for day in days)


def widened(text: str, day: date) -> str:
    """The next longer kind of period, after the year the day again; it holds `day` if it can.

    Raises:
        Refused: If `text` is no period.
    """
    period, kind = parse_period(text), kind_of(text)
    inside = period.first <= day < period.last_excluded
    following = KINDS[(KINDS.index(kind) + 1) % len(KINDS)] if kind else "month"
    return containing(day if inside else period.first, following)


#: Months that are searched for readings.
_BACK = 240


def newest(session: Session, period: str) -> str:
    """The period if anything is entered for it, else the last month before it with entries.

    The period itself where nothing was ever entered.
    """
    month = period
    for _ in range(_BACK):
        days = parse_period(month).ordinals
        if len(session.ledger.rows(first_day=days[0], last_day=days[-1])):
            return month
        month = containing(parse_period(month).first - timedelta(days=1), "month")
    return period
