"""What a screen of findings shares: they are acknowledged with a note, and that is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.desk import SAVE
from tui.inbox.text import sentence
from tui.inbox.view import Inbox, acknowledge, take_back
from tui.screens.asking import AskScreen
from tui.screens.base import ParkScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flows.store.events import Event
    from tui.desk import Answer
    from tui.inbox.view import Entry

#: Remarks with which most are opened again.
AGAIN = ("again-returned", "again-other", "again-mistake")
#: Remarks that acknowledge most findings.
REMARKS = ("seen-checked", "seen-repair", "seen-known", "seen-operation", "seen-calibration")


class NotingScreen(ParkScreen):
    """A screen with findings, one of them chosen.

    Attributes:
        found: What is shown of `period`.
        told: What was done or cannot be done, a term with its parameters.
        refused: The answer of the desk that failed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found = Inbox("")
        self.period = ""
        self.told: tuple[str, dict[str, object]] | None = None
        self.refused: Answer | None = None

    @property
    def entry(self) -> Entry | None:
        """The chosen finding."""
        return None

    def tell_all(self) -> None:
        """Show what was done or refused."""

    def action_acknowledge(self) -> None:
        """Ask what is to be said of the finding, then keep it in the ledger."""
        self._note("seen", "findings-ask", acknowledge, REMARKS)

    def action_take_back(self) -> None:
        """Open again what somebody has acknowledged, with a reason."""
        if self.entry is not None and not self.entry.seen:
            self.refused, self.told = None, ("findings-not-seen-yet", {})
            self.tell_all()
            return
        self._note("again", "findings-ask-again", take_back, AGAIN)

    def _note(
        self, tag: str, asked: str, written: Callable[..., Event], remarks: Sequence[str]
    ) -> None:
        entry, words = self.entry, self.words
        if entry is None:
            return
        if self.park.setup.readonly:
            self.refused, self.told = None, ("findings-readonly", {})
            self.tell_all()
            return
        period, by = self.period, self.park.setup.by

        def keep(text: str | None) -> None:
            if text:
                self.ask(
                    tag, lambda session: written(session, entry, period, text, by), urgency=SAVE
                )

        question = f"{words.term(asked)}\n{sentence(entry, self.found, words)}"
        choices = [words.term(item) for item in remarks]
        needed = words.term("findings-words-needed")
        self.app.push_screen(AskScreen(question, choices=choices, words=True, needed=needed), keep)
