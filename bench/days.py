"""Many days with sigmas and gaps of their own beside batched Cholesky; and all days as one."""

from __future__ import annotations

import dataclasses
import math
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from reconcile import _medians, network

from flows.network import Device, Flow, FlowNetwork, Process, Spread, Stock
from flows.panel import LevelReading, SpanAmount, panel
from flows.period import Calendar, Span
from flows.reconcile.days.alone import reconcile_days
from flows.reconcile.days.daytable import daytable
from flows.reconcile.days.together import reconcile_in_time
from flows.rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from flows.reconcile.days.daytable import DayTable

REPEATS = 7
CALENDAR = Calendar("Asia/Shanghai")
FIRST = date(2015, 1, 1).toordinal()
FLOWS, PROCESSES, DAYS, STOCKS = 60, 20, 3650, 4
GREAT, GREAT_DAYS = 1500, 12


def run() -> list[dict[str, object]]:
    """One row a kind of data."""
    rng = np.random.default_rng(20250302)
    scatter = rng.uniform(0.5, 5.0, (DAYS, FLOWS))
    nothing = np.zeros(scatter.shape, dtype=bool)
    random = rng.random(scatter.shape) < 0.02
    outages = nothing.copy()
    for _ in range(100):
        begin, flow = rng.integers(0, DAYS), rng.integers(0, FLOWS)
        outages[begin : begin + rng.integers(1, 60), flow] = True
    floor_name = "form, Cholesky, inverse factor"
    rows = []
    for name, gaps in (("", nothing), (", outages", outages), (", 2 % missing", random)):
        net, table = park(scatter, gaps)
        _row(
            rows,
            f"days: {FLOWS} flows x {DAYS} days, own sigmas{name}",
            partial(reconcile_days, net, table),
            floor_name,
            partial(cholesky, scatter),
            3.0,
        )
    large = rng.uniform(0.5, 5.0, (GREAT_DAYS, GREAT))
    net, table = park(large, np.zeros(large.shape, dtype=bool))
    _row(
        rows,
        f"days: {GREAT} flows x {GREAT_DAYS} days, own sigmas",
        partial(reconcile_days, net, table),
        floor_name,
        partial(cholesky_by_day, large),
        3.0,
        repeats=3,
    )
    for name, biases, spans in (
        ("", 0, 0),
        (", 5 biases, 5 invoices a month", 5, 5),
        (", 40 biases", 40, 0),
    ):
        net, table = park(scatter, random, stocks=STOCKS, biases=biases, invoices=spans)
        alone = dataclasses.replace(net, stocks=(), devices=())
        _row(
            rows,
            f"in time: {FLOWS} flows x {DAYS} days x {STOCKS} stocks{name}",
            partial(reconcile_in_time, net, table, CALENDAR),
            "each day alone",
            partial(reconcile_days, alone, daytable(table.panel, alone, CALENDAR)),
            None,
            repeats=3,
        )
    return rows


def _row(rows, name, work, floor_name, floor, goal, repeats=REPEATS) -> None:  # noqa: ANN001  a line of the page
    mine, least = _medians(work, floor, repeats)
    rows.append(
        {
            "name": name,
            "seconds": mine,
            "floor_name": floor_name,
            "floor_seconds": least,
            "ratio": mine / least,
            "goal": goal,
        }
    )


def cholesky(sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least that posterior sigmas of every day take in numpy: A V A', L and its inverse."""
    system, _, _ = network(FLOWS, PROCESSES, 1)
    matrix, _ = system.equations()
    pairs = (matrix[:, None] * matrix[None]).reshape(-1, FLOWS)
    normal = (sigma**2 @ pairs.T).reshape(len(sigma), PROCESSES, PROCESSES)
    return np.linalg.inv(np.linalg.cholesky(normal))


def cholesky_by_day(sigma: NDArray[np.float64]) -> None:
    """The same for a great network, day by day: its products of all rows would not be held."""
    system, _, _ = network(sigma.shape[1], sigma.shape[1] // 3, 1)
    matrix, _ = system.equations()
    for day in sigma:
        scaled = matrix * day
        np.linalg.inv(np.linalg.cholesky(scaled @ scaled.T))


def park(
    sigma: NDArray[np.float64],
    gaps: NDArray[np.bool_],
    *,
    stocks: int = 0,
    biases: int = 0,
    invoices: int = 0,
) -> tuple[FlowNetwork, DayTable]:
    """The random network as a park with weekly stocktakes; readings straight into the panel."""
    system, _, _ = network(sigma.shape[1], sigma.shape[1] // 3, 1)
    ends = [
        ["environment" if end < 0 else f"p{end}" for end in side]
        for side in (system.tails.tolist(), system.heads.tolist())
    ]
    net = FlowNetwork(
        processes=tuple(Process(f"p{i}") for i in range(sigma.shape[1] // 3)),
        flows=tuple(
            Flow(f"f{i}", tail, head, minimum=-math.inf)
            for i, (tail, head) in enumerate(zip(*ends, strict=True))
        ),
        stocks=tuple(Stock(f"p{i}") for i in range(stocks)),
        devices=tuple(Device(f"d{i}", bias_sigma=Spread(relative=0.01)) for i in range(biases)),
    )
    rng = np.random.default_rng(1)
    empty, _ = panel(
        Rows.from_observations([]),
        net,
        CALENDAR,
        first_day=FIRST,
        last_day=FIRST + len(sigma) - 1,
    )
    device = np.full(sigma.shape, -1)
    if biases:
        device[:] = np.arange(sigma.shape[1]) % biases
    filled = dataclasses.replace(
        empty,
        amount=np.where(gaps, math.nan, 100.0 + sigma * rng.normal(size=sigma.shape)),
        sigma=np.where(gaps, math.nan, sigma),
        coverage=np.where(gaps, 0.0, 1.0),
        count=np.where(gaps, 0, 1),
        device=device,
        devices=tuple(f"d{i}" for i in range(biases)),
        levels=_levels(stocks, rng),
        spans=_invoices(invoices),
    )
    return net, daytable(filled, net, CALENDAR)


def _instant(day: int) -> int:
    return CALENDAR.instant(date.fromordinal(FIRST + day))


def _levels(stocks: int, rng: np.random.Generator) -> tuple[LevelReading, ...]:
    return tuple(
        LevelReading(f"stock:p{i}", "", _instant(day), 1000.0 + rng.normal(), 1.0, ())
        for i in range(stocks)
        for day in range(0, DAYS + 1, 7)
    )


def _invoices(count: int) -> tuple[SpanAmount, ...]:
    return tuple(
        SpanAmount(f"f{i}", "", Span(_instant(day), _instant(day + 30)), 3000.0, 20.0, ())
        for i in range(count)
        for day in range(0, DAYS - 30, 30)
    )
