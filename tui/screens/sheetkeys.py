"""The keys of the day's sheet: all of them for help and palette, and those that matter now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.widgets.bars import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.daysheet.state import SheetState

NEXT, SAVE = Key("Enter", "key-next"), Key("F9", "key-save", "screen.save")
MISSING, CORRECT, NOTE = Key("m", "key-missing"), Key("c", "key-correct"), Key("n", "key-note")
UNDO, WAY, TICKET = Key("u", "key-undo"), Key("r", "key-way"), Key("+", "key-ticket")
KEEP, THEIRS = Key("c", "key-keep"), Key("x", "key-theirs")
DAY, TODAY = Key("[ ]", "key-day"), Key("t", "key-today", "screen.today")
NEWEST = Key("g", "key-newest", "screen.newest")
REOPEN = Key("F3", "key-reopen", "app.go('calendar')")

#: Everything, for help and palette.
EVERY = (NEXT, SAVE, MISSING, CORRECT, NOTE, UNDO, THEIRS, WAY, TICKET, DAY, TODAY, NEWEST)
TYPING = (Key("Enter", "key-take"), SAVE, Key("Esc", "key-cancel"))
WRITING = (Key("Enter", "key-answer"), Key("Esc", "key-back"))


def keys_now(state: SheetState, *, newest: bool, today: bool) -> Sequence[Key]:
    """Keys that do something on this line, the most needed first; none that is refused.

    Args:
        state: The sheet.
        newest: Whether it can be led to the newest readings.
        today: Whether the sheet is of today.
    """
    if state.prompt is not None:
        count = len(state.prompt.choices)
        return (Key(f"1-{count}", "key-choose"), *WRITING) if count else WRITING
    if state.typing is not None:
        return TYPING
    line = state.line
    found = [NEXT]
    if line is not None and not state.closed and not state.locked(line):
        found += _writing(state)
    elif line is not None and not state.closed:
        found.append(REOPEN)
    found += [NEWEST] if newest else []
    return [*found, DAY] if today else [*found, DAY, TODAY]


def _writing(state: SheetState) -> list[Key]:
    line, found = state.line, [SAVE]
    if line is None:
        return []
    cell = state.cells.get(line.what)
    if cell is None and line.state != "due":
        found += [CORRECT] if len(line.numbers) == 1 else []
    elif state.conflict(line):
        found = [*([KEEP] if len(line.numbers) == 1 else []), THEIRS, *found]
    else:
        found.append(MISSING)
    found += [NOTE] if cell is not None else []
    found += [UNDO] if state.undoable else []
    if line.counter is not None and (cell is not None or line.state == "due"):
        found.append(WAY)
    if line.adds and (line.tickets or (cell is not None and cell.tickets)):
        found.append(TICKET)
    return found


def help_before_days(
    screens: Sequence[tuple[str, str, str]], own: int
) -> list[tuple[str, str, str]]:
    """Help before the keys that lead to other days: it is never left out.

    Args:
        screens: Keys of a footer, those of the sheet first.
        own: How many are the sheet's.
    """
    mine = screens[:own]
    days = [item for item in mine if item[0] in {DAY.shown, TODAY.shown}]
    first = [item for item in mine if item not in days]
    help_ = [item for item in screens if item[0] == "F1"]
    rest = [item for item in screens if item[0] not in {"F1", "F2", *(key for key, _, _ in mine)}]
    return [*first, *help_, *days, *rest]
