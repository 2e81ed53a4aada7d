"""The synthetic month: deterministic, believable at the door, with faults that show where said."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import asdict
from datetime import date

import numpy as np
import pytest

from facilities.demo import synthetic_log
from facilities.meters import Draws, digits, parts
from facilities.parkfile import builtin, load
from facilities.scenariofile import beside, load_scenario
from flows.conversion import unit_factor
from flows.period import parse_period

MONTH = parse_period("2025-03")
#: From `Random("7:test").random()` and the inverse normal law; must never change.
FIRST_DRAWS = [-1.37171, -0.225666, 0.89838]


@pytest.fixture(scope="module")
def park():
    return load(builtin("two-facilities"))


@pytest.fixture(scope="module")
def scenario(park):
    return load_scenario(beside(builtin("two-facilities")), park)


@pytest.fixture(scope="module")
def month(park, scenario):
    made = synthetic_log(park, scenario, MONTH, seed=7)
    return list(csv.DictReader(made.text.splitlines())), made.planted


def amounts(park, rows):
    """Sum of each flow and day, and level of each stock and day, canonical units."""
    network = park.network(MONTH.first)
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        what = row["what"]
        if row["register"] or row["value"] == "missing" or what not in park.kinds:
            continue
        found[what][row["day"]] += float(row["value"]) * unit_factor(row["unit"], park.kinds[what])
    return found, network


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(park, scenario):
    first = synthetic_log(park, scenario, MONTH, seed=7)
    again = synthetic_log(park, scenario, MONTH, seed=7)
    assert (again.text, again.planted) == (first.text, first.planted)
    assert synthetic_log(park, scenario, MONTH, seed=8).text != first.text
    assert first.text.endswith("\n")
    assert "\r" not in first.text


BYTES = """
import hashlib
from facilities.demo import synthetic_log
from facilities.parkfile import builtin, load
from facilities.scenariofile import beside, load_scenario
from flows.period import parse_period
park = load(builtin("two-facilities"))
scenario = load_scenario(beside(builtin("two-facilities")), park)
made = synthetic_log(park, scenario, parse_period("2025-03"), 7)
print(hashlib.sha256(made.text.encode()).hexdigest())
"""


def test_the_bytes_do_not_hang_on_the_hash_seed_of_python(park, scenario):
    said = {
        subprocess.run(
            [sys.executable, "-c", BYTES],
            env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    text = synthetic_log(park, scenario, MONTH, seed=7).text
    assert said == {hashlib.sha256(text.encode()).hexdigest()}


def test_another_seed_is_other_noise_of_the_same_year(park, scenario):
    made = [synthetic_log(park, scenario, MONTH, seed=seed).truth for seed in (7, 8)]
    assert all((made[0].flows[what] == made[1].flows[what]).all() for what in made[0].flows)


def test_draws_are_those_of_the_normal_law_and_the_same_for_ever():
    draws = Draws(7, "test")
    assert [round(draws.normal(), 6) for _ in range(3)] == FIRST_DRAWS
    many = np.array([draws.normal(2.0) for _ in range(4000)])
    assert abs(many.mean()) < 0.1
    assert many.std() == pytest.approx(2.0, rel=0.05)


def test_loads_add_up_to_the_day():
    loads = parts(317.0, 25.0, Draws(7, "loads"))
    assert len(loads) == 13
    assert sum(loads) == pytest.approx(317.0, rel=1e-12)
    assert [digits(step) for step in (0.02, 0.1, 1.0, 10.0, 0.001)] == [2, 1, 0, 0, 3]


def test_every_row_names_something_of_the_park_and_a_known_device(park, month):
    rows, _ = month
    resolver = park.resolver()
    devices = {item.id for item in park.devices}
    for row in rows:
        assert resolver.resolve(row["what"], date.fromisoformat(row["day"])).what == row["what"]
        assert not row["device"] or row["device"] in devices


def test_no_reading_is_refused_for_being_outside_its_bounds(park, month):
    found, network = amounts(park, month[0])
    for what, days in found.items():
        item = network.flow.get(what) or network.stock.get(what.removeprefix("stock:"))
        assert item is not None
        assert all(item.minimum <= value <= item.maximum for value in days.values()), what


def test_every_day_of_the_tour_is_told_or_stated_missing_or_zero(park, month):
    rows, _ = month
    told = {(row["what"], row["day"]) for row in rows}
    days = [date.fromordinal(number).isoformat() for number in MONTH.ordinals]
    assert {(what, day) for what in park.tour for day in days} <= told
    said = Counter(row["value"] for row in rows)
    assert said["missing"] == 2
    sundays = [day for day in days if date.fromisoformat(day).weekday() == 6]
    zeros = [row["day"] for row in rows if row["value"] == "0"]
    assert zeros == sundays
    assert all(row["note"] for row in rows if row["value"] == "missing")


def test_ticket_numbers_are_unique_and_registers_never_drop(month):
    rows, _ = month
    tickets = Counter((row["what"], row["ticket"]) for row in rows if row["ticket"])
    assert max(tickets.values()) == 1
    assert {what for what, _ in tickets} == {"incineration.bottom-ash", "incineration.fly-ash"}
    counter = [float(row["register"]) for row in rows if row["register"]]
    assert len(counter) == 32  # the eve, and every day
    assert all(later > earlier for earlier, later in itertools.pairwise(counter))
    advance = (counter[-1] - counter[0]) * 21.0 / 31
    assert advance == pytest.approx(467.0, rel=0.05)


def test_samples_come_at_irregular_days(park, scenario):
    text = synthetic_log(park, scenario, parse_period("2025-Q1"), seed=7).text
    rows = [row for row in csv.DictReader(text.splitlines()) if row["what"].endswith(".lhv")]
    days = [date.fromisoformat(row["day"]).toordinal() for row in rows]
    gaps = {later - earlier for earlier, later in itertools.pairwise(days)}
    assert gaps <= {5, 6, 7, 8, 9}
    assert len(gaps) > 2
    assert all(row["unit"] == "kJ/kg" and float(row["sigma"]) > 0 for row in rows)


def test_faults_are_told_with_their_truth_and_where_they_can_be_seen(month):
    _, planted = month
    assert [(fault.kind, fault.first, fault.last) for fault in planted] == [
        ("bias", "2025-03-03", "2025-03-26"),
        ("bias", "2025-03-05", "2025-03-14"),
        ("frozen", "2025-03-16", "2025-03-20"),
        ("unlogged", "2025-03-20", "2025-03-22"),
        ("swapped", "2025-03-25", "2025-03-25"),
    ]
    unseen = [fault for fault in planted if not fault.visible_at]
    assert [(fault.where, fault.reason) for fault in unseen] == [
        ("incineration.reagents", "nothing-redundant"),
        ("leachate.inflow-landfill", "below-tolerance"),
    ]
    assert json.loads(json.dumps([asdict(fault) for fault in planted]))


BALANCES = {
    "leachate.nf": ("leachate.mbr-permeate", "leachate.nf-permeate leachate.nf-concentrate"),
    "leachate.ro": ("leachate.nf-permeate", "leachate.ro-permeate leachate.ro-concentrate"),
    "leachate.permeate-tank": (
        "leachate.ro-permeate", "leachate.reclaimed-to-quench leachate.reclaimed-to-district",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("process", "fault_days", "sign"),
    [
        ("leachate.nf", range(5, 15), -1),
        ("leachate.ro", range(5, 15), 1),
        ("leachate.permeate-tank", range(20, 23), 1),
        ("leachate.nf", range(25, 26), -1),
        ("leachate.ro", range(25, 26), 1),
    ],
)
def test_a_balance_opens_on_the_days_of_its_fault_and_on_no_others(
    park, month, process, fault_days, sign
):
    found, _ = amounts(park, month[0])
    into, out = (names.split() for names in BALANCES[process])
    days = [date.fromordinal(number).isoformat() for number in MONTH.ordinals]
    residual = np.array(
        [sum(found[n][d] for n in into) - sum(found[n][d] for n in out) for d in days]
    )
    level = found.get(f"stock:{process}")
    if level:
        residual -= np.diff([level["2025-02-28"], *(level[d] for d in days)])
    inside = np.array([day - 1 for day in fault_days])
    faulty = {*range(4, 14), 24} if process != "leachate.permeate-tank" else {19, 20, 21}
    clean = np.array([place for place in range(31) if place not in faulty])
    assert sign * residual[inside].mean() > 3 * residual[clean].std()
    assert abs(residual[clean].mean()) < 15.0  # the bias of the meters, some 1.5 % of 400 m3


def test_the_frozen_meter_repeats_its_figure_for_five_days_and_the_day_before(month):
    inflow = [row["value"] for row in month[0] if row["what"] == "leachate.inflow-landfill"]
    assert len(set(inflow[14:20])) == 1
    assert len(set(inflow[:15])) > 10


def test_a_week_has_only_the_faults_that_fit_into_it(park, scenario):
    made = synthetic_log(park, scenario, parse_period("2025-03-01..2025-03-07"), seed=7)
    assert made.planted == ()
    assert "missing" not in made.text


def test_without_faults_nothing_is_planted_and_the_rest_stays(park, scenario):
    faulty, clean = (
        synthetic_log(park, scenario, MONTH, seed=7, faults=wanted) for wanted in (True, False)
    )
    assert clean.planted == ()
    rows = [text.splitlines() for text in (faulty.text, clean.text)]
    assert len(rows[0]) == len(rows[1])
    changed = {one.split(",")[0] for one, other in zip(*rows, strict=True) if one != other}
    assert changed == {part for fault in faulty.planted for part in fault.where.split("/")}


def test_what_waits_over_sunday_is_hauled_on_monday_and_yards_are_cleared_at_month_end(month):
    ash = defaultdict(float)
    for row in month[0]:
        if row["what"] == "incineration.fly-ash":
            ash[row["day"]] += float(row["value"])
    assert ash["2025-03-09"] == 0.0
    assert ash["2025-03-10"] > 1.7 * ash["2025-03-11"]
    assert ash["2025-03-31"] > 0.0
