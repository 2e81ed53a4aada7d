"""Network files by days: docs/reconciliation.md and docs/formats.md say what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flows.errors import Refused
from flows.networkfile.days import file_series
from flows.networkfile.file import read_network
from flows.reconcile.days.asjson import asjson_days

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "reconciliation.md").read_text("utf-8")
FORMATS = (DOCS / "formats.md").read_text("utf-8")
SILO = re.search(r"```toml days\n(.*?)```", PAGE, re.DOTALL)[1]
METER = """
    [network]
    start = 2025-04-01
    end = 2025-05-01
    [[flow]]
    id = "power"
    from = "environment:grid"
    to = "plant"
    unit = "MWh"
    value = 310.0
    sigma = 2.0
    [[flow]]
    id = "use"
    from = "plant"
    to = "environment"
    unit = "MWh"
"""
DAYS = "".join(
    f'[[reading]]\nof = "power"\nday = 2025-04-{day:02}\nvalue = 10.0\nsigma = 1.0\n'
    for day in range(1, 31)
)


def answered(text, by="time", **options):
    found = file_series(read_network(text), together=by == "time", **options)
    return json.loads(
        json.dumps(
            asjson_days(found.series, shown=found.shown, say=str, observed=False), allow_nan=False
        )
    )


def codes(text, by="time"):
    found = file_series(read_network(text), together=by == "time")
    return [item.code for item in (*found.findings, *found.series.findings)]


def test_the_silo_to_check_by_hand_gives_the_table_of_the_page():
    answers = {
        "alone": answered(SILO, "day"),
        "filtered": answered(SILO, filtered=True),
        "time": answered(SILO),
    }
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in re.findall(r"^\| (?:in|out|level)[ ,].*\|$", PAGE, re.MULTILINE)
    ]
    assert len(rows) == 7
    levels = iter((0, 1, 2))
    day = "2025-03-01"
    for name, measured, sigma, alone, filtered, reconciled, spread in rows:
        if name.startswith("level"):
            row = next(levels)
            found = {
                key: answer["levels"][row] for key, answer in answers.items() if key != "alone"
            }
            assert alone == ""
        else:
            flow, day = name.split(",")[0], f"2025-03-0{name.split()[1]}"
            found = {
                key: next(
                    row for row in answer["flows"] if (row["id"], row["period"]) == (flow, day)
                )
                for key, answer in answers.items()
            }
            assert found["alone"]["reconciled"] == pytest.approx(float(alone), abs=5e-4)
        shown = found["time"]
        assert (shown["measured"], shown["sigma"]) == (float(measured), float(sigma))
        assert shown["reconciled"] == pytest.approx(float(reconciled), abs=5e-4)
        assert shown["sigma_reconciled"] == pytest.approx(float(spread), abs=5e-4)
        assert found["filtered"]["reconciled"] == pytest.approx(float(filtered), abs=5e-4)
    assert answers["time"]["chi2"] == pytest.approx(50 / 11)
    assert answers["time"]["dof"] == 2
    assert [each["chi2"] for each in answers["alone"]["days"]] == pytest.approx([2.5, 2.5])


def test_the_keys_are_those_of_the_formats_page():
    contract = json.loads(
        re.search(r"```json keys=reconcile-days\n(.*?)```", FORMATS, re.DOTALL)[1]
    )
    for answer in (answered(SILO), answered(SILO, "day"), answered(METER + DAYS)):
        assert list(answer) == list(contract)
        for key, value in contract.items():
            for item in answer[key] if isinstance(value, list) and value else []:
                assert list(item) == [each for each in value[0] if each != "observations"]


def test_a_value_of_the_flow_is_an_invoice_of_the_whole_period():
    answer = answered(METER + DAYS)
    (month,) = answer["spans"]
    assert month["period"] == "2025-04-01..2025-04-30"
    assert month["reconciled"] == pytest.approx(310 - 40 / 34)
    found = [row["reconciled"] for row in answer["flows"] if row["id"] == "power"]
    assert found == pytest.approx([10 + 10 / 34] * 30)
    alone = answered(METER + DAYS, "day")
    assert alone["spans"] == []
    assert {row["class"] for row in alone["flows"] if row["id"] == "power"} == {"nonredundant"}


def test_a_rate_is_one_over_each_day_and_over_each_span():
    text = METER.replace('"MWh"', '"MW"').replace("310.0", "0.5").replace("2.0", "0.01")
    text += DAYS.replace("value = 10.0", 'value = 10.0\nunit = "MWh"')
    answer = answered(text)
    first = answer["flows"][0]
    assert (first["unit"], first["measured"]) == ("MW", pytest.approx(10 / 24))
    (month,) = answer["spans"]
    assert (month["unit"], month["measured"]) == ("MW", 0.5)


def test_parts_that_tile_a_day_are_summed_and_a_part_alone_is_said():
    halves = SILO.replace(
        'of = "in"\nday = 2025-03-01\nvalue = 30.0',
        'of = "in"\nstart = 2025-03-01\nend = 2025-03-01T12:00:00\nvalue = 12.0\n\n'
        '[[reading]]\nof = "in"\nstart = 2025-03-01T12:00:00\nend = 2025-03-02\nvalue = 18.0',
    )
    first = answered(halves)["flows"][0]
    assert (first["measured"], first["sigma"]) == (30.0, pytest.approx(8**0.5))
    half = SILO.replace("day = 2025-03-01\nvalue = 30.0", "end = 2025-03-01T12:00:00\nvalue = 12.0")
    assert "days-partial" in codes(half)
    assert answered(half)["flows"][0]["measured"] is None
    across = SILO.replace(
        "day = 2025-03-01\nvalue = 30.0",
        "start = 2025-03-01T12:00:00\nend = 2025-03-02T12:00:00\nvalue = 12.0",
    )
    assert "span-unused" in codes(across)


def test_opening_closing_and_a_change_stand_at_both_ends():
    flows = SILO[: SILO.index("[[stock]]")]
    parts = re.split(r"(?=\[\[reading\]\])", SILO)[1:]
    readings = "".join(part for part in parts if "level" not in part)
    ends = (
        '[[stock]]\nprocess = "silo"\nunit = "t"\nopening = 100.0\nclosing = 130.0\nsigma = 1.0\n'
    )
    change = '[[stock]]\nprocess = "silo"\nunit = "t"\nchange = 30.0\nsigma = 1.4142135623730951\n'
    by_ends, by_change = answered(flows + ends + readings), answered(flows + change + readings)
    for one, two in zip(by_ends["flows"], by_change["flows"], strict=True):
        assert one["reconciled"] == pytest.approx(two["reconciled"])
    assert [row["measured"] for row in by_ends["levels"]] == [100.0, None, 130.0]
    assert by_change["chi2"] == pytest.approx(by_ends["chi2"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SILO.replace("start = 2025-03-01\nend = 2025-03-03\n", ""), "key-missing"),
        (SILO.replace("end = 2025-03-03", "end = 2025-03-03T07:00:00"), "value-type"),
        (SILO + "[[relation]]\nterms = { in = 1.0 }\nvalue = 3.0\n", "not-built-yet"),
        (SILO.replace("sigma = 1.0", "sigma = 1.0\nchange = 5.0"), "not-built-yet"),
        (SILO.replace("[network]", '[network]\nlayers = ["mass", "salt"]'), "not-built-yet"),
    ],
)
def test_what_says_nothing_of_days_is_refused(text, code):
    with pytest.raises(Refused) as caught:
        file_series(read_network(text), together=True)
    assert code in [item.code for item in caught.value.findings]


def test_an_absolute_bias_of_a_scale_is_known_from_all_its_days():
    """Every day the scale shows 2 t more than goes out: 4 * 2 / 3^2 against its own 1 / 4^2."""
    text = """
        [network]
        start = 2025-04-01
        end = 2025-04-05
        [[device]]
        id = "scale"
        bias_sigma = 4.0
        [[flow]]
        id = "in"
        from = "environment"
        to = "yard"
        unit = "t"
        device = "scale"
        sigma = 3.0
        [[flow]]
        id = "out"
        from = "yard"
        to = "environment"
        unit = "t"
        sigma = 0
    """
    for day in range(1, 5):
        for flow, value in (("in", 102.0), ("out", 100.0)):
            text += f'[[reading]]\nof = "{flow}"\nday = 2025-04-0{day}\nvalue = {value}\n'
    (bias,) = answered(text)["biases"]
    information = 4 * 16 / 9
    assert bias["estimate"] == pytest.approx((4 * 2 * 4 / 9) / (1 + information))
    assert bias["sigma"] == pytest.approx((1 + information) ** -0.5)
