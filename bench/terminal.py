"""The terminal application from outside: paint, keys, idle, memory, beside an empty Textual app."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from pane import Pane
from startup import PARKFLOW
from tenyears import OPEN_DAY, make

STARTS, ROUNDS, IDLE = 5, 6, 5.0
PYTHON = sys.executable

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("ready")
Empty().run()
"""
#: Sixty figures as one would first write it: a name, a field, a unit each.
FORM = """
from textual.app import App
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, Header, Input, Label
class Form(App):
    CSS = "Horizontal { height: 3; } Label { width: 40; padding: 1; } Input { width: 30; }"
    def compose(self):
        yield Header()
        with VerticalScroll():
            for n in range(60):
                with Horizontal():
                    yield Label(f"flow {n}")
                    yield Input(type="number", id=f"f{n}")
                    yield Label("t")
        yield Footer()
Form().run()
"""
#: Between two lines, and a figure typed and taken back: nothing of it is saved.
MOVES = ("Down", "Down", "Up", "Down")
TYPED = ("1", "3", "4", "0", "5", "BSpace")


@dataclass
class Program:
    """What is started, how it is known to stand there, and which keys are pressed in it."""

    name: str
    command: list[str]
    marks: list[str]
    home: str
    needed: bool = True
    moves: tuple[str, ...] = MOVES
    typed: tuple[str, ...] = TYPED
    after: tuple[str, ...] = ()
    starts: dict[str, list[float]] = field(default_factory=dict)
    keys: dict[str, list[float]] = field(default_factory=dict)
    share: float = 0.0
    megabytes: float = 0.0


#: What the last run measured, for `section`.
MEASURED: list[Program] = []


def run() -> list[dict[str, object]]:
    """Rows of the table."""
    MEASURED.clear()
    if shutil.which("tmux") is None:
        print("no tmux: the terminal application is not measured")
        return []
    with tempfile.TemporaryDirectory() as folder:
        park = Path(folder) / "park"
        make(park)
        programs = _programs(Path(folder), park)
        for program in list(programs):
            try:
                _measure(program)  # modules compiled, files in memory
            except RuntimeError as error:
                if program.needed:
                    raise
                print(f"{program.name} is not measured: {error}")
                programs.remove(program)
            program.starts.clear()
        for _ in range(STARTS):  # in turn, so that a noisy moment meets all alike
            for program in programs:
                _measure(program)
        for program in programs:
            _press(program)
    MEASURED.extend(programs)
    return _rows(programs)


def _programs(folder: Path, park: Path) -> list[Program]:
    empty, form = folder / "empty.py", folder / "form.py"
    empty.write_text(EMPTY)
    form.write_text(FORM)
    day = OPEN_DAY.isoformat()
    ours = [PARKFLOW, "--park", str(park), "--day", day, "--lang", "en", "--by", "bench"]
    home = str(folder)
    found = [
        Program("the day's sheet, ten years in the ledger", ours,
                ["household waste received", r"\d–\d"], home, typed=(*TYPED, "Enter"),
                after=("Escape", "Escape", "u")),
        Program("an empty Textual app", [PYTHON, str(empty)], ["ready"], home, moves=(), typed=()),
        Program("a form of 60 Textual inputs", [PYTHON, str(form)], ["flow 1 "], home,
                moves=("Tab", "Tab", "BTab", "Tab"), after=("BSpace",) * 4),
    ]  # fmt: skip
    if harlequin := _harlequin(folder):
        command = [harlequin, "-a", "sqlite", str(park / "park.db")]
        found.append(
            Program("harlequin on the same ledger", command, ["Query Editor"], home, needed=False,
                    moves=("Down", "Up"), after=("BSpace",) * 5)
        )  # fmt: skip
    return found


def _harlequin(folder: Path) -> str:
    """harlequin in an environment of its own, for it wants other versions than ours; or ""."""
    if told := os.environ.get("HARLEQUIN"):
        return told
    place = folder / "peer"
    for command in (
        [PYTHON, "-m", "venv", str(place)],
        [str(place / "bin" / "pip"), "install", "--quiet", "harlequin"],
    ):
        if subprocess.run(command, check=False, capture_output=True).returncode:
            print("harlequin could not be installed")
            return ""
    return str(place / "bin" / "harlequin")


def _pane(program: Program) -> Pane:
    # as people start it, but with settings and drafts in a folder of the run
    home = {"HOME": program.home, "TEXTUAL_DISABLE_KITTY_KEY": "1"}
    return Pane(["env", "-u", "PYTHONDONTWRITEBYTECODE", *program.command], environment=home)


def _measure(program: Program) -> None:
    with _pane(program) as pane:
        marks, full = pane.start(program.marks)
        for name, taken in (("first", marks[0]), ("last", marks[-1]), ("full", full)):
            program.starts.setdefault(name, []).append(taken)


def _press(program: Program) -> None:
    with _pane(program) as pane:
        pane.start(program.marks)
        for _ in range(ROUNDS):
            for sort, keys in (("moves", program.moves), ("typed", program.typed)):
                for key in keys:
                    if taken := pane.key(key):
                        program.keys.setdefault(sort, []).append(taken)
            pane.type_(*program.after)
        program.share, program.megabytes = pane.idle(IDLE)


def section() -> str:
    """The programs side by side, for the page; "" before `run`, or without tmux."""
    if not MEASURED:
        return ""
    lines = [
        "## The terminal application, from outside",
        "",
        f"In tmux at 140 by 40, {STARTS} starts each in turn. First paint is the sheet with the",
        "day's names, and of the others the text that shows them; last paint is the last change of",
        "the start, with readings and usual ranges. A key is painted when nothing more is drawn",
        f"after it. Idle is the share of a processor over {IDLE:.0f} s; resident memory. Goals: a",
        "key 20 ms in the median and 60 ms at the 95th percentile, idle 0.5 %, 120 MB.",
        "",
        "| program | first paint, ms | last paint, ms | key, ms | 95th, ms | idle, % | MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for program in MEASURED:
        keys = _keys(program)
        middle = f"{1000 * statistics.median(keys):.0f}" if keys else ""
        high = f"{1000 * _high(keys):.0f}" if keys else ""
        first, last = (1000 * statistics.median(program.starts[at]) for at in ("first", "full"))
        lines.append(
            f"| {program.name} | {first:.0f} | {last:.0f} | {middle} | {high}"
            f" | {100 * program.share:.1f} | {program.megabytes:.0f} |"
        )
    return "\n".join(lines) + "\n"


def _keys(program: Program) -> list[float]:
    return [*program.keys.get("moves", []), *program.keys.get("typed", [])]


def _high(taken: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(taken, n=20)[-1]


def _rows(programs: list[Program]) -> list[dict[str, object]]:
    ours, empty, form, *_ = programs
    least = statistics.median(empty.starts["first"])
    keys, other = _keys(ours), _keys(form)
    first, last = (statistics.median(ours.starts[at]) for at in ("first", "last"))
    limits = ((statistics.median, "median", 0.020), (_high, "95th percentile", 0.060))
    return [
        _row("terminal: the day's names, ten years kept", first, empty.name, least, goal=1.6),
        _row("terminal: readings and usual ranges", last, empty.name, least, goal=2.5),
        *(
            _row(f"terminal: key to paint, {word}", of(keys), form.name, of(other), limit=limit)
            for of, word, limit in limits
        ),
    ]


def _row(
    name: str,
    seconds: float,
    floor_name: str,
    floor: float,
    *,
    goal: float | None = None,
    limit: float | None = None,
) -> dict[str, object]:
    return {
        "name": name, "seconds": seconds, "floor_name": floor_name, "floor_seconds": floor,
        "ratio": seconds / floor, "goal": goal, "limit": limit,
    }  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(
            f"{row['name']}: {1000 * row['seconds']:.0f} ms, {row['floor_name']}"
            f" {1000 * row['floor_seconds']:.0f} ms, ratio {row['ratio']:.2f}"
        )
    print(section())
