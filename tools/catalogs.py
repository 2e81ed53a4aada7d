#!/usr/bin/env python3
"""Compile the message catalogs and write docs/findings.md; `--check` only tells what is stale."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from flows.findings import CODES
from reports.sentences import SENTENCES
from reports.words import LANGUAGES, LOCALE, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

FINDINGS = Path(__file__).resolve().parent.parent / "docs" / "findings.md"

_INTRODUCTION = """# Findings

Everything parkflow says about input or data is a finding: a code, how much it matters, where it
is, and what the text needs. An *error* refuses the input, a *warning* wants a look, a *note* is
said once. `--json` prints the code; the texts below are what people read. Words in {braces} are
filled in; a part in [square brackets] is said only where there is something to fill in. {way_...}
is the command to use, and in the application the key.

This page is written by `tools/catalogs.py` from the program itself.
"""


class _Timeless(Catalog):
    """A catalog whose header says neither when nor by which version it was compiled."""

    def __iter__(self) -> Iterator[Message]:
        yield Message("", f"Content-Type: text/plain; charset=utf-8\nLanguage: {self.locale}\n")
        yield from (message for message in super().__iter__() if message.id)


def compiled(catalog: Path) -> bytes:
    """The .mo of a .po, byte for byte the same on every machine and day."""
    with catalog.open("rb") as source:
        read = read_po(source, locale=catalog.parts[-3])
    timeless = _Timeless(locale=catalog.parts[-3], charset="utf-8")
    for message in read:
        if message.id:
            timeless.add(message.id, message.string, context=message.context)
    target = io.BytesIO()
    write_mo(target, timeless)
    return target.getvalue()


def findings_page() -> str:
    """docs/findings.md: every code, its severity and its texts."""
    words = {language: Words(language) for language in LANGUAGES}
    parts = [_INTRODUCTION]
    for code in sorted(CODES):
        severity = words["en"].term(f"severity-{CODES[code]}").lower()
        variants = [code, *(text for text in SENTENCES if text.startswith(f"{code}/"))]
        texts = "\n\n".join(
            words[language].sentence(variant) for variant in variants for language in LANGUAGES
        )
        parts.append(f"## {code}\n\n*{severity}*\n\n{texts}\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write what is stale, or with `--check` only name it; 1 if something was stale then."""
    stale = []
    for catalog in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        binary = catalog.with_suffix(".mo")
        fresh = compiled(catalog)
        if not binary.exists() or binary.read_bytes() != fresh:
            stale.append(binary)
            if "--check" not in arguments:
                binary.write_bytes(fresh)
    page = findings_page()
    if not FINDINGS.exists() or FINDINGS.read_text(encoding="utf-8") != page:
        stale.append(FINDINGS)
        if "--check" not in arguments:
            FINDINGS.write_text(page, encoding="utf-8")
    for path in stale:
        sys.stdout.write(f"{'stale' if '--check' in arguments else 'written'}: {path}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
