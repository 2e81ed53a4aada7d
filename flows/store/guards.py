"""Guards: the database itself refuses what would break the ledger, whoever writes to it.

Every migration ends with `install`, which removes and makes all of them anew; opening compares
the text of each with what it must be. On SQLite a REPLACE deletes the old row without firing a
DELETE trigger, so the insert guards refuse everything that would collide with a UNIQUE rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from flows.store import closingrules

if TYPE_CHECKING:
    from sqlalchemy import Connection

TABLES = ("event", "subject", "device", "observation")

# The words as they are in this schema. A new one needs a migration; a test compares them with
# the program's own.
EVENT_KINDS = ("park", "submission", "correction", "review", "lock", "reopen", "note")
VERDICTS = ("submitted", "approved", "returned")
TOPICS = ("handover", "finding", "remark")
QUALITIES = ("weighed", "metered", "stored-tare", "estimated", "carried-over", "computed")


def _words(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{word}'" for word in words) + ")"


# What an insert must not do: (condition, what is said then).
_EVENT_RULES = (
    ("NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM event)", "seq is not the next"),
    (
        (
            "NEW.previous_hash IS NOT COALESCE((SELECT hash FROM event WHERE seq = NEW.seq - 1),"
            " printf('%064d', 0))"
        ),
        "previous_hash is not the hash of the last",
    ),
    (
        "NEW.recorded_at < (SELECT recorded_at FROM event WHERE seq = NEW.seq - 1)",
        "recorded before the last",
    ),
    (
        (
            "(SELECT rows FROM event WHERE seq = NEW.seq - 1) IS NOT CASE NEW.seq WHEN 1 THEN NULL"
            " ELSE (SELECT COALESCE(MAX(line), 0) FROM observation WHERE seq = NEW.seq - 1) END"
        ),
        "the last lacks observations",
    ),
    (
        "EXISTS (SELECT 1 FROM event WHERE hash = NEW.hash OR source_hash = NEW.source_hash)",
        "it is there already",
    ),
    (f"NEW.kind NOT IN {_words(EVENT_KINDS)}", "unknown kind"),
    (
        f"NEW.verdict NOT IN {_words(VERDICTS)} AND (NEW.kind = 'review' OR NEW.verdict <> '')",
        "unknown verdict",
    ),
    ("(NEW.kind = 'review') <> (NEW.verdict <> '')", "a verdict belongs to a review"),
    ("(NEW.kind = 'park') <> (NEW.body <> '')", "a body belongs to a park version"),
    (
        "(NEW.kind IN ('submission', 'correction')) <> (NEW.rows > 0)",
        "observations belong to a submission or correction",
    ),
    ("NEW.kind IN ('correction', 'reopen') AND NEW.reason = ''", "a reason is needed"),
    (
        "NEW.kind IN ('review', 'lock', 'reopen') AND NEW.period_start IS NULL",
        "a period is needed",
    ),
    (
        (
            "NEW.kind <> 'park' AND NOT EXISTS"
            " (SELECT 1 FROM event WHERE kind = 'park' AND park_hash = NEW.park_hash)"
        ),
        "unknown park version",
    ),
    (
        f"NEW.topic NOT IN {_words(TOPICS)} AND (NEW.kind = 'note' OR NEW.topic <> '')",
        "unknown topic",
    ),
    ("(NEW.kind = 'note') <> (NEW.topic <> '')", "a topic belongs to a note"),
    ("NEW.topic = 'finding' AND NEW.about = ''", "a finding is named"),
    ("NEW.text <> '' AND NEW.kind NOT IN ('note', 'lock')", "a text belongs to a note or lock"),
    ("NEW.topic IN ('handover', 'remark') AND NEW.text = ''", "a note says something"),
)
_OBSERVATION_RULES = (
    ("NEW.id IS NOT (SELECT COALESCE(MAX(id), 0) + 1 FROM observation)", "id is not the next"),
    ("NEW.seq IS NOT (SELECT MAX(seq) FROM event)", "not of the last event"),
    (
        (
            "NEW.line IS NOT"
            " COALESCE((SELECT line FROM observation WHERE id = NEW.id - 1 AND seq = NEW.seq), 0)"
            " + 1"
        ),
        "line is not the next",
    ),
    ("NEW.line > (SELECT rows FROM event WHERE seq = NEW.seq)", "more lines than announced"),
    (
        "(NEW.supersedes IS NULL) = ((SELECT kind FROM event WHERE seq = NEW.seq) = 'correction')",
        "a correction, and nothing else, supersedes",
    ),
    (f"NEW.quality NOT IN {_words(QUALITIES)}", "unknown quality"),
    (
        (
            "typeof(NEW.day) <> 'integer' OR typeof(NEW.start) <> 'integer'"
            " OR typeof(NEW.\"end\") <> 'integer'"
        ),
        "a day or instant is no whole number",
    ),
)
_LOCK_RULES = (
    # rows are read by their day: one that lies about it would get into a locked month. No zone
    # and no begin of the day is further from UTC than that.
    (
        "NEW.day NOT BETWEEN NEW.start / 86400 + 719161 AND NEW.start / 86400 + 719165",
        "the day is not that of its span",
    ),
    (closingrules.LOCKED_ENTRY, "its period is locked"),
)
_SUPERSEDING_RULES = (
    (
        "EXISTS (SELECT 1 FROM observation WHERE supersedes = NEW.supersedes)",
        "it is superseded already",
    ),
    (
        (
            "(SELECT what FROM subject WHERE id = NEW.subject) IS NOT (SELECT subject.what"
            " FROM observation JOIN subject ON subject.id = observation.subject"
            " WHERE observation.id = NEW.supersedes)"
        ),
        "it speaks of something else",
    ),
    # or an entry could be moved out of a locked month
    (closingrules.LOCKED_TARGET, "the period of what it replaces is locked"),
)
_SUBJECT_RULES = (
    ("NEW.id IS NOT (SELECT COALESCE(MAX(id), 0) + 1 FROM subject)", "id is not the next"),
    (
        (
            "EXISTS (SELECT 1 FROM subject"
            " WHERE what = NEW.what AND kind = NEW.kind AND facility = NEW.facility)"
        ),
        "it is there already",
    ),
)
_DEVICE_RULES = (
    ("NEW.id IS NOT (SELECT COALESCE(MAX(id), 0) + 1 FROM device)", "id is not the next"),
    ("EXISTS (SELECT 1 FROM device WHERE name = NEW.name)", "it is there already"),
)


def _insert_guard(
    table: str, rules: tuple[tuple[str, str], ...], name: str = "insert", when: str = ""
) -> tuple[str, str]:
    cases = "\n".join(
        f"    WHEN {condition} THEN RAISE(ABORT, '{table}: {said}')" for condition, said in rules
    )
    return f"{table}_{name}", (
        f"CREATE TRIGGER {table}_{name} BEFORE INSERT ON {table}"
        f"{when and ' WHEN ' + when} BEGIN\n  SELECT CASE\n{cases}\n  END;\nEND"
    )


def _sqlite() -> dict[str, str]:
    guards = dict(
        (
            _insert_guard("event", _EVENT_RULES),
            _insert_guard(
                "event",
                closingrules.EVENT_RULES,
                "close",
                "NEW.kind IN ('review', 'lock', 'reopen')",
            ),
            _insert_guard("subject", _SUBJECT_RULES),
            _insert_guard("device", _DEVICE_RULES),
            _insert_guard("observation", _OBSERVATION_RULES),
            _insert_guard(
                "observation", _SUPERSEDING_RULES, "supersede", "NEW.supersedes IS NOT NULL"
            ),
            _insert_guard("observation", _LOCK_RULES, "lock", closingrules.ANY_LOCK),
        )
    )
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_{verb.lower()}"
            guards[name] = (
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN\n"
                f"  SELECT RAISE(ABORT, '{table}: nothing is changed or removed');\nEND"
            )
    return guards


def _expected(connection: Connection) -> dict[str, str]:
    # PostgreSQL joins here with a dictionary of its own
    if connection.dialect.name != "sqlite":
        raise NotImplementedError(f"no guards for {connection.dialect.name}")
    return _sqlite()


def install(connection: Connection) -> None:
    """Remove all triggers of the ledger's tables and make the guards anew."""
    guards = _expected(connection)
    for name in _present(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    for statement in guards.values():
        connection.exec_driver_sql(statement)


def faults(connection: Connection) -> tuple[str, ...]:
    """Names of guards that are missing, changed or not ours; empty when all is well."""
    expected, present = _expected(connection), _present(connection)
    names = expected.keys() | present.keys()
    return tuple(sorted(name for name in names if expected.get(name) != present.get(name)))


def _present(connection: Connection) -> dict[str, str]:
    found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return dict(found.all())
