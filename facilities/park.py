"""A park: facilities, links and what is declared about them; its network on any day."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from facilities.roles import Roles
from flows.network import (
    ALWAYS,
    Device,
    Flow,
    FlowNetwork,
    Good,
    Process,
    Relation,
    Stock,
    TransferCoefficient,
    Validity,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facilities.base import FacilityKind
    from facilities.tables import Parameter
    from flows.chains import Chain
    from flows.findings import Finding
    from flows.period import Calendar
    from flows.resolve import NetworkResolver


@dataclass(frozen=True, slots=True)
class Override:
    """A parameter as the park file states it, for some days or always; unit of the default."""

    name: str
    value: float
    sigma: float | None = None
    source: str = ""
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Facility:
    """A plant of the park.

    Attributes:
        capacity: As published, a text with its unit.
        anchor: What of it is published and what is assumed.
    """

    id: str
    kind: FacilityKind
    names: Mapping[str, str] = field(default_factory=dict)
    capacity: str = ""
    owner: str = ""
    anchor: str = ""
    validity: Validity = ALWAYS
    overrides: tuple[Override, ...] = ()

    def parameters(self, day: date) -> Mapping[str, Parameter]:
        """Parameters in force on `day`: the kind's defaults with the park file's over them."""
        from dataclasses import replace

        chosen = dict(self.kind.parameters)
        for item in self.overrides:
            if item.validity.holds(day):
                default = chosen[item.name]
                chosen[item.name] = replace(
                    default,
                    value=item.value,
                    sigma=default.sigma if item.sigma is None else item.sigma,
                    source=item.source or default.source,
                )
        return chosen


@dataclass(frozen=True, slots=True)
class Link:
    """A flow that the park file makes between ports; (facility, port) where an end is a port."""

    flow: Flow
    from_port: tuple[str, str] | None = None
    to_port: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """That a device measures a flow or stock on some days."""

    device: str
    of: str
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Property:
    """A measured quality: `<flow>.<id>` in log files."""

    id: str
    kind: str
    unit: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """A figure an indicator needs that is no flow of the park: `context:<id>` in log files."""

    id: str
    kind: str
    unit: str
    names: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on a flow, property or context, as dated data; in `unit`, over `span`."""

    id: str
    of: str
    unit: str
    minimum: float | None = None
    maximum: float | None = None
    span: str = "24h"
    names: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    confidence: str = "uncertain"
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True)
class Target:
    """A figure to be reached, with its scope: a verdict is only given where that is the same.

    Attributes:
        indicator: Code of the indicator that it speaks of.
        sense: `at-least`, `at-most` or `about`.
        scope: Whom it binds: `park`, `district`, `sector` or a facility.
        status: E.g. `draft`.
    """

    id: str
    indicator: str
    value: float
    unit: str
    sense: str
    scope: str
    year: int | None = None
    status: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Declared:
    """All that a park file says about the network, each with its validity."""

    facilities: tuple[Facility, ...] = ()
    links: tuple[Link, ...] = ()
    processes: tuple[Process, ...] = ()
    flows: tuple[Flow, ...] = ()
    goods: Mapping[str, Good] = field(default_factory=dict)
    good_units: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    devices: tuple[Device, ...] = ()
    measures: tuple[Measures, ...] = ()
    stocks: tuple[Stock, ...] = ()
    coefficients: tuple[TransferCoefficient, ...] = ()
    relations: tuple[Relation, ...] = ()
    layers: tuple[str, ...] = ()
    order: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def changes(self) -> tuple[date, ...]:
        """Days on which some definition begins or ends to hold, ascending."""
        spans = (
            *(item.validity for item in self.facilities),
            *(over.validity for item in self.facilities for over in item.overrides),
            *(item.flow.validity for item in self.links),
            *(item.validity for item in self.flows),
            *(item.validity for item in self.devices),
            *(item.validity for item in self.measures),
        )
        days = {day for span in spans for day in (span.valid_from, span.valid_to) if day}
        return tuple(sorted(days))


@dataclass(frozen=True)
class Park:
    """A park as its file declares it; frozen, identified by the hash of the file.

    Attributes:
        synthetic: Its readings are made up, and every picture of them has to say so.
        sources: Where its figures come from.
        tour: What is due each day, in walking order.
        aliases: Old ids and a plant's own headers, to what they mean now.
        environment: Labels of the nodes outside.
        roles: Who may review, lock and reopen a month.
        text, hash: The file and the SHA-256 of its bytes, hexadecimal.
        findings: Warnings and notes about the file; errors would have refused it.
    """

    id: str
    names: Mapping[str, str]
    calendar: Calendar
    synthetic: bool
    declared: Declared
    sources: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    contexts: tuple[Context, ...] = ()
    chains: tuple[Chain, ...] = ()
    limits: tuple[Limit, ...] = ()
    targets: tuple[Target, ...] = ()
    tour: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    roles: Roles = field(default_factory=Roles)
    text: str = ""
    hash: str = ""
    findings: tuple[Finding, ...] = ()
    _networks: dict[tuple[int, bool], FlowNetwork] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def facilities(self) -> tuple[Facility, ...]:
        """Its plants, in the order of the file."""
        return self.declared.facilities

    @property
    def goods(self) -> Mapping[str, Good]:
        """Goods by id: those of the kinds and those of the file."""
        return self.declared.goods

    @property
    def devices(self) -> tuple[Device, ...]:
        """All devices there ever were, in the order of the file."""
        return self.declared.devices

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Kind of every flow, `stock:<process>` and `context:<id>` that ever was."""
        found: dict[str, str] = {}
        for day in epochs(self.declared):
            network = self.network(day)
            found |= {item.id: item.kind for item in network.flows}
            found |= {item.id: item.kind for item in network.stocks}
        return found | {f"context:{item.id}": item.kind for item in self.contexts}

    @cached_property
    def definitions(self) -> FlowNetwork:
        """Every definition there ever was, each with the days on which it holds.

        An id may stand there several times, with validities that follow each other: for readers
        of rows of any day, not for balances.
        """
        starts = epochs(self.declared)
        networks = [self.network(day) for day in starts]
        ends = [*starts[1:], None]
        processes = {item.id: item for network in networks for item in network.processes}
        stocks = {item.id: item for network in networks for item in network.stocks}
        return FlowNetwork(
            name=self.id,
            layers=tuple(dict.fromkeys(layer for item in networks for layer in item.layers)),
            processes=tuple(processes.values()),
            flows=_over_time(networks, [None, *starts[1:]], ends),
            goods=tuple(self.goods.values()),
            devices=self.declared.devices,
            stocks=tuple(stocks.values()),
            coefficients=self.declared.coefficients,
            relations=self.declared.relations,
        )

    def resolver(self) -> NetworkResolver:
        """What names in rows mean here, on any day."""
        from flows.resolve import NetworkResolver

        contexts = {item.id: item.kind for item in self.contexts}
        return NetworkResolver(self.definitions, self.aliases, self.property_kinds, contexts)

    @property
    def property_kinds(self) -> Mapping[str, str]:
        """Kind of every property by its id."""
        return {item.id: item.kind for item in self.properties.values()}

    def network(self, day: date, *, design: bool = False) -> FlowNetwork:
        """The definitions that hold on `day`, in the order of the file; the same object again.

        Args:
            day: Operating day.
            design: Also the coefficients and relations that follow from the parameters of the
                facilities. They say how a plant should work, so they simulate and predict; a
                balance or reconciliation must not take them for measurements.
        """
        from facilities.assembly import assemble

        key = bisect_right(self.declared.changes, day), design
        if key not in self._networks:
            self._networks[key] = assemble(self.declared, day, self.id, design=design)[0]
        return self._networks[key]


def _over_time(
    networks: list[FlowNetwork], starts: list[date | None], ends: list[date | None]
) -> tuple[Flow, ...]:
    """Each flow once for every stretch of days on which its definition stays the same."""
    from dataclasses import replace

    stretches: dict[str, list[Flow]] = {}
    for network, start, end in zip(networks, starts, ends, strict=True):
        for flow in network.flows:
            known = stretches.setdefault(flow.id, [])
            last = known[-1] if known else None
            if (
                last is not None
                and last.validity.valid_to == start
                and replace(last, validity=flow.validity) == flow
            ):
                known[-1] = replace(last, validity=Validity(last.validity.valid_from, end))
            else:
                known.append(replace(flow, validity=Validity(start, end)))
    return tuple(flow for known in stretches.values() for flow in known)


def epochs(declared: Declared) -> tuple[date, ...]:
    """One day of every stretch of days with the same definitions, ascending."""
    changes = declared.changes
    if not changes:
        return (date(2000, 1, 1),)
    return (date.fromordinal(changes[0].toordinal() - 1), *changes)
