"""A day's sheet for the screen: its lines, its checks, and how what was typed is saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.store import exchange
from flows.store.entry import Entry, EntryReader
from tui.daysheet.cells import Line, Verdict, walk
from tui.daysheet.tour import day_sheet
from tui.daysheet.usuals import usuals
from tui.entering import reader, sender
from tui.reconciling.month import display
from tui.session import now_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.records import Observation
    from flows.usual import Usual
    from tui.daysheet.cells import Cell
    from tui.session import Session


class DayJudge:
    """The checks of `log` for one day, without the ledger: what is usual was looked up before.

    Args:
        session: The park; only its definitions are used.
        day: Operating day.
        known: What is usual, by flow or stock.
        shown: Unit of each line, and canonical units per one of it.
        locks: Lock under which the day stands, by flow or stock; there it takes nothing.
    """

    def __init__(
        self,
        session: Session,
        day: date,
        known: Mapping[str, Usual],
        shown: Mapping[str, tuple[str, float]],
        locks: Mapping[str, Finding],
    ) -> None:
        self._day = day.isoformat()
        self._locks = locks
        self._shown = shown
        self._reader = EntryReader(
            session.resolver,
            session.park.calendar,
            now_us(),
            expectation=lambda what, _: known.get(what),
        )

    def __call__(self, what: str, text: str) -> Verdict:
        """Judge a text; see `tui.daysheet.cells.Judge`."""
        if what in self._locks:
            raise Refused(self._locks[what])
        item, doubts = self._reader.read(Entry(what, value=text, day=self._day))
        _, per_unit = self._shown.get(what, ("", 1.0))
        value = None if item.value is None else item.value / per_unit
        return Verdict(str(item.state), value, doubts)


@dataclass(frozen=True, slots=True)
class SheetDay:
    """A day as the ledger has it.

    Attributes:
        names: Of facilities, by id.
        labels: Of everything that a finding may point at.
    """

    day: date
    lines: tuple[Line, ...]
    judge: DayJudge
    park: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of saving a sheet.

    Attributes:
        whats: What is in the ledger now.
        taken: What somebody else entered first; it stays typed.
        findings: Why the rest was refused.
    """

    day: date
    whats: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


def sheet_of(session: Session, day: date) -> SheetDay:
    """The sheet of a day, for the screen.

    Raises:
        Refused: As the ledger.
    """
    network = session.network(day)
    known = usuals(session, day)
    shown = display(network)
    rows = day_sheet(session, day)
    headings = walk(_places(row.what, network) for row in rows)
    lines = []
    for row, heading in zip(rows, headings, strict=True):
        unit, per_unit = shown.get(row.what, (row.unit, 1.0))
        recent = known.get(row.what)
        flow = network.flow.get(row.what)
        typical = flow.typical / per_unit if flow and flow.typical else None
        lines.append(
            Line(
                row.what,
                row.names,
                heading,
                unit,
                row.state,
                row.value,
                row.yesterday,
                row.mean_7_days,
                recent.low / per_unit if recent else None,
                recent.high / per_unit if recent else None,
                recent.expected / per_unit if recent else typical,
                row.note,
                row.observations,
            )
        )
    facilities = {item.id: item.names for item in session.park.facilities}
    labels = {**facilities, **{line.what: line.names for line in lines}}
    judge = DayJudge(session, day, known, shown, _locks(session, day, [row.what for row in rows]))
    return SheetDay(day, tuple(lines), judge, session.park.names, facilities, labels)


def _locks(session: Session, day: date, whats: Iterable[str]) -> dict[str, Finding]:
    """What to say of each thing whose facility has the day locked."""
    from flows.store.closing import closings, locked

    with session.ledger.reading() as connection:
        state = closings(connection)
    if not state:
        return {}
    span = session.park.calendar.span(day)
    found = {}
    for what in whats:
        try:
            owner = session.resolver.resolve(what, day).facility
        except Refused:  # entered once, defined no more: the ledger itself looks at its lock
            continue
        if lock := state.lock_on(frozenset({owner}), span.start, span.end):
            found[what] = locked(lock, what, day=day.isoformat())
    return found


def _places(what: str, network: FlowNetwork) -> list[str]:
    """Facilities at which a line may be read, its owner first."""
    flow = network.flow.get(what) or network.flow.get(what.rpartition(".")[0])
    ends = [flow.source, flow.target] if flow else [what.removeprefix("stock:")]
    own = [flow.facility] if flow else []
    own += [network.process[end].facility for end in ends if end in network.process]
    return list(dict.fromkeys(own))


def save_sheet(session: Session, day: date, cells: Mapping[str, Cell], by: str) -> Saved:
    """Record what was typed: new entries as one submission, corrections by their reasons.

    What somebody else entered meanwhile is left out and named; the rest is saved all the same.

    Raises:
        Refused: If nothing could be saved for another reason.
    """
    read = reader(session)
    new: dict[str, Observation] = {}
    changed: dict[str, list[tuple[str, Observation]]] = {}
    found: list[Finding] = []
    for what, cell in cells.items():
        entry = Entry(
            what, value=cell.text, day=day.isoformat(), cause=cell.cause, note=_note(cell)
        )
        try:
            if cell.corrects:
                target = exchange.find(session.ledger, number=cell.corrects, what=what)
                item, _ = exchange.correction(target, entry, read)
                changed.setdefault(cell.reason, []).append((what, item))
            else:
                new[what], _ = read.read(entry)
        except Refused as refused:
            found += refused.findings
    who = sender(session, by)
    done, taken = _submit(session, new, who, found)
    for reason, items in changed.items():
        try:
            exchange.correct(
                session.ledger,
                [item for _, item in items],
                reason,
                who,
                resolver=session.resolver,
            )
        except Refused as refused:
            found += refused.findings
        else:
            done += [what for what, _ in items]
    return Saved(day, tuple(done), taken, tuple(found))


def _submit(
    session: Session,
    new: Mapping[str, Observation],
    who: exchange.Sender,
    found: list[Finding],
) -> tuple[list[str], tuple[str, ...]]:
    """Submit, and once more without what somebody else was faster with: what is in, what is not."""
    left = dict(new)
    while left:
        try:
            exchange.submit(session.ledger, list(left.values()), who, resolver=session.resolver)
        except Refused as refused:
            twice = {item.where for item in refused.findings if item.code == "entry-duplicate"}
            if not twice & left.keys():
                found += refused.findings
                return [], ()
            left = {what: item for what, item in left.items() if what not in twice}
        else:
            break
    return list(left), tuple(what for what in new if what not in left)


def _note(cell: Cell) -> str:
    """The note with the sum that was typed and why an unlikely value is right."""
    parts = [cell.note, "" if cell.corrects else cell.reason]
    parts += [f"{cell.terms}={cell.text}"] if cell.terms else []
    return "; ".join(part for part in parts if part)
