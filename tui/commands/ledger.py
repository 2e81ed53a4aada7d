"""Commands of the ledger: audit, db."""

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


@command("db")
def database(
    face: Face,
    action: Annotated[str, typer.Argument(help="upgrade: bring an older ledger to this form.")],
) -> None:
    """Look after the ledger file: bring one of an older parkflow to the form of this one.

    Example: parkflow db upgrade
    """
    from flows.store.repository import Ledger
    from flows.store.tables import SCHEMA
    from tui.session import LEDGER_FILE

    if action != "upgrade":
        raise typer.BadParameter(f"{action!r} is none of: upgrade.", param_hint="ACTION")
    path = face.folder / LEDGER_FILE
    Ledger.upgrade(path)
    with Ledger.open(path, readonly=True) as ledger:
        head = ledger.head()
    if face.as_json:
        face.data({"schema": SCHEMA, "head": head, "findings": face.findings_json()})
    else:
        face.line(face.words.text("db-upgraded", text=SCHEMA, head=head))
