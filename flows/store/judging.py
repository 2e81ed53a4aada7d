"""What is impossible of an entry's value, and what is unlikely: for every face alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.errors import Refused
from flows.findings import finding
from flows.period import DAY
from flows.resolve import Sort
from flows.units import KINDS, slip

if TYPE_CHECKING:
    from flows.findings import Finding
    from flows.records import Observation
    from flows.resolve import Target
    from flows.usual import Expectation

#: More than this many times the capacity is refused outright.
IMPOSSIBLE = 2.0

#: Outside 1/UNUSUAL to UNUSUAL of the typical amount an entry wants a second look; a rule of
#: thumb, not from any standard: unverified.
UNUSUAL = 3.0


def judged(
    item: Observation, target: Target, typed: str, expectation: Expectation | None = None
) -> Finding | None:
    """What is unlikely of a value: `entry-slip` or `entry-unlikely`.

    Args:
        item: As it would be recorded, canonical unit.
        target: What its name means.
        typed: As it was written.
        expectation: What was usual of late; else only what the park declares is.

    Raises:
        Refused: `entry-impossible` beyond twice the capacity.
    """
    if item.value is None:
        return None
    level = target.instant or target.sort is Sort.CONTEXT
    days = 1.0 if level else (item.end - item.start) / DAY
    capacity = target.maximum * days
    about: dict[str, Any] = {"value": item.value, "unit": KINDS[target.kind].unit, "text": typed}
    if abs(item.value) > (limit := IMPOSSIBLE * capacity):
        about |= {"limit": limit, "capacity": capacity}
        usual = {} if item.ticket else _usual(item, target, days, expectation)
        if named := slip(item.value, usual.get("expected", 0.0), typed=typed) if usual else None:
            about |= {"slip": named, "expected": usual["expected"]}
        raise Refused(finding("entry-impossible", target.what, **about))
    # of one truck the day's typical amount says nothing
    if not item.value or item.ticket:
        return None
    about |= _usual(item, target, days, expectation)
    if "expected" not in about:
        return None
    if named := slip(item.value, about["expected"], typed=typed):
        return finding("entry-slip", target.what, slip=named, **about)
    return finding("entry-unlikely", target.what, **about)


def _usual(
    item: Observation, target: Target, days: float, expectation: Expectation | None
) -> dict[str, Any]:
    """What was expected in place of an unlikely value; nothing of a likely one."""
    value = item.value or 0.0
    recent = expectation(target.what, item.day) if expectation else None
    if recent is not None and days == 1.0 and not recent.low <= value <= recent.high:
        return {"expected": recent.expected, "low": recent.low, "high": recent.high}
    usual = (target.typical or 0.0) * days
    if usual and not 1.0 / UNUSUAL <= abs(value) / usual <= UNUSUAL:
        return {"expected": usual}
    return {}
