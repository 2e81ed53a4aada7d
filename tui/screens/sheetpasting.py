"""The day's sheet takes what is pasted: looked at before it becomes drafts, of several days."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from tui.daysheet.cells import Told
from tui.desk import SHEET
from tui.screens.sheetsaving import SavingScreen
from tui.widgets.grid import EntryGrid

if TYPE_CHECKING:
    from datetime import date

    from tui.daysheet.pastedays import Days
    from tui.daysheet.pasting import Pasted
    from tui.session import Session


class PastingScreen(SavingScreen):
    """A sheet into which cells of a spreadsheet can be pasted."""

    @on(EntryGrid.PastedText)
    def pasted(self, message: EntryGrid.PastedText) -> None:
        """Several cells: looked at before they are taken."""
        from tui.daysheet.pasting import parse

        if self.day is None or not self.writable():
            return
        state = self.state
        names = {label: line.what for line in state.lines for label in line.names.values()}
        names |= {line.what: line.what for line in state.lines}
        due = [line.what for line in state.lines[state.at :]]
        found = parse(message.text, day=self.day, due=due, match=names.get)
        if all(item.day == self.day for item in found.placed):
            self.preview(self.day, found, None)
            return
        day = self.day
        state.said, state.told = (), Told("paste-looking", {"days": found.days})
        self.tell()

        def work(session: Session) -> tuple[date, Pasted, Days]:
            from tui.daysheet.pastedays import days_of

            return day, found, days_of(session, found.placed)

        self.ask("pasted", work, urgency=SHEET)

    def preview(self, day: date, found: Pasted, known: Days | None) -> None:
        """Show what a paste means, unless the sheet has become another day's meanwhile."""
        from tui.daysheet.pastedays import kept_out, told
        from tui.screens.paste import PasteScreen

        if day != self.day or not self.is_current:
            return
        found = replace(found, stays=kept_out(found, self.state, day, known))
        days = told(found, found.stays, known)
        self.app.push_screen(PasteScreen(found, self.state, day, days), self._take)

    def _take(self, found: Pasted | None) -> None:
        """What was pasted becomes drafts, of this day and of others."""
        if found is None or self.drafts is None or self.day is None:
            self.state.said, self.state.told = (), Told("paste-none")
            self.tell()
            return
        from tui.daysheet.pasting import take

        count, others = take(found, self.state, self.drafts, self.day)
        self.state.said = ()
        days = {"days": len(others)} if others else {}
        self.state.told = Told("paste-taken", {"count": count, **days})
        self.write(others)
        self.renew()
