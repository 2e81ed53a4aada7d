"""Number formats of a workbook: which numbers are shown as dates and which as percentages."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.store.ooxml import Package

#: Number formats that show a date or time, by their number (ECMA-376 part 1, 18.8.30); 27 to 36
#: and 50 to 58 are the Chinese ones.
_DATE_IDS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_PERCENT_IDS = frozenset({9, 10})
#: Literal text, escaped characters and [conditions] of a format say nothing of its sort.
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_LETTERS = re.compile(r"[ymdhsYMDHSeE年月日]")


class Sort(StrEnum):
    """What stands in a cell."""

    TEXT = "text"
    NUMBER = "number"
    PERCENT = "percent"  # a number that is shown as a percentage
    DATE = "date"
    ERROR = "error"
    UNCALCULATED = "uncalculated"  # a formula of which the result was not saved


def number_formats(package: Package, part: str) -> list[Sort]:
    """Sort of a number by the style of its cell."""
    codes: dict[int, str] = {}
    found: list[Sort] = []
    if not part or part not in package:
        return found
    within = {"cellXfs": False}

    def start(tag: str, attributes: Mapping[str, str]) -> None:
        if tag == "cellXfs":
            within[tag] = True
        elif tag == "numFmt":
            codes[whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif tag == "xf" and within["cellXfs"]:
            found.append(_sort_of(whole(attributes.get("numFmtId")), codes))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            within[tag] = False

    package.parse(part, start, end)
    return found


def _sort_of(number: int, codes: Mapping[int, str]) -> Sort:
    if number not in codes:
        if number in _DATE_IDS:
            return Sort.DATE
        return Sort.PERCENT if number in _PERCENT_IDS else Sort.NUMBER
    code = codes[number].partition(";")[0]
    plain = _LITERAL.sub("", code)
    if "%" in plain:
        return Sort.PERCENT
    if "0" in plain or "#" in plain or plain.lower() == "general":
        return Sort.DATE if re.search(r"[yYdD]", plain) else Sort.NUMBER
    shown = plain or code
    return Sort.DATE if _DATE_LETTERS.search(shown) else Sort.NUMBER


def whole(text: str | None, default: int = 0) -> int:
    """A whole number of an attribute, or the default."""
    return int(text) if text and text.isascii() and text.isdigit() else default
