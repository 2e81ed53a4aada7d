"""What the sheet asks under its lines: causes, reasons, notes, the number of a ticket."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flows.errors import Refused
from flows.findings import finding
from tui.daysheet.cells import CHOICES, Cell, Prompt, Told
from tui.daysheet.lines import SheetLines
from tui.daysheet.sums import add_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.findings import Finding
    from tui.daysheet.cells import Line


class SheetQuestions(SheetLines):
    """Lines with a field to type in, and a question under them.

    Attributes:
        words: Standard remarks in the operator's language, by term.
        typing: Text of the field while it is typed, else None; `caret` is its place in it.
        correcting: Number of the entry that the field corrects, or 0.
        adding: Whether the field is a ticket, to be added to what is there.
        prompt: Question that is open.
        said: Findings about the last thing done; `told` a remark.
    """

    def __init__(
        self, lines: Iterable[Line] = (), *, words: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(lines)
        self.words = dict(words or {})
        self.typing: str | None = None
        self.caret = 0
        self.correcting = 0
        self.adding = False
        self.prompt: Prompt | None = None
        self.said: tuple[Finding, ...] = ()
        self.told: Told | None = None

    def start(self, text: str) -> None:
        """Begin to type in the field of the cursor."""
        self.said, self.told = (), None
        self.typing, self.caret = text, len(text)

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
        elif prompt.sort != "correct" or not self.to_conflict():
            self._next()

    def to_conflict(self) -> bool:
        """To the next line that somebody else saved meanwhile; False where there is none."""
        if not (places := self.conflicts):
            return False
        self.go(next((at for at in places if at > self.at), places[0]))
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

    def _next(self) -> None:
        self.at = self.next_due(self.at)
        self.said = ()
        whole = self.lines and self.done == len(self.lines)
        self.told = Told("sheet-all" if self.cells else "sheet-all-saved") if whole else None

    def _take(self, cells: Mapping[str, Cell | None]) -> None:
        self.put(cells)
        self.typing, self.correcting, self.adding = None, 0, False

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

    def refuse(self, refused: Refused, line: Line, typed: str, way: str) -> None:
        """Say why a typed text is refused, in the words of its line."""
        self.said, self.told = self.spoken(refused.findings, line, typed, way), None

    def spoken(
        self, findings: tuple[Finding, ...], line: Line, typed: str, way: str
    ) -> tuple[Finding, ...]:
        """Findings about a typed text in the words of its line."""
        from tui.daysheet.refusals import spoken

        return spoken(findings, line, typed, way) if findings else ()

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
            self.refuse(refused, line, text, "ticket")
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
        few = new.state == "pending" and self.too_few(line, self._total(line, new))
        if new.flag and not few:  # more than a day usually has
            self._ask_tickets(line, new)
            return
        # of few the question waits for Enter: the next truck may stand on the scale
        term = "sheet-ticket-few" if few else "sheet-ticket-added"
        self.told = Told(term, {"number": number})

    def _total(self, line: Line, cell: Cell) -> float:
        """All tickets of the day, in the ledger and typed."""
        return sum(item.amount for item in line.tickets) + (cell.value or 0.0)

    def _ask_tickets(self, line: Line, cell: Cell) -> None:
        """Whether the sum of the day's tickets is right, with what is usual."""
        known = {"expected": line.expected, "low": line.low, "high": line.high}
        usual: dict[str, Any] = {
            key: float(f"{value:.3g}") for key, value in known.items() if value is not None
        }
        doubt = finding(
            "entry-unlikely",
            line.what,
            problem="tickets",
            count=len(line.tickets) + len(cell.tickets),
            value=self._total(line, cell),
            unit=line.unit,
            **usual,
        )
        self._ask("tickets", cell, (doubt,))
