"""Days and periods as people write them."""

from datetime import date

import pytest

from flows.errors import Refused
from flows.period import DAY, Calendar, parse_day, parse_period


@pytest.mark.parametrize(
    "text", ["2025-03-01", "2025/3/1", "2025.3.1", "2025年3月1日", " 2025年03月01日"]
)
def test_a_day_as_people_write_it(text):
    assert parse_day(text) == date(2025, 3, 1)


@pytest.mark.parametrize("text", ["", "03-01", "2025-02-30", "1/3/2025", "2025-3", "yesterday"])
def test_a_day_that_could_mean_two_things_is_refused(text):
    with pytest.raises(Refused) as refused:
        parse_day(text)
    assert [item.code for item in refused.value.findings] == ["day-unreadable"]


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31", "9999"])
def test_a_year_that_no_park_has_seen_is_a_slip(text):
    with pytest.raises(Refused) as refused:
        parse_period(text)
    (found,) = refused.value.findings
    assert (found.code, found.params["text"]) == ("day-outside", text)


@pytest.mark.parametrize("text", ["", "2025-13", "2025-Q5", "2025-03-01..", "2025..2026", "March"])
def test_a_period_that_cannot_be_read_is_shown_whole(text):
    with pytest.raises(Refused) as refused:
        parse_period(text)
    (found,) = refused.value.findings
    assert (found.code, found.params["text"]) == ("period-unreadable", text)


@pytest.mark.parametrize(
    "text", ["2025-03-01", "2025年3月1日", "2025年03月01日", "２０２５－０３－０１"]
)
def test_a_day_is_read_the_same_where_an_instant_may_stand(text):
    calendar = Calendar("Asia/Shanghai")
    assert calendar.read_instant(text) == calendar.instant(date(2025, 3, 1))


@pytest.mark.parametrize(
    ("text", "first", "last_excluded"),
    [
        ("2025", (2025, 1, 1), (2026, 1, 1)),
        ("2025-Q1", (2025, 1, 1), (2025, 4, 1)),
        ("2025q4", (2025, 10, 1), (2026, 1, 1)),
        ("2024-02", (2024, 2, 1), (2024, 3, 1)),
        ("2025-12", (2025, 12, 1), (2026, 1, 1)),
        ("2025-03-07", (2025, 3, 7), (2025, 3, 8)),
        ("2025-02-26..2025-03-25", (2025, 2, 26), (2025, 3, 26)),
    ],
)
def test_a_period_runs_from_its_first_day_to_the_day_after_its_last(text, first, last_excluded):
    period = parse_period(text)
    assert (period.first, period.last_excluded) == (date(*first), date(*last_excluded))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2025-3", "2025-03"),
        ("2025年3月", "2025-03"),
        ("2025/3", "2025-03"),
        ("2025年", "2025"),
        ("2025q1", "2025-Q1"),
        ("2025年第1季度", "2025-Q1"),
        ("2025年3月7日", "2025-03-07"),
        ("2025.3.1..2025.3.9", "2025-03-01..2025-03-09"),
    ],
)
def test_a_period_is_told_in_one_form_however_it_was_written(text, told):
    assert parse_period(text).text == told


@pytest.mark.parametrize("text", ["2025-13", "0000", "2025-Q5", "2025-03-05..2025-03-01", "March"])
def test_no_period_is_guessed(text):
    with pytest.raises(Refused):
        parse_period(text)


def test_an_operating_day_begins_at_its_own_hour():
    calendar = Calendar("Asia/Shanghai", 8)
    span = calendar.span(date(2025, 3, 1))
    assert span.seconds == DAY
    assert calendar.day_of(span.start) == date(2025, 3, 1)
    assert calendar.day_of(span.start - 1) == date(2025, 2, 28)
    assert calendar.day_ended_by(span.end) == date(2025, 3, 1)
    assert calendar.read_instant("2025-03-01 08:00") == span.start
    assert calendar.read_instant("2025-03-01") == span.start
    assert calendar.read_instant("2025-03-01T00:00+00:00") == span.start


def test_a_day_is_as_long_as_its_zone_makes_it():
    assert Calendar("Europe/Berlin").span(date(2025, 3, 30)).seconds == 23 * 3600
    assert Calendar("Europe/Berlin").span(date(2025, 10, 26)).seconds == 25 * 3600
