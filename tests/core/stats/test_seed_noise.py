"""Noise floor, chance and verdict, by their definitions."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats import t as student

from xsample_tui.core.stats.multiple_testing import benjamini_hochberg, holm
from xsample_tui.core.stats.paired_bootstrap import (
    PairedDifference,
    Redraws,
    member_redraws,
    minimum_detectable,
    paired_bootstrap,
)
from xsample_tui.core.stats.paired_tests import cochran_q, least_net_gain, mcnemar
from xsample_tui.core.stats.seed_noise import chance_p, expected_best_gain, noise_floor
from xsample_tui.core.stats.window_tests import prior_variance


def test_noise_floor_of_ten_baselines() -> None:
    floor = noise_floor([80, 85, 78, 90, 83, 81, 88, 76, 84, 85])
    assert (floor.count, floor.mean) == (10, 83)
    assert floor.sd == pytest.approx(np.std([80, 85, 78, 90, 83, 81, 88, 76, 84, 85], ddof=1))
    # The table of Snedecor and Cochran: chi-square with 9 degrees of freedom at 2.5 % and 97.5 %.
    assert floor.low == pytest.approx(floor.sd * math.sqrt(9 / 19.0228), rel=1e-4)
    assert floor.high == pytest.approx(floor.sd * math.sqrt(9 / 2.70039), rel=1e-4)


def test_one_baseline_has_no_spread() -> None:
    floor = noise_floor([83])
    assert math.isnan(floor.sd)
    assert math.sqrt(prior_variance(83)) == pytest.approx(6.44, abs=0.01)


def test_no_baseline_has_no_floor() -> None:
    with pytest.raises(ValueError, match="at least one"):
        noise_floor([])


def test_expected_best_gain_is_the_figure_of_the_science() -> None:
    assert expected_best_gain(361, 6.4) == pytest.approx(19, abs=0.5)
    assert expected_best_gain(1, 6.4) == pytest.approx(0, abs=1e-9)
    # The expected maximum of two standard normals is 1 / sqrt(pi).
    assert expected_best_gain(2, 1) == pytest.approx(1 / math.sqrt(math.pi), abs=1e-6)


@given(st.floats(-30, 60), st.integers(1, 500), st.floats(0.5, 20), st.integers(1, 50))
def test_chance_p_falls_with_the_gain_and_rises_with_the_windows(
    gain: float, windows: int, sd: float, baselines: int
) -> None:
    p = chance_p(gain, windows, sd, baselines)
    assert 0 <= p <= 1
    assert chance_p(gain + 1, windows, sd, baselines) <= p + 1e-12
    assert chance_p(gain, windows + 1, sd, baselines) >= p - 1e-12


def test_chance_p_of_one_window_is_students_t() -> None:
    floor = noise_floor([80, 84, 90, 79])
    t = (floor.mean - 70) / (floor.sd * math.sqrt(1 + 1 / 4))
    assert chance_p(floor.mean - 70, 1, floor.sd, 4) == pytest.approx(student.sf(t, 3), rel=0.02)
    assert chance_p(2.0, 1, 1.0, 1) == pytest.approx(norm.sf(2 / math.sqrt(2)), rel=0.02)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_corrections_never_lower_a_p_and_keep_the_order(p: list[float]) -> None:
    for corrected in (holm(p), benjamini_hochberg(p)):
        assert (corrected >= np.array(p) - 1e-15).all()
        assert (corrected <= 1).all()
        assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


def test_corrections_of_many_families_at_once() -> None:
    p = np.random.default_rng(0).random((7, 5, 9))
    assert holm(p)[3, 2].tolist() == holm(p[3, 2]).tolist()
    assert np.isnan(benjamini_hochberg([0.1, math.nan])).all()
    assert benjamini_hochberg([]).shape == (0,)


def test_holm_by_hand() -> None:
    assert holm([0.04, 0.01, 0.03]).tolist() == pytest.approx([0.06, 0.03, 0.06])


def test_models_that_agree_on_every_image() -> None:
    same = np.tile(np.array([True, False, True]), (3, 1))
    assert cochran_q(same).p == 1
    assert cochran_q(same[:1]).p == 1


def test_cochran_q_of_two_models_is_mcnemar_without_continuity() -> None:
    correct = np.array([[1] * 30 + [0] * 10, [1] * 12 + [0] * 18 + [1] * 4 + [0] * 6], bool)
    assert cochran_q(correct).statistic == pytest.approx((18 - 4) ** 2 / (18 + 4))


def interval(low: float, high: float) -> PairedDifference:
    return PairedDifference((low + high) / 2, low, high, 0.001, 0.95, True)


def test_five_images_can_never_be_significant() -> None:
    assert least_net_gain() == 6
    assert float(mcnemar(5, 0)) == 0.0625


def test_minimum_detectable_difference() -> None:
    assert minimum_detectable(1.0) == pytest.approx(1.959964 + 0.841621, abs=1e-5)
    assert interval(0, 1).detectable == pytest.approx(0.0028016, abs=1e-6)


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
