"""Draws: each closes, together they have the posterior mean and covariance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.reconcile.compiling import compile_plan
from flows.reconcile.outlook.draws import posterior_draws
from flows.reconcile.problem import Readings, System
from flows.reconcile.sparse import SparsePlan

LINE = System(
    ("in", "mid", "out", "side", "lost"),
    np.array([-1, 0, 1, 1, 0]),
    np.array([0, 1, -1, -1, -1]),
    ("P", "Q"),
)
Y = np.array([100.0, 92.0, 61.0, 30.0])
SIGMA = np.array([3.0, 2.0, 2.0, 1.0])
PLAN = compile_plan(LINE, Readings(np.arange(4), SIGMA))


def unclosed(x, system=LINE):
    """Residual of each balance over what passes it on an average draw.

    A single draw may have next to nothing pass by chance, and through a dead end nothing can:
    their rounding is that of the readings, whose sigmas are not much below 1.
    """
    matrix, _ = system.equations()
    passing = (np.abs(x) @ np.abs(matrix.T)).mean(axis=0) / 2.0
    return np.abs(x @ matrix.T) / np.maximum(passing, 1.0)


@pytest.mark.parametrize("tied", [False, True])
def test_mean_and_covariance_are_the_analytic_ones_within_their_errors(tied):
    correlation = np.full((4, 4), 0.3) + 0.7 * np.eye(4) if tied else None
    plan = compile_plan(LINE, Readings(np.arange(4), SIGMA, correlation))
    count = 40_000
    drawn = posterior_draws(plan, Y, count, seed=1)
    assert drawn.method == "free"
    best = plan.solve(Y[None]).x[0]
    covariance = plan.covariance(np.arange(5))
    sigma = np.sqrt(covariance.diagonal())
    assert (np.abs(drawn.x.mean(axis=0) - best) <= 4.5 * sigma / count**0.5).all()
    # var of a sample covariance: (C_ii C_jj + C_ij^2) / n
    error = np.sqrt((np.outer(sigma**2, sigma**2) + covariance**2) / count)
    assert (np.abs(np.cov(drawn.x.T) - covariance) <= 4.5 * error).all()
    assert unclosed(drawn.x).max() <= 1e-12


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 3))
def test_every_draw_of_any_network_closes(seed, decades):
    rng = np.random.default_rng(seed)
    tails = np.concatenate([np.arange(-1, 5), rng.integers(-1, 6, 8)])
    heads = np.concatenate([np.arange(6), rng.integers(-1, 6, 8)])
    system = System(tuple(f"f{i}" for i in range(14)), tails, heads, tuple("PQRSTU"))
    of = np.flatnonzero(rng.random(14) > 0.2)
    sigma = rng.uniform(0.5, 5.0, len(of)) * 10.0 ** rng.uniform(0, decades, len(of))
    y = 100.0 + sigma * rng.normal(size=len(of))
    for kind in (compile_plan, SparsePlan):
        drawn = posterior_draws(kind(system, Readings(of, sigma)), y, 20, seed=seed)
        matrix, _ = system.equations()
        known = ~np.isnan(drawn.x[0])
        closed = [not matrix[p][~known].any() for p in range(6)]
        x = np.nan_to_num(drawn.x)
        assert unclosed(x, system)[:, closed].max(initial=0.0) <= 1e-12


def test_what_is_exact_stays_and_what_is_unknown_has_no_draw():
    two = System(
        ("in", "out", "air", "water"), np.array([-1, 0, 0, 0]), np.array([0, -1, -1, -1]), ("P",)
    )
    drawn = posterior_draws(
        compile_plan(two, Readings(np.arange(2), np.array([0.0, 1.0]))), np.array([5.0, 3.0]), 10
    )
    assert (drawn.x[:, 0] == 5.0).all()
    assert np.isnan(drawn.x[:, 2:]).all()
    assert drawn.x[:, 1].std() > 0.1


def test_the_same_seed_gives_the_same_draws():
    one, same, other = (posterior_draws(PLAN, Y, 5, seed=seed).x for seed in (1, 1, 2))
    assert (one == same).all()
    assert not (one == other).any()


def test_rejected_draws_are_the_posterior_law_given_the_bounds():
    # lost is 8 +- 3.3 or so: a few lie below 0, and the others keep their law.
    low = np.zeros(5)
    drawn = posterior_draws(PLAN, Y, 20_000, seed=1, low=low)
    free = posterior_draws(PLAN, Y, 60_000, seed=2).x
    assert drawn.method == "rejected"
    assert 0.9 < drawn.within < 1.0
    assert len(drawn.x) == 20_000
    assert drawn.x.min() >= -1e-8
    kept = free[(free >= 0.0).all(axis=1)]
    np.testing.assert_allclose(drawn.x.mean(axis=0), kept.mean(axis=0), atol=0.12)
    assert unclosed(drawn.x).max() <= 1e-12


def test_where_hardly_any_draw_lies_within_they_are_moved_to_the_nearest_that_does():
    # Ten outlets read as nothing: by itself one draw in a thousand has none below 0.
    count = 12
    system = System(
        ("in", *(f"o{i}" for i in range(1, count))),
        np.array([-1, *[0] * (count - 1)]),
        np.array([0, *[-1] * (count - 1)]),
        ("P",),
    )
    plan = compile_plan(system, Readings(np.arange(count), np.ones(count)))
    y = np.array([30.0, 30.0, *[0.0] * (count - 2)])
    drawn = posterior_draws(plan, y, 500, seed=1, low=np.zeros(count))
    assert drawn.method == "projected"
    assert drawn.within < 0.02
    assert drawn.x.min() >= -1e-6
    assert unclosed(drawn.x, system).max() <= 1e-12
    # Nearest in the metric of what is known: the conditions of Karush, Kuhn and Tucker.
    free = posterior_draws(plan, y, 500, seed=1).x
    moved = drawn.x - free
    matrix = np.ones(count)
    matrix[1:] = -1.0
    slope = moved - np.outer(moved @ matrix, matrix) / count  # sigma 1: metric is the identity
    np.testing.assert_allclose(slope, moved, atol=1e-6)
    inner = drawn.x > 1e-6
    for day in range(0, 500, 50):
        # Where no bound presses, the move is along the balance alone.
        along = slope[day][inner[day]] / matrix[inner[day]]
        assert np.ptp(along) < 1e-5


def test_contradictions_and_impossible_bounds_are_mistakes_of_the_program():
    pipe = System(("in", "out"), np.array([-1, 0]), np.array([0, -1]), ("P",))
    exact = compile_plan(pipe, Readings(np.arange(2), np.zeros(2)))
    with pytest.raises(ValueError, match="contradict"):
        posterior_draws(exact, np.array([5.0, 6.0]), 3)
    read = compile_plan(pipe, Readings(np.arange(2), np.ones(2)))
    with pytest.raises(ValueError, match="bounds"):
        posterior_draws(read, np.array([5.0, 6.0]), 3, low=np.array([0, 9.0]), high=np.ones(2))
