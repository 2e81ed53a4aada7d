"""From results to the report's rows, and to the file."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from flows.balance import Closure
from flows.contents import contents
from flows.errors import Refused, system_problem
from flows.findings import Finding, finding
from flows.network import is_environment
from reports.data import (
    BalanceRow,
    ChainRow,
    FlowRow,
    ImputedRow,
    LossRow,
    PlantedFault,
    ProcessRow,
    ReportData,
    StepRow,
    StockRow,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from flows.balance import Balance
    from flows.chains import ChainResult, Loss
    from flows.contents import Content
    from flows.network import Flow, Stock
    from flows.period import Period
    from flows.reconcile.result import Row
    from tui.reconciling.month import Month
    from tui.session import Session

#: Beside a synthetic park: what was planted in its readings.
PLANTED_FILE = "planted.json"

_STATES = {
    Closure.CLOSED: "closed",
    Closure.OPEN: "open",
    Closure.UNCERTAIN: "uncertain",
    Closure.UNTESTED: "not-closed",
    Closure.TRANSFORMED: "transformed",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A report on disk, and what it says is doubtful."""

    path: Path
    findings: tuple[Finding, ...]


#: Stages of a report in their order, told before each begins.
STAGES = ("month", "balances", "chains", "findings", "page", "write")


def _untold(stage: str) -> None:
    """Nobody listens."""


def _now() -> int:
    """The second UTC."""
    from tui.session import now_us

    return now_us() // 1_000_000


def write_report(
    park: Session,
    period: str,
    out: Path,
    language: str,
    *,
    as_of: int | None = None,
    progress: Callable[[str], object] = _untold,
) -> Written:
    """Make the page of a period and write it, whole or not at all.

    Args:
        park: The park.
        period: The period.
        out: File to write.
        language: Of the page.
        as_of: As of this event.
        progress: Called with each of `STAGES` before it begins; what it raises ends the work,
            and nothing is written.

    Raises:
        Refused: `file-unwritable`.
    """
    from reports.page import build_page

    made = _now()
    data = report_data(park, period, as_of=as_of, progress=progress, made=made)
    progress("page")
    page = build_page(data, language)
    progress("write")
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(page, encoding="utf-8")
        os.utime(partial, (made, made))  # the list of reports tells the time that the page says
        partial.replace(out)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        said = system_problem(error)
        raise Refused(finding("file-unwritable", file=str(out), **said)) from None
    return Written(out, data.findings)


def report_data(
    park: Session,
    text: str,
    *,
    as_of: int | None = None,
    progress: Callable[[str], object] = _untold,
    made: int | None = None,
) -> ReportData:
    """Every row of a period's report; `progress` as in `write_report`.

    `made` is the second UTC that it says it was made in, by default now; it is told in the park's
    zone.
    """
    progress("month")
    month = park.month(text, as_of=as_of)
    progress("balances")
    balances, _ = park.balances(text, as_of=as_of)
    names, calendar = park.names_at(text), park.park.calendar
    network = month.network
    carried = park.carried(network, month.period, "energy", as_of=as_of)
    usual = contents(network, "energy")
    facility_of = {item.id: item.facility for item in network.processes}
    suspects = {member for item in month.result.suspects for member in item.members}
    opened = {row.id for row in balances if row.closure is Closure.OPEN}
    rows = {row.id: row for row in (*month.result.flows, *month.result.stocks)}
    progress("chains")
    chains = park.chains(text, as_of=as_of) if park.park.chains else ()
    progress("findings")
    findings = park.findings(text, as_of=as_of)
    return ReportData(
        park_names=park.park.names,
        period=month.period.text,
        first=month.period.first.isoformat(),
        last=(month.period.last_excluded - timedelta(days=1)).isoformat(),
        made_at=f"{calendar.clock(_now() if made is None else made)} ({calendar.zone})",
        digest=park.ledger.head(),
        park_hash=park.park.hash,
        version=version("parkflow"),
        synthetic=park.park.synthetic,
        coverage=_coverage(park, month),
        imputed=_imputed(month),
        verdict=Verdict(
            converged=month.result.converged,
            feasible=month.result.feasible,
            suspect=month.result.suspect,
            bounds_active=month.result.bounds_active,
            chi2=month.result.chi2,
            dof=month.result.dof,
            p_value=month.result.p_value,
            balance_residual=month.result.balance_residual,
        ),
        facilities={item.id: item.names for item in park.park.facilities},
        goods={item.id: item.names for item in network.goods},
        names=names,
        processes=_processes(park, month),
        flows=tuple(
            _flow(flow, rows[flow.id], month, suspects, (carried.get(flow.id), usual.get(flow.id)))
            for flow in network.flows
            if flow.id in rows
        ),
        stocks=tuple(
            StockRow(stock.process, **_cells(rows[stock.id], stock, month, suspects))
            for stock in network.stocks
            if stock.id in rows
        ),
        balances=tuple(_balance(row, names, facility_of) for row in balances),
        chains=tuple(_chain(result, names, month) for result in chains),
        findings=findings,
        planted=_planted(park, month.period, suspects, opened),
    )


def _flow(
    flow: Flow, row: Row, month: Month, suspects: set[str], content: tuple[Content | None, ...]
) -> FlowRow:
    low, high = row.interval or (None, None)
    cells = _cells(row, flow, month, suspects)
    per_unit = month.display[row.id][1]
    typical = None if flow.typical is None else flow.typical / per_unit
    now, usual = content
    energy = None if now is None else now.value * per_unit
    spread = None if now is None else now.sigma * per_unit
    return FlowRow(
        flow.id, flow.source, flow.target,
        low=low, high=high, good=flow.good, typical=typical,
        carried=energy, carried_sigma=spread,
        carried_usual=None if usual is None else usual.value * per_unit, **cells,
    )  # fmt: skip


def _cells(row: Row, item: Flow | Stock, month: Month, suspects: set[str]) -> dict[str, Any]:
    unit, per_unit = month.display[row.id]
    return {
        "unit": unit,
        "names": item.names,
        "measured": row.measured,
        "sigma": row.sigma,
        "reconciled": row.reconciled,
        "sigma_reconciled": row.sigma_reconciled,
        "adjustment": row.adjustment,
        "normalized_adjustment": row.normalized_adjustment,
        "class_": str(row.klass),
        "layer": item.layer,
        "factor": item.factor * per_unit,
        "suspect": row.id in suspects,
    }


def _processes(park: Session, month: Month) -> tuple[ProcessRow, ...]:
    inside = [ProcessRow(item.id, item.names, item.facility) for item in month.network.processes]
    ends = dict.fromkeys(
        end for flow in month.network.flows for end in (flow.source, flow.target)
        if is_environment(end)
    )  # fmt: skip
    return (*inside, *(ProcessRow(end, park.park.environment.get(end, {})) for end in ends))


def _balance(
    row: Balance, names: Mapping[str, Mapping[str, str]], facility_of: Mapping[str, str]
) -> BalanceRow:
    return BalanceRow(
        level=str(row.level),
        id=row.id,
        layer=row.layer,
        unit=row.unit,
        inflow=row.inflow.value,
        outflow=row.outflow.value,
        stock_change=row.stock_change.value,
        residual=row.residual.value,
        tolerance=row.tolerance,
        state=_STATES[row.closure],
        names=names.get(row.id, {}),
        transformed=row.transformed.value,
        transformed_sigma=row.transformed.sigma,
        facility=facility_of.get(row.id, ""),
        partial=row.partial,
    )


def _chain(result: ChainResult, names: Mapping[str, Mapping[str, str]], month: Month) -> ChainRow:
    steps = tuple(
        StepRow(
            item.step.id,
            item.value,
            item.sigma,
            item.step.unit,
            item.step.names,
            item.step.low,
            item.step.high,
            "reconciled",
            item.step.source,
            tuple(_loss(loss, names, month) for loss in item.losses),
        )
        for item in result.steps
    )
    return ChainRow(result.chain.id, steps, result.chain.names)


def _loss(loss: Loss, names: Mapping[str, Mapping[str, str]], month: Month) -> LossRow:
    unit, per_unit = month.display[loss.flow]
    value, sigma = (None if x is None else x / per_unit for x in (loss.value, loss.sigma))
    return LossRow(loss.flow, value, sigma, unit, loss.share, names.get(loss.flow, {}))


def _coverage(park: Session, month: Month) -> float | None:
    """Share of the period that the readings of the tour's flows and stocks speak of."""
    due = [what for what in park.park.tour if what in month.network.flow]
    if not due:
        due = list(month.measured)
    shares = [month.measured[what].coverage if what in month.measured else 0.0 for what in due]
    return sum(shares) / len(shares) if shares else None


def _imputed(month: Month) -> tuple[ImputedRow, ...]:
    return tuple(
        ImputedRow(
            what,
            item.coverage,
            item.imputed / month.display[what][1],
            month.display[what][0],
            month.network.flow[what].names if what in month.network.flow else {},
        )
        for what, item in month.measured.items()
        if item.imputed
    )


#: Days of the longest month.
_MONTH = 31


def _planted(
    park: Session, period: Period, suspects: set[str], opened: set[str]
) -> tuple[PlantedFault, ...] | None:
    """The faults planted in a synthetic park's readings, and whether this report points at them.

    Only those that lie in the period; what a fault of some days does to more than a month is not
    looked at.
    """
    path = park.folder / PLANTED_FILE
    if not park.park.synthetic or not path.is_file():
        return None
    faults = []
    for fault in json.loads(path.read_text(encoding="utf-8")):
        first, last = (date.fromisoformat(fault[key]) for key in ("first", "last"))
        if last < period.first or first >= period.last_excluded:
            continue
        fault["visible_at"] = tuple(fault["visible_at"])
        pointed = {*fault["visible_at"]} & opened or {*fault["where"].split("/")} & suspects
        found = bool(pointed) if period.days <= _MONTH else None
        faults.append(PlantedFault(**fault, found=found))
    return tuple(faults)
