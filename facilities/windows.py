"""Spans over which limits are judged: hours, days, samples, months, years, and what was read."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from flows.counters import Meters
from flows.kinds import KINDS
from flows.measuring import measured_of_period, union
from flows.period import Period
from flows.readings import MISSING, readings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from facilities.park import Limit, Park
    from flows.network import FlowNetwork
    from flows.readings import Readings
    from flows.rows import Rows

#: What a limit may be averaged or added up over, by the word of the park file or standard.
SPANS: Mapping[str, str] = {
    "1h": "hour", "hour": "hour", "24h": "day", "day": "day", "sample": "sample",
    "moment": "sample", "month": "month", "year": "year",
}  # fmt: skip

_HOUR = 3600
_WHOLE = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read over one span of a limit, in the unit of the limit.

    Attributes:
        text: The span, as people know it: a day or `2025-03`.
        value: None where too little was read to tell.
        sigma: One standard deviation, both parts.
        coverage: Share of the span that was read.
        least, most: What the value may be, whatever was not read.
    """

    first: date
    last: date
    text: str
    value: float | None = None
    sigma: float = 0.0
    coverage: float = 1.0
    least: float = math.nan
    most: float = math.nan


def windows(
    park: Park,
    rows: Rows,
    limit: Limit,
    kind: str,
    factor: Callable[[float | None], float],
    period: Period,
    until: date,
) -> list[Seen]:
    """Every span of a limit that ends within a period, in order; empty where none is due.

    Flows and context figures are due for each day, month or year; what is read by sample, and what
    is read by the hour, where it is on the daily tour or has any reading.

    Args:
        park: Definitions and calendar.
        rows: Of what the limit is on, and of nothing else.
        limit: The limit.
        kind: Kind of what it is on.
        factor: Canonical units per unit of the limit, by the seconds of a span (for a rate).
        period: Whole operating days.
        until: The first day that is not over.
    """
    span = SPANS[limit.span]
    end = min(period.last_excluded, until)
    due = [
        item
        for item in _calendar(span, period.first, end)
        if limit.validity.holds(item.first)
        and limit.validity.holds(item.last_excluded - timedelta(days=1))
    ]
    if not due:
        return []
    summed = span in ("month", "year", "day") and KINDS[kind].extensive
    if summed and limit.of in park.definitions.flow:
        return [
            _flow(park, rows, network, limit.of, item, factor)
            for item in due
            if limit.of in (network := network_of(park, item)).flow
        ]
    network = network_of(park, due[-1])
    read, _ = readings(rows, network, park.calendar)
    if summed and limit.of.startswith("context:"):
        return [_context(park, read, item, factor) for item in due]
    if span in ("hour", "sample"):
        found = list(_singles(park, read, network, span, due, factor))
    else:
        found = list(_means(park, read, due, factor))
    if found and limit.of not in park.tour:
        return found
    have = {item.first for item in found}
    lacking = [_nothing(item) for item in due if item.first not in have]
    if limit.of not in park.tour and span != "month":
        lacking = lacking[:1]  # nobody is bound to sample each day
    return sorted([*found, *lacking], key=lambda item: (item.first, item.text))


def network_of(park: Park, window: Period) -> FlowNetwork:
    """Definitions on the last day of a span, with every device there ever was."""
    return replace(park.network(_last(window)), devices=park.devices)


def _nothing(window: Period, coverage: float = 0.0) -> Seen:
    return Seen(window.first, _last(window), window.text, coverage=coverage)


def _last(window: Period) -> date:
    return window.last_excluded - timedelta(days=1)


def _calendar(span: str, first: date, end: date) -> Iterator[Period]:
    """Days, months or years that end after `first` and by `end`."""
    begin = first
    if span == "month":
        begin = first.replace(day=1)
    elif span == "year":
        begin = first.replace(month=1, day=1)
    while begin < end:
        if span == "month":
            text, after = begin.strftime("%Y-%m"), (begin + timedelta(days=31)).replace(day=1)
        elif span == "year":
            text, after = str(begin.year), begin.replace(year=begin.year + 1)
        else:
            text, after = begin.isoformat(), begin + timedelta(days=1)
        if after <= end:
            yield Period(text, begin, after)
        begin = after


def _flow(
    park: Park,
    rows: Rows,
    network: FlowNetwork,
    of: str,
    window: Period,
    factor: Callable[[float | None], float],
) -> Seen:
    """Sum or mean rate of a flow; the part that was not read is bounded by what is possible."""
    inside = rows.at(
        (rows.day >= window.first.toordinal() - 1) & (rows.day <= window.last_excluded.toordinal())
    )
    summed = measured_of_period(inside, network, park.calendar, window, [of])
    seconds = float(park.calendar.period_span(window).seconds)
    scale = factor(seconds)
    found = summed.measured.get(of)
    if found is None:
        said = next((item for item in summed.findings if item.code == "coverage-partial"), None)
        share = said.params["coverage"] if said else 0.0
        return _nothing(window, float(str(share)))
    known = found.value - found.imputed
    # what a flow may carry at most stands in canonical units a day
    rest = (1.0 - found.coverage) * window.days * network.flow[of].maximum if found.imputed else 0.0
    return Seen(
        window.first, _last(window), window.text, found.value / scale, found.total_sigma / scale,
        found.coverage, known / scale, (known + rest) / scale,
    )  # fmt: skip


def _context(
    park: Park, read: Readings, window: Period, factor: Callable[[float | None], float]
) -> Seen:
    """Sum of the context figures that lie within a span; they must cover it."""
    span = park.calendar.period_span(window)
    own = (read.start >= span.start) & (read.end <= span.end) & (read.state != MISSING)
    covered = union(zip(read.start[own].tolist(), read.end[own].tolist(), strict=True))
    share = covered / span.seconds
    if share < _WHOLE:
        return _nothing(window, share)
    scale = factor(float(span.seconds))
    value = float(read.amount[own].sum()) / scale
    sigma = math.sqrt(float((read.sigma[own] ** 2).sum())) / scale
    return Seen(
        window.first, _last(window), window.text, value, sigma, least=value, most=value
    )  # fmt: skip


def _singles(
    park: Park,
    read: Readings,
    network: FlowNetwork,
    span: str,
    due: list[Period],
    factor: Callable[[float | None], float],
) -> Iterator[Seen]:
    """Each sample, or each reading of an hour at most."""
    meters = Meters(network.devices)
    days = {item.first for item in due}
    for at in np.argsort(read.start, kind="stable"):
        seconds = int(read.end[at] - read.start[at])
        # a sample or level speaks of the day that it ends
        day_of = park.calendar.day_of if seconds else park.calendar.day_ended_by
        day = day_of(int(read.start[at]))
        if day not in days or read.state[at] == MISSING or (span == "hour" and seconds > _HOUR):
            continue
        amount = float(read.amount[at])
        name = read.devices[read.device[at]] if read.device[at] >= 0 else ""
        meter = meters.at(name, day.toordinal()) if name else None
        bias = meter.bias_sigma.at(amount) if meter and meter.bias_sigma else 0.0
        scale = factor(float(seconds) if seconds else None)
        value, sigma = amount / scale, math.hypot(float(read.sigma[at]), bias) / scale
        yield Seen(day, day, day.isoformat(), value, sigma, least=value, most=value)


def _means(
    park: Park,
    read: Readings,
    due: list[Period],
    factor: Callable[[float | None], float],
) -> Iterator[Seen]:
    """Means of the samples or levels of a span; sigma^2 = s^2/n + m^2 as `flows.qualities`."""
    scale = factor(None)
    for window in due:
        inside = park.calendar.period_span(window)
        point = read.start == read.end
        own = (read.start >= inside.start + point) & (read.end <= inside.end)
        own &= read.state != MISSING
        if not own.any():
            continue
        values = read.amount[own] / scale
        scatter = float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0
        sigma = math.sqrt(scatter + float(np.mean((read.sigma[own] / scale) ** 2)))
        value = float(values.mean())
        yield Seen(
            window.first, _last(window), window.text, value, sigma, least=value, most=value
        )  # fmt: skip
