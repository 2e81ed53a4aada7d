"""A Sankey on a screen: its layer, level, facility and height by keys, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding

from reports.colors import group_tints
from tui.balances.chainview import Asked, Picture
from tui.presenting.rows import wrapped
from tui.screens.walking import PeriodScreen
from tui.widgets.bars import Key
from tui.widgets.lines import LinesView

if TYPE_CHECKING:
    from textual.binding import BindingType

#: Times that bands can be as high as the screen.
_HIGHEST = 4
_SIGNS = ("measured", "computed", "carried", "thin", "unknown")


class PicturingScreen(PeriodScreen):
    """A screen of a period that can draw its Sankey.

    Attributes:
        asked: What of it is drawn, without the size.
        zoom: Times that it is as high as the screen.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "layer", show=False),
        Binding("v", "level", show=False),
        Binding("o", "facility(1)", show=False),
        Binding("O,i", "facility(-1)", show=False),
        Binding("z", "zoom", show=False),
    ]
    PICTURE: ClassVar[tuple[Key, ...]] = (
        Key("←↑↓→", "key-scroll"),
        Key("o i", "key-one-facility", "screen.facility(1)"),
        Key("l", "key-layer", "screen.layer"),
        Key("z", "key-zoom", "screen.zoom"),
        Key("v", "key-detail-level", "screen.level"),
        Key("s", "key-sankey-whole", "screen.sankey"),
        Key("Esc", "key-up-level", "screen.up"),
        Key("< >", "key-period-step"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.asked = Asked()
        self.zoom = 1

    def on_mount(self) -> None:
        """Colors follow the theme."""
        self.watch(self.app, "theme", self._recolor, init=False)

    def _recolor(self) -> None:
        if picture := self.picture():
            self.show_picture(picture)

    def picture(self) -> Picture | None:
        """The drawing that stands, if it is one."""
        raise NotImplementedError

    def wanted(self) -> Asked:
        """What is to be drawn in the room that there is."""
        size = max(self.size.width - 2, 60), max(self.size.height - 6, 14) * self.zoom
        one = self.asked
        return replace(one, size=size)

    def redraw(self, asked: Asked) -> None:
        """Draw something else of the same period."""
        self.asked = asked
        self.load()

    def action_layer(self) -> None:
        """The next layer."""
        picture, one = self.picture(), self.asked
        if picture and picture.layers:
            layers = picture.layers
            layer = layers[(layers.index(picture.layer) + 1) % len(layers)]
            self.redraw(replace(one, layer=layer))

    def action_level(self) -> None:
        """Facilities or processes."""
        one = self.asked
        if self.picture():
            level = "process" if one.level == "facility" else "facility"
            self.redraw(replace(one, level=level, chain=""))

    def action_facility(self, by: int) -> None:
        """The next facility alone, after the last one the whole park."""
        picture, one = self.picture(), self.asked
        if picture:
            places = ("", *picture.facilities)
            place = (places.index(picture.facility) + by) % len(places)
            self.redraw(replace(one, facility=places[place], chain=""))

    def action_zoom(self) -> None:
        """Bands twice as high, four times, and back; higher ones show more flows."""
        if self.picture():
            self.zoom = 1 if self.zoom == _HIGHEST else 2 * self.zoom
            self.load()

    def show_picture(self, picture: Picture) -> None:
        """The drawing, in the colors of its facilities, with its notes below."""
        tints = group_tints(picture.groups, dark=self.app.current_theme.dark)
        width = max(self.size.width - 2, 20)
        lines = [
            [(text, tints.get(tone, "") if tone is not None else "") for text, tone in line]
            for line in picture.drawn.lines
        ]
        notes = [[(line, "")] for note in picture.notes for line in wrapped(note, width)]
        nothing = [[(self.words.term("sankey-none"), "")]]
        drawing = self.query_one(LinesView)
        drawing.show([*(lines or nothing), [], *notes], start=picture.drawn.start)

    def said_of(self, picture: Picture) -> list[str]:
        """What a line of height is, how many flows are drawn, and what the signs mean."""
        words, drawn = self.words, picture.drawn
        if not drawn.lines:
            return []
        amount = "" if drawn.per_line is None else f"{words.number(drawn.per_line)} {picture.unit}"
        told = words.text("sankey-scale", amount=amount)
        if drawn.drawn < drawn.whole:
            told += words.text("sankey-drawn", drawn=drawn.drawn, whole=drawn.whole)
        lines = [told, "  ".join(words.term(f"sankey-line-{kind}") for kind in _SIGNS)]
        return [*lines, *self._outside()]

    def _outside(self) -> list[str]:
        """How much of the drawing the window does not show, and the keys that lead there."""
        sides = zip("←→↑↓", self.query_one(LinesView).outside(), strict=True)
        parts = "  ".join(f"{arrow} {count}" for arrow, count in sides if count)
        return [self.words.text("sankey-outside", parts=parts)] if parts else []

    @on(LinesView.Rolled)
    def rolled(self) -> None:
        """Another part of the drawing stands in the window."""
        self.tell()

    def tell(self) -> None:
        """What is said below."""
        raise NotImplementedError
