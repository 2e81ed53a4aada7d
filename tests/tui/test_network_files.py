"""`parkflow reconcile FILE`, through the program as a process."""

import re
from pathlib import Path

import pytest

FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_example_of_the_formats_page_gives_what_the_page_says(program):
    example = re.search(r"```toml\n(.*?)```", FORMATS.read_text("utf-8"), re.DOTALL)[1]
    answer = program("reconcile", program.write("network.toml", example), "--json").json
    assert [row["reconciled"] for row in answer["flows"]] == [105, 105]
    assert answer["chi2"] == pytest.approx(2.0)
    assert answer["dof"] == 1


TICKET = '[[reading]]\nof = "a"\nvalue = 1\nticket = "x"\n'
IN = '[[process]]\nid = "P"\n[[flow]]\nid = "a"\nfrom = "environment"\n'


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ("[[flow]\n", "toml-syntax", 1),
        (f'{IN}to = "P9"\n', "process-unknown", 6),
        ('[[process]]\nid = "P"\n[[process]]\nid = "P"\n', "id-duplicate", 4),
        (f'{IN}to = "P"\nvalue = 1.0\nsigma = -1.0\n', "value-range", 8),
        (f'{IN}to = "P"\nvalue = nan\nsigma = 1.0\n', "amount-not-finite", 7),
        (f'{IN}to = "P"\nvalu = 1.0\n', "key-unknown", 7),
        (f'{IN}to = "P"\n{2 * TICKET}', "ticket-duplicate", 14),
    ],
)  # fmt: skip
def test_a_broken_network_file_is_refused_with_its_line(program, text, code, row):
    ended = program("reconcile", program.write("broken.toml", text), "--json", check=False)
    assert ended.code == 1
    assert (code, row) in {(item["code"], item["row"]) for item in ended.json["findings"]}
    assert {item["file"] for item in ended.json["findings"]} == {"broken.toml"}


def test_a_file_that_is_not_there_or_not_text_is_said(program):
    ended = program("reconcile", "nowhere.toml", "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["file-unreadable"])
    (program.folder / "picture.toml").write_bytes(b"\x89PNG\xff\xfe")
    ended = program("reconcile", "picture.toml", "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["file-not-utf8"])


def test_a_file_and_a_period_together_are_wrong_usage(program):
    assert program("reconcile", check=False).code == 2
    assert program("reconcile", "x.toml", "--period", "2025", check=False).code == 2


WHOLE = """
[network]
name = "everything"
layers = ["mass", "salt", "rest"]
sum_to_one = ["salt", "rest"]
start = 2025-03-01
end = 2025-04-01
[[process]]
id = "sorter"
closes = ["mass", "salt", "rest"]
[[process]]
id = "yard"
splitter = true
[[flow]]
id = "in"
from = "environment:district"
to = "sorter"
value = 100.0
sigma = "5 %"
unit = "t/d"
kind = "mass"
min = 0.0
max = 400.0
typical = 120.0
device = "bridge"
[[flow]]
id = "ash"
from = "sorter"
to = "yard"
unit = "t/d"
[[flow]]
id = "metal"
from = "sorter"
to = "environment:market"
unit = "t"
[[flow]]
id = "sold"
from = "yard"
to = "environment"
unit = "t/d"
[[flow]]
id = "left"
from = "yard"
to = "environment:landfill"
unit = "kg/s"
value = 0.15
sigma = "10 %"
[[reading]]
of = "in"
value = 3150.0
sigma = 60.0
unit = "t"
start = 2025-03-01
end = 2025-04-01
quality = "weighed"
source = "invoice"
note = "of the district"
[[reading]]
of = "sold"
end = 2025-03-01
register = 9100.0
unit = "t"
device = "belt"
[[reading]]
of = "sold"
day = 2025-03-31
register = 60.0
sigma = 5.0
unit = "t"
device = "belt"
[[reading]]
of = "metal"
value = 220.0
sigma = "2 %"
unit = "t"
ticket = "A-1"
device = "small-scale"
[[reading]]
of = "metal"
value = 180.0
sigma = "2 %"
unit = "t"
ticket = 2
device = "small-scale"
[[reading]]
of = "in.salt"
value = 2.0
sigma = 0.1
unit = "%"
day = 2025-03-07
device = "lab"
[[reading]]
of = "ash.salt"
value = 22.0
unit = "kg/t"
device = "lab"
[[device]]
id = "bridge"
sigma = "1 %"
bias_sigma = "0.5 %"
[[device]]
id = "small-scale"
resolution = 0.02
[[device]]
id = "belt"
sigma = "2 %"
multiplier = 2.0
rollover = 10000.0
gas_state = "0C"
[[device]]
id = "lab"
sigma = "4 %"
bias_sigma = "1 %"
[[coefficient]]
process = "sorter"
flow = "metal"
layer = "salt"
value = 0.05
sigma = 0.02
bias_sigma = 0.01
[[relation]]
id = "half-as-salty"
terms = { "metal.salt" = 2.0, "in.salt" = -1.0 }
value = 0.0
sigma = 0.5
[[stock]]
process = "yard"
unit = "t"
kind = "mass"
opening = 200.0
closing = 550.0
opening_sigma = 20.0
closing_sigma = 20.0
min = -500.0
max = 900.0
typical = 100.0
device = "bridge"
[[stock]]
process = "yard"
layer = "salt"
change = 8.0
sigma = 4.0
unit = "t"
[[correlation]]
between = ["in", "in#2"]
value = 0.2
[[correlation]]
between = ["in.salt", "ash.salt"]
value = 0.3
"""


def test_a_file_with_every_key_of_the_page_is_answered(program):
    tables = re.findall(r"^\| `\[+(\w+)\]+` \| (.*) \|$", FORMATS.read_text("utf-8"), re.MULTILINE)
    assert {"network", "flow", "reading", "correlation"} <= {name for name, _ in tables}
    for name, cell in tables:
        own = re.findall(rf"^\[+{name}\]+\n(.*?)(?=^\[|\Z)", WHOLE, re.MULTILINE | re.DOTALL)
        written = set(re.findall(r"^(\w+) =", "\n".join(own), re.MULTILINE))
        promised = {key for key in re.findall(r"`(\w+)`", cell) if not key[0].isdigit()}
        assert promised - written <= {"t", "flow", "robust"}, name
    ended = program("reconcile", program.write("whole.toml", WHOLE), "--json")
    answer = ended.json
    assert (answer["converged"], answer["feasible"], answer["suspect"]) == (True, True, False)
    assert not [item for item in answer["findings"] if item["severity"] == "error"]
    assert answer["balance_residual"] <= 1e-12
    flows = {(row["id"], row["layer"]): row["reconciled"] for row in answer["flows"]}
    measured = {(row["id"], row["layer"]): row["measured"] for row in answer["flows"]}
    # 960 units of a counter that turned over, of 2 t each; 100 kg a day is 8.64 t
    assert measured["sold", "mass"] == pytest.approx(2 * 960 / 31)
    assert measured["metal", "mass"] == pytest.approx(400.0)
    by_day = flows["sold", "mass"] + 86.4 * flows["left", "mass"]
    (tank,) = [row for row in answer["stocks"] if row["layer"] == "mass"]
    assert flows["ash", "mass"] == pytest.approx(by_day + tank["reconciled"] / 31)
    contents = {row["id"]: row for row in answer["concentrations"]}
    assert contents["in.salt"]["reconciled"] + contents["in.rest"]["reconciled"] == pytest.approx(
        100.0
    )
