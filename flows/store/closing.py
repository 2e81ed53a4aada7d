"""Locks and reviews: what is locked, what is approved, and what an event of theirs would break.

The same rules stand in the guards (`flows.store.closingrules`); here they are said in words
before the database has to refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from flows.findings import finding
from flows.period import DAY, Span
from flows.store import read
from flows.store.bulk import ENTRY, SUBJECT
from flows.store.events import APPROVED, LOCK, REOPEN, RETURNED, REVIEW, SUBMITTED, WITH_PERIOD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, FromClause
    from sqlalchemy import Connection as Connection  # noqa: PLC0414  handed on to `tui`

    from flows.findings import Finding
    from flows.records import Observation
    from flows.store.events import Draft, Event

#: Verdict of a review after which something was entered.
CHANGED = "changed"

#: No more refusals than this are made; the rest would say the same.
_MOST = 200

#: Ordinal of 1970-01-01.
_EPOCH = 719_163


@dataclass(frozen=True, slots=True)
class Reviewed:
    """State of a review.

    Attributes:
        state: "" (never submitted), submitted, approved, returned or changed.
        event: The review that it rests on.
    """

    state: str = ""
    event: Event | None = None


class Closings:
    """Reviews, locks and reopenings as of some event; facility "" of an event is all."""

    def __init__(self, events: Iterable[Event]) -> None:
        kept = list(events)
        self._locks = [item for item in kept if item.kind == LOCK]
        self._reviews = [item for item in kept if item.kind == REVIEW]
        self._reopened: dict[int | None, list[Event]] = {}
        for item in kept:
            if item.kind == REOPEN:
                self._reopened.setdefault(item.period_start, []).append(item)

    def __bool__(self) -> bool:
        return bool(self._locks)

    @property
    def last_end(self) -> int:
        """When the last period that was ever locked ends."""
        return max((item.period_end or 0 for item in self._locks), default=0)

    def lock_on(self, facilities: frozenset[str], start: int, end: int) -> Event | None:
        """The lock under which an entry of [start, end) stands.

        Args:
            facilities: Whose people have ever answered for what it speaks of: one that changed
                hands is locked with each of them.
            start: Seconds UTC.
            end: Equal to `start` for an instant, which belongs to the day that it ends.
        """
        for lock in reversed(self._locks):
            if not _holds(lock, start, end) or lock.facility not in {"", *facilities}:
                continue
            opened = {"", lock.facility} if lock.facility else {"", *facilities}
            if not self._opened(lock, opened):
                return lock
        return None

    def lock_of(self, facility: str, span: Span) -> Event | None:
        """The lock in force somewhere in a span for a facility; for "" that of anybody."""
        for lock in reversed(self._locks):
            if not _overlap(lock, span) or (facility and lock.facility not in {"", facility}):
                continue
            if not self._opened(lock, {"", facility or lock.facility}):
                return lock
        return None

    def whole(self, facility: str, span: Span) -> Event | None:
        """The lock of exactly this scope, nothing of it reopened for anybody."""
        for lock in reversed(self._locks):
            if not _overlap(lock, span) or lock.facility not in {"", facility}:
                continue
            later = self._reopened.get(lock.period_start, ())
            among = [one for one in later if not facility or one.facility in {"", facility}]
            if not any(one.seq > lock.seq for one in among):
                return lock
        return None

    def crossing(self, span: Span) -> Event | None:
        """A lock or reopening whose period shares days with the span and is not the same."""
        opened = (item for some in self._reopened.values() for item in some)
        for item in (*self._locks, *opened):
            if _overlap(item, span) and span != Span(item.period_start or 0, item.period_end or 0):
                return item
        return None

    def reviewed(self, facility: str, span: Span, last_entry: int = 0) -> Reviewed:
        """How far the review of a facility's span has come.

        Args:
            facility: Facility, or "" for the whole park.
            span: The period.
            last_entry: Seq of the last entry in it: an approval ends when one comes after it.
        """
        mine = [item for item in self._reviews if item.facility in {"", facility}]
        mine = [item for item in mine if _overlap(item, span)]
        if not mine:
            return Reviewed()
        verdict = mine[-1].verdict
        if verdict == RETURNED:
            return Reviewed(verdict, mine[-1])
        run = takewhile(lambda item: item.verdict == verdict, reversed(mine))
        whole = next((item for item in run if _covers(item, span)), None)
        if whole is None:
            return Reviewed()
        if verdict == APPROVED and last_entry > whole.seq:
            return Reviewed(CHANGED, whole)
        return Reviewed(verdict, whole)

    def open_approval(self, span: Span) -> bool:
        """Whether something in a span is approved and not locked: then entries may end that."""
        approved = any(item.verdict == APPROVED and _overlap(item, span) for item in self._reviews)
        return approved and self.whole("", span) is None

    def submitted_by(self, facility: str, span: Span) -> set[str]:
        """Who submitted days of a span for a facility, or for any where it is ""."""
        return {
            item.by
            for item in self._reviews
            if item.verdict == SUBMITTED
            and _overlap(item, span)
            and (not facility or item.facility in {"", facility})
        }

    def _opened(self, lock: Event, facilities: set[str]) -> bool:
        later = self._reopened.get(lock.period_start, ())
        return any(item.seq > lock.seq and item.facility in facilities for item in later)


def closings(connection: Connection, as_of: int | None = None) -> Closings:
    """Reviews, locks and reopenings of a ledger as of an event."""
    return Closings(read.events(connection, kinds=WITH_PERIOD, as_of=as_of))


def last_entries(connection: Connection, span: Span, as_of: int | None = None) -> Mapping[str, int]:
    """Seq of the last submission or correction of each facility that speaks of a span."""
    found: dict[str, int] = {}
    target = ENTRY.alias("target")
    moved = ENTRY.join(target, target.c.id == ENTRY.c.supersedes)
    for source, table in ((ENTRY, ENTRY), (moved, target)):
        query = (
            select(SUBJECT.c.facility, func.max(ENTRY.c.seq))
            .select_from(source.join(SUBJECT, SUBJECT.c.id == ENTRY.c.subject))
            .where(within(span, table), *([] if as_of is None else [ENTRY.c.seq <= as_of]))
            .group_by(SUBJECT.c.facility)
        )
        for facility, seq in connection.execute(query):
            found[facility] = max(found.get(facility, 0), int(seq))
    return found


def within(span: Span, table: FromClause = ENTRY) -> ColumnElement[bool]:
    """That an observation speaks of a day of the span; asked by the index on days."""
    kept = table.c
    first, last = span.start // DAY + _EPOCH - 2, span.end // DAY + _EPOCH + 2
    long = and_(kept.end - kept.start > 2 * DAY, kept.end > span.start)
    return and_(
        or_(kept.day.between(first, last), long),
        or_(
            and_(kept.start < span.end, kept.end > span.start),
            and_(kept.start == kept.end, kept.start == span.end),
        ),
    )


def locked_entries(
    connection: Connection, observations: Sequence[Observation]
) -> Iterator[tuple[int, Finding]]:
    """Which of new observations speak of a locked day: their places, and what to say."""
    state = closings(connection)
    if not state:
        return
    answering: dict[str, set[str]] = {}
    for what, facility in connection.execute(select(SUBJECT.c.what, SUBJECT.c.facility)):
        answering.setdefault(what, set()).add(facility)
    replaced = [item.supersedes for item in observations if item.supersedes is not None]
    targets = {item.id: [(item.start, item.end)] for item in read.by_ids(connection, replaced)}
    count, end = 0, state.last_end
    for place, item in enumerate(observations):
        if item.start > end and item.supersedes is None:
            continue
        facilities = frozenset({item.facility, *answering.get(item.what, ())})
        spans = [(item.start, item.end), *targets.get(item.supersedes or 0, ())]
        on = (state.lock_on(facilities, start, end) for start, end in spans)
        if lock := next(filter(None, on), None):
            day = date.fromordinal(item.day).isoformat()
            yield place, locked(lock, item.what, day=day)
            count += 1
            if count == _MOST:
                return


def locked(lock: Event, where: str = "", day: str = "") -> Finding:
    """What to say of a lock that stands in the way, of an entry of some day or of a review."""
    period, facility = period_text(lock), lock.facility
    return finding("locked", where, period=period, facility=facility, by=lock.by, day=day)


def period_text(event: Event) -> str:
    """A period as it was asked for, else its days in UTC."""
    if event.about:
        return event.about
    ends = ((event.period_start or 0) + DAY // 2, (event.period_end or 0) - DAY // 2)
    first, last = (datetime.fromtimestamp(end, UTC).date().isoformat() for end in ends)
    return f"{first}..{last}"


def refusals(connection: Connection, draft: Draft) -> list[Finding]:
    """What of the rules of closing a draft would break; empty where nothing stands against it."""
    if draft.observations:
        return [said for _, said in locked_entries(connection, draft.observations)]
    if draft.kind not in WITH_PERIOD or draft.period is None:
        return []
    asked = _Asked(draft.facility, draft.period, draft.about or _days(draft.period))
    state = closings(connection)
    if draft.kind == REVIEW:
        said = asked.against_review(state, draft.verdict)
    elif other := state.crossing(asked.span):
        said = asked.say("lock-crossing", other=period_text(other))
    elif draft.kind == REOPEN:
        locked_now = state.lock_of(asked.facility, asked.span)
        said = None if locked_now else asked.say("lock-none")
    elif lock := state.whole(asked.facility, asked.span):
        said = asked.say("lock-already", by=lock.by)
    else:
        return unapproved(connection, state, asked.facility, asked.span, asked.period)
    return [said] if said else []


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a review, lock or reopening speaks of, and how its refusals begin."""

    facility: str
    span: Span
    period: str

    def say(self, code: str, **params: object) -> Finding:
        told = {"period": self.period, "facility": self.facility, **params}
        return replace(finding(code, self.facility), params=told)

    def against_review(self, state: Closings, verdict: str) -> Finding | None:
        if lock := state.lock_of(self.facility, self.span):
            return locked(lock, self.facility)
        found = state.reviewed(self.facility, self.span).state
        if SUBMITTED in {verdict, found}:
            return None
        return self.say("review-not-submitted", problem=found or "never")


def unapproved(
    connection: Connection, state: Closings, facility: str, span: Span, period: str
) -> list[Finding]:
    """Why a facility's period, or that of everybody who has entries in it, is not approved."""
    last = last_entries(connection, span)
    found = []
    for one in [facility] if facility else sorted(last) or [""]:
        review = state.reviewed(one, span, last.get(one, 0)).state
        if review != APPROVED:
            asked = _Asked(one, span, period)
            found.append(asked.say("review-open", problem=review or "never"))
    return found


def _covers(event: Event, span: Span) -> bool:
    return (event.period_start or 0) <= span.start and (event.period_end or 0) >= span.end


def _overlap(event: Event, span: Span) -> bool:
    return (event.period_start or 0) < span.end and (event.period_end or 0) > span.start


def _holds(lock: Event, start: int, end: int) -> bool:
    opens, closes = lock.period_start or 0, lock.period_end or 0
    return opens < end and (closes > start or start == end == closes)


def _days(span: Span) -> str:
    first = datetime.fromtimestamp(span.start + DAY // 2, UTC).date()
    last = datetime.fromtimestamp(span.end - DAY // 2, UTC).date()
    return f"{first.isoformat()}..{last.isoformat()}"
