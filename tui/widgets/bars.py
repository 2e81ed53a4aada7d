"""Header and footer: where I am, who I am, how the ledger is, and what the keys do here."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.widget import Widget

from tui.daysheet.text import fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import RenderResult


class Key(NamedTuple):
    """A key as footer and help show it.

    Attributes:
        shown: As it is printed on keyboards.
        term: What it does.
        action: Of a click in the footer, or "".
    """

    shown: str
    term: str
    action: str = ""


class ParkHeader(Widget):
    """One line: park and facility to the left; ledger, day and person to the right."""

    DEFAULT_CSS = "ParkHeader { height: 1; dock: top; }"

    def __init__(self, parts: Callable[[], tuple[Sequence[str], Sequence[str]]]) -> None:
        super().__init__()
        self._parts = parts
        self._shown: tuple[Sequence[str], Sequence[str]] = ((), ())

    def renew(self) -> None:
        """Draw it anew where it says something else."""
        if self._parts() != self._shown:
            self.refresh()

    def render(self) -> RenderResult:
        """The line; what stands to the right is never cut."""
        left, right = self._shown = self._parts()
        behind = "  ".join(part for part in right if part)
        room = self.size.width - cell_len(behind) - 3
        before = fitted(" / ".join(part for part in left if part), max(room, 0))
        return Text(f" {before} {behind} ", no_wrap=True, end="")


class KeyFooter(Widget):
    """One line of keys, as many as there is room for, the most needed first."""

    DEFAULT_CSS = "KeyFooter { height: 1; dock: bottom; }"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key"}

    def __init__(self, keys: Callable[[], Sequence[tuple[str, str, str]]]) -> None:
        super().__init__()
        self._keys = keys
        self._shown: Sequence[tuple[str, str, str]] = ()

    def renew(self) -> None:
        """Draw it anew where other keys are in force."""
        if self._keys() != self._shown:
            self.refresh()

    def render(self) -> RenderResult:
        """Key and what it does, for each that fits."""
        strong = self.get_component_rich_style("footer--key", partial=True)
        text = Text(no_wrap=True, end="")
        room = self.size.width - 1
        self._shown = self._keys()
        for shown, label, action in self._shown:
            width = cell_len(shown) + cell_len(label) + 3
            if width > room:  # whole or not at all; a shorter one may still find its place
                continue
            click = Style.from_meta({"@click": action}) if action else Style.null()
            text.append(f" {shown}", strong + click)
            text.append(f" {label} ", click)
            room -= width
        return text
