"""Where Alembic meets the ledger: one connection, handed in, inside the caller's transaction."""

from __future__ import annotations

from alembic import context

from flows.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.METADATA,
    # a batch recreate would drop the guards of a ledger table without a word
    render_as_batch=False,
)
context.run_migrations()
