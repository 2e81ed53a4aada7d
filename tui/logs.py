"""The log file: what the program did, for whoever must find out why; never a person's screen."""

from __future__ import annotations

import logging
import sys

from tui.settings import log_path

log = logging.getLogger("parkflow")


def start_log(*, verbose: bool) -> None:
    """Write the log to the user's log folder; with `verbose` to stderr as well.

    A folder that cannot be written is no reason to stop anybody's work.
    """
    if log.handlers:
        return
    logging.raiseExceptions = False  # a full disk under the log is not the user's to read of
    log.setLevel(logging.DEBUG)
    log.propagate = False
    line = logging.Formatter("%(asctime)s %(process)d %(levelname)s %(message)s")
    handler: logging.Handler
    try:
        from logging.handlers import RotatingFileHandler

        path = log_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=2_000_000, backupCount=2, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(line)
    log.addHandler(handler)
    if verbose:
        screen = logging.StreamHandler(sys.stderr)
        screen.setFormatter(logging.Formatter("%(relativeCreated)6d ms  %(message)s"))
        log.addHandler(screen)
