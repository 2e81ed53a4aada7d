"""Several layers at once: contents, splitters, shares with a sigma, bounds, what stays open."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from flows.measured import Measured
from flows.network import (
    Correlation,
    Flow,
    FlowNetwork,
    Good,
    Process,
    Relation,
    Stock,
    TransferCoefficient,
)
from flows.reconcile import asjson, reconcile
from flows.reconcile.contents import bilinear
from flows.reconcile.contents.layered import reconcile_layers


def network_of(*edges, **more):
    """Flows as `id: source > target`, every process among their ends."""
    flows = []
    for edge in edges:
        name, ends = edge.split(": ")
        source, target = (end if end != "-" else "environment" for end in ends.split(" > "))
        flows.append(Flow(name, source, target))
    ends = dict.fromkeys(end for flow in flows for end in (flow.source, flow.target))
    processes = more.pop("processes", None) or tuple(
        Process(end) for end in ends if end != "environment"
    )
    return FlowNetwork(processes=processes, flows=tuple(flows), **more)


def read(**values):
    """Readings `name=(value, sigma)`; `__` stands for the dot of a content."""
    return [Measured(name.replace("__", "."), *value) for name, value in values.items()]


def layered(network, measured, *carried, **more):
    return reconcile_layers(network, measured, layers=("mass", *carried), carried=carried, **more)


def rows_of(answer):
    found = {
        row.id if row.layer == "mass" else f"{row.id}:{row.layer}": row for row in answer.flows
    }
    return found | {row.id: row for row in answer.concentrations}


COLUMN = network_of("F1: - > column", "F2: column > -", "F3: column > -")


# --- cases with known answers --------------------------------------------------------------------


def test_a_tonnage_times_a_content_has_the_variance_of_a_product():
    answer = layered(COLUMN, read(F1=(1000.0, 20.0), F1__salt=(0.02, 0.001)), "salt")
    row = rows_of(answer)["F1:salt"]
    assert row.reconciled == pytest.approx(20.0, rel=1e-14)
    assert row.sigma_reconciled == pytest.approx(1.0770329614269007, rel=1e-12)
    assert (row.klass, row.measured) == ("observable", None)


def test_the_distillation_column_of_two_components_to_its_printed_digits():
    names = ["F1", "F1.one", "F1.two", "F2", "F2.one", "F2.two", "F3", "F3.one", "F3.two"]
    y = [1095.475, 0.4822, 0.517, 478.402, 0.941, 0.0501, 488.232, 0.0197, 0.9748]
    sigma = [54.8, 0.0048, 0.0052, 23.9, 0.0094, 0.0005, 24.4, 0.0002, 0.0097]
    expected = [1002.618849, 0.4824412593, 0.5175587407, 498.7784583, 0.949876154, 0.05012384602,
                503.8403907, 0.01970254198, 0.980297458]  # fmt: skip
    posterior = [28.98356, 0.003442781, 0.003442781, 14.8806, 0.0004992357, 0.0004992357, 15.0432,
                 0.0001999537, 0.0001999537]  # fmt: skip
    measured = [Measured(*each) for each in zip(names, y, sigma, strict=True)]
    network = replace(COLUMN, sum_to_one=("one", "two"))
    for layers in (("one", "two"), ("mass", "one", "two")):
        answer = reconcile_layers(network, measured, layers=layers, carried=("one", "two"))
        rows = rows_of(answer)
        np.testing.assert_allclose([rows[n].reconciled for n in names], expected, rtol=2e-9)
        found = [rows[n].sigma_reconciled for n in names]
        np.testing.assert_allclose(found, posterior, rtol=2e-7)
        assert answer.chi2 == pytest.approx(5.2366184, rel=1e-8)
        assert (answer.dof, answer.converged) == (5, True)
        assert answer.balance_residual <= 1e-12
        assert 1 < answer.iterations < 20


def test_contents_that_close_already_stay_to_the_last_digit():
    readings = read(
        F1=(100.0, 1.0), F2=(50.0, 1.0), F3=(50.0, 1.0),
        F1__salt=(0.25, 0.01), F2__salt=(0.375, 0.01), F3__salt=(0.125, 0.01),
    )  # fmt: skip
    answer = layered(COLUMN, readings, "salt")
    rows = rows_of(answer)
    assert [rows[item.of].reconciled for item in readings] == [item.value for item in readings]
    assert answer.chi2 == 0.0


def test_contents_tell_how_a_flow_divides():
    answer = layered(
        COLUMN,
        read(F1=(100.0, 2.0), F1__salt=(0.3, 0.003), F2__salt=(0.5, 0.005), F3__salt=(0.1, 0.001)),
        "salt",
    )
    rows = rows_of(answer)
    assert rows["F2"].reconciled == pytest.approx(50.0)
    # F2 = F1 (c1 - c3) / (c2 - c3), each reading by its own derivative
    slopes = [0.5 * 2.0, 250.0 * 0.003, 125.0 * 0.005, 125.0 * 0.001]
    assert rows["F2"].sigma_reconciled == pytest.approx(math.hypot(*slopes), rel=1e-9)
    assert rows["F2"].klass == "observable"
    assert (answer.dof, answer.chi2) == (0, None)


def test_substances_through_a_plant_with_shares_that_have_a_sigma():
    network = network_of(
        "waste: - > furnace", "ash: furnace > -", "gas: furnace > -",
        coefficients=(
            TransferCoefficient("furnace", "ash", 0.2, 0.02),
            TransferCoefficient("furnace", "ash", 0.7, 0.05, 0.03, layer="salt"),
        ),
    )  # fmt: skip
    answer = layered(network, read(waste=(100.0, 3.0), waste__salt=(0.01, 0.001)), "salt")
    rows = rows_of(answer)
    assert rows["ash"].reconciled == pytest.approx(20.0)
    assert rows["ash"].sigma_reconciled == pytest.approx(math.hypot(0.2 * 3, 100 * 0.02))
    assert rows["gas"].reconciled == pytest.approx(80.0)
    assert rows["ash:salt"].reconciled == pytest.approx(0.7)
    share = 0.7 * math.hypot(0.03, 0.1, math.hypot(0.05, 0.03) / 0.7)
    assert rows["ash:salt"].sigma_reconciled == pytest.approx(share)
    assert rows["ash.salt"].reconciled == pytest.approx(0.035)
    mass, salt = answer.coefficients
    assert (mass.row.layer, salt.row.layer) == ("mass", "salt")
    assert salt.row.sigma == pytest.approx(math.hypot(0.05, 0.03))
    assert salt.row.klass == "nonredundant"


def test_a_share_is_tested_where_its_flow_is_measured_too():
    network = network_of(
        "fed: - > furnace", "ash: furnace > -", "gas: furnace > -",
        coefficients=(TransferCoefficient("furnace", "ash", 0.20, 0.02),),
    )  # fmt: skip
    answer = reconcile(network, read(fed=(100.0, 1.0), ash=(26.0, 1.0)))
    (share,) = answer.coefficients
    assert share.row.klass == "redundant"
    assert 0.2 < share.row.reconciled < 0.26
    ash, fed = answer.flows[1].reconciled, answer.flows[0].reconciled
    assert ash == pytest.approx(share.row.reconciled * fed, rel=1e-12)
    # One product and nothing else: r = 26 - 0.2 x 100, with its first-order variance at the answer
    sigma = math.hypot(1.0, share.row.reconciled * 1.0, fed * 0.02)
    left = 26.0 - share.row.reconciled * 100.0 - fed * 0.2 + fed * share.row.reconciled
    assert answer.chi2 == pytest.approx((left / sigma) ** 2, rel=1e-9)
    assert answer.dof == 1
    assert 1 < answer.iterations < 30


def test_shares_of_all_outputs_make_up_the_whole():
    network = network_of(
        "fed: - > furnace", "ash: furnace > -", "gas: furnace > -",
        coefficients=(
            TransferCoefficient("furnace", "ash", 0.3, 0.03),
            TransferCoefficient("furnace", "gas", 0.8, 0.04),
        ),
    )  # fmt: skip
    answer = reconcile(network, read(fed=(100.0, 1.0)))
    shares = [each.row.reconciled for each in answer.coefficients]
    # 0.1 too much, shared by variance: 9 to 16
    assert shares == pytest.approx([0.3 - 0.1 * 9 / 25, 0.8 - 0.1 * 16 / 25])
    assert answer.chi2 == pytest.approx(0.1**2 / 0.05**2)


def test_all_outputs_of_a_splitter_have_one_content():
    network = network_of(
        "in: - > split", "a: split > -", "b: split > -",
        processes=(Process("split", splitter=True),),
    )  # fmt: skip
    readings = read(**{"in": (100.0, 1.0), "a__salt": (0.10, 0.01), "b__salt": (0.13, 0.02)})
    answer = layered(network, readings, "salt")
    rows = rows_of(answer)
    for name in ("in", "a", "b"):
        content = rows[f"{name}.salt"]
        assert content.reconciled == pytest.approx((0.10 / 1 + 0.13 / 4) / (1 + 1 / 4))
        assert content.sigma_reconciled == pytest.approx(0.01 / math.sqrt(1.25))
    # Nothing says how much goes which way.
    assert [rows[name].reconciled for name in ("a", "b", "a:salt", "b:salt")] == [None] * 4
    assert rows["in:salt"].reconciled == pytest.approx(10.6)
    assert answer.dof == 1


def test_five_flows_and_three_layers_with_a_recycle_find_the_truth_again():
    network = network_of(
        "feed: - > mix", "mixed: mix > press", "cake: press > -", "water: press > treat",
        "back: treat > mix", "out: treat > -",
    )  # fmt: skip
    truth = {
        "feed": (100.0, 0.1, 0.04), "cake": (30.0, 0.3, 0.06), "out": (70.0, 1 / 70, 2.2 / 70),
        "back": (20.0, 0.02, 0.05),
    }  # fmt: skip
    total = {key: [truth[key][0] * part for part in (1, *truth[key][1:])] for key in truth}
    for name, parts in (("mixed", ("feed", "back")), ("water", ("back", "out"))):
        sums = [sum(total[part][i] for part in parts) for i in range(3)]
        truth[name] = (sums[0], sums[1] / sums[0], sums[2] / sums[0])
    readings = []
    for name, (amount, *contents) in truth.items():
        if name != "water":
            readings.append(Measured(name, amount, 0.05 * amount))
        for layer, content in zip(("salt", "ash"), contents, strict=True):
            if (name, layer) not in {("back", "ash"), ("cake", "salt")}:
                readings.append(Measured(f"{name}.{layer}", content, 0.02 * content))
    answer = layered(network, readings, "salt", "ash")
    rows = rows_of(answer)
    for name, (amount, *contents) in truth.items():
        assert rows[name].reconciled == pytest.approx(amount, rel=1e-9)
        for layer, content in zip(("salt", "ash"), contents, strict=True):
            assert rows[f"{name}.{layer}"].reconciled == pytest.approx(content, rel=1e-9)
            assert rows[f"{name}.{layer}"].sigma_reconciled > 0.0
    assert answer.chi2 == pytest.approx(0.0, abs=1e-12)
    assert answer.dof == 9 - 1 - 2 + (0 if rows["water"].klass == "observable" else 99)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e9])
@pytest.mark.parametrize("content", [1e-9, 1e-3, 1.0])
def test_a_change_of_units_changes_nothing_but_the_units(size, content):
    readings = read(
        F1=(100.0, 3.0), F2=(45.0, 2.0), F3=(52.0, 2.0),
        F1__salt=(0.30, 0.01), F2__salt=(0.52, 0.02), F3__salt=(0.11, 0.01),
    )  # fmt: skip
    once = layered(COLUMN, readings, "salt")
    scaled = [
        Measured(item.of, item.value * by, item.sigma * by)
        for item in readings
        for by in [content if "." in item.of else size]
    ]
    again = layered(COLUMN, scaled, "salt")
    assert again.chi2 == pytest.approx(once.chi2, rel=1e-9)
    assert again.balance_residual <= 1e-12
    for name, row in rows_of(once).items():
        by = content if "." in name else size * (content if ":" in name else 1.0)
        other = rows_of(again)[name]
        assert other.reconciled == pytest.approx(row.reconciled * by, rel=1e-9)
        assert other.sigma_reconciled == pytest.approx(row.sigma_reconciled * by, rel=1e-8)


def test_a_trace_beside_a_torrent_keeps_its_digits():
    network = network_of("river: - > mix", "dose: - > mix", "out: mix > -")
    answer = layered(
        network,
        read(
            river=(1e9, 1e7), dose=(1e-6, 1e-8), dose__salt=(0.5, 0.01), river__salt=(1e-9, 1e-11)
        ),
        "salt",
    )
    rows = rows_of(answer)
    assert rows["dose:salt"].reconciled == pytest.approx(5e-7, rel=1e-12)
    assert rows["dose:salt"].sigma_reconciled == pytest.approx(5e-7 * math.hypot(0.01, 0.02))
    assert rows["out:salt"].reconciled == pytest.approx(1.0000005, rel=1e-12)
    assert answer.balance_residual <= 1e-12


# --- common parts, stocks, relations, correlations, goods -----------------------------------------


def test_the_bias_of_a_laboratory_is_common_to_all_its_contents():
    readings = [
        Measured("F1", 100.0, 0.0), Measured("F2", 50.0, 0.0), Measured("F3", 50.0, 0.0),
        Measured("F1.salt", 0.2, 0.01, 0.02, "lab"), Measured("F2.salt", 0.2, 0.01, 0.02, "lab"),
    ]  # fmt: skip
    answer = layered(COLUMN, readings, "salt")
    # F3.salt = 2 c1 - c2: chance adds in squares, bias as it is
    row = rows_of(answer)["F3.salt"]
    assert row.reconciled == pytest.approx(0.2)
    assert row.sigma_reconciled == pytest.approx(math.hypot(2 * 0.01, 0.01, 2 * 0.02 - 0.02))


def test_a_second_sample_counts_by_its_weight():
    readings = [
        Measured("F1", 100.0, 1.0),
        Measured("F1.salt", 0.20, 0.01),
        Measured("F1.salt", 0.23, 0.02),
    ]
    answer = layered(COLUMN, readings, "salt")
    row = rows_of(answer)["F1.salt"]
    assert row.reconciled == pytest.approx(0.206)
    assert (answer.dof, answer.chi2) == (1, pytest.approx(0.03**2 / (0.01**2 + 0.02**2)))
    assert [item.id for item in answer.readings] == ["F1.salt"]


def test_what_a_tank_takes_up_is_unknown_in_other_layers_until_it_is_stated():
    stock = Stock("tank")
    network = network_of("in: - > tank", "out: tank > -", stocks=(stock,))
    readings = read(
        **{
            "in": (100.0, 1.0),
            "out": (90.0, 1.0),
            "in__salt": (0.2, 0.01),
            "out__salt": (0.1, 0.01),
        }
    )
    answer = layered(network, readings, "salt")
    by_layer = {row.layer: row for row in answer.stocks}
    assert by_layer["mass"].reconciled == pytest.approx(10.0)
    assert by_layer["salt"].reconciled == pytest.approx(11.0)
    assert {row.id for row in answer.stocks} == {"stock:tank"}
    stated = replace(network, stocks=(stock, Stock("tank", layer="salt")))
    tested = layered(stated, [*readings, Measured("stock:tank.salt", 12.0, 1.0)], "salt")
    assert (answer.dof, tested.dof) == (0, 1)
    assert 11.0 < {row.layer: row for row in tested.stocks}["salt"].reconciled < 12.0


def test_relations_and_correlations_hold_together_with_contents():
    network = replace(
        COLUMN,
        relations=(Relation("ratio", (("F2", 1.0), ("F3", -1.0))),),
        correlations=(Correlation("F1", "F2", 0.5),),
    )
    readings = read(
        F1=(100.0, 2.0), F2=(48.0, 2.0), F1__salt=(0.2, 0.01), F2__salt=(0.3, 0.01),
        F3__salt=(0.11, 0.01),
    )  # fmt: skip
    rows = rows_of(layered(network, readings, "salt"))
    assert rows["F2"].reconciled == pytest.approx(rows["F3"].reconciled, rel=1e-12)
    # F1 = 2 F2 and r = 100 - 96 = 4, variance 4 + 16 - 4 x 0.5 x 4 = 12
    alone = reconcile(network, readings[:2])
    assert rows["F1"].reconciled == pytest.approx(alone.flows[0].reconciled, rel=1e-9)
    assert alone.chi2 == pytest.approx(16 / 12)


def test_the_content_of_a_good_is_one_number_for_all_its_flows():
    flows = tuple(replace(flow, good="waste") for flow in COLUMN.flows[:2])
    network = replace(
        COLUMN,
        flows=(*flows, COLUMN.flows[2]),
        goods=(Good("waste", contents={"ash": (0.2, 0.02)}),),
    )
    answer = layered(network, read(F1=(100.0, 0.0), F2=(60.0, 0.0)), "ash")
    rows = rows_of(answer)
    # 100 c - 60 c, not the difference of two independent contents
    assert rows["F3:ash"].reconciled == pytest.approx(8.0)
    assert rows["F3:ash"].sigma_reconciled == pytest.approx(40 * 0.02)
    assert rows["F1.ash"].reconciled == rows["F2.ash"].reconciled == 0.2


# --- what is open, held, contradicted, or found nowhere -----------------------------------------


def test_what_cannot_be_known_has_no_value_and_is_named():
    answer = layered(COLUMN, read(F1=(100.0, 1.0), F1__salt=(0.2, 0.01)), "salt")
    rows = rows_of(answer)
    for name in ("F2", "F3", "F2:salt", "F3:salt", "F2.salt", "F3.salt"):
        assert (rows[name].klass, rows[name].reconciled) == ("unobservable", None)
        assert rows[name].sigma_reconciled is None
    named = [item.params["members"] for item in answer.findings if item.code == "flow-unobservable"]
    assert named == ["F2.salt, F3.salt", "F2, F3"]


def test_a_content_below_nothing_is_held_at_nothing():
    readings = read(
        F1=(100.0, 1.0), F2=(50.0, 1.0), F1__salt=(0.1, 0.001), F2__salt=(0.22, 0.001),
        F3__salt=(0.01, 0.01),
    )  # fmt: skip
    answer = layered(COLUMN, readings, "salt")
    rows = rows_of(answer)
    assert answer.bounds_active == ("F3.salt",)
    assert (rows["F3.salt"].klass, rows["F3.salt"].reconciled) == ("bounded", 0.0)
    assert rows["F2.salt"].reconciled * rows["F2"].reconciled == pytest.approx(
        rows["F1.salt"].reconciled * rows["F1"].reconciled, rel=1e-12
    )
    (found,) = [item for item in answer.findings if item.code == "bound-violated"]
    assert found.where == "F3.salt"
    assert found.params["value"] < 0.0


def test_a_flow_stays_within_its_bounds_with_contents_too():
    network = replace(COLUMN, flows=(*COLUMN.flows[:2], replace(COLUMN.flows[2], maximum=40.0)))
    readings = read(F1=(100.0, 1.0), F2=(50.0, 1.0), F1__salt=(0.2, 0.01), F2__salt=(0.3, 0.01))
    answer = layered(network, readings, "salt")
    assert answer.bounds_active == ("F3",)
    assert rows_of(answer)["F3"].reconciled == 40.0
    assert rows_of(answer)["F1"].reconciled == pytest.approx(95.0)


def test_bounds_that_press_together_press_as_in_the_linear_problem():
    """Products add nothing here: both ways of solving are the same problem.

    f1 at its greatest value, and f3 and f4 at theirs against the rest of the second process; the
    bound of f0 that shows on the way does not press in the end.
    """
    bounds = {
        "f0": (20.0, 35.0),
        "f1": (10.0, 25.0),
        "f2": (0.0, 50.0),
        "f3": (10.0, math.inf),
        "f4": (0.0, 35.0),
        "f5": (0.0, 50.0),
        "f6": (0.0, 50.0),
    }
    network = network_of(
        "f0: p0 > -",
        "f1: p0 > p1",
        "f2: p0 > -",
        "f3: - > p1",
        "f4: p1 > p0",
        "f5: - > p0",
        "f6: - > p1",
    )
    flows = tuple(
        replace(flow, minimum=bounds[flow.id][0], maximum=bounds[flow.id][1])
        for flow in network.flows
    )
    network = replace(network, flows=flows)
    measured = read(f1=(28.0, 5.0), f2=(30.0, 2.0), f5=(31.0, 2.0), f6=(54.0, 5.0))
    linear, answer = reconcile(network, measured), layered(network, measured)
    assert linear.bounds_active == answer.bounds_active == ("f1", "f3", "f4")
    assert answer.chi2 == pytest.approx(linear.chi2)
    assert answer.chi2 == pytest.approx(73.8)


def test_exact_contents_that_contradict_are_named_and_nothing_is_reconciled():
    readings = read(
        F1=(100.0, 0.0), F2=(50.0, 0.0), F3=(50.0, 0.0),
        F1__salt=(0.2, 0.0), F2__salt=(0.3, 0.0), F3__salt=(0.3, 0.0),
    )  # fmt: skip
    answer = layered(COLUMN, readings, "salt")
    assert not answer.feasible
    assert "infeasible" in {item.code for item in answer.findings}
    (found,) = [item for item in answer.findings if item.code == "infeasible"]
    assert "column salt" in found.params["balance"]
    assert abs(found.params["residual"]) == pytest.approx(10.0)
    assert {row.reconciled for row in (*answer.flows, *answer.concentrations)} == {None}


def test_where_it_does_not_converge_nothing_is_called_reconciled(monkeypatch):
    monkeypatch.setattr(bilinear, "TURNS", 1)
    monkeypatch.setattr(bilinear, "APPROACH", 0)
    readings = read(
        F1=(100.0, 3.0), F2=(45.0, 2.0), F3=(52.0, 2.0),
        F1__salt=(0.30, 0.01), F2__salt=(0.52, 0.02), F3__salt=(0.11, 0.01),
    )  # fmt: skip
    answer = layered(COLUMN, readings, "salt")
    assert (answer.converged, answer.chi2, answer.p_value) == (False, None, None)
    assert [item.code for item in answer.findings] == ["not-converged"]
    for row in (*answer.flows, *answer.concentrations):
        assert (row.reconciled, row.sigma_reconciled, row.adjustment) == (None, None, None)
    assert answer.flows[0].measured == 100.0
    assert np.isnan(answer.covariance(["F1", "F1.salt"])).all()
    assert json.loads(json.dumps(asjson(answer, say=str), allow_nan=False))["converged"] is False


def test_a_layer_that_closes_nowhere_is_said():
    answer = layered(COLUMN, read(F1=(100.0, 1.0), F1__COD=(0.2, 0.01)), "COD")
    assert "layer-open" in {item.code for item in answer.findings}
    assert rows_of(answer)["F1:COD"].reconciled == pytest.approx(20.0)


def test_a_content_that_is_far_off_is_the_suspect():
    readings = read(
        F1=(100.0, 1.0), F2=(50.0, 1.0), F3=(50.0, 1.0),
        F1__salt=(0.30, 0.01), F2__salt=(0.50, 0.01), F3__salt=(0.30, 0.005),
        F1__ash=(0.20, 0.01), F2__ash=(0.30, 0.01), F3__ash=(0.10, 0.01),
    )  # fmt: skip
    answer = layered(COLUMN, readings, "salt", "ash")
    assert answer.suspect
    assert set(answer.suspects[0].members) <= {"F1.salt", "F2.salt", "F3.salt"}


@pytest.mark.slow
def test_the_sigma_of_the_answer_is_the_scatter_of_answers():
    truth = {
        "F1": 100.0, "F2": 40.0, "F3": 60.0, "F1.salt": 0.3, "F2.salt": 0.6, "F3.salt": 0.1,
    }  # fmt: skip
    sigma = {name: 0.02 * value for name, value in truth.items()}
    generator = np.random.default_rng(7)
    found, chi2 = [], []
    for _ in range(600):
        readings = [
            Measured(name, value + sigma[name] * generator.standard_normal(), sigma[name])
            for name, value in truth.items()
        ]
        answer = layered(COLUMN, readings, "salt")
        rows = rows_of(answer)
        found.append([rows[name].reconciled for name in truth])
        chi2.append(answer.chi2)
    exact = [Measured(name, value, sigma[name]) for name, value in truth.items()]
    rows = rows_of(layered(COLUMN, exact, "salt"))
    scatter = np.std(found, axis=0, ddof=1)
    # 600 draws: 3 % standard deviation of a standard deviation
    np.testing.assert_allclose(scatter, [rows[name].sigma_reconciled for name in truth], rtol=0.1)
    assert np.mean(chi2) == pytest.approx(2.0, abs=0.25)
