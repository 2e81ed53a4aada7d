"""The Sankey of facilities: what two of them exchange of one good is one band."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from reports.drawn import DRAUGHT, OUTSIDE, amount, inside, status, ways
from reports.shapes import Link

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.data import FlowRow
    from reports.drawn import Drawing


class _Member(NamedTuple):
    """A flow as a part of a band: amounts in the layer's unit, None where not known."""

    row: FlowRow
    value: float | None
    usual: float | None
    status: str
    says: str


def bundled(drawing: Drawing) -> tuple[list[Link], list[str]]:
    """Bands between facilities and to the outside, and what is left out.

    What stays within a facility is not drawn; air and flue gas are told in a note, or they would
    leave a few pixels to all else. Changes of stock are told beside the facility. Beside power
    and heat stands the energy that matter carries, as far as it is known.
    """
    bundles: dict[tuple[str, str, str], list[_Member]] = {}
    draught, wet = [], []
    for member in (*_own(drawing), *_carried(drawing)):
        row = member.row
        source, target = ways(row)
        if row.good in DRAUGHT:
            draught += [row] if not (inside(source) and inside(target)) else []
            continue
        ends = _end(source, "in", row, drawing), _end(target, "out", row, drawing)
        if ends[0] == ends[1]:
            continue
        if row.layer != drawing.layer and (row.carried or 0.0) < 0.0:
            wet.append(member)
            continue
        bundles.setdefault((*ends, row.good or row.id), []).append(member)
    links = [_band(key, members, drawing) for key, members in bundles.items()]
    drawing.tell_stocks(lambda row: _facility(row.process, drawing))
    used = {end for link in links for end in (link.source, link.target)}
    drawing.ends = {end: said for end, said in drawing.ends.items() if end in used}
    notes = [drawing.words.term("sankey-bundles")]
    notes += [_left_out(draught, drawing)] if draught else []
    notes += [drawing.words.term("sankey-carried")] if any(_carried(drawing)) else []
    notes += [_too_wet(wet, drawing)] if wet else []
    return links, notes


def _own(drawing: Drawing) -> Iterator[_Member]:
    """Flows that are amounts of the layer."""
    for row in drawing.flows:
        value = None if row.reconciled is None else abs(row.reconciled) * row.factor
        usual = drawing.usual(row, row.factor)
        yield _Member(row, value, usual, status(row), amount(row, drawing.words))


def _carried(drawing: Drawing) -> Iterator[_Member]:
    """Flows of matter that carry energy, as far as is known; below 0 where they are wet."""
    if drawing.layer != "energy":
        return
    for row in drawing.data.flows:
        if row.layer == drawing.layer or not row.carried:
            continue
        usual = drawing.usual(row, row.carried_usual or row.carried)
        if row.reconciled is None:
            says = drawing.words.term("not-known")
            yield _Member(row, None, usual, "unknown", says)
            continue
        amounts = abs(row.reconciled), row.sigma_reconciled or 0.0
        value = amounts[0] * row.carried
        sigma = math.hypot(amounts[0] * (row.carried_sigma or 0.0), amounts[1] * row.carried)
        shown = f"{drawing.words.number(value, sigma)} {drawing.unit}"
        yield _Member(
            row, value, usual, "carried", f"{shown}, {drawing.words.term('line-carried')}"
        )


def _end(end: str, side: str, row: FlowRow, drawing: Drawing) -> str:
    if not inside(end):
        return drawing.outside(end, side, row)
    return _facility(end, drawing)


def _facility(process: str, drawing: Drawing) -> str:
    """The facility of a process; one that belongs to none stands for itself."""
    words, facility = drawing.words, drawing.facility(process)
    label = words.label(drawing.data.facilities.get(facility), facility)
    said = (label, facility) if facility else (drawing.name(process), OUTSIDE)
    drawing.ends.setdefault(facility or process, said)
    return facility or process


def _band(key: tuple[str, str, str], members: Sequence[_Member], drawing: Drawing) -> Link:
    words, (source, target, good) = drawing.words, key
    known = [member.value for member in members if member.value is not None]
    states = {member.status for member in members if member.value is not None}
    usual = [member.usual for member in members]
    first = members[0].row
    return Link(
        f"{source}>{target}>{good}",
        source,
        target,
        sum(known) if known else None,
        drawing.unit,
        words.label(drawing.data.goods.get(good), words.label(first.names, first.id)),
        _state(states, whole=len(known) == len(members)),
        _sum(known, len(members), drawing),
        drawing.sum(usual),
        members=tuple(f"{words.label(one.row.names, one.row.id)}: {one.says}" for one in members),
    )


def _state(states: set[str], *, whole: bool) -> str:
    """Of a band by those of its known members; measured only where all of it is."""
    if len(states) != 1:
        return "computed" if states else "unknown"
    (state,) = states
    return "computed" if state == "measured" and not whole else state


def _sum(known: Sequence[float], count: int, drawing: Drawing) -> str:
    if not known:
        return drawing.words.term("not-known")
    least = "" if len(known) == count else "≥ "
    return f"{least}{drawing.words.number(sum(known))} {drawing.unit}"


def _left_out(rows: Sequence[FlowRow], drawing: Drawing) -> str:
    """Air and flue gas in words: how much, and how many of them nobody knows."""

    def total(side: Sequence[FlowRow]) -> str:
        known = [abs(row.reconciled) * row.factor for row in side if row.reconciled is not None]
        return f"{drawing.words.number(sum(known))} {drawing.unit}" if known else ""

    into = [row for row in rows if inside(ways(row)[1])]
    unknown = sum(row.reconciled is None for row in rows)
    return drawing.words.text(
        "sankey-left-out",
        into=total(into),
        out=total([row for row in rows if row not in into]),
        unknown=str(unknown or ""),
    )


def _too_wet(members: Sequence[_Member], drawing: Drawing) -> str:
    """Flows whose water would take more heat to evaporate than they give, in words."""
    total = sum(member.value or 0.0 for member in members)
    return drawing.words.text(
        "sankey-wet",
        count=str(len(members)),
        amount=f"{drawing.words.number(total)} {drawing.unit}",
    )
