"""The known name that a person most likely meant by one that is unknown."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, among: Iterable[str], cutoff: float = 0.5) -> str:
    """The known word most like an unknown one, whatever its case; "" if none is like it."""
    folded: dict[str, str] = {}
    for known in among:
        folded.setdefault(known.casefold(), known)
    found = difflib.get_close_matches(word.strip().casefold(), folded, n=1, cutoff=cutoff)
    return folded[found[0]] if found else ""
