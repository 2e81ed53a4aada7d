"""What matter carries, reconciled with it: the heating value that a boiler's steam betrays."""

from __future__ import annotations

import math

import pytest

from flows.balance import Closure, balances
from flows.contents import Content
from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Good, Process, Stock
from flows.reconcile.contents.carried import as_layer, as_readings
from flows.reconcile.contents.layered import reconcile_layers

WASTE = Good("waste", contents={"energy": (8.0, 0.8)})
WATER = Good("water", contents={"energy": (-2.443, 0.0)})

#: A bunker that need not close in energy feeds a furnace that must.
FURNACE = FlowNetwork(
    processes=(Process("bunker"), Process("furnace", closes=("energy",))),
    flows=(
        Flow("received", "environment", "bunker", good="waste"),
        Flow("drained", "bunker", "environment", good="water"),
        Flow("fed", "bunker", "furnace", good="waste"),
        Flow("steam", "furnace", "environment", kind="heat", layer="energy"),
        Flow("losses", "furnace", "environment", kind="heat", layer="energy"),
    ),
    goods=(WASTE, WATER),
    stocks=(Stock("bunker"),),
)
READ = [
    Measured("received", 1100.0, 5.0),
    Measured("drained", 150.0, 3.0),
    Measured("fed", 1000.0, 10.0),
    Measured("stock:bunker", -50.0, 4.0),
    Measured("steam", 6300.0, 63.0),
    Measured("losses", 900.0, 90.0),
]


def reconciled(readings=READ, network=FURNACE):
    return reconcile_layers(
        network, readings, layers=("mass", "energy"), carried=("energy",), carrier="mass"
    )


def content(answer, name):
    (row,) = [row for row in answer.concentrations if row.id == name]
    return row


def test_steam_and_losses_tell_the_heating_value_of_waste():
    waste = content(reconciled(), "fed.energy")
    # (6300 + 900) GJ of 1000 t, against 8 +- 0.8 GJ/t said of the good. What is fed is known to
    # 1 / sqrt(1/10^2 + 1/(5^2 + 3^2 + 4^2)) = 5.8 t by the bunker, so the heat balance to
    # sqrt(63^2 + 90^2 + (7.2 * 5.8)^2) = 117.5 GJ: it wins.
    weights = 1 / 0.8**2, 1 / 0.1175**2
    assert waste.reconciled == pytest.approx(
        (8.0 * weights[0] + 7.2 * weights[1]) / sum(weights), abs=0.01
    )
    assert waste.sigma_reconciled == pytest.approx(1 / math.sqrt(sum(weights)), rel=0.03)


def test_a_sample_of_the_waste_speaks_before_its_good():
    sample = as_readings(
        {"fed": Content(7.6, 0.1, "fed.lhv"), "received": Content(8.0, 0.8, "good:waste")}, "energy"
    )
    assert [(item.of, item.value, item.sigma) for item in sample] == [("fed.energy", 7.6, 0.1)]
    waste = content(reconciled([*READ, *sample]), "fed.energy")
    assert 7.2 < waste.reconciled < 7.6
    assert waste.sigma_reconciled < 0.1


def test_water_carries_less_than_nothing_and_no_bound_holds_it_at_zero():
    answer = reconciled()
    assert content(answer, "drained.energy").reconciled == -2.443
    assert answer.bounds_active == ()


def test_the_furnace_closes_in_energy_and_the_bunker_shows_what_it_makes_or_ends():
    answer = reconciled()
    network, values, covariance = as_layer(FURNACE, answer, "energy")
    rows = {row.id: row for row in balances(network, values, layer="energy", covariance=covariance)}
    furnace, bunker = rows["furnace"], rows["bunker"]
    assert furnace.closure is Closure.CLOSED
    assert abs(furnace.residual.value) <= 1e-12 * furnace.inflow.value
    assert furnace.residual.sigma == 0.0
    assert furnace.inflow.sigma == pytest.approx(furnace.outflow.sigma, rel=1e-6)
    assert bunker.closure is Closure.TRANSFORMED
    mass = {row.id: row.reconciled for row in answer.flows if row.layer == "mass"}
    waste, water = content(answer, "received.energy").reconciled, -2.443
    (stock,) = (row.reconciled for row in answer.stocks if row.layer == "mass")
    left = (mass["received"] - mass["fed"] - stock) * waste - mass["drained"] * water
    assert bunker.difference.value == pytest.approx(left, rel=1e-9)


def test_the_energy_that_is_fed_is_as_sure_as_the_heat_that_comes_of_it():
    answer = reconciled()
    (fed,) = [row for row in answer.flows if (row.id, row.layer) == ("fed", "energy")]
    variance = answer.covariance(["fed:energy"])[0, 0]
    assert fed.sigma_reconciled == pytest.approx(math.sqrt(variance), rel=1e-9)
    # 7200 GJ by heat, sigma sqrt(63^2 + 90^2) = 110 GJ; 8000 +- 800 GJ by weight and good
    assert fed.sigma_reconciled == pytest.approx(1 / math.hypot(1 / 110, 1 / 804), rel=0.02)
