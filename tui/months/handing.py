"""What a shift hands to the next: open items, and the notes of the last shifts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.months.openitems import open_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.store.events import Event
    from tui.months.openitems import OpenItem
    from tui.session import Session

#: Handover notes that are shown, the last ones.
NOTES = 5


@dataclass(frozen=True, slots=True)
class Note:
    """A note of a handover; `at` is when, in the park's zone."""

    seq: int
    at: str
    by: str
    facility: str
    text: str


@dataclass(frozen=True, slots=True)
class Handover:
    """What is open in some months.

    Attributes:
        complete: Whether the findings of the months are among the items.
        names: Of flows, stocks, processes and facilities, by id.
    """

    period: str
    facility: str
    items: tuple[OpenItem, ...]
    notes: tuple[Note, ...]
    complete: bool
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def handover_events(session: Session, facility: str = "") -> list[Event]:
    """The last notes of handovers that concern a facility; of all for ""."""
    from flows.store.events import HANDOVER, NOTE

    return [
        item
        for item in session.ledger.events(kinds=[NOTE])
        if item.topic == HANDOVER and item.facility in {"", facility or item.facility}
    ][-NOTES:]


def handover_of(session: Session, period: str, facility: str, *, findings: bool) -> Handover:
    """What is open in some months, and what earlier shifts wrote.

    Args:
        session: The park.
        period: Whole months.
        facility: Only this facility; "" for all.
        findings: Also the findings that nobody has acknowledged; they take their time.

    Raises:
        Refused: As the ledger.
    """
    notes = tuple(
        Note(
            item.seq,
            session.park.calendar.clock(item.recorded_at // 1_000_000),
            item.by,
            item.facility,
            item.text,
        )
        for item in handover_events(session, facility)
    )
    items = tuple(open_items(session, period, facility, findings=findings))
    return Handover(period, facility, items, notes, findings, session.names_at(period))
