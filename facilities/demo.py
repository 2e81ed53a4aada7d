"""A synthetic log of a park: simulated days as its meters would have shown them, with faults."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from facilities.faults import PlantedFault, plant, take_unlogged
from facilities.meters import Draws, Meter, Sheet, digits, parts
from facilities.simulate import Simulation, simulate
from flows.conversion import to_unit
from flows.kinds import KINDS
from flows.network import Device, Flow, FlowNetwork, Stock, is_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from facilities.park import Park
    from flows.period import Period

    Floats = NDArray[np.float64]

__all__ = ["PlantedFault", "synthetic_log"]

#: Monday to Sunday: less is collected at the week's end.
_WEEK = (1.04, 1.02, 1.00, 1.00, 1.01, 0.98, 0.95)

#: Flows that come as tickets: tonnes of a load, what the number begins with, and whether the
#: plant hauls on Sundays (what it does not haul then leaves on Monday).
_TICKETS = {
    "incineration.bottom-ash": (25.0, "LZ", True),
    "incineration.fly-ash": (22.0, "FH", False),
}

#: Weekly samples: flow and property, mean in the unit of the property, relative spread.
_SAMPLES = {
    "incineration.received.lhv": (6000.0, 0.05),
    "leachate.feed.cod": (12000.0, 0.08),
}

#: Readings that nobody took: what, day of the period (from 0), and the operator's word for it.
_MISSING = (
    ("leachate.reclaimed-to-wash", 8, "水表电池失效"),
    ("leachate.sludge", 13, "地磅检修"),
)


def synthetic_log(park: Park, period: Period, seed: int) -> tuple[str, tuple[PlantedFault, ...]]:
    """A log file (long form, CSV) of every day of a period, and the faults planted in it.

    What enters follows the week and chance; everything else is simulated by the parameters of
    the facilities and so closes every balance; then each meter adds its noise and its bias. The
    same park, period and seed give the same bytes.

    Args:
        park: Its definitions of the first day hold throughout.
        period: Days; the faults need a month, and are planted as far as the days reach.
        seed: Any whole number.

    Raises:
        Refused: If what enters does not determine the rest (`system-underdetermined`).
    """
    network = park.network(period.first, design=True)
    days = [date.fromordinal(number) for number in period.ordinals]
    truth = _truth(network, days, seed)
    faults = take_unlogged(truth, days)
    _haul(truth, days)
    log = _Log(park, network, days, seed)
    log.measure(truth)
    faults += plant(log.said, days)
    for what, place, note in _MISSING:
        if what in log.said and place < len(days):
            log.said[what][place] = None
            log.notes[what, place] = note
    return log.text(), tuple(sorted(faults, key=lambda fault: (fault.first, fault.where)))


def _truth(network: FlowNetwork, days: list[date], seed: int) -> dict[str, Floats]:
    """True amounts by flow, shape (days,), and levels by stock, shape (days + 1,)."""
    count = len(days)
    determined = {item.terms[0][0] for item in network.relations}
    usual = {
        item.id: item.typical
        for item in network.flows
        if is_environment(item.source) and item.typical and item.id not in determined
    }
    steady = simulate(network, usual)
    drivers: dict[str, Floats] = {}
    for what, typical in usual.items():
        noise = np.array(Draws(seed, f"inflow {what}").walk(count, 0.04))
        week = np.array([_WEEK[day.weekday()] for day in days])
        drivers[what] = typical * (1.0 + noise) * (week if "received" in what else 1.0)
    levels: dict[str, Floats] = {}
    for stock in network.stocks:
        passing = _passing(network, steady, stock)
        level = np.array(Draws(seed, f"level {stock.id}").walk(count + 1, 0.12 * passing, 0.9))
        full = stock.maximum if np.isfinite(stock.maximum) else 10.0 * passing
        levels[stock.id] = np.clip(0.5 * full + level, 0.1 * full, 0.9 * full)
        drivers[stock.id] = np.diff(levels[stock.id])
    offsets = {
        name: scale * np.array(Draws(seed, f"share {name}").walk(count, 0.015))
        for name, scale in _scales(network, steady)
    }
    found = simulate(network, drivers, offsets=offsets)
    return {item.id: np.maximum(found.of(item.id), 0.0) for item in network.flows} | levels


def _passing(network: FlowNetwork, steady: Simulation, stock: Stock) -> float:
    """What enters a stock's process in a day, canonical unit of the stock."""
    inputs = (
        float(steady.of(item.id)[0]) * item.factor
        for item in network.flows
        if item.target == stock.process and item.layer == stock.layer
    )
    return sum(inputs) / stock.factor


def _scales(network: FlowNetwork, steady: Simulation) -> list[tuple[str, float]]:
    """Coefficients and relations by name, each with the size of what it determines."""
    shares = [
        (
            f"{item.process}>{item.flow}",
            float(steady.of(item.flow)[0]) * network.flow[item.flow].factor,
        )
        for item in network.coefficients
    ]
    return shares + [
        (item.id, float(steady.of(item.terms[0][0])[0]) * item.terms[0][1])
        for item in network.relations
    ]


def _haul(truth: dict[str, Floats], days: list[date]) -> None:
    """What is not hauled on a Sunday leaves on Monday."""
    for what, (_, _, sundays) in _TICKETS.items():
        if sundays or what not in truth:
            continue
        for place, day in enumerate(days):
            if day.weekday() == 6:
                if place + 1 < len(days):
                    truth[what][place + 1] += truth[what][place]
                truth[what][place] = 0.0


class _Log:
    """What is written down: by flow or stock, a value or None of each day, canonical unit."""

    def __init__(self, park: Park, network: FlowNetwork, days: list[date], seed: int) -> None:
        self.park = park
        self.days = days
        self.seed = seed
        self.defined: dict[str, Flow | Stock] = {
            **network.flow,
            **{item.id: item for item in network.stocks},
        }
        devices = {item.id: item for item in network.devices}
        self.meters = {
            key: Meter(item, Draws(seed, f"noise {key}"), Draws(seed, f"bias {key}").normal())
            for key, item in devices.items()
        }
        due = (*park.tour, *(key for key, item in self.defined.items() if item.device))
        self.order = [key for key in dict.fromkeys(due) if key in self.defined]
        self.said: dict[str, list[float | None]] = {}
        self.notes: dict[tuple[str, int], str] = {}

    def measure(self, truth: Mapping[str, Floats]) -> None:
        """Every reading; of stocks also the level before the first day, which stands first."""
        for what in self.order:
            item, meter = self.defined[what], self._meter(what)
            typical = item.typical if isinstance(item, Flow) else None
            loads = _TICKETS.get(what)
            self.said[what] = [
                # a load is weighed by itself, later
                float(value) if loads or not value else meter.read(float(value), typical)
                for value in truth[what]
            ]

    def text(self) -> str:
        """The file, day by day in walking order; the eve has openings of stocks and counters."""
        sheet = Sheet()
        counters: dict[str, float] = {}
        for place in range(-1, len(self.days)):
            day = self.days[0] + timedelta(days=place)
            for what in self.order:
                item, meter = self.defined[what], self._meter(what)
                if meter.device.rollover is not None:
                    self._count(sheet, what, place, day, counters)
                elif isinstance(item, Stock):
                    self._line(sheet, what, day, self.said[what][place + 1])
                elif place >= 0:
                    value = self.said[what][place]
                    note = self.notes.get((what, place), "")
                    if what in _TICKETS and value:
                        self._loads(sheet, what, day, value)
                    else:
                        self._line(sheet, what, day, value, note)
            if place >= 0 and day.weekday() == 2:
                self._samples(sheet, day)
        return sheet.text()

    def _meter(self, what: str) -> Meter:
        return self.meters.get(self.defined[what].device) or Meter(
            Device("", resolution=0.001), Draws(self.seed, f"noise {what}"), 0.0
        )

    def _line(
        self, sheet: Sheet, what: str, day: date, value: float | None, note: str = ""
    ) -> None:
        item = self.defined[what]
        unit, factor, decimals = self._shown(what)
        quality = "metered"
        if what not in self.park.tour:
            quality = "computed"
        elif item.kind == "mass" and isinstance(item, Flow):
            quality = "weighed"
        shown = "missing" if value is None else f"{value * factor:.{decimals}f}" if value else "0"
        sheet.add(
            what, day.isoformat(), value=shown, unit=unit, device=item.device, quality=quality,
            note=note,
        )  # fmt: skip

    def _loads(self, sheet: Sheet, what: str, day: date, value: float) -> None:
        size, prefix, _ = _TICKETS[what]
        meter = self._meter(what)
        unit, factor, decimals = self._shown(what)
        draws = Draws(self.seed, f"loads {what} {day}")
        for number, load in enumerate(parts(value, size, draws), start=1):
            shown = f"{meter.read(load) * factor:.{decimals}f}"
            ticket = f"{prefix}{day:%Y%m%d}{number:03d}"
            sheet.add(
                what, day.isoformat(), value=shown, unit=unit, device=meter.device.id,
                quality="weighed", ticket=ticket,
            )  # fmt: skip

    def _count(
        self, sheet: Sheet, what: str, place: int, day: date, counters: dict[str, float]
    ) -> None:
        device = self._meter(what).device
        start = Draws(self.seed, f"counter {what}").uniform(10_000.0, 20_000.0)
        counters[what] = (
            counters.get(what, start)
            + (self.said[what][place] or 0.0) / device.multiplier * (place >= 0)
        ) % (device.rollover or float("inf"))
        sheet.add(
            what, day.isoformat(), device=device.id, quality="metered",
            register=f"{counters[what]:.3f}",
        )  # fmt: skip

    def _samples(self, sheet: Sheet, day: date) -> None:
        for what, (mean, spread) in _SAMPLES.items():
            flow, _, name = what.rpartition(".")
            if flow in self.defined and name in self.park.properties:
                value = mean * (1.0 + Draws(self.seed, f"{what} {day}").normal(spread))
                sheet.add(
                    what, day.isoformat(), value=f"{value:.0f}",
                    unit=self.park.properties[name].unit, sigma=f"{mean * spread:.0f}",
                    quality="metered",
                )  # fmt: skip

    def _shown(self, what: str) -> tuple[str, float, int]:
        """Unit in which it is entered, units per canonical one, and decimals shown."""
        item = self.defined[what]
        unit = item.unit or KINDS[item.kind].unit
        factor = to_unit(1.0, item.kind, unit)
        return unit, factor, digits(self._meter(what).device.resolution * factor)
