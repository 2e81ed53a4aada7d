"""Exchange: log files and single entries into the ledger, with every check, all or nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flows.errors import Refused, system_problem
from flows.findings import Finding, errors, finding
from flows.records import Observation, State
from flows.store import logfile, read
from flows.store.conflicts import Placed, conflicts
from flows.store.entry import Entry, EntryReader, clean, says_something
from flows.store.events import CORRECTION, SUBMISSION, Draft, Event
from flows.store.places import Places
from flows.store.repository import repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from flows.period import Calendar
    from flows.resolve import Resolver
    from flows.store.repository import Ledger

#: More rows than any table of SQLite can hold.
_ROWS = 2**63

#: No more findings than this are listed; the rest is counted.
MOST_FINDINGS = 200


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and under which park file.

    Attributes:
        authenticated: Who the system says it is.
        park_hash: SHA-256 of the park file by which the entries were read.
        claimed: Who they say they are.
        facility: Facility that sends, "" for the park.
    """

    authenticated: str
    park_hash: str
    claimed: str = ""
    facility: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import.

    Attributes:
        event: The submission that was recorded, or the earlier one of the same file.
        observations: How many were recorded now.
        findings: Warnings and notes; never an error, for then it is refused.
    """

    event: Event
    observations: int
    findings: tuple[Finding, ...]


def capped(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The first `MOST_FINDINGS`, errors before the rest, and how many more there are."""
    ordered = sorted(findings, key=lambda item: not errors((item,)))
    if len(ordered) <= MOST_FINDINGS:
        return tuple(ordered)
    more = finding("findings-more", count=len(ordered) - MOST_FINDINGS)
    return (*ordered[:MOST_FINDINGS], more)


def read_log(
    source: Path | bytes,
    name: str,
    *,
    resolver: Resolver,
    calendar: Calendar,
    now_us: int,
    heads: Mapping[str, str] | None = None,
) -> tuple[list[Observation], tuple[Finding, ...]]:
    """Read a log file, long or wide, and check it in itself.

    Args:
        source: Path of the file, or its bytes.
        name: Name for the findings and the observations' origin.
        resolver: Knows what the names mean.
        calendar: The park's zone and hour of the day's begin.
        now_us: Microseconds since 1970 UTC.
        heads: A plant's own column heads, to ours.

    Returns:
        The observations that could be read, and all findings; an error among them means that
        none of it may be recorded.
    """
    data = source if isinstance(source, bytes) else _bytes(source)
    items, found, places = _items(data, name, resolver, calendar, now_us, heads)
    found += places.told(conflicts(items, resolver))
    return [item.observation for item in items], capped(found)


def import_log(
    ledger: Ledger,
    path: Path,
    sender: Sender,
    *,
    resolver: Resolver,
    calendar: Calendar,
    now_us: int,
    heads: Mapping[str, str] | None = None,
    name: str = "",
) -> Imported:
    """Read a log file into the ledger as one submission; the same file comes in only once.

    Args:
        ledger: Open for writing.
        path: The file.
        sender: Who, and under which park file.
        resolver: Knows what the names mean.
        calendar: The park's zone and hour of the day's begin.
        now_us: Microseconds since 1970 UTC.
        heads: A plant's own column heads, to ours.
        name: Name to keep for the file; its own by default.

    Raises:
        Refused: With everything that is wrong, and nothing is recorded.
    """
    name = name or path.name.encode(errors="replace").decode()
    data = _bytes(path)
    digest = hashlib.sha256(data).hexdigest()
    with ledger.reading() as connection:
        before = read.imported(connection, digest)
    if before is not None:
        return Imported(before, 0, (repeated(before, name, calendar.zone),))
    items, found, places = _items(data, name, resolver, calendar, now_us, heads)
    if errors(found) or not items:
        with ledger.reading() as connection:
            found += places.told(conflicts(items, resolver, connection))
        raise Refused.of(capped(found or [finding("file-empty", file=name)]))
    draft = Draft(
        SUBMISSION,
        sender.authenticated,
        sender.park_hash,
        [item.observation for item in items],
        clean(sender.claimed),
        name,
        digest,
        sender.facility,
    )

    def check(connection: Connection) -> tuple[Finding, ...]:
        against = places.told(conflicts(items, resolver, connection))
        return capped([*against, *found]) if errors(against) else ()

    try:
        event = ledger.append(draft, check=check)
    except Refused as refused:
        # another process was faster with the same file
        with ledger.reading() as connection:
            before = read.imported(connection, digest)
        if before is None:
            raise Refused.of(refused.findings) from None
        return Imported(before, 0, (repeated(before, name, calendar.zone),))
    return Imported(event, len(items), capped(found))


def checked(
    observations: Sequence[Observation], ledger: Ledger, resolver: Resolver
) -> tuple[Finding, ...]:
    """The checks of an import for observations that were typed: against each other and the ledger.

    `submit` makes them again under the write lock; this is for a screen that warns early.
    """
    with ledger.reading() as connection:
        return tuple(conflicts([Placed(item) for item in observations], resolver, connection))


def submit(
    ledger: Ledger, observations: Sequence[Observation], sender: Sender, *, resolver: Resolver
) -> Event:
    """Record typed observations as one submission.

    Raises:
        Refused: With what `checked` finds, and nothing is recorded.
    """
    items = [Placed(item) for item in observations]
    draft = Draft(
        SUBMISSION,
        sender.authenticated,
        sender.park_hash,
        observations,
        clean(sender.claimed),
        facility=sender.facility,
    )
    return ledger.append(draft, check=lambda connection: conflicts(items, resolver, connection))


def find(
    ledger: Ledger, *, number: int | None = None, what: str = "", day: int | None = None
) -> Observation:
    """The effective observation that a correction is about, by id, or by what and day (ordinal).

    Raises:
        Refused: `correction-target` if there is none, it has been replaced, it speaks of
            something else than `what`, or several (tickets) stand there: then they are named.
    """
    if number is not None and not 0 < number < _ROWS:
        raise Refused(finding("correction-target", what, id=str(number), problem="unknown"))
    with ledger.reading() as connection:
        if number is not None:
            kept = read.by_ids(connection, [number])
            after = read.successor(connection, number)
        else:
            kept = read.observations(connection, first_day=day, last_day=day, whats=[what])
            after = None
    if after is not None:
        raise Refused(
            finding("correction-target", what, id=number or 0, problem="replaced", by=after)
        )
    if len(kept) != 1:
        problem = "several" if kept else "unknown"
        names = ", ".join(_told(item) for item in kept)
        raise Refused(
            finding("correction-target", what, id=number or 0, problem=problem, names=names)
        )
    if what and kept[0].what != what:
        raise Refused(
            finding("correction-target", what, id=number or 0, problem="other", of=kept[0].what)
        )
    return kept[0]


def _told(item: Observation) -> str:
    """An entry among several: its number, and by what a person knows it."""
    by = item.ticket or item.device
    said = " ".join(filter(None, (item.typed, item.typed_unit if item.value is not None else "")))
    return f"#{item.id} ({': '.join(filter(None, (by, said)))})"


def correction(
    target: Observation, entry: Entry, reader: EntryReader
) -> tuple[Observation, tuple[Finding, ...]]:
    """What is to stand in place of `target`: the new value, over the same span.

    Args:
        target: From `find`.
        entry: The new value; its unit, sigma, quality, register, cause and note where they
            change, its state "missing" for a reading that was never taken. What it speaks of,
            its span, device and ticket are the target's.
        reader: Reads it as any entry.

    Raises:
        Refused: As `EntryReader.read`.
    """
    return reader.again(target, entry)


def withdrawal(target: Observation, note: str = "") -> Observation:
    """What takes an entry back that should not exist, such as a ticket typed twice."""
    return replace(
        target,
        state=State.WITHDRAWN,
        value=None,
        sigma=None,
        register=None,
        typed="",
        typed_unit="",
        cause="",
        flag="",
        note=note,
        origin="",
        supersedes=target.id,
        id=0,
        seq=0,
    )


def correct(
    ledger: Ledger,
    replacements: Sequence[Observation],
    reason: str,
    sender: Sender,
    *,
    resolver: Resolver,
) -> Event:
    """Record what `correction` or `withdrawal` made, with the reason for it.

    Raises:
        Refused: `correction-reason` without one; `correction-target` where another was faster;
            the conflicts of any entry.
    """
    if not says_something(reason):
        raise Refused(finding("correction-reason", replacements[0].what))
    items = [Placed(item) for item in replacements]
    draft = Draft(
        CORRECTION,
        sender.authenticated,
        sender.park_hash,
        replacements,
        clean(sender.claimed),
        facility=sender.facility,
        reason=clean(reason),
    )
    return ledger.append(draft, check=lambda connection: conflicts(items, resolver, connection))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        said = system_problem(error)
        raise Refused(finding("file-unreadable", file=str(path), **said)) from None


def _items(
    data: bytes,
    name: str,
    resolver: Resolver,
    calendar: Calendar,
    now_us: int,
    heads: Mapping[str, str] | None,
) -> tuple[list[Placed], list[Finding], Places]:
    """What a file says, each with its place, and what is wrong or unlikely in itself."""
    items: list[Placed] = []
    found: list[Finding] = []
    places = Places(name)
    reader = EntryReader(resolver, calendar, now_us)
    try:
        for sheet, entry in _entries(data, name, resolver, heads):
            if isinstance(entry, Finding):
                found.append(places.put(entry, sheet))
                continue
            try:
                observation, doubts = reader.read(entry, places.origin(entry.row, sheet))
            except Refused as refused:
                found += [places.put(item, sheet) for item in refused.findings]
            else:
                items.append(Placed(observation, places.number(entry.row, sheet), entry.column))
                found += [places.put(item, sheet) for item in doubts]
    except Refused as refused:
        found += [item.at(file=name) for item in refused.findings]
    return items, found, places


def _entries(
    data: bytes, name: str, resolver: Resolver, heads: Mapping[str, str] | None
) -> Iterator[tuple[str, Entry | Finding]]:
    """Entries of a file by what it is, not by what it is called; the sheet of each, or ""."""
    from flows.store.ooxml import is_workbook

    extension = name.lower().rpartition(".")[2]
    if is_workbook(data):
        from flows.store.messy import book_entries
        from flows.store.workbook import read_workbook

        if extension in _TEXT_NAMES:
            yield "", finding("file-other", problem="workbook", text=f".{extension}")
        yield from book_entries(read_workbook(data), resolver, heads)
        return
    if extension in _BOOK_NAMES:
        yield "", finding("file-other", problem="text", text=f".{extension}")
    text, said = logfile.decode(data)
    for item in said:
        yield "", item
    for entry in logfile.entries(text, resolver, heads):
        yield "", entry


_TEXT_NAMES = frozenset({"csv", "txt", "tsv"})
_BOOK_NAMES = frozenset({"xlsx", "xlsm", "xls", "xltx"})
