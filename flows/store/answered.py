"""What has been said of which day: one line for each thing and operating day, by one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Text, case, cast, distinct, func, literal_column, select

from flows.period import DAY
from flows.records import State
from flows.store.bulk import ENTRY, EVENT, LONG, SUBJECT, subjects, until
from flows.store.closing import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection

    from flows.period import Span

_KEPT = ENTRY.c


class Sum(NamedTuple):
    """Answers of one thing in one month: of how many days, and of which of them in doubt."""

    what: str
    facility: str
    month: int
    answered: int
    missing: int
    corrected: int
    doubtful: frozenset[int]


class Answer(NamedTuple):
    """What is effective of one thing on one operating day.

    Attributes:
        what: Flow, stock, property or context figure.
        facility: Whose people answered.
        day: Ordinal of the first day that it speaks of.
        days: How many days: more than one for an invoice.
        missing: It was said that there is no reading, of one device at least.
        flag: Code of the doubt with which it was taken, or "".
        corrected: It replaces an earlier entry.
    """

    what: str
    facility: str
    day: int
    days: int
    missing: bool
    flag: str
    corrected: bool


def answers(
    connection: Connection,
    first_day: int,
    last_day: int,
    as_of: int | None = None,
    whats: Iterable[str] | None = None,
) -> list[Answer]:
    """Effective entries of [first_day, last_day], summed up by thing and day.

    Tickets of a day are one answer. An entry over several days that began up to a year before
    the first one is there with the day it began on.
    """
    columns = (
        SUBJECT.c.what,
        SUBJECT.c.facility,
        _KEPT.day,
        func.max(_KEPT.end - _KEPT.start),
        func.max(case((_KEPT.state == State.MISSING.value, 1), else_=0)),
        func.max(_KEPT.flag),
        func.max(case((_KEPT.supersedes.is_not(None), 1), else_=0)),
    )
    query = (
        select(*columns)
        .select_from(ENTRY)
        .join(SUBJECT, SUBJECT.c.id == _KEPT.subject)
        .where(*_effective(as_of))
        .group_by(_KEPT.day, _KEPT.subject)
    )
    if whats is not None:
        query = query.where(SUBJECT.c.what.in_(list(whats)))
    before = _KEPT.day.between(first_day - 366, first_day - 1)
    records = [
        *connection.execute(query.where(_KEPT.day.between(first_day, last_day))),
        *connection.execute(query.where(before, LONG)),
    ]
    return [
        Answer(what, facility, day, max(1, round(length / DAY)), bool(missing), flag, bool(again))
        for what, facility, day, length, missing, flag, again in records
    ]


def sums(
    connection: Connection, firsts: Sequence[int], end: int, as_of: int | None = None
) -> list[Sum]:
    """The same summed up over months, in one pass over the index of days.

    Args:
        connection: In a transaction.
        firsts: First day of each month, ascending.
        end: Day after the last one.
        as_of: As of this event, or None.
    """
    steps = [(day, str(at)) for at, day in enumerate(firsts[1:])]
    last: ColumnElement[int] = literal_column(str(len(firsts) - 1))
    month: ColumnElement[int] = last
    if steps:
        month = case(*((_KEPT.day < day, literal_column(at)) for day, at in steps), else_=last)
    flagged = case((_KEPT.flag != literal_column("''"), _KEPT.day))
    query = (
        select(
            _KEPT.subject,
            month.label("month"),
            func.count(distinct(_KEPT.day)),
            func.count(distinct(case((_KEPT.state == State.MISSING.value, _KEPT.day)))),
            func.count(distinct(case((_KEPT.supersedes.is_not(None), _KEPT.day)))),
            func.aggregate_strings(cast(flagged, Text), ","),
        )
        .where(_KEPT.day.between(firsts[0], end - 1), *_effective(as_of))
        .group_by(_KEPT.subject, literal_column("month"))
    )
    known = subjects(connection)
    return [
        Sum(
            known[subject - 1].what,
            known[subject - 1].facility,
            at,
            answered,
            missing,
            corrected,
            frozenset(map(int, days.split(","))) if days else frozenset(),
        )
        for subject, at, answered, missing, corrected, days in connection.execute(query)
    ]


def long_spans(connection: Connection, first_day: int, last_day: int) -> set[str]:
    """What has entries over more than two days that may reach into [first_day, last_day]."""
    query = (
        select(SUBJECT.c.what)
        .distinct()
        .join(ENTRY, SUBJECT.c.id == _KEPT.subject)
        .where(LONG, _KEPT.day.between(first_day - 366, last_day))
    )
    return set(connection.execute(query).scalars())


def _effective(as_of: int | None) -> list[ColumnElement[bool]]:
    replaced = select(_KEPT.supersedes).where(_KEPT.supersedes.is_not(None), *until(as_of))
    live = [_KEPT.state != State.WITHDRAWN.value, _KEPT.id.not_in(replaced)]
    return [*live, *until(as_of)]


def authors(connection: Connection, facility: str, span: Span) -> set[str]:
    """Who entered or corrected what speaks of a span, of a facility or "" for the whole park."""
    query = (
        select(_KEPT.seq)
        .distinct()
        .select_from(ENTRY)
        .join(SUBJECT, SUBJECT.c.id == _KEPT.subject)
        .where(within(span), *([SUBJECT.c.facility == facility] if facility else []))
    )
    people = select(EVENT.c.claimed, EVENT.c.authenticated).where(EVENT.c.seq.in_(query))
    return {claimed or known for claimed, known in connection.execute(people)}
