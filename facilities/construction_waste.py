"""Construction waste and bottom ash to building materials: streams and exact relations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from facilities.base import Design, FacilityKind, Store, inner, port_in, port_out, zh_en
from flows.network import Process, Relation, TransferCoefficient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from facilities.tables import Parameter


def product(inputs: Iterable[tuple[float, float]]) -> float:
    """Product, t: sum of input times yield over the materials that go in; mass identity.

    Args:
        inputs: Tonnes of each material, and tonnes of product per tonne of it.
    """
    return math.fsum(amount * share for amount, share in inputs)


def convertible_share(received: float, *lost: float) -> float:
    """Share of the waste that can be made into something: 1 - lost/received, t/t.

    What counts as lost decides it: with soil and fines counted as converted plants claim 0.95.
    It says nothing of what was sold (`sold_rate`).

    Args:
        received: t, above 0.
        lost: t that go to disposal or to the furnace.
    """
    return 1.0 - math.fsum(lost) / received


def sold_rate(sold: float, received: float) -> float:
    """Products sold over waste received, t/t: 0.40 to 0.50 where it was seen.

    Not `convertible_share`: what is made may lie in the yard, and cement, water and ash in what
    is sold are not waste received here (leave them out of `sold`).
    """
    return sold / received


def ash_share(ash_aggregate: float, materials: float) -> float:
    """Ash aggregate over all building materials made, t/t, cement and water included."""
    return ash_aggregate / materials


def drying_loss(before: float, after: float) -> float:
    """Water given off per tonne wet: (w1 - w2)/(1 - w2), from the dry matter that stays.

    Args:
        before: w1, t water per t wet.
        after: w2, t water per t wet, below 1.
    """
    return (before - after) / (1.0 - after)


def avoided_emission(
    aggregate: float,
    natural: tuple[float, float],
    recycled: tuple[float, float],
    transport: tuple[float, float] = (0.0, 0.0),
) -> tuple[float, float]:
    """CO2e avoided by recycled aggregate, t, and its sigma: (EF_nat - EF_rec + dT) m/1000.

    Near zero, and of either sign within its sigma: the factors are uncertain. It is no
    reduction of the park's own emissions.

    Args:
        aggregate: m, t that take the place of natural aggregate.
        natural: EF of natural aggregate, kg CO2e/t, and its sigma.
        recycled: EF of recycled aggregate, kg CO2e/t, and its sigma.
        transport: dT, what is saved on the road, kg CO2e/t, and its sigma.
    """
    value = natural[0] - recycled[0] + transport[0]
    sigma = math.hypot(natural[1], recycled[1], transport[1])
    return aggregate * value / 1000.0, aggregate * sigma / 1000.0


_ASH_LINE = ("ageing", "ash-sorting", "blending")


def _plan(p: Mapping[str, Parameter]) -> tuple[frozenset[str], Design]:
    """Shares of all that enters crushing and ash sorting; additions per tonne blended."""

    def share(process: str, flow: str, name: str) -> TransferCoefficient:
        # one number for all days: its uncertainty is common to them
        return TransferCoefficient(process, flow, p[name].value, bias_sigma=p[name].sigma)

    def per(of: str, factor: float, *bases: str) -> Relation:
        return Relation(of, ((of, 1.0), *((base, -factor) for base in bases)))

    # the water stays in what is crushed, so each product carries its part of it
    crushing = (
        share("crushing", "metals", "metals-share"),
        share("crushing", "light", "light-share"),
        share("crushing", "rejects", "rejects-share"),
        share("crushing", "aggregate-0-5", "aggregate-0-5-share"),
        share("crushing", "aggregate-5-10", "aggregate-5-10-share"),
        share("crushing", "aggregate-10-25", "aggregate-10-25-share"),
    )
    dust = per("dust-water", p["dust-water"].value, "to-crushing")
    crushed = ("to-crushing", -0.001 * p["power"].value)
    if not p["ash-line"].value:
        power = Relation("power", (("power", 1.0), crushed))
        return frozenset(_ASH_LINE), Design(crushing, (dust, power))
    before, after = p["ash-moisture"], p["aged-moisture"]
    ageing = TransferCoefficient(
        "ageing",
        "ageing-evaporation",
        max(drying_loss(before.value, after.value), 0.0),
        # derivatives 1/(1 - w2) and -(1 - w1)/(1 - w2)^2
        bias_sigma=math.hypot(
            before.sigma, after.sigma * (1.0 - before.value) / (1.0 - after.value)
        )
        / (1.0 - after.value),
    )
    ash = (
        ageing,
        share("ash-sorting", "ash-metals", "ash-metals-share"),
        share("ash-sorting", "ash-rejects", "ash-rejects-share"),
    )
    aged = ("aged-ash", -0.001 * p["ash-power"].value)
    return frozenset(), Design(
        (*crushing, *ash),
        (
            dust,
            per("to-blending", p["aggregate-per-ash"].value, "ash-aggregate"),
            per("cement", p["cement"].value, "ash-aggregate", "to-blending"),
            per("mix-water", p["mix-water"].value, "ash-aggregate", "to-blending"),
            Relation("power", (("power", 1.0), crushed, aged)),
        ),
    )


_WATER, _MARKET, _DISPOSAL = (
    "environment:water-supply",
    "environment:market",
    "environment:disposal",
)


def _grade(name: str, size: str) -> tuple[str, str, str, str, str, str]:
    label = f"{size} mm"
    return (name, "crushing", "product-yard", "aggregate", f"骨料{label}", f"aggregate {label}")


KIND = FacilityKind(
    code="construction-waste",
    names=zh_en("建筑垃圾和炉渣资源化", "construction waste and bottom ash to building materials"),
    processes=(
        Process("stockpile", zh_en("原料堆场", "stockpile")),
        Process("crushing", zh_en("破碎筛分线", "crushing and screening")),
        Process("product-yard", zh_en("骨料堆场", "product yard")),
        # ash takes up carbon dioxide from the air in ageing, which nothing here counts
        Process(
            "ageing",
            zh_en("炉渣陈化场", "ageing of bottom ash"),
            closes=("mass", "nitrogen", "ash", "salt"),
        ),
        Process("ash-sorting", zh_en("炉渣分选", "ash sorting")),
        Process("blending", zh_en("拌和成型", "blending and forming")),
        Process("utilities", zh_en("厂用电", "power of the plant"), closes=()),
    ),
    inner=(
        inner(
            "to-crushing",
            "stockpile",
            "crushing",
            "construction-waste",
            "上料量",
            "fed to crushing",
        ),
        inner(*_grade("aggregate-0-5", "0-5")),
        inner(*_grade("aggregate-5-10", "5-10")),
        inner(*_grade("aggregate-10-25", "10-25")),
        inner(*_grade("aggregate-25-31", "25-31.5")),
        inner(
            "to-blending",
            "product-yard",
            "blending",
            "aggregate",
            "掺配骨料",
            "aggregate to blending",
        ),
        inner(
            "ageing-evaporation",
            "ageing",
            "environment:atmosphere",
            "water-vapour",
            "陈化蒸发",
            "evaporation in ageing",
        ),
        inner("aged-ash", "ageing", "ash-sorting", "aged-ash", "陈化后炉渣", "aged ash"),
        inner(
            "ash-aggregate", "ash-sorting", "blending", "ash-aggregate", "炉渣骨料", "ash aggregate"
        ),
    ),
    ports=(
        port_in(
            "received",
            "stockpile",
            "construction-waste",
            ("进厂建筑垃圾", "received construction waste"),
            many=True,
        ),
        port_in(
            "dust-water",
            "crushing",
            "water",
            ("抑尘用水", "dust suppression water"),
            many=True,
            default=_WATER,
        ),
        port_out("metals", "crushing", "metals", ("废金属", "metals recovered"), default=_MARKET),
        port_out("light", "crushing", "light-fraction", ("轻物质", "light fraction")),
        port_out(
            "rejects", "crushing", "rejects", ("弃土弃料", "soil and rejects"), default=_DISPOSAL
        ),
        port_out(
            "aggregate",
            "product-yard",
            "aggregate",
            ("外售再生骨料", "recycled aggregate sold"),
            many=True,
            default=_MARKET,
        ),
        port_in(
            "bottom-ash", "ageing", "bottom-ash", ("进厂炉渣", "bottom ash received"), many=True
        ),
        port_out(
            "ash-metals",
            "ash-sorting",
            "metals",
            ("炉渣回收金属", "metals from ash"),
            default=_MARKET,
        ),
        port_out(
            "ash-rejects",
            "ash-sorting",
            "rejects",
            ("炉渣弃料", "rejects of ash"),
            default=_DISPOSAL,
        ),
        port_in("cement", "blending", "cement", ("水泥", "cement"), default=_MARKET),
        port_in(
            "mix-water",
            "blending",
            "water",
            ("拌和水", "mixing water"),
            many=True,
            default=_WATER,
        ),
        port_out(
            "materials",
            "blending",
            "building-materials",
            ("再生建材", "recycled building materials"),
            many=True,
        ),
        port_in("power", "utilities", "power", ("用电量", "power used"), many=True),
    ),
    stores=(
        Store("stockpile", "mass", "t", zh_en("原料堆存量", "stockpile stock")),
        Store("product-yard", "mass", "t", zh_en("骨料堆存量", "product yard stock")),
        Store("ageing", "mass", "t", zh_en("陈化炉渣存量", "ash in ageing")),
    ),
    plan=_plan,
    notes=zh_en(
        "陈化时吸收的二氧化碳(炉渣量的3%以内)未计入。",
        "Carbon dioxide taken up by ash in ageing (below 3 % of it) is left out.",
    ),
)
