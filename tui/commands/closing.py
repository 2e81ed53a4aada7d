"""Commands that close a month: submit, review, lock, reopen, handover, status."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.errors import Refused
from flows.findings import Severity, finding
from flows.nearest import nearest
from tui.face import Face, command

if TYPE_CHECKING:
    from flows.findings import Finding
    from flows.store.events import Event
    from reports.words import Words
    from tui.months.openitems import OpenItem
    from tui.months.state import MonthCell
    from tui.session import Session

Month = Annotated[str, typer.Option("--period", help="Month, e.g. 2025-03.")]
Facility = Annotated[
    str, typer.Option("--facility", help="Only this facility; the whole park without it.")
]
By = Annotated[
    str | None,
    typer.Option("--by", envvar="PARKFLOW_BY", help="Who says so, if not the system's user."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the ledger.")]


@command("submit")
def submit(face: Face, period: Month, facility: Facility = "", by: By = None) -> None:
    """Submit a month's readings for review.

    Example: parkflow submit --period 2025-03 --facility catering --by wang
    """
    from tui.months import closing

    with face.open() as park:
        event = closing.submit(park, period, facility, by or face.settings.by)
        open_ = [
            item for item in closing.blockers(park, period, facility) if item.code == "gaps-open"
        ]
        face.say(replace(item, severity=Severity.WARNING) for item in open_)
        _tell(face, park, event)


@command("review")
def review(
    face: Face,
    period: Month,
    facility: Facility = "",
    approve: Annotated[bool, typer.Option("--approve", help="The readings are right.")] = False,
    return_: Annotated[
        bool, typer.Option("--return", help="Back to those who entered; needs a reason.")
    ] = False,
    reason: Reason = "",
    by: By = None,
) -> None:
    """Approve a submitted month, or return it with a reason.

    Example: parkflow review --period 2025-03 --facility catering --return --reason "grease of 7th"
    """
    from flows.store.events import APPROVED, RETURNED
    from tui.months import closing

    if approve == return_:
        raise typer.BadParameter("Say either --approve or --return.")
    verdict = APPROVED if approve else RETURNED
    with face.open() as park:
        who = by or face.settings.by
        event = closing.review(park, period, facility, who, verdict=verdict, reason=reason)
        _tell(face, park, event)


@command("lock")
def lock(
    face: Face,
    period: Month,
    facility: Facility = "",
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", help="A gap that is accepted: WHAT, WHAT@DAY or all."),
    ] = None,
    reason: Reason = "",
    by: By = None,
) -> None:
    """Lock a month that is complete and approved; after that it takes nothing.

    Example: parkflow lock --period 2025-03 --facility catering --by li
    """
    from tui.months import closing

    with face.open() as park:
        who = by or face.settings.by
        event = closing.lock(park, period, facility, who, accept=accept or (), reason=reason)
        _tell(face, park, event)


@command("reopen")
def reopen(
    face: Face, period: Month, reason: Reason = "", facility: Facility = "", by: By = None
) -> None:
    """Open a locked month again, with a reason that stays in the ledger.

    Example: parkflow reopen --period 2025-03 --facility catering --reason "late invoice"
    """
    from tui.months import closing

    with face.open() as park:
        who = by or face.settings.by
        _tell(face, park, closing.reopen(park, period, facility, who, reason=reason))


@command("handover")
def handover(
    face: Face,
    period: Annotated[
        str | None,
        typer.Option("--period", help="Months to look at; this one and the last without it."),
    ] = None,
    facility: Facility = "",
    text: Annotated[str, typer.Option("--text", help="The note to the next shift.")] = "",
    seen: Annotated[
        str,
        typer.Option("--seen", help='Acknowledge a finding: "CODE ID"; with --period its days.'),
    ] = "",
    by: By = None,
) -> None:
    """What is open and is carried forward to the next shift; keep a note of it.

    Example: parkflow handover --facility catering --text "scale 2 is being calibrated"
    """
    from flows.store.events import ACKNOWLEDGED, HANDOVER
    from tui.months import closing, openitems
    from tui.months.handing import handover_events

    writes = bool(text or seen)
    with face.open(readonly=not writes) as park:
        event = None
        if seen:
            months = period or openitems.this_and_last(park)
            _check_seen(openitems.open_items(park, months), seen)
        if writes:
            event = closing.note(
                park, text, by or face.settings.by, facility=facility, about=seen,
                topic=ACKNOWLEDGED if seen else HANDOVER, period=period or "",
            )  # fmt: skip
        months = period or openitems.this_and_last(park)
        items = openitems.open_items(park, months, facility)
        notes = handover_events(park, facility)
        if face.as_json:
            face.data(
                {
                    "period": months,
                    "seq": event.seq if event else None,
                    "items": [_item_json(item) for item in items],
                    "notes": [_note_json(item) for item in notes],
                    "findings": face.findings_json(),
                }
            )
            return
        _handover_table(face, items, months)
        for item in notes:
            moment = park.park.calendar.clock(item.recorded_at // 1_000_000)
            face.line(f"#{item.seq}  {moment}  {item.by}  {item.text}")


@command("status")
def status(
    face: Face,
    period: Annotated[
        str | None, typer.Option("--period", help="Year or month; this year without it.")
    ] = None,
    facility: Facility = "",
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="The ledger as it was: after event SEQ, or at a moment."),
    ] = None,
) -> None:
    """How far each facility's months are: due, entered, missing, reviewed, locked.

    Example: parkflow status --period 2025-03 --facility catering
    """
    from tui.months import closing
    from tui.months.year import month_cells

    with face.open(readonly=True) as park:
        asked = period or f"{park.today.year}"
        park.check_facility(facility)
        cells = month_cells(park, asked, facility, as_of=park.seq(as_of))
        single = len({cell.month for cell in cells}) == 1 and as_of is None
        against = {
            cell.facility: closing.blockers(park, cell.month, cell.facility)
            for cell in cells
            if single and cell.facility and not cell.locked_by
        }
        face.labels = park.names_at(asked)
        if face.as_json:
            face.data([_cell_json(face, park, cell, against) for cell in cells])
            return
        words = face.words
        face.table(
            [words.term(key) for key in _COLUMNS],
            [_cell_line(face, park, cell) for cell in cells],
            title=f"{words.label(park.park.names, park.park.id)}  {asked}",
            right=range(3, 9),
            without=((8,), (8, 7), (8, 7, 6)),
        )
        for found in against.values():
            # they refuse a lock, not this look at it
            face.say(replace(item, severity=Severity.WARNING) for item in found)


_COLUMNS = (
    "facility", "month", "state", "due", "entered", "missing", "gaps", "doubtful-days",
    "corrected", "review", "locked-by",
)  # fmt: skip


def _name(face: Face, park: Session, facility: str) -> str:
    names = {item.id: item.names for item in park.park.facilities}
    return face.words.label(names.get(facility), facility) or face.words.term("park")


def _cell_line(face: Face, park: Session, cell: MonthCell) -> list[str]:
    count, number = cell.count, face.words.number
    amounts = (
        count.due, count.entered, count.missing, count.gaps, count.doubtful_days, count.corrected,
    )  # fmt: skip
    return [
        _name(face, park, cell.facility),
        cell.month,
        face.words.term(f"month-{cell.state}"),
        *(number(item) for item in amounts),
        face.words.term(f"review-{cell.review or 'never'}"),
        cell.locked_by,
    ]


def _cell_json(
    face: Face, park: Session, cell: MonthCell, against: dict[str, list[Finding]]
) -> dict[str, object]:
    count = cell.count
    return {
        "facility": cell.facility,
        "name": _name(face, park, cell.facility),
        "month": cell.month,
        "state": cell.state,
        "due": count.due,
        "entered": count.entered,
        "missing": count.missing,
        "gaps": count.gaps,
        "doubtful": count.doubtful,
        "doubtful_days": count.doubtful_days,
        "corrected": count.corrected,
        "review": cell.review,
        "locked": bool(cell.locked_by),
        "locked_by": cell.locked_by,
        "blockers": (
            face.findings_json(against[cell.facility]) if cell.facility in against else None
        ),
    }


def _handover_table(face: Face, items: list[OpenItem], period: str) -> None:
    words = face.words
    face.table(
        [words.term(key) for key in ("open-item", "facility", "flow", "day", "day-count", "note")],
        [
            [
                words.term(f"open-{item.sort}"), item.facility, _lines(words, item), item.day,
                words.number(item.days), item.code,
            ]
            for item in items
        ],
        title=f"{words.term('handover')}  {period}",
        right=(4,),
        wrap=2,
    )  # fmt: skip
    face.tell(words.text("handover-count", count=len(items), period=period))


def _check_seen(items: list[OpenItem], seen: str) -> None:
    """Refuse to acknowledge what is not open: a mistyped id would look as if it were seen."""
    from tui.inbox.acknowledged import AGAIN, about, same, topic_of

    known = [about(item.said) if item.said else topic_of(item.code, item.where) for item in items]
    if seen.startswith(AGAIN) or any(same(seen, one) for one in known):
        return
    choices = sorted({topic_of(item.code, item.where) for item in items if item.code})
    close = nearest(seen, choices)
    raise Refused(finding("finding-not-open", "--seen", text=seen, nearest=close))


def _lines(words: Words, item: OpenItem) -> str:
    return words.text("handover-lines", count=item.lines) if item.lines > 1 else item.where


def _item_json(item: OpenItem) -> dict[str, object]:
    return {
        "sort": item.sort,
        "facility": item.facility,
        "where": item.where,
        "day": item.day,
        "days": item.days,
        "lines": item.lines,
        "code": item.code,
    }


def _note_json(event: Event) -> dict[str, object]:
    return {
        "seq": event.seq,
        "recorded_at": _moment(event),
        "by": event.by,
        "facility": event.facility,
        "topic": event.topic,
        "about": event.about,
        "text": event.text,
    }


def _moment(event: Event) -> str:
    return datetime.fromtimestamp(event.recorded_at // 1_000_000, UTC).isoformat()


def _tell(face: Face, park: Session, event: Event) -> None:
    """What was recorded."""
    if face.as_json:
        face.data(
            {
                "seq": event.seq,
                "kind": event.kind,
                "verdict": event.verdict,
                "facility": event.facility,
                "period": event.about,
                "by": event.by,
                "head": event.head,
                "findings": face.findings_json(),
            }
        )
        return
    step = event.verdict or {"lock": "locked", "reopen": "reopened"}[event.kind]
    told = {"period": event.about, "name": _name(face, park, event.facility), "seq": event.seq}
    face.line(face.words.text(f"closing-{step}", **told))
