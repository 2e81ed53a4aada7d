"""A synthetic log of a park: simulated days as its meters would have shown them, with faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from facilities.faults import PlantedFault, plant, within
from facilities.logbook import Logbook
from facilities.truth import Truth, truth

if TYPE_CHECKING:
    from facilities.park import Park
    from facilities.scenario import Scenario
    from flows.period import Period

__all__ = ["PlantedFault", "Synthetic", "synthetic_log"]


@dataclass(frozen=True)
class Synthetic:
    """What was made up.

    Attributes:
        text: A log file, long form, CSV.
        planted: The faults in it, by their first day.
        truth: What really happened, leaks included.
    """

    text: str
    planted: tuple[PlantedFault, ...]
    truth: Truth


def synthetic_log(
    park: Park, scenario: Scenario, period: Period, seed: int, *, faults: bool = True
) -> Synthetic:
    """A log of every day of a period, and the faults planted in it.

    What enters follows season, week and chance; everything else is simulated by the parameters
    of the facilities and so closes every balance; then each meter adds its noise and its bias.
    The same park, scenario, period and seed give the same bytes.

    Args:
        park: With the definitions of each day.
        scenario: Of this park.
        period: Days; faults are planted as far as all their days lie within.
        seed: Of the meters' noise; what really happened has its own in the scenario.
        faults: Whether any are planted.

    Raises:
        Refused: If what enters does not determine the rest, or drives something below 0.
    """
    days = tuple(date.fromordinal(number) for number in period.ordinals)
    chosen = within(scenario.faults, days) if faults else ()
    happened = truth(park, scenario, days, tuple(item for item in chosen if item.kind == "leak"))
    log = Logbook(park, scenario, happened, seed)
    planted = plant(log, chosen)
    return Synthetic(log.text(), planted, happened)
