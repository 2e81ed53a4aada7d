"""A period reconciled day by day, each day alone or all of them together: a park's or a file's."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from flows.findings import finding
from flows.period import parse_period

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flows.findings import Finding
    from flows.networkfile.file import NetworkFile
    from flows.reconcile.days.asjson import Shown
    from flows.reconcile.days.series import Series
    from tui.face import Face
    from tui.session import Session

#: What `--by` knows.
WAYS = ("day", "time")


@dataclass(frozen=True)
class Question:
    """What is asked of the days: the options of the command."""

    by: str
    flow: str = ""
    layer: str = ""
    as_of: str | None = None
    filtered: bool = False

    def check(self) -> None:
        """Options that do not go together are a wrong call.

        Raises:
            BadParameter: If one says nothing without another, or is unknown.
        """
        if self.by not in WAYS:
            what = f"{self.by!r} is neither of {', '.join(WAYS)}." if self.by else "Say --by."
            raise typer.BadParameter(what, param_hint="--by")
        if self.filtered and self.by != "time":
            raise typer.BadParameter("Needs --by time.", param_hint="--filtered")
        if self.layer:
            raise typer.BadParameter("Not together with --by.", param_hint="--layer")


def show_days(face: Face, question: Question, of: str | Callable[[], NetworkFile]) -> None:
    """Print the days of a park's period, or of a network file.

    Args:
        face: Where.
        question: The options.
        of: A period of the park, or what reads the file.

    Raises:
        Refused: As `park_series` and `flows.networkfile.days.file_series`.
        BadParameter: As `Question.check`.
    """
    question.check()
    # Days are many small products: threads wait for each other longer than they work. It counts
    # only where numpy is not loaded yet.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    together = question.by == "time"
    if not isinstance(of, str):
        from flows.networkfile.days import file_series

        file = of()
        answer = file_series(file, together=together, filtered=question.filtered)
        face.say(answer.findings)
        _show(face, question, answer.series, answer.shown, file.period, observed=False)
        return
    with face.open(readonly=True) as park:
        face.labels = park.names_at(of)
        found = park_series(
            park,
            of,
            together=together,
            filtered=question.filtered,
            as_of=park.seq(question.as_of),
        )
        face.say(found.findings)
        _show(face, question, found.series, found.shown, of, observed=True)


def _show(
    face: Face, question: Question, series: Series, shown: Shown, period: str, *, observed: bool
) -> None:
    from tui.presenting.days import check_flow, flow_table, series_tables

    check_flow(series, question.flow)
    if face.as_json:
        from flows.reconcile.days.asjson import asjson_days

        say, flow = face.words.say, question.flow
        face.data(asjson_days(series, shown=shown, say=say, flow=flow, observed=observed))
        face.said.extend(series.findings)
        return
    face.say(series.findings)
    if question.flow:
        flow_table(face, series, shown, face.labels, question.flow)
    else:
        series_tables(face, series, shown, face.labels, period)


@dataclass(frozen=True)
class ParkSeries:
    """Days of the park.

    Attributes:
        series: The answer, canonical units.
        display: By id, the unit in which it is shown and canonical units per one of it.
        findings: What was found while the days were laid out.
    """

    series: Series
    display: Mapping[str, tuple[str, float]]
    findings: tuple[Finding, ...]

    def shown(self, name: str, _: float) -> tuple[str, float]:
        """Unit of a flow or stock, and canonical units per one of it."""
        return self.display[name]


def park_series(
    session: Session, text: str, *, together: bool, filtered: bool = False, as_of: int | None = None
) -> ParkSeries:
    """Reconcile the days of a period.

    Args:
        session: The park.
        text: The period.
        together: All days in one solution, stocks carried over; else each day alone.
        filtered: As known on each day; only together.
        as_of: As of this event.

    Raises:
        Refused: As `reconcile_days`, `reconcile_in_time`.
    """
    from flows.panel import panel
    from flows.reconcile.days.daytable import daytable
    from flows.reconcile.days.series import of_days, of_time, said_of
    from flows.waiting import with_waiting
    from tui.reconciling.month import display

    period = parse_period(text)
    network = session.network(period.last_excluded - timedelta(days=1))
    network = replace(network, devices=session.park.devices)
    calendar = session.park.calendar
    rows = session.rows(period, as_of)
    first, last = period.ordinals[0], period.ordinals[-1]
    laid_out, found = panel(rows, network, calendar, first_day=first, last_day=last)
    network, laid_out, waiting = with_waiting(network, rows, laid_out, calendar)
    table = daytable(laid_out, network, calendar)
    if together:
        from flows.reconcile.days.together import reconcile_in_time

        answer = reconcile_in_time(network, table, calendar, layer="joint", filtered=filtered)
        series = of_time(network, answer, filtered=filtered)
    else:
        from flows.reconcile.days.alone import reconcile_days

        series = of_days(network, reconcile_days(network, table, layer="joint"))
    findings = list(found)
    for count, name in zip(table.partial.sum(axis=0).tolist(), table.names, strict=True):
        if count:
            findings.append(finding("days-partial", name, count=count))
    if waiting:
        findings.append(finding("waiting-assumed", count=len(waiting), members=", ".join(waiting)))
    series = replace(series, taken=tuple(f"stock:{process}" for process in waiting))
    series = series.with_findings(said_of(series))
    return ParkSeries(series, display(network), tuple(findings))
