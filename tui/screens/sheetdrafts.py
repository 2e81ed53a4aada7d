"""The day's sheet keeps what is typed: drafts written at once, resumed, told of before leaving."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tui.daysheet.cells import CHOICES, Told
from tui.daysheet.drafts import in_hand
from tui.daysheet.state import SheetState
from tui.daysheet.text import reason_of
from tui.screens.telling import TellingScreen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from tui.daysheet.cells import Cell, Line
    from tui.daysheet.drafts import Drafts


class DraftsScreen(TellingScreen):
    """A sheet whose figures are on the disk as soon as they are typed.

    Attributes:
        state: The sheet; `day` is its operating day.
        drafts: Of this person in this ledger.
    """

    def __init__(self) -> None:
        super().__init__()
        self.state = SheetState()
        self.day: date | None = None
        self.drafts: Drafts | None = None
        self._warned = False

    def tell(self) -> None:
        """Counter, detail and what is said; each is drawn only where it reads differently."""
        raise NotImplementedError

    def on_unmount(self) -> None:
        """Who leaves amid a figure or a question finds it again, to be looked at."""
        left = in_hand(self.state)
        if not left or self.drafts is None or self.day is None:
            return
        with suppress(OSError):  # said when the drafts before it could not be written
            self.drafts.put(self.day, left)
            self.drafts.sync()

    def holds_on(self) -> bool:
        """Whether leaving now would lose figures; asked a second time, it does not."""
        lost = self.drafts.unkept if self.drafts is not None else 0
        first, self._warned = lost > 0 and not self._warned, lost > 0
        if first:
            self.state.said, self.state.told = (), Told("sheet-unkept", {"count": lost})
            self.tell()
        return first

    def remarks(self) -> dict[str, str]:
        """Standard remarks in the language that is spoken."""
        return {term: self.words.term(term) for terms in CHOICES.values() for term in terms}

    def fresh(self, lines: Iterable[Line]) -> SheetState:
        """A sheet of which nothing is known but its lines."""
        state = SheetState(lines, words=self.remarks())
        state.readonly, state.barred = self.park.setup.readonly, self.state.barred
        return state

    def resume(self) -> None:
        """What an earlier run typed and did not save."""
        if self.drafts is None or self.day is None:
            return
        if aside := self.drafts.tell_aside():
            folder = ", ".join(str(item) for item in aside)
            self.state.told = Told("sheet-aside", {"folder": folder})
        cells = self.drafts.read(self.day)
        if cells:
            self.state.resume(cells)
            self.state.told = Told("sheet-resumed", {"count": len(cells)})

    def write(self, others: Mapping[date, Mapping[str, Cell | None]] | None = None) -> None:
        """Changed cells to the disk, at once; forced down by a thread of its own."""
        changes, back = self.state.drain(), self.state.restored
        self.state.restored = {}
        days = {**(others or {}), **back}
        if self.drafts is None or self.day is None or not (changes or days):
            return
        days[self.day] = {**days.get(self.day, {}), **changes}
        try:
            for day, cells in days.items():
                self.drafts.put(day, cells)
        except OSError as error:
            self.state.told = Told("sheet-no-draft", {"message": reason_of(error, self.words)})
            return
        self.run_worker(self.drafts.sync, thread=True, group="drafts", exit_on_error=False)
