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
from tui.inbox.acknowledged import AGAIN, about, covering, topic_of
from tui.inbox.kinds import LACKING, ON_THE_SHEET, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flows.findings import Finding
    from flows.network import FlowNetwork
    from flows.store.events import Event
    from reports.words import Labels
    from tui.months.state import Gap, Months
    from tui.reconciling.month import Month
    from tui.session import Session

#: Parameters that name further flows, stocks or processes.
_IDS = ("members", "others", "swapped", "rival", "because")


@dataclass(frozen=True, slots=True)
class Seen:
    """That somebody has seen a finding, or opens it again (`again`), and what they say of it.

    `when` is microseconds UTC.
    """

    by: str
    when: int
    text: str
    seq: int
    again: bool = False


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
        about: Code and id.
        identity: What makes it another finding than one before; an acknowledgement holds for all
            entries that share it.
        kind: One of `tui.inbox.kinds.KINDS`.
        leads: One of `tui.inbox.kinds.LEADS`: where it is mended.
        facility: Facility that it concerns, "" for the park.
        process: Process whose balance tells more, or "".
        what: Line of the sheet that it speaks of, or "".
        since: First day that it speaks of; None where it is about the month as a whole.
        until: Last such day.
        seen: Who acknowledged it, the last one last.
        before: Notes about the same code and id that hold no longer or spoke of another finding.
    """

    key: str
    finding: Finding
    about: str
    identity: str = ""
    kind: str = "other"
    leads: str = "balance"
    facility: str = ""
    process: str = ""
    what: str = ""
    since: date | None = None
    until: date | None = None
    behind: tuple[Behind, ...] = ()
    seen: tuple[Seen, ...] = ()
    before: tuple[Seen, ...] = ()


@dataclass(frozen=True)
class Inbox:
    """All findings of a period, errors first, then by facility.

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


def inbox(
    session: Session,
    period: str,
    before: Inbox | None = None,
    progress: Callable[[str], object] | None = None,
) -> Inbox:
    """What is doubtful in a period, as `parkflow findings` says it, with who has seen it.

    Args:
        session: The park.
        period: A month, quarter or year.
        before: The inbox shown so far; where only notes were written since, its findings hold.
        progress: Called with each of `tui.inbox.kinds.STAGES` before it begins.

    Raises:
        Refused: As `Session.findings`.
    """
    seq = int(session.ledger.head().partition("@")[2])
    notes = session.ledger.events(kinds=[NOTE])
    if before is not None and before.period == period:
        later = sum(before.seq < item.seq <= seq for item in notes)
        if later == seq - before.seq:
            return _noted(session, replace(before, seq=seq), notes)
    return _noted(session, _found(session, period, seq, progress), notes)


def acknowledge(session: Session, entry: Entry, period: str, text: str, by: str) -> Event:
    """Keep in the ledger that somebody has seen a finding of a month, and what they say of it.

    Raises:
        Refused: `note-empty`; as `tui.months.closing.note`.
    """
    from tui.months.closing import note

    if not text.strip():
        raise Refused(finding("note-empty", entry.finding.where))
    return note(
        session, text, by, facility=entry.facility, topic=ACKNOWLEDGED, about=entry.identity,
        period=period,
    )  # fmt: skip


def take_back(session: Session, entry: Entry, period: str, text: str, by: str) -> Event:
    """Keep in the ledger that a finding is open again although somebody has acknowledged it.

    Raises:
        Refused: As `acknowledge`.
    """
    return acknowledge(session, replace(entry, identity=AGAIN + entry.identity), period, text, by)


def _found(
    session: Session, period: str, seq: int, progress: Callable[[str], object] | None
) -> Inbox:
    from tui.inbox.watching import ordered
    from tui.months.state import Months

    if progress is not None:
        progress("month")
    month = session.month(period)
    network = month.network
    labels = dict(session.names_at(period))
    for chain in session.park.chains:
        for step in chain.steps:
            labels[f"{chain.id}.{step.id}"] = step.names
    months = Months.read(session, period)
    places = _Places(session, network, month, months)
    said = [*session.findings(period, progress=progress), *_due(months)]
    said = ordered(session.park, network, said)
    entries = tuple(places.entry(number, item) for number, item in enumerate(said))
    ids = tuple(item.id for item in session.park.facilities)
    return Inbox(period, entries, labels, ids, seq)


def _due(months: Months) -> list[Finding]:
    """Readings that are due and of which nothing is said, as `parkflow status` counts them."""
    gaps: dict[str, list[Gap]] = {}
    for gap in months.gaps(""):
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
    span = session.park.calendar.period_span(parse_period(found.period))
    notes = [item for item in notes if item.topic == ACKNOWLEDGED]

    def noted(entry: Entry) -> Entry:
        held = covering(notes, entry.identity, span.start, span.end)
        kept = {item.seq for item in held}
        topics = (entry.about, AGAIN + entry.about)
        others = [
            item
            for item in notes
            if item.about.partition("; ")[0] in topics and item.seq not in kept
        ]
        return replace(entry, seen=tuple(map(_seen, held)), before=tuple(map(_seen, others)))

    return replace(found, entries=tuple(map(noted, found.entries)))


def _seen(item: Event) -> Seen:
    again = item.about.startswith(AGAIN)
    return Seen(item.by, item.recorded_at, item.text, item.seq, again=again)


class _Places:
    """Where findings belong: facility, process, line of the sheet, numbers of the month."""

    def __init__(
        self, session: Session, network: FlowNetwork, month: Month, months: Months
    ) -> None:
        self.network, self.month = network, month
        self.lacking: dict[str, int] = {}
        days = [(gap.what, gap.day) for gap in months.gaps("")]
        days += [(item.what, item.day) for item in months.answers if item.missing]
        begin = month.period.first.toordinal()
        for what, day in days:
            if day >= begin:
                self.lacking[what] = min(day, self.lacking.get(what, day))
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
        if item.code == "readings-due":
            what = str(item.params["what"])
        if since is None and item.code in LACKING and what in self.lacking:
            since = until = date.fromordinal(self.lacking[what])
        topic = topic_of(item.code, item.where)
        return Entry(
            f"{number} {topic}", item, topic, about(item), kind_of(item.code),
            self.leads(item, what, process), facility, process, what, since, until,
            tuple(self.behind(one) for one in ids if one in self.rows),
        )  # fmt: skip

    def leads(self, item: Finding, what: str, process: str) -> str:
        """Which of `tui.inbox.kinds.LEADS` a finding is mended at."""
        if item.where in self.steps:
            return "chain"
        short = item.params.get("span") not in {"month", "year"}
        if item.code in LACKING or (item.code in ON_THE_SHEET and short):
            return "sheet" if what or item.params.get("what") else "balance"
        return "sheet" if what.startswith("stock:") and not process else "balance"

    def ids(self, item: Finding) -> list[str]:
        """Ids that a finding names, the one that it is about first."""
        named = item.where.split(", ")
        for key in _IDS:
            named += str(item.params.get(key) or "").split(", ")
        if step := self.steps.get(item.where):
            named += [*step.outputs, *step.inputs]
        # a quality has no place of its own, its flow has
        named = [self.owner(one) for one in named]
        return list(dict.fromkeys(one for one in named if one and one not in self.steps))

    def owner(self, one: str) -> str:
        """The flow of a quality; anything else as it is."""
        flow = one.rpartition(".")[0]
        return flow if one not in self.network.flow and flow in self.network.flow else one

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
