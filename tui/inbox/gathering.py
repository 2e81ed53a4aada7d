"""Everything doubtful in a period, gathered: from sums, balances, chains, limits and the watch."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flows.balance import Closure
from flows.findings import finding
from tui.inbox.limits import limited
from tui.inbox.watching import watched, with_reasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.findings import Finding
    from tui.reconciling.month import Month
    from tui.session import Session


#: So many meters of one facility that cover too little are one finding.
_MANY = 4
#: In place of a layer: `tui.session.ALL`, which imports this module.
_EVERY = "all"


def _untold(stage: str) -> None:
    """Nobody listens."""


def gathered(
    session: Session,
    text: str,
    *,
    as_of: int | None = None,
    progress: Callable[[str], object] | None = None,
) -> tuple[Finding, ...]:
    """As `Session.findings`."""
    told = progress or _untold
    told("month")
    month = session.month(text, as_of=as_of)
    said = [*month.findings, *month.result.findings, *_checks(session, month, as_of)]
    told("balances")
    rows, _ = session.balances(text, layer=_EVERY, as_of=as_of)
    said += [
        finding(
            "balance-open",
            row.id,
            process=row.id,
            layer=row.layer,
            residual=row.residual.value,
            tolerance=row.tolerance,
            unit=row.unit,
        )
        for row in rows
        if row.closure is Closure.OPEN
    ]
    told("chains")
    for chain in session.chains(text, as_of=as_of) if session.park.chains else ():
        said += chain.findings
    told("limits")
    said += limited(session, month.period, as_of=as_of)
    told("days")
    said = _by_facility(month, said)
    over_days = watched(session, month.period, as_of=as_of)
    said = [*with_reasons(month.network, said, over_days), *over_days]
    return tuple({str(item): item for item in said}.values())


def _by_facility(month: Month, said: list[Finding]) -> list[Finding]:
    """One word of a facility of which hardly anything is read yet, in place of one each meter."""
    thin: dict[str, list[Finding]] = {}
    for item in said:
        flow = month.network.flow.get(item.where)
        if item.code == "coverage-partial" and flow is not None and flow.facility:
            thin.setdefault(flow.facility, []).append(item)
    result, told = [], set[str]()
    for item in said:
        flow = month.network.flow.get(item.where)
        facility = flow.facility if flow is not None else ""
        items = thin.get(facility, [])
        if item.code != "coverage-partial" or len(items) < _MANY:
            result.append(item)
        elif facility not in told:
            told.add(facility)
            most = max(float(str(one.params["coverage"])) for one in items)
            whats = ", ".join(one.where for one in items)
            result.append(
                finding(
                    "coverage-facility", facility, count=len(items), coverage=most,
                    period=month.period.text, flows=whats,
                )
            )  # fmt: skip
    return result


def _checks(session: Session, month: Month, as_of: int | None) -> list[Finding]:
    """What the kinds of plant themselves find wrong."""
    from facilities.checks import check
    from flows.contents import CH4_LHV
    from flows.qualities import sampled

    rows, calendar = session.rows(month.period, as_of), session.park.calendar
    samples = sampled(rows, month.network, calendar, month.period, "energy")
    methane = {
        what: item.value / CH4_LHV for what, item in samples.items() if item.source.endswith(".ch4")
    }
    last = month.period.last_excluded - timedelta(days=1)
    return check(session.park, last, month.measured, methane)
