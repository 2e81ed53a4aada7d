"""A landfill with gas collection: its streams as processes and flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facilities.base import Design, FacilityKind, inner, port_in, port_out, zh_en
from facilities.landfill import uncollected
from flows.layers import CONSERVED
from flows.network import Process, Relation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from facilities.tables import Parameter


def _plan(p: Mapping[str, Parameter]) -> tuple[frozenset[str], Design]:
    """Everything follows from the gas collected and the leachate drawn, which are measured."""

    def per(of: str, base: str, factor: float) -> Relation:
        return Relation(of, ((of, 1.0), (base, -factor)))

    return frozenset(), Design(
        relations=(
            per("infiltration", "leachate", p["infiltration"].value),
            per("fugitive", "collected", uncollected(1.0, p["collection"].value)),
            per("flare", "collected", p["flare-share"].value),
            per("power", "collected", 0.001 * p["power"].value),
        )
    )


_AIR = "environment:atmosphere"

KIND = FacilityKind(
    code="landfill-gas",
    names=zh_en("卫生填埋场(填埋气收集)", "landfill with gas collection"),
    processes=(
        # What decays in it is a prior with a sigma of 30 % or more and its stock is never
        # surveyed: the body is never called closed.
        Process("body", zh_en("填埋堆体", "landfill body"), closes=()),
        Process(
            "gas-header",
            zh_en("集气总管", "gas header"),
            closes=(*CONSERVED, "energy"),
            splitter=True,
        ),
        Process("utilities", zh_en("填埋场用电", "landfill utilities"), closes=()),
    ),
    inner=(
        inner("infiltration", _AIR, "body", "water", "雨水入渗", "rain that infiltrates"),
        inner("collected", "body", "gas-header", "landfill-gas", "填埋气收集量", "gas collected"),
        inner("fugitive", "body", _AIR, "landfill-gas", "填埋气逸散量", "gas through the cover"),
        inner("flare", "gas-header", _AIR, "landfill-gas", "火炬燃烧气量", "gas flared"),
    ),
    ports=(
        port_in(
            "waste",
            "body",
            "household-waste",
            ("进场填埋垃圾", "waste landfilled"),
            many=True,
            optional=True,
        ),
        port_out("leachate", "body", "leachate", ("填埋场渗沥液", "leachate of the landfill")),
        port_out("gas", "gas-header", "landfill-gas", ("外送填埋气", "gas supplied"), many=True),
        port_in("power", "utilities", "power", ("用电量", "power used"), many=True, optional=True),
    ),
    stores=(),
    plan=_plan,
    notes=zh_en(
        "产气量由模型或实测给出,先验标准差不小于30%;堆体不做平衡。",
        "Generation comes from a model (sigma 30 % or more) or from gas measured; the body is "
        "never balanced.",
    ),
)
