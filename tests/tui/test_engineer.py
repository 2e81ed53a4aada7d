"""An engineer's and a manager's day on the demonstration park, through the program as a process."""

import json
import re
from pathlib import Path

import pytest

MONTH = ("--period", "2025-03")
FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


def promised(name: str):
    """The example of a JSON contract in docs/formats.md."""
    text = FORMATS.read_text("utf-8")
    return json.loads(re.search(rf"```json keys={name}\n(.*?)```", text, re.DOTALL)[1])


def shape(value):
    """Keys of nested objects; a list stands for its first item."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


@pytest.mark.parametrize("command", ["balance", "chain", "sheet"])
def test_the_json_is_what_the_contract_says(demo, command):
    period = ("--day", "2025-03-14") if command == "sheet" else MONTH
    printed = demo(command, *period, "--json").json
    assert set(printed[0]) == set(promised(command)[0])
    nested = {key for key, item in promised(command)[0].items() if isinstance(item, dict)}
    for key in nested:
        assert set(printed[0][key]) == {"value", "sigma", "unit"}


def test_the_json_of_findings_is_what_the_contract_says(demo):
    printed, (contract,) = demo("findings", *MONTH, "--json").json, promised("findings")
    assert all({"code", "severity", "where", "text", "params"} <= set(row) for row in printed)
    suspects = [row for row in printed if row["code"] == contract["code"]]
    (biased,) = [row for row in suspects if row["where"] == contract["where"]]
    assert set(contract["params"]) <= set(biased["params"])


def test_the_json_of_a_reconciliation_is_what_the_contract_says(demo):
    printed, contract = demo("reconcile", *MONTH, "--json").json, promised("reconcile")
    assert set(contract) <= set(printed)
    for key in ("flows", "suspects"):
        assert set(contract[key][0]) <= set(printed[key][0])
    assert {"code", "severity", "where", "text"} <= set(printed["findings"][0])


def test_the_month_closes_after_reconciliation_and_its_residual_is_rounding(demo):
    assert demo("reconcile", *MONTH, "--json").json["balance_residual"] <= 1e-12
    rows = demo("balance", *MONTH, "--reconciled", "--json").json
    closed = [row for row in rows if row["closure"] == "closed"]
    assert len(closed) >= 6
    for row in closed:
        assert abs(row["residual"]["value"]) <= 1e-9 * row["in"]["value"]
    assert not [row for row in rows if row["closure"] == "open"]


def test_a_month_is_reconciled_with_the_energy_that_its_matter_carries(demo):
    answer = demo("reconcile", *MONTH, "--layer", "energy", "--json").json
    assert answer["converged"] is True
    assert answer["balance_residual"] <= 1e-12
    assert {row["layer"] for row in answer["flows"]} == {"mass", "energy"}
    units = {row["id"]: row["unit"] for row in answer["concentrations"]}
    assert units["incineration.fed.energy"] == "GJ/t"
    refused = demo("reconcile", *MONTH, "--layer", "steam", check=False)
    assert refused.code == 1
    assert "carbon-fossil, carbon-biogenic, energy" in refused.err


def test_the_biased_meter_is_the_first_suspect(demo):
    """The NF permeate meter was planted 8 % high for ten days."""
    answer = demo("reconcile", *MONTH, "--json").json
    assert answer["suspect"] is True
    assert "leachate.nf-permeate" in answer["suspects"][0]["members"]
    opened = {
        row["id"] for row in demo("balance", *MONTH, "--json").json if row["closure"] == "open"
    }
    assert {"leachate.nf", "leachate.ro"} <= opened


def test_what_is_not_measured_in_the_furnace_is_never_given_a_value(demo):
    flows = {row["id"]: row for row in demo("reconcile", *MONTH, "--json").json["flows"]}
    for flow in ("incineration.combustion-air", "incineration.flue-gas"):
        assert flows[flow]["class"] == "unobservable"
        assert flows[flow]["reconciled"] is None


def test_yields_lie_where_the_parameters_put_them_and_carry_sigma(demo):
    steps = {(row["chain"], row["step"]): row for row in demo("chain", *MONTH, "--json").json}
    for row in steps.values():
        assert row["value"] > 0
        assert 0 < row["sigma"] < 0.1 * row["value"]
    power = next(row for row in steps.values() if row["unit"] == "kWh/t")
    assert 250 < power["value"] < 560


def test_one_facility_or_one_layer_can_be_asked_for(demo):
    rows = demo("balance", *MONTH, "--facility", "leachate", "--layer", "mass", "--json").json
    assert {row["layer"] for row in rows} == {"mass"}
    assert all(row["id"].split(".")[0] == "leachate" for row in rows)
    ended = demo("balance", *MONTH, "--layer", "gold", "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["key-unknown"])


def test_an_earlier_state_can_be_asked_for(demo):
    """As of the first event there was only the park file."""
    ended = demo("reconcile", *MONTH, "--as-of", "1", "--json").json
    assert all(row["measured"] is None for row in ended["flows"])


def test_findings_are_the_same_things_in_both_languages(demo):
    english = demo("findings", *MONTH, "--json").json
    chinese = demo("findings", *MONTH, "--json", lang="zh").json
    assert [item["code"] for item in english] == [item["code"] for item in chinese]
    assert all(re.search(r"[\u4e00-\u9fff]", item["text"]) for item in chinese)
    assert not any(re.search(r"[\u4e00-\u9fff]", item["text"]) for item in english)


def test_strict_ends_with_1_only_on_error_findings(demo):
    assert demo("findings", *MONTH, "--strict", "--json").code == 0


def test_the_report_is_written_whole_and_says_synthetic(demo, tmp_path):
    page = tmp_path / "march.html"
    ended = demo("report", *MONTH, "--out", page, lang="zh")
    assert ended.out.strip() == str(page)
    text = page.read_text("utf-8")
    assert text.lower().startswith("<!doctype html>")
    assert "合成数据" in text
    assert list(tmp_path.iterdir()) == [page]


def test_a_report_that_cannot_be_written_is_said(demo):
    ended = demo("report", *MONTH, "--out", "/proc/nowhere/x.html", "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["file-unwritable"])


def test_the_demonstration_made_twice_takes_its_readings_once(demo, tmp_path):
    again = demo("demo", tmp_path / "d", "--from", "two-facilities", "--json")
    first = (tmp_path / "d" / "synthetic-2025-seed-11.csv").read_bytes()
    once_more = demo("demo", tmp_path / "d", "--from", "two-facilities", "--json")
    assert again.code == once_more.code == 0
    assert (demo.folder / "synthetic-2025-seed-11.csv").read_bytes() == first
    assert demo("audit", "--park", tmp_path / "d", "--json").json["events"] == 2


def test_a_period_without_readings_is_answered_not_guessed(demo):
    answer = demo("reconcile", "--period", "2020-01", "--json").json
    assert answer["chi2"] is None
    assert all(row["reconciled"] is None for row in answer["flows"])
    assert all(row["value"] is None for row in demo("chain", "--period", "2020-01", "--json").json)
    demo("report", "--period", "2020-01", "--out", demo.folder / "empty.html")


@pytest.fixture(scope="module")
def gaoantun(demo, tmp_path_factory):
    """The published year of the Gao'antun furnace plant."""
    folder = tmp_path_factory.mktemp("year") / "gaoantun"
    demo("init", folder, "--from", "gaoantun")
    demo("import", folder / "gaoantun-year.csv", "--park", folder)
    return folder


def test_four_published_numbers_are_not_redundant_and_it_is_said(demo, gaoantun):
    answer = demo("reconcile", "--period", "2012", "--park", gaoantun, "--json").json
    assert (answer["dof"], answer["chi2"], answer["suspect"]) == (0, None, False)
    assert "nothing-redundant" in {item["code"] for item in answer["findings"]}
    measured = {row["id"]: row for row in answer["flows"] if row["measured"] is not None}
    assert len(measured) == 4
    assert {row["class"] for row in measured.values()} == {"nonredundant"}
    assert "Nothing is redundant" in demo("reconcile", "--period", "2012", "--park", gaoantun).err


def test_the_ratios_carry_the_audit_of_the_published_year(demo, gaoantun):
    rows = demo("chain", "--period", "2012", "--park", gaoantun, "--json").json
    ratio = {row["step"]: row for row in rows}
    values = sorted(round(row["value"], 3) for row in ratio.values())
    assert any(abs(value - 220_000_000 / 533_000) < 0.01 for value in values)  # kWh/t
    assert any(abs(value - 100 * 12 / 53.3) < 0.01 for value in values)  # % bottom ash
    assert any(abs(value - 100 * 1.4 / 53.3) < 0.01 for value in values)  # % fly ash


def test_the_report_of_the_published_year_is_not_called_synthetic(demo, gaoantun, tmp_path):
    page = tmp_path / "year.html"
    demo("report", "--period", "2012", "--park", gaoantun, "--out", page)
    assert "Synthetic data" not in page.read_text("utf-8")


def test_doctor_finds_a_park_in_order_and_says_what_is_not(demo, tmp_path):
    assert all(check["ok"] for check in demo("doctor", "--json").json)
    ended = demo("doctor", "--park", tmp_path, "--json", check=False)
    assert ended.code == 1
    assert {check["check"]: check["ok"] for check in ended.json}["park"] is False
