"""Days as plants write them in sheets: serials, `3月1日`, the bare day of a month in the title."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flows.amounts import fold
from flows.errors import Refused
from flows.period import YEARS, parse_day
from flows.store.numberformats import Sort
from flows.store.workbook import day_of_serial

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.store.workbook import Cell

_MONTH = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20|21)[0-9]{2})\s*[年./-]?\s*(?P<month>1[0-2]|0?[1-9])(?![0-9])"
)
_DATE = re.compile(r"(?<![0-9])((?:19|20|21)[0-9]{2})[年./-]\s*([0-9]{1,2})[月./-]\s*[0-9]{1,2}日?")
_YEAR = re.compile(r"(?<![0-9])((?:19|20|21)[0-9]{2})(?:\s*年|(?![0-9]))")
_ONLY_MONTH = re.compile(r"(?<![0-9])(1[0-2]|0?[1-9])\s*月(?:份)?(?!\s*[0-9]+\s*[日号])")

_WEEKDAY = re.compile(r"\s*[(（]?\s*(?:星期|周)[一二三四五六日天]\s*[)）]?\s*$")
_OF_YEAR = re.compile(r"([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号]?")
_OF_MONTH = re.compile(r"([0-9]{1,2})\s*[日号]?")
_DIGITS = re.compile(r"((?:19|20|21)[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])")
#: What sheets write behind a day that they keep as a moment.
MIDNIGHT = re.compile(r"[ T]0?0:00(:00)?(\.0+)?$")
_CLOCK = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$")

#: Plain numbers taken for serial days: 1954 to 2200. Amounts do not stand in a column of days.
_SERIALS = range(20_000, 110_000)


#: No day is written with more characters, and no title needs more to say its month.
_LONGEST = 40
_LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Context:
    """Year and month that a title or a sheet's name states; None where it says none, or two."""

    year: int | None = None
    month: int | None = None


def context(names: Iterable[str], titles: Iterable[Cell] = ()) -> Context:
    """What the name of a sheet and the cells above a table say of its month.

    A whole date (when the sheet was drawn up) counts only where nothing else is said; where they
    contradict each other they say nothing.
    """
    texts = [*names]
    for cell in titles:
        # the first of a month, shown as `2025年3月`
        shown = cell.text.removesuffix("-01") if cell.sort is Sort.DATE else cell.text
        texts += [shown] if cell.sort in {Sort.DATE, Sort.TEXT} else []
    folded = [fold(text[:_LONGEST_TITLE]) for text in texts]
    stated = _stated(_DATE.sub(" ", text) for text in folded)
    whole = _stated(f"{match[1]}-{match[2]}" for text in folded for match in _DATE.finditer(text))
    years, months = (said or rest for said, rest in zip(stated, whole, strict=True))
    return Context(
        years.pop() if len(years) == 1 else None, months.pop() if len(months) == 1 else None
    )


def _stated(texts: Iterable[str]) -> tuple[set[int], set[int]]:
    years: set[int] = set()
    months: set[int] = set()
    for text in texts:
        if match := _MONTH.search(text):
            years.add(int(match["year"]))
            months.add(int(match["month"]))
            continue
        years.update(int(found) for found in _YEAR.findall(text))
        months.update(int(found) for found in _ONLY_MONTH.findall(text))
    return years, months


def day_text(cell: Cell, stated: Context, *, epoch_1904: bool = False) -> str | None:
    """The day of a cell as `2025-03-01`; None if it does not look like one.

    A day that cannot be (`2025-02-30`) comes back as it was written, to be refused by name.
    """
    if cell.sort is Sort.DATE:
        return cell.text
    if cell.sort is Sort.NUMBER:
        return _number(cell, stated, epoch_1904=epoch_1904)
    if cell.sort is not Sort.TEXT or len(cell.text) > _LONGEST:
        return None
    text = _WEEKDAY.sub("", fold(cell.text))
    plain = _CLOCK.sub("", text)
    try:
        # a time of day other than midnight is for the reader to refuse
        return parse_day(plain).isoformat() + text[len(plain) :]
    except Refused as refused:
        if refused.findings[0].code == "day-outside" or re.match(r"[0-9]{4}[-/.年]", plain):
            return cell.text
    return _short(plain, stated, cell.text)


def is_short(text: str) -> bool:
    """Whether a day lacks its year, or year and month."""
    plain = _WEEKDAY.sub("", fold(text[:_LONGEST]))
    return bool(_OF_YEAR.fullmatch(plain) or _OF_MONTH.fullmatch(plain))


def _short(plain: str, stated: Context, written: str) -> str | None:
    """A day without its year, or without its month; `written` if there is no such day."""
    if match := _DIGITS.fullmatch(plain):
        return "-".join(match.groups())
    if match := _OF_YEAR.fullmatch(plain):
        return _of(stated.year, int(match[1]), int(match[2])) or written
    if match := _OF_MONTH.fullmatch(plain):
        if stated.year is not None and stated.month is not None:
            return _of(stated.year, stated.month, int(match[1])) or written
        return written if plain.endswith(("日", "号")) else None
    return None


def _number(cell: Cell, stated: Context, *, epoch_1904: bool) -> str | None:
    if not cell.number.is_integer():
        return None
    number = int(cell.number)
    if 1 <= number <= 31 and stated.year is not None and stated.month is not None:
        return _of(stated.year, stated.month, number) or cell.text
    if number in _SERIALS and (moment := day_of_serial(number, epoch_1904=epoch_1904)):
        return moment.date().isoformat()
    if match := _DIGITS.fullmatch(cell.text):
        return "-".join(match.groups())
    return None


def _of(year: int | None, month: int, day: int) -> str | None:
    if year is None or year not in YEARS:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
