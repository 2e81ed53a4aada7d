"""Small sums in a field: decimal-exact, one unit, never evaluated."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import Refused
from tui.daysheet.sums import add_up


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("120+35-4", "151"),
        ("0.1+0.2", "0.3"),
        ("1,200.5 + 3 t", "1203.5t"),
        ("１２０＋３５", "155"),
        ("12 t+3 t", "15t"),
        ("1e3+1", "1001"),
        ("0.16万吨", "0.16万吨"),
        ("1e+3", "1e+3"),
        ("-5+10", "5"),
        ("7-7", "0"),
    ],
)
def test_a_sum_is_added_exactly_and_anything_else_stays_as_typed(typed, text):
    assert add_up(typed).text == text


def test_what_was_typed_is_kept_beside_the_sum():
    assert add_up("120+35").terms == "120+35"
    assert add_up("155").terms == ""


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1 t + 200 kg", "unit-conflict"),
        ("1 t + 200", "unit-conflict"),
        ("12。5+1", "amount-not-a-number"),
        ("1,62+1", "amount-grouping"),
        ("1e999+1", "amount-not-finite"),
    ],
)
def test_terms_that_are_no_amounts_of_one_unit_are_refused(typed, code):
    with pytest.raises(Refused) as refused:
        add_up(typed)
    assert [item.code for item in refused.value.findings] == [code]


@pytest.mark.parametrize("typed", ["__import__('os')", "2*3", "(1+2)", "1+(2)"])
def test_nothing_is_ever_evaluated(typed):
    with contextlib.suppress(Refused):
        assert add_up(typed).terms == ""


_NUMBERS = st.decimals("0", "99999", places=3, allow_nan=False)


@given(st.lists(_NUMBERS, min_size=2, max_size=6), st.data())
def test_a_sum_equals_that_of_the_decimals(numbers, data):
    signs = [data.draw(st.sampled_from("+-")) for _ in numbers[1:]]
    typed = f"{numbers[0]}" + "".join(f"{s}{n}" for s, n in zip(signs, numbers[1:], strict=True))
    total = numbers[0] + sum(n if s == "+" else -n for s, n in zip(signs, numbers[1:], strict=True))
    assert Decimal(add_up(typed).text) == total
