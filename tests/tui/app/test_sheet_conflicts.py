"""Two people typed one line: whose figure stands is seen on the line and chosen by one key."""

from __future__ import annotations

import asyncio
import time
from datetime import date

import pytest
from rich.cells import cell_len
from textual import events

from flows.findings import finding
from reports.words import Words
from tui.daysheet.cells import Line, Verdict
from tui.daysheet.state import SheetState
from tui.daysheet.text import below, columns, counter, detail, spans, texts
from tui.screens.sheetkeys import keys_now

DAY = date(2025, 3, 1)
RECEIVED = "incineration.received"


def sheet(*lines):
    state = SheetState(lines)
    state.judge = lambda what, text, way="amount": Verdict("value", float(text))  # noqa: ARG005  the checks' signature
    state.at = 0
    return state


def press(state, keys):
    named = {"\n": "enter", "\x1b": "escape", "\x7f": "backspace"}
    for key in keys:
        state.press(named.get(key, key), None if key in named else key)
    return state


def typed_and_theirs(value=1100.0, lines=("f", "g"), **about):
    """Every line typed as 1200 here, and saved by li meanwhile."""
    state = press(sheet(*(Line(what, unit="t") for what in lines)), "1200\n" * len(lines))
    about = {"state": "value", "numbers": (41,)} | about
    state.merge(Line(what, unit="t", value=value, **about) for what in lines)
    state.authors = dict.fromkeys(lines, "li")
    state.go(0)
    return state


def shown(state, **about):
    return [key.shown for key in keys_now(state, **({"newest": False, "today": False} | about))]


def drawn(state, words, room=78):
    """The cursor's line as the grid puts its cells together."""
    rows = [texts(state, line, words) for line in state.lines]
    return [text for _, text in spans(rows[state.at], columns(rows, words, room))]


@pytest.mark.parametrize(
    ("lang", "theirs", "mark"),
    [("en", "li saved 1,100 t", "* conflict"), ("zh", "li 已存 1,100 t", "* 冲突")],
)
def test_the_line_has_the_others_name_and_figure_beside_mine(lang, theirs, mark):
    words = Words(lang)
    line = {"names": {"zh": "焚烧一厂进厂生活垃圾", "en": "Furnace 1: household waste"}}
    state = typed_and_theirs(yesterday=1358.4, low=674.0, high=2020.0, **line)
    found = drawn(state, words)
    assert found[1:] == [theirs, "1,200", mark]
    assert theirs in detail(state, words)
    assert cell_len(detail(state, words).partition(theirs)[0]) < 40


@pytest.mark.parametrize(
    ("about", "says"),
    [
        ({"state": "missing", "value": None}, "li saved missing"),
        ({"state": "zero", "value": 0.0}, "li saved 0 t"),
    ],
)
def test_what_the_other_said_in_place_of_a_figure_is_told_in_words(about, says):
    state = typed_and_theirs(**about, yesterday=1358.4, low=674.0, high=2020.0)
    assert says in drawn(state, Words("en"))


def test_x_takes_theirs_and_leads_to_the_next_one_and_u_brings_mine_back():
    state = typed_and_theirs()
    assert shown(state)[:4] == ["Enter", "c", "x", "F9"]
    press(state, "x")
    assert (state.cells.keys(), state.at) == ({"g"}, 1)
    press(state, "u")
    assert (state.cells["f"].text, state.at) == ("1200", 0)
    assert state.conflict(state.lines[0])


def test_c_keeps_mine_with_a_reason_and_leads_to_the_next_one():
    state = press(typed_and_theirs(), "c1")
    assert (state.cells["f"].corrects, state.cells["f"].reason) == (41, "correct-misread")
    assert state.at == 1
    assert state.savable().keys() == {"f"}


def test_x_where_nobody_else_saved_anything_takes_nothing_away():
    state = press(sheet(Line("f", unit="t"), Line("g")), "5\n")
    state.go(0)
    press(state, "x")
    assert (state.cells["f"].text, state.told.term) == ("5", "sheet-no-conflict")


def test_of_several_tickets_only_theirs_can_be_taken():
    state = typed_and_theirs(numbers=(41, 42))
    assert shown(state)[:3] == ["Enter", "x", "F9"]
    assert "x takes theirs" in below(state, Words("en"), {})[-1]


def test_f9_with_only_conflicts_left_leads_to_the_first_and_says_what_to_do():
    state = typed_and_theirs()
    state.go(1)
    state.nothing_to_save()
    said = "\n".join(below(state, Words("en"), {}))
    assert state.at == 1  # the nearest from here on
    assert "somebody else saved 2" in said
    assert "c keeps yours" in said
    assert "x takes theirs" in said
    assert "conflicts: 2" in counter(state, Words("en"))


def test_f9_with_only_doubts_left_leads_to_one_of_them():
    state = sheet(Line("f"), Line("g"), Line("h"))
    doubt = finding("entry-unlikely", "g", value=9.0)
    state.judge = lambda *_: Verdict("value", 9.0, (doubt,))
    state.put_all({"g": "9"})
    state.nothing_to_save()
    assert (state.at, state.told.term) == (1, "sheet-only-looks")


def lines_of(app):
    return ["".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()]  # fmt: skip


async def until(pilot, true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "\n".join(lines_of(pilot.app))
        await pilot.pause(0.02)
    await pilot.pause()


async def type_(pilot, text):
    for sign in text:
        key = "enter" if sign == "\n" else None
        pilot.app.post_message(events.Key(key or sign, None if key else sign))
    await pilot.pause()


@pytest.mark.parametrize(
    ("key", "value", "state"), [("c1", 1200, "corrected"), ("x", 1100, "value")]
)
def test_a_conflict_is_settled_on_the_open_sheet(play, program, key, value, state):
    async def scene(pilot, app):
        sheet = app.screen.state
        await type_(pilot, "1200\n13\n")
        program("log", RECEIVED, "1100", "--day", "2025-03-01", "--by", "day shift")
        await until(pilot, lambda: "day shift saved 1,100 t" in "\n".join(lines_of(app)))
        row = next(line for line in lines_of(app) if "day shift" in line)
        await pilot.press("f9")
        await until(pilot, lambda: len(sheet.cells) == 1)
        await asyncio.sleep(0.1)
        await until(pilot, lambda: "Saved in the ledger: 1" in "\n".join(lines_of(app)))
        await pilot.press("f9")
        await pilot.pause()
        said = "\n".join(lines_of(app))
        await type_(pilot, key)
        await pilot.press("f9")
        await until(pilot, lambda: not sheet.cells)
        return row, said

    row, said = play(scene)
    assert "1,200 * conflict" in row
    assert "x takes theirs" in said
    rows = program("sheet", "--day", "2025-03-01", "--json").json
    (found,) = [item for item in rows if item["what"] == RECEIVED]
    assert (found["value"], found["state"]) == (value, state)


def bar(program, names):
    path = program.folder / "park.toml"
    path.write_text(path.read_text("utf-8") + f"\n[roles]\nenter = {names}\n", "utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_does_not_enter_here_is_told_at_the_first_digit(play, program, lang):
    bar(program, '["li", "王工"]')

    async def scene(pilot, app):
        await until(pilot, lambda: app.screen.state.barred is not None)
        footer = lines_of(app)[-1]
        await type_(pilot, "1")
        return footer, "\n".join(lines_of(app)), app.screen.state.typing, app.words

    footer, said, typing, words = play(scene, lang=lang)
    assert typing is None
    assert "王工" in said
    for term in ("key-save", "key-missing"):
        assert words.term(term) not in footer


def test_who_enters_here_is_let_in_by_name(play, program):
    bar(program, '["Night Shift"]')

    async def scene(pilot, app):
        await type_(pilot, "1200\n")
        await pilot.press("f9")
        await until(pilot, lambda: not app.screen.state.cells)
        return app.screen.state.barred

    assert play(scene) is None


def test_who_may_not_enter_can_paste_nothing_either(play, program):
    bar(program, '["li"]')

    async def scene(pilot, app):
        await until(pilot, lambda: app.screen.state.barred is not None)
        app.screen.grid.post_message(events.Paste("1\r\n2\r\n"))
        await pilot.pause()
        return "\n".join(lines_of(app)), app.screen.state.cells

    said, cells = play(scene)
    assert "enter readings" in said
    assert cells == {}


def test_f9_amid_the_words_of_a_note_takes_them_and_saves(play, program):
    async def scene(pilot, app):
        await type_(pilot, "1200\n")
        app.screen.state.go(0)
        await type_(pilot, "n两车同到")
        await pilot.press("f9")
        await until(pilot, lambda: not app.screen.state.cells)

    play(scene)
    rows = program("sheet", "--day", "2025-03-01", "--json").json
    assert "两车同到" in next(row["note"] for row in rows if row["what"] == RECEIVED)


@pytest.mark.parametrize(
    ("by", "theirs"),
    [
        ("Wang Jianguo (night shift leader)", "Wang Jianguo (n… saved 1,100 t"),
        ("王建国（夜班第一班组班长）", "王建国（夜班第 … saved 1,100 t"),
    ],
)
def test_a_long_name_is_cut_and_the_figure_is_not(by, theirs):
    state = typed_and_theirs(yesterday=1358.4, low=674.0, high=2020.0)
    state.authors = {"f": by}
    assert drawn(state, Words("en"))[1] == theirs


def test_the_head_leaves_the_weekday_out_before_it_cuts_what_wants_a_choice(play, program):
    async def scene(pilot, app):
        await type_(pilot, "1200\n13\n")
        program("log", RECEIVED, "1100", "--day", "2025-03-01", "--by", "day shift")
        await until(pilot, lambda: app.screen.state.conflicts)
        await pilot.resize_terminal(66, 24)
        await pilot.pause(0.05)
        narrow = lines_of(app)[1]
        await pilot.resize_terminal(120, 24)
        await pilot.pause(0.05)
        return narrow, lines_of(app)[1]

    narrow, wide = play(scene)
    assert "Saturday" not in narrow
    assert "Saturday" in wide
    for head in (narrow, wide):
        assert "conflicts: 1" in head
