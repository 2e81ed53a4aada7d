"""Network files against an independent dense solution of the Lagrange conditions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.networkfile.file import read_network
from flows.reconcile.asjson import asjson


@dataclass(frozen=True)
class Park:
    """A file in text, and the same as matrices: what closes, what was read, with what variance."""

    text: str
    ends: tuple[tuple[int, int], ...]
    y: np.ndarray
    variance: np.ndarray


@st.composite
def parks(draw):
    """Sums of paths and loops, all measured, noise of both sorts, ties, one fault."""
    count = draw(st.integers(1, 5))
    truth: dict[tuple[int, int], float] = {}
    inner = st.lists(st.integers(0, count - 1), min_size=1, max_size=count, unique=True)
    for _ in range(draw(st.integers(2, 5))):
        nodes, weight = draw(inner), draw(st.floats(5.0, 500.0))
        loop = len(nodes) > 1 and draw(st.booleans())
        path = [*nodes, nodes[0]] if loop else [-1, *nodes, -1]
        for edge in pairwise(path):
            truth[edge] = truth.get(edge, 0.0) + weight
    ends, size = tuple(truth), len(truth)
    common = draw(st.sampled_from([0.0, 0.01, 0.04])) * draw(st.floats(-2.0, 2.0))
    shares = [draw(st.sampled_from([0.01, 0.03, 0.1])) for _ in ends]
    on_scale = [draw(st.booleans()) for _ in ends]
    fault = draw(st.integers(0, size - 1))
    lines = ['[[device]]\nid = "scale"\nbias_sigma = "2 %"']
    y, chance, bias = np.zeros(size), np.zeros(size), np.zeros(size)
    for i, ((tail, head), amount) in enumerate(truth.items()):
        noise = draw(st.floats(-2.0, 2.0)) + (8.0 if i == fault else 0.0)
        y[i] = amount * (1.0 + shares[i] * noise + common * on_scale[i])
        chance[i], bias[i] = shares[i] * amount, 0.02 * abs(y[i]) * on_scale[i]
        bias[i] = np.copysign(bias[i], y[i])
        source, target = ("environment" if end < 0 else f"p{end}" for end in (tail, head))
        lines += [
            f'[[flow]]\nid = "f{i}"\nfrom = "{source}"\nto = "{target}"\nmin = -inf',
            f"value = {float(y[i])!r}\nsigma = {float(chance[i])!r}",
        ] + ['device = "scale"'] * on_scale[i]
    variance = np.diag(chance**2) + np.outer(bias, bias)
    if size > 1 and draw(st.booleans()):
        tie = draw(st.sampled_from([-0.6, 0.3, 0.8]))
        lines.append(f'[[correlation]]\nbetween = ["f0", "f1"]\nvalue = {tie}')
        variance[0, 1] += tie * chance[0] * chance[1]
        variance[1, 0] = variance[0, 1]
    return Park("\n".join(lines) + "\n", ends, y, variance)


def lagrange(park):
    """x, its sigma, chi2 and the balances: V^-1 (x - y) + A' l = 0 and A x = 0, as one matrix."""
    nodes = range(max((end for pair in park.ends for end in pair), default=-1) + 1)
    balances = [[(h == n) - float(t == n) for t, h in park.ends] for n in nodes]
    matrix = np.array([row for row in balances if any(row)]).reshape(-1, len(park.ends))
    size = np.sqrt(park.variance.diagonal())
    scaled = matrix * size
    _, sizes, right = np.linalg.svd(scaled)
    matrix = right[: int((sizes > 1e-10 * sizes.max(initial=0.0)).sum())]
    weight = np.linalg.inv(park.variance / np.outer(size, size))
    blocks = [[weight, matrix.T], [matrix, np.zeros((len(matrix), len(matrix)))]]
    inverse = np.linalg.inv(np.block(blocks))
    n = len(park.ends)
    step = inverse[:n, n:] @ (-matrix @ (park.y / size))
    x = park.y + size * step
    spread = size * np.sqrt(np.maximum(inverse[:n, :n].diagonal(), 0.0))
    return x, spread, float(step @ weight @ step), len(matrix), np.array(balances)


@settings(max_examples=60, deadline=None)
@given(parks())
def test_a_file_with_noise_of_both_sorts_and_one_fault_agrees_with_the_lagrange_conditions(park):
    said = asjson(read_network(park.text).reconcile(), say=lambda item: item.code)
    x, spread, chi2, dof, balances = lagrange(park)
    found = np.array([row["reconciled"] for row in said["flows"]])
    np.testing.assert_allclose(found, x, rtol=1e-9, atol=1e-9 * np.abs(park.y).max())
    np.testing.assert_allclose(
        [row["sigma_reconciled"] for row in said["flows"]],
        spread,
        rtol=1e-6,
        atol=1e-7 * np.sqrt(park.variance.max()),
    )
    assert said["dof"] == dof
    assert (said["chi2"] or 0.0) == pytest.approx(chi2, rel=1e-7, abs=1e-9)
    rest, through = np.abs(balances @ found), (np.abs(balances) @ np.abs(found)) / 2.0
    assert (rest <= 1e-12 * through).all()


TIE = """
[[device]]
id = "belt"
bias_sigma = "5 %"
[[flow]]
id = "in"
from = "environment"
to = "plant"
value = 100.0
sigma = 3.0
[[flow]]
id = "out"
from = "plant"
to = "environment"
value = 80.0
sigma = 3.0
device = "belt"
[[correlation]]
between = ["in", "out"]
value = 0.5
"""


def test_a_tie_is_between_chance_errors_even_where_a_scale_weighs_only_one_flow():
    # V = [[9, 0.5 * 3 * 3], [4.5, 9 + (5 % of 80)^2]]: of r = 20, V_r = 9 + 25 - 2 * 4.5 = 25.
    answer = read_network(TIE).reconcile()
    assert answer.chi2 == pytest.approx(400 / 25)
    assert answer.flows[0].adjustment == pytest.approx(-20 * (9 - 4.5) / 25)


YARD = """
[[flow]]
id = "waste"
from = "environment"
to = "environment:yard"
unit = "t/d"
value = 100.0
sigma = 4.0
typical = 200.0
[[reading]]
of = "waste"
value = 110.0
{sigma}
"""


def test_without_a_period_a_further_reading_in_tonnes_a_day_is_of_the_one_day():
    answer = read_network(YARD.format(sigma="sigma = 4.0")).reconcile()
    assert answer.flows[0].reconciled == pytest.approx(105.0)


def test_without_a_period_a_percentage_is_of_the_typical_amount_for_a_further_reading_too():
    answer = read_network(YARD.format(sigma='sigma = "3 %"')).reconcile()
    assert answer.readings[0].sigma == pytest.approx(6.0)


SALTS = """
[network]
layers = ["mass", "salt", "rest"]
sum_to_one = ["salt", "rest"]
[[flow]]
id = "wet"
from = "environment"
to = "press"
value = {wet}
sigma = {sigma}
[[flow]]
id = "dry"
from = "press"
to = "environment"
value = {dry}
sigma = {sigma}
"""
CONTENTS = """
[[reading]]
of = "{of}"
value = {value}
sigma = {sigma}
"""


@pytest.mark.parametrize(
    ("wet", "dry", "sigma", "contents"),
    [
        (
            53.5992,
            54.8364,
            1.66,
            ((0.128357, 0.00654), (0.135904, 0.00654), (0.874307, 0.0435), (0.870074, 0.0174)),
        ),
        (
            63.2202,
            62.8487,
            1.85,
            ((0.0621283, 0.00364), (0.0599176, 0.00361), (0.955003, 0.0187), (0.888477, 0.0469)),
        ),
    ],
)
def test_balances_that_follow_from_each_other_are_not_counted_twice_on_the_way(
    wet, dry, sigma, contents
):
    """Where one flow goes in and one comes out, two balances of parts make up that of the whole.

    Then both flows are the mean of their readings, and so are the contents by their weights:
    6 readings and 2 sums less 2 unknowns; a rounding taken for an equation would fix the flows.
    """
    names = ("wet.salt", "dry.salt", "wet.rest", "dry.rest")
    parts = zip(names, contents, strict=True)
    text = SALTS.format(wet=wet, dry=dry, sigma=sigma)
    text += "".join(CONTENTS.format(of=of, value=v, sigma=s) for of, (v, s) in parts)
    answer = read_network(text).reconcile()
    assert answer.converged
    assert answer.dof == 4
    assert answer.flows[0].reconciled == pytest.approx((wet + dry) / 2)
    assert answer.flows[0].sigma_reconciled == pytest.approx(sigma / 2**0.5)
    salt = [
        (v, s) if of.endswith("salt") else (1 - v, s)
        for of, (v, s) in zip(names, contents, strict=True)
    ]
    weights = [s**-2 for _, s in salt]
    mean = sum(v * w for (v, _), w in zip(salt, weights, strict=True)) / sum(weights)
    assert answer.concentrations[0].reconciled == pytest.approx(mean)


CIRCLE = """
[[flow]]
id = "fed"
from = "environment"
to = "mixer"
[[flow]]
id = "milled"
from = "mixer"
to = "mill"
min = 304.9
[[flow]]
id = "dust"
from = "mill"
to = "environment"
value = 42.0503
sigma = 3.44
[[flow]]
id = "past"
from = "mixer"
to = "sieve"
[[flow]]
id = "coarse"
from = "sieve"
to = "mill"
max = 11.49
[[flow]]
id = "sieved"
from = "mill"
to = "sieve"
max = 320.7
value = 260.169
sigma = 13.2
[[flow]]
id = "sold"
from = "sieve"
to = "environment"
max = 241.4
"""


def test_a_flow_that_held_bounds_made_known_presses_by_its_own_bound_too():
    # past >= 0 asks sieved <= sold + coarse, milled >= 304.9 asks dust + sieved >= 304.9 + coarse:
    # best with coarse at its most, sieved = 241.4 + 11.49 and dust = 304.9 - 241.4.
    answer = read_network(CIRCLE).reconcile()
    rows = {row.id: row.reconciled for row in answer.flows}
    assert rows["sieved"] == pytest.approx(252.89)
    assert rows["dust"] == pytest.approx(63.5)
    assert rows["past"] == pytest.approx(0.0, abs=1e-9)
    assert "bound-impossible" not in {item.code for item in answer.findings}


def file_of(flows):
    """A file from lines `id: from > to, key = value, ...`."""
    text = ""
    for line in flows.strip().splitlines():
        name, _, rest = line.partition(":")
        ends, *keys = rest.split(",")
        source, _, target = (part.strip() for part in ends.partition(">"))
        text += f'[[flow]]\nid = "{name.strip()}"\nfrom = "{source}"\nto = "{target}"\n'
        text += "\n".join(key.strip() for key in keys) + "\n"
    return text


@pytest.mark.parametrize(
    ("flows", "wanted", "chi2"),
    [
        (
            # pressed >= cake >= 900, and dosed <= 10 leaves slurry >= 890 to make up the cake; on
            # the way there a bound at the other end of dosed was held, which no split can meet.
            """
            water: environment > tank
            wash: tank > press
            pumped: environment > pit
            slurry: pit > screen, value = 800.0, sigma = 20.0
            screened: screen > mixer
            cake: mixer > press, min = 900.0
            dosed: environment > mixer, max = 10.0
            pressed: press > yard, min = 12.0, value = 10.0, sigma = 0.2
            sold: yard > environment
            """,
            {"slurry": 890.0, "pressed": 900.0, "cake": 900.0, "wash": 0.0, "dosed": 10.0},
            (90.0 / 20.0) ** 2 + (890.0 / 0.2) ** 2,
        ),
        (
            # turned = back + lost + sold + burnt, and back + lost >= 0: of -400 by meters of
            # 13, 5 and 3 each takes its share of the variance, 169 + 25 + 9.
            """
            fed: environment > drum, min = 300.0
            turned: drum > sieve, value = 200.0, sigma = 13.0
            fine: sieve > belt
            over: belt > mill
            milled: mill > silo
            sold: silo > environment, min = 200.0, value = 300.0, sigma = 5.0
            back: sieve > drum
            burnt: mill > environment, value = 300.0, sigma = 3.0
            lost: belt > filter
            dust: filter > environment
            """,
            {
                "turned": 200.0 + 400.0 * 169.0 / 203.0,
                "sold": 300.0 - 400.0 * 25.0 / 203.0,
                "burnt": 300.0 - 400.0 * 9.0 / 203.0,
                "back": 0.0,
                "lost": 0.0,
            },
            400.0**2 / 203.0,
        ),
    ],
    ids=["press", "drum"],
)
def test_bounds_that_unknown_flows_share_are_held_together_and_leave_room(flows, wanted, chi2):
    answer = read_network(file_of(flows)).reconcile()
    rows = {row.id: row.reconciled for row in answer.flows}
    assert {name: rows[name] for name in wanted} == pytest.approx(wanted, rel=1e-12, abs=1e-9)
    assert answer.chi2 == pytest.approx(chi2)
    assert "bound-impossible" not in {item.code for item in answer.findings}


@pytest.mark.parametrize("order", list(permutations(range(4))))
@pytest.mark.parametrize("ash", [0.001, 0.0010005])
def test_exact_values_that_nearly_cancel_leave_the_small_balance_closed(order, ash):
    # 1e6 - 999999.999 is 0.001 to a rounding of 1e6 only: the dust is what the ash says of it.
    lines = [
        "fed: environment > kiln, value = 1000000.0, sigma = 0.0",
        "fired: kiln > environment, value = 999999.999, sigma = 0.0",
        "dust: kiln > filter",
        f"ash: filter > environment, value = {ash}, sigma = 0.0",
    ]
    said = asjson(
        read_network(file_of("\n".join(lines[i] for i in order))).reconcile(),
        say=lambda item: item.code,
    )
    rows = {row["id"]: row["reconciled"] for row in said["flows"]}
    assert said["feasible"]
    assert rows["dust"] == ash
    assert said["balance_residual"] <= 1e-12
