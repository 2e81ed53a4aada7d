"""Leachate treatment by MBR, NF and RO: its streams as processes and flows, exact relations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facilities.base import Design, FacilityKind, Store, inner, port_in, port_out, zh_en
from flows.network import Process, Relation, TransferCoefficient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from facilities.tables import Parameter


def series_recovery(*recoveries: float) -> float:
    """Permeate over feed of membrane stages in series, m3/m3: the product; mass identity."""
    product = 1.0
    for recovery in recoveries:
        product *= recovery
    return product


def concentration_factor(recovery: float, rejection: float = 1.0) -> float:
    """Concentration of a solute in the concentrate over that in the feed.

    (1 - r (1 - R))/(1 - r) from the balances of water and solute, density constant.

    Args:
        recovery: r, permeate over feed, below 1.
        rejection: R, 1 - c_permeate/c_feed; 1 keeps all of the solute back.
    """
    return (1.0 - recovery * (1.0 - rejection)) / (1.0 - recovery)


def mixed(streams: Iterable[tuple[float, float]]) -> float | None:
    """Flow-weighted mean of (flow, concentration), in the unit of the concentration.

    None where nothing flows: the mixture of nothing has no concentration.
    """
    total = load = 0.0
    for flow, concentration in streams:
        total += flow
        load += flow * concentration
    return load / total if total > 0.0 else None


def ch4(cod: float, removed: float, b0: float, mcf: float, recovered: float = 0.0) -> float:
    """CH4 from treatment, t: (TOW - S) B0 MCF - R; IPCC 2006 Guidelines vol 5 ch 6 eq 6.1.

    A plant with an anaerobic step must state R before this is an emission.

    Args:
        cod: TOW, t COD entering.
        removed: S, t COD leaving with sludge.
        b0: t CH4 per t COD.
        mcf: Methane correction factor of the treatment.
        recovered: R, t CH4 burnt or used.
    """
    return (cod - removed) * b0 * mcf - recovered


def _plan(p: Mapping[str, Parameter]) -> tuple[frozenset[str], Design]:
    """Shares of what enters each step; power per m3 of inflow; gas by COD where it is modelled."""

    def share(process: str, flow: str, name: str) -> TransferCoefficient:
        # one number for all days: its uncertainty is common to them
        return TransferCoefficient(process, flow, p[name].value, bias_sigma=p[name].sigma)

    coefficients = (
        share("mbr", "sludge", "sludge-share"),
        share("mbr", "evaporation", "evaporation-share"),
        share("nf", "nf-permeate", "nf-recovery"),
        share("ro", "ro-permeate", "ro-recovery"),
    )
    power = Relation("power", (("power", 1.0), ("inflow", -0.001 * p["power"].value)))
    if not p["anaerobic-step"].value:
        return frozenset({"anaerobic"}), Design(coefficients, (power,))
    gas = (  # Nm3 per m3 of feed
        p["cod-inflow"].value
        * p["cod-removal"].value
        * p["ch4-per-cod"].value
        / p["biogas-ch4"].value
    )
    biogas = Relation("biogas", (("biogas", 1.0), ("feed", -gas)))
    return frozenset({"equalization>mbr"}), Design(coefficients, (power, biogas))


_FEED = ("生化进水", "feed to treatment")

KIND = FacilityKind(
    code="leachate",
    names=zh_en("渗沥液处理", "leachate treatment"),
    processes=(
        Process("equalization", zh_en("调节池", "equalization tank")),
        Process("anaerobic", zh_en("厌氧反应器", "anaerobic reactor")),
        # what is digested in it leaves with the air, as CO2 and N2 that nothing here counts
        Process(
            "mbr", zh_en("膜生物反应器", "membrane bioreactor"), closes=("mass", "ash", "salt")
        ),
        Process("nf", zh_en("纳滤", "nanofiltration")),
        Process("ro", zh_en("反渗透", "reverse osmosis")),
        Process("permeate-tank", zh_en("清水池", "permeate tank"), splitter=True),
    ),
    inner=(
        inner("feed", "equalization", "mbr", "leachate", *_FEED),
        inner("feed", "equalization", "anaerobic", "leachate", *_FEED),
        inner(
            "anaerobic-effluent",
            "anaerobic",
            "mbr",
            "mixed-liquor",
            "厌氧出水",
            "anaerobic effluent",
        ),
        inner(
            "evaporation",
            "mbr",
            "environment:atmosphere",
            "mixed-liquor",
            "生化蒸发损失",
            "evaporation of the MBR",
        ),
        inner("mbr-permeate", "mbr", "nf", "mixed-liquor", "超滤清液", "MBR permeate"),
        inner("nf-permeate", "nf", "ro", "reclaimed-water", "纳滤清液", "NF permeate"),
        inner("ro-permeate", "ro", "permeate-tank", "reclaimed-water", "反渗透清液", "RO permeate"),
    ),
    ports=(
        port_in("inflow", "equalization", "leachate", ("渗沥液进水", "leachate inflow"), many=True),
        port_in("power", "mbr", "power", ("用电量", "power used"), many=True),
        port_out("biogas", "anaerobic", "biogas", ("厌氧沼气", "gas of the anaerobic step")),
        port_out("sludge", "mbr", "sludge", ("脱水污泥", "dewatered sludge")),
        port_out("nf-concentrate", "nf", "concentrate", ("纳滤浓缩液", "NF concentrate")),
        port_out("ro-concentrate", "ro", "concentrate", ("反渗透浓缩液", "RO concentrate")),
        port_out(
            "reclaimed",
            "permeate-tank",
            "reclaimed-water",
            ("再生水外供", "reclaimed water"),
            many=True,
        ),
        port_out(
            "discharge",
            "permeate-tank",
            "reclaimed-water",
            ("达标外排", "discharge"),
            optional=True,
        ),
    ),
    stores=(
        Store(
            "equalization", "volume", "m3", zh_en("调节池液位存量", "equalization tank stock"), 1.0
        ),
        Store("permeate-tank", "volume", "m3", zh_en("清水池存量", "permeate tank stock"), 1.0),
    ),
    plan=_plan,
    notes=zh_en(
        "厌氧段默认不建模;酸碱、碳源等药剂不足水量的1%,未计入。",
        "The anaerobic step is off by default; chemicals (below 1 % of the water) are left out.",
    ),
)
