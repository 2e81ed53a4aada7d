"""Limits are judged over their span: the limit passes, one beyond is said, and missing data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

import facilities
from flows.findings import Severity
from reports.words import Words
from tui.entering import import_file
from tui.session import Session

PARK = """
    [park]
    id = "works"
    zone = "Asia/Shanghai"
    [[process]]
    id = "bunker"
    [[flow]]
    id = "waste"
    from = "environment"
    to = "bunker"
    unit = "t"
    sigma = "1 %"
    max = "400 t/d"
    [[flow]]
    id = "water"
    from = "bunker"
    to = "environment:sewer"
    kind = "volume"
    density = 1.0
    unit = "m3"
    sigma = "1 %"
    [[stock]]
    process = "bunker"
    unit = "t"
    sigma = "5 t"
    [[property]]
    id = "cod"
    kind = "concentration"
    unit = "mg/L"
    [[context]]
    id = "district-waste"
    kind = "mass"
    unit = "t"
    [[chain]]
    id = "waste-to-water"
    [[chain.step]]
    id = "water-per-waste"
    outputs = ["water"]
    inputs = ["waste"]
    unit = "m3/t"
"""


def limit(of, bound, unit, span, side="max", more=""):
    return dedent(f"""
        [[limit]]
        id = "load"
        of = "{of}"
        {side} = {bound}
        unit = "{unit}"
        span = "{span}"
        names = {{ en = "Permitted load", zh = "许可负荷" }}
        source = "permit 7"
        confidence = "well known"
        {more}
    """)


def days(what, values, first=date(2025, 3, 1), unit="t"):
    """Rows of consecutive days; None is a day without a reading."""
    return [
        f"{what},{first + timedelta(days=at)},{value},{unit}"
        for at, value in enumerate(values)
        if value is not None
    ]


@pytest.fixture
def said(tmp_path):
    """Findings of a period about limits and targets, by a park's limits and its log."""

    def make(limits, rows, period="2025-03"):
        folder = tmp_path / f"park-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "park.toml").write_text(dedent(PARK) + dedent(limits), encoding="utf-8")
        (folder / "log.csv").write_text("\n".join(["what,day,value,unit", *rows]), encoding="utf-8")
        Session.create(folder)
        with Session.open(folder) as session:
            import_file(session, folder / "log.csv", "test")
        with Session.open(folder, readonly=True) as session:
            return [
                item
                for item in session.findings(period)
                if item.code.startswith(("limit-", "target-"))
            ]

    return make


def test_the_value_at_the_limit_passes_and_is_near_and_one_above_it_does_not(said):
    at = said(limit("waste", 100, "t/d", "month"), days("waste", [100] * 31))
    assert [item.code for item in at] == ["limit-near"]
    (over,) = said(limit("waste", 100, "t/d", "month"), days("waste", [110] * 31))
    assert (over.code, over.severity, over.where) == ("limit-exceeded", Severity.ERROR, "waste")
    assert over.params["value"] == pytest.approx(110)
    assert over.params["over"] == pytest.approx(10)
    assert (over.params["source"], over.params["confidence"]) == ("permit 7", "well known")
    assert said(limit("waste", 100, "t/d", "month"), days("waste", [90] * 31)) == []


def test_beyond_by_less_than_two_sigma_or_of_an_unverified_limit_it_is_a_warning(said):
    (little,) = said(limit("waste", 100, "t/d", "day"), days("waste", [90] * 30 + [101]))
    assert (little.code, little.severity) == ("limit-exceeded", Severity.WARNING)
    unsure = limit("waste", 100, "t/d", "month").replace("well known", "uncertain")
    (over,) = said(unsure, days("waste", [150] * 31))
    assert over.severity is Severity.WARNING
    assert "(unverified)" in Words("en").say(over)
    assert "未核实" in Words("zh").say(over)


def test_days_in_a_row_are_one_finding_at_their_worst_and_later_ones_another(said):
    values = [90] * 4 + [120, 130, 125] + [90] * 10 + [140] + [90] * 13
    first, second = said(limit("waste", 100, "t/d", "24h"), days("waste", values))
    assert (first.params["first"], first.params["last"]) == ("2025-03-05", "2025-03-07")
    assert (first.params["count"], first.params["day"]) == (3, "2025-03-06")
    assert (second.params["first"], second.params["value"]) == ("2025-03-18", 140)


def test_an_amount_a_month_is_a_sum_and_a_rate_a_mean(said):
    rows = days("waste", [100] * 31)
    (over,) = said(limit("waste", 3000, "t", "month"), rows)
    assert over.params["value"] == pytest.approx(3100)
    assert said(limit("waste", 3200, "t", "month"), rows) == []


def test_a_least_is_judged_from_below(said):
    (under,) = said(limit("waste", 100, "t/d", "month", "min"), days("waste", [80] * 31))
    assert under.params["problem"] == "low"
    assert "20 t/d below the 100 t/d asked for" in Words("en").say(under)


def test_a_limit_holds_only_on_its_days(said):
    rows = days("waste", [90] * 20 + [150] * 11)
    until = limit("waste", 100, "t/d", "day", more="valid_to = 2025-03-21")
    assert said(until, rows) == []
    begun = limit("waste", 100, "t/d", "day", more="valid_from = 2025-03-31")
    (over,) = said(begun, rows)
    assert (over.params["first"], "count" in over.params) == ("2025-03-31", False)


def test_a_span_that_is_not_over_is_not_due(said):
    rows = days("waste", [150] * 31)
    assert said(limit("waste", 100, "t/d", "year"), rows) == []
    assert said(limit("waste", 100, "t/d", "month"), rows, "2025-03-01..2025-03-30") == []


def test_a_year_is_judged_in_the_month_that_ends_it(said):
    rows = days("waste", [110] * 365, date(2025, 1, 1))
    for period in ("2025-12", "2025"):
        (over,) = said(limit("waste", 100, "t/d", "year"), rows, period)
        assert (over.params["day"], over.params["value"]) == ("2025", 110)
    assert said(limit("waste", 100, "t/d", "year"), rows, "2025-11") == []


def test_missing_days_are_said_where_they_could_carry_the_value_over(said):
    rows = days("waste", [95] * 20 + [None] * 11)
    (open_,) = said(limit("waste", 100, "t/d", "month"), rows)
    assert (open_.code, open_.params["problem"]) == ("limit-missing", "partly")
    assert open_.severity is Severity.INFO
    # eleven days at the 400 t that are possible are no more than 201 t/d over the month
    assert said(limit("waste", 250, "t/d", "month"), rows) == []
    (none,) = said(limit("waste", 100, "t/d", "month"), days("waste", [95] * 5))
    assert (none.code, none.severity) == ("limit-missing", Severity.WARNING)
    (gaps,) = said(limit("waste", 100, "t/d", "day"), days("waste", [90] * 20 + [None] * 11))
    assert (gaps.params["count"], gaps.params["of"], gaps.params["day"]) == (11, 31, "2025-03-21")


def test_samples_are_averaged_over_a_day_or_judged_one_by_one(said):
    rows = ["water.cod,2025-03-03,90,mg/L", "water.cod,2025-03-17,130,mg/L"]
    rows += days("water", [50] * 31, unit="m3")
    (over,) = said(limit("water.cod", 100, "mg/L", "24h"), rows)
    assert (over.where, over.params["day"], over.params["value"]) == (
        "water.cod",
        "2025-03-17",
        130,
    )
    (mean,) = said(limit("water.cod", 105, "mg/L", "month"), rows)
    assert (mean.code, mean.params["value"]) == ("limit-exceeded", 110)
    assert mean.params["sigma"] > 20
    (none,) = said(limit("water.cod", 100, "mg/L", "24h"), days("water", [50] * 31, unit="m3"))
    assert none.code == "limit-missing"


def test_a_stock_and_a_context_figure_have_limits_too(said):
    (full,) = said(limit("stock:bunker", 500, "t", "sample"), ["stock:bunker,2025-03-09,600,t"])
    assert (full.code, full.where) == ("limit-exceeded", "stock:bunker")
    rows = days("context:district-waste", [40] * 31)
    (over,) = said(limit("context:district-waste", 1000, "t", "month"), rows)
    assert over.params["value"] == pytest.approx(1240)
    (lacking,) = said(limit("context:district-waste", 1000, "t", "month"), rows[:30])
    assert lacking.code == "limit-missing"


def test_daily_readings_do_not_tell_of_hours(said):
    (none,) = said(limit("waste", 10, "t/h", "1h"), days("waste", [90] * 31))
    assert none.code == "limit-missing"


@pytest.mark.parametrize(
    ("of", "unit", "span", "problem"),
    [("nothing", "t", "month", "of"), ("waste", "mg/L", "month", "unit"),
     ("waste", "t/d", "fortnight", "span"), ("water.cod", "t/d", "month", "unit")],
)  # fmt: skip
def test_a_limit_that_cannot_be_read_says_why(said, of, unit, span, problem):
    (item,) = said(limit(of, 100, unit, span), days("waste", [90] * 31))
    assert (item.code, item.params["problem"]) == ("limit-unread", problem)


TARGET = """
    [[target]]
    id = "year"
    indicator = "{indicator}"
    names = {{ en = "Waste of the year", zh = "全年进厂量" }}
    value = {value}
    unit = "{unit}"
    sense = "{sense}"
    scope = "{scope}"
    year = 2025
"""


def target(indicator="waste", value=36500, unit="t", sense="at-least", scope="park"):
    return TARGET.format(indicator=indicator, value=value, unit=unit, sense=sense, scope=scope)


def test_a_years_target_says_what_has_come_and_what_the_rest_must_bring(said):
    rows = days("waste", [80] * 90, date(2025, 1, 1))
    (item,) = said(target(), rows)
    assert (item.code, item.severity) == ("target-progress", Severity.INFO)
    assert item.params["value"] == pytest.approx(7200)
    assert (item.params["days"], item.params["rest"]) == (275, 29300)
    assert item.params["rate"] == pytest.approx(29300 / 275, rel=1e-4)
    assert item.params["usual"] == 80
    assert "must bring 29,300 t" in Words("en").say(item)


def test_a_target_is_missed_when_the_year_is_over_or_its_most_is_passed(said):
    rows = days("waste", [80] * 365, date(2025, 1, 1))
    (missed,) = said(target(), rows, "2025")
    assert (missed.code, missed.params["problem"]) == ("target-missed", "missed")
    (reached,) = said(target(value=29000), rows, "2025")
    assert (reached.code, reached.params["problem"]) == ("target-progress", "reached")
    (most,) = said(target(value=5000, sense="at-most"), rows)
    assert (most.code, most.params["problem"]) == ("target-missed", "missed-already")


def test_a_yield_needs_what_brings_the_mean_to_its_target(said):
    rows = days("waste", [100] * 90, date(2025, 1, 1))
    rows += days("water", [20] * 90, date(2025, 1, 1), unit="m3")
    (item,) = said(target("waste-to-water.water-per-waste", 0.3, "m3/t"), rows)
    assert item.params["value"] == pytest.approx(0.2)
    assert (0.2 * 90 + item.params["rest"] * 275) / 365 == pytest.approx(0.3, rel=1e-4)


def test_what_binds_others_is_not_judged_here(said):
    assert said(target(scope="district"), days("waste", [80] * 31)) == []
    assert said(target("household-waste-recovery", 40, "%"), days("waste", [80] * 31)) == []


@pytest.fixture
def by_standard(tmp_path):
    """Findings about limits in a park of furnace and leachate plant without limits of its own."""

    def make(rows, period):
        text = (Path(facilities.__file__).parent / "parks" / "two-facilities.toml").read_text(
            "utf-8"
        )
        text = text.replace(text[text.index("[[limit]]") : text.index("[[target]]")], "")
        district = 'from = "leachate.reclaimed-to-district"\nto = "environment:district"'
        assert district in text
        out = district.replace("environment:district", "environment:water-body")
        text = text.replace(district, out)
        text += '\n[[property]]\nid = "nox"\nkind = "concentration-gas"\nunit = "mg/Nm3"\n'
        (tmp_path / "park.toml").write_text(text, encoding="utf-8")
        (tmp_path / "log.csv").write_text("\n".join(["what,day,value,unit", *rows]), "utf-8")
        Session.create(tmp_path)
        with Session.open(tmp_path) as session:
            import_file(session, tmp_path / "log.csv", "test")
            return [item for item in session.findings(period) if item.code.startswith("limit-")]

    return make


def test_the_national_standard_is_judged_where_a_furnace_is_sampled(by_standard):
    flue = "incineration.flue-gas.nox"
    rows = [f"{flue},2025-03-0{day},{value},mg/Nm3" for day, value in ((1, 250), (2, 251), (3, 90))]
    near, over = sorted(by_standard(rows, "2025-03"), key=lambda item: item.params["day"])
    assert (near.code, near.params["value"]) == ("limit-near", 250)
    assert (over.code, over.params["limit"], over.params["day"]) == (
        "limit-exceeded", "GB 18485-2014", "2025-03-02",
    )  # fmt: skip
    assert over.params["source"] == "GB 18485-2014 table 4"


def test_a_standard_is_judged_as_long_as_it_is_in_force_and_only_where_water_is_let_out(
    by_standard,
):
    def rows(month):
        return [f"leachate.{of}.cod,{month}-05,{cod},mg/L" for of, cod in
                (("reclaimed-to-district", 101), ("feed", 20000))]  # fmt: skip

    (over,) = by_standard(rows("2024-08"), "2024-08")
    assert (over.where, over.params["limit"]) == (
        "leachate.reclaimed-to-district.cod", "GB 16889-2008 table 2",
    )  # fmt: skip


def test_a_standard_that_was_replaced_says_nothing_of_later_days(by_standard):
    rows = ["leachate.reclaimed-to-district.cod,2024-09-05,101,mg/L"]
    assert by_standard(rows, "2024-09") == []


def test_the_demonstrations_own_limits_are_kept_all_year(demo):
    said = demo("findings", "--period", "2025", "--json").json
    assert [item["code"] for item in said if item["code"].startswith("limit-")] == []


def test_a_breach_is_named_by_the_command_and_in_the_report(program):
    park = program.folder / "park.toml"
    text = park.read_text(encoding="utf-8")
    assert "max = 1600\n" in text
    park.write_text(text.replace("max = 1600\n", "max = 16\n"), encoding="utf-8")
    rows = days("incineration.received", [1300] * 31)
    program.write("log.csv", "\n".join(["what,day,value,unit", *rows]))
    program("import", "log.csv")
    (item,) = [
        item
        for item in program("findings", "--period", "2025-03", "--json").json
        if item["code"] == "limit-exceeded"
    ]
    assert (item["severity"], item["params"]["limit"]) == ("error", "limit:furnace-load")
    said = program("findings", "--period", "2025-03").out
    assert "above the limit Design capacity (limit:furnace-load)" in said
    assert program("findings", "--period", "2025-03", "--strict", check=False).code == 1
    program("report", "--period", "2025-03", "--out", "march.html")
    assert "above the limit Design capacity" in (program.folder / "march.html").read_text("utf-8")


@given(value=st.floats(1.0, 1e4), bound=st.floats(1.0, 1e4), sigma=st.floats(0.0, 100.0))
def test_a_value_is_beyond_near_or_well_within_and_never_two_of_them(value, bound, sigma):
    from facilities.limiting import _excess
    from facilities.park import Limit
    from facilities.windows import Seen

    day = date(2025, 3, 1)
    upper = Limit("x", "waste", "t", None, bound)
    lower = Limit("x", "waste", "t", bound)
    seen = Seen(day, day, "", value, sigma)
    assert (_excess(upper, seen) > 0.0) == (value > bound * (1 + 1e-9))
    assert not (_excess(upper, seen) > 0.0 and _excess(lower, seen) > 0.0)
