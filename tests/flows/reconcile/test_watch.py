"""The watch over small parks: each error once, with its days, its size and what else it may be."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.network import Device, Flow, FlowNetwork, Process, Spread, Stock
from flows.panel import panel
from flows.period import Calendar
from flows.reconcile.days.daytable import daytable
from flows.reconcile.gross.errors import Doubt
from flows.reconcile.gross.evidence import accumulate, information
from flows.reconcile.gross.naming import Sort, mean_day
from flows.reconcile.gross.repeats import Repetition, repeats, steps
from flows.reconcile.gross.series import day_series, waiting
from flows.reconcile.gross.sums import Sums
from flows.reconcile.gross.watch import alarm_days, watch
from flows.records import Observation
from flows.rows import Rows

CALENDAR = Calendar("Asia/Shanghai")
FIRST = date(2025, 3, 1).toordinal()
DAYS = 60
#: in -> sorting -> mid -> press -> cake and water, as t a day.
USUAL = {"in": 100.0, "mid": 90.0, "rest": 10.0, "cake": 60.0, "water": 30.0}


def line(*more, sigma=0.01, bias=0.005, stocks=(), resolution=0.0):
    ends = {
        "in": ("environment", "sorting"), "mid": ("sorting", "press"),
        "rest": ("sorting", "environment"), "cake": ("press", "environment"),
        "water": ("press", "environment"),
    }  # fmt: skip
    return FlowNetwork(
        processes=(Process("sorting"), Process("press"), *more),
        flows=tuple(
            Flow(name, *both, device=f"meter-{name}", typical=USUAL[name], facility="plant")
            for name, both in ends.items()
        ),
        devices=tuple(
            Device(
                f"meter-{name}", sigma=Spread(relative=sigma), bias_sigma=Spread(relative=bias),
                resolution=resolution,
            )
            for name in ends
        ),
        stocks=stocks,
    )  # fmt: skip


def truth(days=DAYS, seed=1):
    """Days that close: what comes in moves by 5 %, and all else with it."""
    scale = 1.0 + 0.05 * np.random.default_rng([9, seed]).standard_normal(days)
    return {name: usual * scale for name, usual in USUAL.items()}


def read(true, *, seed=1, sigma=0.01, bias=0.005):
    rng = np.random.default_rng(seed)
    off = {name: bias * rng.standard_normal() for name in true}
    return {
        name: values * (1.0 + off[name]) + sigma * USUAL[name] * rng.standard_normal(len(values))
        for name, values in true.items()
    }


def table(network, said):
    """A day table by the way of the ledger: entries, panel, days."""
    entries = []
    for name, values in said.items():
        for day, value in enumerate(np.asarray(values).tolist()):
            if np.isnan(value):
                continue
            on = date.fromordinal(FIRST + day)
            start, end = CALENDAR.instant(on), CALENDAR.instant(on + timedelta(days=1))
            entries.append(
                Observation(
                    name, "mass", on.toordinal(), start, end, value=value,
                    device=network.flow[name].device,
                )
            )  # fmt: skip
    days = len(next(iter(said.values())))
    laid, _ = panel(
        Rows.from_observations(entries), network, CALENDAR,
        first_day=FIRST, last_day=FIRST + days - 1,
    )  # fmt: skip
    return daytable(laid, network, CALENDAR)


def watched(said, network=None, *, first=30, **more):
    network = network or line()
    return watch(day_series(network, table(network, said)), first=first, **more)


def day(number):
    return FIRST + number


def test_a_month_without_fault_says_nothing():
    assert watched(read(truth())) == ()


def test_a_meter_that_reads_high_for_twelve_days_is_named_once_with_its_days_and_size():
    said = read(truth())
    said["mid"][40:52] += 9.0
    (alarm,) = watched(said)
    assert (alarm.sort, alarm.members) == (Sort.BIAS, ("mid",))
    assert alarm.first == pytest.approx(day(40), abs=1)
    assert alarm.last == pytest.approx(day(51), abs=1)
    assert abs(alarm.size - 9.0) < 3.0 * alarm.sigma
    assert alarm.sigma < 1.5
    assert alarm.statistic > alarm.threshold > 2.5


def test_what_no_datum_tells_apart_is_one_set_with_the_likeliest_first():
    """Cake, water and a loss at the press are in one balance; 9 t are least for 60 t of cake."""
    said = read(truth())
    said["cake"][40:] -= 9.0
    (alarm,) = watched(said)
    assert alarm.sort is Sort.BIAS
    assert alarm.members == ("cake", "water", "press")


def test_what_would_make_a_reading_negative_is_not_among_the_set():
    """40 t of 30 t of water cannot be too much."""
    said = read(truth())
    said["cake"][40:] += 40.0
    (alarm,) = watched(said)
    assert "water" not in alarm.members
    assert alarm.members[0] == "cake"


def test_more_out_than_in_is_doubted_as_a_gain():
    true = truth()
    true["cake"] = true["cake"] + np.where(np.arange(DAYS) >= 40, 9.0, 0.0)
    (alarm,) = watched(read(true))
    assert "press" in alarm.members
    assert alarm.sort is not Sort.LEAK or Doubt.GAIN in alarm.doubts


def test_a_slip_of_one_day_is_a_slip_and_no_bias_of_a_month():
    said = read(truth())
    said["mid"][45] *= 10.0
    (alarm,) = watched(said)
    assert (alarm.sort, alarm.members, alarm.factor) == (Sort.SLIP, ("mid",), 10.0)
    assert (alarm.first, alarm.last) == (day(45), day(45))


def test_a_figure_like_those_of_other_days_is_no_slip_though_it_would_explain_the_day():
    """90 t too much came in; that the rest, 10 t as ever, ought to be 100 would close it too."""
    said = read(truth())
    said["in"][45] += 90.0
    (alarm,) = watched(said)
    assert (alarm.sort, alarm.members[0]) == (Sort.BIAS, "in")


def test_swapped_columns_are_told_as_swapped():
    said = read(truth())
    said["in"][40:], said["mid"][40:] = said["mid"][40:].copy(), said["in"][40:].copy()
    alarms = watched(said)
    assert [alarm.sort for alarm in alarms] == [Sort.SWAP]
    assert set(alarms[0].members) == {"in", "mid"}


def test_two_errors_in_different_places_are_two_alarms():
    said = read(truth())
    said["mid"][35:45] += 9.0
    said["rest"][50:56] += 6.0
    alarms = watched(said)
    assert [alarm.first for alarm in alarms] == pytest.approx([day(35), day(50)], abs=1)
    assert "mid" in alarms[0].members
    assert "rest" in alarms[1].members


def test_a_meter_that_gets_worse_is_one_alarm():
    said = read(truth())
    said["mid"][30:] += np.linspace(0.0, 14.0, 30)
    (alarm,) = watched(said)
    assert alarm.members == ("mid",)
    assert alarm.last == day(59)


def test_what_was_over_before_the_period_is_not_told_again():
    said = read(truth())
    said["mid"][10:24] += 12.0
    assert [alarm.members for alarm in watched(said, first=0)] == [("mid",)]
    assert watched(said, first=30) == ()


def test_one_day_can_be_asked_for():
    said = {name: values[:46] for name, values in read(truth()).items()}
    said["mid"][40:] += 9.0
    (alarm,) = watched(said, first=45)
    assert alarm.members == ("mid",)
    assert alarm.first == pytest.approx(day(40), abs=1)


def test_a_figure_known_to_be_wrong_is_not_used():
    said = read(truth())
    said["mid"][40:50] = said["mid"][39]
    said["mid"][40:50] += 12.0
    assert watched(said, explained=[("mid", day(40), day(49))]) == ()


def test_missing_days_and_meters_are_no_alarm():
    said = read(truth())
    said["mid"][35:45] = np.nan
    said["cake"][50] = np.nan
    assert watched(said) == ()


def test_no_days_or_nothing_measured_is_no_error():
    network = line()
    empty = table(network, {name: np.full(5, np.nan) for name in USUAL})
    assert watch(day_series(network, empty)) == ()
    assert watch(day_series(network, empty), first=5) == ()
    assert repeats(network, empty) == ()


def test_a_bias_of_one_sigma_is_no_alarm_however_long():
    said = read(truth(), bias=0.0)
    said["mid"] *= 1.005
    assert watched(said) == ()


def test_false_alarms_keep_to_the_budget():
    """60 months of meters as declared: one day with an alarm a month is what is allowed."""
    count = [
        alarm_days(day_series(line(), table(line(), read(truth(seed=seed), seed=seed))), first=30)
        for seed in range(100, 160)
    ]
    assert 0.0 < np.mean(count) <= 1.0 + 2.0 * np.std(count) / len(count) ** 0.5


def test_loads_of_some_days_open_no_balance():
    """Cake is hauled on Monday, Wednesday and Friday; the press runs every day."""
    said = read(truth())
    hauled, held = np.zeros(DAYS), 0.0
    for place in range(DAYS):
        held += said["cake"][place]
        if date.fromordinal(day(place)).weekday() in (0, 2, 4):
            hauled[place], held = held, 0.0
    said["cake"] = hauled
    assert watched(said) == ()
    said["mid"][40:52] += 12.0
    assert [alarm.members for alarm in watched(said)] == [("mid",)]


def test_waiting_by_hand():
    """30 t on the third day are ten a day: ten wait on the first evening, twenty on the second."""
    change, sigma = waiting(np.array([10.0, 0.0, 0.0, 30.0, 0.0, 24.0, 0.0, 20.0]))
    assert change[1:].tolist() == pytest.approx([10, 10, -20, 12, -12, 10, -10])
    assert np.isnan(change[0]), "when the load before was is not known"
    assert (sigma[1:] > 0.0).all()


@pytest.mark.parametrize(
    "amount",
    [
        [10.0] * 8,
        [10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 10.0],
        [0.0] * 8,
        [np.nan] * 8,
    ],
)
def test_daily_flows_and_those_that_stopped_are_not_in_loads(amount):
    assert waiting(np.array(amount)) is None


def test_where_the_level_is_taken_every_day_nothing_waits_elsewhere():
    network = line(stocks=(Stock("press", device="meter-cake"),))
    said = read(truth(20))
    said["cake"][::2] = 0.0
    plain = day_series(line(), table(line(), said))
    assert plain.system.size == len(USUAL) + 1
    with_stock = day_series(network, table(network, said))
    added = with_stock.value[:, -1]
    assert np.isnan(added[0])
    assert (added[2:-1] != 0.0).any(), "no level was read, so it is as without a stock"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(0, 6))
def test_sums_of_all_windows_are_those_of_each(seed, window, reference):
    """Against `accumulate`, days apart, after an error was taken out, too."""
    rng = np.random.default_rng(seed)
    said = read(truth(14, seed), seed=seed)
    said["mid"][int(rng.integers(14))] = np.nan
    series = day_series(line(), table(line(), said))
    sums = Sums(series)
    if seed % 2:
        sums.take_out([1], 4, 8)
    ends = np.arange(14)
    found = sums.over(np.maximum(ends + 1 - window, 0), ends, reference)
    plain = information(series.system, sums.value, series.sigma, series.bias, series.device)
    wanted = accumulate(plain, window, reference=reference)
    np.testing.assert_allclose(found.statistic, wanted.statistic, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.sigma, wanted.sigma, rtol=1e-6)


def test_a_mean_day_is_the_mean_with_less_chance_and_the_same_bias():
    series = day_series(line(), table(line(), read(truth())))
    found = mean_day(series, series.value, np.arange(25))
    assert found.value[0] == pytest.approx(series.value[:25, 0].mean())
    assert found.sigma[0] == pytest.approx(np.hypot(1.0 / 5.0, 0.5), rel=0.05)
    assert found.space.dof == 2


STEP = 0.1


def figures(seed=1):
    return {name: np.round(v / STEP) * STEP for name, v in read(truth(seed=seed)).items()}


def test_a_frozen_meter_a_copied_day_and_a_copied_column_are_found_and_nothing_else():
    network = line(resolution=STEP)
    said = figures()
    assert repeats(network, table(network, said), first=30) == ()
    frozen = figures()
    frozen["mid"][40:46] = frozen["mid"][39]
    (found,) = repeats(network, table(network, frozen), first=30)
    assert (found.sort, found.members, found.count) == (Repetition.FROZEN, ("mid",), 7)
    assert (found.first, found.last) == (day(39), day(45))
    copied = figures()
    for values in copied.values():
        values[50] = values[49]
    (found,) = repeats(network, table(network, copied), first=30)
    assert (found.sort, found.count, found.of) == (Repetition.DAY, 5, 5)
    assert (found.first, found.last) == (day(49), day(50))
    column = figures()
    column["water"][40:44] = column["rest"][40:44]
    (found,) = repeats(network, table(network, column), first=30)
    assert (found.sort, set(found.members)) == (Repetition.COLUMN, {"rest", "water"})


def test_rounding_is_told_with_its_step():
    network = line(resolution=STEP)
    said = figures()
    said["in"][30:] = np.round(said["in"][30:])
    (found,) = repeats(network, table(network, said), first=30)
    assert (found.sort, found.members) == (Repetition.ROUNDED, ("in",))
    assert found.figure == pytest.approx(1.0)
    assert (found.count, found.of) == (30, 30)


def test_without_a_resolution_the_step_is_read_off_the_figures():
    network = line()
    said = figures()
    said["in"] = np.round(said["in"])
    found = steps(network, table(network, said))
    assert found.tolist() == pytest.approx([1.0, 0.1, 0.1, 0.1, 0.1])
