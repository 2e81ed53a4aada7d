"""Gas of a landfill by two models, calibrated on what was collected; and its streams by hand."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities import landfill, tables
from facilities.kinds import BY_CODE
from facilities.landfill_calibration import calibrate
from facilities.simulate import simulate
from flows.layers import CONSERVED

DAY = date(2025, 3, 1)
FOOD = landfill.WasteType(doc=0.15, docf=0.7, k=0.06)

PARK = """
    [[facility]]
    id = "landfill"
    kind = "landfill-gas"
    [[link]]
    from = "landfill.leachate"
    to = "environment:sewer"
    [[link]]
    from = "landfill.gas"
    to = "environment:market"
    [[link]]
    from = "environment:grid"
    to = "landfill.power"
"""


def tons(history):
    return {2000 + place: 1000.0 * gigagrams for place, gigagrams in enumerate(history)}


def test_half_of_the_food_is_gone_after_eleven_and_a_half_years():
    assert landfill.half_life(0.06) == pytest.approx(11.552453, rel=1e-6)


def test_bulk_waste_can_give_70_nm3_of_methane_a_tonne():
    mass, volume = landfill.methane_potential(0.15, 0.5)
    assert mass == pytest.approx(0.05, rel=1e-9)
    assert volume == pytest.approx(69.8583, rel=1e-5)


def test_three_equal_deposits_then_closed():
    found = landfill.first_order_decay(tons([100, 100, 100]), FOOD, 2004)
    assert [item.year for item in found] == [2000, 2001, 2002, 2003, 2004]
    assert [item.decomposed / 1000 for item in found] == pytest.approx(
        [0.0, 0.611472397, 1.187335414, 1.72966278, 1.628935061], rel=1e-7
    )
    assert [item.stock / 1000 for item in found] == pytest.approx(
        [10.5, 20.388527603, 29.701192188, 27.971529408, 26.342594347], rel=1e-7
    )
    produced = [item.generated / 1000 for item in found]
    assert produced == pytest.approx(
        [0.0, 0.407648265, 0.791556943, 1.15310852, 1.085956708], rel=1e-7
    )
    assert [landfill.emitted(ch4, 0.5 * ch4, 0.1) for ch4 in produced] == pytest.approx(
        [0.0, 0.183441719, 0.356200624, 0.518898834, 0.488680518], rel=1e-7
    )


def test_in_400_years_a_deposit_has_given_all_its_carbon():
    found = landfill.first_order_decay(tons([100]), FOOD, 2400)
    assert sum(item.decomposed for item in found) == pytest.approx(10_500, rel=1e-8)
    assert sum(item.generated for item in found) == pytest.approx(7000, rel=1e-8)


@given(
    st.dictionaries(st.integers(1990, 2020), st.floats(0.0, 1e6), min_size=1),
    st.floats(0.01, 0.3),
)
def test_carbon_deposited_lies_there_or_is_decomposed_in_every_year(deposits, k):
    waste = landfill.WasteType(0.15, 0.5, k)
    deposited = decomposed = 0.0
    for item in landfill.first_order_decay(deposits, waste, 2040, mcf=0.8):
        deposited += deposits.get(item.year, 0.0) * 0.15 * 0.5 * 0.8
        decomposed += item.decomposed
        assert item.stock + decomposed == pytest.approx(deposited, rel=1e-9, abs=1e-9)


def test_nothing_deposited_gives_nothing():
    assert landfill.first_order_decay({}, FOOD, 2030) == ()
    assert landfill.first_order_decay({2031: 5.0}, FOOD, 2030) == ()
    assert landfill.landgem({2030: 5.0}, 2030, 0.05, 170.0) == 0.0


def test_waste_types_add_up_year_by_year_though_they_began_in_different_years():
    types = landfill.waste_types(tables.parameters("landfill-gas"), "dry")
    history = {"wood": {2005: 100.0}, "food": {2003: 1000.0, 2004: 500.0}}
    total = landfill.generated(history, types, 2007)
    assert list(total) == [2003, 2004, 2005, 2006, 2007]
    alone = [
        {item.year: item.generated for item in landfill.first_order_decay(rows, types[name], 2007)}
        for name, rows in history.items()
    ]
    assert total[2007] == pytest.approx(sum(item[2007] for item in alone))
    assert total[2004] == pytest.approx(1000 * 0.15 * 0.7 * -math.expm1(-0.06) * 0.5 * 4 / 3)


def test_food_in_a_wet_climate_decays_three_times_as_fast():
    p = tables.parameters("landfill-gas")
    dry, wet = (landfill.waste_types(p, name) for name in ("dry", "wet"))
    assert (dry["food"].k, wet["food"].k) == (0.06, 0.185)
    assert all(dry[name].k < wet[name].k for name in landfill.WASTE_TYPES)
    assert all(dry[name].doc == wet[name].doc for name in landfill.WASTE_TYPES)


def test_landgem_gives_nearly_all_of_the_potential_and_nearly_what_decay_gives():
    deposits = {2000: 1000.0}
    whole = sum(landfill.landgem(deposits, year, 0.05, 170.0) for year in range(2000, 2400))
    assert whole / 170_000 == pytest.approx(0.9975, abs=1e-4)
    first = landfill.landgem(deposits, 2001, 0.05, 170.0)
    # by hand: k L0 M/10 (e^-0.005 + e^-0.01 + ... + e^-0.05)
    tenths = sum(math.exp(-0.05 * j / 10) for j in range(1, 11))
    assert first == pytest.approx(0.05 * 170 * 100 * tenths, rel=1e-12)
    assert first == pytest.approx(170_000 * -math.expm1(-0.05), rel=0.003)


@given(st.floats(0.01, 0.3), st.integers(2001, 2050))
def test_a_closed_site_declines_by_the_same_factor_every_year(k, year):
    deposits = {1999: 5e5, 2000: 1e6}
    now, then = (landfill.landgem(deposits, at, k, 100.0) for at in (year, year + 1))
    assert then / now == pytest.approx(math.exp(-k), rel=1e-9)


def test_what_is_recovered_never_met_the_cover():
    # oxidizing first, 1000 (1 - 0.1) - 600, would say 300
    assert landfill.emitted(1000.0, 600.0, 0.1) == pytest.approx(360.0, rel=1e-9)


def test_a_thousand_nm3_an_hour_drive_an_engine_of_1890_kw():
    eta = tables.parameters("landfill-gas")["engine-efficiency"].value
    assert 1000 * landfill.gas_power(1000.0, 0.5, eta) == pytest.approx(1889.7903, rel=1e-6)
    assert landfill.gas_energy(1000.0, 0.5) == pytest.approx(17.903277, rel=1e-6)


def test_volume_and_mass_of_methane_agree():
    assert landfill.gas_of(0.715737, 0.5) == pytest.approx(2000.0, rel=1e-9)
    assert landfill.flare_slip(1000.0, 0.5, 0.9) == pytest.approx(0.03578685, rel=1e-6)
    assert landfill.flare_slip(1000.0, 0.5, 1.0) == 0.0


def test_the_collection_efficiency_seen_at_sites_depends_on_the_model_beneath_it():
    p = tables.parameters("landfill-gas")["collection"]
    seen = [0.083, 0.279, 0.653, 0.485, 0.477, 0.209, 0.222, 0.943]
    assert all(p.low <= value <= p.high for value in seen)
    assert 0.2 <= p.value <= 0.75
    # a site being filled: one amount of gas is half of what k = 0.09 generates, a fifth at 0.3
    filling = dict.fromkeys(range(2003, 2008), 1e6)
    slow, fast = (landfill.landgem(filling, 2008, k, 100.0) for k in (0.09, 0.3))
    assert (0.48 * slow) / fast == pytest.approx(0.21, abs=0.03)


def test_half_collected_means_as_much_again_through_the_cover():
    assert landfill.uncollected(300.0, 0.5) == pytest.approx(300.0)
    assert landfill.uncollected(300.0, 1.0) == 0.0
    assert landfill.uncollected(300.0, 0.75) == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("age", "usual", "worst"),
    [
        (0, 0, 0),
        (1, 0, 0),
        (2, 0.5, 0),
        (4, 0.5, 0),
        (5, 0.75, 0.5),
        (10, 0.75, 0.75),
        (15, 0.825, 0.75),
    ],
)
def test_collection_is_phased_in_as_cells_are_closed(age, usual, worst):
    assert landfill.phased_collection(age) == usual
    assert landfill.phased_collection(age, worst=True) == worst


def test_rain_becomes_leachate_by_the_cover_of_each_part():
    # 600 mm on 2 ha in operation, 10 ha covered, 30 ha closed: 6000 + 15 000 + 27 000 m3
    areas = [(0.5, 20_000), (0.25, 100_000), (0.15, 300_000)]
    assert landfill.rain_leachate(600.0, areas) == pytest.approx(48_000.0)


def test_a_history_is_reconstructed_up_to_the_closure_and_not_beyond():
    history = landfill.reconstructed(2003, 2011, 1000.0, 3000.0)
    assert list(history) == list(range(2003, 2012))
    assert history[2003] == pytest.approx(365_250)
    assert history[2007] == pytest.approx(730_500)
    assert history[2011] == pytest.approx(1_095_750)
    assert list(landfill.reconstructed(2011, 2011, 1000.0, 3000.0)) == [2011]


HISTORY = landfill.reconstructed(2003, 2011, 1000.0, 3000.0)


def collected(k, potential, years, sigma=0.05):
    values = {year: 0.5 * landfill.landgem(HISTORY, year, k, potential) for year in years}
    return [(year, value, sigma * value) for year, value in values.items()]


@settings(max_examples=20, deadline=None)
@given(st.floats(0.02, 0.5), st.floats(50.0, 200.0))
def test_gas_without_noise_gives_its_decay_and_potential_back(k, potential):
    found = calibrate(HISTORY, collected(k, potential, range(2008, 2020)))
    assert found.k == pytest.approx(k, rel=1e-5)
    assert found.potential(0.5)[0] == pytest.approx(potential, rel=1e-5)
    assert found.chi2 == pytest.approx(0.0, abs=1e-6)
    assert (found.dof, found.determined) == (10, True)


def test_the_sigma_of_a_calibration_is_the_scatter_of_its_repetitions():
    random = np.random.default_rng(7)
    exact = collected(0.09, 100.0, range(2012, 2022))
    trials = [
        calibrate(HISTORY, [(year, value + random.normal(0, sd), sd) for year, value, sd in exact])
        for _ in range(120)
    ]
    for value, sigma in (("k", "sigma_k"), ("yield_collected", "sigma_yield")):
        scatter = np.std([getattr(item, value) for item in trials], ddof=1)
        assert scatter == pytest.approx(getattr(trials[0], sigma), rel=0.25)
    assert np.mean([item.chi2 for item in trials]) == pytest.approx(8.0, abs=1.2)
    for year in (2016, 2035):  # amid the years measured k and yield make up for each other
        ahead = [item.expected(HISTORY, year) for item in trials]
        scatter = np.std([value for value, _ in ahead], ddof=1)
        assert scatter == pytest.approx(ahead[0][1], rel=0.25)


def test_an_efficiency_that_is_not_known_makes_the_potential_uncertain_and_not_the_decay():
    found = calibrate(HISTORY, collected(0.09, 100.0, range(2012, 2022), sigma=1e-6))
    value, sigma = found.potential(0.5, 0.14)
    assert value == pytest.approx(100.0, rel=1e-4)
    assert sigma == pytest.approx(28.0, rel=1e-3)
    assert found.expected(HISTORY, 2003) == (0.0, 0.0)


def test_gas_that_does_not_decline_does_not_decide_the_decay():
    level = [(year, 1e6, 5e4) for year in range(2012, 2020)]
    assert not calibrate(HISTORY, level).determined


@pytest.mark.parametrize(
    "rows", [[], [(2012, 1e6, 1e4)], [(2003, 1e6, 1e4), (2012, 1e6, 1e4)], [(2012, 1e6, 1e4)] * 2]
)
def test_one_year_of_gas_calibrates_nothing(rows):
    with pytest.raises(ValueError, match="two years"):
        calibrate(HISTORY, rows)


def test_a_year_without_gas_is_no_measurement_of_the_landfill():
    with pytest.raises(ValueError, match="above 0"):
        calibrate(HISTORY, [(2012, 0.0, 1e4), (2013, 1e6, 1e4)])


def test_a_day_of_the_landfill_by_hand(park):
    network = park(PARK).network(DAY, design=True)
    run = simulate(network, {"landfill.collected": [30_000, 0], "landfill.leachate": 150})

    def of(name):
        return float(run.of(f"landfill.{name}")[0])

    assert of("flare") == pytest.approx(0.05 * 30_000)
    assert of("gas") == pytest.approx(30_000 - 1500)
    assert of("fugitive") == pytest.approx(30_000)  # half is collected
    assert of("power") == pytest.approx(1.5)  # MWh at 0.05 kWh/Nm3
    assert of("infiltration") == pytest.approx(150.0)
    assert run.of("landfill.gas")[1] == 0.0


def test_the_body_is_never_balanced_and_the_header_is(park):
    network = park(PARK).network(DAY)
    assert network.process["landfill.body"].closes == ()
    assert network.process["landfill.gas-header"].closes == (*CONSERVED, "energy")
    assert network.stocks == ()
    gas = network.flow["landfill.gas"]
    assert (gas.kind, gas.layer, gas.factor) == ("gas", "mass", 0.00123)


def test_waste_still_landfilled_and_power_bought_elsewhere_change_nothing_of_the_gas(park):
    text = PARK.replace('from = "environment:grid"', 'from = "environment:district"').replace(
        "landfill.power", "landfill.waste"
    )
    network = park(text).network(DAY, design=True)
    drivers = {"landfill.collected": 30_000, "landfill.leachate": 150, "landfill.waste": 500}
    run = simulate(network, drivers)
    assert run.of("landfill.gas")[0] == pytest.approx(28_500)
    assert "landfill.power" not in run.ids


def test_the_closed_landfill_of_the_park_still_gives_gas_for_engines():
    """1000 to 3000 t/d over 2003 to 2011, as assumed for the park: an order of size for 2025."""
    p = tables.parameters("landfill-gas")
    value, sigma = landfill.collected_a_day(p, {"bulk": HISTORY}, 2025, "dry")
    # by hand: what is left of 0.15 x 0.5 t C a tonne, 5 % a year of it, half as CH4, half collected
    left = sum(mass * 0.075 * math.exp(-0.05 * (2024 - year)) for year, mass in HISTORY.items())
    ch4 = left * -math.expm1(-0.05) * 0.5 * 16 / 12
    assert value == pytest.approx(1000 * ch4 / 0.715737 / 0.5 * 0.5 / 365.25, rel=1e-12)
    assert 20_000 <= value <= 40_000
    assert sigma == pytest.approx(value * math.hypot(0.30, 0.14 / 0.50))


def test_before_the_first_waste_there_is_no_gas_and_a_wet_body_has_less_left_after_its_time():
    p = tables.parameters("landfill-gas")
    assert landfill.collected_a_day(p, {"bulk": HISTORY}, 2001, "dry") == (0.0, 0.0)
    dry, wet = (
        [landfill.collected_a_day(p, {"bulk": HISTORY}, year, at)[0] for year in (2012, 2030)]
        for at in ("dry", "wet")
    )
    assert wet[0] > dry[0]
    assert wet[1] < dry[1]


def test_calibration_a_lifetime_after_the_closure_does_not_vanish_in_rounding():
    late = collected(0.03, 100.0, range(2320, 2330), sigma=0.001)
    assert calibrate(HISTORY, late).k == pytest.approx(0.03, rel=1e-4)


def test_what_the_ageing_of_ash_and_the_body_do_not_close_is_said():
    closes = {
        f"{code}.{item.id}": item.closes
        for code in ("landfill-gas", "construction-waste")
        for item in BY_CODE[code].processes
        if item.closes is not None
    }
    assert closes == {
        "landfill-gas.body": (),
        "landfill-gas.gas-header": (*CONSERVED, "energy"),
        "landfill-gas.utilities": (),
        "construction-waste.ageing": ("mass", "nitrogen", "ash", "salt"),
        "construction-waste.utilities": (),
    }
