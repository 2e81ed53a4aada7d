"""Months are submitted, reviewed, locked and reopened; what is locked takes nothing."""

from __future__ import annotations

import itertools
import sqlite3
from dataclasses import replace
from datetime import date

import pytest

from flows.errors import LedgerError, Refused
from flows.period import Span
from flows.records import State
from flows.store import exchange, repository
from flows.store.closing import closings
from flows.store.events import Draft
from flows.store.repository import Ledger

MARCH = Span(1_740_758_400, 1_743_436_800)  # 2025-03-01 to 2025-04-01, 00:00 in Shanghai
APRIL_FIRST = date(2025, 4, 1)


@pytest.fixture
def close(ledger, park_hash):
    """`close("lock", "kitchen")`: a review's verdict, lock or reopen of March, as an event."""

    def append(step, facility="", by="", span=MARCH, **fields):
        kind = step if step in {"lock", "reopen"} else "review"
        if kind == "review":
            fields["verdict"] = step
        if step in {"returned", "reopen"}:
            fields.setdefault("reason", "late invoice")
        draft = Draft(
            kind, "root", park_hash, claimed=by, facility=facility, period=span,
            about="2025-03" if span == MARCH else "", **fields,
        )  # fmt: skip
        return ledger.append(draft)

    return append


@pytest.fixture
def locked(send, amount, close):
    """March of the kitchen entered, reviewed and locked; of the plant only entered."""
    send(amount(facility="kitchen"), amount("slag", facility="plant"))
    for step in ("submitted", "approved", "lock"):
        close(step, "kitchen", by="li")


def codes(call):
    with pytest.raises(Refused) as refused:
        call()
    return [found.code for found in refused.value.findings]


@pytest.mark.usefixtures("locked")
def test_a_locked_month_takes_no_entry_correction_or_review_of_its_facility(send, amount, close):
    assert codes(lambda: send(amount(day=2, facility="kitchen"))) == ["locked"]
    # also where that day is entered already: to correct it, it must be reopened first
    assert codes(lambda: send(amount(day=1, facility="kitchen"))) == ["locked"]
    assert codes(lambda: send(amount(facility="kitchen", supersedes=1), reason="typo")) == [
        "locked"
    ]
    for step in ("submitted", "approved", "returned"):
        assert codes(lambda step=step: close(step, "kitchen")) == ["locked"]
        assert codes(lambda step=step: close(step, "")) == ["locked"]


@pytest.mark.usefixtures("locked")
def test_the_other_facility_and_the_other_month_stay_open(send, amount):
    april = replace(
        amount(day=31, facility="kitchen"),
        day=APRIL_FIRST.toordinal(), start=MARCH.end, end=MARCH.end + 86_400,
    )  # fmt: skip
    assert send(april, amount("slag", day=2, facility="plant")).rows == 2


@pytest.mark.usefixtures("locked")
def test_the_level_at_the_end_of_the_last_day_is_locked_and_that_of_the_next_is_not(send, amount):
    level = amount("stock:bunker", day=31, facility="kitchen")
    closing = replace(level, start=MARCH.end, end=MARCH.end)
    opening = replace(level, start=MARCH.start, end=MARCH.start, day=level.day - 31)
    assert codes(lambda: send(closing)) == ["locked"]
    assert send(opening).rows == 1  # of the last of February


@pytest.mark.usefixtures("locked")
def test_an_invoice_that_reaches_into_a_locked_month_is_refused(send, amount):
    invoice = amount(day=26, facility="kitchen")
    assert codes(lambda: send(replace(invoice, end=MARCH.end + 25 * 86_400))) == ["locked"]


@pytest.mark.usefixtures("locked")
def test_an_entry_cannot_be_moved_out_of_a_locked_month_or_handed_to_another_facility(send, amount):
    april = replace(
        amount(facility="kitchen", supersedes=1),
        day=APRIL_FIRST.toordinal(), start=MARCH.end, end=MARCH.end + 86_400,
    )  # fmt: skip
    assert codes(lambda: send(april, reason="wrong month")) == ["locked"]
    assert codes(lambda: send(amount(day=3, facility="plant"))) == ["locked"]


def test_a_lock_of_the_park_locks_everybody_and_one_can_be_reopened_alone(send, amount, close):
    send(amount(facility="kitchen"), amount("slag", facility="plant"), amount("context:rain"))
    close("submitted")
    close("approved")
    close("lock")
    for what, facility in (("in", "kitchen"), ("slag", "plant"), ("context:rain", "")):
        item = amount(what, day=2, facility=facility)
        assert codes(lambda item=item: send(item)) == ["locked"]
    close("reopen", "kitchen")
    assert send(amount(day=2, facility="kitchen")).rows == 1
    assert codes(lambda: send(amount("slag", day=2, facility="plant"))) == ["locked"]


@pytest.mark.parametrize("steps", [(), ("submitted",), ("submitted", "returned")])
def test_a_month_that_nobody_approved_is_not_locked(send, amount, close, steps):
    send(amount(facility="kitchen"))
    for step in steps:
        close(step, "kitchen")
    assert codes(lambda: close("lock", "kitchen")) == ["review-open"]
    assert codes(lambda: close("lock", "")) == ["review-open"]


def test_an_approval_ends_when_an_entry_or_a_correction_comes_after_it(send, amount, close):
    send(amount(facility="kitchen"))
    close("submitted", "kitchen")
    close("approved", "kitchen")
    send(amount(facility="kitchen", value=11.0, supersedes=1), reason="misread")
    assert codes(lambda: close("lock", "kitchen")) == ["review-open"]
    close("submitted", "kitchen")
    close("approved", "kitchen")
    send(amount("slag", facility="plant"))  # of somebody else
    assert close("lock", "kitchen").kind == "lock"


def test_nothing_is_decided_that_was_not_submitted(close):
    for step in ("approved", "returned"):
        assert codes(lambda step=step: close(step, "kitchen")) == ["review-not-submitted"]
    close("submitted", "kitchen")
    close("returned", "kitchen")
    assert codes(lambda: close("approved", "kitchen")) == ["review-not-submitted"]


@pytest.mark.usefixtures("locked")
def test_what_is_locked_is_not_locked_again_nor_what_is_open_reopened(close):
    assert codes(lambda: close("lock", "kitchen")) == ["lock-already"]
    assert codes(lambda: close("reopen", "plant")) == ["lock-none"]
    close("reopen", "kitchen")
    assert codes(lambda: close("reopen", "kitchen")) == ["lock-none"]
    close("submitted", "kitchen")


@pytest.mark.usefixtures("locked")
def test_a_period_that_shares_days_with_a_locked_one_is_neither_locked_nor_reopened(close):
    part = Span(MARCH.start + 86_400, MARCH.end)
    for step in ("lock", "reopen"):
        assert codes(lambda step=step: close(step, "kitchen", span=part)) == ["lock-crossing"]


@pytest.mark.usefixtures("locked")
def test_the_refusal_names_the_month_the_facility_and_who_locked_it(send, amount):
    with pytest.raises(Refused) as refused:
        send(amount(day=2, facility="kitchen"))
    (found,) = refused.value.findings
    assert dict(found.params) == {
        "period": "2025-03", "facility": "kitchen", "by": "li", "day": "2025-03-02",
    }  # fmt: skip


@pytest.mark.usefixtures("locked")
def test_a_note_is_a_link_of_the_chain_and_changes_no_state(ledger, park_hash):
    before = ledger.head()
    note = ledger.append(
        Draft(
            "note", "root", park_hash, facility="kitchen", period=MARCH, topic="finding",
            about="coverage-partial incineration.received", text="scale was calibrated\tat noon",
        )
    )  # fmt: skip
    assert note.previous_hash == before.partition("@")[0]
    assert ledger.events(kinds=["note"]) == [note]
    assert ledger.audit().sound
    with ledger.reading() as connection:
        assert closings(connection).lock_of("kitchen", MARCH) is not None


# The same rules against plain sqlite3, which asks no repository.


@pytest.fixture
def silent(monkeypatch):
    """The repository says nothing beforehand: only the database stands in the way."""
    monkeypatch.setattr(repository.closing, "refusals", lambda *_: [])


ATTACKS = {
    "an entry": (lambda send, amount: send(amount(day=2, facility="kitchen")), "is locked"),
    "a correction": (
        lambda send, amount: send(amount(facility="kitchen", supersedes=1), reason="x"),
        "is locked",
    ),
    "a withdrawal": (
        lambda send, amount: send(
            replace(
                amount(facility="kitchen", supersedes=1), state=State.WITHDRAWN, value=None
            ),
            reason="x",
        ),
        "is locked",
    ),
    "another facility": (lambda send, amount: send(amount(day=2, facility="plant")), "is locked"),
    "a move": (
        lambda send, amount: send(
            replace(
                amount(facility="kitchen", supersedes=1),
                day=APRIL_FIRST.toordinal(), start=MARCH.end, end=MARCH.end + 86_400,
            ),
            reason="x",
        ),
        "what it replaces is locked",
    ),
    "a false day": (
        lambda send, amount: send(
            replace(amount(day=9, facility="kitchen"), start=MARCH.end, end=MARCH.end + 86_400)
        ),
        "not that of its span",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.usefixtures("locked", "silent")
def test_the_database_itself_lets_nothing_into_a_locked_month(ledger, send, amount, name):
    attack, said = ATTACKS[name]
    before = ledger.head()
    with pytest.raises(LedgerError, match=said):
        attack(send, amount)
    assert ledger.head() == before


@pytest.mark.parametrize(
    ("step", "facility", "said"),
    [
        ("submitted", "kitchen", "its period is locked"),
        ("returned", "", "its period is locked"),
        ("approved", "plant", "nobody has submitted"),
        ("lock", "kitchen", "locked already"),
        ("lock", "plant", "not approved"),
        ("lock", "", "a part of it is not approved"),
        ("reopen", "plant", "not locked"),
    ],
)
@pytest.mark.usefixtures("locked", "silent")
def test_the_database_itself_keeps_the_order_of_closing(close, step, facility, said):
    with pytest.raises(LedgerError, match=said):
        close(step, facility)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"kind": "'note'", "topic": "'gossip'"}, "unknown topic"),
        ({"kind": "'note'", "topic": "''"}, "unknown topic"),
        ({"kind": "'note'", "topic": "'finding'", "about": "''"}, "a finding is named"),
        ({"kind": "'note'", "topic": "'remark'", "text": "''"}, "a note says something"),
        ({"kind": "'reopen'", "period_start": "0", "period_end": "1"}, "it is not locked"),
    ],
)
@pytest.mark.usefixtures("ledger")
def test_plain_sql_writes_no_note_and_no_lock_that_says_nothing(path, columns, said):
    given = {
        "seq": "2", "kind": "kind", "recorded_at": "recorded_at", "authenticated": "'root'",
        "claimed": "''", "park_hash": "park_hash", "source": "''", "facility": "''",
        "verdict": "''", "reason": "''", "rows": "0", "body": "''", "previous_hash": "hash",
        "hash": f"'{'f' * 64}'", "topic": "''", "about": "''", "text": "''",
    } | columns  # fmt: skip
    statement = "INSERT INTO event (NAMES) SELECT WORDS FROM event WHERE seq = 1"
    statement = statement.replace("NAMES", ", ".join(given))
    statement = statement.replace("WORDS", ", ".join(given.values()))
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match=said):
        connection.execute(statement)
    connection.close()


# No face of the program gets past a lock.


@pytest.mark.usefixtures("locked")
def test_no_file_of_readings_gets_a_day_of_a_locked_month_in(
    ledger, resolver, calendar, sender, tmp_path
):
    """The resolver's flow `in` is the kitchen's; its row is named."""
    import xlsxwriter

    log = tmp_path / "late.csv"
    log.write_text("what,day,value,unit\nin,2025-04-01,290,t\nin,2025-03-31,310,t\n", "utf-8")
    book = tmp_path / "late.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["day", "in [t]"])
        sheet.write_row(1, 0, ["2025-03-31", 310])
    before = ledger.head()
    for path, row in ((log, 3), (book, 2)):
        with pytest.raises(Refused) as refused:
            exchange.import_log(
                ledger, path, sender,
                resolver=resolver, calendar=calendar, now_us=1_743_580_800_000_000,
            )  # fmt: skip
        assert [(found.code, found.row) for found in refused.value.findings] == [("locked", row)]
    assert ledger.head() == before


@pytest.mark.usefixtures("locked")
def test_a_lock_holds_for_a_second_writer(path, amount, park_hash):
    """Whoever opened the ledger before the lock is stopped by it all the same."""
    ticks = itertools.count(1_743_590_000_000_000)
    with Ledger.open(path, clock=lambda: next(ticks)) as other:
        draft = Draft("submission", "root", park_hash, [amount(day=5, facility="kitchen")])
        assert codes(lambda: other.append(draft)) == ["locked"]
