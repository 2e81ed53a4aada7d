"""Spreadsheets: the template of a park's streams, with what operators want to know of each."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flows.errors import Refused, system_problem
from flows.findings import finding
from flows.kinds import KINDS
from flows.nearest import nearest
from flows.period import parse_period
from flows.resolve import CONTEXT_PREFIX, Sort
from flows.store.judging import UNUSUAL
from flows.store.template import TemplateColumn, TemplateTexts, template
from flows.units import unit_factor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.period import Period
    from flows.resolve import Target
    from reports.words import Words
    from tui.session import Session

#: Longest template: ten years. What is longer is a slip of the period.
_MOST_DAYS = 3660


class Made(NamedTuple):
    """A template that was written."""

    file: Path
    period: str
    streams: int
    days: int


def write_template(
    session: Session, period: str | None, facility: str, out: Path | None, words: Words
) -> Made:
    """Write the template of a period for the streams that are due, in the order of the tour.

    Args:
        session: The park.
        period: As typed; the month of today without it.
        facility: Only the streams that its people answer for; "" for all.
        out: File to write; named after park and period without it.
        words: Of the language of labels and notes.

    Raises:
        Refused: `period-unreadable`, `key-unknown` for the facility, `template-empty` if nothing
            is due, `template-exists` rather than write over what somebody has filled in.
    """
    asked = parse_period(period or session.today.isoformat()[:7])
    if asked.days > _MOST_DAYS:
        raise Refused(finding("value-range", "--period", key="--period", value=asked.text,
                              low="1", high=str(_MOST_DAYS)))  # fmt: skip
    ids = [item.id for item in session.park.facilities]
    if facility and facility not in ids:
        near = nearest(facility, ids)
        raise Refused(
            finding("key-unknown", "--facility", key=facility, nearest=near, names=", ".join(ids))
        )
    columns = list(_columns(session, asked, facility, words))
    if not columns:
        raise Refused(finding("template-empty", facility, period=asked.text))
    name = "-".join(filter(None, (facility or session.park.id, asked.text)))
    file = out or Path(f"{name}.xlsx")
    data = template(
        [asked.first + timedelta(days=at) for at in range(asked.days)],
        columns,
        _texts(asked, words),
    )
    try:
        with file.open("xb") as target:
            target.write(data)
    except FileExistsError:
        raise Refused(finding("template-exists", file=str(file))) from None
    except OSError as error:
        raise Refused(finding("file-unwritable", file=str(file), **system_problem(error))) from None
    return Made(file, asked.text, len({column.what for column in columns}), asked.days)


def _texts(period: Period, words: Words) -> TemplateTexts:
    term = words.term
    lines = ("fill", "missing", "unit", "paste", "remarks", "import")
    return TemplateTexts(
        sheet=period.text,
        day=term("template-day"),
        help_sheet=term("template-help"),
        instructions=[term(f"template-help-{line}") for line in lines],
        missing=term("template-missing"),
        wrong_number=term("template-wrong-number"),
        wrong_day=term("template-wrong-day"),
    )


def _columns(
    session: Session, period: Period, facility: str, words: Words
) -> Iterator[TemplateColumn]:
    known = session.names_at(period.text)
    for what in dict.fromkeys(session.park.tour):
        target = _target(session, period, what)
        if target is None or (facility and target.facility != facility):
            continue
        label = _label(session, known, target, words)
        unit = target.unit or _property_unit(session, target) or KINDS[target.kind].unit
        note = _note(target, label, unit, words)
        yield TemplateColumn(label, what, unit, note, target.signed)
        if target.device is not None and target.device.rollover is not None:
            counter = words.text("template-register", label=label)
            note = words.term("template-register-note")
            yield TemplateColumn(counter, what, "register", note)


def _target(session: Session, period: Period, what: str) -> Target | None:
    """The definition on the first day of the period on which there is one."""
    changes = session.park.declared.changes
    days = [period.first, *(day for day in changes if period.first < day < period.last_excluded)]
    for day in days:
        try:
            return session.resolver.resolve(what, day)
        except Refused:
            continue
    return None


def _label(
    session: Session, known: Mapping[str, Mapping[str, str]], target: Target, words: Words
) -> str:
    """Name of a stream; of a sample, the flow's and what is measured of it."""
    if target.sort is Sort.PROPERTY:
        of, _, name = target.what.rpartition(".")
        measured = session.park.properties.get(name)
        label = words.label(measured.names if measured else None, name)
        return f"{words.label(known.get(of), of)} {label}"
    if target.sort is Sort.CONTEXT:
        names = {f"{CONTEXT_PREFIX}{item.id}": item.names for item in session.park.contexts}
        return words.label(names.get(target.what), target.what)
    return words.label(target.names or known.get(target.what), target.what)


def _property_unit(session: Session, target: Target) -> str:
    measured = session.park.properties.get(target.what.rpartition(".")[2])
    return measured.unit if measured and target.sort is Sort.PROPERTY else ""


def _note(target: Target, label: str, unit: str, words: Words) -> str:
    lines = [f"{label}  {target.what}", words.text("template-unit", unit=unit)]
    if target.sort in {Sort.STOCK, Sort.PROPERTY}:
        lines.append(words.term("template-level"))
    if target.device is not None:
        device = words.label(target.device.names, target.device.id)
        lines.append(words.text("template-device", device=device))
    try:
        per_unit = unit_factor(unit, target.kind)
    except Refused:
        return "\n".join(lines)
    if target.typical:
        usual = target.typical / per_unit
        low = words.number(usual / UNUSUAL)
        high = words.number(min(usual * UNUSUAL, target.maximum / per_unit))
        lines.append(words.text("template-usual", low=low, high=high, unit=unit))
    if math.isfinite(target.maximum):
        most = words.number(target.maximum / per_unit)
        lines.append(words.text("template-most", most=most, unit=unit))
    return "\n".join(lines)
