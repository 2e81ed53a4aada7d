"""Log files: what stands in a CSV, and what is said of what cannot stand there."""

from __future__ import annotations

from datetime import date

import pytest

from flows.findings import errors
from flows.records import Quality, State
from flows.store.exchange import MOST_FINDINGS, read_log

NOW = 1_743_580_800_000_000  # 2025-04-02 08:00 UTC


@pytest.fixture
def read(resolver, calendar):
    def read(text, **more):
        data = text if isinstance(text, bytes) else text.encode()
        more = {"resolver": resolver, "calendar": calendar, "now_us": NOW} | more
        return read_log(data, "march.csv", **more)

    return read


@pytest.fixture
def refusals(read):
    """(code, row, column) of every finding that refuses."""

    def refusals(text):
        return [(item.code, item.row, item.column) for item in errors(read(text)[1])]

    return refusals


def test_a_long_file_by_days(read):
    items, found = read(
        "what,day,value,unit,sigma,quality,cause,source,note\n"
        'in,2025-03-01,"1,623.4",t,2 %,weighed,,SCADA,"a, b"\n'
        "ash,2025/3/1,0,t,,,,,\n"
        "water,2025年3月1日,-,,,,meter broken,,\n"
    )
    assert [item.code for item in found] == ["entry-unlikely"]
    first, ash, water = items
    assert (first.what, first.kind, first.state) == ("in", "mass", State.VALUE)
    assert first.value == pytest.approx(1623.4)
    assert first.sigma == pytest.approx(0.02 * 1623.4)
    assert (first.typed, first.typed_unit) == ("1,623.4", "t")
    assert first.day == date(2025, 3, 1).toordinal()
    assert (first.start, first.end) == (1_740_758_400, 1_740_844_800)  # midnight in Shanghai
    assert (first.device, first.quality, first.facility) == ("scale", Quality.WEIGHED, "kitchen")
    assert (first.origin, first.note) == ("march.csv:2 SCADA", "a, b")
    assert (ash.state, ash.value, ash.sigma) == (State.ZERO, 0.0, None)
    assert (water.state, water.value, water.cause) == (State.MISSING, None, "meter broken")


def test_a_long_file_by_spans(read):
    ((item,), found) = read("what;start;end;value;unit\nin;2025-03-01;2025-03-11;300;t/d\n")
    assert not found
    assert item.value == pytest.approx(3000.0)
    assert item.end - item.start == 10 * 86_400
    assert item.day == date(2025, 3, 1).toordinal()


def test_a_wide_file_with_a_plant_s_own_heads(read):
    items, found = read(
        "日期\t垃圾进厂量（吨）\tash [kg]\n"
        "2025-03-01\t300\t\n2025/3/2\t310.5 t\t缺\n2025-03-03\t0\t1,500\n"
    )
    assert not errors(found)
    assert [(item.what, item.state.value, item.value) for item in items] == [
        ("in", "value", 300.0),
        ("in", "value", 310.5),
        ("ash", "missing", None),
        ("in", "zero", 0.0),
        ("ash", "value", 1.5),
    ]
    assert items[4].typed_unit == "kg"
    assert items[4].origin == "march.csv:4"


def test_a_flow_is_known_by_its_label_and_its_default_unit_holds(read):
    items, found = read("日期,进厂垃圾,ash\n2025-03-01,300,1500\n")
    assert not found
    assert [(item.what, item.value) for item in items] == [("in", 300.0), ("ash", 1.5)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_encodings_that_sheets_write(read, encoding, newline):
    text = newline.join(["物料,日期,数值,单位,备注", "进厂垃圾,2025-03-01,300,吨,雨天", ""])
    ((item,), found) = read(text.encode(encoding))
    assert (item.what, item.value, item.note) == ("in", 300.0, "雨天")
    assert [one.code for one in found] == ["encoding-guessed"] * (encoding == "gb18030")


def test_levels_and_samples_of_a_day_are_instants_at_its_end(read):
    items, found = read(
        "what,day,value,unit\n"
        "stock:plant,2025-03-01,120,t\n"
        "in.lhv,2025-03-01,7000,kJ/kg\n"
        "in.moisture,2025-03-01,55,%\n"
        "context:population,2025-03-01,12,万人\n"
    )
    assert not found
    level, lhv, moisture, people = items
    assert level.start == level.end == 1_740_844_800
    assert level.day == date(2025, 3, 1).toordinal()
    assert (level.value, level.facility) == (120.0, "kitchen")
    assert (lhv.kind, lhv.value, lhv.start) == ("lhv", pytest.approx(7.0), lhv.end)
    assert (moisture.kind, moisture.value) == ("share", pytest.approx(0.55))
    assert (people.value, people.end - people.start) == (pytest.approx(120_000.0), 86_400)


def test_counters_are_read_at_the_end_of_the_day_or_at_their_instant(read):
    items, found = read(
        "what,day,end,register,value,unit\n"
        "power,2025-03-01,,100,,\n"
        "power,,2025-03-02 08:00,150,,\n"
        "power,2025-03-03,,200,,\n"
    )
    assert not found
    assert {item.state for item in items} == {State.REGISTER}
    assert [item.register for item in items] == [100.0, 150.0, 200.0]
    assert all(item.start == item.end and item.value is None for item in items)
    assert [item.day - items[0].day for item in items] == [0, 1, 2]
    assert items[1].end == 1_740_873_600


def test_a_wide_column_can_hold_counter_readings(read):
    items, _ = read("day,power [register]\n2025-03-01,100\n2025-03-02,150\n")
    assert [(item.state, item.register) for item in items] == [
        (State.REGISTER, 100.0),
        (State.REGISTER, 150.0),
    ]


def test_a_gas_volume_takes_the_reference_state_of_its_meter(read):
    ((item,), found) = read("what,day,value,unit\nbiogas,2025-03-01,1000,标方\n")
    assert not found
    assert item.value == pytest.approx(1000.0 * 273.15 / 293.15)


def test_everything_that_is_wrong_is_said_at_once_with_its_place(refusals):
    assert refusals(
        "what,day,value,unit\n"
        "inn,2025-03-01,1,t\n"
        "in,2025-02-30,1,t\n"
        "in,2025-04-03,1,t\n"
        'in,2025-03-02,"1,62",t\n'
        "in,2025-03-03,1,kWh\n"
        "in,2025-03-04,,t\n"
        "in,2025-03-05,-5,t\n"
        "in,2025-03-06,2000.1,t\n"
        "in,2025-03-07,1\n"
        "in,2025-03-08,1,t,more\n"
        "in.colour,2025-03-09,1,t\n"
        "stock:plan,2025-03-09,1,t\n"
        "context:cats,2025-03-09,1,1\n"
    ) == [
        ("flow-unknown", 2, "what"),
        ("day-unreadable", 3, "day"),
        ("day-future", 4, "day"),
        ("amount-grouping", 5, "value"),
        ("unit-dimension", 6, "unit"),
        ("amount-empty", 7, "value"),
        ("amount-negative", 8, "value"),
        ("entry-impossible", 9, "value"),
        ("row-broken", 10, ""),
        ("row-broken", 11, ""),
        ("property-unknown", 12, "what"),
        ("stock-unknown", 13, "what"),
        ("context-unknown", 14, "what"),
    ]


def test_an_unknown_name_is_given_its_nearest(read):
    _, (flow, stock, prop) = read(
        "what,day,value,unit\npowr,2025-03-01,1,MWh\nstock:plnt,2025-03-01,1,t\n"
        "in.moistur,2025-03-01,1,%\n"
    )
    assert [item.params["nearest"] for item in (flow, stock, prop)] == [
        "power",
        "stock:plant",
        "in.moisture",
    ]
    assert (flow.where, flow.file, flow.row) == ("powr", "march.csv", 2)


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("in,2025-03-01,1,t,,tomorrow,,,", "quality-unknown", "quality"),
        ("in,2025-03-01,1,t,5 pears,,,,", "unit-unknown", "sigma"),
        ("in,2025-03-01,1,t,-1,,,,", "value-range", "sigma"),
        ("in,2025-03-01,1,t,,,no-scale,,", "device-unknown", "device"),
        ("in,2025-03-01,1,t,,,,perhaps,", "state-unknown", "state"),
        ("in,2025-03-01,1,t,,,,missing,", "state-unknown", "state"),
        ("in,2025-03-01,1,t,,,,zero,", "state-unknown", "state"),
        ("in,2025-03-01,1,wagons,,,,,", "unit-unknown", "unit"),
        (",2025-03-01,1,t,,,,,", "flow-unknown", "what"),
        ("in,3025-03-01,1,t,,,,,", "day-outside", "day"),
        ("in.moisture,2025-03-01,50,,,,,,", "share-impossible", "value"),
        ("stock:plant,2025-03-01,,,,,,,5", "register-form", "register"),
        ("power,2025-03-01,,,,,,,1x", "register-form", "register"),
        ("power,2025-03-01,,,,,,,-1", "register-form", "register"),
    ],
)
def test_a_cell_beside_the_value_is_named_by_its_column(read, row, code, column):
    _, found = read(f"what,day,value,unit,sigma,quality,device,state,register\n{row}\n")
    assert [(item.code, item.column) for item in errors(found)] == [(code, column)]


def test_a_missing_reading_may_be_said_in_a_column_of_its_own(read):
    ((item,), _) = read("what,day,value,state\nin,2025-03-01,,缺\n")
    assert item.state is State.MISSING


@pytest.mark.parametrize(
    ("header", "code", "row"),
    [
        ("what,day,value,unit,sigmma", "key-unknown", 1),
        ("what,day,unit", "key-missing", 1),
        ("what,value,unit", "key-missing", 1),
        ("what,day,day,value", "id-duplicate", 1),
        ("when,in,ash", "header-unknown", 1),
        ("what|day|value", "header-unknown", 1),
        ("day,in,inn", "flow-unknown", 1),
        ("day,in,in [kg]", "id-duplicate", 1),
    ],
)
def test_a_header_that_cannot_be_read_is_refused(read, header, code, row):
    cells = ",".join(["2025-03-01"] + ["1"] * header.count(","))
    _, found = read(f"{header}\n{cells}\n")
    assert (code, row) in {(item.code, item.row) for item in errors(found)}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"\n \n", "file-empty"),
        (b"\xff\xff\xff\x00\x81", "file-not-utf8"),
        ("what,day,value\n".encode("utf-16-le"), "file-not-utf8"),
        ("what,day,value\n".encode("utf-32"), "file-not-utf8"),
    ],
)
def test_a_file_without_text_is_refused(read, data, code):
    assert [item.code for item in read(data)[1]] == [code]


def test_an_open_quote_breaks_the_row_and_not_the_program(refusals):
    assert ("row-broken", 3, "") in refusals('what,day,value\nin,2025-03-01,1\n"in,2025-03-02,2\n')


def test_blank_rows_count_as_rows_of_the_sheet(refusals):
    assert refusals("what,day,value,unit\n\n,,,\nin,2025-03-40,1,t\n") == [
        ("day-unreadable", 4, "day")
    ]


def test_the_same_time_twice_by_the_same_meter_is_a_duplicate(read):
    _, found = read(
        "what,start,end,value,unit,device\n"
        "in,2025-03-01,2025-03-02,1,t,\n"
        "in,2025-03-01 12:00,2025-03-03,1,t,\n"
        "in,2025-03-01,2025-03-02,1,t,belt\n"
        "in,2025-03-03,2025-03-04,1,t,\n"
    )
    found = errors(found)
    assert [(item.code, item.row, item.params["other"]) for item in found] == [
        ("entry-duplicate", 3, 2)
    ]


def test_a_day_total_beside_its_tickets_would_count_twice(refusals):
    assert refusals(
        "what,day,value,unit,ticket\n"
        "in,2025-03-01,10,t,T1\n"
        "in,2025-03-01,11,t,T2\n"
        "in,2025-03-01,21,t,\n"
    ) == [("entry-duplicate", 4, "value")]


def test_a_ticket_number_is_used_once(read):
    _, found = read(
        "what,day,value,unit,ticket\n"
        "in,2025-03-01,10,t,T1\n"
        "in,2025-03-02,11,t,T1\n"
        "ash,2025-03-02,11,t,T1\n"  # another scale
    )
    (again,) = errors(found)
    assert (again.code, again.row, again.params["other"]) == ("ticket-duplicate", 3, 2)


def test_a_counter_that_drops_is_refused_and_one_that_turns_over_is_not(refusals):
    head = "what,day,register,device\n"
    assert refusals(head + "power,2025-03-01,9990,\npower,2025-03-02,40,\n") == []
    assert refusals(head + "power,2025-03-01,9990,\npower,2025-03-02,9900,\n") == [
        ("register-drop", 3, "register")
    ]
    assert refusals(head + "in,2025-03-02,5,\nin,2025-03-01,9,\n") == [
        ("register-drop", 2, "register")
    ]


def test_a_counter_that_ran_beyond_capacity_is_refused(refusals):
    head = "what,day,register\n"
    assert refusals(head + "power,2025-03-01,0\npower,2025-03-02,1000\n") == []
    assert refusals(head + "power,2025-03-01,0\npower,2025-03-02,1001\n") == [
        ("entry-impossible", 3, "register")
    ]


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("300", []),
        ("110", []),
        ("890", []),
        ("90", ["entry-unlikely"]),
        ("950", ["entry-unlikely"]),
        ("0", []),
        ("0.3", ["entry-slip"]),
        ("30", ["entry-slip"]),
    ],
)
def test_what_is_far_from_usual_is_said_and_kept(read, value, codes):
    items, found = read(f"what,day,value,unit\nin,2025-03-01,{value},t\n")
    assert [item.code for item in found] == codes
    assert len(items) == 1
    assert not errors(found)


def test_a_truck_is_not_held_against_the_day(read):
    _, found = read("what,day,value,unit,ticket\nin,2025-03-01,9.5,t,T1\n")
    assert not found


def test_more_findings_than_anybody_reads_are_counted(read):
    rows = "".join(f"in,2025-03-01,{'x'},t\n" for _ in range(300))
    _, found = read("what,day,value,unit\n" + rows)
    assert len(found) == MOST_FINDINGS + 1
    assert (found[-1].code, found[-1].params["count"]) == ("findings-more", 100)
