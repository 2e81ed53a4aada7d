"""Nodes and bands of a Sankey, as they are asked for and as they are placed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Node:
    """A process or an end outside the park; `group` gives its color, `note` its second line."""

    id: str
    label: str
    group: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A flow from node to node.

    Attributes:
        value: Amount >= 0 in `unit`, or None where it is not known: drawn as a hairline.
        status: `measured`, `computed`, `unknown`, or `carried` by matter; drawn apart.
        title: What is said of it beside its name: amount and sigma.
        weight: How much it counts where loops, columns and order are decided, or None for its
            value: the usual amount, so that the places are the same every day. NaN: to be
            worked out from what its ends lack.
        quiet: Drawn as a thin hollow pipe of one width, out of scale, whatever its amount.
        members: What it bundles, a line each.
    """

    id: str
    source: str
    target: str
    value: float | None
    unit: str = "t"
    label: str = ""
    status: str = "measured"
    title: str = ""
    weight: float | None = None
    quiet: bool = False
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Style:
    """Measures of the drawing, in pixels.

    Attributes:
        body: Height wished for the bands of the fullest column; None: by the number of nodes.
        slot: Least height a node takes with its two lines of label.
        gap: Least distance between two slots of a column.
        lane: Least height of the way of a loop, which carries its label.
        hairline: Least thickness of a band.
        pipe: Thickness of a band that is out of scale.
        least: Least height of a node.
        turn: Distance between two loops that turn beside each other.
        width: Least width of the whole; the columns are moved apart to fill it.
        letter: Width of a Latin letter of the labels.
        column: Least and greatest distance between two columns.
    """

    body: float | None = None
    slot: float = 30.0
    gap: float = 8.0
    lane: float = 24.0
    hairline: float = 1.5
    pipe: float = 5.0
    least: float = 4.0
    turn: float = 4.0
    node_width: float = 14.0
    column: tuple[float, float] = (150.0, 280.0)
    letter: float = 6.6
    margin: float = 16.0
    width: float = 960.0


class PlacedNode(NamedTuple):
    """A node as a rectangle: `x`, `y` is its upper left corner."""

    node: Node
    level: int
    x: float
    y: float
    width: float
    height: float
    throughput: float


class PlacedLink(NamedTuple):
    """A band, or a loop round the outside.

    Attributes:
        points: Centers of the band, from the source's right side to the target's left side; a
            forward band has one point at each side of every column it passes.
        thickness: Height of the band at both ends.
        loop: True if it runs back; then the points are the corners of its way round.
    """

    link: Link
    points: tuple[tuple[float, float], ...]
    thickness: float
    loop: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A Sankey with every place decided; `scale` is pixels per unit."""

    width: float
    height: float
    nodes: tuple[PlacedNode, ...] = ()
    links: tuple[PlacedLink, ...] = ()
    scale: float = 0.0
    body: tuple[float, float] = field(default=(0.0, 0.0))


def text_width(text: str, letter: float) -> float:
    """Width of a label; Chinese and full-width characters take nearly two letters."""
    return sum(letter * 1.82 if ord(char) > 0x2E7F else letter for char in text)
