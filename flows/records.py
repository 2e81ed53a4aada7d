"""Observations: what an instrument or a person said; recorded, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What an observation says; a value, a stated zero and a missing reading are three things.

    REGISTER is the reading of a counter at an instant; amounts between two of them are results.
    WITHDRAWN supersedes an entry that should not exist (a ticket typed twice).
    """

    VALUE = "value"
    ZERO = "zero"
    MISSING = "missing"
    REGISTER = "register"
    WITHDRAWN = "withdrawn"


class Quality(StrEnum):
    """How a number came about."""

    WEIGHED = "weighed"
    METERED = "metered"
    STORED_TARE = "stored-tare"
    ESTIMATED = "estimated"
    CARRIED_OVER = "carried-over"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Observation:
    """An amount over [start, end), a level or sample at an instant (start == end), or a register.

    Attributes:
        what: Flow id, `stock:<process>`, `<flow>.<property>` or `context:<name>`.
        kind: Code of the kind of the value (`units.KINDS`).
        day: Operating day (proleptic ordinal) in which the span begins; an instant belongs to
            the day that it ends.
        start, end: Seconds since 1970-01-01 UTC.
        state: What is said; only VALUE has a value, ZERO has 0.0, REGISTER has `register`.
        value: In the canonical unit of the kind, or None.
        sigma: One standard deviation of this reading as stated by who entered it, or None:
            then the device's or the flow's default holds.
        typed, typed_unit: The operator's own text and unit, kept for ever.
        register: Counter reading in the counter's own unit.
        ticket: Number of a weighbridge ticket; tickets of one flow and day add up.
        cause: Why a value is missing, estimated or outside its usual range.
        flag: Code of the finding with which it was taken all the same (`entry-unlikely`), or "".
        origin: `file:row` it was read from, or "".
        supersedes: Id of the observation that it replaces, or None.
        id, seq: Given by the ledger; 0 before.
        facility: Facility whose people answer for it, or "" for the park's own.
    """

    what: str
    kind: str
    day: int
    start: int
    end: int
    state: State = State.VALUE
    value: float | None = None
    sigma: float | None = None
    typed: str = ""
    typed_unit: str = ""
    device: str = ""
    quality: Quality = Quality.METERED
    register: float | None = None
    ticket: str = ""
    cause: str = ""
    flag: str = ""
    note: str = ""
    origin: str = ""
    supersedes: int | None = None
    id: int = 0
    seq: int = 0
    facility: str = ""
