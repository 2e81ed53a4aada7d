"""How the inbox of findings reads: its rows, what is counted, and one finding in full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flows.findings import Severity
from tui.daysheet.text import fitted
from tui.inbox.kinds import KINDS, STAGES
from tui.inbox.view import SEVERITIES, first_day
from tui.presenting.rows import Col, Row
from tui.presenting.tables import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.words import Words
    from tui.inbox.view import Behind, Entry, Inbox, Seen

#: Signs that stand before severities, so that none is told by its color alone.
SIGNS: Mapping[str, str] = {"error": "!!", "warning": "!", "info": "."}
_TONES: Mapping[str, str] = {"error": "bad", "warning": "warn", "info": ""}

#: Key of the row over what somebody has seen.
SEEN = "seen"

#: Parameters that a finding's numbers are told by, with the unit of the finding or without.
_WITH_UNIT = (
    "size", "sigma", "value", "likely", "residual", "tolerance", "imputed", "low", "high",
    "level", "change", "usual", "bound", "over", "rest",
)  # fmt: skip
_ALONE = (
    "chi2", "dof", "p", "statistic", "threshold", "window", "factor", "days", "count", "of",
    "chance", "coverage", "weeks",
)  # fmt: skip
_NAMES = ("device", "others", "members", "rival", "because", "limit", "target", "source")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What of an inbox is shown.

    Attributes:
        least: Severity that a finding has at least.
        kind: Only findings of this kind of `tui.inbox.kinds.KINDS`; "" for all.
        facility: Only this one; "" for all.
        search: Words that must all stand in the row.
    """

    least: Severity = Severity.INFO
    facility: str = ""
    search: str = ""
    kind: str = ""

    def next_severity(self) -> Chosen:
        """All, then warnings and errors, then errors only, then all again."""
        order = (Severity.INFO, Severity.WARNING, Severity.ERROR)
        return replace(self, least=order[(order.index(self.least) + 1) % len(order)])

    def next_kind(self, found: Inbox) -> Chosen:
        """All, then one kind after the other of those that there is something of."""
        there = {entry.kind for entry in found.entries}
        order = ["", *(one for one in KINDS if one in there)]
        at = order.index(self.kind) if self.kind in order else 0
        return replace(self, kind=order[(at + 1) % len(order)])

    def next_facility(self, found: Inbox) -> Chosen:
        """All, then one facility after the other of those that something is said of."""
        concerned = {entry.facility for entry in found.entries}
        order = ["", *(one for one in found.facilities if one in concerned)]
        at = order.index(self.facility) if self.facility in order else 0
        return replace(self, facility=order[(at + 1) % len(order)])


def sentence(entry: Entry, found: Inbox, words: Words) -> str:
    """The finding's sentence; nothing in it can steer a terminal."""
    return visible(words.say(entry.finding, found.labels))


def brief(entry: Entry, found: Inbox, words: Words) -> str:
    """The sentence with names alone, without the ids behind them."""
    text, pattern = sentence(entry, found, words), words.term("label-with-id")
    for id_, names in found.labels.items():
        if id_ in text and (name := words.label(names, "")):
            text = text.replace(pattern.format(label=name, id=id_), name)
    return text


def facility_name(facility: str, found: Inbox, words: Words) -> str:
    """Its label; that of the park for ""."""
    return words.label(found.labels.get(facility), facility) or words.term("park")


def shown(found: Inbox, chosen: Chosen, words: Words) -> list[Entry]:
    """Entries that are asked for."""
    parts = chosen.search.lower().split()
    return [
        entry
        for entry in found.entries
        if SEVERITIES.index(entry.finding.severity) <= SEVERITIES.index(chosen.least)
        and chosen.facility in {"", entry.facility}
        and chosen.kind in {"", entry.kind}
        and all(part in _whole(entry, found, words).lower() for part in parts)
    ]


def _whole(entry: Entry, found: Inbox, words: Words) -> str:
    said = " ".join(item.text for item in entry.seen) + words.term(f"finding-kind-{entry.kind}")
    name = facility_name(entry.facility, found, words)
    return f"{name} {entry.about} {sentence(entry, found, words)} {said}"


def cols(words: Words) -> list[Col]:
    """Heads of the columns."""
    return [
        Col(words.term("facility"), least=12, most=20),
        Col("", least=2, most=2),
        Col(words.term("finding"), least=20, grow=True),
        Col(words.term("since"), least=10, most=10, spare=1),
    ]


def rows(found: Inbox, chosen: Chosen, words: Words) -> list[Row]:
    """What is open by severity, then what somebody has seen."""
    entries = shown(found, chosen, words)
    result: list[Row] = []
    for severity in SEVERITIES:
        some = [item for item in entries if not item.seen and item.finding.severity is severity]
        result += _group(f"{severity}", words.term(f"findings-{severity}"), some, found, words)
    seen = [item for item in entries if item.seen]
    return result + _group(SEEN, words.term("findings-seen"), seen, found, words)


def _group(key: str, head: str, entries: Sequence[Entry], found: Inbox, words: Words) -> list[Row]:
    if not entries:
        return []
    title = Row(key, (f"{head} {len(entries)}", "", kinds(entries, words)), tone="head")
    return [title, *(_row(entry, found, words) for entry in entries)]


def kinds(entries: Sequence[Entry], words: Words) -> str:
    """How many there are of each kind."""
    counts = {kind: sum(item.kind == kind for item in entries) for kind in KINDS}
    return "  ".join(
        f"{words.term(f'finding-kind-{kind}')} {count}" for kind, count in counts.items() if count
    )


def _row(entry: Entry, found: Inbox, words: Words) -> Row:
    severity = str(entry.finding.severity)
    text = brief(entry, found, words)
    if entry.seen:
        last = entry.seen[-1]
        text = visible(f"{last.by}{words.term('place-end')}{last.text or '-'} | {text}")
    cells = (
        facility_name(entry.facility, found, words),
        "ok" if entry.seen else SIGNS[severity],
        text,
        entry.since.isoformat() if entry.since else "",
    )
    return Row(entry.key, cells, level=1, tone="quiet" if entry.seen else _TONES[severity])


def counter(found: Inbox, chosen: Chosen, words: Words) -> str:
    """Month, how much is open and seen, and what is left out."""
    counts = {
        severity: sum(not item.seen and item.finding.severity is severity for item in found.entries)
        for severity in SEVERITIES
    }
    parts = [
        f"{words.term('screen-findings')} {found.period}",
        *(
            f"{words.term(f'findings-{severity}')} {count}"
            for severity, count in counts.items()
            if count
        ),
    ]
    if seen := sum(bool(item.seen) for item in found.entries):
        parts.append(f"{words.term('findings-seen')} {seen}")
    filters = []
    if chosen.least is not Severity.INFO:
        filters.append(words.term(f"findings-least-{chosen.least}"))
    if chosen.facility:
        filters.append(facility_name(chosen.facility, found, words))
    if chosen.kind:
        filters.append(words.term(f"finding-kind-{chosen.kind}"))
    if chosen.search:
        filters.append(f"/{chosen.search}")
    if filters:
        parts.append("[" + ", ".join(filters) + "]")
    return "  ".join(parts)


def working(stage: str, words: Words) -> str:
    """Which of the stages of looking for what is doubtful is at work."""
    if stage not in STAGES:
        return words.term("working-out")
    name, at = words.term(f"findings-stage-{stage}"), STAGES.index(stage) + 1
    return words.text("findings-stage", stage=name, at=at, of=len(STAGES))


def whole(entry: Entry, found: Inbox, words: Words, width: int) -> list[str]:
    """One finding in full: sentence, place, numbers, readings, and who has seen it."""
    item = entry.finding
    severity = words.term(f"severity-{item.severity}")
    name = facility_name(entry.facility, found, words)
    head = f"{SIGNS[str(item.severity)]} {severity}  {name}  {entry.about}"
    lines = [head, "", sentence(entry, found, words)]
    if entry.since and entry.until:
        until = "" if entry.until == entry.since else f" .. {entry.until.isoformat()}"
        lines += ["", f"{words.term('since')}  {entry.since.isoformat()}{until}"]
    lines += ["", words.term("findings-seen")]
    lines += [_noted(one) for one in entry.seen]
    if not entry.seen:
        lines.append(f"  {words.term('findings-not-seen')}")
    if entry.before:
        lines += [words.term("findings-before")]
        lines += [
            _noted(one) + (f"  {words.term('findings-again')}" if one.again else "")
            for one in entry.before
        ]
    same = [one for one in found.entries if one.identity == entry.identity and one.key != entry.key]
    if same:
        lines.append(f"  {words.text('findings-together', count=len(same))}")
    if numbers := _numbers(entry, found, words):
        lines += ["", words.term("findings-numbers"), *numbers]
    if entry.behind:
        lines += ["", *_readings(entry, found, words, width)]
    return [visible(line) for line in lines]


def way(entry: Entry, found: Inbox, words: Words) -> str:
    """Where Enter leads, and what is done there."""
    if entry.leads == "sheet":
        day = first_day(entry, found.period).isoformat()
        what = words.label(found.labels.get(entry.what), entry.what)
        return words.text("findings-way-sheet", day=day, what=what or entry.facility)
    if entry.leads == "chain":
        where = entry.finding.where
        return words.text("findings-way-chain", what=words.label(found.labels.get(where), where))
    what = entry.process or entry.facility
    name = words.label(found.labels.get(what), what) if what else words.term("park")
    return words.text("findings-way-balance", what=name)


def _noted(one: Seen) -> str:
    return f"  {moment(one.when)}  {one.by}  {one.text}  #{one.seq}"


def _numbers(entry: Entry, found: Inbox, words: Words) -> list[str]:
    params = entry.finding.params
    unit = str(params.get("unit") or "")
    told: list[tuple[str, str]] = []
    for key in (*_WITH_UNIT, *_ALONE):
        value = params.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        behind = f" {unit}" if key in _WITH_UNIT and unit else ""
        text = words.percent(value) if key == "coverage" else words.number(value)
        told.append((words.term(f"param-{key}"), f"{text}{behind}"))
    for key in _NAMES:
        if value := str(params.get(key) or ""):
            names = [words.label(found.labels.get(one), one) for one in value.split(", ")]
            told.append((words.term(f"param-{key}"), ", ".join(names)))
    room = max((_cells(name) for name, _ in told), default=0)
    return [f"  {fitted(name, room)}  {text}" for name, text in told]


def _readings(entry: Entry, found: Inbox, words: Words, width: int) -> list[str]:
    """What the month says of the flows that a finding names, line by line."""
    heads = ("flow-name", "measured", "reconciled", "adjustment-sigmas", "unit")
    table = [[words.term(head) for head in heads]]
    table += [_reading(one, found, words) for one in entry.behind]
    sizes = [max(_cells(line[at]) for line in table) for at in range(len(heads))]
    sizes[0] = max(min(sizes[0], width - sum(sizes[1:]) - 2 * len(sizes)), 12)
    return [
        "  "
        + "  ".join(
            fitted(text, size, right=0 < at < len(heads) - 1)
            for at, (text, size) in enumerate(zip(line, sizes, strict=True))
        )
        for line in table
    ]


def _reading(one: Behind, found: Inbox, words: Words) -> list[str]:
    mark = "* " if one.suspect else ""
    return [
        mark + words.label(found.labels.get(one.id), one.id),
        words.number(one.measured, one.sigma),
        words.number(one.reconciled, one.sigma_reconciled),
        words.number(one.normalized_adjustment),
        one.unit,
    ]


def moment(microseconds: int) -> str:
    """A recorded moment, UTC, to the minute."""
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%d %H:%MZ")


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)
