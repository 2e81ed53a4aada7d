"""Whatever is tried in whatever order: the ledger's state of a month is that of a plain model."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import LedgerError, Refused
from flows.period import Calendar, Span
from flows.records import Observation
from flows.store import closing
from flows.store.events import Draft
from flows.store.repository import Ledger

CALENDAR = Calendar("Asia/Shanghai")
MARCH, APRIL = (
    Span(CALENDAR.instant(date(2025, month, 1)), CALENDAR.instant(date(2025, month + 1, 1)))
    for month in (3, 4)
)
PLANTS = ("kitchen", "leachate")
FLOWS = {"kitchen": "in", "leachate": "water"}
PARK = 'name = "test park"\n'


@dataclass
class Model:
    """Two plants, two months; each (plant, month) open or locked, with a review."""

    locked: dict[tuple[str, str], bool] = field(default_factory=dict)
    review: dict[tuple[str, str], str] = field(default_factory=dict)
    entered: set[tuple[str, str]] = field(default_factory=set)

    def entry(self, plant: str, month: str) -> bool:
        if self.locked.get((plant, month)):
            return False
        self.entered.add((plant, month))
        if self.review.get((plant, month)) == "approved":
            self.review[plant, month] = "changed"
        return True

    def step(self, verb: str, plant: str, month: str) -> bool:
        """One plant's step; True where it may be done."""
        key = plant, month
        locked, review = self.locked.get(key, False), self.review.get(key, "")
        allowed = {
            "submitted": not locked,
            "approved": not locked and review == "submitted",
            "returned": not locked and review == "submitted",
            "lock": not locked and review == "approved",
            "reopen": locked,
        }[verb]
        if not allowed:
            return False
        if verb in {"lock", "reopen"}:
            self.locked[key] = verb == "lock"
        else:
            self.review[key] = verb
        return True


STEPS = st.tuples(
    st.sampled_from(["entry", "entry", "submitted", "approved", "returned", "lock", "reopen"]),
    st.sampled_from(PLANTS),
    st.sampled_from(["2025-03", "2025-04"]),
)
#: A month on its usual way, so that locks do occur.
USUAL = [(verb, "kitchen", "2025-03") for verb in ("entry", "submitted", "approved", "lock")]


@settings(max_examples=25, deadline=None)
@given(st.lists(STEPS, max_size=14), st.booleans(), st.booleans())
def test_a_ledger_and_a_model_take_and_refuse_the_same(steps, begun, silent):
    """With `silent` only the database refuses: the guards and the words are one rule."""
    said = closing.refusals
    ticks = itertools.count(1_743_580_800_000_000, 1_000_000)
    model, days = Model(), itertools.count()
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger.create(Path(folder) / "park.db", clock=lambda: next(ticks)) as ledger,
    ):
        park = ledger.append_park(PARK, authenticated="root").park_hash
        if silent:
            closing.refusals = lambda *_: []
        try:
            for verb, plant, month in [*(USUAL if begun else ()), *steps]:
                span = MARCH if month == "2025-03" else APRIL
                if verb == "entry":
                    draft = Draft("submission", "root", park, [_entry(plant, span, next(days))])
                    wanted = model.entry(plant, month)
                else:
                    kind = verb if verb in {"lock", "reopen"} else "review"
                    draft = Draft(
                        kind, "root", park, facility=plant, period=span, about=month,
                        verdict=verb if kind == "review" else "", reason="because",
                    )  # fmt: skip
                    wanted = model.step(verb, plant, month)
                assert _taken(ledger, draft) == wanted, (verb, plant, month)
        finally:
            closing.refusals = said
        with ledger.reading() as connection:
            state = closing.closings(connection)
            for plant, (month, span) in itertools.product(
                PLANTS, (("2025-03", MARCH), ("2025-04", APRIL))
            ):
                last = closing.last_entries(connection, span).get(plant, 0)
                key = plant, month
                assert (state.lock_of(plant, span) is not None) == model.locked.get(key, False)
                assert state.reviewed(plant, span, last).state == model.review.get(key, "")
        assert ledger.audit().sound


def _taken(ledger: Ledger, draft: Draft) -> bool:
    try:
        ledger.append(draft)
    except (Refused, LedgerError):
        return False
    return True


def _entry(plant: str, span: Span, number: int) -> Observation:
    day = CALENDAR.day_of(span.start + 86_400 * (1 + number % 27))
    of_day = CALENDAR.span(day)
    item = Observation(
        FLOWS[plant], "mass", day.toordinal(), of_day.start, of_day.end, value=1.0, facility=plant
    )
    return replace(item, ticket=str(number))
