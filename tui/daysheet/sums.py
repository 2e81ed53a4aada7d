"""Small sums typed in a field, such as `120+35-4 t`: added exactly in decimals, never evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, localcontext

from flows.amounts import fold, split_amount
from flows.errors import Refused
from flows.findings import finding

#: A plus or minus before a number that follows another one. The sign of a power of ten (`1e+3`)
#: stands behind an e that follows a digit, and is none.
_JOINT = re.compile(r"(?<=\S)\s*(?<![0-9.][eE])([+-])\s*(?=[0-9.])")

#: Digits that a sum may have: more than any amount, and an end to what `1e999` could ask for.
_DIGITS = 60
_POWER = re.compile(r"[eE]([+-]?[0-9]+)")
_MOST_POWER = 30


@dataclass(frozen=True, slots=True)
class Sum:
    """What was typed, added up.

    Attributes:
        text: A number and its unit, for the strict reader; of what is no sum the text as typed.
        terms: The sum as it was typed, or "" where it is none.
    """

    text: str
    terms: str = ""


def add_up(text: str) -> Sum:
    """Add a typed sum up; every term by the grammar of `flows.amounts`, all in one unit.

    The unit stands behind the last term, or behind each one.

    Raises:
        Refused: `unit-conflict` where two terms name different units; else as `split_amount`.
    """
    folded = fold(text)
    parts = _JOINT.split(folded)
    if len(parts) == 1:
        return Sum(text.strip())
    signs = ["+", *parts[1::2]]
    total, unit = Decimal(0), ""
    with localcontext() as context:
        context.prec = _DIGITS
        for place, (sign, term) in enumerate(zip(signs, parts[0::2], strict=True)):
            _, own = split_amount(term)
            digits = term.strip().removesuffix(own).strip().replace(",", "")
            power = _POWER.search(digits)
            if power and abs(int(power[1])) > _MOST_POWER:
                raise Refused(finding("amount-not-finite", text=term))
            if unit and own and own != unit:
                raise Refused(finding("unit-conflict", text=text.strip(), unit=unit, other=own))
            if unit and not own and place == len(signs) - 1:
                # `1 t + 200` may well mean 200 kg
                raise Refused(finding("unit-conflict", text=text.strip(), unit=unit, other="–"))
            unit = own or unit
            total += Decimal(digits) if sign == "+" else -Decimal(digits)
        shown = f"{total:f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return Sum(f"{'0' if shown in {'-0', ''} else shown}{unit}", text.strip())
