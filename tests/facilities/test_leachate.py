"""Exact relations of leachate treatment and the limits it is held to."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities import leachate, tables

SHARES = st.floats(0.01, 0.99)


def test_nf_then_ro_leaves_350_of_550_m3():
    overall = leachate.series_recovery(0.85, 0.75)
    assert overall == pytest.approx(0.6375, rel=1e-9)
    assert 550 * overall == pytest.approx(350.625, rel=1e-9)
    assert 550 * (1 - overall) == pytest.approx(199.375, rel=1e-9)


def test_a_solute_that_is_kept_back_is_four_times_as_strong_at_75_percent_recovery():
    assert leachate.concentration_factor(0.75) == pytest.approx(4.0, rel=1e-12)
    assert leachate.concentration_factor(0.75, rejection=0.0) == pytest.approx(1.0, rel=1e-12)


@given(SHARES, st.floats(0.0, 1.0))
def test_the_solute_that_enters_a_membrane_leaves_it(recovery, rejection):
    concentrate = (1 - recovery) * leachate.concentration_factor(recovery, rejection)
    assert concentrate + recovery * (1 - rejection) == pytest.approx(1.0, rel=1e-9)


def test_mixed_leachate_weighs_each_source_by_its_flow():
    assert leachate.mixed([(259.0, 12_000.0), (150.0, 4_000.0)]) == pytest.approx(
        (259 * 12_000 + 150 * 4_000) / 409
    )
    assert leachate.mixed([(0.0, 12_000.0)]) is None


def test_ch4_of_an_aerobic_plant_and_of_an_anaerobic_reactor():
    p = tables.parameters("leachate")
    found = [
        leachate.ch4(1000.0, 0.0, p["ch4-b0"].value, p[name].value)
        for name in ("mcf-aerobic", "mcf-anaerobic")
    ]
    assert found == pytest.approx([7.5, 200.0], rel=1e-9)
    assert leachate.ch4(1000.0, 100.0, 0.25, 0.8, recovered=150.0) == pytest.approx(30.0)


def test_a_limit_value_itself_passes_and_one_above_does_not():
    held = tables.strictest("water", "24h", date(2020, 6, 1), ["GB 16889-2008 table 2"])
    measured = {"COD": 95, "BOD5": 28, "SS": 30, "TN": 41, "NH3-N": 24.9, "TP": 3.0}
    verdict = {name: held[name].passes(value) for name, value in measured.items()}
    assert verdict == {
        "COD": True, "BOD5": True, "SS": True, "TN": False, "NH3-N": True, "TP": True,
    }  # fmt: skip


def test_the_stricter_of_two_tables_is_used_and_neither_after_its_last_day():
    assert tables.strictest("water", "24h", date(2020, 6, 1))["COD"].value == 60.0
    assert tables.strictest("water", "24h", date(2007, 1, 1)) == {}


def test_the_furnace_must_be_at_least_850_degrees_hot():
    held = tables.strictest("furnace", "moment", date(2025, 1, 1))["temperature"]
    assert held.passes(850.0)
    assert not held.passes(849.0)


def test_daily_air_limits_are_those_of_the_national_standard():
    held = tables.strictest("air", "24h", date(2025, 1, 1))
    assert {name: item.value for name, item in held.items()} == {
        "particulates": 20, "NOx": 250, "SO2": 80, "HCl": 50, "CO": 80,
    }  # fmt: skip
