"""How a line reads that is read by a counter or weighed by tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reports.words import Words
    from tui.daysheet.cells import Counter, Line
    from tui.daysheet.state import SheetState


def read_range(
    state: SheetState, line: Line
) -> tuple[float | None, float | None, float | None] | None:
    """Of a counter that is due: what it showed the day before, and what it should show now.

    None where the line is told in amounts: of a counter that is read, what came of it counts.
    """
    counter = line.counter
    if counter is None or not (state.due(line) and state.way_of(line, "1") == "register"):
        return None
    previous = counter.previous
    if previous is None or line.low is None or line.high is None or line.yesterday is None:
        return previous, None, None
    # whole units of the counter: nobody reads more off a range
    bounds = (previous + item / counter.per_unit for item in (line.low, line.high))
    low, high = (float(f"{item:.0f}") for item in bounds)
    if counter.rollover is not None and high >= counter.rollover:
        return previous, None, None
    return previous, low, high


def unit_of(state: SheetState, line: Line, words: Words) -> str:
    """What the figures of a line are in; in brackets where there is a counter: `[dial]`, `[kWh]`.

    So a reading is told at a glance from an amount, and a line that can be read either way from
    one that cannot.
    """
    if line.counter is None:
        return line.unit
    types = state.typing is not None and line is state.line
    if types and state.correcting:
        reads = line.state == "register"
    elif types:
        reads = state.way_of(line, state.typing or "1") == "register"
    else:
        reads = read_range(state, line) is not None
    return f"[{words.term('unit-reading') if reads else line.unit}]"


def dial(value: float) -> str:
    """What a counter shows, in all its digits: the amount is in the last ones."""
    return f"{value:,.12g}"


def rough(value: float) -> float:
    """Three significant digits: what is usual is not known better."""
    return float(f"{value:.3g}")


def way_lines(state: SheetState, line: Line, words: Words) -> list[str]:
    """What is said under the grid of a line's tickets and of its counter."""
    if state.adding:
        return [words.term("sheet-ticket-typed")]
    found = _tickets(state, line, words)
    if line.counter is None or state.closed or state.locked(line):
        return found
    cell = state.cells.get(line.what)
    typed = state.typing or (cell.text if cell else "")
    if state.correcting:
        way = "register" if line.state == "register" else "amount"
    elif cell is not None and state.typing is None and cell.way:
        way = cell.way
    else:
        way = state.way_of(line, typed or "1")
    if way == "register":
        return [*found, _counted(line.counter, typed, line.unit, words)]
    return [*found, words.term("sheet-way-amount")]


def _tickets(state: SheetState, line: Line, words: Words) -> list[str]:
    """How many there are and what they make, with the usual range where that is outside of it."""
    cell = state.cells.get(line.what)
    mine = cell if cell is not None and cell.tickets else None
    count = len(line.tickets) + (len(mine.tickets) if mine else 0)
    if not count:
        return []
    total = sum(item.amount for item in line.tickets) + ((mine.value or 0.0) if mine else 0.0)
    said: dict[str, object] = {"count": count, "value": words.number(total), "unit": line.unit}
    if line.low is not None and line.high is not None and not line.low <= total <= line.high:
        bounds = {"low": line.low, "high": line.high}
        said |= {key: words.number(rough(value)) for key, value in bounds.items()}
    return [words.text("sheet-tickets", **said)]


def _counted(counter: Counter, typed: str, unit: str, words: Words) -> str:
    """What a counter showed before, and what the typed reading makes."""
    from tui.daysheet.counting import reading, went

    if counter.previous is None:
        code = "sheet-reading-exchanged" if counter.before else "sheet-reading-first"
        return words.text(code, device=counter.device, before=counter.before)
    about: dict[str, object] = {"day": counter.on, "previous": dial(counter.previous)}
    shows = reading(typed) if typed else None
    if shows is None:
        return words.text("sheet-reading", **about)
    amount, turned = went(counter, shows)
    if amount is None:
        return words.text("sheet-reading-back", **about)
    about |= {"value": words.number(amount), "unit": unit}
    if turned:
        return words.text("sheet-reading-turned", rollover=dial(counter.rollover or 0.0), **about)
    return words.text("sheet-reading-makes", **about)
