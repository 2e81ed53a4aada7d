"""The numbers that ship with parkflow keep their own rules."""

from __future__ import annotations

import math
from datetime import date

import pytest

from facilities import tables
from facilities.kinds import BY_CODE, KINDS
from facilities.parkfile import builtin, load
from facilities.simulate import simulate
from flows.kinds import KINDS as AMOUNTS
from flows.resolve import PROPERTIES

GOOD = {
    "name": "own-use", "value": "0.18", "low": "0.14", "high": "0.22", "unit": "MWh/MWh",
    "sigma": "0.02", "source": "plants", "confidence": "seen", "zh": "厂用电率", "en": "own use",
}  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "text", "problem"),
    [
        ("value", "0.30", "outside its range"),
        ("unit", "kg/lb", "unknown unit"),
        ("sigma", "-1", "sigma"),
        ("sigma", "nan", "sigma"),
        ("source", "", "no source"),
        ("confidence", "sure", "confidence"),
        ("zh", "", "no name"),
    ],
)
def test_a_parameter_row_that_breaks_a_rule_is_refused(cell, text, problem):
    tables.parameter(GOOD)
    with pytest.raises(tables.TableError, match=problem):
        tables.parameter(GOOD | {cell: text})


def test_a_row_with_a_cell_too_many_is_refused(tmp_path):
    path = tmp_path / "broken.csv"
    path.write_text("name,value\na,1,2\n", encoding="utf-8")
    with pytest.raises(tables.TableError, match=r"broken.csv:2"):
        tables.rows(path)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_kind_has_parameters_with_a_source_and_says_what_is_unverified(kind):
    assert kind.parameters
    for item in kind.parameters.values():
        assert item.source
        assert item.unverified is (item.confidence == "uncertain")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_ports_and_flows_of_a_kind_stand_at_its_processes_and_move_known_goods(kind):
    processes = {item.id for item in kind.processes}
    goods = tables.goods()
    for port in kind.ports:
        assert port.process in processes
        assert port.good in goods
        assert set(port.names) == {"zh", "en"}
    for flow in kind.inner:
        ends = {flow.source, flow.target}
        assert ends - processes == {end for end in ends if end.startswith("environment:")}
        assert flow.good in goods


def test_water_has_a_density_of_one_and_every_good_a_known_unit():
    for good, unit in tables.goods().values():
        assert unit in AMOUNTS[good.kind].units
        if good.kind == "volume":
            assert good.density == 1.0


def test_properties_agree_with_the_kinds_that_the_resolver_knows():
    park = load(builtin("gaoantun"))
    for item in park.properties.values():
        assert item.unit in (*AMOUNTS[item.kind].units, "kJ/kg")
        if item.id in PROPERTIES:
            assert item.kind == PROPERTIES[item.id][0]


def test_the_default_plant_lands_inside_the_ranges_seen_at_plants():
    network = load(builtin("two-facilities")).network(date(2025, 3, 1), design=True)
    run = simulate(network, {"incineration.received": 1000.0, "leachate.inflow-landfill": 104.0})

    def of(name: str) -> float:
        return float(run.of(name)[0])

    gross = of("incineration.gross-power")
    assert 370 <= gross <= 460  # kWh per tonne received, published plants
    assert 244 <= of("incineration.export") <= 360
    assert 0.14 <= of("incineration.own-use") / gross <= 0.22
    assert 0.20 <= of("incineration.bottom-ash") / 1000 <= 0.23
    assert 0.026 <= of("incineration.fly-ash") / 1000 <= 0.03
    inflow = of("incineration.leachate") + 104.0
    assert 0.55 <= of("leachate.ro-permeate") / inflow <= 0.80
    assert 25 <= 1000 * of("incineration.power-to-leachate") / inflow <= 45


def test_the_anaerobic_step_of_the_old_plant_would_give_12600_nm3_a_day():
    p = tables.parameters("leachate")
    gas = 550 * p["cod-inflow"].value * p["cod-removal"].value * p["ch4-per-cod"].value
    assert gas / p["biogas-ch4"].value == pytest.approx(12_600, rel=0.01)


def test_fossil_co2_of_a_tonne_by_two_methods_stays_in_the_seen_range():
    p = tables.parameters("incineration")
    one_line = math.prod(
        p[n].value for n in ("carbon-wet", "fossil-share", "combustion-efficiency")
    )
    assert 0.25 <= one_line * 44 / 12 <= 0.55
    assert BY_CODE["incineration"].names["zh"] == "生活垃圾焚烧发电"
