"""Captures the terminal application's screens in tmux, in two sizes and languages: docs/screens.

On the demonstration's park; nothing is saved in it. Pages name a capture by a line
`<!-- screen:NAME -->`; what stands there is written anew.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "screens"
PAGES = (ROOT / "docs" / "terminal.md", ROOT / "README.md")
#: A mark, and the block of text behind it where it was filled in before.
MARK = re.compile(r"<!-- screen:([\w-]+) -->\n(?:```text\n.*?^```\n)?", re.DOTALL | re.MULTILINE)
PARKFLOW = Path(sys.executable).with_name("parkflow")
SIZES = ((80, 24), (140, 40))
LANGUAGES = ("en", "zh")

#: Seconds without a change after which a screen is taken to be complete, or a key within it to be
#: drawn; and at most.
QUIET, DRAWN, LIMIT = 2.5, 0.3, 40.0


class Shot(NamedTuple):
    """A screen to capture.

    Attributes:
        name: Of the file.
        day: Operating day to start on.
        keys: What is pressed in turn once the day's sheet stands, as tmux names keys; one that
            begins with `=` is typed letter by letter.
    """

    name: str
    day: str
    keys: tuple[str, ...]


#: The day after the made-up year has everything due, and yesterdays; March is worked through.
_OPEN, _MARCH = "2026-01-01", "2025-03-31"
SHOTS = (
    Shot("sheet", _OPEN, ("=1340", "Enter", "=13.2", "Enter", "Down", "=11670")),
    Shot("sheet-question", _OPEN, ("=1340", "Enter", "=13.2", "Enter", "Down", "=2500", "Enter")),
    Shot("sheet-refused", _OPEN, ("=1340", "Enter", "=132", "Enter")),
    Shot("calendar", _MARCH, ("F3",)),
    Shot("calendar-month", _MARCH, ("F3", "Enter")),
    Shot("balance", _MARCH, ("F4",)),
    Shot("chains", _MARCH, ("F5",)),
    Shot("sankey", _MARCH, ("F5", "s")),
    Shot("findings", _MARCH, ("F6",)),
    Shot("report", _MARCH, ("F7",)),
    Shot("help", _MARCH, ("F1",)),
    Shot("palette", _MARCH, ("C-p",)),
)


def main() -> None:
    """Make the captures, of all screens or of those that are named."""
    wanted = set(sys.argv[1:])
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screens-") as folder:
        park = Path(folder) / "park"
        subprocess.run([PARKFLOW, "demo", park], check=True, capture_output=True)
        for shot in SHOTS:
            if wanted and shot.name not in wanted:
                continue
            for lang in LANGUAGES:
                for columns, rows in SIZES:
                    text = capture(shot, park, Path(folder), lang, (columns, rows))
                    name = f"{shot.name}-{columns}x{rows}-{lang}.txt"
                    (OUT / name).write_text(text, encoding="utf-8")
                    print(name, flush=True)
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


def filled(page: str) -> str:
    """A page with the captures that it names; one that was not made yet stays a mark."""

    def block(found: re.Match[str]) -> str:
        path = OUT / f"{found[1]}.txt"
        if not path.is_file():
            return found[0]
        return f"<!-- screen:{found[1]} -->\n```text\n{path.read_text(encoding='utf-8')}```\n"

    return MARK.sub(block, page)


def capture(shot: Shot, park: Path, folder: Path, lang: str, size: tuple[int, int]) -> str:
    """The text of one screen."""
    home = folder / "home" / f"{shot.name}-{lang}-{size[0]}"  # nobody else's drafts
    home.mkdir(parents=True, exist_ok=True)
    socket = str(home / "tmux")  # a server of its own: the one before may still be ending

    def tmux(*words: str) -> str:
        return subprocess.run(
            ["tmux", "-S", socket, "-f", "/dev/null", *words],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    who = "夜班" if lang == "zh" else "night shift"
    tmux(
        "new-session", "-d", "-s", "s", "-x", str(size[0]), "-y", str(size[1]),
        "env", f"HOME={home}", "TERM=tmux-256color", str(PARKFLOW), "--park", str(park),
        "--day", shot.day, "--lang", lang, "--by", who,
    )  # fmt: skip
    try:
        text = _settled(tmux)
        for key in shot.keys:
            tmux("send-keys", "-t", "s", *(["-l", key[1:]] if key[0] == "=" else [key]))
            whole = key.startswith("F") or key == shot.keys[-1]
            text = _settled(tmux, QUIET if whole else DRAWN)
        text = text.replace(str(folder), "/srv")  # no path of this computer
        return "\n".join(line.rstrip() for line in text.splitlines()).rstrip("\n") + "\n"
    finally:
        tmux("kill-server")


def _settled(tmux: Callable[..., str], quiet: float = QUIET) -> str:
    """What stands in the pane when it has not changed for a while."""
    shown, begin = "", time.monotonic()
    since = begin
    while time.monotonic() - since < quiet and time.monotonic() - begin < LIMIT:
        text = tmux("capture-pane", "-p", "-t", "s")
        if text != shown:
            shown, since = text, time.monotonic()
        time.sleep(0.1)
    return shown


if __name__ == "__main__":
    main()
