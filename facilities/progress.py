"""Targets of a year for a park: what has come so far, and what the rest of the year must bring."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from facilities.limiting import together
from facilities.windows import network_of
from flows.errors import Refused
from flows.findings import finding
from flows.measuring import measured_of_period
from flows.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterator

    from facilities.park import Park, Target
    from flows.chains import ChainStep
    from flows.findings import Finding
    from flows.rows import Rows


def own_targets(park: Park, period: Period) -> list[Target]:
    """Targets of the year of a period that speak of this park and of what is measured here.

    Their scope is the park or one of its facilities, and `indicator` is a flow (its amount over
    the year) or `<chain>.<step>` (its yield). What binds others, a district or a sector, is judged
    by nobody here.
    """
    year = (period.last_excluded - timedelta(days=1)).year
    scopes = {"park", park.id, *(item.id for item in park.facilities)}
    known = {*park.kinds, *steps(park)}
    return [
        item
        for item in park.targets
        if item.year == year and item.scope in scopes and item.indicator in known
    ]


def steps(park: Park) -> dict[str, ChainStep]:
    """Steps of chains by `<chain>.<step>`."""
    return {f"{chain.id}.{step.id}": step for chain in park.chains for step in chain.steps}


def progress(park: Park, rows: Rows, period: Period, until: date) -> list[Finding]:
    """How far the year's targets of a park are by the end of a period.

    Measured values, missing days imputed as `flows.measuring` does. The rest of the year is
    taken to be fed per day as the year was so far.

    Args:
        park: Its targets.
        rows: From the first day of the year to the end of the period.
        period: Whole operating days; what counts is its end.
        until: The first day that is not over.

    Returns:
        `target-progress`, `target-missed`, or `limit-unread` where the unit does not fit.
    """
    end = min(period.last_excluded, until)
    begin = date((period.last_excluded - timedelta(days=1)).year, 1, 1)
    if end <= begin:
        return []
    window = Period(f"{begin.isoformat()}..{(end - timedelta(days=1)).isoformat()}", begin, end)
    return [said for item in own_targets(park, period) for said in _one(park, rows, window, item)]


def _one(park: Park, rows: Rows, window: Period, target: Target) -> Iterator[Finding]:
    name = f"target:{target.id}"
    try:
        seen = _seen(park, rows, window, target)
    except Refused:
        yield finding(
            "limit-unread", target.indicator, limit=name, problem="unit", unit=target.unit, span=""
        )
        return
    last = (window.last_excluded - timedelta(days=1)).isoformat()
    if seen is None:
        yield finding(
            "limit-missing", target.indicator, limit=name, span="year", unit=target.unit,
            day=window.text, first=window.first.isoformat(), last=last, of=1, confidence="",
        )  # fmt: skip
        return
    value, sigma, coverage = seen
    left = (date(window.first.year + 1, 1, 1) - window.last_excluded).days
    ratio = target.indicator in steps(park)
    problem, rest = _verdict(target, value, left, window.days, ratio=ratio)
    code = "target-missed" if problem.startswith("missed") else "target-progress"
    told: dict[str, Any] = {"problem": problem} if problem else {}
    value, spread = together(value, sigma)
    if spread:
        told["sigma"] = spread
    if target.value:
        told["share"] = value / target.value
    if left:
        told["rest"] = float(f"{rest:.5g}")
    if not ratio:
        told["usual"] = float(f"{value / window.days:.5g}")
        if left:
            told["rate"] = float(f"{rest / left:.5g}")
    if coverage < 1.0:
        told["coverage"] = coverage
    if target.source:
        told["source"] = target.source
    yield finding(
        code,
        target.indicator,
        target=name,
        value=value,
        unit=target.unit,
        bound=target.value,
        year=str(target.year),
        day=last,
        days=left,
        **told,
    )


def _seen(
    park: Park, rows: Rows, window: Period, target: Target
) -> tuple[float, float, float] | None:
    """Value, sigma and coverage of the year so far, in the unit of the target."""
    from flows.chains import ratio_scale
    from flows.units import unit_factor

    network = network_of(park, window)
    step = steps(park).get(target.indicator)
    ids = [*step.outputs, *step.inputs] if step else [target.indicator]
    if any(one not in network.flow for one in ids):
        return None
    if step and step.unit != target.unit:
        raise Refused(finding("unit-unknown", unit=target.unit))
    density = {item.id: item.density for item in network.goods}
    flow = network.flow[ids[0]]
    scale = (
        ratio_scale(step, network)
        if step
        else 1.0 / unit_factor(target.unit, flow.kind, density=density.get(flow.good))
    )
    found = measured_of_period(rows, network, park.calendar, window, ids).measured
    if any(one not in found for one in ids):
        return None
    coverage = min(found[one].coverage for one in ids)
    above = sum(found[one].value for one in (step.outputs if step else ids))
    spread = math.hypot(*(found[one].total_sigma for one in (step.outputs if step else ids)))
    if step is None:
        return above * scale, spread * scale, coverage
    below = sum(found[one].value for one in step.inputs)
    if below <= 0.0:
        return None
    under = math.hypot(*(found[one].total_sigma for one in step.inputs))
    value = above / below
    sigma = math.hypot(spread / below, value * under / below)
    return value * scale, sigma * scale, coverage


def _verdict(
    target: Target, value: float, left: int, days: int, *, ratio: bool
) -> tuple[str, float]:
    """What is said, and what the rest of the year must bring: an amount, or a mean yield."""
    rest = target.value - value
    if ratio:
        rest = target.value + (target.value - value) * days / left if left else 0.0
    most = target.sense == "at-most"
    kept = value <= target.value if most else value >= target.value
    if left == 0:
        return ("reached" if kept or target.sense == "about" else "missed"), rest
    if ratio:
        return "yield", rest
    if most:
        return ("most" if kept else "missed-already"), rest
    return ("reached" if kept else ""), rest
