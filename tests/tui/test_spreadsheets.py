"""Spreadsheets at the prompt: a template made, filled in and imported; a plant's own books."""

from __future__ import annotations

from datetime import datetime

import openpyxl
import pytest

RECEIVED = "incineration.received"


def fill(path, cells, *, save=None):
    """Write readings into a template by day of the month and head of the second line."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = {sheet.cell(2, at).value: at for at in range(1, sheet.max_column + 1)}
    for (day, head), value in cells.items():
        sheet.cell(2 + day, columns[head]).value = value
    book.save(save or path)


def states(program, day):
    rows = program("sheet", "--day", day, "--json").json
    return {row["what"]: (row["state"], row["value"]) for row in rows if row["state"] != "due"}


def test_a_template_is_filled_in_imported_and_shown(program):
    made = program("template", "--period", "2025-03", "--out", "march.xlsx", "--json", lang="zh")
    assert (made.json["days"], made.json["period"]) == (31, "2025-03")
    path = program.folder / "march.xlsx"
    fill(
        path,
        {
            (1, f"{RECEIVED} [t]"): 1623.4000000000001,
            (1, "incineration.export [kWh]"): 467_000,
            (1, "stock:incineration.bunker [t]"): 5200,
            (2, f"{RECEIVED} [t]"): "缺",
            (3, f"{RECEIVED} [t]"): 0,
        },
    )
    assert program("import", path, "--json").json["rows"] == 5
    assert states(program, "2025-03-01") == {
        RECEIVED: ("value", 1623.4),
        "incineration.export": ("value", 467_000),
        "stock:incineration.bunker": ("value", 5200),
    }
    assert states(program, "2025-03-02") == {RECEIVED: ("missing", None)}
    assert states(program, "2025-03-03") == {RECEIVED: ("zero", 0)}
    assert program("import", path, "--json").codes == ["import-repeated"]


def test_the_template_holds_all_that_is_due_in_the_order_of_the_tour(program):
    program("template", "--period", "2025-03", "--out", "all.xlsx", lang="zh")
    sheet = openpyxl.load_workbook(program.folder / "all.xlsx").worksheets[0]
    heads = [sheet.cell(2, at).value for at in range(2, sheet.max_column + 1)]
    due = [row["what"] for row in program("sheet", "--day", "2025-03-01", "--json").json]
    assert list(dict.fromkeys(head.partition(" ")[0] for head in heads)) == due
    assert "incineration.export [register]" in heads
    assert sheet["B1"].value == "进厂生活垃圾"
    assert "进厂地磅" in sheet["B1"].comment.text


def test_a_facility_gets_a_template_of_its_own_in_either_language(program):
    made = program("template", "--period", "2025-03", "--facility", "leachate", "--json")
    sheet = openpyxl.load_workbook(program.folder / made.json["file"]).worksheets[0]
    heads = [sheet.cell(2, at).value for at in range(2, sheet.max_column + 1)]
    assert 0 < len(heads) < 20
    assert not any(head.startswith("incineration.received") for head in heads)
    assert (made.json["file"], sheet["A1"].value) == ("leachate-2025-03.xlsx", "Day")


def test_a_template_is_never_written_over_what_somebody_has_filled_in(program):
    program("template", "--period", "2025-03", "--out", "march.xlsx")
    before = (program.folder / "march.xlsx").read_bytes()
    ended = program("template", "--period", "2025-04", "--out", "march.xlsx", "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["template-exists"])
    assert (program.folder / "march.xlsx").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--period", "March"), "period-unreadable"),
        (("--facility", "leachat"), "key-unknown"),
        (("--period", "1950..2025"), "period-unreadable"),
        (("--period", "2001-01-01..2025-01-01"), "value-range"),
        (("--out", "no/such/folder/a.xlsx"), "file-unwritable"),
    ],
)
def test_a_template_that_cannot_be_made_is_refused_in_words(program, words, code):
    ended = program("template", *words, "--json", check=False)
    assert (ended.code, ended.codes) == (1, [code])


def test_another_ending_than_xlsx_is_wrong_usage(program):
    assert program("template", "--out", "march.csv", check=False).code == 2


def plant_book(path, rows, *, title="2025年3月 生产台账"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "3月"
    sheet.append([title])
    sheet.merge_cells("A1:C1")
    for cells in rows:
        sheet.append(cells)
    book.save(path)
    return path


def test_a_plant_book_comes_in_as_the_plant_keeps_it(program):
    path = plant_book(
        program.folder / "3月台账.xlsx",
        [
            ["日期", "进厂生活垃圾", "发电量"],
            [None, "吨", "万kWh"],
            ["3月1日", 1623.4, 59.8],
            ["3月2日", 1580, 57.1],
            ["合计", "=SUM(B4:B5)", "=SUM(C4:C5)"],
            ["制表人：王", None, "审核：李"],
        ],
    )
    ended = program("import", path, lang="zh")
    assert "4 行" in ended.out
    assert "合计" in ended.err
    assert states(program, "2025-03-01") == {
        RECEIVED: ("value", 1623.4),
        "incineration.gross-power": ("value", 598_000),
    }


def test_what_is_wrong_in_a_book_is_told_with_sheet_row_and_column_and_nothing_is_kept(program):
    path = plant_book(
        program.folder / "book.xlsx",
        [["日期", "进厂生活垃圾"], ["3月1日", 1600], [datetime(2025, 3, 2), "停炉"]],  # noqa: DTZ001
    )
    ended = program("import", path, lang="zh", check=False)
    assert ended.code == 1
    assert "book.xlsx [3月]" in ended.err
    assert "第 4 行" in ended.err
    assert "B 进厂生活垃圾" in ended.err
    assert states(program, "2025-03-01") == {}


def test_a_book_is_told_by_what_it_is_and_not_by_its_name(program):
    path = plant_book(program.folder / "march.csv", [["日期", "进厂生活垃圾"], ["3月1日", 1600]])
    ended = program("import", path, "--json")
    assert (ended.json["rows"], ended.codes) == (1, ["file-other"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_that_only_looks_like_a_book_is_refused_with_the_way_out(program, lang):
    path = program.folder / "old.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    ended = program("import", path, lang=lang, check=False)
    assert ended.code == 1
    assert ".xlsx" in ended.err
    assert ("另存为" if lang == "zh" else "save it as") in ended.err
