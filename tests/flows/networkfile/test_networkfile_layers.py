"""Network files with several layers: what is read, in which unit, and what cannot be meant."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from flows.errors import Refused
from flows.networkfile.file import read_network
from flows.reconcile import asjson

FORMATS = (Path(__file__).parents[3] / "docs" / "formats.md").read_text("utf-8")
PAGE = (Path(__file__).parents[3] / "docs" / "reconciliation.md").read_text("utf-8")


def head(layers='"mass", "N"', more=""):
    return f"[network]\nlayers = [{layers}]\n{more}\n"


def flow(name, source, target, more=""):
    return f'[[flow]]\nid = "{name}"\nfrom = "{source}"\nto = "{target}"\n{more}\n'


def reading(of, value, sigma, unit="", more=""):
    unit = f'unit = "{unit}"\n' if unit else ""
    return f'[[reading]]\nof = "{of}"\nvalue = {value}\nsigma = {sigma}\n{unit}{more}\n'


def plant(unit="t/d", more=""):
    """100 a day in, 40 of it out by one way, the rest by another."""
    unit = f'unit = "{unit}"\n' if unit else ""
    return (
        flow("in", "environment", "P", f"value = 100.0\nsigma = 0\n{unit}{more}")
        + flow("out", "P", "environment", f"value = 40.0\nsigma = 0\n{unit}{more}")
        + flow("rest", "P", "environment", unit + more)
    )


def refused(text):
    with pytest.raises(Refused) as caught:
        read_network(text)
    return [(item.code, item.row) for item in caught.value.findings]


def only(text):
    with pytest.raises(Refused) as caught:
        read_network(text)
    (found,) = caught.value.findings
    return found


def rows(text):
    answer = read_network(text).reconcile()
    found = {f"{row.id}:{row.layer}": row for row in answer.flows}
    return found | {row.id: row for row in answer.concentrations}


# --- units of contents ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flow_unit", "unit", "value", "carried", "shown"),
    [
        ("t/d", "%", 2.0, 2.0, "t/d"),
        ("t/d", "kg/t", 20.0, 2.0, "t/d"),
        ("t/d", "g/kg", 20.0, 2.0, "t/d"),
        ("t/d", "ppm", 20_000.0, 2.0, "t/d"),
        ("t/d", "", 0.02, 2.0, "t/d"),
        ("kg/d", "%", 2.0, 2.0, "kg/d"),
        ("m3/d", "mg/L", 20_000.0, 2.0, "t/d"),
        ("m3/d", "kg/m3", 20.0, 2.0, "t/d"),
        ("m3", "g/L", 20.0, 2.0, "t"),
        ("Nm3/h", "mg/Nm3", 5000.0, 0.012, "t/d"),
        ("", "", 0.02, 2.0, ""),
    ],
)
def test_a_content_times_its_flow_is_what_the_flow_carries(flow_unit, unit, value, carried, shown):
    text = head() + plant(flow_unit) + reading("in.N", value, value / 10, unit)
    found = rows(text)
    row = found["in:N"]
    assert row.reconciled == pytest.approx(carried)
    assert row.sigma_reconciled == pytest.approx(carried / 10)
    assert row.unit == shown
    assert found["in.N"].measured == pytest.approx(value)
    assert found["in.N"].unit == unit


def test_energy_is_carried_by_a_heating_value():
    text = head('"mass", "energy"') + plant("t/d") + reading("in.energy", 7.0, 0.5, "MJ/kg")
    row = rows(text)["in:energy"]
    assert (row.reconciled, row.unit) == (pytest.approx(700.0), "GJ/d")


def test_a_month_multiplies_amounts_and_not_contents():
    month = head(more="start = 2025-03-01\nend = 2025-03-31")
    text = month + plant() + reading("in.N", 2.0, 0.1, "%", "day = 2025-03-07")
    file = read_network(text)
    assert [item.value for item in file.measured] == pytest.approx([3000.0, 1200.0, 0.02])
    found = rows(text)
    assert found["in:N"].reconciled == pytest.approx(2.0)
    assert found["in:mass"].reconciled == pytest.approx(100.0)


def test_an_unmeasured_content_is_shown_in_the_unit_of_its_neighbors():
    text = head() + plant() + reading("in.N", 2.0, 0.1, "%") + reading("out.N", 4.0, 0.1, "%")
    row = rows(text)["rest.N"]
    assert (row.measured, row.unit, row.klass) == (None, "%", "observable")
    assert row.reconciled == pytest.approx((200 - 160) / 60)


def test_sigma_of_a_content_may_be_a_percentage_or_come_from_its_device():
    lab = '[[device]]\nid = "lab"\nsigma = "5 %"\nbias_sigma = "2 %"\n'
    own = reading("in.N", 2.0, '"10 %"', "%", 'device = "lab"')
    other = reading("out.N", 2.0, 1, "%", 'device = "lab"').replace("sigma = 1\n", "")
    _, _, first, second = read_network(head() + lab + plant() + own + other).measured
    assert (first.sigma, first.bias_sigma) == pytest.approx((0.002, 0.0004))
    assert (second.sigma, second.bias_sigma) == pytest.approx((0.001, 0.0004))
    bare = reading("in.N", 2.0, 1, "%").replace("sigma = 1\n", "")
    file = read_network(head() + plant() + bare)
    assert [item.code for item in file.findings] == ["sigma-assumed"]
    assert file.measured[-1].sigma == pytest.approx(0.002)


# --- layers --------------------------------------------------------------------------------------


def test_two_components_that_make_up_the_whole():
    text = head('"one", "two"', 'sum_to_one = ["one", "two"]') + plant("t/d")
    text += reading("in.one", 30, 1, "%") + reading("out.one", 60, 1, "%")
    found = rows(text)
    assert found["in.two"].reconciled == pytest.approx(70.0)
    assert found["rest.one"].reconciled == pytest.approx(10.0)
    assert found["rest.two"].reconciled == pytest.approx(90.0)
    assert found["rest:mass"].reconciled == pytest.approx(60.0)


def test_the_first_layer_is_carried_where_its_content_is_read():
    text = head('"N"') + plant("t/d") + reading("in.N", 2, 0.1, "%")
    assert rows(text)["in:N"].reconciled == pytest.approx(2.0)


def test_without_mass_amounts_are_of_the_first_layer():
    found = rows(head('"water", "salt"') + plant("m3/d") + reading("in.salt", 5.0, 1.0, "g/L"))
    assert found["in:water"].reconciled == pytest.approx(100.0)
    assert found["in:salt"].reconciled == pytest.approx(0.5)


def test_what_is_not_conserved_closes_only_where_a_process_says_so():
    contents = reading("in.COD", 2, 0.1, "%") + reading("out.COD", 4, 0.1, "%")
    silent = head('"mass", "COD"') + plant() + contents
    answer = read_network(silent).reconcile()
    assert "layer-open" in {item.code for item in answer.findings}
    assert rows(silent)["rest.COD"].reconciled is None
    said = head('"mass", "COD"') + '[[process]]\nid = "P"\ncloses = ["mass", "COD"]\n'
    assert rows(said + plant() + contents)["rest.COD"].reconciled == pytest.approx(40 / 60)


def test_a_share_of_one_layer_with_both_of_its_sigmas():
    share = (
        '[[coefficient]]\nprocess = "P"\nflow = "out"\nlayer = "N"\nvalue = 0.5\nsigma = 0.03\n'
        'bias_sigma = "8 %"\n'
    )
    text = head() + plant() + reading("in.N", 2, 0, "%") + share
    row = rows(text)["out:N"]
    assert row.reconciled == pytest.approx(1.0)
    assert row.sigma_reconciled == pytest.approx(2.0 * 0.05)


def test_a_stocktake_of_one_layer():
    stock = '[[stock]]\nprocess = "P"\nlayer = "N"\nchange = 0.3\nsigma = 0.1\nunit = "t"\n'
    text = head() + plant() + stock + reading("in.N", 2, 0, "%") + reading("out.N", 2, 0, "%")
    answer = read_network(text).reconcile()
    (row,) = answer.stocks
    assert (row.id, row.layer, row.unit) == ("stock:P", "N", "t")
    assert row.measured == pytest.approx(0.3)
    # 2 - 0.8 - 0.3: the mass of the tank is not said to change
    assert rows(text)["rest:N"].reconciled == pytest.approx(0.9)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (head('"mass", "mass"') + plant(), "id-duplicate"),
        (head("") + plant(), "key-missing"),
        (head(more='sum_to_one = ["mass"]') + plant(), "value-type"),
        (head() + plant() + reading("in.P", 2, 1, "%"), "value-type"),
        (head() + plant() + reading("in.N", 120, 1, "%"), "share-impossible"),
        (head() + plant() + reading("in.N", -1, 1, "%"), "amount-negative"),
        (head() + plant() + reading("in.N", 1, -1, "%"), "value-range"),
        (head() + plant() + reading("in.N", 1, 1, "mg/L"), "unit-needs-density"),
        (head() + plant("m3/d") + reading("in.N", 1, 1), "unit-missing"),
        (head() + plant() + reading("in.N", 1, 1, "%", 'device = "scale"'), "device-unknown"),
        (head() + '[[process]]\nid = "P"\ncloses = ["COD"]\n' + plant(), "value-type"),
        (
            head() + plant() + '[[coefficient]]\nprocess = "P"\nflow = "out"\nlayer = "K"\n'
            "value = 0.5\n",
            "value-type",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_line(text, code):
    found = only(text)
    assert found.code == code
    assert found.row is not None


def test_contents_that_make_up_the_whole_are_shares_of_a_mass():
    text = head(more='sum_to_one = ["N"]') + plant("m3/d")
    assert {code for code, _ in refused(text)} == {"unit-kind"}


@pytest.mark.parametrize(("sigma", "fits"), [(0.0, False), (0.01, False), (0.05, True)])
def test_shares_add_up_to_no_more_than_their_sigmas_explain(sigma, fits):
    share = '[[coefficient]]\nprocess = "P"\nflow = "{}"\nvalue = {}\nsigma = {}\n'
    text = head() + plant() + share.format("out", 0.5, sigma) + share.format("rest", 0.6, sigma)
    if fits:
        assert len(read_network(text).network.coefficients) == 2
    else:
        found = only(text)
        assert (found.code, found.params["value"]) == ("coefficient-range", pytest.approx(1.1))


def test_a_reading_outside_the_period_is_said_and_not_used():
    month = head(more="start = 2025-03-01\nend = 2025-03-31")
    text = month + plant() + reading("in.N", 2.0, 0.1, "%", "day = 2025-04-07")
    file = read_network(text)
    assert [item.code for item in file.findings] == ["reading-outside"]
    assert len(file.measured) == 2


# --- the answer as JSON, and the pages -----------------------------------------------------------


def test_rows_of_an_answer_of_several_layers_carry_layer_and_period():
    month = head(more="start = 2025-03-01\nend = 2025-03-31")
    text = month + plant() + reading("in.N", 2.0, 0.1, "%") + reading("in.N", 2.2, 0.2, "%")
    answer = json.loads(json.dumps(asjson(read_network(text).reconcile(), say=str)))
    assert [(row["id"], row["layer"]) for row in answer["flows"]] == [
        ("in", "mass"), ("out", "mass"), ("rest", "mass"), ("in", "N"), ("out", "N"), ("rest", "N"),
    ]  # fmt: skip
    assert [row["id"] for row in answer["concentrations"]] == ["in.N", "out.N", "rest.N"]
    again = answer["readings"][0]
    assert (again["id"], again["measured"], again["unit"]) == ("in.N", pytest.approx(2.2), "%")
    for key in ("flows", "concentrations", "readings"):
        assert {row["period"] for row in answer[key]} == {"2025-03-01/2025-03-31"}
    assert answer["converged"] is True
    assert answer["iterations"] >= 1


def test_the_example_of_the_formats_page_divides_the_feed_by_its_contents():
    text = re.search(r"```toml layers\n(.*?)```", FORMATS, re.DOTALL)[1]
    found = rows(text)
    # F (c_feed - c_filtrate) = cake (c_cake - c_filtrate)
    assert found["cake:mass"].reconciled == pytest.approx(100 * 0.038 / 0.118)
    assert found["filtrate.COD"].unit == "ppm"
    assert found["feed:COD"].reconciled == pytest.approx(4.0)
    assert found["cake:mass"].klass == "observable"


def test_the_bilinear_example_of_the_page_gives_the_numbers_of_the_page():
    text = re.search(r"```toml layers\n(.*?)```", PAGE, re.DOTALL)[1]
    answer = read_network(text).reconcile()
    amounts = {row.id: row for row in answer.flows if row.layer == "mass"}
    both = {row.id: row for row in answer.concentrations} | amounts
    table = re.findall(
        r"^\| (\S+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE
    )
    assert len(table) == 6
    for name, *cells in table:
        row = both[name]
        shown = [row.measured, row.sigma, row.reconciled, row.sigma_reconciled]
        assert shown == pytest.approx([float(cell) for cell in cells], abs=6e-4)
    stated = re.search(r"chi2 = ([\d.]+) at (\d) degrees of freedom after (\d+) turns", PAGE)
    assert answer.chi2 == pytest.approx(float(stated[1]), abs=6e-4)
    assert (answer.dof, answer.iterations) == (int(stated[2]), int(stated[3]))
