"""How the sheet's lines read: texts of the cells, widths of the columns, words under the grid."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple

from tui.daysheet.waytext import dial, read_range, rough, unit_of, way_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.words import Words
    from tui.daysheet.cells import Line
    from tui.daysheet.state import SheetState

#: Columns from left to right, with their heads' terms.
COLUMNS: Mapping[str, str] = {
    "name": "flow-name",
    "yesterday": "yesterday",
    "mean": "mean-7-days-short",
    "range": "sheet-range",
    "unit": "unit",
    "entry": "entry",
    "expected": "expected-short",
    "state": "state",
    "note": "note",
}
#: Left out where there is no room, the first one first; they stand under the grid then.
_SPARE = ("note", "expected", "mean", "range", "yesterday")
_RIGHT = frozenset({"yesterday", "mean", "range", "entry", "expected"})
_LEAST = {"name": 16, "entry": 10, "expected": 8, "state": 11, "note": 10}
_MOST = {"yesterday": 12, "mean": 12, "range": 19, "unit": 7, "state": 13, "expected": 12}

#: Cells of the name of somebody who saved something meanwhile.
_BY = 16

#: Cells of a name that are worth more than another column.
_NAME = 20

#: A sign for each state, so that none is told by its color alone; plain ASCII, one cell anywhere.
SIGNS: Mapping[str, str] = {
    "due": " ", "value": "=", "zero": "0", "missing": "x", "register": "=", "corrected": "~",
    "withdrawn": "-", "draft-value": "+", "draft-zero": "+", "draft-missing": "+",
    "draft-register": "+", "confirmed": "!", "pending": "?", "conflict": "*", "locked": "#",
}  # fmt: skip


#: A state whose term is not `sheet-<state>`.
_STATES: Mapping[str, str] = {"conflict": "sheet-conflict-mark"}

#: Remarks that name the keys of a conflict themselves.
_HOW = frozenset({"sheet-conflict", "sheet-saved-others"})


class Column(NamedTuple):
    """A column as it is shown."""

    key: str
    width: int
    right: bool


def texts(state: SheetState, line: Line, words: Words) -> dict[str, str]:
    """Cells of a line; what was expected only where something is said already."""
    cell = state.cells.get(line.what)
    shown = state.state_of(line)
    if state.prompt is not None and line is state.line and not state.prompt.cell.tickets:
        cell = state.prompt.cell  # what is asked about stays in sight

    def number(value: float | None) -> str:
        return "" if value is None else words.number(value)

    if cell is None:
        entry = words.term("state-missing") if line.state == "missing" else number(line.value)
        note = line.note
    else:
        entry = number(cell.value) if cell.value is not None else cell.text
        if cell.state == "missing":
            entry = words.term("state-missing")
        note = "; ".join(text for text in (cell.cause, cell.reason, cell.note) if text)
    if cell is not None and cell.tickets and line.value is not None and cell.value is not None:
        entry = number(line.value + cell.value)
    shows = read_range(state, line)
    yesterday, low, high = (line.yesterday, line.low, line.high) if shows is None else shows
    bounds = [
        number(rough(item)) if shows is None else dial(item)
        for item in (low, high)
        if item is not None
    ]
    return {
        "theirs": theirs(state, line, words) if shown == "conflict" else "",
        "name": words.label(line.names, line.what),
        "yesterday": number(yesterday) if shows is None or yesterday is None else dial(yesterday),
        "mean": number(line.mean) if shows is None else "",
        "range": "–".join(bounds),
        "unit": unit_of(state, line, words),
        "entry": entry,
        "expected": "" if state.due(line) else number(line.expected),
        "state": f"{SIGNS.get(shown, ' ')} {words.term(_STATES.get(shown, f'sheet-{shown}'))}",
        "note": note,
    }


def theirs(state: SheetState, line: Line, words: Words) -> str:
    """What somebody else saved meanwhile, and who: `li entered 1,100 t`."""
    saved = words.term(f"sheet-{line.state}")
    if line.value is not None:
        saved = f"{words.number(line.value)} {line.unit}".strip()
    by = state.authors.get(line.what, "")
    return words.text("sheet-theirs", saved=saved, by=clipped(by, _BY))


def spans(shown: Mapping[str, str], measured: Sequence[Column]) -> list[tuple[Column, str]]:
    """Columns of a line with their texts; of a conflict the other's figure stands before mine."""
    from rich.cells import cell_len

    found = [(column, shown[column.key]) for column in measured]
    keys = [column.key for column in measured]
    if not shown["theirs"] or keys[0] != "name":
        return found
    last = keys.index("entry")
    room = sum(column.width + 1 for column in measured[1:last]) - 1
    if room < cell_len(shown["theirs"]):  # it stands under the grid, too
        return found
    return [found[0], (Column("theirs", room, right=True), shown["theirs"]), *found[last:]]


def columns(rows: Sequence[Mapping[str, str]], words: Words, room: int) -> list[Column]:
    """Columns that fit into `room` cells; names take what is left, notes a part of it."""
    from rich.cells import cell_len

    widths = {}
    for key, head in COLUMNS.items():
        width = max((cell_len(row[key]) for row in rows), default=0)
        width = max(width, cell_len(words.term(head)), _LEAST.get(key, 0))
        if key == "unit" and any(row[key].startswith("[") for row in rows):
            # what is a reading now will be an amount once it is saved: nothing moves then
            width = max(width, cell_len(words.term("unit-reading")) + 2)
        widths[key] = min(width, _MOST.get(key, width))
    wanted = min(max((cell_len(row["name"]) for row in rows), default=16), 44)
    widths["name"], widths["note"] = _LEAST["name"], _LEAST["note"]
    kept = list(COLUMNS)
    for spare in (None, *_SPARE):
        if spare is not None:
            kept.remove(spare)
        free = room - sum(widths[key] + 1 for key in kept) + 1
        # a name that is cut in half says less than a column that stands under the grid, too
        if free >= min(wanted, _NAME) - widths["name"]:
            break
    if "note" in kept:
        widths["name"] += (more := min(free, max(wanted - widths["name"], 0)))
        widths["note"] += free - more
    else:
        widths["name"] += max(free, 0)
    return [Column(key, widths[key], key in _RIGHT) for key in kept]


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells, cut with an ellipsis where it is longer."""
    from rich.cells import cell_len, set_cell_size

    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…" if width > 0 else ""
    space = " " * (width - length)
    return space + text if right else text + space


def clipped(text: str, width: int) -> str:
    """The text in at most `width` cells, with an ellipsis where it is longer."""
    return fitted(text, width).rstrip()


def field_text(text: str, caret: int, width: int) -> tuple[str, str, str]:
    """A field while it is typed: before, at and behind the caret, together `width` cells."""
    from rich.cells import cell_len, set_cell_size

    before, at, behind = text[:caret], text[caret : caret + 1] or " ", text[caret + 1 :]
    room = width - cell_len(at)
    while cell_len(before) > room:
        before = before[1:]
    # digits stand below those of the lines above, as they will once they are taken
    before = " " * (room - cell_len(before) - cell_len(behind)) + before
    behind = set_cell_size(behind, max(room - cell_len(before), 0))
    return before, at, behind


def detail(state: SheetState, words: Words) -> str:
    """The line of the cursor in full, with what the columns may have no room for."""
    line = state.line
    if line is None:
        return words.term("sheet-empty")
    cells = texts(state, line, words)
    parts = [cells["name"]]
    if cells["theirs"]:
        mine = words.text("sheet-yours", mine=cells["entry"], unit=line.unit)
        parts.append(words.term("list-joint").join((cells["theirs"], mine)))
    for key in ("mean", "range", "expected", "note"):
        if cells[key]:
            amounts = line.unit and key != "note" and read_range(state, line) is None
            unit = f" {line.unit}" if amounts else ""
            parts.append(f"{words.term(COLUMNS[key])} {cells[key]}{unit}")
    return "  ".join([*parts, line.what] if cells["name"] != line.what else parts)


def below(state: SheetState, words: Words, labels: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is asked or said under the sheet: findings first, then the question."""
    from tui.presenting.tables import visible

    lines = [
        f"{words.term(f'severity-{item.severity}')}{words.term('place-end')}"
        + words.say(item, labels)
        for item in state.said
    ]
    if state.prompt is not None:
        choices = "  ".join(f"{n}={text}" for n, text in enumerate(state.prompt.choices, start=1))
        asked = words.text(f"ask-{state.prompt.sort}", text=state.prompt.cell.text)
        lines.append(f"{asked} {state.prompt.text}_  {choices}")
    elif state.told is not None:
        lines.append(words.text(state.told.term, **state.told.params))
    if state.prompt is None and (line := state.line) is not None:
        chooses = state.typing is None and state.conflict(line) and not state.closed
        if chooses and (state.told is None or state.told.term not in _HOW):
            several = len(line.numbers) > 1
            lines.append(words.term("sheet-conflict-several" if several else "sheet-conflict-how"))
        lines += way_lines(state, line, words)
    return [visible(line) for line in lines]


def counter(state: SheetState, words: Words) -> str:
    """`17/24 entered, 7 due`, with what wants a choice or a look, and what is not saved."""
    total, done = len(state.lines), state.done
    parts = [words.text("sheet-progress", done=f"{done}/{total}", due=total - done)]
    if state.locks:
        every = all(state.locked(line) for line in state.lines)
        locked = sum(state.locked(line) for line in state.lines)
        parts.insert(
            0, words.term("sheet-day-locked") if every
            else words.text("sheet-lines-locked", count=locked)
        )  # fmt: skip
    elif (line := state.line) is not None and (review := state.reviews.get(line.facility)):
        parts.insert(0, words.term(f"sheet-review-{review}"))
    if conflicts := len(state.conflicts):
        parts.append(words.text("sheet-conflicts", count=conflicts))
    if pending := sum(cell.state == "pending" for cell in state.cells.values()):
        parts.append(words.text("sheet-look", count=pending))
    if drafts := len(state.cells):  # last, where a narrow window cuts
        parts.append(words.text("sheet-unsaved", count=drafts))
    return "  ".join(parts)


def reason_of(error: OSError, words: Words) -> str:
    """Why a file could not be written, in words where it is one of the usual reasons."""
    terms = {errno.ENOSPC: "disk-full", errno.EDQUOT: "disk-full"}
    terms |= dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "no-right")
    term = terms.get(error.errno or 0)
    return words.term(term) if term else error.strerror or str(error)
