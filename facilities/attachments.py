"""Reads what a park file says about its flows: devices, stocks, coefficients, chains, targets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from facilities.park import Context, Limit, Measures, Property, Target
from facilities.reading import amount, kind_of, spread, unit_of
from flows.chains import Chain, ChainStep
from flows.layers import LAYERS, primary
from flows.nearest import nearest
from flows.network import Device, Relation, Stock, TransferCoefficient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.tomltable import Table

_CONFIDENCE = ("seen", "well known", "uncertain")


def device(table: Table, kinds: Mapping[str, str]) -> tuple[Device, tuple[Measures, ...]]:
    """[[device]]; `measures` names flows and stocks, on the days of its validity.

    Args:
        table: Its table.
        kinds: Kind of what is measured by a device, by device id and by what is measured.
    """
    key = table.id()
    validity = table.validity()
    measured = table.words("measures") or ()
    kind = kind_of(table, default=next((kinds[i] for i in (*measured, key) if i in kinds), "mass"))
    unit = unit_of(table, kind)
    state = table.text("gas_state")
    resolution = amount(table, "resolution", kind, unit=unit, gas_state=state) or 0.0
    floor = resolution / math.sqrt(12.0)  # rounding alone spreads readings so much
    multiplier = amount(table, "multiplier", kind, unit=unit, gas_state=state)
    rollover = table.number("rollover")
    for name, value in (("multiplier", multiplier), ("rollover", rollover)):
        if value is not None and not 0.0 < value < math.inf:
            table.report("value-range", name, key=name, value=value, low="> 0")
    found = Device(
        key,
        table.names(),
        spread(table, "sigma", kind, unit=unit, gas_state=state, floor=floor),
        spread(table, "bias_sigma", kind, unit=unit, gas_state=state),
        resolution,
        state,
        1.0 if multiplier is None else multiplier,
        rollover,
        table.whole("day_start", 0, 0, 23) if "day_start" in table else None,
        validity,
    )
    table.text("source")
    table.close()
    return found, tuple(Measures(key, item, validity) for item in measured)


def stock(table: Table, known: Mapping[str, Stock]) -> Stock:
    """[[stock]]: what a process holds, or what differs from a facility's own stock."""
    process = table.text("process", required=True)
    base = known.get(process)
    kind = kind_of(table, default=base.kind if base else "mass")
    density = table.number("density")
    if base and base.kind == kind and density is None:
        layer, factor = base.layer, base.factor
    else:
        try:
            layer, factor = primary(kind, density)
        except KeyError:
            table.report("unit-kind", "kind", unit=process, kind=kind, expected="mass")
            layer, factor = "mass", 1.0
        except ValueError:
            table.report("key-missing", "density", key="density")
            layer, factor = "mass", 1.0
    unit = unit_of(table, kind, default=base.unit if base and base.kind == kind else "")
    low, high = amount(table, "min", kind, unit=unit), amount(table, "max", kind, unit=unit)
    found = Stock(
        process, kind, unit, layer, factor,
        0.0 if low is None else low,
        math.inf if high is None else high,
        spread(table, "sigma", kind, unit=unit),
        table.text("device"),
        table.names() or (base.names if base else {}),
    )  # fmt: skip
    table.close()
    return found


def coefficient(table: Table) -> TransferCoefficient:
    """[[coefficient]]: share of all that enters a process that leaves by a flow."""
    process, flow = table.text("process", required=True), table.text("flow", required=True)
    value = table.number("value", required=True) or 0.0
    if not 0.0 <= value <= 1.0:
        table.report("coefficient-range", "value", f"{process} -> {flow}", value=value)
    spreads = [table.number(key) or 0.0 for key in ("sigma", "bias_sigma")]
    for key, one in zip(("sigma", "bias_sigma"), spreads, strict=True):
        if one < 0.0:
            table.report("value-range", key, key=key, value=one, low=0)
    layer = table.choice("layer", tuple(LAYERS), "mass")
    table.text("source")
    table.close()
    return TransferCoefficient(process, flow, value, spreads[0], spreads[1], layer)


def relation(table: Table, number: int) -> Relation:
    """[[relation]]: sum of factor x flow = value; factors per canonical unit of each flow."""
    key = table.id(dotted=True) if "id" in table else f"relation-{number}"
    terms = table.table("terms")
    factors = tuple((flow, terms.number(flow) or 0.0) for flow in terms.data)
    if not factors:
        table.report("key-missing", "terms", key="terms")
    sigma = table.number("sigma") or 0.0
    if sigma < 0.0:
        table.report("value-range", "sigma", key="sigma", value=sigma, low=0)
    found = Relation(key, factors, table.number("value") or 0.0, sigma)
    table.text("source")
    table.close()
    return found


def chain(table: Table, kinds: Mapping[str, str]) -> Chain:
    """[[chain]] with its [[chain.step]]s; the last step is the whole yield."""
    key, names = table.id(), table.names()
    steps: list[ChainStep] = []
    for item in table.tables("step"):
        outputs, inputs = (item.words(key, required=True) or () for key in ("outputs", "inputs"))
        for side, name in ((outputs, "outputs"), (inputs, "inputs")):
            _known(item, name, side, kinds)
            met = [kinds[flow] for flow in side if flow in kinds]
            if len(set(met)) > 1:
                item.report("unit-kind", name, unit=", ".join(side), kind=met[0])
        losses = item.words("losses") or ()
        _known(item, "losses", losses, kinds)
        low, high = (item.number(key, infinite=True) for key in ("low", "high"))
        if low is not None and high is not None and high < low:
            item.report("value-range", "high", key="high", value=high, low=low)
        step = ChainStep(
            item.id(), outputs, inputs, item.text("unit", required=True), item.names(), low, high,
            item.text("source"), losses, item.flag("seasonal"),
        )  # fmt: skip
        if step.id in {other.id for other in steps}:
            item.report("id-duplicate", "id", id=step.id)
        steps.append(step)
        item.close()
    if not steps:
        table.report("key-missing", "step", key="step")
    table.close()
    return Chain(key, tuple(steps), names)


def limit(table: Table) -> Limit:
    """[[limit]] on a flow, a property or a context figure, as dated data."""
    low, high = table.number("min"), table.number("max")
    if low is None and high is None:
        table.report("key-missing", "max", key="max")
    found = Limit(
        table.id(), table.text("of", required=True), table.text("unit", required=True), low, high,
        table.text("span", "24h"), table.names(), table.text("source"),
        table.choice("confidence", _CONFIDENCE, "uncertain"), table.validity(),
    )  # fmt: skip
    table.close()
    return found


def target(table: Table) -> Target:
    """[[target]] with its scope; a verdict is only given where the scope is the same."""
    value = table.number("value", required=True)
    year = table.whole("year", 0, 1990, 2100) if "year" in table else None
    found = Target(
        table.id(), table.text("indicator", required=True), value or 0.0,
        table.text("unit", required=True),
        table.choice("sense", ("at-least", "at-most", "about"), "at-least"),
        table.text("scope", required=True), year, table.text("status"), table.names(),
        table.text("source"),
    )  # fmt: skip
    table.close()
    return found


def context(table: Table) -> Context:
    """[[context]]: a figure that an indicator needs and that is no flow of the park."""
    key = table.id()
    kind = kind_of(table)
    found = Context(key, kind, unit_of(table, kind), table.names(), table.text("source"))
    table.close()
    return found


def quality(table: Table) -> Property:
    """[[property]]: a measured quality of flows."""
    key = table.id()
    kind = kind_of(table, default="share")
    found = Property(key, kind, unit_of(table, kind), table.names())
    table.close()
    return found


def _known(table: Table, key: str, flows: tuple[str, ...], kinds: Mapping[str, str]) -> None:
    for flow in flows:
        if flow not in kinds:
            table.report("flow-unknown", key, what=flow, nearest=nearest(flow, kinds))
