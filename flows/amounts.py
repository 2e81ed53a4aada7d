"""The number grammar: typed text to float, exactly as written or refused, never changed."""

from __future__ import annotations

import math
import re

from flows.errors import Refused
from flows.findings import Finding, finding

#: Full-width forms typed by a Chinese input method, other spaces and the minus sign, one to one.
#: Not Unicode's compatibility folding: that reads `10⁴` as 104 and `①` as 1.
_FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20,
    0x00A0: 0x20,
    0x2009: 0x20,
    0x202F: 0x20,
    0x2212: 0x2D,
}

#: U+3380 to U+33DF are units pressed into one sign, such as ㎥ and ㎏.
_AMOUNT = re.compile(
    r"""(?:
        (?P<plain>[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<grouped>[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?)
    )\s*(?P<unit>[^\W\d_].*|[%‰×\u3380-\u33df].*)?\Z""",
    re.VERBOSE,
)
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf(?:inity)?|∞)", re.IGNORECASE)
_SEPARATED = re.compile(r"[+-]?[0-9]+(?:(?:\s*[,_'’.、]\s*|\s+)[0-9]+)+")
_WHOLE_GROUPS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[ ,_'’][0-9]{3})+(?:\.[0-9]+)?")
_CHINESE_STOP = re.compile(r"[+-]?[0-9]+。[0-9]+")

#: Names of slips by the power of ten that they shift a number by. 4 is 万, which falls off or
#: is written twice; 3 is kg typed for t, or a point read as a grouping comma.
_POWERS: dict[int, str] = {
    1: "ten-fold-high",
    -1: "ten-fold-low",
    2: "hundred-fold-high",
    -2: "hundred-fold-low",
    3: "thousand-fold-high",
    -3: "thousand-fold-low",
    4: "ten-thousand-fold-high",
    -4: "ten-thousand-fold-low",
}
_COMMA_FOR_POINT = "comma-for-point"

#: Ratio of the typed to the meant value, by the name of the slip.
SLIPS: dict[str, float] = {
    **{name: 10.0**power for power, name in _POWERS.items()},
    _COMMA_FOR_POINT: 1e3,
}


def fold(text: str) -> str:
    """Full-width digits, letters and punctuation as plain ones; outer white space gone."""
    return (text if text.isascii() else text.translate(_FOLD)).strip()


def split_amount(text: str | float) -> tuple[float, str]:
    """The number that opens a typed amount and the unit text behind it, "" where there is none.

    Read are `1623`, `1,623.4` with right groups of three, `.5`, `1e3` (machines write it: sheets
    and exports), a sign, and all of them in full-width digits. Refused are wrong groups, other
    separators (`1 000`, `1_000`, `12,3`), an unfinished number (`12.`, `-`), `12。5`, raised
    digits and everything that a person would have to interpret (`<5`, `~5`, `±5`).

    Args:
        text: What was typed, or a number as a file already holds it.

    Raises:
        Refused: `amount-empty`, `amount-not-a-number`, `amount-grouping`, `amount-not-finite`.
    """
    if not isinstance(text, str):
        return _machine_number(text), ""
    folded = fold(text)
    match = _AMOUNT.match(folded)
    if match is None:
        raise Refused(_diagnose(text, folded))
    plain, grouped, unit = match.groups()
    # Raised digits and fractions are letters to the pattern, but not to str.isalpha().
    if unit and not (unit[0].isalpha() or unit[0] in "%‰×" or "\u3380" <= unit[0] <= "\u33df"):
        raise Refused(finding("amount-not-a-number", text=text, nearest=""))
    digits: str = plain if plain is not None else grouped.replace(",", "")
    value = float(digits)
    if math.isinf(value) or (value == 0.0 and re.search("[1-9]", re.split("[eE]", digits)[0])):
        raise Refused(finding("amount-not-finite", text=text))
    return value + 0.0, unit or ""


def read_number(text: str | float) -> float:
    """A bare number by the grammar of `split_amount`; the sign is the caller's to judge.

    Raises:
        Refused: As `split_amount`; with text behind the number, `amount-not-a-number`.
    """
    value, unit = split_amount(text)
    if unit:
        raise Refused(finding("amount-not-a-number", text=str(text), nearest=f"{value:.15g}"))
    return value


def slip(value: float, expected: float, *, typed: str = "", band: float = 1.35) -> str | None:
    """Name of the typing slip that explains a value far from what is usual.

    A slip is named where the value lies outside the band round the expected one, and a shift
    by one to four powers of ten brings it inside. The band is narrow enough that ratios with a
    cause of their own are no slips: 24 (MW for MWh/d), 3.6 (GJ for MWh), 24/3.6, and 1/0.9318
    (a gas at 0 for one at 20 degC).

    Args:
        value: What was read.
        expected: What is usual, same unit, e.g. a 30-day median.
        typed: The operator's text, by which a comma typed for a point is told from kg for t.
        band: value/expected counts as usual within 1/band to band; 1 < band < sqrt(10).

    Returns:
        Key of `SLIPS`, or None.
    """
    if not (value > 0.0 and expected > 0.0 and math.isfinite(value) and math.isfinite(expected)):
        return None
    decades = math.log10(value) - math.log10(expected)
    power = round(decades)
    if power == 0 or abs(decades - power) > math.log10(band):
        return None
    if power == 3 and re.search(r"(?<![0-9,])[0-9]{1,3},[0-9]{3}(?![0-9,.])", fold(typed)):
        return _COMMA_FOR_POINT
    return _POWERS.get(power)


def _machine_number(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(finding("amount-not-a-number", text=str(value), nearest=""))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Refused(finding("amount-not-finite", text=str(number)))
    return number + 0.0


def _diagnose(text: str, folded: str) -> Finding:
    if not folded:
        return finding("amount-empty")
    if _NOT_FINITE.fullmatch(folded):
        return finding("amount-not-finite", text=text)
    if match := _SEPARATED.match(folded):
        groups = _WHOLE_GROUPS.fullmatch(match[0])
        nearest = re.sub(r"[ ,_'’]", "", match[0]) if groups else ""
        return finding("amount-grouping", text=text, nearest=nearest)
    match = _CHINESE_STOP.match(folded)
    nearest = match[0].replace("。", ".") if match else ""
    return finding("amount-not-a-number", text=text, nearest=nearest)
