"""The sections of the HTML report, each a function of the rows it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.findings import Severity
from reports.blocks import listed, mark, name_of, table
from reports.markup import Safe, join, tag
from reports.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.data import FlowRow, ReportData, StockRow, Verdict
    from reports.words import Labels, Words

#: A table of more rows than this is folded.
_MANY = 40


def heading(data: ReportData, words: Words) -> Safe:
    """Park, period, what the numbers come from, and the contents."""
    keys = ["state", "sankey", "balances", "flows", "chains", "findings"]
    if data.planted is not None:
        keys.append("planted")
    links = [tag("li", tag("a", words.term(f"section-{key}"), href=f"#{key}")) for key in keys]
    facts = [
        ("period", f"{data.period} ({data.first} – {data.last})"),
        ("made-at", data.made_at),
        ("ledger-digest", tag("code", data.digest)),
        ("park-file", tag("code", data.park_hash)),
    ]
    if data.version:
        facts.append(("version", f"parkflow {data.version}"))
    return tag(
        "header",
        tag("h1", words.label(data.park_names, "")),
        tag("p", words.term("report-title"), class_="sub"),
        listed([(words.term(key), value) for key, value in facts]),
        tag("nav", tag("ul", *links), aria_label=words.term("contents")),
    )


def data_state(data: ReportData, words: Words) -> Safe:
    """Coverage, imputed parts and the four states of the reconciliation."""
    coverage = (
        words.percent(data.coverage)
        if data.coverage is not None
        else words.term("coverage-unknown")
    )
    facts = [(words.term("coverage-whole"), coverage)]
    if data.verdict:
        facts += _verdict(data.verdict, words)
    if not data.imputed:
        return join(listed(facts), tag("p", words.term("imputed-none")))
    rows = [
        [
            name_of(row.names, row.id, words),
            words.percent(row.coverage),
            words.number(row.amount),
            row.unit,
        ]
        for row in data.imputed
    ]
    columns = ("name", "coverage", "imputed", "unit")
    return join(
        listed(facts),
        table(words, words.term("imputed-note"), columns, rows, numbers=(1, 2)),
    )


def _verdict(verdict: Verdict, words: Words) -> list[tuple[str, str]]:
    def said(value: bool) -> str:
        return words.term("yes" if value else "no")

    if verdict.chi2 is None or not verdict.dof:
        test = words.term("test-none")
    else:
        outcome = words.term("test-failed" if verdict.suspect else "test-passed")
        p = "" if verdict.p_value is None else f", p = {words.number(verdict.p_value)}"
        test = f"{outcome} (χ²({verdict.dof}) = {words.number(verdict.chi2)}{p})"
    return [
        (words.term("converged"), said(verdict.converged)),
        (words.term("feasible"), said(verdict.feasible)),
        (words.term("test-global"), test),
        (words.term("bounds-active"), ", ".join(verdict.bounds_active) or words.term("none")),
    ]


def flows(data: ReportData, words: Words) -> Safe:
    """Measured beside reconciled, with what was changed and why that can be trusted."""
    if not data.flows:
        return tag("p", words.term("nothing"))
    columns = (
        "flow",
        "unit",
        "measured",
        "sigma",
        "reconciled",
        "sigma-reconciled",
        "adjustment",
        "normalized-adjustment",
        "class",
    )
    rows = [_amounts(row, row.id, words) for row in data.flows]
    whole = table(words, words.term("section-flows"), columns, rows, numbers=range(2, 8))
    shown: list[str] = [whole]
    if len(rows) > _MANY:
        summary = tag("summary", words.text("flows-all", count=str(len(rows))))
        shown = [tag("details", summary, whole)]
    if data.stocks:
        stocks = [_amounts(row, row.process, words) for row in data.stocks]
        columns = ("stock-change", *columns[1:])
        shown.append(table(words, words.term("stock-change"), columns, stocks, range(2, 8)))
    classes = dict.fromkeys(
        [*(row.class_ for row in data.flows), *(row.class_ for row in data.stocks)]
    )
    legend = [
        (words.term(f"class-{name}"), words.term(f"class-{name}-meaning"))
        for name in classes
        if name
    ]
    return join(tag("p", words.term("flows-note")), *shown, listed(legend))


def _amounts(row: FlowRow | StockRow, id_: str, words: Words) -> list[str]:
    measured, sigma = _pair(row.measured, row.sigma, words)
    reconciled, after = _pair(row.reconciled, row.sigma_reconciled, words)
    adjustment, _ = _pair(row.adjustment, row.sigma, words)
    if row.reconciled is None and (low := getattr(row, "low", None)) is not None:
        high = getattr(row, "high", None)
        reconciled = f"[{words.number(low)}, {words.number(high)}]"
    class_ = words.term(f"class-{row.class_}") if row.class_ else UNKNOWN
    suspect = join(" ", mark("warning", words.term("suspect"))) if row.suspect else Safe()
    normalized = row.normalized_adjustment
    return [
        name_of(row.names, id_, words),
        row.unit,
        measured,
        sigma,
        reconciled,
        after,
        adjustment,
        UNKNOWN if normalized is None else f"{normalized:+.2f}".replace("-", "−"),
        join(class_, suspect),
    ]


def _pair(value: float | None, sigma: float | None, words: Words) -> tuple[str, str]:
    if value is None:
        return UNKNOWN, UNKNOWN
    shown, spread = words.rounded(value, sigma)
    return shown, spread or UNKNOWN


def findings(data: ReportData, words: Words) -> Safe:
    """Sentences, the gravest first."""
    if not data.findings:
        return tag("p", words.term("findings-none"))
    labels = _labels(data)
    items = []
    for severity in (Severity.ERROR, Severity.WARNING, Severity.INFO):
        items += [
            tag(
                "li",
                mark(severity, words.term(f"severity-{severity}")),
                " ",
                words.say(item, labels),
                " ",
                tag("code", item.code),
            )
            for item in data.findings
            if item.severity is severity
        ]
    return tag("ul", *items, class_="findings")


def planted(data: ReportData, words: Words) -> Safe:
    """What a simulation planted, and whether a finding points at it."""
    if not data.planted:
        return tag("p", words.term("planted-none"))
    labels = _labels(data)
    looked = {None: "not-looked-at", True: "yes", False: "no"}

    def named(ids: Iterable[str]) -> Safe:
        return join(*(name_of(labels.get(one), one, words) for one in ids))

    rows = [
        [
            words.term(f"fault-{fault.kind}"),
            named(fault.where.split("/")),
            " – ".join(dict.fromkeys(day for day in (fault.first, fault.last) if day)) or UNKNOWN,
            fault.size or UNKNOWN,
            named(fault.visible_at) or (words.term("nowhere") if fault.reason else UNKNOWN),
            words.term(f"reason-{fault.reason}") if fault.reason else UNKNOWN,
            words.term(looked[fault.found]),
        ]
        for fault in data.planted
    ]
    columns = ("fault", "where", "days", "size", "visible-at", "reason-of-fault", "found")
    return table(words, words.term("section-planted"), columns, rows)


def _labels(data: ReportData) -> Labels:
    """Names of everything that a finding may point at."""
    return {
        **data.names,
        **{row.id: row.names for row in data.balances},
        **data.facilities,
        **{row.id: row.names for row in data.processes},
        **{f"stock:{row.process}": row.names for row in data.stocks},
        **{row.id: row.names for row in data.flows},
        **{chain.id: chain.names for chain in data.chains},
    }
