"""What cannot be computed yet is refused in words, never quietly taken for something else."""

import pytest

from flows.errors import Refused
from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Process, TransferCoefficient
from flows.reconcile import reconcile


def test_a_share_that_is_not_sure_is_not_taken_for_a_sure_one():
    network = FlowNetwork(
        processes=(Process("furnace"),),
        flows=(
            Flow("fed", "environment", "furnace"),
            Flow("ash", "furnace", "environment"),
            Flow("gas", "furnace", "environment:atmosphere"),
        ),
        coefficients=(TransferCoefficient("furnace", "ash", 0.22, sigma=0.02),),
    )
    with pytest.raises(Refused) as refused:
        reconcile(network, [Measured("fed", 100.0, 2.0)])
    assert [item.code for item in refused.value.findings] == ["not-built-yet"]
