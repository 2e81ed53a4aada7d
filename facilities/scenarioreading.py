"""What a scenario file may name, and how its days, factors and amounts are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facilities import reading
from facilities.park import epochs
from facilities.scenario import SHARE_NOISE, Days
from flows.contents import linear
from flows.nearest import nearest
from flows.tomltable import Table

if TYPE_CHECKING:
    from collections.abc import Collection

    from facilities.park import Park
    from flows.tomlfile import Document


class Known:
    """A document beside all that its park ever had.

    Attributes:
        drivers: Known once the drivers have been read.
        designed: Design figures by name: `process>flow`, or the id of a relation.
    """

    def __init__(self, document: Document, park: Park) -> None:
        self.root = Table(document)
        self.park = park
        networks = [park.network(day, design=True) for day in epochs(park.declared)]
        self.flows = {item.id: item for net in networks for item in net.flows}
        self.stocks = {item.process: item for net in networks for item in net.stocks}
        self.processes = {item.id for net in networks for item in net.processes}
        #: Processes at which a leak shows: their mass closes.
        self.closing = {name for net in networks for name in linear(net, "mass")}
        self.designed = {f"{item.process}>{item.flow}" for n in networks for item in n.coefficients}
        self.designed |= {item.id for net in networks for item in net.relations}
        self.densities = {item.id: item.density for net in networks for item in net.goods}
        self.meters = {item.id: item for item in park.devices}
        self.drivers: set[str] = set()
        self.share_noise = SHARE_NOISE

    def movable(self) -> set[str]:
        """What an event can scale: the rest follows, and no event reaches it."""
        return {*self.drivers, *self.designed}

    def known(self, table: Table, key: str, among: Collection[str], code: str) -> str:
        """A required name that the park knows, else ""."""
        name = table.text(key, required=True)
        if not name or name in among:
            return name
        table.report(code, key, what=name, nearest=nearest(name, among))
        return ""

    def is_flow(self, table: Table, name: str) -> bool:
        """Whether a name under `to` is that of a flow; said if not."""
        if name in self.flows:
            return True
        table.report("flow-unknown", "to", what=name, nearest=nearest(name, self.flows))
        return False

    def told(self, table: Table, key: str, *, like: str = "") -> str:
        """A flow or stock of which readings are told, of the same sort and kind as another."""
        levels = {item.id: item for item in self.stocks.values()}
        due = {*self.park.tour}
        told = {
            what: item.kind
            for group in (self.flows, levels)
            if not like or like in group
            for what, item in group.items()
            if item.device or what in due
        }
        name = self.known(table, key, told, "flow-unknown")
        if name and like in told and told[name] != told[like]:
            table.report("unit-kind", key, unit=name, kind=told[name], expected=told[like])
        return name

    def amount(self, table: Table, key: str, of: str) -> float | None:
        """An amount of a flow per day, canonical unit."""
        flow = self.flows.get(of)
        if flow is None:
            table.raw(key)
            return None
        meter = self.meters.get(flow.device)
        return reading.amount(
            table, key, flow.kind, unit=flow.unit, density=self.densities.get(flow.good),
            gas_state=meter.gas_state if meter else "",
        )  # fmt: skip

    def factors(self, table: Table, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """As many numbers >= 0 as the default has."""
        raw = table.raw(key)
        if raw is None:
            return default
        numbers = (
            [item for item in raw if type(item) in (int, float)] if isinstance(raw, list) else []
        )
        if len(numbers) != len(default) or numbers != raw or min(numbers) < 0.0:
            expected = f"{len(default)} x >= 0"
            table.report("value-type", key, key=key, value=str(raw)[:60], expected=expected)
            return default
        return tuple(float(item) for item in numbers)

    def part(self, table: Table, key: str, default: float) -> float:
        """A number in [0, 1]."""
        return self.within(table, key, default, 0.0, 1.0)

    def within(self, table: Table, key: str, default: float, low: float, high: float) -> float:
        """A number in [low, high]."""
        value = table.number(key)
        if value is None:
            return default
        if low <= value <= high:
            return value
        table.report("value-range", key, key=key, value=value, low=low, high=high)
        return default

    def days(self, table: Table, *, required: bool = False) -> Days:
        """`day`, or `first` to `last`, both included."""
        single = table.day("day")
        first, last = single or table.day("first"), single or table.day("last")
        if required and (first is None or last is None):
            key = "last" if first else "first"
            table.report("key-missing", key, key=key)
        if first and last and last < first:
            table.report("span-empty", "last", start=str(first), end=str(last))
        return Days(first, last)
