"""What each kind of plant finds wrong with a month, from figures written down."""

from datetime import date

import pytest

from facilities.checks import check
from facilities.parkfile import builtin, load
from flows.measured import Measured

PARK = load(builtin("chaoyang"))
DAY = date(2025, 3, 31)


def found(methane=None, **tonnes):
    measured = {name.replace("__", ".").replace("_", "-"): value for name, value in tonnes.items()}
    read = {name: Measured(name, value, 0.0) for name, value in measured.items()}
    return [(item.code, item.where) for item in check(PARK, DAY, read, methane or {})]


def test_a_month_without_figures_has_nothing_wrong():
    assert found() == []


def test_more_grease_than_the_waste_holds():
    # 7 % of the catering waste; above 6 % oil of elsewhere was in it
    assert found(catering__received=10_000, catering__crude_grease=500) == []
    assert found(catering__received=10_000, catering__crude_grease=700) == [
        ("grease-other-oil", "catering.crude-grease")
    ]


def test_more_gas_than_was_fed():
    # 1000 t * 0.22 * 0.85 * 0.70 = 131 t of volatile solids; gas of 60 % CH4 has 1.2147 kg/Nm3
    assert found(kitchen__received=1000, kitchen__raw_biogas=107_000) == []
    assert found(kitchen__received=1000, kitchen__raw_biogas=109_000) == [
        ("gas-exceeds-feed", "kitchen.raw-biogas")
    ]


def test_gas_too_poor_for_engines_only_where_it_was_sampled():
    gas = {"landfill__gas": 700.0, "catering__biogas": 100.0, "kitchen__biogas": 200.0}
    poor = {"landfill.gas": 0.35, "catering.biogas": 0.6, "kitchen.biogas": 0.6}
    # 0.7*0.35 + 0.3*0.6 = 0.425, below 0.45
    assert found(poor, **gas) == [("engine-gas-poor", "biogas.gas-to-engines")]
    assert found(poor | {"landfill.gas": 0.45}, **gas) == []
    assert found({"landfill.gas": 0.35}, **gas) == []


@pytest.mark.parametrize(("share", "said"), [(0.44, 1), (0.45, 0)])
def test_a_sample_of_the_mixture_itself_counts_first(share, said):
    figures = {"biogas__gas_to_engines": 1000.0}
    assert len(found({"biogas.gas-to-engines": share}, **figures)) == said
