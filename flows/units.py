"""Units at the door: typed amounts to canonical numbers of a kind, or a finding."""

from __future__ import annotations

import math
from dataclasses import dataclass

from flows.amounts import read_number, slip, split_amount
from flows.conversion import (
    check_unit,
    conversion,
    gas_factor,
    ratio_factor,
    registry,
    to_unit,
    unit_factor,
    unit_finding,
)
from flows.errors import Refused
from flows.findings import finding
from flows.kinds import KINDS, Kind
from flows.lexicon import parse_unit
from flows.network import Spread

__all__ = [
    "KINDS",
    "Amount",
    "Kind",
    "add",
    "check_same_kind",
    "check_unit",
    "gas_factor",
    "ratio_factor",
    "read_amount",
    "read_number",
    "read_spread",
    "registry",
    "slip",
    "to_unit",
    "unit_factor",
]


@dataclass(frozen=True, slots=True)
class Amount:
    """What a typed amount says.

    Attributes:
        value: Canonical units of the kind, over the span where a rate was typed.
        kind: Code of the kind.
        typed: The operator's own text, unchanged.
        typed_unit: Unit that was applied, as it was written.
        per_time: A rate was typed, and was multiplied by its span.
    """

    value: float
    kind: str
    typed: str = ""
    typed_unit: str = ""
    per_time: bool = False


def read_amount(
    text: str | float,
    *,
    kind: str,
    unit: str = "",
    default_unit: str | None = "",
    seconds: float | None = None,
    density: float | None = None,
    gas_state: str = "",
    signed: bool = False,
) -> Amount:
    """Read what a person or a sheet says of one flow, stock or property.

    Args:
        text: A number, alone or with its unit behind it (`flows.amounts` has the grammar).
        kind: Code of the kind that the amount must have.
        unit: Unit from a column or heading of its own; a unit in the text must mean the same.
        default_unit: Unit where neither says one; "" is the canonical unit of the kind, None
            means that a unit must be said.
        seconds: Length of the span; a rate is multiplied by it.
        density: t/m3 of the good, t/Nm3 for a gas.
        gas_state: Reference state of the device: "0C", "20C" or "T=35,p=98.5" (`gas_factor`).
        signed: Whether a value below zero is meant.

    Raises:
        Refused: With one `amount-*`, `unit-*` or `percent-needs-base` finding.
        KeyError: If the kind is not in `KINDS`, which is a mistake of the program.
    """
    number, own = split_amount(text)
    column = unit.strip()
    typed_unit = own or column or default_unit
    if typed_unit is None:
        raise Refused(unit_finding("unit-missing", kind, text=str(text)))
    found = conversion(typed_unit, kind)
    if own and column and own != column and found != conversion(column, kind):
        raise Refused(finding("unit-conflict", text=str(text), unit=own, other=column))
    value = number * found.factor_at(seconds, density, gas_state)
    if number < 0.0 and not signed:
        raise Refused(finding("amount-negative", text=str(text)))
    _check_range(value, number, text)
    return Amount(value, kind, str(text), found.unit, found.per_time)


def read_spread(
    value: str | float,
    *,
    kind: str,
    unit: str = "",
    default_unit: str = "",
    seconds: float | None = None,
    density: float | None = None,
    gas_state: str = "",
) -> Spread:
    """Read a declared standard deviation: an amount in `unit`, or a percentage of the value.

    A number or `0.5`, `50 kg`, `2 t/d` is absolute and may carry a unit other than `unit`; `10 %`
    is always relative, for a share too (0.05 of a share is written `0.05`). It is ONE standard
    deviation: `±5 %` is refused, because a stated half-width is usually of 95 % and would first
    have to be divided by 1.96. Only the literal amount 0 means exact; `0 %` is refused.

    Raises:
        Refused: `value-range` for a negative one or `0 %`; else as `read_amount`.
    """
    number, own = split_amount(value)
    parsed = parse_unit(own) if own else None
    if parsed and parsed.numerator.percent and parsed.denominator is None:
        relative = number * unit_factor(own, "share")
        if relative <= 0.0:
            raise Refused(finding("value-range", key="sigma", value=str(value), low="> 0"))
        return Spread(relative=relative)
    factor = conversion(own or unit.strip() or default_unit, kind).factor_at(
        seconds, density, gas_state
    )
    if number < 0.0:
        raise Refused(finding("value-range", key="sigma", value=str(value), low="0"))
    absolute = number * factor
    _check_range(absolute, number, value)
    return Spread(absolute=absolute)


def check_same_kind(*kinds: str) -> None:
    """Refuse to put amounts of different kinds together.

    Raises:
        Refused: With the finding `unit-kind`.
    """
    others = [kind for kind in kinds if kind != kinds[0]]
    if others:
        raise Refused(
            finding("unit-kind", unit=KINDS[others[0]].unit, kind=others[0], expected=kinds[0])
        )


def add(first: Amount, *rest: Amount) -> Amount:
    """Sum of amounts of one kind, rounded once.

    Raises:
        Refused: `unit-kind` if the kinds differ.
    """
    check_same_kind(first.kind, *(item.kind for item in rest))
    value = math.fsum((first.value, *(item.value for item in rest)))
    return Amount(value, first.kind, typed_unit=KINDS[first.kind].unit)


def _check_range(value: float, number: float, text: str | float) -> None:
    """Refuse what a conversion made too large or too small to be a number."""
    if not math.isfinite(value) or (value == 0.0 and number != 0.0):
        raise Refused(finding("amount-not-finite", text=str(text)))
