"""The chain: what is hashed, and what an audit finds after somebody was at the file."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.store import canonical, chain, guards
from flows.store.events import Draft
from flows.store.repository import Ledger

CONTRACT = Path(__file__).parents[3] / "docs" / "formats" / "ledger.md"


@pytest.fixture
def tampered(path, amount, send):
    """Runs statements of plain SQL on a ledger whose guards were taken away, then audits it."""
    send(amount(value=10.0), amount("ash", value=2.0))
    send(amount(day=2, value=11.0), amount("ash", day=2, value=2.5))
    send(amount(day=3, value=12.0))

    def tamper(*statements, against=""):
        connection = sqlite3.connect(path, isolation_level=None)
        kept = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = kept.fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
        connection.close()
        with Ledger.open(path, readonly=True) as reopened:
            return reopened.audit_against(against) if against else reopened.audit()

    return tamper


def test_an_untouched_ledger_is_sound(tampered):
    report = tampered()
    assert report.sound
    assert (report.events, report.observations) == (4, 5)
    assert re.fullmatch(r"[0-9a-f]{64}@4", report.head)


def test_an_empty_ledger_is_sound(path):
    with Ledger.create(path) as ledger:
        assert ledger.audit().head == ledger.head() == f"{'0' * 64}@0" == chain.EMPTY_HEAD
        assert ledger.audit_against(chain.EMPTY_HEAD).sound


@pytest.mark.parametrize(
    ("statements", "seq", "field"),
    [
        (["UPDATE observation SET amount = 10.5 WHERE id = 1"], 2, "hash"),
        (["UPDATE observation SET amount = 10 + 2e-15 WHERE id = 1"], 2, "hash"),
        (["UPDATE observation SET state = 'zero', amount = 0 WHERE id = 3"], 3, "hash"),
        (["UPDATE observation SET typed = '100' WHERE id = 3"], 3, "hash"),
        (["UPDATE observation SET note = typed, typed = note WHERE id = 3"], 3, "hash"),
        (["UPDATE subject SET what = 'bottom-ash' WHERE id = 2"], 2, "hash"),
        (["UPDATE event SET claimed = 'li' WHERE seq = 3"], 3, "hash"),
        (["UPDATE event SET recorded_at = recorded_at - 5 WHERE seq = 2"], 2, "hash"),
        (["UPDATE event SET body = 'other' WHERE seq = 1"], 1, "park_hash"),
        (["UPDATE event SET hash = substr(hash, 2) || 'x' WHERE seq = 4"], 4, "hash"),
        (["DELETE FROM observation WHERE id = 5"], 4, "rows"),
        (["DELETE FROM observation WHERE id = 3"], 3, "observation"),
        (["DELETE FROM subject WHERE id = 1"], 2, "hash"),
        (["DELETE FROM event WHERE seq = 3"], 3, "seq"),
        (["DELETE FROM event WHERE seq = 4"], 3, "rows"),
        (
            ["UPDATE event SET seq = 9 WHERE seq = 3", "UPDATE event SET seq = 3 WHERE seq = 4"],
            3,
            "previous_hash",
        ),
        (
            [
                "UPDATE observation SET id = 9 WHERE id = 1",
                "UPDATE observation SET id = 1 WHERE id = 2",
                "UPDATE observation SET id = 2 WHERE id = 9",
            ],
            2,
            "line",
        ),
        (
            [
                "UPDATE observation SET subject = 3 - subject WHERE seq = 2",
            ],
            2,
            "hash",
        ),
        (["UPDATE event SET rows = 1 WHERE seq = 3"], 3, "rows"),
    ],
)
def test_an_audit_names_the_first_broken_link(tampered, statements, seq, field):
    report = tampered("PRAGMA foreign_keys = OFF", *statements)
    found = [item for item in report.findings if item.code == "chain-broken"]
    assert [(item.params["seq"], item.params["field"]) for item in found] == [(seq, field)]
    assert report.events < 4
    assert not report.sound


def test_a_digest_filed_elsewhere_is_found_again(tampered, ledger):
    filed = ledger.head()
    assert tampered(against=filed).sound
    assert tampered(against=filed.upper()).sound


def test_a_truncated_ledger_is_sound_in_itself_but_not_against_a_filed_digest(tampered, ledger):
    filed = ledger.head()
    cut = ["DELETE FROM observation WHERE seq = 4", "DELETE FROM event WHERE seq = 4"]
    assert tampered(*cut).sound
    (found,) = tampered(against=filed).findings
    assert (found.code, found.params["field"], found.params["last"]) == (
        "digest-not-found",
        "seq",
        3,
    )


@pytest.mark.usefixtures("tampered")
def test_a_ledger_written_anew_is_sound_in_itself_but_not_against_a_filed_digest(
    ledger, tmp_path, clock
):
    filed = ledger.head()
    other = tmp_path / "other.db"
    with Ledger.create(other, clock=clock) as forged:
        forged.append_park("other", authenticated="root")
        for seq in range(2, 6):
            forged.append_park(f"other {seq}", authenticated="root")
        assert forged.audit().sound
        (found,) = forged.audit_against(filed).findings
    assert (found.code, found.params["field"]) == ("digest-not-found", "hash")


@pytest.mark.parametrize("text", ["abc", "abc@3", f"{'g' * 64}@3", f"{'a' * 64}@", "@"])
def test_what_is_no_digest_is_said_to_be_none(ledger, text):
    (found,) = ledger.audit_against(text).findings
    assert (found.code, found.params["field"]) == ("digest-not-found", "form")


EVENT = dict.fromkeys(canonical.EVENT_FIELDS, "") | {"seq": 7, "rows": 1}
ROW = (
    3,
    1,
    "in",
    "mass",
    "kitchen",
    739311,
    0,
    86400,
    "value",
    10.0,
    None,
    None,
    "scale",
    "metered",
    "",
    "",
    "10",
    "t",
    "",
    "",
    None,
)


def test_the_canonical_text_is_what_the_contract_shows():
    assert canonical.observation_text(ROW) == (
        "observation\t3\t1\tin\tmass\tkitchen\t739311\t0\t86400\tvalue\t10.0\t\t\tscale\tmetered"
        "\t\t\t10\tt\t\t\t\n"
    )
    assert canonical.event_text(EVENT).startswith("parkflow-event\t1\nseq\t7\nkind\t\n")
    assert canonical.digest(EVENT, [ROW]) == (
        hashlib.sha256(
            (canonical.event_text(EVENT) + canonical.observation_text(ROW)).encode()
        ).hexdigest()
    )


@pytest.mark.parametrize(
    ("number", "written"),
    [(0.1, "0.1"), (24.0, "24.0"), (1e16, "1e+16"), (1e-5, "1e-05"), (-0.0, "0.0"), (None, "")],
)
def test_a_number_is_the_shortest_decimal_that_reads_back(number, written):
    row = (*ROW[:9], number, *ROW[10:])
    assert canonical.observation_text(row).split("\t")[10] == written


@given(st.lists(st.text(), min_size=21, max_size=21))
def test_no_text_can_pose_as_another_field_or_line(fields):
    line = canonical.observation_text(tuple(fields))
    assert line.count("\n") == 1
    assert "\r" not in line
    parts = line[:-1].split("\t")
    unescaped = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}
    read = [re.sub(r"\\[tnr\\]", lambda found: unescaped[found[0]], part) for part in parts]
    assert read == ["observation", *fields]


@pytest.mark.parametrize("text", ["a\0b", "a\udc80b"])
def test_text_that_cannot_be_kept_is_refused_before_anything_is_written(ledger, amount, send, text):
    with pytest.raises(ValueError, match=r"NUL|surrogates"):
        send(amount(note=text))
    assert ledger.audit().events == 1


def test_a_third_party_verifies_the_ledger_with_the_script_of_the_contract(
    tampered, path, tmp_path
):
    head = tampered().head
    (script,) = re.findall(r"```python\n(.*?)```", CONTRACT.read_text(encoding="utf-8"), re.DOTALL)
    program = tmp_path / "verify.py"
    program.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", program, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == head
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER observation_update")
    connection.execute("UPDATE observation SET amount = 1 WHERE id = 3")
    connection.commit()
    connection.close()
    done = subprocess.run(
        [sys.executable, "-I", program, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "event 3" in done.stderr


def test_a_verifier_of_the_page_and_the_audit_read_notes_and_find_a_changed_word(
    ledger, park_hash, path, tmp_path, tampered
):
    note = {"topic": "handover", "about": "2025-03", "text": "scale 2 is off\\ 二号磅"}
    head = ledger.append(Draft("note", "root", park_hash, facility="kitchen", **note)).head
    (script,) = re.findall(r"```python\n(.*?)```", CONTRACT.read_text(encoding="utf-8"), re.DOTALL)
    program = tmp_path / "verify.py"
    program.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", program, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == head
    (found,) = tampered("UPDATE event SET text = 'all is well' WHERE kind = 'note'").findings
    assert (found.code, found.params["seq"]) == ("chain-broken", 5)
    # a word beside a submission, which had none
    (found,) = tampered("UPDATE event SET about = 'x' WHERE seq = 2").findings
    assert (found.code, found.params["seq"]) == ("chain-broken", 2)


def test_the_contract_names_every_field_in_its_order():
    text = CONTRACT.read_text(encoding="utf-8")
    for fields in (canonical.EVENT_FIELDS, canonical.MORE_FIELDS, canonical.OBSERVATION_FIELDS):
        assert " ".join(f"`{name}`" for name in fields) in " ".join(text.split())
    for table in guards.TABLES:
        assert f"`{table}`" in text
