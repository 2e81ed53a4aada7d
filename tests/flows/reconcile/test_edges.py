"""Reconciliation at the edges: rounding, near-certainty, several layers, shared bias and ties."""

from __future__ import annotations

import math

import pytest

from flows.errors import Refused
from flows.measured import Measured
from flows.network import Correlation, Flow, FlowNetwork, Process, TransferCoefficient
from flows.reconcile import reconcile

IN, OUT = Flow("in", "environment", "yard"), Flow("out", "yard", "environment")
YARD = FlowNetwork(processes=(Process("yard"),), flows=(IN, OUT))


def test_what_is_closed_but_for_rounding_is_not_adjusted():
    network = FlowNetwork(
        processes=YARD.processes, flows=(IN, Flow("more", "environment", "yard"), OUT)
    )
    given = (("in", 0.1), ("more", 0.2), ("out", 0.3))
    answer = reconcile(network, [Measured(key, value, 1e-12) for key, value in given])
    assert [row.adjustment for row in answer.flows] == [0, 0, 0]
    assert (answer.chi2, answer.suspect) == (0, False)


@pytest.mark.parametrize(("gap", "suspect"), [(1.95, False), (1.97, True)])
def test_the_global_test_is_at_five_percent(gap, suspect):
    answer = reconcile(YARD, [Measured("in", 100.0 + gap, 0.6), Measured("out", 100.0, 0.8)])
    assert answer.chi2 == pytest.approx(gap**2)
    assert answer.suspect is suspect


def test_a_share_of_the_mass_that_enters_is_no_share_of_the_heat():
    network = FlowNetwork(
        processes=(Process("furnace"),),
        flows=(
            Flow("waste", "environment", "furnace"),
            Flow("steam", "environment", "furnace", kind="heat", layer="energy"),
            Flow("ash", "furnace", "environment"),
            Flow("gas", "furnace", "environment"),
        ),
        coefficients=(TransferCoefficient("furnace", "ash", 0.2),),
    )
    answer = reconcile(
        network, [Measured("waste", 100.0, 1.0), Measured("steam", 900.0, 9.0)], layer="joint"
    )
    known = {row.id: row.reconciled for row in answer.flows}
    assert known == pytest.approx({"waste": 100.0, "steam": 900.0, "ash": 20.0, "gas": 80.0})


def test_a_declared_tie_is_between_the_parts_that_a_shared_bias_leaves():
    """Sigmas 3 and 4 in chance, one bias of 4 and 3 in common, a tie of 0.5 between the chances.

    V = [[25, 12 + 0.5 * 12], [18, 25]]: of r = in - out = 8 with V_r = 25 + 25 - 36 = 14, the
    inflow takes (25 - 18)/14, the outflow the other half.
    """
    network = FlowNetwork(
        processes=YARD.processes, flows=(IN, OUT), correlations=(Correlation("in", "out", 0.5),)
    )
    answer = reconcile(
        network,
        [
            Measured("in", 104.0, 3.0, bias_sigma=4.0, device="scale"),
            Measured("out", 96.0, 4.0, bias_sigma=3.0, device="scale"),
        ],
    )
    assert answer.chi2 == pytest.approx(64 / 14)
    assert [row.adjustment for row in answer.flows] == pytest.approx([-4, 4])
    left = math.sqrt(25 - 7**2 / 14)
    assert [row.sigma_reconciled for row in answer.flows] == pytest.approx([left, left])


def test_readings_tied_as_good_as_perfectly_are_refused():
    tie = Correlation("in", "out", 1.0 - 1e-15)
    network = FlowNetwork(processes=YARD.processes, flows=(IN, OUT), correlations=(tie,))
    with pytest.raises(Refused) as caught:
        reconcile(network, [Measured("in", 1.0, 1.0), Measured("out", 1.0, 1.0)])
    (found,) = caught.value.findings
    assert (found.code, found.where) == ("value-range", "in, out")
