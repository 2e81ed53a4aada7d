"""Days tied by stocks, invoices and biases: small parks with an answer in closed form."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from flows.errors import Refused
from flows.network import (
    Correlation,
    Device,
    Flow,
    FlowNetwork,
    Process,
    Spread,
    Stock,
    TransferCoefficient,
)
from flows.reconcile.classify import Class
from flows.reconcile.days.patterns import CLASSES

SPEC = importlib.util.spec_from_file_location("timed", Path(__file__).with_name("timed.py"))
timed = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(timed)
FIRST = timed.FIRST
instant = timed.instant
entry = timed.entry
level = timed.level
in_time = timed.in_time


def classes(table):
    return [[CLASSES[code] for code in line] for line in table.klass.tolist()]


SILO = FlowNetwork(
    processes=(Process("silo"),),
    flows=(Flow("in", "environment", "silo"), Flow("out", "silo", "environment")),
    stocks=(Stock("silo"),),
)


# --- closed forms --------------------------------------------------------------------------------


def silo_days():
    return [
        level("silo", 0, 100.0, 1.0),
        entry("in", 1, 30.0, 2.0),
        entry("out", 1, 15.0, 2.0),
        level("silo", 1, 110.0, 1.0),
        entry("in", 2, 40.0, 2.0),
        entry("out", 2, 25.0, 2.0),
        level("silo", 2, 130.0, 1.0),
    ]


def test_a_silo_shares_the_level_between_two_days():
    """Residuals 5 and -5, S = [[10, -1], [-1, 10]]: multipliers 5/11 and -5/11."""
    answer = in_time(SILO, silo_days(), 2)
    expected = [[30 - 20 / 11, 15 + 20 / 11], [40 + 20 / 11, 25 - 20 / 11]]
    np.testing.assert_allclose(answer.flows.reconciled, expected, rtol=1e-13)
    np.testing.assert_allclose(
        answer.levels.reconciled[:, 0],
        [99.54545454545455, 110.9090909090909, 129.54545454545453],
        rtol=1e-14,
    )
    assert (answer.chi2, answer.dof) == (pytest.approx(4.545454545454546, rel=1e-12), 2)
    assert {each for line in classes(answer.flows) for each in line} == {Class.REDUNDANT}


def test_a_monthly_invoice_shares_its_difference_with_thirty_days():
    """r = 300 - 310 = -10 with variance 30 + 4: each day takes 10/34, the invoice 40/34."""
    network = FlowNetwork(flows=(Flow("power", "environment:grid", "environment"),))
    entries = [entry("power", day, 10.0, 1.0) for day in range(1, 31)]
    entries.append(entry("power", 1, 310.0, 2.0, days=30, device="invoice"))
    answer = in_time(network, entries, 30)
    np.testing.assert_allclose(answer.flows.reconciled, 10 + 10 / 34, rtol=1e-14)
    (month,) = answer.spans
    assert month.reconciled == pytest.approx(310 - 40 / 34, rel=1e-14)
    assert month.sigma == pytest.approx(1.8786728732554485, rel=1e-12)
    assert month.klass is Class.REDUNDANT
    assert month.span.observations == (31,)
    assert (answer.chi2, answer.dof) == (pytest.approx(100 / 34, rel=1e-12), 1)


def test_thirty_days_with_a_bias_and_one_month_of_the_same_scale_agree():
    """What the scale does wrong all month is in both alike: only chance is left to differ.

    30 readings of 100 +- 2, the month 3000 + 50 +- 60, bias 1 % of each: the difference of 50 has
    the variance 30 * 4 + 60^2, the bias takes no part in it and stays at 30 t a month.
    """
    scale = Device("scale", sigma=Spread(relative=0.02), bias_sigma=Spread(relative=0.01))
    network = FlowNetwork(
        flows=(Flow("in", "environment:a", "environment", device="scale"),), devices=(scale,)
    )
    entries = [entry("in", day, 100.0, device="scale") for day in range(1, 31)]
    entries.append(entry("in", 1, 3000.0, days=30, device="scale"))
    answer = in_time(network, entries, 30)
    (bias,) = answer.biases
    assert (bias.device, bias.estimate) == ("scale", pytest.approx(0.0, abs=1e-12))
    assert bias.sigma == pytest.approx(1.0, rel=1e-12)
    (month,) = answer.spans
    chance = 1 / (1 / (30 * 2.0**2) + 1 / 60.0**2)
    assert month.sigma == pytest.approx(math.hypot(math.sqrt(chance), 30.0), rel=1e-12)
    assert month.reconciled == pytest.approx(3000.0, rel=1e-13)


def test_the_bias_of_a_scale_is_seen_in_a_month_of_days_beside_a_better_meter():
    """Per day d = 102 - 100 with 3^2 + 4^2 by chance; the bias, 5 t a day, is in all of them."""
    scale = Device("scale", bias_sigma=Spread(absolute=5.0))
    network = FlowNetwork(
        processes=(Process("yard"),),
        flows=(Flow("in", "environment", "yard"), Flow("out", "yard", "environment")),
        devices=(scale,),
    )
    entries = [
        each
        for day in range(1, 31)
        for each in (
            entry("in", day, 102.0, 3.0, device="scale"),
            entry("out", day, 100.0, 4.0),
        )
    ]
    answer = in_time(network, entries, 30)
    (bias,) = answer.biases
    information = 30 * 25 / 25
    assert bias.estimate == pytest.approx(30 * 2 * 5 / 25 / (information + 1), rel=1e-12)
    assert bias.sigma == pytest.approx(1 / math.sqrt(information + 1), rel=1e-12)


def test_between_stocktakes_the_level_is_known_from_what_went_in_and_out():
    entries = [level("silo", 0, 100.0, 3.0)]
    entries += [entry("in", day, 20.0, 1.0) for day in range(1, 5)]
    entries += [entry("out", day, 15.0, 1.0) for day in range(1, 5)]
    answer = in_time(SILO, entries, 4)
    np.testing.assert_allclose(answer.levels.reconciled[:, 0], [100, 105, 110, 115, 120])
    np.testing.assert_allclose(
        answer.levels.sigma[:, 0], np.sqrt(9 + 2.0 * np.arange(5)), rtol=1e-13
    )
    assert answer.dof == 0
    assert answer.p_value is None
    assert classes(answer.levels) == [[Class.NONREDUNDANT], *[[Class.OBSERVABLE]] * 4]
    assert (answer.flows.adjustment == 0.0).all()


def test_without_any_stocktake_no_level_is_known_but_every_change_is():
    entries = [entry("in", day, 20.0, 1.0) for day in (1, 2)]
    entries += [entry("out", 1, 15.0, 1.0)]
    answer = in_time(SILO, entries, 2)
    assert np.isnan(answer.levels.reconciled).all()
    assert np.isnan(answer.flows.reconciled[1, 1])
    assert classes(answer.flows) == [
        [Class.NONREDUNDANT, Class.NONREDUNDANT],
        [Class.NONREDUNDANT, Class.UNOBSERVABLE],
    ]
    np.testing.assert_allclose(answer.flows.sigma[0], 1.0, rtol=0)


def test_a_missing_day_between_two_stocktakes_is_found_and_two_are_not():
    entries = [level("silo", 0, 50.0, 1.0), level("silo", 3, 80.0, 1.0)]
    entries += [entry("in", day, 30.0, 2.0) for day in (1, 2, 3)]
    one = in_time(SILO, [*entries, entry("out", 1, 20.0, 2.0), entry("out", 3, 20.0, 2.0)], 3)
    assert classes(one.flows)[1][1] is Class.OBSERVABLE
    # what went in, less what the other days gave away, less what the level grew by
    assert one.flows.reconciled[1, 1] == pytest.approx(20.0)
    assert one.flows.sigma[1, 1] == pytest.approx(math.sqrt(3 * 4 + 2 * 4 + 2))
    two = in_time(SILO, [*entries, entry("out", 1, 20.0, 2.0)], 3)
    assert [line[1] for line in classes(two.flows)] == [
        Class.NONREDUNDANT,
        Class.UNOBSERVABLE,
        Class.UNOBSERVABLE,
    ]
    assert [line[0] for line in classes(two.levels)] == [
        Class.NONREDUNDANT,
        Class.OBSERVABLE,
        Class.UNOBSERVABLE,
        Class.NONREDUNDANT,
    ]


def test_a_missing_day_of_an_invoiced_meter_is_what_the_others_leave():
    network = FlowNetwork(flows=(Flow("power", "environment:grid", "environment"),))
    entries = [entry("power", day, 10.0, 1.0) for day in (1, 2, 4)]
    entries.append(entry("power", 1, 42.0, 2.0, days=4, device="invoice"))
    answer = in_time(network, entries, 4)
    assert answer.flows.reconciled[:, 0].tolist() == pytest.approx([10, 10, 12, 10])
    assert answer.flows.sigma[2, 0] == pytest.approx(math.sqrt(4 + 3))
    assert [line[0] for line in classes(answer.flows)] == [
        Class.NONREDUNDANT,
        Class.NONREDUNDANT,
        Class.OBSERVABLE,
        Class.NONREDUNDANT,
    ]
    assert answer.dof == 0


def test_a_pile_surveyed_every_quarter_to_ten_percent():
    """The scales know the change far better than the surveys: these meet at their middle.

    10 t a day grow for 90 days from 1000 +- 100 to 1700 +- 170; the sum of chance of the scales
    is 90 (2^2 + 2^2) = 720, so the surveys differ by 700 from 900 with 720 + 100^2 + 170^2.
    """
    network = replace(SILO, stocks=(Stock("silo", sigma=Spread(relative=0.10)),))
    entries = [level("silo", 0, 1000.0), level("silo", 90, 1700.0)]
    for day in range(1, 91):
        entries += [entry("in", day, 30.0, 2.0), entry("out", day, 20.0, 2.0)]
    answer = in_time(network, entries, 90)
    multiplier = (900 - 700) / (720 + 100**2 + 170**2)
    assert answer.levels.reconciled[0, 0] == pytest.approx(1000 - 100**2 * multiplier)
    assert answer.levels.reconciled[90, 0] == pytest.approx(1700 + 170**2 * multiplier)
    np.testing.assert_allclose(answer.flows.reconciled[:, 0], 30 - 4 * multiplier, rtol=1e-12)
    assert answer.chi2 == pytest.approx(200 * multiplier, rel=1e-10)
    assert answer.dof == 1


def test_an_exact_stocktake_and_a_closed_day_hold_exactly():
    entries = [level("silo", 0, 100.0, 0.0), entry("in", 1, 0.0, 0.0), entry("out", 1, 0.0, 0.0)]
    entries += [entry("in", 2, 30.0, 1.0), entry("out", 2, 20.0, 1.0), level("silo", 2, 108.0, 1.0)]
    answer = in_time(SILO, entries, 2)
    assert answer.levels.reconciled[:2, 0].tolist() == [100.0, 100.0]
    assert answer.levels.sigma[:2, 0].tolist() == [0.0, 0.0]
    assert answer.levels.reconciled[2, 0] == pytest.approx(108 + 2 / 3)
    assert answer.dof == 1
    assert answer.chi2 == pytest.approx(4 / 3)


def test_exact_levels_that_contradict_a_closed_day_leave_nothing_feasible():
    entries = [level("silo", 0, 100.0, 0.0), level("silo", 1, 101.0, 0.0)]
    entries += [entry("in", 1, 0.0, 0.0), entry("out", 1, 0.0, 0.0)]
    answer = in_time(SILO, entries, 1)
    assert not answer.feasible
    assert np.isnan(answer.flows.reconciled).all()
    assert np.isnan(answer.levels.reconciled).all()


def test_an_exchanged_scale_has_a_bias_of_its_own():
    from flows.network import Validity

    change = FIRST + timedelta(days=2)
    devices = (
        Device("scale", bias_sigma=Spread(absolute=5.0), validity=Validity(None, change)),
        Device("scale", bias_sigma=Spread(absolute=5.0), validity=Validity(change, None)),
    )
    network = FlowNetwork(
        processes=(Process("yard"),),
        flows=(Flow("in", "environment", "yard"), Flow("out", "yard", "environment")),
        devices=devices,
    )
    entries = []
    for day, wrong in ((1, 4.0), (2, 4.0), (3, 0.0), (4, 0.0)):
        entries.append(entry("in", day, 100.0 + wrong, 0.5, device="scale"))
        entries.append(entry("out", day, 100.0, 0.5))
    first, second = in_time(network, entries, 4).biases
    assert first.estimate == pytest.approx(4.0 / 5.0, rel=0.01)
    assert second.estimate == pytest.approx(0.0, abs=1e-12)


def test_spans_that_cut_days_are_named_and_not_used():
    network = FlowNetwork(flows=(Flow("power", "environment:grid", "environment"),))
    good = entry("power", 1, 20.0, 1.0, days=2)
    early = replace(entry("power", 1, 30.0, 1.0, days=2), start=instant(-3), device="b")
    shifted = replace(good, start=good.start + 8 * 3600, end=good.end + 8 * 3600, device="c")
    answer = in_time(network, [good, early, shifted], 4)
    assert [each.span.amount for each in answer.spans] == [20.0]
    assert sorted(span.device for span in answer.unused) == ["b", "c"]


def test_a_layer_is_solved_with_its_own_flows_invoices_and_meters():
    meter = Device("meter", bias_sigma=Spread(absolute=3.0))
    steam = Flow(
        "steam", "silo", "environment", kind="heat", layer="energy", factor=2.0, device="meter"
    )
    network = replace(SILO, flows=(*SILO.flows, steam), devices=(meter,))
    entries = silo_days()
    for day in (1, 2):
        entries.append(replace(entry("steam", day, 7.0, 1.0, device="meter"), kind="heat"))
    entries.append(replace(entry("steam", 1, 16.0, 2.0, days=2), kind="heat"))
    mass = in_time(network, entries, 2)
    assert mass.flows.names == ("in", "out")
    assert (mass.spans, mass.unused, mass.biases) == ((), (), ())
    assert mass.flows.reconciled[0, 0] == pytest.approx(30 - 20 / 11)
    heat = in_time(network, entries, 2, layer="energy")
    assert heat.flows.names == ("steam",)
    assert heat.levels.names == ()
    assert [item.device for item in heat.biases] == ["meter"]
    # 14 +- sqrt(2) and twice a bias of 3 against 16 +- 2
    (both,) = heat.spans
    share = 4 / (2 + 36 + 4)
    assert both.reconciled == pytest.approx(16 - 2 * share)


def test_a_flow_that_would_turn_is_held_at_nothing():
    """10 t left the silo, 1 t is said to have come in and 2 t to have gone out: nothing came in.

    With in = 0, out + 10 +- 0.1 sqrt(2) less is left over: out takes 1 of the 1.02 that are shared.
    """
    entries = [entry("in", 1, 1.0, 1.0), level("silo", 0, 50.0, 0.1), level("silo", 1, 40.0, 0.1)]
    entries.append(entry("out", 1, 2.0, 1.0))
    answer = in_time(SILO, entries, 1)
    assert answer.flows.reconciled[0].tolist() == pytest.approx([0.0, 2.0 + 8.0 / 1.02])
    assert classes(answer.flows) == [[Class.BOUNDED, Class.REDUNDANT]]
    assert answer.active.tolist() == [[True, False]]
    assert not answer.beyond.any()
    # the bound is one more exact reading
    assert answer.dof == 2
    assert answer.chi2 == pytest.approx(1.0 + 64.0 / 1.02)


def test_a_bound_presses_on_the_days_it_bites_and_on_no_other():
    """Three days of one invoice: what two full days cannot take, the third one takes.

    24 t +- 0.001 are invoiced over days read as 8, 8 and 4 +- 1 t; none can be above 8.5 t.
    """
    meter = Flow("power", "environment:grid", "environment", maximum=8.5)
    entries = [entry("power", day, 8.0, 1.0) for day in (1, 2)] + [entry("power", 3, 4.0, 1.0)]
    entries.append(entry("power", 1, 24.0, 1e-3, days=3, device="invoice"))
    answer = in_time(FlowNetwork(flows=(meter,)), entries, 3)
    assert answer.flows.reconciled[:, 0].tolist() == pytest.approx([8.5, 8.5, 7.0], abs=1e-4)
    assert answer.active[:, 0].tolist() == [True, True, False]


def test_what_exact_values_decide_is_left_outside_its_bound_and_said():
    entries = [entry("in", 1, 0.0, 0.0), entry("out", 1, 12.0, 0.0)]
    small = replace(SILO, flows=(SILO.flows[0], replace(SILO.flows[1], maximum=10.0)))
    answer = in_time(small, entries, 1)
    assert answer.beyond.tolist() == [[False, True]]
    assert not answer.active.any()


def test_shares_with_a_sigma_are_refused_over_time_and_correlations_of_further_readings():
    tied = replace(SILO, correlations=(Correlation("in", "out#2", 0.5),))
    unsure = replace(SILO, coefficients=(TransferCoefficient("silo", "out", 0.5, 0.1),))
    for network in (tied, unsure):
        with pytest.raises(Refused) as caught:
            in_time(network, [], 1)
        assert [item.code for item in caught.value.findings] == ["not-built-yet"]


def test_what_closes_is_not_touched():
    """A heap of 100 000 t with scales to 10 kg: rounding of the one moves nothing of the other."""
    entries = [level("silo", 0, 123456.7, 0.01), level("silo", 40, 123456.7 + 40 * 0.3, 0.01)]
    for day in range(1, 41):
        entries += [entry("in", day, 33.4, 0.01), entry("out", day, 33.1, 0.01)]
    answer = in_time(SILO, entries, 40)
    assert (answer.flows.adjustment == 0.0).all()
    assert answer.levels.adjustment[[0, 40], 0].tolist() == [0.0, 0.0]
    assert answer.chi2 == 0.0
    assert answer.dof == 1


def test_balances_close_to_rounding_whatever_the_level():
    rng = np.random.default_rng(7)
    entries = [level("silo", day, 1e5 + 10 * day + rng.normal(), 1.0) for day in range(0, 61, 10)]
    for day in range(1, 61):
        entries.append(entry("in", day, 30 + rng.normal(), 1.0))
        if day % 10 != 7:
            entries.append(entry("out", day, 20 + rng.normal(), 1.0))
    answer = in_time(SILO, entries, 60)
    inward, outward = answer.flows.reconciled.T
    residual = inward - outward - np.diff(answer.levels.reconciled[:, 0])
    assert np.abs(residual).max() <= 1e-12 * 1e5
    assert np.isfinite(answer.flows.reconciled).sum() == 120


def test_a_good_level_beside_bad_scales_keeps_its_digits():
    """The scales are a million times worse than the levels: the change decides, to all digits."""
    entries = [level("silo", 0, 1.0, 1e-3), level("silo", 1, 5.0, 1e-3)]
    entries += [entry("in", 1, 3e3, 1e3), entry("out", 1, 7.25, 1e-3)]
    answer = in_time(SILO, entries, 1)
    assert answer.flows.reconciled[0, 0] == pytest.approx(11.25, rel=1e-8)
    assert answer.flows.sigma[0, 0] == pytest.approx(math.sqrt(3) * 1e-3, rel=1e-8)


def test_levels_of_two_devices_and_at_other_hours():
    """The stock's own gauge stands before the survey; a level at noon closes no day."""
    network = replace(SILO, stocks=(Stock("silo", device="gauge"),), devices=(Device("gauge"),))
    entries = [
        level("silo", 0, 99.0, 1.0, device="survey"),
        level("silo", 0, 100.0, 1.0, device="gauge"),
        replace(level("silo", 1, 500.0, 1.0), start=instant(1) - 3600, end=instant(1) - 3600),
        entry("in", 1, 10.0, 1.0),
        entry("out", 1, 4.0, 1.0),
    ]
    answer = in_time(network, entries, 1)
    assert answer.levels.reconciled[:, 0].tolist() == [100.0, 106.0]
    places = answer.level_readings[:, 0].tolist()
    assert places[1] == -1
    assert answer.table.panel.levels[places[0]].observations == (2,)
