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


def read_coefficients(root: Table, defined: Definitions) -> list[TransferCoefficient]:
    """Exact transfer coefficients; between 0 and 1, and no more than 1 a process."""
    found: list[TransferCoefficient] = []
    sums: dict[str, float] = {}
    for table in root.tables("coefficient"):
        process, flow = (table.text(key, required=True) for key in ("process", "flow"))
        value = table.number("value", required=True)
        spreads = [defined.spread(table, key) for key in ("sigma", "bias_sigma")]
        table.close()
        if process and process not in defined.processes:
            defined.unknown(table, "process", "process-unknown", process, defined.processes)
        if flow and flow not in defined.flows:
            defined.unknown(table, "flow", "flow-unknown", flow, defined.flows)
        elif flow and process in defined.processes and defined.flows[flow].source != process:
            table.report("coefficient-flow", "flow", process, flow=flow, process=process)
        if value is None:
            continue
        if any(spread and spread.absolute != 0.0 for spread in spreads):
            what = "coefficients with sigma or bias_sigma"
            table.report("not-built-yet", "sigma", key="sigma", what=what)
        if any((process, flow) == (item.process, item.flow) for item in found):
            table.report("id-duplicate", "flow", process, id=flow)
            continue
        if 0.0 <= value <= 1.0:
            sums[process] = sums.get(process, 0.0) + value
        if not 0.0 <= value <= 1.0 or sums[process] > 1.0 + 1e-9:
            worst = value if not 0.0 <= value <= 1.0 else sums[process]
            table.report("coefficient-range", "value", process, value=worst)
        found.append(TransferCoefficient(process, flow, value, layer=defined.layer))
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
            if name not in defined.flows:
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
        if flow not in defined.flows:
            defined.unknown(table, "terms", "flow-unknown", flow, defined.flows)
        elif isinstance(weight, bool) or not isinstance(weight, int | float):
            table.report("value-type", "terms", key=flow, value=str(weight), expected="number")
        elif not math.isfinite(weight):
            table.report("amount-not-finite", "terms", text=str(weight))
        else:
            # Factors are written for the flow's own unit.
            parts.append((flow, weight / defined.measures[flow].factor))
    return tuple(parts)
