"""Faults planted in a synthetic log, each with where it can be seen and why, or why nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A fault that was planted, with its truth.

    Attributes:
        kind: `bias`, `unlogged`, `frozen` or `swapped`.
        where: Flow that it was planted in; two with `/` where they were swapped.
        first, last: Days, ISO, both included.
        size: What was done.
    """

    kind: str
    where: str
    first: str
    last: str
    size: str

    @property
    def visible_at(self) -> tuple[str, ...]:
        """Processes whose balance it opens; none where nothing can show it."""
        return _EXPECTED.get(self.where, ((), ""))[0]

    @property
    def reason(self) -> str:
        """Code of why it can be seen there, or why nowhere."""
        return _EXPECTED.get(self.where, ((), ""))[1]


#: By the flow of the fault: processes whose balance shows it, and the code of the reason.
_EXPECTED: Mapping[str, tuple[tuple[str, ...], str]] = {
    # the two balances open with opposite signs, and only this meter stands in both
    "leachate.nf-permeate": (("leachate.nf", "leachate.ro"), "metered-on-both-sides"),
    # inflow, outflows and level are metered: the tank loses what nobody logged
    "leachate.reclaimed-to-district": (("leachate.permeate-tank",), "all-around-metered"),
    # the same figure every day; the tank's balance opens only where the true inflow moved
    "leachate.inflow-landfill": (("leachate.equalization",), "repeated-figure"),
    # both open by the same amount with opposite signs, as by an error of the NF permeate meter:
    # the balances alone cannot tell the two
    "leachate.nf-concentrate/leachate.ro-concentrate": (
        ("leachate.nf", "leachate.ro"),
        "like-one-meter",
    ),
    # combustion air and flue gas are not measured: no balance of the furnace can be tested
    "incineration.reagents": ((), "nothing-redundant"),
}


def take_unlogged(truth: dict[str, Floats], days: list[date]) -> list[PlantedFault]:
    """Water that tank trucks take from the permeate tank without a line in any log."""
    what, amount, first, last = "leachate.reclaimed-to-district", 45.0, 19, 21
    if what not in truth or last >= len(days):
        return []
    truth[what][first : last + 1] -= amount
    return [_fault("unlogged", what, days, first, last, f"{amount:g} m3/d")]


def plant(said: dict[str, list[float | None]], days: list[date]) -> list[PlantedFault]:
    """Faults of meters and of people, as far as the days reach."""
    faults = []
    for what, share, first, last in (
        ("leachate.nf-permeate", 0.08, 4, 13),
        ("incineration.reagents", 0.08, 2, 25),
    ):
        if what in said and last < len(days):
            for place in range(first, last + 1):
                said[what][place] = (said[what][place] or 0.0) * (1.0 + share)
            faults.append(_fault("bias", what, days, first, last, f"{share:+.0%}"))
    what, first, last = "leachate.inflow-landfill", 15, 19
    if what in said and last < len(days):
        said[what][first : last + 1] = [said[what][first - 1]] * (last - first + 1)
        size = f"{said[what][first] or 0.0:.1f} m3/d"
        faults.append(_fault("frozen", what, days, first, last, size))
    pair, place = ("leachate.nf-concentrate", "leachate.ro-concentrate"), 24
    if all(what in said for what in pair) and place < len(days):
        one, other = (said[what] for what in pair)
        one[place], other[place] = other[place], one[place]
        size = f"{abs((one[place] or 0.0) - (other[place] or 0.0)):.1f} m3"
        faults.append(_fault("swapped", "/".join(pair), days, place, place, size))
    return faults


def _fault(
    kind: str, where: str, days: list[date], first: int, last: int, size: str
) -> PlantedFault:
    return PlantedFault(kind, where, days[first].isoformat(), days[last].isoformat(), size)
