"""A program in a tmux pane, watched from outside: when it paints, and what it costs idle."""

from __future__ import annotations

import os
import re
import select
import shlex
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

#: Seconds without output after which a paint counts as finished: of a start, of a key.
START_QUIET, KEY_QUIET = 0.8, 0.12
_TICKS, _PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


class Pane:
    """One program in a tmux server of its own.

    tmux tells a client in control mode of every piece of output as the program writes it, so that
    nothing polls beside the program on the same cores.

    Args:
        command: Program and arguments.
        size: Columns and rows.
        environment: Beside that of this process.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (140, 40),
        environment: dict[str, str] | None = None,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pane-")
        self._socket = str(Path(self._folder.name) / "tmux")
        self._go = Path(self._folder.name) / "go"
        told = {"TERM": "tmux-256color", "COLORTERM": "truecolor", **(environment or {})}
        words = " ".join(f"{name}={shlex.quote(text)}" for name, text in told.items())
        # a fifo holds the program back until the watch runs: the shell's own start is not counted
        os.mkfifo(self._go)
        line = f"read _ < {shlex.quote(str(self._go))}; exec env {words} {shlex.join(command)}"
        self._tmux("new-session", "-d", "-s", "p", "-x", str(size[0]), "-y", str(size[1]),
                   "sh", "-c", line)  # fmt: skip
        self._tmux("set-option", "-g", "window-size", "manual")
        self._tmux("set-option", "-w", "-t", "p", "remain-on-exit", "on")
        self._pid = int(self._tmux("display-message", "-p", "-t", "p", "#{pane_pid}"))
        self._control = subprocess.Popen(
            ["tmux", "-S", self._socket, "-C", "attach", "-t", "p", "-f", "ignore-size"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )  # fmt: skip
        time.sleep(0.3)
        self._outputs()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        every = _tree(self._pid)
        self._tmux("kill-server")
        self._control.communicate()
        end = time.perf_counter() + 10.0
        while any(map(_runs, every)) and time.perf_counter() < end:
            time.sleep(0.02)  # or the next start would share the processors with this end
        self._folder.cleanup()

    def start(self, marks: Sequence[str], limit: float = 30.0) -> tuple[list[float], float]:
        """Let the program begin: seconds until the pane matched each mark, and its last change.

        Raises:
            RuntimeError: If a mark is not seen; with what is in the pane.
        """
        begin = last = time.perf_counter()
        self._go.write_text("go\n")
        seen: list[float] = []
        shown = ""
        while True:
            if self._outputs(0.05):
                now, text = time.perf_counter(), self.text()
                if text != shown:  # a caret that blinks is no paint of the start
                    shown, last = text, now
                while len(seen) < len(marks) and re.search(marks[len(seen)], text):
                    seen.append(now - begin)
            now = time.perf_counter()
            if len(seen) == len(marks) and now - last > START_QUIET:
                return seen, last - begin
            if now - begin > limit:
                raise RuntimeError(f"{marks[len(seen) :]} not seen in\n{self.text()}")

    def key(self, key: str) -> float:
        """Seconds from a key to the last output that follows it; 0 where nothing was drawn."""
        self._outputs()
        begin = time.perf_counter()
        self._say(f"send-keys -t p {shlex.quote(key)}\n")
        last = 0.0
        while time.perf_counter() - begin < 2.0:
            if self._outputs(KEY_QUIET):
                last = time.perf_counter() - begin
            elif last or time.perf_counter() - begin > 5 * KEY_QUIET:
                break
        return last

    def type_(self, *keys: str) -> None:
        """Keys whose paint is not measured."""
        for key in keys:
            self.key(key)

    def text(self, *, colors: bool = False) -> str:
        """What stands in the pane."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colors else []), "-t", "p")

    def idle(self, seconds: float) -> tuple[float, float]:
        """Share of a processor that is used while nothing is typed, and resident MB."""
        every = _tree(self._pid)
        before, begin = sum(map(_ticks, every)), time.perf_counter()
        time.sleep(seconds)
        used = (sum(map(_ticks, every)) - before) / _TICKS
        share = used / (time.perf_counter() - begin)
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in _tree(self._pid))
        return share, sum(pages) * _PAGE / 1e6

    def _say(self, line: str) -> None:
        if self._control.stdin is None:
            raise RuntimeError("the control client has no input")
        self._control.stdin.write(line.encode())

    def _outputs(self, seconds: float = 0.0) -> bool:
        """Whether the program has written something, waited for at most so long."""
        if self._control.stdout is None:
            return False
        end = time.perf_counter() + seconds
        file = self._control.stdout.fileno()
        drawn = False
        while select.select([file], [], [], 0.0 if drawn else max(end - time.perf_counter(), 0.0))[
            0
        ]:
            read = os.read(file, 1 << 16)
            if not read:
                raise RuntimeError("tmux has ended")
            drawn = drawn or b"%output" in read
        return drawn

    def _tmux(self, *words: str) -> str:
        ended = subprocess.run(
            ["tmux", "-S", self._socket, "-f", "/dev/null", *words],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if ended.returncode:
            raise RuntimeError(f"tmux {words[0]}: {ended.stderr.strip()}")
        return ended.stdout


def _tree(root: int) -> list[int]:
    """A process and all below it."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (parent := _stat(int(entry.name), 1)) is not None:
            below.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += below.get(pid, [])
    return found


def _stat(pid: int, *places: int) -> int | None:
    """Sum of numbers in /proc/PID/stat, counted after the name; None where the process is gone."""
    try:
        numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return sum(int(numbers[place]) for place in places)


def _runs(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _ticks(pid: int) -> int:
    return _stat(pid, 11, 12) or 0
