"""SQLite as the ledger needs it: durable, one writer at a time, and its complaints in our codes."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flows.errors import LedgerError, Refused
from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

#: Revision of the newest migration; opening compares it with the one in the ledger.
SCHEMA = "0002"

#: Seconds that a writer waits for the others.
PATIENCE = 30.0

#: How often a reader without rights tries to copy the ledger, and seconds between two tries.
_COPIES = 20
_PAUSE = 0.25

#: File systems on which SQLite's locks do not hold, or the shared memory of its WAL does not work.
_SHARES = re.compile(r"nfs\d?|cifs|smb\d?|smbfs|smb2|9p|afs|ncpfs|fuse\.(sshfs|smb\S*|rclone|s3fs)")
_MOUNTS = Path("/proc/mounts")


def share_of(path: Path, mounts: str) -> str:
    """Type of the network file system that `path` lies on, or "" for a local disk.

    Args:
        path: Absolute path of the ledger.
        mounts: Text of /proc/mounts: device, mount point, type, options.
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[1])
        if path.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), fields[2]
    return kind if _SHARES.fullmatch(kind) else ""


def refuse_share(path: Path) -> None:
    """Refuse a ledger on a network share, where the system tells.

    Raises:
        Refused: With the finding `ledger-network-share`.
    """
    try:
        mounts = _MOUNTS.read_text(errors="replace")
    except OSError:
        return
    if kind := share_of(path.resolve(), mounts):
        raise Refused(finding("ledger-network-share", str(path), filesystem=kind))


def needs_copy(path: Path) -> bool:
    """Whether a reader cannot open the file where it lies.

    SQLite reads a file in WAL mode through another one beside it, and whoever may not write in
    the folder cannot make that one; where a writer is at work it is there already.
    """
    beside = path.with_name(f"{path.name}-shm")
    return not os.access(path.parent, os.W_OK) and not beside.exists()


def copied(path: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder of our own with a copy of the ledger, whole as of one moment, to read.

    Raises:
        Refused: `ledger-busy` if somebody writes to it all the while, `ledger-readonly` if it
            cannot be copied.
    """
    folder = tempfile.TemporaryDirectory(prefix="parkflow-", ignore_cleanup_errors=True)
    wal = path.with_name(f"{path.name}-wal")
    try:
        for _ in range(_COPIES):
            before = path.stat()
            if not wal.exists():
                shutil.copyfile(path, Path(folder.name) / path.name)
                after = path.stat()
                same = (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
                if same and not wal.exists():
                    return folder
            time.sleep(_PAUSE)
    except OSError:
        folder.cleanup()
        raise Refused(finding("ledger-readonly", str(path), problem="unreadable")) from None
    folder.cleanup()
    raise Refused(finding("ledger-busy", str(path), seconds=_COPIES * _PAUSE))


def engine(
    path: Path, *, readonly: bool, patience: float = PATIENCE, create: bool = False
) -> Engine:
    """Engine over one file whose connections assert what the ledger rests on.

    A transaction of a connection with the execution option `writes` begins with the write lock.
    """
    # a first look at the readings does without the library (`flows.store.early`)
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import QueuePool

    mode = "ro" if readonly else "rwc" if create else "rw"
    uri = f"file:{quote(os.fsencode(path.resolve()))}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, timeout=patience, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, readonly=readonly, create=create)
        except BaseException:
            connection.close()
            raise
        return connection

    made = create_engine("sqlite://", creator=connect, poolclass=QueuePool)

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return made


def _prepare(connection: sqlite3.Connection, *, readonly: bool, create: bool) -> None:
    must_be: dict[str, str | int] = {"synchronous": 2, "foreign_keys": 1}
    # another program's database is left as it is, and refused by its schema later
    if create or (not readonly and _is_ledger(connection)):
        connection.execute("PRAGMA journal_mode = WAL")
        must_be["journal_mode"] = "wal"
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    for pragma, must in must_be.items():
        found = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
        if found != must:
            raise LedgerError(f"SQLite has {pragma} = {found}, the ledger needs {must}")


def _is_ledger(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    return connection.execute(query).fetchone() is not None


@contextmanager
def translated(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Turn what SQLite complains of into findings.

    Raises:
        Refused: `ledger-busy`, `ledger-readonly`, `ledger-missing`, `ledger-schema` or
            `ledger-full`.
        LedgerError: If the ledger's own rules refused, which is a mistake of the program.
    """
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise _said(cause, path, patience) from error


def _said(cause: Any, path: Path, patience: float) -> Exception:
    name = getattr(cause, "sqlite_errorname", None) or ""
    where = str(path)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Refused(finding("ledger-busy", where, seconds=patience))
    if name.startswith("SQLITE_CANTOPEN") and not path.exists() and _writable(path.parent):
        return Refused(finding("ledger-missing", where))
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return Refused(finding("ledger-readonly", where))
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return Refused(finding("ledger-schema", where, problem="damaged"))
    if name.startswith("SQLITE_FULL"):
        return Refused(finding("ledger-full", where))
    return LedgerError(f"{where}: {cause}")


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)
