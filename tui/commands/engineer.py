"""Commands of engineers: balance, reconcile, chain, findings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.errors import Refused, system_problem
from flows.findings import finding
from tui.commands.entries import AsOf
from tui.face import Face, command, said

if TYPE_CHECKING:
    from flows.networkfile import NetworkFile
    from flows.reconcile import Reconciliation

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
    from tui.presenting import balance_json, balance_table

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
    as_of: AsOf = None,
) -> None:
    """Least-squares values that close every balance, beside what was measured.

    Example: parkflow reconcile network.toml --json
    """
    from tui.presenting import reconcile_table

    if (file is None) == (not period):
        raise typer.BadParameter("Give a network file, or --period for the park; one of them.")
    if file is not None:
        result = _network_file(file).reconcile()
        _show(face, result)
        if not face.as_json:
            reconcile_table(face, result, {})
        return
    with face.open(readonly=True) as park:
        face.labels = park.names_at(period)
        month = park.month(period, as_of=park.seq(as_of))
        face.say(month.findings)
        _show(face, month.result, period)
        if not face.as_json:
            reconcile_table(face, month.result, face.labels)


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
    from tui.presenting import chain_json, chain_table

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
    """Everything doubtful in a period: open balances, suspects, missing days, odd yields.

    Example: parkflow findings --period 2025-03
    """
    with face.open(readonly=True) as park:
        face.labels = park.names_at(period)
        found = park.findings(period, as_of=park.seq(as_of))
        face.said.extend(found)
        if face.as_json:
            face.data(face.findings_json(found))
            return
        for item in found:
            print(said(face.words, item, face.labels))
        if not found:
            print(face.words.text("no-findings", period=period))


def _network_file(path: Path) -> NetworkFile:
    from flows.networkfile import read_network

    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unreadable", file=str(path), **said)) from None
    except UnicodeDecodeError:
        raise Refused(finding("file-not-utf8", file=str(path))) from None
    return read_network(text, file=path.name)


def _show(face: Face, result: Reconciliation, period: str | None = None) -> None:
    if face.as_json:
        from flows.reconcile import asjson

        face.data(asjson(result, say=face.words.say, period=period))
        face.said.extend(result.findings)
    else:
        face.say(result.findings)
