"""What a key does to the day's sheet: cursor, typing, questions, undo; nothing of the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows.amounts import fold
from flows.errors import Refused
from flows.findings import finding
from tui.daysheet.cells import CHOICES, Cell, Prompt, Told
from tui.daysheet.keys import MISSING_WORDS, OF_THE_SCREEN, moved, opens_entry, stray
from tui.daysheet.lines import SheetLines
from tui.daysheet.sums import add_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.findings import Finding
    from tui.daysheet.cells import Line


class SheetState(SheetLines):
    """The sheet of a day while it is worked on.

    Attributes:
        words: Standard remarks in the operator's language, by term.
        typing: Text of the field while it is typed, else None; `caret` is its place in it.
        correcting: Number of the entry that the field corrects, or 0.
        adding: Whether the field is a ticket, to be added to what is there.
        refused: Whether the field was refused and not changed since; `bell` asks for one.
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
        self.adding = False
        self.refused = False
        self.bell = False
        self.prompt: Prompt | None = None
        self.said: tuple[Finding, ...] = ()
        self.told: Told | None = None

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

    def start(self, text: str) -> None:
        """Begin to type in the field of the cursor."""
        self.said, self.told = (), None
        self.typing, self.caret = text, len(text)

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

    def _answering(self, key: str, character: str | None) -> bool:
        prompt = self.prompt
        if prompt is None:
            return False
        if key == "escape":
            self._back(prompt)
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

    def _back(self, prompt: Prompt) -> None:
        """Out of a question: the figure is back in its field, where it came from there."""
        self.prompt, self.said = None, ()
        if prompt.sort == "ticket":
            self.start(f"+{prompt.cell.text}")
            self.adding = True
        elif prompt.cell.tickets:
            pass  # they are in the draft already, and want a look
        elif prompt.sort in {"doubt", "correct"} and prompt.cell.state != "missing":
            self.start(prompt.cell.terms or prompt.cell.text)
        else:
            self.correcting = 0

    def _writable(self) -> bool:
        line = self.line
        if self.readonly:
            self.said, self.told = (), Told("sheet-readonly")
        elif line is not None and self.locked(line):
            self.said, self.told = (self.locks[line.what],), Told("sheet-locked-how")
        else:
            return line is not None
        return False

    def _free(self) -> bool:
        """Whether the field is free: an entry in the ledger is corrected, never typed over."""
        line = self.line
        if line is None or line.state == "due" or line.what in self.cells:
            cell = self.cells.get(line.what) if line else None
            if cell is None or not cell.tickets:
                return True
        one = line is not None and not line.tickets and line.what not in self.cells
        self.said, self.told = (), Told("sheet-entered" if one else "sheet-tickets-entered")
        return False

    def _adds(self) -> bool:
        """Whether a ticket may be added: never beside one figure for the whole day."""
        line = self.line
        if line is None or not line.adds:
            return self._free()
        cell = self.cells.get(line.what)
        if cell is not None and not cell.tickets and (cell.corrects or cell.state != "pending"):
            self.said, self.told = (), Told("sheet-plus-typed")
        elif cell is None and line.state != "due" and not line.tickets:
            self.said, self.told = (), Told("sheet-plus-entered")
        else:
            self.adding = True
            return True
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
            if cell.tickets:
                self._ask("doubt", cell)
                return
            self.correcting = cell.corrects
            self.start(cell.terms or cell.text)
            self._commit()
            return
        self._next()

    def _next(self) -> None:
        self.at = self.next_due(self.at)
        self.said = ()
        whole = self.lines and self.done == len(self.lines)
        self.told = Told("sheet-all" if self.cells else "sheet-all-saved") if whole else None

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

    def _weighed(self, line: Line, text: str) -> bool:
        """A ticket's figure: its number is asked for; False where it stays in the field."""
        if not text:
            return False
        try:
            if self.judge is None:
                self.said, self.told = (), Told("sheet-wait")
                return False
            added = add_up(text)
            self.verdict(self.judge, line.what, added.text, "ticket")
        except Refused as refused:
            self.said, self.told = refused.findings, None
            return False
        self._ask("ticket", Cell(added.text, way="ticket"))
        return True

    def _add_ticket(self, line: Line, text: str, number: str) -> None:
        """A ticket beside those that are there; a number counts once."""
        cell = self.cells.get(line.what)
        mine = cell.tickets if cell else ()
        if number in {item.number for item in line.tickets} | {one for one, _ in mine}:
            self._ask("ticket", Cell(text, way="ticket"))
            self.said = (finding("ticket-duplicate", line.what, ticket=number),)
            return
        mine = (*mine, (number, text))
        new = Cell("+".join(one for _, one in mine), way="ticket", tickets=mine)
        if cell:
            new = replace(new, note=cell.note)
        self.adding = False
        new = self.judged(line.what, new)
        self._take({line.what: new})
        self.said = ()
        if new.flag:  # more than a day usually has
            self._ask("doubt", new)
            return
        self.told = Told("sheet-ticket-added", {"number": number})

    def _take(self, cells: Mapping[str, Cell | None]) -> None:
        self.put(cells)
        self.typing, self.correcting, self.adding = None, 0, False

    def _ask(self, sort: str, cell: Cell, doubts: tuple[Finding, ...] = ()) -> None:
        choices = tuple(self.words.get(term, term) for term in CHOICES[sort])
        text = cell.note if sort == "note" else ""
        self.typing, self.told, self.said = None, None, doubts
        self.prompt = Prompt(sort, cell, choices, text, doubts)

    def _answered(self, prompt: Prompt, answer: str) -> None:
        line, self.prompt = self.line, None
        if line is None:
            return
        if prompt.sort == "ticket":
            self._add_ticket(line, prompt.cell.text, answer)
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
            if cell.tickets:
                cell = replace(cell, state="value")
        self._take({line.what: cell})
        if prompt.sort == "note":
            self.said, self.told = (), None
        else:
            self._next()
