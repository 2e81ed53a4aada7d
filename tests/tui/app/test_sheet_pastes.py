"""A paste over several days: the preview says of each day what is taken, and that is taken."""

from __future__ import annotations

import time
from datetime import date

import pytest
from textual import events

from tui.daysheet.drafts import drafts_in
from tui.daysheet.glance import glance

DAY, BEFORE, AHEAD = date(2025, 3, 1), date(2025, 2, 28), date(2099, 1, 1)
RECEIVED, EXPORT = "incineration.received", "incineration.export"
MONTH = (
    f"day\t{RECEIVED}\t{EXPORT}\n"
    "2025-02-26\t1200\t400000\n"
    "2025-02-28\t1210\t400000\n"
    "2025-03-01\t1220\t400000\n"
    "2025-03-02\t1230\t400000\n"
    "2099-01-01\t1240\t400000\n"
)


def text_of(app):
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )


async def until(pilot, true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, text_of(pilot.app)
        await pilot.pause(0.02)
    await pilot.pause()


def approved(program, *, lock):
    """February with one reading of its last day, approved and perhaps locked."""
    program("log", RECEIVED, "1200", "--day", "2025-02-27")
    step = ("--period", "2025-02", "--facility", "incineration")
    program("submit", *step, "--by", "li")
    program("review", *step, "--approve", "--by", "wang")
    if lock:
        program("lock", *step, "--by", "wang", "--accept", "all", "--reason", "first month")


def pasted(play, keys, tmp_path, program, text=MONTH, size=(110, 30)):
    async def scene(pilot, app):
        app.screen.grid.post_message(events.Paste(text))
        await until(pilot, lambda: app.screen.query("#paste-summary"))
        preview = text_of(app)
        await pilot.press(keys)
        await until(pilot, lambda: not app.screen.query("#paste-summary"))
        return preview, dict(app.screen.state.cells)

    preview, here = play(scene, size=size)
    name = glance(program.folder).id
    drafts = drafts_in(tmp_path / "drafts", program.folder, name, "night shift")
    days = {day: sorted(drafts.read(day)) for day in map(date.fromisoformat, (
        "2025-02-26", "2025-02-28", "2025-03-01", "2025-03-02", "2099-01-01"
    ))}  # fmt: skip
    return preview, sorted(here), days


def test_locked_days_entered_lines_and_days_to_come_stay_out_day_by_day(play, program, tmp_path):
    approved(program, lock=True)
    program("log", RECEIVED, "1000", "--day", "2025-03-02")
    preview, here, days = pasted(play, "enter", tmp_path, program)
    assert "2025-02-26: taken 0, left as it is 2 (locked)" in preview
    assert "2025-03-01: taken 2" in preview
    assert "2025-03-02: taken 1, left as it is 1 (entered already)" in preview
    assert "2099-01-01: taken 0, left as it is 2 (not begun yet)" in preview
    assert "Fit: 3, on days: 2" in preview
    assert here == sorted((RECEIVED, EXPORT))
    assert days[date(2025, 3, 2)] == [EXPORT]
    assert not any(days[day] for day in (date(2025, 2, 26), BEFORE, AHEAD))


def test_escape_takes_nothing_of_any_day(play, program, tmp_path):
    approved(program, lock=True)
    _, here, days = pasted(play, "escape", tmp_path, program)
    assert here == []
    assert not any(days.values())


def test_an_approved_month_takes_it_and_says_that_its_review_opens_again(play, program, tmp_path):
    approved(program, lock=False)
    preview, _, days = pasted(play, "enter", tmp_path, program)
    line = next(line for line in preview.splitlines() if "2025-02-26: " in line)
    assert "taken 2; the month is approved, and its review opens again" in line
    assert days[date(2025, 2, 26)] == sorted((RECEIVED, EXPORT))


@pytest.mark.parametrize("key", ["enter", "y"])
def test_where_nothing_fits_nothing_is_taken(play, program, tmp_path, key):
    approved(program, lock=True)
    text = f"day\t{RECEIVED}\t{EXPORT}\n2025-02-26\t1200\t400000\n"
    preview, here, days = pasted(play, key, tmp_path, program, text)
    assert "Fit: 0" in preview
    assert here == []
    assert not any(days.values())
