"""Properties of the strict reader that hold for any text and any number."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.errors import Refused
from flows.findings import CODES
from flows.units import (
    KINDS,
    read_amount,
    read_number,
    read_spread,
    registry,
    slip,
    to_unit,
    unit_factor,
)

FULL_WIDTH = str.maketrans("0123456789.,-+", "０１２３４５６７８９．，－＋")
PLAIN = str.maketrans("０１２３４５６７８９．，－＋　−", "0123456789.,-+ -")
KIND = st.sampled_from(sorted(KINDS))
TONNES = st.floats(1e-6, 1e9)

#: Made of what is near to an amount: digits, every sort of separator, pieces of units.
UNIT_PIECES = st.sampled_from(
    [
        *("t", "kg", "g", "m", "3", "³", "㎥", "L", "Nm3", "mol", "MW", "kWh", "GJ", "tce", "CO2"),
        *("千", "万", "亿", "吨", "方", "标", "度", "车", "亩", "%", "‰", "ppm"),
        *("/", "/d", "日", "h", "×", "10^4", "10⁴", "·", "-1", " "),
    ]
)
ANY_PIECES = UNIT_PIECES | st.sampled_from(
    [*"0123456789０５⁴½①三.,，。、'_ 　+-−eE^", "nan", "inf", "1,000", "1e3"]
)
NUMBER_LIKE = st.from_regex(r"[+−-]?[0-9０-９]{1,4}([,，.'_ ][0-9]{1,3}){0,2}", fullmatch=True)
NEARLY = st.lists(ANY_PIECES, max_size=9).map("".join) | st.builds(
    "{}{}{}".format,
    NUMBER_LIKE,
    st.sampled_from(["", " ", "　"]),
    st.lists(UNIT_PIECES, max_size=3).map("".join),
)


@pytest.fixture(scope="module", autouse=True)
def _registry_built_before_hypothesis_takes_the_time():
    registry().convert(1.0, "kg", "t")


def check_one_known_code(refusal: Refused) -> None:
    (found,) = refusal.findings
    assert found.code in CODES


@given(st.floats(0, 1e15), st.integers(0, 6))
def test_a_rightly_grouped_number_reads_back(value, digits):
    text = f"{value:,.{digits}f}"
    assert read_number(text) == float(f"{value:.{digits}f}")
    assert read_number(text.translate(FULL_WIDTH)) == read_number(text)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_a_machine_writes_reads_back_to_the_last_bit(value):
    assert read_number(repr(value)) == value


@given(st.integers(1000, 10**9), st.integers(1, 12))
def test_a_comma_in_a_wrong_place_is_refused(value, place):
    digits = str(value)
    place = min(place, len(digits) - 1)
    text = f"{digits[:place]},{digits[place:]}"
    if text == f"{value:,}":
        assert read_number(text) == value
    else:
        with pytest.raises(Refused):
            read_number(text)


@given(NEARLY | st.text(max_size=30))
@example("1 000 t")
@example("0e5")
@example("1e-400")
@example("0×10^4t")
def test_any_text_is_read_as_what_stands_there_or_refused(text):
    try:
        value = read_number(text)
    except Refused as refusal:
        check_one_known_code(refusal)
        return
    plain = text.translate(PLAIN).strip()
    assert value == float(plain.replace(",", ""))
    assert value != 0.0 or not re.search("[1-9]", re.split("[eE]", plain)[0])
    if "," in plain:
        whole = re.split(r"\.", plain.lstrip("+-"))[0]
        assert whole == f"{int(whole.replace(',', '')):,}"


@given(NEARLY | st.text(max_size=30), KIND)
@example("5 ⁴t", "mass")
@example("1 /", "mass")
@example("1 千", "mass")
def test_any_text_is_an_amount_or_refused_and_never_a_wrong_zero(text, kind):
    try:
        amount = read_amount(
            text, kind=kind, seconds=86_400, density=0.9, gas_state="20C", signed=True
        )
    except Refused as refusal:
        check_one_known_code(refusal)
        return
    assert math.isfinite(amount.value)
    assert amount.typed == text
    # The number ends where a letter, a sign of percent or a multiplication begins.
    number = re.split(r"[^\W\d_]|[%％‰×]", text.translate(PLAIN), maxsplit=1)[0]
    assert (amount.value == 0.0) == (not re.search("[1-9]", number))


@given(NEARLY | st.text(max_size=20), KIND)
def test_any_text_is_a_standard_deviation_or_refused(text, kind):
    try:
        spread = read_spread(text, kind=kind, seconds=86_400, density=0.9, gas_state="20C")
    except Refused:
        return
    assert (spread.absolute is None) != (spread.relative is None)
    assert (spread.absolute or 0.0) >= 0.0
    assert spread.relative is None or spread.relative > 0.0


@given(TONNES)
def test_a_change_of_unit_changes_nothing(tonnes):
    amounts = [
        read_amount(f"{tonnes!r} t", kind="mass"),
        read_amount(f"{tonnes * 1000!r} kg", kind="mass"),
        read_amount(f"{tonnes / 1e4!r}", kind="mass", unit="万吨"),
        read_amount(tonnes / 1e3, kind="mass", default_unit="kt"),
        read_amount(f"{tonnes!r} t/d", kind="mass", seconds=86_400),
        read_amount(f"{tonnes / 0.9!r} m3", kind="mass", density=0.9),
    ]
    assert [item.value for item in amounts] == pytest.approx([tonnes] * 6, rel=1e-12)


@given(KIND, st.data(), TONNES, st.floats(1.0, 1e8))
def test_display_is_the_inverse_of_reading(kind, data, value, seconds):
    unit = data.draw(st.sampled_from(KINDS[kind].units))
    given_by = {"seconds": seconds, "density": 0.9, "gas_state": "20C"}
    shown = to_unit(value, kind, unit, **given_by)
    assert shown * unit_factor(unit, kind, **given_by) == pytest.approx(value, rel=1e-12)


@given(TONNES, st.floats(0.77, 1.3), st.sampled_from([-4, -3, -2, -1, 1, 2, 3, 4]))
def test_a_shift_by_powers_of_ten_is_always_named_and_its_direction_too(usual, ratio, power):
    name = slip(usual * ratio * 10.0**power, usual)
    assert name is not None
    assert name.endswith("high" if power > 0 else "low")
    assert slip(usual * ratio, usual) is None
