"""The lines of a day's sheet with what is typed and not saved; every change can be undone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.errors import Refused
from tui.daysheet.cells import Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tui.daysheet.cells import Judge, Line


class SheetLines:
    """Lines as the ledger has them, and cells over them.

    Attributes:
        at: Line of the cursor.
        judge: The checks, or None until units and park are loaded.
        changed: Cells put or taken away since `drain`, for the drafts.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines: list[Line] = list(lines)
        self.cells: dict[str, Cell] = {}
        self.judge: Judge | None = None
        self.at = 0
        self.changed: dict[str, Cell | None] = {}
        self._undo: list[dict[str, Cell | None]] = []
        self.at = self.next_due(-1)

    @property
    def line(self) -> Line | None:
        """The line of the cursor."""
        return self.lines[self.at] if 0 <= self.at < len(self.lines) else None

    def due(self, line: Line) -> bool:
        """Whether nothing was said of it, here or in the ledger."""
        return line.state == "due" and line.what not in self.cells

    def conflict(self, line: Line) -> bool:
        """Whether somebody else saved it while it was typed here."""
        cell = self.cells.get(line.what)
        return cell is not None and line.state != "due" and cell.corrects == 0

    def state_of(self, line: Line) -> str:
        """Word for the state: of the draft where there is one, else of the ledger."""
        cell = self.cells.get(line.what)
        if cell is None:
            return line.state
        if self.conflict(line):
            return "conflict"
        if cell.state == "pending":
            return "pending"
        return "confirmed" if cell.flag else f"draft-{cell.state}"

    @property
    def done(self) -> int:
        """Lines of which something was said."""
        return sum(not self.due(line) for line in self.lines)

    @property
    def missing(self) -> int:
        """Lines of which it was said that the reading is missing."""
        return sum(self.state_of(line).endswith("missing") for line in self.lines)

    def savable(self) -> dict[str, Cell]:
        """Drafts that can go into the ledger."""
        every = {line.what: line for line in self.lines}
        return {
            what: cell
            for what, cell in self.cells.items()
            if cell.state != "pending" and not (what in every and self.conflict(every[what]))
        }

    def next_due(self, start: int) -> int:
        """The next line that is due after `start`, from the top again at the end."""
        count = len(self.lines)
        order = [*range(start + 1, count), *range(min(start + 1, count))]
        wanted = (at for at in order if self.due(self.lines[at]))
        return next(wanted, max(min(start, count - 1), 0))

    def go(self, to: int) -> None:
        """The cursor to a line, as near as there is one."""
        self.at = max(0, min(to, len(self.lines) - 1))

    def put(self, cells: Mapping[str, Cell | None]) -> None:
        """Put cells as one step to undo."""
        self._undo.append({what: self.cells.get(what) for what in cells})
        for what, cell in cells.items():
            self.set(what, cell)

    def set(self, what: str, cell: Cell | None) -> None:
        """Put a cell, or take it away."""
        if cell is None:
            self.cells.pop(what, None)
        else:
            self.cells[what] = cell
        self.changed[what] = cell

    def undo(self) -> int:
        """Take the last step back: how many cells it had, 0 where there is none."""
        if not self._undo:
            return 0
        before = self._undo.pop()
        for what, cell in before.items():
            self.set(what, cell)
        self.at = next((n for n, line in enumerate(self.lines) if line.what in before), self.at)
        return len(before)

    def drain(self) -> dict[str, Cell | None]:
        """What has changed since the last call."""
        changed, self.changed = self.changed, {}
        return changed

    def put_all(self, texts: Mapping[str, str]) -> None:
        """Pasted texts, as one step to undo; what is doubtful or refused wants a look."""
        self.put({what: self.judged(what, Cell(text)) for what, text in texts.items()})

    def judged(self, what: str, cell: Cell) -> Cell:
        """A cell after the checks; `pending` where they refuse or doubt without a reason."""
        if cell.state == "missing" or self.judge is None:
            return cell
        try:
            verdict = self.judge(what, cell.text)
        except Refused:
            return replace(cell, state="pending", value=None)
        confirmed = not verdict.doubts or cell.reason
        return replace(
            cell,
            state=verdict.state if confirmed else "pending",
            value=verdict.value,
            flag=verdict.doubts[0].code if verdict.doubts else "",
        )

    def resume(self, cells: Mapping[str, Cell]) -> None:
        """Drafts of an earlier run into the sheet; they are on the disk already."""
        self.cells.update({what: self.judged(what, cell) for what, cell in cells.items()})
        self.at = self.next_due(-1)

    def judge_pending(self, judge: Judge) -> None:
        """The checks have arrived: what was typed before them is judged now."""
        self.judge = judge
        for what, cell in list(self.cells.items()):
            if (now := self.judged(what, cell)) != cell:
                self.set(what, now)

    def merge(self, lines: Iterable[Line]) -> list[str]:
        """The sheet as the ledger has it now; the cursor and what is typed stay.

        Returns:
            Lines that somebody else saved while they were typed here.
        """
        first = not self.at and self.judge is None
        here = self.line.what if self.line else ""
        self.lines = list(lines)
        self.at = next((at for at, line in enumerate(self.lines) if line.what == here), self.at)
        self.go(self.at)
        for line in self.lines:  # the same figure is no conflict
            cell = self.cells.get(line.what)
            if cell and self.conflict(line) and _same(cell, line):
                self.set(line.what, None)
        if first:  # until now all of them seemed due
            self.at = self.next_due(-1)
        return [line.what for line in self.lines if self.conflict(line)]

    def saved(self, whats: Iterable[str]) -> None:
        """These are in the ledger: no drafts any more, and nothing to undo."""
        for what in whats:
            self.cells.pop(what, None)
        self._undo.clear()


def _same(cell: Cell, line: Line) -> bool:
    if cell.state == "missing" or line.value is None or cell.value is None:
        return cell.state == line.state == "missing"
    return abs(cell.value - line.value) <= 1e-9 * max(abs(cell.value), abs(line.value))
