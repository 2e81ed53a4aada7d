"""Small parks balanced by hand."""

import math

import numpy as np
import pytest

from flows.balance import Closure, Level, balances
from flows.measured import Measured
from flows.network import Flow, FlowNetwork, Process, Stock
from flows.reconcile import reconcile


def park() -> FlowNetwork:
    """received -> bunker -> furnace -> ash, gas; leachate from the bunker to a water plant."""
    return FlowNetwork(
        name="small",
        processes=(
            Process("wte.bunker", facility="wte"),
            Process("wte.furnace", facility="wte"),
            Process("water.plant", facility="water"),
        ),
        flows=(
            Flow("received", "environment:district", "wte.bunker"),
            Flow("leachate", "wte.bunker", "water.plant"),
            Flow("fed", "wte.bunker", "wte.furnace"),
            Flow("ash", "wte.furnace", "environment"),
            Flow("flue-gas", "wte.furnace", "environment:atmosphere"),
            Flow("permeate", "water.plant", "environment:district"),
            Flow("power", "wte.furnace", "environment:grid", kind="electricity", layer="energy",
                 factor=3.6),
        ),
        stocks=(Stock("wte.bunker"),),
    )  # fmt: skip


def readings(**values: tuple[float, float]) -> dict[str, Measured]:
    named = {key.replace("_", "-"): pair for key, pair in values.items()}
    named = {("stock:wte.bunker" if key == "level" else key): pair for key, pair in named.items()}
    return {key: Measured(key, value, sigma) for key, (value, sigma) in named.items()}


def one(rows, level, name):
    (row,) = [row for row in rows if row.level is level and row.id == name]
    return row


def test_a_bunker_closes_with_its_stock():
    # 1000 received = 180 leachate + 790 fed + 30 more in the bunker
    data = readings(received=(1000, 3), leachate=(180, 2), fed=(790, 6), level=(30, 0))
    row = one(balances(park(), data), Level.PROCESS, "wte.bunker")
    assert (row.inflow.value, row.outflow.value, row.stock_change.value) == (1000, 970, 30)
    assert row.residual.value == 0
    assert row.residual.sigma == pytest.approx(7.0)  # sqrt(9 + 4 + 36)
    assert row.tolerance == pytest.approx(1.96 * 7.0)
    assert row.closure is Closure.CLOSED


def test_what_is_lost_beyond_the_tolerance_leaves_the_balance_open():
    data = readings(received=(1000, 3), leachate=(180, 2), fed=(790, 6), level=(0, 0))
    row = one(balances(park(), data), Level.PROCESS, "wte.bunker")
    assert row.residual.value == 30
    assert row.closure is Closure.OPEN


def test_a_furnace_with_unmeasured_flue_gas_is_never_called_closed():
    data = readings(fed=(790, 6), ash=(170, 2))
    row = one(balances(park(), data), Level.PROCESS, "wte.furnace")
    assert row.unmeasured == ("flue-gas",)
    assert row.residual.value is None
    assert row.closure is Closure.UNTESTED


def test_a_sum_of_which_only_a_part_is_known_says_so():
    data = readings(fed=(790, 6), ash=(170, 2))
    row = one(balances(park(), data), Level.PROCESS, "wte.furnace")
    assert (row.inflow.value, row.outflow.value) == (790, 170)
    assert row.partial == ("out",)


def test_a_change_of_stock_is_known_as_a_whole_or_not_at_all():
    """Of two bunkers one was measured: what is in the park has changed by nobody knows how much."""
    two = FlowNetwork(
        processes=(Process("a", facility="wte"), Process("b", facility="wte")),
        flows=(Flow("in-a", "environment", "a"), Flow("in-b", "environment", "b")),
        stocks=(Stock("a"), Stock("b")),
    )
    data = [Measured("in-a", 10, 1), Measured("in-b", 10, 1), Measured("stock:a", 17, 1)]
    row = one(balances(two, {item.of: item for item in data}), Level.FACILITY, "wte")
    assert row.stock_change.value is None
    assert row.unmeasured == ("stock:b",)


@pytest.mark.parametrize(
    ("fed", "sigma", "closure"),
    [(95, 3, Closure.CLOSED), (95, 60, Closure.UNCERTAIN), (10, 40, Closure.OPEN)],
)
def test_what_could_lose_everything_and_be_closed_is_not_called_closed(fed, sigma, closure):
    data = readings(received=(100, 3), leachate=(0, 0), fed=(fed, sigma), level=(0, 0))
    assert one(balances(park(), data), Level.PROCESS, "wte.bunker").closure is closure


def test_where_nothing_passes_nothing_is_tested():
    data = readings(received=(0, 0), leachate=(0, 0), fed=(0, 0), level=(0, 0))
    row = one(balances(park(), data), Level.PROCESS, "wte.bunker")
    assert row.closure is Closure.UNTESTED


def test_a_facility_does_not_count_what_moves_inside_it():
    data = readings(
        received=(1000, 3), leachate=(180, 2), fed=(790, 6), ash=(170, 2), flue_gas=(620, 9),
        level=(30, 0),
    )  # fmt: skip
    row = one(balances(park(), data), Level.FACILITY, "wte")
    assert row.inflow.value == 1000
    assert row.outflow.value == 180 + 170 + 620
    assert row.residual.value == 0


def test_the_park_counts_only_what_crosses_its_border():
    data = readings(received=(1000, 3), ash=(170, 2), flue_gas=(620, 9), permeate=(110, 1),
                    level=(30, 0))  # fmt: skip
    row = one(balances(park(), data), Level.PARK, "small")
    assert row.residual.value == 1000 - 170 - 620 - 110 - 30


def test_energy_is_not_held_to_close_where_nobody_declared_that_it_does():
    rows = balances(park(), readings(power=(100, 1)), layer="energy")
    row = one(rows, Level.PROCESS, "wte.furnace")
    assert row.closure is Closure.TRANSFORMED
    assert (row.outflow.value, row.unit) == (360, "GJ")
    assert row.residual.value is None


def test_two_streams_of_one_scale_share_its_bias_with_their_signs():
    """In and out over the same scale: a 1 % bias cancels in the residual, noise does not."""
    network = FlowNetwork(
        processes=(Process("yard"),),
        flows=(Flow("in", "environment", "yard"), Flow("out", "yard", "environment")),
    )
    same = {
        "in": Measured("in", 100, 1.0, bias_sigma=1.0, device="scale"),
        "out": Measured("out", 100, 1.0, bias_sigma=1.0, device="scale"),
    }
    apart = {key: Measured(key, 100, 1.0, bias_sigma=1.0) for key in same}
    yard = one(balances(network, same), Level.PROCESS, "yard")
    assert yard.residual.sigma == pytest.approx(math.sqrt(2))
    yard = one(balances(network, apart), Level.PROCESS, "yard")
    assert yard.residual.sigma == pytest.approx(2.0)


def test_reconciled_values_close_without_doubt():
    """What reconciliation has closed has no residual left, and no sigma of one."""
    network = FlowNetwork(
        processes=(Process("yard"),),
        flows=(Flow("in", "environment", "yard"), Flow("out", "yard", "environment")),
    )
    answer = reconcile(network, [Measured("in", 100, 5), Measured("out", 110, 5)])
    values = {row.id: Measured(row.id, row.reconciled, 0.0) for row in answer.flows}
    rows = balances(network, values, covariance=answer.covariance)
    yard = one(rows, Level.PROCESS, "yard")
    assert yard.inflow.value == pytest.approx(105)
    assert yard.inflow.sigma == pytest.approx(5 / math.sqrt(2))
    assert yard.residual.sigma == pytest.approx(0, abs=1e-6)
    assert yard.closure is Closure.CLOSED


def yard(*flows, stocks=(), closes=None):
    return FlowNetwork(processes=(Process("yard", closes=closes),), flows=flows, stocks=stocks)


IN, OUT = Flow("in", "environment", "yard"), Flow("out", "yard", "environment")


def test_exact_values_that_close_but_for_rounding_are_closed():
    more = Flow("more", "environment", "yard")
    data = {
        key: Measured(key, value, 0.0) for key, value in (("in", 0.1), ("more", 0.2), ("out", 0.3))
    }
    row = one(balances(yard(IN, more, OUT), data), Level.PROCESS, "yard")
    assert row.residual.value != 0  # 0.1 + 0.2 - 0.3 in doubles
    assert (row.tolerance, row.closure) == (0, Closure.CLOSED)


def test_volumes_and_power_count_in_the_unit_of_their_layer():
    """Sludge of 1.2 t/m3: 10 +- 1 m3 are 12 +- 1.2 t, and 0.5 m3 of common bias are 0.6 t."""
    sludge = Flow("out", "yard", "environment", kind="volume", factor=1.2)
    data = {
        "in": Measured("in", 12.0, 0.9),
        "out": Measured("out", 10.0, 1.0, bias_sigma=0.5, device="meter"),
    }
    row = one(balances(yard(IN, sludge), data), Level.PROCESS, "yard")
    assert (row.outflow.value, row.residual.value) == (12.0, 0.0)
    assert row.outflow.sigma == pytest.approx(math.hypot(1.2, 0.6))
    assert row.residual.sigma == pytest.approx(math.hypot(0.9, 1.2, 0.6))


def test_a_covariance_is_of_amounts_and_weighed_by_the_factors_too():
    sludge = Flow("out", "yard", "environment", kind="volume", factor=1.2)
    data = {"in": Measured("in", 12.0, 0.0), "out": Measured("out", 10.0, 0.0)}
    variances = {"in": 0.81, "out": 1.0}

    def covariance(ids):
        return np.diag([variances[name] for name in ids])

    row = one(balances(yard(IN, sludge), data, covariance=covariance), Level.PROCESS, "yard")
    assert row.residual.sigma == pytest.approx(math.hypot(0.9, 1.2))


def test_a_layer_that_is_not_declared_to_close_does_not_and_one_that_is_does():
    power = (
        Flow("in", "environment", "yard", kind="electricity", layer="energy", factor=3.6),
        Flow("out", "yard", "environment", kind="electricity", layer="energy", factor=3.6),
    )
    data = {key: Measured(key, 10.0, 0.1) for key in ("in", "out")}

    def closure(closes, flows, layer):
        rows = balances(yard(*flows, closes=closes), data, layer=layer)
        return one(rows, Level.PROCESS, "yard").closure

    assert closure(("energy",), power, "energy") is Closure.CLOSED
    assert closure(("mass",), power, "energy") is Closure.TRANSFORMED
    assert closure(("energy",), (IN, OUT), "mass") is Closure.TRANSFORMED
    assert closure((), (IN, OUT), "mass") is Closure.TRANSFORMED


def test_one_process_that_makes_a_layer_keeps_its_whole_facility_from_closing():
    network = FlowNetwork(
        processes=(
            Process("busbar", facility="wte", closes=("energy",)),
            Process("boiler", facility="wte"),
        ),
        flows=(
            Flow("import", "environment:grid", "busbar", layer="energy"),
            Flow("own-use", "busbar", "boiler", layer="energy"),
            Flow("heat", "boiler", "environment", layer="energy"),
        ),
    )
    data = {flow.id: Measured(flow.id, 5.0, 0.1) for flow in network.flows}
    rows = balances(network, data, layer="energy")
    assert one(rows, Level.PROCESS, "busbar").closure is Closure.CLOSED
    assert one(rows, Level.FACILITY, "wte").closure is Closure.TRANSFORMED


def test_only_the_levels_asked_for_are_drawn_and_only_round_what_the_layer_touches():
    data = readings(received=(1000, 3))
    assert {row.level for row in balances(park(), data, levels=[Level.PARK])} == {Level.PARK}
    named = [row.id for row in balances(park(), {}, layer="energy", levels=[Level.PROCESS])]
    assert named == ["wte.furnace"]
