"""The definitions of a network file: processes, flows, devices, stocks, further equations."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.nearest import nearest
from flows.network import (
    ENVIRONMENT,
    Flow,
    FlowNetwork,
    Process,
    Spread,
    Stock,
    is_environment,
)
from flows.networkfile.devices import Devices
from flows.networkfile.kinds import check_kinds, guess_kind, layer_of
from flows.networkfile.layers import read_layers
from flows.period import DAY, Calendar
from flows.tomltable import as_toml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.tomltable import Table

_PERCENT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*%\s*")
#: Least and greatest number other than 0 that a file may hold: the square of what is beyond, over
#: another one, is no number any more, and no amount on earth is beyond in any unit.
LEAST, MOST = 1e-30, 1e30
_NUMBERS = ("value", "sigma", "min", "max", "typical", "change", "opening", "closing")


@dataclass(frozen=True)
class Measure:
    """How amounts of a flow or stock are written.

    Attributes:
        table: Its table in the file.
        kind: Code of the kind.
        unit: Unit, "" for the canonical one of a file without units.
        factor: Canonical units per unit, over the period.
        typical: Typical amount over the period, canonical unit, or None.
        device: Id of its device, or "".
    """

    table: Table
    kind: str
    unit: str
    factor: float
    typical: float | None
    device: str


class Definitions:
    """Reads all definitions; what is wrong is said to its table and left out.

    Attributes:
        seconds: Length of the period; a day where none is stated.
        start, end: The period in seconds UTC, or None where none is stated.
        period: The same as it was written, or "".
        layer: The one that amounts of flows are of.
        layers: Those that are balanced.
        carried: Those of them that flows carry by a content.
        sum_to_one: Those whose contents add up to the whole of each flow.
        robust: Whether Huber's loss is asked for.
        units: By id of flow or stock: unit and canonical units per one of it.
        measures: By id of flow or stock.
        bounds: By id of flow or stock: bounds of its amount or change over the period, canonical
            unit.
    """

    def __init__(self, root: Table) -> None:
        """Read."""
        self.root = root
        self.calendar = Calendar()
        self.start: int | None = None
        self.end: int | None = None
        self.seconds = float(DAY)
        self.layer = "mass"
        self.layers: tuple[str, ...] = ("mass",)
        self.carried: tuple[str, ...] = ()
        self.sum_to_one: tuple[str, ...] = ()
        self.name = self.period = ""
        self.robust = False
        self.measures: dict[str, Measure] = {}
        self.bounds: dict[str, tuple[float, float]] = {}
        self._read_header(root.table("network"))
        self.devices = Devices(self)
        flows, stocks = root.tables("flow"), root.tables("stock")
        self._has_units = any(table.data.get("unit") for table in (*flows, *stocks))
        self._first_unit = next(
            (unit for t in flows if isinstance(unit := t.data.get("unit"), str) and unit), ""
        )
        self.processes = self._read_processes(flows)
        self.flows = self._read_flows(flows)
        self.stocks = self._read_stocks(stocks)

    @property
    def units(self) -> dict[str, tuple[str, float]]:
        """By id of flow or stock: unit and canonical units per one of it over the period."""
        return {name: (each.unit, each.factor) for name, each in self.measures.items()}

    def network(self) -> FlowNetwork:
        """Processes, flows, devices and stocks; kinds that meet are brought to one unit."""
        own = [*self.flows, *(s.id for s in self.stocks.values() if s.layer == self.layer)]
        kinds = {self.measures[name].kind for name in own}
        factors = dict.fromkeys(kinds, 1.0)
        if len(kinds) > 1:
            check_kinds(self)
            factors.update({kind: layer_of(kind)[1] for kind in kinds})
        return FlowNetwork(
            name=self.name,
            layers=self.layers,
            sum_to_one=self.sum_to_one,
            processes=tuple(self.processes.values()),
            flows=tuple(replace(item, factor=factors[item.kind]) for item in self.flows.values()),
            devices=tuple(self.devices.declared.values()),
            stocks=tuple(
                replace(item, factor=factors[item.kind] if item.layer == self.layer else 1.0)
                for item in self.stocks.values()
            ),
        )

    def spread(
        self,
        table: Table,
        key: str,
        measure: Measure | None = None,
        *,
        factor: float = 1.0,
        seconds: float | None = None,
    ) -> Spread | None:
        """A standard deviation: a number in the unit of `factor`, or text with its own."""
        value = table.raw(key)
        if isinstance(value, str):
            found = self._spread_of(table, key, value, measure, seconds or self.seconds)
            size = found and (found.absolute or found.relative)
            if size and not LEAST <= size <= MOST:
                low, high = f"{LEAST:g}", f"{MOST:g}"
                table.report("value-range", key, key=key, value=value[:40], low=low, high=high)
            return found
        number = table.number(key)
        if number is None or number >= 0.0:
            return None if number is None else Spread(absolute=number * factor)
        table.report("value-range", key, key=key, value=number, low=0, high="")
        return None

    def _spread_of(
        self, table: Table, key: str, text: str, measure: Measure | None, seconds: float
    ) -> Spread | None:
        # Most sigmas are percentages: those are read without loading the units.
        if match := _PERCENT.fullmatch(text):
            if float(match[1]) > 0.0:
                return Spread(relative=float(match[1]) / 100.0)
            table.report("value-range", key, key=key, value=text, low="> 0", high="")
            return None
        from flows.units import read_spread

        kind, unit = (measure.kind, measure.unit) if measure else ("number", "")
        try:
            return read_spread(text, kind=kind, unit=unit, seconds=seconds)
        except Refused as refused:
            for item in refused.findings:
                table.add(item, key)
            return None

    def unknown(self, table: Table, key: str, code: str, what: str, among: Iterable[str]) -> None:
        """Report a name that is not there."""
        table.report(code, key, what=what, nearest=nearest(what, among))

    def convert(
        self, table: Table, unit: str, kind: str, seconds: float, device: str
    ) -> float | None:
        """Canonical units per unit over a span."""
        if not unit:
            return 1.0
        from flows.units import unit_factor

        state = self.devices.gas_state(device)
        try:
            return unit_factor(unit, kind, seconds=seconds, gas_state=state)
        except Refused as refused:
            for item in refused.findings:
                table.add(item, "unit")
            return None

    def _read_header(self, table: Table) -> None:
        self.name = table.text("name")
        layers = read_layers(self.root, table)
        self.layer, self.layers = layers.own, layers.balanced
        self.carried, self.sum_to_one = layers.carried, layers.sum_to_one
        texts = {key: table.moment(key) for key in ("start", "end")}
        self.robust = table.flag("robust")
        table.close()
        given = [key for key, text in texts.items() if text]
        if len(given) == 1:
            missing = "end" if given == ["start"] else "start"
            table.report("key-missing", given[0], key=missing)
        if len(given) != 2:
            return
        moments = [self.instant(table, key, texts[key]) for key in texts]
        if moments[0] is None or moments[1] is None:
            return
        if moments[1] <= moments[0]:
            table.report("span-empty", "end", start=texts["start"], end=texts["end"])
            return
        self.start, self.end = moments[0], moments[1]
        self.period = f"{texts['start']}/{texts['end']}"
        self.seconds = float(self.end - self.start)

    def instant(self, table: Table, key: str, text: str) -> int | None:
        """A moment in seconds UTC, or None with a finding."""
        try:
            return self.calendar.read_instant(text)
        except Refused as refused:
            for item in refused.findings:
                table.add(item, key)
            return None

    def _read_processes(self, flows: list[Table]) -> dict[str, Process]:
        """Declared processes; in a file that declares none, those that the flows name."""
        declared = self.root.tables("process")
        processes: dict[str, Process] = {}
        for table in declared:
            name = self.id(table, processes)
            closes = table.words("closes")
            splitter = table.flag("splitter")
            for layer in closes or ():
                if layer not in self.layers:
                    value, expected = as_toml(layer), as_toml(self.layers)
                    table.report(
                        "value-type", "closes", key="closes", value=value, expected=expected
                    )
            table.close()
            if name and is_environment(name):
                table.report("id-form", "id", id=name, suggestion="", problem="environment")
            elif name:
                processes[name] = Process(
                    name, closes=self._all if closes is None else closes, splitter=splitter
                )
        if not declared:
            ends = [table.data.get(key) for table in flows for key in ("from", "to")]
            for end in dict.fromkeys(each.strip() for each in ends if isinstance(each, str)):
                # A slip in `environment` would make a process of it, and a balance of its own.
                meant = is_environment(end) or nearest(end.partition(":")[0], [ENVIRONMENT], 0.8)
                if end and not meant:
                    processes[end] = Process(end, closes=self._all)
        return processes

    @property
    def _all(self) -> tuple[str, ...] | None:
        """What closes where nothing is said: a file of one layer balances it, whatever it is."""
        return self.layers if len(self.layers) == 1 else None

    def _read_flows(self, tables: list[Table]) -> dict[str, Flow]:
        flows: dict[str, Flow] = {}
        if not tables:
            self.root.table("network").report("key-missing", "", "", key="[[flow]]")
        for table in tables:
            name = self.id(table, flows)
            source, target = self._end(table, "from"), self._end(table, "to")
            if source and source == target and not is_environment(source):
                table.report("flow-self-loop", "to", process=source)
            measure = self._measure(table)
            low, high = self._bounds(table, measure.factor, default=0.0)
            table.number("value")
            sigma = self.spread(table, "sigma", measure, factor=measure.factor)
            table.close()
            if self.sum_to_one and measure.unit and layer_of(measure.kind)[0] != "mass":
                unit, kind = measure.unit, measure.kind
                table.report("unit-kind", "unit", unit=unit, kind=kind, expected="mass")
            if not name:
                continue
            self.measures[name] = measure
            self.bounds[name] = low, high
            days = self.seconds / DAY
            flows[name] = Flow(
                name,
                source,
                target,
                kind=measure.kind,
                unit=measure.unit,
                layer=self.layer,
                minimum=low / days,
                maximum=high / days,
                typical=None if measure.typical is None else measure.typical / days,
                sigma=sigma,
                device=measure.device,
            )
        return flows

    def _read_stocks(self, tables: list[Table]) -> dict[str, Stock]:
        stocks: dict[str, Stock] = {}
        for table in tables:
            name = table.text("process", required=True)
            if name and name not in self.processes:
                self.unknown(table, "process", "process-unknown", name, self.processes)
                name = ""
            layer = table.choice("layer", self.layers, self.layer)
            key = name if layer == self.layer else f"{name}.{layer}"
            if key in stocks:
                table.report("id-duplicate", "process", id=key)
            measure = self._measure(table)
            bounds = self._bounds(table, measure.factor, default=-math.inf)
            sigma = self.spread(table, "sigma", measure, factor=measure.factor)
            for amount in ("change", "opening", "closing", "opening_sigma", "closing_sigma"):
                table.raw(amount)
            table.close()
            if name:
                stock = Stock(
                    name,
                    kind=measure.kind,
                    unit=measure.unit,
                    layer=layer,
                    sigma=sigma,
                    device=measure.device,
                )
                stocks[key] = stock
                self.measures[f"stock:{key}"] = measure
                self.bounds[f"stock:{key}"] = bounds
        return stocks

    def _measure(self, table: Table) -> Measure:
        """Kind, unit and factor of a flow or stock."""
        device = table.text("device")
        if device and device not in self.devices.declared:
            self.unknown(table, "device", "device-unknown", device, self.devices.declared)
            device = ""
        unit, kind = table.text("unit"), table.text("kind")
        if kind:
            from flows.kinds import KINDS

            amounts = [code for code, each in KINDS.items() if each.extensive]
            if kind not in amounts:
                allowed = ", ".join(amounts)
                table.report(
                    "kind-unknown",
                    "kind",
                    what=kind,
                    nearest=nearest(kind, amounts),
                    allowed=allowed,
                )
                kind = ""
        if not unit and self._has_units:
            # A bare number beside `t/d` may be anything; what has no number takes the first unit.
            bare = next((key for key in _NUMBERS if key in table), "")
            if bare:
                table.report("unit-missing", "unit", text=as_toml(table.data[bare]))
            elif kind in {"", guess_kind(self._first_unit)} and guess_kind(self._first_unit):
                unit = self._first_unit
        kind = kind or (self._guess(table, unit) if unit else "mass")
        factor = self.convert(table, unit, kind, self.seconds, device) or 1.0
        typical = table.number("typical")
        return Measure(
            table, kind, unit, factor, None if typical is None else typical * factor, device
        )

    def _guess(self, table: Table, unit: str) -> str:
        kind = guess_kind(unit)
        if not kind:
            self.convert(table, unit, "mass", self.seconds, "")  # says what is wrong with it
        return kind or "mass"

    def _bounds(self, table: Table, factor: float, *, default: float) -> tuple[float, float]:
        low, high = (table.number(key, infinite=True) for key in ("min", "max"))
        least = default if low is None else low * factor
        most = math.inf if high is None else high * factor
        if least == math.inf or most == -math.inf:
            key = "min" if least == math.inf else "max"
            table.report("amount-not-finite", key, text=str(table.data[key]))
            return default, math.inf
        if least > most:
            table.report("value-range", "max", key="max", value=high, low=low or 0.0, high="")
        return least, most

    def _end(self, table: Table, key: str) -> str:
        name = table.text(key, required=True)
        if name and not is_environment(name) and name not in self.processes:
            self.unknown(table, key, "process-unknown", name, [*self.processes, ENVIRONMENT])
        return name

    def id(self, table: Table, taken: Iterable[str]) -> str:
        """The id of a table, new among those taken."""
        name = table.text("id", required=True)
        if name in taken:
            table.report("id-duplicate", "id", id=name)
        if any(mark.isspace() or not mark.isprintable() for mark in name) or name.startswith(
            "stock:"
        ):
            table.report("id-form", "id", id=name, suggestion="")
        return name
