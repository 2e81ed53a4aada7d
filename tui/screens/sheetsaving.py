"""The day's sheet goes into the ledger: what is typed and judged, as one submission."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tui.daysheet.cells import Told
from tui.daysheet.drafts import settle
from tui.desk import SAVE
from tui.screens.sheetdrafts import DraftsScreen

if TYPE_CHECKING:
    from flows.findings import Finding
    from tui.daysheet.day import Saved
    from tui.desk import Answer
    from tui.session import Session


class SavingScreen(DraftsScreen):
    """A sheet that is saved.

    Attributes:
        saving: How many figures are on their way into the ledger.
        later: Whether saving was asked for before anything could be checked.
    """

    def __init__(self) -> None:
        super().__init__()
        self.saving = 0
        self.later = False
        self._refused: tuple[Finding, ...] = ()

    def load(self) -> None:
        """Ask for the day as the ledger has it."""
        raise NotImplementedError

    def renew(self) -> None:
        """Draw all of the sheet anew."""
        raise NotImplementedError

    def action_save(self) -> None:
        """All that is typed and judged goes into the ledger as one submission."""
        state, day = self.state, self.day
        if self.saving:
            state.said, state.told = (), Told("sheet-saving", {"count": self.saving})
            self.tell()
            return
        if day is None or not self.writable():
            return
        if state.typing is not None or (state.prompt is not None and state.prompt.text.strip()):
            state.press("enter")  # a figure, or words that answer a question
        if state.prompt is not None:
            self.app.bell()  # it stands there and wants its answer first
        # A figure that is refused stays in its field, and does not hinder the others.
        refused = state.typing is not None
        cells = state.savable()
        if state.judge is None and state.cells and state.prompt is None and not refused:
            # Nothing is loaded yet that could check them: as soon as it is.
            self.later = True
            state.said, state.told = (), Told("sheet-saving", {"count": len(state.cells)})
            self.tell()
            return
        if not cells or state.prompt is not None:
            if state.prompt is None and not refused:
                state.nothing_to_save()
                self.renew()
            else:
                self.tell()
            return
        by = self.park.setup.by

        def work(session: Session) -> Saved:
            from tui.daysheet.day import save_sheet

            return save_sheet(session, day, cells, by)

        self.saving = len(cells)
        self._refused = state.said if refused else ()
        state.said, state.told = (), Told("sheet-saving", {"count": len(cells)})
        self.write()
        self.tell()
        self.ask("save", work, urgency=SAVE)

    def saved(self, answer: Answer) -> None:
        """What came of it."""
        self.saving = 0
        state = self.state
        if answer.failed:
            self.failed(answer)
            return
        saved: Saved = answer.value
        # The ledger has it; a draft that stays is found to be the same when resumed.
        with suppress(OSError):
            if self.drafts is not None:
                self.drafts.end(saved.day, set(saved.whats))
                self.drafts = settle(self.drafts, self.park.setup.folder)
        if saved.day == self.day:
            state.saved(saved.whats)
            state.said = (*saved.findings, *self._refused)
            term = "sheet-saved-others" if saved.taken else "sheet-saved"
            state.told = Told(term, {"count": len(saved.whats), "others": len(saved.taken)})
        self.load()
        self.renew()

    def failed(self, answer: Answer) -> None:
        """Why something could not be done; what is typed stays."""
        self.state.said = answer.findings
        if answer.message:
            self.state.told = Told("sheet-failed", {"message": answer.message})
        self.tell()

    def writable(self) -> bool:
        """Whether this person may write at all; if not, it is said."""
        if self.state.may_write():
            return True
        self.tell()
        return False
