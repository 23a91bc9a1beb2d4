"""The paired bootstrap, against scipy and on simulated blends."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from xsample_tui.core.stats.paired_bootstrap import (
    Redraws,
    member_redraws,
    paired_bootstrap,
)


@pytest.mark.parametrize("seed", range(2))
def test_the_paired_bootstrap_of_images_is_scipys(seed: int) -> None:
    lot = np.random.default_rng(seed)
    a, b = lot.random(3000) < 0.95, lot.random(3000) < 0.93
    found = paired_bootstrap(a, b, lot, draws=20_000)
    gap = a.astype(float) - b
    expected = bootstrap((gap,), np.mean, n_resamples=20_000, method="percentile", batch=200, rng=lot)
    assert found.difference == pytest.approx(gap.mean())
    assert found.low == pytest.approx(expected.confidence_interval.low, abs=6e-4)
    assert found.high == pytest.approx(expected.confidence_interval.high, abs=6e-4)
    assert found.sd == pytest.approx(expected.standard_error, rel=0.03)
    assert not found.members


@given(st.integers(1, 12), st.integers(0, 99))
def test_redraws_repeat_equally_many_members_equally_often(k: int, seed: int) -> None:
    first, second = member_redraws(k, np.random.default_rng(seed), 50)
    assert first.shape == second.shape == (50, k)
    assert (first.sum(axis=1) == k).all()
    assert np.sort(first, axis=1).tolist() == np.sort(second, axis=1).tolist()
    if k > 3:
        assert first.tolist() != second.tolist()


def test_redraws_take_each_member_once_on_average() -> None:
    for counts in member_redraws(5, np.random.default_rng(0), 20_000):
        assert counts.mean(axis=0) == pytest.approx(np.ones(5), abs=0.03)
        assert counts.var(axis=0) == pytest.approx(np.full(5, 4 / 5), abs=0.03)


def noisy(lot: np.random.Generator, rates: float | np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return np.asarray(lot.random(shape) < rates)


def test_the_bootstrap_takes_well_under_a_second_or_two() -> None:
    lot = np.random.default_rng(0)
    redraws = Redraws(noisy(lot, 0.99, (400, 10_000)), noisy(lot, 0.99, (400, 10_000)), 5)
    first, second = noisy(lot, 0.99, (2, 10_000))
    began = time.process_time()
    found = paired_bootstrap(first, second, lot, redraws)
    assert time.process_time() - began < 1
    assert found.members
    assert found.low < found.difference < found.high


def test_members_that_differ_in_skill_widen_the_interval_and_equal_ones_do_not() -> None:
    lot = np.random.default_rng(0)
    a, b = noisy(lot, 0.97, (2, 5000))
    fixed = paired_bootstrap(a, b, np.random.default_rng(1))
    skill = Redraws(noisy(lot, lot.normal(0.97, 0.01, (200, 1)), (200, 5000)), noisy(lot, 0.97, (200, 5000)), 5)
    moved = paired_bootstrap(a, b, np.random.default_rng(1), skill)
    assert moved.difference == fixed.difference
    assert moved.sd == pytest.approx(math.hypot(fixed.sd, 0.01 * math.sqrt(5 / 4)), rel=0.15)
    assert moved.low < moved.difference < moved.high
    # Redraws that differ by image noise alone say nothing of the members.
    equal = Redraws(noisy(lot, 0.97, (200, 5000)), noisy(lot, 0.97, (200, 5000)), 5)
    assert paired_bootstrap(a, b, np.random.default_rng(1), equal).sd == pytest.approx(fixed.sd, rel=0.15)
    same = Redraws(np.tile(a, (9, 1)), np.tile(b, (9, 1)), 5)
    assert paired_bootstrap(a, b, np.random.default_rng(1), same).sd == fixed.sd


def test_blends_that_agree_have_no_difference() -> None:
    right = np.ones(50, np.bool_)
    found = paired_bootstrap(right, right, np.random.default_rng(0), draws=100)
    assert (found.difference, found.low, found.high, found.sd) == (0, 0, 0, 0)
    apart = paired_bootstrap(right, ~right, np.random.default_rng(0), draws=100)
    assert (apart.difference, apart.low) == (1, 1)
