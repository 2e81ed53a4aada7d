"""Limits and targets of a period as findings: the rows they need, read once, then judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.findings import Finding
    from flows.period import Period
    from tui.session import Session


def limited(session: Session, period: Period, *, as_of: int | None = None) -> list[Finding]:
    """What limits and the year's targets say of a period.

    Args:
        session: The park; its clock says which spans are over.
        period: The period.
        as_of: As of this event.
    """
    from facilities.limiting import first_needed, judged
    from facilities.progress import own_targets, progress

    park = session.park
    targets = own_targets(park, period)
    first = first_needed(park, period)
    if targets:
        first = period.first.replace(month=1, day=1)
    if first < period.first:
        rows = session.ledger.rows(
            as_of=as_of,
            first_day=first.toordinal() - 1,
            last_day=period.last_excluded.toordinal(),
            counters_before=True,
            reaching=park.calendar.instant(first),
        )
    else:
        rows = session.rows(period, as_of)
    said = judged(park, rows, period, session.today)
    return [*said, *(progress(park, rows, period, session.today) if targets else ())]
