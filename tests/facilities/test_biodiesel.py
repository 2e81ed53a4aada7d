"""Grease and methyl esters: stoichiometry, yields that cannot be, and the fuel replaced."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities import biodiesel


def test_a_tonne_of_triolein_takes_109_kg_of_methanol_and_gives_104_kg_of_glycerol():
    made = biodiesel.esterified(1000.0)
    assert made.fame == pytest.approx(1004.553, rel=1e-4)
    assert made.methanol == pytest.approx(108.563, rel=1e-4)
    assert made.glycerol == pytest.approx(104.01, rel=1e-4)
    assert made.water == 0.0


def test_a_tonne_of_oleic_acid_gives_water_in_place_of_glycerol():
    made = biodiesel.esterified(1000.0, free_fatty_acids=1.0)
    assert made.fame == pytest.approx(1049.7, rel=1e-4)
    assert made.methanol == pytest.approx(113.4, rel=1e-3)
    assert made.water == pytest.approx(63.8, rel=1e-3)
    assert made.glycerol == 0.0


@given(st.floats(0.0, 1e6), st.floats(0.0, 1.0))
def test_esterification_keeps_the_mass(oil, acids):
    made = biodiesel.esterified(oil, acids)
    into, out = oil + made.methanol, made.fame + made.glycerol + made.water
    assert out == pytest.approx(into, rel=1e-5)


def test_a_tonne_of_biodiesel_replaces_860_kg_of_diesel_and_avoids_2_93_t():
    assert biodiesel.diesel_replaced(1.0) == pytest.approx(0.860465, rel=1e-6)
    assert biodiesel.avoided(1.0) == pytest.approx(2.9267, rel=1e-6)
    assert biodiesel.saving() == pytest.approx(0.84149, rel=1e-4)
    assert biodiesel.avoided(1.0, own=94.0) == 0.0


def test_one_carbon_atom_of_nineteen_is_that_of_methanol():
    assert biodiesel.methanol_co2(1.0) == pytest.approx(0.14844, rel=1e-4)
    assert biodiesel.methanol_co2(10.0, fossil=0.5) == pytest.approx(0.7422, rel=1e-4)
    assert biodiesel.methanol_carbon_share() == pytest.approx(0.052632, rel=1e-5)
    # the carbon of one tonne of methyl oleate, 228.209 of 296.495, burnt
    carbon = 228.209 / 296.495
    part = biodiesel.methanol_co2(1.0) / (carbon * 44.009 / 12.011)
    assert part == pytest.approx(biodiesel.methanol_carbon_share(), rel=1e-6)


@pytest.mark.parametrize(("grease", "code"), [(11.2, ""), (24.0, ""), (52.0, "grease-other-oil")])
def test_more_than_6_percent_of_grease_needs_other_oil(grease, code):
    said = biodiesel.grease_check("plant.grease", 400.0, grease)
    assert (said.code if said else "") == code


def test_press_claims_of_13_to_18_percent_of_grease_are_named_with_their_yield():
    for claim in (0.13, 0.18):
        said = biodiesel.grease_check("plant.grease", 400.0, 400.0 * claim)
        assert said is not None
        assert said.params["value"] == pytest.approx(claim)


def test_a_month_that_only_sells_grease_has_no_yield():
    assert biodiesel.grease_check("plant.grease", 0.0, 30.0) is None


def test_grease_is_feed_times_fat_times_extraction():
    assert biodiesel.crude_grease(400.0, 0.035, 0.8) == pytest.approx(11.2)
