"""Messages of the screens: how the desk's thread speaks to widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tui.desk import Answer


class Answered(Message, bubble=False):
    """A job is done; sent to the screen that asked."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class LedgerChanged(Message, bubble=False):
    """Somebody has written to the ledger, or it can be read again."""

    def __init__(self, head: str) -> None:
        super().__init__()
        self.head = head


class LedgerLost(Message, bubble=False):
    """The ledger cannot be read at the moment; what is typed stays."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
