"""The further equations of a network file: coefficients, relations and correlations."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

from flows.findings import Finding, Severity
from flows.network import Correlation, Relation, TransferCoefficient
from flows.networkfile.layers import unknown_content
from flows.tomltable import as_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from flows.measured import Measured
    from flows.networkfile.definitions import Definitions
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


def read_relations(
    root: Table, defined: Definitions, units: Mapping[str, tuple[str, float]]
) -> list[Relation]:
    """Relations between flows, stock changes, contents and what flows carry.

    A factor is for the term's own unit, as people know the number.

    Args:
        root: The file.
        defined: Its definitions.
        units: By name of a term: unit, and canonical units per one of it.
    """
    among = {name: factor for name, (_, factor) in units.items()}
    for process, layer in product({s.process for s in defined.stocks.values()}, defined.carried):
        among[f"stock:{process}.{layer}"] = among[f"stock:{process}:{layer}"]
        del among[f"stock:{process}:{layer}"]
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
        parts = _terms(table, dict(_flat(terms)), among, defined)
        sigma = spread.at(value) if spread else 0.0
        if spread and spread.absolute is None and sigma == 0.0:
            table.report("value-range", "sigma", key="sigma", value="%", low="> 0", high="")
        if name:
            relations[name] = Relation(name, parts, value, sigma)
    return list(relations.values())


def read_correlations(
    root: Table, defined: Definitions, measured: Sequence[Measured]
) -> list[Correlation]:
    """Correlations between readings; whether they fit together is seen later.

    A reading is named by what it is of, `<what>#2` being the second one of it.
    """
    known = {
        *defined.measures,
        *(f"{f}.{layer}" for layer in defined.carried for f in defined.flows),
    }
    sigma: dict[str, float] = {}
    count = Counter[str]()
    for item in measured:
        count[item.of] += 1
        sigma.setdefault(item.of, item.total_sigma)
        sigma[f"{item.of}#{count[item.of]}"] = item.total_sigma
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
                "value-type", "between", key="between", value=as_toml(pair), expected="two readings"
            )
            continue
        pair = tuple(_once(name, known) for name in pair)
        for name in pair:
            if name not in known and _number(name, known) is None:
                _unknown(table, "between", name, known, defined)
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
        found.append(Correlation(pair[0], pair[1], value))
    return found


def _number(name: str, known: Collection[str]) -> int | None:
    """Which of the readings of one thing is meant by `<what>#2`, None if it is no such name."""
    what, mark, number = name.rpartition("#")
    return int(number) if mark and what in known and number.isdecimal() and int(number) else None


def _once(name: str, known: Collection[str]) -> str:
    """`F#1` is `F`."""
    first = name not in known and _number(name, known) == 1
    return name.rpartition("#")[0] if first else name


def _unknown(
    table: Table, key: str, name: str, among: Collection[str], defined: Definitions
) -> None:
    """Say that nothing is called so: of a content of a known flow, which layers there are."""
    if any(name.rpartition(mark)[0] in defined.flows for mark in ".:"):
        flow = next(part[0] for mark in ".:" if (part := name.rpartition(mark))[0] in defined.flows)
        unknown_content(table, key, name, flow, defined.carried)
    else:
        defined.unknown(table, key, "flow-unknown", name, among)


def _flat(terms: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    """Terms by their names; TOML takes the dot of a name without quotes for a table."""
    for name, weight in terms.items():
        if isinstance(weight, dict) and weight:
            yield from _flat(weight, f"{before}{name}.")
        else:
            yield f"{before}{name}", weight


def _terms(
    table: Table, terms: Mapping[str, object], among: Mapping[str, float], defined: Definitions
) -> tuple[tuple[str, float], ...]:
    parts = []
    for name, weight in terms.items():
        if name not in among:
            _unknown(table, "terms", name, among, defined)
        elif isinstance(weight, bool) or not isinstance(weight, int | float):
            table.report("value-type", "terms", key=name, value=as_toml(weight), expected="number")
        elif not math.isfinite(weight):
            table.report("amount-not-finite", "terms", text=str(weight))
        else:
            # Factors are written for the term's own unit.
            parts.append((name, weight / among[name]))
    return tuple(parts)
