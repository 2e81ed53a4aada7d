"""A park over time, its blueprints, and what of it can be tested at all."""

from __future__ import annotations

import sys
from datetime import date
from subprocess import run

import pytest

from facilities.kinds import BY_CODE
from facilities.parkfile import builtin, load
from flows.chains import Reconciled, evaluate
from flows.measured import Measured
from flows.network import ALWAYS, Validity
from flows.reconcile import reconcile

DAY = date(2025, 3, 1)


@pytest.fixture(scope="module")
def two():
    return load(builtin("two-facilities"))


def classes(network, logged, layer="mass"):
    """Class of every flow and stock when some are measured by a figure of no importance."""
    measured = [Measured(name, 100.0, 5.0) for name in logged]
    result = reconcile(network, measured, layer=layer, days=1e6)
    return {row.id: str(row.klass) for row in (*result.flows, *result.stocks)}


def test_the_loop_of_the_two_facilities_is_drawn_as_it_runs(two):
    flow = two.network(DAY).flow
    ends = {name: (flow[name].source, flow[name].target) for name in flow}
    assert ends["incineration.leachate"] == ("incineration.bunker", "leachate.equalization")
    assert ends["leachate.sludge"] == ("leachate.mbr", "incineration.furnace")
    assert ends["leachate.ro-concentrate"] == ("leachate.ro", "incineration.furnace")
    assert ends["leachate.reclaimed-to-quench"] == (
        "leachate.permeate-tank", "incineration.ash-extractor",
    )  # fmt: skip
    assert ends["incineration.power-to-leachate"] == ("incineration.busbar", "leachate.mbr")


def test_leachate_counts_one_tonne_a_cubic_metre_and_power_three_point_six_gj(two):
    network = two.network(DAY)
    leachate, power = network.flow["incineration.leachate"], network.flow["incineration.export"]
    assert (leachate.kind, leachate.layer, leachate.factor) == ("volume", "mass", 1.0)
    assert (power.kind, power.layer, power.factor) == ("electricity", "energy", 3.6)
    assert network.layers == ("mass", "energy")


def test_losses_go_to_the_atmosphere_in_sight(two):
    to_air = [f.id for f in two.network(DAY).flows if f.target == "environment:atmosphere"]
    assert to_air == [
        "incineration.flue-gas",
        "incineration.boiler-loss",
        "incineration.condenser-heat",
        "leachate.evaporation",
    ]


def test_the_mass_of_the_furnace_cannot_be_tested_but_the_bunker_can_where_its_level_is_logged(two):
    network = two.network(DAY)
    logged = [f.id for f in network.flows if f.device and f.layer == "mass"]
    with_level = classes(network, [*logged, *(item.id for item in network.stocks)])
    assert with_level["incineration.flue-gas"] == "unobservable"
    assert with_level["incineration.combustion-air"] == "unobservable"
    assert with_level["incineration.reagents"] == "nonredundant"
    assert with_level["incineration.bottom-ash"] == "nonredundant"
    assert with_level["incineration.received"] == "redundant"
    assert with_level["stock:incineration.bunker"] == "redundant"
    without = classes(network, [*logged, "stock:leachate.equalization"])
    assert without["incineration.received"] == "nonredundant"
    assert without["stock:incineration.bunker"] == "observable"


def test_the_busbar_is_redundant(two):
    logged = ("gross-power", "own-use", "power-to-leachate", "export")
    network = two.network(DAY)
    found = classes(network, [f"incineration.{name}" for name in logged], layer="energy")
    assert {found[f"incineration.{name}"] for name in logged} == {"redundant"}


def test_an_internal_flow_takes_its_meter_from_the_file_and_the_tour_its_order(two):
    network = two.network(DAY)
    assert network.flow["incineration.fed"].device == "crane-scale"
    assert network.flow["incineration.received"].order == 1
    assert network.flow["incineration.flue-gas"].order is None
    assert network.stock["incineration.bunker"].maximum == 15_000
    assert network.stock["incineration.bunker"].device == "level-bunker"


def test_design_coefficients_are_for_simulation_and_stay_out_of_balances(two):
    assert two.network(DAY).coefficients == two.network(DAY).relations == ()
    design = two.network(DAY, design=True)
    recovery = next(item for item in design.coefficients if item.process == "leachate.nf")
    assert (recovery.flow, recovery.value, recovery.sigma) == ("leachate.nf-permeate", 0.85, 0.0)
    assert recovery.bias_sigma == 0.03
    assert two.network(DAY, design=True) is design


def test_what_the_park_file_says_stands_over_the_design(park):
    text = builtin("two-facilities").read_text(encoding="utf-8")
    said = (
        '\n[[coefficient]]\nprocess = "leachate.nf"\nflow = "leachate.nf-permeate"\nvalue = 0.8\n'
        '[[relation]]\nid = "incineration.own-use"\n'
        'terms = { "incineration.own-use" = 1.0, "incineration.export" = -0.2 }\n'
    )
    design = park(text[text.index("[[facility]]") :] + said).network(DAY, design=True)
    (recovery,) = (item for item in design.coefficients if item.process == "leachate.nf")
    (own,) = (item for item in design.relations if item.id == "incineration.own-use")
    assert recovery.value == 0.8
    assert own.terms == (("incineration.own-use", 1.0), ("incineration.export", -0.2))


def test_the_anaerobic_step_is_off_by_default_and_brings_its_gas_port_when_on():
    kind = BY_CODE["leachate"]
    off = kind.build("x", kind.parameters)
    assert "x.anaerobic" not in {item.id for item in off.processes}
    assert off.port("biogas") is None
    from dataclasses import replace

    step = replace(kind.parameters["anaerobic-step"], value=1.0)
    on = kind.build("x", {**kind.parameters, "anaerobic-step": step})
    assert on.port("biogas").process == "x.anaerobic"
    feed = [item for item in on.inner if item.name == "x.feed"]
    assert [(item.source, item.target) for item in feed] == [("x.equalization", "x.anaerobic")]
    assert [item.target for item in off.inner if item.name == "x.feed"] == ["x.mbr"]


METERED = """
[[process]]
id = "tank"
[[flow]]
id = "inflow"
from = "environment:landfill"
to = "tank"
kind = "volume"
density = 1.0
[[flow]]
id = "outflow"
from = "tank"
to = "environment:sewer"
kind = "volume"
density = 1.0
valid_to = 2025-07-01
[[device]]
id = "old-meter"
measures = ["inflow"]
sigma = "3 %"
valid_to = 2025-03-01
[[device]]
id = "new-meter"
measures = ["inflow"]
sigma = "1 %"
valid_from = 2025-03-01
"""


def test_a_replaced_meter_leaves_last_years_definitions_as_they_were(park):
    found = park(METERED)
    before, after = found.network(date(2024, 12, 31)), found.network(date(2025, 3, 1))
    assert before.flow["inflow"].device == "old-meter"
    assert after.flow["inflow"].device == "new-meter"
    assert [item.id for item in before.devices] == ["old-meter"]
    assert "outflow" not in found.network(date(2025, 7, 1)).flow


def test_definitions_over_time_follow_each_other_without_gap(park):
    flows = park(METERED).definitions.flows
    inflow = [(item.device, item.validity) for item in flows if item.id == "inflow"]
    assert inflow == [
        ("old-meter", Validity(None, date(2025, 3, 1))),
        ("new-meter", Validity(date(2025, 3, 1), None)),
    ]
    outflow = [item.validity for item in flows if item.id == "outflow"]
    assert outflow == [Validity(None, date(2025, 7, 1))]


def test_where_nothing_changes_every_definition_holds_always(two):
    assert {item.validity for item in two.definitions.flows} == {ALWAYS}
    assert len(two.definitions.flows) == len(two.network(DAY).flows)


def test_a_dated_parameter_holds_from_its_day(park):
    text = builtin("two-facilities").read_text(encoding="utf-8")
    dated = (
        '[[facility.parameter]]\nname = "leachate-share"\nvalue = 0.25\n'
        "valid_from = 2025-07-01\nvalid_to = 2025-09-01\n"
    )
    place = text.index('[[facility]]\nid = "leachate"')
    found = park(text[text.index("[[facility]]") : place] + dated + text[place:])
    plant = found.facilities[0]
    assert plant.parameters(date(2025, 6, 30))["leachate-share"].value == 0.18
    assert plant.parameters(date(2025, 7, 1))["leachate-share"].value == 0.25
    assert plant.parameters(date(2025, 7, 1))["leachate-share"].low == 0.10
    share = next(
        item
        for item in found.network(date(2025, 8, 1), design=True).relations
        if item.id == "incineration.leachate"
    )
    assert share.terms[1] == ("incineration.received", -0.25)


def test_names_of_the_plants_own_sheets_resolve_to_permanent_ids(two):
    resolver = two.resolver()
    assert resolver.canonical("入炉垃圾") == "incineration.fed"
    assert resolver.resolve("leachate.feed.COD", DAY).kind == "concentration"
    assert resolver.resolve("context:district-household-waste", DAY).kind == "mass"
    assert resolver.resolve("incineration.export", DAY).device.multiplier == 21.0


def test_kinds_are_known_of_everything_that_can_be_logged(two):
    assert two.kinds["incineration.export"] == "electricity"
    assert two.kinds["stock:leachate.equalization"] == "volume"
    assert two.kinds["context:district-household-waste"] == "mass"
    assert set(two.tour) <= set(two.kinds)


def test_targets_carry_their_scope_and_the_hash_is_that_of_the_bytes(two):
    from hashlib import sha256

    (target,) = two.targets
    assert (target.scope, target.status, target.year) == ("district", "draft", 2026)
    assert two.hash == sha256(builtin("two-facilities").read_bytes()).hexdigest()
    assert two.synthetic


def test_loading_a_park_needs_none_of_the_heavy_modules():
    code = (
        "import sys; from facilities.parkfile import load, builtin\n"
        "from datetime import date\n"
        "for name in ('two-facilities', 'gaoantun'):\n"
        "    load(builtin(name)).network(date(2025, 3, 1))\n"
        "heavy = {'pint', 'scipy', 'networkx', 'numpy', 'sqlmodel', 'textual', 'plotly'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_the_published_year_has_four_numbers_no_redundancy_and_three_ratios():
    park = load(builtin("gaoantun"))
    network = park.network(date(2012, 1, 1))
    year = {
        "waste-burnt": Measured("waste-burnt", 533_000.0, 288.7, 2665.0, "published-waste"),
        "power": Measured("power", 220_000.0, 2886.8, 660.0, "published-power"),
        "bottom-ash": Measured("bottom-ash", 120_000.0, 2886.8, 1200.0, "published-bottom-ash"),
        "fly-ash": Measured("fly-ash", 14_000.0, 288.7, 140.0, "published-fly-ash"),
    }
    result = reconcile(network, list(year.values()), layer="joint", days=366)
    assert result.dof == 0
    assert not park.synthetic
    (chain,) = park.chains
    found = evaluate(chain, network, Reconciled(result))
    steps = {item.step.id: item for item in found.steps}
    assert steps["power-per-waste"].value == pytest.approx(412.76, abs=0.01)
    assert steps["power-per-waste"].sigma == pytest.approx(5.9, abs=0.2)
    assert steps["bottom-ash-per-waste"].value == pytest.approx(22.51, abs=0.01)
    assert steps["bottom-ash-per-waste"].sigma > 0.5  # 20 % of the press is 4 sigma away
    assert steps["fly-ash-per-waste"].value == pytest.approx(2.627, abs=0.001)
    assert found.findings == ()
