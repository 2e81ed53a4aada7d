"""What a facility kind is: ports, processes and internal flows as data, turned into a blueprint."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from facilities import tables
from flows.network import Process, Relation, TransferCoefficient, is_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from facilities.tables import Parameter
    from flows.findings import Finding

#: What the nodes outside the park are called; a park file may add its own.
ENVIRONMENT_NAMES: Mapping[str, Mapping[str, str]] = {
    "environment": {"zh": "园区外", "en": "outside"},
    "environment:district": {"zh": "城区", "en": "district"},
    "environment:market": {"zh": "市场", "en": "market"},
    "environment:grid": {"zh": "电网", "en": "grid"},
    "environment:atmosphere": {"zh": "大气", "en": "atmosphere"},
    "environment:water-supply": {"zh": "自来水", "en": "water supply"},
    "environment:water-body": {"zh": "水体", "en": "water body"},
    "environment:sewer": {"zh": "市政污水管网", "en": "sewer"},
    "environment:disposal": {"zh": "外运处置", "en": "disposal outside"},
    "environment:own-use": {"zh": "厂用电", "en": "own use"},
}


class Direction(StrEnum):
    """Whether a port takes in or gives out."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Port:
    """A place of a facility at which a flow to or from elsewhere is linked.

    Attributes:
        process: Process at which the flow ends or begins, local name in a kind, full id in a
            blueprint.
        many: Takes several links, named `<port>-<words>` (or `<port>` for a single one).
        optional: May stay unlinked; then there is no such flow.
        default: Environment node to which it is linked where the park file links nothing.
    """

    name: str
    direction: Direction
    process: str
    good: str
    names: Mapping[str, str]
    many: bool = False
    optional: bool = False
    default: str = ""

    def takes(self, name: str) -> bool:
        """Whether a link may be made at it under this name."""
        return name == self.name or (self.many and name.startswith(self.name + "-"))


@dataclass(frozen=True, slots=True)
class Inner:
    """A flow within a facility, or from it to the environment, that no park file has to link."""

    name: str
    source: str
    target: str
    good: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Store:
    """A process that holds stock, with the unit in which its level is entered."""

    process: str
    kind: str
    unit: str
    names: Mapping[str, str]
    density: float | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """How a plant of the kind works by its parameters: used to simulate, never to balance.

    The terms of relations and the flows of coefficients name ports or internal flows by local
    name; a port stands for the sum of its links.

    Attributes:
        coefficients: Shares of all that enters a process (layer mass).
        relations: sum(factor * flow) = value; the first term is what the relation determines,
            without it the relation is left out. Factors per canonical unit of each flow.
    """

    coefficients: tuple[TransferCoefficient, ...] = ()
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A facility as processes, internal flows, ports and stocks, with full ids."""

    facility: str
    processes: tuple[Process, ...]
    inner: tuple[Inner, ...]
    ports: tuple[Port, ...]
    stores: tuple[Store, ...]
    design: Design

    def port(self, name: str) -> Port | None:
        """The port at which a link of this name is made, or None; the longest name wins."""
        return _port(self.ports, name)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a period says of one facility.

    Attributes:
        amounts: By local name of an internal flow or port (the sum of its links), canonical
            unit; what is not known is not in it.
        methane: CH4 share of gases that were sampled, by the same names.
    """

    facility: str
    amounts: Mapping[str, float]
    methane: Mapping[str, float] = field(default_factory=dict)

    def where(self, name: str) -> str:
        """The full id of a flow by its local name."""
        return f"{self.facility}.{name}"


@dataclass(frozen=True, slots=True)
class FacilityKind:
    """A kind of plant.

    Attributes:
        processes: Processes without prefix; `closes` says which layers must close there.
        plan: From parameters to what is not there (`process`, `source>target` of an internal
            flow, or a port), and to the design.
        check: What only this kind of plant can find wrong with a period's figures.
    """

    code: str
    names: Mapping[str, str]
    processes: tuple[Process, ...]
    inner: tuple[Inner, ...]
    ports: tuple[Port, ...]
    stores: tuple[Store, ...]
    plan: Callable[[Mapping[str, Parameter]], tuple[frozenset[str], Design]]
    notes: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Figures, Mapping[str, Parameter]], Iterable[Finding]] | None = None

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """Default parameters by name."""
        return tables.parameters(self.code)

    def port(self, name: str) -> Port | None:
        """The port, present in some blueprint of the kind, at which such a link is made."""
        return _port(self.ports, name)

    def build(self, facility_id: str, parameters: Mapping[str, Parameter]) -> Blueprint:
        """The facility's blueprint under these parameters (all of the kind's must be there)."""
        absent, design = self.plan(parameters)
        present = {item.id for item in self.processes} - absent

        def full(name: str) -> str:
            return name if is_environment(name) else f"{facility_id}.{name}"

        def stands(name: str) -> bool:
            return is_environment(name) or name in present

        return Blueprint(
            facility_id,
            tuple(
                Process(full(item.id), item.names, facility_id, item.closes, item.splitter)
                for item in self.processes
                if item.id in present
            ),
            tuple(
                Inner(full(item.name), full(item.source), full(item.target), item.good, item.names)
                for item in self.inner
                if stands(item.source)
                and stands(item.target)
                and f"{item.source}>{item.target}" not in absent
            ),
            tuple(
                Port(
                    item.name, item.direction, full(item.process), item.good, item.names,
                    item.many, item.optional, item.default,
                )
                for item in self.ports
                if item.process in present and item.name not in absent
            ),
            tuple(
                Store(full(item.process), item.kind, item.unit, item.names, item.density)
                for item in self.stores
                if item.process in present
            ),
            Design(
                tuple(
                    TransferCoefficient(
                        full(item.process), full(item.flow), item.value, item.sigma,
                        item.bias_sigma, item.layer,
                    )
                    for item in design.coefficients
                ),
                tuple(
                    Relation(
                        full(item.id),
                        tuple((full(name), factor) for name, factor in item.terms),
                        item.value,
                        item.sigma,
                    )
                    for item in design.relations
                ),
            ),
        )  # fmt: skip


def zh_en(zh: str, en: str) -> Mapping[str, str]:
    """Labels in the two languages."""
    return {"zh": zh, "en": en}


def port_in(
    name: str,
    process: str,
    good: str,
    names: tuple[str, str],
    *,
    many: bool = False,
    optional: bool = False,
    default: str = "",
) -> Port:
    """A port that takes in; names are Chinese and English."""
    return Port(name, Direction.IN, process, good, zh_en(*names), many, optional, default)


def port_out(
    name: str,
    process: str,
    good: str,
    names: tuple[str, str],
    *,
    many: bool = False,
    optional: bool = False,
    default: str = "",
) -> Port:
    """A port that gives out; names are Chinese and English."""
    return Port(name, Direction.OUT, process, good, zh_en(*names), many, optional, default)


def inner(name: str, source: str, target: str, good: str, *names: str) -> Inner:
    """An internal flow; names are Chinese and English."""
    return Inner(name, source, target, good, zh_en(*names))


def _port(ports: tuple[Port, ...], name: str) -> Port | None:
    fitting = [item for item in ports if item.takes(name)]
    return max(fitting, key=lambda item: len(item.name)) if fitting else None
