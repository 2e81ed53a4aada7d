"""The sheet has its figures before park and ledger are loaded as a whole."""

import threading
import time
from datetime import date, timedelta

import pytest

from flows.errors import LedgerError
from flows.store.early import EarlyLedger
from flows.store.entry import Entry
from flows.store.events import Draft
from tui.entering import reader
from tui.session import Session

DAY = date(2025, 3, 1)
WHAT = "incineration.received"


def text_of(app):
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def until(pilot, true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, text_of(pilot.app)
        await pilot.pause(0.02)
    await pilot.pause()


@pytest.fixture
def readings(program):
    """Ten days of one flow, 1201 t on the last of them."""
    with Session.open(program.folder) as session:
        read = reader(session)
        items = [
            read.read(Entry(WHAT, value=f"{1200 + back}", day=f"{DAY - timedelta(days=back)}"))[0]
            for back in range(1, 11)
        ]
        session.ledger.append(Draft("submission", "test", session.park.hash, tuple(items)))


@pytest.fixture
def held(monkeypatch):
    """The session is not opened before this is set."""
    go, whole = threading.Event(), Session.open

    def waits(*words, **options):
        go.wait(20)
        return whole(*words, **options)

    monkeypatch.setattr(Session, "open", waits)
    yield go
    go.set()


@pytest.mark.usefixtures("readings")
def test_yesterday_mean_and_usual_range_stand_before_the_session_and_stay(play, held):
    async def scene(pilot, app):
        state = app.screen.state
        await until(pilot, lambda: state.line.yesterday is not None)
        assert state.judge is None
        before = text_of(app)
        held.set()
        await until(pilot, lambda: state.judge is not None)
        return before, text_of(app)

    before, after = play(scene, size=(140, 40), loaded=False)
    (line,) = [line for line in before.split("\n") if "1,201" in line]
    assert "1,204" in line
    assert "603–1,810" in line
    assert line in after.split("\n")


@pytest.mark.usefixtures("readings")
def test_what_is_typed_before_the_checks_is_judged_by_them_and_the_cursor_stays(play, held):
    async def scene(pilot, app):
        state = app.screen.state
        await until(pilot, lambda: state.line.yesterday is not None)
        await pilot.press(*"1234", "enter", "up", "1", "2")
        assert state.cells[WHAT].value is None
        held.set()
        await until(pilot, lambda: state.judge is not None)
        return state.cells[WHAT], state.at, state.typing

    cell, at, typing = play(scene, loaded=False)
    assert (cell.state, cell.value) == ("value", 1234.0)
    assert (at, typing) == (0, "12")


@pytest.mark.usefixtures("readings")
def test_where_no_first_look_can_be_had_the_session_shows_it(play, monkeypatch):
    def refused(path):
        raise LedgerError(f"{path}: nothing")

    monkeypatch.setattr(EarlyLedger, "open", refused)

    async def scene(_, app):
        return app.screen.state.line

    assert play(scene).yesterday == 1201.0


def test_a_ledger_that_is_not_there_is_said_by_the_session(play, program):
    (program.folder / "park.db").unlink()

    async def scene(pilot, app):
        await until(pilot, lambda: app.screen.state.said)
        return [item.code for item in app.screen.state.said]

    assert play(scene, loaded=False) == ["ledger-missing"]


@pytest.mark.usefixtures("readings")
def test_another_day_chosen_meanwhile_is_not_overwritten(play, held):
    async def scene(pilot, app):
        await pilot.press("left_square_bracket")
        held.set()
        await until(pilot, lambda: app.screen.state.judge is not None)
        return app.screen.day, {line.what: line for line in app.screen.state.lines}

    day, lines = play(scene, loaded=False)
    assert day == DAY - timedelta(days=1)
    assert (lines[WHAT].state, lines[WHAT].value) == ("value", 1201.0)
