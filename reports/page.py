"""The report as one HTML file: opens without network, prints, and reads without script."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from reports.diagram import diagrams
from reports.layout import lay_out
from reports.markup import Safe, join, tag
from reports.sankey import figure_json
from reports.sections import (
    balances,
    chains,
    data_state,
    findings,
    flows,
    heading,
    planted,
    section,
)
from reports.svg import draw
from reports.words import Words

if TYPE_CHECKING:
    from reports.data import ReportData
    from reports.diagram import Diagram

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
    drawings = diagrams(data, words)
    parts = [
        section("state", words.term("section-state"), data_state(data, words)),
        section("sankey", words.term("section-sankey"), _figures(drawings, words)),
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


def picture(data: ReportData, language: str, layer: str = "mass") -> str | None:
    """The still Sankey of one layer as SVG, or None where nothing of the layer is known."""
    for diagram in diagrams(data, Words(language)):
        if diagram.layer == layer:
            return draw(lay_out(diagram.nodes, diagram.links), diagram.title, f"sankey-{layer}")
    return None


def _figures(drawings: tuple[Diagram, ...], words: Words) -> Safe:
    if not drawings:
        return tag("p", words.term("nothing"))
    shown = [tag("p", words.term("sankey-note"), " ", words.term("sankey-table"))]
    for diagram in drawings:
        layout = lay_out(diagram.nodes, diagram.links)
        key = f"sankey-{diagram.layer}"
        live = tag("div", id=f"{key}-live", class_="live", style=f"min-width:{layout.width:.0f}px")
        still = tag("div", draw(layout, diagram.title, key), class_="still")
        source = tag(
            "script",
            Safe(figure_json(layout)),
            type="application/json",
            data_figure=f"{key}-live",
            data_label=words.term("figure-interactive"),
        )
        shown.append(
            tag(
                "figure",
                tag("h3", f"{diagram.title} ({diagram.unit})"),
                tag(
                    "div",
                    live,
                    still,
                    class_="figure",
                    tabindex=0,
                    role="group",
                    aria_label=f"{diagram.title}: {words.term('figure-scroll')}",
                ),
                source,
                style="margin:0",
            )
        )
    return join(*shown)


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
