"""Network files: every key of the format does what it says, seen in the answer as JSON."""

from __future__ import annotations

import json
import math

import pytest

from flows.networkfile.file import read_network
from flows.reconcile import asjson

MONTH = "[network]\nstart = 2025-03-01\nend = 2025-04-01\n"


def flow(name, source, target, more=""):
    return f'[[flow]]\nid = "{name}"\nfrom = "{source}"\nto = "{target}"\n{more}\n'


def through(inlet="", outlet="", process="P"):
    """One process, what enters and what leaves it."""
    return flow("in", "environment", process, inlet) + flow("out", process, "environment", outlet)


def solved(text):
    return json.loads(json.dumps(asjson(read_network(text).reconcile(), say=lambda it: it.code)))


def rows(text, part="flows"):
    return {row["id"]: row for row in solved(text)[part]}


# --- [network], start and end --------------------------------------------------------------------


def test_a_month_of_31_days_makes_a_day_s_rate_a_month_s_amount():
    text = MONTH + through('value = 100\nsigma = 3\nunit = "t/d"', 'unit = "t"')
    found = rows(text)
    assert found["in"]["reconciled"] == pytest.approx(100.0)
    assert found["out"]["reconciled"] == pytest.approx(3100.0)
    assert found["out"]["sigma_reconciled"] == pytest.approx(93.0)
    assert (found["in"]["unit"], found["out"]["unit"]) == ("t/d", "t")


@pytest.mark.parametrize(
    ("unit", "value", "other", "expected"),
    [
        ("kg/s", 1.0, "t/d", 86.4),
        ("GJ", 3600.0, "MW", 3600.0 / 86.4),
        ("万吨", 0.31, "t/d", 100.0),
        ("m3/h", 10.0, "m3", 10.0 * 24 * 31),
    ],
)
def test_units_of_one_kind_meet_in_one_balance(unit, value, other, expected):
    first = f'value = {value}\nsigma = "1 %"\nunit = "{unit}"'
    days = MONTH if unit != "GJ" else "[network]\nstart = 2025-03-01\nend = 2025-03-02\n"
    kind = '\nkind = "heat"' if unit == "GJ" else ""
    assert rows(days + through(first + kind, f'unit = "{other}"{kind}'))["out"][
        "reconciled"
    ] == pytest.approx(expected)


def test_gas_in_cubic_meters_at_20_degrees_is_less_gas_than_it_looks():
    meter = '[[device]]\nid = "meter"\ngas_state = "20C"\nsigma = "1 %"\n'
    gas = 'value = 1000\nunit = "标方"\nkind = "gas"\ndevice = "meter"'
    text = meter + through(gas, 'unit = "Nm3"\nkind = "gas"')
    assert rows(text)["out"]["reconciled"] == pytest.approx(1000 * 273.15 / 293.15, rel=1e-4)


# --- [[process]] ---------------------------------------------------------------------------------


def test_a_process_that_closes_nothing_tests_nothing():
    both = through("value = 100\nsigma = 3", "value = 90\nsigma = 3")
    assert solved('[[process]]\nid = "P"\n' + both)["dof"] == 1
    open_ = solved('[[process]]\nid = "P"\ncloses = []\n' + both)
    assert open_["dof"] == 0
    assert {row["class"] for row in open_["flows"]} == {"nonredundant"}


def test_outputs_of_a_splitter_have_one_content():
    head = '[network]\nlayers = ["mass", "N"]\n[[process]]\nid = "P"\nsplitter = true\n'
    text = head + through("value = 100\nsigma = 0", "value = 40\nsigma = 0")
    text += flow("rest", "P", "environment")
    text += '[[reading]]\nof = "rest.N"\nvalue = 0.02\nsigma = 0.001\n'
    found = rows(text, "concentrations")
    assert [found[f"{name}.N"]["reconciled"] for name in ("in", "out", "rest")] == pytest.approx(
        [0.02] * 3
    )


# --- [[flow]] ------------------------------------------------------------------------------------


def test_all_environments_are_one_place_that_needs_no_balance():
    text = flow("in", "environment:district", "P", "value = 100\nsigma = 3")
    lost = flow("air", "P", "environment:air") + flow("water", "P", "environment:water")
    found = rows(text + lost)
    assert {found[name]["class"] for name in ("air", "water")} == {"unobservable"}
    assert found["air"]["reconciled"] is None
    assert found["air"]["interval"] == pytest.approx([0.0, 100.0])
    past = flow("past", "environment:grid", "environment:market", "value = 5\nsigma = 1")
    assert rows(text + past + flow("out", "P", "environment:b"))["past"]["class"] == "nonredundant"


def test_a_percentage_is_of_the_value_or_of_what_is_typical_whichever_is_greater():
    def sigma(more):
        return rows(through(f'sigma = "10 %"\n{more}'))["in"]["sigma"]

    assert sigma("value = 100\ntypical = 120") == pytest.approx(12.0)
    assert sigma("value = 100\ntypical = 80") == pytest.approx(10.0)
    assert sigma("value = 0\ntypical = 120") == pytest.approx(12.0)


def test_the_step_of_a_device_is_the_least_sigma_there_is():
    coarse = '[[device]]\nid = "scale"\nresolution = 20\n'
    text = coarse + through('value = 100\nsigma = "1 %"\ndevice = "scale"')
    assert rows(text)["in"]["sigma"] == pytest.approx(20 / math.sqrt(12))


def test_bounds_press_and_are_named():
    least = through("value = 100\nsigma = 3\nmin = 110", "value = 100\nsigma = 3")
    answer = solved(least)
    assert answer["bounds_active"] == ["in"]
    assert [row["class"] for row in answer["flows"]] == ["bounded", "redundant"]
    assert [row["reconciled"] for row in answer["flows"]] == pytest.approx([110.0, 110.0])
    most = rows(through("value = 100\nsigma = 3\nmax = 90", "value = 100\nsigma = 3"))
    assert most["in"]["reconciled"] == 90.0
    turned = rows(through("value = -4\nsigma = 1\nmin = -inf", "min = -inf"))
    assert turned["out"]["reconciled"] == pytest.approx(-4.0)


def test_two_flows_over_one_scale_share_its_bias():
    scale = '[[device]]\nid = "scale"\nbias_sigma = "4 %"\n'
    text = scale + through(
        'value = 100\nsigma = 3\ndevice = "scale"', 'value = 100\nsigma = 3\ndevice = "scale"'
    )
    found = rows(text)
    assert found["in"]["sigma"] == pytest.approx(5.0)
    # the balance halves the chance parts and says nothing of what both have in common
    assert found["in"]["sigma_reconciled"] == pytest.approx(math.sqrt(9 / 2 + 16))


# --- [[reading]], [[coefficient]], [[relation]], [[stock]], [[correlation]] ----------------------


def test_a_share_has_a_sigma_of_its_own_and_one_that_is_common():
    share = '[[coefficient]]\nprocess = "P"\nflow = "out"\nvalue = 0.5\n'
    share += "sigma = 0.03\nbias_sigma = 0.04\n"
    text = through("value = 100\nsigma = 0") + flow("rest", "P", "environment") + share
    answer = solved(text)
    (row,) = answer["coefficients"]
    assert (row["process"], row["flow"], row["measured"]) == ("P", "out", 0.5)
    assert row["sigma"] == pytest.approx(0.05)
    out = next(row for row in answer["flows"] if row["id"] == "out")
    assert (out["reconciled"], out["sigma_reconciled"]) == pytest.approx((50.0, 5.0))


def test_a_stock_has_levels_with_sigmas_and_bounds():
    text = MONTH + through('value = 100\nsigma = 1\nunit = "t/d"', 'unit = "t"')
    levels = '[[stock]]\nprocess = "P"\nunit = "t"\nopening = 500\nclosing = 620\n'
    both = levels + "opening_sigma = 3\nclosing_sigma = 4\n"
    (row,) = solved(text + both)["stocks"]
    assert (row["process"], row["measured"], row["sigma"]) == ("P", 120.0, 5.0)
    assert rows(text + both)["out"]["reconciled"] == pytest.approx(2980.0)
    assert rows(text + both)["out"]["sigma_reconciled"] == pytest.approx(math.hypot(31, 5))
    one = solved(text + levels + "sigma = 3\n")["stocks"][0]
    assert one["sigma"] == pytest.approx(3 * math.sqrt(2))
    held = solved(text + both + "max = 100\n")
    assert held["bounds_active"] == ["stock:P"]
    assert held["stocks"][0]["reconciled"] == 100.0
    change = '[[stock]]\nprocess = "P"\nunit = "t"\nchange = -20\nsigma = "5 %"\n'
    assert solved(text + change)["stocks"][0]["sigma"] == pytest.approx(1.0)


def test_a_relation_stands_among_the_relations_with_its_value():
    ratio = '[[relation]]\nid = "ratio"\nterms = { out = 1.0, in = -0.4 }\nvalue = 2\nsigma = 1\n'
    text = through("value = 100\nsigma = 0") + flow("rest", "P", "environment") + ratio
    (row,) = solved(text)["relations"]
    assert (row["id"], row["measured"], row["sigma"]) == ("ratio", 2.0, 1.0)
    assert rows(text)["out"]["reconciled"] == pytest.approx(42.0)


def test_two_scales_that_err_together_leave_less_to_their_difference():
    two = flow("a", "environment", "P", "value = 60\nsigma = 3")
    two += flow("b", "environment", "P", "value = 40\nsigma = 4") + flow("out", "P", "environment")
    tie = '[[correlation]]\nbetween = ["a", "b"]\nvalue = -0.5\n'
    assert rows(two + tie)["out"]["sigma_reconciled"] == pytest.approx(math.sqrt(9 + 16 - 12))


# --- exact values that contradict ----------------------------------------------------------------


def test_exact_values_that_contradict_name_the_balance_and_what_is_left():
    answer = solved(through("value = 100\nsigma = 0", "value = 90\nsigma = 0"))
    assert (answer["feasible"], answer["converged"]) == (False, True)
    assert [row["reconciled"] for row in answer["flows"]] == [None, None]
    found = read_network(through("value = 100\nsigma = 0", "value = 90\nsigma = 0")).reconcile()
    (said,) = [item for item in found.findings if item.code == "infeasible"]
    assert (said.where, said.params["residual"]) == ("P", pytest.approx(10.0))


def test_exact_contents_that_contradict_are_named_too():
    head = '[network]\nlayers = ["mass", "N"]\n'
    text = head + through("value = 100\nsigma = 0", "value = 100\nsigma = 0")
    for name, value in (("in", 0.02), ("out", 0.03)):
        text += f'[[reading]]\nof = "{name}.N"\nvalue = {value}\nsigma = 0\n'
    answer = solved(text)
    assert answer["feasible"] is False
    assert "infeasible" in {item["code"] for item in answer["findings"]}


def test_a_loop_without_a_way_in_is_answered_in_several_layers_too():
    head = '[network]\nlayers = ["mass", "N"]\n'
    text = head + flow("there", "A", "B", "value = 10\nsigma = 1") + flow("back", "B", "A")
    text += '[[reading]]\nof = "there.N"\nvalue = 0.1\nsigma = 0.01\n'
    answer = solved(text)
    assert "cycle-closed" in {item["code"] for item in answer["findings"]}
    assert rows(text, "concentrations")["back.N"]["reconciled"] == pytest.approx(0.1)
