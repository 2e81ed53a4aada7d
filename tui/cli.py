"""The command `parkflow`: registers every command and keeps tracebacks from the user."""

from __future__ import annotations

import sys

import typer

from tui.commands import engineer, entries, ledger, manager, setup  # noqa: F401  they register
from tui.face import COMMANDS

app = typer.Typer(
    name="parkflow",
    help="The ledger of matter and energy of a circular-economy park.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, function in COMMANDS.items():
    app.command(name)(function)


def main() -> None:
    """Run one command; anything unforeseen goes to the log file, not onto the screen."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of stdout has gone (`parkflow sheet | head`); closing it again would complain.
        sys.stdout = None
        sys.exit(1)
    except Exception:  # noqa: BLE001  the last door before the user
        from tui.logs import log, start_log
        from tui.settings import log_path

        start_log(verbose=False)
        log.exception("unforeseen")
        print(
            f"parkflow met something it did not foresee and stopped; nothing half done was kept.\n"
            f"What happened is written down in {log_path()}",
            file=sys.stderr,
        )
        sys.exit(1)
