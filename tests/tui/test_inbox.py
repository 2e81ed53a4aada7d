"""The inbox holds what `parkflow findings` says, by place and day, and who has acknowledged it."""

import shutil
from datetime import date

import pytest
from rich.cells import cell_len

from flows.errors import Refused
from flows.findings import Severity
from reports.words import Words
from tui.inbox.text import Chosen, counter, rows, shown, whole
from tui.inbox.view import acknowledge, first_day, inbox, month_of
from tui.months.closing import open_items, submit
from tui.session import Session

MONTH = "2025-03"
WORDS = Words("en")


@pytest.fixture(scope="module")
def looked(demo):
    with Session.open(demo.folder, readonly=True) as session:
        yield inbox(session, MONTH)


@pytest.fixture
def written(demo, tmp_path):
    shutil.copytree(demo.folder, tmp_path / "park")
    with Session.open(tmp_path / "park") as session:
        yield session


def one(found, topic):
    return next(entry for entry in found.entries if entry.about == topic)


def test_it_says_what_the_command_says(looked, demo):
    said = [row["code"] for row in demo("findings", "--period", MONTH, "--json").json]
    mine = [entry.finding.code for entry in looked.entries]
    assert [code for code in mine if code != "readings-due"] == said


def test_a_month_without_readings_says_so_by_facility(demo):
    with Session.open(demo.folder, readonly=True) as session:
        found = inbox(session, "2026-01")
    due = {entry.facility: entry.finding for entry in found.entries if entry.about.startswith("r")}
    cells = demo("status", "--period", "2026-01", "--json").json
    assert {facility: item.params["count"] for facility, item in due.items()} == {
        cell["facility"]: cell["gaps"] for cell in cells if cell["gaps"] and cell["facility"]
    }
    assert due["leachate"].params["first"] == "2026-01-01"


def test_a_meter_that_lies_has_its_facility_process_line_and_days(looked):
    entry = one(looked, "meter-suspect leachate.nf-permeate")
    assert (entry.facility, entry.what) == ("leachate", "leachate.nf-permeate")
    assert entry.process in {"leachate.nf", "leachate.ro"}
    assert (entry.since, entry.until) == (date(2025, 3, 5), date(2025, 3, 14))
    assert first_day(entry, MONTH) == date(2025, 3, 5)


def test_what_only_explains_the_test_of_the_whole_is_not_its_place(looked):
    entry = one(looked, "global-test")
    assert (entry.facility, entry.process, entry.what) == ("", "", "")
    assert "leachate.nf-permeate" in {item.id for item in entry.behind}


def test_the_readings_behind_are_those_of_the_month(looked, demo):
    entry = one(looked, "meter-suspect leachate.nf-permeate")
    flows = demo("reconcile", "--period", MONTH, "--json").json["flows"]
    (row,) = [row for row in flows if row["id"] == "leachate.nf-permeate"]
    (behind,) = [item for item in entry.behind if item.id == "leachate.nf-permeate"]
    assert behind.unit == row["unit"]
    assert behind.measured == pytest.approx(row["measured"])
    assert behind.reconciled == pytest.approx(row["reconciled"])


def test_errors_stand_before_warnings_and_warnings_before_notes(looked):
    heads = [row.key for row in rows(looked, Chosen(), WORDS) if row.level == 0]
    assert heads == ["warning", "info"]
    assert "Warnings 10" in counter(looked, Chosen(), WORDS)


def test_a_note_acknowledges_and_is_handed_over_no_more(written):
    found = inbox(written, MONTH)
    entry = one(found, "meter-suspect leachate.nf-permeate")
    event = acknowledge(written, entry, MONTH, "zero was off, calibrated", "li")
    (seen,) = one(inbox(written, MONTH), entry.about).seen
    assert (seen.by, seen.text, seen.seq) == ("li", "zero was off, calibrated", event.seq)
    assert not one(inbox(written, "2025-02"), "flow-unobservable incineration.boiler-loss").seen
    open_ = {f"{item.code} {item.where}" for item in open_items(written, MONTH)}
    assert entry.about not in open_
    assert "meter-suspect leachate.reclaimed-to-district" in open_


def test_an_acknowledgement_without_words_is_refused(written):
    entry = inbox(written, MONTH).entries[0]
    with pytest.raises(Refused) as refused:
        acknowledge(written, entry, MONTH, "  ", "li")
    assert [item.code for item in refused.value.findings] == ["note-empty"]


def test_after_a_note_the_month_is_not_worked_out_again_but_after_an_entry_it_is(
    written, monkeypatch
):
    asked = []
    findings = Session.findings
    monkeypatch.setattr(
        Session, "findings", lambda self, text: asked.append(text) or findings(self, text)
    )
    found = inbox(written, MONTH)
    acknowledge(written, found.entries[0], MONTH, "seen", "li")
    found = inbox(written, MONTH, found)
    assert found.entries[0].seen
    assert asked == [MONTH]
    submit(written, MONTH, "leachate", "li")
    inbox(written, MONTH, found)
    assert asked == [MONTH, MONTH]


def test_what_is_seen_goes_below_and_can_be_hidden(written):
    found = inbox(written, MONTH)
    entry = one(found, "frozen leachate.inflow-landfill")
    acknowledge(written, entry, MONTH, "carried over", "li")
    found = inbox(written, MONTH, found)
    listed = rows(found, Chosen(), WORDS)
    assert [row.key for row in listed if row.level == 0] == ["warning", "info", "seen"]
    assert listed[-1].key == entry.key
    assert listed[-1].cells[1] == "ok"
    assert "li: carried over" in listed[-1].cells[2]
    assert entry.key not in {row.key for row in rows(found, Chosen(seen=False), WORDS)}


def test_filters_narrow_by_severity_facility_and_words(looked):
    assert len(shown(looked, Chosen(least=Severity.WARNING), WORDS)) == 10
    assert shown(looked, Chosen(least=Severity.ERROR), WORDS) == []
    some = shown(looked, Chosen(facility="incineration"), WORDS)
    assert some
    assert {entry.facility for entry in some} == {"incineration"}
    (only,) = shown(looked, Chosen(search="stand in each other's"), WORDS)
    assert only.finding.code == "swap-suspect"
    (same,) = shown(looked, Chosen(search="互相填错位置"), Words("zh"))
    assert same.key == only.key


def test_severities_and_facilities_come_round(looked):
    chosen = Chosen()
    assert chosen.next_severity().next_severity().next_severity() == chosen
    first = chosen.next_facility(looked)
    assert first.facility == "incineration"
    assert first.next_facility(looked).facility == "leachate"
    assert first.next_facility(looked).next_facility(looked) == chosen


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_finding_in_full_tells_numbers_readings_and_that_nobody_has_seen_it(looked, lang):
    words = Words(lang)
    entry = one(looked, "meter-suspect leachate.nf-permeate")
    lines = whole(entry, looked, words, 76)
    text = "\n".join(lines)
    assert words.say(entry.finding, looked.labels) in text
    assert "24.7 m3" in text
    assert "2025-03-05 .. 2025-03-14" in text
    assert words.term("findings-not-seen") in text
    (head,) = [line for line in lines if words.term("adjustment-sigmas") in line]
    assert cell_len(head) <= 76


def test_nothing_typed_can_steer_the_terminal(written):
    entry = inbox(written, MONTH).entries[0]
    acknowledge(written, entry, MONTH, "red \x1b[31m text", "li")
    found = inbox(written, MONTH)
    listed = "".join(cell for row in rows(found, Chosen(), WORDS) for cell in row.cells)
    lines = "".join(whole(one(found, entry.about), found, WORDS, 76))
    assert "\x1b" not in listed + lines


def test_months_step_over_the_year():
    assert month_of(date(2025, 1, 31), -1) == "2024-12"
    assert month_of(date(2024, 12, 1), 1) == "2025-01"
