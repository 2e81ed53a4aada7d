"""Columns of a plant's sheet: from the lines of its header to the flows and units they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from flows.amounts import fold
from flows.findings import finding
from flows.lexicon import parse_unit
from flows.store.logfile import HEADS, column_name, known_head, split_unit
from flows.store.workbook import letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flows.findings import Finding
    from flows.resolve import Resolver

#: Rows and columns of these are worked out from others, and would count twice.
_SUMS = re.compile(
    r"合计|小计|累计|总计|共计|平均|均值|最大|最小|同比|环比"
    r"|\b(?:sub-?total|grand total|total|sum|cumulative|average|mean|max|min|maximum|minimum)\b",
    re.IGNORECASE,
)
#: Lines of signatures and remarks below a table.
_SIGNATURES = re.compile(
    r"^(?:制表|审核|填表|填报|复核|校核|负责人|批准|签字|签名|记录人|统计人|值班|单位负责人|注[:：]|备注|说明"
    r"|(?:prepared|checked|approved|signed|reviewed)(?: by)?\b|signature|notes?\b|remarks?\b)",
    re.IGNORECASE,
)
#: Columns that say nothing about flows.
_BESIDE = re.compile(
    r"^(?:序|序号|编号|星期|周|天气|班次|班组|值班员?|值班人员?|记录人|操作员|填报人|审核人?|制表人?|签字|签名|备注|说明|附注"
    r"|no\.?|#|weekday|weather|shift|operator|signature|remarks?|notes?)$",
    re.IGNORECASE,
)
#: Last lines of a head that say no more than that it is the day's amount.
_NEUTRAL = frozenset(
    [
        "当日",
        "本日",
        "日量",
        "当日量",
        "日产量",
        "产量",
        "数量",
        "数值",
        "实际",
        "实际值",
        "value",
        "amount",
    ]
)
#: Heads of days beside those of a log file.
_DAYS = frozenset({"时间", "统计日期", "数据日期", "日期/时间"})

_UNIT_SAID = re.compile(r"^(?:计量)?单位\s*[:：]?\s*(.+)$|^units?\s*[:：]\s*(.+)$", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_WRAPPED = re.compile(r"^[\[(（【]\s*([^\[\]()（）【】]+?)\s*[\])）】]$")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that holds readings.

    Attributes:
        place: Letter and head, for findings.
        day: Column of its days.
    """

    index: int
    place: str
    what: str
    unit: str
    register: bool
    day: int


def is_sum(text: str) -> bool:
    """Whether a row or column of this name is worked out from others."""
    return bool(_SUMS.search(_SPACE.sub(" ", fold(text))) or _SUMS.search(_SPACE.sub("", text)))


def is_signature(text: str) -> bool:
    """Whether a row that begins so stands below the table."""
    return bool(_SIGNATURES.search(_SPACE.sub("", fold(text)) if not text.isascii() else text))


def is_beside(text: str) -> bool:
    """Whether a column of this head says nothing about flows."""
    return bool(_BESIDE.match(_SPACE.sub("", text)))


def is_day(text: str, heads: Mapping[str, str]) -> bool:
    """Whether a head is that of the days, with blanks within it or on two lines too."""
    pieces = [text, _SPACE.sub("", text), *text.splitlines()]
    words = {column_name(piece, heads) for piece in pieces}
    return "day" in words or _SPACE.sub("", fold(text)) in _DAYS


def said_unit(texts: Iterable[str]) -> str:
    """The unit that a title states for the whole sheet (`单位：吨`), if it is one."""
    for text in texts:
        if (match := _UNIT_SAID.match(fold(text))) and parse_unit(unit := match[1] or match[2]):
            return unit
    return ""


def as_unit(text: str) -> str:
    """The unit that a header cell states and nothing else, or ""."""
    plain = fold(text)
    if match := _UNIT_SAID.match(plain):
        plain = (match[1] or match[2]).strip()
    if match := _WRAPPED.match(plain):
        plain = match[1]
    if HEADS.get(plain, plain.lower()) == "register" or parse_unit(plain):
        return plain
    return ""


class HeaderReader:
    """Makes columns of header lines.

    Args:
        resolver: Knows the flows.
        heads: A plant's own heads, to ours.
        general: Unit of the columns that state none.
        sheet: Name of the sheet, which may be that of a plant.
    """

    def __init__(
        self, resolver: Resolver, heads: Mapping[str, str], general: str = "", sheet: str = ""
    ) -> None:
        self._sheet = sheet
        self._resolver = resolver
        self._heads = heads
        self._general = general

    def unit_line(self, texts: Sequence[str]) -> bool:
        """Whether a header line holds units: half of its cells are, and none is a flow."""
        units = sum(bool(as_unit(text)) for text in texts)
        flows = any(known_head(text, self._resolver, self._heads) for text in texts)
        return units > 0 and 2 * units >= len(texts) and not flows

    def column(
        self, index: int, lines: Sequence[str], units: Sequence[str], row: int, day: int
    ) -> Column | Finding | None:
        """What a column is.

        Args:
            index: Its number.
            lines: Its header texts, from above, without those of unit lines.
            units: Its texts in unit lines.
            row: Row of the lowest header line, for findings.
            day: Column of its days.

        Returns:
            The column; a finding (`flow-unknown`, `column-skipped`); None if it says nothing.
        """
        texts = [text for text, after in pairwise([*lines, ""]) if text and text != after]
        if not texts:
            return None
        own_unit = ""
        names = list(texts)
        while len(names) > 1 and (as_unit(names[-1]) or _SPACE.sub("", names[-1]) in _NEUTRAL):
            if not known_head(names[-1], self._resolver, self._heads):
                own_unit = own_unit or as_unit(names[-1])
                names.pop()
            else:
                break
        place = f"{letters(index)} {_SPACE.sub(' ', ' / '.join(texts))}"
        own = known_head(names[-1], self._resolver, self._heads)
        if any(is_sum(name) for name in names[:-1]) or (is_sum(names[-1]) and own is None):
            return finding("column-skipped", row=row, column=place, text=names[-1], problem="sum")
        below = next((as_unit(text) or text for text in units if text), "")
        for name in _joined(names, self._sheet):
            if head := known_head(name, self._resolver, self._heads):
                unit = head.unit or own_unit or below
                register = head.register or HEADS.get(unit, unit.lower()) == "register"
                stated_twice = below and head.unit and not head.register
                if stated_twice and parse_unit(below) != parse_unit(head.unit):
                    return finding(
                        "unit-conflict", head.what, row=row, column=place, text=texts[-1],
                        unit=head.unit, other=below,
                    )  # fmt: skip
                shown = place if not (own_unit or below) or own_unit else f"{place} [{below}]"
                stated = "" if register else unit or self._general
                return Column(index, shown, head.what, stated, register, day)
        name = split_unit(_SPACE.sub("", names[-1]))[0]
        if is_beside(name):
            return finding("column-skipped", row=row, column=place, text=name, problem="beside")
        shown = split_unit(names[-1])[0]
        near = self._resolver.nearest(shown)
        return finding("flow-unknown", shown, row=row, column=place, nearest=near)


def _joined(names: Sequence[str], sheet: str) -> Iterable[str]:
    """Ways to read a head, the most telling first: with what it stands under, then by itself."""
    last = names[-1]
    for above in (*reversed(names[:-1]), sheet):
        for joint in (" ", "", "/", "-", "—", ".", "："):
            yield _SPACE.sub(" ", above + joint + last)
            yield _SPACE.sub("", above + joint + last)
    yield last
    yield _SPACE.sub(" ", last)
    yield _SPACE.sub("", last)
    if len(last.splitlines()) > 1:
        first, _, rest = last.partition("\n")
        yield f"{first.strip()} [{_SPACE.sub('', rest).strip('[]()（）')}]"
