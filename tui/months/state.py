"""Months as they stand: what is due, entered, missing, doubtful, reviewed and locked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

from flows.errors import Refused
from flows.period import Period, parse_period

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flows.store.answered import Answer
    from flows.store.closing import Closings, Connection, Reviewed
    from flows.store.events import Event
    from tui.session import Session


class Gap(NamedTuple):
    """A thing that is due on a day and of which nothing is said."""

    day: int
    what: str
    facility: str


@dataclass(frozen=True, slots=True)
class Count:
    """Days times things of a facility and some days.

    Attributes:
        due: What the tour asks for, up to today.
        entered: Of that, values, zeros and counter readings.
        missing: Of that, said to be missing.
        gaps: Of that, neither.
        doubtful: Entries taken with a doubt; `doubtful_days` the days of them.
        corrected: Entries that replace an earlier one.
    """

    due: int = 0
    entered: int = 0
    missing: int = 0
    gaps: int = 0
    doubtful: int = 0
    doubtful_days: int = 0
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class MonthCell:
    """A facility's month; facility "" is what belongs to the park as a whole.

    Attributes:
        review: "", submitted, approved, returned or changed (entries after the approval).
        locked_by: Who locked it, "" where it is open.
    """

    facility: str
    month: str
    count: Count
    review: str = ""
    locked_by: str = ""

    @property
    def state(self) -> str:
        """locked, empty (nothing due), due, partly, doubtful or complete."""
        return "locked" if self.locked_by else _state(self.count)


@dataclass(frozen=True, slots=True)
class DayCell:
    """A facility's day."""

    facility: str
    day: date
    count: Count
    locked: bool = False

    @property
    def state(self) -> str:
        """locked, empty (nothing due), due, partly, doubtful or complete."""
        return "locked" if self.locked else _state(self.count)


@dataclass(frozen=True)
class Months:
    """Everything about the closing of some whole months, read at one moment.

    Attributes:
        period: Whole months.
        facilities: Of which something is due or entered, in the order of the park file.
        due: Facility and days (ordinals, up to today) of each thing that is due.
        answers: What is said.
        last_entries: By month and facility, seq of the last entry, where an approval may end.
    """

    period: Period
    months: tuple[Period, ...]
    facilities: tuple[str, ...]
    due: Mapping[str, tuple[str, frozenset[int]]]
    answers: tuple[Answer, ...]
    closings: Closings
    last_entries: Mapping[str, Mapping[str, int]]
    session: Session = field(repr=False)

    @classmethod
    def read(cls, session: Session, text: str, *, as_of: int | None = None) -> Self:
        """The months of a year, a quarter or a month.

        Raises:
            Refused: `period-unreadable`, or `period-month` for a part of a month.
        """
        with session.ledger.reading() as connection:
            return cls.on(connection, session, text, as_of=as_of)

    @classmethod
    def on(
        cls, connection: Connection, session: Session, text: str, *, as_of: int | None = None
    ) -> Self:
        """As `read`, by a connection of the ledger: under its write lock too."""
        from flows.store.answered import answers
        from flows.store.closing import closings

        period = parse_period(text)
        months = tuple(whole_months(period))
        first, last = period.first.toordinal(), period.last_excluded.toordinal() - 1
        due = due_days(session, period)
        said = answers(connection, first, last, as_of)
        known = {facility for facility, _ in due.values()} | {item.facility for item in said}
        order = [item.id for item in session.park.facilities]
        state = closings(connection, as_of)
        return cls(
            period,
            months,
            tuple(one for one in (*order, *sorted(known - {*order})) if one in known),
            due,
            tuple(said),
            state,
            last_by_month(connection, session, months, state, as_of),
            session,
        )

    @cached_property
    def _by_day(self) -> Mapping[tuple[str, int], list[Answer]]:
        """Answers of each thing and day; an entry over several days answers for each."""
        found: dict[tuple[str, int], list[Answer]] = defaultdict(list)
        for item in self.answers:
            for day in range(item.day, item.day + item.days):
                found[item.what, day].append(item)
        return found

    @cached_property
    def _days(self) -> Mapping[tuple[str, int], Count]:
        """Count of each facility and day."""
        due, missing, gaps, doubtful, corrected = (defaultdict[tuple[str, int], int](int)
                                                   for _ in range(5))  # fmt: skip
        for what, (facility, days) in self.due.items():
            for day in days:
                key = facility, day
                due[key] += 1
                said = self._by_day.get((what, day))
                if not said:
                    gaps[key] += 1
                elif any(item.missing for item in said):
                    missing[key] += 1
        for item in self.answers:
            key = item.facility, item.day
            doubtful[key] += bool(item.flag)
            corrected[key] += item.corrected
        return {
            key: Count(
                due[key],
                due[key] - gaps[key] - missing[key],
                missing[key],
                gaps[key],
                doubtful[key],
                int(doubtful[key] > 0),
                corrected[key],
            )
            for key in {*due, *doubtful}
        }

    def cells(self, facility: str = "") -> tuple[MonthCell, ...]:
        """Facility by facility, month by month."""
        return tuple(
            self.cell(one, month)
            for one in self.facilities
            if not facility or one == facility
            for month in self.months
        )

    def cell(self, facility: str, month: Period) -> MonthCell:
        """One facility's month."""
        lock = self.lock(facility, month)
        counts = [self._days.get((facility, day), Count()) for day in month.ordinals]
        return MonthCell(
            facility,
            month.text,
            add_up(counts),
            self.reviewed(facility, month).state,
            lock.by if lock else "",
        )

    def days(self, facility: str = "") -> tuple[DayCell, ...]:
        """Facility by facility, day by day."""
        return tuple(
            DayCell(
                one,
                date.fromordinal(day),
                self._days.get((one, day), Count()),
                locked=locked,
            )
            for one in self.facilities
            if not facility or one == facility
            for month in self.months
            for locked in (self.lock(one, month) is not None,)
            for day in month.ordinals
        )

    def gaps(self, facility: str = "") -> list[Gap]:
        """What is due and not answered, day by day in the order of the tour."""
        found = [
            Gap(day, what, owner)
            for what, (owner, days) in self.due.items()
            if not facility or owner == facility
            for day in days
            if (what, day) not in self._by_day
        ]
        return sorted(found, key=lambda gap: gap.day)

    def next_gap(self, facility: str = "", after: int = 0) -> Gap | None:
        """The first gap after a day."""
        return next((gap for gap in self.gaps(facility) if gap.day > after), None)

    def lock(self, facility: str, month: Period) -> Event | None:
        """The lock under which a facility's month stands; what nobody owns is the park's."""
        span = self.session.park.calendar.period_span(month)
        return self.closings.lock_on(frozenset({facility}), span.start, span.end)

    def reviewed(self, facility: str, month: Period) -> Reviewed:
        """How far the review of a facility's month has come."""
        span = self.session.park.calendar.period_span(month)
        last = self.last_entries[month.text].get(facility, 0)
        return self.closings.reviewed(facility, span, last)


def last_by_month(
    connection: Connection,
    session: Session,
    months: Iterable[Period],
    state: Closings,
    as_of: int | None,
) -> dict[str, Mapping[str, int]]:
    """Seq of each facility's last entry of the months in which something is only approved."""
    from flows.store.closing import last_entries

    spans = {month.text: session.park.calendar.period_span(month) for month in months}
    return {
        name: last_entries(connection, span, as_of) if state.open_approval(span) else {}
        for name, span in spans.items()
    }


def whole_months(period: Period) -> Iterator[Period]:
    """The calendar months of a period.

    Raises:
        Refused: `period-month` where it is not made of whole ones.
    """
    from flows.findings import finding

    if period.first.day != 1 or period.last_excluded.day != 1:
        raise Refused(finding("period-month", text=period.text))
    day = period.first
    while day < period.last_excluded:
        month = parse_period(f"{day.year:04d}-{day.month:02d}")
        yield month
        day = month.last_excluded


def due_days(session: Session, period: Period) -> dict[str, tuple[str, frozenset[int]]]:
    """Facility and days of each thing on the tour, where it is defined, up to today.

    A park without a tour asks for all that has a meter on the period's last day.
    """
    end = min(period.last_excluded, session.today + timedelta(days=1))
    if end <= period.first:
        return {}
    changes = (day for day in session.park.declared.changes if period.first < day < end)
    edges = [period.first, *changes, end]
    tour = session.park.tour
    if not tour:
        network = session.network(end - timedelta(days=1))
        flows = [item.id for item in network.flows if item.device]
        tour = (*flows, *(item.id for item in network.stocks if item.device))
    days: dict[str, set[int]] = {}
    owner: dict[str, str] = {}
    for first, last in pairwise(edges):
        for what in tour:
            try:
                target = session.resolver.resolve(what, first)
            except Refused:
                continue
            owner[what] = target.facility
            days.setdefault(what, set()).update(range(first.toordinal(), last.toordinal()))
    return {what: (owner[what], frozenset(some)) for what, some in days.items()}


def add_up(counts: list[Count]) -> Count:
    """Counts of several facilities or days together."""
    return Count(
        sum(item.due for item in counts),
        sum(item.entered for item in counts),
        sum(item.missing for item in counts),
        sum(item.gaps for item in counts),
        sum(item.doubtful for item in counts),
        sum(item.doubtful_days for item in counts),
        sum(item.corrected for item in counts),
    )


def _state(count: Count) -> str:
    if not count.due and not count.doubtful:
        return "empty"
    if count.gaps:
        return "due" if count.gaps == count.due else "partly"
    return "doubtful" if count.doubtful else "complete"
