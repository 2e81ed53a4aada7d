"""The database itself refuses what would break the ledger."""

from __future__ import annotations

import ast
import sqlite3
from pathlib import Path

import pytest

from flows.errors import Refused
from flows.records import Quality
from flows.store import events, guards, tables
from flows.store.repository import Ledger

VERSIONS = Path(tables.__file__).parent / "migrations" / "versions"

COPY = (
    'seq, line, subject, day, start, "end", state, amount, sigma, register, device, quality,'
    " ticket, cause, flag, typed, typed_unit, note, origin, supersedes"
)
NEW_EVENT = (
    "INSERT INTO event SELECT {seq}, kind, {moment}, authenticated, claimed, park_hash, source,"
    " {source}, facility, period_start, period_end, verdict, {reason}, {rows}, {body},"
    " {previous}, {hash}, {topic}, {about}, {text} FROM event WHERE seq = {of}"
)


def event_like(of, **changes):
    values = {
        "seq": 3,
        "moment": "recorded_at + 1",
        "source": "NULL",
        "reason": "reason",
        "rows": "rows",
        "body": "body",
        "previous": "(SELECT hash FROM event WHERE seq = 2)",
        "hash": f"'{'f' * 64}'",
        "topic": "topic",
        "about": "about",
        "text": "text",
        "of": of,
    }
    return NEW_EVENT.format(**values | changes)


@pytest.fixture
def raw(path, amount, send):
    """Plain sqlite3 on a ledger with a park version and a submission of two observations."""
    send(amount(value=10.0, device="scale"), amount("out", value=8.0))
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


def dump(connection):
    return [
        connection.execute("SELECT * FROM what ORDER BY 1".replace("what", table)).fetchall()
        for table in guards.TABLES
    ]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE observation SET amount = 1 WHERE id = 1", "nothing is changed"),
        ("UPDATE event SET reason = 'x'", "nothing is changed"),
        ("UPDATE subject SET what = 'x'", "nothing is changed"),
        ("UPDATE device SET name = 'x'", "nothing is changed"),
        ("UPDATE observation SET rowid = 99 WHERE id = 1", "nothing is changed"),
        ("DELETE FROM observation WHERE id = 2", "nothing is changed"),
        ("DELETE FROM event WHERE seq = 2", "nothing is changed"),
        ("DELETE FROM subject", "nothing is changed"),
        ("DELETE FROM device", "nothing is changed"),
        ("REPLACE INTO observation SELECT * FROM observation WHERE id = 1", "not the next"),
        (
            "INSERT OR IGNORE INTO observation SELECT * FROM observation WHERE id = 1",
            "not the next",
        ),
        (
            (
                "INSERT INTO observation SELECT * FROM observation WHERE id = 1"
                " ON CONFLICT(id) DO UPDATE SET amount = 7"
            ),
            "not the next",
        ),
        ("REPLACE INTO observation SELECT 3, COPY FROM observation WHERE id = 2", "line is not"),
        ("INSERT INTO observation SELECT 5, COPY FROM observation WHERE id = 2", "id is not"),
        ("INSERT INTO observation (COPY) SELECT COPY FROM observation", "id is not the next"),
        (
            (
                'INSERT INTO observation SELECT 3, 2, 3, subject, day, start, "end", state, amount,'
                " sigma, register, device, quality, ticket, cause, flag, typed, typed_unit, note,"
                " origin, supersedes FROM observation WHERE id = 2"
            ),
            "more lines than announced",
        ),
        ("REPLACE INTO subject SELECT * FROM subject WHERE id = 1", "not the next"),
        (
            "REPLACE INTO subject SELECT 3, what, kind, facility FROM subject WHERE id = 1",
            "already",
        ),
        ("REPLACE INTO device VALUES (2, 'scale')", "already"),
        ("REPLACE INTO event SELECT * FROM event WHERE seq = 1", "seq is not the next"),
        (event_like(2, seq=4), "seq is not the next"),
        (event_like(2, previous=f"'{'0' * 64}'"), "previous_hash"),
        (event_like(2, moment="recorded_at - 1"), "recorded before"),
        (event_like(2, hash="hash"), "already"),
        (event_like(2, rows="0"), "observations belong"),
        (event_like(2, body="'x'"), "a body belongs"),
        (event_like(1, body="''", moment="recorded_at + 9000000"), "a body belongs"),
    ],
)
def test_no_statement_of_plain_sql_gets_past_the_guards(raw, statement, said):
    before = dump(raw)
    with pytest.raises(sqlite3.IntegrityError, match=said):
        raw.execute(statement.replace("COPY", COPY))
    assert dump(raw) == before


def test_an_event_is_refused_while_the_last_one_lacks_observations(raw):
    raw.execute(event_like(2, rows="1"))
    later = event_like(
        2,
        seq=4,
        rows="1",
        moment="recorded_at + 2",
        previous="(SELECT hash FROM event WHERE seq = 3)",
        hash=f"'{'e' * 64}'",
    )
    with pytest.raises(sqlite3.IntegrityError, match="lacks observations"):
        raw.execute(later)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "'value'", "amount": "NULL"}, "observation_state"),
        ({"state": "'missing'"}, "observation_state"),
        ({"state": "'zero'"}, "observation_state"),
        ({"state": "'register'", "amount": "NULL"}, "observation_state"),
        ({"state": "'withdrawn'", "amount": "NULL"}, "observation_state"),
        ({"state": "'perhaps'"}, "observation_state"),
        ({"amount": "9e999"}, "observation_finite"),
        ({"amount": "'much'"}, "observation_finite"),
        ({"sigma": "-0.1"}, "observation_finite"),
        ({'"end"': "start - 1"}, "observation_span"),
        ({"day": "'monday'"}, "no whole number"),
        ({"quality": "'good'"}, "unknown quality"),
        ({"supersedes": "1"}, "a correction, and nothing else"),
    ],
)
def test_an_observation_that_says_nothing_clear_is_refused(raw, change, said):
    raw.execute(event_like(2, rows="1"))
    columns = {name.strip(): name.strip() for name in COPY.split(",")}
    columns |= {"seq": "3", "line": "1"} | change
    statement = "INSERT INTO observation (id, NAMES) SELECT 3, WORDS FROM observation WHERE id = 1"
    statement = statement.replace("NAMES", ", ".join(columns))
    statement = statement.replace("WORDS", ", ".join(columns.values()))
    with pytest.raises(sqlite3.IntegrityError, match=said):
        raw.execute(statement)


def test_a_correction_of_something_else_is_refused(raw):
    raw.execute(
        event_like(2, rows="1")
        .replace("SELECT 3, kind", "SELECT 3, 'correction'")
        .replace("verdict, reason", "verdict, 'typo'")
    )
    columns = COPY.replace("seq, line", "3, 1").replace("supersedes", "2")
    with pytest.raises(sqlite3.IntegrityError, match="something else"):
        raw.execute(
            "INSERT INTO observation SELECT 3, COPY FROM observation WHERE id = 1".replace(
                "COPY", columns
            )
        )


def test_a_ledger_without_one_of_its_guards_is_not_opened(raw, path):
    raw.execute("DROP TRIGGER observation_update")
    with pytest.raises(Refused) as refused:
        Ledger.open(path)
    (found,) = refused.value.findings
    assert (found.code, found.params["names"]) == ("ledger-guards", "observation_update")


def test_a_guard_that_was_weakened_under_its_name_is_noticed(raw, path):
    raw.execute("DROP TRIGGER event_delete")
    raw.execute("CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN SELECT 1; END")
    with pytest.raises(Refused, match="event_delete"):
        Ledger.open(path)


def test_a_trigger_that_is_not_ours_is_noticed(raw, path):
    raw.execute("CREATE TRIGGER more AFTER INSERT ON event BEGIN SELECT 1; END")
    with pytest.raises(Refused, match="more"):
        Ledger.open(path)


def test_a_ledger_without_guards_can_still_be_audited_and_says_so(raw, path):
    raw.execute("DROP TRIGGER event_delete")
    with Ledger.open(path, readonly=True, unguarded=True) as ledger:
        report = ledger.audit()
    assert [found.code for found in report.findings] == ["ledger-guards"]
    assert report.events == 2


def test_the_words_in_the_guards_are_the_words_of_the_program():
    assert set(guards.QUALITIES) == {quality.value for quality in Quality}
    assert set(guards.EVENT_KINDS) == {
        events.PARK,
        events.SUBMISSION,
        events.CORRECTION,
        events.REVIEW,
        events.LOCK,
        events.REOPEN,
        events.NOTE,
    }
    assert set(guards.VERDICTS) == {events.SUBMITTED, events.APPROVED, events.RETURNED}
    assert set(guards.TOPICS) == {events.HANDOVER, events.ACKNOWLEDGED, events.REMARK}


@pytest.mark.parametrize("version", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
def test_every_migration_ends_with_the_guards_and_never_rebuilds_a_table(version):
    source = version.read_text()
    module = ast.parse(source)
    (upgrade,) = (
        item for item in module.body if isinstance(item, ast.FunctionDef) and item.name == "upgrade"
    )
    assert ast.unparse(upgrade.body[-1]) == "guards.install(op.get_bind())"
    assert "batch_alter_table" not in source
