"""What clumsy and hostile users do: each thing is refused in words, with a place and a way out."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

PARKFLOW = Path(sys.executable).with_name("parkflow")
RECEIVED = "incineration.received"
DAY = ("--day", "2025-03-01")


def entries(program):
    with closing(sqlite3.connect(program.folder / "park.db")) as connection:
        return connection.execute("SELECT COUNT(*) FROM observation").fetchone()[0]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("log", "", "1600", *DAY), "flow-unknown"),
        (("log", "stock:incineration.bunkr", "1600", *DAY), "stock-unknown"),
        (("log", RECEIVED, "1600", "--day", ""), "day-unreadable"),
        (("log", RECEIVED, "1600", "--day", "9999-12-31"), "day-outside"),
        (("log", RECEIVED, "1600", "--day", "0001-01-01"), "day-outside"),
        (("log", RECEIVED, "1600", "--day", "١٤٤٦-٠٣-٠١"), "day-unreadable"),
        (("log", RECEIVED, "-5", *DAY), "amount-negative"),
        (("log", RECEIVED, "1600", "--device", "no-scale", *DAY), "device-unknown"),
        (("log", f"{RECEIVED}.moisture", "50", *DAY), "share-impossible"),
        (("log", "incineration.export", "9 kWh", "--register", *DAY), "register-form"),
        (("log", "stock:incineration.bunker", "8000", "--register", *DAY), "register-form"),
        (("correct", RECEIVED, "1", "--id", "9" * 30, "--reason", "x"), "correction-target"),
        (("sheet", "--day", "9999-12-31"), "day-outside"),
        (("sheet", "--as-of", "²"), "moment-unreadable"),
        (("sheet", "--as-of", "9" * 30), "moment-unreadable"),
        (("sheet", "--as-of", "2"), "moment-unreadable"),
        (("balance", "--period", "9999-12-31"), "day-outside"),
        (("balance", "--period", "2025-13"), "period-unreadable"),
        (("balance", "--period", "2025-03", "--layer", "mas"), "key-unknown"),
        (("import", "."), "file-unreadable"),
        (("import", "nothing.csv"), "file-unreadable"),
        (("init", "new", "--from", "two-facilitie"), "park-unknown"),
        (("audit", "--against", ""), "digest-not-found"),
    ],
)
def test_what_cannot_be_is_refused_in_json_too_and_nothing_is_kept(program, words, code):
    ended = program(*words, "--json", lang="zh", check=False)
    assert (ended.code, ended.err) == (1, "")
    assert code in ended.codes
    if words[0] in {"log", "correct"}:
        assert entries(program) == 0


def test_a_refusal_reads_the_same_for_people_and_programs(program):
    words = ("log", "incineration.recieved", "1600", *DAY)
    for lang, mark in (("en", "Error: "), ("zh", "错误："), ("zh_CN", "")):
        if not mark:
            assert program(*words, lang=lang, check=False).code == 2
            continue
        told = program(*words, lang=lang, check=False)
        (found,) = program(*words, "--json", lang=lang, check=False).json["findings"]
        assert (told.code, told.out, told.err) == (1, "", f"{mark}{found['text']}\n")


def test_what_is_possible_is_said_in_the_language_of_the_reader(program):
    bad = ("log", RECEIVED, "1600", "--quality", "guess", *DAY)
    assert "Weighed, Metered, Stored tare" in program(*bad, check=False).err
    chinese = program(*bad, lang="zh", check=False).err
    assert "称重、表计、预存皮重" in chinese
    assert "weighed" not in chinese
    for word in ("Stored tare", "预存皮重"):
        day = "2025-03-02" if word.isascii() else "2025-03-03"
        program("log", RECEIVED, "1600", "--quality", word, "--day", day)


def test_nothing_that_was_typed_can_command_the_terminal_or_fill_the_screen(program):
    note = "two\nlines \x1b[31m"
    program("log", RECEIVED, "1600", "--note", note, "--by", "night\nshift", *DAY)
    assert "\x1b" not in program("sheet", *DAY).out
    said = program("log", "x\x1b[2J" + "y" * 5000, "1", check=False).err
    assert "\x1b" not in said
    assert len(said) < 500


def test_bytes_that_are_no_text_are_refused_or_cleaned(program):
    for words in ((b"\xff\xfe", b"1"), (RECEIVED.encode(), b"1500 \xff")):
        for more in ((), ("--json",)):
            run = subprocess.run(
                [PARKFLOW, "log", *words, *DAY, *more],
                cwd=program.folder, capture_output=True, check=False,
                env={**os.environ, "HOME": str(program.home)},
            )  # fmt: skip
            assert run.returncode == 1
            assert b"Traceback" not in run.stderr
            if more:
                assert json.loads(run.stdout)["refused"]


def test_a_register_beyond_capacity_names_both_readings_and_the_unit(program):
    export = ("log", "incineration.export", "--register")
    program(*export, "100000", *DAY)
    said = program(*export, "500000", "--day", "2025-03-02", check=False).err
    assert "100,000, now 500,000" in said
    assert "2,000 MWh" in said


def test_several_tickets_are_told_apart_and_one_is_corrected_by_its_number(program):
    for ticket, amount in (("A1", "15"), ("A2", "16")):
        program("log", RECEIVED, amount, "--ticket", ticket, *DAY)
    correct = ("correct", RECEIVED, "17", "--reason", "misread", *DAY)
    assert "#1 (A1: 15 t), #2 (A2: 16 t)" in program(*correct, check=False).err
    other = program("correct", "leachate.feed", "17", "--reason", "x", "--id", "2", check=False)
    assert f"speaks of {RECEIVED}, not of leachate.feed" in other.err
    program(*correct, "--id", "2")


def test_an_import_names_the_column_that_is_wrong_as_the_plant_wrote_it(program):
    file = program.write(
        "march.csv", f"项目,日期,数量,单位\n{RECEIVED},2025-03-40,1,t\n,2025-03-01,1,t\n"
    )
    found = program("import", file, "--json", check=False).json["findings"]
    assert [(item["row"], item["column"]) for item in found] == [(2, "日期"), (3, "项目")]


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("what|day|value\n", "Columns are separated by", "列之间用"),
        ('what,day,value\nx,2025-03-01,"1\n', "A quote that opens in this row", "引号"),
        ("what,day,value,value\n", "Two columns say the same", "有两列都表示"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_without_words_of_the_machine(
    program, text, english, chinese
):
    file = program.write("march.csv", text)
    assert english in program("import", file, check=False).err
    assert chinese in program("import", file, lang="zh", check=False).err


def test_a_file_of_nonsense_is_refused_before_anybody_loses_patience(program):
    names = "\n".join(f"incineration.recieved{row},2025-03-01,1,t" for row in range(20_000))
    file = program.write("nonsense.csv", f"what,day,value,unit\n{names}\n")
    ended = program("import", file, "--json", check=False)
    assert len(ended.codes) == 201
    file = program.write("heads.csv", "day" + f",{RECEIVED} [t]" * 50_000 + "\n")
    assert program("import", file, "--json", check=False).codes == ["id-duplicate"]


def test_a_file_that_came_before_is_said_to_have_come_at_a_moment_people_read(program):
    file = program.write("march.csv", f"what,day,value,unit\n{RECEIVED},2025-03-01,1600,t\n")
    program("import", file)
    assert "+08:00" in program("import", file).err


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "not a ledger"), (b"what,day\n" * 500, "damaged"), (b"SQLite format 3\0", "damaged")],
)
def test_what_is_no_ledger_is_said_to_be_none_and_left_as_it_is(program, content, said):
    path = program.folder / "park.db"
    path.write_bytes(content)
    for words in (("log", RECEIVED, "1600", *DAY), ("sheet",), ("audit",)):
        ended = program(*words, check=False)
        assert (ended.code, said in ended.err) == (1, True)
    assert path.read_bytes() == content


def test_another_park_s_file_beside_the_ledger_is_refused(program):
    path = program.folder / "park.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('id = "two-facilities"', 'id = "elsewhere"'), "utf-8")
    ended = program("log", RECEIVED, "1600", *DAY, "--json", check=False)
    assert ended.codes == ["park-other"]
    path.write_text(text + "\n# a remark\n", "utf-8")
    program("log", RECEIVED, "1600", *DAY)


def test_the_demonstration_never_touches_a_park_that_somebody_works_in(program):
    program("log", RECEIVED, "1600", *DAY)
    before = sorted(path.name for path in program.folder.iterdir())
    ended = program("demo", ".", "--json", check=False)
    assert ended.codes == ["demo-elsewhere"]
    assert sorted(path.name for path in program.folder.iterdir()) == before
    assert entries(program) == 1


def test_a_demonstration_of_another_seed_needs_a_folder_of_its_own(demo):
    planted = (demo.folder / "planted.json").read_bytes()
    assert demo("demo", ".", "--seed", "2", "--json", check=False).codes == ["demo-elsewhere"]
    assert (demo.folder / "planted.json").read_bytes() == planted


def test_a_start_that_fails_leaves_nothing_in_the_way_of_the_next(program, tmp_path):
    code = (
        "import sys\nfrom flows.errors import Refused\nfrom flows.findings import finding\n"
        "from flows.store.repository import Ledger\n"
        "def full(path, **_): raise Refused(finding('ledger-full', str(path)))\n"
        "Ledger.create = full\n"
        "from tui.cli import main\nmain()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, "init", tmp_path / "a" / "b"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert not (tmp_path / "a").exists()
    program("init", tmp_path / "a" / "b")


@pytest.mark.parametrize("text", ["lang =", "lang = 5", "lang = 'fr'", "colour = 'red'"])
def test_settings_that_cannot_be_read_are_refused_in_json_too(program, text):
    folder = program.home / ".config" / "parkflow"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text(text)
    ended = program("sheet", "--json", check=False)
    assert (ended.code, ended.json["refused"]) == (1, True)
    assert "settings.toml" in ended.json["findings"][0]["file"]


def test_what_nobody_foresaw_is_told_in_the_language_and_form_that_was_asked_for(program):
    code = (
        "import tui.session\n"
        "def broken(*_, **__): raise ZeroDivisionError\n"
        "tui.session.Session.open = broken\n"
        "from tui.cli import main\nmain()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, "sheet", "--json", "--lang", "zh"],
        cwd=program.folder, capture_output=True, text=True, check=False,
        env={**os.environ, "HOME": str(program.home)},
    )  # fmt: skip
    assert run.returncode == 1
    assert "未预料" in json.loads(run.stdout)["message"]
    assert "Traceback" not in run.stderr
    assert "ZeroDivisionError" in next(program.home.rglob("parkflow.log")).read_text("utf-8")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_screen_without_chinese_gets_signs_it_can_show(program, lang):
    run = subprocess.run(
        [PARKFLOW, "sheet", "--lang", lang, *DAY],
        cwd=program.folder, capture_output=True, check=False,
        env={**os.environ, "HOME": str(program.home), "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert run.returncode == 0
    assert run.stdout.isascii()


def test_without_stdout_an_entry_is_still_taken(program):
    words = f"{PARKFLOW} log {RECEIVED} 1600 --day 2025-03-01 >&-"
    run = subprocess.run(
        ["/bin/sh", "-c", words],
        cwd=program.folder, check=False, capture_output=True,
        env={**os.environ, "HOME": str(program.home)},
    )  # fmt: skip
    assert run.returncode == 0
    assert entries(program) == 1


def test_an_import_that_is_killed_leaves_nothing_and_comes_in_whole_the_next_time(program):
    rows = "".join(f"{RECEIVED},2025-01-{1 + n % 28:02d},1.5,t,T{n}\n" for n in range(5000))
    file = program.write("tickets.csv", f"what,day,value,unit,ticket\n{rows}")
    code = (
        "import os, signal\nfrom flows.store import bulk\nappend = bulk.append\n"
        "def killed(connection, records):\n"
        "    append(connection, records)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "bulk.append = killed\n"
        "from tui.cli import main\nmain()\n"
    )
    environment = {**os.environ, "HOME": str(program.home)}
    run = subprocess.run(
        [sys.executable, "-c", code, "import", file],
        cwd=program.folder, capture_output=True, check=False, env=environment,
    )  # fmt: skip
    assert run.returncode < 0
    assert entries(program) == 0
    assert program("import", file, "--json").json["rows"] == 5000
    assert entries(program) == 5000
