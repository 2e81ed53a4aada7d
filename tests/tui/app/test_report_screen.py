"""The report on the screen: made stage by stage, listed, opened where there is a browser."""

import os
import re
import shutil
import time
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from flows.errors import Refused
from reports.words import Words
from tui.reporting import building as reporting
from tui.reporting.building import STAGES, write_report
from tui.reporting.files import open_page, opener, report_folder, report_name, reports_in
from tui.reporting.text import Stages, span_of, span_step, stage_lines
from tui.session import Session

NAME = "report-2025-03-en-2.html"


def lines_of(app):
    """The screen's lines as text."""
    return ["".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()]  # fmt: skip


def text_of(app):
    return "\n".join(lines_of(app))


async def until(pilot, true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, text_of(pilot.app)
        await pilot.pause(0.02)
    await pilot.pause()


@pytest.fixture
def folder(demo, tmp_path):
    """The demonstration of two facilities, to be written to."""
    shutil.copytree(demo.folder, tmp_path / "demo")
    return tmp_path / "demo"


@pytest.fixture
def no_window(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)


def opened(play, folder, scene, **setup):
    play.folder = folder

    async def start(pilot, app):
        await pilot.press("f7")
        await until(pilot, lambda: "Report of" in text_of(app) or "报告" in text_of(app))
        return await scene(pilot, app)

    return play(start, **setup)


def test_a_report_is_made_in_stages_and_stands_in_the_list(play, folder):
    reached = []

    async def scene(pilot, app):
        screen = app.screen
        tell = screen._tell
        screen._tell = lambda: reached.append(screen.stages.now) or tell()
        await pilot.press("m")
        assert screen.stages.running or screen.stages.done
        await until(pilot, lambda: "The report of 2025-03 lies in" in text_of(app))
        assert NAME in text_of(app)
        return screen.query_one("Table").key

    path = Path(opened(play, folder, scene, size=(140, 40)))
    assert path == folder / "reports" / NAME
    assert "<html" in path.read_text("utf-8")[:200]
    stages = [item for item in dict.fromkeys(reached) if item]
    assert stages == ["open", *STAGES]


def test_the_report_is_the_one_of_the_command(play, folder, in_folder, tmp_path):
    async def scene(pilot, app):
        await pilot.press("m")
        await until(pilot, lambda: NAME in text_of(app))

    opened(play, folder, scene)
    home = tmp_path / "other-home"
    home.mkdir()
    in_folder(folder, home)("report", "--period", "2025-03", "--out", "by-command.html")

    def page(path):
        return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d \(Asia/", "made", path.read_text("utf-8"))

    assert page(folder / "reports" / NAME) == page(folder / "by-command.html")


@pytest.mark.usefixtures("no_window")
def test_page_and_list_tell_one_time_of_the_park_wherever_the_program_runs(
    play, folder, in_folder, monkeypatch
):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        page = folder / "reports" / NAME
        page.parent.mkdir()
        program = in_folder(folder, folder.parent)
        program("report", "--period", "2025-03", "--lang", "en", "--out", str(page))
        said = re.search(r"Made</dt><dd>([^<]+) \(Asia/Shanghai\)<", page.read_text())
        written = datetime.fromtimestamp(page.stat().st_mtime, ZoneInfo("Asia/Shanghai"))
        assert said is not None
        assert said[1] == f"{written:%Y-%m-%d %H:%M}"

        async def scene(pilot, app):
            await until(pilot, lambda: NAME in text_of(app))
            return text_of(app)

        shown = opened(play, folder, scene)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "Made (Shanghai)" in shown
    assert said[1] in shown


def test_without_a_browser_it_says_where_the_file_lies(play, folder):
    async def scene(pilot, app):
        await pilot.press("home", "o")
        await until(pilot, lambda: "no browser here" in text_of(app))
        assert app.screen.query_one("Table").key in text_of(app).replace("\n", "").replace("  ", "")

    opened(play, folder, scene, size=(240, 40))


def test_enter_hands_the_page_to_the_browser(play, folder, tmp_path, monkeypatch):
    handed = tmp_path / "handed"
    script = tmp_path / "bin" / "xdg-open"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\necho noise\necho "$1" > {handed}\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.delenv("WSL_DISTRO_NAME", raising=False)

    async def scene(pilot, app):
        key = app.screen.query_one("Table").key
        await pilot.press("enter")
        await until(pilot, lambda: "Handed to the browser" in text_of(app))
        assert "noise" not in text_of(app)
        return key

    assert opened(play, folder, scene) == handed.read_text().strip()


def test_escape_stops_a_report_and_nothing_is_written(play, folder, monkeypatch):
    write = reporting.write_report

    def slowly(park, period, out, language, *, progress):
        def slow(stage):
            time.sleep(0.3)
            progress(stage)

        return write(park, period, out, language, progress=slow)

    monkeypatch.setattr(reporting, "write_report", slowly)

    async def scene(pilot, app):
        await pilot.press("m", "escape")
        await until(pilot, lambda: "Stopped; no report of 2025-03" in text_of(app))
        await pilot.pause(1.0)
        assert "Stopped" in text_of(app)
        assert not app.screen.stages.running

    opened(play, folder, scene)
    assert not (folder / "reports").exists()


def test_where_the_park_takes_no_files_the_folder_of_the_user_does(play, folder, tmp_path):
    (folder / "reports").write_text("a file where a folder is wanted")

    async def scene(pilot, app):
        await pilot.press("m")
        await until(pilot, lambda: "lies in" in text_of(app))
        return app.screen.query_one("Table").key

    own = tmp_path / "reports" / "two-facilities" / NAME
    assert opened(play, folder, scene, size=(140, 40)) == str(own)


def test_why_it_could_not_be_made_stands_in_words(play, folder):
    async def scene(pilot, app):
        for end in ("", "-wal", "-shm"):
            (folder / f"park.db{end}").unlink(missing_ok=True)
        await pilot.press("m")
        await until(pilot, lambda: "[!] open the park and its ledger" in text_of(app))
        await until(pilot, lambda: "Error: " in text_of(app))
        return app.screen.refused.findings[0].code

    assert opened(play, folder, scene, size=(140, 40)) == "ledger-missing"


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_line_fills_the_screen_cell_by_cell(play, folder, size, lang):
    async def scene(pilot, app):
        before = lines_of(app)
        app.screen.stages = Stages(running=True).at("findings")
        app.screen.relabel()
        await pilot.pause()
        return before + lines_of(app)

    for line in opened(play, folder, scene, size=size, lang=lang):
        assert cell_len(line) == size[0]


def test_the_period_may_be_a_quarter_or_a_year_and_is_stepped(play, folder):
    async def scene(pilot, app):
        seen = []
        for key in ("less_than_sign", "p", "p", "greater_than_sign", "p"):
            await pilot.press(key)
            seen.append(app.screen.span)
        return seen

    seen = opened(play, folder, scene)
    assert seen == ["2025-02", "2025-Q1", "2025", "2026", "2026-01"]


def test_read_only_a_report_may_be_made(play, folder):
    async def scene(pilot, app):
        await pilot.press("m")
        await until(pilot, lambda: NAME in text_of(app))

    ledger = (folder / "park.db").read_bytes()
    opened(play, folder, scene, readonly=True)
    assert (folder / "park.db").read_bytes() == ledger


def test_stages_are_told_in_order_and_what_listens_can_end_the_work(demo, tmp_path):
    class EnoughError(Exception):
        pass

    told = []

    def progress(stage):
        told.append(stage)
        if stage == "page":
            raise EnoughError

    with Session.open(demo.folder, readonly=True) as session, pytest.raises(EnoughError):
        write_report(session, "2025-03", tmp_path / "x.html", "en", progress=progress)
    assert told == list(STAGES[:-1])
    assert list(tmp_path.glob("*.html")) == []


def test_a_stage_that_failed_is_marked_and_those_after_it_are_open():
    lines = stage_lines(Stages(running=True).at("findings").ended(failed=True), Words("en"))
    assert [line[:3] for line in lines] == ["[x]"] * 4 + ["[!]"] + ["[ ]"] * 2
    assert stage_lines(Stages(), Words("en")) == []


@pytest.mark.parametrize(
    ("span", "before", "after"),
    [
        ("2025-01", "2024-12", "2025-02"),
        ("2025-Q1", "2024-Q4", "2025-Q2"),
        ("2025", "2024", "2026"),
    ],
)
def test_periods_are_stepped_by_their_own_length(span, before, after):
    assert (span_step(span, -1), span_step(span, 1)) == (before, after)


def test_a_day_lies_in_its_month_quarter_and_year():
    day = date(2025, 10, 1)
    found = [span_of(day, length) for length in ("month", "quarter", "year")]
    assert found == ["2025-10", "2025-Q4", "2025"]


def test_reports_are_listed_newest_first_with_what_their_names_say(tmp_path):
    names = ("report.html", "report-2025.html", report_name("2025-Q1", "zh", 7), "other.html")
    for at, name in enumerate(names):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (at, at))
    found = reports_in([tmp_path, tmp_path / "not there"])
    assert [(item.period, item.lang, item.seq) for item in found] == [
        ("2025-Q1", "zh", 7), ("2025", "", 0), ("", "", 0),
    ]  # fmt: skip


def test_a_folder_that_takes_no_files_is_passed_over(tmp_path):
    (tmp_path / "park").mkdir()
    (tmp_path / "park" / "reports").write_text("a file")
    other = tmp_path / "own" / "reports"
    assert report_folder(tmp_path / "park", [other]) == other
    with pytest.raises(Refused) as refused:
        report_folder(tmp_path / "park", [])
    assert [item.code for item in refused.value.findings] == ["file-unwritable"]


@pytest.mark.parametrize(
    ("environment", "platform", "there", "wanted"),
    [
        ({}, "linux", {"xdg-open", "gio"}, ()),
        ({"DISPLAY": ":0"}, "linux", {"xdg-open"}, ("xdg-open",)),
        ({"WAYLAND_DISPLAY": "w"}, "linux", {"gio"}, ("gio", "open")),
        ({"DISPLAY": ":0"}, "linux", {"lynx", "w3m"}, ()),
        ({"WSL_DISTRO_NAME": "u"}, "linux", {"wslview"}, ("wslview",)),
        ({}, "darwin", {"open"}, ("open",)),
        ({}, "win32", {"explorer"}, ("explorer",)),
    ],
)
def test_only_what_opens_a_window_of_its_own_is_a_browser(environment, platform, there, wanted):
    assert opener(environment, platform, lambda name: name if name in there else None) == wanted


def test_nothing_takes_a_page_where_there_is_no_window(tmp_path):
    assert not open_page(tmp_path / "x.html", {})
