"""A bunker and a furnace over four days, every number by hand: tickets, a stock, a lost day.

district --received--> bunker --fed--> furnace --flue-gas--> atmosphere
                         |                |-----power------> grid
                         +--leachate--> sewer
"""

from __future__ import annotations

import math

import pytest

from flows.balance import Closure

PARK = """
    [park]
    id = "furnace-park"
    zone = "Asia/Shanghai"
    [[process]]
    id = "bunker"
    [[process]]
    id = "furnace"
    [[stock]]
    process = "bunker"
    unit = "t"
    [[flow]]
    id = "received"
    from = "environment:district"
    to = "bunker"
    unit = "t"
    device = "weighbridge"
    [[flow]]
    id = "fed"
    from = "bunker"
    to = "furnace"
    unit = "t"
    sigma = 3
    [[flow]]
    id = "leachate"
    from = "bunker"
    to = "environment:sewer"
    unit = "t"
    device = "magnetic"
    [[flow]]
    id = "flue-gas"
    from = "furnace"
    to = "environment:atmosphere"
    unit = "t"
    [[flow]]
    id = "power"
    from = "furnace"
    to = "environment:grid"
    kind = "electricity"
    unit = "kWh"
    device = "meter"
    [[device]]
    id = "weighbridge"
    sigma = 2
    [[device]]
    id = "magnetic"
    sigma = 3
    bias_sigma = "5 %"
    [[device]]
    id = "meter"
    unit = "kWh"
    multiplier = 1000
    rollover = 100000
    sigma = "0.5 %"
    bias_sigma = "0.5 %"
    [[chain]]
    id = "waste-to-power"
    [[chain.step]]
    id = "gross"
    outputs = ["power"]
    inputs = ["fed"]
    unit = "kWh/t"
    [[chain.step]]
    id = "drained"
    outputs = ["leachate"]
    inputs = ["received"]
    unit = "%"
    [[chain.step]]
    id = "whole"
    outputs = ["power"]
    inputs = ["received"]
    unit = "kWh/t"
"""

LOG = """
    what,day,value,unit,sigma,register,ticket
    stock:bunker,2025-02-28,500,t,2,,
    power,2025-02-28,,,,99900,
    received,2025-03-01,60,t,,,A1
    received,2025-03-01,40,t,,,A2
    fed,2025-03-01,96,t,,,
    leachate,2025-03-01,25,t,,,
    power,2025-03-01,,,,99940,
    received,2025-03-02,50,t,,,A3
    received,2025-03-02,60,t,,,A4
    fed,2025-03-02,missing,t,,,
    leachate,2025-03-02,25,t,,,
    power,2025-03-02,,,,99980,
    received,2025-03-03,43,t,,,A5
    received,2025-03-03,30,t,,,A6
    received,2025-03-03,30,t,,,A7
    fed,2025-03-03,102,t,,,
    leachate,2025-03-03,25,t,,,
    power,2025-03-03,,,,20,
    received,2025-03-04,55,t,,,A8
    received,2025-03-04,45,t,,,A9
    fed,2025-03-04,102,t,,,
    leachate,2025-03-04,25,t,,,
    power,2025-03-04,,,,60,
    stock:bunker,2025-03-04,387,t,2,,
"""
PERIOD = "2025-03-01..2025-03-04"

# Variances of the sums over the four days, t^2:
RECEIVED = 9 * 2.0**2  # nine trucks                                             36
# Three days of 3 t each; one to impute stretches them by 4/3, and the days scatter about their
# mean of 100 by ((-4)^2 + 2^2 + 2^2)/(3 - 1) = 12: 27 (4/3)^2 + 12 * 1 * 4/3  =  48 + 16
FED = 64.0
LEACHATE = 4 * 3.0**2 + 5.0**2  # four days, and 5 % of 100 t in common           61
STOCK = 2.0**2 + 2.0**2  # opening and closing                                     8
WHOLE = RECEIVED + FED + LEACHATE + STOCK  # 169 = 13^2


@pytest.fixture
def furnace(ground):
    made = ground(PARK)
    made.take(LOG)
    return made


@pytest.fixture
def corrected(furnace):
    """Ticket A5 had 30 t, not 43."""
    furnace.correct("received", "2025-03-03", "30 t", ticket="A5")
    return furnace


def test_what_the_log_adds_up_to(furnace):
    _, summed = furnace.session.measured(furnace_period())
    got = summed.measured
    assert (got["received"].value, got["received"].sigma) == (413, pytest.approx(6))
    assert (got["fed"].value, got["fed"].imputed) == pytest.approx((400, 100))
    assert got["fed"].sigma == pytest.approx(8)
    assert got["fed"].coverage == 0.75
    assert (got["leachate"].value, got["leachate"].sigma) == pytest.approx((100, 6))
    assert (got["leachate"].bias_sigma, got["leachate"].device) == (5, "magnetic")
    assert (got["stock:bunker"].value, got["stock:bunker"].sigma ** 2) == pytest.approx((-113, 8))
    # 40 steps of 1000 kWh a day, once past 100000: 0.5 % of 40 MWh four times, and of all 160
    assert got["power"].value == pytest.approx(160)
    assert got["power"].sigma == pytest.approx(0.4)
    assert got["power"].bias_sigma == pytest.approx(0.8)
    assert [(item.code, item.where) for item in summed.findings] == [("missing-imputed", "fed")]


def furnace_period():
    from flows.period import parse_period

    return parse_period(PERIOD)


def test_the_bunker_is_open_until_the_ticket_is_corrected_and_was_open_as_of_then(furnace):
    # 413 in, 400 + 100 out, 113 less in the bunker: 26 too many, and 1.96 * 13 = 25.48
    before = furnace.balance(PERIOD, "bunker")
    assert (before.inflow.value, before.outflow.value) == (413, 500)
    assert before.stock_change.value == -113
    assert before.residual.value == pytest.approx(26)
    assert before.residual.sigma == pytest.approx(math.sqrt(WHOLE))
    assert before.closure is Closure.OPEN
    seq = furnace.correct("received", "2025-03-03", "30 t", ticket="A5")
    after = furnace.balance(PERIOD, "bunker")
    assert after.residual.value == pytest.approx(13)
    assert after.closure is Closure.CLOSED
    assert furnace.balance(PERIOD, "bunker", as_of=seq) == after
    assert furnace.balance(PERIOD, "bunker", as_of=seq - 1) == before


def test_the_furnace_and_the_park_cannot_be_tested_without_the_flue_gas(corrected):
    for name in ("furnace", "furnace-park"):
        row = corrected.balance(PERIOD, name)
        assert (row.closure, row.unmeasured) == (Closure.UNTESTED, ("flue-gas",))
    assert corrected.balance(PERIOD, "furnace-park").inflow.value == 400


def test_thirteen_tonnes_are_shared_by_variance(corrected):
    """r = 13 = sqrt(V): each moves by its variance over 13, the inflow down, the others up."""
    result = corrected.session.month(PERIOD).result
    row = {item.id: item for item in (*result.flows, *result.stocks)}
    assert row["received"].reconciled == pytest.approx(400 - 36 / 13)
    assert row["fed"].reconciled == pytest.approx(400 + 64 / 13)
    assert row["leachate"].reconciled == pytest.approx(100 + 61 / 13)
    assert row["stock:bunker"].reconciled == pytest.approx(-113 + 8 / 13)
    # what burns must leave: no meter stands there, the balance of the furnace says it
    assert row["flue-gas"].reconciled == pytest.approx(400 + 64 / 13)
    assert (row["flue-gas"].measured, row["flue-gas"].klass) == (None, "observable")
    # nothing tests the power meter; it is shown in its own unit
    assert row["power"].reconciled == pytest.approx(160_000)
    assert row["power"].klass == "nonredundant"
    for name, variance in (("received", 36), ("fed", 64), ("leachate", 61), ("stock:bunker", 8)):
        left = math.sqrt(variance * (1 - variance / WHOLE))
        assert row[name].sigma_reconciled == pytest.approx(left)
        assert abs(row[name].normalized_adjustment) == pytest.approx(1)
    assert (result.dof, result.chi2) == (1, pytest.approx(1))
    assert not result.suspect


def test_before_the_correction_the_global_test_fails(furnace):
    """26^2/169 = 4 with one degree of freedom: p = 0.0455."""
    result = furnace.session.month(PERIOD).result
    assert result.chi2 == pytest.approx(4)
    assert result.p_value == pytest.approx(math.erfc(2 / math.sqrt(2)))
    assert result.suspect
    # one balance cannot tell which of the four it was
    (suspect,) = result.suspects
    assert set(suspect.members) == {"received", "fed", "leachate", "stock:bunker"}
    assert suspect.statistic == pytest.approx(2)


def test_yields_lean_on_what_the_balance_tied_together(corrected):
    (chain,) = corrected.session.chains(PERIOD)
    gross, drained, whole = chain.steps
    received, fed, leachate = 400 - 36 / 13, 400 + 64 / 13, 100 + 61 / 13
    # power has a meter of its own, 0.4^2 + 0.8^2 = 0.8 MWh^2
    assert gross.value == pytest.approx(160_000 / fed)
    spread = 0.8 / 160**2 + 64 * (1 - 64 / WHOLE) / fed**2
    assert gross.sigma == pytest.approx(gross.value * math.sqrt(spread))
    assert whole.value == pytest.approx(160_000 / received)
    # in and out of one balance: C = (V_i d_ij - a_i V_i a_j V_j / V), a = +1 and -1
    ratio = leachate / received
    above, below = 61 * (1 - 61 / WHOLE), 36 * (1 - 36 / WHOLE)
    both = 36 * 61 / WHOLE
    variance = (above - 2 * ratio * both + ratio**2 * below) / received**2
    assert drained.value == pytest.approx(100 * ratio)
    assert drained.sigma == pytest.approx(100 * math.sqrt(variance))


def test_a_ticket_taken_back_is_gone_and_its_truck_counts_no_more(furnace):
    furnace.correct("received", "2025-03-03", None, ticket="A5")
    row = furnace.balance(PERIOD, "bunker")
    assert row.inflow.value == 370
    assert row.inflow.sigma == pytest.approx(2 * math.sqrt(8))
    said = furnace.ledger.history(furnace.ledger.observations(whats=["received"], every=True)[4].id)
    assert [item.state for item in said] == ["value", "withdrawn"]


def test_a_month_once_worked_out_is_worked_out_again_after_a_correction(furnace):
    before = furnace.session.month(PERIOD)
    assert furnace.session.month(PERIOD) is before
    furnace.correct("received", "2025-03-03", "30 t", ticket="A5")
    after = furnace.session.month(PERIOD)
    assert (before.measured["received"].value, after.measured["received"].value) == (413, 400)
