r"""The canonical text of an event: what is hashed, as docs/formats/ledger.md lays it down.

One line a field of the event, `key TAB value`, then one line an observation, its fields parted
by TAB; every line ends with LF, all is UTF-8. In text fields backslash, TAB, LF and CR are
written `\\`, `\t`, `\n`, `\r`. No number is an empty field. Floats are the shortest decimal that
reads back as the same double, as Python's repr writes it; minus zero is written `0.0`.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Of an event without the fields that came with schema 0002, and of one with them.
FORMAT, FORMAT_OF_MORE = "1", "2"

#: Fields of an event in the order of the text; `hash` is what comes out of it.
EVENT_FIELDS = (
    "seq",
    "kind",
    "recorded_at",
    "authenticated",
    "claimed",
    "park_hash",
    "source",
    "source_hash",
    "facility",
    "period_start",
    "period_end",
    "verdict",
    "reason",
    "rows",
    "body",
    "previous_hash",
)

#: Fields that came later; in the text, after `body`, only where one of them says something.
MORE_FIELDS = ("topic", "about", "text")
_WITH_MORE = (*EVENT_FIELDS[:-1], *MORE_FIELDS, EVENT_FIELDS[-1])

#: Fields of an observation in the order of its line.
OBSERVATION_FIELDS = (
    "id",
    "line",
    "what",
    "kind",
    "facility",
    "day",
    "start",
    "end",
    "state",
    "amount",
    "sigma",
    "register",
    "device",
    "quality",
    "ticket",
    "cause",
    "flag",
    "typed",
    "typed_unit",
    "note",
    "origin",
    "supersedes",
)

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_AT_ONCE = 4096


def _field(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, float):
        return float.__repr__(value + 0.0)  # also right for a double of numpy
    return str(value)


def event_text(event: Mapping[str, object]) -> str:
    """The lines of the event itself.

    Args:
        event: Value by the names in `EVENT_FIELDS` and, where there are any, `MORE_FIELDS`.
    """
    more = any(event.get(name) for name in MORE_FIELDS)
    lines = [f"parkflow-event\t{FORMAT_OF_MORE if more else FORMAT}\n"]
    names = _WITH_MORE if more else EVENT_FIELDS
    lines += [f"{name}\t{_field(event[name])}\n" for name in names]
    return "".join(lines)


def observation_text(fields: tuple[object, ...]) -> str:
    """The line of one observation, its fields in the order of `OBSERVATION_FIELDS`."""
    # this runs once an observation: most fields are plain text or whole numbers
    line = "observation\t" + "\t".join(
        [
            value
            if type(value) is str
            else ""
            if value is None
            else str(value)
            if type(value) is int
            else _field(value)
            for value in fields
        ]
    )
    clean = "\\" not in line and "\r" not in line
    if clean and line.count("\t") == len(fields) and "\n" not in line:
        return line + "\n"
    return "\t".join(["observation", *map(_field, fields)]) + "\n"


def digest(event: Mapping[str, object], observations: Iterable[tuple[object, ...]]) -> str:
    """SHA-256 of the canonical text, 64 lower-case hexadecimal digits.

    Raises:
        ValueError: If a text holds a NUL or cannot be written as UTF-8.
    """
    state = hashlib.sha256(_checked(event_text(event)))
    lines = map(observation_text, observations)
    while some := "".join(islice(lines, _AT_ONCE)):
        state.update(_checked(some))
    return state.hexdigest()


def _checked(text: str) -> bytes:
    if "\0" in text:
        raise ValueError("a text of the ledger holds a NUL")
    return text.encode()
