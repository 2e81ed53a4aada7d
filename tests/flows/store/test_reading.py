"""Reading: effective as of a moment, one by one and as columns."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest

from flows.period import Calendar
from flows.records import Observation, Quality, State
from flows.rows import QUALITY_CODE, STATE_CODE, Rows

FIRST = date(2025, 3, 1).toordinal()
CALENDAR = Calendar("Asia/Shanghai")


@pytest.fixture
def corrected(amount, send):
    """seq 2: two entries; seq 3: the first corrected; seq 4: that moved to another day."""
    send(amount(day=1, value=10.0), amount("ash", day=1, value=1.0))
    send(amount(day=1, value=11.0, supersedes=1), reason="typo")
    send(amount(day=9, value=11.0, supersedes=3), reason="wrong day")


@pytest.mark.usefixtures("corrected")
def test_the_last_word_counts_as_of_each_event(ledger):
    def said(as_of):
        return [(item.what, item.value) for item in ledger.observations(as_of=as_of)]

    assert said(1) == []
    assert said(2) == [("in", 10.0), ("ash", 1.0)]
    assert said(3) == [("ash", 1.0), ("in", 11.0)]
    assert said(None) == said(4) == [("ash", 1.0), ("in", 11.0)]


@pytest.mark.usefixtures("corrected")
def test_an_entry_moved_to_another_day_is_gone_from_its_old_one(ledger):
    only_first = {"first_day": FIRST, "last_day": FIRST}
    assert [item.what for item in ledger.observations(**only_first)] == ["ash"]
    rows = ledger.rows(**only_first)
    assert rows.id.tolist() == [1, 2, 3]
    assert rows.effective.tolist() == [False, True, False]
    assert ledger.rows(**only_first, as_of=3).effective.tolist() == [False, True, True]


def test_what_was_withdrawn_is_effective_no_more_but_never_gone(ledger, amount, send):
    send(amount(ticket="7"), amount(value=3.0, ticket="8"))
    gone = replace(amount(ticket="8"), state=State.WITHDRAWN, value=None, supersedes=2)
    send(gone, reason="typed twice")
    assert [item.ticket for item in ledger.observations()] == ["7"]
    assert [item.id for item in ledger.observations(every=True)] == [1, 2, 3]
    assert ledger.rows().effective.tolist() == [True, False, False]


@pytest.mark.usefixtures("corrected")
def test_the_history_of_an_entry_is_the_same_from_each_of_its_versions(ledger):
    for number in (1, 3, 4):
        assert [item.id for item in ledger.history(number)] == [1, 3, 4]
    assert [item.id for item in ledger.history(2)] == [2]
    assert ledger.history(99) == []


@pytest.mark.usefixtures("corrected")
def test_a_moment_is_found_by_its_event(ledger):
    moments = [event.recorded_at for event in ledger.events()]
    assert ledger.seq_at(moments[0] - 1) == 0
    assert ledger.seq_at(moments[0]) == 1
    assert ledger.seq_at(moments[2] + 1) == 3
    assert ledger.seq_at(10**18) == 4


def test_columns_say_what_the_observations_say(ledger, amount, send):
    items = [
        amount(day=1, value=10.0, sigma=0.5, device="scale", quality=Quality.WEIGHED, ticket="1"),
        amount("ash", day=2, value=0.0, state=State.ZERO, facility="kitchen"),
        replace(amount(day=3), state=State.MISSING, value=None),
        Observation(
            "power", "electricity", FIRST, 5, 5, State.REGISTER, register=17.5, device="meter"
        ),
    ]
    send(*items)
    rows = ledger.rows()
    of_objects = Rows.from_observations(ledger.observations(every=True))
    for name in Rows.__dataclass_fields__:
        one, other = getattr(rows, name), getattr(of_objects, name)
        same = one == other if isinstance(one, tuple) else [*map(str, one)] == [*map(str, other)]
        assert same, name
    assert [rows.subjects[code].what for code in rows.subject] == ["in", "ash", "in", "power"]
    assert rows.state.tolist() == [STATE_CODE[item.state] for item in items]
    assert rows.quality[0] == QUALITY_CODE["weighed"]
    assert rows.amount[:2].tolist() == [10.0, 0.0]
    assert math.isnan(rows.amount[2])
    assert math.isnan(rows.sigma[1])
    assert rows.register[3] == 17.5
    assert rows.device.tolist() == [0, -1, -1, 1]
    assert rows.ticket.tolist() == [True, False, False, False]


def test_columns_can_be_had_of_some_subjects_and_days(ledger, amount, send):
    send(*(amount(what, day=day) for day in range(1, 6) for what in ("in", "ash", "water")))
    rows = ledger.rows(first_day=FIRST + 1, last_day=FIRST + 3, whats=["ash", "in", "unknown"])
    assert set(rows.day.tolist()) == {FIRST + 1, FIRST + 2, FIRST + 3}
    assert {rows.subjects[code].what for code in rows.subject} == {"ash", "in"}
    assert len(rows) == 6
    assert len(ledger.rows(whats=[])) == 0


def test_the_last_counter_readings_before_the_first_day_come_along(ledger, send):
    def counter(day, value, device="meter", **more):
        end = 86_400 * day
        return Observation(
            "power",
            "electricity",
            FIRST + day,
            end,
            end,
            State.REGISTER,
            register=value,
            device=device,
            **more,
        )

    send(counter(1, 10.0), counter(3, 30.0), counter(2, 5.0, "old"), counter(10, 50.0))
    send(counter(3, 31.0, supersedes=2), reason="typo")
    send(counter(4, 40.0))

    def registers(**more):
        rows = ledger.rows(first_day=FIRST + 8, last_day=FIRST + 12, **more)
        return sorted(rows.register[rows.effective].tolist())

    assert registers() == [50.0]
    assert registers(counters_before=True) == [5.0, 40.0, 50.0]
    assert registers(counters_before=True, as_of=3) == [5.0, 31.0, 50.0]
    assert registers(counters_before=True, as_of=2) == [5.0, 30.0, 50.0]
    assert registers(counters_before=True, whats=["in"]) == []


def test_spans_that_began_long_before_and_reach_in_come_along(ledger, amount, send):
    def invoice(first, days):
        start = CALENDAR.instant(date.fromordinal(FIRST + first))
        end = CALENDAR.instant(date.fromordinal(FIRST + first + days))
        return replace(amount("in", day=first), start=start, end=end, device="")

    send(invoice(1, 30), invoice(1, 9), invoice(8, 2))
    reaching = CALENDAR.instant(date.fromordinal(FIRST + 10))

    def found(**more):
        return ledger.rows(first_day=FIRST + 10, last_day=FIRST + 12, **more).id.tolist()

    assert found() == []
    assert found(reaching=reaching) == [1]
    assert found(reaching=reaching, whats=["ash"]) == []
    assert found(reaching=reaching, as_of=1) == []
