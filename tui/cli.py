"""The command `parkflow`: registers every command and keeps tracebacks from the user."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from tui.commands import (  # noqa: F401  they register
    closing,
    engineer,
    entries,
    ledger,
    manager,
    serve,
    setup,
)
from tui.face import COMMANDS

app = typer.Typer(
    name="parkflow",
    help="The ledger of matter and energy of a circular-economy park.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
#: Commands in the order of the help page, each under the heading of those who use it.
PANELS = {
    "Set up": ("init", "demo", "doctor"),
    "Entries": ("log", "correct", "import", "template", "sheet"),
    "Balances": ("balance", "reconcile", "chain", "findings"),
    "Closing": ("status", "submit", "review", "lock", "reopen", "handover"),
    "Report and ledger": ("report", "serve", "audit", "db"),
}
for panel, names in PANELS.items():
    for name in names:
        app.command(name, rich_help_panel=panel)(COMMANDS[name])


@app.callback()
def alone(
    context: typer.Context,
    park: Annotated[
        Path, typer.Option(envvar="PARKFLOW_PARK", help="Folder of the park.", show_default="here")
    ] = Path(),
    lang: Annotated[
        str | None, typer.Option(envvar="PARKFLOW_LANG", metavar="zh|en", help="Language.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(envvar="PARKFLOW_BY", help="Name to enter readings under.")
    ] = None,
    day: Annotated[
        str | None, typer.Option(help="Day to begin with.", show_default="today")
    ] = None,
    readonly: Annotated[bool, typer.Option("--readonly", help="Look only.")] = False,
) -> None:
    """The ledger of matter and energy of a circular-economy park.

    Without a command: the terminal application.
    """
    if context.invoked_subcommand is not None:
        _hand_on(context)
        return
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        from reports.words import Words
        from tui.settings import UserSettings, language

        print(Words(language(lang, UserSettings())).term("app-terminal"), file=sys.stderr)
        print(context.get_help())
        raise typer.Exit(0 if len(sys.argv) == 1 else 1)
    from tui.opening import open_app

    raise typer.Exit(open_app(park=park, lang=lang, by=by, day=day, readonly=readonly))


def _hand_on(context: typer.Context) -> None:
    """Options before a command are the command's: what it is told itself comes first.

    Raises:
        typer.BadParameter: Of one that not every command has.
    """
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE":
            continue
        if name not in ("park", "lang", "by"):
            raise typer.BadParameter(f"--{name} stands behind the command.")
        os.environ[f"PARKFLOW_{name.upper()}"] = str(value)


def main() -> None:
    """Run one command; anything unforeseen goes to the log file, not onto the screen."""
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal without Chinese shows \uXXXX, and nothing stops
            stream.reconfigure(errors="backslashreplace")
    sys.argv[1:] = negative_amounts(sys.argv[1:])
    try:
        app()
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of stdout has gone (`parkflow sheet | head`); closing it again would complain.
        sys.stdout = None
        sys.exit(1)
    except Exception as error:  # noqa: BLE001  the last door before the user
        _unforeseen(error)
        sys.exit(1)


#: Options that take no value: what stands behind them may be an amount.
_FLAGS = frozenset({"--json", "--verbose", "-v", "--strict", "--register"})


def negative_amounts(words: list[str]) -> list[str]:
    """The command line with a true minus sign before amounts, lest `-5 t` be read as an option."""
    told = words.index("--") if "--" in words else len(words)
    before = ["", *words]
    return [
        f"\N{MINUS SIGN}{word[1:]}"
        if place < told
        and re.match(r"-\.?[0-9]", word)
        and (not before[place].startswith("--") or before[place] in _FLAGS)
        else word
        for place, word in enumerate(words)
    ]


def _unforeseen(error: Exception) -> None:
    """Say that the program failed, and where it is written down; in JSON where that was asked."""
    import contextlib

    from reports.words import Words
    from tui.face import print_json
    from tui.logs import log, start_log
    from tui.settings import UserSettings, language, log_path

    start_log(verbose=False)
    log.exception("unforeseen")
    asked = dict(zip(sys.argv, sys.argv[1:], strict=False)).get("--lang")
    words = Words(language(asked or os.environ.get("PARKFLOW_LANG"), UserSettings()))
    reason = error.strerror or "" if isinstance(error, OSError) else type(error).__name__
    message = words.text("unforeseen", reason=reason, log=str(log_path()))
    with contextlib.suppress(OSError):  # it may be stdout that has failed
        if "--json" in sys.argv:
            print_json({"refused": True, "message": message, "findings": []})
            sys.stdout.flush()
    print(message, file=sys.stderr)
    with contextlib.suppress(OSError):
        sys.stdout.close()
