"""Which ledger a file holds: told by its first event, before anything heavy is loaded."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds that a look waits for a writer.
_PATIENCE = 0.2

#: Digits of a hash that tell ledgers apart: 96 bits.
_DIGITS = 24


def identity(path: Path) -> str:
    """A name that no other ledger has, "" where nothing is recorded or it cannot be read.

    It is from the hash of the first event, which every later one rests on, so that it stays when
    the folder is moved or put back from a backup.
    """
    try:
        uri = f"file:{quote(os.fsencode(path.resolve()))}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE)
        try:
            found = connection.execute("SELECT hash FROM event ORDER BY seq LIMIT 1").fetchone()
        finally:
            connection.close()
    except (OSError, sqlite3.Error):
        return ""
    return str(found[0])[:_DIGITS] if found else ""
