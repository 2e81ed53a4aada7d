"""Commands that set up: init, demo, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.findings import Severity, errors
from tui.face import Face, command

if TYPE_CHECKING:
    from tui.health import Check


@command("init")
def init(
    face: Face,
    folder: Annotated[Path, typer.Argument(help="Folder of the new park.")] = Path(),
    source: Annotated[
        str,
        typer.Option(
            "--from", help="Park to start from: chaoyang, gaoantun, two-facilities, or a file."
        ),
    ] = "chaoyang",
) -> None:
    """Start a park: its file `park.toml` and an empty ledger `park.db`.

    Example: parkflow init mypark --from gaoantun
    """
    from tui.starting import start_park

    started = start_park(folder, source)
    face.say(started.findings)
    if face.as_json:
        face.data({"folder": str(folder), "files": [str(path) for path in started.files]})
    else:
        for path in started.files:
            print(path)


@command("demo")
def demo(
    face: Face,
    folder: Annotated[Path, typer.Argument(help="Folder to make it in.")] = Path("demo"),
    source: Annotated[
        str, typer.Option("--from", help="Park to show: chaoyang or two-facilities.")
    ] = "chaoyang",
    seed: Annotated[
        int | None, typer.Option("--seed", help="Another seed, other noise of the meters.")
    ] = None,
) -> None:
    """A demonstration park with a synthetic year: read, balanced, reported.

    Example: parkflow demo /tmp/demo
    """
    from tui.starting import make_demo

    made = make_demo(folder, source, seed, face)
    if face.as_json:
        face.data(
            {
                "folder": str(folder), "report": str(made.report), "period": made.period,
                "year_report": str(made.year_report), "year": made.year,
            }
        )  # fmt: skip
    else:
        print(made.report)


@command("doctor")
def doctor(face: Face) -> None:
    """Is everything in order: installation, park file, ledger?

    Example: parkflow doctor --park mypark
    """
    from tui.health import examine

    checks = examine(face.folder)
    if face.as_json:
        face.data(
            [
                {"check": check.code, "ok": not errors(check.findings),
                 "detail": _detail(check, face),
                 "findings": face.findings_json(check.findings)}
                for check in checks
            ]
        )  # fmt: skip
    else:
        for check in checks:
            worst = max((_RANK[item.severity] for item in check.findings), default=0)
            mark = ("ok", "ok", "?", "!")[worst]
            name = f"{face.words.term(f'check-{check.code}')}{face.words.term('place-end')}"
            face.line(f"[{mark:>2}] {name}{_detail(check, face)}")
            for item in check.findings:
                face.line(f"     {face.words.say(item)}")
    if any(errors(check.findings) for check in checks):
        raise typer.Exit(1)


def _detail(check: Check, face: Face) -> str:
    if not check.counts:
        return check.detail
    return face.words.text(f"check-{check.code}-detail", head=check.detail, **check.counts)


_RANK = {Severity.INFO: 1, Severity.WARNING: 2, Severity.ERROR: 3}
