"""A screen that says things below: a line reads anew only where its text is another."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from tui.screens.base import ParkScreen

#: Lines kept for what is said; more of them push the grid together.
SAID = 3


class TellingScreen(ParkScreen):
    """Puts texts into its Static widgets; what is said in `#said` may take several lines."""

    def _put(self, where: str, text: str) -> None:
        widget = self.query_one(where, Static)
        before = str(widget.content)
        if before != text:
            # only what is said may take another number of lines; all else is drawn in its place
            lines = max(self._lines(before), self._lines(text)) if where == "#said" else 1
            widget.update(Text(text), layout=lines > SAID)

    def _lines(self, text: str) -> int:
        """Lines that a text may take at most, with room for words that do not break."""
        room = max(self.size.width - 20, 20)
        return sum(1 + cell_len(line) // room for line in text.split("\n"))
