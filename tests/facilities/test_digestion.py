"""Gas of what is digested: stoichiometry, a digester by hand, and the limits of both."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities import digestion, tables

DEFAULTS = tables.parameters("kitchen-waste")


def test_glucose_gives_373_liters_of_methane_a_kilogram_and_gas_of_half_methane():
    found = digestion.buswell(6, 12, 6)
    assert found.ch4 == pytest.approx(0.373243, rel=1e-5)
    assert found.ch4_share == pytest.approx(0.5, rel=1e-9)


def test_fat_gives_richer_gas_than_sugar_and_nitrogen_takes_hydrogen_from_methane():
    assert digestion.buswell(57, 104, 6).ch4_share == pytest.approx((28.5 + 13 - 1.5) / 57)
    glycine = digestion.buswell(2, 5, 2, 1)
    assert glycine.ch4_share == pytest.approx((1.0 + 0.625 - 0.5 - 0.375) / 2)


@given(st.integers(1, 60), st.integers(1, 120), st.integers(0, 30))
def test_buswell_gives_the_methane_of_the_oxygen_that_burning_needs(c, h, o):
    oxygen = 31.998 * (c + h / 4 - o / 2) / (c * 12.011 + h * 1.008 + o * 15.999)  # kg COD/kg
    expected = digestion.methane_by_cod(oxygen)
    assert digestion.buswell(c, h, o).ch4 == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_a_digester_of_100_t_a_day():
    vs = digestion.volatile_solids(100, 0.2, 0.85)
    found = digestion.digested(100, vs, 0.45, 0.6)
    assert vs == pytest.approx(17.0)
    assert found.biogas == pytest.approx(12_750, rel=1e-9)
    assert found.gas_mass == pytest.approx(15.489147, rel=1e-5)
    assert found.digestate == pytest.approx(84.510853, rel=1e-5)
    assert found.destroyed == pytest.approx(0.911126, rel=1e-5)
    assert found.check("plant.digester") is None


def test_gas_that_weighs_more_than_what_it_is_made_of_is_named():
    said = digestion.digested(100, 17.0, 0.50, 0.6).check("plant.digester")
    assert said is not None
    assert (said.code, said.where) == ("gas-exceeds-feed", "plant.digester")
    assert said.params["value"] == pytest.approx(0.911126 * 0.50 / 0.45, rel=1e-5)


def test_nitrogen_in_the_gas_counts_in_its_mass_and_so_in_the_digestate():
    airy = {"CH4": 0.6, "CO2": 0.35, "N2": 0.04, "O2": 0.01}
    found = digestion.digested(100, 17.0, 0.45, 0.6, airy)
    mass = 12.75 * (0.6 * 0.715737 + 0.35 * 1.963483 + 0.04 * 1.249817 + 0.01 * 1.427625)
    assert found.gas_mass == pytest.approx(mass, rel=1e-6)
    assert found.digestate == pytest.approx(100 - mass, rel=1e-6)


def test_fugitive_methane_by_the_wet_feed():
    factor = DEFAULTS["fugitive-ch4"].value
    assert digestion.fugitive_ch4(100_000, factor) == pytest.approx(80.0)


def test_the_defaults_give_72_nm3_a_tonne_of_household_waste_inside_what_plants_report():
    p = {name: item.value for name, item in DEFAULTS.items()}
    vs = digestion.volatile_solids(1.0, p["household-ts"], p["household-vs"], p["household-loss"])
    gas = digestion.biogas(vs, p["household-yield"], p["ch4-share"])
    assert vs == pytest.approx(0.22 * 0.85 * 0.7)
    assert gas == pytest.approx(72.0, abs=0.01)
    assert 40.0 <= gas <= 110.0


@pytest.mark.parametrize("line", ["household", "slurry"])
def test_the_gas_of_each_line_weighs_less_than_its_volatile_solids(line):
    found = digestion.digested(
        100.0, 10.0, DEFAULTS[f"{line}-yield"].value, DEFAULTS["ch4-share"].value
    )
    assert found.check("plant.digester") is None
    assert 0.5 < found.destroyed < 0.9
