"""Catering and household kitchen waste: crude grease, digestion and biodiesel as processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facilities import tables
from facilities.base import Design, FacilityKind, Figures, Store, inner, port_in, port_out, zh_en
from facilities.biodiesel import esterified, grease_check
from facilities.biogas import gas_mass
from facilities.digestion import Digested, biogas, cake, volatile_solids
from flows.layers import CONSERVED
from flows.network import Process, Relation, TransferCoefficient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from facilities.tables import Parameter
    from flows.findings import Finding

_CATERING = ("sorting", "heating", "separation", "grease-tank")
_DIGESTION = ("digester", "dewatering", "gas-header", "heat")


def _absent(p: Mapping[str, Parameter]) -> frozenset[str]:
    """What the plant lacks; without digesters slurry and pulp leave it."""
    catering, digestion = p["catering-line"].value, p["digestion"].value
    absent: set[str] = set()
    if not catering:
        absent.update(_CATERING)
    if not (catering and p["biodiesel-line"].value):
        absent.add("esterification")
    if not p["household-line"].value:
        absent.add("pretreatment")
    absent.update(("slurry-out", "pulp-out") if digestion else _DIGESTION)
    return frozenset(absent)


def _digestion(p: Mapping[str, Parameter]) -> tuple[Relation, Relation]:
    """Biogas by the VS of household waste and of slurry; cake by the dry mass left after gas."""
    ch4 = p["ch4-share"].value
    # household waste: dry mass left by pre-treatment, per tonne received
    kept = p["household-ts"].value * (1.0 - p["household-loss"].value)
    slurry = p["slurry-ts"].value
    from_household = biogas(
        volatile_solids(kept, 1.0, p["household-vs"].value), p["household-yield"].value, ch4
    )
    from_slurry = biogas(
        volatile_solids(slurry, 1.0, p["slurry-vs"].value), p["slurry-yield"].value, ch4
    )
    wet = cake(1.0, p["solids-capture"].value, p["cake-moisture"].value)
    density = tables.goods()["biogas"][0].density or 0.0
    gas = Relation(
        "raw-biogas",
        (
            ("raw-biogas", 1.0),
            ("household", -from_household),
            ("slurry", -from_slurry),
            ("slurry-in", -from_slurry),
        ),
    )
    solids = Relation(
        "cake",
        (
            ("cake", 1.0),
            ("household", -wet * kept),
            ("slurry", -wet * slurry),
            ("slurry-in", -wet * slurry),
            ("raw-biogas", wet * density),
        ),
    )
    return gas, solids


def _esterification(p: Mapping[str, Parameter]) -> tuple[Relation, ...]:
    """Methanol for full conversion of the clean oil, esters by yield, glycerol with the esters."""
    clean = 1.0 - p["grease-impurities"].value
    full = esterified(clean, p["free-fatty-acids"].value)
    fame = p["fame-yield"].value * clean
    return tuple(
        Relation(flow, ((flow, 1.0), ("grease-to-esterification", -amount)))
        for flow, amount in (
            ("methanol", full.methanol),
            ("biodiesel", fame),
            ("glycerol", full.glycerol * fame / full.fame),
        )
    )


def _plan(p: Mapping[str, Parameter]) -> tuple[frozenset[str], Design]:
    """Shares per tonne received, gas by VS, cake by dry mass, methanol by stoichiometry."""

    def per(of: str, factor: float, *bases: str) -> Relation:
        return Relation(of, ((of, 1.0), *((base, -factor) for base in bases)))

    def share(process: str, flow: str, name: str) -> TransferCoefficient:
        # one number for all days: its uncertainty is common to them
        return TransferCoefficient(process, flow, p[name].value, bias_sigma=p[name].sigma)

    absent = _absent(p)
    coefficients = [
        share("sorting", "rejects", "rejects-share"),
        share("gas-header", "flare", "flare-share"),
        share("gas-header", "gas-to", "gas-to-share"),
    ]
    relations = [
        per("steam", p["steam"].value, "sorted"),
        per("crude-grease", p["grease-share"].value, "catering"),
        per("solids", p["solids-share"].value, "catering"),
        per("process-water", p["process-water"].value, "household"),
        per("screenings", p["screenings-share"].value, "household"),
        per("power", 1e-3 * p["power"].value, "catering", "household", "slurry-in"),
        per("heat", p["digester-heat"].value, "slurry", "pulp", "slurry-in"),
    ]
    if "digester" not in absent:
        relations += _digestion(p)
    if "esterification" not in absent:
        # where grease is sold too; not linked, all of it goes to the line
        coefficients.append(share("grease-tank", "grease", "grease-sold-share"))
        relations += _esterification(p)
    present = {item.id for item in KIND.processes} - absent
    return absent, Design(
        tuple(item for item in coefficients if item.process in present), tuple(relations)
    )


def _check(figures: Figures, p: Mapping[str, Parameter]) -> Iterator[Finding]:
    """More grease than the waste holds, more gas than was fed."""
    said = figures.amounts
    if "catering" in said and "crude-grease" in said:
        found = grease_check(figures.where("crude-grease"), said["catering"], said["crude-grease"])
        if found:
            yield found
    household = said.get("household", 0.0)
    fed = volatile_solids(said.get("slurry", 0.0), p["slurry-ts"].value, p["slurry-vs"].value)
    fed += volatile_solids(
        household, p["household-ts"].value, p["household-vs"].value, p["household-loss"].value
    )
    known = {"slurry", "household"} & said.keys() and "slurry-in" not in said
    if known and fed > 0.0 and "raw-biogas" in said:
        share = figures.methane.get("raw-biogas", p["ch4-share"].value)
        mass = gas_mass(said["raw-biogas"], {"CH4": share, "CO2": 1.0 - share})
        gas = Digested(said["raw-biogas"], mass, 0.0, mass / fed)
        found = gas.check(figures.where("raw-biogas"))
        if found:
            yield found


_AIR, _MARKET = "environment:atmosphere", "environment:market"

KIND = FacilityKind(
    code="kitchen-waste",
    names=zh_en("餐饮和厨余垃圾处理", "catering and kitchen waste treatment"),
    processes=(
        Process("sorting", zh_en("接料分选", "receiving and sorting")),
        Process("heating", zh_en("浆料加热", "heating")),
        Process("separation", zh_en("三相分离", "three-phase separation")),
        Process("grease-tank", zh_en("粗油脂储罐", "grease tank")),
        Process("esterification", zh_en("酯化和酯交换", "esterification")),
        Process("pretreatment", zh_en("厨余预处理", "pre-treatment of kitchen waste")),
        Process("digester", zh_en("厌氧消化罐", "digester")),
        Process("dewatering", zh_en("沼渣脱水", "dewatering")),
        Process("gas-header", zh_en("沼气总管", "gas header"), closes=(*CONSERVED, "energy")),
        Process("utilities", zh_en("公用工程", "utilities"), closes=()),
    ),
    inner=(
        inner(
            "sorted", "sorting", "heating", "catering-pulp", "分选后浆料", "sorted catering waste"
        ),
        inner("heated", "heating", "separation", "heated-pulp", "加热后浆料", "heated pulp"),
        inner(
            "crude-grease",
            "separation",
            "grease-tank",
            "crude-grease",
            "提取粗油脂",
            "crude grease extracted",
        ),
        inner("slurry", "separation", "digester", "slurry", "餐饮浆液", "catering slurry"),
        inner(
            "grease-to-esterification",
            "grease-tank",
            "esterification",
            "crude-grease",
            "粗油脂入酯化",
            "grease to esterification",
        ),
        inner(
            "pulp", "pretreatment", "digester", "kitchen-pulp", "厨余浆料", "pulp of kitchen waste"
        ),
        inner("raw-biogas", "digester", "gas-header", "biogas", "产沼气量", "biogas produced"),
        inner("digestate", "digester", "dewatering", "digestate", "消化液", "digestate"),
        inner("flare", "gas-header", _AIR, "biogas", "火炬燃烧", "biogas flared"),
    ),
    ports=(
        port_in(
            "catering",
            "sorting",
            "catering-waste",
            ("进厂餐饮垃圾", "catering waste received"),
            many=True,
        ),
        port_out("rejects", "sorting", "screenings", ("分选杂质", "rejects of sorting")),
        port_in("steam", "heating", "steam", ("加热蒸汽", "steam used"), many=True),
        port_out("solids", "separation", "organic-solids", ("三相固渣", "solids of separation")),
        port_out("slurry-out", "separation", "slurry", ("浆液外送", "slurry sent on")),
        port_out(
            "grease",
            "grease-tank",
            "crude-grease",
            ("粗油脂外售", "crude grease sold"),
            many=True,
            optional=True,
        ),
        port_in("methanol", "esterification", "methanol", ("甲醇", "methanol"), default=_MARKET),
        port_out("biodiesel", "esterification", "biodiesel", ("生物柴油", "biodiesel")),
        port_out(
            "glycerol", "esterification", "glycerol", ("粗甘油", "crude glycerol"), default=_MARKET
        ),
        port_out(
            "grease-residue",
            "esterification",
            "grease-residue",
            ("油脂水杂", "residue of grease"),
            default="environment:disposal",
        ),
        port_in(
            "household",
            "pretreatment",
            "kitchen-waste",
            ("进厂家庭厨余", "kitchen waste received"),
            many=True,
        ),
        port_in(
            "process-water",
            "pretreatment",
            "water",
            ("工艺水", "process water"),
            many=True,
            default="environment:water-supply",
        ),
        port_out("screenings", "pretreatment", "screenings", ("预处理残渣", "screenings")),
        port_out("pulp-out", "pretreatment", "kitchen-pulp", ("浆料外送", "pulp sent on")),
        port_in(
            "slurry-in",
            "digester",
            "slurry",
            ("外来浆液", "slurry of other plants"),
            many=True,
            optional=True,
        ),
        port_out("cake", "dewatering", "digestate-cake", ("脱水沼渣", "digestate cake")),
        port_out("liquor", "dewatering", "liquor", ("沼液", "liquor")),
        port_out("biogas", "gas-header", "biogas", ("外送沼气", "biogas sent on"), many=True),
        port_out(
            "gas-to",
            "gas-header",
            "biogas",
            ("自用沼气", "biogas for own use"),
            many=True,
            optional=True,
        ),
        port_in("power", "utilities", "power", ("用电量", "power used"), many=True),
        port_in(
            "heat",
            "utilities",
            "heat",
            ("消化罐用热", "heat of digesters"),
            many=True,
            optional=True,
        ),
    ),
    stores=(
        Store("grease-tank", "mass", "t", zh_en("粗油脂存量", "stock of crude grease")),
        Store("digester", "mass", "t", zh_en("消化罐存量", "digester stock")),
    ),
    plan=_plan,
    check=_check,
    notes=zh_en(
        "外来浆液按本厂餐饮浆液的参数产气;没有生物柴油线时须连接 grease。",
        "Slurry of other plants yields gas as the own; without a biodiesel line grease is linked.",
    ),
)
