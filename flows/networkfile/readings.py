"""The readings of a network file: values, further readings and levels to measured values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.networkfile.counters import Counters, Tickets, ticket_of
from flows.networkfile.layers import unknown_content
from flows.networkfile.series import Reading, change, difference, over_period, reading_of
from flows.period import DAY

if TYPE_CHECKING:
    from flows.measured import Measured
    from flows.networkfile.contents import Contents
    from flows.networkfile.definitions import Definitions
    from flows.tomltable import Table

LEVEL = ".level"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a file says was read of flows and stocks, before any of it is summed.

    Attributes:
        values: By flow, the value over the period that stands in its own table.
        changes: By `stock:<process>`, changes over the period that stand in its table.
        amounts: By flow, readings over a span; counters differenced, tickets added up.
        levels: By `stock:<process>`, levels at a moment.
    """

    values: dict[str, Reading]
    changes: dict[str, list[Measured]]
    amounts: dict[str, list[Reading]]
    levels: dict[str, list[Reading]]

    def over_period(self, defined: Definitions) -> tuple[Measured, ...]:
        """Measured values of the period: of each flow and stock its own first, then readings."""
        found: dict[str, list[Measured]] = {name: [] for name in defined.measures}
        for name, own in self.values.items():
            found[name].append(own.measured(name))
        for name, changes in self.changes.items():
            found[name] += changes
        for name, readings in self.amounts.items():
            found[name] += over_period(defined, name, readings)
        for name, readings in self.levels.items():
            found[name] += change(defined, name, readings)
        return tuple(item for items in found.values() for item in items)


def gather(root: Table, defined: Definitions, contents: Contents) -> Gathered:
    """Read values, changes and every `[[reading]]`; those of contents go to `contents`."""
    values = {name: own for name in defined.flows if (own := _own(defined, name)) is not None}
    stocks = [f"stock:{name}" for name in defined.stocks]
    found = Gathered(values, {name: _own_change(defined, name) for name in stocks}, {}, {})
    counters, tickets = Counters(defined), Tickets()
    for table in root.tables("reading"):
        flow, layer = _content(table, defined)
        if layer:
            contents.read(table, flow, layer)
        else:
            _read(table, defined, found, counters, tickets)
    for name, readings in (*tickets.summed(), *counters.differenced()):
        found.amounts.setdefault(name, []).extend(readings)
    return found


def _own(defined: Definitions, name: str) -> Reading | None:
    """The value that stands in the table of a flow."""
    measure = defined.measures[name]
    value = measure.table.number("value")
    if value is None:
        return None
    if value < 0.0 <= defined.bounds[name][0]:
        measure.table.report("amount-negative", "value", text=str(value))
        return None
    return reading_of(defined, measure, measure.table, value * measure.factor)


def _own_change(defined: Definitions, name: str) -> list[Measured]:
    """The change, or opening and closing level, that stand in the table of a stock."""
    measure = defined.measures[name]
    table = measure.table
    opening, closing, change = (table.number(key) for key in ("opening", "closing", "change"))
    found = []
    if change is not None:
        found.append(reading_of(defined, measure, table, change * measure.factor).measured(name))
    if (opening is None) != (closing is None):
        missing = "opening" if opening is None else "closing"
        table.report("key-missing", "closing" if closing is not None else "opening", key=missing)
    for key, level in (("opening", opening), ("closing", closing)):
        if level is not None and level < 0.0:
            table.report("amount-negative", key, text=str(level))
    if opening is not None and closing is not None:
        ends = [
            reading_of(
                defined,
                measure,
                table,
                level * measure.factor,
                key=key if key in table else "sigma",
            )
            for level, key in ((opening, "opening_sigma"), (closing, "closing_sigma"))
        ]
        found.append(difference(name, *ends))
    return found


def _read(
    table: Table, defined: Definitions, found: Gathered, counters: Counters, tickets: Tickets
) -> None:
    """One `[[reading]]`; columns as in a log file."""
    of = table.text("of", required=True)
    name, is_level = _subject(table, defined, of)
    texts = {key: table.moment(key) for key in ("start", "end", "day")}
    register = None if is_level else table.number("register")
    ticket = "" if is_level else ticket_of(table)
    value = table.number("value", required="register" not in table)
    unit, device = table.text("unit"), table.text("device")
    for key in ("quality", "source", "note"):
        table.text(key)
    table.raw("sigma")
    known = defined.devices.declared
    if device and device not in known:
        defined.unknown(table, "device", "device-unknown", device, known)
        device = ""
    table.close()
    if register is not None and (value is not None or ticket):
        table.report("value-type", "register", key="register", value=of, expected="value")
        return
    if not name or (value is None and register is None):
        return
    span = span_of(table, defined, texts, is_level=is_level or register is not None)
    if span is None:
        return
    if register is not None:
        counters.add(table, name, span[1], register, unit, device)
        return
    assert value is not None  # noqa: S101  it or a register is there
    measure = defined.measures[name]
    # Where no period is stated a reading is of the one day; a level is of no span at all.
    seconds = 0.0 if is_level else float(span[1] - span[0]) or defined.seconds
    factor = defined.convert(table, unit or measure.unit, measure.kind, seconds, device)
    if factor is None:
        return
    if value < 0.0 and (is_level or defined.bounds[name][0] >= 0.0):
        table.report("amount-negative", "value", text=str(value))
        return
    reading = reading_of(
        defined,
        measure,
        table,
        value * factor,
        span=span,
        factor=factor,
        unit=unit,
        device=device,
    )
    if ticket:
        tickets.add(name, ticket, reading)
    else:
        (found.levels if is_level else found.amounts).setdefault(name, []).append(reading)


def _content(table: Table, defined: Definitions) -> tuple[str, str]:
    """Flow and layer of a reading of a content; layer "" if it is none."""
    of = table.data.get("of")
    if not isinstance(of, str) or of in defined.flows:
        return "", ""
    flow, _, layer = of.strip().rpartition(".")
    if flow not in defined.flows or layer not in defined.carried:
        return flow, ""
    table.text("of", required=True)
    return flow, layer


def _subject(table: Table, defined: Definitions, of: str) -> tuple[str, bool]:
    """What a reading is of: a flow, or a stock by its level; "" with a finding otherwise."""
    if of in defined.flows or not of:
        return of, False
    process = of.removeprefix("stock:") if of.startswith("stock:") else of.removesuffix(LEVEL)
    if process != of:
        if process in defined.stocks:
            return f"stock:{process}", True
        if process not in defined.processes:
            defined.unknown(table, "of", "process-unknown", process, defined.processes)
        else:
            table.report("key-missing", "of", process, key="[[stock]]")
        return "", True
    if (flow := of.rpartition(".")[0]) in defined.flows:
        unknown_content(table, "of", of, flow, defined.carried)
    else:
        defined.unknown(table, "of", "flow-unknown", of, defined.flows)
    return "", False


def span_of(
    table: Table, defined: Definitions, texts: dict[str, str], *, is_level: bool
) -> tuple[int, int] | None:
    """Begin and end in seconds UTC, equal for a level; None with a finding."""
    moments = {key: defined.instant(table, key, text) for key, text in texts.items() if text}
    if any(moment is None for moment in moments.values()):
        return None
    if defined.start is None or defined.end is None:
        if moments or is_level:
            table.report("key-missing", "", "network", key="start")
            return None
        return 0, 0
    start, end = moments.get("start"), moments.get("end")
    if (day := moments.get("day")) is not None:
        start, end = day, day + DAY
    if is_level:
        # A level holds at one moment; a bare day means its end, as in a log file.
        moment = defined.start if start is None else start
        return (end, end) if end is not None else (moment, moment)
    return _within(
        table,
        defined,
        defined.start if start is None else start,
        defined.end if end is None else end,
    )


def _within(table: Table, defined: Definitions, start: int, end: int) -> tuple[int, int] | None:
    texts = {key: str(table.data.get(key, "")) for key in ("start", "end")}
    if end <= start:
        table.report("span-empty", "end", **texts)
        return None
    if start < (defined.start or start) or end > (defined.end or end):
        table.report("reading-outside", "start", **texts)
        return None
    return start, end
