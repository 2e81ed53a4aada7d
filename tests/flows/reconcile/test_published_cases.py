"""Worked examples of the literature, from network file to every printed digit."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from flows.networkfile.days import file_series
from flows.networkfile.file import read_network
from flows.reconcile.asjson import asjson
from flows.reconcile.days.asjson import asjson_days

CASES = Path(__file__).parent / "cases"
EXPECTED = tomllib.loads((CASES / "expected.toml").read_text(encoding="utf-8"))


def answer_of(case):
    return read_network(text_of(case)).reconcile()


def text_of(case):
    return (CASES / f"{case}.toml").read_text(encoding="utf-8")


def said(text):
    """What the command prints with --json, read back."""
    printed = asjson(read_network(text).reconcile(), say=lambda item: item.code)
    return json.loads(json.dumps(printed, allow_nan=False))


def by_time(text):
    """What it prints with --by time --json."""
    found = file_series(read_network(text), together=True)
    printed = asjson_days(found.series, shown=found.shown, say=str, observed=False)
    return json.loads(json.dumps(printed, allow_nan=False))


def column(answer, name, part="flows"):
    return np.array([row[name] for row in answer[part]])


def test_every_case_has_a_file():
    files = {path.stem for path in CASES.glob("*.toml")} - {"expected"}
    assert files == set(EXPECTED)


@pytest.mark.parametrize("case", sorted(EXPECTED))
def test_the_case_comes_out_to_its_printed_digits(case):
    expected, answer = EXPECTED[case], said(text_of(case))
    rows = {"flows": answer["flows"][: len(expected["x"])]}
    np.testing.assert_allclose(column(rows, "reconciled"), expected["x"], rtol=5e-10)
    assert answer["chi2"] == pytest.approx(expected["chi2"], rel=1e-9)
    assert answer["dof"] == expected["dof"]
    assert answer["p_value"] == pytest.approx(expected["p_value"], rel=1e-5)
    assert answer["balance_residual"] <= 1e-12
    for name, key in (
        ("sigma_reconciled", "sigma_post"),
        ("adjustment", "adjustment"),
        ("normalized_adjustment", "normalized_adjustment"),
    ):
        if key in expected:
            np.testing.assert_allclose(column(rows, name), expected[key], rtol=1e-8)


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


def plant(inward, outward, more=""):
    return f"""
        [[flow]]
        id = "in"
        from = "environment"
        to = "plant"
        {inward}
        [[flow]]
        id = "out"
        from = "plant"
        to = "environment"
        {outward}
        {more}
        """


ONE_NODE = plant("value = 100.0\nsigma = 5.0", "value = 110.0\nsigma = 5.0")


def test_one_balance_of_equal_sigmas_meets_in_the_middle():
    answer = said(ONE_NODE)
    assert column(answer, "reconciled") == pytest.approx([105.0, 105.0], rel=1e-12)
    assert column(answer, "sigma_reconciled") == pytest.approx(3.5355339059327378, rel=1e-12)
    assert column(answer, "normalized_adjustment") == pytest.approx([2**0.5, -(2**0.5)], rel=1e-12)
    assert (answer["chi2"], answer["dof"]) == (pytest.approx(2.0, rel=1e-12), 1)
    assert answer["p_value"] == pytest.approx(0.15729921, rel=1e-7)


def test_the_better_meter_moves_less():
    # lambda = -10 / (5^2 + 10^2)
    answer = said(plant("value = 100.0\nsigma = 5.0", "value = 110.0\nsigma = 10.0"))
    assert column(answer, "reconciled") == pytest.approx([102.0, 102.0], rel=1e-12)
    assert column(answer, "sigma_reconciled") == pytest.approx(4.47213595499958, rel=1e-12)
    assert (answer["chi2"], answer["dof"]) == (pytest.approx(0.8, rel=1e-12), 1)


def test_an_exact_value_stays_and_the_other_one_comes():
    answer = said(plant("value = 100.0\nsigma = 0.0", "value = 110.0\nsigma = 10.0"))
    assert column(answer, "reconciled").tolist() == [100.0, 100.0]
    assert column(answer, "sigma_reconciled").tolist() == [0.0, 0.0]
    assert column(answer, "class").tolist() == ["exact", "redundant"]
    assert (answer["chi2"], answer["dof"]) == (pytest.approx(1.0, rel=1e-12), 1)


def test_exact_values_that_contradict_each_other_name_the_balance_and_give_no_number():
    text = plant("value = 100.0\nsigma = 0.0", "value = 110.0\nsigma = 0.0")
    answer = said(text)
    assert not answer["feasible"]
    assert column(answer, "reconciled").tolist() == [None, None]
    (found,) = (item for item in read_network(text).reconcile().findings)
    assert (found.code, found.where) == ("infeasible", "plant")
    assert found.params["residual"] == -10.0


def test_what_is_left_over_is_observable_and_nothing_is_tested():
    answer = said(
        plant(
            "value = 100.0\nsigma = 2.0",
            "value = 60.0\nsigma = 3.0",
            '[[flow]]\nid = "rest"\nfrom = "plant"\nto = "environment"',
        )
    )
    rest = answer["flows"][2]
    assert rest["reconciled"] == pytest.approx(40.0, rel=1e-12)
    assert rest["sigma_reconciled"] == pytest.approx(3.605551275463989, rel=1e-12)
    assert column(answer, "class").tolist() == ["nonredundant", "nonredundant", "observable"]
    assert (answer["dof"], answer["chi2"], answer["p_value"]) == (0, None, None)


def test_a_balance_said_twice_is_one_degree_of_freedom():
    again = said(ONE_NODE + "[[relation]]\nterms = { in = 1.0, out = -1.0 }\n")
    once = said(ONE_NODE)
    assert again["dof"] == 1
    assert again["chi2"] == pytest.approx(once["chi2"], rel=1e-12)
    for name in ("reconciled", "sigma_reconciled", "normalized_adjustment"):
        np.testing.assert_allclose(column(again, name), column(once, name), rtol=1e-12)


def test_another_unit_changes_no_test():
    def of(unit, factor):
        return said(
            plant(
                *(
                    f'value = {value * factor!r}\nsigma = {sigma * factor!r}\nunit = "{unit}"'
                    for value, sigma in ((100.0, 5.0), (110.0, 10.0))
                )
            )
        )

    days, seconds = of("t/d", 1.0), of("kg/s", 1000 / 86400)
    for name in ("chi2", "p_value"):
        assert seconds[name] == pytest.approx(days[name], rel=1e-12)
    for name, factor in (
        ("reconciled", 1000 / 86400),
        ("sigma_reconciled", 1000 / 86400),
        ("normalized_adjustment", 1.0),
    ):
        np.testing.assert_allclose(
            column(seconds, name), factor * column(days, name), rtol=1e-12, atol=0.0
        )


SILO = """
[network]
start = 2025-03-01
end = 2025-03-03
[[flow]]
id = "in"
from = "environment"
to = "silo"
unit = "t"
sigma = 2.0
[[flow]]
id = "out"
from = "silo"
to = "environment"
unit = "t"
sigma = 2.0
[[stock]]
process = "silo"
unit = "t"
sigma = 1.0
""" + "".join(
    f'[[reading]]\nof = "{of}"\n{moment}\nvalue = {value}\n'
    for of, moment, value in (
        ("in", "day = 2025-03-01", 30.0),
        ("out", "day = 2025-03-01", 15.0),
        ("in", "day = 2025-03-02", 40.0),
        ("out", "day = 2025-03-02", 25.0),
        ("silo.level", "start = 2025-03-01", 100.0),
        ("silo.level", "day = 2025-03-01", 110.0),
        ("silo.level", "day = 2025-03-02", 130.0),
    )
)
#: in, out, in, out, and the three levels: S = [[10, -1], [-1, 10]] for residuals 5 and -5.
STOCKED = [
    28.181818181818183,
    16.818181818181817,
    41.81818181818182,
    23.181818181818183,
    99.54545454545455,
    110.9090909090909,
    129.54545454545453,
]


def test_two_days_of_a_silo_share_the_level_between_them():
    answer = by_time(SILO)
    # A day is a line of flows; a level stands at the end of each, the first on the eve.
    found = [*column(answer, "reconciled"), *column(answer, "reconciled", "levels")]
    assert found == pytest.approx(STOCKED, rel=1e-12)
    assert (answer["chi2"], answer["dof"]) == (pytest.approx(4.545454545454546, rel=1e-12), 2)


def test_the_silo_written_as_a_chain_of_days_gives_the_same():
    """A level carried from one day to the next is a flow between the two."""
    readings = (
        ("in1", "environment", "day1", 30.0, 2.0),
        ("out1", "day1", "environment", 15.0, 2.0),
        ("in2", "environment", "day2", 40.0, 2.0),
        ("out2", "day2", "environment", 25.0, 2.0),
        ("eve", "environment", "day1", 100.0, 1.0),
        ("night", "day1", "day2", 110.0, 1.0),
        ("end", "day2", "environment", 130.0, 1.0),
    )
    answer = said(
        "".join(
            f'[[flow]]\nid = "{name}"\nfrom = "{source}"\nto = "{target}"\n'
            f"value = {value}\nsigma = {sigma}\n"
            for name, source, target, value, sigma in readings
        )
    )
    assert column(answer, "reconciled") == pytest.approx(STOCKED, rel=1e-12)
    assert (answer["chi2"], answer["dof"]) == (pytest.approx(4.545454545454546, rel=1e-12), 2)


INVOICED = """
[network]
start = 2025-04-01
end = 2025-05-01
[[flow]]
id = "power"
from = "environment:grid"
to = "{to}"
unit = "MWh"
value = 310.0
sigma = 2.0
""" + "".join(
    f'[[reading]]\nof = "power"\nday = 2025-04-{day:02}\nvalue = 10.0\nsigma = 1.0\n'
    for day in range(1, 31)
)
USED = '[[flow]]\nid = "use"\nfrom = "plant"\nto = "environment"\nunit = "MWh"\n'


def test_thirty_days_and_the_invoice_of_their_month():
    # r = 300 - 310, S = 30 + 4: each day +10/34, the invoice -40/34.
    answer = by_time(INVOICED.format(to="plant") + USED)
    days = [row for row in answer["flows"] if row["id"] == "power"]
    assert len(days) == 30
    found = [row["reconciled"] for row in days]
    assert found == pytest.approx([10.294117647058824] * 30, rel=1e-12)
    (month,) = answer["spans"]
    assert month["reconciled"] == pytest.approx(308.8235294117647, rel=1e-12)
    assert month["sigma_reconciled"] == pytest.approx(1.8786728732554485, rel=1e-12)
    assert (answer["chi2"], answer["dof"]) == (pytest.approx(2.9411764705882355, rel=1e-12), 1)


def test_the_month_as_one_period_is_the_invoice_and_the_sum_of_its_days():
    answer = said(INVOICED.format(to="environment"))
    (month,) = answer["flows"]
    assert month["reconciled"] == pytest.approx(308.8235294117647, rel=1e-12)
    assert month["sigma_reconciled"] == pytest.approx(1.8786728732554485, rel=1e-12)
    assert (answer["chi2"], answer["dof"]) == (pytest.approx(2.9411764705882355, rel=1e-12), 1)


def test_a_recycle_follows_from_its_shares():
    # All that comes in passes the sorter 1 / (1 - 0.25) times.
    ends = (
        ("A", "environment", "mixer", 80.0),
        ("B", "environment", "mixer", 20.0),
        ("T", "mixer", "sorter", None),
        ("recycle", "sorter", "mixer", None),
        ("product", "sorter", "environment", None),
        ("residue", "sorter", "environment", None),
    )
    text = "".join(
        f'[[flow]]\nid = "{name}"\nfrom = "{source}"\nto = "{target}"\n'
        + ("" if value is None else f"value = {value}\nsigma = 0.0\n")
        for name, source, target, value in ends
    )
    text += "".join(
        f'[[coefficient]]\nprocess = "sorter"\nflow = "{name}"\nvalue = {share}\n'
        for name, share in (("recycle", 0.25), ("product", 0.6), ("residue", 0.15))
    )
    answer = said(text)
    found = column(answer, "reconciled")
    assert found == pytest.approx([80.0, 20.0, 400 / 3, 100 / 3, 80.0, 20.0], rel=1e-12)
    assert found[2] / (found[0] + found[1]) == pytest.approx(4 / 3, rel=1e-12)


CARRIED = """
[network]
layers = ["mass", "N"]
[[flow]]
id = "sludge"
from = "environment"
to = "plant"
unit = "t"
value = 1000.0
sigma = 20.0
[[flow]]
id = "out"
from = "plant"
to = "environment"
unit = "t"
[[reading]]
of = "sludge.N"
value = 0.02
sigma = 0.001
"""


def test_a_tonnage_times_a_concentration_has_the_first_order_sigma():
    # (F sc)^2 + (c sF)^2
    answer = said(CARRIED)
    (load,) = (row for row in answer["flows"] if (row["id"], row["layer"]) == ("sludge", "N"))
    assert load["reconciled"] == pytest.approx(20.0, rel=1e-12)
    assert load["sigma_reconciled"] == pytest.approx(1.0770329614269007, rel=1e-12)


def test_a_missing_day_takes_the_value_of_the_other_meter():
    answer = said(plant("value = 100.0\nsigma = 5.0", ""))
    assert column(answer, "reconciled").tolist() == [100.0, 100.0]
    assert column(answer, "sigma_reconciled").tolist() == [5.0, 5.0]
    assert column(answer, "class").tolist() == ["nonredundant", "observable"]
    assert answer["dof"] == 0


#: Binary column, lecture of McGill (NAMP): flow, then its two contents, each with sigma.
COLUMN = {
    "F1": ((1095.475, 54.8), (0.4822, 0.0048), (0.517, 0.0052)),
    "F2": ((478.402, 23.9), (0.941, 0.0094), (0.0501, 0.0005)),
    "F3": ((488.232, 24.4), (0.0197, 0.0002), (0.9748, 0.0097)),
}
#: The optimum of what the lecture states (chi2 5.24); the point that it prints has chi2 35.9.
OPTIMUM = {
    "F1": ((1002.618849, 28.98356), (0.4824412593, 0.003442781), (0.5175587407, 0.003442781)),
    "F2": ((498.7784583, 14.8806), (0.949876154, 0.0004992357), (0.05012384602, 0.0004992357)),
    "F3": ((503.8403907, 15.0432), (0.01970254198, 0.0001999537), (0.980297458, 0.0001999537)),
}
PARTS = ("light", "heavy")


def test_a_distillation_column_comes_to_the_optimum_and_not_to_what_was_printed():
    text = '[network]\nlayers = ["light", "heavy"]\nsum_to_one = ["light", "heavy"]\n'
    for name, ((amount, spread), *_) in COLUMN.items():
        ends = ("environment", "column") if name == "F1" else ("column", "environment")
        text += f'[[flow]]\nid = "{name}"\nfrom = "{ends[0]}"\nto = "{ends[1]}"\n'
        text += f"value = {amount}\nsigma = {spread}\n"
    for name, part in product(COLUMN, PARTS):
        share, spread = COLUMN[name][1 + PARTS.index(part)]
        text += f'[[reading]]\nof = "{name}.{part}"\nvalue = {share}\nsigma = {spread}\n'
    answer = said(text)
    rows = {row["id"]: row for row in answer["flows"] if row["layer"] not in PARTS}
    rows |= {row["id"]: row for row in answer["concentrations"]}
    for name, wanted in OPTIMUM.items():
        keys = (name, *(f"{name}.{part}" for part in PARTS))
        found = [(rows[key]["reconciled"], rows[key]["sigma_reconciled"]) for key in keys]
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
        values = [value for value, _ in found]
        np.testing.assert_allclose(values, [value for value, _ in wanted], rtol=2e-9)
    assert answer["converged"]
    assert (answer["chi2"], answer["dof"]) == (pytest.approx(5.2366184, rel=1e-8), 5)


@pytest.mark.parametrize("case", ["linear-p02", "vdi2048-corrected"])
def test_the_command_itself_prints_the_same_digits(case, tmp_path):
    program = Path(sys.executable).with_name("parkflow")
    run = subprocess.run(
        [program, "reconcile", str(CASES / f"{case}.toml"), "--json", "--lang", "en"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    printed, expected = json.loads(run.stdout), said(text_of(case))
    for part in ("flows", "chi2", "dof", "p_value", "balance_residual"):
        assert printed[part] == expected[part]
