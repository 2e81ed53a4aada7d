"""The lines of a day's sheet with what is typed and not saved; every change can be undone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flows.errors import Refused
from tui.daysheet.cells import Cell
from tui.daysheet.counting import reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from flows.findings import Finding
    from tui.daysheet.cells import Judge, Line, Verdict

#: Below this part of what the park declares as typical a sum of tickets wants a look, as one
#: figure does: `flows.store.judging.UNUSUAL`, which loads too much to be asked for it here.
_UNUSUAL = 3.0


@dataclass(frozen=True, slots=True)
class Step:
    """What a step changed, as it was before: cells of this sheet, and of other days (a paste)."""

    here: Mapping[str, Cell | None]
    elsewhere: Mapping[date, Mapping[str, Cell | None]] = field(default_factory=dict)


class SheetLines:
    """Lines as the ledger has them, and cells over them.

    Attributes:
        at: Line of the cursor.
        judge: The checks, or None until units and park are loaded.
        changed: Cells put or taken away since `drain`, for the drafts.
        heard: Whether the ledger has said anything yet.
        touched: Whether anybody has pressed a key: then the cursor is theirs.
        locks: Why a line takes nothing, by line; `reviews` how far the review of the month has
            come, by facility.
        leads: Whether a bare figure is the counter's reading, where the operator has said so.
        restored: Cells of other days that an undo has put back, for the drafts.
        running: Whether the operating day goes on, and trucks may still come.
        authors: Who saved it, by line, where somebody else did so meanwhile.
    """

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines: list[Line] = list(lines)
        self.cells: dict[str, Cell] = {}
        self.judge: Judge | None = None
        self.at = 0
        self.changed: dict[str, Cell | None] = {}
        self.heard = False
        self.touched = False
        self.locks: Mapping[str, Finding] = {}
        self.reviews: Mapping[str, str] = {}
        self.leads: dict[str, bool] = {}
        self.running = False
        self.authors: Mapping[str, str] = {}
        self.restored: dict[date, dict[str, Cell | None]] = {}
        self._undo: list[Step] = []
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
        if cell is None or line.state == "due" or cell.corrects:
            return False
        return not (cell.tickets and line.tickets)  # tickets add up

    @property
    def conflicts(self) -> list[int]:
        """Places of the lines that somebody else saved while they were typed here."""
        return [at for at, line in enumerate(self.lines) if self.conflict(line)]

    def locked(self, line: Line) -> bool:
        """Whether the day is locked for it: then it takes nothing."""
        return line.what in self.locks

    def way_of(self, line: Line, text: str) -> str:
        """What a text means on a line that has a counter: its reading, or the amount."""
        if line.counter is None or reading(text) is None:
            return "amount"
        return "register" if self.leads.get(line.what, line.counter.leads) else "amount"

    def state_of(self, line: Line) -> str:
        """Word for the state: of the draft where there is one, else of the ledger."""
        cell = self.cells.get(line.what)
        if self.locked(line):
            return "locked"
        if cell is None:
            return line.state
        if self.conflict(line):
            return "conflict"
        if cell.state == "pending":
            return "pending"
        return "confirmed" if cell.flag else f"draft-{cell.state}"

    @property
    def undoable(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._undo)

    @property
    def done(self) -> int:
        """Lines of which something was said."""
        return sum(not self.due(line) for line in self.lines)

    @property
    def missing(self) -> int:
        """Lines of which it was said that the reading is missing."""
        return sum(
            said.state == "missing"
            for said in (self.cells.get(line.what) or line for line in self.lines)
        )

    def savable(self) -> dict[str, Cell]:
        """Drafts that can go into the ledger."""
        every = {line.what: line for line in self.lines}
        return {
            what: cell
            for what, cell in self.cells.items()
            if cell.state != "pending"
            and what not in self.locks
            and not (what in every and self.conflict(every[what]))
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

    def put(
        self,
        cells: Mapping[str, Cell | None],
        elsewhere: Mapping[date, Mapping[str, Cell | None]] | None = None,
    ) -> None:
        """Put cells as one step to undo; `elsewhere` is what other days had before it."""
        before = {what: self.cells.get(what) for what in cells}
        self._undo.append(Step(before, elsewhere or {}))
        for what, cell in cells.items():
            self.set(what, cell)

    def set(self, what: str, cell: Cell | None) -> None:
        """Put a cell, or take it away."""
        if cell is None:
            self.cells.pop(what, None)
        else:
            self.cells[what] = cell
        self.changed[what] = cell

    def undo(self) -> tuple[int, int]:
        """Take the last step back: how many cells it had on how many days, 0 where there is none.

        Cells of other days are in `restored` then.
        """
        if not self._undo:
            return 0, 0
        step = self._undo.pop()
        for what, cell in step.here.items():
            self.set(what, cell)
        for day, cells in step.elsewhere.items():
            self.restored.setdefault(day, {}).update(cells)
        here = step.here
        self.at = next((n for n, line in enumerate(self.lines) if line.what in here), self.at)
        figures = len(here) + sum(len(cells) for cells in step.elsewhere.values())
        return figures, bool(here) + len(step.elsewhere)

    def steps_of_other_days(self, mine: date, theirs: date) -> list[Step]:
        """The last step as the sheet of `theirs` has to take it back: a paste over several days.

        Args:
            mine: Day of this sheet.
            theirs: Day of the sheet that is opened instead of it.
        """
        if not self._undo or not self._undo[-1].elsewhere:
            return []
        every = {**self._undo[-1].elsewhere, mine: self._undo[-1].here}
        here = every.pop(theirs, {})
        return [Step(here, {day: cells for day, cells in every.items() if cells})]

    def take_steps(self, steps: Iterable[Step]) -> None:
        """Steps of the sheet that was open before."""
        self._undo = [*steps, *self._undo]

    def drain(self) -> dict[str, Cell | None]:
        """What has changed since the last call."""
        changed, self.changed = self.changed, {}
        return changed

    def put_all(
        self,
        texts: Mapping[str, str],
        elsewhere: Mapping[date, Mapping[str, Cell | None]] | None = None,
    ) -> None:
        """Pasted texts, as one step to undo; what is doubtful or refused wants a look."""
        cells = {what: self.judged(what, Cell(text)) for what, text in texts.items()}
        self.put(cells, elsewhere)

    def verdict(self, judge: Judge, what: str, text: str, way: str) -> Verdict:
        """What the checks say of a text.

        Raises:
            Refused: As they do.
        """
        return judge(what, text) if way == "amount" else judge(what, text, way)

    def judged(self, what: str, cell: Cell) -> Cell:
        """A cell after the checks; `pending` where they refuse or doubt without a reason."""
        line = next((line for line in self.lines if line.what == what), None)
        if cell.state == "missing" or self.judge is None or what in self.locks:
            return cell
        way = cell.way or (self.way_of(line, cell.text) if line else "amount")
        cell = replace(cell, way=way)
        try:
            if cell.tickets:
                return self._summed(self.judge, cell, what, line)
            verdict = self.verdict(self.judge, what, cell.text, way)
        except Refused:
            return replace(cell, state="pending", value=None)
        confirmed = not verdict.doubts or cell.reason
        return replace(
            cell,
            state=verdict.state if confirmed else "pending",
            value=verdict.value,
            flag=verdict.doubts[0].code if verdict.doubts else "",
        )

    def _summed(self, judge: Judge, cell: Cell, what: str, line: Line | None) -> Cell:
        """Tickets after the checks: each by itself, and their sum as the day's amount.

        A day is full of trucks only when it is over: until then too little is not doubted.

        Raises:
            Refused: As the checks.
        """
        said = [self.verdict(judge, what, text, "ticket") for _, text in cell.tickets]
        value = sum(one.value or 0.0 for one in said)
        cell = replace(cell, value=value, state="value", flag="")
        total = value + ((line.value or 0.0) if line is not None and line.tickets else 0.0)
        if line is None or not (self.too_few(line, total) or _too_much(line, total)):
            return cell
        doubts = self.verdict(judge, what, f"{total:.12g} {line.unit}".strip(), "amount").doubts
        if not doubts:
            return cell
        return replace(cell, flag=doubts[0].code, state="value" if cell.reason else "pending")

    def too_few(self, line: Line, total: float) -> bool:
        """Whether a truck may have been forgotten: the day is over, and its sum is small."""
        least = line.low
        if least is None and line.expected is not None:
            least = line.expected / _UNUSUAL
        return not self.running and least is not None and total < least

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
        first, self.heard = not (self.at or self.heard or self.touched), True
        here = self.line.what if self.line else ""
        self.lines = list(lines)
        self.at = next((at for at, line in enumerate(self.lines) if line.what == here), self.at)
        self.go(self.at)
        for line in self.lines:  # the same figure is no conflict
            cell = self.cells.get(line.what)
            if cell and self.conflict(line) and _same(cell, line):
                self.set(line.what, None)
            elif cell and cell.tickets and line.tickets:
                self._leave_out(cell, line)
        if first:  # until now all of them seemed due
            self.at = self.next_due(-1)
        return [line.what for line in self.lines if self.conflict(line)]

    def _leave_out(self, cell: Cell, line: Line) -> None:
        """Tickets that are in the ledger are drafts no longer: none counts twice."""
        known = {item.number: item.amount for item in line.tickets}
        left = tuple(
            (number, text)
            for number, text in cell.tickets
            if number not in known or not self._weighs(line.what, text, known[number])
        )
        if len(left) == len(cell.tickets):
            return
        text = "+".join(text for _, text in left)
        kept = replace(cell, text=text, tickets=left, state="pending") if left else None
        self.set(line.what, self.judged(line.what, kept) if kept else None)

    def _weighs(self, what: str, text: str, amount: float) -> bool:
        if self.judge is None:
            return False
        try:
            value = self.verdict(self.judge, what, text, "ticket").value
        except Refused:
            return False
        return value is not None and _near(value, amount)

    def saved(self, whats: Iterable[str]) -> None:
        """These are in the ledger: no drafts any more, and nothing to undo."""
        for what in whats:
            self.cells.pop(what, None)
        self._undo.clear()


def _same(cell: Cell, line: Line) -> bool:
    if cell.tickets:
        return False
    if cell.state == "missing" or line.value is None or cell.value is None:
        return cell.state == line.state == "missing"
    return _near(cell.value, line.value)


def _too_much(line: Line, total: float) -> bool:
    most = line.high or line.expected
    return most is not None and total > most


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
