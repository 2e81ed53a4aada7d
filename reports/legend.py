"""What the lines and colors of a Sankey mean, and its scale; drawn below it, in the same SVG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reports.colors import GROUND, INK, OUTSIDE_COLOR
from reports.markup import Safe, join, tag
from reports.shapes import text_width

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.shapes import Layout, PlacedLink

#: Lines drawn apart, in the order of the legend.
KINDS = ("measured", "computed", "carried", "unknown", "thin", "pipe", "loop")
DASH = {"computed": "5 3", "carried": "9 3 2 3", "unknown": "1.5 3"}

_SIGN, _BOX, _ROW, _GAP, _LETTER = 34.0, 14.0, 22.0, 22.0, 6.6
#: Greatest height of the bar that shows the scale.
_BAR = 26.0


def kind(item: PlacedLink, scale: float) -> str:
    """How a band is drawn: as its status says, or thin or a pipe where it is out of scale."""
    link = item.link
    if link.quiet:
        return "pipe"
    if link.value is not None and link.value * scale < item.thickness * (1.0 - 1e-9):
        return "thin"
    return link.status


def legend(
    layout: Layout, texts: Mapping[str, str], colors: Mapping[str, str], margin: float
) -> tuple[Safe, float]:
    """The legend of what occurs in a layout, and the height it takes.

    Args:
        layout: The Sankey it stands below.
        texts: By kind of line, by `group:<id>` and `unit`; what has no text is left out.
        colors: Of the groups.
        margin: Free space left and right.
    """
    met = {kind(item, layout.scale) for item in layout.links}
    met |= {"loop"} if any(item.loop for item in layout.links) else set()
    met_groups = {box.node.group for box in layout.nodes}
    groups = [g for g in colors if g in met_groups and f"group:{g}" in texts]
    items = [(_swatch(colors[g]), _BOX, texts[f"group:{g}"]) for g in groups]
    items += [(_line(one), _SIGN, texts[one]) for one in KINDS if one in met and one in texts]
    if "unit" in texts and layout.scale > 0.0:
        amount = scale_amount(layout.scale)
        shown = f"{amount:,.0f}" if amount >= 1.0 else f"{amount:g}"
        items.append((_scale(amount * layout.scale), _BOX, f"{shown} {texts['unit']}"))
    if not items:
        return Safe(), 0.0
    x, y = margin, layout.height + _ROW / 2
    drawn = []
    for sign, wide, text in items:
        width = wide + 8.0 + text_width(text, _LETTER)
        if x > margin and x + width > layout.width - margin:
            x, y = margin, y + _ROW
        told = tag("text", text, x=wide + 8.0, y=4)
        drawn.append(tag("g", sign, told, transform=f"translate({x:.1f} {y:.1f})"))
        x += width + _GAP
    return tag("g", *drawn, class_="legend"), y + _ROW - layout.height


def scale_amount(scale: float) -> float:
    """The greatest 1, 2 or 5 times a power of ten whose bar is not too high."""
    power = 10.0 ** math.floor(math.log10(_BAR / scale))
    return next(f * power for f in (5.0, 2.0, 1.0) if f * power * scale <= _BAR * (1.0 + 1e-9))


def _swatch(color: str) -> Safe:
    return tag("rect", x=0, y=-6, width=_BOX, height=12, fill=color)


def _scale(height: float) -> Safe:
    x = _BOX / 2
    path = f"M{x - 4},{-height / 2:.1f}h8m-4,0v{height:.1f}m-4,0h8"
    return tag("path", d=path, fill="none", stroke=INK, stroke_width=1.5, class_="scale")


def _line(one: str) -> Safe:
    color, middle = OUTSIDE_COLOR, f"M0,0H{_SIGN}"
    if one == "pipe":
        return pipe(middle, color, 5.0, unknown=False)
    if one == "thin":
        return join(
            tag("path", d=middle, fill="none", stroke=color, stroke_width=1.5),
            tick(2.0, 0.0, color),
        )
    if one == "unknown":
        return tag("path", d=middle, fill="none", stroke=color, stroke_dasharray=DASH[one])
    if one == "loop":
        return join(
            tag("path", d=middle, fill="none", stroke=color, stroke_width=4, stroke_opacity=0.42),
            tag("text", "◀", x=_SIGN / 2, y=4, text_anchor="middle"),
        )
    return tag(
        "rect",
        x=0,
        y=-5,
        width=_SIGN,
        height=10,
        fill=color,
        fill_opacity=0.42 if one == "measured" else 0.22,
        stroke=color,
        stroke_dasharray=DASH.get(one),
    )


def pipe(path: str, color: str, width: float, *, unknown: bool) -> Safe:
    """A hollow line: out of scale, whatever its amount."""
    dash = DASH["unknown"] if unknown else None
    return join(
        tag("path", d=path, fill="none", stroke=color, stroke_width=width, stroke_dasharray=dash),
        tag("path", d=path, fill="none", stroke=GROUND, stroke_width=width - 2.0),
    )


def tick(x: float, y: float, color: str) -> Safe:
    """The small stroke across the start of a band that is drawn thicker than its scale."""
    return tag("path", d=f"M{x:.1f},{y - 3.5:.1f}v7", fill="none", stroke=color, stroke_width=1.5)
