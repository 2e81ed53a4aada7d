"""The application as a process: in a terminal, killed, resumed; and what it loads first."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PARKFLOW = Path(sys.executable).with_name("parkflow")


class Terminal:
    """A program in a pseudo-terminal of 80 by 24."""

    def __init__(self, folder, home, *words):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {
                "PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm-256color",
                "PARKFLOW_LANG": "en", "PARKFLOW_BY": "night shift", "LINES": "24",
                "COLUMNS": "80",
            }  # fmt: skip
            code = "import sys; sys.argv[0] = 'parkflow'; from tui.entrance import main; main()"
            os.execve(  # noqa: S606  the program itself, no shell
                sys.executable, [sys.executable, "-c", code, *words], environment
            )
        self.seen = b""

    def until(self, text, seconds=30.0):
        end = time.monotonic() + seconds
        while text.encode() not in self.seen:
            assert time.monotonic() < end, self.seen[-3000:].decode(errors="replace")
            if select.select([self.file], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    self.seen += os.read(self.file, 65536)

    def send(self, text):
        os.write(self.file, text.encode())

    def end(self, number=signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
        os.waitpid(self.pid, 0)
        os.close(self.file)


def test_killed_amid_a_sheet_the_next_start_has_all_but_the_cell_being_typed(program):
    first = Terminal(program.folder, program.home, "--day", "2025-03-01")
    try:
        first.until("Usual")
        for figure, count in (("1201\r", 1), ("1202 t\r", 2)):
            first.send(figure)
            first.until(f"not saved: {count}")
        first.send("77")
        time.sleep(0.2)
    finally:
        first.end()
    (draft,) = program.home.rglob("2025-03-01.jsonl")
    assert [json.loads(line)["cell"]["text"] for line in draft.read_text().splitlines()][:2] == [
        "1201", "1202 t",
    ]  # fmt: skip
    second = Terminal(program.folder, program.home, "--day", "2025-03-01")
    try:
        second.until("Resumed from before: 2")
    finally:
        second.end()
    rows = program("sheet", "--day", "2025-03-01", "--json").json
    assert all(row["state"] == "due" for row in rows)


def test_q_leaves_and_the_exit_code_is_0(program):
    terminal = Terminal(program.folder, program.home, "--day", "2025-03-01")
    terminal.until("entered")
    terminal.send("q")
    end = time.monotonic() + 20
    done, status = 0, 0
    while not done:
        assert time.monotonic() < end
        if select.select([terminal.file], [], [], 0.1)[0]:
            with contextlib.suppress(OSError):
                os.read(terminal.file, 65536)
        done, status = os.waitpid(terminal.pid, os.WNOHANG)
    os.close(terminal.file)
    assert os.waitstatus_to_exitcode(status) == 0


def test_without_a_park_it_says_how_to_begin(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    terminal = Terminal(tmp_path, home)
    try:
        terminal.until("There is no park file")
        terminal.until("parkflow demo")
    finally:
        terminal.end()


def test_without_a_terminal_it_names_the_commands_that_need_none(program):
    ended = program()
    assert "needs a terminal" in ended.err
    assert "sheet" in ended.out


@pytest.mark.parametrize("words", [["--park"], ["--lang", "xx"], ["sheat"]])
def test_a_mistyped_command_line_is_told_as_any(program, words):
    assert program(*words, check=False).code in {1, 2}


FIRST_FRAME = """
import asyncio, json, sys
from pathlib import Path
from tui.daysheet.glance import glance
from tui.app import ParkflowApp, Setup
from tui.desk import Desk
Desk.start = lambda self: None   # the frame stands before the desk begins

async def first():
    seen = glance(Path("."))
    app = ParkflowApp(Setup(folder=Path("."), lang="zh", drafts=Path("drafts")), seen)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        lines = ["".join(s.text for s in strip) for strip in app.screen._compositor.render_strips()]
    heavy = ("sqlmodel", "sqlalchemy", "pint", "networkx", "numpy", "scipy", "facilities.kinds")
    print("FRAME" + json.dumps([lines, [name for name in heavy if name in sys.modules]]))

asyncio.run(first())
"""


def test_the_first_frame_has_the_names_of_the_day_and_no_heavy_module(program):
    run = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME],
        cwd=program.folder, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "HOME": str(program.home)},
    )  # fmt: skip
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("FRAME")]
    lines, heavy = json.loads(line.removeprefix("FRAME"))
    assert heavy == []
    assert "缺 24" in lines[1]
    assert sum("待录" in line for line in lines) >= 10


def test_kitty_keys_are_off_unless_the_user_set_them():
    told = (
        "import os; from tui.opening import open_app; from pathlib import Path;"
        "open_app(park=Path('nowhere')); print(os.environ['TEXTUAL_DISABLE_KITTY_KEY'])"
    )
    for own, expected in (({}, "1"), ({"TEXTUAL_DISABLE_KITTY_KEY": "0"}, "0")):
        run = subprocess.run(
            [sys.executable, "-c", told], capture_output=True, text=True, check=True,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **own},
        )  # fmt: skip
        assert run.stdout.split()[-1] == expected


def test_garbage_is_looked_for_again_once_the_first_answer_is_given(program):
    told = (
        "import gc, threading; gc.disable(); from pathlib import Path; from tui.desk import Desk;"
        "done = threading.Event();"
        "desk = Desk(Path('.'), readonly=True, changed=print, lost=print);"
        "desk.start(); desk.ask('x', lambda session: session.park.id, lambda answer: None);"
        "desk.ask('y', lambda session: 1, lambda answer: (print(gc.isenabled()), done.set()));"
        "done.wait(20); desk.stop()"
    )
    run = subprocess.run(
        [sys.executable, "-c", told], cwd=program.folder, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True"]


def test_a_key_repaints_its_line_and_leaves_header_and_footer_alone(play):
    async def scene(pilot, app):
        drawn = []
        for kind in ("ParkHeader", "KeyFooter", "GridHead"):
            bar = app.screen.query_one(kind)
            bar.refresh = lambda *_, name=kind, **__: drawn.append(name)
        await pilot.press("down", "down", "up")
        await pilot.pause()
        moved = list(drawn)
        await pilot.press("1")  # other keys are in force while something is typed
        await pilot.pause()
        return moved, drawn

    moved, drawn = play(scene)
    assert moved == []
    assert set(drawn) == {"KeyFooter"}
