"""Reads what a park is made of from its file: goods, facilities, processes, links and flows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from facilities import tables
from facilities.assembly import make_flow
from facilities.base import Direction, Port
from facilities.kinds import BY_CODE
from facilities.park import Facility, Link, Override
from facilities.reading import flow_details, kind_of, unit_of
from flows.findings import Severity, finding
from flows.layers import LAYERS, primary
from flows.nearest import nearest
from flows.network import ALWAYS, Flow, Good, Process, Validity, is_environment

if TYPE_CHECKING:
    from flows.tomltable import Table


@dataclass(frozen=True, slots=True)
class End:
    """An end of a link: a node, and the facility and port where it is one of a facility."""

    node: str
    facility: str = ""
    port: Port | None = None
    name: str = ""

    @property
    def place(self) -> tuple[str, str] | None:
        """(facility, name of the link at its port), or None."""
        return (self.facility, self.name) if self.port else None


class Structure:
    """What has been read so far; later tables refer to earlier ones.

    Attributes:
        goods, good_units: Goods by id, and the unit in which each is entered.
        gas_states: Reference state by device, known before the devices themselves are read.
        inner: Flows that the facilities have by themselves, with their good.
    """

    def __init__(self, root: Table) -> None:
        """Begin with the goods that ship with parkflow and the gas states of the devices."""
        shipped = tables.goods()
        self.goods: dict[str, Good] = {key: good for key, (good, _) in shipped.items()}
        self.good_units = {key: unit for key, (_, unit) in shipped.items()}
        self.gas_states = {
            str(item.data.get("id")): str(item.data.get("gas_state", ""))
            for item in root.tables("device")
        }
        self.facilities: dict[str, Facility] = {}
        self.processes: dict[str, Process] = {}
        self.inner: dict[str, str] = {}

    def good(self, table: Table) -> None:
        """[[good]]: a new good, or another density or label of one that the kinds move."""
        key = table.id()
        known = self.goods.get(key)
        kind = kind_of(table, default=known.kind if known else "mass")
        same = known if known and known.kind == kind else None
        density = table.number("density")
        if density is None and same:
            density = same.density
        try:
            primary(kind, density)
        except KeyError:
            table.report("unit-kind", "kind", unit=key, kind=kind, expected="mass")
            kind = "mass"
        except ValueError:
            table.report("key-missing", "density", key="density")
            density = 1.0
        if density is not None and density <= 0.0:
            table.report("value-range", "density", key="density", value=density, low="> 0")
        names = table.names() or (dict(known.names) if known else {})
        unit = unit_of(table, kind, default=self.good_units[key] if same else "")
        self.good_units[key] = unit
        self.goods[key] = Good(key, kind, names, density, _contents(table, same))
        table.close()

    def facility(self, table: Table) -> None:
        """[[facility]] of a known kind, with the parameters that differ from its defaults."""
        key = table.id()
        code = table.text("kind", required=True)
        kind = BY_CODE.get(code)
        if kind is None:
            if code:
                close, known = nearest(code, BY_CODE), ", ".join(BY_CODE)
                table.report("kind-unknown", "kind", what=code, nearest=close, allowed=known)
            return
        plain = table.table("parameters")
        overrides = [_override(plain, name, kind.code) for name in plain.data]
        overrides += [_override(item, "", kind.code) for item in table.tables("parameter")]
        stated = tuple(item for item in overrides if item)
        for first, second in overlapping(
            [(item.name, item.validity) for item in stated if item.validity is not ALWAYS]
        ):
            table.report("validity-overlap", "parameter", f"{key}: {first}", day=second)
        # a dated parameter stands before one for always: the last that holds wins
        stated = tuple(sorted(stated, key=lambda item: item.validity is not ALWAYS))
        found = Facility(
            key, kind, table.names() or kind.names, table.text("capacity"), table.text("owner"),
            table.text("anchor"), table.validity(), stated,
        )  # fmt: skip
        table.close()
        if key in self.facilities:
            table.report("id-duplicate", "id", id=key)
        self.facilities[key] = found
        self.inner |= {f"{key}.{item.name}": item.good for item in kind.inner}
        self.inner |= {f"{key}.{item.name}": item.good for item in kind.ports if item.default}

    def process(self, table: Table) -> None:
        """[[process]]: what no kind covers."""
        key = table.id(dotted=True)
        closes = table.words("closes")
        for layer in closes or ():
            if layer not in LAYERS:
                close, known = nearest(layer, LAYERS), ", ".join(LAYERS)
                table.report("key-unknown", "closes", key=layer, nearest=close, allowed=known)
        facility, splitter = table.text("facility"), table.flag("splitter")
        found = Process(key, table.names(), facility, closes, splitter)
        table.close()
        if key in self.processes:
            table.report("id-duplicate", "id", id=key)
        self.processes[key] = found

    def link(self, table: Table) -> Link | None:
        """[[link]] between ports, or between a port and the environment or a process."""
        source = self._end(table, "from", Direction.OUT)
        target = self._end(table, "to", Direction.IN)
        if source is None or target is None:
            return None
        owner, other = (source, target) if source.port else (target, source)
        if owner.port is None:
            table.report("port-unknown", "from", what=f"{source.node}, {target.node}")
            return None
        good = self._good(table, owner.port.good)
        for end in (owner, other):
            wanted = self.goods[end.port.good].kind if end.port else good.kind
            if wanted != good.kind:
                table.report("unit-kind", "to", unit=good.id, kind=good.kind, expected=wanted)
        details = {"facility": owner.facility} | self._details(table, good)
        names = details.pop("names", None) or self._labels(owner, other)
        default = f"{owner.facility}.{owner.name}"
        key = table.id(dotted=True) if "id" in table else default
        ends = source.node, target.node
        flow = make_flow(key, ends, good, names, validity=table.validity(), **details)
        table.close()
        return Link(flow, source.place, target.place)

    def flow(self, table: Table) -> Flow | tuple[str, dict[str, Any]] | None:
        """[[flow]]: one of its own, or (id, details) of one that a facility has by itself."""
        key = table.id(dotted=True)
        if key in self.inner and "from" not in table and "to" not in table:
            details = self._details(table, self.goods[self.inner[key]])
            table.close()
            return key, details
        if "good" in table:
            good = self._good(table, "household-waste")
        else:
            kind, density = kind_of(table), table.number("density")
            try:
                primary(kind, density)
            except KeyError:
                table.report("unit-kind", "kind", unit=key, kind=kind, expected="mass")
                return None
            except ValueError:
                table.report("key-missing", "density", key="density")
                return None
            good = Good("", kind, density=density)
        details = self._details(table, good)
        names = details.pop("names", {})
        ends = table.text("from", required=True), table.text("to", required=True)
        if ends[0] == ends[1] != "":
            table.report("flow-self-loop", "to", process=ends[0])
        found = make_flow(key, ends, good, names, validity=table.validity(), **details)
        table.close()
        return found

    def _end(self, table: Table, key: str, direction: Direction) -> End | None:
        """The end of a link under `key`; None after a finding."""
        text = table.text(key, required=True)
        if not text:
            return None
        if is_environment(text) or text in self.processes:
            return End(text)
        facility, _, name = text.partition(".")
        known = self.facilities.get(facility)
        port = known.kind.port(name) if known else None
        if port is not None and port.direction is direction:
            return End(f"{facility}.{port.process}", facility, port, name)
        choices = [
            f"{item.id}.{offered.name}"
            for item in self.facilities.values()
            for offered in item.kind.ports
            if offered.direction is direction and known in (None, item)
        ]
        code = "port-unknown" if port is None else "port-direction"
        allowed = ", ".join(choices)
        table.report(code, key, what=text, key=key, nearest=nearest(text, choices), allowed=allowed)
        return None

    def _labels(self, owner: End, other: End) -> dict[str, str]:
        """A port's label, with whom it is linked to where it may have several links."""
        if owner.port is None:
            return {}
        known = self.facilities.get(other.facility)
        found = {}
        for lang, text in owner.port.names.items():
            label = known.names.get(lang, known.id) if known else ""
            found[lang] = f"{text} ({label})" if owner.port.many and label else text
        return found

    def _good(self, table: Table, default: str) -> Good:
        key = table.text("good", default)
        if key in self.goods:
            return self.goods[key]
        table.report("good-unknown", "good", what=key, nearest=nearest(key, self.goods))
        return self.goods[default]

    def _details(self, table: Table, good: Good) -> dict[str, Any]:
        unit = self.good_units.get(good.id, "")
        state = self.gas_states.get(table.text("device"), "")
        return {"unit": unit} | flow_details(table, good, unit, state)


def common(first: Validity, second: Validity) -> Validity | None:
    """The days on which both hold, or None."""
    starts = [item.valid_from for item in (first, second) if item.valid_from]
    ends = [item.valid_to for item in (first, second) if item.valid_to]
    start, end = max(starts, default=None), min(ends, default=None)
    if start and end and end <= start:
        return None
    return Validity(start, end) if start or end else ALWAYS


def overlapping(spans: list[tuple[str, Validity]]) -> list[tuple[str, str]]:
    """Names that hold twice on one day, each with the first such day ("" for ever)."""
    found = []
    for place, (name, span) in enumerate(spans):
        for other, second in spans[:place]:
            if other == name and (both := common(span, second)):
                found.append((name, str(both.valid_from or "")))
    return found


def _override(table: Table, name: str, code: str) -> Override | None:
    """`name = value`, `name = { value, sigma, source }`, or a dated [[facility.parameter]]."""
    known = tables.parameters(code)
    place = table
    if name and isinstance(table.raw(name), dict):
        place = table.table(name)
    elif not name:
        name = table.text("name", required=True)
    key = "value" if place is not table or "name" in table.data else name
    if name not in known:
        if name:
            close, choices = nearest(name, known), ", ".join(known)
            table.report("key-unknown", name, key=name, nearest=close, allowed=choices)
        return None
    default, value = known[name], place.number(key, required=True)
    if key == "value":
        found = (place.number("sigma"), place.text("source"), place.validity())
        place.close()
    else:
        found = (None, "", ALWAYS)
    if value is None:
        return None
    if not default.low <= value <= default.high:
        unusual = finding(
            "value-range", severity=Severity.WARNING, key=name, value=value,
            low=default.low, high=f"{default.high:g} {default.unit}",
        )  # fmt: skip
        place.add(unusual, key)
    return Override(name, value, *found)


def _contents(table: Table, known: Good | None) -> dict[str, tuple[float, float]]:
    """`contents = { ash = [0.2, 0.02] }`: per tonne, layer units, value and sigma.

    Layers that are not named stay as they ship.
    """
    inside = table.table("contents")
    found = dict(known.contents) if known else {}
    for key, value in inside.data.items():
        pair = value if isinstance(value, list) else [value, 0.0]
        if key not in LAYERS:
            close, choices = nearest(key, LAYERS), ", ".join(LAYERS)
            inside.report("key-unknown", key, key=key, nearest=close, allowed=choices)
        elif len(pair) != 2 or not all(type(item) in (int, float) for item in pair):
            inside.report("value-type", key, key=key, value=str(value), expected="[value, sigma]")
        elif not all(map(math.isfinite, pair)) or pair[1] < 0.0:
            inside.report("value-range", key, key=key, value=str(value), low="sigma >= 0")
        else:
            found[key] = float(pair[0]), float(pair[1])
    return found
