"""Exact relations of incineration, against numbers worked out from their equations."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities import incineration as inc
from facilities import tables
from facilities.equations import equations
from facilities.simulate import simulate

MIXED = {
    "food": 0.5, "paper": 0.12, "plastics": 0.18, "textiles": 0.03, "wood": 0.03, "metal": 0.01,
    "glass": 0.02, "other": 0.11,
}  # fmt: skip


def test_one_tonne_of_plastics_burns_to_2750_kg_of_fossil_co2():
    fossil, biogenic = inc.co2_by_composition(1.0, {"plastics": 1.0}, tables.fractions())
    assert fossil == pytest.approx(2.75, rel=1e-9)
    assert biogenic == 0.0


def test_mixed_waste_gives_fossil_and_biogenic_co2_by_its_composition():
    fossil, biogenic = inc.co2_by_composition(1000.0, MIXED, tables.fractions())
    assert fossil == pytest.approx(516.5116, rel=1e-6)
    assert biogenic == pytest.approx(540.955067, rel=1e-6)
    assert fossil / (fossil + biogenic) == pytest.approx(0.488442, rel=1e-5)


def test_the_illustrative_composition_of_the_table_is_whole():
    shares = {key: item.share for key, item in tables.fractions().items() if item.share}
    assert math.fsum(shares.values()) == pytest.approx(1.0, abs=1e-12)
    assert shares == MIXED


@given(st.lists(st.floats(0.0, 1.0), min_size=11, max_size=11), st.floats(0.0, 1.0))
def test_carbon_of_the_waste_is_fossil_or_biogenic_and_none_is_lost(shares, oxidation):
    fractions = tables.fractions()
    mix = dict(zip(fractions, shares, strict=True))
    carbon = sum(share * fractions[key].dm * fractions[key].cf for key, share in mix.items())
    parts = inc.co2_by_composition(1.0, mix, fractions, oxidation)
    assert sum(parts) == pytest.approx(carbon * oxidation * 44 / 12, rel=1e-12, abs=1e-12)


def test_the_one_line_method_of_the_provincial_guideline():
    defaults = tables.parameters("incineration")
    names = ("carbon-wet", "fossil-share", "combustion-efficiency")
    factors = [defaults[name].value for name in names]
    assert inc.fossil_co2_one_line(1.0, *factors) == pytest.approx(0.2717, rel=1e-6)
    assert all(defaults[name].unverified for name in names)


def test_n2o_and_ch4_of_a_year_on_a_continuous_stoker():
    p = tables.parameters("incineration")
    n2o, ch4 = inc.n2o(533_000, p["n2o"].value), inc.ch4(533_000, p["ch4"].value)
    assert n2o == pytest.approx(26.65, rel=1e-9)
    assert ch4 == pytest.approx(0.1066, rel=1e-9)
    for report, total in (("AR5", 7065.2348), ("AR6", 7278.4241)):
        gwp = tables.gwp(report)
        assert n2o * gwp["N2O"] + ch4 * gwp["CH4"] == pytest.approx(total, rel=1e-6)


@pytest.mark.parametrize(("lhv", "expected"), [(6.0, 0.663817), (6.5, 0.6127)])
def test_r1_of_the_published_year_turns_on_the_assumed_lhv(lhv, expected):
    value = inc.r1(power=220e6 * 0.0036, heat=0.0, energy_in_waste=533_000 * lhv)
    assert value == pytest.approx(expected, abs=1e-4)
    assert value >= 0.60
    assert (value >= 0.65) is (lhv == 6.0)


def test_r1_counts_support_fuel_and_bought_energy_against_the_plant():
    alone = inc.r1(100.0, 50.0, 1000.0)
    assert alone == pytest.approx((2.6 * 100 + 1.1 * 50) / 970.0)
    assert inc.r1(100.0, 50.0, 1000.0, fuel=10.0, imported=5.0) == pytest.approx(
        (2.6 * 100 + 1.1 * 50 - 15.0) / (0.97 * 1010.0)
    )


@pytest.mark.parametrize(
    ("degree_days", "old", "new"),
    [(2000, 1.25, 1.12), (2150, 1.25, 1.12), (2750, 1.125, 1.06), (3350, 1.0, 1.0), (5000, 1, 1)],
)
def test_climate_correction_falls_with_heating_degree_days(degree_days, old, new):
    correct = inc.climate_correction
    assert correct(degree_days, permitted_from_september_2015=False) == pytest.approx(old, abs=5e-4)
    assert correct(degree_days, permitted_from_september_2015=True) == pytest.approx(new, abs=5e-4)


def test_concentrations_are_compared_at_11_percent_oxygen():
    assert inc.at_reference_oxygen(90.0, 8.0) == pytest.approx(69.230769, rel=1e-6)
    assert inc.at_reference_oxygen(90.0, 11.0) == 90.0
    with pytest.raises(ValueError, match="below 21"):
        inc.at_reference_oxygen(90.0, 21.0)


def test_nox_mass_is_dry_gas_times_concentration():
    gas = tables.parameters("incineration")["flue-gas-volume"].value
    assert inc.pollutant_mass(gas, 80.0) == pytest.approx(0.36, rel=1e-9)
    assert inc.pollutant_mass(gas * 1800.0, 80.0) == pytest.approx(648.0, rel=1e-9)


def test_wet_lhv_pays_for_the_evaporation_of_its_water():
    assert inc.wet_lhv(14.0, 0.5) == pytest.approx(5.7785, rel=1e-6)


@given(st.floats(3.0, 9.0), st.floats(0.0, 0.4))
def test_draining_leachate_keeps_the_energy_of_the_received_tonne(lhv, leachate):
    fed = (1.0 - leachate) * inc.drained_lhv(lhv, leachate)
    assert fed - 2.443 * leachate == pytest.approx(lhv, rel=1e-12)


def test_gross_power_by_heat_and_efficiency():
    assert inc.gross_power(1000.0, 7.2, 0.25) == pytest.approx(500.0)


def test_flue_gas_closes_the_mass_of_a_plant_day_only_with_the_quench_water():
    # 1000 received - 180 leachate = 820 fed; 220 wet ash hold 35 of quench water
    gas = inc.flue_gas_mass(820, 4200, 12, 35, 220, 30)
    assert gas == pytest.approx(4817, abs=1e-9)
    assert inc.flue_gas_mass(820, 4200, 12, 0, 220, 30) == pytest.approx(4817 - 35, abs=1e-9)


PLANT = """
    [[facility]]
    id = "wte"
    kind = "incineration"
    [facility.parameters]
    steam-supply = 1
    [[link]]
    from = "environment:district"
    to = "wte.received"
    [[link]]
    from = "wte.leachate"
    to = "environment:sewer"
    [[link]]
    from = "wte.bottom-ash"
    to = "environment:market"
    [[link]]
    from = "wte.fly-ash"
    to = "environment:disposal"
"""
STEAM = """
    [[link]]
    from = "wte.steam-to-kitchen"
    to = "environment:market"
    [[link]]
    from = "wte.steam-to-evaporator"
    to = "environment:market"
"""
GAS = """
    [[link]]
    from = "environment:market"
    to = "wte.support-gas"
"""


def day_of(plant, **drivers):
    """Simulated amounts of a day by the flow's name in the plant."""
    network = plant.network(date(2025, 3, 1), design=True)
    given = {f"wte.{name.replace('_', '-')}": amount for name, amount in drivers.items()}
    run = simulate(network, {"wte.received": 1000.0} | given)
    return {name.removeprefix("wte."): float(run.of(name)[0]) for name in run.ids}


def test_heat_of_what_is_burnt_goes_to_steam_or_is_lost_by_the_boiler(park):
    got = day_of(park(PLANT + GAS), support_gas=10_000.0)
    released = (
        got["fed"] * inc.drained_lhv(6.0, 0.18) + got["fuel"] * 42.652 + 10_000 * 0.6 * 0.035806554
    )
    assert got["steam"] == pytest.approx(0.8 * released, rel=1e-9)
    assert got["boiler-loss"] == pytest.approx(0.2 * released, rel=1e-9)


def test_gas_burnt_in_the_furnace_makes_steam_and_takes_its_air(park):
    alone, helped = day_of(park(PLANT)), day_of(park(PLANT + GAS), support_gas=10_000.0)
    heat = 10_000 * 0.6 * 0.035806554
    assert helped["steam"] - alone["steam"] == pytest.approx(0.8 * heat)
    air = helped["combustion-air"] - alone["combustion-air"]
    assert air == pytest.approx(5.1 * heat / inc.drained_lhv(6.0, 0.18))
    # more than burning needs: 9.52 Nm3 of air at 1.293 kg for each Nm3 of methane
    assert air > 6000 * 9.52 * 1.293e-3
    # its mass leaves by the stack: biogas weighs 1.21 kg a Nm3
    gases = helped["flue-gas"] - alone["flue-gas"]
    assert gases == pytest.approx(air + 12.1)


def test_steam_supplied_takes_water_and_heat_and_some_of_the_power(park):
    without = day_of(park(PLANT + STEAM), steam_to_kitchen=0.0, steam_to_evaporator=0.0)
    got = day_of(park(PLANT + STEAM), steam_to_kitchen=60.0, steam_to_evaporator=40.0)
    assert got["make-up-water"] == pytest.approx(100.0)
    assert got["extraction-heat"] == pytest.approx(265.0)
    lost = without["gross-power"] - got["gross-power"]
    assert lost == pytest.approx(0.19 * 265.0 / 3.6)
    # less than live steam of the same heat would have cost
    assert lost < 0.30 * 265.0 / 3.6
    turbine = got["extraction-heat"] + got["condenser-heat"] + 3.6 * got["gross-power"]
    assert turbine == pytest.approx(got["steam"], rel=1e-12)
    busbar = got["own-use"] + got["export"]
    assert busbar == pytest.approx(got["gross-power"], rel=1e-12)


def test_a_plant_that_could_supply_steam_and_supplies_none_makes_as_much_power_as_one_that_cannot(
    park,
):
    ready, unable = day_of(park(PLANT)), day_of(park(PLANT.replace("steam-supply = 1", "")))
    assert ready["make-up-water"] == ready["extraction-heat"] == 0.0
    assert "make-up-water" not in unable
    assert ready["gross-power"] == pytest.approx(unable["gross-power"], rel=1e-12)
    # the published plants: 370 to 460 kWh per tonne received
    assert 370 <= unable["gross-power"] <= 460


def test_the_steam_header_closes_its_water_and_no_energy_of_its_own(park):
    network = park(PLANT + STEAM).network(date(2025, 3, 1), design=True)
    rows = equations(network).names
    assert "wte.steam-header mass" in rows
    assert {name for name in rows if name.endswith(" energy")} == {
        "wte.turbine energy",
        "wte.busbar energy",
    }
