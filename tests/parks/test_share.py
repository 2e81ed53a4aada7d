"""A sieve whose share is known only about: the month's weights correct the share, and it them.

district --in--> sieve --coarse--> market
                   +-----fine----> disposal
"""

import pytest

from flows.chains import Chain, ChainStep, Reconciled, evaluate

PARK = """
    [park]
    id = "sieve-park"
    zone = "Asia/Shanghai"
    [[process]]
    id = "sieve"
    [[flow]]
    id = "in"
    from = "environment:district"
    to = "sieve"
    sigma = 1
    [[flow]]
    id = "coarse"
    from = "sieve"
    to = "environment:market"
    sigma = 1
    [[flow]]
    id = "fine"
    from = "sieve"
    to = "environment:disposal"
    [[coefficient]]
    process = "sieve"
    flow = "coarse"
    value = 0.5
    sigma = 0.03
"""
DAY = "2025-03-01"


@pytest.fixture
def sieve(ground):
    made = ground(PARK)
    made.take("what,day,value,unit\nin,2025-03-01,100,t\ncoarse,2025-03-01,54,t\n")
    return made.session.month(DAY)


def test_the_share_and_the_weights_meet_between_what_each_says(sieve):
    """By hand, to first order: 54 - 0.5*100 = 4 is wrong by sqrt(1 + 0.25 + 9) = 3.2."""
    (share,) = sieve.result.coefficients
    row = {row.id: row for row in sieve.result.flows}
    # the share takes 9/10.25 of the 4 t, which is 3.51 t of about 100
    assert share.row.reconciled == pytest.approx(0.5 + 4 * 9 / 10.25 / 100, abs=5e-4)
    assert row["coarse"].reconciled == pytest.approx(54 - 4 / 10.25, abs=0.02)
    assert row["in"].reconciled == pytest.approx(100 + 4 * 0.5 / 10.25, abs=0.02)
    assert sieve.result.chi2 == pytest.approx(16 / 10.25, rel=0.02)
    assert (sieve.result.converged, sieve.result.dof) == (True, 1)
    assert [item.code for item in sieve.findings] == []


def test_it_holds_exactly_after_all_and_what_nobody_weighed_follows(sieve):
    (share,) = sieve.result.coefficients
    row = {row.id: row.reconciled for row in sieve.result.flows}
    assert row["coarse"] == pytest.approx(share.row.reconciled * row["in"], rel=1e-12)
    assert row["fine"] == pytest.approx(row["in"] - row["coarse"], rel=1e-12)


def test_a_yield_leans_on_the_share(sieve):
    step = ChainStep("coarse", ("coarse",), ("in",), "%")
    (result,) = evaluate(Chain("c", (step,)), sieve.network, Reconciled(sieve.values)).steps
    (share,) = sieve.result.coefficients
    assert result.value == pytest.approx(100 * share.row.reconciled)
    assert result.sigma == pytest.approx(100 * share.row.sigma_reconciled, rel=1e-6)
