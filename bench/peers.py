"""Reconciliation beside general optimizers, on the same problem and in the same run.

The problem as anybody would write it down: least sum of ((x - y) / sigma)^2 where A x = 0, and,
where bounds press, x >= 0. parkflow is timed by its whole entry, `reconcile_days`, which makes
classes, sigmas and tests beside the values; the others make the values alone.
"""

from __future__ import annotations

import math
import statistics
import time
import warnings
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
from days import CALENDAR, FIRST
from reconcile import network

from flows.network import Flow, FlowNetwork, Process
from flows.panel import panel
from flows.reconcile.days.alone import reconcile_days
from flows.reconcile.days.daytable import daytable
from flows.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from flows.reconcile.days.daytable import DayTable

    Floats = NDArray[np.float64]
    #: Readings (D, n) and sigmas (n,) to values (D, n); may raise `RuntimeError`.
    Peer = Callable[["Case"], Floats]

#: Most rounds; a peer that takes long is timed once.
ROUNDS, PATIENCE = 7, 2.0
#: Seconds after which SLSQP is told to stop: it is cubic in the flows, each step.
LONGEST = 20.0

HEAD = """## Beside general optimizers

The same least-squares problem, days one after the other, in one run: {versions}.
*Anew* writes the problem down for every day; *reused* compiles it once with the readings as a
parameter and starts from the day before, cvxpy's best use. Tolerances are each solver's own unless
said. Differences are from parkflow's values in sigmas of the readings, the greatest of all; the
residual is the greatest of a process's balance over the sum of what it moves. parkflow's seconds
are with classes, posterior sigmas, normalized adjustments and chi2, which the others do not make.

| problem | solver | seconds | parkflow | ratio | difference / sigma | residual | parkflow's |
|---|---|---:|---:|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Case:
    """Days of readings of one network, all of it measured.

    Attributes:
        matrix: A, shape (m, n).
        values: Readings, shape (D, n).
        sigma: Shape (n,).
        bounded: Whether x >= 0 is asked for.
    """

    name: str
    matrix: Floats
    values: Floats
    sigma: Floats
    bounded: bool
    net: FlowNetwork
    table: DayTable

    def ours(self) -> Floats:
        return reconcile_days(self.net, self.table).reconciled

    def residual(self, x: Floats) -> float:
        """Greatest |A x| over |A| |x|."""
        moved = np.abs(x) @ np.abs(self.matrix).T
        return float((np.abs(x @ self.matrix.T) / np.maximum(moved, 1e-300)).max())


def case(flows: int, days: int, *, bounded: bool) -> Case:
    """A random network run by loads that go from the ground to the ground, read with noise."""
    system, _, _ = network(flows, flows // 3, 1)
    rng = np.random.default_rng(20250303)
    ends = list(zip(system.tails.tolist(), system.heads.tolist(), strict=True))
    out: dict[int, list[int]] = {}
    for flow, (tail, _) in enumerate(ends):
        out.setdefault(tail, []).append(flow)
    true = np.zeros((days, flows))
    for _ in range(2 * flows):
        node, load = -1, rng.exponential(20.0, days)
        while True:
            flow = int(rng.choice(out[node]))
            true[:, flow] += load
            node = ends[flow][1]
            if node < 0:
                break
    sigma = 0.02 * true.mean(axis=0) + 1.0
    values = true + sigma * rng.normal(size=true.shape)
    if bounded:
        # Some flows stand idle; a meter that shows nothing shows some less than nothing.
        values[:, ::6] = sigma[::6] * rng.normal(size=true[:, ::6].shape) - sigma[::6]
    least = 0.0 if bounded else -math.inf
    names = [["environment" if end < 0 else f"p{end}" for end in pair] for pair in ends]
    net = FlowNetwork(
        processes=tuple(Process(f"p{i}") for i in range(flows // 3)),
        flows=tuple(Flow(f"f{i}", *pair, minimum=least) for i, pair in enumerate(names)),
    )
    what = f"{flows} flows, {days} day{'s' if days > 1 else ''}"
    return Case(
        what + (", bounds press" if bounded else ""),
        system.equations()[0],
        values,
        sigma,
        bounded,
        net,
        _table(net, values, sigma),
    )


def _table(net: FlowNetwork, values: Floats, sigma: Floats) -> DayTable:
    last = FIRST + len(values) - 1
    empty, _ = panel(Rows.from_observations([]), net, CALENDAR, first_day=FIRST, last_day=last)
    laid = daytable(empty, net, CALENDAR)
    return replace(laid, value=values, sigma=np.broadcast_to(sigma, values.shape).copy())


def kkt(case: Case) -> Floats:
    """The equations of the least squares, by numpy: what bounds do not disturb."""
    if case.bounded:
        raise RuntimeError("knows no bounds")
    rows, size = case.matrix.shape
    whole = np.zeros((size + rows, size + rows))
    whole[:size, :size] = np.diag(1.0 / case.sigma**2)
    whole[size:, :size], whole[:size, size:] = case.matrix, case.matrix.T
    right = np.zeros((size + rows, len(case.values)))
    right[:size] = (case.values / case.sigma**2).T
    return np.linalg.solve(whole, right)[:size].T


def slsqp(case: Case) -> Floats:
    from scipy.optimize import minimize

    variances = case.sigma**2
    found = []
    begin = time.perf_counter()

    def stop(_: Floats) -> None:
        if time.perf_counter() - begin > LONGEST:
            raise RuntimeError(f"not done within {LONGEST:g} s")

    for day in case.values:
        result = minimize(
            lambda x, y=day: (((x - y) ** 2) / variances).sum(),
            np.maximum(day, 0.0) if case.bounded else day,
            jac=lambda x, y=day: 2.0 * (x - y) / variances,
            method="SLSQP",
            callback=stop,
            bounds=[(0.0, None)] * len(day) if case.bounded else None,
            constraints={
                "type": "eq",
                "fun": lambda x: case.matrix @ x,
                "jac": lambda _: case.matrix,
            },
            options={"maxiter": 500},
        )
        if not result.success:
            raise RuntimeError(result.message)
        found.append(result.x)
    return np.array(found)


def by_cvxpy(case: Case, solver: str, *, reused: bool, **options: Any) -> Floats:
    import cvxpy

    x, y = cvxpy.Variable(len(case.sigma)), cvxpy.Parameter(len(case.sigma))
    rules = [case.matrix @ x == 0] + ([x >= 0] if case.bounded else [])
    aim = cvxpy.Minimize(cvxpy.sum_squares(cvxpy.multiply(1.0 / case.sigma, x) - y))
    problem = cvxpy.Problem(aim, rules)
    found = []
    for day in case.values:
        y.value = day / case.sigma
        if not reused:
            # A problem written down anew has nothing compiled.
            problem = cvxpy.Problem(aim, rules)
        problem.solve(solver=solver, warm_start=reused, **options)
        if problem.status != "optimal":
            raise RuntimeError(problem.status)
        found.append(np.array(x.value))
    return np.array(found)


def peers(days: int) -> Iterator[tuple[str, Peer]]:
    """Those of one case."""
    yield "numpy, equations solved", kkt
    yield "scipy SLSQP", slsqp
    tight = {"eps_abs": 1e-10, "eps_rel": 1e-10, "max_iter": 200_000}
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("OSQP", "OSQP", {}),
        ("OSQP, 1e-10 asked", "OSQP", tight),
        ("Clarabel", "CLARABEL", {}),
    ]
    for label, solver, options in kinds:
        for reused in (False, True) if days > 1 else (False,):

            def run(
                case: Case,
                solver: str = solver,
                reused: bool = reused,
                options: dict[str, Any] = options,
            ) -> Floats:
                return by_cvxpy(case, solver, reused=reused, **options)

            yield f"cvxpy, {label}{', reused' if reused else ', anew'}", run


def section() -> str:
    """A table for the page of benchmarks."""
    cases = [
        case(60, 1, bounded=False),
        case(60, 30, bounded=False),
        case(300, 1, bounded=False),
        case(60, 1, bounded=True),
        case(60, 30, bounded=True),
    ]
    lines = []
    for each in cases:
        expected = each.ours()
        own = each.residual(expected)
        for name, peer in peers(len(each.values)):
            # A month of SLSQP is thirty days of it: minutes that say nothing more.
            if (peer is kkt and each.bounded) or (peer is slsqp and len(each.values) > 1):
                continue
            lines.append(f"| {each.name} | {name} | {_line(each, peer, expected)} | {own:.1e} |")
            print(lines[-1], flush=True)
    return HEAD.format(versions=_versions()) + "\n".join(lines) + "\n"


def _line(each: Case, peer: Peer, expected: Floats) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # solvers say there what the columns say
        try:
            if peer is not slsqp:  # which has nothing to load or compile
                peer(each)
            ours, theirs, found = _medians_of(each, peer)
        except ImportError as missing:
            return f"not installed ({missing.name}) | | | | "
        except Exception as failed:  # noqa: BLE001  whatever a solver raises is its answer
            return f"failed: {str(failed).splitlines()[0][:60]} | | | | "
    off = float((np.abs(found - expected) / each.sigma).max())
    return (
        f"{theirs:.4f} | {ours:.4f} | {theirs / ours:.1f} | {off:.1e} | {each.residual(found):.1e}"
    )


def _medians_of(each: Case, peer: Peer) -> tuple[float, float, Floats]:
    """Median seconds of parkflow and of a peer, taken in turns; and what the peer found."""
    taken: tuple[list[float], list[float]] = ([], [])
    begin = time.perf_counter()
    found = np.zeros(0)
    while len(taken[0]) < ROUNDS and (not taken[0] or time.perf_counter() - begin < PATIENCE):
        start = time.perf_counter()
        each.ours()
        middle = time.perf_counter()
        found = peer(each)
        end = time.perf_counter()
        taken[0].append(middle - start)
        taken[1].append(end - middle)
    return statistics.median(taken[0]), statistics.median(taken[1]), found


def _versions() -> str:
    said = []
    for name in ("numpy", "scipy", "cvxpy", "osqp", "clarabel"):
        try:
            said.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            said.append(f"{name} not installed")
    return ", ".join(said)


if __name__ == "__main__":
    print(section())
