"""The demonstration years: nothing opens without a fault, every fault shows where it claims."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from facilities.demo import synthetic_log
from facilities.parkfile import builtin, load
from facilities.scenario import FAULTS
from facilities.scenariofile import beside, load_scenario
from flows.balance import Closure, Level
from flows.findings import finding
from flows.period import parse_period
from tui.entering import import_file
from tui.reporting.building import report_data
from tui.session import Session
from tui.starting import DEMO_YEAR, _few, start_park

if TYPE_CHECKING:
    from facilities.scenario import Scenario

MONTHS = [f"{DEMO_YEAR}-{month:02d}" for month in range(1, 13)]
PARKFLOW = Path(sys.executable).with_name("parkflow")
PARKS = ("two-facilities", "chaoyang")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Made:
    """A year in a ledger."""

    session: Session
    scenario: Scenario
    folder: Path


@pytest.fixture(scope="module", params=PARKS)
def clean(request, tmp_path_factory):
    """The year without any fault, by the same way."""
    name, folder = request.param, tmp_path_factory.mktemp("clean") / "park"
    park = load(builtin(name))
    scenario = load_scenario(beside(builtin(name)), park)
    period = parse_period(DEMO_YEAR)
    start_park(folder, name)
    log = folder / "log.csv"
    made = synthetic_log(park, scenario, period, scenario.seed, faults=False)
    log.write_text(made.text, encoding="utf-8")
    with Session.open(folder) as session:
        import_file(session, log, "test")
        yield Made(session, scenario, folder)


@pytest.fixture(scope="module", params=PARKS)
def faulty(request, tmp_path_factory):
    """The year as the program itself makes it."""
    name, home = request.param, tmp_path_factory.mktemp("faulty")
    subprocess.run(
        [PARKFLOW, "demo", home / "park", "--from", name, "--json"],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PARKFLOW_LANG": "en"},
        capture_output=True, check=True,
    )  # fmt: skip
    with Session.open(home / "park") as session:
        scenario = load_scenario(beside(builtin(name)), session.park)
        yield Made(session, scenario, home / "park")


def opened(made, period):
    rows, _ = made.session.balances(period)
    return {row.id for row in rows if row.closure is Closure.OPEN and row.level is Level.PROCESS}


def test_without_faults_no_balance_of_any_layer_is_open_in_any_month_or_the_year(clean):
    for period in (*MONTHS, DEMO_YEAR):
        said = clean.session.findings(period)
        assert [str(item) for item in said if item.code == "balance-open"] == [], period


def test_with_what_matter_carries_every_balance_of_energy_that_must_close_closes(clean):
    for month in ("2025-01", "2025-07"):
        answer = clean.session.month(month, layers=("energy",)).values
        assert answer.converged
        assert answer.balance_residual <= 1e-12
        assert answer.p_value > 0.01
        rows, _ = clean.session.balances(month, layer="energy", reconciled=True)
        assert {row.closure for row in rows} <= {
            Closure.CLOSED, Closure.TRANSFORMED, Closure.UNTESTED,
        }  # fmt: skip
        contents = {row.id: row for row in answer.concentrations}
        if "furnace-1.fed.energy" in contents:
            # Steam, power and losses know the heating value of the waste better than a guess.
            assert contents["furnace-1.fed.energy"].sigma == 0.75
            assert contents["furnace-1.fed.energy"].sigma_reconciled < 0.2


def test_without_faults_there_is_something_that_could_open(clean):
    rows, _ = clean.session.balances("2025-03")
    assert sum(row.closure is Closure.CLOSED for row in rows) >= 8


def test_every_fault_opens_the_balances_it_claims_and_no_other_is_open(faulty):
    for month in MONTHS:
        planted = [item for item in faulty.scenario.faults if item.first.isoformat()[:7] == month]
        claimed = {place for fault in planted for place in fault.visible_at}
        assert opened(faulty, month) == claimed, month


def test_every_fault_lies_within_a_month_and_is_listed_with_why_it_shows_or_does_not(faulty):
    listed = json.loads((faulty.folder / "planted.json").read_text(encoding="utf-8"))
    assert {(item["where"].split("/")[0], item["first"], item["reason"]) for item in listed} == {
        (fault.of, fault.first.isoformat(), fault.reason) for fault in faulty.scenario.faults
    }
    for fault in faulty.scenario.faults:
        assert fault.first.isoformat()[:7] == fault.last.isoformat()[:7]
        assert fault.reason


def test_an_entry_that_a_fault_makes_doubtful_was_doubted(faulty):
    for fault in faulty.scenario.faults:
        first, last = fault.first.toordinal(), fault.last.toordinal()
        for code in fault.findings:
            kept = faulty.session.ledger.observations(
                first_day=first, last_day=last, whats=[fault.of]
            )
            assert code in {item.flag for item in kept}


def test_what_nobody_can_see_in_the_balances_stays_unseen_there(faulty):
    """Beside the faults that claim nothing, the balances round them are closed or untested."""
    for fault in faulty.scenario.faults:
        if fault.visible_at:
            continue
        month = fault.first.isoformat()[:7]
        network = faulty.session.network(fault.first)
        flow = network.flow.get(fault.of)
        ends = {flow.source, flow.target} if flow else {fault.of}
        shown = {
            place
            for other in faulty.scenario.faults
            if other.first.isoformat()[:7] == month
            for place in other.visible_at
        }
        assert not (opened(faulty, month) & ends) - shown


def test_a_report_lists_the_faults_of_its_period_and_says_which_it_points_at(faulty):
    for month in MONTHS[2:6]:
        listed = report_data(faulty.session, month).planted
        planted = [item for item in faulty.scenario.faults if item.first.isoformat()[:7] == month]
        assert [item.first for item in listed] == [item.first.isoformat() for item in planted]
        for item in listed:
            assert item.found or not item.visible_at
    year = report_data(faulty.session, DEMO_YEAR).planted
    assert {item.found for item in year} == {None}  # a fault of days is not looked for in a year


@pytest.fixture(scope="module")
def chaoyang():
    park = load(builtin("chaoyang"))
    scenario = load_scenario(beside(builtin("chaoyang")), park)
    return park, scenario, synthetic_log(park, scenario, parse_period(DEMO_YEAR), scenario.seed)


def test_the_faults_of_the_park_are_of_all_sorts_in_several_facilities_some_unseen(chaoyang):
    _, _, made = chaoyang
    assert {fault.kind for fault in made.planted} == set(FAULTS)
    assert len(made.planted) >= 10
    assert len({fault.where.split(".")[0] for fault in made.planted}) >= 5
    assert sum(not fault.visible_at for fault in made.planted) >= 3


def monthly(made, what):
    found = dict.fromkeys(MONTHS, 0.0)
    for day, value in zip(made.truth.days, made.truth.flows[what], strict=True):
        found[day.isoformat()[:7]] += float(value)
    return list(found.values())


def test_the_seasons_of_the_park_are_those_of_beijing(chaoyang):
    park, _, made = chaoyang
    heat = dict(zip(made.truth.days, made.truth.flows["furnace-2.heat-to-district"], strict=True))
    season = {
        day for day in heat if (day.month, day.day) >= (11, 15) or (day.month, day.day) <= (3, 15)
    }
    assert {day for day, value in heat.items() if value > 0.0} == season
    gas = monthly(made, "landfill.collected")
    assert sum(gas[9:]) < 0.97 * sum(gas[:3])
    wet = [
        leachate / received
        for leachate, received in zip(
            monthly(made, "furnace-1.leachate"), monthly(made, "furnace-1.received"), strict=True
        )
    ]
    assert max(wet) in wet[6:8]
    catering = dict(zip(made.truth.days, made.truth.flows["catering.received"], strict=True))
    festival = [
        value for day, value in catering.items() if (day.month, day.day) in ((1, 30), (2, 1))
    ]
    assert max(festival) < 0.9 * sum(catering.values()) / len(catering)
    overhaul = [day for day in catering if day.month == 4 and 7 <= day.day <= 20]
    diverted = dict(zip(made.truth.days, made.truth.flows["furnace-2.received"], strict=True))
    assert (
        sum(diverted[day] for day in overhaul)
        > 1.15 * 14 * park.network(overhaul[0]).flow["furnace-2.received"].typical
    )


def test_piles_are_surveyed_quarterly_tanks_monthly_bunkers_daily(chaoyang):
    lines = [line.split(",") for line in chaoyang[2].text.splitlines()]
    days = {
        what: [line[1] for line in lines if line[0] == f"stock:{what}"]
        for what in ("materials.stockpile", "catering.grease-tank", "furnace-1.bunker")
    }
    assert days["materials.stockpile"] == [
        "2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31",
    ]  # fmt: skip
    assert len(days["catering.grease-tank"]) == 13
    assert len(days["furnace-1.bunker"]) == 366


def test_the_year_is_of_a_size_that_a_demonstration_can_bear(chaoyang):
    assert 60_000 <= chaoyang[2].text.count("\n") <= 100_000


def test_the_pages_of_month_and_year_say_synthetic_and_list_what_was_planted(faulty):
    for name in ("report.html", f"report-{DEMO_YEAR}.html"):
        page = (faulty.folder / name).read_text(encoding="utf-8")
        assert "ynthetic" in page.split("<body", 1)[1][:4000]
        assert "What was planted" in page


def test_a_park_without_a_scenario_has_no_demonstration(program, tmp_path):
    ended = program("demo", tmp_path / "none", "--from", "gaoantun", "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["park-unknown"])
    assert not (tmp_path / "none").exists()


def test_few_doubts_about_made_up_readings_are_told_and_the_rest_is_counted():
    doubts = tuple(finding("entry-unlikely", f"flow-{number}") for number in range(9))
    assert _few(doubts[:5]) == doubts[:5]
    assert _few(doubts)[:5] == doubts[:5]
    assert [item.params["count"] for item in _few(doubts)[5:]] == [4]
    capped = (*doubts, finding("findings-more", count=100))
    assert [item.params["count"] for item in _few(capped)[5:]] == [104]
