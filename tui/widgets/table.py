"""A table to look at: a cursor row, levels that fold, cells cut by display cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.daysheet.text import fitted
from tui.presenting.rows import Col, Row, has_own, lead, line_of, measured, parent, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType

__all__ = ["Col", "Row", "Table"]


class Table(ScrollView, can_focus=True):
    """Rows under a head that stays.

    Arrows, page keys, Home and End move the cursor; Right and Left unfold and fold, Space does
    the other of the two; Enter, or a click on the cursor's row, chooses. Give it columns and rows
    by `show`: the cursor stays on its key, and what is folded stays so.

    Attributes:
        rows: All rows, folded ones too.
        folded: Keys of rows whose own rows are hidden.
    """

    DEFAULT_CSS = """
    Table {
        height: 1fr; background: $background; color: $foreground;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; overflow-x: hidden;
    }
    Table > .table--columns { background: $panel; color: $foreground; text-style: bold; }
    Table > .table--head { background: $surface; color: $primary; text-style: bold; }
    Table > .table--quiet { color: $foreground 70%; }
    Table > .table--good { color: $success; }
    Table > .table--warn { color: $warning; }
    Table > .table--bad { color: $error; text-style: bold; }
    Table > .table--cursor { background: $panel; color: $foreground; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--columns", "table--head", "table--quiet", "table--good", "table--warn",
        "table--bad", "table--cursor",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "leap(-1)", show=False),
        Binding("pagedown", "leap(1)", show=False),
        Binding("home", "edge(-1)", show=False),
        Binding("end", "edge(1)", show=False),
        Binding("left", "fold", show=False),
        Binding("right", "unfold", show=False),
        Binding("space", "turn", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, table: Table, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> Table:
            """The table; lets `@on` choose by its id."""
            return self.table

    class Chosen(Moved):
        """Enter was pressed on a row, or the cursor's row was clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  the name is Textual's
        super().__init__(id=id)
        self.cols: Sequence[Col] = ()
        self.rows: Sequence[Row] = ()
        self.folded: set[str] = set()
        self._at = 0
        self._shown: list[int] = []
        self._fit: list[tuple[int, int]] = []
        self._signs = False
        self._told = ""

    @property
    def key(self) -> str:
        """Key of the cursor's row, or "" in an empty table."""
        return self.rows[self._shown[self._at]].key if self._shown else ""

    def show(self, cols: Sequence[Col], rows: Iterable[Row]) -> None:
        """Other columns or rows; the cursor stays on its key, else near its place."""
        key = self.key
        self.cols, self.rows = tuple(cols), tuple(rows)
        self._signs = any(has_own(self.rows, at) for at in range(len(self.rows)))
        self._renew(key)

    def go(self, key: str) -> bool:
        """The cursor to a row; what hides it is unfolded. Whether there is such a row."""
        at = next((at for at, row in enumerate(self.rows) if row.key == key), None)
        if at is None:
            return False
        above = parent(self.rows, at)
        while above is not None:
            self.folded.discard(self.rows[above].key)
            above = parent(self.rows, above)
        self._renew(key)
        return True

    def fold_all(self, level: int = 0) -> None:
        """Fold every row of this level that has rows of its own."""
        self.folded |= {
            row.key
            for at, row in enumerate(self.rows)
            if row.level == level and has_own(self.rows, at)
        }
        self._renew(self.key)

    def unfold_all(self) -> None:
        """Hide nothing."""
        self.folded.clear()
        self._renew(self.key)

    # --- keys and mouse ---

    def action_move(self, by: int) -> None:
        """The cursor up or down."""
        self._move(self._at + by)

    def action_leap(self, by: int) -> None:
        """By what the table shows at once."""
        self._move(self._at + by * max(self._room() - 1, 1))

    def action_edge(self, by: int) -> None:
        """To the first or the last row."""
        self._move(0 if by < 0 else len(self._shown))

    def action_fold(self) -> None:
        """Fold the row, or go to the one that it belongs to."""
        if not self._shown:
            return
        at = self._shown[self._at]
        if has_own(self.rows, at) and self.rows[at].key not in self.folded:
            self.action_turn()
        elif (above := parent(self.rows, at)) is not None:
            self._move(self._shown.index(above))

    def action_unfold(self) -> None:
        """Show the row's own rows, or go to the first of them."""
        if not self._shown:
            return
        at = self._shown[self._at]
        if self.rows[at].key in self.folded:
            self.action_turn()
        elif has_own(self.rows, at):
            self.action_move(1)

    def action_turn(self) -> None:
        """Fold what is unfolded, unfold what is folded."""
        if self._shown and has_own(self.rows, self._shown[self._at]):
            self.folded ^= {self.key}
            self._renew(self.key)

    def action_choose(self) -> None:
        """Say that this row is wanted."""
        if self._shown:
            self.post_message(self.Chosen(self, self.key))

    def on_click(self, event: events.Click) -> None:
        """The cursor under the mouse; on the cursor's row, choose."""
        row = event.y - 1 + self.scroll_offset.y
        if event.y < 1 or row >= len(self._shown):
            return
        if row == self._at:
            self.action_choose()
        else:
            self._move(row)

    # --- drawing ---

    def on_resize(self) -> None:
        """Another width has other columns."""
        self._renew(self.key)

    def render_line(self, y: int) -> Strip:
        """One line of the screen; the first is the head."""
        width = self.size.width
        if y == 0:
            style = self.get_component_rich_style("table--columns")
            heads = line_of([col.head for col in self.cols], self.cols, self._fit)
            return Strip([Segment(fitted(" " + " ".join(heads), width), style)], width)
        number = y - 1 + self.scroll_offset.y
        if number >= len(self._shown):
            return Strip.blank(width, self.rich_style)
        return Strip(self._line(number, width), width)

    def _line(self, number: int, width: int) -> list[Segment]:
        at = self._shown[number]
        row, here = self.rows[at], number == self._at
        whole = self._style("cursor" if here else row.tone)
        texts = [lead(self.rows, at, self.folded, signs=self._signs), *row.cells[1:]]
        segments = [Segment(">" if here else " ", whole)]
        if row.wide:
            return [*segments, Segment(fitted(texts[0], max(width - 2, 1)) + " ", whole)]
        cells = line_of(texts, self.cols, self._fit)
        for (column, _), text in zip(self._fit, cells, strict=True):
            tone = row.tones[column] if column < len(row.tones) and not here else ""
            segments += [Segment(text, self._style(tone) if tone else whole), Segment(" ", whole)]
        line = Strip(segments).adjust_cell_length(width, whole)
        return list(line)

    def _style(self, tone: str) -> Style:
        return self.get_component_rich_style(f"table--{tone}") if tone else self.rich_style

    def _room(self) -> int:
        return max(self.size.height - 1, 1)

    def _renew(self, key: str) -> None:
        """Rows, folds or size have changed: all is measured and drawn again."""
        self._shown = standing(self.rows, self.folded)
        self._fit = measured(self.cols, self.rows, max(self.size.width - 2, 10))
        keys = {self.rows[at].key: number for number, at in enumerate(self._shown)}
        self._at = keys.get(key, min(self._at, max(len(self._shown) - 1, 0)))
        self.virtual_size = Size(max(self.size.width - 1, 1), len(self._shown) + 1)
        self._follow()
        self.refresh()
        if self.key != self._told:
            self._tell()

    def _move(self, to: int) -> None:
        to = max(min(to, len(self._shown) - 1), 0)
        if to == self._at or not self._shown:
            return
        left, self._at = self._at, to
        self._follow()
        # lines are counted from the first one below the head
        self.refresh_line(left + 1)
        self.refresh_line(to + 1)
        self._tell()

    def _tell(self) -> None:
        self._told = self.key
        self.post_message(self.Moved(self, self.key))

    def _follow(self) -> None:
        """Keep the cursor in sight."""
        top, room = self.scroll_offset.y, self._room()
        wanted = min(self._at, top) if self._at < top + room else self._at - room + 1
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, force=True, immediate=True)
