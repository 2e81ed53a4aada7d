"""An operator's entries, through the program as a process."""

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

RECEIVED = "incineration.received"


def test_a_reading_is_taken_in_the_unit_on_the_meter(program):
    program("log", RECEIVED, "0.16 万吨", "--day", "2025-03-01")
    (row,) = [row for row in program("sheet", "--day", "2025-03-01", "--json").json
              if row["what"] == RECEIVED]  # fmt: skip
    assert (row["value"], row["unit"], row["state"]) == (1600, "t", "value")


def test_the_next_day_shows_yesterday_and_the_week(program):
    for day, amount in enumerate(("1500", "1600", "1700"), start=1):
        program("log", RECEIVED, amount, "--day", f"2025-03-0{day}")
    (row,) = [row for row in program("sheet", "--day", "2025-03-04", "--json").json
              if row["what"] == RECEIVED]  # fmt: skip
    assert (row["state"], row["value"]) == ("due", None)
    assert row["yesterday"] == 1700
    assert row["mean_7_days"] == pytest.approx(1600)


def test_a_value_a_stated_zero_and_a_missing_reading_are_three_things(program):
    program("log", RECEIVED, "1500", "--day", "2025-03-01")
    program("log", RECEIVED, "0", "--day", "2025-03-02")
    program("log", RECEIVED, "missing", "--day", "2025-03-03", "--cause", "scale out of order")
    states = [
        row["state"]
        for day in (1, 2, 3, 4)
        for row in program("sheet", "--day", f"2025-03-0{day}", "--json").json
        if row["what"] == RECEIVED
    ]
    assert states == ["value", "zero", "missing", "due"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("incineration.recieved", "1600"), "flow-unknown"),
        ((RECEIVED, "1600 kWh"), "unit-dimension"),
        ((RECEIVED, "1600 Nm3"), "unit-kind"),
        ((RECEIVED, "16 23"), "amount-grouping"),
        ((RECEIVED, "-5"), "amount-negative"),
        ((RECEIVED, "1600 zentner"), "unit-unknown"),
        ((RECEIVED, "99999"), "entry-impossible"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_is_kept(program, words, code):
    ended = program("log", "--day", "2025-03-01", "--json", "--", *words, check=False)
    assert ended.code == 1
    assert code in ended.codes
    due = program("sheet", "--day", "2025-03-01", "--json").json
    assert all(row["state"] == "due" for row in due)


def test_an_unknown_flow_is_told_with_the_nearest(program):
    ended = program("log", "incineration.recieved", "1600", "--day", "2025-03-01", check=False)
    assert "incineration.received" in ended.err
    ended = program("log", "incineration.recieved", "1600", "--day", "2025-03-01", lang="zh",
                    check=False)  # fmt: skip
    assert "incineration.received" in ended.err
    assert "未知" in ended.err or "没有" in ended.err


def test_a_future_day_is_refused(program):
    ended = program("log", RECEIVED, "1600", "--day", "2199-01-01", "--json", check=False)
    assert (ended.code, ended.codes) == (1, ["day-future"])


def test_the_same_flow_and_day_twice_is_refused_and_points_to_correct(program):
    program("log", RECEIVED, "1600", "--day", "2025-03-01")
    ended = program("log", RECEIVED, "1610", "--day", "2025-03-01", check=False)
    assert ended.code == 1
    assert "parkflow correct" in ended.err


def test_a_correction_supersedes_with_a_reason_and_the_first_entry_stays(program):
    program("log", RECEIVED, "1600", "--day", "2025-03-01")
    program("correct", RECEIVED, "1660", "--day", "2025-03-01", "--reason", "misread the ticket")
    (row,) = [row for row in program("sheet", "--day", "2025-03-01", "--json").json
              if row["what"] == RECEIVED]  # fmt: skip
    assert (row["value"], row["state"]) == (1660, "corrected")
    with closing(sqlite3.connect(program.folder / "park.db")) as base:
        kept = [amount for (amount,) in base.execute("SELECT amount FROM observation ORDER BY id")]
    assert kept == [1600, 1660]


def test_a_correction_without_a_reason_is_wrong_usage(program):
    program("log", RECEIVED, "1600", "--day", "2025-03-01")
    ended = program("correct", RECEIVED, "1660", "--day", "2025-03-01", check=False)
    assert ended.code == 2


def test_a_correction_of_nothing_says_so(program):
    ended = program("correct", RECEIVED, "1660", "--day", "2025-03-01", "--reason", "x", "--json",
                    check=False)  # fmt: skip
    assert (ended.code, ended.codes) == (1, ["correction-target"])


def test_an_import_is_taken_once(program):
    sheet = program.write("march.csv", f"what,day,value,unit\n{RECEIVED},2025-03-01,1600,t\n")
    program("import", sheet)
    ended = program("import", sheet, "--json")
    assert ended.codes == ["import-repeated"]
    assert len(program("sheet", "--day", "2025-03-01", "--json").json[0]["observations"]) <= 1


def test_one_bad_row_keeps_the_whole_file_out(program):
    sheet = program.write(
        "march.csv",
        "what,day,value,unit\n"
        f"{RECEIVED},2025-03-01,1600,t\n"
        f"{RECEIVED},2025-03-02,16 23,t\n"
        f"{RECEIVED},2025-03-02,1500,t\n"
        f"{RECEIVED},2025-03-02,1500,t\n"
        "incineration.recieved,2025-03-03,1,t\n"
        f"{RECEIVED},2025-03-04\n",
    )
    ended = program("import", sheet, "--json", check=False)
    assert ended.code == 1
    places = {(item["code"], item["row"]) for item in ended.json["findings"]}
    assert {
        ("amount-grouping", 3),
        ("entry-duplicate", 5),
        ("flow-unknown", 6),
        ("row-broken", 7),
    } <= places
    assert all(item["file"].endswith("march.csv") for item in ended.json["findings"])
    due = program("sheet", "--day", "2025-03-01", "--json").json
    assert all(row["state"] == "due" for row in due)


def test_a_wide_sheet_of_a_plant_comes_in(program):
    sheet = program.write(
        "wide.csv",
        f"day,{RECEIVED} [t],incineration.gross-power [MWh]\n"
        '2025-03-01,"1,623.4",598\n2025/3/2,,571\n',
    )  # fmt: skip
    program("import", sheet)
    rows = {row["what"]: row for row in program("sheet", "--day", "2025-03-02", "--json").json}
    assert rows[RECEIVED]["state"] == "due"
    assert rows[RECEIVED]["yesterday"] == 1623.4
    power = rows["incineration.gross-power"]
    assert (power["value"], power["unit"]) == (571_000, "kWh")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_ledger_is_said(program):
    (program.folder / "park.db").chmod(0o444)
    program.folder.chmod(0o555)
    try:
        ended = program("log", RECEIVED, "1", "--day", "2025-03-01", "--json", check=False)
    finally:
        program.folder.chmod(0o755)
    assert (ended.code, ended.codes) == (1, ["ledger-readonly"])


def test_a_folder_without_a_park_is_said(program, tmp_path):
    ended = program("sheet", "--day", "2025-03-01", "--park", tmp_path, "--json", check=False)
    assert ended.code == 1
    assert "parkflow init" in program("sheet", "--park", tmp_path, check=False).err


def test_a_new_park_file_is_recorded_with_the_next_entry(program):
    program("log", RECEIVED, "1600", "--day", "2025-03-01")
    file = program.folder / "park.toml"
    file.write_text(file.read_text("utf-8") + "\n# another scale from April\n", "utf-8")
    program("log", RECEIVED, "1600", "--day", "2025-03-02")
    with closing(sqlite3.connect(program.folder / "park.db")) as base:
        kinds = [kind for (kind,) in base.execute("SELECT kind FROM event ORDER BY seq")]
    assert kinds == ["park", "submission", "park", "submission"]


def test_audit_names_the_first_broken_link_and_finds_a_cut_tail(program):
    for day in (1, 2, 3):
        program("log", RECEIVED, "1600", "--day", f"2025-03-0{day}")
    head = program("audit", "--json").json["head"]
    assert program("audit", "--against", head).code == 0
    cut = program.folder / "cut.db"
    shutil.copy(program.folder / "park.db", cut)
    with closing(sqlite3.connect(program.folder / "park.db")) as base:
        for (name,) in base.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'"
        ).fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute("UPDATE observation SET amount = 1700 WHERE id = 2")
        base.commit()
    ended = program("audit", "--json", check=False)
    assert ended.code == 1
    assert ended.json["broken"]["seq"] == 3
    assert program("audit", "--against", head, check=False).code == 1


@pytest.mark.parametrize("number", [0, 1], ids=["long", "wide"])
def test_the_examples_of_the_formats_page_come_in(program, number):
    page = Path(__file__).parents[2] / "docs" / "formats.md"
    example = re.findall(r"```csv\n(.*?)```", page.read_text("utf-8"), re.DOTALL)[number]
    ended = program("import", program.write("example.csv", example), "--json")
    assert ended.json["rows"] == 4


def test_the_sheet_of_one_facility_and_of_what_is_still_due(program):
    program("log", RECEIVED, "1600", "--day", "2025-03-01")
    words = ("sheet", "--day", "2025-03-01", "--json")
    own = [row["what"] for row in program(*words, "--facility", "incineration").json]
    assert RECEIVED in own
    assert "stock:incineration.bunker" in own
    assert not any(what.startswith("leachate.") for what in own)
    due = [row["what"] for row in program(*words, "--facility", "incineration", "--due").json]
    assert due == [what for what in own if what != RECEIVED]
    ended = program(*words, "--facility", "incinaration", check=False)
    assert ended.code == 1
    assert "incineration" in ended.json["findings"][0]["text"]


def test_a_park_without_a_tour_is_due_whatever_has_a_meter(program):
    file = program.folder / "park.toml"
    text = file.read_text("utf-8")
    start = text.index("[tour]")
    file.write_text(text[:start] + text[text.index("[aliases]") :], "utf-8")
    rows = program("sheet", "--day", "2025-03-01", "--json").json
    assert {RECEIVED, "stock:incineration.bunker"} <= {row["what"] for row in rows}
    assert {row["state"] for row in rows} == {"due"}


def test_options_before_a_command_are_the_commands(program, tmp_path):
    """The park that was named is the one that is written to, wherever the option stands."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    words = ("log", "incineration.received", "1600", "--day", "2025-03-01")
    own, program.folder = program.folder, elsewhere
    program("--park", own, "--by", "li", *words)
    said = program("--park", own, "--lang", "zh", "sheet", "--day", "2025-03-01")
    assert "1,600" in said.out
    assert "状态" in said.out
    assert program("--readonly", *words, check=False).code == 2
