"""Operating days and periods: from what people write to spans [start, end) in seconds UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.amounts import fold
from flows.errors import Refused
from flows.findings import finding

DAY = 86_400

#: Years that a park can speak of; a day outside them is a slip, and calendars end soon after.
YEARS = range(1900, 2200)


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

    def clock(self, instant: int) -> str:
        """Date and time of the park's zone, to the minute: `2025-03-01 08:00`."""
        return datetime.fromtimestamp(instant, ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M")

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
            Refused: With the finding `day-unreadable`, or `day-outside` beyond `YEARS`.
        """
        plain = fold(text)
        if len(plain) <= len("2025-03-01") or plain.endswith(("日", "号")):
            return self.instant(parse_day(text))
        try:
            moment = datetime.fromisoformat(plain.replace("/", "-"))
        except ValueError:
            raise Refused(finding("day-unreadable", text=text)) from None
        _within(moment.year, text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.zone))
        return int(moment.astimezone(UTC).timestamp())


_CHINESE_DAY = re.compile(r"([0-9]{4})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号]?")
_QUARTER = re.compile(r"([0-9]{4})(?:-?[Qq]([1-4])|\s*年\s*第?([1-4])季度)")
_MONTH = re.compile(r"([0-9]{4})\s*(?:[-/.]|年)\s*([0-9]{1,2})\s*月?")
_PLAIN_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")


def parse_day(text: str) -> date:
    """`2025-03-01`, `2025/3/1`, `2025.3.1` or `2025年3月1日`, in full-width digits too.

    Raises:
        Refused: With the finding `day-unreadable`, or `day-outside` beyond `YEARS`.
    """
    plain = fold(text)
    match = _PLAIN_DAY.fullmatch(plain) or _CHINESE_DAY.fullmatch(plain)
    if match:
        year, month, day = map(int, match.groups())
        _within(year, text)
        try:
            return date(year, month, day)
        except ValueError:
            pass
    raise Refused(finding("day-unreadable", text=text))


def parse_period(text: str) -> Period:
    """`2025`, `2025-Q1`, `2025-03`, `2025-03-01`, or `2025-03-01..2025-03-14` (both included).

    `2025年3月`, `2025/3` and the like are taken too; its text is in the first form.

    Raises:
        Refused: With the finding `period-unreadable`, `day-outside` or `span-empty`.
    """
    text = fold(text)
    try:
        if ".." in text:
            return _from_to(text)
        if match := re.fullmatch(r"([0-9]{4})\s*年?", text):
            first = parse_day(f"{match[1]}-01-01")
            return Period(f"{first:%Y}", first, first.replace(year=first.year + 1))
        if match := _QUARTER.fullmatch(text):
            quarter = int(match[2] or match[3])
            first = parse_day(f"{match[1]}-{3 * quarter - 2}-01")
            return Period(f"{first:%Y}-Q{quarter}", first, _month_after(first.year, 3 * quarter))
        if match := _MONTH.fullmatch(text):
            first = parse_day(f"{match[1]}-{match[2]}-01")
            return Period(f"{first:%Y-%m}", first, _month_after(first.year, first.month))
        day = parse_day(text)
    except Refused as refused:
        (said,) = refused.findings
        code = "period-unreadable" if said.code == "day-unreadable" else said.code
        params = said.params if said.code == "span-empty" else {**said.params, "text": text}
        raise Refused(replace(said, code=code, params=params)) from None
    return Period(day.isoformat(), day, day + timedelta(days=1))


def _from_to(text: str) -> Period:
    left, right = text.split("..", 1)
    first, last = parse_day(left), parse_day(right)
    if last < first:
        raise Refused(finding("span-empty", start=left, end=right))
    return Period(f"{first}..{last}", first, last + timedelta(days=1))


def _within(year: int, text: str) -> None:
    if year not in YEARS:
        raise Refused(finding("day-outside", text=text, low=f"{YEARS[0]}", high=f"{YEARS[-1]}"))


def _month_after(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)
