"""What is said twice of one moment is found, however little else is said with it."""

from __future__ import annotations

from datetime import date

import pytest

from flows.errors import Refused
from flows.records import Observation, State
from flows.store.exchange import submit


@pytest.fixture
def level(calendar):
    def make(value, day=1):
        end = calendar.span(date(2025, 3, day)).end
        ordinal = date(2025, 3, day).toordinal()
        return Observation("stock:plant", "mass", ordinal, end, end, State.VALUE, value)

    return make


def test_a_level_of_a_moment_that_has_one_is_refused(ledger, sender, resolver, level):
    submit(ledger, [level(100.0)], sender, resolver=resolver)
    with pytest.raises(Refused) as caught:
        submit(ledger, [level(101.0)], sender, resolver=resolver)
    assert [(item.code, item.where) for item in caught.value.findings] == [
        ("entry-duplicate", "stock:plant")
    ]
    submit(ledger, [level(101.0, day=2)], sender, resolver=resolver)
    assert [item.value for item in ledger.observations()] == [100.0, 101.0]
