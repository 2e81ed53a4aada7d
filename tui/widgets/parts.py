"""Lines put together from parts in different styles: scrolled, walked through and clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.daysheet.text import fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events

    from tui.months.text import Part

_STYLES = ("line", "name", "gap", "doubt", "wait", "done", "locked", "quiet", "cursor", "head")


class PartsView(ScrollView, can_focus=True):
    """Shows lines of parts; what a key means is decided by `press`.

    Args:
        press: Called with a key; says whether it was for these lines.
    """

    DEFAULT_CSS = """
    PartsView { height: 1fr; background: $background; color: $foreground;
      scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden; }
    PartsView > .parts--name { color: $foreground; text-style: bold; }
    PartsView > .parts--head { color: $primary; text-style: bold; }
    PartsView > .parts--gap { color: $warning; text-style: bold; }
    PartsView > .parts--doubt { color: $warning; }
    PartsView > .parts--wait { color: $secondary; }
    PartsView > .parts--done { color: $success; }
    PartsView > .parts--locked { color: $foreground 60%; }
    PartsView > .parts--quiet { color: $foreground 60%; }
    PartsView > .parts--cursor { background: $accent; color: $background; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"parts--{style}" for style in _STYLES}

    class Pressed(Message):
        """A key was taken."""

    class Sized(Message):
        """There is another room now."""

    class Clicked(Message):
        """A click on a part that leads somewhere."""

        def __init__(self, at: tuple[int, int]) -> None:
            super().__init__()
            self.at = at

    def __init__(self, press: Callable[[str], bool], *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._press = press
        self._lines: Sequence[Sequence[Part]] = ()

    def show(self, lines: Sequence[Sequence[Part]], top: int = 0, tall: int = 1) -> None:
        """Draw other lines, and keep `tall` of them from `top` on in sight."""
        self._lines = lines
        self.virtual_size = Size(self.size.width, len(lines))
        self.refresh()
        if lines:
            region = Region(0, top, 1, tall)
            self.scroll_to_region(region, animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        """Lines are measured by the room that there is."""
        self.post_message(self.Sized())

    def on_click(self, event: events.Click) -> None:
        """What lies under the mouse."""
        row = event.y + self.scroll_offset.y
        left = 0
        for part in self._lines[row] if 0 <= row < len(self._lines) else ():
            left += Segment(part.text).cell_length
            if event.x < left:
                if part.at is not None:
                    self.post_message(self.Clicked(part.at))
                return

    async def _on_key(self, event: events.Key) -> None:
        if self._press(event.key):
            event.stop()
            event.prevent_default()
            self.post_message(self.Pressed())

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        row = y + self.scroll_offset.y
        if row >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        segments = []
        for part in self._lines[row]:
            style = self.get_component_rich_style(f"parts--{part.role}")
            segments.append(Segment(part.text, style))
        strip = Strip(segments)
        if strip.cell_length > width:  # the window has become smaller and nobody has measured yet
            text = fitted("".join(part.text for part in self._lines[row]), width)
            strip = Strip([Segment(text, self.rich_style)])
        return strip.extend_cell_length(width, self.rich_style)
