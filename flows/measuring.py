"""What was measured of a period: sums of readings with both parts of sigma, and stock changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from flows.counters import Meters
from flows.findings import finding
from flows.kinds import KINDS
from flows.measured import Measured
from flows.period import DAY, Calendar
from flows.readings import MISSING, NO_DAY, Readings, readings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.network import Device, Flow, FlowNetwork, Stock
    from flows.period import Period
    from flows.rows import Rows

#: Least share of a period's time that must be measured for the rest to be imputed.
LEAST_COVERAGE = 0.5

_WHOLE = 1.0 - 1e-9
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class PeriodMeasured:
    """Measurements of one period.

    Attributes:
        measured: By flow id or `stock:<process>`; what is not in it was not measured.
        others: Further measurements of the same flows by other devices.
        findings: `missing-imputed`, `coverage-partial`, `stocktake-missing` and those of
            `flows.readings.readings`.
    """

    measured: Mapping[str, Measured]
    others: tuple[Measured, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Sum:
    """Readings of one flow by one device within the period, in segments of time."""

    amounts: list[float] = field(default_factory=list)
    variances: list[float] = field(default_factory=list)
    days: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def measured_of_period(
    rows: Rows,
    network: FlowNetwork,
    calendar: Calendar,
    period: Period,
    whats: Iterable[str] | None = None,
) -> PeriodMeasured:
    """Add up what lies within a period, flow by flow.

    The sum has sigma in quadrature over its readings and the bias of its device in a line over
    them. Devices in force one after the other make one series (`Meters.series`), in which what
    another device's readings share adds in quadrature; a device beside them is a further
    measurement.

    Time of which nothing is said is imputed by the mean of the measured time, if that is at least
    `LEAST_COVERAGE` of the period and there are two readings or more: with S the sum over n days,
    s the day-to-day standard deviation and m days to impute, total = S (1 + m/n) and
    variance = var(S) (1 + m/n)^2 + s^2 m (1 + m/n).

    A stock's change needs a level exactly at both ends of the period.

    Args:
        rows: Of the period, with the day before it and the counter readings before that.
        network: Definitions; rows whose kind is not the flow's are left out.
        calendar: The park's zone and hour of the day's begin.
        period: Whole operating days.
        whats: Only these flows and stocks.
    """
    wanted = None if whats is None else frozenset(whats)
    read, found = readings(rows, network, calendar)
    meters = Meters(network.devices)
    findings = list(found)
    measured: dict[str, Measured] = {}
    others: list[Measured] = []
    for flow in network.flow.values():
        if wanted is not None and flow.id not in wanted:
            continue
        candidates = _flow(read, flow, meters, calendar, period, findings)
        if candidates:
            measured[flow.id] = candidates[0]
            others += candidates[1:]
    for stock in network.stock.values():
        if wanted is None or stock.id in wanted:
            change = _change(read, stock, meters, calendar, period)
            if change is None:
                findings.append(finding("stocktake-missing", stock.id, period=period.text))
            else:
                measured[stock.id] = change
    if wanted is None:
        if not _any(read, calendar, period):
            # One word about all of it, in place of one about each stock.
            findings = [finding("period-empty", period=period.text)]
        findings += _unused(read, network, calendar, period)
    return PeriodMeasured(measured, tuple(others), tuple(findings))


def _any(read: Readings, calendar: Calendar, period: Period) -> bool:
    """Whether anything was read within the period, or at its ends."""
    span = calendar.period_span(period)
    inside = (read.end > span.start) & (read.start < span.end)
    level = (read.end == read.start) & (read.start >= span.start) & (read.start <= span.end)
    return bool((inside | level).any())


def _unused(
    read: Readings, network: FlowNetwork, calendar: Calendar, period: Period
) -> list[Finding]:
    """Entries of the period of what the network does not know, or knows as another kind."""
    span = calendar.period_span(period)
    inside = (read.end > span.start) & (read.start < span.end)
    kinds = {item.id: item.kind for item in network.flows}
    kinds |= {item.id: item.kind for item in network.stocks}
    found = []
    for code, subject in enumerate(read.subjects):
        owner = subject.what.rpartition(".")[0]
        if kinds.get(subject.what) == subject.kind or owner in kinds:
            continue
        count = int((inside & (read.subject == code)).sum())
        if count and not subject.what.startswith("context:"):
            said = finding(
                "entries-unused",
                subject.what,
                count=count,
                kind=subject.kind,
                period=period.text,
            )
            found.append(said)
    return found


def _flow(
    read: Readings,
    flow: Flow,
    meters: Meters,
    calendar: Calendar,
    period: Period,
    findings: list[Finding],
) -> list[Measured]:
    """Measurements of a flow, one a device or series of devices; the one to use first."""
    codes = [
        code
        for code, subject in enumerate(read.subjects)
        if subject.what == flow.id and subject.kind == flow.kind
    ]
    own = np.isin(read.subject, codes) & (read.end > read.start)
    if not own.any():
        return []
    span = calendar.period_span(period)
    on_day = own & (read.day >= period.first.toordinal())
    on_day &= read.day < period.last_excluded.toordinal()
    whole = own & (read.day == NO_DAY) & (read.start >= span.start) & (read.end <= span.end)
    straddling = own & (read.day == NO_DAY) & ~whole
    straddling &= (read.start < span.end) & (read.end > span.start)
    inside = on_day | whole
    candidates: list[tuple[bool, float, Measured | None]] = []
    devices = [int(device) for device in np.unique(read.device[inside])]
    series = meters.series(flow.device, [read.devices[code] for code in devices if code >= 0])
    for codes in _series(read, devices, series):
        name = read.devices[codes[0]] if codes[0] >= 0 else ""
        name = flow.device if name in series else name
        part = _sum(read, np.flatnonzero(inside & np.isin(read.device, codes)))
        covered = min(sum(part.days) / period.days, 1.0)
        result = _total(read, part, flow, name, meters, period.days) if part.amounts else None
        candidates.append((name == flow.device, covered, result))
    candidates.sort(key=lambda item: (item[2] is not None, item[0], item[1]), reverse=True)
    usable = [item for _, _, item in candidates if item is not None]
    if not usable:
        covered = max((item[1] for item in candidates), default=0.0)
        if inside.any() or straddling.any():
            across = int(straddling.sum())
            told: dict[str, Any] = {"straddling": across} if across else {}
            findings.append(
                finding(
                    "coverage-partial",
                    flow.id,
                    coverage=covered,
                    least=LEAST_COVERAGE,
                    period=period.text,
                    **told,
                )
            )
        return []
    best = usable[0]
    if best.coverage < _WHOLE:
        findings.append(
            finding(
                "missing-imputed",
                flow.id,
                coverage=best.coverage,
                days=(1.0 - best.coverage) * period.days,
                imputed=best.imputed,
                unit=KINDS[flow.kind].unit if flow.kind in KINDS else "",
                value=best.value,
                period=period.text,
            )
        )
    return usable


def _series(read: Readings, devices: list[int], series: tuple[str, ...]) -> list[list[int]]:
    """Codes of the devices that stand for one measurement each: the series, then the others."""
    joined = [code for code in devices if code >= 0 and read.devices[code] in series]
    return [joined] * bool(joined) + [[code] for code in devices if code not in joined]


def _sum(read: Readings, places: NDArray[np.int64]) -> _Sum:
    """One segment a day, and one a longer span; missing ones are none."""
    part = _Sum()
    by_day: dict[int, list[int]] = {}
    for place in map(int, places):
        if read.state[place] == MISSING:
            continue
        part.places.append(place)
        if read.day[place] == NO_DAY:
            part.amounts.append(float(read.amount[place]))
            part.variances.append(float(read.sigma[place]) ** 2)
            part.days.append(float(read.end[place] - read.start[place]) / DAY)
        else:
            by_day.setdefault(int(read.day[place]), []).append(place)
    for own in by_day.values():
        part.amounts.append(math.fsum(float(read.amount[place]) for place in own))
        part.variances.append(math.fsum(float(read.sigma[place]) ** 2 for place in own))
        spans = [(int(read.start[place]), int(read.end[place])) for place in own]
        part.days.append(min(union(spans) / float(read.day_seconds[own[0]]), 1.0))
    return part


def union(spans: Iterable[tuple[int, int]]) -> int:
    """Seconds that spans cover together."""
    covered, until = 0, None
    for start, end in sorted(spans):
        begin = start if until is None else max(start, until)
        covered += max(0, end - begin)
        until = end if until is None else max(until, end)
    return covered


def _total(
    read: Readings, part: _Sum, flow: Flow, name: str, meters: Meters, days: int
) -> Measured | None:
    """The sum with its imputed part, or None where too little was measured."""
    total, variance = math.fsum(part.amounts), math.fsum(part.variances)
    measured_days = math.fsum(part.days)
    coverage = min(measured_days / days, 1.0)
    bias, earlier = _bias(read, part, name, meters, _usual(part, flow.typical))
    variance += earlier
    imputed = 0.0
    if coverage < _WHOLE:
        if coverage < LEAST_COVERAGE or len(part.amounts) < 2:
            return None
        missing = days - measured_days
        rate = total / measured_days
        # readings of k days scatter with s^2/k about the rate
        scatter = math.fsum(
            k * (amount / k - rate) ** 2 for amount, k in zip(part.amounts, part.days, strict=True)
        ) / (len(part.amounts) - 1)
        grown = 1.0 + missing / measured_days
        imputed = rate * missing
        variance = variance * grown**2 + scatter * missing * grown
        total, bias = total + imputed, bias * grown
    return Measured(
        flow.id,
        total,
        math.sqrt(variance),
        bias,
        name if bias else "",
        1.0 if coverage >= _WHOLE else coverage,
        imputed,
        ids(read, part.places),
    )


def _usual(part: _Sum, typical: float | None) -> float:
    """Sum of max(reading, typical) over the sum of the readings; a stated zero stays zero.

    A relative spread is of no less than what is usual: a bias that makes a meter read low would
    else shrink its own sigma.
    """
    read = [(amount, days) for amount, days in zip(part.amounts, part.days, strict=True) if amount]
    total = math.fsum(abs(amount) for amount, _ in read)
    if typical is None or total == 0.0:
        return 1.0
    return math.fsum(max(abs(amount), abs(typical) * days) for amount, days in read) / total


def _bias(
    read: Readings, part: _Sum, name: str, meters: Meters, usual: float
) -> tuple[float, float]:
    """What the readings of the device share, and the variance by what its predecessors shared."""
    places = np.array(part.places, np.int64)
    own = earlier = 0.0
    for device in np.unique(read.device[places]):
        said = read.devices[device] if device >= 0 else ""
        at = places[read.device[places] == device]
        days = np.where(read.day[at] == NO_DAY, read.start[at] // DAY + _EPOCH, read.day[at])
        bias = math.fsum(
            _shared(meter, usual * float(read.amount[at[some]].sum()), len(some))
            for meter, some in meters.split(said, days)
        )
        if said == name:
            own = bias
        else:
            earlier += bias**2
    return own, earlier


def _shared(meter: Device | None, total: float, count: int) -> float:
    """A relative bias is of the sum, an absolute one of each reading."""
    spread = meter.bias_sigma if meter is not None else None
    if spread is None:
        return 0.0
    if spread.absolute is not None:
        return count * spread.at(0.0)
    return max((spread.relative or 0.0) * abs(total), count * spread.floor)


def _change(
    read: Readings, stock: Stock, meters: Meters, calendar: Calendar, period: Period
) -> Measured | None:
    """Closing minus opening level; both by the same device, where there is a choice."""
    span = calendar.period_span(period)
    codes = [
        code
        for code, subject in enumerate(read.subjects)
        if subject.what == stock.id and subject.kind == stock.kind
    ]
    levels = np.isin(read.subject, codes) & (read.start == read.end) & (read.state != MISSING)
    opening = np.flatnonzero(levels & (read.start == span.start))
    closing = np.flatnonzero(levels & (read.start == span.end))
    if not len(opening) or not len(closing):
        return None
    own = read.devices.index(stock.device) if stock.device in read.devices else -1
    pairs = [
        (read.device[first] != read.device[last], read.device[first] != own, first, last)
        for first in opening
        for last in closing
    ]
    _, _, first, last = min(pairs)
    change = float(read.amount[last] - read.amount[first])
    sigma = math.hypot(float(read.sigma[first]), float(read.sigma[last]))
    ends = []
    for place, instant in ((first, span.start), (last, span.end)):
        name = read.devices[read.device[place]] if read.device[place] >= 0 else ""
        day = calendar.day_ended_by(instant).toordinal()
        ends.append((name, meters.at(name, day), float(read.amount[place])))
    (name, meter, _), (other, at_the_end, _) = ends
    bias = 0.0
    if name == other and meter is at_the_end:
        # an offset common to both levels falls out of their difference; a wrong scale does not
        spread = meter.bias_sigma if meter else None
        bias = (spread.relative or 0.0) * change if spread else 0.0
    else:
        sigma = math.hypot(sigma, *(_shared(by, level, 1) for _, by, level in ends))
    return Measured(
        stock.id, change, sigma, bias, name if bias else "", 1.0, 0.0, ids(read, (first, last))
    )


def ids(read: Readings, places: Iterable[np.int64 | int]) -> tuple[int, ...]:
    """Ids of the rows behind readings, in order."""
    found: set[int] = set()
    for place in places:
        found.update((int(read.id[place]), int(read.before[place])))
    return tuple(sorted(found - {0}))
