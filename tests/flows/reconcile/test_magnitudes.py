"""Great beside small: decades of magnitude, mixed units, readings far from what they must be."""

from __future__ import annotations

import pytest

from flows.networkfile.file import read_network


def answer_to(text):
    return read_network(text).reconcile()


def test_what_a_great_reading_must_be_is_known_to_all_digits():
    # 3e7 +- 2e7 was read, and nothing but 7e-5 can have flowed.
    answer = answer_to(
        """
        [[flow]]
        id = "wild"
        from = "environment"
        to = "P"
        value = 3e7
        sigma = 2e7
        [[flow]]
        id = "fine"
        from = "P"
        to = "environment"
        value = 7.123456789e-5
        sigma = 1e-7
        """
    )
    assert answer.flows[0].reconciled == pytest.approx(7.123456789e-5, rel=1e-15)
    assert answer.balance_residual < 1e-15
    assert answer.flows[0].adjustment == pytest.approx(-3e7)


def test_a_relation_between_grams_and_ten_thousands_of_tonnes_keeps_its_digits():
    """A relation ties the flow in 万吨 to one in g; both are known from the scales beside.

    In tonnes: x = 1.522 +- 0.0731 and z = 6.198 +- 0.9633 are read, x + z = 3.016 + w with
    w = 2.1 +- 0.5, and 2.5e6 x - 4e-5 z = 0 +- 0.2752, which says x = 0 whatever z is.
    """
    answer = answer_to(
        """
        [[flow]]
        id = "x"
        from = "environment"
        to = "P"
        unit = "g"
        value = 1.522e6
        sigma = 7.31e4
        [[flow]]
        id = "z"
        from = "environment"
        to = "P"
        unit = "万吨"
        value = 6.198e-4
        sigma = 9.633e-5
        [[flow]]
        id = "u"
        from = "P"
        to = "environment"
        unit = "kg"
        value = 3016
        sigma = 0
        [[flow]]
        id = "w"
        from = "P"
        to = "environment"
        unit = "t"
        value = 2.1
        sigma = 0.5
        [[relation]]
        terms = { x = 2.5, z = -0.4 }
        sigma = 0.2752
        """
    )
    # x is nothing beside the others: z = 3.016 + w is shared by the sigmas of z and w.
    share = 0.9633**2 / (0.9633**2 + 0.5**2)
    z = 6.198 - share * (6.198 - 3.016 - 2.1)
    assert answer.flows[1].reconciled == pytest.approx(z * 1e-4, rel=1e-6)
    assert answer.flows[3].reconciled == pytest.approx(z - 3.016, rel=1e-6)
    assert answer.balance_residual < 1e-15


def test_a_flow_far_smaller_than_the_others_is_taken_from_what_knows_it_best():
    """Two relations tell 1.3 t of dust beside 2.3e8 t; the balance could tell 1e-8 t at best.

    In tonnes, with r = in / 0.744 (kg/h of March): dust = 0.004238e-6 r +- 0.0655 and
    dust = r / 236e6 +- 0.0657; `in` is known to 0.2 %, so they are nearly two readings of dust.
    """
    text = """
        [network]
        start = 2025-03-01
        end = 2025-04-01
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        unit = "kg/h"
        value = 3.03458e8
        sigma = 6.18e6
        min = -inf
        [[flow]]
        id = "dust"
        from = "P"
        to = "environment"
        unit = "g"
        min = -inf
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        unit = "t"
        value = 2.29266e8
        sigma = 4.6e5
        [[relation]]
        terms = { dust = 1.0, in = -0.004238 }
        sigma = 6.55e4
        [[relation]]
        terms = { in = 1.0, dust = -236.0 }
        sigma = 1.55e7
        """
    answer = answer_to(text)
    # By rational arithmetic.
    assert answer.flows[1].reconciled == pytest.approx(1305646.820355569, rel=1e-9)
    assert answer.chi2 == pytest.approx(0.5714988033501139, rel=1e-9)


def test_two_readings_of_one_meter_say_nothing_of_its_bias():
    """Their bias is one and the same, so their difference says nothing of what another of its
    readings is worth: no rounding is taken for a normalized adjustment."""
    answer = answer_to(
        """
        [[device]]
        id = "scale"
        bias_sigma = 2
        [[flow]]
        id = "twice"
        from = "environment"
        to = "P"
        value = 24
        sigma = 1.2
        device = "scale"
        [[flow]]
        id = "once"
        from = "environment"
        to = "P"
        value = 7.55
        sigma = 0.108
        device = "scale"
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        [[reading]]
        of = "twice"
        value = 16.69
        sigma = 2.098
        """
    )
    assert answer.suspect
    assert answer.flows[1].adjustment == 0
    assert answer.flows[1].normalized_adjustment is None
    assert {name for each in answer.suspects for name in each.members} == {"twice"}
