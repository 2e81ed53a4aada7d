"""Loops are solved exactly, and what cannot be solved is named."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facilities.equations import equations
from facilities.parkfile import builtin, load
from facilities.simulate import simulate
from flows.errors import Refused
from flows.network import Flow, FlowNetwork, Process, Relation, Stock, TransferCoefficient

DAY = date(2025, 3, 1)

#: 1800 t/d and 0.3 of 400 t/d of organics to the furnace; leachate 0.18 of its feed, 0.55 of the
#: organics and 150 t/d of the landfill to the water plant; sludge 0.04 of that to the furnace.
LOOP = """
    [[process]]
    id = "furnace"
    [[process]]
    id = "organics"
    [[process]]
    id = "water"
    [[flow]]
    id = "waste"
    from = "environment:district"
    to = "furnace"
    [[flow]]
    id = "food"
    from = "environment:district"
    to = "organics"
    [[flow]]
    id = "residue"
    from = "organics"
    to = "furnace"
    [[flow]]
    id = "wastewater"
    from = "organics"
    to = "water"
    [[flow]]
    id = "products"
    from = "organics"
    to = "environment:market"
    [[flow]]
    id = "leachate"
    from = "furnace"
    to = "water"
    [[flow]]
    id = "burnt"
    from = "furnace"
    to = "environment:atmosphere"
    [[flow]]
    id = "landfill-leachate"
    from = "environment:landfill"
    to = "water"
    [[flow]]
    id = "sludge"
    from = "water"
    to = "furnace"
    [[flow]]
    id = "reclaimed"
    from = "water"
    to = "environment:district"
    [[coefficient]]
    process = "organics"
    flow = "residue"
    value = 0.3
    [[coefficient]]
    process = "organics"
    flow = "wastewater"
    value = 0.55
    [[coefficient]]
    process = "furnace"
    flow = "leachate"
    value = 0.18
    [[coefficient]]
    process = "water"
    flow = "sludge"
    value = 0.04
"""


def test_the_internal_loop_of_the_park_is_solved_to_its_digits(park):
    network = park(LOOP).network(DAY)
    run = simulate(network, {"waste": 1800, "food": 400, "landfill-leachate": 150})
    furnace = sum(run.of(name)[0] for name in ("waste", "residue", "sludge"))
    water = sum(run.of(name)[0] for name in ("wastewater", "leachate", "landfill-leachate"))
    assert furnace == pytest.approx(1948.831587, rel=1e-9)
    assert water == pytest.approx(720.789686, rel=1e-9)
    assert run.of("sludge")[0] == pytest.approx(28.831587, rel=1e-7)
    # by hand: F = (1800 + 120 + 0.04 * 370)/(1 - 0.0072)
    assert furnace == pytest.approx((1800 + 120 + 0.04 * 370) / (1 - 0.0072), rel=1e-13)


def test_one_pass_along_the_chain_would_be_one_and_a_half_percent_low(park):
    network = park(LOOP).network(DAY)
    run = simulate(network, {"waste": 1800, "food": 400, "landfill-leachate": 150})
    furnace = sum(run.of(name)[0] for name in ("waste", "residue", "sludge"))
    assert 1 - (1800 + 120) / furnace == pytest.approx(0.015, abs=5e-4)


def test_many_days_are_each_what_they_are_alone(park):
    network = park(LOOP).network(DAY)
    waste = [1800.0, 0.0, 950.0]
    many = simulate(network, {"waste": waste, "food": 400, "landfill-leachate": 150})
    for day, amount in enumerate(waste):
        alone = simulate(network, {"waste": amount, "food": 400, "landfill-leachate": 150})
        assert many.amounts[day] == pytest.approx(alone.amounts[0], rel=1e-14, abs=1e-12)


def test_a_share_may_differ_from_day_to_day_by_an_offset(park):
    network = park(LOOP).network(DAY)
    drivers = {"waste": 1800, "food": 400, "landfill-leachate": 150}
    run = simulate(network, drivers, offsets={"water>sludge": [0.0, 5.0]})
    water = sum(run.of(name) for name in ("wastewater", "leachate", "landfill-leachate"))
    assert run.of("sludge") - 0.04 * water == pytest.approx([0.0, 5.0], abs=1e-10)


def test_what_is_not_determined_is_named(park):
    network = park(LOOP).network(DAY)
    with pytest.raises(Refused) as caught:
        simulate(network, {"waste": 1800, "food": 400})
    (found,) = caught.value.findings
    assert found.code == "system-underdetermined"
    members = set(str(found.params["members"]).split(", "))
    assert {"landfill-leachate", "sludge", "leachate", "reclaimed", "burnt"} <= members
    assert not members & {"waste", "food", "residue", "wastewater", "products"}


def test_a_driver_too_much_that_agrees_is_no_contradiction_and_one_that_does_not_is(park):
    network = park(LOOP).network(DAY)
    drivers = {"waste": 1800, "food": 400, "landfill-leachate": 150}
    simulate(network, drivers | {"residue": 120})
    with pytest.raises(Refused) as caught:
        simulate(network, drivers | {"residue": 121})
    (found,) = caught.value.findings
    assert found.code == "system-contradiction"
    assert found.params["members"] == "organics>residue"
    assert found.params["residual"] == pytest.approx(1.0)


def test_the_equations_that_contradict_each_other_are_named_and_no_others():
    """A relation and a coefficient both say what leaves; the balances beside them are fine."""
    network = FlowNetwork(
        processes=(Process("a"), Process("b")),
        flows=(
            Flow("in", "environment", "a"),
            Flow("on", "a", "b"),
            Flow("rest", "a", "environment"),
            Flow("out", "b", "environment"),
        ),
        coefficients=(TransferCoefficient("a", "on", 0.4),),
        relations=(Relation("contract", (("rest", 1.0),), 50.0),),
    )
    assert simulate(network, {"in": 50.0 / 0.6}).of("out") == pytest.approx([50.0 / 0.6 - 50.0])
    with pytest.raises(Refused) as caught:
        simulate(network, {"in": 100.0})
    (found,) = caught.value.findings
    assert found.code == "system-contradiction"
    members = set(str(found.params["members"]).split(", "))
    assert members == {"a mass", "a>on", "contract"}


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_rounding_contradicts_nothing_at_any_size_and_a_millionth_does(park, size):
    network = park(LOOP).network(DAY)
    drivers = {"waste": 1800 * size, "food": 400 * size, "landfill-leachate": 150 * size}
    run = simulate(network, drivers)
    said = {name: float(run.of(name)[0]) for name in ("residue", "sludge", "leachate")}
    assert simulate(network, drivers | said).of("burnt") == pytest.approx(run.of("burnt"))
    with pytest.raises(Refused):
        simulate(network, drivers | {"residue": said["residue"] * (1.0 + 1e-6)})


CYCLE = FlowNetwork(
    processes=(Process("a"), Process("b")),
    flows=(
        Flow("in", "environment", "a"),
        Flow("there", "a", "b"),
        Flow("back", "b", "a"),
    ),
)


def test_a_loop_that_nothing_leaves_is_named_not_solved():
    with pytest.raises(Refused) as caught:
        simulate(CYCLE, {"in": 100.0})
    (found,) = caught.value.findings
    assert (found.code, found.params["members"]) == ("cycle-closed", "there, back")


def test_a_loop_is_closed_too_where_coefficients_send_everything_round():
    leaving = Flow("out", "b", "environment")
    network = FlowNetwork(
        processes=CYCLE.processes,
        flows=(*CYCLE.flows, leaving),
        coefficients=(TransferCoefficient("b", "back", 1.0),),
    )
    with pytest.raises(Refused) as caught:
        simulate(network, {"in": 100.0})
    assert caught.value.findings[0].code == "cycle-closed"


def test_a_recirculation_of_unknown_size_is_undetermined_but_not_closed():
    network = FlowNetwork(
        processes=CYCLE.processes, flows=(*CYCLE.flows, Flow("out", "b", "environment"))
    )
    with pytest.raises(Refused) as caught:
        simulate(network, {"in": 100.0})
    (found,) = caught.value.findings
    assert (found.code, found.params["members"]) == ("system-underdetermined", "there, back")


def test_a_stock_takes_what_its_outflow_leaves_or_stays_as_it_is():
    network = FlowNetwork(
        processes=(Process("bunker"),),
        flows=(Flow("in", "environment", "bunker"), Flow("out", "bunker", "environment")),
        stocks=(Stock("bunker"),),
    )
    assert simulate(network, {"in": 10.0}).of("out") == pytest.approx([10.0])
    assert simulate(network, {"in": 10.0, "stock:bunker": 4.0}).of("out") == pytest.approx([6.0])
    run = simulate(network, {"in": 10.0, "out": 12.0}, free=["stock:bunker"])
    assert run.of("stock:bunker") == pytest.approx([-2.0])


def test_a_driver_that_is_not_in_the_network_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError, match="nowhere"):
        simulate(CYCLE, {"nowhere": 1.0})


shares = st.floats(0.01, 0.45)


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(2, 8),
    data=st.data(),
    inflow=st.floats(1e-3, 1e6),
)
def test_simulated_amounts_close_every_balance(size, data, inflow):
    # a ring with chords: each process passes a share on, one back, and the rest outside
    names = [f"p{number}" for number in range(size)]
    flows = [Flow("in", "environment", names[0])]
    coefficients = []
    for number, name in enumerate(names):
        for step in (1, 2):
            to = names[(number + step) % size]
            if to == name:
                continue
            flow = Flow(f"{name}-{step}", name, to)
            flows.append(flow)
            coefficients.append(TransferCoefficient(name, flow.id, data.draw(shares)))
        flows.append(Flow(f"{name}-out", name, "environment"))
    network = FlowNetwork(
        processes=tuple(map(Process, names)), flows=tuple(flows), coefficients=tuple(coefficients)
    )
    run = simulate(network, {"in": [inflow, 0.0, 2 * inflow]})
    for name in names:
        into = sum(run.of(item.id) for item in flows if item.target == name)
        out = sum(run.of(item.id) for item in flows if item.source == name)
        assert np.all(np.abs(into - out) <= 1e-12 * into)
    assert run.amounts[2] == pytest.approx(2 * run.amounts[0], rel=1e-12)


def test_a_month_of_two_facilities_closes_mass_and_energy_everywhere():
    network = load(builtin("two-facilities")).network(DAY, design=True)
    days = np.linspace(1000.0, 1900.0, 31)
    run = simulate(network, {"incineration.received": days, "leachate.inflow-landfill": 150.0})
    system = equations(network)
    residual = np.abs(system.matrix @ run.amounts.T)
    throughput = abs(system.matrix) @ np.abs(run.amounts.T)
    assert {"incineration.furnace mass", "incineration.busbar energy"} <= set(system.names)
    assert np.all(residual <= 1e-12 * throughput)
