"""Help: every key of every screen in words, to be searched."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Input, Static

from tui.daysheet.text import fitted
from tui.screens import PLACES
from tui.screens.base import ParkScreen
from tui.widgets.bars import Key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType
    from textual.widget import Widget

#: Keys that hold on every screen.
EVERYWHERE = (
    Key("Ctrl+P", "key-palette"),
    Key("Ctrl+L", "key-language"),
    Key("F10 q", "key-quit"),
)
#: What the sheet understands without a key of its own.
TYPED = ("help-amounts", "help-sums", "help-zero", "help-paste", "help-drafts", "help-two")


class HelpScreen(ParkScreen):
    """Keys by screen; typing narrows them."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.go('sheet')", show=False)]
    KEYS: ClassVar[tuple[Key, ...]] = (Key("Esc", "key-back-to-sheet", "app.go('sheet')"),)

    def body(self) -> Iterable[Widget]:
        """A field to search in, and the keys."""
        yield Input(id="search")
        with VerticalScroll(id="keys", can_focus=False):
            yield Static(id="key-list")

    def on_mount(self) -> None:
        """All keys, until something is typed."""
        self.relabel()
        self.query_one(Input).focus()

    def relabel(self) -> None:
        """Another language."""
        search = self.query_one(Input)
        search.placeholder = self.words.term("help-search")
        self._list(search.value)
        self.refresh_bars()

    @on(Input.Changed, "#search")
    def searched(self, event: Input.Changed) -> None:
        """Only what has the typed words in it."""
        self._list(event.value)

    def _list(self, wanted: str) -> None:
        term = self.words.term
        rows = [(place.key.upper(), term(place.term), term("help-everywhere")) for place in PLACES]
        rows += [(key.shown, term(key.term), term("help-everywhere")) for key in EVERYWHERE]
        for place in PLACES:
            module, _, name = place.where.partition(":")
            for key in getattr(importlib.import_module(module), name).KEYS:
                rows.append((key.shown, term(key.term), term(place.term)))
        rows += [("", term(code), term("screen-sheet")) for code in TYPED]
        parts = wanted.lower().split()
        lines = [
            f"{fitted(key, 8)} {fitted(where, 12)} {does}"
            for key, does, where in rows
            if all(part in f"{key} {does} {where}".lower() for part in parts)
        ]
        text = "\n".join(lines) or term("nothing")
        self.query_one("#key-list", Static).update(Text(text))
