"""What matter carries of other layers, and balances of what is carried."""

import math

import numpy as np
import pytest

from flows.balance import Closure, Level, balances
from flows.contents import Content, carries, contents, linear
from flows.measured import Measured
from flows.network import Device, Flow, FlowNetwork, Good, Process, Stock
from flows.reconcile import reconcile

WASTE = Good("waste", contents={"energy": (6.0, 0.5), "carbon-biogenic": (0.12, 0.02)})
GAS = Good("gas", "gas", density=0.0012, contents={"energy": (18.0, 0.0)})
AIR = Good("air", contents={"energy": (0.0, 0.0)})


def boiler(closes=("mass", "energy")) -> FlowNetwork:
    """Waste and gas -> boiler -> steam, losses, flue gas; nobody knows how much air."""
    return FlowNetwork(
        processes=(Process("boiler", closes=closes, facility="plant"),),
        flows=(
            Flow("waste", "environment:district", "boiler", good="waste"),
            Flow("gas", "environment", "boiler", good="gas", kind="gas", factor=0.0012),
            Flow("air", "environment:atmosphere", "boiler", good="air"),
            Flow("flue-gas", "boiler", "environment:atmosphere", good="air"),
            Flow("steam", "boiler", "environment", kind="heat", layer="energy"),
            Flow("losses", "boiler", "environment:atmosphere", kind="heat", layer="energy"),
        ),
        goods=(WASTE, GAS, AIR),
        layers=("mass", "energy"),
    )


def measured(**values):
    return {
        key.replace("_", "-"): Measured(key.replace("_", "-"), *pair)
        for key, pair in values.items()
    }


def energy(network, data, **how):
    (row,) = balances(
        network, data, layer="energy", levels=[Level.PROCESS],
        carried=contents(network, "energy"), **how,
    )  # fmt: skip
    return row


def test_a_good_carries_its_content_by_the_unit_of_the_flow():
    found = contents(boiler(), "energy")
    assert found["waste"] == Content(6.0, 0.5, "good:waste")
    # 18 GJ/t times 0.0012 t/Nm3
    assert found["gas"].value == pytest.approx(0.0216)
    assert "steam" not in found


def test_mass_carries_no_mass():
    assert contents(boiler(), "mass") == {}


def test_a_sample_stands_before_the_good():
    taken = {"waste": Content(6.4, 0.2, "waste.lhv")}
    assert contents(boiler(), "energy", taken)["waste"] == taken["waste"]


def test_a_boiler_closes_in_energy_though_nobody_weighs_its_air():
    # 100 t * 6 GJ/t + 1000 Nm3 * 0.0216 GJ/Nm3 = 621.6 GJ in; 500 + 121.6 GJ out
    data = measured(waste=(100, 1), gas=(1000, 0), steam=(500, 5), losses=(121.6, 10))
    row = energy(boiler(), data)
    assert row.inflow.value == pytest.approx(621.6)
    assert row.outflow.value == pytest.approx(621.6)
    # readings: 6^2*1^2 + 5^2 + 10^2; the content of the waste: (100*0.5)^2
    assert row.residual.sigma == pytest.approx(math.sqrt(36 + 25 + 100 + 2500))
    assert row.closure is Closure.CLOSED
    assert row.unmeasured == ()


def test_where_energy_need_not_close_the_difference_is_what_is_lost():
    data = measured(waste=(100, 0), gas=(0, 0), steam=(480, 0), losses=(0, 0))
    row = energy(boiler(closes=("mass",)), data)
    assert row.closure is Closure.TRANSFORMED
    assert row.residual.value is None
    assert row.transformed.value == row.difference.value == 120


def test_a_flow_of_unknown_content_is_named_with_its_layer():
    network = boiler()
    data = measured(waste=(100, 1), gas=(1000, 0))
    rows = balances(
        network, data, layer="carbon-biogenic", levels=[Level.PROCESS],
        carried=contents(network, "carbon-biogenic"),
    )  # fmt: skip
    assert rows[0].unmeasured == ("gas.carbon-biogenic", "air", "flue-gas")
    assert rows[0].inflow.value == pytest.approx(12.0)


def test_a_sum_of_which_nothing_is_known_is_not_zero():
    row = energy(boiler(), measured(waste=(100, 1)))
    assert row.outflow.value is None
    assert row.stock_change.value == 0


def test_one_composition_on_both_sides_cancels():
    # a pile that is only moved: what its heating value is wrong by enters and leaves
    network = FlowNetwork(
        processes=(Process("hall", closes=("mass", "energy")),),
        flows=(
            Flow("arriving", "environment", "hall", good="waste"),
            Flow("leaving", "hall", "environment", good="waste"),
        ),
        goods=(WASTE,),
    )
    row = energy(network, measured(arriving=(100, 0), leaving=(98, 0)))
    assert row.residual.value == pytest.approx(12.0)
    assert row.residual.sigma == pytest.approx(2 * 0.5)  # of the two tonnes alone


def test_a_stock_has_the_composition_of_what_came_in():
    network = FlowNetwork(
        processes=(Process("bunker", closes=("mass", "energy")),),
        flows=(
            Flow("waste", "environment", "bunker", good="waste"),
            Flow("wet", "environment", "bunker", good="wet"),
            Flow("fed", "bunker", "environment", good="mix"),
        ),
        goods=(
            WASTE,
            Good("wet", contents={"energy": (2.0, 0.0)}),
            Good("mix", contents={"energy": (5.0, 0.0)}),
        ),
        stocks=(Stock("bunker"),),
    )
    data = measured(waste=(75, 0), wet=(25, 0), fed=(90, 0))
    data["stock:bunker"] = Measured("stock:bunker", 10, 0)
    row = energy(network, data)
    # (75*6 + 25*2)/100 = 5 GJ/t
    assert row.stock_change.value == pytest.approx(50.0)
    assert row.residual.value == pytest.approx(500 - 450 - 50)


def test_a_balance_of_contents_is_no_row_of_a_linear_reconciliation():
    network = boiler()
    assert carries(network, "energy") == {"boiler"}
    assert linear(network, "energy") == ()
    assert linear(network, "mass") == ("boiler",)
    answer = reconcile(network, [Measured("steam", 500.0, 5.0)], layer="joint")
    # losses are not minus 500, as they would be if power and heat alone had to balance
    assert {row.id: row.reconciled for row in answer.flows}["losses"] is None


def test_power_and_heat_alone_stay_linear():
    network = FlowNetwork(
        processes=(Process("turbine", closes=("energy",)),),
        flows=(
            Flow("steam", "environment", "turbine", kind="heat", layer="energy"),
            Flow("power", "turbine", "environment", kind="electricity", layer="energy",
                 factor=3.6),
        ),
    )  # fmt: skip
    assert linear(network, "energy") == ("turbine",)


def test_what_readings_of_one_device_share_is_counted_before_what_contents_share():
    network = FlowNetwork(
        processes=(Process("hall", closes=("mass", "energy")),),
        flows=(
            Flow("first", "environment", "hall", good="waste"),
            Flow("second", "environment", "hall", good="waste"),
        ),
        goods=(WASTE,),
        devices=(Device("scale"),),
    )
    data = {
        "first": Measured("first", 10.0, 0.0, 0.1, "scale"),
        "second": Measured("second", 20.0, 0.0, 0.2, "scale"),
    }
    row = energy(network, data)
    # by the device 6 times (0.1 + 0.2), by the content 0.5 times (10 + 20)
    assert row.residual.sigma == pytest.approx(math.hypot(1.8, 15.0))


def test_reconciled_values_keep_their_covariance_in_other_layers():
    network = boiler()
    data = measured(waste=(100, 1), gas=(1000, 0), steam=(500, 5), losses=(121.6, 10))

    def covariance(ids):
        spread = {"waste": 2.0, "gas": 0.0, "steam": 0.0, "losses": 0.0}
        return np.diag([spread[name] ** 2 for name in ids])

    row = energy(network, data, covariance=covariance)
    assert row.residual.sigma == pytest.approx(math.hypot(6 * 2.0, 100 * 0.5))
