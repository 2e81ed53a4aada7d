"""Centralized biogas: mixing, engines with power and heat, upgrading, and the relations of gas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from facilities.base import Design, FacilityKind, Figures, inner, port_in, port_out, zh_en
from flows.contents import CH4_LHV
from flows.findings import finding
from flows.layers import CONSERVED
from flows.network import Process, Relation, TransferCoefficient

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from facilities.tables import Parameter
    from flows.findings import Finding

#: kg/Nm3 of dry gases: molar mass in g/mol over 22.414, an Nm3 being 44.615 mol of any gas.
GAS_DENSITY: Mapping[str, float] = {
    "CH4": 16.0425 / 22.414,
    "CO2": 44.0095 / 22.414,
    "N2": 28.0134 / 22.414,
    "O2": 31.9988 / 22.414,
}
#: kg of water vapour per Nm3 as an ideal gas: 18.015/22.414.
_VAPOUR = 0.8037
_PRESSURE = 101.325  # kPa
#: t of dry air burnt with one Nm3 of methane: 2 O2 of 0.2095 in air, 1.2929 kg/Nm3.
_AIR_PER_CH4 = 2.0 / 0.2095 * 1.2929e-3
_GJ_PER_MWH = 3.6


def gas_mass(volume: float, shares: Mapping[str, float], wet_at: float | None = None) -> float:
    """Mass of gas, t: its dry volume times the densities of its parts.

    Args:
        volume: Nm3, dry.
        shares: Of the dry volume, of CH4, CO2, N2 and O2; adding up to 1.
        wet_at: degC at which the gas is saturated with vapour, which adds 4 to 5 % at 37 degC.
            Pressure of saturation 0.6112 exp(17.62 t/(243.12 + t)) kPa (Magnus, WMO No. 8).
    """
    dry = sum(share * GAS_DENSITY[part] for part, share in shares.items())
    if wet_at is not None:
        saturated = 0.6112 * math.exp(17.62 * wet_at / (243.12 + wet_at))
        dry += _VAPOUR * saturated / (_PRESSURE - saturated)
    return volume * dry * 1e-3


def mixture(streams: Iterable[tuple[float, float]]) -> tuple[float, float | None]:
    """Volume and CH4 share of a mixture of (volume, CH4 share): methane over volume.

    The share is None where nothing flows. The mean of the shares themselves would be wrong.
    """
    total = methane = 0.0
    for volume, share in streams:
        total += volume
        methane += volume * share
    return total, methane / total if total > 0.0 else None


def heat_of_gas(volume: float, ch4: float) -> float:
    """LHV of gas, GJ: V x 35.81 MJ/Nm3; volume in Nm3 dry at 0 degC."""
    return volume * ch4 * CH4_LHV


def engine_power(volume: float, ch4: float, efficiency: float) -> float:
    """Gross power, MWh: V x LHV eta/3.6."""
    return heat_of_gas(volume, ch4) * efficiency / _GJ_PER_MWH


def power_per_gas(
    ch4: float, efficiency: float, availability: float = 1.0, flared: float = 0.0
) -> float:
    """Gross power per gas sent to the engine house, kWh/Nm3.

    Args:
        ch4: Methane share.
        efficiency: Gross power over LHV of what engines take in.
        availability: Share of the gas met by running engines.
        flared: Share of the gas flared while they run.
    """
    return engine_power(1e3, ch4, efficiency) * availability * (1.0 - flared)


def engine_check(where: str, ch4: float, minimum: float = 0.45) -> Finding | None:
    """What is to be said of gas too poor for engines, or None; the minimum itself will do."""
    if ch4 >= minimum:
        return None
    return finding("engine-gas-poor", where, value=ch4, low=minimum)


def methane_slip(volume: float, ch4: float, slip: float) -> float:
    """CH4 that leaves unburnt or with the off-gas, t; slip is the share of the methane taken in."""
    return volume * ch4 * slip * GAS_DENSITY["CH4"] * 1e-3


def engine_air(ch4: float, air_ratio: float) -> float:
    """Combustion air, t per Nm3 of gas: CH4 + 2 O2, dry air with 20.95 % O2."""
    return ch4 * air_ratio * _AIR_PER_CH4


def biomethane(ch4: float, recovery: float, product_ch4: float) -> float:
    """Product per raw gas, Nm3/Nm3: methane recovered over the methane share of the product."""
    return ch4 * recovery / product_ch4


def _plan(p: Mapping[str, Parameter]) -> tuple[frozenset[str], Design]:
    """Gas sent on and upgraded by shares, the rest flared or burnt; power and heat by its LHV."""

    def per(of: str, base: str, factor: float) -> Relation:
        return Relation(of, ((of, 1.0), (base, -factor)))

    def share(flow: str, name: str) -> TransferCoefficient:
        return TransferCoefficient("mixing", flow, p[name].value, bias_sigma=p[name].sigma)

    ch4 = p["ch4-share"].value
    burnt = p["engine-availability"].value * (1.0 - p["flare-share"].value)
    relations = [
        # of what is left for the engines a share `burnt` reaches them
        per("flare", "gas-to-engines", (1.0 - burnt) / burnt),
        per("engine-air", "gas-to-engines", engine_air(ch4, p["air-ratio"].value)),
        per("engine-input", "gas-to-engines", heat_of_gas(1.0, ch4)),
        per("gross-power", "engine-input", p["engine-efficiency"].value / _GJ_PER_MWH),
        per("heat", "engine-input", p["heat-recovery"].value),
        per("own-use", "gross-power", p["own-use-share"].value),
    ]
    coefficients = [share("gas-to", "gas-to-share")]
    if not p["upgrading"].value:
        absent = frozenset({"upgrading", "upgrading-drives"})
        return absent, Design(tuple(coefficients), tuple(relations))
    coefficients.append(share("gas-to-upgrading", "upgrading-share"))
    product = biomethane(ch4, p["upgrading-recovery"].value, p["biomethane-ch4"].value)
    relations += [
        per("biomethane", "gas-to-upgrading", product),
        per("upgrading-power", "gas-to-upgrading", 1e-3 * p["upgrading-power"].value),
    ]
    return frozenset(), Design(tuple(coefficients), tuple(relations))


def _check(figures: Figures, p: Mapping[str, Parameter]) -> Iterator[Finding]:
    """Gas too poor for engines, where it was sampled: the mixture, or all that is mixed."""
    ch4 = figures.methane.get("gas-to-engines", figures.methane.get("gas"))
    if ch4 is not None:
        found = engine_check(figures.where("gas-to-engines"), ch4, p["minimum-ch4"].value)
        if found:
            yield found


_AIR = "environment:atmosphere"
#: Gas brings its heating value in, and every heat that leaves is drawn.
_WITH_ENERGY = (*CONSERVED, "energy")

KIND = FacilityKind(
    code="biogas",
    names=zh_en("沼气集中利用", "biogas center"),
    processes=(
        Process("mixing", zh_en("沼气汇集和净化", "gas mixing and treatment"), closes=_WITH_ENERGY),
        Process("engines", zh_en("燃气发动机", "gas engines"), closes=_WITH_ENERGY),
        Process("gensets", zh_en("发电机组能量", "energy of the gensets"), closes=("energy",)),
        Process("busbar", zh_en("厂用母线", "busbar"), closes=("energy",)),
        Process("upgrading", zh_en("沼气提纯", "upgrading"), closes=_WITH_ENERGY),
        Process("upgrading-drives", zh_en("提纯用电", "drives of upgrading"), closes=()),
    ),
    inner=(
        inner("gas-to-engines", "mixing", "engines", "mixed-gas", "入机沼气", "gas to engines"),
        inner("flare", "mixing", _AIR, "mixed-gas", "火炬燃烧", "gas flared"),
        inner(
            "gas-to-upgrading", "mixing", "upgrading", "mixed-gas", "提纯进气", "gas to upgrading"
        ),
        inner("engine-air", _AIR, "engines", "air", "发动机空气", "engine air"),
        inner("exhaust", "engines", _AIR, "exhaust", "发动机排气", "engine exhaust"),
        inner("engine-input", "engines", "gensets", "heat", "燃气热量(低位)", "LHV of gas burnt"),
        inner("gross-power", "gensets", "busbar", "power", "发电量", "gross power"),
        inner("engine-loss", "gensets", _AIR, "heat", "机组散热和排烟", "heat lost by the engines"),
        inner("own-use", "busbar", "environment:own-use", "power", "厂用电量", "own use"),
        inner("offgas", "upgrading", _AIR, "offgas", "提纯尾气", "off-gas"),
    ),
    ports=(
        port_in("gas", "mixing", "biogas", ("进站沼气", "gas received"), many=True),
        port_out(
            "gas-to",
            "mixing",
            "mixed-gas",
            ("外供混合气", "mixed gas sent on"),
            many=True,
            optional=True,
        ),
        port_out(
            "heat", "gensets", "heat", ("余热外供", "heat supplied"), many=True, optional=True
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
        port_out("biomethane", "upgrading", "biomethane", ("生物天然气", "biomethane"), many=True),
        port_in(
            "upgrading-power",
            "upgrading-drives",
            "power",
            ("提纯用电量", "power of upgrading"),
            many=True,
        ),
    ),
    stores=(),
    plan=_plan,
    check=_check,
    notes=zh_en(
        "各气源密度不同,混合后按质量平衡;甲烷含量按各源甲烷量计算。",
        "Gases differ in density, so mixing closes by mass; its methane share goes by methane.",
    ),
)
