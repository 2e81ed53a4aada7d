"""The day's sheet on the screen: typed, refused, confirmed, saved, shared and resumed."""

import errno
import time

import pytest
from rich.cells import cell_len
from textual import events


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


async def type_(pilot, text):
    """Characters as a terminal sends them, then what the screen makes of it."""
    for sign in text:
        key = {"\n": "enter", "\x1b": "escape"}.get(sign)
        pilot.app.post_message(events.Key(key or sign, None if key else sign))
    await pilot.pause()


def test_the_first_frame_names_what_is_due_before_the_ledger_is_open(play):
    async def scene(_, app):
        return text_of(app)

    text = play(scene, loaded=False)
    assert "Waste received" in text or "received" in text
    assert "0/24 entered" in text


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (60, 16)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_line_fills_the_screen_cell_by_cell(play, size, lang):
    async def scene(_, app):
        return lines_of(app)

    for line in play(scene, size=size, lang=lang):
        assert cell_len(line) == size[0]


def test_a_figure_is_typed_saved_and_stands_in_the_ledger(play, program):
    async def scene(pilot, app):
        what = app.screen.state.line.what
        await type_(pilot, "0.12万吨\n")
        assert "not saved: 1" in text_of(app)
        await pilot.press("f9")
        await until(pilot, lambda: not app.screen.state.cells)
        assert "Saved in the ledger: 1" in text_of(app)
        await until(pilot, lambda: any(x.state == "value" for x in app.screen.state.lines))
        return what

    what = play(scene)
    rows = program("sheet", "--day", "2025-03-01", "--json").json
    (row,) = [row for row in rows if row["what"] == what]
    assert row["value"] == pytest.approx(1200)


def test_the_checks_are_those_of_the_command_log(play, program):
    """A value that `log` refuses or doubts is refused or doubted here by the same code."""

    async def scene(pilot, app):
        what = app.screen.state.line.what
        said = []
        for typed in ("99999999", "12 kWh", "-5", "1,62", "12。5"):
            await type_(pilot, f"{typed}\n")
            said.append(app.screen.state.said[0].code)
            await type_(pilot, "\x1b")
        await type_(pilot, "11670\n")
        doubt = app.screen.state.prompt
        return what, said, [item.code for item in doubt.doubts] if doubt else said

    what, said, _ = play(scene)
    typed = ("99999999", "12 kWh", "-5", "1,62", "12。5")
    for text, code in zip(typed, said, strict=True):
        ended = program("log", what, text, "--day", "2025-03-01", "--json", check=False)
        assert ended.code == 1
        assert ended.codes == [code]


@pytest.mark.parametrize("count", [5, 10, 30])
def test_a_committed_chinese_phrase_arrives_whole(play, count):
    phrase = ("称重系统故障已经人工核对无误" * 3)[:count]

    async def scene(pilot, app):
        await type_(pilot, f"m{phrase}\n")
        (cell,) = app.screen.state.cells.values()
        return cell.cause

    assert play(scene) == phrase


def test_every_flow_of_the_day_with_two_keys_beyond_the_digits(play, program):
    async def scene(pilot, app):
        state, beyond = app.screen.state, 0
        for _ in state.lines:
            line = state.line
            typed = f"{line.expected or 1:.3g}"
            typed = typed if "e" not in typed else f"{float(typed):.0f}"
            await type_(pilot, typed + "\n")
            beyond += 1
            if state.prompt is not None:
                await type_(pilot, "1")
                beyond += 1
        assert state.done == len(state.lines)
        assert beyond <= 2 * len(state.lines)
        await pilot.press("f9")
        await until(pilot, lambda: not state.cells)
        return len(state.lines)

    count = play(scene, size=(140, 40))
    rows = program("sheet", "--day", "2025-03-01", "--json").json
    assert sum(row["state"] != "due" for row in rows) == count


def test_two_people_on_one_sheet_see_each_other(play, program):
    async def scene(pilot, app):
        state = app.screen.state
        mine, other = state.lines[0].what, state.lines[1].what
        await type_(pilot, "1200\n")
        program("log", mine, "1100", "--day", "2025-03-01", "--by", "day shift")
        await until(pilot, lambda: state.conflict(state.lines[0]))
        assert "conflict" in text_of(app)
        assert state.cells[mine].text == "1200"
        state.go(0)
        await type_(pilot, "c1")
        await pilot.press("f9")
        await until(pilot, lambda: state.lines[0].state == "corrected")
        return mine, other

    mine, _ = play(scene)
    (row,) = [
        row for row in program("sheet", "--day", "2025-03-01", "--json").json if row["what"] == mine
    ]
    assert (row["value"], row["state"]) == (1200, "corrected")


def test_a_draft_is_resumed_by_the_next_start_and_said(play):
    async def first(pilot, _):
        await type_(pilot, "1200\n")

    async def second(_, app):
        return text_of(app), [cell.text for cell in app.screen.state.cells.values()]

    play(first)
    text, cells = play(second)
    assert cells == ["1200"]
    assert "Resumed" in text


def test_the_language_changes_on_the_open_sheet(play):
    async def scene(pilot, app):
        await pilot.press("ctrl+l")
        await pilot.pause()
        return text_of(app)

    text = play(scene)
    assert "缺 24" in text
    assert "待录" in text
    assert "下一项" in text


def test_read_only_is_marked_and_takes_nothing(play):
    async def scene(pilot, app):
        await type_(pilot, "12")
        return text_of(app), app.screen.state.cells

    text, cells = play(scene, readonly=True)
    assert "[read-only]" in text
    assert "nothing can be entered" in text
    assert cells == {}


def test_a_paste_is_looked_at_taken_and_undone_with_one_key(play):
    async def scene(pilot, app):
        grid = app.screen.grid
        grid.post_message(events.Paste("1200\r\n\r\n12\r\n"))
        await pilot.pause()
        assert "Fit: 2" in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        state = app.screen.state
        taken = len(state.cells)
        await type_(pilot, "u")
        return taken, len(state.cells)

    assert play(scene) == (2, 0)


def test_a_lost_ledger_is_said_and_survived(play, program):
    async def scene(pilot, app):
        hidden = program.folder / "away.db"
        (program.folder / "park.db").rename(hidden)
        await until(pilot, lambda: "not reachable" in lines_of(app)[0])
        await type_(pilot, "1200\n")
        hidden.rename(program.folder / "park.db")
        await until(pilot, lambda: "not reachable" not in lines_of(app)[0])
        return len(app.screen.state.cells)

    assert play(scene) == 1


def test_help_finds_a_key_by_a_word(play):
    async def scene(pilot, app):
        await pilot.press("f1")
        await pilot.pause()
        await type_(pilot, "undo")
        found = text_of(app)
        await pilot.press("escape")
        await pilot.pause()
        return found, text_of(app)

    found, after = play(scene)
    assert "undo" in found
    assert "read-only" not in found
    assert "due" in after


def test_the_palette_changes_the_theme(play):
    async def scene(pilot, app):
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        await type_(pilot, "every eye")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.3)
        return app.theme

    assert play(scene) == "parkflow-safe"


def test_a_click_moves_the_cursor_and_the_window_may_shrink(play):
    async def scene(pilot, app):
        await pilot.click("EntryGrid", offset=(5, 3))
        await pilot.pause()
        at = app.screen.state.at
        await pilot.resize_terminal(60, 14)
        await pilot.pause()
        return at, lines_of(app)

    at, lines = play(scene, size=(120, 30))
    assert at == 2
    assert {cell_len(line) for line in lines} == {60}


def test_an_undone_paste_is_gone_from_every_line_of_the_screen(play):
    async def scene(pilot, app):
        app.screen.grid.post_message(events.Paste("1211\r\n12.25\r\n"))
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        taken = text_of(app)
        await pilot.press("u")
        await pilot.pause()
        return taken, text_of(app)

    taken, undone = play(scene)
    assert "1,211" in taken
    assert "12.25" in taken
    assert "1,211" not in undone
    assert "12.25" not in undone


@pytest.mark.parametrize("keys", ["1201", "11670\n"])
def test_who_leaves_amid_a_figure_or_its_question_finds_it_again(play, keys):
    async def first(pilot, _):
        await type_(pilot, keys)
        await pilot.press("f10")

    async def second(_, app):
        return [(cell.text, cell.state) for cell in app.screen.state.cells.values()]

    play(first)
    ((text, _),) = play(second)
    assert text == keys.strip()


def test_who_would_lose_figures_by_leaving_is_told_first(play, monkeypatch):
    """The drafts' disk is full, and nothing is saved: F10 asks, and goes the second time."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    async def scene(pilot, app):
        monkeypatch.setattr("tui.daysheet.drafts.os.write", full)
        await pilot.press("1", "6", "0", "0", "enter")
        await pilot.pause()
        warned = "\n".join(lines_of(app))
        await pilot.press("f10")
        await pilot.pause()
        asked, still = "\n".join(lines_of(app)), app.is_running
        await pilot.press("f10")
        return warned, asked, still, app._exit

    warned, asked, still, left = play(scene)
    assert "the disk is full" in warned
    assert "not kept as a draft" in asked
    assert (still, left) == (True, True)


def test_f9_saves_the_other_lines_where_one_figure_is_refused(play, program):
    async def scene(pilot, app):
        await pilot.press("1", "6", "0", "0", "enter")
        await pilot.press("1", "2", ",", "3", "f9")
        await until(pilot, lambda: not app.screen.state.cells)
        return "\n".join(lines_of(app)), app.screen.state.typing

    text, typing = play(scene)
    assert "Saved in the ledger: 1." in text
    assert typing == "12,3"
    rows = program("sheet", "--day", "2025-03-01", "--json").json
    assert sum(row["state"] == "value" for row in rows) == 1


def test_esc_and_a_digit_in_one_read_are_esc_and_the_digit(play):
    async def scene(pilot, app):
        await pilot.press("1", "3")
        await pilot.press("alt+7")
        await pilot.pause()
        return app.screen.state.typing

    assert play(scene) == "7"
