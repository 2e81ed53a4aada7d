"""`parkflow findings` names which meter, since when and how much; over the demonstration months."""

from __future__ import annotations

import pytest

from facilities.demo import synthetic_log
from facilities.parkfile import builtin, load
from facilities.scenariofile import beside, load_scenario
from flows.period import parse_period
from tui.entering import import_file
from tui.inbox.watching import ordered
from tui.session import Session
from tui.starting import DEMO_YEAR, start_park

CODES = {
    "meter-suspect", "loss-suspect", "slip-suspect", "swap-suspect",
    "frozen", "copied-day", "copied-column", "rounded",
}  # fmt: skip
#: Of each month: code, and a flow or process that it must name.
NAMED = {
    "2025-03": {("frozen", "landfill.leachate"), ("meter-suspect", "leachate.nf-permeate")},
    "2025-04": {("frozen", "furnace-1.fed")},
    "2025-05": {("meter-suspect", "kitchen.pulp")},
    "2025-06": {
        ("swap-suspect", "leachate.nf-concentrate"), ("swap-suspect", "leachate.ro-concentrate"),
    },
    "2025-08": {
        ("loss-suspect", "leachate.reclaimed-to-district"), ("slip-suspect", "biogas.gross-power"),
    },
    "2025-09": {("meter-suspect", "biogas.mixing")},
    "2025-10": {("frozen", "furnace-2.received")},
    "2025-11": {("loss-suspect", "catering.separation")},
    "2025-12": {("meter-suspect", "furnace-1.power-to-leachate")},
}  # fmt: skip


def year(folder, *, faults):
    park = load(builtin("chaoyang"))
    scenario = load_scenario(beside(builtin("chaoyang")), park)
    made = synthetic_log(park, scenario, parse_period(DEMO_YEAR), scenario.seed, faults=faults)
    start_park(folder, "chaoyang")
    log = folder / "log.csv"
    log.write_text(made.text, encoding="utf-8")
    with Session.open(folder) as session:
        import_file(session, log, "test")
    return folder


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    with Session.open(
        year(tmp_path_factory.mktemp("year") / "park", faults=True), readonly=True
    ) as session:
        yield session


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    with Session.open(
        year(tmp_path_factory.mktemp("clean") / "park", faults=False), readonly=True
    ) as session:
        yield session


def named(item):
    params = item.params
    ids = {item.where, *str(params.get("others", "")).split(", ")}
    return (ids | set(str(params.get("members", "")).split(", "))) - {""}


@pytest.mark.slow
@pytest.mark.parametrize("month", NAMED)
def test_every_fault_that_can_be_seen_is_named_and_nothing_else_is(faulty, month):
    said = [item for item in faulty.findings(month) if item.code in CODES]
    found = {(item.code, one) for item in said for one in named(item)}
    assert NAMED[month] <= found
    assert len(said) == len({code for code, _ in NAMED[month]})
    for item in said:
        assert item.params["last"] >= f"{month}-01"


@pytest.mark.slow
@pytest.mark.parametrize("month", ["2025-01", "2025-04", "2025-08", "2025-11"])
def test_months_without_faults_have_no_alarm(clean, month):
    assert [item for item in clean.findings(month) if item.code in CODES] == []


@pytest.mark.slow
def test_what_an_alarm_explains_is_said_of_the_open_balance(faulty):
    said = faulty.findings("2025-03")
    opened = {item.where: item.params["because"] for item in said if item.code == "balance-open"}
    assert opened == dict.fromkeys(("leachate.nf", "leachate.ro"), "leachate.nf-permeate")


@pytest.mark.slow
def test_sizes_are_in_the_unit_of_the_flow_and_of_one_day_too(faulty):
    (slip,) = (item for item in faulty.findings("2025-08-20") if item.code == "slip-suspect")
    assert slip.params["unit"] == "kWh"
    assert (slip.params["times"], slip.params["day"]) == (10, "2025-08-20")
    assert slip.params["likely"] == pytest.approx(10 * slip.params["value"], rel=1e-3)


@pytest.mark.slow
def test_findings_come_by_severity_and_then_by_facility(faulty):
    network = faulty.month("2025-08").network
    said = ordered(faulty.park, network, faulty.findings("2025-08"))
    ranks = [("error", "warning", "info").index(item.severity) for item in said]
    assert ranks == sorted(ranks)
    plants = [item.where.split(".")[0] for item in said if item.code.endswith("-suspect")]
    assert plants == ["biogas", "leachate"]


def test_the_command_says_it_in_both_languages_and_with_parameters(demo):
    rows = demo("findings", "--period", "2025-03", "--json").json
    meters = [row for row in rows if row["code"] == "meter-suspect"]
    (meter,) = (row for row in meters if row["where"] == "leachate.nf-permeate")
    assert meter["severity"] == "warning"
    assert meter["params"]["size"] > 3.0 * meter["params"]["sigma"]
    assert meter["params"]["statistic"] > meter["params"]["threshold"]
    assert "2025-03-0" in meter["params"]["first"]
    assert meter["text"] in demo("findings", "--period", "2025-03").out
    assert "读数可能偏高" in demo("findings", "--period", "2025-03", lang="zh").out
