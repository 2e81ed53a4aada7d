"""Devices of network files: units of their numbers, signs of their bias, one after the other."""

from __future__ import annotations

import math

import pytest

from flows.errors import Refused
from flows.networkfile.file import read_network

MARCH = "[network]\nstart = 2025-03-01\nend = 2025-04-01\n"


def device(**keys):
    lines = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return f'[[device]]\nid = "scale"\n{lines}'


def flow(name, end, value, unit, more=""):
    ends = (
        f'from = "environment"\nto = "{end}"'
        if name == "in"
        else f'from = "{end}"\nto = "environment"'
    )
    read = f'value = {value}\nunit = "{unit}"\ndevice = "scale"\n{more}\n'
    return f'[[flow]]\nid = "{name}"\n{ends}\n{read}'


def test_a_bare_number_of_a_device_is_in_the_unit_of_each_reading():
    text = MARCH + device(sigma=2, bias_sigma=0.5) + flow("in", "P", 100, "t/d")
    (reading,) = read_network(text).measured
    assert (reading.value, reading.sigma, reading.bias_sigma) == (3100, 62, 15.5)
    grams = read_network(text.replace("t/d", "kg")).measured[0]
    assert (grams.sigma, grams.bias_sigma) == pytest.approx((0.002, 0.0005))


def test_half_a_unit_of_bias_cannot_be_half_a_kilogram_and_half_a_tonne():
    text = device(bias_sigma=0.5, resolution=0.1) + flow("in", "P", 100, "t", "sigma = 5")
    with pytest.raises(Refused) as refused:
        read_network(text + flow("out", "P", 90, "kg", "sigma = 5"))
    said = [(item.code, item.column, item.row) for item in refused.value.findings]
    assert said == [("unit-missing", "bias_sigma", 3), ("unit-missing", "resolution", 4)]
    assert read_network(text + flow("out", "P", 90, "t", "sigma = 5")).measured


def test_a_scale_that_shows_too_much_shows_a_flow_that_turned_too_negative():
    text = (
        device(bias_sigma='"1 %"')
        + flow("in", "P", 100, "t", "sigma = 5")
        + flow("out", "P", -100, "t", "sigma = 5\nmin = -inf")
    )
    file = read_network(text)
    assert [item.bias_sigma for item in file.measured] == [1, -1]
    # in - out: 5 and 5 by chance, and 1 + 1 in common.
    inflow = file.reconcile().flows[0]
    assert inflow.adjustment == pytest.approx(-200 * (26 + 1) / (25 + 25 + 4))


def test_an_absolute_bias_is_the_same_whichever_way_the_flow_goes():
    text = device(bias_sigma=2) + flow("out", "P", -100, "t", "sigma = 5\nmin = -inf")
    assert read_network(text).measured[0].bias_sigma == 2


def reading(start, end, value, more):
    return f'[[reading]]\nof = "in"\nstart = {start}\nend = {end}\nvalue = {value}\n{more}\n'


OUTFLOW = '[[flow]]\nid = "out"\nfrom = "P"\nto = "environment"\n'
INFLOW = '[[flow]]\nid = "in"\nfrom = "environment"\nto = "P"\nunit = "t/d"\nsigma = 5\n'


def test_the_sigma_of_a_rate_is_that_of_one_reading_over_its_own_span():
    text = MARCH + INFLOW
    text += reading("2025-03-01", "2025-03-02", 100, "") + reading(
        "2025-03-02", "2025-04-01", 100, ""
    )
    (total,) = read_network(text).measured
    assert total.value == 100 + 30 * 100
    assert total.sigma == pytest.approx(math.hypot(5, 30 * 5))


def test_a_meter_and_the_one_that_follows_it_measure_the_period_together():
    text = (
        MARCH
        + '[[device]]\nid = "old"\nbias_sigma = "1 %"\n[[device]]\nid = "new"\nbias_sigma = "2 %"\n'
        + INFLOW.replace("t/d", "t")
        + OUTFLOW
        + reading("2025-03-01", "2025-03-11", 1000, 'device = "old"')
        + reading("2025-03-11", "2025-04-01", 2000, 'device = "new"')
    )
    file = read_network(text)
    (total,) = file.measured
    assert (total.value, total.device, total.bias_sigma) == (3000, "new", 40)
    assert total.sigma == pytest.approx(math.hypot(5, 5, 10))
    assert file.findings == ()


def test_two_meters_that_overlap_are_not_one_series():
    text = (
        MARCH
        + '[[device]]\nid = "old"\n[[device]]\nid = "new"\n'
        + INFLOW.replace("t/d", "t")
        + OUTFLOW
        + reading("2025-03-01", "2025-03-12", 1000, 'device = "old"')
        + reading("2025-03-11", "2025-04-01", 2000, 'device = "new"')
    )
    file = read_network(text)
    assert file.measured == ()
    assert [item.code for item in file.findings] == ["coverage-partial"] * 2


@pytest.mark.parametrize(("sigma", "bias"), [(1, 2 - 1), (0, 2)])
def test_an_exact_level_has_no_bias_that_could_cancel_that_of_the_other(sigma, bias):
    file = read_network(
        MARCH
        + device(bias_sigma='"10 %"')
        + INFLOW
        + '[[stock]]\nprocess = "P"\nunit = "t"\ndevice = "scale"\n'
        + f"opening = 10\nopening_sigma = {sigma}\nclosing = 20\nclosing_sigma = 1\n"
    )
    assert file.measured[-1].bias_sigma == pytest.approx(bias)
