"""Counters and tickets of a network file: registers are differenced, tickets add up."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from flows.networkfile.series import Reading, reading_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.networkfile.definitions import Definitions
    from flows.tomltable import Table


@dataclass(frozen=True, slots=True)
class _Register:
    """What a counter showed at a moment (seconds UTC), in `unit`."""

    table: Table
    moment: int
    value: float
    unit: str
    factor: float


class Counters:
    """Collects what registers showed; the amount between two of them is a reading of that span."""

    def __init__(self, defined: Definitions) -> None:
        """Nothing is read yet."""
        self._defined = defined
        self._read: dict[tuple[str, str], list[_Register]] = {}

    def add(
        self, table: Table, flow: str, moment: int, value: float, unit: str, device: str
    ) -> None:
        """One reading of a register; its unit, or that of the flow, is of an amount."""
        measure = self._defined.measures[flow]
        seconds = self._defined.seconds
        factor = self._defined.convert(table, unit or measure.unit, measure.kind, seconds, device)
        if factor is None:
            return
        if _is_rate(unit or measure.unit, measure.kind):
            if unit:
                expected = _amount_unit(measure.kind)
                table.report("value-type", "unit", key="unit", value=unit, expected=expected)
            else:
                table.report("unit-missing", "unit", text=f"{value:g}")
            return
        device = device or measure.device
        declared = self._defined.devices.declared.get(device)
        most = declared.rollover if declared else None
        if value < 0.0 or (most is not None and value >= most):
            high = "" if most is None else f"< {most:g}"
            table.report("value-range", "register", key="register", value=value, low=0, high=high)
            return
        shown = _Register(table, moment, value, unit or measure.unit, factor)
        self._read.setdefault((flow, device), []).append(shown)

    def differenced(self) -> Iterator[tuple[str, list[Reading]]]:
        """Amounts of each flow and device between two readings, within the period."""
        for (flow, device), shown in self._read.items():
            shown.sort(key=lambda each: each.moment)
            found = [
                reading
                for earlier, later in pairwise(shown)
                if (reading := self._between(flow, device, earlier, later)) is not None
            ]
            if found:
                yield flow, found
            elif len(shown) == 1:
                shown[0].table.report("coverage-partial", "register", flow, coverage=0.0)

    def _between(
        self, flow: str, device: str, earlier: _Register, later: _Register
    ) -> Reading | None:
        from flows.counters import advance

        defined, table = self._defined, later.table
        declared = defined.devices.declared.get(device)
        rollover, multiplier = (declared.rollover, declared.multiplier) if declared else (None, 1.0)
        if earlier.moment == later.moment:
            if earlier.value != later.value:
                table.report("reading-overlap", "register", flow)
            return None
        if earlier.unit != later.unit:
            table.report("unit-conflict", "unit", text=f"{later.value:g}", unit=later.unit,
                         other=earlier.unit)  # fmt: skip
            return None
        step = advance(earlier.value, later.value, rollover)
        if step is None:
            numbers = {"previous": earlier.value, "value": later.value}
            table.report("register-drop", "register", flow, device=device, **numbers)
            return None
        span = earlier.moment, later.moment
        if span[0] < (defined.start or span[0]) or span[1] > (defined.end or span[1]):
            table.report("reading-outside", "register", flow)
            return None
        factor = later.factor
        amount = step * multiplier * factor
        measure = defined.measures[flow]
        reading = reading_of(
            defined,
            measure,
            table,
            amount,
            span=span,
            factor=factor,
            unit=later.unit,
            device=device,
        )
        last = self._sigma(later, flow, multiplier)
        if last is None:
            return reading
        first = self._sigma(earlier, flow, multiplier)
        ends = (last if first is None else first, last)
        return replace(reading, sigma=math.hypot(*ends), ends=ends)

    def _sigma(self, shown: _Register, flow: str, multiplier: float) -> float | None:
        """Standard deviation of the register itself, None where it states none or a percentage."""
        measure = self._defined.measures[flow]
        spread = self._defined.spread(shown.table, "sigma", measure, factor=shown.factor)
        if spread is None or spread.absolute is None:
            return None
        return spread.absolute * multiplier


class Tickets:
    """Collects tickets; those of one flow, device and span add up to a reading of that span."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._read: dict[tuple[str, str, int, int], list[Reading]] = {}
        self._used: dict[tuple[str, str], Reading] = {}

    def add(self, flow: str, ticket: str, reading: Reading) -> None:
        """One ticket; its number is used once a device, or once a flow where there is none."""
        key = reading.device or flow, ticket
        if key in self._used:
            params = {"ticket": ticket, "what": flow, "device": reading.device}
            reading.table.report("ticket-duplicate", "ticket", flow, **params)
            return
        self._used[key] = reading
        place = flow, reading.device, reading.start, reading.end
        self._read.setdefault(place, []).append(reading)

    def summed(self) -> Iterator[tuple[str, list[Reading]]]:
        """Chance parts add in squares, what the device shares as it is."""
        for (flow, *_), items in self._read.items():
            total = replace(
                items[0],
                value=math.fsum(item.value for item in items),
                sigma=math.hypot(*(item.sigma for item in items)),
                bias=math.fsum(item.bias for item in items),
            )
            yield flow, [total]


def ticket_of(table: Table) -> str:
    """The number of a ticket, written as a text or as a number; "" where there is none."""
    number = table.raw("ticket")
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)
    return table.text("ticket")


def _is_rate(unit: str, kind: str) -> bool:
    if not unit:
        return False
    from flows.conversion import conversion

    return conversion(unit, kind).per_time


def _amount_unit(kind: str) -> str:
    from flows.kinds import KINDS

    return KINDS[kind].unit
