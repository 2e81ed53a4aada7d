"""Pasted cells of a spreadsheet: which figure goes to which flow and day, and what does not fit."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flows.amounts import fold
from flows.errors import Refused
from flows.period import parse_day
from tui.daysheet.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from tui.daysheet.cells import Line
    from tui.daysheet.drafts import Drafts
    from tui.daysheet.state import SheetState

#: More cells than any month sheet has; a paste beyond is a whole database.
MOST_CELLS = 20_000

_UNIT = re.compile(r"^(?P<name>.*?)\s*[\[(（【](?P<unit>[^\])）】]*)[\])）】]\s*$", re.DOTALL)
_DAY_OF_MONTH = re.compile(r"([0-9]{1,2})\s*[日号]?")
_MONTH_DAY = re.compile(r"([0-9]{1,2})\s*(?:月|[-/.])\s*([0-9]{1,2})\s*[日号]?")


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure and where it goes."""

    day: date
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Left:
    """What does not fit: a term of the reason, the cell's row and column from 1, its text."""

    why: str
    row: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a paste means.

    Attributes:
        shape: `column`, `names` (names beside figures) or `month` (days down, flows across).
        blanks: Empty cells; a blank says nothing, and is never a zero.
        stays: What stays as it is in spite of the paste, with the term of the reason.
    """

    shape: str
    placed: tuple[Placed, ...]
    left: tuple[Left, ...] = ()
    rows: int = 0
    columns: int = 0
    blanks: int = 0
    stays: Mapping[tuple[date, str], str] = field(default_factory=dict)

    @property
    def fitting(self) -> tuple[Placed, ...]:
        """Figures that are taken."""
        return tuple(item for item in self.placed if (item.day, item.what) not in self.stays)

    @property
    def days(self) -> int:
        """Days that figures go to."""
        return len({item.day for item in self.fitting})


def take(
    found: Pasted, state: SheetState, drafts: Drafts, day: date
) -> tuple[int, Mapping[date, Mapping[str, Cell | None]]]:
    """What was pasted becomes drafts, as one step to undo.

    Args:
        found: What it means.
        state: The sheet that is open.
        drafts: Of all days.
        day: Operating day of the sheet.

    Returns:
        How many figures this day has taken, and the cells of other days.
    """
    lines = {line.what: line for line in state.lines}
    here = {
        item.what: item.text
        for item in found.fitting
        if item.day == day and (line := lines.get(item.what)) and takes(state, line)
    }
    others: dict[date, dict[str, Cell | None]] = {}
    for item in found.fitting:
        if item.day != day:
            others.setdefault(item.day, {})[item.what] = Cell(item.text)
    before: dict[date, dict[str, Cell | None]] = {}
    for on, cells in others.items():
        had = drafts.read(on)
        before[on] = {what: had.get(what) for what in cells}
    if here or before:
        state.put_all(here, before)
    return len(here), others


def takes(state: SheetState, line: Line) -> bool:
    """Whether a line takes a pasted figure: what is in the ledger or locked stays as it is."""
    free = line.state == "due" or line.what in state.cells
    return free and not state.locked(line)


def cells_of(text: str) -> list[list[str]]:
    """Rows of a clipboard's text: tabs, any line ends, quoted cells; trailing empty rows gone."""
    # a multiplexer makes two carriage returns of the line ends of Windows
    doubled = "\n" not in text and "\r\r" in text
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if text.count('"') % 2 == 0 and '"' in text:
        rows = list(csv.reader(io.StringIO(text), delimiter="\t"))
    else:
        rows = [line.split("\t") for line in text.split("\n")]
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    if doubled and len(rows) > 2 and not any(any(row) for row in rows[1::2]):
        rows = rows[::2]
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def parse(
    text: str,
    *,
    day: date,
    due: Sequence[str],
    match: Callable[[str], str | None],
) -> Pasted:
    """Find out what a paste means.

    Args:
        text: Of the clipboard.
        day: Operating day of the sheet.
        due: Flows from the cursor on, in the sheet's order: what a bare column fills.
        match: Permanent id behind a name, or None.
    """
    rows = cells_of(text)
    wide = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (wide - len(row)) for row in rows]
    if len(rows) * wide > MOST_CELLS:
        return Pasted("column", (), (Left("paste-too-large", 1, 1, ""),), len(rows), wide)
    days = [_day(row[0], day) for row in rows]
    header = _header(rows, match)
    if wide > 1 and header:
        return _month(rows, days, header, day, match)
    if wide > 1 and any(match(row[0]) for row in rows):
        return _names(rows, day, match)
    return _column(rows, day, due, wide)


def _header(rows: list[list[str]], match: Callable[[str], str | None]) -> int:
    """Rows above the figures: as far as the last one with two names, or one beside a day's head."""
    last = 0
    for place, row in enumerate(rows[:6], start=1):
        names = sum(bool(cell and match(_split(cell)[0])) for cell in row[1:])
        if names >= 2 or (names == 1 and not match(row[0]) and not _figure(row[1])):
            last = place
    return last


def _month(
    rows: list[list[str]],
    days: list[date | None],
    header: int,
    day: date,
    match: Callable[[str], str | None],
) -> Pasted:
    """Days down, flows across; a merged head above the names is passed over."""
    wide = len(rows[0])
    left: list[Left] = []
    whats: dict[int, tuple[str, str]] = {}
    body = header
    units = rows[header] if header < len(rows) and _units(rows[header]) else [""] * wide
    body += any(units)
    for column in range(1, wide):
        for above in range(header - 1, -1, -1):
            name, unit = _split(rows[above][column])
            if name and (what := match(name)):
                whats[column] = (what, unit or units[column])
                break
        else:
            if any(row[column] for row in rows[body:]):
                head = rows[header - 1][column]
                left.append(Left("paste-unknown-name", header, column + 1, head))
    placed: list[Placed] = []
    blanks = 0
    for place in range(body, len(rows)):
        row, on = rows[place], days[place]
        if on is None and not row[0] and len(rows) - body == 1:
            on = day
        if on is None:
            if any(row):  # sums below the days, remarks
                left.append(Left("paste-no-day", place + 1, 1, row[0]))
            continue
        for column, (what, unit) in whats.items():
            if not row[column]:
                blanks += 1
                continue
            placed.append(Placed(on, what, _with_unit(row[column], unit)))
    return _unique("month", placed, left, rows, blanks)


def _names(rows: list[list[str]], day: date, match: Callable[[str], str | None]) -> Pasted:
    """A name, its figure, and perhaps its unit beside it."""
    placed: list[Placed] = []
    left: list[Left] = []
    blanks = 0
    for place, row in enumerate(rows, start=1):
        name, unit = _split(row[0])
        what = match(row[0]) or match(name)
        figures = [(n, cell) for n, cell in enumerate(row[1:], start=2) if _figure(cell)]
        words = [cell for cell in row[1:] if cell and not _figure(cell)]
        if what is None:
            if row[0] or figures:
                left.append(Left("paste-unknown-name", place, 1, row[0]))
        elif not figures:
            blanks += 1
        elif len(figures) > 1:
            left.append(Left("paste-several", place, figures[1][0], figures[1][1]))
        else:
            placed.append(Placed(day, what, _with_unit(figures[0][1], unit or "".join(words[:1]))))
    return _unique("names", placed, left, rows, blanks)


def _column(rows: list[list[str]], day: date, due: Sequence[str], wide: int) -> Pasted:
    """Bare figures, downwards from the cursor; one row of several goes down, too."""
    cells = [row[0] for row in rows]
    left: list[Left] = []
    across = wide > 1 and len(rows) == 1
    if across:
        cells = rows[0]
    elif wide > 1:
        left.append(Left("paste-columns", 1, 2, rows[0][1]))
    placed: list[Placed] = []
    blanks = 0
    for place, text in enumerate(cells):
        if not text:
            blanks += 1
        elif place < len(due):
            placed.append(Placed(day, due[place], text))
        else:
            at = (1, place + 1) if across else (place + 1, 1)
            left.append(Left("paste-beyond", *at, text))
    return Pasted("column", tuple(placed), tuple(left), len(rows), wide, blanks)


def _unique(
    shape: str, placed: list[Placed], left: list[Left], rows: list[list[str]], blanks: int
) -> Pasted:
    """One figure for a flow and day; a second one is said, not taken."""
    taken: dict[tuple[date, str], Placed] = {}
    for item in placed:
        if (item.day, item.what) in taken:
            left.append(Left("paste-twice", 0, 0, f"{item.what} {item.text}"))
        else:
            taken[item.day, item.what] = item
    return Pasted(shape, tuple(taken.values()), tuple(left), len(rows), len(rows[0]), blanks)


def _split(head: str) -> tuple[str, str]:
    """A heading without its unit in brackets, and that unit."""
    match = _UNIT.match(head)
    return (match["name"].strip(), match["unit"].strip()) if match else (head.strip(), "")


def _units(row: list[str]) -> bool:
    """Whether a row below the names holds units: words, no figures, no day."""
    words = [cell for cell in row[1:] if cell]
    return bool(words) and not any(_figure(cell) for cell in words) and len(set(words)) <= 8


def _figure(cell: str) -> bool:
    return cell.lstrip("+-−.")[:1].isdecimal()


def _with_unit(text: str, unit: str) -> str:
    """The figure with the unit of its heading, where it carries none itself."""
    bare = not any(sign.isalpha() for sign in fold(text))
    return f"{text} {unit}" if unit and bare else text


def _day(text: str, near: date) -> date | None:
    """The day of a first cell; without year or month those of the sheet."""
    plain = fold(text)
    if not plain:
        return None
    try:
        return parse_day(re.sub(r"[ T]0?0:00(:00)?$", "", plain))
    except Refused:
        pass
    try:
        if match := _MONTH_DAY.fullmatch(plain):
            return near.replace(month=int(match[1]), day=int(match[2]))
        if match := _DAY_OF_MONTH.fullmatch(plain):
            return near.replace(day=int(match[1]))
    except ValueError:
        pass
    return None
