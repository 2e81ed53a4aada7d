"""Colors and fonts of figures: told apart by people who see few colors, light ground in print."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FONTS = "Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, SimHei, sans-serif"
INK = "#1c2420"
GROUND = "#ffffff"
OUTSIDE_COLOR = "#7a837e"

#: After Paul Tol's "muted" scheme (Colour Schemes, SRON/EPS/TN/09-002), dark enough for edges.
_PALETTE = (
    "#332288",
    "#117733",
    "#aa4499",
    "#88510f",
    "#0f6e8c",
    "#882255",
    "#5d6d1b",
    "#994a3c",
)


def group_colors(groups: Iterable[str]) -> dict[str, str]:
    """Color of each group in the order in which the groups come; outside is gray."""
    inside = list(dict.fromkeys(group for group in groups if group))
    colors = {group: _PALETTE[place % len(_PALETTE)] for place, group in enumerate(inside)}
    return {**colors, "": OUTSIDE_COLOR}


#: After Paul Tol's "light" scheme (the same note), for a dark ground.
_LIGHT = (
    "#77aadd", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00", "#eedd88", "#ee8866", "#ffaabb",
)  # fmt: skip


def group_tints(groups: Iterable[str], *, dark: bool) -> dict[str, str]:
    """As `group_colors`, on a dark ground in light colors."""
    if not dark:
        return group_colors(groups)
    inside = list(dict.fromkeys(group for group in groups if group))
    tints = {group: _LIGHT[place % len(_LIGHT)] for place, group in enumerate(inside)}
    return {**tints, "": "#a9b0b4"}


def faded(color: str, opacity: float) -> str:
    """`#rrggbb` as `rgba(...)`."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
