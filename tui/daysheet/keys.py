"""What single keys and words mean on the day's sheet, whatever it holds."""

from __future__ import annotations

#: Letters that the screen understands, not the sheet.
OF_THE_SCREEN = frozenset("[]tgq ")
#: Words for a reading that is missing; a lone hyphen is an unfinished number here.
MISSING_WORDS = frozenset({"missing", "缺", "缺失", "缺测"})

#: Lines that a page has.
_PAGE = 10


def moved(key: str, at: int, last: int) -> int | None:
    """The line that a key leads to from line `at`, None of a key that leads nowhere."""
    return {
        "up": at - 1,
        "k": at - 1,
        "down": at + 1,
        "j": at + 1,
        "pageup": at - _PAGE,
        "pagedown": at + _PAGE,
        "home": 0,
        "end": last,
    }.get(key)


def opens_entry(character: str) -> bool:
    """Whether a character begins an entry: digits, signs, and anything from an input method."""
    return (
        character.isdecimal()
        or character in ".+-−"
        or (not character.isascii() and character.isalpha() and character > "ÿ")
        or character in "．＋－（"
    )


def stray(character: str) -> bool:
    """Whether a character comes of Esc and a key in one read (Alt), and nobody meant it."""
    return "\x80" <= character <= "ÿ" and character not in "·°²³µ×"
