"""Reads TOML tables strictly: wrong types, unknown keys and bad ids become findings with rows."""

from __future__ import annotations

import difflib
import hashlib
import math
import re
import tomllib
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flows.errors import Refused
from flows.findings import Finding, Severity, finding
from flows.network import ALWAYS, Validity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_WORDS = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_ID = re.compile(rf"{_WORDS}\Z")
_DOTTED_ID = re.compile(rf"{_WORDS}(?:\.{_WORDS})*\Z")
_BARE = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_BARE}(?:\s*\.\s*{_BARE})*)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_BARE}(?:\s*\.\s*{_BARE})*)\s*=")
_PART = re.compile(_BARE)

_TYPE_NAMES = {str: "text", int: "number", float: "number", bool: "true-false", list: "list"}


def nearest(word: str, among: Iterable[str]) -> str:
    """The known word most like one that is unknown, "" if none is."""
    found = difflib.get_close_matches(word, list(among), n=1, cutoff=0.6)
    return found[0] if found else ""


class Document:
    """A TOML file with the findings about it.

    Attributes:
        text: Its text.
        hash: SHA-256 of its bytes, hexadecimal.
        findings: What was found so far, in the order of reading.
    """

    def __init__(self, path: Path) -> None:
        """Read and parse the file.

        Raises:
            Refused: `file-unreadable`, `file-not-utf8`, `file-empty` or `toml-syntax`.
        """
        self.file = str(path)
        try:
            raw = path.read_bytes()
        except OSError as problem:
            message = problem.strerror or type(problem).__name__
            found = finding("file-unreadable", file=self.file, path=self.file, message=message)
            raise Refused(found) from None
        try:
            self.text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            row = raw[: problem.start].count(b"\n") + 1
            found = finding("file-not-utf8", file=self.file, row=row, offset=problem.start)
            raise Refused(found) from None
        if not self.text.strip():
            raise Refused(finding("file-empty", file=self.file))
        try:
            self.data: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as problem:
            raise Refused(_syntax(problem, self.file, self.text)) from None
        self.hash = hashlib.sha256(raw).hexdigest()
        self.findings: list[Finding] = []

    @property
    def root(self) -> Table:
        """The whole file as one table."""
        return Table(self, (), self.data)

    def row(self, path: tuple[str | int, ...]) -> int | None:
        """Line of a table or key, that of the nearest table around it where it has none."""
        while path:
            if path in self._rows:
                return self._rows[path]
            path = path[:-1]
        return None

    @cached_property
    def _rows(self) -> dict[tuple[str | int, ...], int]:
        """The parser gives no lines; they are only looked for once there is something to say."""
        rows: dict[tuple[str | int, ...], int] = {}
        counts: dict[tuple[str | int, ...], int] = {}
        here: tuple[str | int, ...] = ()
        quoted = ""
        for number, line in enumerate(self.text.splitlines(), start=1):
            if quoted:
                if quoted in line:
                    quoted = ""
                continue
            if match := _HEADER.match(line):
                here = self._place(_parts(match[2]), match[1] == "[[", counts)
                rows.setdefault(here, number)
            elif match := _KEY.match(line):
                rows.setdefault((*here, *_parts(match[1])), number)
                rows.setdefault((*here, _parts(match[1])[0]), number)
            quoted = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
        return rows

    @staticmethod
    def _place(
        parts: list[str], starts_element: bool, counts: dict[tuple[str | int, ...], int]
    ) -> tuple[str | int, ...]:
        place: tuple[str | int, ...] = ()
        for position, part in enumerate(parts):
            place = (*place, part)
            if starts_element and position == len(parts) - 1:
                counts[place] = counts.get(place, -1) + 1
            if place in counts:
                place = (*place, counts[place])
        return place


class Table:
    """One table of a document; what is not asked for until `close` is an unknown key."""

    def __init__(
        self, document: Document, path: tuple[str | int, ...], data: Mapping[str, Any]
    ) -> None:
        """A view on `data`, which stands at `path` in the document."""
        self.document = document
        self.path = path
        self.data = data
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def report(
        self,
        code: str,
        key: str = "",
        where: str = "",
        /,
        *,
        severity: Severity | None = None,
        **params: Any,
    ) -> None:
        """Say something about this table or one of its keys."""
        path = (*self.path, key) if key else self.path
        self.add(finding(code, where or self.label, severity=severity, column=key, **params), path)

    def add(self, item: Finding, path: tuple[str | int, ...] | None = None) -> None:
        """Take over a finding and fill in the place."""
        document = self.document
        place = path or self.path
        key = place[-1] if place != self.path else ""
        row = document.row(place)
        document.findings.append(item.at(file=document.file, row=row, column=str(key)))

    @property
    def label(self) -> str:
        """How the table is called in findings: its id, else its place."""
        named = self.data.get("id")
        return named if isinstance(named, str) else ".".join(map(str, self.path))

    def raw(self, key: str) -> Any:
        """The value as TOML has it, or None."""
        self._asked.add(key)
        return self.data.get(key)

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text."""
        return str(self._typed(key, (str,), default, required=required))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        return bool(self._typed(key, (bool,), default))

    def number(self, key: str) -> float | None:
        """A finite number, or None; infinities are allowed as TOML writes them."""
        value = self._typed(key, (int, float), None)
        if value is None or not math.isnan(value):
            return None if value is None else float(value)
        self.report("amount-not-finite", key, text="nan")
        return None

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number in [low, high]."""
        value = self._typed(key, (int,), default)
        if low <= value <= high:
            return int(value)
        self.report("value-range", key, key=key, value=value, low=low, high=high)
        return default

    def day(self, key: str) -> date | None:
        """A TOML date, or None."""
        value = self._typed(key, (date,), None)
        return value if isinstance(value, date) else None

    def words(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        value = self._typed(key, (list,), [], required=required)
        if all(isinstance(item, str) for item in value):
            return tuple(value)
        self.report("value-type", key, key=key, value=str(value), expected="list of text")
        return ()

    def choice(self, key: str, among: tuple[str, ...], default: str = "") -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value in among or value == default:
            return value
        self.report("value-type", key, key=key, value=value, expected=" | ".join(among))
        return default

    def names(self, key: str = "names") -> dict[str, str]:
        """Labels by language code: a table, or one text for all languages."""
        value = self._typed(key, (dict, str), {})
        if isinstance(value, str):
            return {"zh": value, "en": value}
        if all(isinstance(item, str) for item in value.values()):
            return dict(value)
        self.report("value-type", key, key=key, value=str(value), expected="names by language")
        return {}

    def id(self, key: str = "id", *, dotted: bool = False) -> str:
        """A required id: lower-case words with hyphens, with dots between them where allowed."""
        value = self.text(key, required=True)
        if value and not (_DOTTED_ID if dotted else _ID).match(value):
            self.report("id-form", key, id=value, suggestion=as_id(value, dotted=dotted))
        return value

    def validity(self) -> Validity:
        """`valid_from` (included) to `valid_to` (excluded)."""
        start, end = self.day("valid_from"), self.day("valid_to")
        if start and end and end <= start:
            self.report("span-empty", "valid_to", start=str(start), end=str(end))
        return Validity(start, end) if start or end else ALWAYS

    def table(self, key: str) -> Table:
        """A table below this one; an empty one where there is none."""
        value = self._typed(key, (dict,), {})
        return Table(self.document, (*self.path, key), value)

    def tables(self, key: str) -> list[Table]:
        """An array of tables below this one."""
        value = self._typed(key, (list,), [])
        if not all(isinstance(item, dict) for item in value):
            self.report("value-type", key, key=key, value=str(value), expected=f"[[{key}]]")
            return []
        return [
            Table(self.document, (*self.path, key, number), item)
            for number, item in enumerate(value)
        ]

    def close(self) -> None:
        """Everything known has been asked for: the rest is `key-unknown`, with the nearest."""
        for key in self.data:
            if key not in self._asked:
                allowed = ", ".join(sorted(self._asked))
                close = nearest(key, self._asked)
                self.report("key-unknown", key, key=key, nearest=close, allowed=allowed)

    def _typed(
        self, key: str, types: tuple[type, ...], default: Any, *, required: bool = False
    ) -> Any:
        self._asked.add(key)
        if key not in self.data:
            if required:
                self.report("key-missing", key, key=key)
            return default
        value = self.data[key]
        # bool is an int and datetime a date to Python, not to a person
        fits = isinstance(value, types) and not (
            (isinstance(value, bool) and bool not in types) or isinstance(value, datetime)
        )
        if fits:
            return value
        expected = {dict: "table", date: "date"}.get(types[0]) or _TYPE_NAMES[types[0]]
        self.report("value-type", key, key=key, value=str(value), expected=expected)
        return default


def as_id(text: str, *, dotted: bool = False) -> str:
    """What a text would be as an id, "" if nothing is left of it."""
    parts = text.split(".") if dotted else [text]
    words = (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
    return ".".join(word for word in words if word)


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _syntax(problem: tomllib.TOMLDecodeError, file: str, text: str) -> Finding:
    message = str(problem)
    match = re.search(r" \(at (?:line (\d+)|end of document)", message)
    row = None
    if match:
        row = int(match[1]) if match[1] else text.rstrip().count("\n") + 1
        message = message[: match.start()]
    return finding("toml-syntax", file=file, row=row, message=message)
