"""Commands of the ledger: audit."""

from __future__ import annotations

from typing import Annotated

import typer

from tui.face import Face, command


@command("audit")
def audit(
    face: Face,
    against: Annotated[
        str | None,
        typer.Option("--against", help="DIGEST@SEQ as printed in a report filed elsewhere."),
    ] = None,
) -> None:
    """Check the ledger's chain from its first event; name the first broken link.

    Example: parkflow audit --against 3f9a...@128
    """
    with face.open(readonly=True, unguarded=True) as park:
        ledger = park.ledger
        report = ledger.audit_against(against) if against is not None else ledger.audit()
    face.say(report.findings)
    broken = next((item.params for item in report.findings if item.code == "chain-broken"), None)
    if face.as_json:
        face.data(
            {
                "sound": report.sound,
                "events": report.events,
                "observations": report.observations,
                "head": report.head,
                "broken": broken,
                "findings": face.findings_json(),
            }
        )
    elif report.sound:
        counts = {"events": report.events, "observations": report.observations}
        print(face.words.text("audit-sound", head=report.head, **counts))
    if not report.sound:
        raise typer.Exit(1)
