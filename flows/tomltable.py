"""One table of a TOML file, read strictly: wrong types, unknown keys and bad ids are findings."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from flows.findings import CODES, Finding
from flows.nearest import nearest
from flows.network import ALWAYS, Validity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.tomlfile import Document, Path

#: Characters of a wrong value that are shown.
LONGEST = 60

_WORDS = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_ID = re.compile(rf"{_WORDS}\Z")
_DOTTED_ID = re.compile(rf"{_WORDS}(?:\.{_WORDS})*\Z")


class Table:
    """One table of a document; a key that nobody asked for until `close` is unknown.

    Attributes:
        data: What stands in it.
        where: How findings call it: what it says it is or speaks of, else its place.
    """

    def __init__(
        self, document: Document, path: Path = (), data: Mapping[str, Any] | None = None
    ) -> None:
        """A view on `data`, which stands at `path` in the document; the whole file by default."""
        self.data = document.data if data is None else data
        self._document, self._path = document, path
        self._asked: set[str] = set()
        named = (self.data.get(key) for key in ("id", "of", "process"))
        place = ".".join(part for part in path if isinstance(part, str))
        self.where = next((name for name in named if isinstance(name, str) and name), place)

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def report(self, code: str, key: str = "", where: str = "", /, **params: object) -> None:
        """Say something about this table or one of its keys."""
        self.add(Finding(code, CODES[code], where, params=params), key)

    def add(self, item: Finding, key: str = "") -> None:
        """Take over a finding and fill in its place."""
        document = self._document
        row = document.row((*self._path, key) if key else self._path)
        item = replace(item, where=item.where or self.where)
        document.add(item.at(file=document.file, row=row, column=key))

    def raw(self, key: str) -> Any:
        """The value as TOML has it, or None."""
        self._asked.add(key)
        return self.data.get(key)

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text without blanks around it; the default where there is none."""
        value = self._typed(key, (str,), "text", required=required)
        return default if value is None else str(value).strip()

    def flag(self, key: str) -> bool:
        """True or false; false where there is none."""
        return bool(self._typed(key, (bool,), "true | false"))

    def number(self, key: str, *, infinite: bool = False, required: bool = False) -> float | None:
        """A number, or None; NaN is a finding, and infinity unless it is allowed."""
        value = self._typed(key, (int, float), "number", required=required)
        if value is None:
            return None
        if math.isnan(value) or (math.isinf(value) and not infinite):
            self.report("amount-not-finite", key, text=str(value))
            return None
        return float(value)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number in [low, high]."""
        value = self._typed(key, (int,), "number")
        if value is None:
            return default
        if low <= value <= high:
            return int(value)
        self.report("value-range", key, key=key, value=value, low=low, high=high)
        return default

    def day(self, key: str) -> date | None:
        """A TOML date, or None."""
        value = self._typed(key, (date,), "date")
        return value if isinstance(value, date) else None

    def moment(self, key: str) -> str:
        """A date or a date with time, as ISO text; "" where there is none."""
        value = self._typed(key, (date, datetime, str), "date")
        if isinstance(value, datetime):
            return value.isoformat(sep=" ")
        return str(value or "")

    def words(self, key: str, *, required: bool = False) -> tuple[str, ...] | None:
        """A list of texts, or None."""
        value = self._typed(key, (list,), "list of text", required=required)
        if value is None or all(isinstance(item, str) for item in value):
            return None if value is None else tuple(value)
        self._wrong(key, value, "list of text")
        return None

    def choice(self, key: str, among: tuple[str, ...], default: str = "") -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value in among or value == default:
            return value
        self._wrong(key, value, " | ".join(among))
        return default

    def names(self, key: str = "names") -> dict[str, str]:
        """Labels by language code: a table, or one text for all languages."""
        value = self._typed(key, (dict, str), "names by language")
        if isinstance(value, str):
            return {"zh": value, "en": value}
        if value is None or all(isinstance(item, str) for item in value.values()):
            return dict(value or {})
        self._wrong(key, value, "names by language")
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
        """The table `[key]` below this one, empty where there is none."""
        value = self._typed(key, (dict,), f"[{key}]")
        return Table(self._document, (*self._path, key), value or {})

    def tables(self, key: str) -> list[Table]:
        """The tables `[[key]]` below this one, in their order."""
        value = self._typed(key, (list,), f"[[{key}]]") or []
        if not all(isinstance(item, dict) for item in value):
            self._wrong(key, value, f"[[{key}]]")
            return []
        return [
            Table(self._document, (*self._path, key, number), item)
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
        self, key: str, types: tuple[type, ...], expected: str, *, required: bool = False
    ) -> Any:
        value = self.raw(key)
        blank = isinstance(value, str) and not value.strip()
        if value is None or (blank and required):
            if required:
                self.report("key-missing", key, key=key)
            return None
        # bool is an int and datetime a date to Python, not to a person
        apart = next((sort for sort in (bool, datetime) if isinstance(value, sort)), None)
        if isinstance(value, types) and (apart is None or apart in types):
            return value
        self._wrong(key, value, expected)
        return None

    def _wrong(self, key: str, value: object, expected: str) -> None:
        self.report("value-type", key, key=key, value=as_toml(value), expected=expected)


def as_toml(value: object) -> str:
    """A value as it is written in a TOML file, cut where it is long."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, (list, tuple)):
        text = f"[{', '.join(map(as_toml, value))}]"
    elif isinstance(value, dict):
        text = f"{{ {', '.join(f'{key} = {as_toml(each)}' for key, each in value.items())} }}"
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def as_id(text: str, *, dotted: bool = False) -> str:
    """What a text would be as an id, "" if nothing is left of it."""
    parts = text.split(".") if dotted else [text]
    words = (re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in parts)
    return ".".join(word for word in words if word)
