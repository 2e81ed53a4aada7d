"""The sheet's records: its lines, what is typed in a cell, verdicts of the checks, questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flows.findings import Finding

#: Standard remarks by the question they answer; terms of `reports.screen_terms`.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "cause": (
        "cause-not-read",
        "cause-meter-fault",
        "cause-power-cut",
        "cause-connection",
        "cause-standstill",
    ),
    "doubt": ("doubt-checked", "doubt-load", "doubt-standstill", "doubt-late", "doubt-delivery"),
    "correct": ("correct-misread", "correct-unit", "correct-digit", "correct-late"),
    "tickets": ("doubt-trucks", "doubt-more", "doubt-standstill", "doubt-delivery"),
    "note": (),
    "ticket": (),
}


@dataclass(frozen=True, slots=True)
class Counter:
    """The counter by which a line is read.

    Attributes:
        previous: What it showed last before the day, None where it was never read.
        on: Operating day of that reading.
        per_unit: Amount in the line's unit per one of the counter.
        rollover: Where it starts again from 0, or None.
        leads: Whether a bare figure is its reading; else it is the day's amount.
        before: The device that was read before this one, where it was exchanged, or "".
    """

    device: str
    previous: float | None = None
    on: str = ""
    per_unit: float = 1.0
    rollover: float | None = None
    leads: bool = True
    before: str = ""


class Ticket(NamedTuple):
    """A weighbridge ticket in the ledger: its number, its amount in the line's unit."""

    number: str
    amount: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet as park and ledger have it; amounts in `unit`.

    Attributes:
        state: `due`, or what is recorded: `value`, `zero`, `missing`, `register`, `corrected`.
        low, high, expected: Usual range and amount; shown after typing only (`expected`).
        numbers: Of the entries behind the value.
        counter: That it is read by, or None.
        tickets: Of this day, in the ledger; `adds` says whether it takes any.
    """

    what: str
    names: Mapping[str, str] = field(default_factory=dict)
    facility: str = ""
    unit: str = ""
    state: str = "due"
    value: float | None = None
    yesterday: float | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    expected: float | None = None
    note: str = ""
    numbers: tuple[int, ...] = ()
    counter: Counter | None = None
    tickets: tuple[Ticket, ...] = ()
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What was typed for a line and is not saved.

    Attributes:
        text: For the strict reader.
        state: `value`, `zero`, `missing`, or `pending`: wants a look before it can be saved.
        value: In the line's unit, as far as known.
        reason: Why an unlikely value is right, or an entry is corrected.
        flag: Code of the doubt that was confirmed.
        corrects: Number of the entry that it is to supersede, or 0.
        terms: The sum that was typed, or "".
        way: What `text` is: `amount`, `register` (what the counter shows), `ticket`; "" until
            the checks know the line.
        tickets: Numbers and texts of tickets, of which `value` is the sum.
    """

    text: str
    state: str = "pending"
    value: float | None = None
    cause: str = ""
    note: str = ""
    reason: str = ""
    flag: str = ""
    corrects: int = 0
    terms: str = ""
    way: str = ""
    tickets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say of a text: its state and value in the line's unit, and doubts."""

    state: str
    value: float | None = None
    doubts: tuple[Finding, ...] = ()


class Judge(Protocol):
    """The checks that `log` makes, for one line of the sheet."""

    def __call__(self, what: str, text: str, way: str = "amount") -> Verdict:
        """Judge a text: an amount, what a counter shows (`register`), or one `ticket`.

        Raises:
            Refused: With what is wrong with it.
        """


@dataclass(slots=True)
class Prompt:
    """A question under the sheet.

    Attributes:
        sort: Key of `CHOICES`.
        cell: What is put when it is answered.
        choices: Standard remarks in the operator's language.
    """

    sort: str
    cell: Cell
    choices: tuple[str, ...] = ()
    text: str = ""
    doubts: tuple[Finding, ...] = ()


class Told(NamedTuple):
    """A remark that is no finding: a term and its parameters."""

    term: str
    params: Mapping[str, object] = {}


def walk(places: Iterable[Sequence[str]]) -> list[str]:
    """The heading for each line of the tour: that of the line before where it fits, too.

    Args:
        places: Facilities that a line may stand under, its owner first: a flow between two plants
            is read at either, and the tour says at which.
    """
    headings: list[str] = []
    for own in places:
        first = own[0] if own else ""
        headings.append(headings[-1] if headings and headings[-1] in own else first)
    return headings
