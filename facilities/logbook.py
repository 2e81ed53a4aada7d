"""What is written down of a made-up year: readings of meters, tickets, counters, stocktakes."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from facilities.meters import Draws, Meter, Sheet, digits, parts
from flows.conversion import unit_factor
from flows.kinds import KINDS
from flows.network import Device, Flow, Stock
from flows.readings import ASSUMED
from flows.records import Quality

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from facilities.park import Park
    from facilities.scenario import Samples, Scenario, Tickets
    from facilities.truth import Truth

    Floats = NDArray[np.float64]

#: Registers of counters stand at about this much when the log begins.
_COUNTERS = (10_000.0, 20_000.0)


class Logbook:
    """A value of each day by flow, and of each day and the eve by stock; canonical units.

    Attributes:
        said: Shape (days,) of a flow, (days + 1,) of a stock, whose first is of the eve.
    """

    def __init__(self, park: Park, scenario: Scenario, truth: Truth, seed: int) -> None:
        """Every reading as its meter gives it; nothing is wrong with it yet."""
        self.park, self.scenario, self.days, self.seed = park, scenario, truth.days, seed
        self.networks = [park.network(day) for day in truth.days]
        self.defined: dict[str, Flow | Stock] = {}
        for network in {id(item): item for item in self.networks}.values():
            self.defined |= network.flow | {item.id: item for item in network.stocks}
        self.tickets = {item.of: item for item in scenario.tickets}
        self.levels = {f"stock:{item.process}": item for item in scenario.levels}
        self.meters: dict[tuple[str, date | None], Meter] = {}
        due = (*park.tour, *(what for what, item in self.defined.items() if item.device))
        self.order = [what for what in dict.fromkeys(due) if what in self.defined]
        self.said: dict[str, list[float]] = {}
        self.notes: dict[tuple[str, int], str] = {}
        self.unread: set[tuple[str, int]] = set()
        self.qualities: dict[tuple[str, int], Quality] = {}
        # levels are moved by what waits; the truth stays as it was
        amounts = {**truth.flows, **{what: level.copy() for what, level in truth.levels.items()}}
        self._haul(amounts)
        for what in self.order:
            self.said[what] = list(self._read(what, amounts[what]))
        self._mark()
        self._leave_gaps()

    def first(self, what: str) -> int:
        """Place of the first day in what is said of it: stocks begin with the eve."""
        return int(isinstance(self.defined[what], Stock))

    def text(self) -> str:
        """The file, day by day in walking order; the eve has openings of stocks and counters."""
        sheet = Sheet()
        counters: dict[tuple[str, str], float] = {}
        samples = {of: list(taken) for of, taken in self._sampled()}
        for place in range(-1, len(self.days)):
            day = self.days[0] + timedelta(days=place)
            for what in self.order:
                if isinstance(self.defined[what], Stock):
                    self._stocktake(sheet, what, place, day)
                elif self._meter(what, max(place, 0)).device.rollover is not None:
                    self._count(sheet, what, place, day, counters)
                elif place >= 0:
                    self._amount(sheet, what, place, day)
            for taken in samples.values():
                while taken and taken[0][0] == place:
                    sheet.rows.append(taken.pop(0)[1])
            if place >= 0 and (day + timedelta(days=1)).day == 1:
                self._figures(sheet, day)
        return sheet.text()

    def _haul(self, amounts: dict[str, Floats]) -> None:
        """What is not hauled on a day leaves on the next that is; yards are cleared at month's end.

        A stock at either end holds, or still lacks, what waits.
        """
        for item in self.scenario.tickets:
            if len(item.weekdays) == 7 or item.of not in self.defined:
                continue
            flow = self.defined[item.of]
            hauled, waiting = amounts[item.of].copy(), 0.0
            for place, day in enumerate(self.days):
                there = waiting + float(amounts[item.of][place])
                goes = day.weekday() in item.weekdays or (day + timedelta(days=1)).day == 1
                hauled[place] = there if goes else 0.0
                waiting = 0.0 if goes else there
                if isinstance(flow, Flow):
                    self._hold(amounts, flow, place, waiting)
            amounts[item.of] = hauled

    def _hold(self, amounts: dict[str, Floats], flow: Flow, place: int, waiting: float) -> None:
        network = self.networks[place]
        for end, sign in ((flow.source, 1.0), (flow.target, -1.0)):
            stock = network.stock.get(end)
            if stock and stock.layer == flow.layer:
                levels = amounts[stock.id]
                levels[place + 1] += sign * waiting * flow.factor / stock.factor

    def _read(self, what: str, values: Floats) -> Iterator[float]:
        item = self.defined[what]
        typical = item.typical if isinstance(item, Flow) else None
        eve = self.first(what)
        for place, value in enumerate(values.tolist()):
            if what in self.tickets or not value:
                yield value  # a load is weighed by itself, later
            else:
                yield self._meter(what, max(place - eve, 0)).read(value, typical)

    def _meter(self, what: str, place: int) -> Meter:
        """The device in force that day, with the bias that it has for ever."""
        network = self.networks[place]
        item = network.flow.get(what) or network.stock.get(what.removeprefix("stock:"))
        device = network.device.get(item.device) if item and item.device else None
        since = device.validity.valid_from if device else None
        if (what, since) not in self.meters:
            usual = self.defined[what].sigma or ASSUMED
            if device is None:
                device = Device("", sigma=usual, resolution=0.001)
            elif device.sigma is None:
                device = replace(device, sigma=usual)
            # flows over one device share its bias, and nothing else
            bias = Draws(self.seed, f"bias {device.id or what} {since or ''}").normal()
            noise = Draws(self.seed, f"noise {what} {since or ''}")
            self.meters[what, since] = Meter(device, noise, bias)
        return self.meters[what, since]

    def _mark(self) -> None:
        for mark in self.scenario.marks:
            for place, day in enumerate(self.days):
                if mark.days.holds(day) and mark.of in self.said:
                    self.qualities[mark.of, place] = mark.quality
                    if mark.note:
                        self.notes[mark.of, place] = mark.note

    def _leave_gaps(self) -> None:
        for gap in self.scenario.gaps:
            for place, day in enumerate(self.days):
                if gap.days.holds(day) and gap.of in self.said:
                    self.unread.add((gap.of, place))
                    self.notes[gap.of, place] = gap.note

    def _stocktake(self, sheet: Sheet, what: str, place: int, day: date) -> None:
        level = self.levels.get(what)
        if level and not _due(day, level.every):
            return
        self._line(sheet, what, place, day, self.said[what][place + 1])

    def _amount(self, sheet: Sheet, what: str, place: int, day: date) -> None:
        if what not in self.networks[place].flow:
            return
        value = self.said[what][place]
        tickets = self.tickets.get(what)
        if tickets and value and (what, place) not in self.unread:
            self._loads(sheet, tickets, place, day, value)
        else:
            self._line(sheet, what, place, day, value)

    def _line(self, sheet: Sheet, what: str, place: int, day: date, value: float | None) -> None:
        item, meter = self.defined[what], self._meter(what, max(place, 0))
        unit, factor, decimals = self._shown(what, meter)
        if value is None or (what, place) in self.unread:
            shown = "missing"
        else:
            shown = f"{value * factor:.{decimals}f}" if value else "0"
        sheet.add(
            what, day.isoformat(), value=shown, unit=unit, device=meter.device.id,
            quality=self._quality(item, what, place), note=self.notes.get((what, place), ""),
        )  # fmt: skip

    def _quality(self, item: Flow | Stock, what: str, place: int) -> str:
        weighed = item.kind == "mass" and isinstance(item, Flow)
        usual = Quality.WEIGHED if weighed else Quality.METERED
        return str(self.qualities.get((what, place), usual))

    def _loads(self, sheet: Sheet, tickets: Tickets, place: int, day: date, value: float) -> None:
        what = tickets.of
        meter = self._meter(what, place)
        unit, factor, decimals = self._shown(what, meter)
        draws = Draws(self.seed, f"loads {what} {day}")
        for number, load in enumerate(parts(value, tickets.load, draws), start=1):
            sheet.add(
                what, day.isoformat(), value=f"{meter.read(load) * factor:.{decimals}f}",
                unit=unit, device=meter.device.id,
                quality=self._quality(self.defined[what], what, place),
                ticket=f"{tickets.prefix}{day:%Y%m%d}{number:03d}",
                note=self.notes.get((what, place), ""),
            )  # fmt: skip

    def _count(
        self, sheet: Sheet, what: str, place: int, day: date, counters: dict[tuple[str, str], float]
    ) -> None:
        """A counter runs on through days on which nobody reads it; a new one is read on its eve."""
        if what not in self.networks[max(place, 0)].flow:
            return
        device = self._meter(what, max(place, 0)).device
        own = what, device.id
        if own not in counters:
            counters[own] = self._opening(device)
        amount = self.said[what][place] / device.multiplier if place >= 0 else 0.0
        counters[own] = (counters[own] + amount) % (device.rollover or math.inf)
        if (what, place) in self.unread:
            self._line(sheet, what, place, day, None)
        else:
            self._register(sheet, what, place, day, device.id, counters[own])
        if 0 <= place < len(self.days) - 1:
            new = self._meter(what, place + 1).device
            if new.id != device.id and new.rollover is not None:
                counters[what, new.id] = self._opening(new)
                self._register(sheet, what, place, day, new.id, counters[what, new.id])

    def _opening(self, device: Device) -> float:
        """At which a counter stands when the log begins, in its own unit."""
        start = Draws(self.seed, f"counter {device.id}").uniform(*_COUNTERS)
        return start % (device.rollover or math.inf)

    def _register(
        self, sheet: Sheet, what: str, place: int, day: date, device: str, value: float
    ) -> None:
        sheet.add(
            what, day.isoformat(), device=device,
            quality=self._quality(self.defined[what], what, place),
            register=f"{value:.3f}", note=self.notes.get((what, place), ""),
        )  # fmt: skip

    def _sampled(self) -> Iterator[tuple[str, list[tuple[int, dict[str, str]]]]]:
        """Laboratory figures at irregular days: place of the day, and the row."""
        for item in self.scenario.samples:
            draws = Draws(self.seed, f"sample {item.of}")
            world = Draws(self.scenario.world, f"quality {item.of}")
            varying = world.walk(len(self.days), item.spread, 0.9)
            place, taken = math.floor(draws.uniform(0, item.every[1])), []
            while place < len(self.days):
                taken.append((place, self._sample(item, place, varying[place], draws)))
                place += math.floor(draws.uniform(item.every[0], item.every[1] + 1))
            yield item.of, taken

    def _sample(self, item: Samples, place: int, away: float, draws: Draws) -> dict[str, str]:
        day = self.days[place]
        true = item.mean * item.months[day.month - 1] * (1.0 + away)
        decimals = max(0, 3 - math.floor(math.log10(abs(item.mean))))
        value = max(true * (1.0 + draws.normal(item.sigma)), 0.0)
        return {
            "what": item.of, "day": day.isoformat(), "value": f"{value:.{decimals}f}",
            "unit": self.park.properties[item.of.rpartition(".")[2]].unit,
            "sigma": f"{value * item.sigma:.{decimals}f}", "quality": Quality.METERED,
        }  # fmt: skip

    def _figures(self, sheet: Sheet, last: date) -> None:
        units = {item.id: item.unit for item in self.park.contexts}
        for item in self.scenario.figures:
            noise = Draws(self.scenario.world, f"context {item.of} {last:%Y-%m}").normal(item.noise)
            value = item.value * item.months[last.month - 1] * (1.0 + noise)
            first, after = last.replace(day=1), last + timedelta(days=1)
            if first >= self.days[0]:
                sheet.add(
                    f"context:{item.of}", "", start=first.isoformat(), end=after.isoformat(),
                    value=f"{value:.6g}", unit=units[item.of], quality=Quality.ESTIMATED,
                )  # fmt: skip

    def _shown(self, what: str, meter: Meter) -> tuple[str, float, int]:
        """Unit in which it is entered, units per canonical one, and decimals shown."""
        item = self.defined[what]
        unit = item.unit or KINDS[item.kind].unit
        factor = 1.0
        if unit != KINDS[item.kind].unit:
            goods = self.networks[0].good
            good = goods.get(item.good) if isinstance(item, Flow) else None
            factor = 1.0 / unit_factor(unit, item.kind, density=good.density if good else None)
        return unit, factor, digits(meter.device.resolution * factor)


def _due(day: date, every: str) -> bool:
    """Whether a level is looked at on the evening of a day."""
    tomorrow = day + timedelta(days=1)
    if every == "day":
        return True
    return tomorrow.day == 1 and (every == "month" or tomorrow.month in (1, 4, 7, 10))
