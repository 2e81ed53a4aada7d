"""The inbox of a month: what is doubtful in it, whom it concerns, and who has seen it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.findings import Severity, finding
from flows.network import is_environment
from flows.period import parse_period
from flows.store.events import ACKNOWLEDGED, NOTE
from tui.inbox.acknowledged import about, covering

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.store.events import Event
    from reports.words import Labels
    from tui.months.state import Gap
    from tui.reconciling.month import Month
    from tui.session import Session

#: Parameters that name further flows, stocks or processes.
_IDS = ("members", "others", "swapped", "rival", "because")


@dataclass(frozen=True, slots=True)
class Seen:
    """That somebody has seen a finding, and what they say of it; `when` is microseconds UTC."""

    by: str
    when: int
    text: str
    seq: int


@dataclass(frozen=True, slots=True)
class Behind:
    """A flow or stock that a finding speaks of, over the month, in its own unit."""

    id: str
    unit: str
    measured: float | None
    sigma: float | None
    reconciled: float | None
    sigma_reconciled: float | None
    normalized_adjustment: float | None
    suspect: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding in the inbox.

    Attributes:
        key: Unique in its inbox.
        about: Code and id; an acknowledgement holds for all entries that share it.
        facility: Facility that it concerns, "" for the park.
        process: Process whose balance tells more, or "".
        what: Line of the sheet that it speaks of, or "".
        since: First day that it speaks of; None where it is about the month as a whole.
        until: Last such day.
        seen: Who acknowledged it, the last one last.
    """

    key: str
    finding: Finding
    about: str
    facility: str = ""
    process: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None
    behind: tuple[Behind, ...] = ()
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True)
class Inbox:
    """All findings of a month, errors first, then by facility.

    Attributes:
        labels: Names by id, also of facilities and of steps of chains.
        facilities: In the order of the park file.
        seq: Event of the ledger up to which it holds.
    """

    period: str
    entries: tuple[Entry, ...] = ()
    labels: Labels = field(default_factory=dict)
    facilities: tuple[str, ...] = ()
    seq: int = 0


def inbox(session: Session, period: str, before: Inbox | None = None) -> Inbox:
    """What is doubtful in a month, as `parkflow findings` says it, with who has seen it.

    Args:
        session: The park.
        period: The month.
        before: The inbox shown so far; where only notes were written since, its findings hold.

    Raises:
        Refused: As `Session.findings`.
    """
    seq = int(session.ledger.head().partition("@")[2])
    notes = session.ledger.events(kinds=[NOTE])
    if before is not None and before.period == period:
        later = sum(before.seq < item.seq <= seq for item in notes)
        if later == seq - before.seq:
            return _noted(session, replace(before, seq=seq), notes)
    return _noted(session, _found(session, period, seq), notes)


def acknowledge(session: Session, entry: Entry, period: str, text: str, by: str) -> Event:
    """Keep in the ledger that somebody has seen a finding of a month, and what they say of it.

    Raises:
        Refused: `note-empty`; as `tui.months.closing.note`.
    """
    from tui.months.closing import note

    if not text.strip():
        raise Refused(finding("note-empty", entry.finding.where))
    return note(
        session, text, by, facility=entry.facility, topic=ACKNOWLEDGED, about=entry.about,
        period=period,
    )  # fmt: skip


def _found(session: Session, period: str, seq: int) -> Inbox:
    from tui.inbox.watching import ordered

    month = session.month(period)
    network = month.network
    labels = dict(session.names_at(period))
    for chain in session.park.chains:
        for step in chain.steps:
            labels[f"{chain.id}.{step.id}"] = step.names
    places = _Places(session, network, month)
    said = ordered(session.park, network, [*session.findings(period), *_due(session, period)])
    entries = tuple(places.entry(number, item) for number, item in enumerate(said))
    ids = tuple(item.id for item in session.park.facilities)
    return Inbox(period, entries, labels, ids, seq)


def _due(session: Session, period: str) -> list[Finding]:
    """Readings that are due and of which nothing is said, as `parkflow status` counts them."""
    from tui.months.state import Months

    gaps: dict[str, list[Gap]] = {}
    for gap in Months.read(session, period).gaps(""):
        gaps.setdefault(gap.facility, []).append(gap)
    return [
        finding(
            "readings-due",
            facility,
            count=len(some),
            days=len({gap.day for gap in some}),
            what=some[0].what,
            first=date.fromordinal(some[0].day).isoformat(),
            last=date.fromordinal(max(gap.day for gap in some)).isoformat(),
        )
        for facility, some in gaps.items()
    ]


def _noted(session: Session, found: Inbox, notes: Sequence[Event]) -> Inbox:
    first = parse_period(found.period).first
    instant = session.park.calendar.instant(first)
    seen = [item for item in notes if item.topic == ACKNOWLEDGED]
    entries = tuple(
        replace(
            entry,
            seen=tuple(
                Seen(item.by, item.recorded_at, item.text, item.seq)
                for item in covering(seen, entry.about, instant)
            ),
        )
        for entry in found.entries
    )
    return replace(found, entries=entries)


class _Places:
    """Where findings belong: facility, process, line of the sheet, numbers of the month."""

    def __init__(self, session: Session, network: FlowNetwork, month: Month) -> None:
        self.network, self.month = network, month
        self.rows = {row.id: row for row in (*month.result.flows, *month.result.stocks)}
        self.suspects = {one for item in month.result.suspects for one in item.members}
        self.facilities = {item.id for item in session.park.facilities}
        self.steps = {
            f"{chain.id}.{step.id}": step for chain in session.park.chains for step in chain.steps
        }

    def entry(self, number: int, item: Finding) -> Entry:
        """A finding with all that it touches."""
        ids = self.ids(item)
        # what only explains a finding is not where it is
        about_it = f"{item.where}, {item.params.get('members') or ''}".split(", ")
        lead = next((one for one in ids if one in about_it), "")
        if step := self.steps.get(item.where):
            lead = step.outputs[0]
        process = self.process(lead)
        facility = lead if lead in self.facilities else self.facility(lead, process)
        since, until = _days(item.params)
        what = lead if lead in self.network.flow or lead.startswith("stock:") else ""
        return Entry(
            f"{number} {about(item)}", item, about(item), facility, process, what,
            since, until, tuple(self.behind(one) for one in ids if one in self.rows),
        )  # fmt: skip

    def ids(self, item: Finding) -> list[str]:
        """Ids that a finding names, the one that it is about first."""
        named = item.where.split(", ")
        for key in _IDS:
            named += str(item.params.get(key) or "").split(", ")
        if step := self.steps.get(item.where):
            named += [*step.outputs, *step.inputs]
        return list(dict.fromkeys(one for one in named if one and one not in self.steps))

    def process(self, lead: str) -> str:
        """Process of a flow (where it goes to, else where it comes from) or stock."""
        network = self.network
        if lead.removeprefix("stock:") in network.process:
            return lead.removeprefix("stock:")
        flow = network.flow.get(lead)
        ends = (flow.target, flow.source) if flow else ()
        return next((end for end in ends if not is_environment(end)), "")

    def facility(self, lead: str, process: str) -> str:
        """Facility that owns a flow or process."""
        if lead in self.network.flow and self.network.flow[lead].facility:
            return self.network.flow[lead].facility
        return self.network.process[process].facility if process else ""

    def behind(self, one: str) -> Behind:
        """What the month says of a flow or stock."""
        row = self.rows[one]
        unit = self.month.display[one][0]
        return Behind(
            one, unit, row.measured, row.sigma, row.reconciled, row.sigma_reconciled,
            row.normalized_adjustment, one in self.suspects,
        )  # fmt: skip


def _days(params: Mapping[str, object]) -> tuple[date | None, date | None]:
    """First and last day that a finding's parameters name."""
    day = str(params.get("day") or "")
    first, _, last = day.partition("..")
    first = str(params.get("first") or first)
    last = str(params.get("last") or last or first)
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None, None


def month_of(day: date, by: int = 0) -> str:
    """Month of a day, or `by` months later."""
    count = day.year * 12 + day.month - 1 + by
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def first_day(entry: Entry, period: str) -> date:
    """Day at which one begins to look at a finding."""
    month = parse_period(period)
    last = month.last_excluded - timedelta(days=1)
    return min(max(entry.since or month.first, month.first), last)


#: Severities from the one that matters most.
SEVERITIES = tuple(reversed(Severity))
