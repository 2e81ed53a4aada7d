"""The sheet in a real terminal: bytes of an input method, a bracketed paste, a killed process."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

TMUX = shutil.which("tmux")
pytestmark = pytest.mark.skipif(TMUX is None, reason="no tmux to be a terminal")

PROGRAM = "import sys; sys.argv[0] = 'parkflow'; from tui.entrance import main; main()"
PHRASE = "称重系统故障，已人工核对无误；司机晚到，按联单补录，交接班时再看"


class Pane:
    """The application in a terminal of its own, 80 by 24."""

    def __init__(self, folder, home, *words):
        self.socket = home / f"tmux-{time.monotonic_ns()}"
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "PARKFLOW_LANG": "en", "LANG": "C.UTF-8",
            "PARKFLOW_BY": "night shift", "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        command = ["env", "-C", str(folder), sys.executable, "-c", PROGRAM, *words]
        self.tmux("new-session", "-d", "-x", "80", "-y", "24", *command, env=environment)

    def tmux(self, *words, env=None):
        done = subprocess.run(
            [TMUX, "-u", "-S", str(self.socket), "-f", "/dev/null", *words],
            env=env, capture_output=True, text=True, encoding="utf-8", check=True,
        )  # fmt: skip
        return done.stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def until(self, text, seconds=40.0):
        end = time.monotonic() + seconds
        while text not in (shown := self.text()):
            assert time.monotonic() < end, shown
            time.sleep(0.05)

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def bytes(self, text):
        self.tmux("send-keys", "-l", text)

    def paste(self, text, path):
        path.write_text(text, "utf-8")
        self.tmux("load-buffer", str(path))
        self.tmux("paste-buffer", "-p")

    def kill(self):
        os.kill(int(self.tmux("display-message", "-p", "#{pane_pid}")), signal.SIGKILL)

    def close(self):
        subprocess.run(
            [TMUX, "-S", str(self.socket), "kill-server"], capture_output=True, check=False
        )


@pytest.fixture
def panes():
    """Opens panes, and closes all of them."""
    opened = []

    def opens(*about):
        opened.append(Pane(*about))
        return opened[-1]

    yield opens
    for pane in opened:
        pane.close()


def drafts(home):
    """Cells by day as the files have them."""
    found = {}
    for path in home.rglob("*.jsonl"):
        cells = {}
        for line in path.read_text("utf-8").splitlines():
            said = json.loads(line)
            cells[said["what"]] = said["cell"]
        found[path.stem] = {what: cell for what, cell in cells.items() if cell}
    return found


def test_phrases_of_an_input_method_arrive_whole_in_the_note(program, panes):
    pane = panes(program.folder, program.home, "--day", "2025-03-01")
    pane.until("0/24 entered")
    pane.until("F9 save")
    for count in (1, 2, 3):
        pane.keys("m")
        pane.until("Why is it missing?")
        pane.bytes("1")
        pane.until(f"not saved: {count}")
    pane.keys("Home")
    for count in (5, 10, 30):
        pane.keys("n")
        pane.until("Note:")
        pane.bytes(PHRASE[:count])  # one commit, its bytes in one write
        pane.until(PHRASE[:count][-3:])
        pane.keys("Enter")
        pane.until("F9 save")
        pane.keys("Down")
    (day,) = drafts(program.home).values()
    assert [cell["note"] for cell in day.values()] == [PHRASE[:5], PHRASE[:10], PHRASE[:30]]


def test_a_phrase_pasted_into_the_note_is_one_text(program, panes, tmp_path):
    pane = panes(program.folder, program.home, "--day", "2025-03-01")
    pane.until("F9 save")
    pane.bytes("m1")
    pane.until("not saved: 1")
    pane.keys("Home", "n")
    pane.until("Note:")
    pane.paste(PHRASE[:30], tmp_path / "buffer")
    pane.until(PHRASE[27:30])
    pane.keys("Enter")
    pane.until("F9 save")
    (day,) = drafts(program.home).values()
    (cell,) = day.values()
    assert cell["note"] == PHRASE[:30]


def test_a_months_sheet_through_bracketed_paste_and_one_undo(panes, tmp_path, in_folder):
    home = tmp_path / "home"
    home.mkdir()
    folder = tmp_path / "whole"
    in_folder(tmp_path, home)("init", folder, "--from", "chaoyang")
    whole = in_folder(folder, home)
    lines = whole("sheet", "--day", "2025-03-01", "--json").json[:60]
    rows = [["日期", *(line["what"] for line in lines)]]
    rows += [[f"2025-03-{day:02d}", *["1"] * 60] for day in range(1, 32)]
    text = "\r\n".join("\t".join(row) for row in rows) + "\r\n"
    pane = panes(folder, home, "--day", "2025-03-01")
    pane.until("F9 save")
    pane.until("Furnace plant 1")
    pane.paste(text, tmp_path / "buffer")
    pane.until("Pasted: 32 x 61. Fit: 1,860")
    pane.keys("Enter")
    pane.until("On other days: 30 days")
    assert {day: len(cells) for day, cells in drafts(home).items()} == {
        f"2025-03-{day:02d}": 60 for day in range(1, 32)
    }
    pane.keys("u")
    pane.until("Undone: 1,860 figures on 31 days")
    assert not any(drafts(home).values())


def test_killed_amid_typing_the_next_one_has_all_but_the_cell_in_hand(program, panes):
    pane = panes(program.folder, program.home, "--day", "2025-03-01")
    pane.until("F9 save")
    for count in (1, 2):
        pane.bytes("m1")
        pane.until(f"not saved: {count}")
    pane.bytes("77")
    pane.until("77")
    pane.kill()
    pane.close()
    pane = panes(program.folder, program.home, "--day", "2025-03-01")
    pane.until("Resumed from before: 2")
    assert "77" not in pane.text()
    pane.keys("F9")
    pane.until("Saved in the ledger: 2")
    rows = program("sheet", "--day", "2025-03-01", "--json").json
    assert [row["state"] for row in rows if row["state"] != "due"] == ["missing", "missing"]
    assert drafts(program.home) == {}
