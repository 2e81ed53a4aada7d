"""Network files: readings of parts that tile the period, of all of it, and levels at its ends."""

from __future__ import annotations

import math

import pytest

from flows.networkfile.file import read_network

PLAIN = """
[[flow]]
id = "in"
from = "environment"
to = "P"
value = 100
sigma = 5
[[flow]]
id = "out"
from = "P"
to = "environment"
"""
THREE_DAYS = "[network]\nstart = 2025-03-01\nend = 2025-03-04\n" + PLAIN.replace(
    "value = 100\nsigma = 5", 'device = "belt"'
)


def reading(start, end, value, more="sigma = 2"):
    return f'[[reading]]\nof = "in"\nstart = {start}\nend = {end}\nvalue = {value}\n{more}\n'


BELT = '[[device]]\nid = "belt"\nbias_sigma = "3 %"\n'


def test_days_that_tile_the_period_add_up_and_their_bias_adds_before_squaring():
    file = read_network(
        THREE_DAYS
        + BELT
        + reading("2025-03-02", "2025-03-03", 30)
        + reading("2025-03-01", "2025-03-02", 20)
        + reading("2025-03-03", "2025-03-04", 50)
    )
    (total,) = file.measured
    assert (total.value, total.device) == (100, "belt")
    assert total.sigma == pytest.approx(math.sqrt(12))
    assert total.bias_sigma == pytest.approx(3.0)


def test_a_partial_series_is_not_used_and_said():
    file = read_network(
        THREE_DAYS
        + BELT
        + reading("2025-03-01", "2025-03-02", 20)
        + reading("2025-03-03", "2025-03-04", 50)
    )
    assert file.measured == ()
    (found,) = file.findings
    assert (found.code, found.where) == ("coverage-partial", "in")
    assert found.params["coverage"] == pytest.approx(2 / 3)


def test_readings_that_overlap_or_lie_outside_are_not_used_and_said():
    overlapping = reading("2025-03-01", "2025-03-03", 20) + reading("2025-03-02", "2025-03-04", 50)
    file = read_network(THREE_DAYS + BELT + overlapping)
    assert (file.measured, [f.code for f in file.findings]) == ((), ["reading-overlap"])
    outside = read_network(THREE_DAYS + BELT + reading("2025-03-03", "2025-03-05", 50))
    assert (outside.measured, [f.code for f in outside.findings]) == ((), ["reading-outside"])


def test_a_reading_of_the_whole_period_is_one_more_measurement():
    file = read_network(PLAIN + '[[reading]]\nof = "in"\nvalue = 104\nsigma = 5\n')
    assert [item.value for item in file.measured] == [100, 104]
    answer = file.reconcile()
    assert answer.flows[0].reconciled == pytest.approx(102)
    assert answer.dof == 1


def test_levels_at_both_ends_are_the_change_of_a_stock():
    levels = """
        [network]
        start = 2025-03-01
        end = 2025-03-04
        [[flow]]
        id = "in"
        from = "environment"
        to = "bunker"
        [[stock]]
        process = "bunker"
        device = "laser"
        [[device]]
        id = "laser"
        bias_sigma = {bias}
        [[reading]]
        of = "bunker.level"
        start = 2025-03-01
        value = 500
        sigma = 3
        [[reading]]
        of = "bunker.level"
        day = 2025-03-03
        value = 400
        sigma = 4
        """
    (change,) = read_network(levels.format(bias='"2 %"')).measured
    assert (change.of, change.value, change.sigma) == ("stock:bunker", -100, 5)
    # The laser reads all levels 2 % too high or too low: the change too.
    assert (change.bias_sigma, change.device) == (-2, "laser")
    (same,) = read_network(levels.format(bias=7)).measured
    assert same.bias_sigma == 0


def test_two_levels_of_one_moment_count_by_their_weight():
    text = """
        [network]
        start = 2025-03-01
        end = 2025-03-04
        [[flow]]
        id = "in"
        from = "environment"
        to = "bunker"
        [[stock]]
        process = "bunker"
        """
    for start, value, sigma in (("01", 500, 3), ("01", 525, 4), ("04", 400, 1)):
        text += (
            f'[[reading]]\nof = "bunker.level"\nstart = 2025-03-{start}\n'
            f"value = {value}\nsigma = {sigma}\n"
        )
    (change,) = read_network(text).measured
    assert change.value == pytest.approx(400 - 509)
    assert change.sigma == pytest.approx(math.hypot(2.4, 1))
