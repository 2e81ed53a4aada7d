"""The calendar without a screen: where the cursor goes, what its cells say."""

from datetime import date

import pytest
from rich.cells import cell_len

from reports.words import Words
from tui.months.cursor import CalendarState, two_months
from tui.months.state import Count, DayCell, Gap, MonthCell
from tui.months.text import day_state, detail, folded, head, marks, middle, rows, steps
from tui.months.view import MonthView, Standing, YearView, gap_runs, stage

PLANTS = ("", "incineration", "leachate")
NAMES = {
    "incineration": {"en": "Incineration plant", "zh": "焚烧厂"},
    "leachate": {"en": "Leachate plant", "zh": "渗沥液处理厂"},
}


def year(**counts: Count) -> YearView:
    """A year in which all is complete but for `plant_month=count`."""
    cells = {
        (plant, month): MonthCell(plant, f"2025-{month:02d}", Count(30, 30))
        for plant in PLANTS
        for month in range(1, 13)
    }
    for name, count in counts.items():
        plant, _, month = name.partition("_")
        cells[plant, int(month)] = MonthCell(plant, f"2025-{int(month):02d}", count)
    return YearView(2025, PLANTS, cells, NAMES)


def march(**counts: Count) -> MonthView:
    days = {
        (plant, day): DayCell(plant, date(2025, 3, day), Count(2, 2))
        for plant in PLANTS
        for day in range(1, 32)
    }
    gaps = []
    for name, count in counts.items():
        plant, _, day = name.partition("_")
        when = date(2025, 3, int(day))
        days[plant, when.day] = DayCell(plant, when, count)
        gaps += [Gap(when.toordinal(), f"{plant}.received", plant)] * bool(count.gaps)
    cells = {plant: MonthCell(plant, "2025-03", Count(62, 62)) for plant in PLANTS}
    return MonthView("2025-03", PLANTS, cells, days, tuple(gaps), NAMES)


@pytest.fixture
def state():
    made = CalendarState(date(2025, 3, 14))
    made.take(year(), month=False)
    return made


def test_it_begins_on_the_months_of_the_day_and_keeps_its_facility_into_the_month(state):
    assert (state.period, state.facility) == ("2025-03", "")
    state.press("down")
    assert state.enter()
    assert state.view is None  # asked for, not there yet
    state.take(march(), month=True)
    assert (state.facility, state.date) == ("incineration", date(2025, 3, 1))
    assert not state.enter()
    assert state.leave()
    assert state.facility == "incineration"


def test_the_cursor_stays_in_the_calendar(state):
    for key, times in (("right", 40), ("down", 9)):
        for _ in range(times):
            state.press(key)
    assert (state.month, state.facility) == (12, "leachate")
    assert not state.press("s")


@pytest.mark.parametrize(("by", "period"), [(-3, "2024-12"), (10, "2026-01")])
def test_months_go_on_over_the_end_of_the_year(state, by, period):
    state.enter()
    state.step(by)
    assert state.period == period


def test_a_day_that_the_next_month_lacks_becomes_its_last(state):
    state.enter()
    state.day = 31
    state.step(-1)
    assert state.date == date(2025, 2, 28)


def test_next_gap_goes_through_a_facility_then_the_next_and_begins_again(state):
    state.take(
        year(incineration_5=Count(30, 28, 0, 2), leachate_2=Count(30, 0, 0, 30)), month=False
    )
    found = []
    for _ in range(3):
        assert state.next_gap()
        found.append((state.facility, state.month))
    assert found == [("incineration", 5), ("leachate", 2), ("incineration", 5)]


def test_gaps_of_a_locked_month_were_accepted_and_are_passed_over(state):
    view = year(incineration_5=Count(30, 28, 0, 2))
    locked = MonthCell("incineration", "2025-05", Count(30, 28, 0, 2), "approved", "li")
    state.take(YearView(2025, PLANTS, {**view.cells, ("incineration", 5): locked}), month=False)
    assert not state.next_gap()


def test_next_gap_of_a_month_is_a_day(state):
    state.enter()
    state.take(march(leachate_9=Count(2, 1, 0, 1)), month=True)
    assert state.next_gap()
    assert (state.facility, state.day) == ("leachate", 9)
    assert "Leachate plant" in detail(state, Words("en"))
    assert "leachate.received" in detail(state, Words("en"))


@pytest.mark.parametrize(
    ("count", "locked", "shown"),
    [
        (Count(), False, "empty"),
        (Count(3, 0, 0, 3), False, "due"),
        (Count(3, 2, 0, 1, 1, 1), False, "partly"),
        (Count(3, 3, 0, 0, 1, 1), False, "doubtful"),
        (Count(3, 3, 0, 0, 0, 0, 1), False, "corrected"),
        (Count(3, 2, 1), False, "missing"),
        (Count(3, 2, 1), True, "locked"),
        (Count(3, 3), False, "complete"),
        (Count(3, 3), True, "locked"),
        (Count(3, 3, 0, 0, 1, 1), True, "doubtful"),
        (Count(3, 2, 0, 1), True, "locked"),
    ],
)
def test_a_day_shows_what_matters_most(count, locked, shown):
    assert day_state(DayCell("x", date(2025, 3, 1), count, locked)) == shown


@pytest.mark.parametrize(
    ("count", "width", "text"),
    [
        (Count(30, 30), 9, "="),
        (Count(), 9, ""),
        (Count(30, 10, 2, 18, 4, 3), 9, "-18 ?3 x2"),
        (Count(30, 10, 2, 18, 4, 3), 4, "-18"),
        (Count(30, 28, 2), 4, "x2"),
        (Count(9000, 0, 0, 3999), 5, "-3999"),
        (Count(9000, 0, 0, 3999), 4, "-3k+"),
    ],
)
def test_marks_tell_the_gaps_first(count, width, text):
    assert marks(count, width) == text


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [59, 79, 139])
@pytest.mark.parametrize("level", ["year", "month"])
def test_heads_and_rows_are_as_wide_as_the_screen(state, lang, width, level):
    if level == "month":
        state.enter()
        state.take(march(leachate_9=Count(2, 1, 0, 1)), month=True)
    words = Words(lang)
    lines = ["".join(part.text for part in line) for line in rows(state, words, width, 20)]
    assert len(lines) == (3 if level == "month" else 6)
    assert {cell_len(line) for line in (*lines, head(state, words, width))} <= {width, width - 1}


def test_the_stage_of_a_month_is_that_of_its_review_or_its_lock():
    assert stage(MonthCell("x", "2025-03", Count())) == "open"
    assert stage(MonthCell("x", "2025-03", Count(), "returned")) == "returned"
    assert stage(MonthCell("x", "2025-03", Count(), "approved", "li")) == "locked"


def test_steps_break_only_between_steps():
    standing = Standing("2025-03", "x", "li", dict.fromkeys(
        ("submitted", "approved", "returned", "lock", "reopen"), ()
    ))  # fmt: skip
    lines = steps(standing, Words("en"), 30, readonly=False)
    assert lines[0] == "s submit: yes   a approve: yes"
    assert all("yes" in line for line in lines)
    told = steps(standing, Words("en"), 200, readonly=True)
    assert told[0].count("read-only") == 5


def test_gaps_of_one_thing_are_one_line():
    gaps = [Gap(739311, "a.in", "a"), Gap(739311, "b.in", "b"), Gap(739313, "a.in", "a")]
    assert [(run.what, run.days) for run in gap_runs(gaps)] == [("a.in", 2), ("b.in", 1)]


@pytest.mark.parametrize("text", ["", "one two three", "一二三四五六七", "an-id-without-any-end"])
def test_folded_lines_fit_and_lose_nothing(text):
    lines = folded(text, 8)
    assert all(cell_len(line) <= 8 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_line_never_begins_with_what_closes_the_last_one():
    assert folded("一二三四，五六。", 8) == ["一二三", "四，五", "六。"]


def test_a_shift_hands_over_its_month_and_the_one_before():
    assert two_months(2025, 1) == "2024-12-01..2025-01-31"


def test_names_that_would_read_alike_are_cut_in_their_middle():
    assert middle("Furnace plant 2", 10) == "Furnac…t 2"
    assert middle("垃圾焚烧发电一厂", 10).endswith("…厂")
    assert cell_len(middle("垃圾焚烧发电一厂", 10)) == 10
