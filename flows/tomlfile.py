"""A TOML file that people write: its data, the line of each table and key, and the findings."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from flows.errors import Refused
from flows.findings import finding

if TYPE_CHECKING:
    from flows.findings import Finding

#: Keys from the root down; the number of a table in an array follows the name of the array.
Path = tuple[str | int, ...]

_BARE = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_BARE}(?:\s*\.\s*{_BARE})*)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*({_BARE}(?:\s*\.\s*{_BARE})*)\s*=")
_PART = re.compile(_BARE)
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")
_WIDEST = 2**63  # TOML promises whole numbers of 64 bits; Python reads any and chokes on it later
_DEEPEST = 32  # tables in tables; no file that people write comes near


@lru_cache(maxsize=1)
def parsed(text: str) -> dict[str, Any]:
    """What TOML says; to be read only, for a start that looks at its park file twice parses once.

    Raises:
        tomllib.TOMLDecodeError: If it is none.
    """
    return tomllib.loads(text)


class Document:
    """A TOML file with the findings about it.

    Attributes:
        file: Its name, for findings.
        text: Its text, without byte order mark.
        data: What the parser made of it.
        findings: What was found so far, in the order of reading.
    """

    def __init__(self, source: str | bytes, file: str = "") -> None:
        """Decode and parse.

        Raises:
            Refused: `file-not-utf8`, `file-empty`, `toml-syntax`, or `value-range` for a whole
                number beyond 64 bits.
        """
        self.file = file
        self.findings: list[Finding] = []
        self._said: set[tuple[object, ...]] = set()
        self.text = _decoded(source, file) if isinstance(source, bytes) else source
        self.text = self.text.removeprefix("\ufeff")
        if not self.text.strip():
            raise Refused(finding("file-empty", file=file))
        try:
            self.data: dict[str, Any] = parsed(self.text)
        except tomllib.TOMLDecodeError as problem:
            raise Refused(_syntax(str(problem), file, self.text)) from None
        except (ValueError, RecursionError) as problem:
            # thousands of digits or of open brackets
            raise Refused(finding("toml-syntax", file=file, message=str(problem))) from None
        self._refuse_unreadable()

    def row(self, path: Path) -> int | None:
        """Line of a table or key, that of the nearest table around it where it has none."""
        while path:
            if path in self._rows:
                return self._rows[path]
            path = path[:-1]
        return None

    def _refuse_unreadable(self) -> None:
        """What the parser takes and Python cannot turn into a float, or into text, later."""
        waiting: list[tuple[Path, Any]] = [((), self.data)]
        while waiting:
            path, value = waiting.pop()
            found = None
            if len(path) > _DEEPEST:
                found = finding("toml-syntax", message="nested too deeply")
            elif isinstance(value, dict):
                waiting += [((*path, key), item) for key, item in value.items()]
            elif isinstance(value, list):
                waiting += [((*path, place), item) for place, item in enumerate(value)]
            elif isinstance(value, int) and not -_WIDEST <= value < _WIDEST:
                key = next(part for part in reversed(path) if isinstance(part, str))
                low, high = str(-_WIDEST), str(_WIDEST - 1)
                found = finding("value-range", column=key, key=key, low=low, high=high)
            if found:
                raise Refused(found.at(file=self.file, row=self.row(path)))

    def add(self, item: Finding) -> None:
        """Take a finding, once: a value that serves twice is judged twice."""
        key = (item.code, item.where, item.row, item.column, str(item.params))
        if key not in self._said:
            self._said.add(key)
            self.findings.append(item)

    @cached_property
    def _rows(self) -> dict[Path, int]:
        """The parser gives no lines; they are only looked for once there is something to say."""
        rows: dict[Path, int] = {}
        counts: dict[Path, int] = {}
        here: Path = ()
        quoted = ""
        for number, line in enumerate(self.text.split("\n"), start=1):
            if quoted:
                if quoted in line:
                    quoted = ""
                continue
            if line.lstrip().startswith("#"):
                continue
            if (match := _HEADER.match(line)) and (
                place := self._place(_parts(match[2]), starts=match[1] == "[[", counts=counts)
            ):
                here = place
                rows.setdefault(here, number)
                if isinstance(here[-1], int):
                    rows.setdefault(here[:-1], number)
            elif match := _KEY.match(line):
                rows.setdefault((*here, *_parts(match[1])), number)
                rows.setdefault((*here, _parts(match[1])[0]), number)
            quoted = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
        return rows

    def _place(self, parts: list[str], *, starts: bool, counts: dict[Path, int]) -> Path:
        """Path of the table under a header; () for a line of a list that only looks like one."""
        place: Path = ()
        at: Any = self.data
        for position, part in enumerate(parts):
            if not isinstance(at, dict) or part not in at:
                return ()
            place, at = (*place, part), at[part]
            if starts and position == len(parts) - 1:
                counts[place] = counts.get(place, -1) + 1
            if place in counts:
                if not isinstance(at, list) or counts[place] >= len(at):
                    return ()
                place, at = (*place, counts[place]), at[counts[place]]
        return place


def _decoded(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        row = raw[: problem.start].count(b"\n") + 1
        found = finding("file-not-utf8", file=file, row=row, offset=problem.start)
        raise Refused(found) from None


def _syntax(message: str, file: str, text: str) -> Finding:
    row = None
    if match := _PLACE.search(message):
        row = int(match[1]) if match[1] else text.rstrip().count("\n") + 1
        message = message[: match.start()]
    return finding("toml-syntax", file=file, row=row, message=message)


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]
