"""Planted faults: how soon they are seen, how often named rightly, how often there is nothing.

    python bench/faults.py [--worlds N] [--seed S]

A month of the demonstration park without fault is followed by one with a fault; every world has
its own meters (chance and bias as declared), place of the fault and sign. Prints Markdown; the
same seed gives the same tables. With 100 worlds it takes minutes: no part of `make bench`.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from facilities.parkfile import builtin, load
from facilities.scenariofile import beside, load_scenario
from facilities.truth import truth
from flows.network import Device, FlowNetwork, is_environment
from flows.readings import ASSUMED
from flows.reconcile.alarms import Budget, all_tests, threshold
from flows.reconcile.classify import Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.draws import posterior_draws
from flows.reconcile.evidence import Information, accumulate, information, leading
from flows.reconcile.problem import Readings, System, build
from flows.reconcile.redundancy import Redundancy, redundancy
from flows.reconcile.repeated import frozen
from flows.reconcile.slips import Sort, written_wrongly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLEAN, FAULTY = 30, 30
DAYS = CLEAN + FAULTY
WINDOWS = (1, 7, 30)
FIRST = date(2025, 4, 1)
FAULTS = ("bias 4 sigma", "bias 8 sigma", "leak 4 sigma", "ten-fold slip", "swapped", "frozen")
#: Chance below which a run of one figure is told: one in a year of the park's flows.
REPEATED = 1.0 / (365.0 * 115.0)
BUDGET = Budget(windows=len(WINDOWS))


@dataclass(frozen=True)
class Place:
    """A network with its truth, in layer units, and its meters."""

    name: str
    system: System
    true: Floats  # (days, n); levels' changes for stocks
    typical: Floats
    devices: list[Device | None]
    stock: NDArray[np.bool_]
    tag: NDArray[np.int64]
    factor: Floats


@dataclass(frozen=True)
class Said:
    """Readings of one world: values and both parts of sigma, (days, n)."""

    value: Floats
    sigma: Floats
    bias: Floats


@dataclass(frozen=True)
class Tests:
    """Thresholds of each window, and the redundant rows of a window's mean day."""

    thresholds: dict[int, float]
    spaces: dict[int, Redundancy]
    of: NDArray[np.intp]
    told: list[int]  # redundant readings, variables
    nodes: list[int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20250401)
    chosen = parser.parse_args()
    begin = time.perf_counter()
    for place in (at("leachate plant", "leachate."), at("whole park", "")):
        study(place, chosen.worlds, chosen.seed)
    drawing()
    print(f"\n{time.perf_counter() - begin:.0f} s, seed {chosen.seed}")


def at(name: str, prefix: str) -> Place:
    """Processes with a prefix; what lies beyond them is environment."""
    park = load(builtin("chaoyang"))
    scenario = load_scenario(beside(builtin("chaoyang")), park)
    days = tuple(FIRST + timedelta(number) for number in range(DAYS))
    happened = truth(park, scenario, days)
    network = within(park.network(FIRST), prefix)
    daily = {f"stock:{each.process}" for each in scenario.levels if each.every == "day"}
    problem = build(network, [], layer="joint")
    size = problem.system.size
    true, typical = np.zeros((DAYS, size)), np.full(size, np.nan)
    devices: list[Device | None] = [None] * size
    stock, tags = np.zeros(size, bool), np.full(size, -1)
    names: dict[str, int] = {}
    for what, i in (problem.flows | problem.stocks).items():
        factor = problem.factor[i]
        if what in problem.stocks:
            item: Any = network.stock[what.removeprefix("stock:")]
            true[:, i], stock[i] = np.diff(happened.levels[what]) * factor, True
            measured = what in daily
        else:
            item = network.flow[what]
            true[:, i], measured = happened.flows[what] * factor, bool(item.device)
            typical[i] = item.typical or np.nan
        device = network.device.get(item.device)
        if measured and device is not None:
            devices[i] = device if device.sigma else replace(device, sigma=item.sigma or ASSUMED)
            tags[i] = names.setdefault(item.device, len(names))
    return Place(name, problem.system, true, typical, devices, stock, tags, problem.factor)


def within(network: FlowNetwork, prefix: str) -> FlowNetwork:
    def end(node: str) -> str:
        return node if node.startswith(prefix) or is_environment(node) else "environment"

    flows = tuple(
        replace(flow, source=end(flow.source), target=end(flow.target)) for flow in network.flows
    )
    return replace(
        network,
        processes=tuple(item for item in network.processes if item.id.startswith(prefix)),
        flows=tuple(
            flow
            for flow in flows
            if not (is_environment(flow.source) and is_environment(flow.target))
        ),
        stocks=tuple(item for item in network.stocks if item.process.startswith(prefix)),
    )


def say(place: Place, rng: np.random.Generator, true: Floats) -> Said:
    """Every reading as its meter gives it; bias is one draw a device, for ever."""
    value = np.full(true.shape, np.nan)
    world = rng.standard_normal(int(place.tag.max()) + 1)
    for i, device in enumerate(place.devices):
        if device is None or device.sigma is None:
            continue
        noise = rng.standard_normal(len(true) + 1)
        amount = true[:, i] / place.factor[i]
        if place.stock[i]:
            # Of both levels; what is common to them falls out.
            spread = device.sigma.at(0.0) * noise
            level = device.resolution * np.round(
                (np.append(0.0, np.cumsum(amount)) + spread) / (device.resolution or 1.0)
            )
            value[:, i] = np.diff(level) * place.factor[i]
            continue
        typical = None if math.isnan(place.typical[i]) else float(place.typical[i])
        spread = np.array([device.sigma.at(x, typical) for x in amount]) * noise[1:]
        if device.bias_sigma:
            common = np.array([device.bias_sigma.at(x, x) for x in amount])
            spread = spread + common * world[place.tag[i]]
        value[:, i] = shown(device, np.maximum(amount + spread, 0.0)) * place.factor[i]
        value[amount == 0.0, i] = 0.0
    return known(place, value)


def shown(device: Device, amount: Floats) -> Floats:
    step = device.resolution
    return np.round(amount / step) * step if step else amount


def known(place: Place, value: Floats) -> Said:
    """The sigmas that follow from the figures."""
    sigma, bias = np.full(value.shape, np.nan), np.zeros(value.shape)
    for i, device in enumerate(place.devices):
        if device is None or device.sigma is None:
            continue
        amount = value[:, i] / place.factor[i]
        typical = None if math.isnan(place.typical[i]) else float(place.typical[i])
        if place.stock[i]:
            floor = device.resolution / math.sqrt(12.0)
            sigma[:, i] = math.sqrt(2.0) * math.hypot(device.sigma.at(0.0), floor)
        else:
            sigma[:, i] = [device.sigma.at(x, typical) for x in amount]
            if device.bias_sigma:
                # As the chance part, of no less than what is typical: a bias that makes a meter
                # read low must not make its own sigma small.
                bias[:, i] = [device.bias_sigma.at(x, typical) for x in amount]
        sigma[:, i] *= place.factor[i]
        bias[:, i] *= place.factor[i]
    return Said(value, sigma, bias)


def sums(place: Place, said: Said) -> Information:
    return information(place.system, said.value, said.sigma, said.bias, place.tag)


def tests_of(place: Place) -> Tests:
    """Thresholds from the covariance of a usual day, simulated."""
    usual = known(place, np.where([d is not None for d in place.devices], place.true, np.nan))
    of = np.flatnonzero(~np.isnan(usual.value[0]))
    chance = np.sqrt((usual.sigma[:, of] ** 2).mean(axis=0))
    common = np.sqrt((usual.bias[:, of] ** 2).mean(axis=0))
    thresholds, spaces = {}, {}
    for window in WINDOWS:
        total = np.hypot(chance / math.sqrt(window), common)
        tied = np.equal.outer(place.tag[of], place.tag[of]) * np.outer(common, common)
        np.fill_diagonal(tied, total**2)
        correlation = tied / np.outer(total, total)
        plan = compile_plan(place.system, Readings(of, total, correlation))
        spaces[window] = redundancy(plan)
        found = threshold(all_tests(spaces[window]), BUDGET, draws=50_000, seed=1)
        thresholds[window] = found.value
        bounds = f"Sidak {found.sidak:.3f}, Scheffe {found.scheffe:.3f}"
        simulated = found.simulated or math.nan
        print(f"- {window} days: {found.tests} tests, simulated {simulated:.3f}, {bounds}")
    told = [i for i in of.tolist() if plan.classes[i] is Class.REDUNDANT and not place.stock[i]]
    seen = np.linalg.norm(spaces[1].losses, axis=0) > 0.0
    return Tests(thresholds, spaces, of, told, np.flatnonzero(seen).tolist())


def study(place: Place, worlds: int, seed: int) -> None:
    print(f"\n## {place.name}: {place.system.size} flows and stock changes\n")
    tests = tests_of(place)
    found = {fault: np.zeros((2, len(WINDOWS))) for fault in FAULTS}
    false = np.zeros(worlds)
    for world in range(worlds):
        rng = np.random.default_rng([seed, world])
        said = say(place, rng, place.true)
        clean = sums(place, said)
        false[world] = len(set(alarms(clean, tests, range(CLEAN, DAYS))))
        for fault in FAULTS:
            found[fault] += one(place, tests, said, fault, rng)
    error = false.std() / math.sqrt(worlds)
    print("\nDays with a false alarm in 30 days without fault (7 and 30 days' windows see the same")
    print(f"biases day by day): {false.mean():.2f} +- {error:.2f}, allowed 1.\n")
    print("| fault | seen in 1 day | 7 days | 30 days | named in 1 day | 7 days | 30 days |")
    print("|---|---|---|---|---|---|---|")
    for fault, counts in found.items():
        cells = [f"{100.0 * each / worlds:.0f} %" for each in counts.ravel()]
        print(f"| {fault} | {' | '.join(cells)} |")


def alarms(of: Information, tests: Tests, days: range) -> Iterator[int]:
    for window in WINDOWS:
        part = accumulate(of, window, ends=days)
        for day in days:
            if np.nanmax(np.abs(part.statistic[day]), initial=0.0) > tests.thresholds[window]:
                yield day


def one(place: Place, tests: Tests, said: Said, fault: str, rng: np.random.Generator) -> Floats:
    """Seen and named within each span of days, as 0 or 1, shape (2, spans)."""
    spoiled, true = plant(place, tests, said, fault, rng)
    whole = sums(place, known(place, spoiled))
    windows = {window: accumulate(whole, window, ends=range(CLEAN, DAYS)) for window in WINDOWS}
    result = np.zeros((2, len(WINDOWS)))
    repeated = runs(place, spoiled) if fault == "frozen" else {}
    for column, span in enumerate(WINDOWS):
        best = (0.0, 0, 0)
        for window, evidence in windows.items():
            for day in range(CLEAN, CLEAN + span):
                worst = float(np.nanmax(np.abs(evidence.statistic[day]), initial=0.0))
                # The strongest alarm so far is the one that is looked at.
                best = max(best, (worst - tests.thresholds[window], window, day))
        seen = best[0] > 0.0
        named = False
        if seen:
            named = bool(set(leading(windows[best[1]], best[2])) & set(true))
            if fault in {"ten-fold slip", "swapped"}:
                named = rightly(place, tests, spoiled, fault, true, span)
        if fault == "frozen":
            sooner = any(last <= CLEAN + span for last in repeated.get(true[0], ()))
            seen, named = seen or sooner, named or sooner
        result[:, column] = seen, named
    return result


def plant(
    place: Place, tests: Tests, said: Said, fault: str, rng: np.random.Generator
) -> tuple[Floats, list[int]]:
    """The readings with a fault, and the candidates that are right."""
    value = said.value.copy()
    days = slice(CLEAN, DAYS)
    at_work = [i for i in tests.told if (value[days, i] > 0.0).all()]
    i = int(rng.choice(at_work))
    sign = float(rng.choice([-1.0, 1.0]))
    if fault.startswith("bias"):
        size = float(fault.split()[1]) * np.hypot(said.sigma[days, i], said.bias[days, i]).mean()
        value[days, i] = np.maximum(value[days, i] + sign * size, 0.0)
        return value, [i]
    if fault.startswith("leak"):
        # In the sigma of the leak on one day, as that of a bias is in the sigma of its meter.
        node = int(rng.choice(tests.nodes))
        size = 4.0 / float(np.linalg.norm(tests.spaces[1].signatures[:, len(tests.of) + node]))
        return lost(place, tests, value, node, size), [place.system.size + node]
    if fault == "ten-fold slip":
        value[CLEAN, i] *= 10.0 if sign > 0.0 else 0.1
        return value, [i]
    if fault == "swapped":
        near = [j for j in at_work if j != i and 0.2 < value[CLEAN, j] / value[CLEAN, i] < 5.0]
        j = int(rng.choice(near or [k for k in at_work if k != i]))
        value[days, [i]], value[days, [j]] = value[days, [j]], value[days, [i]]
        return value, [i, j]
    value[days, i] = value[CLEAN - 1, i]
    return value, [i]


def lost(place: Place, tests: Tests, value: Floats, node: int, size: float) -> Floats:
    """Readings of a state that differs from the true one by a loss at a node, least changed."""
    matrix, _ = place.system.equations()
    moved = np.zeros(len(matrix))
    moved[node] = size
    scale = np.where(np.isfinite(place.true).all(axis=0), np.abs(place.true).mean(axis=0), 0.0)
    scale = np.where(place.stock, 0.0, scale + 1e-6)
    change = scale * np.linalg.lstsq(matrix * scale, moved, rcond=None)[0]
    value[CLEAN:, tests.of] += change[tests.of]
    return value


def runs(place: Place, value: Floats) -> dict[int, list[int]]:
    """Days on which a run of one figure has become too long, by variable."""
    step = np.array([(d.resolution if d else 0.0) or 1e-3 for d in place.devices]) * place.factor
    series = np.where(place.stock, np.nan, value)
    found: dict[int, list[int]] = {}
    for day in range(CLEAN + 1, DAYS + 1):
        for run in frozen(series[:day], step, REPEATED):
            if run.last == day - 1:
                found.setdefault(run.column, []).append(day)
    return found


def rightly(
    place: Place, tests: Tests, value: Floats, fault: str, true: list[int], span: int
) -> bool:
    """Whether the best explanation of the span's mean is the fault itself."""
    if fault == "ten-fold slip":
        span = 1
    space = tests.spaces[span]
    mean = value[CLEAN : CLEAN + span, tests.of].mean(axis=0)
    said = known(place, value)
    sigma = np.hypot(said.sigma, said.bias)[CLEAN, tests.of]
    found = written_wrongly(space, mean, sigma, most=1)
    places = [int(np.searchsorted(tests.of, i)) for i in true]
    sort = Sort.SLIP if fault == "ten-fold slip" else Sort.SWAP
    return bool(found) and found[0].sort is sort and sorted(found[0].members) == sorted(places)


def drawing() -> None:
    """Seconds of 10 000 draws of a month of the park."""
    place = at("whole park", "")
    said = say(place, np.random.default_rng(1), place.true)
    month = slice(0, 30)
    of = np.flatnonzero(~np.isnan(said.value[0]))
    value = said.value[month, of].sum(axis=0)
    chance = np.sqrt((said.sigma[month, of] ** 2).sum(axis=0))
    plan = compile_plan(
        place.system, Readings(of, np.hypot(chance, said.bias[month, of].sum(axis=0)))
    )
    print(f"\n10 000 draws of a month of the park ({place.system.size} flows and stock changes):\n")
    low = np.where(place.stock, -np.inf, 0.0)
    for name, least in (("without bounds", None), ("none negative", low)):
        begin = time.perf_counter()
        drawn = posterior_draws(plan, value, 10_000, seed=1, low=least)
        seconds = time.perf_counter() - begin
        left = unclosed(place.system, drawn.x)
        print(
            f"- {name}: {seconds:.2f} s, {drawn.method}, {drawn.within:.1%} within, "
            f"balances left open by {left:.1g} of their throughput"
        )


def unclosed(system: System, x: Floats) -> float:
    """Greatest residual over throughput, of balances of which all is known."""
    matrix, _ = system.equations()
    known = ~np.isnan(x[0])
    rows = matrix[~(matrix[:, ~known] != 0.0).any(axis=1)][:, known]
    into, out = (np.abs(np.maximum(sign * rows, 0.0)) for sign in (1.0, -1.0))
    passing = np.maximum(np.abs(x[:, known]) @ into.T, np.abs(x[:, known]) @ out.T)
    residual = np.abs(x[:, known] @ rows.T)
    return float((residual[passing > 0.0] / passing[passing > 0.0]).max())


if __name__ == "__main__":
    main()
