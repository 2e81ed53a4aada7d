"""A refused figure is told of its own line: what was meant, and an example in its unit."""

from __future__ import annotations

import pytest
from textual import events

from flows.amounts import split_amount
from flows.errors import Refused
from flows.findings import finding
from reports.words import Words
from tui.daysheet.cells import Counter, Line, Verdict
from tui.daysheet.refusals import likely
from tui.daysheet.state import SheetState
from tui.daysheet.text import below

WATER = Line("f", unit="m3", expected=13.4, low=6.7, high=20.0)
POWER = Line("f", unit="kWh", expected=515381.0, low=289000.0, high=867000.0)
METER = Counter("m1", 99_995.5, "2025-02-28", 21_000.0, 100_000.0)


def judge(what, text, way="amount"):  # noqa: ARG001  the checks' signature
    """Reads as the checks do, and doubts nothing."""
    return Verdict("value", split_amount(text)[0])


def said(line, typed, lang="en"):
    state = SheetState([line])
    state.judge = judge
    state.at = 0
    for sign in typed:
        state.press(sign, sign)
    state.press("enter")
    assert state.typing == typed
    return below(state, Words(lang), {})[0]


@pytest.mark.parametrize(
    ("line", "typed", "meant"),
    [
        (WATER, "12.5.5", "12.55"),
        (WATER, "12,3", "12.3"),
        (WATER, "12 5", "12.5"),
        (WATER, "1 25", "12.5|125"),  # neither 1.25 nor 125 is usual, both are told
        (WATER, "12。5", "12.5"),
        (WATER, "１２，３", "12.3"),
        (WATER, "十二", "12"),
        (WATER, "十二点五吨", "12.5 吨"),
        (POWER, "五十一万五千", "515000"),
        (POWER, "515,38,1", "515381"),
        (POWER, "515 381", "515381"),
        (WATER, "13.", "13"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_likely_figure_is_named(line, typed, meant, lang):
    text = said(line, typed, lang)
    question = {"en": "Did you mean ", "zh": "是否应为 "}[lang]
    named = text.partition(question)[2].partition("?" if lang == "en" else "？")[0]
    assert named == ("1.25 / 125" if typed == "1 25" else meant)


@pytest.mark.parametrize(("line", "example"), [(WATER, "13.4 m3"), (POWER, "515,000 kWh")])
@pytest.mark.parametrize("typed", ["12,3,4", "五成", "1_000", "3 t+4", "3 t+4 kg"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_example_is_of_the_lines_own_unit_and_size(line, example, typed, lang):
    text = said(line, typed, lang)
    assert example in text
    for word in ("cell", "header", "column", "单元格", "表头", "1,623.4 t"):
        assert word not in text


def test_of_a_counter_the_example_is_a_reading():
    assert "99,995.5" in said(Line("f", unit="kWh", counter=METER), "99 99 6")


def test_a_letter_in_place_of_a_digit_is_seen():
    def strict(what, text, way="amount"):  # noqa: ARG001  the checks' signature
        from flows.units import read_amount

        return Verdict("value", read_amount(text, kind="mass").value)

    state = SheetState([Line("f", unit="t")])
    state.judge = strict
    for sign in "1O5\n":
        state.press({"\n": "enter"}.get(sign, sign), sign)
    assert "Did you mean 105?" in below(state, Words("en"), {})[0]


@pytest.mark.parametrize(("typed", "value"), [("１２．５", 12.5), ("1e1", 10.0), ("12．5", 12.5)])
def test_full_width_digits_and_what_machines_write_are_taken(typed, value):
    state = SheetState([WATER])
    state.judge = judge
    for sign in typed:
        state.press(sign, sign)
    state.press("enter")
    assert state.cells["f"].value == value


@pytest.mark.parametrize("typed", ["", "-", "吨", "±5", "~12", "nan", "<5"])
def test_where_nothing_is_likely_nothing_is_named(typed):
    assert not likely(typed, (5.0, 20.0))


def test_the_preview_of_a_paste_says_it_in_the_same_words(play):
    async def scene(pilot, app):
        app.screen.grid.post_message(events.Paste("12,3\r\n1200\r\n"))
        await pilot.pause()
        return "\n".join(
            "".join(segment.text for segment in strip)
            for strip in app.screen._compositor.render_strips()
        )

    assert "may be a decimal" in play(scene)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1500", "makes 1,020 MWh, and more than 850 MWh is impossible. The counter should show"),
        ("1190", "makes 400 MWh, which is unusual; the counter should show 991 to 998"),
    ],
)
def test_a_counters_slip_is_told_as_the_reading_that_was_typed(typed, says):
    meter = Counter("m1", 990.0, "2025-02-28", 2.0, 10_000.0)
    state = SheetState([Line("f", unit="MWh", counter=meter, low=2.0, high=16.0, expected=9.0)])

    def of_meter(what, text, way="amount"):  # noqa: ARG001  the checks' signature
        made = 2.0 * (float(text) - 990.0)
        about = {"value": made, "unit": "MWh", "expected": 9.0, "slip": "ten-fold-high"}
        if made > 850.0:
            raise Refused(finding("entry-impossible", what, limit=850.0, capacity=425.0, **about))
        return Verdict("register", made, (finding("entry-slip", what, **about),))

    state.judge = of_meter
    for sign in typed:
        state.press(sign, sign)
    state.press("enter")
    assert says in below(state, Words("en"), {})[0]
    assert "fold" not in below(state, Words("en"), {})[0]
