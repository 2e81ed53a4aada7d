"""Tables fit the terminal: first the room between columns goes, then whole columns, words last."""

import pytest
from rich.cells import cell_len

from tui.cli import negative_amounts
from tui.presenting.tables import LEAST, layout, visible

COLUMNS = ("Name", "Flow", "Yesterday", "7-day mean", "Note")
ROWS = [
    ("Reclaimed water to the receiving hall", "leachate.reclaimed-to-wash", "13.6", "14.1", ""),
    ("Sludge", "leachate.sludge", "16.78", "16.363", "scale out of order"),
]
WITHOUT = ((4,), (4, 0))


def _fits(fit, room):
    return sum(fit.widths) + (2 * fit.padding + 1) * (len(fit.widths) - 1) + 2 <= room


def test_where_there_is_room_every_column_has_it():
    fit = layout(COLUMNS, ROWS, 200, without=WITHOUT)
    assert fit.kept == (0, 1, 2, 3, 4)
    assert fit.widths == (37, 26, 9, 10, 18)


@pytest.mark.parametrize(
    ("room", "kept"), [(110, (0, 1, 2, 3, 4)), (95, (0, 1, 2, 3)), (60, (1, 2, 3))]
)
def test_columns_are_left_out_in_the_order_of_what_can_be_missed(room, kept):
    fit = layout(COLUMNS, ROWS, room, wrap=4, without=WITHOUT)
    assert fit.kept == kept
    assert _fits(fit, room)


def test_the_column_that_may_break_gives_way_before_a_column_goes():
    fit = layout(COLUMNS, ROWS, 90, wrap=0, without=WITHOUT)
    assert fit.kept == (0, 1, 2, 3, 4)
    assert fit.widths[0] >= LEAST
    assert _fits(fit, 90)


def test_a_table_without_rows_or_room_is_still_one():
    assert layout(COLUMNS, [], 200).widths == tuple(map(cell_len, COLUMNS))
    assert layout(COLUMNS, ROWS, 5).kept == (0, 1, 2, 3, 4)


def test_chinese_counts_two_cells_and_its_headers_may_break():
    fit = layout(("流", "标准化调整"), [("进厂生活垃圾", "−4.38")], 22)
    assert fit.widths == (12, 6)


@pytest.mark.parametrize("text", ["red\x1b[31m", "a\nb", "a\u202eb", "a\x9bb", "\udcff"])
def test_what_a_terminal_would_obey_is_not_shown_to_it(text):
    assert visible(text).isprintable()
    assert "\ufffd" in visible(text)


def test_chinese_blanks_and_signs_stay_as_they_are():
    assert visible("一\u3000二 ± 3 m³") == "一\u3000二 ± 3 m³"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("log power -5", "log power −5"),
        ("log power -.5", "log power −.5"),
        ("log power --register -5", "log power --register −5"),
        ("log power 5 --sigma -3", "log power 5 --sigma -3"),
        ("log power 5 -v", "log power 5 -v"),
        ("log power -- -5", "log power -- -5"),
        ("log power -", "log power -"),
    ],
)
def test_an_amount_below_zero_is_no_option(typed, read):
    assert negative_amounts(typed.split()) == read.split()
