"""Yields worked by hand, with the covariance that reconciliation leaves."""

import math

import numpy as np
import pytest

from flows.chains import Chain, ChainStep, Reconciled, evaluate
from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Good, Process
from flows.reconcile import reconcile


class Told:
    """Values and covariance written down."""

    def __init__(self, values, covariance):
        self.values = values
        self.matrix = np.array(covariance, dtype=float)

    def value(self, flow):
        return self.values.get(flow)

    def covariance(self, flows):
        index = [list(self.values).index(flow) for flow in flows]
        return self.matrix[np.ix_(index, index)]


PLANT = FlowNetwork(
    processes=(Process("plant"),),
    flows=(
        Flow("received", "environment", "plant"),
        Flow("power", "plant", "environment:grid", kind="electricity", layer="energy", factor=3.6),
        Flow("export", "plant", "environment:grid", kind="electricity", layer="energy", factor=3.6),
    ),
)


def test_gross_power_per_tonne():
    """600 MWh of 1600 t: 375 kWh/t; 2 % and 1 % apart give sqrt(5) % of it."""
    step = ChainStep("gross", ("power",), ("received",), "kWh/t")
    values = Told({"power": 600.0, "received": 1600.0}, np.diag([12.0**2, 16.0**2]))
    (result,) = evaluate(Chain("power", (step,)), PLANT, values).steps
    assert result.value == pytest.approx(375.0)
    assert result.sigma == pytest.approx(375.0 * math.sqrt(0.02**2 + 0.01**2))


def test_a_share_of_itself_has_no_sigma():
    """Export 80 of gross 100, both read by one meter that is only biased: the share is sure."""
    step = ChainStep("export", ("export",), ("power",), "%")
    values = Told({"export": 80.0, "power": 100.0}, np.outer([0.8, 1.0], [0.8, 1.0]))
    (result,) = evaluate(Chain("power", (step,)), PLANT, values).steps
    assert result.value == pytest.approx(80.0)
    assert result.sigma == pytest.approx(0.0, abs=1e-6)


def test_an_unknown_flow_gives_no_yield_and_is_named():
    step = ChainStep("gross", ("power",), ("received",), "kWh/t")
    (result,) = evaluate(Chain("p", (step,)), PLANT, Told({"power": 1.0}, [[1.0]])).steps
    assert (result.value, result.sigma, result.unknown) == (None, None, ("received",))


def test_only_what_lies_outside_its_range_beyond_doubt_is_a_finding():
    """375 +- 8.4 kWh/t: 390 as lower limit is within 1.96 sigma, 400 is not."""
    values = Told({"power": 600.0, "received": 1600.0}, np.diag([12.0**2, 16.0**2]))
    for low, said in ((390.0, []), (400.0, ["ratio-range"])):
        step = ChainStep("gross", ("power",), ("received",), "kWh/t", low=low, high=560.0)
        result = evaluate(Chain("power", (step,)), PLANT, values)
        assert [item.code for item in result.findings] == said


def test_the_yield_of_reclaimed_water_worked_by_hand():
    """Leachate 100 +- 2, permeate 60 +- 1, concentrate 42 +- 1 m3 around one plant.

    The residual is -2 and its variance 4 + 1 + 1 = 6, so leachate moves by +4*2/6, the outputs
    by -1*2/6. What is left of the variances is 4 - 16/6 = 4/3 and 1 - 1/6 = 5/6, and leachate
    and permeate now share 4*1/6 = 2/3. With r = 59.667/101.333:
    sigma^2 = (5/6 - 2 r 2/3 + r^2 4/3) / 101.333^2.
    """
    water = FlowNetwork(
        processes=(Process("plant"),),
        flows=(
            Flow("leachate", "environment", "plant", kind="volume"),
            Flow("permeate", "plant", "environment:district", kind="volume"),
            Flow("concentrate", "plant", "environment", kind="volume"),
        ),
    )
    readings = [
        Measured("leachate", 100.0, 2.0),
        Measured("permeate", 60.0, 1.0),
        Measured("concentrate", 42.0, 1.0),
    ]
    result = reconcile(water, readings)
    step = ChainStep("reclaimed", ("permeate",), ("leachate",), "m3/m3")
    (worked,) = evaluate(Chain("water", (step,)), water, Reconciled(result)).steps
    ratio = (60 - 2 / 6) / (100 + 8 / 6)
    variance = (5 / 6 - 2 * ratio * 2 / 3 + ratio**2 * 4 / 3) / (100 + 8 / 6) ** 2
    assert worked.value == pytest.approx(ratio, rel=1e-12)
    assert worked.sigma == pytest.approx(math.sqrt(variance), rel=1e-9)
    # Taken as independent it would come out half as large again.
    naive = math.sqrt(5 / 6 + ratio**2 * 4 / 3) / (100 + 8 / 6)
    assert worked.sigma < naive / 1.5


def test_a_value_above_its_range_is_a_finding_only_beyond_doubt_too():
    """375 +- 8.4 kWh/t: 360 as upper limit is within 1.96 sigma, 350 is not."""
    values = Told({"power": 600.0, "received": 1600.0}, np.diag([12.0**2, 16.0**2]))
    for high, said in ((360.0, []), (350.0, ["ratio-range"])):
        step = ChainStep("gross", ("power",), ("received",), "kWh/t", high=high)
        result = evaluate(Chain("power", (step,)), PLANT, values)
        assert [item.code for item in result.findings] == said


def test_the_side_of_a_step_is_the_sum_of_its_flows():
    """(60 + 20) of 100 MWh: g = (1, 1, -0.8)/100, so sigma is sqrt(1 + 1 + 0.64 * 4) %."""
    two = FlowNetwork(
        flows=tuple(
            Flow(name, "plant", "environment:grid", kind="electricity", layer="energy", factor=3.6)
            for name in ("day", "night", "gross")
        )
    )
    step = ChainStep("export", ("day", "night"), ("gross",), "%")
    values = Told({"day": 60.0, "night": 20.0, "gross": 100.0}, np.diag([1.0, 1.0, 4.0]))
    (result,) = evaluate(Chain("c", (step,)), two, values).steps
    assert (result.output, result.input) == (80.0, 100.0)
    assert result.value == pytest.approx(80.0)
    assert result.sigma == pytest.approx(math.sqrt(1 + 1 + 0.8**2 * 4))


def test_a_yield_of_nothing_is_not_known_and_not_infinite():
    step = ChainStep("gross", ("power",), ("received",), "kWh/t")
    values = Told({"power": 1.0, "received": 0.0}, np.eye(2))
    (result,) = evaluate(Chain("p", (step,)), PLANT, values).steps
    assert (result.value, result.sigma, result.unknown) == (None, None, ())
    assert (result.output, result.input) == (1.0, 0.0)


def test_tonnes_of_a_volume_need_the_density_of_its_good():
    """60 m3 of 1.5 t/m3 out of 100 t: 0.9 t/t."""
    plant = FlowNetwork(
        goods=(Good("sludge", "volume", density=1.5),),
        flows=(
            Flow("cake", "plant", "environment", "sludge", kind="volume", factor=1.5),
            Flow("received", "environment", "plant"),
        ),
    )
    step = ChainStep("cake", ("cake",), ("received",), "t/t")
    values = Told({"cake": 60.0, "received": 100.0}, np.zeros((2, 2)))
    (result,) = evaluate(Chain("c", (step,)), plant, values).steps
    assert result.value == pytest.approx(0.9)


def test_what_is_lost_stands_at_its_step_with_its_share_of_what_entered():
    step = ChainStep("net", ("export",), ("power",), "%", losses=("own-use", "received"))
    own = Flow("own-use", "plant", "environment", kind="electricity", layer="energy", factor=3.6)
    network = FlowNetwork(processes=PLANT.processes, flows=(*PLANT.flows, own))
    values = Told(
        {"export": 80.0, "power": 100.0, "own-use": 18.0, "received": 5.0},
        np.diag([1.0, 1.0, 0.5**2, 0.1**2]),
    )
    (result,) = evaluate(Chain("p", (step,)), network, values).steps
    own_use, tonnes = result.losses
    assert (own_use.flow, own_use.value, own_use.sigma) == ("own-use", 18.0, pytest.approx(0.5))
    assert own_use.share == pytest.approx(0.18)
    assert tonnes.share is None  # tonnes are no share of power


def test_a_loss_that_is_not_known_is_said_so():
    step = ChainStep("net", ("export",), ("power",), "%", losses=("received",))
    values = Told({"export": 80.0, "power": 100.0}, np.diag([1.0, 1.0]))
    (result,) = evaluate(Chain("p", (step,)), PLANT, values).steps
    (loss,) = result.losses
    assert (loss.value, loss.sigma, loss.share) == (None, None, None)
    assert result.value == pytest.approx(80.0)
