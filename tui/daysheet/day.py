"""A day's sheet for the screen: its lines, its checks, and how what was typed is saved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.period import DAY, Span
from flows.records import State
from flows.store import exchange
from flows.store.entry import Entry, EntryReader
from flows.store.judging import judged
from tui.daysheet.cells import Verdict
from tui.daysheet.counting import since
from tui.daysheet.early import unjudged
from tui.daysheet.usuals import usuals
from tui.entering import enterer, reader, role_missing
from tui.reconciling.month import display
from tui.session import now_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flows.findings import Finding
    from flows.records import Observation
    from flows.usual import Expectation, Usual
    from tui.daysheet.cells import Cell, Line
    from tui.daysheet.early import SheetDay
    from tui.session import Session

#: Refusals that concern one line alone.
_ALONE = frozenset({"ticket-duplicate", "register-drop", "entry-impossible"})


class DayJudge:
    """The checks of `log` for one day, without the ledger: what is usual was looked up before.

    Args:
        session: The park; only its definitions are used.
        day: Operating day.
        known: What is usual, by flow or stock.
        shown: Unit of each line, and canonical units per one of it.
        locks: Lock under which the day stands, by flow or stock; there it takes nothing.
        lines: Of the day, with their counters.
    """

    def __init__(
        self,
        session: Session,
        day: date,
        known: Mapping[str, Usual],
        shown: Mapping[str, tuple[str, float]],
        locks: Mapping[str, Finding],
        lines: Iterable[Line] = (),
    ) -> None:
        self._day = day.isoformat()
        self._counters = {line.what: line.counter for line in lines if line.counter}
        self._resolver = session.resolver

        def expected(what: str, day: int) -> Usual | None:
            del day
            return known.get(what)

        self._expectation: Expectation = expected
        self._locks = locks
        self._shown = shown
        self._reader = EntryReader(
            session.resolver,
            session.park.calendar,
            now_us(),
            expectation=self._expectation,
        )

    def __call__(self, what: str, text: str, way: str = "amount") -> Verdict:
        """Judge a text; see `tui.daysheet.cells.Judge`."""
        if what in self._locks:
            raise Refused(self._locks[what])
        if way == "register":
            return self._counted(what, text)
        # of a ticket that has no number yet: the day's typical amount says nothing of one truck
        ticket = "-" if way == "ticket" else ""
        item, doubts = self._reader.read(Entry(what, value=text, day=self._day, ticket=ticket))
        _, per_unit = self._shown.get(what, ("", 1.0))
        value = None if item.value is None else item.value / per_unit
        return Verdict(str(item.state), value, doubts)

    def _counted(self, what: str, text: str) -> Verdict:
        """The amount since the reading before is judged as if it had been typed."""
        entry = Entry(what, value=text, day=self._day, state=State.REGISTER.value)
        item, _ = self._reader.read(entry)
        counter = self._counters.get(what)
        if counter is None or item.register is None:
            return Verdict(str(item.state))
        value = since(what, counter, item.register, self._day)
        if value is None:
            return Verdict(str(item.state))
        _, per_unit = self._shown.get(what, ("", 1.0))
        days = item.day - date.fromisoformat(counter.on).toordinal()
        amount = replace(
            item, state=State.VALUE, value=value * per_unit, start=item.end - days * DAY
        )
        doubt = judged(
            amount, self._resolver.resolve(what, date.fromordinal(item.day)), "", self._expectation
        )
        return Verdict(str(item.state), value, (doubt,) if doubt else ())


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


def sheet_of(session: Session, day: date, by: str = "") -> SheetDay:
    """The sheet of a day, for the screen.

    Args:
        session: The park.
        day: Operating day.
        by: Who wants to enter something, as the commands' `--by`.

    Raises:
        Refused: As the ledger.
    """
    known = usuals(session, day)
    sheet = unjudged(session, day, known)
    locks = locks_of(session, day, [line.what for line in sheet.lines])
    shown = display(session.network(day))
    lines = sheet.lines
    barred = role_missing(session, "enter", by)
    return replace(
        sheet,
        judge=DayJudge(session, day, known, shown, locks, lines),
        locks=locks,
        reviews=reviews_of(session, day),
        newest=None if any(_speaks(line) for line in lines) else _newest(session, day),
        barred=barred[0] if barred else None,
    )


def authors_of(session: Session, day: date, whats: Iterable[str]) -> dict[str, str]:
    """Who entered last what the ledger has of some lines of a day."""
    at = day.toordinal()
    said = session.ledger.observations(first_day=at, last_day=at, whats=list(whats))
    latest: dict[str, int] = {}
    for item in said:
        latest[item.what] = max(item.seq, latest.get(item.what, 0))
    events = {seq: session.ledger.event(seq) for seq in set(latest.values())}
    return {what: event.by for what, seq in latest.items() if (event := events[seq])}


def _speaks(line: Line) -> bool:
    """Whether the ledger knows anything of a line, on the day or shortly before."""
    known = (line.value, line.yesterday, line.mean, line.low)
    read = line.counter is not None and line.counter.previous is not None
    return line.state != "due" or read or any(item is not None for item in known)


def _newest(session: Session, day: date) -> date | None:
    """The last day before this one on which something is entered; looked for year by year."""
    last = day.toordinal() - 1
    for years in (1, 2, 4, 8, 16):
        first = last - 366 * years
        rows = session.ledger.rows(first_day=first, last_day=last)
        days = rows.day[rows.effective]
        if len(days):
            return date.fromordinal(int(days.max()))
    return None


def reviews_of(session: Session, day: date) -> dict[str, str]:
    """How far the review of a day's month has come, by facility; only where there is one."""
    from flows.store.closing import closings, last_entries

    calendar = session.park.calendar
    month = day.replace(day=1)
    after = (month + timedelta(days=32)).replace(day=1)
    span = Span(calendar.instant(month), calendar.instant(after))
    with session.ledger.reading() as connection:
        state = closings(connection)
        if not state.submitted_by("", span) and not state.open_approval(span):
            return {}
        last = last_entries(connection, span)
    found = {
        item.id: state.reviewed(item.id, span, last.get(item.id, 0)).state
        for item in session.park.facilities
    }
    return {facility: review for facility, review in found.items() if review}


def locks_of(session: Session, day: date, whats: Iterable[str]) -> dict[str, Finding]:
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


def save_sheet(session: Session, day: date, cells: Mapping[str, Cell], by: str) -> Saved:
    """Record what was typed: new entries as one submission, corrections by their reasons.

    What somebody else entered meanwhile is left out and named; the rest is saved all the same.

    Raises:
        Refused: If nothing could be saved for another reason.
    """
    read = reader(session)
    new: dict[str, list[Observation]] = {}
    changed: dict[str, list[tuple[str, Observation]]] = {}
    found: list[Finding] = []
    for what, cell in cells.items():
        entry = Entry(
            what,
            value=cell.text,
            day=day.isoformat(),
            cause=cell.cause,
            state=State.REGISTER.value if cell.way == "register" else "",
            note=_note(cell),
        )
        try:
            if cell.corrects:
                target = exchange.find(session.ledger, number=cell.corrects, what=what)
                item, _ = exchange.correction(target, entry, read)
                changed.setdefault(cell.reason, []).append((what, item))
            elif cell.tickets:
                new[what] = [
                    read.read(entry._replace(value=text, ticket=number))[0]
                    for number, text in cell.tickets
                ]
            else:
                item, _ = read.read(entry)
                # of a reading the flag is of the amount that it makes
                new[what] = [replace(item, flag=item.flag or cell.flag)]
        except Refused as refused:
            found += refused.findings
    who = enterer(session, by)
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
    new: Mapping[str, Sequence[Observation]],
    who: exchange.Sender,
    found: list[Finding],
) -> tuple[list[str], tuple[str, ...]]:
    """Submit, and once more without what is refused: what is in, who was faster.

    A ticket that is there already and a counter that went back keep nothing else out.
    """
    left, taken = dict(new), list[str]()
    while left:
        try:
            items = [item for some in left.values() for item in some]
            exchange.submit(session.ledger, items, who, resolver=session.resolver)
        except Refused as refused:
            twice = {item.where for item in refused.findings if item.code == "entry-duplicate"}
            wrong = [item for item in refused.findings if item.code in _ALONE]
            gone = twice | {item.where for item in wrong}
            if not gone & left.keys():
                found += refused.findings
                return [], tuple(taken)
            found += wrong
            taken += [what for what in left if what in twice]
            left = {what: some for what, some in left.items() if what not in gone}
        else:
            break
    return list(left), tuple(taken)


def _note(cell: Cell) -> str:
    """The note with the sum that was typed and why an unlikely value is right."""
    parts = [cell.note, "" if cell.corrects else cell.reason]
    parts += [f"{cell.terms}={cell.text}"] if cell.terms else []
    return "; ".join(part for part in parts if part)
