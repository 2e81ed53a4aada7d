"""docs/reconciliation.md and docs/formats.md say what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flows.errors import Refused
from flows.networkfile.file import read_network
from flows.reconcile import asjson

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "reconciliation.md").read_text("utf-8")
FORMATS = (DOCS / "formats.md").read_text("utf-8")
EVERYTHING = """
[[process]]
id = "P"
[[process]]
id = "Q"
[[flow]]
id = "in"
from = "environment"
to = "P"
value = 100
sigma = 1
[[flow]]
id = "out"
from = "P"
to = "environment"
value = 60
sigma = 1
[[flow]]
id = "ash"
from = "P"
to = "environment"
[[flow]]
id = "there"
from = "P"
to = "Q"
[[flow]]
id = "back"
from = "Q"
to = "P"
[[reading]]
of = "in"
value = 90
sigma = 1
[[stock]]
process = "P"
change = 3
sigma = 1
[[coefficient]]
process = "P"
flow = "ash"
value = 0.2
[[relation]]
terms = { out = 1.0, in = -0.6 }
sigma = 0.5
"""


def printed(text):
    return json.loads(json.dumps(asjson(read_network(text).reconcile(), say=str), allow_nan=False))


def test_the_example_to_check_by_hand_gives_the_table_of_the_page():
    answer = printed(re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1])
    rows = re.findall(r"^\| (waste|product|residue|sold|dumped) \|(.*)\|$", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == [row["id"] for row in answer["flows"]]
    for row, (_, cells) in zip(answer["flows"], rows, strict=True):
        *numbers, klass = (cell.strip() for cell in cells.split("|"))
        keys = ("measured", "sigma", "reconciled", "sigma_reconciled", "adjustment")
        shown = [row[key] for key in (*keys, "normalized_adjustment")]
        said = [float(number) if number else None for number in numbers]
        assert [value is None for value in shown] == [value is None for value in said]
        known = [value for value in shown if value is not None]
        assert known == pytest.approx([value for value in said if value is not None], abs=5e-4)
        assert row["class"] == klass
    assert (answer["chi2"], answer["dof"]) == (2.25, 1)
    assert answer["p_value"] == pytest.approx(0.134, abs=5e-4)
    assert answer["suspect"] is False


def test_the_keys_of_the_answer_are_those_of_the_formats_page():
    contract = json.loads(re.search(r"```json keys=reconcile\n(.*?)```", FORMATS, re.DOTALL)[1])
    answer = printed(EVERYTHING)
    assert list(answer) == list(contract)
    for key, value in contract.items():
        if isinstance(value, list) and value:
            for item in answer[key]:
                assert [each for each in item if each != "interval"] == list(value[0])
            assert answer[key]


def test_only_what_cannot_be_known_has_an_interval():
    loop = EVERYTHING[: EVERYTHING.index("[[reading]]")].replace(
        'id = "ash"', 'id = "ash"\nmax = 9'
    )
    flows = {row["id"]: row for row in printed(loop)["flows"]}
    assert flows["ash"]["class"] == "bounded"
    assert {name for name, row in flows.items() if "interval" in row} == {"there", "back"}
    assert flows["there"]["interval"] == [0.0, None]


def test_over_more_than_one_layer_every_row_says_its_layer_and_period():
    answer = read_network(EVERYTHING).reconcile()
    rows = asjson(answer, say=str, period="2025-03")
    for key in ("flows", "stocks", "readings", "relations", "coefficients"):
        assert all({"layer", "period"} <= set(row) for row in rows[key])


def test_every_key_that_a_network_file_knows_is_on_the_page():
    wrong = "".join(
        f"[[{table}]]\nnonsense = 1\n"
        for table in ("process", "flow", "reading", "device", "coefficient", "relation", "stock")
    )
    with pytest.raises(Refused) as refused:
        read_network(f"[network]\nnonsense = 1\n{wrong}[[correlation]]\nnonsense = 1\n")
    unknown = [item for item in refused.value.findings if item.code == "key-unknown"]
    assert len(unknown) == 9
    for item in unknown:
        keys = set(str(item.params["allowed"]).split(", "))
        # refused in words: not on the page
        keys -= {"sum_to_one", "register", "ticket"}
        table = item.where if item.where != "relation-1" else "relation"
        row = re.search(rf"^\| `\[+{table}\]+` \|(.*)\|$", FORMATS, re.MULTILINE)[1]
        missing = {key for key in keys if f"`{key}`" not in row}
        assert missing <= ({"sigma", "bias_sigma"} if table == "coefficient" else set())
