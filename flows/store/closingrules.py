"""What locks and reviews forbid, as conditions in SQL for the guards.

A lock is in force for a facility until a reopening of the same period for that facility or for
the whole park comes after it; facility '' of an event is the whole park. Only plain EXISTS and
comparisons, so that the same texts serve a trigger of another engine.
"""

# ruff: noqa: S608  constants of this module alone are put together, nothing from outside

from __future__ import annotations

#: Facilities of whatever NEW speaks of: one that changed hands is locked with each of them.
_ANSWERING = (
    "(SELECT facility FROM subject WHERE what = (SELECT what FROM subject WHERE id = NEW.subject))"
)


#: Locks that end after an entry begins are few; by its own choice SQLite looks at every one.
_BY_END = "INDEXED BY event_lock"


def _locked(spoken_of: str) -> str:
    """That a span lies in the period of a lock; an instant belongs to the day that it ends."""
    one = spoken_of
    return (
        f"EXISTS (SELECT 1 FROM event AS l {_BY_END} WHERE l.kind = 'lock'"
        f' AND l.period_start < {one}."end" AND l.period_end >= {one}.start'
        f' AND (l.period_end > {one}.start OR {one}.start = {one}."end")'
        f" AND (l.facility = '' OR l.facility IN {_ANSWERING})"
        " AND NOT EXISTS (SELECT 1 FROM event AS r WHERE r.kind = 'reopen'"
        " AND r.period_start = l.period_start AND r.seq > l.seq"
        " AND (r.facility IN ('', l.facility)"
        f" OR (l.facility = '' AND r.facility IN {_ANSWERING}))))"
    )


LOCKED_ENTRY = _locked("NEW")
LOCKED_TARGET = (
    "EXISTS (SELECT 1 FROM observation AS o WHERE o.id = NEW.supersedes AND " + _locked("o") + ")"
)

#: Asked first: a ledger in which nothing was ever locked pays for no more.
ANY_LOCK = "EXISTS (SELECT 1 FROM event WHERE kind = 'lock')"

_OVERLAP = "{0}.period_start < NEW.period_end AND {0}.period_end > NEW.period_start"
_COVERS = "{0}.period_start <= NEW.period_start AND {0}.period_end >= NEW.period_end"


def _within(one: str) -> str:
    """That an observation speaks of a day of the period NEW; an instant of that which it ends."""
    return (
        f'({one}.start < NEW.period_end AND {one}."end" > NEW.period_start'
        f' OR {one}.start = {one}."end" AND {one}.start = NEW.period_end)'
    )


def _approved(facility: str) -> str:
    """That a facility's period NEW is approved, and nothing came after that."""
    return (
        "EXISTS (SELECT 1 FROM event AS v WHERE v.kind = 'review' AND v.verdict = 'approved'"
        f" AND v.facility IN ('', {facility}) AND {_COVERS.format('v')}"
        " AND NOT EXISTS (SELECT 1 FROM event AS w WHERE w.kind = 'review' AND w.seq > v.seq"
        f" AND w.verdict <> 'approved' AND w.facility IN ('', {facility})"
        f" AND {_OVERLAP.format('w')})"
        " AND NOT EXISTS (SELECT 1 FROM observation AS o JOIN subject AS s ON s.id = o.subject"
        " LEFT JOIN observation AS t ON t.id = o.supersedes"
        f" WHERE o.seq > v.seq AND s.facility = {facility}"
        f" AND ({_within('o')} OR {_within('t')})))"
    )


_SOMEBODY_UNAPPROVED = (
    "EXISTS (SELECT 1 FROM (SELECT DISTINCT facility FROM subject) AS f"
    " WHERE EXISTS (SELECT 1 FROM observation AS o JOIN subject AS s ON s.id = o.subject"
    f" WHERE s.facility = f.facility AND {_within('o')})"
    f" AND NOT {_approved('f.facility')})"
    " OR NOT EXISTS (SELECT 1 FROM event AS v WHERE v.kind = 'review'"
    f" AND v.verdict = 'approved' AND {_OVERLAP.format('v')})"
)

# (condition, what is said then), of an event that closes or opens
EVENT_RULES = (
    ("NEW.verdict = 'returned' AND NEW.reason = ''", "a reason is needed"),
    (
        (
            "NEW.kind IN ('lock', 'reopen') AND EXISTS (SELECT 1 FROM event AS l"
            f" WHERE l.kind IN ('lock', 'reopen') AND {_OVERLAP.format('l')}"
            " AND (l.period_start <> NEW.period_start OR l.period_end <> NEW.period_end))"
        ),
        "its period crosses that of another lock",
    ),
    (
        (
            "NEW.kind = 'lock' AND EXISTS (SELECT 1 FROM event AS l WHERE l.kind = 'lock'"
            " AND l.period_start = NEW.period_start AND l.facility IN ('', NEW.facility)"
            " AND NOT EXISTS (SELECT 1 FROM event AS r WHERE r.kind = 'reopen'"
            " AND r.period_start = l.period_start AND r.seq > l.seq"
            " AND (NEW.facility = '' OR r.facility IN ('', NEW.facility))))"
        ),
        "it is locked already",
    ),
    (
        (
            "NEW.kind = 'reopen' AND NOT EXISTS (SELECT 1 FROM event AS l WHERE l.kind = 'lock'"
            " AND l.period_start = NEW.period_start"
            " AND (NEW.facility = '' OR l.facility IN ('', NEW.facility))"
            " AND NOT EXISTS (SELECT 1 FROM event AS r WHERE r.kind = 'reopen'"
            " AND r.period_start = l.period_start AND r.seq > l.seq AND r.facility IN ('',"
            " CASE NEW.facility WHEN '' THEN l.facility ELSE NEW.facility END)))"
        ),
        "it is not locked",
    ),
    (
        (
            "NEW.kind = 'review' AND EXISTS (SELECT 1 FROM event AS l WHERE l.kind = 'lock'"
            f" AND {_OVERLAP.format('l')}"
            " AND (NEW.facility = '' OR l.facility IN ('', NEW.facility))"
            " AND NOT EXISTS (SELECT 1 FROM event AS r WHERE r.kind = 'reopen'"
            " AND r.period_start = l.period_start AND r.seq > l.seq AND r.facility IN ('',"
            " CASE NEW.facility WHEN '' THEN l.facility ELSE NEW.facility END)))"
        ),
        "its period is locked",
    ),
    (
        (
            "NEW.verdict IN ('approved', 'returned') AND NOT EXISTS (SELECT 1 FROM event AS v"
            " WHERE v.kind = 'review' AND v.verdict = 'submitted'"
            f" AND v.facility IN ('', NEW.facility) AND {_COVERS.format('v')}"
            " AND NOT EXISTS (SELECT 1 FROM event AS w WHERE w.kind = 'review' AND w.seq > v.seq"
            " AND w.verdict <> 'submitted' AND w.facility IN ('', NEW.facility)"
            f" AND {_OVERLAP.format('w')}))"
        ),
        "nobody has submitted it",
    ),
    (
        f"NEW.kind = 'lock' AND NEW.facility <> '' AND NOT {_approved('NEW.facility')}",
        "it is not approved",
    ),
    (
        f"NEW.kind = 'lock' AND NEW.facility = '' AND ({_SOMEBODY_UNAPPROVED})",
        "a part of it is not approved",
    ),
)
