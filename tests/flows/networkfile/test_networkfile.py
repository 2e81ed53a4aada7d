"""Network files: everything is read, what is wrong is said with its line, nothing is guessed."""

from __future__ import annotations

import math

import pytest

from flows.errors import Refused
from flows.networkfile.file import read_network

PLAIN = """
[[flow]]
id = "in"
from = "environment"
to = "P"
value = 100
sigma = 5
[[flow]]
id = "out"
from = "P"
to = "environment"
"""
WHOLE = """
[network]
name = "two processes"
layers = ["mass"]
sum_to_one = []
start = 2025-03-01
end = 2025-04-01
[[process]]
id = "P1"
closes = ["mass"]
splitter = true
[[process]]
id = "P2"
[[flow]]
id = "F1"
from = "environment"
to = "P1"
value = 100.0
sigma = "10 %"
unit = "t/d"
min = 0.0
max = 400.0
typical = 120.0
device = "scale-1"
[[flow]]
id = "F2"
from = "P1"
to = "P2"
[[flow]]
id = "F3"
from = "P1"
to = "environment:air"
[[flow]]
id = "F4"
from = "P2"
to = "environment"
value = 2900.0
sigma = 0
unit = "t"
[[reading]]
of = "F1"
value = 3200.0
sigma = 50.0
unit = "t"
quality = "weighed"
note = "invoice"
[[reading]]
of = "P2.level"
start = 2025-03-01
value = 10
sigma = 1
[[reading]]
of = "P2.level"
start = 2025-04-01
value = 40
sigma = 1
[[device]]
id = "scale-1"
bias_sigma = "1 %"
[[coefficient]]
process = "P1"
flow = "F3"
value = 0.05
[[relation]]
terms = { F3 = 1.0, F1 = -0.04 }
sigma = 0.5
[[stock]]
process = "P2"
unit = "t"
[[correlation]]
between = ["F1", "F4"]
value = 0.2
"""

DEVICE = '[[device]]\nid = "scale"\n'
PROCESS = '[[process]]\nid = "P"\n'
ENDS = "process-unknown", "environment"


def refused(text):
    with pytest.raises(Refused) as problem:
        read_network(text, file="park.toml")
    return problem.value.findings


def said(text):
    return [(item.code, item.row) for item in refused(text)]


def only(text):
    (found,) = refused(text)
    return found


# --- what is read --------------------------------------------------------------------------------


def test_flow_ids_and_ends_are_all_that_must_be_there():
    file = read_network(
        '[[flow]]\nid = "F1"\nfrom = "environment"\nto = "P1"\n'
        '[[flow]]\nid = "F2"\nfrom = "P1"\nto = "environment:market"\n'
    )
    assert [process.id for process in file.network.processes] == ["P1"]
    assert file.measured == ()
    assert file.days == 1
    assert [row.klass for row in file.reconcile().flows] == ["unobservable"] * 2


def test_the_whole_format_is_understood():
    file = read_network(WHOLE)
    network = file.network
    flow = network.flow["F1"]
    assert (network.name, file.days) == ("two processes", 31)
    assert file.units["F1"] == ("t/d", 31.0)
    assert (flow.maximum, flow.typical) == pytest.approx((400, 120), rel=1e-15)
    assert network.flow["F2"].unit == "t/d"
    value, invoice = (item for item in file.measured if item.of == "F1")
    # 10 % of the typical 120 t/d, because it is above the value; 1 % likewise.
    assert (value.value, value.sigma) == pytest.approx((3100, 372), rel=1e-14)
    assert (value.bias_sigma, value.device) == (pytest.approx(37.2, rel=1e-14), "scale-1")
    assert (invoice.value, invoice.sigma, invoice.bias_sigma) == pytest.approx((3200, 50, 37.2))
    (level,) = (item for item in file.measured if item.of == "stock:P2")
    assert (level.value, level.sigma) == pytest.approx((30, math.sqrt(2)))
    assert network.process["P1"].splitter
    assert network.coefficients[0].value == 0.05
    # Factors are for t/d: canonical tonnes of the month are 31 times as many.
    assert dict(network.relations[0].terms) == pytest.approx({"F3": 1 / 31, "F1": -0.04 / 31})
    assert network.correlations[0].value == 0.2
    # F4 is exact: it has no error that could be correlated with that of F1.
    (said,) = file.findings
    assert (said.code, said.where, str(said.severity)) == ("value-range", "F4", "warning")
    assert file.reconcile().feasible


@pytest.mark.parametrize(
    "odd", ["nan", "inf", "-1", "true", '"x"', '""', "[]", "{}", "2025-03-01", "[[1]]", "1e999"]
)
def test_no_odd_value_anywhere_is_more_than_a_finding(odd):
    lines = WHOLE.splitlines()
    for row, line in enumerate(lines):
        key, equals, _ = line.partition("=")
        if not equals:
            continue
        text = "\n".join([*lines[:row], f"{key}= {odd}", *lines[row + 1 :]])
        found = ()
        try:
            read_network(text).reconcile()
        except Refused as problem:
            found = problem.findings
        assert all(item.row for item in found)


def test_kinds_are_guessed_from_units_and_may_be_said():
    def kind(unit, more=""):
        file = read_network(
            f'[[flow]]\nid = "a"\nfrom = "environment"\nto = "P"\nunit = "{unit}"\n{more}'
        )
        return file.network.flow["a"].kind

    assert kind("t/d") == kind("kg") == kind("万吨") == "mass"
    assert kind("m3") == kind("m3/h") == "volume"
    assert kind("Nm3/h") == "gas"
    assert kind("kWh") == kind("MW") == kind("万千瓦时") == "electricity"
    assert kind("GJ") == kind("MJ") == "heat"
    assert kind("MWh", 'kind = "heat"') == "heat"


def test_power_and_heat_meet_in_one_energy_balance():
    file = read_network(
        """
        [[flow]]
        id = "steam"
        from = "environment"
        to = "turbine"
        value = 100
        sigma = 0
        unit = "GJ"
        [[flow]]
        id = "power"
        from = "turbine"
        to = "environment"
        unit = "MWh"
        """
    )
    assert file.reconcile().flows[1].reconciled == pytest.approx(100 / 3.6, rel=1e-15)


def test_amounts_that_cannot_be_added_may_not_meet():
    found = only(
        """
        [[flow]]
        id = "leachate"
        from = "environment"
        to = "plant"
        unit = "m3"
        [[flow]]
        id = "sludge"
        from = "plant"
        to = "environment"
        unit = "t"
        """
    )
    assert (found.code, found.where, found.row) == ("unit-kind", "sludge", 11)
    assert (found.params["expected"], found.params["process"]) == ("volume", "plant")


def test_a_rate_is_an_amount_over_the_period():
    file = read_network(
        """
        [network]
        start = 2025-02-01
        end = 2025-03-01
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 100
        sigma = 5
        unit = "t/d"
        """
    )
    assert (file.measured[0].value, file.measured[0].sigma) == (2800, 140)


def test_a_period_may_be_given_to_the_hour():
    file = read_network(
        "[network]\nstart = 2025-03-01T08:00:00+08:00\nend = 2025-03-01 12:00:00\n" + PLAIN
    )
    assert file.days == 0.5


def test_only_the_literal_zero_is_exact():
    text = PLAIN.replace("sigma = 5", 'sigma = "5 %"')
    assert read_network(text).measured[0].sigma == 5
    zero = text.replace("value = 100", "value = 0")
    assert [(f.code, f.params["key"]) for f in refused(zero)] == [("key-missing", "typical")]
    typical = zero.replace('to = "P"', 'to = "P"\ntypical = 80')
    assert read_network(typical).measured[0].sigma == pytest.approx(4)
    exact = text.replace('sigma = "5 %"', "sigma = 0\n")
    assert read_network(exact).measured[0].sigma == 0


def test_a_value_without_sigma_is_taken_with_ten_percent_and_said():
    file = read_network(PLAIN.replace("sigma = 5", ""))
    assert file.measured[0].sigma == 10
    (found,) = file.findings
    assert (found.code, found.where, found.params["percent"]) == ("sigma-assumed", "in", 10)


def test_a_device_gives_sigma_bias_and_the_step_that_it_shows():
    text = PLAIN.replace("sigma = 5", 'device = "scale"') + (
        '[[device]]\nid = "scale"\nsigma = "1 %"\nbias_sigma = 0.5\nresolution = {step}\n'
    )
    fine = read_network(text.format(step=0.1)).measured[0]
    assert (fine.sigma, fine.bias_sigma, fine.device) == (1.0, 0.5, "scale")
    coarse = read_network(text.format(step=20)).measured[0]
    assert coarse.sigma == pytest.approx(20 / math.sqrt(12))


# --- what is refused -----------------------------------------------------------------------------


def test_broken_toml_is_refused_with_its_line():
    found = only('[[flow]]\nid = "a"\nfrom = \n')
    assert (found.code, found.file, found.row) == ("toml-syntax", "park.toml", 3)
    assert "line" not in found.params["message"]


@pytest.mark.parametrize("text", ["", "\n  \n", "\ufeff"])
def test_an_empty_file_is_refused(text):
    assert only(text).code == "file-empty"


def test_a_file_without_flows_is_refused():
    assert only('[network]\nname = "x"').code == "key-missing"


def test_all_that_is_wrong_is_said_at_once_with_lines():
    found = said(
        """[[process]]
id = "P"
[[process]]
id = "P"
[[flow]]
id = "in"
from = "environment"
to = "Q"
value = nan
sigma = -2
[[flow]]
id = "out"
from = "P"
to = "P"
valu = 3
min = 5
max = 4
[[flow]]
from = "P"
to = "environment"
value = true
sigma = "0 %"
"""
    )
    assert found == [
        ("id-duplicate", 4),
        ("process-unknown", 8),
        ("amount-not-finite", 9),
        ("value-range", 10),
        ("flow-self-loop", 14),
        ("value-range", 17),
        ("key-unknown", 15),
        ("key-missing", 18),
        ("value-type", 21),
        ("value-range", 22),
    ]


@pytest.mark.parametrize(
    ("text", "code", "near"),
    [
        (PLAIN.replace("sigma = 5", "sgima = 5"), "key-unknown", "sigma"),
        (PLAIN + '[[readings]]\nof = "in"\n', "key-unknown", "reading"),
        (PLAIN.replace("sigma", 'device = "scal"\nsigma') + DEVICE, "device-unknown", "scale"),
        (PLAIN + '[[stock]]\nprocess = "p"\n', "process-unknown", "P"),
        (PLAIN + "[[relation]]\nterms = { inn = 1 }\n", "flow-unknown", "in"),
        (PLAIN + '[[reading]]\nof = "out1"\nvalue = 3\n', "flow-unknown", "out"),
        (PLAIN.replace("sigma", 'unit = "t"\nkind = "mas"\nsigma'), "kind-unknown", "mass"),
        (PLAIN.replace('to = "environment"', 'to = "enviroment"') + PROCESS, *ENDS),
    ],
)
def test_unknown_names_come_with_the_nearest_known_one(text, code, near):
    found = only(text)
    assert (found.code, found.params["nearest"]) == (code, near)
    assert found.row is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[[relation]]\nterms = { "in.COD" = 1.0 }\n', '"in.COD"'),
        ("[[relation]]\nterms = { in.COD = 1.0 }\n", '"in.COD"'),
        ('[[correlation]]\nbetween = ["in.COD", "out"]\nvalue = 0.5\n', '"in.COD"'),
    ],
)
def test_a_content_of_a_layer_that_is_not_there_is_refused_with_the_layers(text, value):
    found = only(text + PLAIN)
    assert (found.code, found.params["value"]) == ("value-type", value)
    assert found.row is not None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[[coefficient]]\nprocess = "P"\nflow = "out"\nvalue = 1.2\n', "coefficient-range"),
        ('[[coefficient]]\nprocess = "P"\nflow = "in"\nvalue = 0.2\n', "coefficient-flow"),
        ('[[coefficient]]\nprocess = "P"\nflow = "out"\n', "key-missing"),
        ('[[correlation]]\nbetween = ["in", "out"]\nvalue = 1\n', "value-range"),
        ('[[correlation]]\nbetween = ["in"]\nvalue = 0.1\n', "value-type"),
        ("[[relation]]\nvalue = 3\n", "key-missing"),
        ("[[relation]]\nterms = 3\n", "value-type"),
        ('[[stock]]\nprocess = "P"\nopening = 3\nsigma = 1\n', "key-missing"),
        ('[[reading]]\nof = "out"\nvalue = -3\nsigma = 1\n', "amount-negative"),
        ('[[reading]]\nof = "P.level"\nvalue = 3\nsigma = 1\n', "key-missing"),
        ('[[reading]]\nof = "in"\nday = 2025-03-01\nvalue = 3\n', "key-missing"),
        ("[network]\nstart = 2025-03-01\n", "key-missing"),
        ("[network]\nstart = 2025-03-01\nend = 2025-03-01\n", "span-empty"),
        ('[network]\nstart = "first of March"\nend = 2025-03-01\n', "day-unreadable"),
        ("[flow]\n", "toml-syntax"),
        ('[process]\nid = "P"\n', "value-type"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, code):
    assert only(text + PLAIN).code == code


def test_shares_of_one_process_above_the_whole_are_refused():
    share = '[[coefficient]]\nprocess = "P"\nflow = "{}"\nvalue = 0.6\n'
    more = '[[flow]]\nid = "more"\nfrom = "P"\nto = "environment"\n'
    found = only(PLAIN + more + share.format("out") + share.format("more"))
    assert (found.code, found.params["value"]) == ("coefficient-range", 1.2)


def test_a_number_without_unit_beside_numbers_with_units_is_refused():
    text = PLAIN + '[[flow]]\nid = "x"\nfrom = "P"\nto = "environment"\nunit = "t/d"\n'
    found = only(text)
    assert (found.code, found.where) == ("unit-missing", "in")


def test_a_unit_that_is_none_is_refused_at_its_line():
    found = only(PLAIN.replace("value = 100", 'value = 100\nunit = "tt/d"'))
    assert (found.code, found.where, found.row) == ("unit-unknown", "in", 7)


def test_a_negative_reading_is_refused_unless_the_flow_may_turn():
    text = PLAIN.replace("value = 100", "value = -100")
    assert only(text).code == "amount-negative"
    assert (
        read_network(text.replace("sigma = 5", "sigma = 5\nmin = -inf")).measured[0].value == -100
    )


# --- what is said of the structure ---------------------------------------------------------------


def test_a_process_without_output_is_said_and_answered():
    file = read_network(
        '[[flow]]\nid = "in"\nfrom = "environment"\nto = "P"\nvalue = 3\nsigma = 2\n'
    )
    answer = file.reconcile()
    assert [item.code for item in answer.findings] == ["process-without-output"]
    # Nothing leaves: the balance says that nothing entered.
    assert answer.flows[0].reconciled == 0
    assert answer.chi2 == pytest.approx(2.25)


def test_a_closed_loop_is_said_and_answered():
    file = read_network(
        """
        [[flow]]
        id = "there"
        from = "A"
        to = "B"
        value = 10
        sigma = 1
        [[flow]]
        id = "back"
        from = "B"
        to = "A"
        value = 12
        sigma = 1
        """
    )
    answer = file.reconcile()
    assert [item.code for item in answer.findings] == ["cycle-closed"]
    assert [row.reconciled for row in answer.flows] == pytest.approx([11, 11])
    assert answer.dof == 1


# --- numbers that no network can mean ------------------------------------------------------------


@pytest.mark.parametrize("number", ["1e308", "-1e31", "1e-200", "5e-324"])
def test_numbers_beyond_any_amount_are_refused_and_named(number):
    found = only(PLAIN.replace("sigma = 5", f"sigma = 5\nmin = {number}"))
    assert (found.code, found.column, found.row) == ("value-range", "min", 8)
    assert found.params["value"] == f"{float(number):g}"


def test_a_percentage_beyond_any_is_refused():
    assert said(PLAIN.replace("sigma = 5", f'sigma = "{"9" * 400} %"')) == [("value-range", 7)]


def test_a_lower_bound_is_never_plus_infinity_nor_an_upper_one_minus_infinity():
    text = PLAIN.replace("sigma = 5", "sigma = 5\nmin = inf")
    assert said(text) == [("amount-not-finite", 8)]
    assert said(text.replace("min = inf", "max = -inf")) == [("amount-not-finite", 8)]


def test_one_share_of_a_process_is_given_once():
    share = '[[coefficient]]\nprocess = "P"\nflow = "out"\nvalue = {}\n'
    found = only(PLAIN + share.format(0.5) + share.format(0.3))
    assert (found.code, found.params["id"], found.row) == ("id-duplicate", "out", 18)


def test_a_level_is_never_below_nothing():
    text = PLAIN + '[[stock]]\nprocess = "P"\nopening = -3\nclosing = 2\nsigma = 1\n'
    assert said(text) == [("amount-negative", 14)]


def test_a_correlation_with_what_is_not_measured_is_said():
    text = PLAIN + '[[correlation]]\nbetween = ["in", "out"]\nvalue = 0.5\n'
    (found,) = read_network(text).findings
    assert (found.code, found.where, str(found.severity)) == ("key-missing", "out", "warning")


@pytest.mark.parametrize("end", ["Environment", "environnement", "enviroment:air"])
def test_a_slip_in_environment_makes_no_process_of_it(end):
    found = only(PLAIN.replace('from = "environment"', f'from = "{end}"'))
    assert (found.code, found.row, found.params["nearest"]) == (
        "process-unknown",
        4,
        "environment",
    )
