"""A month's findings also name yields that drift and stocks that are nearly full."""

from datetime import date, timedelta
from textwrap import dedent

import pytest

from reports.words import Words
from tui.entering import import_file
from tui.inbox.view import inbox
from tui.session import Session

PARK = """
    [park]
    id = "crusher"
    zone = "Asia/Shanghai"
    [[process]]
    id = "crusher"
    [[process]]
    id = "yard"
    [[flow]]
    id = "rubble"
    from = "environment"
    to = "crusher"
    unit = "t"
    sigma = "2 %"
    [[flow]]
    id = "aggregate"
    from = "crusher"
    to = "yard"
    unit = "t"
    sigma = "2 %"
    [[flow]]
    id = "residue"
    from = "crusher"
    to = "environment"
    unit = "t"
    [[flow]]
    id = "sold"
    from = "yard"
    to = "environment"
    unit = "t"
    sigma = "2 %"
    [[stock]]
    process = "yard"
    unit = "t"
    min = "50 t"
    max = "1000 t"
    sigma = "5 t"
    [[chain]]
    id = "rubble-to-aggregate"
    names = { en = "Rubble to aggregate" }
    [[chain.step]]
    id = "aggregate-per-rubble"
    outputs = ["aggregate"]
    inputs = ["rubble"]
    unit = "t/t"
    low = 0.4
    high = 1.0
"""
FIRST = date(2025, 1, 25)


def year(share, level, first=FIRST):
    """Log of 66 days to the end of March: share of rubble that becomes aggregate, level of it."""
    lines = ["what,day,value,unit"]
    for number in range(66):
        day = first + timedelta(days=number)
        fed = 200 + 3 * (number % 5)
        lines.append(f"rubble,{day},{fed},t")
        lines.append(f"aggregate,{day},{round(fed * share(number) + number % 3, 1)},t")
        lines.append(f"sold,{day},{fed // 2},t")
        if day.day in {1, 20}:
            lines.append(f"stock:yard,{day},{level(day)},t")
    return "\n".join(lines) + "\n"


@pytest.fixture
def found(tmp_path):
    """Findings of March by code."""

    def make(share=lambda _: 0.8, level=lambda _: 400, seasonal=None):
        park = dedent(PARK) + ("" if seasonal is None else "seasonal = true\n")
        (tmp_path / "park.toml").write_text(park, encoding="utf-8")
        (tmp_path / "log.csv").write_text(year(share, level), encoding="utf-8")
        (tmp_path / "before.csv").write_text(
            year(seasonal or share, level, FIRST - timedelta(days=364)), encoding="utf-8"
        )
        Session.create(tmp_path)
        with Session.open(tmp_path) as session:
            import_file(session, tmp_path / "log.csv", "test")
            if seasonal:
                import_file(session, tmp_path / "before.csv", "test")
            leads = {item.finding.code: item for item in inbox(session, "2025-03").entries}
            make.leads.update(leads)
            return {item.code: item for item in session.findings("2025-03")}

    make.leads = {}

    return make


def test_a_plant_that_runs_as_it_did_and_a_yard_half_full_are_not_named(found):
    assert {"yield-drift", "stock-near-bound"} & set(found()) == set()


def test_a_yield_that_falls_week_by_week_is_named_with_both_values_and_days(found):
    said = found(lambda number: 0.8 if number < 38 else 0.8 - 0.006 * (number - 38))
    item = said["yield-drift"]
    assert item.where == "rubble-to-aggregate.aggregate-per-rubble"
    assert item.params["usual"] == pytest.approx(0.805, abs=0.005)
    assert item.params["value"] == pytest.approx(0.68, abs=0.02)
    assert (item.params["first"], item.params["last"]) == ("2025-03-18", "2025-03-31")
    assert "has drifted: 0.6" in Words("en").say(item)


def fall(number):
    return 0.8 if number < 38 else 0.8 - 0.006 * (number - 38)


def test_a_yield_of_the_season_is_judged_by_the_same_weeks_a_year_before(found):
    assert "yield-drift" not in found(fall, seasonal=fall)


def test_a_yield_of_the_season_without_a_year_before_is_not_judged(found):
    assert "yield-drift" not in found(fall, seasonal=False)


def test_a_yield_that_falls_where_its_season_did_not_is_named_with_that_year(found):
    item = found(fall, seasonal=lambda _: 0.8)["yield-drift"]
    assert item.params["usual"] == pytest.approx(0.805, abs=0.005)
    assert "in the weeks before, carried on as the same weeks of 2024 went" in Words("en").say(item)


def test_a_yard_that_fills_up_is_named_at_its_highest(found):
    levels = {1: 880, 20: 950}
    item = found(level=lambda day: levels[day.day])["stock-near-bound"]
    assert (item.where, item.params["value"], item.params["bound"]) == ("stock:yard", 950, 1000)
    assert item.params["day"] == "2025-03-20"
    assert "was 95 % full" in Words("en").say(item)
    assert "已达 95 %" in Words("zh").say(item)


def test_a_yard_that_must_not_run_empty_is_named_before_it_does(found):
    item = found(level=lambda day: 60 if day.day == 20 else 400)["stock-near-bound"]
    assert item.params["problem"] == "low"
    assert "was down to 60 t" in Words("en").say(item)


def test_a_drift_leads_to_its_step_and_a_full_yard_to_its_line_on_that_day(found):
    levels = {1: 880, 20: 950}
    found(
        lambda number: 0.8 if number < 38 else 0.8 - 0.006 * (number - 38),
        level=lambda day: levels[day.day],
    )
    drift, yard = found.leads["yield-drift"], found.leads["stock-near-bound"]
    assert (drift.kind, drift.leads) == ("yields", "chain")
    assert (yard.kind, yard.leads, yard.what) == ("limits", "sheet", "stock:yard")
    assert yard.since == date(2025, 3, 20)
