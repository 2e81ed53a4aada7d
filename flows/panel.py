"""The panel: amounts and sigmas of days by flows; `measured_of_period` adds a period up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from flows.counters import Meters, groups
from flows.measuring import PeriodMeasured, ids, measured_of_period, union
from flows.period import Calendar, Span
from flows.readings import MISSING, NO_DAY, Readings, readings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.rows import Rows

__all__ = [
    "NOTHING",
    "LevelReading",
    "Panel",
    "PeriodMeasured",
    "SpanAmount",
    "measured_of_period",
    "panel",
]

#: State of a cell of which nothing is said.
NOTHING = -1


@dataclass(frozen=True, slots=True)
class SpanAmount:
    """An amount over a span that belongs to no single operating day.

    Attributes:
        amount, sigma: Canonical unit; None where it is stated missing.
        observations: Ids of the rows behind it.
    """

    what: str
    device: str
    span: Span
    amount: float | None
    sigma: float | None
    observations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LevelReading:
    """What a stock held at an instant, stocktake or gauge.

    Attributes:
        what: `stock:<process>`.
        instant: Seconds UTC.
        amount, sigma: Canonical unit; sigma is one standard deviation, 0 exact.
        observations: Ids of the rows behind it.
    """

    what: str
    device: str
    instant: int
    amount: float
    sigma: float
    observations: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Days by flows; D days, F flows.

    Attributes:
        days: Ordinals, shape (D,).
        whats: Flow ids, length F.
        amount: Canonical unit per day, shape (D, F); NaN where nothing is said.
        sigma: One standard deviation of it; 0 is exact.
        state: `flows.rows.STATE_CODE` of VALUE, ZERO or MISSING; `NOTHING`.
        coverage: Share of the day's time that the amounts speak of, 0 to 1.
        device: Index into `devices` of the device behind the cell, -1 for none.
        spans: Amounts of longer spans, put on no day.
        count: How many readings the amount adds up, shape (D, F).
        ids, offsets: Ids of the rows behind all cells, cell by cell along the days, and where
            each cell's begin; offsets have shape (D * F + 1,).
        levels: Of the network's stocks, from the begin of the first to the end of the last day.
    """

    days: NDArray[np.int64]
    whats: tuple[str, ...]
    devices: tuple[str, ...]
    amount: NDArray[np.float64]
    sigma: NDArray[np.float64]
    state: NDArray[np.int8]
    coverage: NDArray[np.float64]
    device: NDArray[np.int64]
    spans: tuple[SpanAmount, ...]
    count: NDArray[np.int64]
    ids: NDArray[np.int64]
    offsets: NDArray[np.int64]
    levels: tuple[LevelReading, ...]

    def observations(self, day: int, what: int) -> tuple[int, ...]:
        """Ids of the rows behind a cell, by its row and column, ascending."""
        cell = day * len(self.whats) + what
        found = self.ids[self.offsets[cell] : self.offsets[cell + 1]]
        return tuple(sorted(set(found.tolist())))


def panel(
    rows: Rows,
    network: FlowNetwork,
    calendar: Calendar,
    *,
    first_day: int,
    last_day: int,
    whats: Iterable[str] | None = None,
) -> tuple[Panel, tuple[Finding, ...]]:
    """Lay effective rows out as days by flows.

    Tickets and parts of a day add up. Where several devices speak of the same flow on the same
    day, the flow's own device is taken, with those in force before or after it (then rows without
    a device, then the others).

    Args:
        rows: From the ledger, with the counter readings before `first_day`.
        network: Definitions; rows whose kind is not the flow's are left out.
        calendar: The park's zone and hour of the day's begin.
        first_day: Ordinal of the first day.
        last_day: Ordinal of the last day, included.
        whats: Flows in the order of the columns; all of the network by default.

    Returns:
        The panel, and the findings of `flows.readings.readings`.
    """
    names = tuple(network.flow if whats is None else whats)
    days = np.arange(first_day, last_day + 1, dtype=np.int64)
    read, found = readings(rows, network, calendar)
    column = _columns_of(read, names, network)[read.subject] if len(read.subject) else read.subject
    placed = (column >= 0) & (read.day >= first_day) & (read.day <= last_day)
    at = np.flatnonzero(placed)
    cell = (read.day[at] - first_day) * len(names) + column[at]
    size = len(days) * len(names)

    rank = _ranks(read, at, column, names, network)
    speaks = read.state[at] != MISSING
    best = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(best, cell[speaks], rank[speaks])
    chosen = speaks & (rank == best[cell])
    taken, its = at[chosen], cell[chosen]

    count = np.bincount(its, minlength=size)
    nothing = count == 0
    amount = np.bincount(its, read.amount[taken], minlength=size).astype(np.float64)
    variance = np.bincount(its, read.sigma[taken] ** 2, minlength=size).astype(np.float64)
    amount[nothing] = variance[nothing] = math.nan
    state = np.full(size, 127, np.int8)
    np.minimum.at(state, its, read.state[taken])
    silent = ~speaks & nothing[cell]
    state[cell[silent]] = MISSING
    state[state == 127] = NOTHING
    device = np.full(size, -1, np.int64)
    device[its] = read.device[taken]
    shape = (len(days), len(names))
    ids_of, offsets = _behind(read, taken, its, size)
    return Panel(
        days,
        names,
        rows.devices,
        amount.reshape(shape),
        np.sqrt(variance).reshape(shape),
        state.reshape(shape),
        _coverage(read, taken, its, size).reshape(shape),
        device.reshape(shape),
        _spans(read, column, names, calendar, first_day, last_day),
        count.reshape(shape).astype(np.int64),
        ids_of,
        offsets,
        _levels(read, network, calendar, first_day, last_day),
    ), found


def _behind(
    read: Readings, at: NDArray[np.int64], cell: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ids of the rows behind each cell; a difference of counter readings has two."""
    earlier = np.flatnonzero(read.before[at] > 0)
    cells = np.concatenate((cell, cell[earlier]))
    numbers = np.concatenate((read.id[at], read.before[at[earlier]]))
    offsets = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(cells, minlength=size), out=offsets[1:])
    return numbers[np.argsort(cells, kind="stable")], offsets


def _levels(
    read: Readings, network: FlowNetwork, calendar: Calendar, first_day: int, last_day: int
) -> tuple[LevelReading, ...]:
    """Levels of stocks in the order of the readings; missing ones are none."""
    kinds = {item.id: item.kind for item in network.stocks}
    wanted = [
        code
        for code, subject in enumerate(read.subjects)
        if kinds.get(subject.what) == subject.kind
    ]
    begin = calendar.instant(date.fromordinal(first_day))
    end = calendar.instant(date.fromordinal(last_day + 1))
    own = np.isin(read.subject, wanted) & (read.start == read.end) & (read.state != MISSING)
    own &= (read.start >= begin) & (read.start <= end)
    return tuple(
        LevelReading(
            read.subjects[read.subject[place]].what,
            read.devices[read.device[place]] if read.device[place] >= 0 else "",
            int(read.start[place]),
            float(read.amount[place]),
            float(read.sigma[place]),
            ids(read, (place,)),
        )
        for place in np.flatnonzero(own)
    )


def _columns_of(read: Readings, names: tuple[str, ...], network: FlowNetwork) -> NDArray[np.int64]:
    """Column of each subject; -1 for one that is no column or of another kind than the flow."""
    place = {name: column for column, name in enumerate(names)}
    return np.array(
        [
            place.get(subject.what, -1)
            if subject.what not in network.flow or network.flow[subject.what].kind == subject.kind
            else -1
            for subject in read.subjects
        ],
        np.int64,
    )


def _ranks(
    read: Readings,
    at: NDArray[np.int64],
    column: NDArray[np.int64],
    names: tuple[str, ...],
    network: FlowNetwork,
) -> NDArray[np.int64]:
    """0 for the flow's own device and those before or after it, 1 for none, then the others."""
    meters, device = Meters(network.devices), read.device[at]
    found: dict[int, list[int]] = {}
    for place, code, _ in groups(column[at], device):
        if code >= 0 and names[place] in network.flow:
            found.setdefault(place, []).append(code)
    first = np.zeros((len(names), len(read.devices) + 1), np.bool_)
    for place, codes in found.items():
        among = [read.devices[code] for code in codes]
        series = meters.series(network.flow[names[place]].device, among)
        first[place, [code + 1 for code in codes if read.devices[code] in series]] = True
    return np.where(first[column[at], device + 1], 0, device + 2)


def _coverage(
    read: Readings, at: NDArray[np.int64], cell: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    """Share of each cell's day that the union of its spans covers."""
    share = (read.end[at] - read.start[at]) / read.day_seconds[at]
    total = np.zeros(size)
    # spans of a day are mostly one, or all the whole day (tickets): then the longest is the union
    np.maximum.at(total, cell, share)
    count = np.bincount(cell, minlength=size)
    partial = (count > 1) & (total < 1.0)
    for one in np.flatnonzero(partial):
        own = at[cell == one]
        covered = union(zip(read.start[own].tolist(), read.end[own].tolist(), strict=True))
        total[one] = covered / read.day_seconds[own[0]]
    return np.minimum(total, 1.0)


def _spans(
    read: Readings,
    column: NDArray[np.int64],
    names: tuple[str, ...],
    calendar: Calendar,
    first_day: int,
    last_day: int,
) -> tuple[SpanAmount, ...]:
    begin = calendar.instant(date.fromordinal(first_day))
    end = calendar.instant(date.fromordinal(last_day + 1))
    wide = (read.day == NO_DAY) & (read.end > read.start) & (column >= 0)
    places = np.flatnonzero(wide & (read.start < end) & (read.end > begin))
    return tuple(
        SpanAmount(
            names[column[place]],
            read.devices[read.device[place]] if read.device[place] >= 0 else "",
            Span(int(read.start[place]), int(read.end[place])),
            None if read.state[place] == MISSING else float(read.amount[place]),
            None if read.state[place] == MISSING else float(read.sigma[place]),
            ids(read, (place,)),
        )
        for place in places
    )
