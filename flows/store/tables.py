"""The ledger's four tables, as SQLModel declares them; docs/formats/ledger.md is the contract."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from flows.store.sqlite import SCHEMA as SCHEMA  # noqa: PLC0414  handed on

METADATA = SQLModel.metadata

#: What `previous_hash` says in the first event.
GENESIS = "0" * 64


def _key(name: str = "id") -> Column[int]:
    # Given by the ledger, never by the database. On SQLite only the word INTEGER makes a key
    # the row id (64 bits wide there).
    kind = BigInteger().with_variant(Integer(), "sqlite")
    return Column(name, kind, primary_key=True, autoincrement=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _more(name: str) -> Column[str]:
    # added to a ledger that holds events: they say nothing there
    return Column(name, Text, nullable=False, server_default="")


def _digest(name: str, **options: Any) -> Column[str]:
    return Column(name, CHAR(64), **{"nullable": False, **options})


def _number(name: str) -> Column[float]:
    return Column(name, Double, nullable=True)


def _big(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _partial(where: str) -> dict[str, Any]:
    # The migration names PostgreSQL's part too; here it would load that dialect at every start.
    return {"sqlite_where": text(where)}


class EventRow(SQLModel, table=True):
    """One link of the chain: who said what kind of thing, when, under which park file.

    Attributes:
        seq: 1, 2, ... without a gap, given under the write lock: the order of everything.
        kind: park, submission, correction, review, lock, reopen or note.
        recorded_at: Microseconds since 1970 UTC, never less than the event's before.
        authenticated: Who the system says it was; `claimed` is who they say they are.
        park_hash: SHA-256 of the park file in force; of a park event, of its own `body`.
        source, source_hash: Name and SHA-256 of an imported file; a file comes in once.
        facility: Facility that a review, lock, reopen or note speaks of, or that sends; "" is all.
        period_start, period_end: [start, end) in seconds UTC of a review, lock, reopen or note.
        verdict: submitted, approved or returned, of a review.
        rows: How many observations hang on it.
        body: The whole park file, of a park event.
        previous_hash, hash: The chain, see `flows.store.canonical`.
        topic, about, text: Of a note; see `flows.store.events.Draft`.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("event_kind", "kind", "seq"),
        Index("event_lock", "period_end", "facility", **_partial("kind = 'lock'")),
        Index("event_reopen", "period_start", "seq", **_partial("kind = 'reopen'")),
        CheckConstraint("rows >= 0", "event_rows"),
        CheckConstraint(
            "(period_start IS NULL) = (period_end IS NULL)"
            " AND (period_start IS NULL OR period_start < period_end)",
            "event_period",
        ),
        CheckConstraint(
            "length(hash) = 64 AND length(previous_hash) = 64 AND length(park_hash) = 64"
            " AND (source_hash IS NULL OR length(source_hash) = 64)",
            "event_digests",
        ),
    )

    seq: int = Field(sa_column=_key("seq"))
    kind: str = Field(sa_column=_text("kind"))
    recorded_at: int = Field(sa_column=_big("recorded_at"))
    authenticated: str = Field(sa_column=_text("authenticated"))
    claimed: str = Field(default="", sa_column=_text("claimed"))
    park_hash: str = Field(sa_column=_digest("park_hash"))
    source: str = Field(default="", sa_column=_text("source"))
    source_hash: str | None = Field(
        default=None, sa_column=_digest("source_hash", nullable=True, unique=True)
    )
    facility: str = Field(default="", sa_column=_text("facility"))
    period_start: int | None = Field(default=None, sa_column=_big("period_start", nullable=True))
    period_end: int | None = Field(default=None, sa_column=_big("period_end", nullable=True))
    verdict: str = Field(default="", sa_column=_text("verdict"))
    reason: str = Field(default="", sa_column=_text("reason"))
    rows: int = Field(default=0, sa_column=Column("rows", Integer, nullable=False))
    body: str = Field(default="", sa_column=_text("body"))
    previous_hash: str = Field(sa_column=_digest("previous_hash", unique=True))
    hash: str = Field(sa_column=_digest("hash", unique=True))
    topic: str = Field(default="", sa_column=_more("topic"))
    about: str = Field(default="", sa_column=_more("about"))
    text: str = Field(default="", sa_column=_more("text"))


class SubjectRow(SQLModel, table=True):
    """What observations speak of: a flow, a stock, a property or a context figure.

    A flow that changed its kind or its facility is a second subject of the same `what`. The
    facility stands here so that locks and roles can be enforced on each observation.
    """

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("what", "kind", "facility", name="subject_identity"),)

    id: int = Field(sa_column=_key())
    what: str = Field(sa_column=_text("what"))
    kind: str = Field(sa_column=_text("kind"))
    facility: str = Field(default="", sa_column=_text("facility"))


class DeviceRow(SQLModel, table=True):
    """A device by its permanent id."""

    __tablename__ = "device"

    id: int = Field(sa_column=_key())
    name: str = Field(sa_column=Column("name", Text, nullable=False, unique=True))


class ObservationRow(SQLModel, table=True):
    """One observation as it is kept; `flows.records.Observation` says what the fields mean.

    Only what can never change is a CHECK here: SQLite changes a CHECK by rebuilding the table,
    which is forbidden for a ledger. Words that may grow in number (kinds of events, verdicts,
    qualities) are checked by the guards, which every migration makes anew.
    """

    __tablename__ = "observation"
    __table_args__ = (
        UniqueConstraint("seq", "line", name="observation_line"),
        Index("observation_day", "day", "subject"),
        Index("observation_history", "subject", "day"),
        Index("observation_register", "subject", "day", **_partial("state = 'register'")),
        Index("observation_ticket", "ticket", **_partial("ticket <> ''")),
        Index("observation_long", "end", **_partial('"end" - start > 172800')),
        Index(
            "observation_supersedes",
            "supersedes",
            unique=True,
            **_partial("supersedes IS NOT NULL"),
        ),
        CheckConstraint(
            "(state = 'value' AND amount IS NOT NULL)"
            " OR (state = 'zero' AND amount IS NOT NULL AND amount = 0)"
            " OR (state = 'missing' AND amount IS NULL AND register IS NULL)"
            " OR (state = 'register' AND amount IS NULL AND register IS NOT NULL)"
            " OR (state = 'withdrawn' AND amount IS NULL AND register IS NULL"
            " AND supersedes IS NOT NULL)",
            "observation_state",
        ),
        CheckConstraint('start <= "end"', "observation_span"),
        CheckConstraint(
            "(amount IS NULL OR amount BETWEEN -1e300 AND 1e300)"
            " AND (sigma IS NULL OR sigma BETWEEN 0 AND 1e300)"
            " AND (register IS NULL OR register BETWEEN -1e300 AND 1e300)",
            "observation_finite",
        ),
        CheckConstraint("supersedes IS NULL OR supersedes < id", "observation_order"),
    )

    id: int = Field(sa_column=_key())
    seq: int = Field(sa_column=Column("seq", BigInteger, ForeignKey("event.seq"), nullable=False))
    line: int = Field(sa_column=Column("line", Integer, nullable=False))
    subject: int = Field(
        sa_column=Column("subject", BigInteger, ForeignKey("subject.id"), nullable=False)
    )
    day: int = Field(sa_column=Column("day", Integer, nullable=False))
    start: int = Field(sa_column=_big("start"))
    end: int = Field(sa_column=_big("end"))
    state: str = Field(sa_column=_text("state"))
    amount: float | None = Field(default=None, sa_column=_number("amount"))
    sigma: float | None = Field(default=None, sa_column=_number("sigma"))
    # `register` would hide a method of the model's metaclass
    counter: float | None = Field(default=None, sa_column=_number("register"))
    device: int | None = Field(
        default=None, sa_column=Column("device", BigInteger, ForeignKey("device.id"))
    )
    quality: str = Field(sa_column=_text("quality"))
    ticket: str = Field(default="", sa_column=_text("ticket"))
    cause: str = Field(default="", sa_column=_text("cause"))
    flag: str = Field(default="", sa_column=_text("flag"))
    typed: str = Field(default="", sa_column=_text("typed"))
    typed_unit: str = Field(default="", sa_column=_text("typed_unit"))
    note: str = Field(default="", sa_column=_text("note"))
    origin: str = Field(default="", sa_column=_text("origin"))
    supersedes: int | None = Field(
        default=None, sa_column=Column("supersedes", BigInteger, ForeignKey("observation.id"))
    )
