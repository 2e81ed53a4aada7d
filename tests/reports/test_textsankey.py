"""The Sankey as text: what is drawn, in which proportion, and that wide characters stay whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.diagram import Diagram
from reports.shapes import Link, Node
from reports.textsankey import ARROW, BOX, FILLS, per_line, text_sankey


def diagram(nodes: str, *links: Link) -> Diagram:
    """`id=label; id` : nodes in their order."""
    made = [part.strip().partition("=") for part in nodes.split(";")]
    return Diagram(
        "mass", "t", "Mass", tuple(Node(id_, label or id_) for id_, _, label in made), links
    )


def link(ends: str, value: float | None, label: str, status: str = "measured") -> Link:
    source, target = ends.split(">")
    title = "not known" if value is None else f"{value:g} t, {status}"
    return Link(f"{ends} {label}", source, target, value, "t", label, status, title)


PLANT = diagram(
    "town=Town; plant=Furnace plant; works=Works; air=Air",
    link("town>plant", 400.0, "waste"),
    link("plant>works", 100.0, "ash", "computed"),
    link("plant>air", None, "vapor", "unknown"),
)


#: Waste to the left, ash and vapor to the right.
SNAPSHOT = """
  Town                                Furnace plant
  ▌███████████████████████████████████▌▒ ash 100 t ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
  ▌███████████████████████████████████▌▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
  ▌███████████████████████████████████▌                             ▒▒▒▒
  ▌███████████████████████████████████▌┄ vapor not known ┄┄┄┄┄┄┄┄┄┄┄  ▒▒▒▒   Works
  ▌███████████████████████████████████▌                             ┄   ▒▒▒▒▶▌
  ▌█ waste 400 t ████████████████████▶▌                              ┄    ▒▒▒▌
  ▌███████████████████████████████████▌                               ┄      ▌
  ▌███████████████████████████████████▌                                ┄
  ▌███████████████████████████████████▌                                 ┄┄
  ▌███████████████████████████████████▌                                   ┄┄ Air
  ▌███████████████████████████████████▌                                     ▶▌
  ▌                                   ▌                                      ▌
""".strip("\n").splitlines()


def test_a_plant_is_drawn_with_names_amounts_and_widths():
    assert text_sankey(PLANT, 100, 12) == SNAPSHOT


def test_widths_follow_amounts():
    lines = text_sankey(PLANT, 100, 40)
    per = per_line(PLANT, 100, 40)
    assert per == pytest.approx(400.0 / 40)
    for value, fill, column in ((400.0, "measured", 10), (100.0, "computed", 60)):
        tall = sum(line[column : column + 1] == FILLS[fill] for line in lines)
        assert tall + 1 == pytest.approx(value / per, abs=1.0)  # the empty line parts two bands


def test_what_is_not_known_is_a_dashed_line_and_never_a_band():
    lines = text_sankey(PLANT, 100, 12)
    assert sum(FILLS["unknown"] in line for line in lines) >= 1
    assert any("vapor not known" in line for line in lines)


def test_what_runs_back_is_drawn_round_the_outside_and_arrives():
    back = diagram(
        "a=A; b=B", link("a>b", 10.0, "there"), link("b>a", 4.0, "back"),
    )  # fmt: skip
    lines = text_sankey(back, 80, 10)
    assert sum(line.count(ARROW) for line in lines) == 2
    assert any("back 4 t" in line for line in lines)


def test_chinese_names_are_whole():
    lines = text_sankey(diagram("a=焚烧一厂; b=渗沥液处理厂", link("a>b", 30.0, "渗沥液")), 80, 6)
    assert any("焚烧一厂" in line for line in lines)
    assert any("渗沥液 30 t" in line for line in lines)


def test_nothing_is_drawn_of_nothing():
    assert text_sankey(diagram("a"), 80, 20) == []
    assert per_line(diagram("a"), 80, 20) is None


@st.composite
def diagrams(draw: st.DrawFn) -> Diagram:
    count = draw(st.integers(2, 7))
    ends = st.integers(0, count - 1)
    values = st.none() | st.floats(0.0, 1e6)
    names = st.text(alphabet="ab 渗沥液", min_size=1, max_size=14)
    flows = draw(st.lists(st.tuples(ends, ends, values, names), min_size=1, max_size=12))
    links = [
        Link(f"l{at}", f"n{a}", f"n{b}", value, "t", name, title=f"{value} t")
        for at, (a, b, value, name) in enumerate(flows)
    ]
    nodes = [Node(f"n{at}", draw(names)) for at in range(count)]
    return Diagram("mass", "t", "Mass", tuple(nodes), tuple(links))


@given(diagrams(), st.integers(60, 140), st.integers(6, 40))
def test_every_flow_arrives_and_no_line_is_broken(made, width, height):
    lines = text_sankey(made, width, height)
    met = {end for item in made.links for end in (item.source, item.target)}
    assert sum(line.count(BOX) for line in lines) >= len(met)
    assert all(line == line.rstrip() and "\n" not in line for line in lines)
    assert sum(line.count(ARROW) for line in lines) >= 1
