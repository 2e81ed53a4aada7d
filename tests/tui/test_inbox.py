"""The inbox holds what `parkflow findings` says, by place and day, and who has acknowledged it."""

import shutil
from datetime import date

import pytest
from rich.cells import cell_len

from flows.errors import Refused
from flows.findings import Severity, finding
from reports.words import Words
from tui.inbox.acknowledged import about, same, topic_of
from tui.inbox.text import SEEN, Chosen, counter, rows, shown, way, whole
from tui.inbox.view import acknowledge, first_day, inbox, month_of, take_back
from tui.months.closing import note, submit
from tui.months.openitems import open_items
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


def test_a_month_that_has_only_begun_is_one_finding_a_facility_and_not_one_a_meter(program):
    """Each of the plant's flows is read on the first day of March alone."""
    rows = [row for row in program("sheet", "--day", "2025-03-01", "--json").json
            if row["what"].startswith("incineration.")]  # fmt: skip
    for row in rows:
        program("log", row["what"], "1", "--day", "2025-03-01", "--note", "a check", check=False)
    said = [item for item in program("findings", "--period", MONTH, "--json").json
            if item["code"].startswith("coverage-")]  # fmt: skip
    assert [(item["code"], item["where"]) for item in said] == [
        ("coverage-facility", "incineration")
    ]
    assert said[0]["params"]["count"] >= 5
    assert "3.2 %" in said[0]["text"]


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
        Session,
        "findings",
        lambda self, text, **more: asked.append(text) or findings(self, text, **more),
    )
    found = inbox(written, MONTH)
    acknowledge(written, found.entries[0], MONTH, "seen", "li")
    found = inbox(written, MONTH, found)
    assert found.entries[0].seen
    assert asked == [MONTH]
    submit(written, MONTH, "leachate", "li")
    inbox(written, MONTH, found)
    assert asked == [MONTH, MONTH]


def test_what_is_seen_goes_below_with_its_note(written):
    found = inbox(written, MONTH)
    entry = one(found, "frozen leachate.inflow-landfill")
    acknowledge(written, entry, MONTH, "carried over", "li")
    found = inbox(written, MONTH, found)
    listed = rows(found, Chosen(), WORDS)
    assert [row.key for row in listed if row.level == 0] == ["warning", "info", "seen"]
    assert listed[-1].key == entry.key
    assert listed[-1].cells[1] == "ok"
    assert "li: carried over" in listed[-1].cells[2]
    assert [row.key for row in listed if row.level == 0][-1] == SEEN


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


def meter(**facts):
    told = {"device": "meter-1", "problem": "high", "first": "2025-03-05", "size": 3.0} | facts
    severity = told.pop("severity", None)
    return finding("meter-suspect", "plant.in", severity=severity, **told)


@pytest.mark.parametrize(
    "other",
    [{"device": "meter-2"}, {"first": "2025-03-20"}, {"severity": Severity.ERROR},
     {"problem": "low"}],
    ids=["another device", "a new onset", "worse", "another fault"],
)  # fmt: skip
def test_another_finding_of_the_same_code_and_id_is_not_acknowledged(other):
    assert not same(about(meter()), about(meter(**other)))


def test_the_same_finding_stays_acknowledged_when_its_numbers_move_or_it_matters_less():
    assert same(about(meter()), about(meter(size=3.4, last="2025-03-31", statistic=9.0)))
    assert same(about(meter()), about(meter(severity=Severity.INFO)))
    assert same(topic_of("meter-suspect", "plant.in"), about(meter()))
    assert not same(topic_of("meter-suspect", "plant"), about(meter()))


def test_one_limit_acknowledged_is_not_another_on_the_same_flow():
    one, other = (
        finding("limit-exceeded", "plant.in", limit=limit, day="2025", first="2025-01-01")
        for limit in ("limit:load", "limit:permit")
    )
    assert not same(about(one), about(other))


def test_what_began_on_a_day_stays_acknowledged_whenever_it_is_looked_at(written):
    entry = one(inbox(written, MONTH), "meter-suspect leachate.nf-permeate")
    acknowledge(written, entry, MONTH, "calibration is ordered", "li")
    quarter = inbox(written, "2025-Q1")
    again = [item for item in quarter.entries if item.identity == entry.identity]
    assert again
    assert all(item.seen for item in again)


def test_what_is_said_of_a_month_as_a_whole_is_acknowledged_for_that_month_alone(written):
    entry = one(inbox(written, "2025-01"), "flow-unobservable incineration.boiler-loss")
    acknowledge(written, entry, "2025-01", "there is no meter", "li")
    assert one(inbox(written, "2025-01"), entry.about).seen
    assert not one(inbox(written, MONTH), entry.about).seen
    assert not one(inbox(written, "2025-Q1"), entry.about).seen


def test_an_acknowledgement_taken_back_is_open_again_and_both_notes_are_kept(written):
    entry = one(inbox(written, MONTH), "meter-suspect leachate.nf-permeate")
    acknowledge(written, entry, MONTH, "calibrated", "li")
    take_back(written, entry, MONTH, "it reads high again", "wang")
    entry = one(inbox(written, MONTH), entry.about)
    assert not entry.seen
    assert [(item.by, item.again) for item in entry.before] == [("li", False), ("wang", True)]
    assert entry.about in {f"{item.code} {item.where}" for item in open_items(written, MONTH)}
    acknowledge(written, entry, MONTH, "exchanged", "li")
    (seen,) = one(inbox(written, MONTH), entry.about).seen
    assert seen.text == "exchanged"


def test_a_note_by_command_holds_for_the_code_and_id_in_its_days(written):
    topic = "meter-suspect leachate.nf-permeate"
    note(written, "seen", "li", topic="finding", about=topic, period=MONTH)
    assert one(inbox(written, MONTH), topic).seen


def test_findings_lead_to_where_they_are_mended(looked):
    leads = {entry.about: entry.leads for entry in looked.entries}
    assert leads["meter-suspect leachate.nf-permeate"] == "balance"
    assert leads["frozen leachate.inflow-landfill"] == "sheet"
    assert leads["global-test"] == "balance"
    entry = one(looked, "frozen leachate.inflow-landfill")
    assert f"the sheet of {entry.since}" in way(entry, looked, WORDS)
    assert "日报表" in way(entry, looked, Words("zh"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_sentence_names_the_command_at_the_prompt_and_the_key_in_the_application(lang):
    said = finding("entry-duplicate", what="plant.in")
    assert "parkflow correct" in Words(lang).say(said)
    told = Words(lang, "screen").say(said)
    assert "parkflow" not in told
    assert " c " in told
    for code in ("stock-unknown", "review-open", "review-not-submitted", "correction-target"):
        assert "parkflow" in Words(lang).say(finding(code))
        assert "parkflow" not in Words(lang, "screen").say(finding(code))


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
