"""A park file is read strictly: everything wrong is said at once, with its row and the way out."""

from __future__ import annotations

from datetime import date

import pytest

from facilities.parkfile import BUILTIN, builtin, load
from flows.errors import Refused
from flows.findings import Severity
from flows.network import Spread

DAY = date(2025, 3, 1)

LEACHATE = """
[[facility]]
id = "water"
kind = "leachate"
"""

LINKED = (
    LEACHATE
    + """
[[link]]
from = "environment:landfill"
to = "water.inflow-landfill"
[[link]]
from = "environment:grid"
to = "water.power"
[[link]]
from = "water.sludge"
to = "environment:disposal"
[[link]]
from = "water.nf-concentrate"
to = "environment:disposal"
[[link]]
from = "water.ro-concentrate"
to = "environment:disposal"
[[link]]
from = "water.reclaimed"
to = "environment:district"
"""
)


CHAIN = """
[[chain]]
id = "c"
[[chain.step]]
id = "s"
outputs = ["water.sludge"]
inputs = ["water.feed"]
unit = "t/m3"
high = 1
"""


def codes(findings):
    return [(item.code, item.where) for item in findings]


def test_ports_left_unlinked_are_named_with_the_way_out(refused):
    found = refused(LEACHATE)
    assert {item.code for item in found} == {"port-unlinked"}
    assert [item.where for item in found] == [
        "water.inflow", "water.power", "water.sludge", "water.nf-concentrate",
        "water.ro-concentrate", "water.reclaimed",
    ]  # fmt: skip
    assert found[2].params["suggestion"] == (
        '[[link]] from = "water.sludge", to = "environment:disposal"'
    )
    assert found[0].row == 7  # the [[facility]] that the port belongs to


def test_a_port_left_unlinked_for_years_is_named_once_with_its_first_day(refused):
    sludge = 'from = "water.sludge"\n'
    text = LINKED.replace(sludge, sludge + "valid_to = 2025-06-01\n")
    later = '[[link]]\nfrom = "environment:x"\nto = "water.inflow-x"\nvalid_from = 2026-01-01\n'
    (found,) = refused(text + later)
    assert (found.code, found.where, found.params["day"]) == (
        "port-unlinked", "water.sludge", "2025-06-01",
    )  # fmt: skip


def test_a_linked_plant_has_flows_with_the_ids_of_its_ports(park):
    network = park(LINKED).network(DAY)
    assert network.flow["water.sludge"].source == "water.mbr"
    assert network.flow["water.sludge"].target == "environment:disposal"
    assert network.flow["water.inflow-landfill"].kind == "volume"
    assert network.flow["water.evaporation"].target == "environment:atmosphere"


def test_all_findings_come_at_once_each_with_its_row(refused):
    found = refused("""
        [[facility]]
        id = "Water Plant"
        kind = "leachat"
        [[process]]
        id = "tank"
        capacity = 5
        [[flow]]
        id = "inflow"
        from = "environment:landfill"
        to = "tonk"
        min = 5
        max = 3
        unit = "m3"
    """)
    said = {(item.code, item.row, item.column) for item in found}
    assert ("id-form", 8, "id") in said
    assert ("kind-unknown", 9, "kind") in said
    assert ("key-unknown", 12, "capacity") in said
    assert ("process-unknown", 16, "to") in said
    assert ("unit-needs-density", 17, "min") in said
    kind = next(item for item in found if item.code == "kind-unknown")
    assert (kind.params["what"], kind.params["nearest"]) == ("leachat", "leachate")
    unknown = next(item for item in found if item.code == "process-unknown")
    assert unknown.params["nearest"] == "tank"


@pytest.mark.parametrize(
    ("ends", "code", "nearest"),
    [
        ('from = "water.sluge"\nto = "environment:disposal"', "port-unknown", "water.sludge"),
        ('from = "watr.sludge"\nto = "environment:disposal"', "port-unknown", "water.sludge"),
        ('from = "water.inflow-x"\nto = "environment:disposal"', "port-direction", None),
        ('from = "environment:x"\nto = "water.sludge"', "port-direction", None),
        ('from = "environment:x"\nto = "environment:y"', "port-unknown", None),
    ],
)
def test_a_link_to_no_port_or_the_wrong_way_round_is_refused(refused, ends, code, nearest):
    found = next(item for item in refused(LINKED + "[[link]]\n" + ends) if item.code == code)
    assert found.row is not None
    if nearest:
        assert found.params["nearest"] == nearest


def test_a_link_between_ports_of_different_kinds_is_refused(refused):
    found = refused(
        LINKED
        + """
[[facility]]
id = "second"
kind = "leachate"
[[link]]
from = "water.sludge"
to = "second.inflow-sludge"
id = "odd"
"""
    )
    assert ("unit-kind", "odd") in codes(found)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('good = "sluge"', "good-unknown"),
        ('device = "no-such-scale"', "device-unknown"),
        ('max = "12,3 t/d"', "amount-grouping"),
        ('max = "-4 t"', "value-range"),
        ('typical = "9 t"\nmax = "8 t"', "value-range"),
        ('unit = "furlong"', "unit-unknown"),
        ('unit = "kWh"', "unit-dimension"),
        ('typical = "5 kWh"', "unit-dimension"),
        ("typical = true", "value-type"),
        ("typical = nan", "amount-not-a-number|amount-not-finite"),
        ("valid_from = 2025-02-01\nvalid_to = 2025-01-01", "span-empty"),
        ("valid_from = 5", "value-type"),
        ('colour = "red"', "key-unknown"),
    ],
)
def test_a_wrong_value_in_a_link_is_refused_where_it_stands(refused, line, code):
    text = LINKED + f'[[link]]\nfrom = "environment:x"\nto = "water.inflow-x"\n{line}\n'
    found = refused(text)
    assert found[0].code in code.split("|")
    place = 0 if code == "value-range" else -1
    assert found[0].row == text.count("\n", 0, text.index(line.split("\n")[place])) + 6


def test_the_same_link_twice_is_a_duplicate_and_with_overlapping_days_an_overlap(refused):
    again = '[[link]]\nfrom = "environment:landfill"\nto = "water.inflow-landfill"\n'
    assert ("id-duplicate", "water.inflow-landfill") in {
        (item.code, item.params.get("id")) for item in refused(LINKED + again)
    }
    first, second = "valid_to = 2025-03-01\n", "valid_from = 2025-02-01\n"
    link = '[[link]]\nfrom = "environment:x"\nto = "water.inflow-x"\n'
    overlap = refused(LINKED + link + first + link + second)
    assert [(item.code, item.where, item.params["day"]) for item in overlap] == [
        ("validity-overlap", "water.inflow-x", "2025-02-01")
    ]


def test_two_devices_for_one_flow_on_one_day_overlap(refused, park):
    meter = '[[device]]\nid = "{}"\nmeasures = ["water.feed"]\nsigma = "1 %"\n{}'
    text = LINKED + meter.format("old", "valid_to = 2025-03-01\n")
    found = refused(text + meter.format("new", "valid_from = 2025-02-01\n"))
    assert codes(found) == [("validity-overlap", "water.feed")]
    assert park(text + meter.format("new", "valid_from = 2025-03-01\n"))


def test_a_parameter_outside_its_range_is_a_warning_and_taken(park):
    found = park(LINKED.replace('"leachate"\n', '"leachate"\nparameters = { nf-recovery = 0.5 }\n'))
    (warning,) = found.findings
    assert (warning.code, warning.severity) == ("value-range", Severity.WARNING)
    assert (warning.params["key"], warning.params["value"]) == ("nf-recovery", 0.5)
    assert found.facilities[0].parameters(DAY)["nf-recovery"].value == 0.5


def test_an_unknown_parameter_is_refused_with_the_nearest(refused):
    text = LINKED.replace('"leachate"\n', '"leachate"\nparameters = { nf-recovry = 0.8 }\n')
    (found,) = refused(text)
    assert (found.code, found.params["nearest"]) == ("key-unknown", "nf-recovery")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[[coefficient]]\nprocess = "water.nf"\nflow = "water.nf-permeate"\nvalue = 1.2\n',
         "coefficient-range"),
        ('[[coefficient]]\nprocess = "water.fn"\nflow = "water.nf-permeate"\nvalue = 0.8\n',
         "process-unknown"),
        ('[[relation]]\nterms = { "water.nf" = 1.0 }\n', "flow-unknown"),
        ('[[stock]]\nprocess = "water.pond"\n', "process-unknown"),
        ('[tour]\norder = ["water.feeed"]\n', "flow-unknown"),
        ('[tour]\norder = ["water.feed", "water.feed"]\n', "id-duplicate"),
        ('[aliases]\n"进水" = "water.feeed"\n', "flow-unknown"),
        (CHAIN.replace("water.sludge", "water.sluge"), "flow-unknown"),
        (CHAIN.replace("inputs = [", 'inputs = ["water.power", '), "unit-kind"),
        (CHAIN.replace("inputs = [", 'inputs = ["water.x", "water.power", '), "unit-kind"),
        (CHAIN.replace("high", "low = 5\nhigh"), "value-range"),
        ('[[chain]]\nid = "c"\n', "key-missing"),
        ('[[device]]\nid = "m"\nsigma = "-1 %"\n', "value-range"),
        ('[[device]]\nid = "m"\nsigma = -1\n', "amount-negative"),
        ('[[device]]\nid = "m"\nsigma = "0 %"\n', "value-range"),
        ('[[device]]\nid = "m"\n[[device]]\nid = "m"\n', "id-duplicate"),
        ('[[target]]\nid = "t"\nindicator = "i"\nvalue = 1\nunit = "%"\n', "key-missing"),
        ('[[good]]\nid = "g"\nkind = "volume"\n', "key-missing"),
        ('[[facilty]]\nid = "x"\n', "key-unknown"),
        ('[[context]]\nid = " "\n', "key-missing"),
        ('[[relation]]\nterms = { "water.feed" = inf }\n', "amount-not-finite"),
        ('[[relation]]\nterms = { "water.feed" = 1 }\nsigma = -1\n', "value-range"),
    ],
)  # fmt: skip
def test_tables_about_the_network_are_checked_against_it(refused, text, code):
    assert code in {item.code for item in refused(LINKED + text)}


def test_a_file_that_is_no_toml_says_where(refused, tmp_path):
    (found,) = refused('[[link]]\nfrom = "a\n')
    assert (found.code, found.row) == ("toml-syntax", 7)
    (found,) = refused("", head="\n\n")
    assert found.code == "file-empty"
    with pytest.raises(Refused) as caught:
        load(tmp_path / "nowhere.toml")
    assert caught.value.findings[0].code == "file-unreadable"
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[park]\nid = "caf\xe9"\n')
    with pytest.raises(Refused) as caught:
        load(latin)
    assert (caught.value.findings[0].code, caught.value.findings[0].row) == ("file-not-utf8", 2)


def test_a_zone_that_does_not_exist_and_a_missing_id_are_refused(refused):
    found = refused("", head='[park]\nzone = "Asia/Peking"\nday_start = 25\n')
    assert {(item.code, item.column) for item in found} == {
        ("value-type", "zone"), ("value-range", "day_start"), ("key-missing", "id"),
    }  # fmt: skip


def test_amounts_in_other_units_are_turned_into_canonical_ones_per_day(park):
    text = LINKED.replace(
        'to = "water.power"\n',
        'to = "water.power"\nunit = "kWh"\nmax = 20000\ntypical = "0.5 MW"\nsigma = "100 kWh"\n',
    )
    flow = park(text).network(DAY).flow["water.power"]
    assert (flow.maximum, flow.typical, flow.unit) == (20.0, 12.0, "kWh")
    assert flow.sigma == Spread(absolute=0.1)


def test_a_register_meter_keeps_its_multiplier_in_canonical_units(park):
    text = LINKED.replace('to = "water.power"\n', 'to = "water.power"\ndevice = "m"\n') + (
        '[[device]]\nid = "m"\nunit = "kWh"\nmultiplier = 21000\nrollover = 100000\n'
        'resolution = 12\nsigma = "0.2 %"\nbias_sigma = "0.1 %"\n'
    )
    device = park(text).network(DAY).device["m"]
    assert (device.multiplier, device.rollover, device.resolution) == (21.0, 100_000.0, 0.012)
    assert device.sigma == Spread(relative=0.002, floor=0.012 / 12**0.5)
    assert device.bias_sigma == Spread(relative=0.001)


def test_parks_that_come_with_parkflow_load_without_a_finding():
    assert set(BUILTIN) == {"chaoyang", "two-facilities", "gaoantun"}
    for name in BUILTIN:
        assert load(builtin(name)).findings == ()
    with pytest.raises(Refused) as caught:
        builtin("chaoyan")
    assert caught.value.findings[0].code == "park-unknown"
