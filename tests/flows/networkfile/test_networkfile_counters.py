"""Network files: what a counter showed is differenced, tickets of one span add up."""

from __future__ import annotations

import math

import pytest

from flows.errors import Refused
from flows.networkfile.file import read_network

PERIOD = "[network]\nstart = 2025-03-01\nend = 2025-03-04\n"
POWER = """
[[flow]]
id = "power"
from = "environment:grid"
to = "plant"
unit = "MWh"
device = "meter"
[[flow]]
id = "work"
from = "plant"
to = "environment"
"""
BELT = POWER.replace('"MWh"', '"t"').replace("power", "waste")


def device(more=""):
    return f'[[device]]\nid = "meter"\nsigma = "1 %"\n{more}\n'


def reading(more, of="power"):
    return f'[[reading]]\nof = "{of}"\n{more}\n'


def counter(day, register, more=""):
    return reading(f"end = 2025-03-{day}\nregister = {register}\n{more}")


def read(text):
    return read_network(PERIOD + text)


def only(text):
    with pytest.raises(Refused) as caught:
        read(text)
    (found,) = caught.value.findings
    return found


# --- registers -----------------------------------------------------------------------------------


def test_a_counter_with_a_current_transformer_went_on_by_what_it_shows_times_2000():
    shown = counter("01", 104_350, 'unit = "kWh"') + counter("04", 104_386, 'unit = "kWh"')
    (total,) = read(POWER + device("multiplier = 2000") + shown).measured
    assert total.value == pytest.approx(36 * 2000 / 1000)
    assert (total.sigma, total.device) == (pytest.approx(0.72), "meter")


def test_daily_registers_tile_the_period_and_need_no_order():
    shown = [counter("01", 10), counter("04", 70), counter("02", 35), counter("03", 40)]
    (total,) = read(POWER + device() + "".join(shown)).measured
    assert total.value == pytest.approx(60)
    # 1 % of 25, of 5 and of 30
    assert total.sigma == pytest.approx(math.hypot(0.25, 0.05, 0.3))


def test_the_doubt_of_a_register_between_two_days_is_no_doubt_of_their_sum():
    shown = [counter(day, 10 * n, "sigma = 3") for n, day in enumerate(("01", "02", "03", "04"))]
    (total,) = read(POWER + device("multiplier = 2") + "".join(shown)).measured
    assert total.value == pytest.approx(60)
    assert total.sigma == pytest.approx(2 * math.hypot(3, 3))


def test_a_day_means_its_end_and_a_start_alone_the_moment_itself():
    first = reading("start = 2025-03-01\nregister = 5")
    last = reading("day = 2025-03-03\nregister = 9")
    (total,) = read(POWER + device() + first + last).measured
    assert total.value == pytest.approx(4)


def test_a_counter_that_turned_over_went_on():
    shown = counter("01", 99_990) + counter("04", 15)
    (total,) = read(POWER + device("rollover = 100000") + shown).measured
    assert total.value == pytest.approx(25)


def test_a_counter_that_dropped_is_refused_with_both_numbers():
    found = only(POWER + device() + counter("01", 500) + counter("04", 480))
    assert (found.code, found.where, found.column) == ("register-drop", "power", "register")
    assert (found.params["previous"], found.params["value"]) == (500, 480)
    assert found.row is not None


def test_a_meter_and_the_one_that_followed_it_have_registers_of_their_own():
    new = '[[device]]\nid = "new"\nsigma = "1 %"\n'
    shown = counter("01", 900) + counter("03", 940)
    shown += counter("03", 0, 'device = "new"') + counter("04", 15, 'device = "new"')
    (total,) = read(POWER + device() + new + shown).measured
    assert total.value == pytest.approx(55)


def test_a_register_read_once_or_long_before_measures_nothing_and_that_is_said():
    once = read(POWER + device() + counter("04", 500))
    assert (once.measured, [item.code for item in once.findings]) == ((), ["coverage-partial"])
    before = counter("04", 500).replace("2025-03-04", "2025-02-20")
    early = read(POWER + device() + before + counter("04", 700))
    assert (early.measured, [item.code for item in early.findings]) == ((), ["reading-outside"])


def test_two_readings_of_one_register_at_one_moment_must_agree():
    shown = counter("01", 10) + counter("04", 70) + counter("04", 71)
    assert "reading-overlap" in [item.code for item in read(POWER + device() + shown).findings]
    same = read(POWER + device() + counter("01", 10) + counter("04", 70) + counter("04", 70))
    assert (same.measured[0].value, same.findings) == (60, ())


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        (counter("01", -3), "value-range"),
        (counter("01", 100_000), "value-range"),
        (counter("01", 3, "value = 3"), "value-type"),
        (counter("01", 3, 'ticket = "a"'), "value-type"),
        (counter("01", 3, 'unit = "MW"'), "value-type"),
        (counter("01", 3, 'unit = "t"'), "unit-dimension"),
        (counter("01", 3, 'unit = "kWh"') + counter("04", 4), "unit-conflict"),
        (counter("01", '"3"'), "value-type"),
        (reading("start = 2025-03-01\nregister = 3", "plant.level"), "key-unknown"),
    ],
)
def test_a_register_that_cannot_be_meant_is_refused(shown, code):
    stock = '[[stock]]\nprocess = "plant"\nunit = "MWh"\n'
    with pytest.raises(Refused) as caught:
        read(POWER + stock + device("rollover = 100000") + shown)
    assert code in {item.code for item in caught.value.findings}


def test_a_register_of_a_flow_in_tonnes_a_day_says_its_own_unit():
    flow = BELT.replace('unit = "t"', 'unit = "t/d"')
    shown = [reading(f"end = 2025-03-{day}\nregister = {n}", "waste") for day, n in (("01", 7),)]
    assert only(flow + device() + "".join(shown)).code == "unit-missing"
    shown = [
        reading(f'end = 2025-03-{day}\nregister = {n}\nunit = "t"', "waste")
        for day, n in (("01", 100), ("04", 400))
    ]
    file = read(flow + device() + "".join(shown))
    assert file.reconcile().flows[0].reconciled == pytest.approx(100)


@pytest.mark.parametrize("key", ["multiplier", "rollover"])
def test_a_multiplier_and_a_rollover_are_above_nothing(key):
    assert only(POWER + device(f"{key} = 0")).code == "value-range"


# --- tickets -------------------------------------------------------------------------------------


def ticket(number, day, value, more="sigma = 0.5"):
    return reading(f"ticket = {number}\nday = 2025-03-{day}\nvalue = {value}\n{more}", "waste")


def test_tickets_of_a_day_add_up_and_days_of_tickets_make_the_period():
    lorries = [
        ticket('"A-1"', "01", 20), ticket('"A-2"', "01", 30), ticket('"A-3"', "02", 25),
        ticket(4711, "03", 15), ticket(4712, "03", 10),
    ]  # fmt: skip
    (total,) = read(BELT + device('bias_sigma = "2 %"') + "".join(lorries)).measured
    assert total.value == pytest.approx(100)
    assert total.sigma == pytest.approx(math.sqrt(5) * 0.5)
    assert total.bias_sigma == pytest.approx(2.0)


def test_tickets_without_a_day_make_up_the_period_and_are_not_measurements_of_it_each():
    lorries = "".join(
        reading(f'ticket = "{n}"\nvalue = {value}\nsigma = 1', "waste")
        for n, value in enumerate((60, 40))
    )
    (total,) = read_network(BELT + device() + lorries).measured
    assert (total.value, total.sigma) == (100, pytest.approx(math.sqrt(2)))


def test_a_ticket_counts_once_on_each_scale():
    found = only(BELT + device() + ticket('"A-1"', "01", 20) + ticket('"A-1"', "02", 20))
    assert (found.code, found.params["ticket"], found.where) == ("ticket-duplicate", "A-1", "waste")
    other = '[[device]]\nid = "other"\nsigma = "1 %"\n'
    pair = ticket('"A-1"', "01", 20) + ticket('"A-1"', "01", 20, 'device = "other"')
    file = read(BELT + device() + other + pair)
    assert "ticket-duplicate" not in [item.code for item in file.findings]
