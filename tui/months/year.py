"""The months of a year at a glance: the counts of `tui.months.state`, summed up by the database."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from flows.period import parse_period
from tui.months.state import Count, MonthCell, Months, due_days, last_by_month, whole_months

if TYPE_CHECKING:
    from tui.session import Session


def month_cells(
    session: Session, text: str, facility: str = "", *, as_of: int | None = None
) -> list[MonthCell]:
    """Facility by facility, month by month, as `Months.cells` has them, in a third of its time.

    Args:
        session: The park.
        text: A year, a quarter or a month.
        facility: Only this facility; "" for all.
        as_of: As of this event.

    Raises:
        Refused: `period-unreadable`, or `period-month` for a part of a month.
    """
    from flows.store.answered import long_spans, sums
    from flows.store.closing import closings

    period = parse_period(text)
    months = list(whole_months(period))
    firsts = [month.first.toordinal() for month in months]
    end = period.last_excluded.toordinal()
    due = due_days(session, period)
    with session.ledger.reading() as connection:
        if long_spans(connection, firsts[0], end - 1) & due.keys():
            # one entry answers for many days: these are counted day by day
            return list(Months.on(connection, session, text, as_of=as_of).cells(facility))
        said = sums(connection, firsts, end, as_of)
        state = closings(connection, as_of)
        last = last_by_month(connection, session, months, state, as_of)
    due_count: dict[tuple[str, int], int] = defaultdict(int)
    answered, missing = (
        defaultdict[tuple[str, int], int](int),
        defaultdict[tuple[str, int], int](int),
    )
    doubtful, corrected = (
        defaultdict[tuple[str, int], int](int),
        defaultdict[tuple[str, int], int](int),
    )
    doubted: dict[tuple[str, int], set[int]] = defaultdict(set)
    for owner, days in due.values():
        for at, month in enumerate(months):
            due_count[owner, at] += len(days.intersection(month.ordinals))
    for item in said:
        key = item.facility, item.month
        doubtful[key] += len(item.doubtful)
        doubted[key] |= item.doubtful
        corrected[key] += item.corrected
        if item.what in due:
            key = due[item.what][0], item.month
            answered[key] += item.answered
            missing[key] += item.missing
    order = [item.id for item in session.park.facilities]
    known = {owner for owner, _ in due.values()} | {item.facility for item in said}
    cells = []
    for one in (*order, *sorted(known - {*order})):
        if one not in known or (facility and one != facility):
            continue
        for at, month in enumerate(months):
            key = one, at
            span = session.park.calendar.period_span(month)
            lock = state.lock_on(frozenset({one}), span.start, span.end)
            count = Count(
                due_count[key],
                answered[key] - missing[key],
                missing[key],
                due_count[key] - answered[key],
                doubtful[key],
                len(doubted[key]),
                corrected[key],
            )
            review = state.reviewed(one, span, last[month.text].get(one, 0)).state
            cells.append(MonthCell(one, month.text, count, review, lock.by if lock else ""))
    return cells
