"""The biogas center: its relations by hand, and the plant simulated to its power and product."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities import biogas, tables
from facilities.equations import equations
from facilities.simulate import simulate
from flows.contents import CH4_LHV

DAY = date(2025, 3, 1)
DEFAULTS = {name: item.value for name, item in tables.parameters("biogas").items()}

SOURCES = """
    [[link]]
    from = "environment:kitchen"
    to = "center.gas-kitchen"
    [[link]]
    from = "environment:landfill"
    to = "center.gas-landfill"
    good = "landfill-gas"
"""
PRODUCT = """
    [[link]]
    from = "center.biomethane"
    to = "environment:gas-grid"
    [[link]]
    from = "environment:grid"
    to = "center.upgrading-power"
"""
HEAT = """
    [[link]]
    from = "center.heat"
    to = "environment:digesters"
"""
SENT_ON = """
    [[link]]
    from = "center.gas-to-boilers"
    to = "environment:boilers"
"""


def center(park, links=SOURCES, **parameters):
    """Network of one biogas center with its design."""
    lines = ["[[facility]]", 'id = "center"', 'kind = "biogas"', "[facility.parameters]"]
    lines += [f"{name.replace('_', '-')} = {value}" for name, value in parameters.items()]
    made = park("\n".join(lines) + links)
    assert made.findings == ()
    return made.network(DAY, design=True)


def day(network, **drivers):
    """Amounts of one day by local name, after every balance was found closed."""
    run = simulate(network, {f"center.{key.replace('_', '-')}": v for key, v in drivers.items()})
    system = equations(network)
    left = np.abs(system.matrix @ run.amounts.T)
    assert np.all(left <= 1e-12 * (abs(system.matrix) @ np.abs(run.amounts.T)))
    return {name.removeprefix("center."): float(run.of(name)[0]) for name in run.ids}


# the equations


def test_gases_mix_by_their_methane_and_not_by_their_shares():
    volume, share = biogas.mixture([(30_000, 0.60), (10_000, 0.40)])
    assert (volume, share) == (40_000, pytest.approx(0.55))  # the mean of the shares is 0.50
    assert biogas.mixture([(0.0, 0.6)]) == (0.0, None)
    assert biogas.mixture([]) == (0.0, None)


@given(st.lists(st.tuples(st.floats(0.01, 1e6), st.floats(0.0, 1.0)), min_size=1, max_size=6))
def test_a_mixture_is_no_richer_than_its_richest_gas_and_loses_no_methane(streams):
    volume, share = biogas.mixture(streams)
    assert min(x for _, x in streams) - 1e-9 <= share <= max(x for _, x in streams) + 1e-9
    assert volume * share == pytest.approx(sum(v * x for v, x in streams), rel=1e-9, abs=1e-9)


def test_dry_gas_of_60_percent_methane_weighs_1_215_kg_and_vapour_adds_4_to_5_percent():
    shares = {"CH4": 0.6, "CO2": 0.4}
    dry = biogas.gas_mass(1000.0, shares)
    assert dry == pytest.approx(1.21484, rel=1e-5)
    # 6.27 kPa at 37 degC: 6.27/(101.325 - 6.27) * 0.8037 kg/Nm3 of dry gas
    wet = biogas.gas_mass(1000.0, shares, wet_at=37.0)
    assert wet - dry == pytest.approx(6.27 / 95.055 * 0.8037, rel=2e-3)
    assert 0.04 < wet / dry - 1 < 0.05


def test_the_densities_of_the_goods_are_those_of_their_gases():
    for good, shares in (
        ("biogas", {"CH4": 0.60, "CO2": 0.40}),
        ("landfill-gas", {"CH4": 0.50, "CO2": 0.35, "N2": 0.15}),
        ("biomethane", {"CH4": 0.97, "CO2": 0.03}),
        ("offgas", {"CH4": 0.07, "CO2": 0.93}),
    ):
        density = tables.goods()[good][0].density
        assert density == pytest.approx(biogas.gas_mass(1.0, shares), rel=0.005), good


def test_the_lhv_of_methane_by_mole_and_by_volume_is_one():
    assert pytest.approx(802.6 / 22.414, rel=1e-4) == 1000 * CH4_LHV
    assert pytest.approx(50.03 * biogas.GAS_DENSITY["CH4"], rel=1e-3) == 1000 * CH4_LHV


def test_1_75_kwh_a_cubic_metre_is_full_power_times_what_reaches_running_engines():
    assert biogas.power_per_gas(0.60, 0.38) == pytest.approx(2.268, abs=1e-3)
    assert biogas.power_per_gas(0.60, 0.38, availability=0.77) == pytest.approx(1.75, abs=5e-3)
    assert biogas.engine_power(1000.0, 0.60, 0.38) == pytest.approx(2.268, abs=1e-3)


def test_the_defaults_give_what_published_plants_make_of_a_cubic_metre():
    found = biogas.power_per_gas(
        DEFAULTS["ch4-share"],
        DEFAULTS["engine-efficiency"],
        DEFAULTS["engine-availability"],
        DEFAULTS["flare-share"],
    )
    assert found == pytest.approx(1.75, abs=0.01)
    assert 1.5 <= found <= 2.1


def test_engines_want_45_percent_of_methane_and_the_limit_itself_will_do():
    assert biogas.engine_check("center.gas-to-engines", 0.45, DEFAULTS["minimum-ch4"]) is None
    said = biogas.engine_check("center.gas-to-engines", 0.42, DEFAULTS["minimum-ch4"])
    assert said is not None
    assert (said.code, said.where) == ("engine-gas-poor", "center.gas-to-engines")
    assert said.params == {"value": 0.42, "low": 0.45}


def test_methane_slips_through_engines_and_upgrading():
    slip = biogas.methane_slip(1e6, 0.6, DEFAULTS["engine-slip"])
    assert slip == pytest.approx(600_000 * 0.015 * 0.715737e-3, rel=1e-5)
    assert biogas.methane_slip(1e6, 0.6, 0.0) == 0.0


def test_stoichiometric_air_of_methane_is_9_5_volumes():
    volumes = biogas.engine_air(1.0, 1.0) / 1.2929e-3
    assert volumes == pytest.approx(9.55, abs=0.01)
    assert biogas.engine_air(0.57, 1.6) == pytest.approx(0.57 * 1.6 * 9.547 * 1.2929e-3, rel=1e-3)


@given(st.floats(0.45, 0.7), st.floats(0.9, 1.0), st.floats(0.9, 0.99))
def test_upgrading_gives_no_more_methane_than_it_takes(ch4, recovery, product):
    made = biogas.biomethane(ch4, recovery, product)
    assert made * product == pytest.approx(ch4 * recovery, rel=1e-12)
    assert made < 1.0


# the plant


def test_power_and_heat_of_two_gases_by_hand(park):
    found = day(center(park, SOURCES + HEAT), gas_kitchen=21_000, gas_landfill=20_000)
    mass = 21_000 * 0.00121 + 20_000 * 0.00123
    assert found["gas-to-engines"] + found["flare"] == pytest.approx(mass / 0.00122)
    # 0.90 of the time, 0.90 of the gas of that time
    assert found["gas-to-engines"] == pytest.approx(0.81 * mass / 0.00122)
    assert found["engine-input"] == pytest.approx(found["gas-to-engines"] * 0.57 * 0.035806554)
    assert found["gross-power"] == pytest.approx(0.38 * found["engine-input"] / 3.6)
    assert found["heat"] == pytest.approx(0.42 * found["engine-input"])
    assert found["engine-loss"] == pytest.approx(0.20 * found["engine-input"])
    assert found["own-use"] == pytest.approx(0.06 * found["gross-power"])
    assert found["export"] == pytest.approx(0.94 * found["gross-power"])
    air = found["gas-to-engines"] * biogas.engine_air(0.57, 1.6)
    assert found["engine-air"] == pytest.approx(air)
    assert found["exhaust"] == pytest.approx(air + 0.00122 * found["gas-to-engines"])
    sent = found["gas-to-engines"] + found["flare"]
    assert 1.5 <= 1000 * found["gross-power"] / sent <= 2.1


def test_volumes_of_gases_of_different_weight_differ_by_less_than_a_percent(park):
    for kitchen, landfill in ((40_000, 0), (0, 40_000), (20_000, 20_000)):
        found = day(center(park), gas_kitchen=kitchen, gas_landfill=landfill)
        assert found["gas-to-engines"] + found["flare"] == pytest.approx(40_000, rel=0.01)


def test_without_a_user_the_heat_is_lost_with_the_rest(park):
    found = day(center(park), gas_kitchen=21_000, gas_landfill=20_000)
    assert "heat" not in found
    assert found["engine-loss"] == pytest.approx(0.62 * found["engine-input"])


def test_power_goes_to_neighbours_and_what_is_bought_is_sold_on(park):
    links = """
        [[link]]
        from = "center.power-to-leachate"
        to = "environment:leachate"
        [[link]]
        from = "environment:grid"
        to = "center.import"
    """
    network = center(park, SOURCES + links)
    found = day(
        network, gas_kitchen=21_000, gas_landfill=0, power_to_leachate=10.0, **{"import": 1.0}
    )
    assert found["export"] == pytest.approx(0.94 * found["gross-power"] - 10.0 + 1.0)


def test_gas_sent_on_does_not_reach_the_engines(park):
    alone = day(center(park), gas_kitchen=40_000, gas_landfill=0)
    found = day(
        center(park, SOURCES + SENT_ON, gas_to_share=0.2), gas_kitchen=40_000, gas_landfill=0
    )
    assert found["gas-to-boilers"] == pytest.approx(0.2 * 40_000 * 0.00121 / 0.00122)
    for name in ("gas-to-engines", "flare", "gross-power", "export"):
        assert found[name] == pytest.approx(0.8 * alone[name]), name


def test_a_third_of_the_gas_upgraded_by_hand(park):
    network = center(park, SOURCES + PRODUCT, upgrading=1, upgrading_share=1 / 3, ch4_share=0.6)
    found = day(network, gas_kitchen=40_000, gas_landfill=0)
    raw = 40_000 * 0.00121 / 0.00122 / 3
    assert found["gas-to-upgrading"] == pytest.approx(raw)
    assert found["biomethane"] == pytest.approx(raw * 0.6 * 0.98 / 0.97)
    assert found["upgrading-power"] == pytest.approx(0.30e-3 * raw)
    left = raw * 0.00122 - found["biomethane"] * 0.00075
    assert found["offgas"] == pytest.approx(left / 0.00188)
    assert found["biomethane"] + found["offgas"] == pytest.approx(raw, rel=0.03)
    assert found["gas-to-engines"] == pytest.approx(0.81 * 2 * raw)


def test_without_upgrading_there_is_nothing_of_it(park):
    network = center(park)
    assert {"center.upgrading", "center.upgrading-drives"}.isdisjoint(network.process)
    assert {"center.gas-to-upgrading", "center.offgas", "center.biomethane"}.isdisjoint(
        network.flow
    )


def test_gensets_and_busbar_close_energy_and_the_rest_closes_mass(park):
    network = center(park, SOURCES + PRODUCT, upgrading=1)
    assert {name for name in equations(network).names if name.endswith((" mass", " energy"))} == {
        "center.mixing mass",
        "center.engines mass",
        "center.upgrading mass",
        "center.gensets energy",
        "center.busbar energy",
    }


def test_many_days_follow_the_gas_of_each(park):
    network = center(park)
    gas = [0.0, 10_000.0, 30_000.0]
    run = simulate(network, {"center.gas-kitchen": gas, "center.gas-landfill": 0.0})
    power = run.of("center.export")
    assert power[0] == pytest.approx(0.0, abs=1e-12)
    assert power[2] == pytest.approx(3 * power[1])
