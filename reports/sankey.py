"""The interactive Sankey: a plotly figure whose every place comes from our own layout."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from reports.colors import FONTS, GROUND, INK, faded, group_colors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from plotly.graph_objects import Figure

    from reports.shapes import Layout, PlacedNode

#: plotly draws nothing right outside these (its own docs: keep away from 0 and 1).
_EDGE = 0.001


def figure(layout: Layout, groups: Iterable[str] = ()) -> Figure:
    """A plotly figure of a layout; `groups` in the order of their colors, before any others.

    What plotly would spoil is settled here: nodes stand in ascending x, or loops break; positions
    keep away from 0 and 1, which it takes for unset; our loops are the last links, because it
    takes for a loop whatever closes a cycle with links before it; every link gets at least a
    hairline's value, or it and its nodes vanish silently; amounts are said from our own texts,
    never from those values; names are escaped, because plotly reads markup in them.
    """
    from plotly import graph_objects

    boxes = sorted(layout.nodes, key=lambda box: (box.x, box.y))
    place = {box.node.id: number for number, box in enumerate(boxes)}
    colors = group_colors([*groups, *(box.node.group for box in layout.nodes)])
    right = max((box.x + box.width for box in boxes), default=1.0)
    left = min((box.x for box in boxes), default=0.0)
    top, bottom = layout.body
    bands = sorted(layout.links, key=lambda item: (item.loop, item.points[0], item.points[-1]))
    links = [item.link for item in bands]
    opacity = {"measured": 0.42, "computed": 0.22, "carried": 0.22, "unknown": 0.12}
    node: dict[str, Any] = {
        "label": [f"{escape(box.node.label)}<br>{escape(box.node.note)}" for box in boxes],
        "x": [_inside((box.x + box.width / 2 - left) / (right - left)) for box in boxes],
        "y": [_inside((box.y + box.height / 2 - top) / (bottom - top)) for box in boxes],
        "color": [colors[box.node.group] for box in boxes],
        "customdata": [escape(f"{box.node.label}: {box.node.note}") for box in boxes],
        "hovertemplate": "%{customdata}<extra></extra>",
        "thickness": 14,
        "pad": _pad(layout, boxes),
        "align": "left",
        "line": {"width": 0},
    }
    link: dict[str, Any] = {
        "source": [place[one.source] for one in links],
        "target": [place[one.target] for one in links],
        "value": [item.thickness for item in bands],
        "color": [
            faded(colors[boxes[place[one.source]].node.group], opacity[one.status]) for one in links
        ],
        "label": [escape(one.label) for one in links],
        "customdata": [
            f"{escape(one.label)}<br>{escape(one.title)}<br>"
            f"{escape(boxes[place[one.source]].node.label)} → "
            f"{escape(boxes[place[one.target]].node.label)}"
            + "".join(f"<br>{escape(member)}" for member in one.members)
            for one in links
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
        "line": {"color": INK, "width": 0},
    }
    shown = graph_objects.Figure(graph_objects.Sankey(arrangement="fixed", node=node, link=link))
    shown.update_layout(
        font={"family": FONTS, "size": 12, "color": INK},
        paper_bgcolor=GROUND,
        height=round(layout.height),
        margin={
            "l": round(left),
            "r": round(layout.width - right),
            "t": round(top),
            "b": round(layout.height - bottom),
        },
        hoverlabel={"font": {"family": FONTS}},
    )
    return shown


def _pad(layout: Layout, boxes: Sequence[PlacedNode]) -> float:
    """Padding at which plotly draws bands as thick as ours, so that no node covers another.

    Without a loop plotly takes pixels per value from the fullest of its own columns (longest
    path from the left), less a padding between nodes. With a loop it draws thinner anyway.
    """
    if any(item.loop for item in layout.links):
        return 8.0
    depth = {box.node.id: 0 for box in boxes}
    level = {box.node.id: box.level for box in boxes}
    out, into = dict.fromkeys(depth, 0.0), dict.fromkeys(depth, 0.0)
    for item in sorted(layout.links, key=lambda item: level[item.link.source]):
        source, target = item.link.source, item.link.target
        depth[target] = max(depth[target], depth[source] + 1)
        out[source] += item.thickness
        into[target] += item.thickness
    columns: dict[int, list[float]] = {}
    for node, far in depth.items():
        columns.setdefault(far, []).append(max(out[node], into[node]))
    height = layout.body[1] - layout.body[0]
    wished = [(height - sum(c)) / (len(c) - 1) for c in columns.values() if len(c) > 1]
    return max(min(wished, default=8.0), 1.0)


def figure_json(layout: Layout, groups: Iterable[str] = ()) -> str:
    """The figure as JSON that can stand inside a script element."""
    plain = json.dumps(figure(layout, groups).to_plotly_json(), ensure_ascii=False, default=list)
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _inside(share: float) -> float:
    return round(min(max(share, _EDGE), 1.0 - _EDGE), 5)
