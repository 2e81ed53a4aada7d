"""The ledger: open it, append to it under one write lock, read it as of a moment."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from flows.errors import Refused
from flows.findings import Severity, errors, finding
from flows.store import bulk, canonical, chain, closing, guards, read, sqlite
from flows.store.events import PARK, Draft, Event, park_digest
from flows.store.schema import has_entries, migrate, schema_of
from flows.store.tables import GENESIS, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    from sqlalchemy import Connection

    from flows.findings import Finding
    from flows.records import Observation
    from flows.rows import Rows
    from flows.store.chain import AuditReport

    Check = Callable[[Connection], Iterable[Finding]]
    Clock = Callable[[], int]


class Ledger:
    """One ledger file; safe to use from several threads and beside other processes.

    Attributes:
        path: Where it lies.
        readonly: Nothing can be appended.
    """

    def __init__(self, path: Path, *, readonly: bool, clock: Clock | None, patience: float) -> None:
        self.path = path
        self.readonly = readonly
        self._clock = clock
        self._patience = patience
        self._copy = sqlite.copied(path) if readonly and sqlite.needs_copy(path) else None
        held = Path(self._copy.name) / path.name if self._copy else path
        self._engine = sqlite.engine(held, readonly=readonly, patience=patience)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        readonly: bool = False,
        clock: Clock | None = None,
        unguarded: bool = False,
        patience: float = sqlite.PATIENCE,
    ) -> Self:
        """Open a ledger that is there, and check that it is one.

        Args:
            path: The ledger file.
            readonly: Open for reading only.
            clock: Microseconds since 1970 UTC of now; needed to append.
            unguarded: Open without guards too, for an audit.
            patience: Seconds that a writer waits for others.

        Raises:
            Refused: `ledger-missing`, `ledger-network-share`, `ledger-readonly`,
                `ledger-busy`, `ledger-schema` or `ledger-guards`.
        """
        path = Path(path)
        try:
            there, size = path.is_file(), path.exists() and path.stat().st_size
        except PermissionError:
            there, size = True, -1
        if not there:
            raise Refused(finding("ledger-missing", str(path)))
        if size < 0 or not os.access(path, os.R_OK):
            raise Refused(finding("ledger-readonly", str(path), problem="unreadable"))
        if size == 0:
            raise Refused(finding("ledger-schema", str(path), problem="foreign"))
        sqlite.refuse_share(path)
        if not readonly and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
            raise Refused(finding("ledger-readonly", str(path)))
        ledger = cls(path, readonly=readonly, clock=clock, patience=patience)
        try:
            ledger._verify(unguarded=unguarded)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def create(
        cls, path: Path, *, clock: Clock | None = None, patience: float = sqlite.PATIENCE
    ) -> Self:
        """Make a ledger where there is none, and open it.

        Raises:
            Refused: `ledger-exists`, `ledger-missing` (its folder), `ledger-network-share` or
                `ledger-readonly`.
        """
        path = Path(path)
        # an empty file is what a creation leaves behind that did not come to its end
        if path.exists() and path.stat().st_size > 0:
            raise Refused(finding("ledger-exists", str(path)))
        if not path.parent.is_dir():
            raise Refused(finding("ledger-missing", str(path.parent)))
        sqlite.refuse_share(path)
        if not os.access(path.parent, os.W_OK):
            raise Refused(finding("ledger-readonly", str(path)))
        migrate(path, patience, create=True)
        return cls.open(path, clock=clock, patience=patience)

    @staticmethod
    def upgrade(path: Path, *, patience: float = sqlite.PATIENCE) -> None:
        """Bring an older ledger to this schema, all or nothing."""
        if not path.is_file():
            raise Refused(finding("ledger-missing", str(path)))
        migrate(path, patience, create=False)

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()
        if self._copy is not None:
            self._copy.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the ledger; for `flows.store.read` and `bulk`."""
        with (
            sqlite.translated(self.path, self._patience),
            self._engine.connect() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self.readonly:
            raise Refused(finding("ledger-readonly", str(self.path)))
        with sqlite.translated(self.path, self._patience), self._engine.connect() as connection:
            writer = connection.execution_options(writes=True)
            with writer.begin():
                yield writer

    def append(self, draft: Draft, *, check: Check | None = None) -> Event:
        """Record an event, all of it or nothing.

        Args:
            draft: What is sent.
            check: Called under the write lock with its connection; errors among its findings
                refuse. Whatever depends on what others have just recorded is checked so.

        Raises:
            Refused: What `check` found; `import-repeated` where the file came in already;
                `correction-target` where the entry is not there or has been replaced;
                `ledger-busy`, `ledger-readonly`, `ledger-full`; `locked` and what else
                `flows.store.closing` has against it.
            ValueError: If the park version is unknown or no clock was given.
        """
        if self._clock is None:
            raise ValueError("a ledger opened without a clock cannot record")
        with self._writing() as connection:
            found = tuple(check(connection)) if check is not None else ()
            if errors(found):
                raise Refused.of(found)
            _check_source(connection, draft)
            _check_park(connection, draft)
            _check_targets(connection, draft.observations)
            if said := closing.refusals(connection, draft):
                raise Refused.of(said)
            return _record(connection, draft, self._clock())

    def append_park(
        self, body: str, digest: str = "", *, authenticated: str, claimed: str = ""
    ) -> Event:
        """Record a park file as the one in force; nothing is done where it is already.

        Args:
            body: The whole file, its bytes decoded as UTF-8 without any change.
            digest: Its SHA-256, where the caller has it.
            authenticated: Who the system says it is.
            claimed: Who they say they are.

        Raises:
            ValueError: If `digest` is not that of `body`.
        """
        draft = Draft(PARK, authenticated, digest or park_digest(body), claimed=claimed, body=body)
        in_force = self.park_in_force()
        if in_force is not None and in_force.park_hash == draft.park_hash:
            return in_force
        return self.append(draft)

    def head(self) -> str:
        """`DIGEST@SEQ` of the last event."""
        with self.reading() as connection:
            last = bulk.head(connection)
        return f"{last[1]}@{last[0]}" if last else chain.EMPTY_HEAD

    def seq_at(self, moment: int) -> int:
        """Seq of the last event recorded at or before a moment (microseconds UTC), or 0."""
        with self.reading() as connection:
            return read.seq_at(connection, moment)

    def event(self, seq: int) -> Event | None:
        """One event."""
        with self.reading() as connection:
            return read.event(connection, seq)

    def events(
        self, *, kinds: Iterable[str] | None = None, as_of: int | None = None
    ) -> list[Event]:
        """Events in their order."""
        with self.reading() as connection:
            return read.events(connection, kinds=kinds, as_of=as_of)

    def park_in_force(self, as_of: int | None = None) -> Event | None:
        """The last park version; its `body` is the file."""
        with self.reading() as connection:
            return read.park_in_force(connection, as_of)

    def observations(
        self,
        *,
        as_of: int | None = None,
        first_day: int | None = None,
        last_day: int | None = None,
        whats: Iterable[str] | None = None,
        every: bool = False,
    ) -> list[Observation]:
        """Observations one by one: the effective ones, or `every` one; days are included."""
        with self.reading() as connection:
            return read.observations(
                connection,
                as_of=as_of,
                first_day=first_day,
                last_day=last_day,
                whats=whats,
                every=every,
            )

    def history(self, observation: int) -> list[Observation]:
        """All that was ever said in place of one observation, the first entry first."""
        with self.reading() as connection:
            return read.history(connection, observation)

    def rows(
        self,
        *,
        as_of: int | None = None,
        first_day: int | None = None,
        last_day: int | None = None,
        whats: Iterable[str] | None = None,
        counters_before: bool = False,
        reaching: int | None = None,
    ) -> Rows:
        """Observations as columns (`flows.store.bulk.rows`)."""
        with self.reading() as connection:
            return bulk.rows(
                connection,
                as_of=as_of,
                first_day=first_day,
                last_day=last_day,
                whats=whats,
                counters_before=counters_before,
                reaching=reaching,
            )

    def audit(self) -> AuditReport:
        """Recompute the whole chain."""
        with self.reading() as connection:
            return chain.audit(connection)

    def audit_against(self, filed: str) -> AuditReport:
        """Recompute the chain and look for a `DIGEST@SEQ` that was filed elsewhere."""
        with self.reading() as connection:
            return chain.audit(connection, filed)

    def _verify(self, *, unguarded: bool) -> None:
        with self.reading() as connection:
            found = schema_of(connection)
            if not found:
                problem = "unmarked" if has_entries(connection) else "foreign"
                raise Refused(finding("ledger-schema", str(self.path), problem=problem))
            if found != SCHEMA:
                raise Refused(
                    finding("ledger-schema", str(self.path), found=found, expected=SCHEMA)
                )
            if not unguarded and (names := guards.faults(connection)):
                raise Refused(finding("ledger-guards", str(self.path), names=", ".join(names)))


def _check_source(connection: Connection, draft: Draft) -> None:
    if draft.source_hash is None:
        return
    if before := read.imported(connection, draft.source_hash):
        raise Refused(replace(repeated(before, draft.source), severity=Severity.ERROR))


def repeated(before: Event, source: str, zone: str = "UTC") -> Finding:
    """What to say of a file that came in already; when, in the clock of a zone."""
    moment = datetime.fromtimestamp(before.recorded_at / 1e6, ZoneInfo(zone))
    return finding(
        "import-repeated",
        file=source,
        seq=before.seq,
        by=before.claimed or before.authenticated,
        recorded_at=moment.isoformat(" ", "minutes"),
        source=before.source,
    )


def _check_park(connection: Connection, draft: Draft) -> None:
    if draft.kind != PARK and not read.park_known(connection, draft.park_hash):
        raise ValueError("no park version with this hash is in the ledger")


def _check_targets(connection: Connection, observations: Sequence[Observation]) -> None:
    wanted = {item.supersedes: item for item in observations if item.supersedes is not None}
    if not wanted:
        return
    kept = {item.id: item for item in read.by_ids(connection, list(wanted))}
    found = []
    for target, item in wanted.items():
        if target not in kept or kept[target].what != item.what:
            found.append(finding("correction-target", item.what, id=target, problem="unknown"))
        elif (after := read.successor(connection, target)) is not None:
            found.append(
                finding("correction-target", item.what, id=target, problem="replaced", by=after)
            )
    if found:
        raise Refused.of(found)


def _record(connection: Connection, draft: Draft, now: int) -> Event:
    seq, previous_hash, moment = bulk.head(connection) or (0, GENESIS, now)
    keys = bulk.Keys(connection)
    records = bulk.to_records(draft.observations, keys, seq + 1, bulk.last_id(connection) + 1)
    event = Event(
        seq=seq + 1,
        kind=draft.kind,
        recorded_at=max(int(now), moment),
        authenticated=draft.authenticated,
        claimed=draft.claimed,
        park_hash=draft.park_hash,
        source=draft.source,
        source_hash=draft.source_hash,
        facility=draft.facility,
        period_start=draft.period.start if draft.period else None,
        period_end=draft.period.end if draft.period else None,
        verdict=draft.verdict,
        reason=draft.reason,
        rows=len(records),
        body=draft.body,
        topic=draft.topic,
        about=draft.about,
        text=draft.text,
        previous_hash=previous_hash,
        hash="",
    )
    digest = canonical.digest(asdict(event), bulk.canonical_records(draft.observations, records))
    event = replace(event, hash=digest)
    connection.execute(insert(bulk.EVENT).values(**asdict(event)))
    bulk.append(connection, records)
    return event
