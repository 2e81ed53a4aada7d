"""Operating days and periods: from what people write to spans [start, end) in seconds UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.errors import Refused
from flows.findings import finding

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) in seconds since 1970-01-01 UTC."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """Length in seconds."""
        return self.end - self.start

    @property
    def days(self) -> float:
        """Length in days of 24 hours."""
        return self.seconds / DAY


@dataclass(frozen=True, slots=True)
class Period:
    """Whole operating days [first, last_excluded), with the text that people know it by."""

    text: str
    first: date
    last_excluded: date

    @property
    def days(self) -> int:
        """How many operating days."""
        return (self.last_excluded - self.first).days

    @property
    def ordinals(self) -> range:
        """Proleptic ordinals of its days."""
        return range(self.first.toordinal(), self.last_excluded.toordinal())


@dataclass(frozen=True, slots=True)
class Calendar:
    """A zone and the hour at which the operating day begins there."""

    zone: str = "UTC"
    day_start: int = 0

    def span(self, day: date) -> Span:
        """The operating day `day`; 23 or 25 hours long where clocks change."""
        return Span(self.instant(day), self.instant(day + timedelta(days=1)))

    def instant(self, day: date) -> int:
        """Second at which the operating day begins."""
        local = datetime.combine(day, time(self.day_start), ZoneInfo(self.zone))
        return int(local.timestamp())

    def day_of(self, instant: int) -> date:
        """The operating day in which an instant lies."""
        local = datetime.fromtimestamp(instant, ZoneInfo(self.zone))
        return (local - timedelta(hours=self.day_start)).date()

    def day_ended_by(self, instant: int) -> date:
        """The operating day that an instant ends: a level at 24:00 is the level of that day."""
        return self.day_of(instant - 1)

    def period_span(self, period: Period) -> Span:
        """From the begin of the first to the end of the last operating day."""
        return Span(self.instant(period.first), self.instant(period.last_excluded))

    def read_instant(self, text: str) -> int:
        """`2025-03-01`, `2025-03-01 08:00` or `2025-03-01T08:00+08:00` to seconds UTC.

        A bare date is the begin of that operating day; a time without zone is the park's.

        Raises:
            Refused: With the finding `day-unreadable`.
        """
        text = text.strip()
        try:
            if len(text) <= 10:
                return self.instant(parse_day(text))
            moment = datetime.fromisoformat(text.replace("/", "-"))
        except ValueError:
            raise Refused(finding("day-unreadable", text=text)) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.zone))
        return int(moment.astimezone(UTC).timestamp())


_CHINESE_DAY = re.compile(r"^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?$")
_PLAIN_DAY = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")


def parse_day(text: str) -> date:
    """`2025-03-01`, `2025/3/1`, `2025.3.1` or `2025年3月1日`.

    Raises:
        Refused: With the finding `day-unreadable`.
    """
    match = _PLAIN_DAY.match(text.strip()) or _CHINESE_DAY.match(text.strip())
    if match:
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            pass
    raise Refused(finding("day-unreadable", text=text))


def parse_period(text: str) -> Period:
    """`2025`, `2025-Q1`, `2025-03`, `2025-03-01`, or `2025-03-01..2025-03-14` (both included).

    Raises:
        Refused: With the finding `day-unreadable`.
    """
    text = text.strip()
    if ".." in text:
        left, right = text.split("..", 1)
        first, last = parse_day(left), parse_day(right)
        if last < first:
            raise Refused(finding("span-empty", start=left, end=right))
        return Period(text, first, last + timedelta(days=1))
    try:
        if match := re.fullmatch(r"(\d{4})", text):
            year = int(text)
            return Period(text, date(year, 1, 1), date(year + 1, 1, 1))
        if match := re.fullmatch(r"(\d{4})-?[Qq]([1-4])", text):
            year, quarter = int(match[1]), int(match[2])
            return Period(text, date(year, 3 * quarter - 2, 1), _month_after(year, 3 * quarter))
        if match := re.fullmatch(r"(\d{4})-(\d{1,2})", text):
            year, month = int(match[1]), int(match[2])
            return Period(text, date(year, month, 1), _month_after(year, month))
    except ValueError:
        raise Refused(finding("day-unreadable", text=text)) from None
    day = parse_day(text)
    return Period(text, day, day + timedelta(days=1))


def _month_after(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)
