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
        (f'{IN}to = "P"\n[[reading]]\nof = "a"\nvalue = 1\nticket = "x"\n', "not-built-yet", 10),
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
