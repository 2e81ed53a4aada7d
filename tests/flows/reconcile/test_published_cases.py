"""Worked examples of the literature, from network file to every printed digit."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from flows.networkfile import read_network

CASES = Path(__file__).parent / "cases"
EXPECTED = tomllib.loads((CASES / "expected.toml").read_text(encoding="utf-8"))


def answer_of(case):
    return read_network((CASES / f"{case}.toml").read_text(encoding="utf-8")).reconcile()


def test_every_case_has_a_file():
    files = {path.stem for path in CASES.glob("*.toml")} - {"expected"}
    assert files == set(EXPECTED)


@pytest.mark.parametrize("case", sorted(EXPECTED))
def test_the_case_comes_out_to_its_printed_digits(case):
    expected, answer = EXPECTED[case], answer_of(case)
    rows = answer.flows[: len(expected["x"])]

    def column(name):
        return np.array([getattr(row, name) for row in rows])

    np.testing.assert_allclose(column("reconciled"), expected["x"], rtol=5e-10)
    assert answer.chi2 == pytest.approx(expected["chi2"], rel=1e-9)
    assert answer.dof == expected["dof"]
    assert answer.p_value == pytest.approx(expected["p_value"], rel=1e-5)
    assert answer.balance_residual <= 1e-12
    for name, key in (
        ("sigma_reconciled", "sigma_post"),
        ("adjustment", "adjustment"),
        ("normalized_adjustment", "normalized_adjustment"),
    ):
        if key in expected:
            np.testing.assert_allclose(column(name), expected[key], rtol=1e-8)


def test_the_steam_turbine_of_vdi_2048_has_its_half_widths_and_local_tests():
    expected, answer = EXPECTED["vdi2048-corrected"], answer_of("vdi2048-corrected")
    rows = answer.flows[:10]
    half = [1.96 * row.sigma_reconciled for row in rows]
    np.testing.assert_allclose(half, expected["half_width_post"], rtol=1e-7)
    local = [abs(row.normalized_adjustment) for row in rows]
    np.testing.assert_allclose(local, expected["local_test"], rtol=1e-5)


def test_a_flow_outside_every_balance_stays_as_it_was_measured():
    outside = answer_of("vdi2048-corrected").flows[10]
    assert (outside.id, outside.klass) == ("mD", "nonredundant")
    assert outside.reconciled == outside.measured == 2.092
    assert outside.sigma_reconciled == outside.sigma
    assert outside.normalized_adjustment is None


@pytest.mark.parametrize(
    ("case", "suspect"),
    [
        ("linear-p01", True),
        ("linear-p02", False),
        ("linear-p03", False),
        ("linear-p04", False),
        ("linear-p05", True),
        ("linear-p13", True),
    ],
)
def test_the_global_test_says_whether_a_gross_error_is_likely(case, suspect):
    answer = answer_of(case)
    assert answer.suspect == suspect
    assert bool(answer.suspects) == answer.suspect
    assert ("global-test" in {item.code for item in answer.findings}) == answer.suspect


def test_one_balance_cannot_tell_its_three_meters_apart():
    (only,) = answer_of("linear-p01").suspects
    assert only.members == ("s1", "s2", "s3")
    assert only.statistic == pytest.approx(3.57955319, rel=1e-8)


def test_suspects_come_worst_first():
    found = answer_of("linear-p13").suspects
    assert [item.members for item in found] == [("s16",), ("s7",), ("s9",), ("s11",), ("s3",)]
    sizes = [item.statistic for item in found]
    assert sizes[0] == pytest.approx(11.3204272, rel=1e-8)
    assert sizes == sorted(sizes, reverse=True)
