"""Catering and kitchen waste: the plant simulated line by line, against hand arithmetic."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import pytest

from facilities import biodiesel, tables
from facilities.base import Direction
from facilities.equations import equations
from facilities.kinds import BY_CODE
from facilities.simulate import simulate
from flows.errors import Refused
from flows.measured import Measured
from flows.reconcile import reconcile

DAY = date(2025, 3, 1)
DEFAULTS = tables.parameters("kitchen-waste")

RECEIVED = ("district > plant.catering", "district > plant.household")
LEAVING = (
    "plant.rejects > disposal",
    "boilers > plant.steam",
    "plant.solids > disposal",
    "plant.screenings > disposal",
    "plant.cake > disposal",
    "plant.liquor > sewer",
    "plant.biogas > engines",
    "grid > plant.power",
)
GREASE = "plant.grease > market"
BIODIESEL = "plant.biodiesel > market"


def plant(park, *links, **parameters):
    """Network of one plant with its design; links are written `from > to`."""
    lines = ["[[facility]]", 'id = "plant"', 'kind = "kitchen-waste"', "[facility.parameters]"]
    lines += [f"{name.replace('_', '-')} = {value}" for name, value in parameters.items()]
    for link in links:
        ends = [end if "." in end else f"environment:{end}" for end in link.split(" > ")]
        lines += ["[[link]]", f'from = "{ends[0]}"', f'to = "{ends[1]}"']
    made = park("\n".join(lines))
    assert made.findings == ()
    return made.network(DAY, design=True)


def day(network, **drivers):
    """Amounts of one day by local name."""
    run = simulate(network, {f"plant.{key.replace('_', '-')}": v for key, v in drivers.items()})
    return {name.removeprefix("plant."): float(run.of(name)[0]) for name in run.ids}


def open_balances(network, amounts):
    """Names of the rows that the amounts of one day leave open."""
    system = equations(network)
    values = np.array([amounts[name.removeprefix("plant.")] for name in system.ids])
    left = np.abs(system.matrix @ values - system.right)
    size = abs(system.matrix) @ np.abs(values) + np.abs(system.right)
    return [name for name, a, b in zip(system.names, left, size, strict=True) if a > 1e-12 * b]


def test_switches_are_off_or_on_and_every_other_default_has_room_on_a_side():
    switches = {"catering-line", "household-line", "digestion", "biodiesel-line"}
    for name, item in DEFAULTS.items():
        if name in switches:
            assert item.value in (0.0, 1.0)
            assert item.sigma == 0.0
        else:
            assert item.low < item.high
            assert item.sigma > 0.0


def test_300_t_of_household_waste_by_hand(park):
    network = plant(
        park, RECEIVED[1], *LEAVING[3:], catering_line=0, ch4_share=0.6, household_yield=0.33
    )
    found = day(network, household=300)
    assert found["screenings"] == pytest.approx(300 * 0.15)
    assert found["process-water"] == pytest.approx(300 * 0.30)
    assert found["pulp"] == pytest.approx(300 + 90 - 45)
    gas = 300_000 * 0.22 * 0.70 * 0.85 * 0.33 / 0.6
    assert found["raw-biogas"] == pytest.approx(gas)
    assert gas / 300 == pytest.approx(72.0, abs=0.01)
    assert found["flare"] == pytest.approx(0.02 * gas)
    assert found["biogas"] == pytest.approx(0.98 * gas)
    # 1.21 kg/Nm3; the digester loses nothing else
    assert found["digestate"] == pytest.approx(345 - 0.00121 * gas)
    dry = 300 * 0.22 * 0.70 - 0.00121 * gas
    assert found["cake"] == pytest.approx(0.65 * dry / 0.30)
    assert found["liquor"] == pytest.approx(found["digestate"] - found["cake"])
    assert found["power"] == pytest.approx(0.035 * 300)
    # plastics, grit and cake of published plants: 0.15 to 0.30 of the feed
    assert 0.15 <= (found["screenings"] + found["cake"]) / 300 <= 0.30
    assert open_balances(network, found) == []


def test_400_t_of_catering_waste_by_hand(park):
    network = plant(park, RECEIVED[0], *LEAVING[:3], *LEAVING[4:], GREASE, household_line=0)
    found = day(network, catering=400)
    assert found["rejects"] == pytest.approx(400 * 0.14)
    assert found["sorted"] == pytest.approx(400 * 0.86)
    assert found["steam"] == pytest.approx(0.10 * 344)
    assert found["heated"] == pytest.approx(344 + 34.4)
    assert found["crude-grease"] == pytest.approx(11.2)
    assert found["grease"] == pytest.approx(11.2)
    assert found["solids"] == pytest.approx(40.0)
    assert found["slurry"] == pytest.approx(378.4 - 11.2 - 40.0)
    gas = 327_200 * 0.10 * 0.85 * 0.40 / 0.6
    assert found["raw-biogas"] == pytest.approx(gas)
    assert 40.0 <= gas / 400 <= 110.0
    dry = 32.72 - 0.00121 * gas
    assert found["cake"] == pytest.approx(0.65 * dry / 0.30)
    assert found["liquor"] == pytest.approx(327.2 - 0.00121 * gas - found["cake"])
    assert found["power"] == pytest.approx(14.0)
    assert biodiesel.grease_check("plant.grease", 400.0, found["grease"]) is None
    assert open_balances(network, found) == []


def test_dry_mass_of_catering_waste_leaves_rejects_and_solids_a_plausible_moisture(park):
    network = plant(park, RECEIVED[0], *LEAVING[:3], *LEAVING[4:], GREASE, household_line=0)
    found = day(network, catering=400)
    left = 400 * 0.18 - found["crude-grease"] - found["slurry"] * DEFAULTS["slurry-ts"].value
    assert 0.2 < left / (found["rejects"] + found["solids"]) < 0.4


def test_both_lines_share_the_digester_and_add(park):
    both = plant(park, *RECEIVED, *LEAVING, GREASE)
    found = day(both, catering=400, household=300)
    one = day(
        plant(park, RECEIVED[0], *LEAVING[:3], *LEAVING[4:], GREASE, household_line=0), catering=400
    )
    other = day(plant(park, RECEIVED[1], *LEAVING[3:], catering_line=0), household=300)
    for name in ("raw-biogas", "cake", "liquor", "digestate", "power"):
        assert found[name] == pytest.approx(one[name] + other[name]), name
    into = found["catering"] + found["household"] + found["steam"] + found["process-water"]
    out = sum(found[name] for name in ("rejects", "solids", "grease", "screenings", "cake"))
    out += found["liquor"] + 0.00121 * (found["biogas"] + found["flare"])
    assert out == pytest.approx(into, rel=1e-12)


def test_what_two_districts_bring_counts_together(park):
    links = ("district > plant.household-east", "district > plant.household-west")
    network = plant(park, *links, *LEAVING[3:], catering_line=0)
    found = day(network, household_east=100, household_west=200)
    whole = day(plant(park, RECEIVED[1], *LEAVING[3:], catering_line=0), household=300)
    for name in ("raw-biogas", "screenings", "process-water", "cake", "power"):
        assert found[name] == pytest.approx(whole[name]), name


def test_grease_becomes_biodiesel_by_hand(park):
    network = plant(park, *RECEIVED, *LEAVING, BIODIESEL, biodiesel_line=1, free_fatty_acids=0)
    found = day(network, catering=400, household=300)
    clean = 11.2 * 0.965
    assert found["grease-to-esterification"] == pytest.approx(11.2)
    assert found["biodiesel"] == pytest.approx(0.935 * clean)
    assert found["methanol"] == pytest.approx(0.108563 * clean, rel=1e-4)
    assert found["glycerol"] == pytest.approx(0.10401 * clean * 0.935 / 1.004553, rel=1e-4)
    # water and impurities, oil not converted, and methanol lost with it
    unconverted = 1 - 0.935 / 1.004553
    residue = 11.2 * 0.035 + clean * unconverted * (1 + 0.108563)
    assert found["grease-residue"] == pytest.approx(residue, rel=1e-3)
    assert open_balances(network, found) == []


def test_free_fatty_acids_cost_glycerol_and_their_water_is_in_the_residue(park):
    links = (*RECEIVED, *LEAVING, BIODIESEL)
    neat = day(
        plant(park, *links, biodiesel_line=1, free_fatty_acids=0), catering=400, household=300
    )
    sour = day(
        plant(park, *links, biodiesel_line=1, free_fatty_acids=0.5), catering=400, household=300
    )
    assert sour["biodiesel"] == pytest.approx(neat["biodiesel"])
    assert sour["glycerol"] < 0.51 * neat["glycerol"]
    assert sour["methanol"] > neat["methanol"]
    assert sour["grease-residue"] > neat["grease-residue"]


def test_of_grease_sold_and_converted_the_parameter_says_how_much_is_sold(park):
    links = (*RECEIVED, *LEAVING, BIODIESEL, GREASE)
    network = plant(park, *links, biodiesel_line=1, grease_sold_share=0.25)
    found = day(network, catering=400, household=300)
    assert found["grease"] == pytest.approx(2.8)
    assert found["grease-to-esterification"] == pytest.approx(8.4)
    assert open_balances(network, found) == []


def test_grease_that_goes_nowhere_fills_the_tank(park):
    network = plant(park, *RECEIVED, *LEAVING)
    with pytest.raises(Refused) as caught:
        day(network, catering=400, household=300)
    assert caught.value.findings[0].code == "system-contradiction"
    drivers = {"plant.catering": 400, "plant.household": 300}
    run = simulate(network, drivers, free=["stock:plant.grease-tank"])
    assert run.of("stock:plant.grease-tank")[0] == pytest.approx(11.2)


def test_grease_may_wait_in_its_tank_and_slurry_in_the_digester(park):
    network = plant(park, *RECEIVED, *LEAVING, GREASE)
    run = simulate(
        network,
        {
            "plant.catering": 400,
            "plant.household": 300,
            "stock:plant.grease-tank": 11.2,
            "stock:plant.digester": 50,
        },
    )
    still = day(network, catering=400, household=300)
    assert run.of("plant.grease")[0] == pytest.approx(0.0, abs=1e-9)
    assert run.of("plant.digestate")[0] == pytest.approx(still["digestate"] - 50)
    assert run.of("plant.raw-biogas")[0] == pytest.approx(still["raw-biogas"])


def test_slurry_of_another_plant_yields_gas_and_cake_as_the_own(park):
    links = (*RECEIVED, *LEAVING, GREASE)
    alone = day(plant(park, *links), catering=400, household=300)
    network = plant(park, *links, "other > plant.slurry-in", "boilers > plant.heat")
    found = day(network, catering=400, household=300, slurry_in=100)
    gas = 100_000 * 0.10 * 0.85 * 0.40 / 0.6
    assert found["raw-biogas"] - alone["raw-biogas"] == pytest.approx(gas)
    cake = 0.65 * (10 - 0.00121 * gas) / 0.30
    assert found["cake"] - alone["cake"] == pytest.approx(cake)
    assert found["power"] - alone["power"] == pytest.approx(3.5)
    assert found["heat"] == pytest.approx(0.15 * (327.2 + 345 + 100))


def test_own_boilers_take_a_share_of_the_gas_where_they_are_linked(park):
    network = plant(park, *RECEIVED, *LEAVING, GREASE, "plant.gas-to > boilers")
    found = day(network, catering=400, household=300)
    assert found["gas-to"] == pytest.approx(0.10 * found["raw-biogas"])
    assert found["biogas"] == pytest.approx(0.88 * found["raw-biogas"])


def test_heat_of_the_digester_is_a_tenth_to_a_seventh_of_its_gas(park):
    network = plant(park, RECEIVED[1], *LEAVING[3:], "boilers > plant.heat", catering_line=0)
    found = day(network, household=300)
    assert 0.10 <= found["heat"] / (found["raw-biogas"] * 0.6 * 0.03581) <= 0.15


def test_without_digesters_slurry_and_pulp_leave_and_there_is_no_gas(park):
    links = (*RECEIVED, *LEAVING[:4], LEAVING[7], GREASE)
    sent = ("plant.slurry-out > other", "plant.pulp-out > other")
    network = plant(park, *links, *sent, digestion=0)
    found = day(network, catering=400, household=300)
    assert found["slurry-out"] == pytest.approx(327.2)
    assert found["pulp-out"] == pytest.approx(345.0)
    assert not {"slurry", "pulp", "raw-biogas", "cake", "heat"} & found.keys()
    assert open_balances(network, found) == []


SWITCHES = ("catering-line", "household-line", "digestion", "biodiesel-line")


@pytest.mark.parametrize("optional", [False, True], ids=["required", "all-ports"])
@pytest.mark.parametrize("chosen", list(product((0, 1), repeat=4)))
def test_whatever_lines_a_plant_has_it_can_be_simulated_and_closes(park, chosen, optional):
    switches = dict(zip(SWITCHES, chosen, strict=True))
    catering, household, digests, esters = chosen
    parameters = dict(DEFAULTS) | {
        name: tables.Parameter(name, value, 0, 1, "1", 0, "test", "seen", {})
        for name, value in switches.items()
    }
    blueprint = BY_CODE["kitchen-waste"].build("plant", parameters)
    ports = [
        port for port in blueprint.ports
        if (not port.optional and not port.default)
        or (port.optional and optional)
        or (port.name == "grease" and catering and not esters)
    ]  # fmt: skip
    links = [
        f"outside > plant.{port.name}"
        if port.direction is Direction.IN
        else f"plant.{port.name} > outside"
        for port in ports
    ]
    network = plant(park, *links, **{key.replace("-", "_"): v for key, v in switches.items()})
    drivers = {"catering": 400.0} if catering else {}
    drivers |= {"household": 300.0} if household else {}
    if digests and optional:
        drivers["slurry_in"] = 50.0
    found = day(network, **drivers)
    assert open_balances(network, found) == []
    assert all(value >= -1e-9 for value in found.values())
    assert ("raw-biogas" in found) == bool(digests)
    assert ("biodiesel" in found) == bool(esters and catering)


@pytest.mark.parametrize("seed", range(12))
def test_with_parameters_a_sigma_away_everything_still_closes_and_nothing_is_negative(park, seed):
    draw = np.random.default_rng(seed).uniform(-1.0, 1.0, len(DEFAULTS))
    moved = {
        name.replace("-", "_"): min(max(item.value + step * item.sigma, item.low), item.high)
        for (name, item), step in zip(DEFAULTS.items(), draw, strict=True)
    }
    links = (*RECEIVED, *LEAVING, BIODIESEL, "plant.gas-to > boilers", "boilers > plant.heat")
    network = plant(park, *links, **moved | {"biodiesel_line": 1})
    found = day(network, catering=400, household=300)
    assert open_balances(network, found) == []
    assert min(found.values()) >= 0.0
    gas = found["raw-biogas"] * 0.00121
    vs = found["slurry"] * moved["slurry_ts"] * moved["slurry_vs"]
    vs += 300 * moved["household_ts"] * moved["household_vs"] * (1 - moved["household_loss"])
    assert gas < vs


# plants together

TWO_PLANTS = """
    [[facility]]
    id = "catering"
    kind = "kitchen-waste"
    [facility.parameters]
    household-line = 0
    digestion = 0
    [[facility]]
    id = "kitchen"
    kind = "kitchen-waste"
    [facility.parameters]
    catering-line = 0
    [[facility]]
    id = "center"
    kind = "biogas"
"""


def link(start, end, *more):
    return "\n".join(("[[link]]", f'from = "{start}"', f'to = "{end}"', *more, ""))


OUTSIDE = "environment:outside"
JOINED = TWO_PLANTS + "\n".join(
    (
        *(link(OUTSIDE, f"catering.{port}") for port in ("catering", "steam", "power")),
        *(link(f"catering.{port}", OUTSIDE) for port in ("rejects", "solids", "grease")),
        *(link(OUTSIDE, f"kitchen.{port}") for port in ("household", "heat")),
        *(link(f"kitchen.{port}", OUTSIDE) for port in ("screenings", "cake", "liquor")),
        link("catering.slurry-out", "kitchen.slurry-in-catering"),
        link("kitchen.biogas", "center.gas-kitchen"),
        link("environment:landfill", "center.gas-landfill", 'good = "landfill-gas"'),
        link("center.power-to-kitchen", "kitchen.power"),
        link("center.gas-to-boilers", OUTSIDE),
    )
)


def test_a_catering_plant_without_digesters_makes_the_same_gas_in_those_of_another(park):
    made = park(JOINED)
    assert made.findings == ()
    network = made.network(DAY, design=True)
    run = simulate(
        network,
        {"catering.catering": 400, "kitchen.household": 300, "center.gas-landfill": 20_000},
    )
    alone = day(plant(park, *RECEIVED, *LEAVING, GREASE), catering=400, household=300)
    for name in ("raw-biogas", "cake", "liquor", "biogas"):
        # the flow of a link has the id of the port it comes from
        assert run.of(f"kitchen.{name}")[0] == pytest.approx(alone[name]), name
    gas = alone["biogas"] * 0.00121 + 20_000 * 0.00123
    mixed = sum(run.of(f"center.{name}")[0] for name in ("gas-to-engines", "flare"))
    assert mixed == pytest.approx(0.95 * gas / 0.00122)
    power = run.of("center.gross-power")[0]
    # received at the one plant is waste, at the other waste and slurry
    kitchen = 0.035 * (300 + run.of("catering.slurry-out")[0])
    assert run.of("center.power-to-kitchen")[0] == pytest.approx(kitchen)
    assert run.of("center.export")[0] == pytest.approx(0.94 * power - kitchen)


def test_what_was_simulated_reconciles_without_an_adjustment(park):
    made = park(JOINED)
    run = simulate(
        made.network(DAY, design=True),
        {"catering.catering": 400, "kitchen.household": 300, "center.gas-landfill": 20_000},
    )
    metered = (
        "catering.catering", "catering.rejects", "catering.steam", "catering.solids",
        "catering.grease", "catering.slurry-out", "kitchen.household", "kitchen.screenings",
        "kitchen.process-water", "kitchen.cake", "kitchen.liquor", "kitchen.biogas",
        "kitchen.flare", "center.gas-landfill", "center.gas-to-engines", "center.flare",
        "center.gas-to-boilers", "stock:catering.grease-tank", "stock:kitchen.digester",
    )  # fmt: skip
    measured = []
    for name in metered:
        value = float(run.of(name)[0])
        measured.append(Measured(name, value, 0.01 * value + 0.1))
    result = reconcile(made.network(DAY), measured, layer="mass", days=1.0)
    rows = {row.id: row for row in (*result.flows, *result.stocks)}
    for name in metered:
        assert rows[name].reconciled == pytest.approx(float(run.of(name)[0]), rel=1e-9, abs=1e-9)
    # three balances are over: of the catering line, of the kitchen plant, of the gas
    assert result.dof == 3
    assert result.chi2 == pytest.approx(0.0, abs=1e-12)
    for name in ("kitchen.raw-biogas", "kitchen.digestate", "catering.crude-grease"):
        assert rows[name].reconciled == pytest.approx(float(run.of(name)[0]), rel=1e-9)
