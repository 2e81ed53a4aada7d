"""A Sankey as lines of text: the places of the page's picture, drawn with block characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from reports.textalone import alone, center
from reports.textcells import Cells
from reports.textchannels import channels
from reports.textfolds import folded, through
from reports.textplaces import places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.diagram import Diagram
    from reports.textcells import Run
    from reports.textfolds import Rest
    from reports.textplaces import Band, Box, Places
    from reports.words import Words

#: End of a band; the node that it runs into stands right of it.
ARROW = "▶"
#: Sign of a node.
BOX = "▌"

#: Cells that names with their amounts get at most; at least where the whole is to fit into the
#: width, and where it does not fit and is scrolled.
_NAME, _TIGHT, _WIDE = 44, 20, 30
#: Cells that names at the last column get at least: nothing runs on from there.
_LAST = 12
#: Cells of a wide bend.
_BEND = 6


@dataclass(frozen=True, slots=True)
class Drawn:
    """A Sankey in cells.

    Attributes:
        lines: Runs of equal looks from left to right: text and the facility whose color it has,
            "" outside, None for names.
        start: Line with the name of what the largest band comes from.
        per_line: Amount that a line of height stands for.
        drawn, whole: Flows that are drawn, and that there are.
    """

    lines: tuple[tuple[Run, ...], ...] = ()
    start: int = 0
    per_line: float | None = None
    drawn: int = 0
    whole: int = 0

    def text(self) -> list[str]:
        """Lines without trailing spaces."""
        return ["".join(text for text, _ in line).rstrip() for line in self.lines]


def text_sankey(
    diagram: Diagram, words: Words, width: int = 80, height: int = 24, most: int | None = None
) -> Drawn:
    """Draw a Sankey; it may be wider and higher than asked for, and is scrolled then.

    Args:
        diagram: What is drawn (`reports.diagram`).
        words: Language of what is said of the flows that are not drawn.
        width: Cells that it fills where names allow.
        height: Lines that it fills where names allow.
        most: Bands that are drawn, the usually largest first; by the height if None.
    """
    if not diagram.links:
        return Drawn()
    few = folded(diagram, max(height // 2, 8) if most is None else most)
    rest = {id_: _rest(item, words) for id_, item in few.rest.items()}
    middle = center(few.diagram)
    if middle is None:
        found = places(few.diagram, height, rest)
    else:
        found = alone(few.diagram, middle, height, rest)
    canvas = _Drawing(found, few.diagram, words, width)
    lines = canvas.drawn()
    per_line = 1.0 / found.scale if found.scale > 0.0 else None
    largest = max(found.bands, key=lambda band: (not band.loop, band.tall))
    start = next(box.top for box in found.boxes if box.node.id == largest.link.source) - 1
    return Drawn(lines, max(start, 0), per_line, few.drawn, few.whole)


def _rest(rest: Rest, words: Words) -> tuple[str, str]:
    """What enters and leaves besides: by number and amount, and short."""
    parts = []
    for term, count, amount in (
        ("sankey-others-in", rest.into, rest.amount_in),
        ("sankey-others-out", rest.out, rest.amount_out),
    ):
        if count:
            told = words.number(float(f"{amount:.3g}")) if amount else ""
            parts.append(words.text(term, count=count, amount=told))
    whole = words.text("sankey-others", parts=" ".join(parts))
    return whole, words.text("sankey-others-short", count=rest.into + rest.out)


class _Drawing(Cells):
    """The boxes and bands of a diagram in their cells."""

    def __init__(self, found: Places, diagram: Diagram, words: Words, width: int) -> None:
        self.found, self.diagram, self.words = found, diagram, words
        self.group = {node.id: node.group for node in diagram.nodes}
        self.turns = channels(found, _BEND)
        super().__init__(self._measure(width), found.height + 1)
        self.scrolled = self.width > width

    # --- widths ---

    def _measure(self, width: int) -> int:
        """Left edge of every column and of every zone of turns; the width of all."""
        found = self.found
        wish = [0] * found.levels
        for band in found.bands:
            first = band.legs[0].gap
            wish[first] = max(wish[first], cell_len(" ".join(self._said(band))) + 4)
        for box in found.boxes:
            room = max(cell_len("  ".join(self._title(box))), cell_len(box.rest[0])) + 2
            wish[box.level] = max(wish[box.level], room)
        turning = self.turns.width
        # behind the names of the last column nothing follows, unless loops turn there
        tail = 3 if turning.get(found.levels - 1) else 0
        fixed = 4 * found.levels - 3 + tail + sum(turning.values()) + (2 if turning.get(-1) else 0)
        wish = [min(each, _NAME) for each in wish]
        names = _given(wish, width - fixed, [_TIGHT] * (found.levels - 1) + [_LAST])
        if fixed + sum(names) > width:
            names = _given(wish, width - fixed, [_WIDE] * found.levels)
        spare = width - fixed - sum(names)
        inner = max(found.levels - 1, 1)
        if spare > 0 and found.levels > 1:
            names = [each + (spare // inner if at < inner else 0) for at, each in enumerate(names)]
        self.left, self.zone = {}, {-1: 1}
        x = 1 + (self.turns.width.get(-1, 0) + 2 if self.turns.width.get(-1) else 0)
        for level in range(found.levels):
            self.left[level] = x
            self.zone[level] = x + 1 + names[level]
            x = self.zone[level] + self.turns.width.get(level, 0) + 3
        return x - 3 + tail

    def _said(self, band: Band) -> tuple[str, str]:
        """Name and amount of a band."""
        link = band.link
        if link.value is None:
            return link.label, self.words.term("not-known")
        least = "≥ " if link.title.startswith("≥") else ""
        return link.label, f"{least}{self._short(link.value)}"

    def _short(self, value: float) -> str:
        return self.words.number(float(f"{value:.4g}"))

    def _title(self, box: Box) -> tuple[str, str]:
        amount = through(self.diagram.links, box.node.id)
        note = box.node.note.partition(" · ")[0].removesuffix(f" {self.diagram.unit}")
        return box.node.label, note or (self._short(amount) if amount else "")

    # --- drawing ---

    def drawn(self) -> tuple[tuple[Run, ...], ...]:
        """Bands from thick to thin, then what is written."""
        order = sorted(range(len(self.found.bands)), key=lambda at: -self._weight(at))
        for at in order:
            self._band(at, self.found.bands[at])
        for band in self.found.bands:
            self._name(band)
        for box in self.found.boxes:
            self._box(box)
        return self.runs()

    def _weight(self, at: int) -> float:
        band = self.found.bands[at]
        return 0.0 if band.thin else band.tall

    def _band(self, at: int, band: Band) -> None:
        tone = self.group[band.link.source] or self.group[band.link.target]
        lanes = {}
        for leg in band.legs:
            x0 = self.left[leg.gap] + 1 if leg.gap >= 0 else 1
            x1 = self.left.get(leg.gap + 1, self.width) - 1
            turn = self.turns.at.get((at, leg))
            zone = self.zone[leg.gap]
            if leg.lane:
                lanes[leg.lane] = x = zone + (turn or 0)
                self.upright(band, x, leg.start, leg.end, tone)
                if leg.lane == "out":
                    self.level(band, x0, x, leg.start, tone)
                else:
                    self.level(band, x, x1, leg.end, tone)
            elif leg.start == leg.end:
                self.level(band, x0, x1, leg.start, tone)
            elif turn is None:
                self.bend(band, (x0, zone, zone + self.turns.width[leg.gap], x1), leg, tone)
            else:
                self.level(band, x0, zone + turn, leg.start, tone)
                self.upright(band, zone + turn, leg.start, leg.end, tone)
                self.level(band, zone + turn, x1, leg.end, tone)
            following = self.left.get(leg.gap + 1)
            if not leg.lane and leg is not band.legs[-1] and following is not None:
                self.level(band, following - 1, following + 1, leg.end, tone)
        if lanes:
            self.level(band, lanes["back"], lanes["out"], band.legs[0].end, tone)
        last = band.legs[-1]
        row = last.end + (band.tall - 1) // 2
        self.put(self.left[last.gap + 1] - 1, row, ARROW, tone)

    def _room(self, gap: int) -> int:
        """Cells from the left edge of a column to where bands turn, or end if none does."""
        turns, following = self.turns.width.get(gap, 0), self.left.get(gap + 1)
        end = self.zone[gap] if turns or following is None else following - 1
        return end - self.left[gap]

    def _name(self, band: Band) -> None:
        """Name and amount within the band, right of its source; again where it is scrolled to."""
        name, amount = self._said(band)
        again = band.legs[1:] if self.scrolled and not band.loop and band.tall > 1 else []
        for leg in (band.legs[0], *again):
            room = self._room(leg.gap) - 4
            text = _cut(name, room - cell_len(amount) - 1)
            if text != name and leg is not band.legs[0]:
                continue
            said = f" {text} {amount} " if text else f" {_cut(amount, room)} "
            self.put(self.left[leg.gap] + 2, leg.start + (band.tall - 1) // 2, said)

    def _box(self, box: Box) -> None:
        """A node over the ends of its bands, its name in the line above."""
        x = self.left[box.level]
        for y in range(box.top, box.top + box.height):
            self.put(x, y, BOX, box.node.group)
        room = self._room(box.level) - 1
        name, note = self._title(box)
        name = _cut(name, max(room - cell_len(note) - 2, room // 2))
        left = room - cell_len(name) - 2
        self.put(x, box.top - 1, f"{name}  {note} " if cell_len(note) <= left else f"{name} ")
        if box.rest[0]:
            whole, short = box.rest
            said = whole if cell_len(whole) <= room else _cut(short, room)
            self.put(x, box.top + box.height, f"{said} ")


def _given(names: Sequence[int], room: int, least: Sequence[int]) -> list[int]:
    """Widths of names in a room: the widest give first, down to the least of each."""
    given = list(names)
    while sum(given) > room:
        able = [at for at, width in enumerate(given) if width > least[at]]
        if not able:
            break
        given[max(able, key=lambda at: given[at])] -= 1
    return given


def _cut(text: str, room: int) -> str:
    """The text in at most `room` cells, with an ellipsis where it is cut."""
    if cell_len(text) <= room:
        return text
    return f"{set_cell_size(text, room - 1).rstrip()}…" if room > 3 else ""
