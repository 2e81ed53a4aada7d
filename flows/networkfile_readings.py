"""The readings of a network file: values, further readings and levels to measured values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from flows.measured import Measured
from flows.network import Spread
from flows.period import DAY

if TYPE_CHECKING:
    from flows.networkfile_contents import Contents
    from flows.networkfile_definitions import Definitions, Measure
    from flows.tomltable import Table

#: Relative standard deviation of a value that states none and whose device states none.
#: Typical of a hand-kept estimate; unverified, and said of every value it is used for.
ASSUMED = 0.10
LEVEL = ".level"


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading in canonical units; `start` and `end` are seconds UTC, equal for a level."""

    table: Table
    start: int
    end: int
    value: float
    sigma: float
    bias: float
    device: str
    relative_bias: float = 0.0

    def measured(self, of: str) -> Measured:
        return Measured(of, self.value, self.sigma, self.bias, self.device)


def measured_values(root: Table, defined: Definitions, contents: Contents) -> tuple[Measured, ...]:
    """All measured values of the period: of each flow and stock its own value, then readings.

    Contents of flows come last.
    """
    found: dict[str, list[Measured]] = {name: [] for name in defined.measures}
    for name in defined.flows:
        own = _own(defined, name)
        if own is not None:
            found[name].append(own.measured(name))
    for name in defined.stocks:
        found[f"stock:{name}"] += _own_change(defined, f"stock:{name}")
    amounts: dict[str, list[_Reading]] = {}
    levels: dict[str, list[_Reading]] = {}
    for table in root.tables("reading"):
        flow, layer = _content(table, defined)
        if layer:
            contents.read(table, flow, layer)
        else:
            _read(table, defined, amounts, levels)
    for name, readings in amounts.items():
        found[name] += _over_period(defined, name, readings)
    for name, readings in levels.items():
        found[name] += _change(defined, name, readings)
    return (*(item for items in found.values() for item in items), *contents.measured)


def _own(defined: Definitions, name: str) -> _Reading | None:
    """The value that stands in the table of a flow."""
    measure = defined.measures[name]
    value = measure.table.number("value")
    if value is None:
        return None
    if value < 0.0 <= defined.bounds[name][0]:
        measure.table.report("amount-negative", "value", text=str(value))
        return None
    return _reading(defined, measure, measure.table, value * measure.factor)


def _own_change(defined: Definitions, name: str) -> list[Measured]:
    """The change, or opening and closing level, that stand in the table of a stock."""
    measure = defined.measures[name]
    table = measure.table
    opening, closing, change = (table.number(key) for key in ("opening", "closing", "change"))
    found = []
    if change is not None:
        found.append(_reading(defined, measure, table, change * measure.factor).measured(name))
    if (opening is None) != (closing is None):
        missing = "opening" if opening is None else "closing"
        table.report("key-missing", "closing" if closing is not None else "opening", key=missing)
    for key, level in (("opening", opening), ("closing", closing)):
        if level is not None and level < 0.0:
            table.report("amount-negative", key, text=str(level))
    if opening is not None and closing is not None:
        ends = [
            _reading(
                defined,
                measure,
                table,
                level * measure.factor,
                key=key if key in table else "sigma",
            )
            for level, key in ((opening, "opening_sigma"), (closing, "closing_sigma"))
        ]
        found.append(_difference(name, *ends))
    return found


def _reading(
    defined: Definitions,
    measure: Measure,
    table: Table,
    value: float,
    *,
    span: tuple[int, int] | None = None,
    factor: float | None = None,
    unit: str = "",
    device: str = "",
    key: str = "sigma",
) -> _Reading:
    """A value with the sigma that it, its flow, its device or the default states."""
    factor = measure.factor if factor is None else factor
    device = device or measure.device
    declared = defined.devices.reading(device, unit or measure.unit, factor)
    typical = measure.typical
    if typical is not None and span is not None:
        typical *= (span[1] - span[0]) / defined.seconds
    seconds = float(span[1] - span[0]) if span and span[1] > span[0] else None
    spread = defined.spread(table, key, measure, factor=factor, seconds=seconds)
    if not math.isfinite(value):
        table.report("amount-not-finite", "value", text=str(table.data.get("value")))
    if spread is None and key not in table:
        # The sigma of the flow is of one reading: a rate is one over the span of that reading.
        share = (
            defined.convert(table, measure.unit, measure.kind, seconds, device) if seconds else 0
        )
        spread = defined.spread(
            measure.table, "sigma", measure, factor=share or measure.factor, seconds=seconds
        ) or (declared.sigma if declared else None)
        if spread is None and "sigma" not in measure.table:
            spread = Spread(relative=ASSUMED)
            table.report("sigma-assumed", "", percent=100 * ASSUMED)
    sigma = 0.0
    if spread is not None:
        floor = declared.resolution / math.sqrt(12.0) if declared else 0.0
        sigma = max(spread.at(value, typical), floor if spread.absolute != 0.0 else 0.0)
        if sigma == 0.0 and spread.absolute != 0.0:
            # A share of nothing is not exactness: only a literal 0 says that.
            table.report("key-missing", key, key="typical")
    bias = declared.bias_sigma if declared and sigma > 0.0 else None
    common = bias.at(value, typical) if bias else 0.0
    if bias and bias.relative:
        # A scale that shows 1 % too much shows a flow that turned 1 % too negative.
        common = math.copysign(common, value)
    start, end = span or (defined.start or 0, defined.end or 0)
    return _Reading(
        table,
        start,
        end,
        value,
        sigma,
        common,
        device,
        (bias.relative or 0.0) if bias else 0.0,
    )


def _read(
    table: Table,
    defined: Definitions,
    amounts: dict[str, list[_Reading]],
    levels: dict[str, list[_Reading]],
) -> None:
    """One `[[reading]]`; columns as in a log file."""
    of = table.text("of", required=True)
    name, is_level = _subject(table, defined, of)
    texts = {key: table.moment(key) for key in ("start", "end", "day")}
    value = table.number("value", required=True)
    unit, device = table.text("unit"), table.text("device")
    for key in ("quality", "source", "note"):
        table.text(key)
    table.raw("sigma")
    for key in ("register", "ticket"):
        if table.raw(key) is not None:
            table.report("not-built-yet", key, key=key, what=key)
    known = defined.devices.declared
    if device and device not in known:
        defined.unknown(table, "device", "device-unknown", device, known)
        device = ""
    table.close()
    if not name or value is None:
        return
    span = span_of(table, defined, texts, is_level=is_level)
    if span is None:
        return
    measure = defined.measures[name]
    seconds = float(span[1] - span[0]) if span[1] > span[0] else 0.0
    factor = defined.convert(table, unit or measure.unit, measure.kind, seconds, device)
    if factor is None:
        return
    if value < 0.0 and (is_level or defined.bounds[name][0] >= 0.0):
        table.report("amount-negative", "value", text=str(value))
        return
    reading = _reading(
        defined,
        measure,
        table,
        value * factor,
        span=span,
        factor=factor,
        unit=unit,
        device=device,
    )
    (levels if is_level else amounts).setdefault(name, []).append(reading)


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
    if of.rpartition(".")[0] in defined.flows:
        layers = ", ".join(defined.carried) or '[network] layers = ["mass", ...]'
        table.report("value-type", "of", key="of", value=of, expected=layers)
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


def _over_period(defined: Definitions, name: str, readings: list[_Reading]) -> list[Measured]:
    """Readings of the whole period as they are; those of parts summed where they tile it.

    A device whose readings tile the period measures it alone; those that do not may do so
    together, as a meter and the one that followed it.
    """
    period = (defined.start or 0, defined.end or 0)
    found = [item.measured(name) for item in readings if (item.start, item.end) == period]
    parts: dict[str, list[_Reading]] = {}
    for item in sorted(readings, key=lambda item: item.start):
        if (item.start, item.end) != period:
            parts.setdefault(item.device, []).append(item)
    left = {device: items for device, items in parts.items() if not _tiles(defined, items)}
    found += [_sum(name, {device: parts[device]}) for device in parts if device not in left]
    together = sorted((item for items in left.values() for item in items), key=lambda i: i.start)
    if len(left) > 1 and _tiles(defined, together):
        return [*found, _sum(name, left)]
    for items in left.values():
        overlap = _overlap(items)
        if overlap is not None:
            overlap.table.report("reading-overlap", "start", name)
        else:
            covered = sum(item.end - item.start for item in items) / defined.seconds
            items[0].table.report("coverage-partial", "", name, coverage=covered)
    return found


def _overlap(items: list[_Reading]) -> _Reading | None:
    return next((b for a, b in pairwise(items) if b.start < a.end), None)


def _tiles(defined: Definitions, items: list[_Reading]) -> bool:
    covered = sum(item.end - item.start for item in items)
    return _overlap(items) is None and covered >= defined.seconds


def _sum(name: str, parts: dict[str, list[_Reading]]) -> Measured:
    """Sum of readings; what a device has in common adds before squaring.

    A value has one device: the common part of the greatest is kept as such, those of others count
    as independent.
    """
    items = [item for each in parts.values() for item in each]
    common = {device: math.fsum(item.bias for item in each) for device, each in parts.items()}
    device = max(common, key=lambda each: abs(common[each]))
    others = [bias for each, bias in common.items() if each != device]
    return Measured(
        name,
        math.fsum(item.value for item in items),
        math.hypot(*(item.sigma for item in items), *others),
        common[device],
        device,
    )


def _change(defined: Definitions, name: str, readings: list[_Reading]) -> list[Measured]:
    """Closing minus opening level; several of one moment count by their weight."""
    ends = [
        [item for item in readings if item.start == moment]
        for moment in (defined.start, defined.end)
    ]
    if not all(ends):
        readings[0].table.report("coverage-partial", "", name, coverage=0.0)
        return []
    return [_difference(name, *(_mean(items) for items in ends))]


def _mean(items: list[_Reading]) -> _Reading:
    """Mean of readings of one moment, weighted by 1 / sigma^2; an exact one stands alone."""
    exact = [item for item in items if item.sigma == 0.0]
    if exact or len(items) == 1:
        return (exact or items)[0]
    least = min(item.sigma for item in items)
    weights = [(least / item.sigma) ** 2 for item in items]
    total = math.fsum(weights)
    first = items[0]
    return _Reading(
        first.table,
        first.start,
        first.end,
        math.fsum(w * item.value for w, item in zip(weights, items, strict=True)) / total,
        least / math.sqrt(total),
        first.bias,
        first.device,
        first.relative_bias,
    )


def _difference(name: str, opening: _Reading, closing: _Reading) -> Measured:
    """Change of a stock; an absolute bias of the one level meter cancels, a relative one grows."""
    value = closing.value - opening.value
    sigma = math.hypot(opening.sigma, closing.sigma)
    if opening.device and opening.device == closing.device:
        common = closing.bias - opening.bias  # an exact level has none
        if opening.relative_bias and closing.relative_bias:
            common = opening.relative_bias * value
        return Measured(name, value, sigma, common, opening.device)
    sigma = math.hypot(sigma, opening.bias, closing.bias)
    return Measured(name, value, sigma)
