"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flows.store import guards

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring a ledger here; ends with the guards, always."""
    ${upgrades if upgrades else "pass"}
    guards.install(op.get_bind())


def downgrade() -> None:
    """A ledger is never taken back."""
    raise NotImplementedError("restore the backup made before the upgrade")
