"""What is measured day by day: a panel as arrays of flows and stock changes with all sigmas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from flows.counters import Meters
from flows.measured import Measured

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.network import Device, FlowNetwork
    from flows.panel import LevelReading, Panel
    from flows.period import Calendar

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: A day of which less is said is not measured: a part is never taken for the whole.
WHOLE = 1.0 - 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class DayTable:
    """Measured values of D days, canonical units; NaN where there is none.

    Attributes:
        days: Ordinals, shape (D,).
        names: Flow ids, then `stock:<process>` for the change over the day; length V.
        value, sigma, bias: Shape (D, V); sigma is independent from day to day, bias is what the
            readings of one device share, one standard deviation at this value, signed.
        device: Index into `devices`, -1 for none, shape (D, V).
        panel: Where the flows come from.
        levels: Pairs of opening and closing level by (day, stock), places in `panel.levels`.
        partial: Where a flow was measured for a part of the day only, shape (D, V).
    """

    days: Ints
    names: tuple[str, ...]
    value: Floats
    sigma: Floats
    bias: Floats
    device: Ints
    devices: tuple[str, ...]
    panel: Panel
    levels: dict[tuple[int, int], tuple[int, int]]
    partial: NDArray[np.bool_]

    def observations(self, day: int, name: int) -> tuple[int, ...]:
        """Ids behind a measured value, by row and column."""
        if name < len(self.panel.whats):
            return self.panel.observations(day, name)
        places = self.levels.get((day, name), ())
        found = {each for place in places for each in self.panel.levels[place].observations}
        return tuple(sorted(found))

    def measured(self, day: int) -> list[Measured]:
        """The measured values of one day, by its row."""
        return [
            Measured(
                self.names[i],
                float(self.value[day, i]),
                float(self.sigma[day, i]),
                float(self.bias[day, i]),
                self.devices[self.device[day, i]] if self.bias[day, i] else "",
                observations=self.observations(day, int(i)),
            )
            for i in np.flatnonzero(~np.isnan(self.value[day]))
        ]


def daytable(panel: Panel, network: FlowNetwork, calendar: Calendar) -> DayTable:
    """Flows as the panel has them, and the change of each stock between two levels.

    Where several devices read a flow, the panel's choice stands alone. A stock's change needs
    a level exactly at both ends of the day.
    """
    stocks = [stock.id for stock in network.stocks]
    names = (*panel.whats, *stocks)
    shape = (len(panel.days), len(names))
    value, sigma = np.full(shape, math.nan), np.full(shape, math.nan)
    bias, device = np.zeros(shape), np.full(shape, -1, np.int64)
    flows = len(panel.whats)
    said = ~np.isnan(panel.amount)
    whole = said & (panel.coverage >= WHOLE)
    value[:, :flows] = np.where(whole, panel.amount, math.nan)
    sigma[:, :flows] = np.where(whole, panel.sigma, math.nan)
    device[:, :flows] = np.where(whole, panel.device, -1)
    meters = Meters(network.devices)
    devices = tuple(dict.fromkeys((*panel.devices, *(item.device for item in panel.levels))))
    typical = np.array([abs(network.flow[what].typical or 0.0) for what in panel.whats])
    bias[:, :flows] = biases(meters, panel, device[:, :flows], typical)
    code = {name: place for place, name in enumerate(devices)}
    levels: dict[tuple[int, int], tuple[int, int]] = {}
    partial = np.zeros(shape, np.bool_)
    partial[:, :flows] = said & ~whole
    for column, stock in enumerate(network.stocks, start=flows):
        at = boundaries(panel, calendar, stock.id, stock.device)
        for day in range(shape[0]):
            if day not in at or day + 1 not in at:
                continue
            opening, closing = at[day], at[day + 1]
            levels[day, column] = opening, closing
            pair = panel.levels[opening], panel.levels[closing]
            change = _change(meters, pair, int(panel.days[day]))
            value[day, column], sigma[day, column], bias[day, column] = change
            device[day, column] = code[pair[1].device] if change[2] else -1
    return DayTable(panel.days, names, value, sigma, bias, device, devices, panel, levels, partial)


def biases(meters: Meters, panel: Panel, device: Ints, typical: Floats) -> Floats:
    """What each amount shares with others of its device: relative of it, absolute a reading."""
    result = np.zeros(device.shape)
    for code in np.unique(device[device >= 0]).tolist():
        day, column = np.nonzero(device == code)
        for meter, some in meters.split(panel.devices[code], panel.days[day]):
            at = day[some], column[some]
            # as in `flows.measuring`: a relative spread is of no less than what is usual
            read = panel.amount[at]
            usual = np.maximum(np.abs(read), typical[at[1]] * panel.coverage[at])
            result[at] = shared(meter, np.where(read == 0.0, 0.0, usual), panel.count[at])
    return result


def shared(meter: Device | None, amount: Floats, count: Ints) -> Floats:
    """One standard deviation of what readings that add up to amounts share."""
    spread = meter.bias_sigma if meter is not None else None
    if spread is None:
        return np.zeros(len(amount))
    if spread.absolute is not None:
        return np.asarray(count * spread.at(0.0))
    return np.asarray(np.maximum((spread.relative or 0.0) * np.abs(amount), count * spread.floor))


def boundaries(panel: Panel, calendar: Calendar, stock: str, own: str) -> dict[int, int]:
    """Place in `panel.levels` of the level at each boundary 0 to D of days; the own device first.

    A level between two boundaries closes no day's balance and is left out.
    """
    days = panel.days.tolist()
    if not days:
        return {}
    instants = [calendar.instant(date.fromordinal(day)) for day in (*days, days[-1] + 1)]
    index = {instant: place for place, instant in enumerate(instants)}
    found: dict[int, int] = {}
    for place, level in enumerate(panel.levels):
        boundary = index.get(level.instant)
        if level.what != stock or boundary is None:
            continue
        if boundary not in found or (level.device == own != panel.levels[found[boundary]].device):
            found[boundary] = place
    return found


def _change(
    meters: Meters, pair: tuple[LevelReading, LevelReading], day: int
) -> tuple[float, float, float]:
    """Change, sigma and bias: an offset common to both levels falls out of their difference."""
    opening, closing = pair
    change = closing.amount - opening.amount
    sigma = math.hypot(opening.sigma, closing.sigma)
    own = [meters.at(each.device, on) for each, on in ((opening, day - 1), (closing, day))]
    if opening.device == closing.device and own[0] is own[1]:
        spread = own[0].bias_sigma if own[0] else None
        return change, sigma, (spread.relative or 0.0) * change if spread else 0.0
    one = np.ones(1, np.int64)
    parts = [
        float(shared(meter, np.array([level.amount]), one)[0])
        for meter, level in zip(own, pair, strict=True)
    ]
    return change, math.hypot(sigma, *parts), 0.0
