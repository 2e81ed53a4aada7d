"""Reconciliation of many days beside the bare matrix product of the same size."""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from flows.reconcile.compiling import compile_plan
from flows.reconcile.problem import GROUND, Readings, System

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

REPEATS = 15


def run() -> list[dict[str, object]]:
    """One row a size: seconds of all outputs in fresh arrays, and of Y @ G in the same run."""
    rows = []
    for flows, processes, days, repeats, goal, limit in (
        (60, 20, 3650, REPEATS, 20.0, None),
        (1500, 500, 3650, 3, None, 0.6),
        (15_000, 5_000, 365, 3, None, 2.0),
    ):
        system, readings, values = network(flows, processes, days)
        begin = time.perf_counter()
        plan = compile_plan(system, readings)
        compiled = time.perf_counter() - begin
        # A square product of 15 000 flows does not fit; its floor is as many columns as rows fit.
        columns = min(flows, 4_000_000 // flows)
        square = np.random.default_rng(1).normal(size=(flows, columns))
        mine, floor = _medians(
            partial(plan.solve, values), partial(np.matmul, values, square), repeats
        )
        share = flows / columns
        rows.append(
            {
                "name": f"reconcile {flows} flows x {days} days, compiled in {compiled:.2f} s",
                "seconds": mine,
                "floor_name": f"Y @ G ({flows} x {flows})",
                "floor_seconds": floor * share,
                "ratio": mine / (floor * share),
                "goal": goal,
                "limit": limit,
            }
        )
    return rows


def network(flows: int, processes: int, days: int) -> tuple[System, Readings, NDArray[np.float64]]:
    """A random connected network, all of it measured, with closed balances and noise."""
    rng = np.random.default_rng(20250301)
    tails = np.concatenate(
        [np.arange(-1, processes - 1), rng.integers(-1, processes, flows - processes)]
    )
    heads = np.concatenate([np.arange(processes), rng.integers(-1, processes, flows - processes)])
    heads[processes] = GROUND
    system = System(
        tuple(f"f{i}" for i in range(flows)),
        tails.astype(np.intp),
        heads.astype(np.intp),
        tuple(f"p{i}" for i in range(processes)),
    )
    sigma = rng.uniform(0.5, 5.0, flows)
    values = 100.0 + sigma * rng.normal(size=(days, flows))
    return system, Readings(np.arange(flows), sigma), values


def _medians(
    first: Callable[[], object], second: Callable[[], object], repeats: int
) -> tuple[float, float]:
    """Median seconds of two calls, taken in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for call, seconds in zip((first, second), times, strict=True):
            begin = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - begin)
    return statistics.median(times[0]), statistics.median(times[1])
