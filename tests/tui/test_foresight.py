"""`parkflow reconcile` with --robust, --draws and --next-meter, through the program."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

MONTH = ("--period", "2025-03")
FORMATS = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
PLANT = """
[[flow]]
id = "waste"
from = "environment"
to = "plant"
unit = "t"
value = 100.0
sigma = 1.0
[[flow]]
id = "moved"
from = "plant"
to = "yard"
unit = "t"
value = 100.5
sigma = 1.0
[[flow]]
id = "stored"
from = "yard"
to = "depot"
unit = "t"
value = 130.0
sigma = 1.0
[[flow]]
id = "sold"
from = "depot"
to = "environment:market"
unit = "t"
max = 70
[[flow]]
id = "dumped"
from = "depot"
to = "environment:landfill"
unit = "t"
"""


def promised(name):
    """The example of a JSON contract in docs/formats.md."""
    return json.loads(re.search(rf"```json keys={name}\n(.*?)```", FORMATS, re.DOTALL)[1])


@pytest.fixture
def plant(program):
    return program.write("plant.toml", PLANT)


def test_a_light_reading_is_named_and_the_loss_is_no_chi_square(program, plant):
    ended = program("reconcile", plant, "--robust")
    assert "Weight" in ended.out
    assert "Adjustment / sigma" not in ended.out
    assert "0.05" in next(line for line in ended.out.splitlines() if "stored" in line)
    assert "It is no chi-square" in ended.out
    assert "count for less: stored" in ended.err


def test_the_json_of_a_robust_answer_is_what_the_contract_says(program, plant):
    printed, contract = program("reconcile", plant, "--robust", "--json").json, promised("robust")
    assert set(printed["robust"]) == set(contract["robust"])
    assert set(contract["flows"][0]) == set(printed["flows"][0]) - {"interval"}
    assert "robust" not in program("reconcile", plant, "--json").json


def test_draws_close_and_the_json_is_what_the_contract_says(program, plant):
    words = ("reconcile", plant, "--draws", 300, "--seed", 4, "--draws-to", "draws.csv", "--json")
    printed = program(*words).json["draws"]
    contract = promised("draws")["draws"]
    assert set(printed) == set(contract)
    assert (printed["count"], printed["seed"]) == (300, 4)
    assert set(printed["flows"][0]) == set(contract["flows"][0])
    with (program.folder / "draws.csv").open(encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == [f"{name} [t]" for name in ("waste", "moved", "stored", "sold", "dumped")]
    assert len(rows) == 300
    for waste, moved, stored, *unknown in rows:
        assert float(waste) == pytest.approx(float(moved), rel=1e-12)
        assert float(moved) == pytest.approx(float(stored), rel=1e-12)
        assert unknown == ["", ""]
    again = program(*words).json["draws"]
    assert again == printed


@pytest.mark.parametrize(
    ("lang", "title", "source", "interval"),
    [
        ("en", "Where a further meter tells most", "2 % of what passes there", "0 to 70"),
        ("zh", "装在哪里最有用", "该处通量的 2 %", "0 至 70"),
    ],
)
def test_the_next_meter_is_told_in_words(program, plant, lang, title, source, interval):
    ended = program("reconcile", plant, "--next-meter", lang=lang)
    assert title in ended.out
    first = ended.out.split(title)[1].splitlines()
    row = next(line for line in first if "sold" in line)
    assert source in row
    assert "dumped" in row
    shown = next(line for line in ended.out.splitlines() if line.strip().startswith("sold"))
    assert interval in shown
    assert "±" not in shown


def test_the_json_of_meters_is_what_the_contract_says(program, plant):
    printed = program("reconcile", plant, "--next-meter", "--target", "waste", "--json").json
    contract = promised("next-meters")["next_meters"][0]
    for item in printed["next_meters"]:
        assert set(item) == set(contract)
        assert set(item["target"]) == set(contract["target"])
    assert printed["next_meters"][0]["target"]["sigma_before"] == pytest.approx(3**-0.5)


@pytest.mark.parametrize(
    "options",
    [
        ("--draws-to", "x.csv"),
        ("--target", "waste"),
        ("--draws", "1"),
        ("--draws", "100", "--by", "day"),
        ("--robust", "--by", "day"),
    ],
)
def test_options_that_say_nothing_alone_are_a_wrong_call(program, plant, options):
    assert program("reconcile", plant, *options, check=False).code == 2


def test_a_target_that_is_not_there_is_refused_with_the_nearest(program, plant):
    ended = program("reconcile", plant, "--next-meter", "--target", "wast", check=False)
    assert ended.code == 1
    assert "Did you mean waste" in ended.err


def test_a_file_that_cannot_be_written_is_refused(program, plant):
    words = ("--draws", 10, "--draws-to", "nowhere/draws.csv")
    ended = program("reconcile", plant, *words, check=False)
    assert ended.code == 1
    assert "folder is not there" in ended.err


def test_a_month_of_the_park_has_draws_with_yields_and_meters_for_a_chain(demo):
    printed = demo("reconcile", *MONTH, "--draws", 200, "--json").json
    assert {item["chain"] for item in printed["draws"]["chains"]} == {
        item["chain"] for item in demo("chain", *MONTH, "--json").json
    }
    spread = {item["id"]: item for item in printed["draws"]["flows"]}
    for row in printed["flows"]:
        if row["sigma_reconciled"] and row["reconciled"] > 4 * row["sigma_reconciled"]:
            near = 5 * row["sigma_reconciled"] / 200**0.5
            assert spread[row["id"]]["mean"] == pytest.approx(row["reconciled"], abs=near)
    chain = printed["draws"]["chains"][0]["chain"]
    meters = demo("reconcile", *MONTH, "--next-meter", "--target", chain, "--json").json
    after = [item["target"]["sigma_after"] for item in meters["next_meters"]]
    assert after == sorted(after)
    assert len(after) == 10


def test_the_biased_meter_of_the_park_counts_for_less(demo):
    """The NF permeate meter was planted 8 % high for ten days."""
    printed = demo("reconcile", *MONTH, "--robust", "--json").json
    rows = {row["id"]: row for row in printed["flows"]}
    light = min((row for row in rows.values() if row["weight"]), key=lambda row: row["weight"])
    assert light["id"] == "leachate.nf-permeate"
    assert printed["balance_residual"] <= 1e-12
