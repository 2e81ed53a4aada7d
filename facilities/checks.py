"""What each kind of plant finds wrong with the figures of a period."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from facilities.base import Figures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from facilities.park import Facility, Park
    from flows.findings import Finding
    from flows.measured import Measured


def check(
    park: Park, day: date, measured: Mapping[str, Measured], methane: Mapping[str, float]
) -> list[Finding]:
    """Findings of all facilities, in the order of the park file.

    Args:
        park: Its definitions of `day` hold.
        day: Last day of the period.
        measured: By flow id.
        methane: CH4 share of the gases that were sampled, by flow id.
    """
    found: list[Finding] = []
    for facility in park.facilities:
        if facility.kind.check is not None and facility.validity.holds(day):
            figures = _figures(park, facility, day, measured, methane)
            found += facility.kind.check(figures, facility.parameters(day))
    return found


def _figures(
    park: Park,
    facility: Facility,
    day: date,
    measured: Mapping[str, Measured],
    methane: Mapping[str, float],
) -> Figures:
    """By local name; a port of which one link is not known is not known."""
    flows: dict[str, list[str]] = defaultdict(list)
    for item in facility.kind.inner:
        flows[item.name].append(f"{facility.id}.{item.name}")
    for link in park.declared.links:
        for end in (link.from_port, link.to_port):
            if end and end[0] == facility.id and link.flow.validity.holds(day):
                port = facility.kind.port(end[1])
                if port:
                    flows[port.name].append(link.flow.id)
    known = {name: ids for name, ids in flows.items() if all(one in measured for one in ids)}
    amounts = {name: sum(measured[one].value for one in ids) for name, ids in known.items()}
    shares = {}
    for name, ids in known.items():
        sampled = [one for one in ids if one in methane]
        total = sum(measured[one].value for one in ids)
        if len(sampled) == len(ids) and total > 0.0:
            # gases mix by their methane
            shares[name] = sum(measured[one].value * methane[one] for one in ids) / total
    return Figures(facility.id, amounts, shares)
