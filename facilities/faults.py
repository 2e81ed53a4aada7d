"""Faults planted in a synthetic log, each with where it can be seen and why, or why nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.findings import finding
from flows.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from facilities.logbook import Logbook
    from facilities.scenario import Fault


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A fault that was planted, with its truth.

    Attributes:
        kind: One of `facilities.scenario.FAULTS`.
        where: Flow, stock or process that it was planted in; two flows with `/` where swapped.
        first, last: Days, ISO, both included.
        size: What was done.
        visible_at: Processes whose balance it opens; none where nothing can show it.
        reason: Code of why it can be seen there, or why nowhere.
    """

    kind: str
    where: str
    first: str
    last: str
    size: str
    visible_at: tuple[str, ...] = ()
    reason: str = ""


def within(faults: Sequence[Fault], days: Sequence[date]) -> tuple[Fault, ...]:
    """Those whose days all lie among some days."""
    return tuple(fault for fault in faults if days[0] <= fault.first and fault.last <= days[-1])


def plant(log: Logbook, faults: Sequence[Fault]) -> tuple[PlantedFault, ...]:
    """Spoil what is said; a leak is part of the truth, and only told here.

    Raises:
        Refused: `simulated-negative` if more went unlogged than there was.
    """
    planted = []
    for fault in faults:
        size = fault.said
        if fault.kind != "leak":
            if fault.of not in log.said or (fault.other and fault.other not in log.said):
                continue
            size = _spoil(log, fault) or size
        where = f"{fault.of}/{fault.other}" if fault.other else fault.of
        planted.append(
            PlantedFault(
                fault.kind, where, fault.first.isoformat(), fault.last.isoformat(), size,
                fault.visible_at, fault.reason,
            )
        )  # fmt: skip
    return tuple(sorted(planted, key=lambda item: (item.first, item.where)))


def _spoil(log: Logbook, fault: Fault) -> str:
    """Change the days' figures; the size as text where only now it is known."""
    said, eve = log.said[fault.of], log.first(fault.of)
    first, last = ((day - log.days[0]).days + eve for day in (fault.first, fault.last))
    unit = KINDS[log.defined[fault.of].kind].unit
    places = range(first, last + 1)
    if fault.kind in ("frozen", "copied"):
        # there is no day before the first: its own figure then stays
        figure = said[max(first - 1, 0)]
        said[first : last + 1] = [figure] * len(places)
        return f"{figure:.6g} {unit}"
    if fault.kind == "swapped":
        other = log.said[fault.other]
        away = sum(abs(said[place] - other[place]) for place in places)
        for place in places:
            said[place], other[place] = other[place], said[place]
        return f"{away:.4g} {unit}"
    for place in places:
        true = said[place]
        if fault.kind == "unlogged":
            said[place] = _less(log, fault, place - eve, true)
        elif fault.kind == "drift":
            said[place] = true * (1.0 + fault.size * (place - first + 1) / len(places))
        else:
            said[place] = true * (fault.size if fault.kind == "slip" else 1.0 + fault.size)
    return ""


def _less(log: Logbook, fault: Fault, place: int, true: float) -> float:
    if true >= fault.size:
        return true - fault.size
    raise Refused(
        finding(
            "simulated-negative", fault.of, day=log.days[place].isoformat(), count=1,
            value=true - fault.size, unit=KINDS[log.defined[fault.of].kind].unit,
        )
    )  # fmt: skip
