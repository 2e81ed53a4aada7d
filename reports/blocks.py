"""Blocks that the sections of the report are made of: tables, marks, names, facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.markup import Safe, join, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.data import Names
    from reports.words import Words

#: What has more parts than this is folded.
FOLDED = 12
#: Marks beside the words, so that no state hangs on its color alone.
_MARKS = {
    "error": "✖",
    "warning": "▲",
    "info": "●",
    "closed": "✓",
    "open": "✖",
    "not-closed": "○",
    "uncertain": "◌",
    "transformed": "◇",
}


def section(key: str, title: str, *content: str) -> Safe:
    """A section that the contents link to."""
    return tag(
        "section",
        tag("h2", title, id=f"{key}-title"),
        *content,
        id=key,
        aria_labelledby=f"{key}-title",
    )


def mark(kind: str, word: str) -> Safe:
    """A state by its sign and its word."""
    return tag("span", f"{_MARKS[kind]} {word}", class_=f"mark {kind}")


def name_of(names: Names | None, id_: str, words: Words) -> Safe:
    """A label with its id, or the id where there is no label."""
    label = words.label(names, id_)
    return join(label) if label == id_ else join(label, tag("span", id_, class_="id"))


def listed(facts: Iterable[tuple[str, str]]) -> Safe:
    """Facts by name."""
    return tag(
        "dl",
        *(join(tag("dt", name), tag("dd", value)) for name, value in facts),
        class_="facts",
    )


def table(
    words: Words,
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Iterable[int] = (),
) -> Safe:
    """A table that scrolls in its own box; its first column heads the rows."""
    right = frozenset(numbers)

    def kind(place: int) -> str | None:
        return "number" if place in right else None

    head = [
        tag("th", words.term(column), scope="col", class_=kind(place))
        for place, column in enumerate(columns)
    ]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(tag("td", cell, class_=kind(place)) for place, cell in enumerate(row[1:], 1)),
        )
        for row in rows
    ]
    shown = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *body)
    )
    label = f"{caption}: {words.term('table-scroll')}"
    return tag("div", shown, class_="wide", tabindex=0, role="region", aria_label=label)
