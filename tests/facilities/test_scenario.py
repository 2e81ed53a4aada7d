"""Scenario files: read strictly, every reference held against the park, all mistakes at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from facilities.parkfile import BUILTIN, builtin, load
from facilities.scenario import FAULTS, REASONS
from facilities.scenariofile import beside, load_scenario
from flows.errors import Refused
from reports.terms import TERMS

HEAD = """
[scenario]
park = "two-facilities"
first = 2025-01-01
"""


@pytest.fixture(scope="module")
def park():
    return load(builtin("two-facilities"))


@pytest.fixture
def read(park, tmp_path):
    def scenario(text, head=HEAD):
        path = tmp_path / "scenario.toml"
        path.write_text(head + dedent(text), encoding="utf-8")
        return load_scenario(path, park)

    return scenario


@pytest.fixture
def refused(read):
    def findings(text, head=HEAD):
        with pytest.raises(Refused) as caught:
            read(text, head)
        return [(item.row, item.code, item.column) for item in caught.value.findings]

    return findings


@pytest.mark.parametrize("name", [key for key, path in BUILTIN.items() if beside(path).is_file()])
def test_the_scenarios_that_come_with_parkflow_are_read(name):
    scenario = load_scenario(beside(builtin(name)), load(builtin(name)))
    assert scenario.park == name
    assert scenario.drivers
    assert scenario.faults


def test_a_scenario_is_no_park():
    assert not [name for name in BUILTIN if name.endswith("-scenario")]


def test_amounts_carry_their_units_and_days_are_both_included(read):
    scenario = read("""
        [[driver]]
        of = "incineration.received"
        mean = "0.15 万吨/d"
        trend = -0.08
        [[event]]
        of = "incineration.received"
        first = 2025-01-28
        last = 2025-02-04
        factor = 0.8
        [[fault]]
        kind = "unlogged"
        of = "leachate.reclaimed-to-district"
        day = 2025-03-20
        size = "45 m3/d"
        reason = "all-around-metered"
        """)
    assert scenario.drivers[0].mean == 1500.0
    held = [day for day in (27, 28) if scenario.events[0].days.holds(date(2025, 1, day))]
    assert held == [28]
    assert scenario.events[0].days.holds(date(2025, 2, 4))
    assert not scenario.events[0].days.holds(date(2025, 2, 5))
    fault = scenario.faults[0]
    assert (fault.size, fault.first, fault.last) == (45.0, date(2025, 3, 20), date(2025, 3, 20))


def test_all_mistakes_are_said_at_once_each_with_its_line(refused):
    assert refused("""
        [[driver]]
        of = "incineration.recieved"
        months = [1, 2, 3]
        [[event]]
        of = "leachate.feed"
        first = 2025-01-05
        last = 2025-01-01
        factor = -1
        [[fault]]
        kind = "sabotage"
        of = "leachate.feed"
        day = 2025-01-01
        visible_at = ["leachate.mbrr"]
        reason = "because"
        """) == [
        (7, "flow-unknown", "of"),
        (8, "value-type", "months"),
        (10, "flow-unknown", "of"),  # what follows from the rest cannot be scaled
        (12, "span-empty", "last"),
        (13, "value-range", "factor"),
        (15, "value-type", "kind"),
        (18, "process-unknown", "visible_at"),
        (19, "value-type", "reason"),
    ]


@pytest.mark.parametrize(
    ("text", "row", "code", "column"),
    [
        ('[[share]]\nof = "leachate.nf>leachate.feed"', 6, "flow-unknown", "of"),
        ('[[stock]]\nprocess = "leachate.nf"', 6, "stock-unknown", "process"),
        ('[[stock]]\nprocess = "leachate.equalization"\nmean = "3 J"', 7, "unit-dimension", "mean"),
        ('[[stock]]\nprocess = "leachate.equalization"\nevery = "week"', 7, "value-type", "every"),
        ('[[ticket]]\nof = "incineration.bottom-ash"\nprefix = "A"', 5, "key-missing", "load"),
        ('[[sample]]\nof = "leachate.feed.colour"\nmean = 1', 6, "property-unknown", "of"),
        ('[[sample]]\nof = "leachate.feed.cod"\nevery = [9, 5]', 7, "value-type", "every"),
        ('[[missing]]\nof = "leachate.feed"\nday = 2025-01-01', 5, "key-missing", "note"),
        ('[[quality]]\nof = "leachate.feed"\nquality = "guessed"', 7, "value-type", "quality"),
        ('[[context]]\nof = "rain"\nvalue = 1', 6, "context-unknown", "of"),
        ('[[ratio]]\nof = "leachate.feed"\nto = ["x"]\nvalue = 1', 7, "flow-unknown", "to"),
        ('[[driver]]\nof = "leachate.evaporation"\nwek = [1]', 7, "key-unknown", "wek"),
        ('[[driver]]\nof = "incineration.fuel"', 5, "key-missing", "mean"),
        ("[scenery]\na = 1", 5, "key-unknown", "scenery"),
    ],
)  # fmt: skip
def test_a_mistake_is_said_with_line_and_key(refused, text, row, code, column):
    assert (row, code, column) in refused(text)


SWAPPED = """
    [[fault]]
    kind = "swapped"
    of = "leachate.sludge"
    with = "{other}"
    day = 2025-03-01
    reason = "same-balance"
    """


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ("leachate.feed", "unit-kind"),
        ("stock:incineration.bunker", "flow-unknown"),
        ("incineration.raw-gas", "flow-unknown"),  # of which nothing is ever told
    ],
)
def test_only_figures_of_a_kind_that_are_told_can_be_swapped(refused, other, code):
    assert refused(SWAPPED.format(other=other)) == [(9, code, "with")]


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ('[[driver]]\nof = "incineration.received"', "of"),
        ('[[stock]]\nprocess = "incineration.bunker"', "process"),
        ('[[ticket]]\nof = "leachate.sludge"\nload = "9 t"\nprefix = "A"', "of"),
    ],
)
def test_nothing_is_said_twice_of_the_same(refused, table, key):
    line = 7 + table.count("\n")
    assert refused(f"{table}\n{table}") == [(line, "id-duplicate", key)]


def test_only_where_mass_closes_can_something_leak(refused):
    leak = '[[fault]]\nkind = "leak"\nof = "incineration.turbine"\nsize = "1 t/d"\n'
    leak += 'day = 2025-03-01\nreason = "lost-on-the-way"\n'
    assert refused(leak) == [(7, "process-unknown", "of")]
    assert refused(leak.replace("incineration.turbine", "leachate.nf") + "x = 1") == [
        (11, "key-unknown", "x")
    ]


def test_only_what_a_driver_loses_can_go_to_another(refused):
    assert refused("""
        [[driver]]
        of = "incineration.received"
        [[event]]
        of = "incineration.leachate"
        to = "incineration.received"
        day = 2025-01-01
        factor = 0.5
        """) == [(9, "flow-unknown", "of")]


def test_the_scenario_of_another_park_is_refused(refused):
    head = '[scenario]\npark = "gaoantun"\nfirst = 2025-01-01\n'
    assert refused("", head) == [(2, "park-other", "park")]


def test_the_page_lists_every_planted_fault_as_the_scenario_has_it():
    page = (Path(__file__).parents[2] / "docs" / "demonstration.md").read_text(encoding="utf-8")
    told = {tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in page.splitlines()}
    scenario = load_scenario(beside(builtin("chaoyang")), load(builtin("chaoyang")))
    for fault in scenario.faults:
        where = " / ".join(f"`{one}`" for one in (fault.of, fault.other) if one)
        days = " to ".join(dict.fromkeys((str(fault.first), str(fault.last))))
        seen = ", ".join(f"`{one}`" for one in fault.visible_at) or "nowhere"
        assert (fault.kind, where, days, fault.said, seen, fault.reason) in told
    assert sum(line[0] in FAULTS for line in told if line) == len(scenario.faults)


def test_every_sort_of_fault_and_every_reason_has_its_words():
    assert {f"fault-{kind}" for kind in FAULTS} <= set(TERMS)
    assert {f"reason-{reason}" for reason in REASONS} <= set(TERMS)
