"""Definitions: what a park or a network file declares; frozen, without values or results."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

#: Everything outside the park. `environment:<name>` nodes may be drawn apart; they are one
#: ground node for every balance.
ENVIRONMENT = "environment"


def is_environment(node: str) -> bool:
    """Whether an end of a flow lies outside the park."""
    return node == ENVIRONMENT or node.startswith(ENVIRONMENT + ":")


@dataclass(frozen=True, slots=True)
class Spread:
    """A standard deviation as it was declared: absolute, or relative with a floor.

    `relative` is of max(value, typical value); `floor` and `absolute` are in the canonical unit.
    Only a declared `absolute` of 0 means exact.
    """

    absolute: float | None = None
    relative: float | None = None
    floor: float = 0.0

    def at(self, value: float, typical: float | None = None) -> float:
        """Standard deviation at a value, canonical unit, >= 0.

        A relative spread at a zero reading falls back on the typical value and the floor.
        """
        if self.absolute is not None:
            return max(self.absolute, self.floor) if self.absolute > 0.0 else 0.0
        scale = max(abs(value), abs(typical or 0.0))
        return max((self.relative or 0.0) * scale, self.floor)


@dataclass(frozen=True, slots=True)
class Validity:
    """Days [first, last_excluded) on which a definition holds; None means without end."""

    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the definition holds on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


ALWAYS = Validity()


@dataclass(frozen=True, slots=True)
class Process:
    """Transformation, transport or storage; holds no values itself.

    Attributes:
        id: Lower-case words with hyphens, `facility.process` in a park.
        names: Label by language code.
        facility: Id of the facility it belongs to, "" in a network file.
        closes: Layers that must close here; None means every conserved layer.
        splitter: All outputs have the same content.
    """

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    facility: str = ""
    closes: tuple[str, ...] | None = None
    splitter: bool = False


@dataclass(frozen=True, slots=True)
class Good:
    """What moves in a flow.

    Attributes:
        kind: Code of the kind its amounts have (`units.KINDS`).
        density: t per canonical unit of the kind (t/m3, t/Nm3); needed where kind is a volume.
        contents: Amount per tonne by layer or property, canonical units, with one sigma.
    """

    id: str
    kind: str = "mass"
    names: Mapping[str, str] = field(default_factory=dict)
    density: float | None = None
    contents: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """The scale or meter behind observations.

    Attributes:
        sigma: Of a single reading, where the reading states none.
        bias_sigma: Common to all readings of the device.
        resolution: Smallest step shown, canonical unit; sigma is at least resolution/sqrt(12).
        gas_state: Reference state of gas volumes: "0C", "20C" or "" (not declared).
        multiplier: Amount per unit of the register (CT ratio), canonical unit.
        rollover: Register value at which it starts again from 0, or None.
        day_start: Hour of the day at which its day begins, or None for the park's.
    """

    id: str
    names: Mapping[str, str] = field(default_factory=dict)
    sigma: Spread | None = None
    bias_sigma: Spread | None = None
    resolution: float = 0.0
    gas_state: str = ""
    multiplier: float = 1.0
    rollover: float | None = None
    day_start: int | None = None
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Flow:
    """One good moving from one process to one other, or across the boundary.

    Attributes:
        source, target: Process id, `environment` or `environment:<name>`.
        good: Id of its good.
        kind: Code of the kind of its amounts; the same as its good's.
        unit: Unit in which it is entered and shown; canonical where "".
        layer, factor: Layer it is an amount of, and layer unit per canonical unit of the kind.
        minimum, maximum: Bounds of its amount per day, canonical unit.
        typical: Typical amount per day, canonical unit, or None.
        device: Id of the device that measures it, or "".
        order: Place in the tour of the day; flows without one come last.
        facility: Facility whose people log it.
    """

    id: str
    source: str
    target: str
    good: str = ""
    kind: str = "mass"
    names: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    layer: str = "mass"
    factor: float = 1.0
    minimum: float = 0.0
    maximum: float = math.inf
    typical: float | None = None
    sigma: Spread | None = None
    device: str = ""
    order: int | None = None
    facility: str = ""
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Stock:
    """What a process holds; its change closes the balance of a span.

    Amounts are in the canonical unit of `kind`; `factor` turns them into the layer's unit.
    """

    process: str
    kind: str = "mass"
    unit: str = ""
    layer: str = "mass"
    factor: float = 1.0
    minimum: float = 0.0
    maximum: float = math.inf
    sigma: Spread | None = None
    device: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name in log files and results."""
        return f"stock:{self.process}"


@dataclass(frozen=True, slots=True)
class TransferCoefficient:
    """Share of all that enters `process` (of a layer) that leaves by `flow`; 0 to 1."""

    process: str
    flow: str
    value: float
    sigma: float = 0.0
    bias_sigma: float = 0.0
    layer: str = "mass"


@dataclass(frozen=True, slots=True)
class Relation:
    """sum(factor * term) = value, with one standard deviation; 0 is exact.

    A term is a flow, `stock:<process>` (the change of a stock), `<flow>.<layer>` (the content of a
    flow), `<flow>:<layer>` (what it carries) or `stock:<process>.<layer>`. Factors are per
    canonical unit of each term.
    """

    id: str
    terms: tuple[tuple[str, float], ...]
    value: float = 0.0
    sigma: float = 0.0


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation coefficient between the chance errors of two readings.

    Each is the first one of a flow, of `stock:<process>` or of a content `<flow>.<layer>`, or by
    `#2`, `#3` behind that a further one of it, in the order in which they are given.
    """

    first: str
    second: str
    value: float


@dataclass(frozen=True)
class FlowNetwork:
    """All definitions of one network at one moment, in the order in which they were declared."""

    name: str = ""
    layers: tuple[str, ...] = ("mass",)
    sum_to_one: tuple[str, ...] = ()
    processes: tuple[Process, ...] = ()
    flows: tuple[Flow, ...] = ()
    goods: tuple[Good, ...] = ()
    devices: tuple[Device, ...] = ()
    stocks: tuple[Stock, ...] = ()
    coefficients: tuple[TransferCoefficient, ...] = ()
    relations: tuple[Relation, ...] = ()
    correlations: tuple[Correlation, ...] = ()

    @cached_property
    def process(self) -> dict[str, Process]:
        """Processes by id."""
        return {item.id: item for item in self.processes}

    @cached_property
    def flow(self) -> dict[str, Flow]:
        """Flows by id."""
        return {item.id: item for item in self.flows}

    @cached_property
    def good(self) -> dict[str, Good]:
        """Goods by id."""
        return {item.id: item for item in self.goods}

    @cached_property
    def device(self) -> dict[str, Device]:
        """Devices by id."""
        return {item.id: item for item in self.devices}

    @cached_property
    def stock(self) -> dict[str, Stock]:
        """Stocks by the process that holds them."""
        return {item.process: item for item in self.stocks}
