"""The strict reader: what operators type, and what must never be read as something else."""

from __future__ import annotations

import subprocess
import sys
import time

import pint
import pytest

from flows.errors import Refused
from flows.lexicon import ATOMS, normalize, parse_unit
from flows.network import Spread
from flows.units import (
    KINDS,
    Amount,
    add,
    check_same_kind,
    check_unit,
    gas_factor,
    ratio_factor,
    read_amount,
    read_number,
    read_spread,
    registry,
    slip,
    to_unit,
    unit_factor,
)

DAY = 86_400


def code_of(action):
    """Code of the one finding with which an action refuses."""
    with pytest.raises(Refused) as refused:
        action()
    (found,) = refused.value.findings
    return found.code


def finding_of(action):
    with pytest.raises(Refused) as refused:
        action()
    (found,) = refused.value.findings
    return found


# --- numbers ---

NUMBERS = [
    ("1623.4", 1623.4),
    ("1,623.4", 1623.4),
    ("1,234.5", 1234.5),
    ("12,345,678", 12_345_678.0),
    ("  24 ", 24.0),
    ("0", 0.0),
    ("0.00", 0.0),
    ("-0", 0.0),
    ("007", 7.0),
    (".5", 0.5),
    ("+5", 5.0),
    ("-12.5", -12.5),
    ("−12.5", -12.5),  # the minus sign of typesetters
    ("１２．５", 12.5),  # full-width digits and point
    ("１，６２３．４", 1623.4),
    ("　1623.4　", 1623.4),  # ideographic spaces round it
    ("1e3", 1000.0),  # as sheets and exports write it; a plain exponent is unambiguous
    ("1.2E+05", 120_000.0),
    ("1e-05", 0.00001),
]

REFUSED_NUMBERS = [
    ("", "amount-empty"),
    ("   ", "amount-empty"),
    ("　", "amount-empty"),
    ("1,62", "amount-grouping"),
    ("12,3", "amount-grouping"),
    ("16 23", "amount-grouping"),
    ("1 000", "amount-grouping"),
    ("53 300", "amount-grouping"),
    ("1_000", "amount-grouping"),
    ("1'000", "amount-grouping"),
    ("1，62", "amount-grouping"),
    ("1、000", "amount-grouping"),
    ("1234,567", "amount-grouping"),
    ("1,2345", "amount-grouping"),
    ("0,623", "amount-grouping"),  # a decimal comma, not 623
    ("1,623,4", "amount-grouping"),
    ("1.623.400", "amount-grouping"),
    ("1.623,4", "amount-grouping"),
    ("1,,623", "amount-not-a-number"),
    ("12。5", "amount-not-a-number"),
    ("12.", "amount-not-a-number"),
    ("-", "amount-not-a-number"),
    (".", "amount-not-a-number"),
    ("--5", "amount-not-a-number"),
    ("- 5", "amount-not-a-number"),
    ("(5)", "amount-not-a-number"),
    ("±5", "amount-not-a-number"),
    ("~5", "amount-not-a-number"),
    ("<0.1", "amount-not-a-number"),
    ("约5", "amount-not-a-number"),
    ("三十", "amount-not-a-number"),
    ("n/a", "amount-not-a-number"),
    ("#N/A", "amount-not-a-number"),
    ("2025-03-01", "amount-not-a-number"),
    ("12:30", "amount-not-a-number"),
    ("12/30", "amount-not-a-number"),
    ("5+5", "amount-not-a-number"),
    ("0x10", "amount-not-a-number"),
    ("10⁴", "amount-not-a-number"),  # not 104
    ("5½", "amount-not-a-number"),
    ("①", "amount-not-a-number"),
    ("١٢", "amount-not-a-number"),
    ("12 t", "amount-not-a-number"),
    ("1e", "amount-not-a-number"),
    ("1e3.5", "amount-not-a-number"),
    ("nan", "amount-not-finite"),
    ("NaN", "amount-not-finite"),
    ("inf", "amount-not-finite"),
    ("-Infinity", "amount-not-finite"),
    ("∞", "amount-not-finite"),
    ("1e400", "amount-not-finite"),
    ("1e-400", "amount-not-finite"),  # not 0
    ("9" * 400, "amount-not-finite"),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_a_number_is_read_exactly_as_written(text, value):
    assert read_number(text) == value


@pytest.mark.parametrize(("text", "code"), REFUSED_NUMBERS)
def test_a_doubtful_number_is_refused_and_never_changed(text, code):
    assert code_of(lambda: read_number(text)) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "amount-not-finite"),
        (float("inf"), "amount-not-finite"),
        (10**400, "amount-not-finite"),
        (True, "amount-not-a-number"),
        (None, "amount-not-a-number"),
    ],
)
def test_a_number_from_a_file_must_be_a_finite_number(value, code):
    assert code_of(lambda: read_number(value)) == code


def test_a_number_from_a_file_is_taken_as_it_is():
    assert read_number(1623.4) == 1623.4
    assert read_amount(1623, kind="mass") == Amount(1623.0, "mass", "1623", "t")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("12。5", "12.5"), ("1 000", "1000"), ("1_000.5", "1000.5"), ("1,62", ""), ("16 23", "")],
)
def test_a_repair_is_offered_only_where_there_is_one_reading(text, nearest):
    assert finding_of(lambda: read_number(text)).params == {"text": text, "nearest": nearest}


def test_a_long_paste_is_refused_quickly():
    begin = time.perf_counter()
    for text in ("1" * 50_000 + ",", "1" + " " * 50_000 + ",", "1," * 25_000, "1 " * 25_000):
        with pytest.raises(Refused):
            read_number(text)
    assert time.perf_counter() - begin < 5.0


# --- amounts ---

AMOUNTS = [
    # mass
    ("1,623.4 t", "mass", 1623.4),
    ("1623.4", "mass", 1623.4),
    ("1623400 kg", "mass", 1623.4),
    ("0.16 万吨", "mass", 1600.0),
    ("53.3万t", "mass", 533_000.0),
    ("53.3 ×10^4 t", "mass", 533_000.0),
    ("53.3×10⁴t", "mass", 533_000.0),
    ("1 kt", "mass", 1000.0),  # no knot
    ("1 ton", "mass", 1.0),  # 1000 kg, no short ton
    ("1 tonne", "mass", 1.0),
    ("2 Gg", "mass", 2000.0),
    ("1 Mg", "mass", 1.0),
    ("1 mg", "mass", 1e-9),
    ("12 T", "mass", 12.0),
    ("12 KG", "mass", 0.012),
    ("１２ ｋｇ", "mass", 0.012),
    ("300 千克", "mass", 0.3),
    ("300 公斤", "mass", 0.3),
    ("300 斤", "mass", 0.15),
    ("3 千吨", "mass", 3000.0),
    ("3 tDS", "dry-mass", 3.0),
    ("3 tCO2", "co2", 3.0),
    ("3 万吨二氧化碳当量", "co2e", 30_000.0),
    ("3 kg CO2-eq", "co2e", 0.003),
    # volume and area
    ("350 m³", "volume", 350.0),
    ("350 m^3", "volume", 350.0),
    ("350 m**3", "volume", 350.0),
    ("350 ㎥", "volume", 350.0),
    ("350 M3", "volume", 350.0),
    ("2 万方", "volume", 20_000.0),
    ("500 L", "volume", 0.5),
    ("80 mu", "area", 80 * 2000 / 3),  # no atomic mass unit
    ("80 亩", "area", 80 * 2000 / 3),
    ("5 公顷", "area", 50_000.0),
    # gas
    ("1200 Nm3", "gas", 1200.0),
    ("1 Nm**3", "gas", 1.0),  # no newton, no number-meter
    ("1200 Nm³", "gas", 1200.0),
    ("44.61503341 mol", "gas", 1.0),
    # energy
    ("1 kwh", "electricity", 0.001),
    ("1 KWH", "electricity", 0.001),
    ("1 kW·h", "electricity", 0.001),
    ("2.2亿度", "electricity", 220_000.0),
    ("2.2 亿千瓦时", "electricity", 220_000.0),
    ("5 万千瓦时", "electricity", 50.0),
    ("3.6 GJ", "electricity", 1.0),
    ("1 MWh", "heat", 3.6),
    ("7 百万千焦", "heat", 7.0),
    ("7000 kcal", "heat", 0.0293076),  # IT calorie
    ("7000 大卡", "heat", 0.0293076),
    ("1 tce", "heat", 29.3076),
    ("1 吨标煤", "energy-lhv", 29.3076),
    ("1 万吨标准煤", "energy-lhv", 293_076.0),
    ("1000 kgce", "energy-lhv", 29.3076),
    # contents and values
    ("58 %", "share", 0.58),
    ("５８％", "share", 0.58),
    ("0.58", "share", 0.58),
    ("300 ppm", "share", 0.0003),
    ("250 kg/t", "share", 0.25),
    ("12000 mg/L", "concentration", 12.0),
    ("12 g·L⁻¹", "concentration", 12.0),
    ("30 mg/Nm3", "concentration-gas", 0.00003),
    ("7 MJ/kg", "lhv", 7.0),
    ("5000 kcal/kg", "lhv", 20.934),
    ("5000 cal/g", "lhv", 20.934),
    ("21 MJ/Nm3", "lhv-gas", 0.021),
    ("17 车次", "number", 17.0),
    ("2100 万人", "number", 21_000_000.0),
]

RATES = [
    ("3 t/d", "mass", DAY, 3.0),
    ("3 吨/日", "mass", 31 * DAY, 93.0),
    ("3 吨每天", "mass", 31 * DAY, 93.0),
    ("3 tpd", "mass", DAY, 3.0),
    ("2 t/h", "mass", DAY, 48.0),
    ("2 t/h", "mass", 23 * 3600, 46.0),  # the day on which clocks go forward
    ("1800 t/d", "mass", 365 * DAY, 657_000.0),
    ("657000 t/a", "mass", DAY, 1800.0),  # a year of 365 days
    ("24 MW", "electricity", DAY, 576.0),
    ("500 kW", "electricity", 3600, 0.5),
    ("10 MW", "heat", 3600, 36.0),
    ("100 m3/h", "volume", DAY, 2400.0),
    ("2 L/s", "volume", DAY, 172.8),
    ("100 Nm3/h", "gas", DAY, 2400.0),
]

REFUSED_AMOUNTS = [
    ("", "mass", "amount-empty"),
    ("t", "mass", "amount-not-a-number"),
    ("1,62 t", "mass", "amount-grouping"),
    ("16 23 t", "mass", "amount-grouping"),
    ("1 000 t", "mass", "amount-grouping"),  # pint alone: 0 t
    ("53 300 t", "mass", "amount-grouping"),  # pint alone: 15 900 t
    ("12。5 t", "mass", "amount-not-a-number"),
    ("10⁴ t", "mass", "amount-not-a-number"),
    ("nan t", "mass", "amount-not-a-number"),
    ("-3 t", "mass", "amount-negative"),
    ("1e-323 kg", "mass", "amount-not-finite"),
    ("1e308 万吨", "mass", "amount-not-finite"),
    ("5 tt", "mass", "unit-unknown"),
    ("5 knot", "mass", "unit-unknown"),
    ("5 t 3 kg", "mass", "unit-unknown"),
    ("5 吨/月", "mass", "unit-unknown"),  # no month is like another
    ("0.16万", "mass", "unit-unknown"),
    ("5 MT", "mass", "unit-unknown"),  # metric ton or megatonne
    ("5 MG", "mass", "unit-unknown"),  # mg or Mg
    ("5 ML", "volume", "unit-unknown"),
    ("5 mwh", "electricity", "unit-unknown"),  # milli is not mega
    ("5 mW", "electricity", "unit-unknown"),
    ("5 Cal", "heat", "unit-unknown"),
    ("5 t/d/h", "mass", "unit-unknown"),
    ("5 kWh", "mass", "unit-dimension"),
    ("5 t", "electricity", "unit-dimension"),
    ("5 m2", "volume", "unit-dimension"),
    ("5 h", "mass", "unit-dimension"),
    ("5 m3", "dry-mass", "unit-dimension"),
    ("5 %/d", "share", "unit-dimension"),  # a share has no rate
    ("5 m2/d", "area", "unit-dimension"),
    ("3 kg/t", "number", "unit-dimension"),
    ("5 t", "number", "unit-dimension"),
    ("5 Nm3", "volume", "unit-kind"),
    ("5 Nm3", "mass", "unit-kind"),
    ("5 标方", "volume", "unit-kind"),
    ("5 tce", "mass", "unit-kind"),
    ("5 tce", "electricity", "unit-kind"),  # 0.1229 or 0.32 kgce/kWh: two conventions
    ("5 tce", "energy-hhv", "unit-kind"),
    ("5 度", "mass", "unit-kind"),
    ("5 度", "heat", "unit-kind"),
    ("5 MWth", "electricity", "unit-kind"),
    ("5 tCO2", "mass", "unit-kind"),
    ("5 tCO2", "co2e", "unit-kind"),
    ("5 tDS", "mass", "unit-kind"),
    ("5 车", "share", "unit-kind"),
    ("30 mg/Nm3", "concentration", "unit-kind"),
    ("10 %", "mass", "percent-needs-base"),
    ("10 ppm", "concentration", "percent-needs-base"),
    ("350 m3", "mass", "unit-needs-density"),
    ("350 t", "volume", "unit-needs-density"),
    ("1 t", "gas", "unit-needs-density"),
    ("1200 标方", "gas", "unit-needs-gas-state"),
    ("1200 标立方米", "gas", "unit-needs-gas-state"),
    ("1200 m3", "gas", "unit-needs-gas-state"),
    ("30 mg/m3", "concentration-gas", "unit-needs-gas-state"),
    ("3 t/d", "mass", "unit-needs-span"),
    ("24 MW", "electricity", "unit-needs-span"),
]


@pytest.mark.parametrize(("text", "kind", "value"), AMOUNTS)
def test_an_amount_is_read_in_the_canonical_unit_of_its_kind(text, kind, value):
    amount = read_amount(text, kind=kind)
    assert amount.value == pytest.approx(value, rel=1e-13)
    assert amount.kind == kind
    assert amount.typed == text
    assert not amount.per_time


@pytest.mark.parametrize(("text", "kind", "seconds", "value"), RATES)
def test_a_rate_is_multiplied_by_its_span(text, kind, seconds, value):
    amount = read_amount(text, kind=kind, seconds=seconds)
    assert amount.value == pytest.approx(value, rel=1e-13)
    assert amount.per_time


@pytest.mark.parametrize(("text", "kind", "code"), REFUSED_AMOUNTS)
def test_an_amount_that_does_not_fit_is_refused_by_name(text, kind, code):
    assert code_of(lambda: read_amount(text, kind=kind)) == code


def test_a_span_does_not_change_what_is_already_an_amount():
    assert read_amount("3 t", kind="mass", seconds=31 * DAY).value == 3.0


def test_a_net_flow_that_may_turn_says_so():
    assert read_amount("-3 t", kind="mass", signed=True).value == -3.0


def test_the_own_text_and_unit_are_kept():
    amount = read_amount(" ０.16 万吨", kind="mass")
    assert (amount.typed, amount.typed_unit) == (" ０.16 万吨", "万吨")


def test_the_unit_of_the_column_goes_before_the_default_unit():
    assert read_amount("5", kind="mass", default_unit="kg").value == 0.005
    assert read_amount("5", kind="mass", unit="万吨", default_unit="kg").value == 50_000.0
    assert read_amount("53.3", kind="mass", unit="10⁴ t").value == 533_000.0
    assert read_amount("5", kind="mass", unit=" ", default_unit="").value == 5.0


def test_a_unit_must_be_said_where_there_is_no_default():
    assert code_of(lambda: read_amount("5", kind="mass", default_unit=None)) == "unit-missing"


@pytest.mark.parametrize(
    ("text", "column", "agree"),
    [
        ("12 t", "吨", True),
        ("12 Mg", "t", True),
        ("12 kWh", "度", True),
        ("12 t", "kg", False),
        ("12 t", "t/d", False),
        ("12 标方", "Nm3", False),
        ("12 标方", "m3", False),
    ],
)
def test_a_unit_in_the_text_and_one_in_the_column_must_mean_the_same(text, column, agree):
    kind = {"kWh": "electricity", "标方": "gas"}.get(text.split()[1], "mass")

    def read():
        return read_amount(text, kind=kind, unit=column, seconds=DAY, gas_state="20C")

    if agree:
        assert read().typed_unit == text.split()[1]
    else:
        assert code_of(read) == "unit-conflict"


def test_an_unknown_unit_names_the_nearest_and_what_is_possible():
    found = finding_of(lambda: read_amount("5 mwh", kind="electricity"))
    assert found.params["nearest"] == "MWh"
    assert "万千瓦时" in found.params["allowed"]


def test_a_wrong_unit_says_what_it_measures_and_what_is_wanted():
    for text, kind, measured in [
        ("5 kWh", "mass", "energy"),
        ("5 GJ/t", "mass", "lhv"),
        ("5 h", "mass", "[time]"),
        ("5 tce", "mass", "energy-lhv"),
    ]:
        params = finding_of(lambda text=text, kind=kind: read_amount(text, kind=kind)).params
        assert (params["kind"], params["expected"]) == (measured, kind)


# --- density and gas state ---


def test_a_volume_becomes_a_mass_by_the_density_of_the_good_and_back():
    assert read_amount("350 m3", kind="mass", density=0.9).value == pytest.approx(315.0)
    assert read_amount("315 t", kind="volume", density=0.9).value == pytest.approx(350.0)
    assert read_amount("10 m3/h", kind="mass", density=0.9, seconds=DAY).value == pytest.approx(216)
    assert read_amount("1.2 t", kind="gas", density=0.0012).value == pytest.approx(1000.0)


@pytest.mark.parametrize("density", [0.0, -1.0, float("nan")])
def test_a_density_that_is_none_does_not_help(density):
    refused = code_of(lambda: read_amount("350 m3", kind="mass", density=density))
    assert refused == "unit-needs-density"


@pytest.mark.parametrize(
    ("text", "state", "normal"),
    [
        ("1000 标方", "0C", 1000.0),
        ("1000 标方", "20C", 1000 * 273.15 / 293.15),
        ("1000 标方", "20 ℃", 1000 * 273.15 / 293.15),
        ("1000 m3", "20C", 1000 * 273.15 / 293.15),
        ("1000 m3", "T=35,p=98.5", 1000 * 273.15 / 308.15 * 98.5 / 101.325),
        ("1000 m3", "T=35, p=98.5, w=5%", 1000 * 273.15 / 308.15 * 98.5 / 101.325 * 0.95),
        ("1000 Nm3", "20C", 1000.0),  # it says its state itself
    ],
)
def test_a_gas_volume_is_brought_to_0_degrees_by_the_state_of_its_meter(text, state, normal):
    value = read_amount(text, kind="gas", gas_state=state).value
    assert value == pytest.approx(normal, rel=1e-12)


def test_a_standard_cubic_meter_is_never_at_operating_conditions():
    refused = code_of(lambda: read_amount("5 标方", kind="gas", gas_state="T=35,p=98.5"))
    assert refused == "unit-needs-gas-state"


def test_a_content_per_cubic_meter_grows_when_the_gas_is_brought_to_0_degrees():
    value = read_amount("30 mg/m3", kind="concentration-gas", gas_state="20C").value
    assert value == pytest.approx(30e-6 * 293.15 / 273.15, rel=1e-12)


@pytest.mark.parametrize(
    "state", ["warm", "20", "T=35", "T=-300,p=100", "T=20,p=0", "T=20,p=100,w=1", "20F"]
)
def test_a_reference_state_that_cannot_be_read_is_refused(state):
    assert code_of(lambda: gas_factor(state)) == "gas-state-form"


def test_normal_cubic_meters_are_amounts_of_an_ideal_gas():
    assert gas_factor("20C") == pytest.approx(0.93177554, rel=1e-7)
    assert registry().convert(1.0, "Nm3", "mol") == pytest.approx(44.6150335, rel=1e-7)
    ideal = 101_325 / (8.314462618 * 273.15)
    assert registry().convert(1.0, "Nm3", "mol") == pytest.approx(ideal, rel=1e-9)


# --- factors, display, ratios ---


def test_what_operators_write_in_the_units_of_the_yearbook():
    assert unit_factor("10^4 t", "mass") * 53.3 == pytest.approx(533_000, rel=1e-12)
    gigawatt_hours = to_unit(2.2 * unit_factor("10^8 kWh", "electricity"), "electricity", "GWh")
    assert gigawatt_hours == pytest.approx(220, rel=1e-12)
    assert to_unit(80 * unit_factor("mu", "area"), "area", "ha") == pytest.approx(5.333333333)
    assert unit_factor("tce", "heat") == pytest.approx(29.3076, rel=1e-9)
    assert to_unit(29.3076, "heat", "kWh") == pytest.approx(8141.0, rel=1e-6)


def test_decimal_units_have_decimal_factors():
    for unit, kind, factor in [
        ("kg", "mass", 0.001),
        ("万吨", "mass", 10_000.0),
        ("kJ", "heat", 1e-6),
        ("kgce", "heat", 0.0293076),
        ("mg/Nm3", "concentration-gas", 1e-6),
        ("kcal/kg", "lhv", 0.0041868),
    ]:
        assert unit_factor(unit, kind) == factor


@pytest.mark.parametrize(
    ("unit", "over", "under", "factor"),
    [
        ("kWh/t", "electricity", "mass", 0.001),
        ("m3/m3", "volume", "volume", 1.0),
        ("Nm3/t", "gas", "mass", 1.0),
        ("GJ/t", "heat", "mass", 1.0),
        ("kWh/Nm3", "electricity", "gas", 0.001),
        ("kgce/kg", "energy-lhv", "mass", 29.3076),
        ("%", "mass", "mass", 0.01),
        ("", "mass", "mass", 1.0),
    ],
)
def test_a_ratio_of_two_kinds_has_one_factor(unit, over, under, factor):
    assert ratio_factor(unit, over, under) == pytest.approx(factor, rel=1e-12)


def test_a_ratio_of_different_kinds_is_no_percentage_and_no_single_unit():
    assert code_of(lambda: ratio_factor("%", "gas", "mass")) == "percent-needs-base"
    assert code_of(lambda: ratio_factor("kWh", "electricity", "mass")) == "unit-dimension"


def test_a_declared_unit_is_checked_without_density_state_or_span():
    for unit, kind in [("m3", "mass"), ("标方", "gas"), ("t/d", "mass"), ("", "mass")]:
        check_unit(unit, kind)
    assert code_of(lambda: check_unit("kWh", "mass")) == "unit-dimension"
    assert code_of(lambda: check_unit("tce", "mass")) == "unit-kind"


# --- kinds ---


def test_different_kinds_never_add():
    wet, dry = read_amount("3 t", kind="mass"), read_amount("1 t", kind="dry-mass")
    assert code_of(lambda: add(wet, dry)) == "unit-kind"
    assert code_of(lambda: check_same_kind("electricity", "heat")) == "unit-kind"
    assert add(wet, wet).value == 6.0
    check_same_kind("heat", "heat")


def test_every_unit_offered_for_a_kind_fits_it_and_the_canonical_one_is_1():
    for kind in KINDS.values():
        assert kind.units[0] == kind.unit
        assert unit_factor(kind.unit, kind.code) == 1.0
        for unit in kind.units:
            check_unit(unit, kind.code)


# --- spreads ---


@pytest.mark.parametrize(
    ("value", "spread"),
    [
        (5.0, Spread(absolute=5.0)),
        ("5", Spread(absolute=5.0)),
        ("50 kg", Spread(absolute=0.05)),
        ("10 %", Spread(relative=0.1)),
        ("１０％", Spread(relative=0.1)),
        (0, Spread(absolute=0.0)),
        ("2 t/d", Spread(absolute=62.0)),
    ],
)
def test_a_standard_deviation_is_an_amount_or_a_percentage_of_the_value(value, spread):
    assert read_spread(value, kind="mass", seconds=31 * DAY) == spread


def test_a_standard_deviation_is_in_the_unit_of_its_column():
    assert read_spread(5, kind="mass", unit="t/d", seconds=31 * DAY) == Spread(absolute=155.0)
    assert read_spread(0.05, kind="share") == Spread(absolute=0.05)
    assert read_spread("5", kind="share", unit="%") == Spread(absolute=0.05)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (-1.0, "value-range"),
        ("-5 %", "value-range"),
        ("0 %", "value-range"),  # a percentage of anything is never exact
        ("±5 %", "amount-not-a-number"),
        ("", "amount-empty"),
        (float("inf"), "amount-not-finite"),
        ("1 kWh", "unit-dimension"),
    ],
)
def test_a_standard_deviation_that_cannot_be_is_refused(value, code):
    assert code_of(lambda: read_spread(value, kind="mass")) == code


# --- slips ---


@pytest.mark.parametrize(
    ("value", "expected", "name"),
    [
        (18_100.0, 1800.0, "ten-fold-high"),
        (175.0, 1800.0, "ten-fold-low"),
        (180_000.0, 1800.0, "hundred-fold-high"),
        (18.2, 1800.0, "hundred-fold-low"),
        (1_790_000.0, 1800.0, "thousand-fold-high"),
        (1.8, 1800.0, "thousand-fold-low"),
        (0.16, 1623.0, "ten-thousand-fold-low"),  # 万吨 without the 万
        (1800.0, 1700.0, None),
        (3600.0, 1800.0, None),
        (24.0, 1.0, None),  # MW taken for MWh of a day
        (24 / 3.6, 1.0, None),
        (3.6, 1.0, None),  # GJ taken for MWh
        (1 / 3.6, 1.0, None),
        (1 / 0.9318, 1.0, None),  # gas at 20 degC taken for 0 degC
        (1.8e9, 1800.0, None),
        (0.0, 1800.0, None),
        (1800.0, 0.0, None),
        (float("inf"), 1800.0, None),
    ],
)
def test_a_slip_of_the_hand_is_named_by_its_ratio(value, expected, name):
    assert slip(value, expected) == name


def test_a_grouping_comma_typed_for_the_point_is_told_from_kg_for_t():
    assert slip(1623.0, 1.6, typed="1,623") == "comma-for-point"
    assert slip(1623.0, 1.6, typed="１，６２３ t") == "comma-for-point"
    assert slip(1623.0, 1.6, typed="1623 t") == "thousand-fold-high"


# --- the registry and the lexicon ---


def test_importing_the_reader_loads_neither_pint_nor_numpy():
    program = (
        "import sys, flows.units as u; u.read_number('1,623.4');"
        "print(sorted({'pint', 'numpy'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout.strip() == b"[]"


def test_the_park_registry_builds_several_times_faster_than_the_usual_one():
    def seconds(build):
        begin = time.perf_counter()
        build()
        return time.perf_counter() - begin

    registry.cache_clear()
    ours = min(seconds(registry.__wrapped__) for _ in range(3))
    assert ours < 0.5 * seconds(pint.UnitRegistry)


@pytest.mark.parametrize("name", ["ton", "knot", "mu", "u", "month", "m3", "km2"])
def test_what_could_be_misread_does_not_exist_in_the_registry(name):
    with pytest.raises(pint.UndefinedUnitError):
        registry().parse_units(name)


def test_every_spelling_stands_for_a_unit_of_the_registry_and_none_for_two():
    units, agreeing = registry(), 0
    for spelling, atom in ATOMS.items():
        meant = units.Quantity(1.0, atom.name).to_root_units()
        # The registry knows fewer writings than people do.
        if spelling.isidentifier() and spelling in units:
            assert units.Quantity(1.0, spelling).to_root_units() == meant, spelling
            agreeing += 1
    assert agreeing > 60


def test_one_unit_in_many_writings_is_one_unit():
    for writing in ["m3", "m³", "m^3", "m**3", "㎥", "ｍ３", " m 3"]:
        assert normalize(writing) == "m3"
    for writing in ["mg·L⁻¹", "mg·L-1", "mg / L", "mg/l", "毫克/升", "㎎/Ｌ"]:
        assert parse_unit(writing) == parse_unit("mg/L") is not None
