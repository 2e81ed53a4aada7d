"""From what a park file declares to the network of one day, and what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from facilities.base import Direction
from flows.findings import Finding, finding
from flows.layers import LAYERS, primary
from flows.network import Flow, FlowNetwork, Good, Relation, Stock, TransferCoefficient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from facilities.base import Blueprint, Port
    from facilities.park import Declared, Facility


def assemble(
    declared: Declared, day: date, name: str, *, design: bool = False
) -> tuple[FlowNetwork, tuple[Finding, ...]]:
    """The network of `day` and the findings about its links.

    A link holds only while the facilities at its ends do.
    """
    problems: list[Finding] = []
    standing = {item.id: item for item in declared.facilities if item.validity.holds(day)}
    plans = {
        item.id: _told_apart(item.kind.build(item.id, item.parameters(day)), item, declared)
        for item in standing.values()
    }
    at_port: dict[str, list[str]] = defaultdict(list)
    linked = list(_links(declared, day, standing, plans, at_port, problems))
    flows = [
        *(_with_details(item, declared) for item in _inner(declared, plans.values())),
        *linked,
        *(
            _with_details(item, declared)
            for item in _defaults(declared, plans, at_port, day, problems)
        ),
        *(item for item in declared.flows if item.validity.holds(day)),
    ]
    measuring = {item.of: item.device for item in declared.measures if item.validity.holds(day)}
    devices = tuple(item for item in declared.devices if item.validity.holds(day))
    in_force = {item.id for item in devices}

    def device_of(what: str, own: str) -> str:
        return measuring.get(what) or (own if own in in_force else "")

    flows = [
        replace(item, device=device_of(item.id, item.device), order=declared.order.get(item.id))
        for item in flows
    ]
    processes = (*(p for plan in plans.values() for p in plan.processes), *declared.processes)
    coefficients, relations = list(declared.coefficients), list(declared.relations)
    if design:
        by_id = {item.id: item for item in flows}
        added = _design(plans.values(), by_id, at_port, coefficients, relations)
        coefficients += added[0]
        relations += added[1]
    there = {item.id for item in processes}
    held = {item.process: item for item in _stores(plans.values())}
    held |= {item.process: item for item in declared.stocks if item.process in there}
    used = {item.layer for item in flows} | set(declared.layers)
    goods = {item.good for item in flows}
    network = FlowNetwork(
        name=name,
        layers=tuple(layer for layer in LAYERS if layer in used) or ("mass",),
        processes=processes,
        flows=tuple(flows),
        goods=tuple(item for item in declared.goods.values() if item.id in goods),
        devices=devices,
        stocks=tuple(
            replace(item, device=device_of(item.id, item.device)) for item in held.values()
        ),
        coefficients=tuple(coefficients),
        relations=tuple(relations),
    )
    return network, tuple(problems)


def _told_apart(plan: Blueprint, facility: Facility, declared: Declared) -> Blueprint:
    """The blueprint with the facility's name before each label that another plant has too."""
    others = [item.kind for item in declared.facilities if item.id != facility.id]
    parts: list[Mapping[str, str]] = []
    for kind in others:
        parts += [item.names for item in kind.processes] + [item.names for item in kind.stores]
        parts += [item.names for item in kind.inner] + [item.names for item in kind.ports]
    shared = {label for names in parts for label in names.values()}

    def named(names: Mapping[str, str]) -> Mapping[str, str]:
        if not shared & set(names.values()):
            return names
        said = {lang: facility.names.get(lang, facility.id) for lang in names}
        return {
            lang: f"{said[lang]}{'' if lang == 'zh' else ': '}{label}"
            for lang, label in names.items()
        }

    return replace(
        plan,
        processes=tuple(replace(item, names=named(item.names)) for item in plan.processes),
        inner=tuple(replace(item, names=named(item.names)) for item in plan.inner),
        ports=tuple(replace(item, names=named(item.names)) for item in plan.ports),
        stores=tuple(replace(item, names=named(item.names)) for item in plan.stores),
    )


def make_flow(
    flow_id: str,
    ends: tuple[str, str],
    good: Good,
    names: Mapping[str, str],
    *,
    unit: str = "",
    facility: str = "",
    **details: object,
) -> Flow:
    """A flow of `good` from ends[0] to ends[1], in the layer that its kind belongs to."""
    layer, factor = primary(good.kind, good.density)
    return Flow(
        flow_id, *ends, good=good.id, kind=good.kind, names=names, unit=unit, layer=layer,
        factor=factor, facility=facility, **cast("dict[str, Any]", details),
    )  # fmt: skip


def _inner(declared: Declared, plans: Iterable[Blueprint]) -> Iterable[Flow]:
    for plan in plans:
        for item in plan.inner:
            yield make_flow(
                item.name,
                (item.source, item.target),
                declared.goods[item.good],
                item.names,
                unit=declared.good_units[item.good],
                facility=plan.facility,
            )


def _links(
    declared: Declared,
    day: date,
    standing: Mapping[str, Facility],
    plans: Mapping[str, Blueprint],
    at_port: dict[str, list[str]],
    problems: list[Finding],
) -> Iterable[Flow]:
    for link in declared.links:
        ends = [end for end in (link.from_port, link.to_port) if end]
        if not link.flow.validity.holds(day) or any(end[0] not in standing for end in ends):
            continue
        for facility, name in ends:
            port = plans[facility].port(name)
            if port is None:
                problems.append(finding("port-unknown", link.flow.id, what=f"{facility}.{name}"))
            else:
                at_port[f"{facility}.{port.name}"].append(link.flow.id)
        yield link.flow


def _defaults(
    declared: Declared,
    plans: Mapping[str, Blueprint],
    at_port: dict[str, list[str]],
    day: date,
    problems: list[Finding],
) -> Iterable[Flow]:
    """Flows of ports that the file leaves to their default; findings for the others."""
    for plan in plans.values():
        for port in plan.ports:
            full = f"{plan.facility}.{port.name}"
            if at_port[full] or port.optional:
                continue
            if not port.default:
                problems.append(_unlinked(full, port, day))
                continue
            at_port[full].append(full)
            inward = port.direction is Direction.IN
            yield make_flow(
                full,
                (port.default, port.process) if inward else (port.process, port.default),
                declared.goods[port.good],
                port.names,
                unit=declared.good_units[port.good],
                facility=plan.facility,
            )


def _unlinked(full: str, port: Port, day: date) -> Finding:
    inward = port.direction is Direction.IN
    key, other = ("to", "from") if inward else ("from", "to")
    node = "environment:district" if inward else "environment:disposal"
    way = f'[[link]] {key} = "{full}", {other} = "{node}"'
    return finding("port-unlinked", full, what=full, good=port.good, day=str(day), suggestion=way)


def _with_details(flow: Flow, declared: Declared) -> Flow:
    details = declared.details.get(flow.id)
    return replace(flow, **cast("dict[str, Any]", dict(details))) if details else flow


def _stores(plans: Iterable[Blueprint]) -> Iterable[Stock]:
    for plan in plans:
        for item in plan.stores:
            layer, factor = primary(item.kind, item.density)
            yield Stock(item.process, item.kind, item.unit, layer, factor, names=item.names)


def _design(
    plans: Iterable[Blueprint],
    flows: Mapping[str, Flow],
    at_port: Mapping[str, list[str]],
    coefficients: Iterable[TransferCoefficient],
    relations: Iterable[Relation],
) -> tuple[list[TransferCoefficient], list[Relation]]:
    """What follows from parameters, except where the park file itself says it."""
    said = {(item.process, item.flow) for item in coefficients}
    stated = {item.id for item in relations}
    shares: list[TransferCoefficient] = []
    ratios: list[Relation] = []

    def meant(ref: str) -> list[str]:
        return [ref] if ref in flows and not at_port.get(ref) else list(at_port.get(ref, ()))

    for plan in plans:
        for share in plan.design.coefficients:
            named = meant(share.flow)
            if not named or any((share.process, item) in said for item in named):
                continue
            if len(named) == 1:
                shares.append(replace(share, flow=named[0]))
                continue
            inputs = [
                (item.id, -share.value * item.factor)
                for item in flows.values()
                if item.target == share.process and item.layer == share.layer
            ]
            outputs = [(item, flows[item].factor) for item in named]
            ratios.append(Relation(share.flow, (*outputs, *inputs)))
        for relation in plan.design.relations:
            if relation.id in stated or not meant(relation.terms[0][0]):
                continue
            terms = tuple((item, f) for ref, f in relation.terms for item in meant(ref))
            ratios.append(replace(relation, terms=terms))
    return shares, ratios
