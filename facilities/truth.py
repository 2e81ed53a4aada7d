"""The truth of a made-up year: drivers, seasons and levels by chance, all else as it follows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from facilities.meters import Draws
from facilities.scenario import Level, Share
from facilities.simulate import Simulation, simulate
from flows.errors import Refused
from flows.findings import finding
from flows.kinds import KINDS
from flows.network import FlowNetwork, Relation, Stock

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from facilities.park import Park
    from facilities.scenario import Driver, Event, Fault, Scenario

    Floats = NDArray[np.float64]

#: What rounding of the solution can leave below zero, relative to the flow's own size.
_ROUNDING = 1e-9

_YEAR = 365.0


@dataclass(frozen=True, eq=False)
class Truth:
    """What really happened, canonical unit of each kind.

    Attributes:
        days: Operating days, consecutive.
        flows: By id, shape (days,).
        levels: By `stock:<process>`, shape (days + 1,); the first is of the eve.
        losses: What leaked, by process, tonnes a day, shape (days,).
    """

    days: tuple[date, ...]
    flows: dict[str, Floats]
    levels: dict[str, Floats]
    losses: dict[str, Floats] = field(default_factory=dict)


def truth(
    park: Park, scenario: Scenario, days: tuple[date, ...], leaks: tuple[Fault, ...] = ()
) -> Truth:
    """Simulate the days of a scenario; every balance closes, but for what leaks.

    A day's design figures are the facilities' own, times month and event (these change the
    equations, so days with the same ones are solved together), times 1 + noise. The noise enters
    as an offset on the right side, of the size that the figure determines on that very day.

    Raises:
        Refused: `simulated-negative` for each flow or level that the scenario would drive below
            its bound; `system-underdetermined` and the like if it does not determine the rest.
    """
    made = _Year(park, scenario, days)
    flows, losses = made.flows(leaks)
    _refuse_negative(made.stretches, days, flows)
    return Truth(days, flows, made.levels, losses)


class _Year:
    """Drivers, levels and shares of all days, drawn once."""

    def __init__(self, park: Park, scenario: Scenario, days: tuple[date, ...]) -> None:
        self.scenario = scenario
        self.days = days
        known = {id(net): net for net in (park.network(day, design=True) for day in days)}
        # one object for all days of a stretch, by which they are grouped later
        worked = {key: _worked(net, scenario) for key, net in known.items()}
        self.networks = [worked[id(park.network(day, design=True))] for day in days]
        self.stretches = tuple({id(item): item for item in self.networks}.values())
        self.places = {day: place for place, day in enumerate(days)}
        self.drivers = self._drivers()
        self.factors = self._factors()
        self._diverted()
        self.levels = self._levels()

    def _draws(self, purpose: str) -> Draws:
        return Draws(self.scenario.world, purpose)

    def _drivers(self) -> dict[str, Floats]:
        stated = {item.of: item for item in self.scenario.drivers}
        typical = {
            item.id: item.typical or 0.0
            for network in self.stretches
            for item in network.flows
            if item.id in stated
        }
        return {of: self._series(stated[of], usual) for of, usual in typical.items()}

    def _series(self, driver: Driver, usual: float) -> Floats:
        mean = usual if driver.mean is None else driver.mean
        walk = self._draws(f"inflow {driver.of}").walk(len(self.days), driver.noise, driver.memory)
        ages = np.array([(day - self.scenario.first).days for day in self.days]) / _YEAR
        week = np.array([driver.week[day.weekday()] for day in self.days])
        months = np.array([driver.months[day.month - 1] for day in self.days])
        return np.asarray(
            mean * week * months * (1.0 + driver.trend) ** ages * (1.0 + np.array(walk))
        )

    def _diverted(self) -> None:
        """Events on drivers; what one loses another may get."""
        for event in self.scenario.events:
            if event.of not in self.drivers:
                continue
            places = self._when(event)
            before = self.drivers[event.of][places]
            self.drivers[event.of][places] = before * event.factor
            if event.to:
                self.drivers[event.to][places] += before * (1.0 - event.factor)

    def _when(self, event: Event) -> NDArray[np.intp]:
        return np.array([p for p, day in enumerate(self.days) if event.days.holds(day)], np.intp)

    def _factors(self) -> dict[str, Floats]:
        """By name of a design figure, its factor of each day, without noise."""
        found: dict[str, Floats] = {}
        for share in self.scenario.shares:
            found[share.of] = np.array([share.months[day.month - 1] for day in self.days])
        for event in self.scenario.events:
            if event.of not in self.drivers:
                factor = found.setdefault(event.of, np.ones(len(self.days)))
                factor[self._when(event)] *= event.factor
        return found

    def _levels(self) -> dict[str, Floats]:
        stated = {item.process: item for item in self.scenario.levels}
        found: dict[str, Floats] = {}
        for network in self.stretches:
            steady = simulate(network, self._means(network))
            for stock in network.stocks:
                if stock.id not in found:
                    level = stated.get(stock.process) or Level(stock.process)
                    found[stock.id] = self._level(stock, level, _passing(network, steady, stock))
        return found

    def _level(self, stock: Stock, level: Level, passing: float) -> Floats:
        """Of the eve and of every day; off the brim and the bottom."""
        full = stock.maximum if np.isfinite(stock.maximum) else 10.0 * passing
        mean = 0.5 * full if level.mean is None else level.mean
        spread = 0.12 * passing if level.spread is None else level.spread
        walk = self._draws(f"level {stock.id}").walk(len(self.days) + 1, spread, level.memory)
        # its change is taken after this, so no balance is broken
        return np.clip(mean + np.array(walk), 0.02 * mean, max(0.95 * full, mean))

    def _means(self, network: FlowNetwork) -> dict[str, float]:
        return {of: float(v.mean()) for of, v in self.drivers.items() if of in network.flow}

    def flows(self, leaks: tuple[Fault, ...]) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """Amounts of every flow and day, and what leaked."""
        count = len(self.days)
        noises: dict[str, Floats] = {}
        losses: dict[str, Floats] = {}
        for leak in leaks:
            lost = losses.setdefault(leak.of, np.zeros(count))
            lost[self.places[leak.first] : self.places[leak.last] + 1] += leak.size
        groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for place, network in enumerate(self.networks):
            key = (id(network), *(float(factor[place]) for factor in self.factors.values()))
            groups[key].append(place)
        flows: dict[str, Floats] = {}
        for places in groups.values():
            network = self.networks[places[0]]
            moved = _moved(network, {name: f[places[0]] for name, f in self.factors.items()})
            at = np.array(places)
            drivers = {of: value[at] for of, value in self.drivers.items() if of in network.flow}
            for stock in network.stocks:
                drivers[stock.id] = np.diff(self.levels[stock.id])[at]
            offsets = {
                f"{process} mass": lost[at] for process, lost in losses.items() if lost[at].any()
            }
            plain = simulate(moved, drivers, offsets=offsets)
            for name, size in _determined(moved, plain):
                if name not in noises:
                    noises[name] = self._noise(name)
                if np.any(size):
                    offsets[name] = size * noises[name][at]
            solved = simulate(moved, drivers, offsets=offsets)
            for item in network.flows:
                flows.setdefault(item.id, np.zeros(count))[at] = solved.of(item.id)
        return flows, losses

    def _noise(self, name: str) -> Floats:
        share = next(
            (item for item in self.scenario.shares if item.of == name),
            Share(name, noise=self.scenario.share_noise),
        )
        return np.array(
            self._draws(f"share {name}").walk(len(self.days), share.noise, share.memory)
        )


def _worked(network: FlowNetwork, scenario: Scenario) -> FlowNetwork:
    """The network with what the scenario says where the facilities leave something open.

    A design figure that a driver stands in for is gone.
    """
    replaced = {item.instead for item in scenario.drivers}
    network = replace(
        network,
        coefficients=tuple(
            item for item in network.coefficients if f"{item.process}>{item.flow}" not in replaced
        ),
        relations=tuple(item for item in network.relations if item.id not in replaced),
    )
    ratios = tuple(
        Relation(item.of, ((item.of, 1.0), *((base, -item.value) for base in item.to)))
        for item in scenario.ratios
        if item.of in network.flow
    )
    return replace(network, relations=(*network.relations, *ratios))


def _moved(network: FlowNetwork, factors: dict[str, float]) -> FlowNetwork:
    """The network with its design figures times a factor each."""
    shares = tuple(
        replace(item, value=item.value * factors.get(f"{item.process}>{item.flow}", 1.0))
        for item in network.coefficients
    )
    relations = tuple(
        _scaled(item, factors[item.id]) if item.id in factors else item
        for item in network.relations
    )
    return replace(network, coefficients=shares, relations=relations)


def _scaled(relation: Relation, factor: float) -> Relation:
    """What the first term is determined to be, times a factor."""
    first, *rest = relation.terms
    terms = (first, *((flow, weight * factor) for flow, weight in rest))
    return replace(relation, terms=terms, value=relation.value * factor)


def _determined(network: FlowNetwork, plain: Simulation) -> list[tuple[str, Floats]]:
    """Coefficients and relations by name, with the size of what each determines, every day."""
    shares = [
        (f"{item.process}>{item.flow}", plain.of(item.flow) * network.flow[item.flow].factor)
        for item in network.coefficients
    ]
    return shares + [
        (item.id, plain.of(item.terms[0][0]) * item.terms[0][1]) for item in network.relations
    ]


def _passing(network: FlowNetwork, steady: Simulation, stock: Stock) -> float:
    """What enters a stock's process in a day, canonical unit of the stock."""
    inputs = (
        float(steady.of(item.id)[0]) * item.factor
        for item in network.flows
        if item.target == stock.process and item.layer == stock.layer
    )
    return sum(inputs) / stock.factor


def _refuse_negative(
    stretches: tuple[FlowNetwork, ...], days: tuple[date, ...], flows: dict[str, Floats]
) -> None:
    """What rounding left below zero is zero; what is more is said, flow and day.

    Raises:
        Refused: `simulated-negative`.
    """
    found = []
    for what, values in flows.items():
        item = next(network.flow[what] for network in stretches if what in network.flow)
        least = min(item.minimum, 0.0)
        size = float(np.abs(values).max())
        values[(values < 0.0) & (values > -_ROUNDING * size)] = 0.0
        wrong = np.flatnonzero(values < least)
        if len(wrong):
            worst = int(wrong[np.argmin(values[wrong])])
            found.append(
                finding(
                    "simulated-negative",
                    what,
                    day=days[worst].isoformat(),
                    count=len(wrong),
                    value=float(values[worst]),
                    unit=KINDS[item.kind].unit,
                )
            )
    if found:
        raise Refused(*found)
