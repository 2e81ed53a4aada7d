"""A window that is too small says so, takes no figure blindly, and loses nothing."""

from __future__ import annotations

import pytest
from textual import events

from reports.words import Words


def text_of(app):
    return "\n".join(
        "".join(segment.text for segment in strip).rstrip()
        for strip in app.screen._compositor.render_strips()
    )


async def resized(pilot, width, height):
    await pilot.resize_terminal(width, height)
    await pilot.pause(0.05)
    await pilot.pause()


async def type_(pilot, text):
    for sign in text:
        key = "enter" if sign == "\n" else None
        pilot.app.post_message(events.Key(key or sign, None if key else sign))
    await pilot.pause()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", [(40, 8), (59, 24), (80, 11), (20, 12)])
def test_a_small_window_says_how_much_it_needs_in_both_languages(play, lang, size):
    async def scene(pilot, app):
        await type_(pilot, "1200\n13")
        await resized(pilot, *size)
        said = text_of(app)
        await type_(pilot, "9\n")
        await resized(pilot, 80, 24)
        return said, text_of(app), app.screen.state

    said, after, state = play(scene, lang=lang)
    wide, tall = size
    begins = Words(lang).text("window-small", size=f"{wide}x{tall}", least="60x12")
    assert "".join(said.split()) == "".join(begins.split())
    assert [cell.text for cell in state.cells.values()] == ["1200"]
    assert state.typing == "13"  # and nothing of what was typed unseen
    assert "1,200" in after
    assert Words(lang).term("key-take") in after


def test_a_question_that_was_open_is_there_again(play):
    async def scene(pilot, app):
        await type_(pilot, "m")
        await resized(pilot, 40, 8)
        await type_(pilot, "1")
        await resized(pilot, 60, 12)
        return app.screen.state.prompt.sort, text_of(app)

    sort, after = play(scene)
    assert sort == "cause"
    assert "Why is it missing" in after


def test_started_small_it_says_so_and_leads_on_when_enlarged(play):
    async def scene(pilot, app):
        small = text_of(app)
        await resized(pilot, 80, 24)
        await type_(pilot, "1200\n")
        return small, text_of(app)

    small, large = play(scene, size=(40, 8), loaded=False)
    assert "too small: 40x8" in small
    assert "1200" in large.replace(",", "")


def test_another_screen_and_the_palette_come_back_too(play):
    async def scene(pilot, app):
        await pilot.press("f3")
        await pilot.pause()
        calendar = app.screen
        await resized(pilot, 40, 8)
        await pilot.press("ctrl+l")
        await pilot.pause()
        chinese = text_of(app)
        await pilot.press("ctrl+p")
        await pilot.pause(0.1)
        await resized(pilot, 80, 24)
        await pilot.press("escape")
        await pilot.pause(0.2)
        return app.screen is calendar, chinese

    back, chinese = play(scene)
    assert back
    assert "窗口太小" in chinese
