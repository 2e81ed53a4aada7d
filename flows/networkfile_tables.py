"""Strict tables of a TOML text: wrong types and unknown keys become findings with their line."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flows.errors import Refused
from flows.findings import finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.findings import Finding

_HEADER = re.compile(r"\s*\[\[?\s*([\w-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*["']?([\w-]+)["']?\s*(?:\.\s*[\w"'-]+\s*)*=""")
_SYNTAX = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


def nearest(word: str, among: Iterable[str]) -> str:
    """The known word most like one that is unknown, "" if none is."""
    words = list(among)
    folded = {each.casefold(): each for each in words}
    if word.casefold() in folded:
        return folded[word.casefold()]
    found = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    return found[0] if found else ""


class Tables:
    """A TOML text with the findings about it.

    Attributes:
        findings: What was found so far.
    """

    def __init__(self, text: str, file: str = "") -> None:
        """Parse.

        Raises:
            Refused: `file-empty` or `toml-syntax`, with its line.
        """
        self.file = file
        self.findings: list[Finding] = []
        text = text.removeprefix("\ufeff")
        if not text.strip():
            raise Refused(finding("file-empty", file=file))
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            message = str(problem)
            match = _SYNTAX.search(message)
            row = None
            if match:
                row = int(match[1]) if match[1] else text.rstrip().count("\n") + 1
                message = message[: match.start()]
            raise Refused(finding("toml-syntax", file=file, row=row, message=message)) from None
        self._lines = text.splitlines()

    def one(self, name: str) -> Table:
        """The table `[name]`, empty where there is none."""
        data = self.data.get(name, {})
        if not isinstance(data, dict):
            self._wrong(name, data, f"[{name}]")
            data = {}
        return Table(self, name, 0, data)

    def many(self, name: str) -> list[Table]:
        """The tables `[[name]]`, in their order."""
        data = self.data.get(name, [])
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            self._wrong(name, data, f"[[{name}]]")
            return []
        return [Table(self, name, number, item) for number, item in enumerate(data)]

    def close(self, known: Iterable[str]) -> None:
        """Report tables that mean nothing."""
        names = tuple(known)
        for name in self.data:
            if name not in names:
                row = self.row(name, 0, "") or self.row("", 0, name)
                self.findings.append(
                    finding(
                        "key-unknown",
                        file=self.file,
                        row=row,
                        key=name,
                        nearest=nearest(name, names),
                        allowed=", ".join(names),
                    )
                )

    def row(self, name: str, number: int, key: str) -> int | None:
        """Line of a key in the table of that name and number, else of its header."""
        seen, here, header = -1, name == "", None
        for row, line in enumerate(self._lines, start=1):
            if match := _HEADER.match(line):
                if here:
                    return header
                seen += match[1] == name
                here = match[1] == name and seen == number
                header = row if here else None
            elif here and (match := _KEY.match(line)) and match[1] == key:
                return row
        return header

    def _wrong(self, name: str, data: object, expected: str) -> None:
        row = self.row(name, 0, "") or self.row("", 0, name)
        value = str(data)[:60]
        item = finding("value-type", name, key=name, value=value, expected=expected)
        self.findings.append(item.at(file=self.file, row=row))


class Table:
    """One table; keys that are not asked for until `close` are unknown."""

    def __init__(self, tables: Tables, name: str, number: int, data: Mapping[str, Any]) -> None:
        """A view on `data`, the `number`-th table of that name."""
        self._tables, self._name, self._number = tables, name, number
        self.data = data
        self._asked: set[str] = set()
        self.where = str(data.get("id") or data.get("of") or data.get("process") or name)

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def report(self, code: str, key: str = "", where: str = "", /, **params: Any) -> None:
        """Say something about this table or one of its keys."""
        self.add(finding(code, where or self.where, **params), key)

    def add(self, item: Finding, key: str = "") -> None:
        """Take over a finding and fill in its place."""
        row = self._tables.row(self._name, self._number, key)
        item = replace(item, where=item.where or self.where)
        self._tables.findings.append(item.at(file=self._tables.file, row=row, column=key))

    def raw(self, key: str) -> Any:
        """The value as TOML has it, or None."""
        self._asked.add(key)
        return self.data.get(key)

    def text(self, key: str, *, required: bool = False) -> str:
        """A text without blanks around it; "" where there is none."""
        value = self._typed(key, (str,), "text", required=required)
        return str(value or "").strip()

    def flag(self, key: str) -> bool:
        """True or false; false where there is none."""
        return bool(self._typed(key, (bool,), "true | false"))

    def number(self, key: str, *, infinite: bool = False, required: bool = False) -> float | None:
        """A number; NaN is a finding, and infinity unless it is allowed."""
        value = self._typed(key, (int, float), "number", required=required)
        if value is None:
            return None
        if math.isnan(value) or (math.isinf(value) and not infinite):
            self.report("amount-not-finite", key, text=str(value))
            return None
        return float(value)

    def words(self, key: str) -> tuple[str, ...] | None:
        """A list of texts, or None."""
        value = self._typed(key, (list,), "list of text")
        if value is None or all(isinstance(item, str) for item in value):
            return None if value is None else tuple(value)
        self.report("value-type", key, key=key, value=str(value)[:60], expected="list of text")
        return None

    def moment(self, key: str) -> str:
        """A date or a date with time, as ISO text; "" where there is none."""
        value = self._typed(key, (date, str), "date")
        if isinstance(value, datetime):
            return value.isoformat(sep=" ")
        return str(value or "")

    def close(self) -> None:
        """Report keys that mean nothing here."""
        for key in self.data:
            if key not in self._asked:
                self.report(
                    "key-unknown",
                    key,
                    key=key,
                    nearest=nearest(key, self._asked),
                    allowed=", ".join(sorted(self._asked)),
                )

    def _typed(
        self, key: str, types: tuple[type, ...], expected: str, *, required: bool = False
    ) -> Any:
        self._asked.add(key)
        value = self.data.get(key)
        if value is None or (value == "" and required):
            if required:
                self.report("key-missing", key, key=key)
            return None
        # bool is an int to Python, not to a person
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            self.report("value-type", key, key=key, value=str(value)[:60], expected=expected)
            return None
        return value
