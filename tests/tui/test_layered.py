"""What each flow brings into a balance: summed, it is the balance of the command."""

import shutil
from dataclasses import replace
from datetime import date

import pytest

from flows.period import parse_period
from reports.words import Words
from tui.balances.flowtext import flow_rows
from tui.balances.periods import newest
from tui.balances.text import balance_rows
from tui.balances.view import balances_of, openness, process_of
from tui.session import Session

PERIOD = "2025-03"


@pytest.fixture(scope="module")
def session(demo):
    with Session.open(demo.folder, readonly=True) as opened:
        yield opened


@pytest.mark.parametrize("reconciled", [False, True])
@pytest.mark.parametrize("layer", ["mass", "energy", "carbon-fossil", "carbon-biogenic"])
def test_parts_of_every_process_and_facility_add_up_to_its_balance(session, layer, reconciled):
    rows, _ = session.balances(PERIOD, layer=layer, reconciled=reconciled)
    looked = 0
    for row in rows:
        if row.level == "park":
            continue
        view = process_of(session, PERIOD, row.id, layer, reconciled=reconciled)
        assert view.unit == row.unit
        for side, whole in (
            ("in", row.inflow), ("out", row.outflow), ("stock", row.stock_change),
        ):  # fmt: skip
            parts = [line.reconciled if reconciled else line.measured
                     for line in view.lines if line.side == side]  # fmt: skip
            known = [part.value for part in parts if part is not None and part.value is not None]
            assert sum(known) == pytest.approx(whole.value or 0.0, rel=1e-9, abs=1e-6)
            looked += len(known)
    assert looked > 10


def test_power_stands_apart_from_the_mass_of_a_process(session):
    network = session.network(date(2025, 3, 31))
    power = {flow.id for flow in network.flows if flow.layer == "energy"}
    owner = next(flow.target for flow in network.flows
                 if flow.id in power and flow.target in network.process)  # fmt: skip
    facility = network.process[owner].facility
    view = process_of(session, PERIOD, facility, "mass")
    other = [line for line in view.lines if line.side == "other"]
    assert other
    assert {line.row.id for line in other} <= power
    assert all(line.measured is None and line.reconciled is None for line in other)


def test_openness_is_what_is_left_over_what_the_meters_allow(session):
    rows, _ = session.balances(PERIOD, layer="mass")
    (row,) = [row for row in rows if row.id == "leachate.nf"]
    assert openness(row) == pytest.approx(abs(row.residual.value) / row.tolerance)
    assert openness(row) > 1.0
    assert {openness(row) for row in rows if row.closure != "open"} == {0.0}


def test_the_newest_month_with_readings_is_found_back_in_time(session):
    assert newest(session, "2025-03") == "2025-03"
    assert newest(session, "2027-05") == "2025-12"
    assert newest(session, "2020-01") == "2020-01"  # nothing before it


def test_a_content_that_is_not_known_is_said_and_never_a_zero(session):
    words = Words("en")
    view = process_of(session, PERIOD, "leachate.mbr", "mass")
    unknown = replace(
        view, layer="carbon-fossil", balance=None,
        lines=tuple(replace(line, measured=None, reconciled=None) for line in view.lines),
    )  # fmt: skip
    rows = [row for row in flow_rows(unknown, words, {}) if row.level]
    known = [line for line in view.lines if line.side != "other" and line.row.measured is not None]
    assert known
    assert [row.cells[1] for row in rows].count("content?") == len(known)
    # what was metered stands beside it in its own unit, though both are tonnes
    tonnes = [line.row for line in known if line.row.unit == "t"]
    assert [row.cells[4] for row in rows if row.key in {one.id for one in tonnes}] == [
        f"{words.number(one.measured)} t" for one in tonnes
    ]


def test_the_part_of_a_sum_that_is_not_known_is_marked(session):
    view = balances_of(session, PERIOD, "mass", reconciled=False)
    words = Words("en")
    rows = {row.key: row.cells for row in balance_rows(view, words)}
    network = session.network(date(2025, 3, 31))
    for row in view.rows:
        if row.level != "process":
            continue
        gaps = {network.flow[one].target == row.id for one in row.unmeasured if one in network.flow}
        assert rows[row.id][1].endswith("+?") == (True in gaps)
        assert rows[row.id][2].endswith("+?") == (False in gaps)


def test_a_period_is_added_up_once_for_a_state_of_the_ledger(demo, tmp_path, in_folder):
    folder = tmp_path / "copy"
    shutil.copytree(demo.folder, folder)
    period = parse_period(PERIOD)
    with Session.open(folder, readonly=True) as session:
        _, before = session.measured(period)
        assert session.measured(period)[1] is before
        in_folder(folder, tmp_path)(
            "correct", "leachate.nf-permeate", "800", "--day", "2025-03-06",
            "--reason", "misread",
        )  # fmt: skip
        _, after = session.measured(period)
    assert after.measured["leachate.nf-permeate"] != before.measured["leachate.nf-permeate"]
