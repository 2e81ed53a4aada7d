"""Limits judged: what a park file or a standard allows, against what was read over its span."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from facilities.park import Limit
from facilities.windows import SPANS, Seen, windows
from flows.errors import Refused
from flows.findings import Severity, finding
from flows.network import is_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from facilities.park import Park
    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.period import Period
    from flows.rows import Rows

#: A value this much beyond a limit, relative to it, is rounding of a conversion: the limit passes.
_ROUNDING = 1e-9
#: Standard deviations beyond a limit from which a reading alone does not explain it.
SURE = 1.96
#: Standards by kind of plant: medium, and outside nodes to which its limits hold. Those of table 3
#: hold only where an authority says so: a park then writes them down.
_STANDARDS = {
    "incineration": ("air", "GB 18485-2014", ("atmosphere",)),
    "leachate": ("water", "GB 16889-2008 table 2", ("water-body",)),
}
_SAME = {"bod": "bod5"}


@dataclass(frozen=True, slots=True)
class _Rule:
    """A limit with what it is on: its kind, canonical units per unit, and the unit as a rate."""

    limit: Limit
    kind: str
    factor: Callable[[float | None], float]


def first_needed(park: Park, period: Period) -> date:
    """First day of which rows are needed to judge the limits that are due in a period."""
    spans = {SPANS.get(item.span, "") for item in park.limits}
    if "year" in spans and period.last_excluded.year > period.first.year:
        return period.first.replace(month=1, day=1)
    return period.first.replace(day=1) if "month" in spans else period.first


def judged(park: Park, rows: Rows, period: Period, until: date) -> list[Finding]:
    """What the limits of a park, and those of standards that hold for its plants, say of a period.

    A limit is due for each of its spans (hours, days, samples, months, years) that ends within the
    period and before `until`, and lies in the days on which the limit holds. The value at the
    limit passes; up to one sigma below it is near.

    Args:
        park: Its limits, dated.
        rows: Effective or not, from `first_needed` to the end of the period.
        period: Whole operating days.
        until: The first day that is not over.

    Returns:
        `limit-exceeded`, one for spans in a row, at their worst; an error where it lies 1.96 sigma
        beyond a limit that is verified. `limit-near`, `limit-missing` and `limit-unread`, one a
        limit.
    """
    said: list[Finding] = []
    for limit in (*park.limits, *_of_standards(park, rows, period)):
        rule = _rule(park, limit, period)
        if isinstance(rule, _Rule):
            said += _judge(park, rows, rule, period, until)
        else:
            said.append(rule)
    return said


def _rule(park: Park, limit: Limit, period: Period) -> _Rule | Finding:
    """The limit with its unit read, or why it cannot be read."""
    from flows.units import unit_factor

    def unread(problem: str) -> Finding:
        return finding(
            "limit-unread", limit.of, limit=named(limit), problem=problem, unit=limit.unit,
            span=limit.span,
        )  # fmt: skip

    if limit.span not in SPANS:
        return unread("span")
    kind = kind_of(park, limit.of)
    if kind is None:
        return unread("of")
    network = park.network(period.last_excluded - timedelta(days=1))
    density = _density(network, limit.of)

    @cache
    def factor(seconds: float | None) -> float:
        return unit_factor(limit.unit, kind, seconds=seconds, density=density)

    try:
        factor(86_400.0)
        if limit.of.startswith("stock:") or limit.of not in park.kinds:
            factor(None)  # what is not over a time has no rate
    except Refused:
        return unread("unit")
    return _Rule(limit, kind, factor)


def kind_of(park: Park, of: str) -> str | None:
    """Kind of a flow, stock, context figure or quality of a flow that a limit may be on."""
    known = park.kinds
    if of in known:
        return known[of]
    what, _, quality = of.rpartition(".")
    return park.property_kinds.get(quality) if what in known else None


def _density(network: FlowNetwork, of: str) -> float | None:
    flow = network.flow.get(of)
    return next((item.density for item in network.goods if flow and item.id == flow.good), None)


def named(limit: Limit) -> str:
    """How findings name a limit: one of the park by a label, one of a standard by its number."""
    return limit.id if " " in limit.id else f"limit:{limit.id}"


def _of_standards(park: Park, rows: Rows, period: Period) -> Iterator[Limit]:
    """Limits of standards on qualities that were sampled where a plant lets something out."""
    from facilities.tables import limits

    network = park.network(period.last_excluded - timedelta(days=1))
    kinds = {item.id: item.kind.code for item in park.facilities}
    for what in dict.fromkeys(item.what for item in rows.subjects):
        flow = network.flow.get(what.rpartition(".")[0])
        if flow is None or not is_environment(flow.target):
            continue
        medium, standard, nodes = _STANDARDS.get(kinds.get(flow.facility, ""), ("", "", ()))
        if flow.target.partition(":")[2] not in nodes:
            continue
        pollutant = _plain(what.rpartition(".")[2])
        for item in limits():
            if (item.medium, item.standard) == (medium, standard) and (
                _plain(item.pollutant) == pollutant
            ):
                low, high = (item.value, None) if item.side == "min" else (None, item.value)
                yield Limit(
                    item.standard, what, item.unit, low, high, item.span, item.names, item.source,
                    item.confidence, item.validity,
                )  # fmt: skip


def _plain(text: str) -> str:
    word = "".join(letter for letter in text.lower() if letter.isalnum())
    return _SAME.get(word, word)


def _judge(park: Park, rows: Rows, rule: _Rule, period: Period, until: date) -> Iterator[Finding]:
    limit = rule.limit
    own = rows.at(rows.of(limit.of))
    spans = windows(park, own, limit, rule.kind, rule.factor, period, until)
    beyond = [item for item in spans if item.value is not None and _excess(limit, item) > 0.0]
    for run in _runs(beyond):
        yield _exceeded(limit, run)
    missing = [item for item in spans if item.value is None]
    if missing:
        yield _told("limit-missing", limit, missing[0], missing, of=len(spans))
    open_ = [
        item
        for item in spans
        if item.value is not None and _excess(limit, item) <= 0.0 and _may_be(limit, item)
    ]
    if open_:
        yield _told(
            "limit-missing", limit, open_[0], open_, of=len(spans), severity=Severity.INFO,
            problem="partly", coverage=min(item.coverage for item in open_),
        )  # fmt: skip
    near = [item for item in spans if item.value is not None and item not in beyond]
    near = [item for item in near if _excess(limit, item) >= -item.sigma]
    if near:
        worst = max(near, key=lambda item: _excess(limit, item))
        yield _told("limit-near", limit, worst, near, **_numbers(limit, worst))


def _excess(limit: Limit, seen: Seen) -> float:
    """How far a value is beyond the nearer side of a limit; 0 or less where it keeps it."""
    value, most = seen.value or 0.0, -math.inf
    for bound, sign in ((limit.maximum, 1.0), (limit.minimum, -1.0)):
        if bound is not None:
            over = sign * (value - bound)
            most = max(most, 0.0 if abs(over) <= _ROUNDING * abs(bound) else over)
    return most


def _may_be(limit: Limit, seen: Seen) -> bool:
    """Whether what was not read could carry the value over the limit."""
    return any(
        _excess(limit, replace(seen, value=value)) > 0.0 for value in (seen.least, seen.most)
    )


def _runs(items: Sequence[Seen]) -> Iterator[list[Seen]]:
    """Spans without a span between them that keeps the limit."""
    run: list[Seen] = []
    for item in items:
        if run and (item.first - run[-1].last).days > 1:
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def _exceeded(limit: Limit, run: list[Seen]) -> Finding:
    worst = max(run, key=lambda item: _excess(limit, item))
    verified = limit.confidence != "uncertain"
    sure = verified and _excess(limit, worst) > SURE * worst.sigma
    severity = Severity.ERROR if sure else Severity.WARNING
    return _told("limit-exceeded", limit, worst, run, severity=severity, **_numbers(limit, worst))


def _numbers(limit: Limit, seen: Seen) -> dict[str, Any]:
    """Value, bound and distance, in the unit of the limit."""
    value = seen.value or 0.0
    low = limit.maximum is None or (limit.minimum is not None and value < limit.minimum)
    if limit.minimum is not None and limit.maximum is not None and not low:
        low = value - limit.minimum < limit.maximum - value
    bound = (limit.minimum if low else limit.maximum) or 0.0
    value, sigma = together(value, seen.sigma)
    return {
        **({"problem": "low"} if low else {}),
        "value": value,
        **({"sigma": sigma} if sigma else {}),
        "bound": bound,
        "over": float(f"{abs(value - bound):.3g}"),
        **({"share": value / bound} if bound else {}),
        **({"coverage": seen.coverage} if seen.coverage < 1.0 else {}),
    }


def together(value: float, sigma: float) -> tuple[float, float]:
    """Both to the second significant digit of sigma; the value as it is where that is 0."""
    if not (math.isfinite(sigma) and sigma > 0.0):
        return value, 0.0
    decimals = 1 - math.floor(math.log10(sigma))
    return round(value, decimals), round(sigma, decimals)


def _told(
    code: str,
    limit: Limit,
    at: Seen,
    all_: Sequence[Seen],
    *,
    severity: Severity | None = None,
    **params: Any,
) -> Finding:
    """A finding about a limit, with its days, its source and how sure that is."""
    if len(all_) > 1:
        params["count"] = len(all_)
    if limit.source:
        params["source"] = limit.source
    return finding(
        code,
        limit.of,
        severity=severity,
        limit=named(limit),
        unit=limit.unit,
        span=SPANS[limit.span],
        day=at.text,
        first=all_[0].first.isoformat(),
        last=all_[-1].last.isoformat(),
        confidence=limit.confidence,
        **params,
    )
