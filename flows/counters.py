"""Counters: amounts between register readings, with rollover, drops and exchanged meters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.network import Device
    from flows.rows import Rows

#: A counter that turned over advanced by less than this share of its range; more is a drop.
ROLLOVER_SHARE = 0.5


class Meters:
    """Definitions of devices by id; one that was exchanged under its id has several."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._by_id: dict[str, list[Device]] = {}
        for item in devices:
            self._by_id.setdefault(item.id, []).append(item)

    def all(self, name: str) -> Sequence[Device]:
        """Every definition of a device."""
        return self._by_id.get(name, ())

    def at(self, name: str, day: int) -> Device | None:
        """The definition that holds on a day (ordinal), else the last one, else None."""
        known = self.all(name)
        moment = date.fromordinal(day)
        valid = (item for item in known if item.validity.holds(moment))
        return next(valid, known[-1] if known else None)

    def series(self, own: str, among: Sequence[str]) -> tuple[str, ...]:
        """The devices that read a flow one after the other: its own, and those before or after it.

        Two devices in force on the same day are two measurements, not one series.

        Args:
            own: The flow's device; it leads the series even where it has read nothing.
            among: Devices that have read the flow.
        """
        found = [own]
        for name in among:
            apart = self.all(name) and self.all(own)
            if name != own and apart and not any(self._together(name, one) for one in found):
                found.append(name)
        return tuple(found)

    def _together(self, first: str, second: str) -> bool:
        return any(
            (a.valid_from is None or b.valid_to is None or a.valid_from < b.valid_to)
            and (b.valid_from is None or a.valid_to is None or b.valid_from < a.valid_to)
            for a in (item.validity for item in self.all(first))
            for b in (item.validity for item in self.all(second))
        )

    def split(
        self, name: str, days: NDArray[np.int64]
    ) -> Iterator[tuple[Device | None, NDArray[np.int64]]]:
        """Each definition with the places of the days on which it holds, all days once."""
        known = self.all(name)
        left = np.ones(len(days), np.bool_)
        for item in known:
            holds = left.copy()
            if item.validity.valid_from:
                holds &= days >= item.validity.valid_from.toordinal()
            if item.validity.valid_to:
                holds &= days < item.validity.valid_to.toordinal()
            left &= ~holds
            if holds.any():
                yield item, np.flatnonzero(holds)
        if left.any():
            yield (known[-1] if known else None), np.flatnonzero(left)


def groups(
    subject: NDArray[np.int64], device: NDArray[np.int64]
) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
    """Places of the rows of each pair of subject and device, in their order."""
    if not len(subject):
        return
    width = int(device.max()) + 2
    codes = subject * width + device + 1
    order = np.argsort(codes, kind="stable")
    cuts = np.flatnonzero(np.diff(codes[order])) + 1
    for own in np.split(order, cuts):
        yield int(subject[own[0]]), int(device[own[0]]), own


def advance(earlier: float, later: float, rollover: float | None) -> float | None:
    """How far a counter went between two readings, in its own unit; None where it dropped."""
    delta = later - earlier
    if delta < 0.0 and rollover is not None:
        delta += rollover
        return delta if 0.0 <= delta < ROLLOVER_SHARE * rollover else None
    return delta if delta >= 0.0 else None


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Amounts between counter readings, all arrays of length n.

    Attributes:
        subject, device: Codes as in the rows.
        day: Operating day that the later reading ends.
        start, end: Instants of the two readings.
        amount: Canonical unit, NaN after a drop.
        sigma: Of both readings together where they state one, else NaN.
        id, before: Ids of the later and the earlier reading.
    """

    subject: NDArray[np.int64]
    device: NDArray[np.int64]
    day: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    amount: NDArray[np.float64]
    sigma: NDArray[np.float64]
    id: NDArray[np.int64]
    before: NDArray[np.int64]


def differences(counters: Rows, meters: Meters) -> tuple[Differences, tuple[Finding, ...]]:
    """Difference the readings of each subject and device in the order of their instants.

    Args:
        counters: Effective rows of the state REGISTER.
        meters: Multipliers and rollovers; a device that is not defined has 1 and none.

    Returns:
        The amounts, and a finding `register-drop` for each drop.
    """
    found: list[Finding] = []
    earlier_parts, later_parts, amount_parts = [], [], []
    for _, device, places in groups(counters.subject, counters.device):
        own = places[np.argsort(counters.end[places], kind="stable")]
        earlier, later = own[:-1], own[1:]
        apart = counters.end[later] > counters.end[earlier]
        earlier, later = earlier[apart], later[apart]
        delta = counters.register[later] - counters.register[earlier]
        name = counters.devices[device] if device >= 0 else ""
        amount = np.full(len(delta), math.nan)
        for meter, at in meters.split(name, counters.day[later]):
            steps = delta[at]
            if meter is not None and meter.rollover is not None:
                turned = steps < 0.0
                steps[turned] += meter.rollover
                steps[turned & (steps >= ROLLOVER_SHARE * meter.rollover)] = -1.0
            factor = meter.multiplier if meter is not None else 1.0
            amount[at] = np.where(steps >= 0.0, steps * factor, math.nan)
        found += [
            finding(
                "register-drop",
                counters.subjects[int(counters.subject[last])].what,
                device=name,
                day=date.fromordinal(int(counters.day[last])).isoformat(),
                previous=float(counters.register[first]),
                value=float(counters.register[last]),
            )
            for first, last in zip(earlier[np.isnan(amount)], later[np.isnan(amount)], strict=True)
        ]
        earlier_parts.append(earlier)
        later_parts.append(later)
        amount_parts.append(amount)
    first, last = _joined(earlier_parts), _joined(later_parts)
    return Differences(
        counters.subject[last],
        counters.device[last],
        counters.day[last],
        counters.end[first],
        counters.end[last],
        np.concatenate([np.zeros(0), *amount_parts]),
        np.hypot(counters.sigma[first], counters.sigma[last]),
        counters.id[last],
        counters.id[first],
    ), tuple(found)


def _joined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(0, np.int64), *parts])
