"""Kinds in a network file: guessed from units, and which of them add up in one balance."""

from __future__ import annotations

from flows.errors import Refused
from flows.layers import primary

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
