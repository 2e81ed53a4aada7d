"""What cannot be computed yet is refused in words, never quietly taken for something else."""

import pytest

from flows.errors import Refused
from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Process
from flows.reconcile import refusing
from flows.reconcile.layered import reconcile_layers


def test_more_layers_than_one_answer_takes_are_refused(monkeypatch):
    monkeypatch.setattr(refusing, "LARGEST_DENSE", 20)
    network = FlowNetwork(
        processes=(Process("furnace"),),
        flows=(
            Flow("fed", "environment", "furnace"),
            Flow("ash", "furnace", "environment"),
        ),
    )
    with pytest.raises(Refused) as refused:
        reconcile_layers(
            network, [Measured("fed", 100.0, 2.0)], layers=("mass", "salt"), carried=("salt",)
        )
    (found,) = refused.value.findings
    assert (found.code, found.params["what"]) == ("not-built-yet", "layers at this size")
