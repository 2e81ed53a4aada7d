"""Small networks with an answer in closed form, from the text of the file to the answer."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from flows.measured import Measured
from flows.network import Device, Flow, FlowNetwork, Process, Relation, Stock
from flows.networkfile.file import read_network
from flows.reconcile import asjson, reconcile


def one_process(first, second, head=""):
    return read_network(
        f"""
        {head}
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        {first}
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        {second}
        """
    )


def values(rows):
    return [row.reconciled for row in rows]


def codes(answer):
    return [item.code for item in answer.findings]


def test_two_equal_meters_meet_in_the_middle():
    answer = one_process("value = 100\nsigma = 5", "value = 110\nsigma = 5").reconcile()
    assert values(answer.flows) == pytest.approx([105, 105], rel=1e-15)
    assert [row.sigma_reconciled for row in answer.flows] == pytest.approx(
        [5 / math.sqrt(2)] * 2, rel=1e-14
    )
    assert [row.adjustment for row in answer.flows] == pytest.approx([5, -5], rel=1e-14)
    assert [row.normalized_adjustment for row in answer.flows] == pytest.approx(
        [math.sqrt(2), -math.sqrt(2)], rel=1e-14
    )
    assert (answer.chi2, answer.dof) == (pytest.approx(2.0, rel=1e-14), 1)
    assert answer.p_value == pytest.approx(0.15729921, abs=5e-9)
    assert not answer.suspect
    assert answer.balance_residual <= 1e-15
    assert [row.klass for row in answer.flows] == ["redundant"] * 2


def test_the_worse_meter_gives_way_by_its_variance():
    answer = one_process("value = 100\nsigma = 5", "value = 110\nsigma = 10").reconcile()
    assert values(answer.flows) == pytest.approx([102, 102], rel=1e-15)
    assert answer.flows[0].sigma_reconciled == pytest.approx(4.47213595499958, rel=1e-14)
    assert (answer.chi2, answer.dof) == (pytest.approx(0.8, rel=1e-14), 1)


def test_an_exact_value_is_never_adjusted():
    answer = one_process("value = 100\nsigma = 0", "value = 110\nsigma = 10").reconcile()
    assert values(answer.flows) == [100, 100]
    assert [row.sigma_reconciled for row in answer.flows] == [0, 0]
    assert [row.klass for row in answer.flows] == ["exact", "redundant"]
    assert (answer.chi2, answer.dof) == (pytest.approx(1.0, rel=1e-14), 1)


def test_contradicting_exact_values_name_the_balance_and_its_residual():
    answer = one_process("value = 100\nsigma = 0", "value = 110\nsigma = 0").reconcile()
    assert not answer.feasible
    assert values(answer.flows) == [None, None]
    assert (answer.chi2, answer.p_value, answer.suspect) == (None, None, False)
    (found,) = answer.findings
    assert (found.code, found.where, found.params["residual"]) == ("infeasible", "P", -10.0)
    assert np.isnan(answer.covariance(["in", "out"])).all()


def test_a_contradiction_over_several_balances_names_them_all():
    answer = read_network(
        """
        [[flow]]
        id = "in"
        from = "environment"
        to = "A"
        value = 100
        sigma = 0
        [[flow]]
        id = "between"
        from = "A"
        to = "B"
        value = 50
        sigma = 1
        [[flow]]
        id = "out"
        from = "B"
        to = "environment"
        value = 90
        sigma = 0
        """
    ).reconcile()
    (found,) = answer.findings
    assert found.params["balance"] == "A, B"
    assert found.params["residual"] == 10.0


def test_a_residual_is_said_in_the_unit_of_the_file():
    unit = 'unit = "kg"'
    answer = one_process(
        f"value = 100\nsigma = 0\n{unit}", f"value = 110\nsigma = 0\n{unit}"
    ).reconcile()
    (found,) = answer.findings
    assert found.params["residual"] == pytest.approx(-10.0, rel=1e-12)
    assert found.params["unit"] == "kg"


def test_what_is_left_over_is_observable_with_its_sigma():
    answer = read_network(
        """
        [[flow]]
        id = "in"
        from = "environment"
        to = "A"
        value = 100
        sigma = 2
        [[flow]]
        id = "b"
        from = "A"
        to = "environment"
        value = 60
        sigma = 3
        [[flow]]
        id = "u"
        from = "A"
        to = "environment"
        """
    ).reconcile()
    assert [row.klass for row in answer.flows] == ["nonredundant", "nonredundant", "observable"]
    assert answer.flows[2].reconciled == 40
    assert answer.flows[2].sigma_reconciled == pytest.approx(math.sqrt(13), rel=1e-14)
    assert answer.flows[2].measured is None
    assert [row.adjustment for row in answer.flows] == [0, 0, None]
    assert (answer.dof, answer.chi2, answer.p_value) == (0, None, None)
    assert codes(answer) == ["nothing-redundant"]
    # The ratio u/in needs the covariance: cov(in, u) = var(in).
    np.testing.assert_allclose(
        answer.covariance(["in", "u"]), [[4.0, 4.0], [4.0, 13.0]], rtol=1e-14
    )


def test_a_missing_day_is_filled_by_the_balance_and_not_called_tested():
    answer = one_process("value = 100\nsigma = 5", "").reconcile()
    assert values(answer.flows) == [100, 100]
    assert [row.sigma_reconciled for row in answer.flows] == [5, 5]
    assert [row.klass for row in answer.flows] == ["nonredundant", "observable"]
    assert (answer.dof, answer.chi2, answer.p_value) == (0, None, None)


def test_the_same_balance_twice_is_one_degree_of_freedom():
    text = """
        [[flow]]
        id = "in"
        from = "environment"
        to = "P"
        value = 100
        sigma = 5
        [[flow]]
        id = "out"
        from = "P"
        to = "environment"
        value = 110
        sigma = 5
        """
    twice = text + "[[relation]]\nterms = { in = 2.0, out = -2.0 }\n"
    once, again = read_network(text).reconcile(), read_network(twice).reconcile()
    assert again.dof == once.dof == 1
    assert again.chi2 == pytest.approx(once.chi2, rel=1e-14)
    assert values(again.flows) == pytest.approx(values(once.flows), rel=1e-15)


@pytest.mark.parametrize("unit", ["kg/s", "t/h", "kg/d", "万吨/a"])
def test_a_change_of_unit_changes_no_test(unit):
    factor = {"kg/s": 1000 / 86400, "t/h": 1 / 24, "kg/d": 1000, "万吨/a": 365e-4}[unit]
    plain = one_process(
        'value = 100\nsigma = 5\nunit = "t/d"', 'value = 110\nsigma = 10\nunit = "t/d"'
    ).reconcile()
    other = one_process(
        f'value = {100 * factor}\nsigma = {5 * factor}\nunit = "{unit}"',
        f'value = {110 * factor}\nsigma = {10 * factor}\nunit = "{unit}"',
    ).reconcile()
    for row, same in zip(other.flows, plain.flows, strict=True):
        assert row.unit == unit
        assert row.reconciled == pytest.approx(same.reconciled * factor, rel=1e-12)
        assert row.sigma_reconciled == pytest.approx(same.sigma_reconciled * factor, rel=1e-12)
        assert row.normalized_adjustment == pytest.approx(same.normalized_adjustment, rel=1e-12)
    assert other.chi2 == pytest.approx(plain.chi2, rel=1e-12)
    assert other.p_value == pytest.approx(plain.p_value, rel=1e-12)


def test_flows_of_one_process_may_be_written_in_different_units():
    answer = one_process(
        'value = 100\nsigma = 5\nunit = "t/d"',
        'value = 3410000\nsigma = 155000\nunit = "kg"',
        head="[network]\nstart = 2025-03-01\nend = 2025-04-01",
    ).reconcile()
    assert [row.unit for row in answer.flows] == ["t/d", "kg"]
    assert values(answer.flows) == pytest.approx([105, 3_255_000], rel=1e-14)
    assert answer.chi2 == pytest.approx(2.0, rel=1e-12)


def test_a_month_of_daily_readings_meets_its_invoice():
    days = "".join(
        f"""
        [[reading]]
        of = "in"
        start = 2025-04-{day:02}
        end = {"2025-05-01" if day == 30 else f"2025-04-{day + 1:02}"}
        value = 10
        sigma = 1
        unit = "t"
        """
        for day in range(1, 31)
    )
    answer = one_process(
        'value = 310\nsigma = 2\nunit = "t"',
        days,
        head="[network]\nstart = 2025-04-01\nend = 2025-05-01",
    ).reconcile()
    month, out = answer.flows
    assert month.reconciled == pytest.approx(308.82352941176467, rel=1e-14)
    assert month.sigma_reconciled == pytest.approx(1.8786728732554485, rel=1e-14)
    assert (answer.chi2, answer.dof) == (pytest.approx(2.9411764705882355, rel=1e-14), 1)
    (total,) = answer.readings
    assert (total.id, total.measured, total.unit) == ("in", 300.0, "t")
    assert total.sigma == pytest.approx(math.sqrt(30), rel=1e-14)
    assert total.reconciled == pytest.approx(month.reconciled, rel=1e-14)
    assert out.klass == "observable"


def test_each_day_takes_its_share_of_the_difference_to_the_invoice():
    # Thirty parallel flows into a node, the month out of it: the days as variables of their own.
    network = FlowNetwork(
        processes=(Process("month"),),
        flows=(
            *(Flow(f"day-{i}", "environment", "month") for i in range(30)),
            Flow("invoice", "month", "environment"),
        ),
    )
    measured = [Measured(f"day-{i}", 10.0, 1.0) for i in range(30)] + [
        Measured("invoice", 310.0, 2.0)
    ]
    answer = reconcile(network, measured)
    assert values(answer.flows[:30]) == pytest.approx([10.294117647058824] * 30, rel=1e-14)
    assert answer.flows[30].reconciled == pytest.approx(308.8235294117647, rel=1e-14)
    assert answer.flows[30].sigma_reconciled == pytest.approx(1.8786728732554485, rel=1e-14)
    assert (answer.chi2, answer.dof) == (pytest.approx(2.9411764705882355, rel=1e-14), 1)


def test_a_silo_over_two_days_shares_the_level_between_them():
    # Levels s0, s1, s2 as flows through the nodes "day 1" and "day 2": s0 + in1 = out1 + s1.
    ends = {
        "in1": ("environment", "one"),
        "out1": ("one", "environment"),
        "in2": ("environment", "two"),
        "out2": ("two", "environment"),
        "s0": ("environment", "one"),
        "s1": ("one", "two"),
        "s2": ("two", "environment"),
    }
    network = FlowNetwork(
        processes=(Process("one"), Process("two")),
        flows=tuple(Flow(name, *pair) for name, pair in ends.items()),
    )
    readings = {
        "in1": (30, 2),
        "out1": (15, 2),
        "in2": (40, 2),
        "out2": (25, 2),
        "s0": (100, 1),
        "s1": (110, 1),
        "s2": (130, 1),
    }
    answer = reconcile(network, [Measured(name, *pair) for name, pair in readings.items()])
    expected = [
        28.181818181818183,
        16.818181818181817,
        41.81818181818182,
        23.181818181818183,
        99.54545454545455,
        110.9090909090909,
        129.54545454545453,
    ]
    assert values(answer.flows) == pytest.approx(expected, rel=1e-14)
    assert (answer.chi2, answer.dof) == (pytest.approx(4.545454545454546, rel=1e-14), 2)


def test_a_growing_stock_closes_the_balance():
    answer = one_process(
        "value = 30\nsigma = 2",
        "value = 15\nsigma = 2\n[[stock]]\nprocess = 'P'\nopening = 100\nclosing = 110\nsigma = 1",
    ).reconcile()
    (stock,) = answer.stocks
    # 30 - 15 - 10 = 5 over a variance of 4 + 4 + 2.
    assert stock.id == "stock:P"
    assert stock.measured == 10
    assert stock.sigma == pytest.approx(math.sqrt(2), rel=1e-15)
    assert stock.reconciled == pytest.approx(11, rel=1e-14)
    assert values(answer.flows) == pytest.approx([28, 17], rel=1e-14)
    assert answer.chi2 == pytest.approx(2.5, rel=1e-14)
    assert answer.balance_residual <= 1e-15


def test_an_unmeasured_stock_takes_the_difference():
    answer = one_process(
        "value = 30\nsigma = 2", "value = 15\nsigma = 2\n[[stock]]\nprocess = 'P'"
    ).reconcile()
    (stock,) = answer.stocks
    assert (stock.klass, stock.reconciled) == ("observable", 15)
    assert answer.dof == 0


def test_phosphorus_to_air_and_to_water_cannot_be_told_apart():
    answer = read_network(
        """
        [[flow]]
        id = "feed"
        from = "environment"
        to = "plant"
        value = 10
        sigma = 1
        [[flow]]
        id = "to-air"
        from = "plant"
        to = "environment:air"
        [[flow]]
        id = "to-water"
        from = "plant"
        to = "environment:water"
        """
    ).reconcile()
    air, water = answer.flows[1:]
    assert [air.klass, water.klass] == ["unobservable"] * 2
    assert [air.reconciled, water.reconciled] == [None, None]
    assert [air.sigma_reconciled, water.sigma_reconciled] == [None, None]
    # But neither is below zero, so neither is above what enters.
    assert air.interval == pytest.approx((0, 10), abs=1e-9)
    assert codes(answer) == ["flow-unobservable", "nothing-redundant"]
    assert answer.findings[0].params == {"members": "to-air, to-water", "count": 2}
    covariance = answer.covariance(["feed", "to-air"])
    assert covariance[0, 0] == 1
    assert np.isnan(covariance[1]).all()


def test_an_exact_share_of_what_enters_leaves_by_its_flow():
    # ash = 0.25 in; in = 100 +- 3, ash = 26 +- 1: ash/4 is a reading of in/16...
    answer = one_process(
        "value = 100\nsigma = 3",
        """value = 26
        sigma = 1
        [[flow]]
        id = "gas"
        from = "P"
        to = "environment:air"
        [[coefficient]]
        process = "P"
        flow = "out"
        value = 0.25
        """,
    ).reconcile()
    # in = (100/9 + 4*26/16) / (1/9 + 1/16), by weights 1/9 and 1/16 of two readings 100 and 104
    total = (100 / 9 + 104 / 16) / (1 / 9 + 1 / 16)
    assert values(answer.flows) == pytest.approx([total, total / 4, total * 3 / 4], rel=1e-14)
    assert answer.dof == 1
    (share,) = answer.coefficients
    assert (share.process, share.flow) == ("P", "out")
    assert (share.row.reconciled, share.row.klass) == (0.25, "exact")


def test_a_relation_with_sigma_is_one_more_meter():
    # in - 2 out = 0 +- 1 says what a meter of in - 2 out reading 0 would say.
    answer = one_process(
        "value = 100\nsigma = 3",
        """value = 48
        sigma = 2
        [[flow]]
        id = "rest"
        from = "P"
        to = "environment"
        [[relation]]
        id = "half"
        terms = { in = 1.0, out = -2.0 }
        value = 0
        sigma = 1
        """,
    ).reconcile()
    # Residual 100 - 96 - 0 = 4 over 9 + 16 + 1 = 26.
    (half,) = answer.relations
    assert values(answer.flows[:2]) == pytest.approx([100 - 36 / 26, 48 + 32 / 26], rel=1e-14)
    assert half.id == "half"
    assert half.reconciled == pytest.approx(4 / 26, rel=1e-13)
    assert answer.chi2 == pytest.approx(16 / 26, rel=1e-14)
    assert (half.klass, answer.dof) == ("redundant", 1)


def test_contradicting_relations_are_named():
    answer = one_process(
        "value = 100\nsigma = 3",
        """
        [[relation]]
        id = "ten"
        terms = { in = 1.0 }
        value = 10
        [[relation]]
        id = "eleven"
        terms = { out = 1.0 }
        value = 11
        """,
    ).reconcile()
    assert not answer.feasible
    (found,) = answer.findings
    assert set(found.params["balance"].split(", ")) == {"P", "ten", "eleven"}


def test_mass_and_energy_close_together_tied_by_a_relation():
    # A boiler: 10 t of fuel at exactly 20 GJ/t against 210 GJ of heat and loss, at one go.
    network = FlowNetwork(
        layers=("mass", "energy"),
        processes=(Process("boiler", closes=("mass", "energy")),),
        flows=(
            Flow("fuel", "environment", "boiler"),
            Flow("flue", "boiler", "environment"),
            Flow("fuel-energy", "environment", "boiler", kind="energy-lhv", layer="energy"),
            Flow("power", "boiler", "environment", kind="electricity", layer="energy", factor=3.6),
            Flow("loss", "boiler", "environment", kind="heat", layer="energy"),
        ),
        relations=(Relation("lhv", (("fuel-energy", 1.0), ("fuel", -20.0))),),
    )
    measured = [
        Measured("fuel", 10.0, 0.5),
        Measured("power", 50.0, 1.0),
        Measured("loss", 30.0, 3.0),
    ]
    answer = reconcile(network, measured, layer="joint")
    rows = {row.id: row for row in answer.flows}
    # 20*10 - 3.6*50 - 30 = -10 over 100 + 12.96 + 9
    pull = -10 / (100 + 12.96 + 9)
    assert rows["fuel"].reconciled == pytest.approx(10 - pull * 0.25 * 20, rel=1e-14)
    assert rows["power"].reconciled == pytest.approx(50 + pull * 3.6, rel=1e-14)
    assert rows["loss"].reconciled == pytest.approx(30 + pull * 9, rel=1e-14)
    assert rows["fuel-energy"].reconciled == pytest.approx(20 * rows["fuel"].reconciled, rel=1e-14)
    assert rows["flue"].klass == "observable"
    assert answer.chi2 == pytest.approx(100 / 121.96, rel=1e-14)
    mass = reconcile(network, measured, layer="mass")
    assert [row.id for row in mass.flows] == ["fuel", "flue"]
    assert mass.dof == 0


def test_a_process_that_need_not_close_is_ground():
    network = FlowNetwork(
        processes=(Process("furnace", closes=()),),
        flows=(Flow("in", "environment", "furnace"), Flow("out", "furnace", "environment")),
    )
    answer = reconcile(network, [Measured("in", 10.0, 1.0), Measured("out", 99.0, 1.0)])
    assert [row.klass for row in answer.flows] == ["nonredundant"] * 2
    assert answer.dof == 0


def test_what_two_readings_of_one_scale_share_does_not_part_them():
    # in and out over one scale with a common bias of 4: only the independent parts may move
    # them apart, and both keep the bias.
    network = FlowNetwork(
        processes=(Process("P"),),
        flows=(
            Flow("in", "environment", "P", device="scale"),
            Flow("out", "P", "environment", device="scale"),
        ),
        devices=(Device("scale"),),
    )
    shared = [
        Measured("in", 100.0, 3.0, bias_sigma=4.0, device="scale"),
        Measured("out", 110.0, 3.0, bias_sigma=4.0, device="scale"),
    ]
    answer = reconcile(network, shared)
    assert values(answer.flows) == pytest.approx([105, 105], rel=1e-14)
    assert answer.chi2 == pytest.approx(100 / 18, rel=1e-13)
    assert [row.sigma for row in answer.flows] == pytest.approx([5, 5])
    assert answer.flows[0].sigma_reconciled == pytest.approx(math.sqrt(4.5 + 16), rel=1e-13)
    apart = [Measured(item.of, item.value, 3.0, bias_sigma=4.0) for item in shared]
    assert reconcile(network, apart).chi2 == pytest.approx(100 / 50, rel=1e-13)


def test_a_second_reading_of_a_flow_is_a_second_measurement_of_it():
    network = FlowNetwork(
        processes=(Process("P"),),
        flows=(Flow("in", "environment", "P"), Flow("out", "P", "environment")),
        stocks=(Stock("P"),),
    )
    measured = [
        Measured("in", 100.0, 2.0),
        Measured("in", 104.0, 2.0),
        Measured("stock:P", 1.0, 0.0),
    ]
    answer = reconcile(network, measured)
    assert values(answer.flows) == pytest.approx([102, 101], rel=1e-14)
    assert answer.flows[0].sigma_reconciled == pytest.approx(math.sqrt(2), rel=1e-14)
    assert (answer.flows[0].adjustment, answer.readings[0].adjustment) == pytest.approx((2, -2))
    assert (answer.dof, answer.chi2) == (1, pytest.approx(2.0, rel=1e-14))
    assert answer.stocks[0].klass == "exact"


def test_an_unknown_name_is_a_mistake_of_the_program():
    with pytest.raises(KeyError, match="nowhere"):
        reconcile(FlowNetwork(), [Measured("nowhere", 1.0, 1.0)])


def test_the_json_has_the_promised_keys_and_no_nan():
    file = one_process(
        'value = 100\nsigma = 2\nunit = "t/d"', 'value = 110\nsigma = 2\nunit = "t/d"'
    )
    said = []

    def say(item):
        said.append(item.code)
        return f"text of {item.code}"

    data = asjson(file.reconcile(), say=say)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert list(data)[:8] == [
        "converged",
        "feasible",
        "suspect",
        "bounds_active",
        "chi2",
        "dof",
        "p_value",
        "balance_residual",
    ]
    assert set(data["flows"][0]) == {
        "id",
        "unit",
        "measured",
        "sigma",
        "reconciled",
        "sigma_reconciled",
        "adjustment",
        "normalized_adjustment",
        "class",
    }
    assert data["flows"][0]["unit"] == "t/d"
    assert data["suspects"] == [
        {
            "members": ["in", "out"],
            "statistic": pytest.approx(10 / math.sqrt(8)),
            "text": "text of suspect",
        }
    ]
    assert data["findings"][0] == {
        "code": "global-test",
        "severity": "warning",
        "where": "",
        "text": "text of global-test",
    }
    assert said == ["suspect", "global-test"]
