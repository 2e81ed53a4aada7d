"""The chain: recompute every digest and name the first link that is broken."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from flows.findings import Finding, errors, finding
from flows.store import canonical, guards, read
from flows.store.bulk import DEVICE, ENTRY, SUBJECT
from flows.store.events import PARK, park_digest
from flows.store.tables import GENESIS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from flows.store.events import Event

#: The head of a ledger without events.
EMPTY_HEAD = f"{GENESIS}@0"

_HEAD = re.compile(r"(?P<digest>[0-9a-f]{64})@(?P<seq>[0-9]{1,18})")
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found.

    Attributes:
        events, observations: How many were recomputed and found right, from the first on.
        head: `DIGEST@SEQ` of the last event that is right.
        findings: `chain-broken` with the first broken link, `ledger-guards`,
            `digest-not-found`.
    """

    events: int
    observations: int
    head: str
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is broken."""
        return not errors(self.findings)


def audit(connection: Connection, against: str | None = None) -> AuditReport:
    """Recompute the whole chain, of one moment.

    Args:
        connection: In a transaction.
        against: `DIGEST@SEQ` that was filed elsewhere; finds rewriting and truncation.
    """
    found: list[Finding] = []
    if names := guards.faults(connection):
        found.append(finding("ledger-guards", names=", ".join(names)))
    filed = None if against is None else _HEAD.fullmatch(against.strip().lower())
    if against is not None and filed is None:
        found.append(finding("digest-not-found", digest=against, field="form"))
    seq, previous, filed_hash = 0, GENESIS, ""
    stream = _Stream(connection)
    for event in _events(connection):
        broken = _broken(event, seq, previous, stream)
        if broken:
            field, params = broken
            link = finding("chain-broken", str(seq + 1))
            link = replace(link, params={"seq": seq + 1, "field": field, **params})
            return AuditReport(seq, stream.right, f"{previous}@{seq}", (*found, link))
        stream.right += event.rows
        seq, previous = event.seq, event.hash
        if filed and seq == int(filed["seq"]):
            filed_hash = event.hash
    if stream.next is not None:
        row = stream.next
        found.append(
            finding("chain-broken", str(seq), seq=seq, field="rows", observation=int(row[0]))
        )
    if filed and int(filed["seq"]) == 0:
        filed_hash = GENESIS
    if filed and filed_hash != filed["digest"]:
        place = int(filed["seq"])
        field = "seq" if place > seq else "hash"
        found.append(finding("digest-not-found", digest=against, field=field, seq=place, last=seq))
    return AuditReport(seq, stream.right, f"{previous}@{seq}", tuple(found))


def _broken(
    event: Event, last: int, previous: str, stream: _Stream
) -> tuple[str, dict[str, object]] | None:
    """Which field of an event is off, and what to say of it."""
    if event.seq != last + 1:
        return "seq", {"found": event.seq}
    if event.previous_hash != previous:
        return "previous_hash", {}
    if event.kind == PARK and event.park_hash != park_digest(event.body):
        return "park_hash", {}
    fault: list[tuple[str, dict[str, object]]] = []
    digest = canonical.digest(asdict(event), stream.of(event, fault))
    if fault:
        return fault[0]
    if digest != event.hash:
        return "hash", {}
    return None


class _Stream:
    """All observations in the order of their ids, handed out event by event."""

    def __init__(self, connection: Connection) -> None:
        self._rows = _observations(connection)
        self.next = next(self._rows, None)
        self.right = 0

    def of(
        self, event: Event, fault: list[tuple[str, dict[str, object]]]
    ) -> Iterator[tuple[object, ...]]:
        """Canonical fields of an event's observations; what is off is put into `fault`."""
        count = 0
        while self.next is not None and self.next[1] == event.seq:
            number, _, *rest = self.next
            count += 1
            if number != self.right + count:
                fault.append(("observation", {"observation": number}))
                return
            if rest[0] != count:
                fault.append(("line", {"observation": number}))
                return
            yield (number, *rest)
            self.next = next(self._rows, None)
        if count != event.rows:
            fault.append(("rows", {"found": count, "expected": event.rows}))


def _events(connection: Connection) -> Iterator[Event]:
    last = 0
    while some := read.events_after(connection, last, 500):
        yield from some
        last = some[-1].seq


def _observations(connection: Connection) -> Iterator[tuple[Any, ...]]:
    kept = ENTRY.c
    query = (
        select(
            kept.id,
            kept.seq,
            kept.line,
            SUBJECT.c.what,
            SUBJECT.c.kind,
            SUBJECT.c.facility,
            kept.day,
            kept.start,
            kept.end,
            kept.state,
            kept.amount,
            kept.sigma,
            kept.register,
            DEVICE.c.name,
            kept.quality,
            kept.ticket,
            kept.cause,
            kept.flag,
            kept.typed,
            kept.typed_unit,
            kept.note,
            kept.origin,
            kept.supersedes,
        )
        # outer joins: a row whose subject is gone must not go unseen
        .outerjoin(SUBJECT, SUBJECT.c.id == kept.subject)
        .outerjoin(DEVICE, DEVICE.c.id == kept.device)
        .order_by(kept.id)
    )
    cursor = connection.execute(query).cursor
    assert cursor is not None  # noqa: S101  a SELECT has one
    while some := cursor.fetchmany(_AT_ONCE):
        yield from some
