"""The template: what is written into it comes back, whatever it is."""

from __future__ import annotations

import io
from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.findings import errors
from flows.records import State
from flows.store.exchange import read_log
from flows.store.template import (
    TemplateColumn,
    TemplateTexts,
    display_width,
    plain,
    sheet_name,
    template,
)

NOW = 1_743_580_800_000_000  # 2025-04-02 08:00 UTC
DAYS = [date(2025, 3, 1) + timedelta(days=at) for at in range(4)]
COLUMNS = (
    TemplateColumn("进厂垃圾", "in", "t", "地磅\n平常 100 至 900 t"),
    TemplateColumn("灰渣", "ash", "kg"),
    TemplateColumn("发电量", "power", "kWh"),
    TemplateColumn("发电量（表底数）", "power", "register"),
    TemplateColumn("存量", "stock:plant", "t"),
)
TEXTS = TemplateTexts(
    "2025-03",
    "日期",
    "填写说明",
    ["一行一天。", "=cmd|' /C calc'!A0"],
    "缺",
    "不是数字。",
    "日期固定。",
)


@pytest.fixture(scope="module")
def made():
    return template(DAYS, COLUMNS, TEXTS)


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def filled(data, cells):
    """The template with values by (row of days, column of streams), saved by another program."""
    book = opened(data)
    for (day, stream), value in cells.items():
        book.worksheets[0].cell(3 + day, 2 + stream).value = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture
def read(resolver, calendar):
    def read(data):
        return read_log(data, "t.xlsx", resolver=resolver, calendar=calendar, now_us=NOW)

    return read


def test_days_go_down_and_streams_go_across_with_id_and_unit(made):
    sheet = opened(made).worksheets[0]
    assert [sheet.cell(1, at).value for at in (1, 2, 5)] == ["日期", "进厂垃圾", "发电量（表底数）"]
    assert [sheet.cell(2, at).value for at in (1, 2, 5)] == ["day", "in [t]", "power [register]"]
    assert [sheet.cell(row, 1).value.date() for row in (3, 4, 5, 6)] == DAYS
    assert sheet.freeze_panes == "B3"
    assert sheet["B1"].comment.text == "地磅\n平常 100 至 900 t"


def test_cells_take_a_number_not_below_zero_or_the_word_for_missing(made):
    rules = opened(made).worksheets[0].data_validations.dataValidation
    by_cells = {str(rule.sqref): rule for rule in rules}
    assert by_cells["B3:B6"].formula1 == 'OR(AND(ISNUMBER(B3),B3>=0),B3="缺",B3="missing")'
    assert (by_cells["A3:A6"].type, by_cells["A3:A6"].operator) == ("date", None)


def test_columns_are_as_wide_as_their_chinese_names(made):
    sheet = opened(made).worksheets[0]
    assert sheet.column_dimensions["E"].width > sheet.column_dimensions["B"].width
    assert display_width("发电量a") == 7


def test_an_empty_template_says_nothing(read, made):
    assert read(made) == ([], ())


def test_the_same_template_is_the_same_file(made):
    assert template(DAYS, COLUMNS, TEXTS) == made


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1"])
def test_text_that_a_spreadsheet_would_calculate_is_made_harmless(text):
    evil = TemplateColumn(text, "in", "t", text)
    book = opened(template(DAYS, [evil], TEXTS))
    head = book.worksheets[0]["B1"]
    assert head.data_type == "s"
    assert head.value.startswith("'")
    assert book.worksheets[0]["B1"].comment.text.startswith("'")
    assert book.worksheets[1]["A3"].value.startswith("'=cmd")


def test_text_loses_its_control_characters():
    assert plain("a\x00b\x1bc\nd") == "a b c\nd"


@pytest.mark.parametrize(
    ("text", "name"), [("2025-03-01..2025-03-31", "2025-03-01..2025-03-31"), ("a/b:c", "a-b-c"),
                       ("'", "sheet"), ("月" * 40, "月" * 31)],
)  # fmt: skip
def test_a_sheet_gets_a_name_that_a_sheet_may_have(text, name):
    assert sheet_name(text) == name


def test_a_day_a_counter_a_level_and_a_missing_reading_come_back(read, made):
    cells = {(0, 0): 300.5, (1, 0): 0, (2, 0): "缺", (0, 3): 100, (1, 3): 150, (0, 4): 80}
    items, found = read(filled(made, cells))
    assert not errors(found)
    assert [(item.what, item.state, item.value, item.register) for item in items] == [
        ("in", State.VALUE, 300.5, None),
        ("power", State.REGISTER, None, 100.0),
        ("stock:plant", State.VALUE, 80.0, None),
        ("in", State.ZERO, 0.0, None),
        ("power", State.REGISTER, None, 150.0),
        ("in", State.MISSING, None, None),
    ]


VALUES = st.one_of(
    st.none(),
    st.just("缺"),
    st.floats(1e-6, 400.0).map(lambda value: float(f"{value:.12g}")),
    st.integers(0, 400),
)


@given(st.lists(st.lists(VALUES, min_size=3, max_size=3), min_size=4, max_size=4))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_into_a_template_comes_back(read, made, table):
    streams = {0: ("in", 1.0), 1: ("ash", 1e-3), 2: ("power", 1e-3)}
    cells = {(day, stream): value for day, row in enumerate(table)
             for stream, value in enumerate(row) if value is not None}  # fmt: skip
    items, found = read(filled(made, cells))
    assert not errors(found)
    came = {(date.fromordinal(item.day), item.what): item for item in items}
    assert len(came) == len(cells)
    for (day, stream), value in cells.items():
        what, factor = streams[stream]
        item = came[DAYS[day], what]
        if value == "缺":
            assert item.state is State.MISSING
        else:
            assert float(item.typed) == value
            assert item.value == pytest.approx(value * factor, rel=1e-14)
            assert (item.state is State.ZERO) == (value == 0)
