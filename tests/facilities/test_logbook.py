"""What is written down of a made-up year: hauling, marks, gaps, counters, figures, and faults."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from facilities.faults import plant, within
from facilities.logbook import Logbook
from facilities.parkfile import builtin, load
from facilities.scenario import Days, Fault, Figure, Gap, Mark, Tickets
from facilities.scenariofile import beside, load_scenario
from facilities.truth import truth
from flows.errors import Refused
from flows.records import Quality

MARCH = tuple(date(2025, 3, 1) + timedelta(days=place) for place in range(31))
SOLD = "leachate.reclaimed-to-district"


@pytest.fixture(scope="module")
def park():
    return load(builtin("two-facilities"))


@pytest.fixture(scope="module")
def scenario(park):
    return replace(load_scenario(beside(builtin("two-facilities")), park), faults=(), gaps=())


@pytest.fixture(scope="module")
def happened(park, scenario):
    return truth(park, scenario, MARCH)


@pytest.fixture
def book(park, scenario, happened):
    def made(**changes):
        return Logbook(park, replace(scenario, **changes), happened, seed=3)

    return made


def rows(log, what):
    return [row for row in csv.DictReader(log.text().splitlines()) if row["what"] == what]


def test_a_stock_holds_what_waits_to_be_hauled(book, happened):
    log = book(tickets=(Tickets(SOLD, 20.0, "A", weekdays=(0, 1, 2, 3, 4)),))
    level = happened.levels["stock:leachate.permeate-tank"]
    waiting = np.array(log.said["stock:leachate.permeate-tank"]) - level
    amount = happened.flows[SOLD]
    sunday = 1 + MARCH.index(date(2025, 3, 9))
    assert waiting[sunday] == pytest.approx(amount[sunday - 2] + amount[sunday - 1], abs=8.0)
    assert abs(waiting[sunday + 1]) < 8.0  # the noise of the level alone
    assert log.said[SOLD][sunday - 1] == 0.0
    assert sum(log.said[SOLD]) == pytest.approx(amount.sum())


def test_loads_have_numbers_and_add_up_to_what_the_scale_saw(book, happened):
    loads = rows(book(tickets=(Tickets(SOLD, 20.0, "A"),)), SOLD)
    assert loads[0]["ticket"] == "A20250301001"
    assert len({row["ticket"] for row in loads}) == len(loads)
    total = sum(float(row["value"]) for row in loads)
    assert total == pytest.approx(happened.flows[SOLD].sum(), rel=0.03)


def test_a_mark_says_how_a_figure_came_about_and_why(book):
    days = Days(date(2025, 3, 5), date(2025, 3, 6))
    mark = Mark("leachate.sludge", Quality.STORED_TARE, days, "空车磅故障,采用预存皮重")
    told = {row["day"]: row for row in rows(book(marks=(mark,)), "leachate.sludge")}
    assert told["2025-03-05"]["quality"] == told["2025-03-06"]["quality"] == "stored-tare"
    assert told["2025-03-05"]["note"] == "空车磅故障,采用预存皮重"
    assert (told["2025-03-07"]["quality"], told["2025-03-07"]["note"]) == ("weighed", "")


def test_a_counter_runs_on_while_nobody_reads_it(book):
    day = date(2025, 3, 5)
    gap = Gap("incineration.export", Days(day, day), "交接班漏抄")
    with_gap = {row["day"]: row for row in rows(book(gaps=(gap,)), "incineration.export")}
    without = {row["day"]: row for row in rows(book(), "incineration.export")}
    assert (with_gap["2025-03-05"]["value"], with_gap["2025-03-05"]["register"]) == ("missing", "")
    assert with_gap["2025-03-06"]["register"] == without["2025-03-06"]["register"]


def test_a_new_counter_is_read_on_the_eve_and_no_day_is_lost(scenario, tmp_path):
    change = date(2025, 3, 11)
    text = builtin("two-facilities").read_text(encoding="utf-8")
    old = 'id = "meter-export"\n'
    new = f"""
[[device]]
id = "meter-export-new"
measures = ["incineration.export"]
valid_from = {change}
multiplier = 10
rollover = 100000
"""
    path = tmp_path / "park.toml"
    path.write_text(text.replace(old, f"{old}valid_to = {change}\n") + new, encoding="utf-8")
    exchanged = load(path)
    log = Logbook(exchanged, scenario, truth(exchanged, scenario, MARCH), seed=3)
    told = {}
    for row in rows(log, "incineration.export"):
        told.setdefault(row["device"], []).append((row["day"], float(row["register"])))
    assert (told["meter-export"][0][0], told["meter-export"][-1][0]) == ("2025-02-28", "2025-03-10")
    assert [day for day, _ in told["meter-export-new"][:2]] == ["2025-03-10", "2025-03-11"]
    counted = [21.0 * (told["meter-export"][-1][1] - told["meter-export"][0][1])]
    counted += [10.0 * (told["meter-export-new"][-1][1] - told["meter-export-new"][0][1])]
    assert sum(counted) == pytest.approx(sum(log.said["incineration.export"]), rel=1e-6)


def test_a_context_figure_is_told_once_for_the_whole_month(book):
    figure = Figure("district-household-waste", 100.0, months=(1.0, 1.0, 1.5) + (1.0,) * 9)
    told = rows(book(figures=(figure,)), "context:district-household-waste")
    assert [(row["start"], row["end"], row["value"]) for row in told] == [
        ("2025-03-01", "2025-04-01", "150")
    ]


def test_two_flows_over_one_device_share_its_bias_and_not_its_noise(book):
    log = book()
    meters = [log._meter(f"incineration.{ash}-ash", 0) for ash in ("bottom", "fly")]
    assert meters[0].bias == meters[1].bias
    assert meters[0].draws is not meters[1].draws


FIRST, LAST = date(2025, 3, 10), date(2025, 3, 13)


def spoilt(book, kind, of="leachate.feed", size=0.0, other=""):
    """What is said of a flow with and without a fault, and what was planted."""
    clean, log = book(), book()
    planted = plant(log, (Fault(kind, of, FIRST, LAST, size, "said", other),))
    return np.array(clean.said[of]), np.array(log.said[of]), planted[0]


@pytest.mark.parametrize(
    ("kind", "size", "ratios"),
    [
        ("bias", 0.08, [1.08] * 4),
        ("drift", 0.08, [1.02, 1.04, 1.06, 1.08]),
        ("slip", 0.1, [0.1] * 4),
    ],
)
def test_a_fault_in_proportion_changes_its_days_and_no_others(book, kind, size, ratios):
    clean, log, _ = spoilt(book, kind, size=size)
    assert (log / clean)[9:13] == pytest.approx(ratios)
    assert (np.delete(log, range(9, 13)) == np.delete(clean, range(9, 13))).all()


@pytest.mark.parametrize("kind", ["frozen", "copied"])
@pytest.mark.parametrize("of", ["leachate.feed", "stock:incineration.bunker"])
def test_a_repeated_figure_is_that_of_the_day_before(book, kind, of):
    clean, log, planted = spoilt(book, kind, of)
    eve = int(of.startswith("stock:"))
    assert (log[9 + eve : 13 + eve] == clean[8 + eve]).all()
    assert log[13 + eve] == clean[13 + eve]
    assert planted.size.startswith(f"{clean[8 + eve]:.6g} ")


def test_what_nobody_logged_is_missing_from_what_is_told(book):
    clean, log, planted = spoilt(book, "unlogged", size=30.0)
    assert (clean - log)[9:13] == pytest.approx([30.0] * 4)
    assert planted.size == "said"


def test_swapped_figures_change_places(book):
    of, other = "leachate.nf-concentrate", "leachate.ro-concentrate"
    clean, log, planted = spoilt(book, "swapped", of, other=other)
    assert (log[9:13] == np.array(book().said[other])[9:13]).all()
    assert (log[:9] == clean[:9]).all()
    assert planted.where == f"{of}/{other}"


def test_more_cannot_go_unlogged_than_there_was(book):
    with pytest.raises(Refused) as caught:
        spoilt(book, "unlogged", size=1e6)
    said = caught.value.findings[0]
    assert (said.code, said.where, said.params["day"]) == (
        "simulated-negative", "leachate.feed", "2025-03-10",
    )  # fmt: skip


def test_only_faults_whose_days_all_lie_within_are_planted():
    fault = Fault("bias", "leachate.feed", FIRST, LAST, 0.1)
    assert within((fault,), MARCH) == (fault,)
    assert within((fault,), MARCH[:12]) == ()
    assert within((fault,), MARCH[10:]) == ()
