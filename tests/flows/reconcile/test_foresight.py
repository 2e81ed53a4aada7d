"""Draws of an answer and advice on meters, in the ids and units of the answer."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from flows.chains import Chain, ChainStep
from flows.errors import Refused
from flows.findings import Severity
from flows.networkfile.file import read_network
from flows.reconcile.outlook.advice import Target, advise
from flows.reconcile.outlook.drawn import as_csv, asjson, chain_draws, draw

PLANT = """
[[flow]]
id = "waste"
from = "environment"
to = "plant"
unit = "kg"
value = 100000.0
sigma = 4000.0
[[flow]]
id = "product"
from = "plant"
to = "environment:market"
unit = "t"
value = 60.0
sigma = 2.0
[[flow]]
id = "residue"
from = "plant"
to = "yard"
unit = "t"
value = 49.0
sigma = 4.0
[[flow]]
id = "sold"
from = "yard"
to = "environment:market"
unit = "t"
[[flow]]
id = "dumped"
from = "yard"
to = "environment:landfill"
unit = "t"
typical = 20.0
"""
SHARE = """
[[flow]]
id = "in"
from = "environment"
to = "furnace"
unit = "t"
value = 100.0
sigma = 1.0
[[flow]]
id = "ash"
from = "furnace"
to = "environment"
unit = "t"
[[flow]]
id = "gas"
from = "furnace"
to = "environment"
unit = "t"
[[coefficient]]
process = "furnace"
flow = "ash"
value = 0.2
sigma = 0.02
"""


def drawn_of(text, count=4000, **kwargs):
    read = read_network(text)
    return draw(read.reconcile(), count, units=read.units, **kwargs), read


def test_draws_are_in_the_units_of_the_flows_and_close():
    drawn, _ = drawn_of(PLANT)
    at = {row.id: drawn.columns[:, place] for place, row in enumerate(drawn.rows)}
    assert at["waste"] / 1000 == pytest.approx(at["product"] + at["residue"], rel=1e-12)
    assert np.isnan(at["sold"]).all()
    spread = dict(zip((row.id for row in drawn.rows), drawn.spreads, strict=True))
    assert spread["waste"].mean == pytest.approx(104e3, rel=5e-3)
    assert spread["waste"].sigma == pytest.approx(2981, rel=0.05)
    low, middle, high = spread["product"].quantiles
    assert [low, middle, high] == pytest.approx([59 - 1.96 * 1.886, 59, 59 + 1.96 * 1.886], abs=0.3)
    assert spread["sold"].mean is None


def test_the_same_seed_gives_the_same_draws_and_another_gives_others():
    first, again, other = (drawn_of(PLANT, 50, seed=seed)[0].columns for seed in (7, 7, 8))
    assert np.array_equal(first, again, equal_nan=True)
    assert not np.array_equal(first, other, equal_nan=True)


def test_the_table_has_a_column_a_flow_with_its_unit_and_every_digit():
    drawn, _ = drawn_of(PLANT, 5)
    head, *rows = csv.reader(as_csv(drawn))
    assert head == ["waste [kg]", "product [t]", "residue [t]", "sold [t]", "dumped [t]"]
    assert len(rows) == 5
    assert [float(row[1]) for row in rows] == drawn.columns[:, 1].tolist()
    assert all(row[3:] == ["", ""] for row in rows)


def test_the_yield_of_a_chain_in_the_draws_is_that_of_every_draw():
    drawn, read = drawn_of(PLANT)
    step = ChainStep("kept", ("product",), ("waste",), "%")
    unknown = ChainStep("sold", ("sold",), ("waste",), "%")
    chain = Chain("all", (step, unknown))
    kept, sold = chain_draws([chain], read.network, drawn)
    ratio = 100 * drawn.columns[:, 1] / (drawn.columns[:, 0] / 1000)
    assert kept.spread.mean == pytest.approx(ratio.mean())
    assert kept.spread.quantiles == pytest.approx(np.quantile(ratio, [0.025, 0.5, 0.975]))
    assert sold.spread.mean is None
    said = asjson(drawn, (kept, sold))
    assert [item["step"] for item in said["chains"]] == ["kept", "sold"]
    assert said["chains"][1]["quantiles"] is None


def test_amounts_below_a_share_with_a_sigma_close_in_every_draw():
    drawn, _ = drawn_of(SHARE)
    given, ash, gas = drawn.columns.T
    assert given == pytest.approx(ash + gas, rel=1e-12)
    # first order: var(ash) = (100 * 0.02)^2 + (0.2 * 1)^2
    assert ash.std() == pytest.approx(2.01, rel=0.05)
    assert [item.code for item in drawn.findings] == ["draws-tangent"]


def test_draws_stay_within_bounds_and_say_how():
    # 24 t sold out of 25 at most: a good part of free draws is beyond
    drawn, _ = drawn_of(
        PLANT.replace('id = "sold"', 'id = "sold"\nmax = 25\nvalue = 24\nsigma = 2')
    )
    sold = drawn.columns[:, 3]
    assert sold.max() <= 25 + 1e-6
    assert drawn.method == "rejected"
    assert 0.3 < drawn.within < 0.9
    far = PLANT.replace("value = 60.0", "value = 60.0\nmax = 50")
    drawn, _ = drawn_of(far, 300)
    assert drawn.columns[:, 1].max() <= 50 + 1e-4
    assert (drawn.method, drawn.findings[0].code) == ("projected", "draws-moved")
    assert drawn.findings[0].severity is Severity.INFO


def test_nothing_is_drawn_where_nothing_was_reconciled():
    wrong = PLANT.replace("sigma = 4000.0", "sigma = 0").replace("sigma = 2.0", "sigma = 0")
    wrong = wrong.replace("sigma = 4.0", "sigma = 0")
    drawn, read = drawn_of(wrong)
    assert drawn is None
    assert advise(read.reconcile(), read.network, units=read.units, days=1.0) == ()


def test_a_meter_that_makes_flows_known_comes_first_with_the_sigma_assumed():
    read = read_network(PLANT)
    found = advise(read.reconcile(), read.network, units=read.units, days=1.0)
    by = {item.id: item for item in found}
    assert [item.id for item in found[:2]] == ["sold", "dumped"]
    assert by["dumped"].known == ("dumped", "sold")
    # 2 % of 20 t that are typical; 2 % of the 45 t that the yard takes in; the scale that is there
    assert (by["dumped"].sigma, by["dumped"].source) == (pytest.approx(0.4), "typical")
    assert (by["sold"].sigma, by["sold"].source) == (pytest.approx(0.9), "ends")
    assert (by["waste"].sigma, by["waste"].source) == (pytest.approx(4000.0), "meter")
    assert by["dumped"].before is None
    assert by["dumped"].after == pytest.approx(0.4)
    # 2.981 kt read once more with 4: 2.981 * 4 / hypot
    assert by["waste"].after == pytest.approx(2981.42 * 4000 / np.hypot(2981.42, 4000), rel=1e-4)


def test_a_target_ranks_meters_by_how_sure_it_becomes():
    read = read_network(PLANT)
    target = Target("residue", "t", {"residue": 1.0})
    found = advise(read.reconcile(), read.network, units=read.units, days=1.0, target=target)
    assert found[0].id == "residue"
    assert found[0].target_before == pytest.approx(2.9814, abs=1e-3)
    falls = [item.target_after for item in found]
    assert falls == sorted(falls)


def test_a_meter_declared_with_its_device_has_that_sigma():
    text = PLANT.replace('id = "sold"', 'id = "sold"\ndevice = "belt"\ntypical = 30.0')
    text += '[[device]]\nid = "belt"\nsigma = "3 %"\nbias_sigma = "4 %"\n'
    read = read_network(text)
    found = advise(read.reconcile(), read.network, units=read.units, days=1.0)
    sold = next(item for item in found if item.id == "sold")
    assert (sold.sigma, sold.source) == (pytest.approx(1.5), "declared")


def test_what_two_layers_carry_is_drawn_beside_the_amounts():
    text = '[network]\nlayers = ["mass", "salt"]\n' + PLANT.replace('"kg"', '"t"')
    text = text.replace("100000.0", "100.0").replace("4000.0", "4.0")
    for flow, content in (("waste", 10), ("product", 5)):
        text += f'[[reading]]\nof = "{flow}.salt"\nvalue = {content}\nsigma = 0.5\nunit = "%"\n'
    text += '[[process]]\nid = "plant"\ncloses = ["mass", "salt"]\n[[process]]\nid = "yard"\n'
    drawn, _ = drawn_of(text, 500)
    at = {(row.id, row.layer): drawn.columns[:, i] for i, row in enumerate(drawn.rows)}
    salt = [at[name, "salt"] for name in ("waste", "product", "residue")]
    assert salt[0] == pytest.approx(salt[1] + salt[2], rel=1e-9)
    assert next(csv.reader(as_csv(drawn)))[5] == "waste:salt [t]"


def test_bounds_that_nothing_fulfills_are_refused_in_words():
    text = PLANT.replace("sigma = 4000.0", "sigma = 0")
    text = text.replace("value = 60.0", "value = 60.0\nmax = 20")
    read = read_network(text.replace("value = 49.0", "value = 49.0\nmax = 20"))
    with pytest.raises(Refused) as refused:
        draw(read.reconcile(), 20, units=read.units)
    assert [item.code for item in refused.value.findings] == ["draws-none"]
