"""HTML and SVG text in which every plain string is escaped; only `Safe` text passes as it is."""

from __future__ import annotations

from html import escape


class Safe(str):
    """Markup made by this module, or text known to be markup."""

    __slots__ = ()


def text(value: str) -> Safe:
    """Escape plain text; `Safe` stays as it is.

    Control characters that XML forbids are dropped, so that a stray one cannot break the SVG.
    """
    if isinstance(value, Safe):
        return value
    return Safe(escape("".join(c for c in value if c >= " " or c in "\t\n\r"), quote=True))


def join(*parts: str) -> Safe:
    """Markup after markup; plain strings are escaped."""
    return Safe("".join(text(part) for part in parts))


_VOID = frozenset({"meta", "br", "hr", "col", "link"})


def tag(name: str, /, *children: str, **attributes: str | float | bool | None) -> Safe:
    """An element; children and attribute values are escaped.

    Attribute names lose a trailing underscore (`class_`) and turn the others into hyphens. None
    and False leave an attribute out, True leaves it without a value.
    """
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        word = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(word)
            continue
        shown = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
        parts.append(f'{word}="{escape(shown, quote=True)}"')
    opening = f"<{' '.join(parts)}>"
    if name in _VOID:
        return Safe(opening)
    return Safe(f"{opening}{join(*children)}</{name}>")
