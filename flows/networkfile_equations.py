"""The further equations of a network file: coefficients, relations and correlations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flows.findings import Finding, Severity
from flows.network import Correlation, Relation, TransferCoefficient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.measured import Measured
    from flows.networkfile_definitions import Definitions
    from flows.tomltable import Table

#: Two-sided 5 % point of the standard normal distribution: how far shares may add up above 1.
WITHIN = 1.96


def read_coefficients(root: Table, defined: Definitions) -> list[TransferCoefficient]:
    """Transfer coefficients between 0 and 1; together no more than 1 a process and layer.

    Their sum may be above 1 by what their standard deviations explain (95 %).
    """
    found: list[TransferCoefficient] = []
    for table in root.tables("coefficient"):
        process, flow = (table.text(key, required=True) for key in ("process", "flow"))
        value = table.number("value", required=True)
        spreads = [defined.spread(table, key) for key in ("sigma", "bias_sigma")]
        layer = table.choice("layer", defined.layers, defined.layer)
        table.close()
        if process and process not in defined.processes:
            defined.unknown(table, "process", "process-unknown", process, defined.processes)
        if flow and flow not in defined.flows:
            defined.unknown(table, "flow", "flow-unknown", flow, defined.flows)
        elif flow and process in defined.processes and defined.flows[flow].source != process:
            table.report("coefficient-flow", "flow", process, flow=flow, process=process)
        if value is None:
            continue
        key = process, flow, layer
        if any(key == (item.process, item.flow, item.layer) for item in found):
            table.report("id-duplicate", "flow", process, id=flow)
            continue
        sigma, common = (spread.at(value) if spread else 0.0 for spread in spreads)
        if any(each and each.absolute is None for each in spreads) and not sigma + common:
            table.report("value-range", "sigma", key="sigma", value="%", low="> 0", high="")
        found.append(TransferCoefficient(process, flow, value, sigma, common, layer))
        same = [item for item in found if (item.process, item.layer) == (process, layer)]
        total = math.fsum(item.value for item in same)
        room = WITHIN * math.hypot(*(part for i in same for part in (i.sigma, i.bias_sigma)))
        if not 0.0 <= value <= 1.0 or total > 1.0 + max(room, 1e-9):
            worst = value if not 0.0 <= value <= 1.0 else total
            table.report("coefficient-range", "value", process, value=worst)
    return found


def read_relations(root: Table, defined: Definitions) -> list[Relation]:
    """Relations between flows; a factor is for the flow's own unit, as people know the number."""
    relations: dict[str, Relation] = {}
    for number, table in enumerate(root.tables("relation"), start=1):
        name = defined.id(table, relations) if "id" in table else f"relation-{number}"
        table.where = name or table.where
        value = table.number("value") or 0.0
        spread = defined.spread(table, "sigma")
        terms = table.raw("terms")
        table.close()
        if not isinstance(terms, dict) or not terms:
            code = "key-missing" if terms is None or terms == {} else "value-type"
            table.report(code, "terms", key="terms", expected="{ flow = factor }")
            continue
        parts = _terms(table, terms, defined)
        sigma = spread.at(value) if spread else 0.0
        if spread and spread.absolute is None and sigma == 0.0:
            table.report("value-range", "sigma", key="sigma", value="%", low="> 0", high="")
        if name:
            relations[name] = Relation(name, parts, value, sigma)
    return list(relations.values())


def read_correlations(
    root: Table, defined: Definitions, measured: Sequence[Measured]
) -> list[Correlation]:
    """Correlations between the values of two flows; whether they fit together is seen later."""
    sigma: dict[str, float] = {}
    for item in measured:
        sigma.setdefault(item.of, item.total_sigma)
    found: list[Correlation] = []
    seen: set[frozenset[str]] = set()
    for table in root.tables("correlation"):
        pair = table.words("between")
        value = table.number("value", required=True)
        table.close()
        if "between" not in table:
            table.report("key-missing", "between", key="between")
        if pair is None or value is None:
            continue
        table.where = ", ".join(pair)
        if len(pair) != 2 or pair[0] == pair[1]:
            table.report(
                "value-type", "between", key="between", value=str(pair), expected="two flows"
            )
            continue
        for name in pair:
            if name.rpartition(".")[0] in defined.flows and name not in defined.flows:
                what = "correlations of contents"
                table.report("not-built-yet", "between", key="between", what=what)
            elif name not in defined.flows:
                defined.unknown(table, "between", "flow-unknown", name, defined.flows)
            elif not sigma.get(name):
                # Nothing to correlate: no reading, or one without any error.
                code, params = (
                    ("value-range", {"key": "sigma", "value": 0, "low": "> 0"})
                    if name in sigma
                    else ("key-missing", {"key": "value"})
                )
                table.add(Finding(code, Severity.WARNING, name, params=params), "between")
        if frozenset(pair) in seen:
            table.report("id-duplicate", "between", id=", ".join(pair))
        if not -1.0 < value < 1.0:
            table.report("value-range", "value", key="value", value=value, low="> -1", high="< 1")
        seen.add(frozenset(pair))
        found.append(Correlation(*pair, value))
    return found


def _terms(
    table: Table, terms: dict[str, object], defined: Definitions
) -> tuple[tuple[str, float], ...]:
    parts = []
    for flow, weight in terms.items():
        if flow not in defined.flows and flow.rpartition(".")[0] in defined.flows:
            what = "relations of contents"
            table.report("not-built-yet", "terms", key="terms", what=what)
        elif flow not in defined.flows:
            defined.unknown(table, "terms", "flow-unknown", flow, defined.flows)
        elif isinstance(weight, bool) or not isinstance(weight, int | float):
            table.report("value-type", "terms", key=flow, value=str(weight), expected="number")
        elif not math.isfinite(weight):
            table.report("amount-not-finite", "terms", text=str(weight))
        else:
            # Factors are written for the flow's own unit.
            parts.append((flow, weight / defined.measures[flow].factor))
    return tuple(parts)
