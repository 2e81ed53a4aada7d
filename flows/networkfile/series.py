"""Readings of a network file over its period: parts that tile it are summed, levels differenced."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from flows.measured import Measured
from flows.network import Spread

if TYPE_CHECKING:
    from flows.networkfile.definitions import Definitions, Measure
    from flows.tomltable import Table

#: Relative standard deviation of a value that states none and whose device states none.
#: Typical of a hand-kept estimate; unverified, and said of every value it is used for.
ASSUMED = 0.10


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading in canonical units; `start` and `end` are seconds UTC, equal for a level.

    Attributes:
        ends: Of an amount between two readings of a counter: standard deviation of the one at its
            start and of the one at its end, where they state it.
    """

    table: Table
    start: int
    end: int
    value: float
    sigma: float
    bias: float
    device: str
    relative_bias: float = 0.0
    ends: tuple[float, float] | None = None

    def measured(self, of: str) -> Measured:
        """The same as a measured value of the period."""
        return Measured(of, self.value, self.sigma, self.bias, self.device)


def reading_of(
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
) -> Reading:
    """A value with the sigma that it, its flow, its device or the default states."""
    factor = measure.factor if factor is None else factor
    device = device or measure.device
    declared = defined.devices.reading(device, unit or measure.unit, factor)
    typical = measure.typical
    if typical is not None and span is not None and span[1] > span[0]:
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
    return Reading(
        table,
        start,
        end,
        value,
        sigma,
        common,
        device,
        (bias.relative or 0.0) if bias else 0.0,
    )


def over_period(defined: Definitions, name: str, readings: list[Reading]) -> list[Measured]:
    """Readings of the whole period as they are; those of parts summed where they tile it.

    A device whose readings tile the period measures it alone; those that do not may do so
    together, as a meter and the one that followed it.
    """
    period = (defined.start or 0, defined.end or 0)
    found = [item.measured(name) for item in readings if (item.start, item.end) == period]
    parts: dict[str, list[Reading]] = {}
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


def _overlap(items: list[Reading]) -> Reading | None:
    return next((b for a, b in pairwise(items) if b.start < a.end), None)


def _tiles(defined: Definitions, items: list[Reading]) -> bool:
    covered = sum(item.end - item.start for item in items)
    return _overlap(items) is None and covered >= defined.seconds


def _sum(name: str, parts: dict[str, list[Reading]]) -> Measured:
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
        math.hypot(*(_chance(each) for each in parts.values()), *others),
        common[device],
        device,
    )


def _chance(items: list[Reading]) -> float:
    """Independent part of a sum; what one counter reading ends and begins cancels in it."""
    ordered = sorted(items, key=lambda item: item.start)
    variances = [item.sigma**2 for item in ordered]
    for before, after in pairwise(ordered):
        if before.ends and after.ends and before.end == after.start:
            variances += [-(before.ends[1] ** 2), -(after.ends[0] ** 2)]
    return math.sqrt(max(math.fsum(variances), 0.0))


def change(defined: Definitions, name: str, readings: list[Reading]) -> list[Measured]:
    """Closing minus opening level; several of one moment count by their weight."""
    ends = [
        [item for item in readings if item.start == moment]
        for moment in (defined.start, defined.end)
    ]
    if not all(ends):
        readings[0].table.report("coverage-partial", "", name, coverage=0.0)
        return []
    return [difference(name, *(_mean(items) for items in ends))]


def _mean(items: list[Reading]) -> Reading:
    """Mean of readings of one moment, weighted by 1 / sigma^2; an exact one stands alone."""
    exact = [item for item in items if item.sigma == 0.0]
    if exact or len(items) == 1:
        return (exact or items)[0]
    least = min(item.sigma for item in items)
    weights = [(least / item.sigma) ** 2 for item in items]
    total = math.fsum(weights)
    first = items[0]
    return Reading(
        first.table,
        first.start,
        first.end,
        math.fsum(w * item.value for w, item in zip(weights, items, strict=True)) / total,
        least / math.sqrt(total),
        first.bias,
        first.device,
        first.relative_bias,
    )


def difference(name: str, opening: Reading, closing: Reading) -> Measured:
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
