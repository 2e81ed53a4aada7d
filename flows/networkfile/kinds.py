"""Kinds in a network file: guessed from units, and which of them add up in one balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.errors import Refused
from flows.layers import primary
from flows.network import is_environment

if TYPE_CHECKING:
    from flows.networkfile.definitions import Definitions

_GUESSES = ("mass", "volume", "gas", "electricity", "heat", "dry-mass", "co2", "co2e", "number")
_LIQUID = {"cubic_meter", "liter", "milliliter"}


def guess_kind(unit: str) -> str:
    """The plainest kind that a unit fits, "" if none does.

    `t` is wet mass, `m3` a volume, `Nm3` gas, `kWh` and `MW` power, `GJ` heat; `kind` in the file
    says otherwise.
    """
    from flows.lexicon import parse_unit
    from flows.units import check_unit

    parsed = parse_unit(unit)
    if parsed is None:
        return ""
    guesses = parsed.numerator.kinds or _GUESSES
    if parsed.numerator.name.endswith(("joule", "calorie", "ce")) and "heat" in guesses:
        guesses = ("heat",)
    if parsed.numerator.name in _LIQUID and not parsed.standard:
        guesses = ("volume",)
    for kind in guesses:
        try:
            check_unit(unit, kind)
        except Refused:
            continue
        return kind
    return ""


def layer_of(kind: str) -> tuple[str, float]:
    """Layer in which amounts of a kind add up without knowing the good, and their factor.

    A kind that needs a density adds up with its own kind only.
    """
    try:
        return primary(kind)
    except (KeyError, ValueError):
        return f"kind:{kind}", 1.0


def check_kinds(defined: Definitions) -> None:
    """Amounts that meet in a balance must have one unit in common."""
    meeting: dict[str, tuple[str, str, str]] = {}
    own = [item for item in defined.stocks.values() if item.layer == defined.layer]
    stations = [(f.id, f.kind, (f.source, f.target)) for f in defined.flows.values()]
    stations += [(s.id, s.kind, (s.process, s.process)) for s in own]
    for name, kind, ends in stations:
        own_table = defined.measures[name].table
        if not defined.measures[name].unit and "kind" not in own_table:
            continue  # what it is of was not said, and that has been said
        for end in ends:
            if is_environment(end):
                continue
            layer, expected, beside = meeting.setdefault(end, (layer_of(kind)[0], kind, name))
            if layer != layer_of(kind)[0]:
                measure = defined.measures[name]
                measure.table.report(
                    "unit-kind",
                    "unit",
                    unit=measure.unit,
                    kind=kind,
                    expected=expected,
                    process=end,
                    problem="meeting",
                    flow=name,
                    beside=beside,
                )
                break
