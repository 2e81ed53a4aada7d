"""A Sankey as one SVG of our own: bands, loops round the outside, labels, no script, no browser."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from reports.colors import FONTS, GROUND, INK, OUTSIDE_COLOR, group_colors
from reports.legend import DASH as _DASH
from reports.legend import kind, legend, pipe, tick
from reports.markup import Safe, join, tag
from reports.shapes import text_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.shapes import Layout, PlacedLink, PlacedNode

_LETTER = 6.6
_MARGIN = 16.0


def draw(
    layout: Layout,
    title: str,
    key: str = "sankey",
    texts: Mapping[str, str] | None = None,
    groups: Iterable[str] = (),
) -> Safe:
    """The SVG of a layout.

    Args:
        layout: Places, from `reports.layout.lay_out`.
        title: What it shows; read out by screen readers.
        key: Prefix of element ids, unique in the page.
        texts: Of the legend (`reports.legend`); without them there is none.
        groups: In the order of their colors, before any others.
    """
    colors = group_colors([*groups, *(box.node.group for box in layout.nodes)])
    group = {box.node.id: box.node.group for box in layout.nodes}
    label = {box.node.id: box.node.label for box in layout.nodes}
    bands = [
        _band(item, kind(item, layout.scale), colors[group[item.link.source]], label)
        for item in sorted(layout.links, key=lambda item: (item.loop, -item.thickness))
    ]
    labels = _label_ends(layout)
    edges = sorted({box.x for box in layout.nodes})
    room = {
        x: (edges[i + 1] if i + 1 < len(edges) else layout.width) - x for i, x in enumerate(edges)
    }
    below, height = legend(layout, texts or {}, colors, _MARGIN)
    height += layout.height
    return tag(
        "svg",
        tag("title", title, id=f"{key}-title"),
        tag("rect", width="100%", height="100%", fill=GROUND),
        tag("g", *bands, class_="bands"),
        tag("g", *(_name(item, labels, layout.width) for item in layout.links), class_="names"),
        tag("g", *(_box(box, colors[box.node.group], room[box.x]) for box in layout.nodes)),
        below,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {layout.width:.0f} {height:.0f}",
        width=f"{layout.width:.0f}",
        height=f"{height:.0f}",
        font_family=FONTS,
        font_size=12,
        fill=INK,
        role="img",
        aria_labelledby=f"{key}-title",
    )


def _band(item: PlacedLink, one: str, color: str, label: dict[str, str]) -> Safe:
    link, status = item.link, item.link.status
    says = f"{link.label}: {link.title}" if link.title else link.label
    told = (f"{label[link.source]} → {label[link.target]}", says, *link.members)
    title = tag("title", "\n".join(told))
    line: dict[str, str | float | bool | None] = {
        "data_flow": link.id,
        "data_loop": "yes" if item.loop else None,
        "data_drawn": one if one in {"thin", "pipe"} else None,
        "class_": f"band {status}",
    }
    way = _way_round(item) if item.loop else _middle(item)
    if one == "pipe":
        return tag(
            "g",
            title,
            pipe(way, OUTSIDE_COLOR, item.thickness, unknown=status == "unknown"),
            **line,
        )
    dash = _DASH["unknown"] if status == "unknown" else None
    if item.loop or one in {"thin", "unknown"}:
        shape = tag(
            "path",
            d=way,
            fill="none",
            stroke=color,
            stroke_opacity=0.42 if item.loop and one != "thin" else 0.9,
            stroke_width=round(item.thickness, 2),
            stroke_dasharray=dash,
        )
        start = [tick(item.points[0][0] + 3.0, item.points[0][1], color)] if one == "thin" else []
        end = [_head(item, color)] if item.loop else []
        return tag("g", title, shape, *start, *end, *_seam(item, color), **line)
    shape = tag(
        "path",
        d=_outline(item),
        fill=color,
        fill_opacity=0.42 if status == "measured" else 0.22,
        stroke=color,
        stroke_width=0.6 if status == "measured" else 1.1,
        stroke_opacity=0.9,
        stroke_dasharray=_DASH.get(status),
    )
    return tag("g", title, shape, **line)


def _head(item: PlacedLink, color: str) -> Safe:
    """The arrow head with which a loop enters its node."""
    (x, y), half = item.points[-1], max(item.thickness / 2, 4.0)
    return tag("path", d=f"M{x - 7:.1f},{y - half:.1f}L{x:.1f},{y:.1f}l-7,{half:.1f}z", fill=color)


def _seam(item: PlacedLink, color: str) -> list[Safe]:
    """The dashed middle line that marks a loop that is not measured."""
    if not item.loop or item.link.status not in {"computed", "carried"}:
        return []
    dash = _DASH[item.link.status]
    return [tag("path", d=_way_round(item), fill="none", stroke=color, stroke_dasharray=dash)]


def _outline(item: PlacedLink) -> str:
    half = item.thickness / 2
    upper = [(x, y - half) for x, y in item.points]
    lower = [(x, y + half) for x, y in reversed(item.points)]
    return f"M{_at(upper[0])}{_curves(upper)}L{_at(lower[0])}{_curves(lower)}Z"


def _middle(item: PlacedLink) -> str:
    return f"M{_at(item.points[0])}{_curves(item.points)}"


def _curves(points: Sequence[tuple[float, float]]) -> str:
    parts = []
    for (x0, y0), (x1, y1) in pairwise(points):
        if abs(y1 - y0) < 0.01:
            parts.append(f"L{_at((x1, y1))}")
        else:
            bend = (x0 + x1) / 2
            parts.append(f"C{_at((bend, y0))} {_at((bend, y1))} {_at((x1, y1))}")
    return "".join(parts)


def _way_round(item: PlacedLink) -> str:
    """Corner to corner with rounded turns, wide enough not to fold the band."""
    points = item.points
    parts = [f"M{_at(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = item.thickness / 2 + 8.0
        near = _toward(corner, before, radius)
        far = _toward(corner, after, radius)
        parts.append(f"L{_at(near)}Q{_at(corner)} {_at(far)}")
    return "".join([*parts, f"L{_at(points[-1])}"])


def _toward(
    corner: tuple[float, float], other: tuple[float, float], radius: float
) -> tuple[float, float]:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx), abs(dy))
    share = min(radius, length / 2) / length if length else 0.0
    return corner[0] + dx * share, corner[1] + dy * share


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _name(item: PlacedLink, labels: dict[float, float], width: float) -> Safe:
    """Name of a flow: on the way of a loop, or on a band where it leaves room for it."""
    link = item.link
    if item.loop:
        (right, lane), (left, _) = item.points[2], item.points[3]
        says = ", ".join(part for part in (link.label, link.title) if part)
        lift = -item.thickness / 2 - 4.0 if item.thickness < 16.0 else 4.0
        middle = (left + right) / 2
        # The lane is its own from side to side.
        free = 2 * (min(middle, width - middle) - _MARGIN)
        return _text(f"◀ {says}", middle, lane + lift, free, anchor="middle")
    x, y = item.points[-1]
    room = x - 8.0 - max((end for start, end in labels.items() if start < x), default=0.0)
    if item.thickness < 14.0 or text_width(link.label, _LETTER) > room:
        return Safe()
    return _text(link.label, x - 8.0, y + 4.0, room, anchor="end")


def _label_ends(layout: Layout) -> dict[float, float]:
    """Where the labels of each column end, by the column's left edge."""
    ends: dict[float, float] = {}
    for box in layout.nodes:
        widest = max(text_width(box.node.label, _LETTER), text_width(box.node.note, _LETTER))
        ends[box.x] = max(ends.get(box.x, 0.0), box.x + box.width + 14.0 + widest)
    return ends


def _box(box: PlacedNode, color: str, room: float) -> Safe:
    title = tag("title", f"{box.node.label}\n{box.node.note}")
    rect = tag(
        "rect",
        x=box.x,
        y=box.y,
        width=box.width,
        height=box.height,
        fill=color,
        data_node=box.node.id,
    )
    x, middle = box.x + box.width + 6.0, box.y + box.height / 2
    free = room - box.width - 12.0
    name = _text(box.node.label, x, middle - 2.0, free, weight="600")
    note = _text(box.node.note, x, middle + 12.0, free)
    lines = [text for text in (box.node.label, box.node.note) if text]
    widest = min(max((text_width(text, _LETTER) for text in lines), default=0.0), free)
    # Bands pass behind a label: a plate lets them be seen and the label be read.
    plate = tag(
        "rect",
        x=round(x - 2.0, 2),
        y=round(middle - 13.0 if box.node.label else middle + 1.0, 2),
        width=round(widest + 4.0, 2),
        height=15.0 * len(lines),
        rx=2,
        fill=GROUND,
        fill_opacity=0.7,
        pointer_events="none",
    )
    return tag("g", title, rect, *([plate] if lines else []), name, note)


def _text(
    text: str, x: float, y: float, room: float, *, anchor: str = "start", weight: str | None = None
) -> Safe:
    """A label with a light rim, cut with an ellipsis where it is longer than its room."""
    shown = text
    while shown and text_width(shown, _LETTER) > room:
        shown = shown[:-1]
    if shown != text:
        shown = join(shown[:-1] + "…")
    return tag(
        "text",
        shown,
        x=x,
        y=y,
        text_anchor=anchor,
        font_weight=weight,
        stroke=GROUND,
        stroke_width=3,
        stroke_linejoin="round",
        paint_order="stroke",
        pointer_events="none",
    )
