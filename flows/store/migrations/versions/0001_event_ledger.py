"""The event ledger: events, subjects, devices, observations and their guards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from flows.store import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Spelled out, not taken from the tables of today: a migration says what was made then.


def _key(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Make the four tables, their indexes and their guards."""
    _events()
    op.create_table(
        "subject",
        _key("id"),
        _text("what"),
        _text("kind"),
        _text("facility"),
        sa.UniqueConstraint("what", "kind", "facility", name="subject_identity"),
    )
    op.create_table("device", _key("id"), sa.Column("name", sa.Text, nullable=False, unique=True))
    _observations()
    guards.install(op.get_bind())


def _events() -> None:
    op.create_table(
        "event",
        _key("seq"),
        _text("kind"),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        _text("authenticated"),
        _text("claimed"),
        sa.Column("park_hash", sa.CHAR(64), nullable=False),
        _text("source"),
        sa.Column("source_hash", sa.CHAR(64), nullable=True, unique=True),
        _text("facility"),
        sa.Column("period_start", sa.BigInteger, nullable=True),
        sa.Column("period_end", sa.BigInteger, nullable=True),
        _text("verdict"),
        _text("reason"),
        sa.Column("rows", sa.Integer, nullable=False),
        _text("body"),
        sa.Column("previous_hash", sa.CHAR(64), nullable=False, unique=True),
        sa.Column("hash", sa.CHAR(64), nullable=False, unique=True),
        sa.CheckConstraint("rows >= 0", "event_rows"),
        sa.CheckConstraint(
            "(period_start IS NULL) = (period_end IS NULL)"
            " AND (period_start IS NULL OR period_start < period_end)",
            "event_period",
        ),
        sa.CheckConstraint(
            "length(hash) = 64 AND length(previous_hash) = 64 AND length(park_hash) = 64"
            " AND (source_hash IS NULL OR length(source_hash) = 64)",
            "event_digests",
        ),
    )
    op.create_index("event_kind", "event", ["kind", "seq"])


def _observations() -> None:
    op.create_table(
        "observation",
        _key("id"),
        sa.Column("seq", sa.BigInteger, sa.ForeignKey("event.seq"), nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("subject", sa.BigInteger, sa.ForeignKey("subject.id"), nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("end", sa.BigInteger, nullable=False),
        _text("state"),
        sa.Column("amount", sa.Double, nullable=True),
        sa.Column("sigma", sa.Double, nullable=True),
        sa.Column("register", sa.Double, nullable=True),
        sa.Column("device", sa.BigInteger, sa.ForeignKey("device.id"), nullable=True),
        _text("quality"),
        _text("ticket"),
        _text("cause"),
        _text("flag"),
        _text("typed"),
        _text("typed_unit"),
        _text("note"),
        _text("origin"),
        sa.Column("supersedes", sa.BigInteger, sa.ForeignKey("observation.id"), nullable=True),
        sa.UniqueConstraint("seq", "line", name="observation_line"),
        sa.CheckConstraint(
            "(state = 'value' AND amount IS NOT NULL)"
            " OR (state = 'zero' AND amount IS NOT NULL AND amount = 0)"
            " OR (state = 'missing' AND amount IS NULL AND register IS NULL)"
            " OR (state = 'register' AND amount IS NULL AND register IS NOT NULL)"
            " OR (state = 'withdrawn' AND amount IS NULL AND register IS NULL"
            " AND supersedes IS NOT NULL)",
            "observation_state",
        ),
        sa.CheckConstraint('start <= "end"', "observation_span"),
        sa.CheckConstraint(
            "(amount IS NULL OR amount BETWEEN -1e300 AND 1e300)"
            " AND (sigma IS NULL OR sigma BETWEEN 0 AND 1e300)"
            " AND (register IS NULL OR register BETWEEN -1e300 AND 1e300)",
            "observation_finite",
        ),
        sa.CheckConstraint("supersedes IS NULL OR supersedes < id", "observation_order"),
    )
    op.create_index("observation_day", "observation", ["day", "subject"])
    op.create_index("observation_history", "observation", ["subject", "day"])
    _partial_index("observation_register", ["subject", "day"], "state = 'register'")
    _partial_index("observation_ticket", ["ticket"], "ticket <> ''")
    # invoices and other spans of more than two days, for the periods that they reach into
    _partial_index("observation_long", ["end"], '"end" - start > 172800')
    _partial_index("observation_supersedes", ["supersedes"], "supersedes IS NOT NULL", unique=True)


def _partial_index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    clause = sa.text(where)
    op.create_index(
        name,
        "observation",
        columns,
        unique=unique,
        sqlite_where=clause,
        postgresql_where=clause,
    )


def downgrade() -> None:
    """A ledger is never taken back."""
    raise NotImplementedError("restore the backup made before the upgrade")
