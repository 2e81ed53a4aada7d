"""From the first figure of a day to the locked month: a slip, a correction, a suspect, a report."""

import shutil
import time
from datetime import date

import pytest
from rich.cells import cell_len
from textual import events

from tui.daysheet.drafts import drafts_in
from tui.daysheet.glance import glance

DAY = date(2025, 3, 1)


def lines_of(app):
    return ["".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()]  # fmt: skip


def text_of(app):
    return "\n".join(lines_of(app))


async def until(pilot, true, seconds=40.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, text_of(pilot.app)
        await pilot.pause(0.02)
    await pilot.pause()


async def shows(pilot, text):
    await until(pilot, lambda: text in text_of(pilot.app))


class Hands:
    """Types, and counts what is pressed beside the digits of figures."""

    def __init__(self, pilot):
        self.pilot = pilot
        self.beyond = 0

    async def figure(self, text):
        for sign in text:
            self.pilot.app.post_message(events.Key(sign, sign))
        await self.pilot.pause()

    async def press(self, *keys):
        self.beyond += len(keys)
        await self.pilot.press(*keys)
        await self.pilot.pause()


@pytest.fixture(scope="session")
def whole(tmp_path_factory, in_folder):
    """A fresh park of all plants; copied, never written."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "home").mkdir()
    in_folder(folder, folder / "home")("init", folder / "park", "--from", "chaoyang")
    return folder / "park"


@pytest.fixture
def park(whole, play, tmp_path, in_folder):
    """The program in a copy of the whole park, which `play` opens."""
    shutil.copytree(whole, tmp_path / "whole")
    play.folder = tmp_path / "whole"
    return in_folder(tmp_path / "whole", tmp_path / "home")


def test_sixty_flows_of_a_day_are_logged_with_a_slip_caught_and_one_corrected(play, park):
    async def scene(pilot, app):
        hands, state = Hands(pilot), app.screen.state
        typed = {}
        while len(typed) < 60:
            line = state.line
            figure = f"{line.expected or 1:.3g}"
            figure = figure if "e" not in figure else f"{float(figure):.0f}"
            if not typed:  # a digit too many
                await hands.figure(f"{figure}0")
                await hands.press("enter")
                slip = [item.code for item in state.said]
                await hands.press("escape")
                while state.typing is not None:
                    await hands.press("escape")
                assert not state.cells
            # with its unit it is the amount, where a bare figure is what the counter shows
            await hands.figure(f"{figure}{line.unit}" if line.counter else figure)
            await hands.press("enter")
            if state.prompt is not None:
                await hands.press("1")
            typed[line.what] = float(figure)
        await hands.press("f9")
        await until(pilot, lambda: not state.cells)
        logged = hands.beyond
        # what was saved is corrected with its reason, never typed over
        await until(pilot, lambda: state.lines[0].state == "value")
        await hands.press("home", "c")
        first = state.line.what
        await hands.figure(f"{typed[first] * 0.98:.0f}")
        await hands.press("enter", "1", "f9")
        await until(pilot, lambda: state.lines[0].state == "corrected")
        return typed, slip, logged, first

    typed, slip, logged, first = play(scene)
    assert slip == ["entry-impossible"]
    assert logged < 200 / 60 * len(typed)
    assert logged <= 2 * len(typed) + 4  # the slip's own keys and F9
    rows = {row["what"]: row for row in park("sheet", "--day", "2025-03-01", "--json").json}
    assert sum(row["state"] in {"value", "zero", "corrected"} for row in rows.values()) == 60
    assert rows[first]["state"] == "corrected"
    others = [what for what in typed if what != first]
    assert [rows[what]["value"] for what in others] == pytest.approx([typed[x] for x in others])


def test_a_months_sheet_of_sixty_flows_is_pasted_and_each_day_keeps_its_own(play, park, tmp_path):
    """31 x 60 as a spreadsheet puts it on the clipboard: names above, days down."""

    async def scene(pilot, app):
        state = app.screen.state
        lines = state.lines[:60]
        head = ["日期", *(f"{line.names['zh']}({line.unit})" for line in lines)]
        figures = [f"{line.expected or 1:.4g}" for line in lines]
        figures = [text if "e" not in text else f"{float(text):.0f}" for text in figures]
        rows = [[f"2025-03-{day:02d}", *figures] for day in range(1, 32)]
        text = "\r\n".join("\t".join(row) for row in [head, *rows])
        app.screen.grid.post_message(events.Paste(text))
        await until(pilot, lambda: app.screen.query("#paste-summary"))
        preview = text_of(app)
        assert {cell_len(line) for line in lines_of(app)} == {80}
        await pilot.press("enter")
        await until(pilot, lambda: state.cells)
        here = set(state.cells)
        await pilot.press("u")
        await pilot.pause()
        undone = len(state.cells)
        return preview, here, {line.what for line in lines}, undone

    preview, here, wanted, undone = play(scene)
    assert str(31 * 60) in preview.replace(",", "")
    assert here == wanted
    assert undone == 0
    drafts = drafts_in(tmp_path / "drafts", park.folder, glance(park.folder).id, "night shift")
    assert {len(drafts.read(date(2025, 3, day))) for day in range(1, 32)} == {0}


def whole_screen(app):
    """What stands on it: 80 by 24, with day and person."""
    lines = lines_of(app)
    assert {cell_len(line) for line in lines} == {80}
    assert "2025-03-14" in lines[0]
    assert "夜班" in lines[0]
    assert len(lines) == 24
    return "\n".join(lines)


async def month(pilot, app):
    """The first facility's month on the calendar."""
    await pilot.press("f3")
    await until(pilot, lambda: getattr(app.screen, "standing", None) is not None)
    await pilot.press("down", "enter")
    await shows(pilot, "2025-03-01")


async def submitted(pilot, app):
    await month(pilot, app)
    await shows(pilot, "s 提交：可")
    await pilot.press("s")
    await shows(pilot, "的数据提交审核")
    await pilot.press("enter")
    await shows(pilot, "a 审核通过：须由他人审核")


async def locked(pilot, app):
    await month(pilot, app)
    await shows(pilot, "a 审核通过：可")
    await pilot.press("a")
    await pilot.pause(0.3)
    await pilot.press("y")
    await shows(pilot, "k 锁定：可")
    await pilot.press("k")
    await pilot.pause(0.3)
    await pilot.press("enter")
    await shows(pilot, "o 解锁：可")


def at(name):
    """Somebody's terminal, in the middle of March."""
    return {"lang": "zh", "user": name, "by": name, "day": date(2025, 3, 14)}


def test_one_shift_walks_from_sheet_to_suspect_to_report_and_the_month_is_closed(
    play, demo, tmp_path
):
    """Function keys alone lead round; every screen fills 80 by 24 and keeps day and person."""
    shutil.copytree(demo.folder, tmp_path / "demo")
    play.folder = tmp_path / "demo"
    seen = {}

    async def keep(pilot, name):
        seen[name] = whole_screen(pilot.app)

    async def scene(pilot, app):
        await keep(pilot, "sheet")
        await pilot.press("f4")
        await until(pilot, lambda: getattr(app.screen, "doubts", None))
        codes = [item.code for item in app.screen.doubts]
        app.screen.table.go(f"doubt:{codes.index('meter-suspect')}")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.way)
        suspect = app.screen.way[-1]
        await keep(pilot, "balance")
        await pilot.press("f5")
        await pilot.pause(1.0)
        await keep(pilot, "chains")
        await pilot.press("f6")
        await until(
            pilot, lambda: getattr(app.screen, "found", None) and not app.screen.loading_month
        )
        assert "meter-suspect" in {item.finding.code for item in app.screen.found.entries}
        await keep(pilot, "findings")
        await pilot.press("f3")
        await until(pilot, lambda: getattr(app.screen, "standing", None) is not None)
        await keep(pilot, "calendar")
        await pilot.press("f7")
        await shows(pilot, "报告")
        await pilot.press("m")
        await until(pilot, lambda: list((play.folder / "reports").glob("*2025-03*.html")))
        await until(pilot, lambda: not app.screen.stages.running)
        await keep(pilot, "report")
        await pilot.press("f1")
        await pilot.pause(0.2)
        await keep(pilot, "help")
        await pilot.press("f2")
        await pilot.pause(0.2)
        assert app.day == date(2025, 3, 14)
        assert app.screen.state.judge is not None
        return suspect

    suspect = play(scene, **at("夜班"))

    play(submitted, **at("夜班"))
    play(locked, **at("站长"))
    found = demo("findings", "--period", "2025-03", "--json").json
    assert suspect in {item["where"] for item in found if item["code"] == "meter-suspect"}
    (page,) = (play.folder / "reports").glob("*.html")
    assert suspect in page.read_text("utf-8")
    assert len(set(seen.values())) == 7
    (cell, *_) = demo("status", "--period", "2025-03", "--json", "--park", play.folder).json
    assert (cell["state"], cell["locked_by"]) == ("locked", "站长")


def test_the_palette_does_what_a_key_of_the_screen_does(play):
    async def scene(pilot, app):
        hands = Hands(pilot)
        await hands.figure("1200")
        await hands.press("enter", "ctrl+p")
        await pilot.pause(0.3)
        offered = text_of(app)
        await hands.figure("save")
        await pilot.pause(0.5)
        await hands.press("enter")
        await until(pilot, lambda: not app.screen.query("#--input") and not app.screen.state.cells)
        return offered, app.screen.state.told.term

    offered, told = play(scene)
    assert "save (F9)" in offered
    assert told == "sheet-saved"
