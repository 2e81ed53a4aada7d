"""Incineration with power, and steam where it is supplied: its streams as processes and flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facilities.base import Design, FacilityKind, Store, inner, port_in, port_out, zh_en
from facilities.combustion import (
    CO2_PER_C,
    EVAPORATION,
    GJ_PER_MWH,
    at_reference_oxygen,
    ch4,
    climate_correction,
    co2_by_composition,
    drained_lhv,
    flue_gas_mass,
    fossil_co2_one_line,
    gross_power,
    n2o,
    pollutant_mass,
    r1,
    wet_lhv,
)
from flows.contents import CH4_LHV
from flows.layers import CONSERVED
from flows.network import Process, Relation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facilities.tables import Parameter

#: The equations stand in `facilities.combustion`; they are part of this kind all the same.
__all__ = [
    "CO2_PER_C",
    "EVAPORATION",
    "KIND",
    "at_reference_oxygen",
    "ch4",
    "climate_correction",
    "co2_by_composition",
    "drained_lhv",
    "flue_gas_mass",
    "fossil_co2_one_line",
    "gross_power",
    "n2o",
    "pollutant_mass",
    "r1",
    "wet_lhv",
]


def _plan(p: Mapping[str, Parameter]) -> tuple[frozenset[str], Design]:
    """Shares per tonne received, air per tonne fed, steam from the heat of what is burnt."""
    share = p["leachate-share"].value
    eta = p["boiler-efficiency"].value
    # 1 kg/t is 0.001 t/t
    reagents = 0.001 * sum(
        p[name].value for name in ("lime", "activated-carbon", "ammonia-water", "reagent-water")
    )
    lhv_fed = drained_lhv(p["lhv-received"].value, share)
    lhv_gas = p["support-gas-ch4"].value * CH4_LHV
    turbine = p["turbine-efficiency"].value / GJ_PER_MWH
    # Steam extracted at 0.5 to 0.8 MPa has given off part of its work before: each GJ of it costs
    # less power than a GJ of live steam, which is what `heat` is counted as.
    extraction = p["extraction-power-loss"].value / GJ_PER_MWH

    def per(of: str, base: str, factor: float) -> Relation:
        return Relation(of, ((of, 1.0), (base, -factor)))

    def of_heat_input(of: str, part: float) -> Relation:
        """Part of the LHV of all that is burnt, less what evaporating the concentrate takes."""
        return Relation(
            of,
            (
                (of, 1.0),
                ("fed", -part * lhv_fed),
                ("sludge", -part * p["lhv-sludge"].value),
                ("fuel", -part * p["lhv-fuel"].value),
                ("support-gas", -part * lhv_gas),
                ("concentrate", part * EVAPORATION),
            ),
        )

    relations = (
        per("leachate", "received", share),
        per("bunker-vapour", "received", p["bunker-vapour-share"].value),
        per("wash-water", "received", p["wash-water-share"].value),
        per("fuel", "received", 0.001 * p["fuel"].value),
        # air follows the heat released, so gas takes as much per GJ as what is fed
        Relation(
            "combustion-air",
            (
                ("combustion-air", 1.0),
                ("fed", -p["combustion-air"].value),
                ("support-gas", -p["combustion-air"].value * lhv_gas / lhv_fed),
            ),
        ),
        per("reagents", "received", reagents),
        per("bottom-ash", "received", p["bottom-ash-share"].value),
        per("metals", "bottom-ash", p["metals-share"].value),
        Relation(
            "hot-slag",
            (
                ("hot-slag", 1.0),
                ("bottom-ash", -(1.0 - p["bottom-ash-moisture"].value)),
                ("metals", -1.0),
            ),
        ),
        per("quench-vapour", "hot-slag", p["quench-evaporation"].value),
        per("fly-ash", "received", p["fly-ash-share"].value),
        of_heat_input("steam", eta),
        of_heat_input("boiler-loss", 1.0 - eta),
        Relation(
            "gross-power",
            (
                ("gross-power", 1.0),
                ("steam", -turbine),
                ("heat", turbine),
                ("extraction-heat", extraction),
            ),
        ),
        per("own-use", "gross-power", p["own-use-share"].value),
    )
    if not p["steam-supply"].value:
        return frozenset({"steam-header"}), Design(relations=relations)
    supply = per("extraction-heat", "steam-to", p["steam-heat"].value)
    return frozenset(), Design(relations=(*relations, supply))


_WATER, _AIR = "environment:water-supply", "environment:atmosphere"

KIND = FacilityKind(
    code="incineration",
    names=zh_en("生活垃圾焚烧发电", "waste incineration with power"),
    processes=(
        Process("bunker", zh_en("卸料大厅和垃圾池", "receiving hall and bunker")),
        # all that burns comes in by its heating value; boiler-loss is the declared sink
        Process(
            "furnace",
            zh_en("焚烧炉和余热锅炉", "furnace and boiler"),
            closes=(*CONSERVED, "energy"),
        ),
        Process("ash-extractor", zh_en("出渣机", "ash extractor")),
        Process("gas-cleaning", zh_en("烟气净化", "flue-gas cleaning")),
        Process("turbine", zh_en("汽轮发电机组", "turbine-generator"), closes=("energy",)),
        Process("steam-header", zh_en("供汽母管", "steam header"), closes=(*CONSERVED, "energy")),
        Process("busbar", zh_en("厂用母线", "busbar"), closes=("energy",)),
    ),
    inner=(
        inner("fed", "bunker", "furnace", "drained-waste", "入炉垃圾(吊车秤)", "fed (crane scale)"),
        inner(
            "bunker-vapour",
            "bunker",
            "furnace",
            "water-vapour",
            "垃圾池水汽入一次风",
            "bunker vapour to primary air",
        ),
        inner("combustion-air", _AIR, "furnace", "air", "燃烧空气", "combustion air"),
        inner("hot-slag", "furnace", "ash-extractor", "slag", "热渣(干)", "hot slag (dry)"),
        inner(
            "quench-vapour",
            "ash-extractor",
            "furnace",
            "water-vapour",
            "出渣机蒸汽入炉",
            "quench vapour to the furnace",
        ),
        inner("raw-gas", "furnace", "gas-cleaning", "flue-gas", "净化前烟气", "raw flue gas"),
        inner("flue-gas", "gas-cleaning", _AIR, "flue-gas", "排放烟气", "flue gas to atmosphere"),
        inner("steam", "furnace", "turbine", "heat", "主蒸汽热量", "heat in live steam"),
        inner("boiler-loss", "furnace", _AIR, "heat", "锅炉热损失", "heat loss of the boiler"),
        inner(
            "extraction-heat",
            "turbine",
            "steam-header",
            "heat",
            "抽汽供热量",
            "heat in extracted steam",
        ),
        inner(
            "condenser-heat",
            "turbine",
            _AIR,
            "heat",
            "冷凝和机组散热",
            "condenser and machine heat loss",
        ),
        inner("gross-power", "turbine", "busbar", "power", "发电量", "gross power"),
        inner("own-use", "busbar", "environment:own-use", "power", "厂用电量", "own use"),
    ),
    ports=(
        port_in(
            "received",
            "bunker",
            "household-waste",
            ("进厂生活垃圾", "received household waste"),
            many=True,
        ),
        port_in(
            "screenings",
            "bunker",
            "screenings",
            ("协同处置残渣", "co-incinerated residues"),
            many=True,
            optional=True,
        ),
        port_in("wash-water", "bunker", "water", ("冲洗水", "wash water"), default=_WATER),
        port_out("leachate", "bunker", "leachate", ("渗沥液外送", "leachate")),
        port_in(
            "sludge",
            "furnace",
            "sludge",
            ("协同处置污泥", "co-incinerated sludge"),
            many=True,
            optional=True,
        ),
        port_in(
            "concentrate",
            "furnace",
            "concentrate",
            ("浓缩液回喷", "concentrate sprayed into the furnace"),
            many=True,
            optional=True,
        ),
        port_in(
            "fuel",
            "furnace",
            "fuel",
            ("点火助燃油", "start-up and support fuel"),
            default="environment:market",
        ),
        port_in(
            "support-gas",
            "furnace",
            "biogas",
            ("入炉助燃沼气", "gas burnt in the furnace"),
            many=True,
            optional=True,
        ),
        port_in(
            "quench-water",
            "ash-extractor",
            "water",
            ("出渣机冷却水", "quench water"),
            many=True,
            default=_WATER,
        ),
        port_out("bottom-ash", "ash-extractor", "bottom-ash", ("炉渣(湿)", "bottom ash (wet)")),
        port_out(
            "metals", "ash-extractor", "metals", ("回收金属", "metals recovered"), optional=True
        ),
        port_in(
            "reagents",
            "gas-cleaning",
            "reagents",
            ("净化药剂(含水)", "reagents with water"),
            many=True,
            default="environment:market",
        ),
        port_out("fly-ash", "gas-cleaning", "fly-ash", ("飞灰(稳定化后)", "fly ash (stabilized)")),
        port_out(
            "heat", "turbine", "heat", ("对外供热", "heat supplied"), many=True, optional=True
        ),
        port_in(
            "make-up-water",
            "steam-header",
            "water",
            ("供汽补水", "make-up water of supplied steam"),
            many=True,
            default=_WATER,
        ),
        port_out(
            "steam-to",
            "steam-header",
            "steam",
            ("对外供汽", "steam supplied"),
            many=True,
            optional=True,
        ),
        port_out(
            "power-to",
            "busbar",
            "power",
            ("直供电量", "power to other facilities"),
            many=True,
            optional=True,
        ),
        port_in("import", "busbar", "power", ("下网电量", "bought power"), optional=True),
        port_out(
            "export",
            "busbar",
            "power",
            ("上网电量", "power to the grid"),
            default="environment:grid",
        ),
    ),
    stores=(Store("bunker", "mass", "t", zh_en("垃圾池存量", "bunker stock")),),
    plan=_plan,
)
