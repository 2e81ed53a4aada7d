"""Events: what is sent to the ledger, and what it has recorded; plain values, no database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.period import Span
    from flows.records import Observation

PARK = "park"
SUBMISSION = "submission"
CORRECTION = "correction"
REVIEW = "review"
LOCK = "lock"
REOPEN = "reopen"
NOTE = "note"

SUBMITTED = "submitted"
APPROVED = "approved"
RETURNED = "returned"

#: What a note is: of a shift to the next, of a finding that was seen, or anything else.
HANDOVER = "handover"
ACKNOWLEDGED = "finding"
REMARK = "remark"

WITH_OBSERVATIONS = (SUBMISSION, CORRECTION)
WITH_PERIOD = (REVIEW, LOCK, REOPEN)
WITH_REASON = (CORRECTION, REOPEN)
WITH_TEXT = (NOTE, LOCK)


def park_digest(text: str) -> str:
    """SHA-256 of a park file: of its UTF-8 bytes, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it is recorded.

    Attributes:
        kind: park, submission, correction, review, lock, reopen or note.
        authenticated: Who the system says it is.
        park_hash: SHA-256 of the park file under which it was made.
        observations: Of a submission or correction; each of a correction supersedes another.
        claimed: Who they say they are.
        source, source_hash: Name and SHA-256 of the imported file.
        facility: Facility that a review, lock, reopen or note speaks of, or that sends; "" is all.
        period: What a review, lock or reopen speaks of, and a note may.
        verdict: submitted, approved or returned, of a review.
        reason: Needed for a correction, a reopen and what is returned.
        body: The whole park file, of a park event.
        topic: handover, finding or remark, of a note.
        about: The period as people know it; of an acknowledged finding its code and id.
        text: Of a note; of a lock the gaps that were accepted, `<what> <day>` on a line.
    """

    kind: str
    authenticated: str
    park_hash: str
    observations: Sequence[Observation] = ()
    claimed: str = ""
    source: str = ""
    source_hash: str | None = None
    facility: str = ""
    period: Span | None = None
    verdict: str = ""
    reason: str = ""
    body: str = ""
    topic: str = ""
    about: str = ""
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse what no face of the program may send.

        Raises:
            ValueError: If the parts do not fit the kind.
        """
        rules = (
            ((self.kind in WITH_OBSERVATIONS) == bool(self.observations), "observations"),
            ((self.kind == PARK) == bool(self.body), "body"),
            ((self.kind == REVIEW) == bool(self.verdict), "verdict"),
            (self.kind not in WITH_PERIOD or self.period is not None, "period"),
            (self.kind not in WITH_REASON or bool(self.reason.strip()), "reason"),
            (self.verdict != RETURNED or bool(self.reason.strip()), "reason"),
            ((self.kind == NOTE) == bool(self.topic), "topic"),
            (self.topic != ACKNOWLEDGED or bool(self.about), "about"),
            (not self.text or self.kind in WITH_TEXT, "text"),
            (self.topic not in {HANDOVER, REMARK} or bool(self.text.strip()), "text"),
            (self.kind != PARK or self.park_hash == park_digest(self.body), "park_hash"),
            (
                all(
                    (item.supersedes is not None) == (self.kind == CORRECTION)
                    for item in self.observations
                ),
                "supersedes",
            ),
        )
        if wrong := [name for holds, name in rules if not holds]:
            raise ValueError(f"a {self.kind} event with the wrong {', '.join(wrong)}")


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it is recorded; `flows.store.tables.EventRow` says what the fields mean."""

    seq: int
    kind: str
    recorded_at: int
    authenticated: str
    claimed: str
    park_hash: str
    source: str
    source_hash: str | None
    facility: str
    period_start: int | None
    period_end: int | None
    verdict: str
    reason: str
    rows: int
    body: str
    previous_hash: str
    hash: str
    topic: str = ""
    about: str = ""
    text: str = ""

    @property
    def by(self) -> str:
        """Who it was: as they said, else as the system said."""
        return self.claimed or self.authenticated

    @property
    def head(self) -> str:
        """`DIGEST@SEQ`, what a report prints and an audit is held against."""
        return f"{self.hash}@{self.seq}"
