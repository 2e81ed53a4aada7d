"""The sections of the HTML report, each a function of the rows it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.balance import TOLERANCE_SIGMAS
from flows.findings import Severity
from reports.markup import Safe, join, tag
from reports.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.data import FlowRow, Names, ReportData, StockRow, Verdict
    from reports.words import Labels, Words

#: Marks beside the words, so that no state hangs on its color alone.
_MARKS = {
    "error": "✖",
    "warning": "▲",
    "info": "●",
    "closed": "✓",
    "open": "✖",
    "not-closed": "○",
}


def section(key: str, title: str, *content: str) -> Safe:
    """A section that the contents link to."""
    return tag(
        "section",
        tag("h2", title, id=f"{key}-title"),
        *content,
        id=key,
        aria_labelledby=f"{key}-title",
    )


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
        _facts([(words.term(key), value) for key, value in facts]),
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
        return join(_facts(facts), tag("p", words.term("imputed-none")))
    rows = [
        [
            _name(row.names, row.id, words),
            words.percent(row.coverage),
            words.number(row.amount),
            row.unit,
        ]
        for row in data.imputed
    ]
    columns = ("name", "coverage", "imputed", "unit")
    return join(
        _facts(facts),
        _table(words, words.term("imputed-note"), columns, rows, numbers=(1, 2)),
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


def balances(data: ReportData, words: Words) -> Safe:
    """One table a layer: park, then facilities, then processes."""
    if not data.balances:
        return tag("p", words.term("nothing"))
    levels = ("park", "facility", "process")
    columns = (
        "name",
        "level",
        "inflow",
        "outflow",
        "stock-change",
        "residual",
        "tolerance",
        "unit",
        "state",
    )
    tables = []
    for layer in dict.fromkeys(row.layer for row in data.balances):
        rows = [
            [
                _name(row.names, row.id, words),
                words.term(f"level-{row.level}"),
                *(
                    words.number(value)
                    for value in (
                        row.inflow,
                        row.outflow,
                        row.stock_change,
                        row.residual,
                        row.tolerance,
                    )
                ),
                row.unit,
                _mark(row.state, words.term(f"state-{row.state}")),
            ]
            for row in sorted(
                (row for row in data.balances if row.layer == layer),
                key=lambda row: levels.index(row.level) if row.level in levels else len(levels),
            )
        ]
        caption = words.term(f"layer-{layer}")
        tables.append(_table(words, caption, columns, rows, numbers=range(2, 7)))
    return join(tag("p", words.term("balances-note")), *tables)


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
    shown = [_table(words, words.term("section-flows"), columns, rows, numbers=range(2, 8))]
    if data.stocks:
        stocks = [_amounts(row, row.process, words) for row in data.stocks]
        columns = ("stock-change", *columns[1:])
        shown.append(_table(words, words.term("stock-change"), columns, stocks, range(2, 8)))
    classes = dict.fromkeys(
        [*(row.class_ for row in data.flows), *(row.class_ for row in data.stocks)]
    )
    legend = [
        (words.term(f"class-{name}"), words.term(f"class-{name}-meaning"))
        for name in classes
        if name
    ]
    return join(tag("p", words.term("flows-note")), *shown, _facts(legend))


def _amounts(row: FlowRow | StockRow, id_: str, words: Words) -> list[str]:
    measured, sigma = _pair(row.measured, row.sigma, words)
    reconciled, after = _pair(row.reconciled, row.sigma_reconciled, words)
    adjustment, _ = _pair(row.adjustment, row.sigma, words)
    if row.reconciled is None and (low := getattr(row, "low", None)) is not None:
        high = getattr(row, "high", None)
        reconciled = f"[{words.number(low)}, {words.number(high)}]"
    class_ = words.term(f"class-{row.class_}") if row.class_ else UNKNOWN
    suspect = join(" ", _mark("warning", words.term("suspect"))) if row.suspect else Safe()
    normalized = row.normalized_adjustment
    return [
        _name(row.names, id_, words),
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


def chains(data: ReportData, words: Words) -> Safe:
    """Yields with sigma beside their usual range."""
    if not data.chains:
        return tag("p", words.term("nothing"))
    columns = ("step", "value", "unit", "usual-range", "state", "basis", "source")
    tables = []
    for chain in data.chains:
        rows = []
        for step in chain.steps:
            state: str = UNKNOWN
            if step.value is not None and (step.low is not None or step.high is not None):
                # outside is what lies there beyond doubt, as in the finding `ratio-range`
                margin = TOLERANCE_SIGMAS * (step.sigma or 0.0)
                inside = (step.low is None or step.value + margin >= step.low) and (
                    step.high is None or step.value - margin <= step.high
                )
                state = (
                    _mark("closed", words.term("within-range"))
                    if inside
                    else _mark("warning", words.term("outside-range"))
                )
            usual = words.term("usual-none")
            if step.low is not None or step.high is not None:
                usual = f"{words.number(step.low)} … {words.number(step.high)}"
            rows.append(
                [
                    _name(step.names, step.id, words),
                    words.number(step.value, step.sigma),
                    step.unit,
                    usual,
                    state,
                    words.term(f"basis-{step.basis}"),
                    step.source,
                ]
            )
        caption = words.label(chain.names, chain.id)
        tables.append(_table(words, caption, columns, rows, numbers=(1,)))
    return join(tag("p", words.term("chains-note")), *tables)


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
                _mark(severity, words.term(f"severity-{severity}")),
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
        return join(*(_name(labels.get(one), one, words) for one in ids))

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
    return _table(words, words.term("section-planted"), columns, rows)


def _labels(data: ReportData) -> Labels:
    """Names of everything that a finding may point at."""
    return {
        **{row.id: row.names for row in data.balances},
        **data.facilities,
        **{row.id: row.names for row in data.processes},
        **{f"stock:{row.process}": row.names for row in data.stocks},
        **{row.id: row.names for row in data.flows},
        **{chain.id: chain.names for chain in data.chains},
    }


def _mark(kind: str, word: str) -> Safe:
    return tag("span", f"{_MARKS[kind]} {word}", class_=f"mark {kind}")


def _name(names: Names | None, id_: str, words: Words) -> Safe:
    label = words.label(names, id_)
    return join(label) if label == id_ else join(label, tag("span", id_, class_="id"))


def _facts(facts: Iterable[tuple[str, str]]) -> Safe:
    return tag(
        "dl",
        *(join(tag("dt", name), tag("dd", value)) for name, value in facts),
        class_="facts",
    )


def _table(
    words: Words,
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Iterable[int] = (),
) -> Safe:
    """A table that scrolls in its own box; its first column heads the rows."""
    right = frozenset(numbers)

    def kind(place: int) -> str | None:
        return "number" if place in right else None

    head = [
        tag("th", words.term(column), scope="col", class_=kind(place))
        for place, column in enumerate(columns)
    ]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(tag("td", cell, class_=kind(place)) for place, cell in enumerate(row[1:], 1)),
        )
        for row in rows
    ]
    table = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *body)
    )
    label = f"{caption}: {words.term('table-scroll')}"
    return tag("div", table, class_="wide", tabindex=0, role="region", aria_label=label)
