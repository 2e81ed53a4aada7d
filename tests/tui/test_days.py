"""Days of the demonstration park, asked for as an engineer does."""

import json
import re
from pathlib import Path

import pytest

MONTH = ("reconcile", "--period", "2025-03")
FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


@pytest.fixture(scope="module")
def park(tmp_path_factory, in_folder):
    """The whole park with its year; read it, do not write."""
    home = tmp_path_factory.mktemp("days")
    in_folder(home, home)("demo", home / "park", "--from", "chaoyang")
    return in_folder(home / "park", home)


@pytest.fixture(scope="module")
def together(park):
    return park(*MONTH, "--by", "time", "--json").json


@pytest.fixture(scope="module")
def alone(park):
    return park(*MONTH, "--by", "day", "--json").json


def test_the_keys_are_those_of_the_contract(together, alone):
    text = FORMATS.read_text("utf-8")
    contract = json.loads(re.search(r"```json keys=reconcile-days\n(.*?)```", text, re.DOTALL)[1])
    for answer in (together, alone):
        assert list(answer) == list(contract)
        for key, value in contract.items():
            if isinstance(value, list) and value and answer[key]:
                assert list(answer[key][0]) == list(value[0])
    assert [row["period"] for row in together["days"]] == [f"2025-03-{n:02}" for n in range(1, 32)]


def test_every_measured_value_names_the_observations_behind_it(together, alone):
    for answer in (together, alone):
        measured = [row for row in answer["flows"] if row["measured"] is not None]
        assert measured
        assert all(row["observations"] for row in measured)


def test_balances_close_on_every_day_and_over_all(together, alone):
    assert alone["balance_residual"] <= 1e-9
    assert together["balance_residual"] <= 1e-9


def test_the_planted_fault_of_the_month_is_named_first(together, alone):
    """The NF permeate meter of the leachate plant is off from 5 to 24 March."""
    assert together["suspect"] is True
    assert together["suspects"][0]["members"] == ["meter-leachate-nf-permeate"]
    failed = [row["period"][-2:] for row in alone["days"] if row["suspect"]]
    assert all("05" <= day <= "24" for day in failed)
    assert len(failed) >= 8
    assert alone["suspects"][0]["members"] == ["leachate.nf-permeate"]


def test_known_on_the_day_is_known_no_better_than_later(park, together):
    filtered = park(*MONTH, "--by", "time", "--filtered", "--json").json
    assert filtered["filtered"] is True
    pairs = [
        (early["sigma_reconciled"], late["sigma_reconciled"])
        for early, late in zip(filtered["flows"], together["flows"], strict=True)
        if None not in (early["sigma_reconciled"], late["sigma_reconciled"])
        and "bounded" not in (early["class"], late["class"])
    ]
    assert len(pairs) > 2000
    assert all(late <= early * (1 + 1e-6) + 1e-9 for early, late in pairs)


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "Devices with a bias"), ("zh", "有系统误差的计量器具")]
)
def test_tables_speak_both_languages(park, lang, word):
    said = park(*MONTH, "--by", "time", lang=lang)
    assert word in said.out
    assert ("Held at a bound" if lang == "en" else "取界限值") in said.out
    day = park(*MONTH, "--by", "day", "--flow", "leachate.nf-permeate", lang=lang).out
    assert sum("2025-03-" in line for line in day.splitlines()) == 31


def test_an_unknown_flow_is_refused_and_options_that_say_nothing_are_wrong(park):
    refused = park(*MONTH, "--by", "day", "--flow", "leachate.nf-permeat", "--json", check=False)
    assert (refused.code, refused.codes) == (1, ["waiting-assumed", "flow-unknown"])
    for words in (
        ("--by", "week"),
        ("--filtered",),
        ("--by", "day", "--filtered"),
        ("--flow", "x"),
    ):
        assert park(*MONTH, *words, check=False).code == 2
