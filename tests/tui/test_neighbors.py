"""A flow's neighbors: shares of a process's flows with their sigma."""

import numpy as np
import pytest

from flows.network import Flow, FlowNetwork, Process
from tui.balances.neighbors import around, shares

#: 100 t enter a press, 30 of them from a store; 25 leave as cake, 75 as liquor.
PRESS = FlowNetwork(
    processes=(Process("press"), Process("dryer")),
    flows=(
        Flow("fresh", "environment", "press", "mass"),
        Flow("stored", "environment:store", "press", "mass"),
        Flow("cake", "press", "dryer", "mass"),
        Flow("liquor", "press", "environment", "mass"),
        Flow("dry", "dryer", "environment", "mass"),
        Flow("vapor", "dryer", "environment", "mass"),
    ),
)


class Values:
    """Independent values with their sigmas."""

    def __init__(self, **known):
        self.known = known

    def value(self, flow):
        return self.known[flow][0] if flow in self.known else None

    def covariance(self, flows):
        return np.diag([self.known[flow][1] ** 2 for flow in flows])


KNOWN = Values(fresh=(70.0, 0.7), stored=(30.0, 0.4), cake=(25.0, 0.5), liquor=(75.0, 0.9))


def test_shares_add_up_and_two_of_them_are_equally_unsure():
    side = shares(PRESS, KNOWN, "press", ["fresh", "stored"])
    assert [(item.flow, item.share) for item in side.flows] == [
        ("fresh", pytest.approx(0.7)), ("stored", pytest.approx(0.3)),
    ]  # fmt: skip
    # r = a/(a + b): sigma_r = sqrt((b sigma_a)^2 + (a sigma_b)^2) / (a + b)^2
    by_hand = ((30 * 0.7) ** 2 + (70 * 0.4) ** 2) ** 0.5 / 100**2
    assert [item.share_sigma for item in side.flows] == pytest.approx([by_hand, by_hand])


def test_a_flow_has_one_hop_up_and_one_down():
    found = around(PRESS, KNOWN, "cake")
    assert found.up.process == "press"
    assert [item.flow for item in found.up.flows] == ["fresh", "stored"]
    assert [item.flow for item in found.beside.flows] == ["liquor", "cake"]
    assert found.down.process == "dryer"


def test_what_is_not_known_is_listed_and_the_rest_is_at_most_its_share():
    found = around(PRESS, KNOWN, "cake")
    assert {item.flow: item.share for item in found.down.flows} == {"dry": None, "vapor": None}
    assert not found.down.complete
    some = shares(PRESS, Values(dry=(8.0, 0.1)), "dryer", ["dry", "vapor"])
    assert not some.complete
    assert some.flows[0].share == pytest.approx(1.0)


def test_outside_the_park_nothing_is_asked():
    found = around(PRESS, KNOWN, "stored")
    assert found.up.process == "environment:store"
    assert found.up.flows == ()


def test_a_sum_of_nothing_has_no_shares():
    side = shares(PRESS, Values(fresh=(0.0, 0.1), stored=(0.0, 0.1)), "press", ["fresh", "stored"])
    assert [item.share for item in side.flows] == [None, None]
