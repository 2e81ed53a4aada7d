"""Periods as screens walk through them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.period import parse_period
from tui.balances.periods import KINDS, containing, kind_of, stepped, widened
from tui.presenting.sparks import BARS, GAP, spark

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))


@given(days, st.sampled_from(KINDS))
def test_a_day_lies_in_its_period_and_the_next_one_begins_where_that_ends(day, kind):
    text = containing(day, kind)
    period = parse_period(text)
    assert period.first <= day < period.last_excluded
    assert kind_of(text) == kind
    assert parse_period(stepped(text, 1)).first == period.last_excluded
    assert stepped(stepped(text, 1), -1) == text


@given(days, st.integers(2, 27))
def test_a_span_is_stepped_by_its_own_length(first, length):
    last = first + timedelta(days=length)
    text = f"{first}..{last}"
    following = parse_period(stepped(text, 1))
    assert following.first == last + timedelta(days=1)
    assert following.days == length + 1


@pytest.mark.parametrize(
    ("period", "wider"),
    [("2025-03-14", "2025-03"), ("2025-03", "2025-Q1"), ("2025-Q1", "2025"),
     ("2025", "2025-03-14"), ("2024", "2024-01-01"), ("2025-03-01..2025-03-20", "2025-03")],
)  # fmt: skip
def test_periods_grow_from_day_to_year_and_begin_again(period, wider):
    assert widened(period, date(2025, 3, 14)) == wider


def test_the_calendar_has_an_end_and_no_step_leads_beyond_it():
    assert stepped("1900", -1) == "1900"
    assert stepped("2199-12", 1) == "2199-12"


def test_a_series_is_drawn_in_proportion_and_a_gap_is_no_bar():
    assert spark([0.0, 4.0, 8.0]) == BARS[0] + BARS[4] + BARS[7]
    assert spark([1.0, None, float("nan")]) == BARS[7] + GAP + GAP
    assert spark([0.90, 0.95], from_zero=False) == BARS[0] + BARS[7]
    assert spark([5.0, 5.0], from_zero=False) == BARS[3] * 2


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=400), st.integers(1, 40))
def test_a_series_never_takes_more_room_than_it_was_given(values, width):
    assert len(spark(values, width)) == min(len(values), width)
