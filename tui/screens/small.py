"""In place of everything where the window is too small to show a line and its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.screen import ModalScreen
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.app import ComposeResult, RenderResult
    from textual.geometry import Size

    from tui.app import ParkflowApp

#: Cells that the sheet needs for a name, a figure and its state; lines for bars, heads and what
#: is said below.
WIDTH, HEIGHT = 60, 12


def too_small(size: Size) -> bool:
    """Whether nothing useful can be shown in a window of this size; of 0 nothing is known yet."""
    return 0 < size.width < WIDTH or 0 < size.height < HEIGHT


class _Notice(Widget):
    """How large the window is, and how large it should be."""

    DEFAULT_CSS = "_Notice { width: 100%; height: 100%; }"

    def render(self) -> RenderResult:
        """The notice in the language that is spoken."""
        app: ParkflowApp = self.app  # type: ignore[assignment]  # there is only one
        size = app.size
        wanted, own = f"{WIDTH}x{HEIGHT}", f"{size.width}x{size.height}"
        return Text(app.words.text("window-small", size=own, least=wanted))


class SmallScreen(ModalScreen[None]):
    """Takes every key but those that leave, so that none is typed blindly."""

    DEFAULT_CSS = "SmallScreen { background: $background; color: $foreground; }"

    def __init__(self) -> None:
        super().__init__()
        self._left = False

    def compose(self) -> ComposeResult:
        """The notice alone."""
        yield _Notice()

    def on_screen_resume(self) -> None:
        """Whatever lay above it is gone, and the window may have grown meanwhile."""
        self.renew()

    def renew(self) -> None:
        """Leave where there is room again, else say how much there is."""
        if too_small(self.app.size):
            self.query(_Notice).refresh()
        elif self.app.screen is self and not self._left:
            self._left = True
            self.dismiss(None)
