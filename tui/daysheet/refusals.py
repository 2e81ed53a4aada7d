"""Refused figures in the words of the line they were typed on: what was meant, what to type."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from flows.amounts import fold
from tui.daysheet.counting import reading, went
from tui.daysheet.waytext import dial, rough

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flows.findings import Finding
    from tui.daysheet.cells import Line

#: What is said of an amount that cannot be right, or may not be.
_AMOUNTS = frozenset({"entry-impossible", "entry-unlikely", "entry-slip"})

_NUMBER = re.compile(r"([+-]?[0-9][0-9.,'’_\s]*)(.*)", re.DOTALL)
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
#: Letters that stand where a digit was meant.
_LETTERS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "|": "1"})
#: Signs of a Chinese input method in place of a point and a comma.
_STOPS = str.maketrans({"。": ".", "、": ",", "·": "."})

_DIGITS = {sign: at for at, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_CHINESE = re.compile(
    r"([零〇一二两三四五六七八九十百千万亿]+)(?:点([零〇一二两三四五六七八九]+))?(.*)"
)

#: Without a usual range these many times the expected amount are still told as meant.
_FACTOR = 3.0
#: More figures than these name none.
_MOST = 2


def spoken(findings: Iterable[Finding], line: Line, typed: str, way: str) -> tuple[Finding, ...]:
    """Findings about a typed text, told of this line: the figure that was meant, an example.

    Args:
        findings: What the checks said.
        line: That it was typed on.
        typed: The text.
        way: What it was to be, as `Cell.way`.
    """
    return tuple(_told(item, line, typed, way) for item in findings)


def _told(item: Finding, line: Line, typed: str, way: str) -> Finding:
    about = dict(item.params)
    if way == "register" and item.code in _AMOUNTS:
        return _of_counter(item, line, typed)
    if item.code in {"amount-not-a-number", "amount-grouping"}:
        meant = about.get("nearest") or " / ".join(likely(typed, usual(line, way)))
        about |= {"field": "line", "nearest": meant, "example": example(line, way)}
    elif item.code == "unit-conflict":
        part = about.get("other") == "–"
        about |= {"field": "sum" if part else "line", "example": example(line, way)}
    elif item.code == "unit-unknown" and _PLAIN.fullmatch(digits := typed.translate(_LETTERS)):
        about["nearest"] = digits
    else:
        return item
    # the line itself stands just above
    return replace(item, params=about, where="")


def _of_counter(item: Finding, line: Line, typed: str) -> Finding:
    """An amount that cannot be right, told as the reading that was typed."""
    counter, shows, made = line.counter, reading(typed), item.params.get("value")
    if counter is None or counter.previous is None or shows is None:
        return item
    amount, _ = went(counter, shows)
    if not amount or not isinstance(made, float) or not made:
        return item
    about: dict[str, object] = {
        "field": "dial", "previous": dial(counter.previous), "day": counter.on,
        "value": amount, "unit": line.unit,
    }  # fmt: skip
    if isinstance(limit := item.params.get("limit"), float):
        about["limit"] = limit * amount / made
    if bounds := usual(line, "register"):
        about |= dict(
            zip(("low", "high"), (dial(float(f"{at:.0f}")) for at in bounds), strict=True)
        )
    code = "entry-impossible" if item.code == "entry-impossible" else "entry-unlikely"
    return replace(item, code=code, params=about, where="")


def example(line: Line, way: str) -> str:
    """A figure as it could stand on the line: what is usual there, in its own unit."""
    counter = line.counter
    if way == "register" and counter is not None:
        return dial(counter.previous) if counter.previous is not None else "12345.6"
    known = (line.expected, line.mean, line.yesterday)
    about = next((value for value in known if value), 12.5)
    return f"{rough(about):,.12g} {line.unit}".strip()


def usual(line: Line, way: str) -> tuple[float, float] | None:
    """Range in which a typed number is likely; None where nothing is known of it."""
    counter = line.counter
    low, high = line.low, line.high
    if (low is None or high is None) and line.expected:
        low, high = line.expected / _FACTOR, line.expected * _FACTOR
    if low is None or high is None:
        return None
    if way == "register" and counter is not None:
        if counter.previous is None:
            return None
        previous, per_unit = counter.previous, counter.per_unit
        return previous + low / per_unit, previous + high / per_unit
    return low, high


def likely(typed: str, bounds: tuple[float, float] | None = None) -> Sequence[str]:
    """Figures that a text which is none may have meant; the usual range chooses among several."""
    folded = fold(typed).translate(_STOPS)
    if (chinese := _chinese(folded)) is not None:
        return [chinese]
    match = _NUMBER.fullmatch(folded)
    if match is None:
        return []
    unit = match[2].strip()
    if unit and not unit[0].isalpha():
        return []
    groups = re.findall("[0-9]+", match[1])
    sign = "-" if match[1].startswith("-") else ""
    joined = "".join(groups)
    points = [f"{''.join(groups[:at])}.{''.join(groups[at:])}" for at in range(1, len(groups))]
    # `12.5.5` may be a point too many, or a digit twice
    found = [*points, joined] if len(groups) > 1 else [joined]
    if bounds is not None:
        near = [item for item in found if bounds[0] <= float(item) <= bounds[1]]
        found = near or found
    if len(found) > _MOST:
        return []
    return [f"{sign}{item} {unit}".strip() for item in found]


def _chinese(text: str) -> str | None:
    """A number in Chinese numerals as digits, with the unit behind it."""
    match = _CHINESE.fullmatch(text)
    if match is None:
        return None
    whole, behind, unit = match.groups()
    total = part = digit = 0
    for at, sign in enumerate(whole):
        if sign in _DIGITS:
            digit = digit * 10 + _DIGITS[sign] if at and whole[at - 1] in _DIGITS else _DIGITS[sign]
        elif sign in _TENS:
            part, digit = part + (digit or 1) * _TENS[sign], 0
        else:
            total, part, digit = (total + (part + digit or 1)) * _MYRIADS[sign], 0, 0
    number = str(total + part + digit)
    if behind:
        number += "." + "".join(str(_DIGITS[sign]) for sign in behind)
    return f"{number} {unit}".strip()
