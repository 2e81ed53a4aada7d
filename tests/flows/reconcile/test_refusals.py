"""What is too great for one answer is refused in words, with its size and the limit."""

from __future__ import annotations

import pytest

from flows.errors import Refused
from flows.measured import Measured
from flows.network import Correlation, Flow, FlowNetwork, Process, Relation
from flows.reconcile import problem, reconcile, refusing
from flows.reconcile.contents.layered import reconcile_layers

FURNACE = (Flow("fed", "environment", "furnace"), Flow("ash", "furnace", "environment"))
FED = [Measured("fed", 100.0, 2.0)]


def furnace(**more):
    return FlowNetwork(processes=(Process("furnace"),), flows=FURNACE, **more)


def refused(reconciled, code="too-great"):
    with pytest.raises(Refused) as caught:
        reconciled()
    (found,) = caught.value.findings
    assert found.code == code
    return found.params


def test_more_layers_than_one_answer_takes_are_refused(monkeypatch):
    monkeypatch.setattr(refusing, "LARGEST_DENSE", 20)
    network = furnace(layers=("mass", "salt"))
    said = refused(
        lambda: reconcile_layers(network, FED, layers=("mass", "salt"), carried=("salt",))
    )
    assert said["what"] == "[network] layers"
    # two balances and two products; two flows with what they carry and their contents
    assert (said["count"], said["unknowns"], said["limit"]) == (4, 6 + 4, 20)


def test_more_relations_than_one_answer_takes_are_refused(monkeypatch):
    network = furnace(relations=(Relation("loss", (("ash", 1.0), ("fed", -0.2))),))
    assert reconcile(network, FED).flows[1].reconciled is not None
    monkeypatch.setattr(refusing, "LARGEST_DENSE", 7)
    assert refused(lambda: reconcile(network, FED))["what"] == "[[relation]]"


def test_more_tied_readings_than_one_answer_takes_are_refused(monkeypatch):
    network = furnace(correlations=(Correlation("fed", "ash", 0.5),))
    both = [*FED, Measured("ash", 90.0, 2.0)]
    assert reconcile(network, both).feasible
    monkeypatch.setattr(problem, "LARGEST_CORRELATED", 1)
    said = refused(lambda: reconcile(network, both), "too-many-tied")
    assert (said["count"], said["limit"]) == (2, 1)


def test_plain_balances_have_no_such_limit(monkeypatch):
    monkeypatch.setattr(refusing, "LARGEST_DENSE", 1)
    assert reconcile(furnace(), FED).flows[1].reconciled == pytest.approx(100.0)
