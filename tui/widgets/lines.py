"""Lines of text that scroll both ways, as they are: a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    #: Runs of text with their colors.
    Line = Sequence[tuple[str, str]]


class LinesView(ScrollView, can_focus=True):
    """Shows lines; arrows and page keys scroll without a slide."""

    class Rolled(Message):
        """Another part of the lines stands in the window."""

    DEFAULT_CSS = """
    LinesView { height: 1fr; background: $background; color: $foreground;
      scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "roll(0, -2)", show=False),
        Binding("down", "roll(0, 2)", show=False),
        Binding("left", "roll(-8, 0)", show=False),
        Binding("right", "roll(8, 0)", show=False),
        Binding("pageup", "roll(0, -16)", show=False),
        Binding("pagedown", "roll(0, 16)", show=False),
        Binding("home", "roll(-10000, 0)", show=False),
        Binding("end", "roll(10000, 0)", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  the name is Textual's
        super().__init__(id=id)
        self._shown: list[Line] = []
        self._strips: list[Strip] = []

    def show(self, lines: Sequence[Line], *, start: int = 0) -> None:
        """Draw other lines, from about the line `start` on.

        Args:
            lines: Of each its runs from left to right, with their colors, "" for the usual one.
            start: Line that is to be seen.
        """
        if list(lines) == self._shown:
            return
        self._shown = list(lines)
        self._strips = [
            Strip([Segment(text, Style(color=color) if color else None) for text, color in line])
            for line in lines
        ]
        width = max((strip.cell_length for strip in self._strips), default=0)
        self.virtual_size = Size(width, len(self._strips))
        self.scroll_to(0, max(start - 1, 0), animate=False, force=True, immediate=True)
        self.refresh()
        # scroll bars that come or go take their cells only with the next layout
        self.call_after_refresh(self.post_message, self.Rolled())

    def outside(self) -> tuple[int, int, int, int]:
        """Cells to the left and right of the window, lines above and below it."""
        (left, top), whole = self.scroll_offset, self.virtual_size
        window = self.scrollable_content_region
        right, below = whole.width - window.width - left, whole.height - window.height - top
        return left, max(right, 0), top, max(below, 0)

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """Another part is shown."""
        super().watch_scroll_x(old_value, new_value)
        self.post_message(self.Rolled())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Another part is shown."""
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Rolled())

    def action_roll(self, right: int, down: int) -> None:
        """Scroll by cells and lines."""
        x, y = self.scroll_offset
        self.scroll_to(x + right, y + down, animate=False, force=True, immediate=True)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        left, top = self.scroll_offset
        width = self.size.width
        if y + top >= len(self._strips):
            return Strip.blank(width, self.rich_style)
        strip = self._strips[y + top].crop(left, left + width)
        return strip.apply_style(self.rich_style).extend_cell_length(width, self.rich_style)
