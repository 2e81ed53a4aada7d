"""Appending: one write lock, all or nothing, in one order for everybody."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from dataclasses import replace

import pytest

from flows.errors import LedgerError, Refused
from flows.findings import finding
from flows.period import Span
from flows.records import Observation, State
from flows.store.events import Draft, park_digest
from flows.store.repository import Ledger


def test_an_event_is_recorded_with_the_moment_of_the_clock(ledger, amount, send):
    first, second = send(amount()), send(amount(day=2))
    assert (first.seq, second.seq) == (2, 3)
    assert second.recorded_at > first.recorded_at > 1_743_580_800_000_000
    assert second.previous_hash == first.hash
    assert ledger.head() == second.head
    assert ledger.event(2) == first
    assert ledger.events(kinds=["submission"]) == [first, second]


def test_a_clock_that_goes_back_does_not_take_the_order_with_it(ledger, path, amount, park_hash):
    last = ledger.event(1).recorded_at
    with Ledger.open(path, clock=lambda: 5) as late:
        event = late.append(Draft("submission", "root", park_hash, [amount()]))
    assert event.recorded_at == last


def test_what_was_recorded_is_read_back_whole(ledger, amount, send):
    item = amount(
        sigma=0.25,
        device="scale",
        ticket="T 7",
        cause="rain\tand\nwind",
        note='a "quoted" \\ 备注',
        typed="10,0",
        origin="march.csv:7",
        register=17.5,
        facility="kitchen",
    )
    missing = replace(amount(day=2), state=State.MISSING, value=None)
    event = send(item, missing)
    kept = ledger.observations()
    assert kept == [replace(item, id=1, seq=event.seq), replace(missing, id=2, seq=event.seq)]


def test_nothing_at_all_is_recorded_when_one_observation_cannot_be(ledger, amount, send):
    bad = replace(amount("new-flow", day=2), state=State.MISSING)  # but has a value
    before = ledger.head()
    with pytest.raises(LedgerError, match="observation_state"):
        send(amount(device="new-device"), bad)
    assert ledger.head() == before
    assert ledger.observations() == []
    assert ledger.rows().subjects == ledger.rows().devices == ()
    assert send(amount()).seq == 2


def test_a_check_under_the_lock_refuses_with_everything_it_found(ledger, amount, send):
    found = [finding("import-repeated"), finding("ticket-duplicate", "in")]
    with pytest.raises(Refused) as refused:
        send(amount(), check=lambda _: found)
    assert list(refused.value.findings) == found
    assert ledger.observations() == []


def test_a_check_that_only_warns_does_not_refuse(send, amount):
    assert send(amount(), check=lambda _: [finding("entry-unlikely", "in")]).rows == 1


def test_an_unknown_park_version_is_a_mistake_of_the_program(ledger, amount):
    with pytest.raises(ValueError, match="park version"):
        ledger.append(Draft("submission", "root", "0" * 64, [amount()]))


def test_a_ledger_without_a_clock_does_not_record(path, amount, park_hash):
    with Ledger.open(path) as other, pytest.raises(ValueError, match="clock"):
        other.append(Draft("submission", "root", park_hash, [amount()]))


@pytest.mark.parametrize(
    ("kind", "fields", "wrong"),
    [
        ("submission", {}, "observations"),
        ("park", {"body": ""}, "body"),
        ("park", {"body": "x"}, "park_hash"),
        ("review", {"period": Span(0, 1)}, "verdict"),
        ("lock", {}, "period"),
        ("reopen", {"period": Span(0, 1)}, "reason"),
        ("review", {"period": Span(0, 1), "verdict": "returned"}, "reason"),
        ("note", {"text": "pump 2 leaks"}, "topic"),
        ("note", {"topic": "handover"}, "text"),
        ("note", {"topic": "finding"}, "about"),
        ("review", {"period": Span(0, 1), "verdict": "submitted", "text": "x"}, "text"),
    ],
)
def test_a_draft_whose_parts_do_not_fit_is_a_mistake_of_the_program(kind, fields, wrong):
    with pytest.raises(ValueError, match=wrong):
        Draft(kind, "root", "0" * 64, **fields)


def test_a_correction_without_a_target_and_a_submission_with_one_are_mistakes(amount):
    for kind, item in (("correction", amount()), ("submission", amount(supersedes=1))):
        with pytest.raises(ValueError, match="supersedes"):
            Draft(kind, "root", "0" * 64, [item], reason="typo")


def test_reviews_locks_and_reopens_are_events_of_the_chain(ledger, park_hash):
    march = Span(1_740_758_400, 1_743_436_800)
    for kind, more in (
        ("review", {"verdict": "submitted"}),
        ("review", {"verdict": "approved"}),
        ("lock", {}),
        ("reopen", {"reason": "late invoice"}),
    ):
        ledger.append(Draft(kind, "root", park_hash, facility="kitchen", period=march, **more))
    (lock,) = ledger.events(kinds=["lock"])
    assert (lock.facility, lock.period_start, lock.period_end) == ("kitchen", *vars_of(march))
    assert ledger.audit().sound


def vars_of(span):
    return span.start, span.end


def test_the_park_file_in_force_is_the_last_one(ledger):
    second = ledger.append_park("name = 'two'\r\n# 备注\n", authenticated="root", claimed="li")
    assert ledger.park_in_force() == second
    assert second.park_hash == park_digest(second.body)
    assert ledger.park_in_force(as_of=1).body == 'name = "test park"\n'
    assert ledger.append_park(second.body, second.park_hash, authenticated="root") == second
    assert ledger.park_in_force(as_of=0) is None


def test_a_digest_that_is_not_the_park_files_is_a_mistake_of_the_program(ledger):
    with pytest.raises(ValueError, match="park_hash"):
        ledger.append_park("x", "0" * 64, authenticated="root")


def test_the_same_file_comes_in_only_once(ledger, amount, park_hash):
    draft = Draft("submission", "root", park_hash, [amount()], "wang", "a.csv", "a" * 64)
    first = ledger.append(draft)
    with pytest.raises(Refused) as refused:
        ledger.append(replace(draft, observations=[amount(day=2)], source="b.csv"))
    (found,) = refused.value.findings
    assert found.code == "import-repeated"
    assert (found.params["seq"], found.params["by"]) == (first.seq, "wang")
    assert found.params["recorded_at"] == "2025-04-02 08:00+00:00"


def test_an_observation_is_superseded_only_once(amount, send):
    send(amount())
    send(amount(value=11.0, supersedes=1), reason="typo")
    with pytest.raises(Refused) as refused:
        send(amount(value=12.0, supersedes=1), reason="typo")
    (found,) = refused.value.findings
    assert (found.code, found.params["problem"]) == ("correction-target", "replaced")
    assert found.params["by"] == 2


@pytest.mark.parametrize("target", [99, 1])
def test_a_correction_needs_a_target_of_the_same_flow(amount, send, target):
    send(amount())
    with pytest.raises(Refused) as refused:
        send(amount("ash", supersedes=target), reason="typo")
    assert refused.value.findings[0].params["problem"] == "unknown"


def test_a_correction_may_follow_a_flow_to_another_kind(ledger, amount, send):
    send(amount("sludge"))
    send(amount("sludge", value=3.0, kind="dry-mass", supersedes=1), reason="kind changed")
    (kept,) = ledger.observations()
    assert (kept.kind, kept.value) == ("dry-mass", 3.0)
    assert len(ledger.rows().subjects) == 2


def test_whoever_waits_too_long_for_the_lock_is_told_so(path, amount, park_hash):
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Ledger.open(path, clock=lambda: 1, patience=0.05) as other:
        started = time.monotonic()
        with pytest.raises(Refused) as refused:
            other.append(Draft("submission", "root", park_hash, [amount()]))
        assert other.observations() == []  # readers do not wait
    assert refused.value.findings[0].code == "ledger-busy"
    assert time.monotonic() - started < 5.0
    holder.close()


def _write(path, number, park_hash, barrier):
    with Ledger.open(path, clock=time.time_ns) as ledger:
        barrier.wait(timeout=60)
        for place in range(20):
            item = Observation(
                f"flow-{number}", "mass", 739_000 + place, 0, 86_400, value=float(place)
            )
            ledger.append(
                Draft("submission", "root", park_hash, [item, replace(item, what="shared")])
            )


@pytest.mark.slow
def test_ten_processes_writing_at_once_lose_nothing_and_fork_nothing(path, ledger, park_hash):
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(10)
    writers = [
        spawn.Process(target=_write, args=(path, number, park_hash, barrier))
        for number in range(10)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert [writer.exitcode for writer in writers] == [0] * 10
    report = ledger.audit()
    assert report.sound
    assert (report.events, report.observations) == (201, 400)
    kept = ledger.observations()
    assert {(item.what, item.day - 739_000) for item in kept if item.what != "shared"} == {
        (f"flow-{number}", place) for number in range(10) for place in range(20)
    }
    assert [item.id for item in kept] == list(range(1, 401))
