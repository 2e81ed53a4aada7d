"""The panel and the sums of a period, on small parks whose numbers are checked by hand."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.counters import advance
from flows.network import Device, Flow, FlowNetwork, Spread, Stock, Validity
from flows.panel import NOTHING, measured_of_period, panel
from flows.period import Calendar, parse_period
from flows.records import Observation, State
from flows.rows import STATE_CODE, Rows

CALENDAR = Calendar("Asia/Shanghai")
FIRST = date(2025, 3, 1)
MARCH = parse_period("2025-03")
HOUR = 3600
VALUE, ZERO, MISSING = (STATE_CODE[state] for state in (State.VALUE, State.ZERO, State.MISSING))


def day_of(number):
    return FIRST + timedelta(days=number - 1)


def entry(what, day, value, *, device="scale", hours=None, days=1, **fields):
    """A value over the day, over `hours` = (from, to) of it, or over several days."""
    span = CALENDAR.span(day_of(day))
    start, end = span.start, CALENDAR.instant(day_of(day + days))
    if hours is not None:
        start, end = span.start + hours[0] * HOUR, span.start + hours[1] * HOUR
    state = State.MISSING if value is None else State.ZERO if value == 0.0 else State.VALUE
    return Observation(
        what,
        fields.pop("kind", "mass"),
        day_of(day).toordinal(),
        start,
        end,
        state,
        value,
        device=device,
        **fields,
    )


def counter(day, register, *, device="meter", hour=24, **fields):
    """A reading of the power meter at an hour of the day, by default at its end."""
    end = CALENDAR.instant(day_of(day)) + hour * HOUR
    return Observation(
        "power",
        "electricity",
        day_of(day).toordinal(),
        end,
        end,
        State.REGISTER,
        register=register,
        device=device,
        **fields,
    )


def level(day, value, **fields):
    end = CALENDAR.instant(day_of(day + 1))
    return Observation(
        "stock:bunker", "mass", day_of(day).toordinal(), end, end, value=value, **fields
    )


def network(*devices, flows=(), stocks=()):
    known = {
        "scale": Device("scale", sigma=Spread(relative=0.02)),
        "meter": Device("meter", sigma=Spread(relative=0.01), multiplier=10.0, rollover=10_000.0),
    }
    known.update({device.id: device for device in devices})
    return FlowNetwork(
        flows=(
            Flow("in", "environment", "plant", device="scale"),
            Flow("power", "plant", "environment", kind="electricity", device="meter"),
            *flows,
        ),
        devices=tuple(known.values()),
        stocks=stocks,
    )


def laid_out(observations, *, definitions=None, days=5, whats=None):
    first = FIRST.toordinal()
    return panel(
        Rows.from_observations(observations),
        definitions or network(),
        CALENDAR,
        first_day=first,
        last_day=first + days - 1,
        whats=whats,
    )


def measured(observations, *, definitions=None, period=MARCH):
    rows = Rows.from_observations(observations)
    return measured_of_period(rows, definitions or network(), CALENDAR, period)


def cells(table, what, field="amount"):
    values = getattr(table, field)[:, table.whats.index(what)].tolist()
    return [None if isinstance(value, float) and math.isnan(value) else value for value in values]


# --- days by flows ---------------------------------------------------------------------------


def test_a_value_a_stated_zero_a_missing_reading_and_silence_are_four_things():
    table, found = laid_out([entry("in", 1, 100.0), entry("in", 2, 0.0), entry("in", 3, None)])
    assert cells(table, "in") == [100.0, 0.0, None, None, None]
    assert cells(table, "in", "state") == [VALUE, ZERO, MISSING, NOTHING, NOTHING]
    assert cells(table, "in", "coverage") == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert table.amount.shape == (5, 2)
    assert found == ()


def test_tickets_of_a_day_add_up_and_their_sigmas_add_in_quadrature():
    trucks = [entry("in", 1, value, ticket=str(value)) for value in (10.0, 12.0, 9.0)]
    table, _ = laid_out(trucks)
    assert cells(table, "in")[0] == pytest.approx(31.0)
    sigma = 0.02 * math.sqrt(10.0**2 + 12.0**2 + 9.0**2)
    assert cells(table, "in", "sigma")[0] == pytest.approx(sigma)
    assert cells(table, "in", "coverage")[0] == 1.0


def test_parts_of_a_day_add_up_and_cover_their_union():
    table, _ = laid_out([entry("in", 1, 10.0, hours=(0, 6)), entry("in", 1, 20.0, hours=(3, 12))])
    assert cells(table, "in")[0] == 30.0
    assert cells(table, "in", "coverage")[0] == pytest.approx(0.5)


def test_an_amount_over_several_days_is_put_on_none_of_them():
    table, _ = laid_out([entry("in", 2, 300.0, days=3), entry("in", 1, 90.0)])
    assert cells(table, "in") == [90.0, None, None, None, None]
    (span,) = table.spans
    assert (span.what, span.amount, span.span.days) == ("in", 300.0, 3.0)
    assert span.sigma == pytest.approx(6.0)
    assert span.observations == (1,)


def test_a_device_with_a_day_of_its_own_has_its_amounts_on_its_days():
    shifts = Device("shifts", sigma=Spread(relative=0.02), day_start=8)
    start = CALENDAR.instant(FIRST) + 8 * HOUR
    item = Observation(
        "in", "mass", FIRST.toordinal(), start, start + 24 * HOUR, value=50.0, device="shifts"
    )
    assert cells(laid_out([item], definitions=network(shifts))[0], "in")[0] == 50.0
    on_scale, _ = laid_out([Observation(**{**as_fields(item), "device": "scale"})])
    assert cells(on_scale, "in") == [None] * 5
    assert len(on_scale.spans) == 1


def as_fields(item):
    return {name: getattr(item, name) for name in Observation.__dataclass_fields__}


def test_two_devices_on_one_flow_do_not_add_and_the_flow_s_own_goes_first():
    belt = Device("belt", sigma=Spread(relative=0.05))
    table, _ = laid_out(
        [
            entry("in", 1, 104.0, device="belt"),
            entry("in", 1, 100.0),
            entry("in", 2, 103.0, device="belt"),
            entry("in", 3, None),
            entry("in", 3, 99.0, device="belt"),
        ],
        definitions=network(belt),
    )
    assert cells(table, "in")[:3] == [100.0, 103.0, 99.0]
    devices = [table.devices[code] for code in cells(table, "in", "device")[:3]]
    assert devices == ["scale", "belt", "belt"]
    assert cells(table, "in", "sigma")[1] == pytest.approx(0.05 * 103.0)


def test_a_reading_of_another_kind_is_never_put_on_the_flow():
    table, _ = laid_out([entry("in", 1, 10.0, kind="dry-mass")])
    assert cells(table, "in") == [None] * 5


def test_columns_come_in_the_order_asked_for():
    table, _ = laid_out([entry("in", 1, 10.0)], whats=["power", "in"])
    assert table.whats == ("power", "in")
    assert cells(table, "in")[0] == 10.0


def test_a_panel_of_nothing_is_empty_and_not_an_error():
    table, found = laid_out([])
    assert np.isnan(table.amount).all()
    assert (table.state == NOTHING).all()
    assert found == ()


def test_every_cell_knows_its_entries_and_how_many_readings_it_adds_up():
    table, _ = laid_out(
        [
            entry("in", 1, 10.0, ticket="a", id=11),
            entry("in", 1, 12.0, ticket="b", id=12),
            entry("in", 2, 9.0, device="belt", id=13),
            entry("in", 2, 9.5, id=14),
            entry("in", 3, None, id=15),
            counter(0, 100.0, id=16),
            counter(1, 112.0, id=17),
            counter(2, 112.0, id=18),
        ]
    )
    whats = table.whats
    by_day = [[table.observations(day, whats.index(what)) for day in range(3)] for what in whats]
    assert by_day == [[(11, 12), (14,), ()], [(16, 17), (17, 18), ()]]
    assert table.count[:3].tolist() == [[2, 1], [1, 1], [0, 0]]


def test_levels_of_stocks_are_listed_with_their_instants():
    stock = Stock("bunker", sigma=Spread(absolute=2.0))
    table, _ = laid_out(
        [
            level(0, 300.0, id=1),
            level(2, 340.0, sigma=5.0, device="gauge", id=2),
            level(5, 350.0, id=3),
            level(6, 360.0, id=4),
            level(-1, 200.0, id=5),
            Observation(
                "stock:bunker",
                "mass",
                day_of(4).toordinal(),
                CALENDAR.instant(day_of(5)),
                CALENDAR.instant(day_of(5)),
                State.MISSING,
                id=6,
            ),
            Observation("stock:bunker", "dry-mass", 1, 0, 0, value=1.0, id=7),
        ],
        definitions=network(stocks=(stock,)),
    )
    assert [(item.amount, item.sigma, item.device, item.observations) for item in table.levels] == [
        (300.0, 2.0, "", (1,)),
        (340.0, 5.0, "gauge", (2,)),
        (350.0, 2.0, "", (3,)),
    ]
    assert [item.instant for item in table.levels] == [
        CALENDAR.instant(day_of(day)) for day in (1, 3, 6)
    ]


# --- counters --------------------------------------------------------------------------------


def test_counter_readings_are_differenced_times_the_multiplier():
    table, _ = laid_out(
        [counter(0, 100.0), counter(1, 112.0), counter(2, 112.0), counter(3, 115.0)]
    )
    assert cells(table, "power") == [120.0, 0.0, 30.0, None, None]
    assert cells(table, "power", "state")[:3] == [VALUE, ZERO, VALUE]


def test_the_order_of_recording_is_not_the_order_of_the_counter():
    table, _ = laid_out([counter(2, 130.0), counter(0, 100.0), counter(1, 112.0)])
    assert cells(table, "power")[:2] == [120.0, 180.0]


def test_a_skipped_reading_leaves_an_amount_over_two_days():
    table, _ = laid_out([counter(0, 100.0), counter(1, 110.0), counter(3, 150.0)])
    assert cells(table, "power")[:3] == [100.0, None, None]
    (span,) = table.spans
    assert (span.amount, span.span.days, span.observations) == (400.0, 2.0, (2, 3))


def test_a_counter_that_turns_over_goes_on():
    table, found = laid_out([counter(0, 9990.0), counter(1, 15.0)])
    assert cells(table, "power")[0] == 250.0
    assert found == ()


def test_a_drop_is_a_finding_and_the_amount_is_missing():
    table, found = laid_out([counter(0, 500.0), counter(1, 400.0), counter(2, 410.0)])
    assert cells(table, "power")[:2] == [None, 100.0]
    assert cells(table, "power", "state")[0] == MISSING
    (drop,) = found
    assert (drop.code, drop.where) == ("register-drop", "power")
    assert (drop.params["previous"], drop.params["value"]) == (500.0, 400.0)
    assert drop.params["day"] == "2025-03-01"


def test_an_exchanged_meter_starts_anew_and_the_old_year_stays_as_it_was():
    """Until the 2nd at its end the old meter counted tens, the new one counts ones."""
    old = Device("old", sigma=Spread(relative=0.01), multiplier=10.0)
    new = Device("new", sigma=Spread(relative=0.01), multiplier=1.0)
    table, found = laid_out(
        [
            counter(0, 100.0, device="old"),
            counter(2, 130.0, device="old"),
            counter(2, 0.0, device="new"),
            counter(3, 40.0, device="new"),
        ],
        definitions=network(old, new),
    )
    assert cells(table, "power")[2] == 40.0
    assert [span.amount for span in table.spans] == [300.0]
    assert found == ()


def test_a_multiplier_that_changed_under_the_same_id_holds_from_its_day():
    change = day_of(3)
    devices = (
        Device("ct", multiplier=10.0, sigma=Spread(0.5), validity=Validity(None, change)),
        Device("ct", multiplier=20.0, sigma=Spread(0.5), validity=Validity(change, None)),
    )
    definitions = FlowNetwork(
        flows=(Flow("power", "plant", "environment", kind="electricity", device="ct"),),
        devices=devices,
    )
    readings = [counter(day, 10.0 * day, device="ct") for day in range(5)]
    table, _ = laid_out(readings, definitions=definitions)
    assert cells(table, "power")[:4] == [100.0, 100.0, 200.0, 200.0]


def test_a_stated_amount_stands_where_a_counter_speaks_of_the_same_time():
    stated = entry("power", 1, 77.0, device="meter", kind="electricity")
    table, _ = laid_out([counter(0, 100.0), counter(1, 110.0), counter(2, 120.0), stated])
    assert cells(table, "power")[:2] == [77.0, 100.0]


def test_a_superseded_counter_reading_does_not_count():
    table, _ = laid_out(
        [counter(0, 100.0, id=1), counter(1, 200.0, id=2), counter(1, 110.0, id=3, supersedes=2)]
    )
    assert cells(table, "power")[0] == 100.0


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=20),
    st.integers(0, 999),
)
def test_a_counter_with_rollover_never_loses_what_went_through(steps, begin):
    """Differences add up to what was counted, as long as no step is half the range."""
    reading, last, total = begin, begin, 0
    for step in steps:
        reading = (reading + step) % 1000
        total += advance(float(last), float(reading), 1000.0)
        last = reading
    assert total == sum(steps)


# --- sigma -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "flow", "value", "stated", "sigma"),
    [
        (Spread(relative=0.02), None, 100.0, None, 2.0),
        (Spread(relative=0.02), Spread(relative=0.5), 100.0, None, 2.0),
        (None, Spread(relative=0.05), 100.0, None, 5.0),
        (Spread(absolute=3.0), None, 100.0, None, 3.0),
        (Spread(relative=0.02, floor=4.0), None, 100.0, None, 4.0),
        (Spread(relative=0.02), None, 100.0, 7.0, 7.0),
        (Spread(relative=0.02), None, 100.0, 0.0, 0.0),
        (Spread(absolute=0.0), None, 100.0, None, 0.0),
        (Spread(absolute=0.0), None, 0.0, None, 0.0),
        (Spread(relative=0.02), None, 0.0, None, 0.02),
    ],
)
def test_sigma_is_the_reading_s_own_then_the_device_s_then_the_flow_s(
    device, flow, value, stated, sigma
):
    definitions = FlowNetwork(
        flows=(Flow("in", "environment", "plant", sigma=flow, device="scale"),),
        devices=(Device("scale", sigma=device),),
    )
    table, found = laid_out([entry("in", 1, value, sigma=stated)], definitions=definitions)
    assert cells(table, "in", "sigma")[0] == pytest.approx(sigma)
    assert found == ()


def test_a_zero_reading_has_the_sigma_of_the_usual_amount_and_is_not_exact():
    flow = Flow("in", "environment", "plant", typical=200.0, device="scale")
    definitions = FlowNetwork(
        flows=(flow,), devices=(Device("scale", sigma=Spread(relative=0.02)),)
    )
    table, _ = laid_out([entry("in", 1, 0.0)], definitions=definitions)
    assert cells(table, "in", "sigma")[0] == pytest.approx(4.0)


def test_a_truck_s_sigma_is_of_the_truck_and_not_of_the_day():
    flow = Flow("in", "environment", "plant", typical=1000.0, device="scale")
    definitions = FlowNetwork(
        flows=(flow,), devices=(Device("scale", sigma=Spread(relative=0.01)),)
    )
    table, _ = laid_out([entry("in", 1, 10.0, ticket="1")], definitions=definitions)
    assert cells(table, "in", "sigma")[0] == pytest.approx(0.1)


@pytest.mark.parametrize("stated", [None, 0.001])
def test_sigma_is_never_below_what_the_resolution_leaves_open(stated):
    definitions = network(Device("scale", sigma=Spread(relative=1e-6), resolution=0.5))
    table, _ = laid_out([entry("in", 1, 10.0, sigma=stated)], definitions=definitions)
    assert cells(table, "in", "sigma")[0] == pytest.approx(0.5 / math.sqrt(12.0))


def test_a_difference_of_two_counter_readings_is_rounded_twice():
    definitions = network(Device("meter", sigma=Spread(relative=1e-9), resolution=1.0))
    table, _ = laid_out([counter(0, 10.0), counter(1, 20.0)], definitions=definitions)
    assert cells(table, "power", "sigma")[0] == pytest.approx(math.sqrt(2.0 / 12.0))


def test_where_no_spread_is_declared_an_assumed_one_is_said_aloud():
    definitions = FlowNetwork(flows=(Flow("in", "environment", "plant"),))
    table, found = laid_out([entry("in", 1, 100.0, device="")], definitions=definitions)
    assert cells(table, "in", "sigma")[0] == pytest.approx(10.0)
    assert [(item.code, item.where) for item in found] == [("sigma-assumed", "in")]


# --- a period --------------------------------------------------------------------------------


def test_thirty_days_and_one_month_of_the_same_scale_differ_in_chance_not_in_bias():
    """A 2 % scale is not a 0.37 % scale after thirty days: its bias does not average out."""
    scale = Device("scale", sigma=Spread(relative=0.02), bias_sigma=Spread(relative=0.01))
    april = parse_period("2025-04")
    offset = (april.first - FIRST).days
    daily = measured(
        [entry("in", offset + day, 100.0) for day in range(1, 31)],
        definitions=network(scale),
        period=april,
    ).measured["in"]
    monthly = measured(
        [entry("in", offset + 1, 3000.0, days=30)], definitions=network(scale), period=april
    ).measured["in"]
    assert daily.value == monthly.value == pytest.approx(3000.0)
    assert daily.sigma == pytest.approx(2.0 * math.sqrt(30.0))
    assert monthly.sigma == pytest.approx(60.0)
    assert daily.bias_sigma == monthly.bias_sigma == pytest.approx(30.0)
    assert daily.total_sigma == pytest.approx(math.hypot(2.0 * math.sqrt(30.0), 30.0))
    assert daily.device == monthly.device == "scale"
    assert daily.coverage == monthly.coverage == 1.0
    assert len(daily.observations) == 30


def test_an_offset_of_every_reading_adds_up_reading_by_reading():
    scale = Device("scale", sigma=Spread(relative=0.02), bias_sigma=Spread(absolute=0.5))
    done = measured([entry("in", day, 100.0) for day in range(1, 32)], definitions=network(scale))
    assert done.measured["in"].bias_sigma == pytest.approx(31 * 0.5)


def test_days_and_longer_spans_within_the_period_add_up():
    done = measured([entry("in", 1, 100.0), entry("in", 2, 3000.0, days=30)])
    assert done.measured["in"].value == 3100.0
    assert done.measured["in"].coverage == 1.0
    assert done.findings == ()


def test_an_invoice_from_the_26th_is_not_of_the_month():
    done = measured([entry("in", 26, 900.0, days=31)])
    assert "in" not in done.measured
    (found,) = done.findings
    assert (found.code, found.where, found.params["straddling"]) == ("coverage-partial", "in", 1)


def test_missing_days_are_imputed_by_the_mean_with_the_scatter_of_the_days():
    values = {day: 100.0 if day % 2 else 104.0 for day in range(1, 21)}
    done = measured([entry("in", day, value, sigma=1.0) for day, value in values.items()])
    total = done.measured["in"]
    n, m, mean = 20.0, 11.0, 102.0
    scatter = 20 * 2.0**2 / 19.0
    assert total.coverage == pytest.approx(20.0 / 31.0)
    assert total.imputed == pytest.approx(m * mean)
    assert total.value == pytest.approx(31.0 * mean)
    variance = 20.0 * (1.0 + m / n) ** 2 + scatter * m * (1.0 + m / n)
    assert total.sigma == pytest.approx(math.sqrt(variance))
    (found,) = done.findings
    assert (found.code, found.where) == ("missing-imputed", "in")
    assert found.params["days"] == pytest.approx(11.0)
    assert (found.params["imputed"], found.params["unit"]) == (pytest.approx(1122.0), "t")


def test_imputing_is_right_about_its_own_error():
    """Days scatter by 5 about 100; the stated sigma is what the errors of many months show."""
    rng = np.random.default_rng(7)
    errors = []
    for _ in range(300):
        true = rng.normal(100.0, 5.0, 31)
        read = true + rng.normal(0.0, 2.0, 31)
        missing = set(rng.choice(31, 10, replace=False).tolist())
        done = measured(
            [
                entry("in", day + 1, float(read[day]), sigma=2.0)
                for day in range(31)
                if day not in missing
            ]
        ).measured["in"]
        errors.append((done.value - true.sum()) / done.sigma)
    assert float(np.std(errors)) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("days", [[*range(1, 16)], [1]])
def test_less_than_half_of_the_period_is_not_measured(days):
    done = measured([entry("in", day, 100.0) for day in days])
    assert "in" not in done.measured
    (found,) = done.findings
    assert found.code == "coverage-partial"
    assert found.params["coverage"] == pytest.approx(len(days) / 31.0)


def test_one_long_reading_says_nothing_of_the_scatter_and_is_not_stretched():
    done = measured([entry("in", 1, 2000.0, days=20)])
    assert done.measured == {}
    assert [item.code for item in done.findings] == ["coverage-partial"]


def test_stated_zeros_are_measured_and_never_exact():
    done = measured([entry("in", day, 0.0) for day in range(1, 32)]).measured["in"]
    assert (done.value, done.coverage) == (0.0, 1.0)
    assert done.sigma > 0.0


def test_an_exact_flow_stays_exact():
    exact = Device("scale", sigma=Spread(absolute=0.0))
    done = measured([entry("in", day, 1.0) for day in range(1, 32)], definitions=network(exact))
    assert done.measured["in"].sigma == done.measured["in"].bias_sigma == 0.0


def test_a_flow_of_which_nothing_is_said_is_simply_not_measured():
    done = measured([entry("in", day, 1.0) for day in range(1, 32)])
    assert set(done.measured) == {"in"}
    assert done.findings == ()


def test_a_flow_that_is_stated_missing_all_month_is_said_to_be():
    done = measured([entry("in", day, None) for day in range(1, 32)])
    (found,) = done.findings
    assert (found.code, found.params["coverage"]) == ("coverage-partial", 0.0)


def test_a_second_device_is_a_second_measurement():
    belt = Device("belt", sigma=Spread(relative=0.05))
    both = [
        entry("in", day, value, device=device)
        for day in range(1, 32)
        for device, value in (("belt", 101.0), ("scale", 100.0))
    ]
    done = measured(both, definitions=network(belt))
    assert done.measured["in"].value == pytest.approx(3100.0)
    assert [other.value for other in done.others] == [pytest.approx(3131.0)]


def test_a_counter_over_the_month_adds_up_to_its_ends():
    done = measured([counter(day, 12.0 * day) for day in (0, 3, 4, 17, 31)])
    total = done.measured["power"]
    assert total.value == pytest.approx(31 * 12.0 * 10.0)
    assert (total.coverage, total.observations) == (1.0, (1, 2, 3, 4, 5))


def test_a_day_when_clocks_change_is_still_a_whole_day():
    berlin = Calendar("Europe/Berlin")
    observations = []
    for number in range(1, 32):
        span = berlin.span(date(2025, 3, number))
        observations.append(
            Observation(
                "in", "mass", date(2025, 3, number).toordinal(), span.start, span.end, value=1.0
            )
        )
    rows = Rows.from_observations(observations)
    definitions = FlowNetwork(flows=(Flow("in", "environment", "p", sigma=Spread(0.1)),))
    done = measured_of_period(rows, definitions, berlin, MARCH)
    assert done.measured["in"].coverage == 1.0
    assert done.findings == ()


# --- stocks ----------------------------------------------------------------------------------

BUNKER = Stock("bunker", sigma=Spread(absolute=3.0), device="survey")
SURVEY = Device("survey", bias_sigma=Spread(relative=0.1))


def stock_change(*levels):
    return measured(levels, definitions=network(SURVEY, stocks=(BUNKER,)))


def test_a_stock_s_change_is_closing_minus_opening():
    change = stock_change(
        level(0, 200.0, device="survey"), level(15, 500.0), level(31, 150.0, device="survey")
    ).measured["stock:bunker"]
    assert change.value == -50.0
    assert change.sigma == pytest.approx(math.hypot(3.0, 3.0))
    assert change.bias_sigma == pytest.approx(-5.0)  # a scale too long makes a fall too deep
    assert change.device == "survey"
    assert change.observations == (1, 3)


@pytest.mark.parametrize("days", [(0,), (31,), (1, 31), (0, 30)])
def test_a_stock_without_a_level_at_both_ends_is_not_measured_and_says_so(days):
    done = stock_change(*(level(day, 100.0) for day in days))
    assert done.measured == {}
    assert [(item.code, item.where) for item in done.findings] == [
        ("stocktake-missing", "stock:bunker")
    ]


def test_of_a_period_without_any_reading_one_thing_is_said():
    """Not one for each stock."""
    assert [item.code for item in stock_change().findings] == ["period-empty"]


def test_of_two_surveys_the_stock_s_own_is_taken():
    both = [
        *(level(day, value, device="drone") for day, value in ((0, 210.0), (31, 190.0))),
        *(level(day, value, device="survey") for day, value in ((0, 200.0), (31, 150.0))),
    ]
    assert stock_change(*both).measured["stock:bunker"].value == -50.0


def test_levels_by_two_devices_do_not_share_a_bias():
    """An offset of one laser falls out of a difference; those of two lasers add up."""
    one, other = (Device(name, bias_sigma=Spread(absolute=4.0)) for name in ("laser", "drone"))
    definitions = network(one, other, stocks=(BUNKER,))

    def change(*devices):
        levels = [
            level(day, 100.0, device=name) for day, name in zip((0, 31), devices, strict=True)
        ]
        return measured(levels, definitions=definitions).measured["stock:bunker"]

    assert (change("laser", "laser").sigma, change("laser", "laser").bias_sigma) == (
        pytest.approx(math.hypot(3.0, 3.0)), 0.0,
    )  # fmt: skip
    assert change("laser", "drone").sigma == pytest.approx(math.hypot(3.0, 3.0, 4.0, 4.0))


def test_a_laser_that_was_exchanged_under_its_id_is_two_lasers():
    halves = (
        Device("laser", bias_sigma=Spread(absolute=4.0), validity=span)
        for span in (Validity(None, day_of(15)), Validity(day_of(15), None))
    )
    levels = [level(day, 100.0, device="laser") for day in (0, 31)]
    definitions = FlowNetwork(devices=tuple(halves), stocks=(BUNKER,))
    change = measured(levels, definitions=definitions).measured["stock:bunker"]
    assert (change.sigma, change.bias_sigma) == (pytest.approx(math.hypot(3, 3, 4, 4)), 0.0)


# --- a meter that was replaced ---------------------------------------------------------------

CHANGE = day_of(11)
OLD = Device("old", {}, Spread(absolute=2.0), Spread(relative=0.01),
             validity=Validity(None, CHANGE))  # fmt: skip
NEW = Device("new", {}, Spread(absolute=1.0), Spread(relative=0.02),
             validity=Validity(CHANGE, None))  # fmt: skip


def replaced(*others, own="new"):
    return FlowNetwork(
        flows=(Flow("in", "environment", "plant", device=own),), devices=(OLD, NEW, *others)
    )


@pytest.mark.parametrize("own", ["old", "new"])
def test_meters_that_follow_each_other_add_up_whichever_of_them_the_definitions_name(own):
    days = [entry("in", day, 100.0, device="old" if day < 11 else "new") for day in range(1, 32)]
    done = measured(days, definitions=replaced(own=own))
    assert (done.measured["in"].value, done.others, done.findings) == (3100.0, (), ())


def test_meters_in_force_on_the_same_day_are_not_one_series():
    early = Device("new", validity=Validity(day_of(10), None))
    definitions = FlowNetwork(
        flows=(Flow("in", "environment", "plant", device="new"),), devices=(OLD, early)
    )
    days = [entry("in", day, 100.0, device="old" if day < 11 else "new") for day in range(1, 32)]
    done = measured(days, definitions=definitions)
    assert done.measured["in"].imputed == pytest.approx(1000.0)


def test_the_old_and_the_new_meter_of_a_flow_make_one_series():
    days = [entry("in", day, 100.0, device="old" if day < 11 else "new") for day in range(1, 32)]
    done = measured(days, definitions=replaced())
    total = done.measured["in"]
    assert (total.value, total.coverage, total.imputed) == (3100.0, 1.0, 0.0)
    assert (done.others, done.findings) == ((), ())
    # 10 days of 2 t and 21 of 1 t by chance; 1 % of 1000 t is the old meter's alone
    assert total.sigma == pytest.approx(math.sqrt(10 * 4.0 + 21 * 1.0 + 10.0**2))
    assert (total.bias_sigma, total.device) == (pytest.approx(0.02 * 2100.0), "new")


def test_a_meter_beside_the_series_stays_a_measurement_of_its_own():
    belt = Device("belt", sigma=Spread(absolute=5.0))
    days = [entry("in", day, 100.0, device="old" if day < 11 else "new") for day in range(1, 32)]
    days += [entry("in", day, 101.0, device="belt") for day in range(1, 32)]
    done = measured(days, definitions=replaced(belt))
    assert done.measured["in"].value == 3100.0
    assert [other.value for other in done.others] == [pytest.approx(3131.0)]


def test_the_day_of_the_exchange_is_the_sum_of_both_meters():
    both = [
        entry("in", 11, 40.0, device="old", hours=(0, 10)),
        entry("in", 11, 60.0, device="new", hours=(10, 24)),
        entry("in", 12, 90.0, device="old"),
        entry("in", 12, 91.0, device="belt"),
    ]
    table, _ = laid_out(both, definitions=replaced(Device("belt")), days=15)
    assert cells(table, "in")[10:12] == [100.0, 90.0]
    assert cells(table, "in", "coverage")[10] == 1.0


# --- what is easily got wrong ----------------------------------------------------------------


def test_half_days_are_half_measured():
    done = measured([entry("in", day, 10.0, hours=(0, 12), sigma=1.0) for day in range(1, 32)])
    total = done.measured["in"]
    assert (total.coverage, total.value, total.imputed) == pytest.approx((0.5, 620.0, 310.0))


def test_long_readings_scatter_less_about_the_mean_than_days_do():
    """10 days of 100 t/d and 10 of 110: s^2 a day is 10 (5^2 + 5^2)/(2 - 1) = 500."""
    spans = [
        entry("in", 1, 1000.0, days=10, sigma=6.0),
        entry("in", 11, 1100.0, days=10, sigma=8.0),
    ]
    total = measured(spans).measured["in"]
    grown = 31.0 / 20.0
    assert total.value == pytest.approx(2100.0 * grown)
    assert total.sigma == pytest.approx(math.sqrt(100.0 * grown**2 + 500.0 * 11.0 * grown))


def test_what_is_imputed_is_as_biased_as_what_was_read():
    scale = Device("scale", sigma=Spread(relative=0.02), bias_sigma=Spread(relative=0.01))
    done = measured([entry("in", day, 100.0) for day in range(1, 21)], definitions=network(scale))
    assert done.measured["in"].bias_sigma == pytest.approx(0.01 * 3100.0)


def test_a_bias_is_not_below_its_floor_on_any_reading():
    scale = Device("scale", sigma=Spread(0.0), bias_sigma=Spread(relative=0.01, floor=3.0))
    done = measured([entry("in", day, 100.0) for day in range(1, 32)], definitions=network(scale))
    assert done.measured["in"].bias_sigma == pytest.approx(31 * 3.0)


def test_a_flow_without_scatter_and_sigma_has_a_bias_alone():
    scale = Device("scale", sigma=Spread(0.0), bias_sigma=Spread(relative=0.01))
    total = measured(
        [entry("in", day, 100.0) for day in range(1, 32)], definitions=network(scale)
    ).measured["in"]
    assert (total.sigma, total.total_sigma) == (0.0, pytest.approx(31.0))


def test_another_device_or_a_stated_gap_does_not_silence_a_counter():
    gap = entry("power", 1, None, device="meter", kind="electricity")
    other = entry("power", 2, 77.0, device="spare", kind="electricity")
    table, _ = laid_out([counter(0, 100.0), counter(1, 110.0), counter(2, 130.0), gap, other])
    assert cells(table, "power")[:2] == [100.0, 200.0]
    assert cells(table, "power", "state")[:2] == [VALUE, VALUE]


def test_a_counter_that_seems_to_have_turned_over_by_half_its_range_has_dropped():
    table, found = laid_out([counter(0, 9000.0), counter(1, 8000.0), counter(2, 8010.0)])
    assert cells(table, "power")[:2] == [None, 100.0]
    assert cells(table, "power", "state")[0] == MISSING
    assert [(item.code, item.params["day"]) for item in found] == [("register-drop", "2025-03-01")]


@given(
    st.integers(0, 9999),
    st.integers(0, 9999),
    st.one_of(st.none(), st.just(10_000.0), st.just(12_000.0)),
)
def test_one_difference_and_many_are_taken_by_the_same_rule(earlier, later, rollover):
    meter = Device("meter", sigma=Spread(0.0), multiplier=3.0, rollover=rollover)
    table, _ = laid_out([counter(0, earlier), counter(1, later)], definitions=network(meter))
    step = advance(float(earlier), float(later), rollover)
    assert cells(table, "power")[0] == (None if step is None else pytest.approx(3.0 * step))


def test_stated_sigmas_of_two_counter_readings_add_in_quadrature():
    table, _ = laid_out([counter(0, 100.0, sigma=3.0), counter(1, 110.0, sigma=4.0)])
    assert cells(table, "power", "sigma")[0] == pytest.approx(5.0)


def test_spans_that_only_touch_the_days_asked_for_are_not_theirs():
    touching = [entry("in", -1, 300.0, days=2), entry("in", 6, 200.0, days=2)]
    assert laid_out(touching)[0].spans == ()
    assert len(laid_out([entry("in", 0, 300.0, days=2)])[0].spans) == 1


def test_a_gap_of_one_device_is_none_where_another_has_read():
    belt = Device("belt", sigma=Spread(relative=0.05))
    both = [entry("in", 1, None), entry("in", 1, 99.0, device="belt")]
    table, _ = laid_out(both, definitions=network(belt))
    assert cells(table, "in", "state")[0] == VALUE


def test_a_day_of_23_hours_is_covered_by_23_hours():
    berlin = Calendar("Europe/Berlin")
    day = date(2025, 3, 30)
    span = berlin.span(day)
    item = Observation("in", "mass", day.toordinal(), span.start, span.end, value=1.0)
    definitions = FlowNetwork(flows=(Flow("in", "environment", "p", sigma=Spread(0.1)),))
    table, _ = panel(
        Rows.from_observations([item]), definitions, berlin,
        first_day=day.toordinal(), last_day=day.toordinal(),
    )  # fmt: skip
    assert table.coverage.tolist() == [[1.0]]


def test_entries_of_what_the_park_no_longer_knows_are_said_not_dropped():
    gone = [entry("scrap", number, 5.0) for number in (3, 4)]
    other_kind = [entry("in", 5, 7.0, kind="volume")]
    property_of_a_flow = [entry("in.lhv", 6, 6.0, kind="lhv")]
    done = measured([*gone, *other_kind, *property_of_a_flow, entry("in", 7, 10.0)])
    unused = [item for item in done.findings if item.code == "entries-unused"]
    assert [(item.where, item.params["count"], item.params["kind"]) for item in unused] == [
        ("scrap", 2, "mass"),
        ("in", 1, "volume"),
    ]


def test_a_meter_that_reads_low_does_not_shrink_what_its_readings_share():
    # an estimate with a common 50 %: usually 20 t/d, read as 10; on the third day stated zero
    estimate = Device("scale", sigma=Spread(relative=0.02), bias_sigma=Spread(relative=0.5))
    flow = Flow("in", "environment", "bunker", typical=20.0, device="scale")
    period = parse_period("2025-03-01..2025-03-03")
    said = [entry("in", 1, 10.0), entry("in", 2, 30.0), entry("in", 3, 0.0)]
    done = measured(said, definitions=network(estimate, flows=(flow,)), period=period)
    # 50 % of max(10, 20) + max(30, 20), and nothing of the zero
    assert done.measured["in"].bias_sigma == pytest.approx(0.5 * 50.0)
