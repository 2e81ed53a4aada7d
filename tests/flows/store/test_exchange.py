"""Files and single entries into the ledger: one way, all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from flows.errors import Refused
from flows.findings import errors
from flows.records import State
from flows.store.entry import Entry, EntryReader
from flows.store.exchange import (
    checked,
    correct,
    correction,
    find,
    import_log,
    submit,
    withdrawal,
)
from flows.store.repository import Ledger

NOW = 1_743_580_800_000_000
MARCH = "what,day,value,unit\nin,2025-03-01,300,t\nin,2025-03-02,310,t\nash,2025-03-01,5,t\n"
FIRST = date(2025, 3, 1).toordinal()


@pytest.fixture
def bring(ledger, tmp_path, sender, resolver, calendar):
    def bring(text, name="march.csv"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return import_log(ledger, file, sender, resolver=resolver, calendar=calendar, now_us=NOW)

    return bring


@pytest.fixture
def reader(resolver, calendar):
    return EntryReader(resolver, calendar, NOW)


def codes(refused):
    return [item.code for item in errors(refused.value.findings)]


def test_an_import_is_one_event_that_knows_its_file(ledger, bring):
    done = bring(MARCH)
    assert (done.observations, done.findings) == (3, ())
    assert (done.event.kind, done.event.rows, done.event.source) == ("submission", 3, "march.csv")
    assert (done.event.claimed, len(done.event.source_hash)) == ("wang", 64)
    assert [item.value for item in ledger.observations()] == [300.0, 310.0, 5.0]


def test_the_same_file_again_does_nothing_and_says_when_it_came(ledger, bring):
    first = bring(MARCH)
    again = bring(MARCH, "renamed.csv")
    (said,) = again.findings
    assert (again.observations, again.event) == (0, first.event)
    assert (said.code, said.severity) == ("import-repeated", "info")
    assert (said.params["seq"], said.params["by"], said.params["source"]) == (
        2,
        "wang",
        "march.csv",
    )
    assert said.params["recorded_at"] == "2025-04-02 16:00+08:00"
    assert len(ledger.observations()) == 3


def test_one_bad_row_keeps_the_whole_file_out(ledger, bring):
    with pytest.raises(Refused) as refused:
        bring(MARCH + "in,2025-03-03,1 62,t\nin,2025-03-01,7,t\n")
    assert codes(refused) == ["amount-grouping", "entry-duplicate"]
    assert {item.file for item in refused.value.findings} == {"march.csv"}
    assert ledger.observations() == []


def test_a_file_without_entries_is_refused(bring):
    with pytest.raises(Refused) as refused:
        bring("what,day,value,unit\n")
    assert codes(refused) == ["file-empty"]


def test_a_file_that_cannot_be_read_is_refused(ledger, tmp_path, sender, resolver, calendar):
    with pytest.raises(Refused) as refused:
        import_log(
            ledger, tmp_path / "no.csv", sender, resolver=resolver, calendar=calendar, now_us=NOW
        )
    assert codes(refused) == ["file-unreadable"]


def test_what_the_ledger_says_already_is_a_duplicate_and_names_it(bring):
    bring(MARCH)
    with pytest.raises(Refused) as refused:
        bring("what,start,end,value,unit\nin,2025-03-02 12:00,2025-03-05,100,t\n", "late.csv")
    (found,) = errors(refused.value.findings)
    assert (found.code, found.row, found.params["id"]) == ("entry-duplicate", 2, 2)
    assert found.params["id"] == 2


def test_a_long_span_of_last_year_still_stands_in_the_way(bring):
    bring("what,start,end,value,unit\nin,2024-01-01,2025-03-02,99000,t\n")
    with pytest.raises(Refused) as refused:
        bring("what,day,value,unit\nin,2025-03-01,300,t\n", "late.csv")
    assert codes(refused) == ["entry-duplicate"]


def test_a_span_that_only_touches_another_is_welcome(bring):
    bring(MARCH)
    assert bring("what,day,value,unit\nin,2025-03-03,300,t\n", "more.csv").observations == 1


def test_a_ticket_of_last_month_cannot_be_used_again(bring):
    head = "what,day,value,unit,ticket\n"
    bring(head + "in,2025-02-01,10,t,T1\n", "february.csv")
    with pytest.raises(Refused) as refused:
        bring(head + "in,2025-03-01,10,t,T1\n")
    (found,) = refused.value.findings
    assert (found.code, found.params["id"]) == ("ticket-duplicate", 1)


def test_a_counter_is_held_against_the_ledger_on_both_sides(bring):
    head = "what,day,register\n"
    bring(head + "power,2025-03-01,100\npower,2025-03-10,500\n")
    assert bring(head + "power,2025-03-05,300\n", "b.csv").observations == 1
    for number, value in enumerate(("50", "600")):
        with pytest.raises(Refused) as refused:
            bring(head + f"power,2025-03-04,{value}\n", f"c{number}.csv")
        assert "register-drop" in codes(refused)
    with pytest.raises(Refused) as refused:
        bring(head + "power,2025-03-05,301\n", "d.csv")
    assert codes(refused) == ["entry-duplicate"]


def test_two_imports_at_once_of_the_same_days_cannot_both_pass(
    bring, path, clock, sender, resolver, calendar
):
    """The second one's reading begins before the first has recorded."""
    entries = EntryReader(resolver, calendar, NOW)
    item, _ = entries.read(Entry("in", "300", "t", "2025-03-01"))
    with Ledger.open(path, clock=clock) as other:
        assert checked([item], other, resolver) == ()
        bring(MARCH)
        with pytest.raises(Refused) as refused:
            submit(other, [item], sender, resolver=resolver)
    assert codes(refused) == ["entry-duplicate"]


def test_a_typed_entry_is_read_and_checked_as_a_row_is(ledger, reader, sender, resolver):
    item, doubts = reader.read(Entry("垃圾进厂量", "0.03 万吨", day="2025-03-01", note="by hand"))
    assert doubts == ()
    assert checked([item], ledger, resolver) == ()
    event = submit(ledger, [item], sender, resolver=resolver)
    assert ledger.observations() == [replace(item, id=1, seq=event.seq)]
    assert (item.value, item.typed, item.typed_unit) == (pytest.approx(300.0), "0.03 万吨", "万吨")
    (again,) = checked([item], ledger, resolver)
    assert again.code == "entry-duplicate"


def test_a_correction_replaces_the_value_and_keeps_its_time(
    ledger, bring, reader, sender, resolver
):
    bring(MARCH)
    target = find(ledger, what="in", day=FIRST)
    item, _ = correction(target, Entry("", "305", "t", cause="misread"), reader)
    event = correct(ledger, [item], "misread", sender, resolver=resolver)
    assert (event.kind, event.reason) == ("correction", "misread")
    (kept,) = ledger.observations(whats=["in"], first_day=FIRST, last_day=FIRST)
    assert (kept.value, kept.supersedes, kept.start, kept.end) == (
        305.0,
        1,
        target.start,
        target.end,
    )
    assert [old.value for old in ledger.history(1)] == [300.0, 305.0]


def test_a_correction_can_say_that_nothing_was_read(ledger, bring, reader, sender, resolver):
    bring(MARCH)
    item, _ = correction(find(ledger, number=1), Entry("", state="missing"), reader)
    correct(ledger, [item], "scale was off", sender, resolver=resolver)
    assert ledger.observations(whats=["in"])[-1].state is State.MISSING


def test_a_correction_of_a_counter_is_a_counter_reading(ledger, bring, reader, sender, resolver):
    bring("what,day,register\npower,2025-03-01,100\npower,2025-03-02,150\n")
    item, _ = correction(find(ledger, number=2), Entry("", "140"), reader)
    assert (item.state, item.register, item.value) == (State.REGISTER, 140.0, None)
    correct(ledger, [item], "misread", sender, resolver=resolver)
    drop, _ = correction(find(ledger, number=3), Entry("", "90"), reader)
    with pytest.raises(Refused) as refused:
        correct(ledger, [drop], "misread", sender, resolver=resolver)
    assert codes(refused) == ["register-drop"]


def test_a_ticket_typed_twice_is_withdrawn(ledger, bring, sender, resolver):
    head = "what,day,value,unit,ticket\n"
    bring(head + "in,2025-03-01,10,t,T1\nin,2025-03-01,10,t,T11\n")
    correct(ledger, [withdrawal(find(ledger, number=2))], "twice", sender, resolver=resolver)
    assert [item.ticket for item in ledger.observations()] == ["T1"]
    assert bring(head + "in,2025-03-01,12,t,T11\n", "b.csv").observations == 1


def test_a_correction_needs_a_reason(ledger, bring, sender, resolver):
    bring(MARCH)
    with pytest.raises(Refused) as refused:
        correct(ledger, [withdrawal(find(ledger, number=1))], "  ", sender, resolver=resolver)
    assert codes(refused) == ["correction-reason"]


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ({"what": "in", "day": FIRST + 20}, "unknown"),
        ({"number": 77}, "unknown"),
        ({"what": "ash", "day": FIRST}, "several"),
        ({"number": 1}, "replaced"),
    ],
)
def test_what_is_to_be_corrected_must_be_clear(ledger, bring, sender, resolver, target, problem):
    bring(
        "what,day,value,unit,ticket\nin,2025-03-01,1,t,\nash,2025-03-01,1,t,T1\n"
        "ash,2025-03-01,2,t,T2\n"
    )
    correct(ledger, [withdrawal(find(ledger, number=1))], "wrong", sender, resolver=resolver)
    with pytest.raises(Refused) as refused:
        find(ledger, **target)
    (found,) = refused.value.findings
    assert (found.code, found.params["problem"]) == ("correction-target", problem)
    if problem == "several":
        assert found.params["names"] == "#2 (T1: 1 t), #3 (T2: 2 t)"


def test_what_was_taken_with_a_doubt_keeps_the_doubt(reader):
    """An entry ten times the usual amount is taken, and stays marked for whoever reviews it."""
    usual, _ = reader.read(Entry("in", "300", "t", day="2025-03-01"))
    assert usual.flag == ""
    odd, doubts = reader.read(Entry("in", "30", "t", day="2025-03-01"))
    assert doubts
    assert odd.flag == doubts[0].code
