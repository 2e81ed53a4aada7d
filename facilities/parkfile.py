"""Loads a park file: every table read, every reference checked, all findings at once."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from facilities import attachments, tables
from facilities.assembly import assemble
from facilities.base import ENVIRONMENT_NAMES
from facilities.park import Declared, Link, Measures, Park, Property, epochs
from facilities.roles import roles
from facilities.structure import Structure, common, overlapping
from flows.errors import Refused
from flows.findings import errors, finding
from flows.layers import LAYERS
from flows.nearest import nearest
from flows.network import ALWAYS, Device, Flow, Stock, is_environment
from flows.period import Calendar
from flows.tomlfile import Document
from flows.tomltable import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.findings import Finding
    from flows.network import FlowNetwork, Validity

#: Parks that come with parkflow: name, and the file beside this module.
BUILTIN: Mapping[str, Path] = {
    path.stem: path
    for path in sorted((Path(__file__).parent / "parks").glob("*.toml"))
    if not path.stem.endswith("-scenario")  # what its demonstration is made of
}


def builtin(name: str) -> Path:
    """The file of a park that comes with parkflow.

    Raises:
        Refused: `park-unknown` with the names there are.
    """
    if name not in BUILTIN:
        raise Refused(finding("park-unknown", name, what=name, known=", ".join(BUILTIN)))
    return BUILTIN[name]


def load(path: str | Path) -> Park:
    """Read a park file.

    Raises:
        Refused: With all findings, if any of them is an error.
    """
    raw = _bytes(Path(path))
    document = Document(raw, str(path))
    park = _Reader(document, hashlib.sha256(raw).hexdigest()).park()
    if errors(document.findings):
        raise Refused.of(document.findings)
    return park


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        file, message = str(path), problem.strerror or type(problem).__name__
        raise Refused(finding("file-unreadable", file=file, path=file, message=message)) from None


class _Reader:
    """One pass over a document."""

    def __init__(self, document: Document, digest: str) -> None:
        self.document = document
        self.digest = digest
        self.root = Table(document)
        self.structure = Structure(self.root)
        self.places: dict[str, list[tuple[Table, Validity]]] = {}

    def park(self) -> Park:
        """All tables in the order in which they refer to each other."""
        root, structure = self.root, self.structure
        head = root.table("park")
        if "park" not in root:
            root.report("key-missing", "park", key="park")
        for item in root.tables("good"):
            structure.good(item)
        for item in root.tables("facility"):
            structure.facility(item)
        for item in root.tables("process"):
            structure.process(item)
        links = [self._link(item) for item in root.tables("link")]
        flows, details = self._flows()
        layers = head.words("layers") or ()
        declared = Declared(
            tuple(structure.facilities.values()),
            tuple(item for item in links if item),
            tuple(structure.processes.values()),
            tuple(flows),
            structure.goods,
            structure.good_units,
            details,
            layers=layers,
        )
        for layer in layers:
            if layer not in LAYERS:
                close, known = nearest(layer, LAYERS), ", ".join(LAYERS)
                head.report("key-unknown", "layers", key=layer, nearest=close, allowed=known)
        return self._with_attachments(head, declared)

    def _link(self, table: Table) -> Link | None:
        found = self.structure.link(table)
        if found:
            self.places.setdefault(found.flow.id, []).append((table, found.flow.validity))
        return found

    def _flows(self) -> tuple[list[Flow], dict[str, Mapping[str, Any]]]:
        flows: list[Flow] = []
        details: dict[str, Mapping[str, Any]] = {}
        for item in self.root.tables("flow"):
            found = self.structure.flow(item)
            if isinstance(found, Flow):
                flows.append(found)
                self.places.setdefault(found.id, []).append((item, found.validity))
            elif found:
                if found[0] in details:
                    item.report("id-duplicate", "id", id=found[0])
                details[found[0]] = found[1]
        for key, uses in self.places.items():
            table = uses[-1][0]
            always = any(span is ALWAYS for _, span in uses) and len(uses) > 1
            if always or (key in self.structure.inner and key in details):
                table.report("id-duplicate", "id", id=key)
            elif twice := overlapping([(key, span) for _, span in uses]):
                table.report("validity-overlap", "valid_from", key, day=twice[0][1])
        return flows, details

    def _with_attachments(self, head: Table, declared: Declared) -> Park:
        root = self.root
        networks = [assemble(declared, day, "") for day in epochs(declared)]
        said: dict[tuple[str, str], Finding] = {}
        for item in (item for _, found in networks for item in found):
            said.setdefault((item.code, item.where), item)  # of many days the first
        for item in said.values():
            self._say_of_link(item)
        kinds = _kinds(network for network, _ in networks)
        stores = {item.process: item for network, _ in networks for item in network.stocks}
        processes = {item.id for network, _ in networks for item in network.processes}
        stocks = self._stocks(stores, processes)
        kinds |= {item.id: item.kind for item in stocks}
        devices, measures = self._devices(declared, stocks, kinds)
        coefficients = [attachments.coefficient(item) for item in root.tables("coefficient")]
        relations = [
            attachments.relation(item, number)
            for number, item in enumerate(root.tables("relation"), start=1)
        ]
        self._references(kinds, processes, declared)
        contexts = [attachments.context(item) for item in root.tables("context")]
        qualities = dict(_qualities())
        qualities |= {i.id: i for i in map(attachments.quality, root.tables("property"))}
        words = kinds | {f"context:{item.id}": item.kind for item in contexts}
        tour = self._tour(words, qualities)
        complete = Declared(
            **{name: getattr(declared, name) for name in _STRUCTURAL},
            devices=tuple(devices),
            measures=tuple(measures),
            stocks=tuple(stocks),
            coefficients=tuple(coefficients),
            relations=tuple(relations),
            order={item: place for place, item in enumerate(tour, start=1)},
        )
        calendar = _calendar(head)
        park = Park(
            id=head.id(),
            names=head.names(),
            calendar=calendar,
            synthetic=head.flag("synthetic"),
            declared=complete,
            sources=head.words("sources") or (),
            properties=qualities,
            contexts=tuple(contexts),
            chains=tuple(attachments.chain(item, kinds) for item in root.tables("chain")),
            limits=tuple(attachments.limit(item) for item in root.tables("limit")),
            targets=tuple(attachments.target(item) for item in root.tables("target")),
            tour=tour,
            aliases=self._aliases(words, qualities),
            environment={**ENVIRONMENT_NAMES, **self._environment()},
            roles=roles(root.table("roles")),
            text=self.document.text,
            hash=self.digest,
            findings=tuple(self.document.findings),
        )
        head.close()
        root.close()
        self._twice("chain", "limit", "target", "context", "property", "good", "relation")
        return park

    def _say_of_link(self, item: Finding) -> None:
        """A finding of the assembly, at the link or facility that it is about."""
        facility = item.where.partition(".")[0]
        for table in (*self.root.tables("link"), *self.root.tables("facility")):
            if item.where in (table.data.get("id"), table.data.get("from"), table.data.get("to")):
                table.add(item)
                return
            if table.data.get("id") == facility:
                table.add(item)
                return
        self.root.add(item)

    def _stocks(self, stores: dict[str, Stock], processes: set[str]) -> list[Stock]:
        found: list[Stock] = []
        for table in self.root.tables("stock"):
            item = attachments.stock(table, stores)
            if item.process and item.process not in processes:
                close = nearest(item.process, processes)
                table.report("process-unknown", "process", what=item.process, nearest=close)
            if item.process in {other.process for other in found}:
                table.report("id-duplicate", "process", id=item.id)
            found.append(item)
        return [
            *found,
            *(item for item in stores.values() if item.process not in {i.process for i in found}),
        ]

    def _devices(
        self, declared: Declared, stocks: list[Stock], kinds: dict[str, str]
    ) -> tuple[list[Device], list[Measures]]:
        """Devices and what each measures; two for one flow on one day is an overlap."""
        said = [
            *((flow.id, flow.device, flow.validity) for flow in declared.flows),
            *((link.flow.id, link.flow.device, link.flow.validity) for link in declared.links),
            *((key, str(item.get("device", "")), ALWAYS) for key, item in declared.details.items()),
            *((item.id, item.device, ALWAYS) for item in stocks),
        ]
        said = [item for item in said if item[1]]
        by_device = {device: kinds[what] for what, device, _ in said if what in kinds}
        read = [
            (table, *attachments.device(table, kinds | by_device))
            for table in self.root.tables("device")
        ]
        own = {item.id: item.validity for _, item, _ in read}
        spans = [
            (what, both)
            for what, device, span in said
            if (both := common(span, own.get(device, ALWAYS)))
        ]
        for place, (table, item, measured) in enumerate(read):
            if item.id in {other.id for _, other, _ in read[:place]}:
                table.report("id-duplicate", "id", id=item.id)
            for one in measured:
                if one.of not in kinds:
                    close = nearest(one.of, kinds)
                    table.report("flow-unknown", "measures", what=one.of, nearest=close)
                spans.append((one.of, one.validity))
                if twice := [day for name, day in overlapping(spans) if name == one.of]:
                    table.report("validity-overlap", "measures", one.of, day=twice[0])
        devices = [item for _, item, _ in read]
        measures = [one for _, _, measured in read for one in measured]
        names = {item.id for item in devices}
        for what, device, _ in said:
            if device not in names:
                table = self._table_of(what)
                table.report(
                    "device-unknown", "device", what=device, nearest=nearest(device, names)
                )
        return devices, measures

    def _table_of(self, what: str) -> Table:
        """The table that speaks of a flow or stock."""
        if what in self.places:
            return self.places[what][-1][0]
        for table in (*self.root.tables("flow"), *self.root.tables("stock")):
            if what in (table.data.get("id"), f"stock:{table.data.get('process')}"):
                return table
        return self.root

    def _references(
        self, kinds: Mapping[str, str], processes: set[str], declared: Declared
    ) -> None:
        """Ends of flows, and what coefficients and relations speak of."""
        for table in self.root.tables("coefficient"):
            _check(table, "process", str(table.data.get("process", "")), processes)
            _check(table, "flow", str(table.data.get("flow", "")), kinds)
        for table in self.root.tables("relation"):
            for term in table.table("terms").data:
                _check(table, "flow", term, kinds, key="terms")
        for flow in declared.flows:
            for key, end in (("from", flow.source), ("to", flow.target)):
                if end and not is_environment(end):
                    _check(self.places[flow.id][-1][0], "process", end, processes, key=key)

    def _tour(self, words: Mapping[str, str], qualities: Mapping[str, Property]) -> tuple[str, ...]:
        table = self.root.table("tour")
        order = table.words("order") or ()
        for item in order:
            _check_what(table, "order", item, words, qualities)
            if order.count(item) > 1:
                table.report("id-duplicate", "order", id=item)
        table.close()
        return order

    def _aliases(
        self, words: Mapping[str, str], qualities: Mapping[str, Property]
    ) -> dict[str, str]:
        table = self.root.table("aliases")
        found = {key: table.text(key) for key in table.data}
        for key, item in found.items():
            _check_what(table, key, item, words, qualities)
            if key in words:
                table.report("id-duplicate", key, id=key)
        return found

    def _environment(self) -> dict[str, dict[str, str]]:
        table = self.root.table("environment")
        return {f"environment:{key}": table.names(key) for key in table.data}

    def _twice(self, *keys: str) -> None:
        for key in keys:
            seen: set[str] = set()
            for table in self.root.tables(key):
                name = table.data.get("id")
                if isinstance(name, str) and name in seen:
                    table.report("id-duplicate", "id", id=name)
                seen.add(str(name))


_STRUCTURAL = (
    "facilities", "links", "processes", "flows", "goods", "good_units", "details", "layers",
)  # fmt: skip


def _kinds(networks: Iterable[FlowNetwork]) -> dict[str, str]:
    found: dict[str, str] = {}
    for network in networks:
        found |= {item.id: item.kind for item in network.flows}
        found |= {item.id: item.kind for item in network.stocks}
    return found


def _check(table: Table, sort: str, what: str, known: Iterable[str], *, key: str = "") -> None:
    if what and what not in (choices := set(known)):
        table.report(f"{sort}-unknown", key or sort, what=what, nearest=nearest(what, choices))


def _check_what(
    table: Table, key: str, what: str, words: Mapping[str, str], qualities: Mapping[str, Property]
) -> None:
    """Whether a text names a flow, stock, context figure or `<flow>.<property>`."""
    flow, _, name = what.rpartition(".")
    if what not in words and not (flow in words and name in qualities):
        table.report("flow-unknown", key, what=what, nearest=nearest(what, words))


def _calendar(head: Table) -> Calendar:
    zone = head.text("zone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        head.report("value-type", "zone", key="zone", value=zone, expected="Asia/Shanghai")
        zone = "UTC"
    return Calendar(zone, head.whole("day_start", 0, 0, 23))


@cache
def _qualities() -> Mapping[str, Property]:
    path = Path(__file__).parent / "parameters" / "properties.csv"
    return {
        row["id"]: Property(row["id"], row["kind"], row["unit"], {"zh": row["zh"], "en": row["en"]})
        for row in tables.rows(path)
    }
