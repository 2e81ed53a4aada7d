"""Resolving: from the `what` of a row to the definition that says what may stand there."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TypeVar

from flows.errors import Refused
from flows.findings import finding
from flows.nearest import nearest
from flows.network import ALWAYS, Device, Flow, FlowNetwork, Stock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from flows.findings import Finding

_Defined = TypeVar("_Defined", Flow, Device)

STOCK_PREFIX = "stock:"
CONTEXT_PREFIX = "context:"

#: Names looked for among the known ones, each once; of a sheet full of nonsense no more.
_MOST_GUESSES = 300
_LONGEST_NAME = 80

#: Kind of a property by its name; of a gas flow the second one holds.
PROPERTIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "lhv": ("lhv", "lhv-gas"),
        "hhv": ("hhv", "hhv-gas"),
        "density": ("concentration", "concentration-gas"),
        **dict.fromkeys(
            [
                "moisture",
                "ts",
                "vs",
                "ash",
                "fat",
                "carbon",
                "fossil-share",
                "ch4",
                "co2",
                "o2",
                "h2",
                "n2",
            ],
            ("share", "share"),
        ),
        **dict.fromkeys(
            [
                "cod",
                "bod",
                "ss",
                "tds",
                "salt",
                "chloride",
                "tn",
                "nh3-n",
                "tp",
                "nox",
                "so2",
                "hcl",
                "co",
                "dust",
                "h2s",
                "nh3",
            ],
            ("concentration", "concentration-gas"),
        ),
    }
)


class Sort(StrEnum):
    """What sort of thing an observation speaks of."""

    FLOW = "flow"
    STOCK = "stock"
    PROPERTY = "property"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Target:
    """What may stand in a row: the definition that holds on its day.

    Attributes:
        what: The permanent id, whatever name was written.
        kind: Code of the kind of the value.
        sort: Whether it is an amount over a span, a level or a sample.
        unit: Unit in which it is entered where the row says none; canonical where "".
        density: t per canonical unit of the good, or None.
        device: Device that measures it unless the row says another, or None.
        typical: Usual amount per day (flow), canonical unit, or None.
        maximum: Capacity per day (flow) or of the level (stock), canonical unit.
        signed: Whether a value below zero is meant.
        names: Label by language code.
        facility: Facility whose people answer for it.
    """

    what: str
    kind: str
    sort: Sort = Sort.FLOW
    unit: str = ""
    density: float | None = None
    device: Device | None = None
    typical: float | None = None
    maximum: float = math.inf
    signed: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    facility: str = ""

    @property
    def instant(self) -> bool:
        """Whether a day given for it means an instant, the end of that day."""
        return self.sort in {Sort.STOCK, Sort.PROPERTY}


class Resolver(Protocol):
    """Who knows what a name in a row means; a park provides one."""

    def canonical(self, text: str) -> str | None:
        """The permanent id behind an id, alias or label, or None."""

    def nearest(self, text: str) -> str:
        """The known name most like what was written, or ""."""

    def resolve(self, what: str, day: date) -> Target:
        """The definition that holds on a day.

        Raises:
            Refused: `flow-unknown`, `stock-unknown`, `property-unknown`, `context-unknown`,
                or `validity-outside` where it does not hold on that day.
        """

    def device(self, text: str, day: date) -> Device:
        """The device of this id, alias or label, as it is on a day.

        Raises:
            Refused: `device-unknown` or `validity-outside`.
        """


class NetworkResolver:
    """Resolves by the definitions of a network.

    Args:
        network: Flows, stocks, goods and devices; one id may have several definitions whose
            validities follow each other.
        aliases: What people write instead of an id, to the id.
        properties: Kinds of properties beyond `PROPERTIES`, by name.
        contexts: Kind of each context figure, by name without the prefix.
    """

    def __init__(
        self,
        network: FlowNetwork,
        aliases: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        contexts: Mapping[str, str] | None = None,
    ) -> None:
        self._network = network
        self._properties = {
            **PROPERTIES,
            **{name: (kind, kind) for name, kind in (properties or {}).items()},
        }
        self._contexts = dict(contexts or {})
        self._flows: dict[str, list[Flow]] = {}
        for flow in network.flows:
            self._flows.setdefault(flow.id, []).append(flow)
        self._devices: dict[str, list[Device]] = {}
        for device in network.devices:
            self._devices.setdefault(device.id, []).append(device)
        self._stocks = {stock.id: stock for stock in network.stocks}
        flow_names = {known: flows[-1].names for known, flows in self._flows.items()}
        stock_names = {stock.id: stock.names for stock in network.stocks}
        self._ids = _index({**flow_names, **stock_names}, aliases or {})
        device_names = {known: items[-1].names for known, items in self._devices.items()}
        self._device_ids = _index(device_names, aliases or {})
        self._fixed: dict[str, Target] = {}
        self._near: dict[tuple[str, str], str] = {}

    def canonical(self, text: str) -> str | None:
        """The permanent id behind an id, alias or label, or None."""
        text = text.strip()
        if known := self._ids.get(text):
            return known
        if text.startswith(CONTEXT_PREFIX):
            return text if text.removeprefix(CONTEXT_PREFIX) in self._contexts else None
        of, dot, name = text.rpartition(".")
        if dot and name.lower() in self._properties and (flow := self._ids.get(of)):
            return f"{flow}.{name.lower()}" if flow in self._flows else None
        return None

    def nearest(self, text: str) -> str:
        """The known name most like what was written, or ""."""
        return self._nearest("flow", text, self._ids)

    def resolve(self, what: str, day: date) -> Target:
        """The definition that holds on a day; see `Resolver`."""
        if fixed := self._fixed.get(what):
            return fixed
        known = self.canonical(what)
        if known is None:
            raise Refused(self._unknown(what.strip()))
        target, always = self._target(known, day)
        if always:
            self._fixed[what] = target
        return target

    def device(self, text: str, day: date) -> Device:
        """The device of this id, alias or label, as it is on a day; see `Resolver`."""
        known = self._device_ids.get(text.strip())
        if known is None:
            near = self._nearest("device", text, self._device_ids)
            raise Refused(finding("device-unknown", what=text.strip(), nearest=near))
        return _valid(self._devices[known], known, day)

    def _target(self, what: str, day: date) -> tuple[Target, bool]:
        if what in self._stocks:
            return self._stock(self._stocks[what], day)
        if what in self._flows:
            return self._flow(what, day)
        if what.startswith(CONTEXT_PREFIX):
            kind = self._contexts[what.removeprefix(CONTEXT_PREFIX)]
            return Target(what, kind, Sort.CONTEXT), True
        of, _, name = what.rpartition(".")
        flow, always = self._flow(of, day)
        kind = self._properties[name][flow.kind == "gas"]
        target = Target(what, kind, Sort.PROPERTY, signed=False, facility=flow.facility)
        return target, always

    def _flow(self, what: str, day: date) -> tuple[Target, bool]:
        flows = self._flows[what]
        flow = _valid(flows, what, day)
        device, always = self._own_device(flow.device, day)
        good = self._network.good.get(flow.good)
        target = Target(
            flow.id,
            flow.kind,
            Sort.FLOW,
            flow.unit,
            good.density if good else None,
            device,
            flow.typical,
            flow.maximum,
            flow.minimum < 0.0,
            flow.names,
            flow.facility,
        )
        return target, always and len(flows) == 1 and flow.validity == ALWAYS

    def _stock(self, stock: Stock, day: date) -> tuple[Target, bool]:
        device, always = self._own_device(stock.device, day)
        process = self._network.process.get(stock.process)
        target = Target(
            stock.id,
            stock.kind,
            Sort.STOCK,
            stock.unit,
            device=device,
            maximum=stock.maximum,
            signed=stock.minimum < 0.0,
            names=stock.names,
            facility=process.facility if process else "",
        )
        return target, always

    def _own_device(self, name: str, day: date) -> tuple[Device | None, bool]:
        known = self._devices.get(name, [])
        device = next((item for item in known if item.validity.holds(day)), None)
        always = len(known) < 2 and all(item.validity == ALWAYS for item in known)
        return device, always

    def _unknown(self, text: str) -> Finding:
        if text.startswith(CONTEXT_PREFIX):
            names = [CONTEXT_PREFIX + name for name in self._contexts]
            return finding("context-unknown", text, nearest=self._nearest("context", text, names))
        if text.startswith(STOCK_PREFIX):
            return finding(
                "stock-unknown", text, nearest=self._nearest("stock", text, self._stocks)
            )
        if not text:
            return finding("flow-unknown", problem="empty", what="")
        of, dot, name = text.rpartition(".")
        if dot and (flow := self._ids.get(of)) in self._flows:
            near = self._nearest("property", name, self._properties)
            return finding(
                "property-unknown",
                text,
                nearest=near and f"{flow}.{near}",
                names=", ".join(self._properties),
            )
        return finding("flow-unknown", text, nearest=self._nearest("flow", text, self._ids))

    def _nearest(self, sort: str, text: str, names: Iterable[str]) -> str:
        key = (sort, text)
        if key not in self._near:
            if len(text) > _LONGEST_NAME or len(self._near) >= _MOST_GUESSES:
                return ""
            self._near[key] = nearest(text, names)
        return self._near[key]


def meant(
    resolver: Resolver, names: tuple[str, str], day: date, *, register: bool
) -> tuple[Target, Device | None]:
    """What an entry speaks of, and the device it names or that measures it.

    The reading of a register at the end of a day is the one at the begin of the next: it may be
    the opening of a meter that is in force from then.

    Args:
        resolver: Knows the names.
        names: What, and a device or "".
        day: Operating day; of an instant the one that it ends.
        register: Whether it is the reading of a register.

    Raises:
        Refused: As the resolver; of the day itself.
    """
    what, device = names
    try:
        target = resolver.resolve(what, day)
        return target, resolver.device(device, day) if device else target.device
    except Refused as refused:
        if register and {item.code for item in refused.findings} == {"validity-outside"}:
            with suppress(Refused):
                return meant(resolver, names, day + timedelta(days=1), register=False)
        raise


def _index(names: Mapping[str, Mapping[str, str]], aliases: Mapping[str, str]) -> dict[str, str]:
    """Id by everything that may be written for it; a label that two share stands for neither."""
    labels = Counter(label for own in names.values() for label in set(own.values()))
    found = {
        label: known for known, own in names.items() for label in own.values() if labels[label] == 1
    }
    found.update({alias: known for alias, known in aliases.items() if known in names})
    found.update({known: known for known in names})
    return found


def _valid(known: list[_Defined], what: str, day: date) -> _Defined:
    for item in known:
        if item.validity.holds(day):
            return item
    spans = "; ".join(
        f"{item.validity.valid_from or ''}..{item.validity.valid_to or ''}" for item in known
    )
    raise Refused(finding("validity-outside", what, day=day.isoformat(), valid=spans))
