"""What the calendar shows, taken from the session at one moment: a year, a month, a step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from tui.months.state import Count, DayCell, Gap, MonthCell, Months, add_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flows.findings import Finding
    from tui.session import Session

#: Steps in the order in which a month takes them; each with the key that takes it.
STEPS: Mapping[str, str] = {
    "submitted": "s", "approved": "a", "returned": "t", "lock": "k", "reopen": "o",
}  # fmt: skip

#: A park whose facilities have come unequally far.
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class YearView:
    """Months by facility; row "" is the whole park.

    Attributes:
        cells: By facility and month, 1 to 12.
    """

    year: int
    facilities: tuple[str, ...]
    cells: Mapping[tuple[str, int], MonthCell]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def count(self, facility: str, month: int) -> Count:
        """Counts of a facility's month."""
        return self.cells[facility, month].count

    def closed(self, facility: str, month: int) -> bool:
        """Whether it is locked."""
        return bool(self.cells[facility, month].locked_by)


@dataclass(frozen=True, slots=True)
class MonthView:
    """Days by facility; row "" is the whole park.

    Attributes:
        cells: The month of each facility.
        days: By facility and day, from 1.
        gaps: What is not entered, in the order of days and tour.
    """

    month: str
    facilities: tuple[str, ...]
    cells: Mapping[str, MonthCell]
    days: Mapping[tuple[str, int], DayCell]
    gaps: tuple[Gap, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def count(self, facility: str, day: int) -> Count:
        """Counts of a facility's day."""
        return self.days[facility, day].count

    def closed(self, facility: str, day: int) -> bool:
        """Whether it is locked."""
        return self.days[facility, day].locked

    def gaps_on(self, facility: str, day: int) -> list[Gap]:
        """What is not entered on a day; of every facility for ""."""
        ordinal = date.fromisoformat(f"{self.month}-{day:02d}").toordinal()
        return [
            gap for gap in self.gaps if gap.day == ordinal and facility in {"", gap.facility}
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a facility's month has come, and what the person at the screen may do with it.

    Attributes:
        against: By step of `STEPS`, what stands against it; empty where nothing does.
        gaps: What is not entered.
        by: Who asks.
        verdict: Last review: submitted, approved, returned, changed, or "".
        reviewer, reason: Who said it, and why.
        locked_by: Who locked it, or "".
        authors: Who entered or corrected readings of it.
        four_eyes: Whether nobody approves what they entered themselves.
        names: Of everything that a finding may point at.
    """

    month: str
    facility: str
    by: str
    against: Mapping[str, tuple[Finding, ...]]
    gaps: tuple[Gap, ...] = ()
    verdict: str = ""
    reviewer: str = ""
    reason: str = ""
    locked_by: str = ""
    authors: tuple[str, ...] = ()
    four_eyes: bool = True
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def acceptable(self) -> bool:
        """Whether gaps are all that keeps the month from being locked: a reason is enough then."""
        return {item.code for item in self.against["lock"]} == {"gaps-open"}


def year_view(session: Session, year: int) -> YearView:
    """The months of a year.

    Raises:
        Refused: As the ledger.
    """
    from tui.months.year import month_cells

    found = month_cells(session, f"{year:04d}")
    cells = {(cell.facility, int(cell.month[-2:])): cell for cell in found}
    own = list(dict.fromkeys(cell.facility for cell in found if cell.facility))
    for month in range(1, 13):
        cells["", month] = _park([cells[key] for key in cells if key[1] == month], year, month)
    return YearView(year, ("", *own), cells, _names(session))


def month_view(session: Session, month: str) -> MonthView:
    """The days of a month.

    Raises:
        Refused: As the ledger.
    """
    months = Months.read(session, month)
    cells = {cell.facility: cell for cell in months.cells()}
    days = {(cell.facility, cell.day.day): cell for cell in months.days()}
    own = [one for one in months.facilities if one]
    at = months.period.first
    cells[""] = _park(list(cells.values()), at.year, at.month)
    for ordinal in months.period.ordinals:
        day = date.fromordinal(ordinal)
        some = [days[one, day.day] for one in months.facilities]
        days["", day.day] = DayCell(
            "",
            day,
            add_up([cell.count for cell in some]),
            locked=all(cell.locked for cell in some) and bool(some),
        )
    return MonthView(month, ("", *own), cells, days, tuple(months.gaps()), session.names_at(month))


def standing(session: Session, month: str, facility: str, by: str) -> Standing:
    """How far a month has come, for somebody.

    Raises:
        Refused: As the ledger.
    """
    from flows.store.answered import authors
    from tui.months import closing
    from tui.session import who

    period = closing.one_month(month)
    span = session.park.calendar.period_span(period)
    with session.ledger.reading() as connection:
        months = Months.on(connection, session, month)
        people = authors(connection, facility, span)
    review, lock = months.reviewed(facility, period), months.lock(facility, period)
    return Standing(
        month,
        facility,
        by or who(),
        {step: tuple(closing.against(session, step, month, facility, by)) for step in STEPS},
        tuple(months.gaps(facility)),
        review.state,
        review.event.by if review.event else "",
        review.event.reason if review.event else "",
        lock.by if lock else "",
        tuple(sorted(people)),
        session.park.roles.four_eyes,
        session.names_at(month),
    )


def stage(cell: MonthCell) -> str:
    """How far a month has come: open, submitted, approved, returned, changed, locked or mixed."""
    return "locked" if cell.locked_by else cell.review or "open"


@dataclass(frozen=True, slots=True)
class GapRun:
    """A thing that is not entered on some days, the first of them `day`."""

    what: str
    facility: str
    day: date
    days: int


def gap_runs(gaps: Iterable[Gap]) -> list[GapRun]:
    """Gaps by thing, each once, in the order in which they begin."""
    found: dict[str, list[Gap]] = {}
    for gap in gaps:
        found.setdefault(gap.what, []).append(gap)
    return [
        GapRun(what, some[0].facility, date.fromordinal(some[0].day), len(some))
        for what, some in found.items()
    ]


def _park(cells: Sequence[MonthCell], year: int, month: int) -> MonthCell:
    """The whole park of the months of its facilities; what has nothing to close has no say."""
    asked = [cell for cell in cells if cell.state != "empty" or cell.review] or list(cells)
    stages = {stage(cell) for cell in asked}
    total = add_up([cell.count for cell in cells])
    common = stages.pop() if len(stages) == 1 else MIXED if stages else "open"
    locked_by = ", ".join(dict.fromkeys(cell.locked_by for cell in asked))
    review = "" if common in {"open", "locked"} else common
    return MonthCell(
        "", f"{year:04d}-{month:02d}", total, review, locked_by if common == "locked" else ""
    )


def _names(session: Session) -> dict[str, Mapping[str, str]]:
    return {item.id: item.names for item in session.park.facilities}
