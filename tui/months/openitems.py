"""What is open in some months and is carried forward from shift to shift until it is closed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.findings import Finding, Severity
from flows.store.closing import CHANGED
from flows.store.events import RETURNED
from tui.inbox.acknowledged import about, acknowledgements, covering, topic_of
from tui.months.state import Months

if TYPE_CHECKING:
    from tui.session import Session

#: Things of a facility that are open on the same days, from which they are one item; ours.
TOGETHER = 4


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that a shift hands to the next, until it is closed.

    Attributes:
        sort: gap, missing, flagged, returned, changed or finding.
        where: Thing or facility that it is about.
        days: How many days it concerns, the first of them `day`.
        lines: How many things of a facility it concerns, all on the same days.
        code: Of the doubt or finding, or ""; `said` is the finding itself.
    """

    sort: str
    facility: str
    where: str
    day: str
    days: int = 1
    code: str = ""
    said: Finding | None = None
    lines: int = 1


def open_items(
    session: Session, period: str, facility: str = "", *, findings: bool = True
) -> list[OpenItem]:
    """What is still open in some months: carried forward until it is closed.

    Args:
        session: The park.
        period: Whole months.
        facility: Only this facility; "" for all.
        findings: Also the month's findings that nobody has acknowledged; they are worked out.
    """
    session.check_facility(facility)
    months = Months.read(session, period)
    gaps = [(gap.facility, gap.what, gap.day) for gap in months.gaps(facility)]
    items = _gathered([_run("gap", some) for some in _by_thing(gaps)], gaps)
    answers = [item for item in months.answers if not facility or item.facility == facility]
    answers = [item for item in answers if item.day >= months.period.first.toordinal()]
    missing = [(item.facility, item.what, item.day) for item in answers if item.missing]
    items += [_run("missing", some) for some in _by_thing(missing)]
    seen, calendar = acknowledgements(session), session.park.calendar
    for item in answers:
        topic = topic_of(item.flag, item.what)
        if item.flag and not covering(seen, topic, calendar.instant(date.fromordinal(item.day))):
            day = date.fromordinal(item.day).isoformat()
            items.append(OpenItem("flagged", item.facility, item.what, day, code=item.flag))
    for cell in months.cells(facility):
        if cell.review in {RETURNED, CHANGED} and not cell.locked_by:
            items.append(OpenItem(cell.review, cell.facility, cell.facility, cell.month))
    if not findings:
        return items
    network = session.network(months.period.last_excluded - timedelta(days=1))
    owner = {item.id: item.facility for item in network.processes}
    owner |= {item.id: item.facility for item in network.flows}
    for month in months.months:
        instant = calendar.instant(month.first)
        for said in session.findings(month.text):
            mine = owner.get(said.where, said.where)
            if said.severity is Severity.INFO or (facility and mine != facility):
                continue
            if not covering(seen, about(said), instant):
                items.append(OpenItem("finding", mine, said.where, month.text, 1, said.code, said))
    return items


def _by_thing(keys: list[tuple[str, str, int]]) -> list[list[tuple[str, str, int]]]:
    found: dict[str, list[tuple[str, str, int]]] = {}
    for key in keys:
        found.setdefault(key[1], []).append(key)
    return list(found.values())


def _run(sort: str, keys: list[tuple[str, str, int]]) -> OpenItem:
    facility, what, _ = keys[0]
    days = {day for _, _, day in keys}
    return OpenItem(sort, facility, what, date.fromordinal(min(days)).isoformat(), len(days))


def _gathered(items: list[OpenItem], keys: list[tuple[str, str, int]]) -> list[OpenItem]:
    """Items in one line where many things of a facility are open on the very same days."""
    days: dict[str, set[int]] = {}
    for _, what, day in keys:
        days.setdefault(what, set()).add(day)
    alike: dict[tuple[str, frozenset[int]], list[OpenItem]] = {}
    for item in items:
        alike.setdefault((item.facility, frozenset(days[item.where])), []).append(item)
    found: list[OpenItem] = []
    for (facility, _), some in alike.items():
        if facility and len(some) >= TOGETHER:
            found.append(replace(some[0], where=facility, lines=len(some)))
        else:
            found += some
    return found


def this_and_last(session: Session) -> str:
    """The month of today and the one before, as a period."""
    first = session.today.replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return f"{(first - timedelta(days=1)).replace(day=1).isoformat()}..{end.isoformat()}"
