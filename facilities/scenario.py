"""What is made up of a park: the definitions of a scenario, by which a synthetic log is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from flows.records import Quality

#: Factors of twelve months that say nothing.
EVEN_YEAR = (1.0,) * 12
#: Factors of Monday to Sunday that say nothing.
EVEN_WEEK = (1.0,) * 7

#: How much a design figure or driver wanders from day to day where nothing is said, relative.
SHARE_NOISE = 0.015
DRIVER_NOISE = 0.04

#: Why a fault shows where it does, or why nowhere; each has a text in `reports.terms`.
REASONS = (
    "metered-on-both-sides",
    "all-around-metered",
    "repeated-figure",
    "like-one-meter",
    "nothing-redundant",
    "below-tolerance",
    "same-balance",
    "ten-times-off",
    "no-stocktake",
    "lost-on-the-way",
)

#: Sorts of faults; each has a text in `reports.terms`.
FAULTS = ("bias", "drift", "unlogged", "frozen", "swapped", "slip", "copied", "leak")


@dataclass(frozen=True, slots=True)
class Days:
    """Days from first to last, both included; None means without end."""

    first: date | None = None
    last: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day is among them."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Driver:
    """A flow that nothing else determines: what enters a park, and what people decide.

    Attributes:
        mean: Canonical unit per day; None is the flow's typical amount.
        week: Factors of Monday to Sunday.
        months: Factors of January to December.
        noise: Standard deviation of a day about that, relative.
        memory: Correlation of that from one day to the next.
        trend: Relative change in a year, compounded from the scenario's first day.
        instead: Design figure that it stands in for, or "".
    """

    of: str
    mean: float | None = None
    week: tuple[float, ...] = EVEN_WEEK
    months: tuple[float, ...] = EVEN_YEAR
    noise: float = DRIVER_NOISE
    memory: float = 0.7
    trend: float = 0.0
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """An outage, overhaul or holiday: a driver or design figure times `factor` on some days.

    Attributes:
        to: Driver to which what is taken from this one is diverted, or "".
    """

    of: str
    days: Days
    factor: float
    to: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """How a design figure (`process>flow`, or the id of a relation) moves with the seasons."""

    of: str
    months: tuple[float, ...] = EVEN_YEAR
    noise: float = SHARE_NOISE
    memory: float = 0.7


@dataclass(frozen=True, slots=True)
class Ratio:
    """`of` = value x the sum of `to`: what the facilities leave open, canonical units."""

    of: str
    to: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Level:
    """How a stock wanders, and when anybody looks.

    Attributes:
        mean, spread: Canonical unit; None follows from what passes through in a day.
        memory: Correlation from one day to the next.
        every: `day`, `month` or `quarter`: levels are told at the ends of these.
    """

    process: str
    mean: float | None = None
    spread: float | None = None
    memory: float = 0.9
    every: str = "day"


@dataclass(frozen=True, slots=True)
class Tickets:
    """A flow that is weighed load by load.

    Attributes:
        load: Canonical unit.
        prefix: What the numbers begin with.
        weekdays: On which it is hauled, Monday 0; the rest waits for the next.
    """

    of: str
    load: float
    prefix: str
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Samples:
    """A laboratory figure, `<flow>.<property>`.

    Attributes:
        mean: In the property's own unit.
        spread: How the thing itself varies, relative; `sigma`: how well it is analyzed, relative.
        every: Least and most days from one sample to the next.
    """

    of: str
    mean: float
    spread: float
    sigma: float
    months: tuple[float, ...] = EVEN_YEAR
    every: tuple[int, int] = (7, 7)


@dataclass(frozen=True, slots=True)
class Figure:
    """A context figure told once a month, in the context's own unit."""

    of: str
    value: float
    months: tuple[float, ...] = EVEN_YEAR
    noise: float = 0.0


@dataclass(frozen=True, slots=True)
class Gap:
    """Readings that nobody took, with the operator's word for it."""

    of: str
    days: Days
    note: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How figures of a flow come about on some days, where not weighed or metered as usual."""

    of: str
    quality: Quality
    days: Days
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault to plant, its truth, and the claim of where it shows.

    Attributes:
        kind: One of `FAULTS`.
        of: Flow, stock or, of a leak, process.
        other: The flow that it was swapped with, or "".
        size: Relative of a bias, the last day's of a drift; a ratio of a slip; amount per day of
            what was not logged or leaked, canonical unit; else 0.
        said: The size as the file has it.
        visible_at: Processes whose balance of the month it opens.
        findings: Codes that the month's findings have at `of`.
        reason: One of `REASONS`.
    """

    kind: str
    of: str
    first: date
    last: date
    size: float = 0.0
    said: str = ""
    other: str = ""
    visible_at: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Scenario:
    """A year as it might have been; the park's facilities say the rest.

    Attributes:
        park: Id of the park that it is of.
        first: Day from which trends are counted.
        world: Seed of what really happened; the meters have their own.
        seed: Seed of the meters where nobody asks for another.
    """

    park: str
    first: date
    world: int = 1
    seed: int = 1
    share_noise: float = SHARE_NOISE
    sources: tuple[str, ...] = ()
    drivers: tuple[Driver, ...] = ()
    events: tuple[Event, ...] = ()
    shares: tuple[Share, ...] = ()
    ratios: tuple[Ratio, ...] = ()
    levels: tuple[Level, ...] = ()
    tickets: tuple[Tickets, ...] = ()
    samples: tuple[Samples, ...] = ()
    figures: tuple[Figure, ...] = ()
    gaps: tuple[Gap, ...] = ()
    marks: tuple[Mark, ...] = ()
    faults: tuple[Fault, ...] = ()
