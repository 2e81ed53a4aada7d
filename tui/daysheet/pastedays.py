"""What a paste may not fill: figures of days that are locked, not begun, or entered already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from flows.findings import Finding
    from tui.daysheet.pasting import Pasted, Placed
    from tui.daysheet.state import SheetState
    from tui.session import Session


@dataclass(frozen=True, slots=True)
class Days:
    """How the ledger stands on the days of a paste, by day and line.

    Attributes:
        locks: Lock under which it stands.
        entered: What is entered already.
        reviews: How far the review of its month has come; only where there is one.
        today: Operating day of now.
    """

    today: date
    locks: Mapping[tuple[date, str], Finding] = field(default_factory=dict)
    entered: frozenset[tuple[date, str]] = frozenset()
    reviews: Mapping[tuple[date, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DayTold:
    """What of a pasted day is taken, what stays out and why: terms of `reports.screen_terms`."""

    day: date
    taken: int = 0
    left: int = 0
    why: tuple[str, ...] = ()
    review: str = ""


def days_of(session: Session, placed: Iterable[Placed]) -> Days:
    """Ask the ledger about the days that figures would go to.

    Raises:
        Refused: As the ledger.
    """
    from tui.daysheet.day import locks_of, reviews_of

    whats: dict[date, list[str]] = {}
    for item in placed:
        whats.setdefault(item.day, []).append(item.what)
    if not whats:
        return Days(session.today)
    locks: dict[tuple[date, str], Finding] = {}
    reviews: dict[tuple[date, str], str] = {}
    months: dict[date, dict[str, str]] = {}
    for day, own in whats.items():
        locks |= {(day, what): lock for what, lock in locks_of(session, day, own).items()}
        month = day.replace(day=1)
        if month not in months:
            months[month] = reviews_of(session, day)
        if months[month]:
            owners = _owners(session, day, own)
            reviews |= {
                (day, what): months[month][owner]
                for what, owner in owners.items() if owner in months[month]
            }  # fmt: skip
    first, last = min(whats).toordinal(), max(whats).toordinal()
    every = {what for own in whats.values() for what in own}
    said = session.ledger.observations(first_day=first, last_day=last, whats=every)
    known = {(item.day, item.what) for item in said}
    entered = frozenset(
        (day, what) for day, own in whats.items() for what in own
        if (day.toordinal(), what) in known
    )  # fmt: skip
    return Days(session.today, locks, entered, reviews)


def _owners(session: Session, day: date, whats: Iterable[str]) -> dict[str, str]:
    from flows.errors import Refused

    found = {}
    for what in whats:
        try:
            found[what] = session.resolver.resolve(what, day).facility
        except Refused:  # defined no more: nobody reviews it
            continue
    return found


def kept_out(
    found: Pasted, state: SheetState, day: date, known: Days | None
) -> dict[tuple[date, str], str]:
    """What stays as it is, with the term of the reason.

    Args:
        found: What was pasted.
        state: The sheet of `day`, which knows best how that day stands.
        day: Operating day of the sheet.
        known: How the others stand.
    """
    lines = {line.what: line for line in state.lines}
    stays: dict[tuple[date, str], str] = {}
    for item in found.placed:
        key = item.day, item.what
        if item.day == day:
            line = lines.get(item.what)
            if line is None or state.locked(line):
                stays[key] = "paste-locked" if line else "paste-unknown-name"
            elif line.state != "due" and item.what not in state.cells:
                stays[key] = "paste-entered"
        elif known is None:
            continue
        elif item.day > known.today:
            stays[key] = "paste-future"
        elif key in known.locks:
            stays[key] = "paste-locked"
        elif key in known.entered:
            stays[key] = "paste-entered"
    return stays


def told(found: Pasted, stays: Mapping[tuple[date, str], str], known: Days | None) -> list[DayTold]:
    """What is taken and what is left, day by day."""
    days: dict[date, list[Placed]] = {}
    for item in found.placed:
        days.setdefault(item.day, []).append(item)
    reviews = known.reviews if known is not None else {}
    lines = []
    for day, items in sorted(days.items()):
        why = [stays[day, item.what] for item in items if (day, item.what) in stays]
        review = next(
            (reviews[day, item.what] for item in items if (day, item.what) in reviews), ""
        )
        lines.append(
            DayTold(day, len(items) - len(why), len(why), tuple(dict.fromkeys(why)), review)
        )
    return lines
