"""Findings that somebody has seen: notes of the ledger, each about one finding and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.findings import Severity
from flows.store.events import ACKNOWLEDGED, NOTE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.findings import Finding
    from flows.store.events import Event
    from tui.session import Session

#: Before what a note is about: the acknowledgements so far hold no longer.
AGAIN = "again: "
_JOINT = "; "
#: Parameters by which a finding of the same code and id is another one, beside its severity.
_FACTS = ("device", "problem", "layer")
_RANKS = tuple(Severity)


def topic_of(code: str, where: str) -> str:
    """What a note is about that acknowledges a finding whatever it says: its code and id."""
    return f"{code} {where}".strip()


def about(item: Finding) -> str:
    """What a note is about that acknowledges this finding: code, id, severity and facts.

    Facts are the device, what is wrong, the layer, and the day on which it began; of a limit also
    which limit.
    """
    params = {**item.params, "first": onset(item)}
    keys = (*_FACTS, "limit", "first")
    facts = [f"{key}={params[key]}" for key in keys if params.get(key)]
    return _JOINT.join([topic_of(item.code, item.where), str(item.severity), *facts])


def onset(item: Finding) -> str:
    """Day on which what is found began, or "" where it is said of a period as a whole."""
    day = item.params.get("first") or str(item.params.get("day") or "").partition("..")[0]
    return str(day)


def same(noted: str, found: str) -> bool:
    """Whether what a note is about is what was found.

    Without facts a note is about every finding of its code and id. With them the facts must be
    those of the finding, and its severity must be no worse.
    """
    topic, *theirs = noted.split(_JOINT)
    mine = found.split(_JOINT)
    if topic != mine[0]:
        return False
    if not theirs:
        return True
    return len(mine) > 1 and theirs[1:] == mine[2:] and _rank(mine[1]) <= _rank(theirs[0])


def _rank(severity: str) -> int:
    return _RANKS.index(Severity(severity)) if severity in set(Severity) else -1


def acknowledgements(session: Session) -> list[Event]:
    """Every note that acknowledges a finding or takes that back, the oldest first."""
    return [item for item in session.ledger.events(kinds=[NOTE]) if item.topic == ACKNOWLEDGED]


def covering(
    notes: Iterable[Event], found: str, instant: int, until: int | None = None
) -> list[Event]:
    """Notes that hold of a finding at an instant; none once it was taken back.

    Args:
        notes: As `acknowledgements` gives them.
        found: `about` of the finding, or `topic_of` of a doubt about a reading.
        instant: Seconds UTC; a note holds for its days, or for all. One that names the day on
            which something began holds for that whenever it is looked at.
        until: End of what is looked at, which a note must reach.
    """
    held: list[Event] = []
    for item in notes:
        again = item.about.startswith(AGAIN)
        noted = item.about.removeprefix(AGAIN)
        inside = item.period_start is None or (
            item.period_start <= instant < (item.period_end or 0)
            and (until is None or until <= (item.period_end or 0))
        )
        if not (same(noted, found) and (inside or f"{_JOINT}first=" in noted)):
            continue
        if again:
            held.clear()
        else:
            held.append(item)
    return held
