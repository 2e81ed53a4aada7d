"""Cells pasted from a spreadsheet: what goes where, and what is said of the rest."""

from datetime import date

import pytest

from tui.daysheet.pasting import cells_of, parse

DAY = date(2025, 3, 14)
NAMES = {"进厂垃圾": "waste", "Waste": "waste", "发电量": "power", "渗沥液": "leachate"}
DUE = ["waste", "power", "leachate"]


def pasted(text, due=DUE):
    return parse(text, day=DAY, due=due, match=NAMES.get)


def placed(found):
    return [(item.day.day, item.what, item.text) for item in found.placed]


def test_a_bare_column_goes_down_from_the_cursor_and_a_blank_says_nothing():
    found = pasted("1,234.5\r\n\r\n12 吨\r\n")
    assert placed(found) == [(14, "waste", "1,234.5"), (14, "leachate", "12 吨")]
    assert found.blanks == 1


def test_more_figures_than_lines_are_said_and_not_taken():
    found = pasted("1\n2\n3\n4\n5")
    assert len(found.placed) == 3
    assert [(item.why, item.row) for item in found.left] == [
        ("paste-beyond", 4),
        ("paste-beyond", 5),
    ]


def test_a_second_column_without_names_is_said():
    assert [item.why for item in pasted("1\t2\n3\t4").left] == ["paste-columns"]


def test_names_beside_figures_go_by_name_and_bring_their_unit():
    found = pasted("发电量\t1200\t度\n进厂垃圾 (吨)\t1600\n不明\t5\n渗沥液\t\n")
    assert placed(found) == [(14, "power", "1200 度"), (14, "waste", "1600 吨")]
    assert [(item.why, item.text) for item in found.left] == [("paste-unknown-name", "不明")]
    assert found.blanks == 1


MONTH = (
    "\t焚烧一厂\t\t渗沥液厂\n"
    "日期\t进厂垃圾 [吨]\t发电量\t渗沥液\n"
    "\t吨\tkWh\tm3\n"
    "2025-03-01\t1,600\t500000\t200\n"
    "2025/3/2\t\t510000\t201\n"
    "3日\t1590\t\t\n"
    "合计\t3190\t1010000\t401\n"
)


def test_a_month_sheet_with_merged_heads_units_and_a_sum_below():
    found = pasted(MONTH)
    assert found.shape == "month"
    assert placed(found) == [
        (1, "waste", "1,600 吨"), (1, "power", "500000 kWh"), (1, "leachate", "200 m3"),
        (2, "power", "510000 kWh"), (2, "leachate", "201 m3"), (3, "waste", "1590 吨"),
    ]  # fmt: skip
    assert [(item.why, item.text) for item in found.left] == [("paste-no-day", "合计")]
    assert found.blanks == 3


def test_31_days_by_60_flows():
    names = {f"flow {n}": f"f{n}" for n in range(60)}
    head = "day\t" + "\t".join(names)
    days = [f"{d}日\t" + "\t".join(str(d * n + 1) for n in range(60)) for d in range(1, 32)]
    found = parse("\r\n".join([head, *days]), day=DAY, due=[], match=names.get)
    assert len(found.placed) == 31 * 60
    assert found.days == 31
    assert not found.left


@pytest.mark.parametrize("text", ["", "\n", "\t\t\n\t", "\ufeff"])
def test_nothing_pasted_is_nothing(text):
    assert not pasted(text).placed


def test_a_cell_with_a_line_break_is_one_cell():
    assert cells_of('"进厂\n垃圾"\t12\r\n') == [["进厂 垃圾", "12"]]


def test_line_ends_that_a_multiplexer_has_doubled_are_one():
    assert cells_of("1\r\r2\r\r3\r\r") == [["1"], ["2"], ["3"]]
    assert cells_of("1\r\r2\r3\r") == [["1"], [""], ["2"], ["3"]]
    assert cells_of("1\n\n2\n") == [["1"], [""], ["2"]]
