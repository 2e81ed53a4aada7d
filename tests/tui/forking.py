"""Runs `parkflow` again and again, each time in a process of its own with its imports behind it.

Every command of a test is a fork of one process in which nothing but importing was done: it gets
its own folder, environment, streams and exit code, as from the console script, and starts some
twenty times sooner. What the script itself does at its start is tested in `tests/architecture` and
by those tests that call it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: What commands load where they need it.
LOADED = (
    "babel.support", "facilities.demo", "flows.reconcile.days.together",
    "flows.reconcile.gross.watch", "flows.reconcile.outlook", "flows.store.repository",
    "networkx", "pint", "reports.monthsheet", "reports.page", "scipy.linalg",
    "scipy.sparse.linalg", "scipy.special", "tui.cli", "tui.entering", "tui.inbox.watching",
    "tui.months.closing", "tui.reconciling.days", "tui.reporting.building", "tui.spreadsheets",
    "tui.starting",
)  # fmt: skip


class Commands:
    """Starts commands; `close` when the tests are over."""

    def __init__(self) -> None:
        environment = {"PATH": os.environ["PATH"], "HOME": os.devnull}
        self._parent = subprocess.Popen(
            [sys.executable, "-P", __file__],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(
        self, words: list[str], folder: Path, environment: dict[str, str], out: Path, err: Path
    ) -> int:
        """The exit code of `parkflow` with these words; what it wrote is in `out` and `err`."""
        assert self._parent.stdin
        assert self._parent.stdout
        order = {
            "words": words, "folder": str(folder), "environment": environment,
            "out": str(out), "err": str(err),
        }  # fmt: skip
        self._parent.stdin.write(json.dumps(order) + "\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def close(self) -> None:
        """End the process that all commands come from."""
        assert self._parent.stdin
        assert self._parent.stdout
        self._parent.stdin.close()
        self._parent.stdout.close()
        self._parent.wait()


def _listen() -> None:
    for module in LOADED:
        importlib.import_module(module)
    answers = os.fdopen(os.dup(1), "w")
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            _command(json.loads(line))
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


def _command(order: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, name in (1, order["out"]), (2, order["err"]):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    sys.argv = ["parkflow", *order["words"]]
    code: Any = 0
    try:
        from tui.entrance import main

        main()
    except SystemExit as end:
        code = end.code
    except Exception:  # noqa: BLE001  the test sees it in what was written
        import traceback

        traceback.print_exc()
        code = 1
    for written in sys.stdout, sys.stderr:
        if written is not None:
            written.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    _listen()
