"""A month closed on the screen by two people; what is refused is said in words."""

import shutil
import time
from datetime import date

import pytest
from rich.cells import cell_len

from flows.store.entry import Entry
from tui.entering import correct_entry, import_file
from tui.months import closing
from tui.session import Session

STEAM = "incineration.received"
MARCH = "2025-03"


def lines_of(app):
    return ["".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()]  # fmt: skip


def text_of(app):
    """The screen's text, or that of the frame on it, joined so that a folded sentence is found."""
    lines = [line.split("│")[1] if line.count("│") > 1 else line for line in lines_of(app)]
    return " ".join(" ".join(lines).split())


async def until(pilot, true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "\n".join(lines_of(pilot.app))
        await pilot.pause(0.02)
    await pilot.pause()


async def shows(pilot, text):
    await until(pilot, lambda: text in text_of(pilot.app))


async def calendar(pilot, *keys):
    """The calendar with its year and what may be done, then keys."""
    await pilot.press("f3")
    await until(pilot, lambda: getattr(pilot.app.screen, "standing", None) is not None)
    await pilot.press(*keys)
    await pilot.pause()


@pytest.fixture
def full(program, tmp_path):
    """March of both plants said to be missing throughout, but for waste received; by wang."""
    with Session.open(program.folder) as park:
        lines = ["what,day,value,unit,cause"]
        for what in park.park.tour:
            for day in range(1, 32):
                said = ("1600", "t") if what == STEAM else ("missing", "")
                lines.append(f"{what},2025-03-{day:02d},{said[0]},{said[1]},strike")
        path = tmp_path / "march.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        import_file(park, path, "wang")
    return program.folder


def wang(play, scene, **more):
    return play(scene, by="wang", user="wang", **more)


def li(play, scene, **more):
    return play(scene, by="li", user="li", **more)


def test_a_month_is_closed_by_two_people_and_then_takes_nothing(play, full):
    async def submitted(pilot, app):
        await calendar(pilot, "down", "enter")
        await shows(pilot, "s submit: yes")
        assert "Entered by wang." in text_of(app)
        await pilot.press("s")
        await shows(pilot, "Submit 2025-03 of")
        await pilot.press("enter")
        await shows(pilot, "submitted for review")
        await shows(pilot, "a approve: a second person must")
        await pilot.press("a")
        await shows(pilot, "a review needs a second person")

    async def locked(pilot, app):
        await calendar(pilot, "down", "enter")
        await shows(pilot, "a approve: yes")
        await pilot.press("a")
        await shows(pilot, "Your name stands in the ledger")
        await pilot.press("y")
        await shows(pilot, ": approved #")
        await shows(pilot, "k lock: yes")
        await pilot.press("k")
        await shows(pilot, "After that it takes no entry")
        await pilot.press("enter")
        await shows(pilot, ": locked #")
        await shows(pilot, "locked by li")
        assert "#" in lines_of(app)[4]
        await shows(pilot, "o reopen: yes")
        # the sheet of a day in it says why it takes nothing
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.state.judge is not None and app.day.month == 3)
        state = app.screen.state
        at = next(at for at, line in enumerate(state.lines) if line.what == STEAM)
        state.go(at)
        for key in ("c", "9"):
            await pilot.press(key)
            await shows(pilot, "2025-03 is locked")
        assert not state.cells

    wang(play, submitted)
    li(play, locked)
    with Session.open(full) as park:
        events = park.ledger.events(kinds=["review", "lock"])
    assert [(item.verdict or item.kind, item.by) for item in events] == [
        ("submitted", "wang"), ("approved", "li"), ("lock", "li"),
    ]  # fmt: skip


def test_a_returned_month_is_corrected_and_submitted_again(play, full):
    with Session.open(full) as park:
        closing.submit(park, MARCH, "incineration", "wang")

    async def returned(pilot, app):
        await calendar(pilot, "down")
        await shows(pilot, "t return: yes")
        await pilot.press("t")
        await shows(pilot, "Return 2025-03 of")
        await pilot.press("enter")
        await shows(pilot, "A reason is needed")
        await pilot.press("2")
        await shows(pilot, ": returned #")
        await shows(pilot, "check the doubtful figures")
        assert any("back" in line for line in lines_of(app))

    async def mended(pilot, app):
        await calendar(pilot, "down", "enter")
        await shows(pilot, "returned (li): check the doubtful figures")
        await pilot.press("right", "right", "enter")
        await until(pilot, lambda: app.screen.state.judge is not None)
        state = app.screen.state
        state.go(next(at for at, line in enumerate(state.lines) if line.what == STEAM))
        await pilot.press("c", *"1610", "enter", "1", "f9")
        await until(pilot, lambda: any(x.state == "corrected" for x in app.screen.state.lines))
        await pilot.press("f3")
        await until(pilot, lambda: any("~" in line[10:] for line in lines_of(app)[3:5]))
        await pilot.press("s")
        await shows(pilot, "for review?")
        await pilot.press("enter")
        await shows(pilot, "submitted for review")

    li(play, returned)
    wang(play, mended)
    with Session.open(full) as park:
        verdicts = [item.verdict for item in park.ledger.events(kinds=["review"])]
    assert verdicts == ["submitted", "returned", "submitted"]


def test_a_lock_lists_what_stands_against_it_and_each_can_be_opened(play):
    async def scene(pilot, app):
        await calendar(pilot, "down", "k")
        await shows(pilot, "cannot be locked yet")
        assert "are neither entered nor said to be missing" in text_of(app)
        assert "has not been submitted for review" in text_of(app)
        assert "a locks all the same" not in text_of(app)
        await pilot.press("down", "down")
        chosen = app.screen._items[2]
        await pilot.press("enter")
        await until(pilot, lambda: hasattr(app.screen, "grid"))
        return chosen.what, app.day, app.screen.state.line.what

    chosen, day, what = li(play, scene, size=(100, 40))
    assert chosen == what
    assert day == date(2025, 3, 1)


def test_gaps_are_accepted_with_a_reason_once_they_are_all_that_is_left(play, program):
    program("log", STEAM, "1600 t", "--day", "2025-03-04", "--by", "wang")
    with Session.open(program.folder) as park:
        closing.submit(park, MARCH, "incineration", "wang")
        closing.review(park, MARCH, "incineration", "li", verdict="approved")

    async def scene(pilot, _):
        await calendar(pilot, "down", "k")
        await shows(pilot, "a locks all the same")
        await pilot.press("a")
        await shows(pilot, "Why may they be missing?")
        await pilot.press(*"strike", "enter")
        await shows(pilot, ": locked #")

    li(play, scene, size=(100, 40))
    with Session.open(program.folder) as park:
        (event,) = park.ledger.events(kinds=["lock"])
    assert event.reason == "strike"
    assert f"{STEAM} 2025-03-05" in event.text


def test_a_month_is_reopened_with_a_reason(play, full):
    with Session.open(full) as park:
        closing.submit(park, MARCH, "incineration", "wang")
        closing.review(park, MARCH, "incineration", "li", verdict="approved")
        closing.lock(park, MARCH, "incineration", "li")

    async def scene(pilot, _):
        await calendar(pilot, "down", "o")
        await shows(pilot, "Reopen 2025-03")
        await pilot.press("1")
        await shows(pilot, ": reopened #")

    li(play, scene)
    with Session.open(full) as park:
        (event,) = park.ledger.events(kinds=["reopen"])
    assert (event.reason, event.facility) == ("late ticket", "incineration")


ROLES = '\n[roles]\nreview = ["he"]\nlock = ["he"]\nreopen = ["he"]\n'


def test_what_a_role_may_not_do_is_said_and_not_hidden(play, full):
    park_file = full / "park.toml"
    park_file.write_text(park_file.read_text("utf-8") + ROLES, "utf-8")
    with Session.open(full) as park:
        closing.submit(park, MARCH, "incineration", "wang")

    async def scene(pilot, _):
        await calendar(pilot, "down")
        await shows(pilot, "a approve: not your role")
        await pilot.press("a")
        await shows(pilot, "he may review, and li may not")
        await pilot.press("o")
        await shows(pilot, "he may reopen a month, and li may not")

    li(play, scene)


def test_the_next_gap_is_one_key_away_and_its_sheet_another(play, full):
    with Session.open(full) as park:
        what = park.park.tour[1]
        entry = Entry(what, value="withdrawn", day="2025-03-09")
        correct_entry(park, entry, "wang", reason="twice")

    async def scene(pilot, app):
        await calendar(pilot, "enter")
        await until(pilot, lambda: app.screen.cursor.view is not None)
        await pilot.press("n")
        await shows(pilot, "2025-03-09")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.state.judge is not None)
        await until(pilot, lambda: app.screen.state.line.state == "due")
        return app.day, app.screen.state.line.what

    assert li(play, scene) == (date(2025, 3, 9), what)


def test_the_next_doubtful_day_is_one_key_away(play, full):
    with Session.open(full) as park:
        entry = Entry(STEAM, value="300 t", day="2025-03-17")  # unlikely, taken with a doubt
        correct_entry(park, entry, "wang", reason="half the shift")

    async def scene(pilot, app):
        await calendar(pilot, "enter")
        await until(pilot, lambda: app.screen.cursor.view is not None)
        await pilot.press("d")
        await shows(pilot, "2025-03-17")
        there = app.screen.cursor.day
        await pilot.press("[")
        await shows(pilot, "2025-02")
        await until(pilot, lambda: app.screen.cursor.view is not None)
        await pilot.press("d")
        await shows(pilot, "Nothing here was taken with a doubt")
        return there

    assert li(play, scene) == 17


def test_the_month_sheet_is_written_and_its_place_said(play, full):
    async def scene(pilot, _):
        await calendar(pilot, "down", "x")
        await shows(pilot, "which file?")
        await pilot.press("1")
        await shows(pilot, "The ledger sheet is written to")
        await pilot.press("x", "2")
        await until(pilot, (full / "sheets" / "2025-03-incineration.xlsx").exists)

    li(play, scene, size=(140, 40))
    page = (full / "sheets" / "2025-03-incineration.html").read_text("utf-8")
    assert "Reviewed by" in page


def test_a_shift_hands_over_what_is_open_with_a_note(play, program):
    program("log", STEAM, "300 t", "--day", "2025-03-01", "--by", "wang")  # taken with a doubt

    async def scene(pilot, app):
        await calendar(pilot, "down", "h")
        await until(pilot, lambda: app.screen.handover is not None)
        assert "not entered" in text_of(app)
        await pilot.press("w")
        await shows(pilot, "Note to the next shift")
        await pilot.press(*"scale 2", "enter")
        await shows(pilot, "The note is kept in the ledger")
        await shows(pilot, "li (")
        await until(pilot, lambda: app.screen.handover.complete)
        items = app.screen.handover.items
        at = next(at for at, item in enumerate(items) if item.sort == "flagged")
        await pilot.press(*["down"] * at, "enter")
        await until(pilot, lambda: app.screen.state.judge is not None)
        return app.screen.state.line.what, app.day

    assert li(play, scene, size=(120, 40)) == (STEAM, date(2025, 3, 1))
    with Session.open(program.folder) as park:
        (note,) = park.ledger.events(kinds=["note"])
    assert (note.topic, note.facility, note.text, note.by) == (
        "handover", "incineration", "scale 2", "li",
    )  # fmt: skip


def test_read_only_shows_all_and_allows_nothing(play, full):
    async def scene(pilot, app):
        await calendar(pilot, "down")
        await shows(pilot, "s submit: read-only")
        for key in "satkox":
            await pilot.press(key)
            await pilot.pause()
            assert "This is read-only: nothing can be submitted" in text_of(app)
        await pilot.press("h")
        await until(pilot, lambda: getattr(app.screen, "handover", None) is not None)
        await pilot.press("w")
        await pilot.pause()
        assert "This is read-only" in text_of(app)

    with Session.open(full) as park:
        head = park.ledger.head()
    li(play, scene, readonly=True)
    with Session.open(full) as park:
        assert park.ledger.head() == head
    assert not (full / "sheets").exists()


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("size", [(80, 24), (140, 40), (60, 16)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_line_of_year_month_and_handover_fills_the_screen(play, size, lang):
    async def scene(pilot, app):
        found = []
        await calendar(pilot)
        found += lines_of(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.cursor.view is not None)
        found += lines_of(app)
        await pilot.press("h")
        await until(pilot, lambda: getattr(app.screen, "handover", None) is not None)
        return found + lines_of(app)

    assert {cell_len(line) for line in play(scene, size=size, lang=lang)} == {size[0]}


@pytest.mark.usefixtures("full")
def test_the_language_changes_on_the_open_calendar_and_on_the_handover(play):
    async def scene(pilot, app):
        await calendar(pilot, "down", "ctrl+l")
        await shows(pilot, "s 提交：可")
        assert "双人原则" in text_of(app)
        await pilot.press("h")
        await until(pilot, lambda: getattr(app.screen, "handover", None) is not None)
        await pilot.press("ctrl+l")
        await shows(pilot, "Shift handover 2025-02 2025-03")

    li(play, scene, size=(100, 30))


def test_what_another_person_does_is_seen_at_once(play, full):
    async def scene(pilot, app):
        await calendar(pilot, "down")
        with Session.open(full) as park:
            closing.submit(park, MARCH, "incineration", "wang")
        await shows(pilot, "a approve: yes")
        assert any("sent" in line for line in lines_of(app))

    li(play, scene)


@pytest.mark.usefixtures("full")
def test_a_click_moves_the_cursor_of_the_calendar(play):
    async def scene(pilot, app):
        await calendar(pilot)
        await pilot.click("#calendar-rows", offset=(50, 2))
        await pilot.pause()
        return app.screen.cursor.facility, app.screen.cursor.month

    facility, month = li(play, scene)
    assert facility == "incineration"
    assert month > 3


def test_without_a_ledger_the_calendar_says_so_and_comes_back(play, full):
    async def scene(pilot, app):
        await calendar(pilot)
        away = full / "away.db"
        (full / "park.db").rename(away)
        await until(pilot, lambda: "not reachable" in lines_of(app)[0])
        shutil.move(away, full / "park.db")
        await until(pilot, lambda: "not reachable" not in lines_of(app)[0])
        return text_of(app)

    assert "Calendar 2025" in li(play, scene)


def test_the_footer_offers_the_steps_that_can_be_taken(play, full):
    async def scene(pilot, app):
        await calendar(pilot, "down")
        await shows(pilot, "s submit: yes")
        year = lines_of(app)[-1]
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.cursor.view is not None)
        return year, lines_of(app)[-1]

    year, month = li(play, scene, size=(100, 24))
    assert " s submit " in year
    assert " k lock " not in year
    assert "back to the sheet" in year
    assert "up to the year" in month
    with Session.open(full) as park:
        assert not park.ledger.events(kinds=["review"])


def test_a_returned_month_leads_from_the_handover_to_its_days(play, full):
    with Session.open(full) as park:
        closing.submit(park, MARCH, "leachate", "wang")
        closing.review(park, MARCH, "leachate", "li", verdict="returned", reason="level")

    async def scene(pilot, app):
        await calendar(pilot, "h")
        await until(pilot, lambda: getattr(app.screen, "handover", None) is not None)
        items = app.screen.handover.items
        at = next(at for at, item in enumerate(items) if item.sort == "returned")
        await pilot.press(*["down"] * at, "enter")
        await until(pilot, lambda: getattr(app.screen, "cursor", None) is not None)
        await until(pilot, lambda: app.screen.cursor.view is not None)
        return app.screen.cursor.facility, app.screen.cursor.period, app.screen.cursor.level

    assert li(play, scene) == ("leachate", MARCH, "month")


def test_what_is_typed_and_not_saved_is_told_before_a_month_is_submitted(play, full):
    from tui.daysheet.cells import Cell
    from tui.daysheet.drafts import drafts_in

    with Session.open(full) as park:
        drafts_in(play.drafts, full, park.park.id, "li").put(date(2025, 3, 7), {STEAM: Cell("9")})

    async def scene(pilot, _):
        await calendar(pilot, "down", "s")
        await shows(pilot, "did not save them on 2025-03-07")
        await pilot.press("escape")

    li(play, scene)


@pytest.mark.usefixtures("full")
def test_a_question_never_takes_keys_that_were_meant_for_the_sheet(play):
    async def scene(pilot, app):
        await calendar(pilot, "down")
        screen, asked = app.screen, []
        screen.asked = lambda *what, real=screen.asked: (asked.append(what[0]), real(*what))
        screen.action_step("submitted")
        app.go("sheet")
        await until(pilot, lambda: asked)
        await pilot.pause()
        return app.screen.is_modal

    assert not li(play, scene)


def test_the_whole_park_is_closed_in_its_first_row(play, full):
    with Session.open(full) as park:
        closing.submit(park, MARCH, "", "wang")

    async def scene(pilot, app):
        await calendar(pilot, "enter")
        await shows(pilot, "As a whole: submitted (wang)")
        await pilot.press("a")
        await shows(pilot, "Approve 2025-03 of Whole park?")
        await pilot.press("enter")
        await shows(pilot, "k lock: yes")
        await pilot.press("k")
        await shows(pilot, "Lock 2025-03 of Whole park?")
        await pilot.press("enter")
        await shows(pilot, "Whole park: locked #")
        await until(pilot, lambda: all("lock" in line for line in lines_of(app)[3:6]))

    li(play, scene)
    with Session.open(full) as park:
        assert [item.facility for item in park.ledger.events(kinds=["lock"])] == [""]
