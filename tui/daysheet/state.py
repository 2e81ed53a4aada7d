"""What a key does to the day's sheet: cursor, typing, questions, undo; nothing of the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.amounts import fold
from flows.errors import Refused
from tui.daysheet.cells import Cell, Told
from tui.daysheet.keys import MISSING_WORDS, OF_THE_SCREEN, moved, opens_entry, stray
from tui.daysheet.questions import SheetQuestions
from tui.daysheet.sums import add_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.findings import Finding
    from tui.daysheet.cells import Line


class SheetState(SheetQuestions):
    """The sheet of a day while it is worked on.

    Attributes:
        readonly: Whether nothing may be entered; `barred` why this person may enter nothing.
        refused: Whether the field was refused and not changed since; `bell` asks for one.
    """

    def __init__(
        self, lines: Iterable[Line] = (), *, words: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(lines, words=words)
        self.readonly = False
        self.barred: Finding | None = None
        self.refused = False
        self.bell = False

    @property
    def is_typing(self) -> bool:
        """Whether a field is being typed in."""
        return self.typing is not None

    def press(self, key: str, character: str | None = None) -> bool:  # noqa: PLR0911  one a mode
        """One key; whether it was for the sheet."""
        self.touched = True
        if self.prompt is not None:
            return self._answering(key, character)
        if self.typing is not None:
            return self._typing(key, character)
        if (to := moved(key, self.at, len(self.lines) - 1)) is not None:
            self.go(to)
            self.said, self.told = (), None
            return True
        if key in {"enter", "tab"}:
            self._confirm_or_next()
            return True
        action = {
            "delete": self._missing, "m": self._missing, "c": self._correct, "n": self._note,
            "u": self._undo_last, "backspace": self._again, "r": self._other_way,
            "x": self._take_theirs,
        }.get(key)  # fmt: skip
        if action is not None:
            if key == "u" or self._writable():
                action()
            return True
        if character and opens_entry(character):
            if self._writable() and (self._adds() if character in "+＋" else self._free()):
                self.start(character)
            return True
        if character and character.isprintable() and character not in OF_THE_SCREEN:
            self.said, self.told = (), Told("sheet-letter", {"key": character})
            return True
        return False

    def insert(self, text: str) -> None:
        """Text at the caret, where something is typed or asked."""
        self.touched = True
        if self.prompt is not None:
            self.prompt.text += text
        elif self.typing is not None:
            self.typing = self.typing[: self.caret] + text + self.typing[self.caret :]
            self.caret += len(text)

    def _typing(self, key: str, character: str | None) -> bool:
        text = self.typing or ""
        if self.refused and character and character.isprintable():
            # who types on with eyes on the paper would put the next line's digits behind these
            self.told, self.bell = Told("sheet-refused"), True
            return True
        self.refused = False
        if key in {"enter", "tab", "up", "down"}:
            at = self.at
            taken = self._commit()
            self.refused = not taken and self.typing is not None
            self.bell = self.refused
            if taken and self.prompt is None and key in {"up", "down"}:
                self.go(at - 1 if key == "up" else at + 1)
        elif key == "escape":
            self.typing, self.correcting, self.adding = None, 0, False
            self.said, self.told = (), None
        elif key == "backspace" and self.caret:
            self.typing = text[: self.caret - 1] + text[self.caret :]
            self.caret -= 1
        elif key == "delete":
            self.typing = text[: self.caret] + text[self.caret + 1 :]
        elif key in {"left", "right", "home", "end"}:
            to = {"left": self.caret - 1, "right": self.caret + 1, "home": 0}.get(key, len(text))
            self.caret = max(0, min(to, len(text)))
        elif character and character.isprintable():
            if not stray(character):
                self.insert(character)
        else:
            return key == "backspace"
        return True

    @property
    def closed(self) -> bool:
        """Whether nothing may be entered here, or not by this person."""
        return self.readonly or self.barred is not None

    def may_write(self) -> bool:
        """Whether anything may be entered; if not, it is said why."""
        if self.readonly:
            self.said, self.told = (), Told("sheet-readonly")
        elif self.barred is not None:
            self.said, self.told = (self.barred,), None
        return not self.closed

    def nothing_to_save(self) -> None:
        """Say what is in the way of what is typed, and lead to it."""
        looks = [
            at
            for at, line in enumerate(self.lines)
            if (cell := self.cells.get(line.what)) and cell.state == "pending"
        ]
        self.said = ()
        for term, places in (("sheet-only-conflicts", self.conflicts), ("sheet-only-looks", looks)):
            if places:
                self.go(next((at for at in places if at >= self.at), places[0]))
                self.told = Told(term, {"count": len(places)})
                return
        self.told = Told("sheet-nothing-to-save")

    def _writable(self) -> bool:
        line = self.line
        if not self.may_write():
            pass
        elif line is not None and self.locked(line):
            self.said, self.told = (self.locks[line.what],), Told("sheet-locked-how")
        else:
            return line is not None
        return False

    def _other_way(self) -> None:
        """The counter's reading in place of the day's amount, and back."""
        line = self.line
        if line is None or line.counter is None:
            self.said, self.told = (), Told("sheet-no-counter")
            return
        if not self._free():
            return
        self.leads[line.what] = not self.leads.get(line.what, line.counter.leads)
        if cell := self.cells.get(line.what):
            again = self.judged(line.what, replace(cell, way="", flag="", reason=""))
            self.put({line.what: again})
        self.said, self.told = (), None

    def _confirm_or_next(self) -> None:
        cell = self.cells.get(self.line.what) if self.line else None
        if cell is not None and cell.state == "pending" and self._writable():
            if cell.tickets and self.line is not None:
                self._ask_tickets(self.line, cell)
                return
            self.correcting = cell.corrects
            self.start(cell.terms or cell.text)
            self._commit()
            return
        self._next()

    def _again(self) -> None:
        """The draft of the line into the field again."""
        line = self.line
        if line and (cell := self.cells.get(line.what)) and cell.state != "missing":
            if cell.tickets:
                self.told = Told("sheet-tickets-entered")
                return
            self.correcting = cell.corrects
            self.start(cell.terms or cell.text)

    def _missing(self) -> None:
        line = self.line
        if line and self._free():
            known = self.cells.get(line.what)
            self._ask("cause", Cell("missing", "missing", corrects=known.corrects if known else 0))

    def _correct(self) -> None:
        line = self.line
        if line is None:
            return
        if line.state == "due":
            self.told = Told("sheet-nothing-to-correct")
        elif len(line.numbers) > 1:
            self.told = Told("sheet-several", {"count": len(line.numbers)})
        elif (mine := self.cells.get(line.what)) is not None and not mine.corrects:
            # theirs stands in the ledger; mine becomes its correction
            mine = replace(mine, corrects=line.numbers[0])
            self._ask("correct", mine)
        else:
            self.correcting = line.numbers[0]
            self.start("")

    def _take_theirs(self) -> None:
        """What somebody else saved stands; what was typed here goes, and u brings it back."""
        line = self.line
        if line is None or not self.conflict(line):
            self.said, self.told = (), Told("sheet-no-conflict")
            return
        self.put({line.what: None})
        self.said, self.told = (), Told("sheet-theirs-taken")
        self.to_conflict()

    def _note(self) -> None:
        line = self.line
        if line and (cell := self.cells.get(line.what)):
            self._ask("note", cell)
        else:
            self.told = Told("sheet-note-later")

    def _undo_last(self) -> None:
        count, days = self.undo()
        self.said = ()
        if days > 1:
            self.told = Told("sheet-undone-days", {"count": count, "days": days})
        else:
            self.told = Told("sheet-undone", {"count": count}) if count else Told("sheet-no-undo")

    def _commit(self) -> bool:  # noqa: PLR0911  one an outcome
        """Take what was typed; False where it was refused and stays in the field."""
        line, typed = self.line, (self.typing or "").strip()
        if line is None:
            return False
        if not typed:  # an empty field is nothing, never a zero
            self.typing, self.correcting, self.adding = None, 0, False
            return True
        if self.adding:
            return self._weighed(line, typed.lstrip("+＋").strip())
        known = self.cells.get(line.what)
        note = known.note if known else ""
        if fold(typed).lower() in MISSING_WORDS:
            self._ask("cause", Cell("missing", "missing", note=note, corrects=self.correcting))
            return True
        try:
            added = add_up(typed)
            way = "amount" if added.terms else self.way_of(line, added.text)
            if self.correcting and line.state == "register":
                way = "register"
            cell = Cell(
                added.text,
                note=note,
                terms=added.terms,
                corrects=self.correcting,
                way=way if line.counter else "",
            )
            if self.judge is None:  # units are still being loaded: judged when they are there
                self._take({line.what: cell})
                self._next()
                return True
            verdict = self.verdict(self.judge, line.what, added.text, way)
        except Refused as refused:
            self.refuse(refused, line, typed, self.way_of(line, "1"))
            return False
        cell = replace(cell, state=verdict.state, value=verdict.value)
        if verdict.doubts:
            cell = replace(cell, flag=verdict.doubts[0].code)
        if verdict.doubts or cell.corrects:
            doubts = self.spoken(verdict.doubts, line, typed, way)
            self._ask("correct" if cell.corrects else "doubt", cell, doubts)
            return True
        self._take({line.what: cell})
        self._next()
        return True
