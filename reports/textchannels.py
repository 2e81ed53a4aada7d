"""Where the bands of a text Sankey turn between two columns: each in a channel of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.textplaces import Leg, Places

#: Cells of a channel: of a line, and of a band of one line of height.
_LINE, _BLOCK = 2, 3


@dataclass
class Channels:
    """Turns of all gaps.

    Attributes:
        at: Cells right of the zone's left edge at which a leg turns, by number of the band and
            leg; what is not there runs straight or leans over.
        width: Cells of the zone of each gap.
    """

    at: dict[tuple[int, Leg], int] = field(default_factory=dict)
    width: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A leg that turns: so many lines `tall`, in a channel so many cells `wide`."""

    number: int
    leg: Leg
    tall: int
    wide: int

    @property
    def span(self) -> tuple[int, int]:
        """First and last line of its upright piece."""
        return min(self.leg.start, self.leg.end), max(self.leg.start, self.leg.end) + self.tall - 1


def channels(found: Places, bend: int) -> Channels:
    """Give every leg that turns a channel, so that few cross and none runs along another.

    Args:
        found: Boxes and bands.
        bend: Cells in which a thick band leans over.
    """
    made = Channels()
    turning: dict[int, list[_Turn]] = {}
    for number, band in enumerate(found.bands):
        for leg in band.legs:
            if leg.start == leg.end and not leg.lane:
                continue
            if band.tall > 1 and not leg.lane:
                made.width[leg.gap] = max(made.width.get(leg.gap, 0), bend)
                continue
            wide = _LINE if band.thin else _BLOCK
            turning.setdefault(leg.gap, []).append(_Turn(number, leg, band.tall, wide))
    for gap, turns in turning.items():
        x = 1
        for group in _ordered(turns):
            for turn in group:
                made.at[turn.number, turn.leg] = x
            x += max(turn.wide for turn in group)
        made.width[gap] = max(made.width.get(gap, 0), x)
    return made


def _ordered(turns: Sequence[_Turn]) -> list[list[_Turn]]:
    """Turns by channel from left to right; those of one channel do not meet.

    What goes down turns the sooner the lower it starts, what goes up the sooner the higher it
    starts: then two that go the same way do not cross. What ends on a line on which another one
    starts must turn after it.
    """

    def wish(turn: _Turn) -> tuple[bool, int]:
        return turn.leg.lane == "back", -turn.leg.start if _down(turn) else turn.leg.start

    left, made = sorted(turns, key=wish), []
    while left:
        group: list[_Turn] = []
        for place, turn in enumerate(left):
            sooner = [
                other for other in left[:place]
                if other not in group and _down(other) == _down(turn) and _meet(other, turn)
            ]  # fmt: skip
            if not sooner and not _blocked(turn, left) and not any(_meet(turn, x) for x in group):
                group.append(turn)
        group = group or left[:1]  # two that change places cross in any case
        left = [turn for turn in left if turn not in group]
        made.append(group)
    return made


def _down(turn: _Turn) -> bool:
    return turn.leg.end > turn.leg.start


def _blocked(turn: _Turn, left: Sequence[_Turn]) -> bool:
    """Whether a turn would end on a line on which another one still runs."""
    if turn.leg.lane == "out":
        return False
    end = turn.leg.end, turn.leg.end + turn.tall - 1
    starts = (
        (other.leg.start, other.leg.start + other.tall - 1)
        for other in left
        if other is not turn and other.leg.lane != "back"
    )
    return any(start[0] <= end[1] and end[0] <= start[1] for start in starts)


def _meet(one: _Turn, other: _Turn) -> bool:
    """Whether their upright pieces have a line in common."""
    return one.span[0] <= other.span[1] and other.span[0] <= one.span[1]
