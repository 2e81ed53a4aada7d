"""Plant books: what is read of a spreadsheet, and what is said of the rest."""

from __future__ import annotations

import io
from datetime import date, datetime

import pytest
import xlsxwriter

from flows.findings import Severity, errors
from flows.records import State
from flows.resolve import NetworkResolver
from flows.store.exchange import read_log
from flows.store.workbook import day_of_serial

NOW = 1_743_580_800_000_000  # 2025-04-02 08:00 UTC
MARCH = [datetime(2025, 3, day) for day in range(1, 4)]  # noqa: DTZ001  sheets know no zone


def book(*sheets, name="3月", options=None, shape=lambda *_: None):
    """A workbook of sheets given as lists of rows; a datetime becomes a date cell."""
    target = io.BytesIO()
    made = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": True}
                               | (options or {}))  # fmt: skip
    day = made.add_format({"num_format": "yyyy/m/d"})
    for number, rows in enumerate(sheets):
        sheet = made.add_worksheet(name if not number else f"{name}{number + 1}")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(row, column, cell, day)
                elif cell is not None:
                    sheet.write(row, column, cell)
        shape(made, sheet)
    made.close()
    return target.getvalue()


@pytest.fixture
def read(resolver, calendar):
    def read(data, name="book.xlsx", **more):
        more = {"resolver": resolver, "calendar": calendar, "now_us": NOW} | more
        return read_log(data, name, **more)

    return read


@pytest.fixture
def said(read):
    """(what, day of March, value) of what is read; nothing may be refused."""

    def said(data, **more):
        items, found = read(data, **more)
        assert not errors(found), [str(item) for item in found]
        return [(item.what, date.fromordinal(item.day).day, item.value) for item in items]

    return said


@pytest.fixture
def refusals(read):
    def refusals(data):
        return [(item.code, item.row, item.column) for item in errors(read(data)[1])]

    return refusals


def codes(found):
    return [item.code for item in found]


# --- shapes of tables ----------------------------------------------------------------------


def test_the_wide_form_of_a_csv_stands_in_a_sheet_too(said):
    data = book([["day", "in [t]", "ash [kg]"], [MARCH[0], 300, 900], [MARCH[1], None, 850]])
    assert said(data) == [("in", 1, 300.0), ("ash", 1, 0.9), ("ash", 2, 0.85)]


def test_the_long_form_stands_in_a_sheet_too(said):
    data = book([["项目", "日期", "数值", "单位"], ["in", MARCH[0], 300, "t"],
                 ["ash", "2025-03-02", "850", "kg"]])  # fmt: skip
    assert said(data) == [("in", 1, 300.0), ("ash", 2, 0.85)]


def test_a_ledger_under_titles_with_a_merged_head_and_a_line_of_units(said):
    def shape(made, sheet):
        middle = made.add_format({"align": "center"})
        sheet.merge_range("A1:D1", "2025年3月 生产台账", middle)
        sheet.merge_range("A2:A4", "日期", middle)
        sheet.merge_range("B2:C2", "焚烧厂", middle)

    data = book(
        [
            [],
            [None, None, None, "电"],
            [None, "垃圾进厂量", "ash", "发电量"],
            [None, "吨", "kg", "万kWh"],
            ["3月1日", 300, 900, 0.05],
            ["3月2日", 310, None, 0.06],
            [],
            ["合计", 610, 900, 0.11],
            ["制表人：张三", None, "审核：李四"],
        ],
        shape=shape,
    )
    assert said(data) == [
        ("in", 1, 300.0), ("ash", 1, 0.9), ("power", 1, 0.5),
        ("in", 2, 310.0), ("power", 2, 0.6),
    ]  # fmt: skip


def test_a_head_may_break_its_line_before_the_unit(said):
    data = book([["日 期", "进厂垃圾\n(吨)", "发电量\nMWh"], [MARCH[0], 300, 0.5]])
    assert said(data) == [("in", 1, 300.0), ("power", 1, 0.5)]


def test_the_unit_of_a_title_holds_where_a_head_states_none(said):
    data = book([["单位：kg"], ["日期", "in", "ash [t]"], [MARCH[0], 300_000, 1]])
    assert said(data) == [("in", 1, 300.0), ("ash", 1, 1.0)]


def test_days_may_be_bare_numbers_under_the_month_in_the_title(said):
    data = book([["2025年3月"], ["日期", "in"], [1, 300], [2, 310]])
    assert said(data) == [("in", 1, 300.0), ("in", 2, 310.0)]


@pytest.mark.parametrize("name", ["2025年3月", "2025-03", "202503", "2025.3月"])
def test_the_name_of_the_sheet_says_the_month(said, name):
    data = book([["日期", "in"], ["1日", 300], ["2号", 310]], name=name)
    assert said(data) == [("in", 1, 300.0), ("in", 2, 310.0)]


def test_titles_that_contradict_each_other_say_nothing_of_the_month(refusals):
    data = book([["2025年3月"], ["日期", "in"], ["1日", 300]], name="2025年2月")
    assert refusals(data) == [("day-unreadable", 3, "A 日期")]


@pytest.mark.parametrize(
    "day", [45717, "2025年3月1日", "2025/3/1", "20250301", 20250301,
            "2025-03-01 00:00:00", "２０２５－０３－０１", "2025.3.1 星期六"],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(said, day):
    assert said(book([["日期", "in"], [day, 300], [MARCH[1], 310]]))[0] == ("in", 1, 300.0)


def test_days_may_be_counted_from_1904(said):
    data = book([["日期", "in"], [MARCH[0], 300]], options={"date_1904": True})
    assert said(data) == [("in", 1, 300.0)]


def test_serial_days_skip_the_29_february_1900_that_never_was():
    assert day_of_serial(59).date() == date(1900, 2, 28)
    assert day_of_serial(61).date() == date(1900, 3, 1)
    assert day_of_serial(45717.5).isoformat() == "2025-03-01T12:00:00"
    assert day_of_serial(0, epoch_1904=True).date() == date(1904, 1, 1)
    assert day_of_serial(-1) is None


def test_two_halves_of_a_month_stand_side_by_side(said):
    data = book([["日期", "in", "日期", "in"], [MARCH[0], 300, MARCH[1], 310]])
    assert said(data) == [("in", 1, 300.0), ("in", 2, 310.0)]


def test_tables_of_two_plants_stand_one_below_the_other(said):
    data = book([["焚烧厂"], ["日期", "in"], [MARCH[0], 300], ["合计", 300], [],
                 ["发电"], ["日期", "发电量 [MWh]"], [MARCH[0], 0.5]])  # fmt: skip
    assert said(data) == [("in", 1, 300.0), ("power", 1, 0.5)]


def test_months_stand_on_sheets_of_their_own(said):
    data = book([["日期", "in"], [MARCH[0], 300]], [["日期", "in"], [MARCH[1], 310]])
    assert said(data) == [("in", 1, 300.0), ("in", 2, 310.0)]


def test_a_day_merged_over_the_rows_of_a_long_table_holds_for_all(said):
    def shape(made, sheet):
        sheet.merge_range("A2:A3", MARCH[0], made.add_format({"num_format": "m月d日"}))

    data = book([["日期", "项目", "数值"], [None, "in", 300], [None, "ash", 900]], shape=shape)
    assert said(data) == [("in", 1, 300.0), ("ash", 1, 0.9)]


def test_blank_rows_and_columns_do_not_matter(said):
    data = book([[], [], [None, None, "day", None, "in [t]"], [],
                 [None, None, MARCH[0], None, 300], [],
                [None, None, MARCH[1], None, 310]])  # fmt: skip
    assert said(data) == [("in", 1, 300.0), ("in", 2, 310.0)]


def test_an_alias_of_the_park_names_a_column(said):
    assert said(book([["日期", "垃圾进厂量（t）"], [MARCH[0], 300]])) == [("in", 1, 300.0)]


def test_a_name_is_read_with_the_plant_that_it_stands_under_or_whose_sheet_it_is(
    resolver, calendar
):
    aliases = {"进厂": "in", "二厂进厂": "ash", "三厂进厂": "water"}
    own = NetworkResolver(resolver._network, aliases)

    def whats(data):
        items, _ = read_log(data, "b.xlsx", resolver=own, calendar=calendar, now_us=NOW)
        return [item.what for item in items]

    under = book([[None, "一厂", "二厂"], ["日期", "进厂", "进厂"], [MARCH[0], 300, 900]])
    assert whats(under) == ["in", "ash"]
    assert whats(book([["日期", "进厂"], [MARCH[0], 300]], name="三厂")) == ["water"]


def test_a_counter_has_its_own_head(read):
    items, found = read(book([["day", "power [register]"], [MARCH[0], 100], [MARCH[1], 150]]))
    assert not found
    assert [(item.state, item.register) for item in items] == [
        (State.REGISTER, 100.0), (State.REGISTER, 150.0),
    ]  # fmt: skip


def test_a_line_that_numbers_the_columns_is_no_reading(said):
    data = book([["日期", "in", "ash [t]"], ["甲", 1, 2], [MARCH[0], 300, 1], [MARCH[1], 310, 2]])
    assert said(data) == [("in", 1, 300.0), ("ash", 1, 1.0), ("in", 2, 310.0), ("ash", 2, 2.0)]


def test_a_title_line_right_above_the_heads_is_no_line_of_heads(said):
    def shape(made, sheet):
        sheet.merge_range("A2:A3", "日期", made.add_format())
        sheet.merge_range("B2:C2", "焚烧厂", made.add_format())
        sheet.write_datetime("B1", MARCH[0], made.add_format({"num_format": 'yyyy"年"m"月"'}))

    data = book([["编制：生产部", None, "单位：吨"], [], [None, "in", "ash"], ["1日", 300, 1]],
                name="台账", shape=shape)  # fmt: skip
    assert said(data) == [("in", 1, 300.0), ("ash", 1, 1.0)]


def test_a_missing_year_is_said_once_and_the_rest_is_said_too(refusals):
    def shape(_, sheet):
        sheet.write_formula("C3", "=1/0", None, "#DIV/0!")

    data = book([["日期", "in [t]", "ash [MWh]"], ["3月1日", 300, 1], ["3月2日", 300],
                 ["合计", 600]], name="台账", shape=shape)  # fmt: skip
    assert refusals(data) == [("unit-dimension", 1, "C ash [MWh]"), ("day-unreadable", 2, "A 日期")]


def test_a_first_day_that_cannot_be_read_is_refused_as_a_day(refusals):
    data = book([["日期", "in"], ["三月一日", 300], [MARCH[1], 310]])
    assert refusals(data) == [("day-unreadable", 2, "A 日期")]


def test_ordinal_numbers_beside_a_long_table_are_left_out(read):
    data = book([["序号", "项目", "日期", "数值", "备注"], [1, "in", MARCH[0], 300, "阴"]])
    ((item,), (found,)) = read(data)
    assert (item.what, item.note, found.code, found.column) == (
        "in", "阴", "column-skipped", "A 序号",
    )  # fmt: skip


# --- numbers -------------------------------------------------------------------------------


def test_the_noise_of_binary_arithmetic_does_not_come_in(read):
    ((item,), _) = read(book([["day", "in [t]"], [MARCH[0], 1623.4000000000001 / 10]]))
    assert (item.value, item.typed) == (162.34, "162.34")


def test_a_stated_zero_a_missing_reading_and_an_empty_cell_are_three_things(read):
    items, _ = read(book([["day", "in", "ash", "water"], [MARCH[0], 0, "缺", None]]))
    assert [(item.what, item.state) for item in items] == [
        ("in", State.ZERO), ("ash", State.MISSING),
    ]  # fmt: skip


def test_a_percentage_is_read_as_it_is_shown_and_that_is_said(read):
    def shape(made, sheet):
        sheet.write_number("B2", 0.55, made.add_format({"num_format": "0.0%"}))

    ((item,), found) = read(book([["day", "in.moisture"], [MARCH[0]]], shape=shape))
    assert (item.value, item.typed) == (0.55, "55 %")
    assert codes(found) == ["cell-percent"]


def test_text_in_a_number_cell_goes_through_the_strict_reader(refusals, said):
    assert said(book([["day", "in"], [MARCH[0], "0.03 万吨"]])) == [("in", 1, 300.0)]
    assert refusals(book([["day", "in [t]"], [MARCH[0], "16 23"], [MARCH[1], "停炉"]])) == [
        ("amount-grouping", 2, "B in [t]"), ("amount-not-a-number", 3, "B in [t]"),
    ]  # fmt: skip


# --- refused -------------------------------------------------------------------------------


def test_a_swapped_line_of_units_is_refused_once_for_each_column(refusals):
    data = book([["日期", "in", "发电量"], [None, "MWh", "吨"],
                 [MARCH[0], 300, 0.5], [MARCH[1], 300, 0.5]])  # fmt: skip
    assert refusals(data) == [
        ("unit-dimension", 2, "B in [MWh]"),
        ("unit-dimension", 2, "C 发电量 [吨]"),
    ]


def test_a_head_that_nobody_knows_is_refused_where_it_holds_readings(read):
    data = book([["日期", "in", "进厂拉圾", "unused"], [MARCH[0], 300, 5, None]])
    (found,) = errors(read(data)[1])
    assert (found.code, found.column, found.params["nearest"]) == (
        "flow-unknown", "C 进厂拉圾", "进厂垃圾",
    )  # fmt: skip


def test_a_quality_below_a_flow_is_not_taken_for_its_amount(refusals):
    data = book([["日期", "进厂垃圾"], [None, "热值"], [MARCH[0], 300]])
    assert refusals(data) == [("flow-unknown", 2, "B 进厂垃圾 / 热值")]


def test_the_same_day_twice_is_refused_across_sheets_too(read):
    rows = [["日期", "in"], [MARCH[0], 300]]
    (found,) = errors(read(book(rows, rows))[1])
    assert (found.code, found.row, found.file) == ("entry-duplicate", 2, "book.xlsx [3月2]")
    assert found.params["other"] == "3月!2"


def test_formulas_are_read_by_their_results_and_refused_without(read, said):
    def uncalculated(_, sheet):
        sheet.write_formula("B3", "=B2+1", None, 0)

    def calculated(_, sheet):
        sheet.write_formula("B3", "=B2+10", None, 310)

    rows = [["day", "in"], [MARCH[0], 300], [MARCH[1]]]
    assert said(book(rows, shape=calculated))[-1] == ("in", 2, 310.0)
    (found,) = errors(read(book(rows, shape=uncalculated))[1])
    assert (found.code, found.params["cells"], found.file) == (
        "formula-uncalculated", "B3", "book.xlsx [3月]",
    )  # fmt: skip


def test_days_that_are_formulas_without_results_are_named_too(read):
    def shape(_, sheet):
        sheet.write_formula("A3", "=A2+1", None, 0)

    data = book([["day", "in"], [MARCH[0], 300], [None, 310]], shape=shape)
    (found,) = errors(read(data)[1])
    assert (found.code, found.params["cells"]) == ("formula-uncalculated", "A3")


@pytest.mark.parametrize("cell", [MARCH[0], True])
def test_a_date_or_a_truth_in_a_column_of_numbers_is_no_amount(read, cell):
    (found,) = errors(read(book([["day", "in"], [MARCH[0], cell]]))[1])
    assert (found.code.partition("-")[0], found.row, found.column) == ("amount", 2, "B in")


def test_a_formula_that_failed_is_named(refusals):
    def shape(_, sheet):
        sheet.write_formula("B2", "=1/0", None, "#DIV/0!")

    assert refusals(book([["day", "in"], [MARCH[0]]], shape=shape)) == [("cell-error", 2, "B in")]


def test_a_reading_merged_over_two_days_is_nobodys(refusals):
    def shape(made, sheet):
        sheet.merge_range("B2:B3", 300, made.add_format())

    data = book([["day", "in"], [MARCH[0]], [MARCH[1]]], shape=shape)
    assert refusals(data) == [("cell-merged", 2, "B in")]


def test_a_reading_without_a_day_is_refused(refusals):
    data = book([["day", "in"], [MARCH[0], 300], [None, 310]])
    assert refusals(data) == [("day-unreadable", 3, "A day")]


def test_a_day_that_there_is_not_is_refused_by_name(read):
    (found,) = errors(read(book([["2025年2月"], ["日期", "in"], [30, 1], [1, 1]], name="2月"))[1])
    assert (found.code, found.row, found.params["text"]) == ("day-unreadable", 3, "30")


@pytest.mark.parametrize("head", ["日期", "项目", None])
def test_days_that_run_across_are_refused_with_the_way_out(read, head):
    data = book([["2025年3月"], [head, "1日", "2日", "3日"], ["进厂垃圾", 300, 310, 320]])
    (found,) = errors(read(data)[1])
    assert (found.code, found.row, found.params["problem"]) == ("header-unknown", 2, "across")


def test_endless_texts_cost_no_time(read):
    blank = "x" + " " * 30_000 + "y"
    items, found = read(book([[blank], ["day", "in", blank], [MARCH[0], 300], [blank, 1, blank]]))
    assert len(items) == 1
    assert [item.code for item in errors(found)] == ["flow-unknown", "day-unreadable"]


def test_one_flow_in_two_columns_is_refused(refusals):
    data = book([["day", "in [t]", "进厂垃圾"], [MARCH[0], 300, 310]])
    assert refusals(data) == [("id-duplicate", 1, "C 进厂垃圾")]


def test_a_heading_that_a_long_table_does_not_know_is_refused(refusals):
    data = book([[], ["what", "day", "value", "colour"], ["in", MARCH[0], 1, "red"]])
    assert refusals(data) == [("key-unknown", 2, "D colour")]


def test_a_head_that_is_wrong_is_named_with_its_sheet_and_the_other_sheets_are_read_too(read):
    wrong = [["what", "day", "value", "colour"], ["in", MARCH[0], 1, "red"]]
    found = errors(read(book(wrong, [["day", "in"], ["2025-02-30", 300]]))[1])
    assert [(item.code, item.file) for item in found] == [
        ("key-unknown", "book.xlsx [3月]"), ("day-unreadable", "book.xlsx [3月2]"),
    ]  # fmt: skip


# --- left out, and said --------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["合计", "合 计", "小计：", "本月累计", "月平均", "Total", "average"]
)
def test_sums_are_left_out_and_said(read, word):
    items, found = read(book([["day", "in"], [MARCH[0], 300], [word, 300], [MARCH[1], 310]]))
    assert [(item.code, item.row, item.severity) for item in found] == [
        ("row-skipped", 3, Severity.INFO)
    ]
    assert len(items) == 2


def test_columns_of_sums_and_remarks_are_left_out_and_said(read):
    def shape(made, sheet):
        sheet.merge_range("C1:D1", "进厂垃圾", made.add_format())

    data = book(
        [
            ["序号", "日期", None, None, "天气", "备注"],
            [None, None, "当日", "月累计"],
            [1, MARCH[0], 300, 300, "晴", "正常"],
        ],
        shape=shape,
    )
    items, found = read(data)
    assert [(item.what, item.value) for item in items] == [("in", 300.0)]
    assert {(item.code, item.params["problem"]) for item in found} == {
        ("column-skipped", "sum"), ("column-skipped", "beside"),
    }  # fmt: skip


def test_numbers_under_no_head_are_left_out_with_a_warning(read):
    items, found = read(book([["day", "in"], [MARCH[0], 300, 77]]))
    assert len(items) == 1
    assert [(item.code, item.severity, item.column) for item in found] == [
        ("column-skipped", Severity.WARNING, "C")
    ]


def test_what_is_hidden_is_not_read_and_that_is_said(read):
    def shape(_, sheet):
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(2, 2, None, None, {"hidden": True})

    rows = [["day", "in", "ash"], [MARCH[0], 300, 900], [MARCH[1], 310, 900]]
    items, found = read(book(rows, shape=shape))
    assert [(item.what, item.value) for item in items] == [("in", 300.0)]
    assert [(item.code, item.params["cells"]) for item in found] == [
        ("cells-hidden", "3"), ("cells-hidden", "C"),
    ]  # fmt: skip


def test_a_hidden_sheet_is_not_read_and_that_is_said(read):
    def shape(_, sheet):
        if sheet.get_name() == "3月2":
            sheet.hide()

    rows = [["day", "in"], [MARCH[0], 300]]
    items, found = read(book(rows, [["day", "ash"], [MARCH[0], 9]], shape=shape))
    assert [item.what for item in items] == ["in"]
    assert [(item.code, item.params["sheet"]) for item in found] == [("sheet-skipped", "3月2")]


def test_a_sheet_without_a_table_is_said(read):
    items, found = read(book([["day", "in"], [MARCH[0], 300]], [["地址", "电话"], ["北京", 1]]))
    assert len(items) == 1
    assert codes(found) == ["sheet-skipped"]


def test_a_book_without_any_table_is_refused(read):
    (found,) = read(book([["地址", "电话"], ["北京", 1]]))[1]
    assert (found.code, found.params["text"]) == ("header-unknown", "地址 | 电话")
    assert codes(read(book([[]]))[1]) == ["file-empty"]


def test_what_is_said_stands_in_its_sheet(read):
    items, (found,) = read(book([["day", "in"], [MARCH[0], 300], ["备注：检修"]]))
    assert (found.file, found.row, found.params["problem"]) == ("book.xlsx [3月]", 3, "signature")
    assert items[0].origin == "book.xlsx:3月!2"
