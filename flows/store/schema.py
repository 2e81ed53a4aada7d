"""The schema of a ledger file: which one it has, and the migrations to the newest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from flows.errors import LedgerError
from flows.store import guards, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).parent / "migrations"


def schema_of(connection: Connection) -> str:
    """Revision of the newest migration in the ledger, "" where there is none."""
    # plain SQL: Alembic takes a quarter of a second to load
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def has_entries(connection: Connection) -> bool:
    """Whether the tables of a ledger are there."""
    return all(inspect(connection).has_table(name) for name in ("event", "observation"))


def migrate(path: Path, patience: float, *, create: bool) -> None:
    """Bring a ledger to the newest schema, all or nothing.

    Raises:
        LedgerError: If a migration did not end with the guards.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    engine = sqlite.engine(path, readonly=False, patience=patience, create=create)
    try:
        with sqlite.translated(path, patience), engine.connect() as connection:
            writer = connection.execution_options(writes=True)
            with writer.begin():
                config.attributes["connection"] = writer
                command.upgrade(config, "head")
                if guards.faults(writer):
                    raise LedgerError("a migration left the ledger without its guards")
    finally:
        engine.dispose()
