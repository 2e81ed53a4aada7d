"""Closing a month: submit, review, lock and reopen it, and hand over what is still open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from facilities.roles import same
from flows.errors import Refused
from flows.findings import finding
from flows.period import parse_period
from flows.store.closing import closings, refusals
from flows.store.entry import says_something
from flows.store.events import (
    ACKNOWLEDGED,
    APPROVED,
    HANDOVER,
    LOCK,
    NOTE,
    REOPEN,
    RETURNED,
    REVIEW,
    SUBMITTED,
    Draft,
)
from tui.entering import check_role, role_missing, sender
from tui.months.state import Months
from tui.session import who

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.findings import Finding
    from flows.period import Period
    from flows.store.closing import Connection
    from flows.store.events import Event
    from flows.store.repository import Check
    from tui.months.state import Gap
    from tui.session import Session

#: What `--accept` says of every gap.
EVERY = ("all", "全部")


def submit(session: Session, period: str, facility: str, by: str) -> Event:
    """Submit a month for review.

    Raises:
        Refused: `period-month`, `key-unknown` of the facility, `locked`, `role-missing`,
            `review-waits` where it is submitted already.
    """
    check_role(session, "enter", by)
    month = one_month(period)

    def check(connection: Connection) -> list[Finding]:
        return _waits(connection, session, month, facility)

    return _append(session, REVIEW, month, facility, by, verdict=SUBMITTED, check=check)


def review(
    session: Session, period: str, facility: str, by: str, *, verdict: str, reason: str = ""
) -> Event:
    """Approve or return a month that was submitted.

    Raises:
        Refused: As `submit`; `role-missing`, `reason-missing`, `review-own` where the park asks
            for four eyes, `review-not-submitted`.
    """
    month = one_month(period)
    check_role(session, "review", by)
    if verdict == RETURNED and not says_something(reason):
        raise Refused(finding("reason-missing", "--reason"))

    def check(connection: Connection) -> list[Finding]:
        return _own(connection, session, month, facility, by or who()) if eyes else []

    eyes = verdict == APPROVED and session.park.roles.four_eyes
    return _append(
        session, REVIEW, month, facility, by, verdict=verdict, reason=reason, check=check
    )


def lock(
    session: Session,
    period: str,
    facility: str,
    by: str,
    *,
    accept: Sequence[str] = (),
    reason: str = "",
) -> Event:
    """Lock a month of a facility, or of the whole park.

    Args:
        session: The park.
        period: One month.
        facility: Facility, or "" for the park.
        by: Who says so.
        accept: Gaps that are accepted: `WHAT`, `WHAT@DAY` or all.
        reason: Why they are; it is kept with the lock.

    Raises:
        Refused: With every blocker; `role-missing`, `gap-unknown`, `reason-missing`.
    """
    month = one_month(period)
    check_role(session, "lock", by)
    if accept and not says_something(reason):
        raise Refused(finding("reason-missing", "--reason"))
    accepted = _accepted(Months.read(session, month.text).gaps(facility), accept, month, facility)
    listed = "; ".join(f"{gap.what} {date.fromordinal(gap.day).isoformat()}" for gap in accepted)

    def check(connection: Connection) -> list[Finding]:
        return against_lock(connection, session, month, facility, set(accepted))

    return _append(session, LOCK, month, facility, by, reason=reason, text=listed, check=check)


def reopen(session: Session, period: str, facility: str, by: str, *, reason: str) -> Event:
    """Open a locked month again, with a reason.

    Raises:
        Refused: `role-missing`, `reason-missing`, `lock-none`.
    """
    check_role(session, "reopen", by)
    if not says_something(reason):
        raise Refused(finding("reason-missing", "--reason"))
    return _append(session, REOPEN, one_month(period), facility, by, reason=reason)


def note(
    session: Session,
    text: str,
    by: str,
    *,
    facility: str = "",
    topic: str = HANDOVER,
    about: str = "",
    period: str = "",
) -> Event:
    """Keep a note in the ledger: of a handover, of a finding that was seen, or a remark.

    Args:
        session: The park.
        text: What it says.
        by: Who says so.
        facility: Facility, or "" for the park.
        topic: handover, finding or remark.
        about: Of a finding, its code and the id that it is about: `coverage-partial plant.in`.
        period: Days that it speaks of, or "".

    Raises:
        Refused: `note-empty`, `period-unreadable`, `key-unknown` of the facility.
    """
    if not text.strip() and topic != ACKNOWLEDGED:
        raise Refused(finding("note-empty", "--text"))
    of = parse_period(period) if period else None
    return _append(session, NOTE, of, facility, by, topic=topic, about=about, text=text)


def against(session: Session, step: str, period: str, facility: str, by: str) -> list[Finding]:
    """What stands against a step (submitted, approved, returned, lock or reopen) of somebody."""
    role = {SUBMITTED: "enter", LOCK: LOCK, REOPEN: REOPEN}.get(step, "review")
    said = role_missing(session, role, by)
    if step == LOCK:
        return said + blockers(session, period, facility)
    # an event that needs a reason is not made without one; this one is only looked at
    verdict, kind = ("", REOPEN) if step == REOPEN else (step, REVIEW)
    later = "" if step in {SUBMITTED, APPROVED} else "later"
    month = one_month(period)
    draft = _draft(session, kind, month, facility, who(), by, verdict=verdict, reason=later)
    with session.ledger.reading() as connection:
        said += refusals(connection, draft)
        if step == SUBMITTED:
            said += _waits(connection, session, month, facility)
        if step == APPROVED and session.park.roles.four_eyes:
            said += _own(connection, session, month, facility, by or who())
    return said


def blockers(session: Session, period: str, facility: str = "") -> list[Finding]:
    """Everything that keeps a month from being locked; empty where nothing does."""
    month = one_month(period)
    session.check_facility(facility)
    with session.ledger.reading() as connection:
        return against_lock(connection, session, month, facility, set())


def against_lock(
    connection: Connection, session: Session, month: Period, facility: str, accepted: set[Gap]
) -> list[Finding]:
    """As `blockers`, by a connection, without the gaps that are accepted."""
    months = Months.on(connection, session, month.text)
    said = []
    if month.last_excluded > session.today:
        last = (month.last_excluded - timedelta(days=1)).isoformat()
        said.append(finding("month-running", facility, period=month.text, day=last))
    gaps = [gap for gap in months.gaps(facility) if gap not in accepted]
    if gaps:
        first = date.fromordinal(gaps[0].day).isoformat()
        said.append(
            finding(
                "gaps-open",
                facility,
                period=month.text,
                facility=facility,
                count=len(gaps),
                what=gaps[0].what,
                day=first,
            )
        )
    draft = _draft(session, LOCK, month, facility, who(), "")
    said += refusals(connection, draft)
    if session.park.roles.four_eyes:
        for one in [facility] if facility else ["", *months.facilities]:
            approval = months.reviewed(one, month)
            if approval.state == APPROVED and approval.event is not None:
                said += _own(connection, session, month, one, approval.event.by)
    return list({str(item): item for item in said}.values())


def one_month(text: str) -> Period:
    """A period that is one calendar month.

    Raises:
        Refused: `period-month`, `period-unreadable`.
    """
    period = parse_period(text)
    first = period.first
    month = parse_period(f"{first.year:04d}-{first.month:02d}")
    if (period.first, period.last_excluded) != (month.first, month.last_excluded):
        raise Refused(finding("period-month", text=text))
    return month


def _accepted(gaps: list[Gap], asked: Sequence[str], month: Period, facility: str) -> list[Gap]:
    found: dict[Gap, None] = {}
    named: dict[str, list[Gap]] = {}
    for gap in gaps:
        day = date.fromordinal(gap.day).isoformat()
        for name in (gap.what, f"{gap.what}@{day}"):
            named.setdefault(name, []).append(gap)
    for text in asked:
        fitting = gaps if text.lower() in EVERY else named.get(text.rstrip("@"), [])
        if not fitting:
            raise Refused(
                finding("gap-unknown", "--accept", text=text, period=month.text, facility=facility)
            )
        found |= dict.fromkeys(fitting)
    return list(found)


def _own(
    connection: Connection, session: Session, month: Period, facility: str, by: str
) -> list[Finding]:
    """That somebody approves what they entered or submitted themselves."""
    from flows.store.answered import authors

    span = session.park.calendar.period_span(month)
    people = authors(connection, facility, span)
    submitted = closings(connection).submitted_by(facility, span)
    if same(by) not in {same(name) for name in people | submitted}:
        return []
    return [finding("review-own", facility, by=by, period=month.text, facility=facility)]


def _waits(connection: Connection, session: Session, month: Period, facility: str) -> list[Finding]:
    """That a month waits for its review already; what is entered meanwhile is reviewed with it."""
    found = closings(connection).reviewed(facility, session.park.calendar.period_span(month))
    if found.state != SUBMITTED or found.event is None:
        return []
    by = found.event.by
    return [finding("review-waits", facility, by=by, period=month.text, facility=facility)]


def _draft(
    session: Session, kind: str, of: Period | None, facility: str, authenticated: str,
    by: str, **parts: str,
) -> Draft:  # fmt: skip
    """An event of closing as it will be sent."""
    about = parts.pop("about", "") or (of.text if of is not None else "")
    span = session.park.calendar.period_span(of) if of is not None else None
    return Draft(
        kind, authenticated, session.park.hash, claimed=by, facility=facility, period=span,
        about=about, verdict=parts.get("verdict", ""), reason=parts.get("reason", ""),
        topic=parts.get("topic", ""), text=parts.get("text", ""),
    )  # fmt: skip


def _append(
    session: Session,
    kind: str,
    of: Period | None,
    facility: str,
    by: str,
    *,
    check: Check | None = None,
    **parts: str,
) -> Event:
    from flows.store.entry import clean

    session.check_facility(facility)
    sent = sender(session, by)
    cleaned = {name: clean(text) for name, text in parts.items()}
    draft = _draft(session, kind, of, facility, sent.authenticated, clean(by), **cleaned)
    return session.ledger.append(draft, check=check)
