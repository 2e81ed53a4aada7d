"""Readings: what the effective rows say of amounts, counters differenced, each with its sigma."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from flows.counters import Meters, differences, groups
from flows.findings import finding
from flows.network import Device, Flow, FlowNetwork, Spread, Stock
from flows.period import DAY, Calendar
from flows.records import State
from flows.rows import STATE_CODE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.counters import Differences
    from flows.findings import Finding
    from flows.rows import Rows, Subject

VALUE, ZERO, MISSING, REGISTER = (
    STATE_CODE[state] for state in (State.VALUE, State.ZERO, State.MISSING, State.REGISTER)
)

#: `day` of a reading that belongs to no single operating day.
NO_DAY = -1

#: Where neither the reading nor its device nor its flow states a spread; said aloud as
#: `sigma-assumed`. A cautious guess, not from any standard: unverified.
ASSUMED = Spread(relative=0.10)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """One line a reading, all arrays of length n.

    Attributes:
        subjects, devices: What the columns `subject` and `device` index; device -1 is none.
        day: Ordinal of the operating day in which the whole span lies, or `NO_DAY`.
        day_seconds: Length of that day by the calendar of its device, seconds.
        start, end: [start, end) in seconds UTC; equal for a level or sample.
        amount, sigma: Canonical unit; NaN of a missing one. sigma 0 is exact.
        state: Code of VALUE, ZERO or MISSING.
        id, before: Ids of the rows behind it; `before` is the earlier counter reading or 0.
    """

    subjects: tuple[Subject, ...]
    devices: tuple[str, ...]
    subject: NDArray[np.int64]
    device: NDArray[np.int64]
    day: NDArray[np.int64]
    day_seconds: NDArray[np.float64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    amount: NDArray[np.float64]
    sigma: NDArray[np.float64]
    state: NDArray[np.int8]
    id: NDArray[np.int64]
    before: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Raw:
    """What the rows say, before a day and a default sigma are found for it."""

    subject: NDArray[np.int64]
    device: NDArray[np.int64]
    day: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    amount: NDArray[np.float64]
    sigma: NDArray[np.float64]
    state: NDArray[np.int8]
    id: NDArray[np.int64]
    before: NDArray[np.int64]
    ticket: NDArray[np.bool_]


def readings(
    rows: Rows, network: FlowNetwork, calendar: Calendar
) -> tuple[Readings, tuple[Finding, ...]]:
    """Effective rows as readings of amounts.

    Counters are differenced per subject and device; where a stated amount speaks of the same
    time, it stands and the difference is left out. After a drop the amount is missing.

    Returns:
        The readings, and the findings `register-drop` and `sigma-assumed`.
    """
    meters = Meters(network.devices)
    raw, found = _raw(rows, meters)
    days, seconds = _placed(raw, rows.devices, meters, calendar)
    sigma, assumed = _sigmas(raw, rows, network, meters)
    return Readings(
        rows.subjects,
        rows.devices,
        raw.subject,
        raw.device,
        days,
        seconds,
        raw.start,
        raw.end,
        raw.amount,
        sigma,
        raw.state,
        raw.id,
        raw.before,
    ), (*found, *assumed)


def _raw(rows: Rows, meters: Meters) -> tuple[_Raw, tuple[Finding, ...]]:
    counter = rows.state == REGISTER
    stated = rows.at(rows.effective & ~counter)
    raw = _Raw(
        stated.subject,
        stated.device,
        stated.day,
        stated.start,
        stated.end,
        stated.amount,
        stated.sigma,
        stated.state,
        stated.id,
        np.zeros(len(stated), np.int64),
        stated.ticket,
    )
    if not counter.any():
        return raw, ()
    between, found = differences(rows.at(rows.effective & counter), meters)
    free = _unspoken(between, raw)
    amount = between.amount[free]
    code = np.where(np.isnan(amount), MISSING, np.where(amount == 0.0, ZERO, VALUE))
    none = np.zeros(len(amount), np.bool_)
    return _Raw(
        np.concatenate((raw.subject, between.subject[free])),
        np.concatenate((raw.device, between.device[free])),
        np.concatenate((raw.day, between.day[free])),
        np.concatenate((raw.start, between.start[free])),
        np.concatenate((raw.end, between.end[free])),
        np.concatenate((raw.amount, amount)),
        np.concatenate((raw.sigma, between.sigma[free])),
        np.concatenate((raw.state, code.astype(np.int8))),
        np.concatenate((raw.id, between.id[free])),
        np.concatenate((raw.before, between.before[free])),
        np.concatenate((raw.ticket, none)),
    ), found


def _unspoken(between: Differences, raw: _Raw) -> NDArray[np.int64]:
    """Places of the differences in whose time no amount of the same meter is stated."""
    free = np.ones(len(between.id), np.bool_)
    said = (raw.state != MISSING) & (raw.end > raw.start)
    for subject, device, own in groups(between.subject, between.device):
        busy = said & (raw.subject == subject) & (raw.device == device)
        starts, ends = np.sort(raw.start[busy]), np.sort(raw.end[busy])
        begun = np.searchsorted(starts, between.end[own], side="left")
        over = np.searchsorted(ends, between.start[own], side="right")
        free[own] = begun == over
    return np.flatnonzero(free)


def _placed(
    raw: _Raw, names: tuple[str, ...], meters: Meters, calendar: Calendar
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The operating day that holds each span whole, by the park's or its device's calendar."""
    days = np.full(len(raw.day), NO_DAY, np.int64)
    seconds = np.full(len(raw.day), float(DAY))
    spans = raw.end > raw.start
    by_hour: dict[int, list[int]] = {}
    for code, name in enumerate(names):
        for item in meters.all(name):
            if item.day_start not in (None, calendar.day_start):
                by_hour.setdefault(int(item.day_start or 0), []).append(code)
    # the park's calendar first, so that a device's own has the last word
    for own, wanted in [
        (calendar, spans),
        *(
            (Calendar(calendar.zone, hour), spans & np.isin(raw.device, codes))
            for hour, codes in by_hour.items()
        ),
    ]:
        if not wanted.any():
            continue
        first, last = int(raw.day[wanted].min()), int(raw.day[wanted].max())
        bounds = np.array(
            [own.instant(date.fromordinal(day)) for day in range(first, last + 2)], np.int64
        )
        place = np.where(wanted, raw.day - first, 0)
        inside = wanted & (raw.start >= bounds[place]) & (raw.end <= bounds[place + 1])
        days[inside] = raw.day[inside]
        seconds[inside] = (bounds[place + 1] - bounds[place])[inside]
    return days, seconds


def _sigmas(
    raw: _Raw, rows: Rows, network: FlowNetwork, meters: Meters
) -> tuple[NDArray[np.float64], list[Finding]]:
    """Stated sigma, else the device's, else the flow's; never below the resolution's part."""
    sigma = np.full(len(raw.amount), math.nan)
    found: list[Finding] = []
    for subject, device, places in groups(raw.subject, raw.device):
        own = places[raw.state[places] != MISSING]
        if not len(own):
            continue
        what = rows.subjects[subject].what
        definition = definition_of(network, what)
        name = rows.devices[device] if device >= 0 else ""
        for meter, part in meters.split(name, raw.day[own]):
            at = own[part]
            spread = (meter.sigma if meter else None) or (definition.sigma if definition else None)
            if spread is None and np.isnan(raw.sigma[at]).any() and definition is not None:
                percent = 100.0 * (ASSUMED.relative or 0.0)
                found.append(finding("sigma-assumed", what, percent=percent))
            sigma[at] = _sigma(raw, at, spread or ASSUMED, meter, definition)
    return sigma, found


def definition_of(network: FlowNetwork, what: str) -> Flow | Stock | None:
    """What the network declares of a subject, None of a property or context figure."""
    if what.startswith("stock:"):
        return network.stock.get(what.removeprefix("stock:"))
    return network.flow.get(what)


def _sigma(
    raw: _Raw,
    at: NDArray[np.int64],
    spread: Spread,
    meter: Device | None,
    definition: Flow | Stock | None,
) -> NDArray[np.float64]:
    values, stated = np.abs(raw.amount[at]), raw.sigma[at]
    per_day = definition.typical if isinstance(definition, Flow) else None
    # of one truck the day's typical amount says nothing
    days = np.where(raw.ticket[at], 0.0, (raw.end[at] - raw.start[at]) / DAY)
    # a difference of two counter readings is rounded twice
    rounded = np.where(raw.before[at] > 0, math.sqrt(2.0), 1.0)
    floor = rounded * (meter.resolution if meter else 0.0) / math.sqrt(12.0)
    if spread.absolute is not None:
        default = np.full(len(at), spread.at(0.0))
    else:
        scale = np.maximum(values, (per_day or 0.0) * days)
        default = np.maximum((spread.relative or 0.0) * scale, spread.floor)
    if spread.absolute != 0.0:
        default = np.maximum(default, floor)
        if not default.all():
            # a relative sigma at a zero reading never becomes exact: it is one of the usual
            # reading, or of one canonical unit where nothing else was read
            usual = float(values.mean()) or 1.0
            default[default == 0.0] = (spread.relative or ASSUMED.relative or 0.1) * usual
    said = np.where(stated > 0.0, np.maximum(stated, floor), stated)
    return np.where(np.isnan(stated), default, said)
