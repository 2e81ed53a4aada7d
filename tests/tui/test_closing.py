"""A month of a park from its first reading to its lock, by the program and by its sessions."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from facilities import parkfile
from facilities.roles import Roles
from flows.errors import Refused
from flows.store.entry import Entry
from reports.monthsheet import PARTIAL, Cell, Earlier, Stream, html, total
from tui.commands.closing import _COLUMNS
from tui.entering import correct_entry, import_file, log_entry
from tui.months import closing, openitems
from tui.months.paper import month_sheets
from tui.months.state import Months
from tui.months.year import month_cells
from tui.session import Session

MARCH = "2025-03"
PLANTS = ("incineration", "leachate")
STEAM = "incineration.received"


@pytest.fixture
def park(tmp_path, fresh):
    """Two facilities, nothing entered."""
    shutil.copytree(fresh, tmp_path / "park")
    with Session.open(tmp_path / "park") as session:
        yield session


@pytest.fixture
def full(park, tmp_path):
    """March of both plants said to be missing throughout, but for waste received; by wang."""
    lines = ["what,day,value,unit,cause"]
    for what in park.park.tour:
        for day in range(1, 32):
            said = ("1600", "t") if what == STEAM else ("missing", "")
            lines.append(f"{what},2025-03-{day:02d},{said[0]},{said[1]},strike")
    path = tmp_path / "march.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    import_file(park, path, "wang")
    return park


def approved(park, facility="incineration"):
    closing.submit(park, MARCH, facility, "wang")
    return closing.review(park, MARCH, facility, "li", verdict="approved")


def codes(call):
    with pytest.raises(Refused) as refused:
        call()
    return [found.code for found in refused.value.findings]


def entry(what=STEAM, value="1600 t", day="2025-03-04"):
    return Entry(what, value=value, day=day)


def test_a_month_is_complete_when_all_is_entered_or_said_to_be_missing(full):
    for cell in month_cells(full, MARCH):
        assert (cell.state, cell.count.gaps) == ("complete", 0)
        assert cell.count.due == cell.count.entered + cell.count.missing > 0
    (first, _) = month_cells(full, MARCH)
    assert (first.facility, first.count.entered) == ("incineration", 31)


def test_a_month_without_readings_is_all_gap_and_its_blockers_say_so(park):
    cell = month_cells(park, MARCH, "leachate")[0]
    assert (cell.state, cell.count.gaps) == ("due", cell.count.due)
    found = closing.blockers(park, MARCH, "leachate")
    assert [item.code for item in found] == ["gaps-open", "review-open"]
    assert found[0].params["count"] == cell.count.gaps
    gap = Months.read(park, MARCH).next_gap("leachate")
    assert (gap.what, gap.day) == (found[0].params["what"], 739311)


def test_a_locked_month_takes_nothing_by_any_face_until_it_is_reopened(full, tmp_path):
    approved(full)
    closing.lock(full, MARCH, "incineration", "li")
    cell = month_cells(full, MARCH, "incineration")[0]
    assert (cell.state, cell.locked_by, cell.review) == ("locked", "li", "approved")
    late = tmp_path / "late.csv"
    late.write_text(f"what,day,value,unit,ticket\n{STEAM},2025-03-04,9,t,T1\n", "utf-8")
    other = entry("incineration.received.lhv", "6.5 GJ/t")
    before = full.ledger.head()
    assert "locked" in codes(lambda: log_entry(full, other, "wang"))
    assert "locked" in codes(lambda: import_file(full, late, "wang"))
    assert "locked" in codes(
        lambda: correct_entry(full, entry(value="1610 t"), "wang", reason="misread")
    )
    assert full.ledger.head() == before
    closing.reopen(full, MARCH, "incineration", "li", reason="ticket found")
    correct_entry(full, entry(value="1610 t"), "wang", reason="misread")
    assert month_cells(full, MARCH, "incineration")[0].review == "changed"
    assert codes(lambda: closing.lock(full, MARCH, "incineration", "li")) == ["review-open"]


def test_who_entered_does_not_approve_unless_the_park_says_so(full):
    closing.submit(full, MARCH, "incineration", "zhang")
    for by in ("wang", "zhang"):
        said = codes(
            lambda by=by: closing.review(full, MARCH, "incineration", by, verdict="approved")
        )
        assert said == ["review-own"]
    full.park = replace(full.park, roles=Roles(four_eyes=False))
    closing.review(full, MARCH, "incineration", "wang", verdict="approved")
    full.park = replace(full.park, roles=Roles())  # asked for again: the lock looks once more
    assert codes(lambda: closing.lock(full, MARCH, "incineration", "li")) == ["review-own"]


def test_roles_name_who_may_review_lock_and_reopen(full):
    full.park = replace(full.park, roles=Roles(review=("li",), lock=("he",), reopen=("he",)))
    closing.submit(full, MARCH, "incineration", "wang")
    assert codes(lambda: closing.review(full, MARCH, "incineration", "qi", verdict="approved")) == [
        "role-missing"
    ]
    closing.review(full, MARCH, "incineration", "li", verdict="approved")
    assert codes(lambda: closing.lock(full, MARCH, "incineration", "li")) == ["role-missing"]
    closing.lock(full, MARCH, "incineration", "he")
    assert codes(lambda: closing.reopen(full, MARCH, "incineration", "li", reason="x")) == [
        "role-missing"
    ]


@pytest.mark.parametrize("by", ["Zhang", " zhang ", "\uff5a\uff48\uff41\uff4e\uff47", "ZHANG"])
def test_another_spelling_is_no_second_person(full, by):
    closing.submit(full, MARCH, "incineration", "zhang")
    said = codes(lambda: closing.review(full, MARCH, "incineration", by, verdict="approved"))
    assert said == ["review-own"]


def test_who_enters_is_named_by_the_park_and_nobody_else_enters_corrects_or_submits(full):
    full.park = replace(full.park, roles=Roles(enter=("Wang",)))
    before = full.ledger.head()
    assert codes(lambda: log_entry(full, entry(day="2025-04-01"), "li")) == ["role-missing"]
    assert codes(lambda: correct_entry(full, entry(value="1610 t"), "li", reason="misread")) == [
        "role-missing"
    ]
    assert codes(lambda: closing.submit(full, MARCH, "incineration", "li")) == ["role-missing"]
    assert full.ledger.head() == before
    correct_entry(full, entry(value="1610 t"), "wang", reason="misread")
    closing.submit(full, MARCH, "incineration", "wang")


@pytest.mark.parametrize("reason", ["", " ", ".", "\u3002", "--"])
def test_a_reason_says_something(full, reason):
    assert codes(lambda: correct_entry(full, entry(value="1610 t"), "li", reason=reason)) == [
        "correction-reason"
    ]
    assert codes(lambda: closing.reopen(full, MARCH, "incineration", "li", reason=reason)) == [
        "reason-missing"
    ]


def test_a_return_needs_a_reason_and_is_open_until_it_is_submitted_again(full):
    closing.submit(full, MARCH, "leachate", "wang")
    returned = {"verdict": "returned"}
    assert codes(lambda: closing.review(full, MARCH, "leachate", "li", **returned)) == [
        "reason-missing"
    ]
    closing.review(full, MARCH, "leachate", "li", reason="level of the 7th", **returned)
    items = openitems.open_items(full, MARCH, "leachate", findings=False)
    assert "returned" in {item.sort for item in items}
    assert [item.code for item in closing.blockers(full, MARCH, "leachate")] == ["review-open"]
    closing.submit(full, MARCH, "leachate", "wang")
    items = openitems.open_items(full, MARCH, "leachate", findings=False)
    assert "returned" not in {item.sort for item in items}


def test_a_day_on_which_nothing_of_a_facility_was_entered_is_one_open_item(park):
    due = Months.read(park, "2025-04").due
    log_entry(park, entry(day="2025-04-01"), "wang")
    gaps = [
        (item.where, item.lines, item.day, item.days)
        for item in openitems.open_items(park, "2025-04", "incineration", findings=False)
        if item.sort == "gap"
    ]
    lines = sum(of == "incineration" for of, _ in due.values())
    assert sorted(gaps) == [
        ("incineration", lines - 1, "2025-04-01", 30), (STEAM, 1, "2025-04-02", 29),
    ]  # fmt: skip


def test_a_month_that_waits_for_its_review_is_not_submitted_again(full):
    closing.submit(full, MARCH, "leachate", "wang")
    assert codes(lambda: closing.submit(full, MARCH, "leachate", "zhang")) == ["review-waits"]
    assert "review-waits" in [
        item.code for item in closing.against(full, "submitted", MARCH, "leachate", "zhang")
    ]
    closing.review(full, MARCH, "leachate", "li", verdict="returned", reason="level of the 7th")
    assert closing.against(full, "submitted", MARCH, "leachate", "wang") == []


def test_gaps_are_accepted_by_name_with_a_reason_that_the_lock_keeps(park):
    log_entry(park, entry(), "wang")
    approved(park)
    lock = {"facility": "incineration", "by": "li"}
    assert codes(lambda: closing.lock(park, MARCH, **lock)) == ["gaps-open"]
    assert codes(lambda: closing.lock(park, MARCH, **lock, accept=["all"])) == ["reason-missing"]
    wrong = {"accept": [f"{STEAM}@2025-03-04"], "reason": "strike"}
    assert codes(lambda: closing.lock(park, MARCH, **lock, **wrong)) == ["gap-unknown"]
    event = closing.lock(park, MARCH, **lock, accept=["all"], reason="strike")
    assert event.reason == "strike"
    assert f"{STEAM} 2025-03-05" in event.text
    assert f"{STEAM} 2025-03-04" not in event.text


def test_only_whole_months_that_are_over_are_locked(park):
    assert codes(lambda: closing.submit(park, "2025-03-01..2025-03-09", "", "wang")) == [
        "period-month"
    ]
    this = park.today.isoformat()[:7]
    assert "month-running" in [item.code for item in closing.blockers(park, this)]


def test_the_park_is_locked_when_every_facility_is_approved(full):
    approved(full)
    assert codes(lambda: closing.lock(full, MARCH, "", "li")) == ["review-open"]
    approved(full, "leachate")
    closing.lock(full, MARCH, "", "li")
    assert {cell.state for cell in month_cells(full, MARCH)} == {"locked"}
    closing.reopen(full, MARCH, "leachate", "li", reason="late invoice")
    assert [cell.state for cell in month_cells(full, MARCH)] == ["locked", "complete"]


def test_an_acknowledged_doubt_is_not_handed_over_again(park):
    log_entry(park, entry(value="300 t"), "wang")  # unlikely, and taken with a flag

    def flagged():
        items = openitems.open_items(park, MARCH, findings=False)
        return [(item.where, item.code) for item in items if item.sort == "flagged"]

    assert flagged() == [(STEAM, "entry-unlikely")]
    assert month_cells(park, MARCH, "incineration")[0].count.doubtful_days == 1
    note = {"topic": "finding", "about": f"entry-unlikely {STEAM}"}
    closing.note(park, "", "li", period="2025-04", **note)
    assert flagged()
    closing.note(park, "feast day", "li", period=MARCH, **note)
    assert not flagged()


@pytest.mark.parametrize("asked", ["2025", "2025-Q1", "2025-03"])
def test_the_quick_count_of_a_year_is_the_careful_one(full, asked):
    log_entry(full, entry("incineration.received.lhv", "6.5 GJ/t"), "wang")
    correct_entry(full, entry(value="300 t"), "wang", reason="misread")
    correct_entry(full, entry(value="withdrawn", day="2025-03-09"), "wang", reason="twice")
    approved(full, "leachate")
    quick = month_cells(full, asked)
    assert quick == list(Months.read(full, asked).cells())
    assert quick != month_cells(full, asked, as_of=1)
    march = next(cell for cell in quick if (cell.facility, cell.month) == (PLANTS[0], MARCH))
    assert (march.count.gaps, march.count.corrected, march.count.doubtful) == (1, 1, 1)


def test_days_of_a_month_say_what_is_wrong_with_each(full):
    correct_entry(full, entry(value="withdrawn"), "wang", reason="twice")
    days = Months.read(full, MARCH).days("incineration")
    assert [cell.day.day for cell in days if cell.state == "partly"] == [4]
    assert {cell.state for cell in days} == {"partly", "complete"}


def test_the_month_sheet_marks_what_is_missing_and_never_sums_it_silently(park):
    log_entry(park, entry(day="2025-03-01"), "wang")
    log_entry(park, entry(day="2025-03-02", value="1500 t"), "wang")
    log_entry(park, entry(day="2025-03-03", value="missing"), "wang")
    correct_entry(park, entry(day="2025-03-02", value="1510 t"), "wang", reason="misread")
    (sheet,) = month_sheets(park, MARCH, "incineration")
    column = [item.what for item in sheet.streams].index(STEAM)
    said = [(row[column].value, row[column].state, row[column].mark) for row in sheet.cells[:4]]
    assert said == [
        (1600.0, "value", ""), (1510.0, "value", "*"), (None, "missing", ""), (None, "gap", ""),
    ]  # fmt: skip
    totals = sheet.totals()
    assert (totals[column].value, totals[column].days, totals[column].whole) == (3110.0, 2, False)
    level = [item.what for item in sheet.streams].index("stock:incineration.bunker")
    assert totals[level].value is None
    assert sheet.head == park.ledger.head()


def month_of(park, period, amount, days=range(1, 32)):
    """Waste received on the days of a month, everything else of it said to be missing."""
    for day in days:
        log_entry(park, entry(day=f"{period}-{day:02}", value=amount), "wang")


def test_a_month_stands_beside_the_one_before_and_that_of_the_year_before(park):
    month_of(park, "2024-03", "1250 t")
    month_of(park, "2025-02", "1250 t", range(1, 28))
    month_of(park, MARCH, "1500 t")
    (sheet,) = month_sheets(park, MARCH, "incineration")
    column = [item.what for item in sheet.streams].index(STEAM)
    before, year = sheet.earlier
    now = sheet.totals()[column]
    assert (before.period, year.period) == ("2025-02", "2024-03")
    assert year.totals[column].value == 31 * 1250
    assert year.change(column, now).share == pytest.approx(0.2)
    assert before.totals[column].value == 27 * 1250
    assert before.change(column, now) is PARTIAL  # the 28th is not entered
    other = [item.what for item in sheet.streams].index("incineration.bottom-ash")
    assert year.change(other, sheet.totals()[other]) is None
    page = html([sheet], "zh")
    assert "<th>同比</th>" in page
    assert "<td>+20 %</td>" in page
    assert "<td>不完整</td>" in page


def test_a_month_that_still_runs_is_not_set_against_a_whole_one():
    stream = Stream(STEAM, {}, "t")
    february = total(stream, [Cell(1250.0, "value")] * 28)
    running = total(stream, [*[Cell(1500.0, "value")] * 10, *[Cell()] * 21])  # not due as yet
    assert (running.value, running.days, running.whole) == (15_000.0, 10, False)
    assert Earlier("month-on-month", "2025-02", (february,)).change(0, running) is PARTIAL


def test_without_an_earlier_month_nothing_is_compared(park):
    month_of(park, MARCH, "1500 t")
    (sheet,) = month_sheets(park, MARCH, "incineration")
    column = [item.what for item in sheet.streams].index(STEAM)
    assert [one.change(column, sheet.totals()[column]) for one in sheet.earlier] == [None, None]


def test_the_whole_park_is_printed_a_facility_a_page(program, tmp_path):
    import openpyxl

    program("log", STEAM, "1600 t", "--day", "2025-03-01")
    page, book = tmp_path / "sheet.html", tmp_path / "sheet.xlsx"
    made = program("sheet", "--month", MARCH, "--out", page, "--json").json
    program("sheet", "--month", MARCH, "--out", book)
    text = page.read_text("utf-8")
    assert text.count("<section>") == len(PLANTS)
    assert "Leachate plant 2025-03" in text.replace("  ", " ")
    tabs = openpyxl.load_workbook(io.BytesIO(book.read_bytes())).sheetnames
    assert tabs == [f"{MARCH} {plant}" for plant in PLANTS]
    of = ("sheet", "--month", MARCH, "--json", "--out", page, "--facility")
    assert made["streams"] == sum(program(*of, plant).json["streams"] for plant in PLANTS)


def test_the_sheet_is_printed_as_page_and_as_workbook(program, tmp_path):
    import openpyxl

    for day, amount in ((1, "1600"), (2, "missing")):
        program("log", STEAM, amount, "--unit", "t", "--day", f"2025-03-0{day}")
    page, book = tmp_path / "sheet.html", tmp_path / "sheet.xlsx"
    words = ("sheet", "--month", MARCH, "--facility", "incineration", "--out")
    program(*words, page, lang="zh")
    made = program(*words, book, "--json").json
    text = page.read_text("utf-8")
    assert "1/31" in text
    assert "缺" in text
    assert "审核人" in text
    assert made["head"] in text
    assert "<script" not in text
    sheet = openpyxl.load_workbook(io.BytesIO(book.read_bytes())).active
    cells = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {1600, "missing", "not entered", "1/31", made["head"]} <= cells
    assert program("sheet", "--month", MARCH, check=False).code == 2


def test_only_what_is_open_is_acknowledged(program):
    program("log", STEAM, "300 t", "--day", "2025-03-01", "--by", "wang")  # taken with a doubt
    of = ("handover", "--period", MARCH, "--by", "li", "--seen")
    wrong = program(*of, f"entry-unlikly {STEAM}", check=False)
    assert wrong.code == 1
    assert f"did you mean “entry-unlikely {STEAM}”" in wrong.err
    items = program(*of, f"entry-unlikely {STEAM}", "--json").json["items"]
    assert "entry-unlikely" not in {item["code"] for item in items}


def test_a_month_that_is_submitted_with_gaps_says_how_many(program):
    program("log", STEAM, "1600 t", "--day", "2025-03-01", "--by", "wang")
    of = ("--period", MARCH, "--facility", "incineration", "--by", "wang")
    assert "neither entered nor said to be missing" in program("submit", *of).err
    again = program("submit", *of, "--json", check=False)
    assert (again.code, again.codes) == (1, ["review-waits"])


def test_a_month_goes_through_the_program_from_submission_to_reopening(program):
    program("log", STEAM, "1600 t", "--day", "2025-03-01", "--by", "wang")
    of = ("--period", MARCH, "--facility", "incineration")
    assert program("submit", *of, "--by", "wang", "--json").json["verdict"] == "submitted"
    assert program("review", *of, "--approve", "--by", "wang", "--json", check=False).codes == [
        "review-own"
    ]
    assert program("review", *of, check=False).code == 2
    program("review", *of, "--approve", "--by", "li")
    refused = program("lock", *of, "--by", "li", check=False, lang="zh")
    assert refused.code == 1
    assert "未录入" in refused.err
    done = program("lock", *of, "--by", "li", "--accept", "all", "--reason", "strike", "--json")
    assert (done.json["kind"], done.json["period"]) == ("lock", MARCH)
    ended = program("log", STEAM, "9 t", "--day", "2025-03-02", "--json", check=False)
    assert (ended.code, ended.codes[0]) == (1, "locked")
    assert program("reopen", *of, check=False).code == 1
    program("reopen", *of, "--reason", "ticket found", "--by", "li")
    program("log", STEAM, "1500 t", "--day", "2025-03-02")
    assert program("audit", "--json").json["sound"]
    assert program("db", "upgrade", "--json").json["schema"] == "0002"


FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


def test_what_closing_prints_is_what_the_page_of_formats_says(program, contract):
    program("log", STEAM, "300 t", "--day", "2025-03-01", "--by", "wang")
    status = program("status", "--period", MARCH, "--json").json
    assert set(status[0]) == set(contract("status")[0])
    event = program("submit", "--period", MARCH, "--json").json
    assert set(event) == set(contract("closing"))
    kept = program("handover", "--period", MARCH, "--text", "scale 2 is off", "--json").json
    said = contract("handover")
    assert set(kept) == set(said)
    assert set(kept["items"][0]) == set(said["items"][0])
    assert set(kept["notes"][0]) == set(said["notes"][0])
    line = status[0]
    assert (line["facility"], line["month"]) == ("incineration", MARCH)
    assert len(_COLUMNS) == 11


@pytest.fixture
def contract():
    """The example of a JSON contract in docs/formats.md."""
    import json
    import re

    text = FORMATS.read_text("utf-8")

    def of(name):
        (example,) = re.findall(rf"```json keys={name}\n(.*?)```", text, re.DOTALL)
        return json.loads(example)

    return of


ROLES = """
[roles]
review = ["li"]
lock = ["li", "he"]
four_eyes = false
"""


def test_the_park_file_names_the_roles(fresh, tmp_path):
    path = tmp_path / "park.toml"
    text = (fresh / "park.toml").read_text("utf-8")
    path.write_text(text + ROLES, "utf-8")
    assert parkfile.load(path).roles == Roles(("li",), ("li", "he"), (), four_eyes=False)
    assert parkfile.load(fresh / "park.toml").roles == Roles()
    path.write_text(text + '[roles]\nunlock = ["li"]\n', "utf-8")
    with pytest.raises(Refused, match="key-unknown"):
        parkfile.load(path)
