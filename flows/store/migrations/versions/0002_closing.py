"""Closing of months: notes, what an event is about, and the guards of locks and reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flows.store import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add three columns, which are empty in every event there is, and two indexes."""
    # added in place: a table of the ledger is never rebuilt
    for name in ("topic", "about", "text"):
        op.add_column("event", sa.Column(name, sa.Text, nullable=False, server_default=""))
    _index("event_lock", ["period_end", "facility"], "kind = 'lock'")
    _index("event_reopen", ["period_start", "seq"], "kind = 'reopen'")
    guards.install(op.get_bind())


def _index(name: str, columns: list[str], where: str) -> None:
    clause = sa.text(where)
    op.create_index(name, "event", columns, sqlite_where=clause, postgresql_where=clause)


def downgrade() -> None:
    """A ledger is never taken back."""
    raise NotImplementedError("restore the backup made before the upgrade")
