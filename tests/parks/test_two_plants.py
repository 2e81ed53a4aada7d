"""Two plants with one pipe between them, metered at both ends; the day begins at 08:00.

district --received--> incinerator --flue-gas--> atmosphere
                         ^      |
              concentrate|      |leachate (two meters)
                         |      v
                        water plant --permeate--> water body
"""

from __future__ import annotations

import math

import pytest

from flows.balance import Closure
from flows.period import parse_period

PARK = """
    [park]
    id = "two-plants"
    zone = "Asia/Shanghai"
    day_start = 8
    [[process]]
    id = "incinerator"
    facility = "wte"
    [[process]]
    id = "treatment"
    facility = "water"
    [[process]]
    id = "tank"
    facility = "water"
    [[stock]]
    process = "tank"
    kind = "volume"
    density = 1
    unit = "m3"
    [[flow]]
    id = "received"
    from = "environment:district"
    to = "incinerator"
    unit = "t"
    sigma = 6
    [[flow]]
    id = "flue-gas"
    from = "incinerator"
    to = "environment:atmosphere"
    unit = "t"
    [[flow]]
    id = "leachate"
    from = "incinerator"
    to = "treatment"
    good = "leachate"
    unit = "m3"
    device = "at-the-furnace"
    [[flow]]
    id = "treated"
    from = "treatment"
    to = "tank"
    good = "reclaimed-water"
    unit = "m3"
    [[flow]]
    id = "concentrate"
    from = "treatment"
    to = "incinerator"
    good = "concentrate"
    unit = "m3"
    sigma = 3
    [[flow]]
    id = "permeate"
    from = "tank"
    to = "environment:water-body"
    good = "reclaimed-water"
    unit = "m3"
    [[device]]
    id = "at-the-furnace"
    sigma = 6
    [[device]]
    id = "at-the-plant"
    kind = "volume"
    sigma = 6
    [[device]]
    id = "old-meter"
    measures = ["permeate"]
    sigma = 2
    bias_sigma = "5 %"
    valid_to = 2025-03-11
    [[device]]
    id = "new-meter"
    measures = ["permeate"]
    sigma = 1
    valid_from = 2025-03-11
"""

LOG = """
    what,start,end,value,unit,sigma,device
    received,2025-03-10,2025-03-12,0.05 万t,,,
    leachate,2025-03-10,2025-03-12,100,m3,,
    leachate,2025-03-10,2025-03-12,106000,L,,at-the-plant
    concentrate,2025-03-10 08:00,2025-03-12 08:00,23,,,
    stock:tank,,2025-03-10 08:00,40,m3,0,
    stock:tank,,2025-03-12 08:00,38,m3,0,
    permeate,2025-03-10,2025-03-11,40,m3,,old-meter
    permeate,2025-03-11,2025-03-12,30,m3,,new-meter
"""
PERIOD = "2025-03-10..2025-03-11"

# Variances over the two days, (m3)^2 and, at 1 t/m3, t^2:
LEACHATE = 6.0**2  # of each of the two meters                                     36
CONCENTRATE = 3.0**2  # one reading of both days                                    9
PERMEATE = 2.0**2 + (0.05 * 40) ** 2 + 1.0**2  # the old meter's day, the new one's 9


@pytest.fixture
def plants(ground):
    made = ground(PARK)
    made.take(LOG)
    return made


def test_two_meters_are_two_measurements_and_a_replaced_one_is_one(plants):
    _, summed = plants.session.measured(parse_period(PERIOD))
    leachate, permeate = summed.measured["leachate"], summed.measured["permeate"]
    assert (leachate.value, leachate.sigma) == (100, 6)
    assert [(item.of, item.value, item.sigma) for item in summed.others] == [
        ("leachate", pytest.approx(106), 6)
    ]
    assert (permeate.value, permeate.coverage, permeate.imputed) == (70, 1, 0)
    assert permeate.total_sigma == pytest.approx(math.sqrt(PERMEATE))
    assert summed.measured["received"].value == 500
    assert summed.findings == ()


def test_the_facility_counts_what_crosses_its_fence_and_its_stock(plants):
    # 100 in, 23 + 70 out, and 2 less in the tank: 9 too many
    row = plants.balance(PERIOD, "water")
    assert (row.inflow.value, row.outflow.value, row.stock_change.value) == (100, 93, -2)
    assert row.residual.value == pytest.approx(9)
    assert row.residual.sigma == pytest.approx(math.sqrt(LEACHATE + CONCENTRATE + PERMEATE))
    assert row.closure is Closure.CLOSED
    # the water that goes from treatment to tank is not metered
    for name in ("treatment", "tank"):
        assert plants.balance(PERIOD, name).unmeasured == ("treated",)
    whole = plants.balance(PERIOD, "two-plants")
    assert (whole.inflow.value, whole.unmeasured) == (500, ("flue-gas",))


def test_both_meters_of_the_pipe_are_weighed_with_what_left_the_plant(plants):
    """The meters' mean is 103 +- sqrt(18); less 23 + 68 it leaves 12, with variance 36.

    Each takes its share of 12: the mean 18/36, concentrate and permeate 9/36. chi2 = 12^2/36
    for the balance and 6^2/72 for the two meters. The tank's levels are exact: of the permeate
    70 m3, 2 were there before.
    """
    result = plants.session.month(PERIOD).result
    row = {item.id: item for item in (*result.flows, *result.stocks)}
    assert row["leachate"].reconciled == pytest.approx(103 - 6)
    assert row["concentrate"].reconciled == pytest.approx(23 + 3)
    assert row["permeate"].reconciled == pytest.approx(70 + 3)
    assert row["treated"].reconciled == pytest.approx(71)
    assert row["stock:tank"].reconciled == -2
    assert (result.dof, result.chi2) == (2, pytest.approx(4.5))
    # all that enters the furnace must leave it: 500 + 26 - 97
    assert row["flue-gas"].reconciled == pytest.approx(500 + 26 - 97)
    assert row["leachate"].sigma_reconciled == pytest.approx(math.sqrt(18 - 18**2 / 36))


def test_what_reconciliation_closed_has_no_residual(plants):
    for name in ("incinerator", "treatment", "tank", "wte", "water", "two-plants"):
        row = plants.balance(PERIOD, name, reconciled=True)
        assert row.residual.value == pytest.approx(0, abs=1e-12)
        assert row.residual.sigma == pytest.approx(0, abs=1e-6)
        assert row.closure is Closure.CLOSED


def test_an_invoice_of_another_span_is_said_to_be_of_no_use(plants):
    plants.take("what,start,end,value\nconcentrate,2025-03-12,2025-03-15,40\n", "invoice.csv")
    _, summed = plants.session.measured(parse_period("2025-03-13"))
    (found,) = (item for item in summed.findings if item.where == "concentrate")
    assert (found.code, found.params["straddling"]) == ("coverage-partial", 1)
