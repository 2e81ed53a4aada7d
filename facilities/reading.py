"""Reads amounts, spreads, units and the details of flows from park-file tables."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from flows.amounts import split_amount
from flows.errors import Refused
from flows.kinds import KINDS
from flows.nearest import nearest
from flows.network import Spread

if TYPE_CHECKING:
    from flows.network import Good
    from flows.tomltable import Table

_DAY = 86_400.0
_PERCENT = re.compile(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*%\Z")


def kind_of(table: Table, key: str = "kind", default: str = "mass") -> str:
    """A code of a kind of amounts."""
    code = table.text(key, default)
    if code in KINDS:
        return code
    table.report(
        "kind-unknown", key, what=code, nearest=nearest(code, KINDS), allowed=", ".join(KINDS)
    )
    return default


def unit_of(table: Table, kind: str, key: str = "unit", default: str = "") -> str:
    """A unit in which amounts of the kind are entered."""
    unit = table.text(key, default)
    if not unit or unit in KINDS[kind].units:  # pint is only asked about the unusual
        return unit
    from flows.conversion import check_unit

    try:
        check_unit(unit, kind)
    except Refused as refused:
        for item in refused.findings:
            table.add(item, key)
        return default
    return unit


def amount(
    table: Table,
    key: str,
    kind: str,
    *,
    unit: str = "",
    density: float | None = None,
    gas_state: str = "",
    signed: bool = False,
) -> float | None:
    """An amount per day, canonical unit of the kind; None where the key is not there.

    A number is in `unit`, a text may carry its own. Rates are taken over 24 hours, amounts as
    they are. Infinities pass.
    """
    raw = table.raw(key)
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        table.report("value-type", key, key=key, value=str(raw), expected="amount")
        return None
    if isinstance(raw, float) and math.isinf(raw):
        return raw
    try:
        value, own = split_amount(raw)
        bare = re.sub(r"\s*/\s*[d日天]\Z", "", own or unit)
        plain = bare in ("", KINDS[kind].unit) or (value == 0.0 and not own)
        if plain and (signed or value >= 0.0):
            return value
        from flows.units import read_amount

        return read_amount(
            raw,
            kind=kind,
            default_unit=unit,
            seconds=_DAY,
            density=density,
            gas_state=gas_state,
            signed=signed,
        ).value
    except Refused as refused:
        for item in refused.findings:
            table.add(item, key)
        return None


def spread(
    table: Table,
    key: str,
    kind: str,
    *,
    unit: str = "",
    density: float | None = None,
    gas_state: str = "",
    floor: float = 0.0,
) -> Spread | None:
    """One standard deviation: an amount, or a percentage of max(value, typical value)."""
    raw = table.raw(key)
    if raw is None:
        return None
    if isinstance(raw, str) and (match := _PERCENT.match(raw.strip())):
        if float(match[1]) > 0.0:
            return Spread(relative=float(match[1]) / 100.0, floor=floor)
        table.report("value-range", key, key=key, value=raw, low="> 0 %")
        return None
    value = amount(table, key, kind, unit=unit, density=density, gas_state=gas_state)
    if value is None:
        return None
    if not math.isfinite(value):
        table.report("amount-not-finite", key, text=str(raw))
        return None
    return Spread(absolute=value, floor=floor if value > 0.0 else 0.0)


def flow_details(table: Table, good: Good, default_unit: str, gas_state: str) -> dict[str, Any]:
    """What a [[link]] or [[flow]] says of its measurement: only the keys that stand there."""
    kind = good.kind
    unit = unit_of(table, kind, default=default_unit)
    own: dict[str, Any] = {"density": good.density, "gas_state": gas_state, "unit": unit}
    low = amount(table, "min", kind, signed=True, **own)
    high = amount(table, "max", kind, signed=True, **own)
    typical = amount(table, "typical", kind, signed=True, **own)
    least, most = 0.0 if low is None else low, math.inf if high is None else high
    if most < least:
        table.report("value-range", "max", key="max", value=most, low=least)
    elif typical is not None and not least <= typical <= most:
        table.report("value-range", "typical", key="typical", value=typical, low=least, high=most)
    said = {
        "unit": unit if "unit" in table else None,
        "minimum": low,
        "maximum": high,
        "typical": typical,
        "sigma": spread(table, "sigma", kind, **own),
        "device": table.text("device") or None,
        "names": table.names() or None,
        "facility": table.text("facility") or None,
    }
    return {key: value for key, value in said.items() if value is not None}
