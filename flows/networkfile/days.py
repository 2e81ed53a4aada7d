"""A network file by days: its period is cut into days, longer readings are spans over them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from flows.errors import Refused
from flows.findings import finding
from flows.network import Device, Spread
from flows.networkfile.series import reading_of
from flows.panel import NOTHING, LevelReading, Panel, SpanAmount
from flows.period import DAY, Calendar, Span
from flows.records import State
from flows.rows import STATE_CODE

if TYPE_CHECKING:
    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.networkfile.definitions import Definitions
    from flows.networkfile.file import NetworkFile
    from flows.networkfile.readings import Gathered
    from flows.networkfile.series import Reading
    from flows.reconcile.days.series import Series

#: Share of a day that rounding of instants may take.
ROUNDED = 1e-9


@dataclass(frozen=True)
class FileSeries:
    """The days of a network file.

    Attributes:
        series: The answer, canonical units.
        findings: Warnings and notes of the file.
    """

    series: Series
    findings: tuple[Finding, ...]
    _defined: Definitions

    def shown(self, name: str, days: float) -> tuple[str, float]:
        """Unit of a flow over so many days, and canonical units per one of it; a level has none."""
        measure = self._defined.measures[name]
        seconds = 0.0 if name.startswith("stock:") else days * DAY
        table, unit, kind = measure.table, measure.unit, measure.kind
        factor = self._defined.convert(table, unit, kind, seconds, measure.device)
        return unit, factor or measure.factor


def file_series(file: NetworkFile, *, together: bool, filtered: bool = False) -> FileSeries:
    """Reconcile the days of a file's period.

    A reading of a day is of that day, and parts that tile a day are summed; a reading of more whole
    days is a span, and so is a value of the flow itself. Levels stand where days meet. Of several
    devices that read a flow on one day the flow's own is taken.

    Args:
        file: What was read.
        together: All days in one solution, levels carried over; else each day alone.
        filtered: As known on each day; only together.

    Raises:
        Refused: `key-missing` without a period, `value-type` if it is not of whole days,
            `not-built-yet` for contents, for relations with a value or sigma, for changes stated
            beside levels, and as `reconcile_days`, `reconcile_in_time`.
    """
    from flows.reconcile.days.daytable import daytable
    from flows.reconcile.days.series import of_days, of_time, said_of

    defined, gathered = file.definitions, file.gathered
    first, calendar = _calendar(defined)
    days = round(defined.seconds / DAY)
    _refuse(file, days)
    network = _canonical(file.network, gathered)
    layout = _Layout(defined, network, first, days)
    levels = _levels(defined, gathered, days)
    table = daytable(layout.panel(gathered, levels), network, calendar)
    layer = network.layers[0]
    if together:
        from flows.reconcile.days.together import reconcile_in_time

        answer = reconcile_in_time(network, table, calendar, layer=layer, filtered=filtered)
        series = of_time(network, answer, filtered=filtered)
    else:
        from flows.reconcile.days.alone import reconcile_days

        series = of_days(network, reconcile_days(network, table, layer=layer))
    said = [item for item in file.findings if item.code != "coverage-partial"]
    return FileSeries(series.with_findings(said_of(series)), (*said, *layout.findings), defined)


def _calendar(defined: Definitions) -> tuple[date, Calendar]:
    """The first day, and where days begin: at the hour at which the period does."""
    if defined.start is None or defined.end is None:
        raise Refused(finding("key-missing", "network", key="start"))
    begin = datetime.fromtimestamp(defined.start, UTC)
    whole = (defined.end - defined.start) % DAY == 0
    if not whole or begin.minute or begin.second:
        raise Refused(
            finding("value-type", "network", key="end", value=defined.period, expected="whole days")
        )
    return begin.date(), Calendar("UTC", begin.hour)


def _refuse(file: NetworkFile, days: int) -> None:
    """What is in the format and says nothing of single days yet."""
    found = []
    if file.carried or file.network.sum_to_one:
        found.append(finding("not-built-yet", "network", key="layers", what="contents over days"))
    if days > 1:
        found += [
            finding("not-built-yet", item.id, key="relation", what="a relation's value over days")
            for item in file.network.relations
            if item.value or item.sigma
        ]
    found += [
        finding("not-built-yet", f"{item.first}, {item.second}", key="correlation",
                what="correlations of further readings over days")
        for item in file.network.correlations
        if not {item.first, item.second} <= set(file.network.flow)
    ]  # fmt: skip
    for stock, changes in file.gathered.changes.items():
        table = file.definitions.measures[stock].table
        both = "change" in table and ("opening" in table or stock in file.gathered.levels)
        if changes and both:
            what = "a stock's change beside its levels"
            found.append(finding("not-built-yet", stock, key="change", what=what))
    if found:
        raise Refused(*found)


def _canonical(network: FlowNetwork, gathered: Gathered) -> FlowNetwork:
    """Devices with biases in canonical units: a bare number is in the unit of what they read."""
    parts = (*gathered.amounts.values(), *gathered.levels.values(), gathered.values.values())
    readings = [item for own in parts for item in own]
    absolute = {item.device: abs(item.bias) for item in readings if item.bias}

    def canonical(device: Device) -> Device:
        spread = device.bias_sigma
        if spread is None or spread.absolute is None or device.id not in absolute:
            return device
        return replace(device, bias_sigma=Spread(absolute=absolute[device.id]))

    return replace(network, devices=tuple(canonical(item) for item in network.devices))


def _levels(defined: Definitions, gathered: Gathered, days: int) -> dict[str, list[Reading]]:
    """Levels by stock: those read, opening and closing, and a change as levels from 0."""
    begin = defined.start or 0
    found = {name: list(own) for name, own in gathered.levels.items()}
    for name in gathered.changes:
        measure = defined.measures[name]
        table = measure.table
        for key, at in (("opening", begin), ("closing", begin + days * DAY)):
            value = table.number(key)
            if value is not None:
                sigma = f"{key}_sigma" if f"{key}_sigma" in table else "sigma"
                amount = value * measure.factor
                own = reading_of(defined, measure, table, amount, span=(at, at), key=sigma)
                found.setdefault(name, []).append(own)
        change = table.number("change")
        if change is not None:
            end = begin + days * DAY
            own = reading_of(defined, measure, table, change * measure.factor, span=(end, end))
            start = replace(own, start=begin, end=begin, value=0.0, sigma=0.0, bias=0.0)
            found[name] = [start, own]
    return found


class _Layout:
    """Readings of a file as days by flows."""

    def __init__(self, defined: Definitions, network: FlowNetwork, first: date, days: int) -> None:
        self.defined, self.network = defined, network
        self.begin, self.first, self.days = defined.start or 0, first.toordinal(), days
        self.findings: list[Finding] = []
        self.spans: list[SpanAmount] = []
        self.devices: list[str] = []

    def panel(self, gathered: Gathered, levels: dict[str, list[Reading]]) -> Panel:
        """The panel; readings have no ids."""
        whats = tuple(self.network.flow)
        shape = (self.days, len(whats))
        amount, sigma = np.full(shape, np.nan), np.full(shape, np.nan)
        coverage, device = np.zeros(shape), np.full(shape, -1, np.int64)
        count, state = np.zeros(shape, np.int64), np.full(shape, NOTHING, np.int8)
        for column, name in enumerate(whats):
            own = [gathered.values[name]] if name in gathered.values else []
            for day, items in self._by_day(name, [*own, *gathered.amounts.get(name, [])]).items():
                at = day, column
                amount[at] = sum(item.value for item in items)
                sigma[at] = float(np.hypot.reduce([item.sigma for item in items]))
                coverage[at] = sum(item.end - item.start for item in items) / DAY
                device[at], count[at] = self._code(items[0].device), len(items)
                state[at] = STATE_CODE[State.ZERO if amount[at] == 0.0 else State.VALUE]
        ids = np.zeros(0, np.int64)
        return Panel(
            np.arange(self.first, self.first + self.days, dtype=np.int64),
            whats,
            tuple(self.devices),
            amount,
            sigma,
            state,
            coverage,
            device,
            tuple(self.spans),
            count,
            ids,
            np.zeros(self.days * len(whats) + 1, np.int64),
            tuple(
                LevelReading(name, item.device, item.start, item.value, item.sigma, ())
                for name, own in levels.items()
                for item in own
            ),
        )

    def _code(self, device: str) -> int:
        """Place of a device, -1 for none."""
        if not device:
            return -1
        if device not in self.devices:
            self.devices.append(device)
        return self.devices.index(device)

    def _by_day(self, name: str, readings: list[Reading]) -> dict[int, list[Reading]]:
        """Readings of each day by one device; longer ones go to the spans."""
        parts: dict[tuple[int, str], list[Reading]] = {}
        for item in readings:
            start, end = item.start - self.begin, item.end - self.begin
            if start // DAY == (end - 1) // DAY:
                parts.setdefault((start // DAY, item.device), []).append(item)
            else:
                span = Span(item.start, item.end)
                self.spans.append(SpanAmount(name, item.device, span, item.value, item.sigma, ()))
        found: dict[int, list[Reading]] = {}
        own = self.network.flow[name].device
        partial = 0
        for (day, device), items in sorted(parts.items(), key=lambda each: each[0]):
            covered = sum(item.end - item.start for item in items) / DAY
            if abs(covered - 1.0) > ROUNDED:
                partial += 1
            elif day not in found or device == own:
                found[day] = items
        if partial:
            self.findings.append(finding("days-partial", name, count=partial))
        return found
