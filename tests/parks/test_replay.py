"""A ledger is its events: appended again they give the same park, whatever units were typed."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.errors import Refused
from flows.period import parse_period
from flows.rows import Rows
from flows.store import exchange
from flows.store.entry import Entry
from flows.store.read import park_known

PARK = """
    [park]
    id = "small"
    zone = "Asia/Shanghai"
    [[process]]
    id = "bunker"
    # stock
    [[flow]]
    id = "received"
    from = "environment"
    to = "bunker"
    unit = "t"
    sigma = 2
    [[flow]]
    id = "fed"
    from = "bunker"
    to = "environment"
    unit = "t"
    sigma = "3 %"
    [[flow]]
    id = "power"
    from = "environment:grid"
    to = "bunker"
    kind = "electricity"
    unit = "kWh"
    device = "meter"
    [[device]]
    id = "meter"
    multiplier = 40
    sigma = "0.5 %"
"""
STOCK = """
    [[stock]]
    process = "bunker"
    unit = "t"
    sigma = 2
"""
PERIOD = parse_period("2025-03-01..2025-03-04")
DAYS = st.integers(1, 4).map(lambda day: f"2025-03-{day:02d}")
AMOUNTS = st.integers(0, 300_000).map(lambda kilograms: Decimal(kilograms) / 1000)
UNITS = {"t": 1, "kg": 1000, "万t": Decimal("0.0001"), "吨": 1, "t/d": 1}

ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("amount"), DAYS, AMOUNTS),
        st.tuples(st.just("missing"), DAYS),
        st.tuples(st.just("ticket"), DAYS, AMOUNTS, st.sampled_from("ABCDEF")),
        st.tuples(st.just("level"), DAYS, AMOUNTS),
        st.tuples(st.just("register"), DAYS, st.integers(0, 50)),
        st.tuples(st.just("correct"), st.integers(1, 12), AMOUNTS),
        st.tuples(st.just("withdraw"), st.integers(1, 12)),
        st.tuples(st.just("park"), st.sampled_from(["", "# renamed\n", "# moved\n"])),
    ),
    max_size=14,
)

fixtures_are_used_anew = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def another(ground):
    """A new folder with the same park each time, with a stock in its bunker or without."""
    number = count(1)

    def make(*, stock=True):
        park = PARK.replace("    # stock\n", STOCK if stock else "")
        return ground(park, f"park-{next(number)}")

    return make


def act(ground, kind, *said):
    """One thing that a person does; what the ledger refuses is not done."""
    entries = {
        "amount": lambda day, value: Entry("fed", f"{value}", day=day),
        "missing": lambda day: Entry("fed", "missing", day=day),
        "ticket": lambda day, value, number: Entry("received", f"{value}", day=day, ticket=number),
        "level": lambda day, value: Entry("stock:bunker", f"{value}", day=day),
        "register": lambda day, value: Entry("power", day=day, register=f"{value}"),
    }
    try:
        if kind == "park":
            ground.ledger.append_park(ground.park.text + said[0], authenticated="root")
        elif kind in entries:
            item, _ = ground.reader.read(entries[kind](*said))
            exchange.submit(ground.ledger, [item], ground.sender, resolver=ground.session.resolver)
        else:
            ground.replace(*said, *([None] if kind == "withdraw" else []))
    except Refused:
        pass


def state(ledger, as_of=None):
    """All that is computed from a ledger as of an event: effective rows, without their ids."""
    first, last = PERIOD.first.toordinal() - 1, PERIOD.last_excluded.toordinal()
    return ledger.rows(as_of=as_of, first_day=first, last_day=last, counters_before=True)


def same(one: Rows, other: Rows):
    """Subjects and devices are numbered as they come: a ledger that went on may know more."""
    for name in (field.name for field in dataclasses.fields(Rows)):
        if name in {"subjects", "devices"}:
            assert getattr(other, name)[: len(getattr(one, name))] == getattr(one, name)
        else:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@fixtures_are_used_anew
@given(ACTIONS)
def test_events_appended_again_give_the_same_state_and_the_same_chain(another, replay, actions):
    park = another()
    for action in actions:
        act(park, *action)
    again = replay(park.ledger)
    assert again.head() == park.ledger.head()
    assert again.events() == park.ledger.events()
    assert again.observations(every=True) == park.ledger.observations(every=True)
    assert again.audit().sound
    for event in park.ledger.events():
        same(state(again, event.seq), state(park.ledger, event.seq))
    theirs = dataclasses.replace(park.session, ledger=again, _months={})
    assert theirs.measured(PERIOD) == park.session.measured(PERIOD)


@fixtures_are_used_anew
@given(ACTIONS, st.integers(0, 14))
def test_a_ledger_as_of_an_event_is_the_ledger_that_stopped_there(another, replay, actions, stop):
    park = another()
    for action in actions:
        act(park, *action)
    seq = min(stop + 1, len(park.ledger.events()))
    shorter = replay(park.ledger, until=seq)
    same(state(shorter), state(park.ledger, seq))
    assert shorter.head() == park.ledger.event(seq).head
    with shorter.reading() as connection:
        assert park_known(connection, park.park.hash)


def test_another_moment_or_another_name_gives_another_chain(another, replay):
    park = another()
    act(park, "amount", "2025-03-01", Decimal(5))
    head = park.ledger.head()
    assert replay(park.ledger).head() == head
    assert replay(park.ledger, later=1).head() != head
    assert replay(park.ledger, claimed="li").head() != head


FOUR_DAYS = st.lists(st.tuples(AMOUNTS, st.sampled_from(sorted(UNITS))), min_size=4, max_size=4)


@settings(fixtures_are_used_anew, max_examples=12)
@given(FOUR_DAYS, FOUR_DAYS)
def test_the_unit_in_which_an_amount_is_typed_changes_nothing(another, received, fed):
    plain, mixed = another(stock=False), another(stock=False)
    for park, units in ((plain, None), (mixed, UNITS)):
        rows = ["what,day,value,unit"]
        for what, amounts in (("received", received), ("fed", fed)):
            for day, (value, unit) in enumerate(amounts, 1):
                shown = f"{value * units[unit]:f},{unit}" if units else f"{value},t"
                rows.append(f"{what},{date(2025, 3, day)},{shown}")
        park.take("\n".join(rows) + "\n")
    for what, one in plain.session.measured(PERIOD)[1].measured.items():
        other = mixed.session.measured(PERIOD)[1].measured[what]
        assert (one.value, one.sigma, one.bias_sigma) == pytest.approx(
            (other.value, other.sigma, other.bias_sigma), rel=1e-14
        )
    one, other = (park.session.month(PERIOD.text).values for park in (plain, mixed))
    assert one.chi2 == pytest.approx(other.chi2, rel=1e-9, abs=1e-9)
    for row, like in zip(one.flows[:2], other.flows[:2], strict=True):
        assert row.reconciled == pytest.approx(like.reconciled, rel=1e-12, abs=1e-9)
        assert row.sigma_reconciled == pytest.approx(like.sigma_reconciled, rel=1e-12)
