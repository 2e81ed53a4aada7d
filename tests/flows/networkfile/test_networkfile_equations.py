"""Network files: relations and correlations of flows, stocks, contents and further readings."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flows.errors import Refused
from flows.networkfile.file import read_network


def head(layers='"mass", "N"', more=""):
    return f"[network]\nlayers = [{layers}]\n{more}\n"


def flow(name, source, target, more=""):
    return f'[[flow]]\nid = "{name}"\nfrom = "{source}"\nto = "{target}"\n{more}\n'


def reading(of, value, sigma, unit=""):
    unit = f'unit = "{unit}"\n' if unit else ""
    return f'[[reading]]\nof = "{of}"\nvalue = {value}\nsigma = {sigma}\n{unit}\n'


def relation(terms, more=""):
    return f"[[relation]]\nterms = {{ {terms} }}\n{more}\n"


def correlation(first, second, value):
    return f'[[correlation]]\nbetween = ["{first}", "{second}"]\nvalue = {value}\n'


def exact(value, unit="t/d"):
    return f'value = {value}\nsigma = 0\nunit = "{unit}"'


def rows(text):
    answer = read_network(text).reconcile()
    found = {f"{row.id}:{row.layer}": row for row in answer.flows}
    found |= {row.id: row for row in (*answer.concentrations, *answer.relations)}
    return answer, found | {row.id: row for row in answer.stocks if row.layer != "N"}


PRESS = (
    flow("feed", "environment", "press", exact(100.0))
    + flow("cake", "press", "environment", exact(40.0))
    + flow("filtrate", "press", "environment", 'unit = "t/d"')
)


# --- relations -----------------------------------------------------------------------------------


def test_a_relation_of_two_contents_in_their_own_units_makes_the_third_known():
    # cake is twice as rich as feed: 2 % and 40 kg/t
    text = head() + PRESS + reading("feed.N", 2.0, 0.1, "%")
    text += relation('"cake.N" = 1.0, "feed.N" = -20.0')
    text += reading("cake.N", 45.0, 1e6, "kg/t")
    _, found = rows(text)
    assert found["cake.N"].reconciled == pytest.approx(40.0)
    assert found["cake.N"].sigma_reconciled == pytest.approx(2.0)
    # 100 c - 40 * 2 c
    assert found["filtrate:N"].reconciled == pytest.approx(0.4)
    assert found["filtrate:N"].sigma_reconciled == pytest.approx(0.02)


def test_a_relation_with_a_sigma_is_one_more_reading_of_a_content():
    text = head() + PRESS + reading("feed.N", 2.0, 0.3, "%")
    text += relation('"feed.N" = 1.0', "value = 2.5\nsigma = 0.4")
    answer, found = rows(text)
    weights = 1 / 0.3**2, 1 / 0.4**2
    assert found["feed.N"].reconciled == pytest.approx(np.average([2.0, 2.5], weights=weights))
    assert found["feed.N"].sigma_reconciled == pytest.approx(1 / math.sqrt(sum(weights)))
    assert answer.chi2 == pytest.approx((0.5 / 0.5) ** 2)


def test_half_of_the_nitrogen_leaves_with_the_cake():
    text = head() + PRESS + reading("feed.N", 2.0, 0.1, "%")
    text += relation('"cake:N" = 1.0, "feed:N" = -0.5')
    _, found = rows(text)
    assert found["cake:N"].reconciled == pytest.approx(1.0)
    assert found["cake.N"].reconciled == pytest.approx(2.5)
    assert found["cake:N"].sigma_reconciled == pytest.approx(0.05)


def test_toml_may_take_the_dot_of_a_content_for_a_table():
    text = head() + PRESS + reading("feed.N", 2.0, 0.1, "%")
    quoted = read_network(text + relation('"cake.N" = 1.0, "feed.N" = -4.0'))
    bare = read_network(text + relation("cake.N = 1.0, feed.N = -4.0"))
    assert quoted.network.relations[0].terms == bare.network.relations[0].terms


def test_what_a_tank_gained_is_a_tenth_of_what_it_took_in():
    text = (
        flow("in", "environment", "tank", "value = 100.0\nsigma = 3.0")
        + flow("out", "tank", "environment")
        + '[[stock]]\nprocess = "tank"\n'
        + relation('"stock:tank" = 1.0, in = -0.1')
    )
    _, found = rows(text)
    assert found["stock:tank"].reconciled == pytest.approx(10.0)
    assert found["stock:tank"].sigma_reconciled == pytest.approx(0.3)
    assert found["out:mass"].reconciled == pytest.approx(90.0)
    assert found["out:mass"].sigma_reconciled == pytest.approx(2.7)


def test_the_change_of_a_stock_in_another_layer_may_be_related():
    text = head() + PRESS + '[[stock]]\nprocess = "press"\nlayer = "N"\nunit = "kg"\n'
    text += reading("feed.N", 2.0, 0.0, "%") + reading("cake.N", 3.0, 0.0, "%")
    text += relation('"stock:press.N" = 1.0', "value = 200.0")  # kg: a fifth of a tonne
    _, found = rows(text)
    assert found["filtrate:N"].reconciled == pytest.approx(2.0 - 1.2 - 0.2)


# --- correlations --------------------------------------------------------------------------------


def test_two_contents_of_one_analysis_share_a_part_of_their_error():
    one = flow("a", "environment", "P", exact(50.0)) + flow("b", "environment", "P", exact(50.0))
    text = head() + one + flow("c", "P", "environment", 'unit = "t/d"')
    text += reading("a.N", 2.0, 0.3, "%") + reading("b.N", 4.0, 0.4, "%")
    _, found = rows(text + correlation("a.N", "b.N", 0.5))
    variance = 0.3**2 + 0.4**2 + 2 * 0.5 * 0.3 * 0.4
    assert found["c.N"].reconciled == pytest.approx(3.0)
    assert found["c.N"].sigma_reconciled == pytest.approx(math.sqrt(variance) / 2)
    _, alone = rows(text)
    assert alone["c.N"].sigma_reconciled == pytest.approx(0.25)


def test_a_scale_and_the_analysis_beside_it_may_err_together():
    text = head() + flow("feed", "environment", "P", 'value = 100\nsigma = 3\nunit = "t/d"')
    text += flow("out", "P", "environment", 'unit = "t/d"') + reading("feed.N", 10.0, 0.4, "%")
    _, found = rows(text + correlation("feed", "feed.N", -0.6))
    # F c: (c s_F)^2 + (F s_c)^2 + 2 r c s_F F s_c
    terms = 0.1 * 3, 100 * 0.004
    variance = terms[0] ** 2 + terms[1] ** 2 - 1.2 * terms[0] * terms[1]
    assert found["feed:N"].sigma_reconciled == pytest.approx(math.sqrt(variance))


def test_a_second_reading_that_copies_the_first_tells_less():
    text = flow("in", "environment", "P", "value = 100\nsigma = 3") + flow(
        "out", "P", "environment"
    )
    text += reading("in", 104.0, 4.0)
    _, found = rows(text + correlation("in", "in#2", 0.5))
    covariance = np.array([[9.0, 6.0], [6.0, 16.0]])
    weights = np.linalg.solve(covariance, np.ones(2))
    assert found["in:mass"].reconciled == pytest.approx(weights @ [100, 104] / weights.sum())
    assert found["in:mass"].sigma_reconciled == pytest.approx(1 / math.sqrt(weights.sum()))


def test_the_first_reading_may_be_called_so():
    text = flow("in", "environment", "P", "value = 100\nsigma = 3") + flow(
        "out", "P", "environment"
    )
    text += reading("in", 104.0, 4.0)
    named = read_network(text + correlation("in#1", "in#2", 0.5)).network.correlations
    assert named == read_network(text + correlation("in", "in#2", 0.5)).network.correlations


def test_a_stocktake_and_a_scale_may_err_together():
    text = (
        flow("in", "environment", "tank", "value = 100\nsigma = 3")
        + flow("out", "tank", "environment")
        + '[[stock]]\nprocess = "tank"\nchange = 20\nsigma = 4\n'
        + correlation("in", "stock:tank", 0.5)
    )
    _, found = rows(text)
    assert found["out:mass"].sigma_reconciled == pytest.approx(math.sqrt(9 + 16 - 12))


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        (("feed", "feed#2"), "key-missing"),  # there is no second one
        (("feed.N", "cake.N"), "key-missing"),
        (("feed", "cake"), "value-range"),  # both are exact
    ],
)
def test_a_correlation_with_what_was_not_read_is_said(pair, code):
    text = head() + PRESS + reading("feed.N", 2.0, 0.1, "%") + correlation(*pair, 0.5)
    assert code in [item.code for item in read_network(text).findings]


@pytest.mark.parametrize("name", ["feed#0", "feed#x", "cakes#2", "feed.P", "stock:press"])
def test_a_name_that_is_no_reading_is_refused(name):
    with pytest.raises(Refused) as caught:
        read_network(head() + PRESS + correlation("feed", name, 0.5))
    assert {item.code for item in caught.value.findings} <= {"flow-unknown", "value-type"}


def test_contents_that_cannot_all_be_so_alike_are_refused_by_name():
    text = head() + PRESS + "".join(
        reading(f"{name}.N", 2.0, 0.1, "%") for name in ("feed", "cake", "filtrate")
    )  # fmt: skip
    text += correlation("feed.N", "cake.N", 0.9) + correlation("feed.N", "filtrate.N", 0.9)
    file = read_network(text + correlation("cake.N", "filtrate.N", -0.9))
    with pytest.raises(Refused) as caught:
        file.reconcile()
    (found,) = caught.value.findings
    assert found.code == "value-range"
    assert ".N" in found.where
