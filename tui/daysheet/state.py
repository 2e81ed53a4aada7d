"""What a key does to the day's sheet: cursor, typing, questions, undo; nothing of the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.amounts import fold
from flows.errors import Refused
from tui.daysheet.cells import CHOICES, Cell, Prompt, Told
from tui.daysheet.lines import SheetLines
from tui.daysheet.sums import add_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.findings import Finding
    from tui.daysheet.cells import Line

#: Words for a reading that is missing; a lone hyphen is an unfinished number here.
MISSING_WORDS = frozenset({"missing", "缺", "缺失", "缺测"})


class SheetState(SheetLines):
    """The sheet of a day while it is worked on.

    Attributes:
        words: Standard remarks in the operator's language, by term.
        typing: Text of the field while it is typed, else None; `caret` is its place in it.
        correcting: Number of the entry that the field corrects, or 0.
        prompt: Question that is open.
        said: Findings about the last thing done; `told` a remark.
    """

    def __init__(
        self, lines: Iterable[Line] = (), *, words: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(lines)
        self.words = dict(words or {})
        self.readonly = False
        self.typing: str | None = None
        self.caret = 0
        self.correcting = 0
        self.prompt: Prompt | None = None
        self.said: tuple[Finding, ...] = ()
        self.told: Told | None = None

    @property
    def is_typing(self) -> bool:
        """Whether a field is being typed in."""
        return self.typing is not None

    # --- keys ---

    def press(self, key: str, character: str | None = None) -> bool:  # noqa: PLR0911  one a mode
        """One key; whether it was for the sheet."""
        if self.prompt is not None:
            return self._answering(key, character)
        if self.typing is not None:
            return self._typing(key, character)
        if self._moving(key):
            self.said, self.told = (), None
            return True
        if key in {"enter", "tab"}:
            self._confirm_or_next()
            return True
        action = {
            "delete": self._missing, "m": self._missing, "c": self._correct, "n": self._note,
            "u": self._undo_last, "backspace": self._again,
        }.get(key)  # fmt: skip
        if action is not None:
            if key == "u" or self._writable():
                action()
            return True
        if character and _opens_entry(character):
            if self._writable() and self._free():
                self.start(character)
            return True
        return False

    def start(self, text: str) -> None:
        """Begin to type in the field of the cursor."""
        self.said, self.told = (), None
        self.typing, self.caret = text, len(text)

    def insert(self, text: str) -> None:
        """Text at the caret, where something is typed or asked."""
        if self.prompt is not None:
            self.prompt.text += text
        elif self.typing is not None:
            self.typing = self.typing[: self.caret] + text + self.typing[self.caret :]
            self.caret += len(text)

    def _moving(self, key: str) -> bool:
        last = len(self.lines) - 1
        to = {
            "up": self.at - 1, "down": self.at + 1, "pageup": self.at - 10, "k": self.at - 1,
            "pagedown": self.at + 10, "home": 0, "end": last, "j": self.at + 1,
        }.get(key)  # fmt: skip
        if to is None:
            return False
        self.go(to)
        return True

    def _typing(self, key: str, character: str | None) -> bool:
        text = self.typing or ""
        if key in {"enter", "tab", "up", "down"}:
            at = self.at
            if self._commit() and self.prompt is None and key in {"up", "down"}:
                self.go(at - 1 if key == "up" else at + 1)
        elif key == "escape":
            self.typing, self.correcting, self.said, self.told = None, 0, (), None
        elif key == "backspace" and self.caret:
            self.typing = text[: self.caret - 1] + text[self.caret :]
            self.caret -= 1
        elif key == "delete":
            self.typing = text[: self.caret] + text[self.caret + 1 :]
        elif key in {"left", "right", "home", "end"}:
            to = {"left": self.caret - 1, "right": self.caret + 1, "home": 0}.get(key, len(text))
            self.caret = max(0, min(to, len(text)))
        elif character and character.isprintable():
            self.insert(character)
        else:
            return key == "backspace"
        return True

    def _answering(self, key: str, character: str | None) -> bool:
        prompt = self.prompt
        if prompt is None:
            return False
        if key == "escape":
            self.prompt = None
            if prompt.sort in {"doubt", "correct"} and prompt.cell.state != "missing":
                self.start(prompt.cell.terms or prompt.cell.text)
            else:
                self.correcting = 0
        elif key == "enter":
            if prompt.text.strip():
                self._answered(prompt, prompt.text.strip())
        elif key == "backspace":
            prompt.text = prompt.text[:-1]
        elif not prompt.text and character and character.isdecimal() and prompt.choices:
            chosen = int(character)
            if 1 <= chosen <= len(prompt.choices):
                self._answered(prompt, prompt.choices[chosen - 1])
        elif character and character.isprintable():
            prompt.text += character
        else:
            return False
        return True

    # --- what keys do ---

    def _writable(self) -> bool:
        if self.readonly:
            self.said, self.told = (), Told("sheet-readonly")
        return not self.readonly and self.line is not None

    def _free(self) -> bool:
        """Whether the field is free: an entry in the ledger is corrected, never typed over."""
        line = self.line
        if line is None or line.state == "due" or line.what in self.cells:
            return True
        self.said, self.told = (), Told("sheet-entered")
        return False

    def _confirm_or_next(self) -> None:
        cell = self.cells.get(self.line.what) if self.line else None
        if cell is not None and cell.state == "pending" and self._writable():
            self.correcting = cell.corrects
            self.start(cell.terms or cell.text)
            self._commit()
            return
        self._next()

    def _next(self) -> None:
        self.at = self.next_due(self.at)
        self.said = ()
        self.told = Told("sheet-all") if self.lines and self.done == len(self.lines) else None

    def _again(self) -> None:
        """The draft of the line into the field again."""
        line = self.line
        if line and (cell := self.cells.get(line.what)) and cell.state != "missing":
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

    def _note(self) -> None:
        line = self.line
        if line and (cell := self.cells.get(line.what)):
            self._ask("note", cell)
        else:
            self.told = Told("sheet-note-later")

    def _undo_last(self) -> None:
        count = self.undo()
        self.said = ()
        self.told = Told("sheet-undone", {"count": count}) if count else Told("sheet-no-undo")

    def _commit(self) -> bool:  # noqa: PLR0911  one an outcome
        """Take what was typed; False where it was refused and stays in the field."""
        line, typed = self.line, (self.typing or "").strip()
        if line is None:
            return False
        if not typed:  # an empty field is nothing, never a zero
            self.typing, self.correcting = None, 0
            return True
        known = self.cells.get(line.what)
        note = known.note if known else ""
        if fold(typed).lower() in MISSING_WORDS:
            self._ask("cause", Cell("missing", "missing", note=note, corrects=self.correcting))
            return True
        try:
            added = add_up(typed)
            cell = Cell(added.text, note=note, terms=added.terms, corrects=self.correcting)
            if self.judge is None:  # units are still being loaded: judged when they are there
                self._take({line.what: cell})
                self._next()
                return True
            verdict = self.judge(line.what, added.text)
        except Refused as refused:
            self.said, self.told = refused.findings, None
            return False
        cell = replace(cell, state=verdict.state, value=verdict.value)
        if verdict.doubts:
            cell = replace(cell, flag=verdict.doubts[0].code)
        if verdict.doubts or cell.corrects:
            self._ask("correct" if cell.corrects else "doubt", cell, verdict.doubts)
            return True
        self._take({line.what: cell})
        self._next()
        return True

    def _take(self, cells: Mapping[str, Cell | None]) -> None:
        self.put(cells)
        self.typing, self.correcting = None, 0

    def _ask(self, sort: str, cell: Cell, doubts: tuple[Finding, ...] = ()) -> None:
        choices = tuple(self.words.get(term, term) for term in CHOICES[sort])
        text = cell.note if sort == "note" else ""
        self.typing, self.told, self.said = None, None, doubts
        self.prompt = Prompt(sort, cell, choices, text, doubts)

    def _answered(self, prompt: Prompt, answer: str) -> None:
        line, self.prompt = self.line, None
        if line is None:
            return
        if prompt.sort == "cause":
            cell = replace(prompt.cell, cause=answer)
            if cell.corrects:
                self._ask("correct", cell)
                return
        elif prompt.sort == "note":
            cell = replace(prompt.cell, note=answer)
        else:
            cell = replace(prompt.cell, reason=answer)
        self._take({line.what: cell})
        if prompt.sort == "note":
            self.said, self.told = (), None
        else:
            self._next()


def _opens_entry(character: str) -> bool:
    """Whether a character begins an entry: digits, signs, and anything from an input method."""
    return (
        character.isdecimal()
        or character in ".+-−"
        or (not character.isascii() and character.isprintable())
    )
