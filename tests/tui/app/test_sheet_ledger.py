"""The sheet and its ledger: readings of counters, tickets, locked months, drafts of another one."""

import asyncio
import time
from datetime import date

import pytest
from rich.cells import cell_len
from textual import events

from tui.daysheet.cells import Cell
from tui.daysheet.drafts import drafts_in, settle

EXPORT, RECEIVED = "incineration.export", "incineration.received"
DAY = date(2025, 3, 1)


def lines_of(app):
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


async def type_(pilot, text):
    for sign in text:
        key = {"\n": "enter", "\x1b": "escape"}.get(sign)
        pilot.app.post_message(events.Key(key or sign, None if key else sign))
    await pilot.pause()


def go(app, what):
    state = app.screen.state
    state.go([line.what for line in state.lines].index(what))
    app.screen.grid.follow()


def row(program, what, day="2025-03-01"):
    rows = program("sheet", "--day", day, "--json").json
    return next(item for item in rows if item["what"] == what)


def test_a_counter_is_due_as_its_reading_and_its_amount_stands_in_the_ledger(play, program):
    program("log", EXPORT, "99995.5", "--register", "--day", "2025-02-28")

    async def scene(pilot, app):
        go(app, EXPORT)
        await pilot.pause()
        app.screen.pressed()
        await pilot.pause()
        before = text_of(app)
        await type_(pilot, "5.5\n")
        if app.screen.state.prompt is not None:
            await type_(pilot, "1")
        await pilot.press("f9")
        await until(pilot, lambda: not app.screen.state.cells)
        return before

    before = play(scene, size=(120, 30))
    assert "99,995.5 on 2025-02-28" in before
    assert row(program, EXPORT)["state"] == "register"
    # from 99 995.5 over 100 000 to 5.5 are 10 of the counter, 21 MWh each
    said = row(program, EXPORT)
    assert (said["value"], said["unit"]) == (pytest.approx(210_000), "kWh")


def test_a_reading_that_went_back_is_refused_here_as_by_the_command(play, program):
    program("log", EXPORT, "60000", "--register", "--day", "2025-02-28")

    async def scene(pilot, app):
        go(app, EXPORT)
        await type_(pilot, "59000\n")
        return [item.code for item in app.screen.state.said]

    assert play(scene) == ["register-drop"]
    refused = program(
        "log", EXPORT, "59000", "--register", "--day", "2025-03-01", "--json", check=False
    )
    assert refused.codes == ["register-drop"]


def test_tickets_of_two_shifts_add_up_and_one_that_is_there_keeps_nothing_else_out(play, program):
    program("log", RECEIVED, "12.5", "--ticket", "A1", "--day", "2025-03-01")

    async def scene(pilot, app):
        go(app, RECEIVED)
        await type_(pilot, "+13\nA2\n+9\nA3\n")
        program("log", RECEIVED, "20", "--ticket", "A3", "--day", "2025-03-01")
        await until(pilot, lambda: len(app.screen.state.line.tickets) == 2)
        await type_(pilot, "\n1")  # few for a day that is over: all trucks are counted
        await type_(pilot, "7\n")
        other = [what for what in app.screen.state.cells if what != RECEIVED]
        if app.screen.state.prompt is not None:
            await type_(pilot, "1")
            other = [what for what in app.screen.state.cells if what != RECEIVED]
        await pilot.press("f9")
        await until(pilot, lambda: not app.screen.saving)
        await until(pilot, lambda: set(app.screen.state.cells) <= {RECEIVED})
        codes = [item.code for item in app.screen.state.said]
        left = app.screen.state.cells[RECEIVED].tickets
        await pilot.press("u")
        return other, codes, left

    other, codes, left = play(scene)
    assert codes == ["ticket-duplicate"]
    assert left == (("A2", "13"), ("A3", "9"))  # nothing of the line was lost, nothing doubled
    assert row(program, RECEIVED)["value"] == pytest.approx(32.5)
    assert row(program, other[0])["state"] == "value"


def test_a_locked_month_is_said_at_once_and_takes_no_key(play, program):
    program("log", RECEIVED, "1200", "--day", "2025-03-01")
    step = ("--period", "2025-03", "--facility", "incineration")
    program("submit", *step, "--by", "li")
    program("review", *step, "--approve", "--by", "wang")
    program("lock", *step, "--by", "wang", "--accept", "all", "--reason", "first month")

    async def scene(pilot, app):
        await until(pilot, lambda: app.screen.state.locks)
        go(app, RECEIVED)
        head = text_of(app)
        await type_(pilot, "5")
        typed = text_of(app)
        await pilot.press("escape", "f9")
        await pilot.pause()
        app.screen.grid.post_message(events.Paste("1\r\n2\r\n"))
        await pilot.pause()
        pasted = text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        what = app.screen.state.cells
        return head, typed, pasted, what

    head, typed, pasted, cells = play(scene)
    assert "locked: " in head
    assert "# locked" in head
    assert "2025-03 is locked" in typed
    assert "F3 to the month" in typed
    assert "m missing" not in typed.splitlines()[-1]
    assert "locked, left as it is" in pasted
    assert RECEIVED not in cells


def test_a_day_long_after_the_last_readings_leads_to_them(play, program):
    program("log", RECEIVED, "1200", "--day", "2025-03-01")

    async def scene(pilot, app):
        await until(pilot, lambda: app.screen.newest is not None)
        said = text_of(app)
        await pilot.press("g")
        await until(pilot, lambda: app.screen.state.lines[0].value)
        return said, app.day, app.screen.newest

    said, day, newest = play(scene, day=date(2026, 2, 1))
    assert "2025-03-01: g goes there" in said
    assert "g newest readings" in said.splitlines()[-1]
    assert (day, newest) == (DAY, None)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_footer_is_never_cut_within_a_key_and_keeps_help(play, lang):
    async def scene(pilot, app):
        found = [lines_of(app)[-1]]
        await type_(pilot, "1")
        found.append(lines_of(app)[-1])
        await type_(pilot, "200\n")
        found.append(lines_of(app)[-1])
        await type_(pilot, "m")
        found.append(lines_of(app)[-1])
        return found, app.words

    found, words = play(scene, lang=lang)
    for line in found:
        assert cell_len(line) == 80
        assert f"F1 {words.term('screen-help')}" in line
    assert words.term("key-undo") in found[2]
    assert words.term("key-undo") not in found[0]


def test_escape_at_once_after_a_paste_leaves_it_and_the_application_stands(play):
    async def scene(pilot, app):
        app.screen.grid.post_message(events.Paste("1\t2\r\n3\t4\r\n"))
        for _ in range(40):  # amid the making of the preview
            app.post_message(events.Key("escape", None))
            await asyncio.sleep(0.005)
        await pilot.pause()
        return text_of(app), app.screen.state.cells

    text, cells = play(scene)
    assert "due" in text
    assert cells == {}


def test_the_preview_counts_what_it_takes_and_says_what_it_replaces(play, program):
    program("log", RECEIVED, "1200", "--day", "2025-03-01")

    async def scene(pilot, app):
        await type_(pilot, "14\n")
        app.screen.state.go(0)
        app.screen.grid.post_message(events.Paste("1\r\n13\r\n"))
        await pilot.pause()
        preview = text_of(app)
        await pilot.press("escape")
        await pilot.pause()
        return preview, text_of(app)

    preview, after = play(scene)
    assert "Fit: 1" in preview
    assert "entered already, left as it is" in preview
    assert "replaces 14, typed and not saved" in preview
    assert "F9" not in preview  # no keys of the sheet behind it
    assert "Nothing was taken" in after


# --- whose drafts ---


def test_a_new_park_in_the_same_folder_sets_the_strangers_draft_aside_and_says_so(play, program):
    async def type_one(pilot, _):
        await type_(pilot, "1200\n")

    async def look(pilot, app):
        await pilot.pause()
        return text_of(app), dict(app.screen.state.cells)

    program("log", RECEIVED, "1200", "--day", "2025-02-27")
    play(type_one)
    for name in ("park.db", "park.db-wal", "park.db-shm", "park.toml"):
        (program.folder / name).unlink(missing_ok=True)
    program("init", ".", "--from", "two-facilities")
    program("log", RECEIVED, "1300", "--day", "2025-02-27")
    text, cells = play(look)
    assert cells == {}
    assert "set aside" in text
    assert "Resumed" not in text
    text, _ = play(look)  # said once
    assert "set aside" not in text


def test_drafts_follow_a_folder_that_is_moved_and_part_two_parks_of_one_id(tmp_path, program):
    program("log", RECEIVED, "1200", "--day", "2025-02-27")
    here, there = program.folder, tmp_path / "moved"
    drafts_in(tmp_path / "drafts", here, "two", "li").put(DAY, {"f": Cell("1")})
    here.rename(there)
    assert drafts_in(tmp_path / "drafts", there, "two", "li").read(DAY) == {"f": Cell("1")}
    here.mkdir()
    program("init", ".", "--from", "two-facilities")
    assert drafts_in(tmp_path / "drafts", here, "two", "li").read(DAY) == {}
    # a ledger that cannot be read is taken for the one that was there last
    drafts_in(tmp_path / "drafts", here, "two", "li").put(DAY, {"f": Cell("2")})
    (here / "park.db").rename(here / "away")
    assert drafts_in(tmp_path / "drafts", here, "two", "li").read(DAY) == {"f": Cell("2")}


def test_what_was_typed_before_the_ledger_has_a_name_is_kept_when_it_gets_one(program, tmp_path):
    hidden = (program.folder / "park.db").rename(program.folder / "away.db")
    own = drafts_in(tmp_path / "drafts", program.folder, "two", "li")
    own.put(DAY, {"f": Cell("1")})
    hidden.rename(program.folder / "park.db")
    after = settle(own, program.folder)
    assert after.read(DAY) == {"f": Cell("1")}
    assert after.ledger != own.ledger
    assert after.tell_aside() == ()
