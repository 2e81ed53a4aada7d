"""Places of the Sankey: nothing overlaps, every band is drawn, loops run round the outside."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.layout import lay_out
from reports.shapes import Layout, Link, Node
from reports.weights import usual_amounts


def nodes(text: str) -> list[Node]:
    return [Node(id_, id_) for id_ in text.split()]


def links(text: str) -> list[Link]:
    """`a>b 10; b>c` : links with their values, without one where none is known."""
    made = []
    for number, part in enumerate(part for part in text.split(";") if part.strip()):
        ends, _, value = part.strip().partition(" ")
        source, target = ends.split(">")
        made.append(Link(f"l{number}", source, target, float(value) if value else None))
    return made


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[Node], list[Link]]:
    count = draw(st.integers(1, 12))
    ends = st.integers(0, count - 1)
    values = st.none() | st.floats(0.0, 1e6)
    drawn = draw(st.lists(st.tuples(ends, ends, values), max_size=30))
    made = [Link(f"l{i}", f"n{a}", f"n{b}", value) for i, (a, b, value) in enumerate(drawn)]
    return [Node(f"n{i}", f"node {i}") for i in range(count)], made


@given(networks())
def test_nodes_of_a_column_never_overlap(network):
    layout = lay_out(*network)
    for level in {box.level for box in layout.nodes}:
        column = sorted((b for b in layout.nodes if b.level == level), key=lambda box: box.y)
        for upper, lower in pairwise(column):
            assert upper.y + upper.height <= lower.y + 1e-6
            assert upper.x == lower.x


@given(networks())
def test_every_node_and_every_link_is_drawn_once_and_inside_the_picture(network):
    layout = lay_out(*network)
    assert sorted(box.node.id for box in layout.nodes) == sorted(node.id for node in network[0])
    assert [item.link for item in layout.links] == network[1]
    for item in layout.links:
        assert item.thickness > 0.0
        for x, y in item.points:
            assert -1e-6 <= x <= layout.width + 1e-6
            assert item.thickness / 2 <= y + 1e-6
            assert y + item.thickness / 2 <= layout.height + 1e-6


@given(networks())
def test_bands_stand_side_by_side_within_the_height_of_their_nodes(network):
    layout = lay_out(*network)
    box = {box.node.id: box for box in layout.nodes}
    for at, end in ((0, "source"), (-1, "target")):
        spans: dict[str, list[tuple[float, float]]] = {}
        for item in layout.links:
            y, half = item.points[at][1], item.thickness / 2
            spans.setdefault(getattr(item.link, end), []).append((y - half, y + half))
        for node, taken in spans.items():
            taken.sort()
            assert taken[0][0] >= box[node].y - 1e-6
            assert taken[-1][1] <= box[node].y + box[node].height + 1e-6
            for (_, upper), (lower, _) in pairwise(taken):
                assert upper <= lower + 1e-6


@given(networks())
def test_only_loops_run_back_and_without_them_everything_runs_to_the_right(network):
    layout = lay_out(*network)
    level = {box.node.id: box.level for box in layout.nodes}
    for item in layout.links:
        forward = level[item.link.source] < level[item.link.target]
        assert forward or item.loop
        if not item.loop:
            xs = [x for x, _ in item.points]
            assert xs == sorted(xs)


@given(networks())
def test_the_same_network_gets_the_same_places_every_day(network):
    assert lay_out(*network) == lay_out(*network)


@given(networks())
def test_band_thickness_is_proportional_to_the_amount(network):
    layout = lay_out(*network)
    for item in layout.links:
        wanted = (item.link.value or 0.0) * layout.scale
        assert item.thickness == pytest.approx(max(wanted, 1.5))


def place(layout: Layout, node: str) -> tuple[int, float]:
    box = next(box for box in layout.nodes if box.node.id == node)
    return box.level, box.y


def test_the_small_flow_of_a_cycle_becomes_the_loop():
    layout = lay_out(
        nodes("in bunker leachate out"),
        links("in>bunker 100; bunker>leachate 30; leachate>bunker 5; leachate>out 25"),
    )
    assert [item.link.id for item in layout.links if item.loop] == ["l2"]
    assert place(layout, "bunker")[0] < place(layout, "leachate")[0]


def test_the_order_of_the_links_does_not_decide_which_one_is_the_loop():
    shuffled = links("leachate>bunker 5; bunker>leachate 30; in>bunker 100; leachate>out 25")
    layout = lay_out(nodes("leachate bunker in out"), shuffled)
    assert [item.link.id for item in layout.links if item.loop] == ["l0"]


def test_a_network_without_a_cycle_has_no_loop():
    layout = lay_out(nodes("d c b a"), links("a>b 1; a>c 1; b>d 1; c>d 1; a>d 9"))
    assert not any(item.loop for item in layout.links)


def test_a_loop_runs_outside_the_columns():
    layout = lay_out(nodes("a b c d"), links("a>b 9; b>c 9; c>b 2; c>d 7; d>a 1"))
    top, bottom = layout.body
    loops = [item for item in layout.links if item.loop]
    assert {item.link.id for item in loops} == {"l2", "l4"}
    for item in loops:
        lane = item.points[2][1]
        assert lane + item.thickness / 2 <= top or lane - item.thickness / 2 >= bottom


def test_two_loops_never_share_a_way():
    layout = lay_out(nodes("a b c"), links("a>b 9; b>c 9; c>a 2; c>a 3; b>a 1"))
    lanes = sorted((i.points[2][1], i.thickness) for i in layout.links if i.loop)
    assert len(lanes) == 3
    for (upper, thick), (lower, other) in pairwise(lanes):
        assert upper + thick / 2 < lower - other / 2


def test_long_bands_keep_clear_of_the_nodes_they_pass():
    layout = lay_out(nodes("a b c d"), links("a>b 10; b>c 10; c>d 10; a>d 40"))
    band = next(item for item in layout.links if item.link.id == "l3")
    for name in ("b", "c"):
        box = next(box for box in layout.nodes if box.node.id == name)
        passing = [y for x, y in band.points if box.x <= x <= box.x + box.width]
        assert passing
        for y in passing:
            low, high = y - band.thickness / 2, y + band.thickness / 2
            assert high <= box.y or low >= box.y + box.height


def test_a_flow_of_which_nothing_is_known_is_still_drawn():
    layout = lay_out(nodes("a b"), links("a>b"))
    assert layout.links[0].thickness == 1.5


def test_a_sankey_of_tonnes_and_gigajoules_is_refused():
    mixed = [Link("m", "a", "b", 1.0, "t"), Link("e", "a", "b", 1.0, "GJ")]
    with pytest.raises(ValueError, match="one unit"):
        lay_out(nodes("a b"), mixed)


def test_a_link_to_a_node_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="unknown node"):
        lay_out(nodes("a"), links("a>b 1"))


def test_more_may_come_back_than_runs_forward():
    """60 of 70 return to where 100 enter: what returns is the loop, however the amounts stand."""
    layout = lay_out(nodes("in a b out"), links("in>a 100; a>b 50; b>a 60; a>out 90"))
    assert [item.link.id for item in layout.links if item.loop] == ["l2"]


def test_the_usual_amount_and_not_the_amount_of_the_day_decides_what_is_a_loop():
    today = links("in>a 1; a>b 2; in>b 90; b>a 80; a>out 79")
    usual = [100.0, 60.0, 5.0, 10.0, 50.0]
    stated = [replace(link, weight=weight) for link, weight in zip(today, usual, strict=True)]
    assert [i.link.id for i in lay_out(nodes("in a b out"), today).links if i.loop] == ["l1"]
    assert [i.link.id for i in lay_out(nodes("in a b out"), stated).links if i.loop] == ["l3"]


def test_an_unknown_link_counts_as_much_as_its_ends_lack():
    """b gives 50 and is known to take 10; a takes 100 and is known to give 30."""
    made = links("in>a 100; a>b; a>out 30; in>b 10; b>out 50")
    arcs = [(0, 1, 0.0), (1, 2, 0.0), (1, 3, 0.0), (0, 2, 0.0), (2, 3, 0.0)]
    assert usual_amounts(arcs, made) == [100.0, 70.0, 30.0, 10.0, 50.0]


def test_a_pipe_has_one_width_and_changes_nothing_of_the_rest():
    made = links("in>a 100; a>b 100; air>a 90000; a>gas 90000")
    quiet = [replace(link, quiet=link.value == 90000.0) for link in made]
    layout = lay_out(nodes("in a b air gas"), quiet)
    assert layout.scale == lay_out(nodes("in a b air gas"), made[:2]).scale
    assert [item.thickness for item in layout.links[2:]] == [5.0, 5.0]
