"""Commands of engineers: balance, reconcile, chain, findings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.errors import Refused, system_problem
from flows.findings import finding
from tui.commands.entries import AsOf
from tui.face import Face, command, said

if TYPE_CHECKING:
    from flows.networkfile.file import NetworkFile
    from flows.reconcile import Reconciliation
    from tui.reconciling.foresight import Told

PeriodOption = Annotated[
    str, typer.Option("--period", help="2025, 2025-Q1, 2025-03, 2025-03-01 or FIRST..LAST.")
]


@command("balance")
def balance(
    face: Face,
    period: PeriodOption,
    layer: Annotated[
        str, typer.Option("--layer", help="mass, energy, carbon-fossil, carbon-biogenic, all.")
    ] = "",
    facility: Annotated[str, typer.Option("--facility", help="Only this facility.")] = "",
    reconciled: Annotated[
        bool, typer.Option("--reconciled", help="Of reconciled instead of measured values.")
    ] = False,
    as_of: AsOf = None,
) -> None:
    """In, out, stock change, residual against tolerance: process, facility, park.

    Example: parkflow balance --period 2025-03 --facility incineration
    """
    from tui.presenting.results import balance_json, balance_table

    with face.open(readonly=True) as park:
        face.labels = park.names_at(period)
        rows, findings = park.balances(
            period, layer=layer, facility=facility, reconciled=reconciled, as_of=park.seq(as_of)
        )
        face.say(findings)
        if face.as_json:
            face.data([balance_json(row, period, reconciled=reconciled) for row in rows])
        else:
            balance_table(face, rows, face.labels, park.facility_of(period))


@command("reconcile")
def reconcile(
    face: Face,
    file: Annotated[
        Path | None,
        typer.Argument(help="Network file (docs/formats.md); else --period.", readable=False),
    ] = None,
    period: Annotated[str, typer.Option("--period", help="A period of the park.")] = "",
    layer: Annotated[
        str,
        typer.Option("--layer", help="With what matter carries of it: energy, carbon-fossil..."),
    ] = "",
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="day|time",
            help="day: each day alone; time: all days at once, stocks carried over.",
        ),
    ] = "",
    filtered: Annotated[
        bool, typer.Option("--filtered", help="With --by time: each day as known on it.")
    ] = False,
    flow: Annotated[
        str, typer.Option("--flow", help="With --by: this flow or stock, day by day.")
    ] = "",
    robust: Annotated[
        bool, typer.Option("--robust", help="Huber's loss: a gross error moves its neighbors less.")
    ] = False,
    draws: Annotated[
        int | None,
        typer.Option("--draws", min=2, max=100_000, help="Draw so many states that close."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="With --draws: the same again.")] = 0,
    draws_to: Annotated[
        Path | None, typer.Option("--draws-to", help="With --draws: a CSV file that takes them.")
    ] = None,
    next_meter: Annotated[
        bool, typer.Option("--next-meter", help="Where a further meter would tell most.")
    ] = False,
    target: Annotated[
        str, typer.Option("--target", help="With --next-meter: flow or chain to make surer.")
    ] = "",
    as_of: AsOf = None,
) -> None:
    """Least-squares values that close every balance, beside what was measured.

    Example: parkflow reconcile network.toml --json
    """
    from tui.presenting.foresight import foresight_tables
    from tui.presenting.results import reconcile_table
    from tui.reconciling.foresight import Asked, Basis, foresee

    if (file is None) == (not period):
        raise typer.BadParameter("Give a network file, or --period for the park; one of them.")
    asked = Asked(draws, seed, draws_to, next_meter, target)
    asked.check(alone=not by)
    if robust and by:
        raise typer.BadParameter("Not together with --by.", param_hint="--robust")
    if by or filtered or flow:
        from tui.reconciling.days import Question, show_days

        question = Question(by, flow, layer, as_of, filtered=filtered)
        show_days(face, question, period if file is None else partial(_network_file, file))
        return
    if file is not None:
        read = _network_file(file)
        result = read.reconcile(robust=robust or None)
        basis = Basis(result, read.network, read.units, read.days)
        told = foresee(asked, basis)
        _show(face, result, more=told)
        if not face.as_json:
            reconcile_table(face, result, {})
            foresight_tables(face, told, basis, {})
        return
    with face.open(readonly=True) as park:
        face.labels = park.names_at(period)
        layers = park.carried_layer(period, layer)
        month = park.month(period, layers=layers, robust=robust, as_of=park.seq(as_of))
        days = park.park.calendar.period_span(month.period).days
        basis = Basis(month.result, month.network, month.display, days, park.park.chains)
        told = foresee(asked, basis)
        face.say(month.findings)
        _show(face, month.result, period, more=told)
        if not face.as_json:
            reconcile_table(face, month.result, face.labels, short=True)
            foresight_tables(face, told, basis, face.labels)


@command("chain")
def chain(
    face: Face,
    period: PeriodOption,
    name: Annotated[str, typer.Argument(help="Chain; all of them without one.")] = "",
    as_of: AsOf = None,
) -> None:
    """Each chain from waste to product, step by step, with yields and sigma.

    Example: parkflow chain waste-to-power --period 2025-03
    """
    from tui.presenting.results import chain_json, chain_table

    with face.open(readonly=True) as park:
        face.labels = park.names_at(period)
        results = park.chains(period, name=name, as_of=park.seq(as_of))
        display = park.month(period, as_of=park.seq(as_of)).display
        for result in results:
            face.say(result.findings)
        if face.as_json:
            face.data([line for result in results for line in chain_json(result, period, display)])
        else:
            for result in results:
                chain_table(face, result, face.labels, display)


@command("findings")
def findings(face: Face, period: PeriodOption, as_of: AsOf = None) -> None:
    """Everything doubtful in a period: open balances, meters that lie, slips, copies, missing days.

    Example: parkflow findings --period 2025-03
    """
    from tui.inbox.watching import ordered

    with face.open(readonly=True) as park:
        face.labels = park.names_at(period)
        seq = park.seq(as_of)
        network = park.month(period, as_of=seq).network
        found = ordered(park.park, network, park.findings(period, as_of=seq))
        face.said.extend(found)
        if face.as_json:
            rows = zip(face.findings_json(found), found, strict=True)
            face.data([{**row, "params": dict(item.params)} for row, item in rows])
            return
        for item in found:
            print(said(face.words, item, face.labels))
        if not found:
            print(face.words.text("no-findings", period=period))


def _network_file(path: Path) -> NetworkFile:
    from flows.networkfile.file import read_network

    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unreadable", file=str(path), **said)) from None
    except UnicodeDecodeError:
        raise Refused(finding("file-not-utf8", file=str(path))) from None
    return read_network(text, file=path.name)


def _show(face: Face, result: Reconciliation, period: str | None = None, *, more: Told) -> None:
    result = replace(result, findings=(*result.findings, *more.findings))
    if face.as_json:
        from flows.reconcile import asjson

        face.data(asjson(result, say=face.words.say, period=period) | more.json)
        face.said.extend(result.findings)
    else:
        face.say(result.findings)
