"""Log files: bytes of a CSV, long or wide, to the entries that stand in it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from flows.amounts import fold
from flows.errors import Refused
from flows.findings import Finding, finding
from flows.nearest import nearest
from flows.store.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.resolve import Resolver

#: Columns of a long file; each is a field of an Entry.
COLUMNS = (
    "what",
    "day",
    "start",
    "end",
    "value",
    "unit",
    "sigma",
    "device",
    "quality",
    "register",
    "ticket",
    "cause",
    "state",
    "source",
    "note",
)

#: Heads that plants write, to ours; a park's own aliases come before them.
HEADS: Mapping[str, str] = MappingProxyType(
    {
        "物料": "what",
        "流": "what",
        "物流": "what",
        "项目": "what",
        "指标": "what",
        "日期": "day",
        "日": "day",
        "date": "day",
        "开始": "start",
        "开始时间": "start",
        "起": "start",
        "结束": "end",
        "结束时间": "end",
        "止": "end",
        "数值": "value",
        "数量": "value",
        "值": "value",
        "amount": "value",
        "单位": "unit",
        "标准差": "sigma",
        "设备": "device",
        "仪表": "device",
        "表计": "device",
        "数据质量": "quality",
        "质量等级": "quality",
        "表底数": "register",
        "表码": "register",
        "读数": "register",
        "票号": "ticket",
        "磅单号": "ticket",
        "单号": "ticket",
        "原因": "cause",
        "状态": "state",
        "来源": "source",
        "备注": "note",
        "说明": "note",
    }
)

_BRACKETS = re.compile(r"(?P<name>.*\S)\s*[\[(（【](?P<unit>[^\[\]()（）【】]*)[\])）】]\s*")
_SEPARATORS = (",", ";", "\t")

#: What the csv module says of a broken row, to what is wrong with it.
_PROBLEMS = {"field larger": "long", "unexpected end": "quote", "expected after": "quote"}

#: No more of an unreadable header is shown than this, and no more names are guessed at.
_SHOWN = 60
_GUESSES = 100


@dataclass(frozen=True, slots=True)
class Head:
    """One column of a wide file."""

    text: str
    what: str
    unit: str
    register: bool


def decode(data: bytes) -> tuple[str, tuple[Finding, ...]]:
    """Text of a file in UTF-8, in UTF-16 with a mark, or else in GB 18030, which is said.

    Raises:
        Refused: `file-not-utf8` or `file-empty`.
    """
    said: tuple[Finding, ...] = ()
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = data.decode("utf-16")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise Refused(finding("file-not-utf8")) from None
        said = (finding("encoding-guessed", encoding="GB 18030"),)
    if "\0" in text:
        # UTF-16 without its mark, UTF-32, or no text at all
        raise Refused(finding("file-not-utf8"))
    if not text.strip():
        raise Refused(finding("file-empty"))
    return text, said


def entries(
    text: str, resolver: Resolver, heads: Mapping[str, str] | None = None
) -> Iterator[Entry | Finding]:
    """What stands in a log file, row by row; a broken row is a finding, and reading goes on.

    Args:
        text: The whole file.
        resolver: Knows which heads of a wide file are flows.
        heads: A plant's own heads, to ours.

    Raises:
        Refused: If the header cannot be read.
    """
    rows = _rows(text)
    number, header = next(rows, (1, []))
    if isinstance(header, Finding):
        raise Refused(header)
    while header and not header[-1].strip():
        header.pop()
    names = [column_name(head, heads or {}) for head in header]
    if "what" in names:
        yield from long_entries(header, names, rows)
    elif names and names[0] == "day":
        yield from _wide(header, resolver, heads or {}, rows)
    else:
        shown = " | ".join(head.strip() for head in header)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
        raise Refused(finding("header-unknown", row=number, text=shown))


def _rows(text: str) -> Iterator[tuple[int, list[str] | Finding]]:
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            said = str(error)
            problem = next((name for key, name in _PROBLEMS.items() if key in said), said)
            yield number, finding("row-broken", row=number, problem=problem, cells=0, expected=0)
            continue
        if any(cell and not cell.isspace() for cell in cells):
            yield number, cells


def column_name(head: str, heads: Mapping[str, str]) -> str:
    """What of `COLUMNS` a head means, or the head in lower case."""
    text = fold(head)
    own = heads.get(head.strip()) or heads.get(text) or HEADS.get(text) or text.lower()
    return HEADS.get(own, own)


def _fits(number: int, cells: list[str], width: int) -> Finding | None:
    if len(cells) == width or (len(cells) > width and not any(map(str.strip, cells[width:]))):
        return None
    return finding("row-broken", row=number, cells=len(cells), expected=width, problem="cells")


def long_entries(
    header: list[str], names: list[str], rows: Iterator[tuple[int, list[str] | Finding]]
) -> Iterator[Entry | Finding]:
    """Entries of a long table.

    Args:
        header: Heads, as the findings are to name them.
        names: What of `COLUMNS` each head means.
        rows: Number of each row and its cells, or what is wrong with it.

    Raises:
        Refused: `key-unknown`, `id-duplicate` or `key-missing`, of the header.
    """
    _check_header(header, names)
    column = header[names.index("value" if "value" in names else "register")]
    width, place = len(names), {name: at for at, name in enumerate(names)}
    order = [place.get(name, width) for name in _ENTRY_ORDER]
    heads = MappingProxyType({name: header[at] for name, at in place.items()})
    for number, cells in rows:
        if isinstance(cells, Finding):
            yield cells
        elif broken := _fits(number, cells, width):
            yield broken
        else:
            whole = [*map(str.strip, cells[:width]), ""]  # what has no column is empty
            fields: list[Any] = [*[whole[at] for at in order], number, column, heads]
            yield Entry(*fields)


# in the order of the fields of Entry
_ENTRY_ORDER = (
    "what",
    "value",
    "unit",
    "day",
    "start",
    "end",
    "sigma",
    "device",
    "quality",
    "register",
    "ticket",
    "cause",
    "state",
    "source",
    "note",
)


def _check_header(header: list[str], names: list[str]) -> None:
    found: list[Finding] = []
    count = Counter(names)
    for head, name in dict(zip(header, names, strict=True)).items():
        if name not in COLUMNS:
            near = nearest(name, COLUMNS) if len(found) < _GUESSES else ""
            place: dict[str, Any] = {"row": 1, "column": head, "names": ", ".join(COLUMNS)}
            found.append(finding("key-unknown", head, key=head, nearest=near, **place))
        elif count[name] > 1:
            found.append(
                finding("id-duplicate", head, row=1, column=head, id=name, problem="column")
            )
    for name in ("value", "day"):
        others = {"value": "register", "day": "end"}
        if name not in names and others[name] not in names:
            found.append(finding("key-missing", row=1, key=name, names=", ".join(COLUMNS)))
    if found:
        raise Refused.of(found)


def _wide(
    header: list[str],
    resolver: Resolver,
    heads: Mapping[str, str],
    rows: Iterator[tuple[int, list[str] | Finding]],
) -> Iterator[Entry | Finding]:
    known: list[Head | None] = []
    for text in header[1:]:
        if text.strip():
            head = _head(text, resolver, heads)
            known.append(head if isinstance(head, Head) else None)
            if isinstance(head, Finding):
                yield head
        else:
            known.append(None)
    count = Counter((head.what, head.register) for head in known if head)
    for twice in {head.text: head for head in known if head}.values():
        if count[twice.what, twice.register] > 1:
            place: dict[str, Any] = {"row": 1, "column": twice.text, "problem": "column"}
            yield finding("id-duplicate", twice.text, id=twice.what, **place)
    width = len(header)
    places = [
        MappingProxyType({"day": header[0], "register": head.text} if head else {})
        for head in known
    ]
    for number, cells in rows:
        if isinstance(cells, Finding):
            yield cells
        elif broken := _fits(number, cells, width):
            yield broken
        else:
            day = cells[0].strip()
            for column, own, cell in zip(
                known, places, map(str.strip, cells[1:width]), strict=True
            ):
                if column is None or not cell:
                    continue
                value, register = ("", cell) if column.register else (cell, "")
                yield Entry(
                    column.what,
                    value,
                    column.unit,
                    day,
                    register=register,
                    row=number,
                    column=column.text,
                    heads=own,
                )


def _head(text: str, resolver: Resolver, heads: Mapping[str, str]) -> Head | Finding:
    if known := known_head(text, resolver, heads):
        return known
    own = heads.get(text.strip(), text.strip())
    if match := _BRACKETS.fullmatch(own):
        own = heads.get(match["name"].strip(), match["name"].strip())
    near = resolver.nearest(own)
    return finding("flow-unknown", own, row=1, column=text, nearest=near)


def known_head(text: str, resolver: Resolver, heads: Mapping[str, str]) -> Head | None:
    """`what`, `what [unit]` or `what [register]`, as it stands or behind an alias, or None."""
    own = heads.get(text.strip(), text.strip())
    if known := resolver.canonical(own):
        return Head(text, known, "", register=False)
    if match := _BRACKETS.fullmatch(own):
        unit = match["unit"].strip()
        name = heads.get(match["name"].strip(), match["name"].strip())
        if known := resolver.canonical(name):
            register = HEADS.get(unit, unit.lower()) == "register"
            return Head(text, known, "" if register else unit, register=register)
    return None


def split_unit(text: str) -> tuple[str, str]:
    """`name [unit]` or `name (unit)` to its two parts; "" where no unit stands."""
    match = _BRACKETS.fullmatch(text)
    return (match["name"].strip(), match["unit"].strip()) if match else (text.strip(), "")
