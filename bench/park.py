"""Whole work on a park: its month's findings and draws, its page, and a great Sankey laid out."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from reconcile import _medians
from startup import ENVIRONMENT, PARKFLOW, seconds

from flows.reconcile.active import limits
from flows.reconcile.compiling import compile_plan
from flows.reconcile.outlook.draws import posterior_draws
from flows.reconcile.problem import build
from reports.layout import lay_out
from reports.shapes import Link, Node
from tui.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

MONTH = "2025-03"
DRAWS, LINKS, NODES = 10_000, 1000, 350


def run() -> list[dict[str, object]]:
    """One row each; goals in seconds stand under `limit`."""
    rows = [_sankey("of a park", _parklike()), _sankey("at random", _random())]
    with tempfile.TemporaryDirectory() as folder:
        park = Path(folder) / "year"
        subprocess.run(
            [PARKFLOW, "demo", str(park)], check=True, capture_output=True, env=ENVIRONMENT
        )
        rows += [_draws(park), _findings(park), _page(park, Path(folder) / "month.html")]
    return rows


def _row(
    name: str, taken: float, floor_name: str, floor: float, limit: float | None
) -> dict[str, object]:
    return {
        "name": name,
        "seconds": taken,
        "floor_name": floor_name,
        "floor_seconds": floor,
        "ratio": taken / floor,
        "goal": None,
        "limit": limit,
    }


def _links(ends: Sequence[tuple[int, int]], rng: np.random.Generator) -> list[Link]:
    amounts = rng.lognormal(3.0, 1.5, len(ends)).tolist()
    return [
        Link(f"f{i}", f"n{tail}", f"n{head}", amounts[i]) for i, (tail, head) in enumerate(ends)
    ]


def _parklike() -> list[Link]:
    """Plants of ten processes, forward within and to later plants, one flow in twenty back."""
    rng = np.random.default_rng(1)
    ends = []
    for number in range(LINKS):
        tail = int(rng.integers(0, NODES))
        step = int(rng.integers(1, 10)) if rng.random() < 0.9 else int(rng.integers(10, 80))
        head = tail + (-step if number % 20 == 0 else step)
        # What leaves the park at one of its ends goes to one of twenty places outside.
        outside = NODES + int(rng.integers(0, 20))
        ends.append((tail, head) if 0 <= head < NODES else (tail, outside))
    return _links(ends, rng)


def _random() -> list[Link]:
    rng = np.random.default_rng(2)
    return _links([tuple(pair) for pair in rng.integers(0, NODES, (LINKS, 2)).tolist()], rng)


def _sankey(name: str, links: list[Link]) -> dict[str, object]:
    ids = dict.fromkeys(end for link in links for end in (link.source, link.target))
    nodes = [Node(each, each) for each in ids]

    def ranked() -> None:
        graph = nx.DiGraph([(link.source, link.target) for link in links])
        list(nx.topological_generations(nx.condensation(graph)))

    mine, floor = _medians(partial(lay_out, nodes, links), ranked, 5)
    what = f"Sankey of {LINKS} flows {name}, laid out"
    return _row(what, mine, "networkx: cycles found, the rest in levels", floor, 0.1)


def _draws(park: Path) -> dict[str, object]:
    with Session.open(park, readonly=True) as session:
        month = session.month(MONTH)
    days = (month.period.last_excluded - month.period.first).days
    problem = build(month.network, list(month.measured.values()))
    low, high = limits(month.network, problem, days, {})
    plan = compile_plan(problem.system, problem.readings)
    free = np.random.default_rng(0)
    shape = (DRAWS, len(problem.values))
    found = posterior_draws(plan, problem.values, DRAWS, low=low, high=high)
    mine, floor = _medians(
        partial(posterior_draws, plan, problem.values, DRAWS, low=low, high=high),
        partial(free.standard_normal, shape),
        3,
    )
    what = f"{DRAWS} draws of a park's month within bounds, {shape[1]} readings, {found.method}"
    return _row(what, mine, "as many normal numbers", floor, None)


def _findings(park: Path) -> dict[str, object]:
    def month() -> None:
        with Session.open(park, readonly=True) as session:
            session.month(MONTH)

    def findings() -> None:
        with Session.open(park, readonly=True) as session:
            session.findings(MONTH)

    findings()
    mine, floor = _medians(findings, month, 5)
    what = "findings of a month, ledger opened, watched over days"
    return _row(what, mine, "the month summed up and reconciled", floor, None)


def _page(park: Path, out: Path) -> dict[str, object]:
    report = [PARKFLOW, "report", "--period", MONTH, "--out", str(out), "--park", str(park)]
    imports = [sys.executable, "-c", "import sqlmodel, pint, networkx, numpy, scipy.linalg, plotly"]
    pairs = [(seconds(report), seconds(imports)) for _ in range(5)]
    taken, least = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    what = "page of a month, whole process"
    floor = "Python that imports sqlmodel, pint, networkx, numpy, scipy.linalg and plotly"
    return _row(what, taken, floor, least, 2.0)


if __name__ == "__main__":
    begin = time.perf_counter()
    for row in run():
        print(row)
    print(f"{time.perf_counter() - begin:.0f} s")
