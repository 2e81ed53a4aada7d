"""Planted faults: how soon they are seen, how often named rightly, how often there is nothing.

    python bench/faults.py [--worlds N] [--seed S] [--write]

A month of the demonstration park without fault is followed by one with a fault; every world has
its own meters (chance and bias as declared), place of the fault and sign. The days so far are given
to `flows.reconcile.gross.watch` as `parkflow findings` does, and what it says first counts. Prints
Markdown, and writes it into docs/benchmarks.md with `--write`; the same seed gives the same tables.
With 100 worlds it takes minutes: no part of `make bench`.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from facilities.parkfile import builtin, load
from facilities.scenariofile import beside, load_scenario
from facilities.truth import truth
from flows.network import Device, FlowNetwork, is_environment
from flows.readings import ASSUMED
from flows.reconcile.classify import Class
from flows.reconcile.compiling import compile_plan
from flows.reconcile.gross.naming import Sort
from flows.reconcile.gross.redundancy import Redundancy, redundancy
from flows.reconcile.gross.repeated import frozen
from flows.reconcile.gross.series import Series
from flows.reconcile.gross.watch import Alarm, alarm_days, watch
from flows.reconcile.outlook.draws import posterior_draws
from flows.reconcile.problem import Readings, System, build

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLEAN, FAULTY = 30, 30
DAYS = CLEAN + FAULTY
WINDOWS = (1, 7, 30)
FIRST = date(2025, 4, 1)
FAULTS = ("bias 4 sigma", "bias 8 sigma", "leak 4 sigma", "ten-fold slip", "swapped", "frozen")
#: Chance below which a run of one figure is told: one in a year of the park's flows.
REPEATED = 1.0 / (365.0 * 115.0)
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
#: Between these the tables stand; `make bench` leaves them as they are.
MARKS = "<!-- faults:begin -->", "<!-- faults:end -->"


@dataclass(frozen=True)
class Place:
    """A network with its truth, in layer units, and its meters."""

    name: str
    system: System
    groups: tuple[str, ...]  # whose figures stand side by side
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
    """The redundant rows of a usual day, and where a fault can show."""

    space: Redundancy
    of: NDArray[np.intp]
    told: list[int]  # redundant readings, variables
    nodes: list[int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20250401)
    parser.add_argument("--write", action="store_true", help="Into docs/benchmarks.md, too.")
    chosen = parser.parse_args()
    begin = time.perf_counter()
    places = at("Leachate plant", "leachate."), at("Whole park", "")
    lines = ["## Planted faults", "", f"Seed {chosen.seed}, {chosen.worlds} worlds.", ""]
    for place in places:
        lines += study(place, chosen.worlds, chosen.seed)
    lines += drawing()
    print(f"{time.perf_counter() - begin:.0f} s")
    if chosen.write:
        write("\n".join(lines))


def write(text: str) -> None:
    """Put the tables between their marks, at the end where there are none yet."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    first, last = MARKS
    before, _, rest = page.partition(first)
    _, _, after = rest.partition(last)
    block = f"{first}\n{text.strip()}\n{last}"
    whole = f"{before.rstrip()}\n\n{block}\n{after.lstrip()}"
    PAGE.write_text(whole, encoding="utf-8")


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
    groups = [""] * size
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
            groups[i] = f"{item.facility} {item.unit or item.kind}"
        device = network.device.get(item.device)
        if measured and device is not None:
            devices[i] = device if device.sigma else replace(device, sigma=item.sigma or ASSUMED)
            tags[i] = names.setdefault(item.device, len(names))
    return Place(
        name, problem.system, tuple(groups), true, typical, devices, stock, tags, problem.factor
    )


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


def series(place: Place, said: Said, days: int = DAYS) -> Series:
    """The first days of a world as the watch takes them."""
    part = slice(0, days)
    return Series(
        place.system,
        place.system.names,
        place.groups,
        tuple((node, "joint") for node in place.system.nodes),
        np.ones(place.system.size),
        FIRST.toordinal() + np.arange(days),
        said.value[part],
        said.sigma[part],
        said.bias[part],
        np.broadcast_to(place.tag, said.value.shape)[part],
    )


def tests_of(place: Place) -> Tests:
    """What a usual day can show."""
    usual = known(place, np.where([d is not None for d in place.devices], place.true, np.nan))
    of = np.flatnonzero(~np.isnan(usual.value[0]))
    chance = np.sqrt((usual.sigma[:, of] ** 2).mean(axis=0))
    common = np.sqrt((usual.bias[:, of] ** 2).mean(axis=0))
    total = np.hypot(chance, common)
    tied = np.equal.outer(place.tag[of], place.tag[of]) * np.outer(common, common)
    np.fill_diagonal(tied, total**2)
    plan = compile_plan(place.system, Readings(of, total, tied / np.outer(total, total)))
    space = redundancy(plan)
    told = [i for i in of.tolist() if plan.classes[i] is Class.REDUNDANT and not place.stock[i]]
    seen = np.linalg.norm(space.losses, axis=0) > 0.0
    return Tests(space, of, told, np.flatnonzero(seen).tolist())


def study(place: Place, worlds: int, seed: int) -> list[str]:
    """Tables of one place."""
    tests = tests_of(place)
    found = {fault: np.zeros((2, len(WINDOWS))) for fault in FAULTS}
    days, stories = np.zeros(worlds), np.zeros(worlds)
    for world in range(worlds):
        rng = np.random.default_rng([seed, world])
        said = say(place, rng, place.true)
        clean = series(place, said)
        days[world] = alarm_days(clean, first=CLEAN)
        stories[world] = len(watch(clean, first=CLEAN)) if days[world] else 0
        for fault in FAULTS:
            found[fault] += one(place, tests, said, fault, rng)
    error = days.std() / math.sqrt(worlds)
    lines = [
        (
            f"{place.name}, {place.system.size} flows and stock changes. In 30 days without fault "
            f"{days.mean():.2f} +- {error:.2f} days had a false alarm (allowed 1), "
            f"{stories.mean():.2f} errors were said."
        ),
        "",
        "| fault | seen in 1 day | 7 days | 30 days | named in 1 day | 7 days | 30 days |",
        "|---|---|---|---|---|---|---|",
    ]
    for fault, counts in found.items():
        cells = [f"{100.0 * each / worlds:.0f} %" for each in counts.ravel()]
        lines.append(f"| {fault} | {' | '.join(cells)} |")
    lines.append("")
    print("\n".join(lines), flush=True)
    return lines


def one(place: Place, tests: Tests, said: Said, fault: str, rng: np.random.Generator) -> Floats:
    """Seen and named within each span of days, as 0 or 1, shape (2, spans)."""
    spoiled, true = plant(place, tests, said, fault, rng)
    whole = known(place, spoiled)
    result = np.zeros((2, len(WINDOWS)))
    repeated = runs(place, spoiled) if fault == "frozen" else {}
    for column, span in enumerate(WINDOWS):
        if any(last <= CLEAN + span for last in repeated.get(true[0], ())):
            result[:, column] = 1.0
            continue
        alarms = watch(series(place, whole, CLEAN + span), first=CLEAN)
        # The strongest is the one that is looked at.
        first = max(alarms, key=lambda each: each.statistic, default=None)
        result[:, column] = (
            first is not None,
            first is not None and right(place, first, fault, true),
        )
    return result


def right(place: Place, alarm: Alarm, fault: str, true: list[int]) -> bool:
    """Whether an alarm names the fault, alone or among what no datum tells from it."""
    names = (*place.system.names, *place.system.nodes)
    members = {names[each] for each in true}
    if fault == "swapped":
        return alarm.sort is Sort.SWAP and members == set(alarm.members)
    if fault == "ten-fold slip":
        return alarm.sort is Sort.SLIP and members == set(alarm.members)
    return alarm.sort in (Sort.BIAS, Sort.LEAK) and members <= set(alarm.members)


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
        size = 4.0 / float(np.linalg.norm(tests.space.signatures[:, len(tests.of) + node]))
        return lost(place, tests, value, node, size), [place.system.size + node]
    if fault == "ten-fold slip":
        value[CLEAN, i] *= 10.0 if sign > 0.0 else 0.1
        return value, [i]
    if fault == "swapped":
        # Figures that one person writes side by side, in one unit, and not as different as that
        # it would be noticed.
        pairs = [
            (i, j)
            for i in at_work
            for j in at_work
            if i < j and place.groups[i] == place.groups[j]
            and 0.2 < value[CLEAN, j] / value[CLEAN, i] < 5.0
        ]  # fmt: skip
        i, j = pairs[int(rng.integers(len(pairs)))]
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


def drawing() -> list[str]:
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
    lines = [
        f"10 000 draws of a month of the park ({place.system.size} flows and stock changes):",
        "",
    ]
    low = np.where(place.stock, -np.inf, 0.0)
    for name, least in (("without bounds", None), ("none negative", low)):
        begin = time.perf_counter()
        drawn = posterior_draws(plan, value, 10_000, seed=1, low=least)
        seconds = time.perf_counter() - begin
        left = unclosed(place.system, drawn.x)
        lines.append(
            f"- {name}: {seconds:.2f} s, {drawn.method}, {drawn.within:.1%} within, "
            f"balances left open by {left:.1g} of their throughput"
        )
    print("\n".join(lines))
    return lines


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
