"""The HTML report: what stands in it, and that nothing in it can do harm."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from flows.findings import finding
from reports.data import BalanceRow, FlowRow, LossRow, ProcessRow
from reports.diagram import diagrams
from reports.layout import lay_out
from reports.page import build_page, picture
from reports.sankey import figure
from reports.words import Words

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\" ' & %{x} </title>"


class Reader(HTMLParser):
    """Collects elements, texts outside scripts, and checks that tags close in order."""

    VOID = ("meta", "br", "hr", "img", "link")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.stack: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if not self.stack or self.stack[-1] not in ("script", "style"):
            self.text += data


@pytest.fixture(scope="module")
def plotly_js():
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


@pytest.fixture
def read(plotly_js):
    """Build a page and parse it, without the megabytes of plotly.js."""

    def build(data, language="en"):
        page = build_page(data, language)
        assert plotly_js in page
        return Reader(page.replace(plotly_js, ""))

    return build


def test_the_page_names_park_period_and_the_digest_to_file(read, park):
    text = read(park).text
    for part in ("Chaoyang circular-economy park", "2025-03", park.digest, park.park_hash):
        assert part in text
    assert "2025-04-02 09:00 +08:00" in text


@pytest.mark.parametrize(("language", "lang"), [("zh", "zh-CN"), ("en", "en")])
def test_the_page_says_its_language(read, park, language, lang):
    assert ("html", {"lang": lang}) in read(park, language).elements


def test_a_synthetic_park_says_so_on_top_and_a_real_one_does_not(read, park):
    banner = "Synthetic data: simulated, not measured."
    assert read(park).text.lstrip().count(banner) == 1
    assert banner not in read(replace(park, synthetic=False)).text


def test_the_page_is_the_same_for_the_same_data(park):
    assert build_page(park, "zh") == build_page(park, "zh")


def test_names_notes_and_findings_with_markup_in_them_are_inert(read, park):
    evil = {"en": EVIL, "zh": EVIL}
    data = replace(
        park,
        park_names=evil,
        period=EVIL,
        digest=EVIL,
        flows=(*park.flows, FlowRow(EVIL, EVIL, "environment:" + EVIL, "t", evil, reconciled=5.0)),
        processes=(*park.processes, ProcessRow(EVIL, evil, EVIL)),
        findings=(finding("flow-unknown", EVIL, file=EVIL, column=EVIL, what=EVIL, nearest=EVIL),),
    )
    page = read(data)
    scripts = [attributes for name, attributes in page.elements if name == "script"]
    assert [s.get("type") for s in scripts] == ["application/json"] * 4 + [None, None]
    assert "img" not in {name for name, _ in page.elements}
    assert not [key for _, attributes in page.elements for key in attributes if key[:2] == "on"]
    assert "<script>alert(1)</script>" in page.text


def test_plotly_is_given_no_markup_of_ours(park):
    evil = {"en": "<a href='https://example.org'>x</a>"}
    data = replace(
        park, flows=(FlowRow("f", "environment", "p", "t", evil, reconciled=1.0),), stocks=()
    )
    diagram = diagrams(data, Words("en"))[0]
    drawn = figure(lay_out(diagram.nodes, diagram.links)).to_json()
    assert "<a" not in drawn
    assert "\\u003ca" not in drawn
    assert "&lt;a href" in drawn.replace("\\u0026", "&")


def test_the_policy_names_exactly_the_scripts_of_the_page(park, plotly_js):
    from base64 import b64encode
    from hashlib import sha256

    page = build_page(park, "en")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src &#x27;none&#x27;" in policy
    assert "unsafe-eval" not in policy
    rest = page.replace(plotly_js, "")
    scripts = [plotly_js, *re.findall(r"<script>(.*?)</script>", rest, re.DOTALL)]
    for script in filter(None, scripts):
        assert b64encode(sha256(script.encode()).digest()).decode() in policy


def test_nothing_is_fetched_from_anywhere(read, park):
    for name, attributes in read(park).elements:
        assert name not in {"link", "iframe", "img", "object"}
        assert not attributes.get("src")
        assert (attributes.get("href") or "#").startswith("#")


def test_every_table_has_a_caption_and_scoped_heads(read, park):
    elements = read(park).elements
    names = [name for name, _ in elements]
    assert names.count("table") == names.count("caption") > 5
    assert {attributes.get("scope") for name, attributes in elements if name == "th"} == {
        "col",
        "row",
    }


def test_every_id_is_there_once_and_every_link_leads_to_one(read, park):
    elements = read(park).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in elements:
        for key in ("aria-labelledby", "data-figure"):
            assert attributes.get(key, ids[0]) in ids
        assert (attributes.get("href") or f"#{ids[0]}")[1:] in ids


def test_measured_stands_beside_reconciled_with_sigma_and_class(read, park):
    text = read(park).text
    row = text[text.index("bunker.fed") :][:160]
    assert re.match(r"bunker\.fedt41,90084042,400350500\+0\.60Checked ▲ Suspect", row)


def test_what_is_not_known_is_a_dash_and_never_a_zero(read, park):
    text = read(park).text
    assert "leachate.sludget––––––Not determined" in text


def test_an_interval_of_bounds_is_shown_for_a_flow_nothing_determines(read, park):
    sludge = next(row for row in park.flows if row.id == "leachate.sludge")
    flows = tuple(replace(row, low=0.0, high=160.0) if row is sludge else row for row in park.flows)
    assert "[0, 160]" in read(replace(park, flows=flows)).text


def test_states_are_told_by_word_and_sign_not_by_color_alone(read, park):
    text = read(park).text
    for mark in ("✖ Open", "✓ Closed", "○ Cannot be checked", "✖ Error", "▲ Warning", "● Note"):
        assert mark in text


def test_the_gravest_findings_come_first(read, park):
    text = read(park).text
    assert text.index("✖ Error") < text.index("▲ Warning ") < text.index("● Note")


def test_a_test_that_could_not_be_made_is_not_called_passed(read, park):
    untested = replace(park.verdict, chi2=None, dof=0, p_value=None, suspect=False)
    text = read(replace(park, verdict=untested)).text
    assert "not possible: nothing is measured twice" in text
    assert "passed" not in text


def test_what_was_planted_is_told_only_where_something_could_be(read, park):
    assert "What was planted" in read(park).text
    assert "What was planted" not in read(replace(park, planted=None)).text


def test_a_planted_fault_says_where_it_shows_or_that_it_shows_nowhere(read, park):
    text = read(park).text
    assert "+8%Leachate treatmentleachate.plantboth balances beside the meter open" in text
    assert "Two meters swapped" in text
    assert "nowherenothing there is measured twice" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_park_without_results_still_has_its_page(park, language):
    bare = replace(
        park,
        flows=(),
        stocks=(),
        balances=(),
        chains=(),
        findings=(),
        imputed=(),
        verdict=None,
        coverage=None,
        planted=None,
    )
    page = build_page(bare, language)
    assert "<script" not in page
    assert "script-src &#x27;none&#x27;" in page


def test_no_code_is_left_untranslated_on_the_chinese_page(read, park):
    text = read(park, "zh").text
    for code in ("severity-", "state-", "class-", "level-", "section-", "not-closed", "layer-"):
        assert code not in text


def test_the_still_picture_is_well_formed_and_draws_every_flow(park):
    drawn = ET.fromstring(picture(park, "zh"))  # noqa: S314  made by ourselves a line above
    space = {"s": "http://www.w3.org/2000/svg"}
    bands = {band.get("data-flow"): band for band in drawn.findall(".//s:g[@data-flow]", space)}
    mass = [row.id for row in park.flows if row.layer == "mass"]
    assert set(bands) == set(mass)
    assert [t.text for t in drawn.iter() if "库存" in (t.text or "")][1:] == [
        "53,010 t · 库存 +310 t"
    ]
    assert [id_ for id_, band in bands.items() if band.get("data-loop")] == ["leachate.wash"]
    assert "渗沥液: 9,500 ± 120 t" in bands["bunker.leachate"].find("s:title", space).text
    assert "band computed" in bands["bunker.vapor"].get("class")
    assert "band unknown" in bands["leachate.sludge"].get("class")


def test_kilowatt_hours_are_drawn_in_gigajoules(park):
    drawn = picture(park, "en", "energy")
    assert "47,520 GJ" in drawn
    assert "13,200,000 ± 66,000 kWh" in drawn
    assert picture(park, "en", "salt") is None


def test_control_characters_in_a_name_cannot_break_the_picture(park):
    named = replace(park.flows[0], names={"en": "a\x00b\x0bc<"})
    assert ET.fromstring(picture(replace(park, flows=(named,)), "en")) is not None  # noqa: S314


def test_a_flow_that_ran_backward_is_drawn_in_the_way_it_ran(park):
    back = replace(park.flows[0], reconciled=-5.0)
    diagram = diagrams(replace(park, flows=(back,), stocks=()), Words("en"))[0]
    assert diagram.links[0].source == "incineration.bunker"
    assert diagram.links[0].value == 5.0


def test_plotly_nodes_stand_in_ascending_x_and_away_from_its_edges(park):
    diagram = diagrams(park, Words("en"))[0]
    node = json.loads(figure(lay_out(diagram.nodes, diagram.links)).to_json())["data"][0]["node"]
    assert node["x"] == sorted(node["x"])
    assert all(0.001 <= place <= 0.999 for place in node["x"] + node["y"])


def test_plotly_meets_our_loops_last_so_that_it_takes_the_same_ones(park):
    diagram = diagrams(replace(park, flows=park.flows[::-1]), Words("en"))[0]
    layout = lay_out(diagram.nodes, diagram.links)
    drawn = json.loads(figure(layout).to_json())["data"][0]
    loops = {item.link.label for item in layout.links if item.loop}
    assert {drawn["link"]["label"][-1]} == loops == {"wash"}


def test_plotly_gets_every_link_with_a_value_it_does_not_drop(park):
    diagram = diagrams(park, Words("en"))[0]
    link = json.loads(figure(lay_out(diagram.nodes, diagram.links)).to_json())["data"][0]["link"]
    assert len(link["value"]) == len(diagram.links)
    assert min(link["value"]) > 0.0


def test_a_node_of_which_part_is_unknown_shows_at_least_what_is_known(park):
    """Ash 220 t leaves the furnace beside flue gas that nobody measures; what enters is known."""
    flows = (
        FlowRow("fed", "incineration.furnace", "p", "t", reconciled=None),
        FlowRow("ash", "p", "environment:site", "t", reconciled=220.0),
        FlowRow("gas", "p", "environment:air", "t", reconciled=None),
    )
    (diagram,) = diagrams(replace(park, flows=flows, stocks=()), Words("en"))
    notes = {node.id: node.note for node in diagram.nodes}
    assert notes["p"] == "≥ 220 t"
    assert notes["out:environment:site"] == "220 t"
    assert notes["out:environment:air"] == notes["incineration.furnace"] == "not known"


def test_a_loss_stands_below_its_step_with_unit_sigma_and_share(read, park):
    """12.9 t of 100 t that enter; of heat beside tonnes there is no share."""
    losses = (
        LossRow("furnace.fly-ash", 12.9, 0.28, "t", 0.129, {"en": "fly ash"}),
        LossRow("furnace.heat", 480.0, 12.0, "GJ", None, {"en": "heat lost"}),
        LossRow("furnace.gas", None, None, "t"),
    )
    (chain, *_) = park.chains
    first, *others = chain.steps
    chain = replace(chain, steps=(replace(first, losses=losses), *others))
    text = read(replace(park, chains=(chain,))).text
    assert "Share of what enters" in text
    first, second = text.index("net power per tonne"), text.index("↳ lost: fly ash")
    assert first < second < text.index("↳ lost: heat lost") < text.index("0.15 … 0.22")
    assert "fly ashfurnace.fly-ash12.90 ± 0.28t12.9 %" in text
    assert "heat lostfurnace.heat480 ± 12GJ–" in text
    assert "furnace.gas–t–" in text
    assert "Share of what enters" not in read(park).text


@pytest.mark.parametrize(("difference", "said"), [(-5200.0, "made"), (5200.0, "ended")])
def test_what_a_layer_that_need_not_close_gains_or_loses_has_its_own_column(
    read, park, difference, said
):
    energy = BalanceRow(
        "facility", "incineration", "energy", "GJ", 100_000.0, 105_200.0, 0.0, None, None,
        "transformed", {"en": "Clean incineration center"}, difference, 800.0,
    )  # fmt: skip
    text = read(replace(park, balances=(*park.balances, energy))).text
    assert f"{said} 5,200 ± 800GJ◇ Made or ended here" in text
    assert "has no residual" in text
    assert "has no residual" not in read(park).text


def test_many_processes_are_folded_by_facility_and_say_how_many_are_open(read, park):
    def process(number, state):
        return BalanceRow(
            "process", f"incineration.p{number}", "mass", "t", 1.0, 1.0, 0.0, 0.0, 1.0, state,
            facility="incineration",
        )  # fmt: skip

    rows = tuple(process(i, "open" if i % 5 == 0 else "closed") for i in range(20))
    page = read(replace(park, balances=(*park.balances[2:], *rows)))
    folded = [attributes for name, attributes in page.elements if name == "details"]
    assert {} in folded
    assert "mass: the 20 processes ✖ Open: 4" in page.text
    assert "mass · Clean incineration center" in page.text
    order = [
        page.text.index(part) for part in ("Facility54,220", "mass: the 20", "incineration.p0")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize(
    ("sigma", "said"), [(0.002, "▲ outside"), (0.004, "✓ within"), (None, "▲ outside")]
)
def test_a_yield_is_outside_its_range_only_beyond_doubt(read, park, sigma, said):
    """0.2258 above 0.22: by 2.9 sigma of 0.002, by 1.45 of 0.004."""
    (chain, *_) = park.chains
    (step,) = (item for item in chain.steps if item.id == "ash")
    only = replace(chain, steps=(replace(step, sigma=sigma),))
    _, _, after = read(replace(park, chains=(only,))).text.partition("0.15 … 0.22")
    assert said in after[:20]
