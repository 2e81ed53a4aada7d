"""The report in a real browser: figures drawn, no request made, nothing wider than the window."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from itertools import pairwise

import pytest

from reports.data import FlowRow
from reports.page import build_page

pytestmark = pytest.mark.browser


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("PARKFLOW_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")
    if not found:
        reason = "no Chromium found; set PARKFLOW_CHROMIUM to its path"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def browser():
    path = _chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser, tmp_path):
    """Open a report; whatever it asks for or complains of is kept."""
    contexts = []

    def open_page(data, language="zh", width=1280, **options):
        file = tmp_path / "report.html"
        file.write_text(build_page(data, language), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            folded = page.locator("details:not([open]) .still svg")
            pictures = page.locator(".still svg")
            shown = page.locator(".still svg:visible").count()
            assert shown == pictures.count() - folded.count()
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert page.locator(".still svg:visible").count() == pictures.count()
            for button in page.locator("button.switch").all():
                button.click()
            for place in page.locator(".live").all():
                place.locator("xpath=self::*[@data-state='drawn']").wait_for(state="visible")
        return page

    yield open_page
    for context in contexts:
        context.close()


def _seen(page, figure):
    """Boxes of the nodes."""
    return [node.bounding_box() for node in page.locator(f"{figure} .node-rect").all()]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_figures_are_drawn_without_any_request_or_complaint(visit, park, language):
    page = visit(park, language)
    mass = [row for row in park.flows if row.layer == "mass"]
    assert page.locator(".live:visible").count() == 4
    assert page.locator("#sankey-mass-live .sankey-link").count() == len(mass)
    assert page.locator("#sankey-energy-live .sankey-link").count() == 2
    assert page.locator("#sankey-energy-facility-live .sankey-link").count() == 2
    assert page.locator(".still svg:visible").count() == 0
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.said == []


def test_the_loop_is_drawn_and_runs_round_the_outside(visit, park):
    page = visit(park)
    boxes = [link.bounding_box() for link in page.locator("#sankey-mass-live .sankey-link").all()]
    nodes = _seen(page, "#sankey-mass-live")
    top = min(box["y"] for box in nodes)
    bottom = max(box["y"] + box["height"] for box in nodes)
    outside = [b for b in boxes if b["y"] < top - 8 or b["y"] + b["height"] > bottom + 8]
    assert len(outside) == 1
    assert outside[0]["width"] > 100
    assert outside[0]["height"] > 20


def test_no_node_of_the_figure_covers_another(visit, park):
    page = visit(park)
    for figure in ("#sankey-mass-live", "#sankey-energy-live"):
        boxes = _seen(page, figure)
        for i, one in enumerate(boxes):
            for other in boxes[i + 1 :]:
                apart = (
                    one["x"] + one["width"] <= other["x"]
                    or other["x"] + other["width"] <= one["x"]
                    or one["y"] + one["height"] <= other["y"] + 0.5
                    or other["y"] + other["height"] <= one["y"] + 0.5
                )
                assert apart


def test_many_ends_in_one_column_do_not_cover_each_other_either(visit, park):
    flows = tuple(
        FlowRow(f"f{i}", "incineration.furnace", f"environment:e{i}", "t", reconciled=amount)
        for i, amount in enumerate([900.0, 850.0, *[1.0] * 38])
    )
    page = visit(replace(park, flows=flows, stocks=()))
    boxes = _seen(page, "#sankey-mass-live")
    column = sorted((b for b in boxes if b["x"] > 600), key=lambda b: b["y"])
    assert len(column) == 40
    for upper, lower in pairwise(column):
        assert upper["y"] + upper["height"] <= lower["y"] + 0.5


def test_bands_of_a_figure_without_a_loop_do_not_cross_at_their_node(visit, park):
    def power(id_: str, source: str, target: str, value: float) -> FlowRow:
        return FlowRow(id_, source, target, "GJ", reconciled=value, layer="energy")

    flows = (
        power("steam", "boiler", "turbine", 100.0),
        power("loss", "turbine", "environment:air", 70.0),
        power("gross", "turbine", "busbar", 30.0),
        power("own", "busbar", "leachate.plant", 5.0),
        power("net", "busbar", "environment:grid", 25.0),
    )
    page = visit(replace(park, flows=flows, stocks=()), "en")
    links = page.locator("#sankey-energy-live .sankey-link")
    ends = links.evaluate_all(
        "all => all.map(p => p.__data__.link)"
        ".filter(l => l.source.label.startsWith('turbine')).map(l => [l.y0, l.y1])"
    )
    assert len(ends) == 2
    (start, end), (other_start, other_end) = ends
    assert (start - other_start) * (end - other_end) > 0
    assert page.locator("[data-crossed]").count() == 0


def test_pointing_at_a_band_says_its_amount_with_sigma(visit, park):
    page = visit(park, "en")
    page.locator("#sankey-mass-live .sankey-link").nth(0).hover()
    page.wait_for_selector(".hoverlayer .hovertext")
    assert " ± " in page.locator(".hoverlayer .hovertext").text_content()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_never_scrolls_sideways(visit, park, language, width):
    page = visit(park, language, width)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


def test_without_script_the_still_picture_stands_in_its_place(visit, park):
    page = visit(park, java_script_enabled=False)
    assert page.locator(".still svg").count() == 4
    assert page.locator(".still svg").nth(0).is_visible()
    assert page.locator(".live").nth(0).is_hidden()


def test_on_paper_the_still_picture_is_printed(visit, park):
    page = visit(park)
    page.emulate_media(media="print")
    assert page.locator(".still svg").nth(0).is_visible()
    assert page.locator(".live").nth(0).is_hidden()


def test_a_name_with_a_script_in_it_runs_nothing(visit, park):
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    flows = tuple(replace(row, names={"zh": evil}) for row in park.flows)
    page = visit(replace(park, flows=flows, park_names={"zh": evil}))
    page.locator("#sankey-mass-live .sankey-link").nth(0).hover()
    page.wait_for_selector(".hoverlayer .hovertext")
    assert page.evaluate("document.title") != "owned"
    assert page.evaluate("document.images.length") == 0
    assert page.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(visit, park, scheme):
    """Contrast of at least 4.5 to 1 (WCAG 2.1, 1.4.3) for every text of the page."""
    page = visit(park, color_scheme=scheme)
    low = page.evaluate(
        """() => {
          const lum = c => { const v = c.slice(0, 3).map(x => { x /= 255;
              return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
          const rgb = t => t.match(/[\\d.]+/g).map(Number);
          const ground = e => { for (; e; e = e.parentElement) {
              const c = rgb(getComputedStyle(e).backgroundColor);
              if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
          const bad = [];
          const texts = "h1,h2,h3,p,dt,dd,th,td,li,a,code,span,caption";
          for (const e of document.querySelectorAll(texts)) {
            if (e.closest(".figure")) continue;
            const [a, b] = [lum(rgb(getComputedStyle(e).color)), lum(ground(e))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) bad.push(e.tagName + " " + e.className + " " + ratio);
          }
          return bad;
        }"""
    )
    assert low == []


@pytest.fixture
def glance(browser, tmp_path):
    """Open a report as a reader meets it: nothing clicked, nothing unfolded."""
    contexts = []

    def open_page(data, language, width, **options):
        file = tmp_path / "report.html"
        file.write_text(build_page(data, language), encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_labels_of_the_whole_park_stay_readable_in_every_window(
    glance, chaoyang, language, width
):
    """Letters of 12 pixels are shrunk by at most an eighth; wide pictures scroll in their frame."""
    page = glance(chaoyang(), language, width)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    shrunk = page.locator(".still svg").evaluate_all(
        "all => all.map(svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"
    )
    assert len(shrunk) == 4
    assert min(shrunk) >= 0.87
    assert max(shrunk) <= 1.001
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_first_picture_of_the_park_fits_into_a_window_of_1280(glance, chaoyang, language):
    page = glance(chaoyang(), language, 1280)
    frame = page.locator(".figure").nth(0)
    assert frame.evaluate("frame => frame.scrollWidth - frame.clientWidth") <= 0


def test_the_processes_of_the_park_are_folded_until_somebody_wants_them(glance, chaoyang):
    page = glance(chaoyang(), "en", 1280)
    whole = page.locator("figure", has=page.locator("#sankey-mass-live"))
    assert not whole.is_visible()
    page.locator("summary", has_text="Every process").click()
    assert whole.is_visible()


def test_what_is_folded_is_printed(glance, chaoyang):
    page = glance(chaoyang(), "zh", 1280)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("details:not([open])").count() == 0
    assert page.locator(".still svg:visible").count() == 4
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_pointing_at_a_bundle_names_its_members(glance, chaoyang):
    page = glance(chaoyang(), "en", 1280)
    told = page.locator("[data-flow='leachate>furnace-2>reclaimed-water'] title").text_content()
    assert told.splitlines()[1:] == [
        "reclaimed water: 3,217.8 t",
        "Reclaimed water to Furnace 2, washing: 452.6 ± 4.5 m3, measured",
        "Reclaimed water to Furnace 2, ash extractor: 2,765 ± 28 m3, measured",
    ]
