"""The pictures of the whole park: eight facilities and 48 processes, from its park file."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from flows.network import is_environment
from reports.data import StockRow
from reports.diagram import diagrams
from reports.layout import lay_out
from reports.page import build_page, picture
from reports.shapes import text_width
from reports.words import Words

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = [
    (level, layer, language)
    for level in ("facility", "process")
    for layer in ("mass", "energy")
    for language in ("zh", "en")
]


@pytest.fixture(scope="module")
def month(chaoyang):
    return chaoyang()


def laid(data, level, layer="mass", language="en"):
    (diagram,) = (d for d in diagrams(data, Words(language), level) if d.layer == layer)
    return diagram, lay_out(diagram.nodes, diagram.links, diagram.style)


def boxes_of_texts(svg: str) -> list[tuple[str, float, float, float, float]]:
    """Every text of a picture with its left, right, upper and lower edge."""
    found = []

    def walk(element, dx=0.0, dy=0.0):
        moved = element.get("transform", "")
        if moved:
            dx, dy = map(float, moved.removeprefix("translate(").rstrip(")").split())
        if element.tag == f"{SVG}text":
            text, x, y = element.text, dx + float(element.get("x")), dy + float(element.get("y"))
            width = text_width(text, 6.6)
            left = {"middle": x - width / 2, "end": x - width}.get(element.get("text-anchor"), x)
            found.append((text, left, left + width, y - 9.0, y + 3.0))
        for child in element:
            walk(child, dx, dy)

    walk(ET.fromstring(svg))  # noqa: S314  made by ourselves
    return found


@pytest.mark.parametrize(("level", "layer", "language"), PICTURES)
def test_no_text_of_a_picture_covers_another_or_leaves_it(month, level, layer, language):
    svg = picture(month, language, layer, level)
    view = [float(part) for part in ET.fromstring(svg).get("viewBox").split()]  # noqa: S314
    texts = boxes_of_texts(svg)
    assert len(texts) > 20
    for text, left, right, upper, lower in texts:
        assert left >= 0.0, text
        assert right <= view[2], text
        assert upper >= 0.0, text
        assert lower <= view[3], text
    for one, other in combinations(texts, 2):
        apart = one[2] <= other[1] or other[2] <= one[1] or one[4] <= other[3] or other[4] <= one[3]
        assert apart, (one[0], other[0])


@pytest.mark.parametrize(("level", "layer", "language"), PICTURES)
def test_no_node_of_the_park_covers_another(month, level, layer, language):
    _, layout = laid(month, level, layer, language)
    for one, other in combinations(layout.nodes, 2):
        if one.level == other.level:
            assert one.y + one.height <= other.y or other.y + other.height <= one.y
        else:
            assert one.x + one.width <= other.x or other.x + other.width <= one.x


@pytest.mark.parametrize(("level", "layer", "language"), PICTURES)
def test_no_label_is_cut(month, level, layer, language):
    assert "…" not in picture(month, language, layer, level)


def order(layout):
    """Columns from top to bottom, loops, and on which side they run round."""
    columns = [(box.level, box.node.id) for box in layout.nodes]
    loops = {k.link.id: k.points[2][1] < layout.body[0] for k in layout.links if k.loop}
    return columns, loops


@pytest.mark.parametrize("level", ["facility", "process"])
@pytest.mark.parametrize("layer", ["mass", "energy"])
@pytest.mark.parametrize("seed", range(5))
def test_the_park_looks_the_same_whatever_the_amounts_of_the_day(
    chaoyang, month, level, layer, seed
):
    other = chaoyang(wobble=random.Random(seed))  # noqa: S311  no secret
    assert order(laid(other, level, layer)[1]) == order(laid(month, level, layer)[1])


def test_a_flow_that_nobody_reads_today_stays_in_its_place(month):
    unread = replace(
        month, flows=tuple(replace(f, measured=None, reconciled=None) for f in month.flows[::2])
        + month.flows[1::2],
    )  # fmt: skip
    known = replace(month, flows=month.flows[::2] + month.flows[1::2])
    assert order(laid(unread, "facility")[1]) == order(laid(known, "facility")[1])


def test_what_comes_back_is_the_loop_and_not_what_comes_new(month):
    """Reclaimed water, concentrate and sludge return; leachate, which is more, runs forward."""
    _, layout = laid(month, "facility")
    assert {item.link.id for item in layout.links if item.loop} == {
        "leachate>furnace-1>reclaimed-water",
        "leachate>furnace-1>sludge",
        "leachate>furnace-1>concentrate",
        "leachate>furnace-2>reclaimed-water",
        "leachate>furnace-2>concentrate",
        "leachate>kitchen>reclaimed-water",
        "furnace-2>catering>steam",
        "materials>furnace-1>light-fraction",
    }


@pytest.mark.parametrize("level", ["facility", "process"])
@pytest.mark.parametrize("layer", ["mass", "energy"])
def test_every_loop_of_the_park_runs_round_the_outside(month, level, layer):
    _, layout = laid(month, level, layer)
    top, bottom = layout.body
    for item in layout.links:
        if item.loop:
            lane = item.points[2][1]
            assert lane + item.thickness / 2 <= top or lane - item.thickness / 2 >= bottom


@pytest.mark.parametrize("level", ["facility", "process"])
@pytest.mark.parametrize("layer", ["mass", "energy"])
def test_widths_are_to_scale_or_marked_as_out_of_it(month, level, layer):
    _, layout = laid(month, level, layer)
    svg = ET.fromstring(picture(month, "en", layer, level))  # noqa: S314
    marked = {g.get("data-flow"): g.get("data-drawn") for g in svg.iter() if g.get("data-flow")}
    assert len(marked) == len(layout.links)
    for item in layout.links:
        exact = (item.link.value or 0.0) * layout.scale
        if item.link.quiet:
            assert marked[item.link.id] == "pipe"
        elif item.link.value is None:
            assert item.link.status == "unknown"
        elif exact < 1.5:
            assert (item.thickness, marked[item.link.id]) == (1.5, "thin")
        else:
            assert item.thickness == pytest.approx(exact)
            assert marked[item.link.id] is None


def test_the_bar_of_the_scale_is_as_high_as_a_band_of_its_amount(month):
    _, layout = laid(month, "facility")
    svg = ET.fromstring(picture(month, "en", "mass", "facility"))  # noqa: S314
    (bar,) = (path for path in svg.iter(f"{SVG}path") if path.get("class") == "scale")
    height = float(bar.get("d").partition("v")[2].partition("m")[0])
    (told,) = (text.text for text in svg.iter(f"{SVG}text") if text.text.endswith("000 t"))
    amount = float(told.removesuffix(" t").replace(",", ""))
    assert height == pytest.approx(amount * layout.scale, abs=0.1)


def test_the_bands_of_facilities_hold_all_that_crosses_their_fences(month):
    """2800 t of household waste a day to the furnaces, 370 and 270 t to the other two plants."""
    diagram, _ = laid(month, "facility")
    band = {link.id: link for link in diagram.links}
    into = "in:environment:district>{}"
    assert band[into.format("furnace-1>household-waste")].value == pytest.approx(31 * 1340)
    assert band[into.format("catering>catering-waste")].value == pytest.approx(31 * 370)
    # screenings 51.8 and solids 37 are two goods; wash water 14.6 and quench water 89.2 are one
    assert band["catering>furnace-2>screenings"].value == pytest.approx(31 * 51.8)
    assert band["catering>furnace-2>organic-solids"].value == pytest.approx(31 * 37)
    water = band["leachate>furnace-2>reclaimed-water"]
    assert water.value == pytest.approx(31 * (14.6 + 89.2))
    assert [member.partition(":")[0] for member in water.members] == [
        "Reclaimed water to Furnace 2, washing",
        "Reclaimed water to Furnace 2, ash extractor",
    ]
    crossing = sum(
        (row.reconciled or 0.0) * row.factor
        for row in month.flows
        if row.layer == "mass"
        and row.good not in {"air", "flue-gas", "exhaust"}
        and row.source.partition(".")[0] != row.target.partition(".")[0]
    )
    assert sum(link.value or 0.0 for link in diagram.links) == pytest.approx(crossing)


AIR = {"furnace-1.combustion-air": 180_000.0, "furnace-1.flue-gas": 220_000.0}


def test_air_and_flue_gas_do_not_crush_the_rest_and_are_told_in_a_note(chaoyang, month):
    windy = chaoyang(AIR)
    diagram, layout = laid(windy, "facility")
    assert layout.scale == laid(month, "facility")[1].scale
    assert not any("flue-gas" in link.id or link.id.endswith(">air") for link in diagram.links)
    (note,) = (note for note in diagram.notes if "flue gas" in note)
    assert "in: 180,000 t" in note
    assert "out: 220,000 t" in note
    assert "not known: 4" in note  # of the second furnace plant and of the engines


def test_in_the_picture_of_processes_they_are_hollow_pipes(chaoyang, month):
    diagram, layout = laid(chaoyang(AIR), "process")
    assert layout.scale == laid(month, "process")[1].scale
    pipes = {item.link.id: item.thickness for item in layout.links if item.link.quiet}
    assert {*AIR, "furnace-1.raw-gas", "biogas.exhaust"} < set(pipes)
    assert set(pipes.values()) == {5.0}
    (note,) = (n.note for n in diagram.nodes if n.id == "in:environment:atmosphere@furnace-1")
    assert note == "not known"


def test_the_energy_that_matter_carries_stands_beside_power_and_heat(month):
    """1340 t of household waste a day of 6 GJ/t."""
    diagram, _ = laid(month, "facility", "energy")
    band = {link.id: link for link in diagram.links}
    waste = band["in:environment:district>furnace-1>household-waste"]
    assert (waste.value, waste.status) == (pytest.approx(31 * 1340 * 6.0), "carried")
    power = band["furnace-1>out:environment:grid>power"]
    assert (power.value, power.status) == (pytest.approx(31 * 435 * 3.6), "measured")
    assert not {link.status for link in diagram.links} - {"measured", "carried", "unknown"}
    assert not any("reclaimed-water" in link.id for link in diagram.links)
    assert any("too wet" in note for note in diagram.notes)


def test_no_band_adds_kinds(month):
    for link in laid(month, "facility", "energy")[0].links:
        assert len({"kWh" in m or "MWh" in m for m in link.members}) == 1


def test_every_process_says_by_a_number_which_facility_it_belongs_to(month):
    diagram, _ = laid(month, "process", "mass", "zh")
    label = {node.id: node.label for node in diagram.nodes}
    assert label["furnace-1.furnace"] == "① 焚烧炉和余热锅炉"
    assert label["leachate.nf"] == "⑦ 纳滤"
    svg = picture(month, "zh")
    for number, name in zip("①②③④⑤⑥⑦⑧", month.facilities.values(), strict=True):
        assert f">{number} {name['zh']}<" in svg


def test_a_facility_has_one_color_in_all_pictures(month):
    seen = {}
    for level, layer, _ in PICTURES:
        svg = ET.fromstring(picture(month, "en", layer, level))  # noqa: S314
        for rect in svg.iter(f"{SVG}rect"):
            facility = (rect.get("data-node") or "").partition(".")[0]
            if facility in month.facilities:
                seen.setdefault(facility, set()).add(rect.get("fill"))
    assert {len(colors) for colors in seen.values()} == {1}
    assert len(set().union(*seen.values())) == len(month.facilities)


def test_what_is_not_measured_differs_by_more_than_its_color(month):
    flows = tuple(
        replace(row, measured=None) if row.id == "materials.received" else row
        for row in month.flows
    )
    svg = ET.fromstring(picture(replace(month, flows=flows), "en"))  # noqa: S314
    dashes = {"computed": set(), "unknown": set(), "measured": set()}
    for band in svg.iter(f"{SVG}g"):
        if band.get("data-flow") and not band.get("data-drawn"):
            status = band.get("class").removeprefix("band ")
            lines = [path for path in band.iter(f"{SVG}path") if path.get("stroke")]
            dashes[status] |= {path.get("stroke-dasharray") for path in lines}
    assert dashes == {"computed": {"5 3"}, "unknown": {"1.5 3"}, "measured": {None}}


def test_a_change_of_stock_is_told_beside_its_node_only_beyond_doubt(month):
    def told(change, sigma):
        stock = StockRow(
            "furnace-1.bunker", "t", measured=change, reconciled=change, sigma_reconciled=sigma
        )
        data = replace(month, stocks=(stock,))
        notes = [
            next(node.note for node in laid(data, level)[0].nodes if node.id == id_)
            for level, id_ in (("facility", "furnace-1"), ("process", "furnace-1.bunker"))
        ]
        return {note.partition(" · ")[2] for note in notes}

    assert told(-400.0, 50.0) == {"stock −400 t"}
    assert told(400.0, 50.0) == {"stock +400 t"}
    assert told(60.0, 50.0) == {""}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_facilities_first_and_folds_the_processes(month, language):
    page = build_page(month, language)
    places = [page.index(f'id="{key}-title"') for key in (
        "sankey-mass-facility", "sankey-energy-facility", "sankey-mass", "sankey-energy",
    )]  # fmt: skip
    assert places == sorted(places)
    assert places[1] < page.index("<details>") < places[2]


def test_a_small_park_shows_its_processes_unfolded(month):
    kept = ("leachate.", "landfill.")
    flows = tuple(
        row
        for row in month.flows
        if row.layer == "mass"
        and all(e.startswith(kept) or is_environment(e) for e in (row.source, row.target))
    )
    page = build_page(replace(month, flows=flows), "en")
    assert "<details open>" in page


def test_a_node_that_takes_more_than_it_is_known_to_give_says_what_it_takes(month):
    """Slag and gas of a furnace leave unread: what enters, 43 000 t and more, is its amount."""
    (node,) = (n for n in laid(month, "facility")[0].nodes if n.id == "furnace-1")
    taken = 1340 + 13.4 + 81.8 + 36.6 + 129 + 58.7 + 0.4 + 98.4
    assert node.note == f"{Words('en').number(31 * taken)} t"


def test_a_park_of_one_facility_has_only_the_picture_of_its_processes(month):
    one = tuple(row for row in month.flows if row.id.startswith("materials."))
    processes = tuple(row for row in month.processes if row.facility in ("", "materials"))
    data = replace(month, flows=one, processes=processes)
    assert diagrams(data, Words("en"), "facility") == ()
    assert "<details>" not in build_page(data, "en")
