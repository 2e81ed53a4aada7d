"""The console script: straight into the terminal application, or to the commands."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

#: Options of the application that take a word; those without one.
_WORDS, _FLAGS = ("--park", "--lang", "--by", "--day"), ("--readonly",)


def main() -> None:
    """`parkflow` alone opens the application without loading the commands first."""
    options = app_options(sys.argv[1:])
    if options is None or not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        # A command loads much, keeps it and ends: looking through it for garbage again and again
        # takes a tenth of its time.
        gc.set_threshold(100_000, 50, 100)
        from tui.cli import main as commands

        commands()
        return
    # Nothing of what is loaded ever becomes garbage, and looking for it takes a quarter of the
    # time until readings stand; the desk switches it on again.
    gc.disable()
    # A month is many small products: threads of OpenBLAS wait for each other longer than they work
    # (twice as long for a reconciled layer, measured), and spin on the processor that draws.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from tui.opening import open_app

    sys.exit(open_app(**options))


def app_options(words: list[str]) -> dict[str, Any] | None:
    """Options of the application, or None where the command line holds anything else."""
    found: dict[str, Any] = {"park": Path(os.environ.get("PARKFLOW_PARK") or ".")}
    left = list(words)
    while left:
        word, equals, value = left.pop(0).partition("=")
        if word in _FLAGS and not equals:
            found["readonly"] = True
        elif word in _WORDS and (equals or (left and not left[0].startswith("-"))):
            value = value if equals else left.pop(0)
            found[word.removeprefix("--")] = Path(value) if word == "--park" else value
        else:
            return None
    return found
