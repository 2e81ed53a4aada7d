"""How the calendar reads: cells of its rows, the line under the cursor, what may be done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tui.daysheet.text import fitted
from tui.months.cursor import YEAR
from tui.months.view import STEPS, MonthView, YearView, stage
from tui.presenting.tables import visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from reports.words import Words
    from tui.months.cursor import CalendarState
    from tui.months.state import Count, DayCell, MonthCell
    from tui.months.view import Standing

#: Signs of a day; none is told by its color alone.
DAY_SIGNS: Mapping[str, str] = {
    "complete": "=", "partly": "/", "due": "-", "doubtful": "?", "missing": "x",
    "corrected": "~",
    "locked": "#", "empty": " ",
}  # fmt: skip
_ROLES: Mapping[str, str] = {
    "partly": "gap", "due": "gap", "doubtful": "doubt", "missing": "doubt",
    "locked": "locked", "empty": "quiet",
    "open": "line", "submitted": "wait", "approved": "done", "returned": "gap",
    "changed": "doubt", "mixed": "line", "complete": "done", "corrected": "line",
}  # fmt: skip

#: Where a line may break: behind a run of ASCII, and behind a wide character with what closes it.
_PIECES = re.compile(r"\s*(?:[!-~]+|[^\s!-~])[，。、；：？！）」』”…]*\s*")

#: Cells of a word for how far a month has come, in full and short.
_FULL, _SHORT = 9, 4
_NAME = 12


class Part(NamedTuple):
    """A piece of a line.

    Attributes:
        role: Style that it is drawn in.
        at: Row and column that a click on it leads to, or None.
    """

    text: str
    role: str = "line"
    at: tuple[int, int] | None = None


def label(view: YearView | MonthView, facility: str, words: Words) -> str:
    """Name of a row."""
    return words.label(view.names.get(facility), facility) or words.term("calendar-park")


def day_state(cell: DayCell) -> str:
    """State of a day with what stands out in it: a doubt, a gap, a correction before the lock."""
    count = cell.count
    if count.gaps and not cell.locked:
        return "due" if count.gaps == count.due else "partly"
    if count.doubtful:
        return "doubtful"
    if count.corrected:
        return "corrected"
    if count.missing and not cell.locked:
        return "missing"
    return "locked" if cell.locked else cell.state


def marks(count: Count, width: int) -> str:
    """`-12 ?3 x2`: not entered, days in doubt, said to be missing; as many as there is room for."""
    found = [
        f"{sign}{_compact(number, width - 1)}"
        for sign, number in (("-", count.gaps), ("?", count.doubtful_days), ("x", count.missing))
        if number
    ]
    if not found:
        return "=" if count.due else ""
    while len(" ".join(found)) > width and len(found) > 1:
        found.pop()
    return " ".join(found)


def _compact(number: int, width: int) -> str:
    """The number, or as many thousands as it has at least: `3k+`."""
    return str(number) if len(str(number)) <= width else f"{number // 1000}k+"


def head(state: CalendarState, words: Words, width: int) -> str:
    """The head of the columns."""
    if state.level == YEAR:
        name, cell = _year_widths(width)
        long = cell > 8
        months = [f"{state.year}-{m:02d}" if long else f"{m:02d}" for m in range(1, 13)]
        cells = "".join(fitted(text, cell, right=True) for text in months)
        return " " + fitted(words.term("facility"), name) + cells
    name, stage_width, step = _month_widths(width, state.days)
    days = "".join(_day_head(day, step) for day in range(1, state.days + 1))
    term = "calendar-short-stage" if stage_width < _FULL else "review"
    review = fitted(words.term(term), stage_width)
    return f" {fitted(words.term('facility'), name)}{review} {days}"


def _day_head(day: int, step: int) -> str:
    if step == 1:
        return str(day % 10)
    if step > 2 or day == 1 or day % 5 == 0:
        return f"{day:>{step}}"
    return f"{'.':>{step}}"


def rows(state: CalendarState, words: Words, width: int, tall: int) -> list[list[Part]]:
    """The lines of the view; in a year two for each facility where `tall` lines have room."""
    view = state.view
    if isinstance(view, YearView):
        two = 2 * len(view.facilities) <= tall or width >= 100
        return [
            line
            for at, facility in enumerate(view.facilities)
            for line in _year_lines(state, view, at, facility, words, width, two=two)
        ]
    if isinstance(view, MonthView):
        return [
            _month_line(state, view, at, facility, words, width)
            for at, facility in enumerate(view.facilities)
        ]
    return []


def _year_lines(
    state: CalendarState, view: YearView, at: int, facility: str, words: Words, width: int,
    *, two: bool,
) -> list[list[Part]]:  # fmt: skip
    name, cell_width = _year_widths(width)
    here = at == state.row
    first = [Part(">" if here else " ", "name"), Part(_name(view, facility, words, name), "name")]
    second = [Part(" " * (name + 1), "name")]
    for month in range(1, 13):
        cell = view.cells[facility, month]
        chosen = here and month == state.month
        told, counted = _month_texts(cell, words, cell_width - 1)
        if not two and told and counted not in {"=", ""} and stage(cell) in {"open", "mixed"}:
            told = counted
        role = "cursor" if chosen else _ROLES[stage(cell)]
        place = (at, month)
        first.append(Part(_cell(told, cell_width, chosen=chosen), role, place))
        role = "cursor" if chosen else _count_role(cell)
        second.append(Part(fitted(counted, cell_width, right=True), role, place))
    return [first, second] if two else [first]


def _month_texts(cell: MonthCell, words: Words, width: int) -> tuple[str, str]:
    from rich.cells import set_cell_size

    found = stage(cell)
    if found == "open" and cell.state == "empty":
        return "", ""
    short = width < _FULL
    told = words.term(f"calendar-{'short-' if short else ''}{found}")
    if width < _SHORT:  # the first letters, or one character, tell them apart; an ellipsis does not
        told = set_cell_size(told, width).strip()
    return told, marks(cell.count, width)


def _count_role(cell: MonthCell) -> str:
    if cell.locked_by:
        return "locked"
    return "gap" if cell.count.gaps else "doubt" if cell.count.doubtful else "done"


def _month_line(
    state: CalendarState, view: MonthView, at: int, facility: str, words: Words, width: int
) -> list[Part]:
    name, stage_width, step = _month_widths(width, state.days)
    here = at == state.row
    cell = view.cells[facility]
    found = stage(cell)
    told = words.term(f"calendar-{'' if stage_width >= _FULL else 'short-'}{found}")
    line = [
        Part(">" if here else " ", "name"),
        Part(_name(view, facility, words, name), "name"),
        Part(fitted(told, stage_width) + " ", _ROLES[found]),
    ]
    for day in range(1, state.days + 1):
        shown = day_state(view.days[facility, day])
        chosen = here and day == state.day
        role = "cursor" if chosen else _ROLES[shown]
        line.append(Part(_cell(DAY_SIGNS[shown], step, chosen=chosen), role, (at, day)))
    return line


def _cell(text: str, width: int, *, chosen: bool) -> str:
    from rich.cells import cell_len

    return fitted(f">{text}" if chosen and cell_len(text) < width else text, width, right=True)


def _name(view: YearView | MonthView, facility: str, words: Words, width: int) -> str:
    """Name of a row; cut in its middle where it would read like another one."""
    every = [label(view, one, words) for one in view.facilities]
    whole = label(view, facility, words)
    short = fitted(whole, width - 1)
    if [fitted(one, width - 1) for one in every].count(short) > 1:
        short = middle(whole, width - 1)
    return f"{short} "


def middle(text: str, width: int) -> str:
    """The text in exactly `width` cells, an ellipsis in its middle where it is longer."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return fitted(text, width)
    tail = ""
    for sign in reversed(text):
        if cell_len(sign + tail) > (width - 1) // 3:
            break
        tail = sign + tail
    return f"{set_cell_size(text, width - 1 - cell_len(tail))}…{tail}"


def _year_widths(width: int) -> tuple[int, int]:
    """Width of the names, and of a month with the space before it."""
    cell = max(2, min(_FULL + 1, (width - 1 - _NAME - 6) // 12))
    return width - 1 - 12 * cell, cell


def _month_widths(width: int, days: int) -> tuple[int, int, int]:
    """Width of the names, of the review's word, and of a day."""
    for step, review in ((4, _FULL), (3, _FULL), (2, _SHORT), (1, _SHORT)):
        name = width - 2 - review - step * days
        if name >= _NAME - 2:
            break
    return max(name, 1), review, step


def title(state: CalendarState, words: Words) -> str:
    """What is shown: the year or the month, and the facility of the cursor."""
    period = f"{state.year}" if state.level == YEAR else state.period
    view = state.view
    name = label(view, state.facility, words) if view else words.term("calendar-reading")
    return f"{words.term('screen-calendar')} {period}   {name}"


def legend(state: CalendarState, words: Words) -> str:
    """What the signs mean."""
    if state.level == YEAR:
        return words.term("calendar-legend-year")
    return "  ".join(
        f"{sign} {words.term(f'calendar-{key}')}"
        for key, sign in DAY_SIGNS.items()
        if sign.strip()
    )  # fmt: skip


def detail(state: CalendarState, words: Words) -> str:
    """The cell of the cursor in words."""
    view = state.view
    if view is None:
        return words.term("calendar-reading")
    name, count = label(view, state.facility, words), state.count()
    end = words.term("place-end")
    if count is None:
        return ""
    counted = _counted(count, words)
    if isinstance(view, YearView):
        cell = view.cells[state.facility, state.month]
        told = words.term(f"calendar-{stage(cell)}")
        joint = words.term("list-joint")
        parts = [f"{cell.month} {name}{end}{told}{joint}{words.term(f'month-{cell.state}')}"]
        parts.append(counted)
        if cell.locked_by:
            parts.insert(1, words.text("calendar-locked-by", by=cell.locked_by))
        return "  ".join(parts)
    shown = words.term(f"calendar-{day_state(view.days[state.facility, state.day])}")
    parts = [f"{day_name(state.date, words)} {name}{end}{shown}", counted]
    gaps = view.gaps_on(state.facility, state.day)
    if gaps:
        names = [words.label(view.names.get(gap.what), gap.what) for gap in gaps]
        listed = words.term("list-joint").join(names[:3])
        more = "…" if len(names) > 3 else ""
        parts.append(words.text("calendar-not-entered", names=listed + more))
    return "  ".join(parts)


def _counted(count: Count, words: Words) -> str:
    """How many are due and entered, and whatever else there is any of."""
    told = {"due": count.due, "entered": count.entered}
    also = {
        "gaps": count.gaps,
        "missing": count.missing,
        "doubtful": count.doubtful,
        "corrected": count.corrected,
    }
    told |= {key: number for key, number in also.items() if number}
    texts = [words.text(f"calendar-count-{key}", count=number) for key, number in told.items()]
    return words.term("list-joint").join(texts)


#: Codes of what stands against a step, and the short word for each.
_WHY: Mapping[str, str] = {
    "role-missing": "calendar-why-role",
    "review-own": "calendar-why-own",
    "review-waits": "calendar-why-waits",
    "review-not-submitted": "calendar-why-not-submitted",
    "locked": "calendar-why-locked",
    "lock-already": "calendar-why-locked",
    "lock-none": "calendar-why-not-locked",
    "gaps-open": "calendar-why-gaps",
    "review-open": "calendar-why-not-approved",
    "month-running": "calendar-why-running",
    "lock-crossing": "calendar-why-crossing",
}


def steps(standing: Standing, words: Words, width: int, *, readonly: bool) -> list[str]:
    """Each step with its key: that it can be taken, or why not; lines of at most `width` cells."""
    from rich.cells import cell_len

    lines: list[str] = []
    for step, key in STEPS.items():
        stands = standing.against[step]
        codes = list(dict.fromkeys(_WHY.get(item.code, "calendar-why-other") for item in stands))
        why = words.term("list-joint").join(words.term(code) for code in codes)
        if readonly:
            why = words.term("readonly")
        name = f"{key} {words.term(f'calendar-step-{step}')}{words.term('place-end')}"
        told = name + (why or words.term("calendar-step-yes"))
        if lines and cell_len(lines[-1]) + cell_len(told) + 3 <= width:
            lines[-1] += f"   {told}"
        else:
            lines.append(told)
    return lines


def history(standing: Standing, words: Words) -> str:
    """How the review stands, who entered, and the rule of two people."""
    if standing.locked_by:
        told = words.text("calendar-locked-by", by=visible(standing.locked_by))
    elif standing.verdict:
        told = words.text(
            "calendar-verdict",
            verdict=words.term(f"review-{standing.verdict}"),
            by=visible(standing.reviewer),
            reason=visible(standing.reason),
        )
    else:
        told = words.term("review-never")
    # a park whose facilities were reviewed one by one has not been reviewed as a whole
    parts = [told if standing.facility else words.text("calendar-as-a-whole", told=told)]
    if standing.authors:
        parts.append(words.text("calendar-authors", names=", ".join(standing.authors)))
    if standing.four_eyes and not standing.locked_by:
        parts.append(words.term("calendar-two-people"))
    return "  ".join(parts)


def day_name(day: date, words: Words) -> str:
    """A day with its weekday."""
    return f"{day.isoformat()} {words.term(f'weekday-{day.weekday()}')}"


def folded(text: str, width: int) -> list[str]:
    """The text on lines of at most `width` cells; broken at spaces and wide characters."""
    from rich.cells import cell_len

    lines, line, used = [], "", 0
    for piece in _PIECES.findall(text):
        length = cell_len(piece)
        if line and used + cell_len(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, used = "", 0
        while length > width:  # an id without an end
            lines.append(piece[:width])
            piece = piece[width:]  # noqa: PLW2901  the rest of it
            length = cell_len(piece)
        line, used = line + piece, used + length
    return [*lines, line.rstrip()] if line.strip() or not lines else lines
