"""Commands of managers: report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tui.commands.engineer import PeriodOption
from tui.commands.entries import AsOf
from tui.face import Face, command


@command("report")
def report(
    face: Face,
    period: PeriodOption,
    out: Annotated[
        Path, typer.Option("--out", help="File to write; .html.", dir_okay=False)
    ] = Path("report.html"),
    as_of: AsOf = None,
) -> None:
    """One page that opens without network: Sankey, balances, chains, findings.

    Example: parkflow report --period 2025-03 --lang zh --out march.html
    """
    from tui.reporting.building import write_report

    if out.suffix.lower() not in {".html", ".htm"}:
        raise typer.BadParameter(f"{out.name}: the report is an .html page.")
    with face.open(readonly=True) as park:
        face.labels = park.names_at(period)
        written = write_report(park, period, out, face.lang, as_of=park.seq(as_of))
        face.say(written.findings)
        if face.as_json:
            face.data({"file": str(out), "findings": face.findings_json()})
        else:
            print(out)
