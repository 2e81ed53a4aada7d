"""Findings that somebody has seen: notes of the ledger, by code and id, for the days they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.store.events import ACKNOWLEDGED, NOTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.findings import Finding
    from flows.store.events import Event
    from tui.session import Session


def topic_of(code: str, where: str) -> str:
    """What a note is about that acknowledges a finding: its code and the id that it names."""
    return f"{code} {where}".strip()


def about(item: Finding) -> str:
    """As `topic_of`, of a finding; findings that share it are acknowledged together."""
    return topic_of(item.code, item.where)


def acknowledgements(session: Session) -> list[Event]:
    """Every note that acknowledges a finding, the oldest first."""
    return [item for item in session.ledger.events(kinds=[NOTE]) if item.topic == ACKNOWLEDGED]


def covering(notes: Iterable[Event], topic: str, instant: int) -> list[Event]:
    """Notes of a topic that hold at an instant (seconds UTC): for their days, or for all."""
    return [
        item
        for item in notes
        if item.about == topic
        and (item.period_start is None or item.period_start <= instant < (item.period_end or 0))
    ]
