"""The report as one HTML file: opens without network, prints, and reads without script."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from reports.blocks import FOLDED, section
from reports.closure import balances
from reports.diagram import diagrams
from reports.layout import lay_out
from reports.markup import Safe, join, tag
from reports.sankey import figure_json
from reports.sections import data_state, findings, flows, heading, planted
from reports.svg import draw
from reports.words import Words
from reports.yields import chains

if TYPE_CHECKING:
    from reports.data import ReportData
    from reports.diagram import Diagram
    from reports.shapes import Layout

#: Letters of 12 pixels stay readable at this share of their size.
_SHRUNK = 0.875
_HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}


def build_page(data: ReportData, language: str) -> str:
    """The report of one period in one language, as a whole HTML document.

    Nothing is fetched: plotly.js, style and data are in the file, and its content security
    policy lets only the two scripts run whose hashes it names. Without script, and on paper,
    the still picture of the same layout stands in the figure's place.

    Raises:
        ValueError: If the language is none that `reports.words` speaks.
    """
    from plotly.offline import get_plotlyjs

    words = Words(language)
    facilities = diagrams(data, words, "facility")
    drawings = diagrams(data, words)
    parts = [
        section("state", words.term("section-state"), data_state(data, words)),
        section("sankey", words.term("section-sankey"), _figures(facilities, drawings, words)),
        section("balances", words.term("section-balances"), balances(data, words)),
        section("flows", words.term("section-flows"), flows(data, words)),
        section("chains", words.term("section-chains"), chains(data, words)),
        section("findings", words.term("section-findings"), findings(data, words)),
    ]
    if data.planted is not None:
        parts.append(section("planted", words.term("section-planted"), planted(data, words)))
    scripts = [get_plotlyjs(), _asset("page.js")] if drawings else []
    title = f"{words.label(data.park_names, '')} {data.period} · {words.term('report-title')}"
    banner = tag("p", words.term("synthetic-banner"), class_="banner", role="note")
    return "<!DOCTYPE html>\n" + tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_policy(scripts)),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("title", title.strip()),
            tag("style", Safe(_asset("page.css"))),
        ),
        tag(
            "body",
            banner if data.synthetic else Safe(),
            heading(data, words),
            tag("main", *parts),
            tag("footer", tag("p", words.term("flows-note"))),
            *(tag("script", Safe(script)) for script in scripts),
            class_="synthetic" if data.synthetic else None,
        ),
        lang=_HTML_LANGUAGE[language],
    )


def picture(
    data: ReportData, language: str, layer: str = "mass", level: str = "process"
) -> str | None:
    """The still Sankey of one layer as SVG, or None where nothing of the layer is known."""
    for diagram in diagrams(data, Words(language), level):
        if diagram.layer == layer:
            return _still(diagram, lay_out(diagram.nodes, diagram.links, diagram.style))
    return None


def _still(diagram: Diagram, layout: Layout) -> Safe:
    return draw(layout, diagram.title, diagram.key, diagram.legend, diagram.groups)


def _figures(facilities: tuple[Diagram, ...], processes: tuple[Diagram, ...], words: Words) -> Safe:
    """The park by facilities first, then process by process; a small park only the latter."""
    if not processes:
        return tag("p", words.term("nothing"))
    note = tag("p", words.term("sankey-note"), " ", words.term("sankey-table"))
    whole = [_figure(diagram, words) for diagram in processes]
    if not facilities:
        return join(note, *whole)
    summary = tag("summary", words.term("sankey-processes"))
    first = [_figure(diagram, words) for diagram in facilities]
    small = max(len(diagram.nodes) for diagram in processes) <= FOLDED
    return join(note, *first, tag("details", summary, *whole, open=small))


def _figure(diagram: Diagram, words: Words) -> Safe:
    layout = lay_out(diagram.nodes, diagram.links, diagram.style)
    level = words.term(f"sankey-by-{diagram.level}")
    title = f"{diagram.title} ({diagram.unit}) · {level}"
    wide = f"min-width:{layout.width:.0f}px"
    live = tag("div", id=f"{diagram.key}-live", class_="live", style=wide)
    # A picture that nearly fits the window is shrunk into it, a wide one scrolls at full size.
    least = f"min-width:{layout.width * _SHRUNK:.0f}px"
    still = tag("div", _still(diagram, layout), class_="still", style=least)
    source = tag(
        "script",
        Safe(figure_json(layout, diagram.groups)),
        type="application/json",
        data_figure=f"{diagram.key}-live",
        data_label=words.term("figure-interactive"),
    )
    frame = tag(
        "div",
        live,
        still,
        class_="figure",
        tabindex=0,
        role="group",
        aria_label=f"{title}: {words.term('figure-scroll')}",
    )
    notes = [tag("p", note, class_="note") for note in diagram.notes]
    return tag("figure", tag("h3", title), *notes, frame, source, style="margin:0")


def _asset(name: str) -> str:
    return files("reports").joinpath("assets", name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    """Nothing from elsewhere; only our own scripts, by hash; styles inline, as plotly sets them."""
    none = "'none'"
    hashes = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes or none}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
