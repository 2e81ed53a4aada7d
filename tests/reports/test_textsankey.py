"""The Sankey as text: what is drawn, in which proportion, and that wide characters stay whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from reports.colors import group_tints
from reports.diagram import Diagram
from reports.shapes import Link, Node
from reports.textalone import alone, center
from reports.textcells import FILLS, THIN
from reports.textchannels import channels
from reports.textfolds import FROM, TO, focused, folded
from reports.textplaces import places
from reports.textsankey import ARROW, BOX, text_sankey
from reports.words import Words

EN, ZH = Words("en"), Words("zh")


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
 Town  400                    Furnace plant  400                  Air
 ▌▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▌┄ vapor not known ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▶▌
 ▌████████████████████████████▌                                   Works  100
 ▌████████████████████████████▌▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▌
 ▌████████████████████████████▌▒ ash 100 ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▶▌
 ▌████████████████████████████▌▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▌
 ▌█ waste 400 ███████████████▶▌
 ▌████████████████████████████▌
 ▌████████████████████████████▌
 ▌████████████████████████████▌
 ▌████████████████████████████▌
 ▌████████████████████████████▌
""".strip("\n").splitlines()


def test_a_plant_is_drawn_with_names_amounts_and_widths():
    assert text_sankey(PLANT, EN, 78, 12).text() == SNAPSHOT


def test_bands_are_as_high_as_their_amounts_and_one_line_at_least():
    drawn = text_sankey(PLANT, EN, 100, 40)
    for value, fills, column in ((400.0, "█▄", 20), (100.0, "▒", 60)):
        tall = sum(line[column : column + 1] in tuple(fills) for line in drawn.text())
        assert tall == pytest.approx(value / drawn.per_line, abs=1.0)
    tiny = diagram("a=A; b=B", link("a>b", 1000.0, "much"), link("a>b", 1.0, "little"))
    (line,) = [line for line in text_sankey(tiny, EN, 80, 12).text() if "little" in line]
    assert line.startswith(f" {BOX}{THIN[0]} little 1 {THIN[0]}")


def test_what_is_not_known_is_a_dashed_line_and_never_a_band():
    lines = text_sankey(PLANT, EN, 100, 12).text()
    (line,) = [line for line in lines if "vapor not known" in line]
    assert FILLS["unknown"] in line


def test_what_runs_back_is_drawn_round_the_outside_and_arrives():
    back = diagram("a=A; b=B", link("a>b", 100.0, "there"), link("b>a", 1.0, "back"))
    lines = text_sankey(back, EN, 80, 10).text()
    assert sum(line.count(ARROW) for line in lines) == 2
    lane = next(at for at, line in enumerate(lines) if line.count("─") > 30)
    assert lane in (0, len(lines) - 1)
    assert any("back 1 ─" in line for line in lines)


def test_two_lines_that_go_the_same_way_do_not_cross():
    down = diagram(
        "a=A; b=B; c=C; z=Z",
        *(link(f"{end}>z", value, end) for end, value in (("a", 900.0), ("b", 1.0), ("c", 1.0))),
    )
    assert THIN[6] not in "".join(text_sankey(down, EN, 80, 12).text())


def test_lines_that_must_cross_are_both_seen():
    cross = diagram(
        "a=A; b=B; y=Y; z=Z",
        link("a>y", 900.0, "ay"), link("a>z", 1.0, "az"), link("b>y", 1.0, "by"),
        link("b>z", 900.0, "bz"),
    )  # fmt: skip
    lines = text_sankey(cross, EN, 80, 16).text()
    assert sum(line.count(ARROW) for line in lines) == 4
    assert all(any(f"{name} " in line for line in lines) for name in ("ay", "az", "by", "bz"))


MANY = diagram(
    "town=Town; plant=Plant; works=Works; air=Air",
    *(link("town>plant", float(amount), f"waste {amount}") for amount in range(1, 30)),
    link("plant>works", 300.0, "ash"),
    link("plant>air", 1.0, "steam"),
    link("works>air", 2.0, "dust"),
)


def test_the_largest_flows_are_drawn_and_the_rest_is_counted_with_its_amount():
    few = folded(MANY, 2)
    assert [(item.label, item.value) for item in few.diagram.links] == [
        ("waste 29 +28", 435.0), ("ash", 300.0),
    ]  # fmt: skip
    assert (few.drawn, few.whole) == (30, 32)
    assert (few.rest["plant"].out, few.rest["plant"].amount_out) == (1, 1.0)
    drawn = text_sankey(MANY, EN, 80, 12, most=2)
    assert any("others out (1) 1" in line for line in drawn.text())
    assert (drawn.drawn, drawn.whole) == (30, 32)
    assert any("其他 出（1） 1" in line for line in text_sankey(MANY, ZH, 80, 12, most=2).text())


def test_what_is_drawn_is_decided_by_usual_amounts_so_it_is_the_same_every_day():
    def of(day: float) -> Diagram:
        nodes = (Node("a", "A"), Node("b", "B"), Node("c", "C"))
        return Diagram(
            "mass", "t", "Mass", nodes,
            (Link("ab", "a", "b", 10.0 * day, "t", "ab", weight=10.0),
             Link("ac", "a", "c", 9.0 / day, "t", "ac", weight=9.0)),
        )  # fmt: skip

    assert [[item.id for item in folded(of(day), 1).diagram.links] for day in (0.1, 1.0, 5.0)] == [
        ["ab"], ["ab"], ["ab"],
    ]  # fmt: skip


def test_each_facility_keeps_its_largest_flow():
    nodes = (Node("in", "Town"), Node("big", "Big", "big"), Node("small", "Small", "small"))
    links = (link("in>big", 100.0, "waste"), link("in>small", 1.0, "scraps"))
    few = folded(Diagram("mass", "t", "Mass", nodes, links, "facility"), 1)
    assert [item.label for item in few.diagram.links] == ["waste", "scraps"]


def test_one_facility_stands_between_what_it_takes_and_what_it_gives():
    nodes = (Node("in", "Town"), Node("a", "Plant A", "a"), Node("b", "Plant B", "b"))
    links = (link("in>a", 5.0, "waste"), link("a>b", 3.0, "ash"), link("b>a", 2.0, "water"),
             link("in>b", 9.0, "sand"))  # fmt: skip
    only = focused(Diagram("mass", "t", "Mass", nodes, links, "facility"), "a")
    assert [(item.source, item.target) for item in only.links] == [
        (f"{FROM}in", "a"), ("a", f"{TO}b"), (f"{FROM}b", "a"),
    ]  # fmt: skip
    assert center(only) == "a"
    bands = alone(only, "a", 12, {}).bands
    assert {leg.start - leg.end for band in bands for leg in band.legs} == {0}
    assert sorted(band.legs[0].gap for band in bands) == [0, 0, 1]
    lines = text_sankey(only, EN, 78, 12).text()
    assert max(map(len, lines)) <= 78
    assert all(any(said in line for line in lines) for said in ("waste 5", "water 2", "ash 3"))


def test_a_long_band_says_its_name_again_where_it_is_scrolled_to():
    steps = [link(f"{a}>{b}", 100.0, f"from {a} to {b}") for a, b in ("ab", "bc", "cd", "de")]
    long = diagram("a=A; b=B; c=C; d=D; e=E", *steps, link("a>e", 300.0, "long way"))
    for width, times in ((300, 1), (40, 4)):
        lines = text_sankey(long, EN, width, 20).text()
        assert sum(line.count("long way 300") for line in lines) == times


def test_chinese_names_are_whole():
    made = diagram("a=焚烧一厂; b=渗沥液处理厂", link("a>b", 30.0, "渗沥液"))
    lines = text_sankey(made, ZH, 80, 6).text()
    assert any("焚烧一厂" in line for line in lines)
    assert any("渗沥液 30 " in line for line in lines)


def test_nothing_is_drawn_of_nothing():
    assert text_sankey(diagram("a"), EN, 80, 20).lines == ()


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
    drawn = text_sankey(made, EN, width, height, most=99)
    lines = drawn.text()
    met = {end for item in made.links for end in (item.source, item.target)}
    assert sum(line.count(BOX) for line in lines) >= len(met)
    assert sum(line.count(ARROW) for line in lines) == len(made.links)
    assert all(line == line.rstrip() and "\n" not in line for line in lines)
    assert len({cell_len("".join(text for text, _ in line)) for line in drawn.lines}) == 1


@given(diagrams(), st.integers(6, 40))
def test_bands_of_a_node_lie_one_below_the_other_and_none_turns_on_anothers_line(made, height):
    found = places(made, height, {})
    for end, leg in (("source", 0), ("target", -1)):
        taken: dict[str, set[int]] = {}
        for band in found.bands:
            piece = band.legs[leg]
            row = piece.start if leg == 0 else piece.end
            lines = set(range(row, row + band.tall))
            own = taken.setdefault(getattr(band.link, end), set())
            assert not own & lines
            own |= lines
    turned: dict[tuple[int, int], list[range]] = {}
    for (number, leg), x in channels(found, 8).at.items():
        tall = found.bands[number].tall
        span = range(min(leg.start, leg.end), max(leg.start, leg.end) + tall)
        others = turned.setdefault((leg.gap, x), [])
        assert not any(set(span) & set(other) for other in others)
        others.append(span)


@given(st.lists(diagrams(), min_size=1, max_size=1), st.integers(1, 6))
def test_folding_loses_no_amount(made, most):
    (whole,) = made
    few = folded(whole, most)
    for node in few.diagram.nodes:
        out = sum(item.value or 0.0 for item in whole.links if item.source == node.id)
        shown = sum(item.value or 0.0 for item in few.diagram.links if item.source == node.id)
        rest = few.rest[node.id].amount_out if node.id in few.rest else 0.0
        assert shown + rest == pytest.approx(out, rel=1e-9, abs=1e-9)


def test_bands_have_the_color_of_the_facility_that_gives_or_else_takes():
    nodes = (Node("in", "Town"), Node("a", "Plant A", "a"), Node("b", "Plant B", "b"))
    links = (link("in>a", 5.0, "waste"), link("a>b", 5.0, "ash"))
    drawn = text_sankey(Diagram("mass", "t", "Mass", nodes, links, "facility"), EN, 80, 10)
    row = next(line for line in drawn.lines if any("waste" in text for text, _ in line))
    tones = [tone for text, tone in row if set(text) & set("█▆▄")]
    assert set(tones) == {"a"}
    assert next(tone for text, tone in row if "waste" in text) is None


@pytest.mark.parametrize("dark", [True, False])
def test_colors_stand_out_from_their_ground_and_from_each_other(dark):
    tints = group_tints("abcdefgh", dark=dark)
    assert len(set(tints.values())) == 9

    def light(color: str) -> float:
        """Relative luminance; WCAG 2.2."""
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ground = light("#15191c" if dark else "#fbfbf8")
    for color in tints.values():
        high, low = sorted((light(color), ground), reverse=True)
        assert (high + 0.05) / (low + 0.05) > 3.0
