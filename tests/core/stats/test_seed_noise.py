"""Noise floor, chance and verdict, by their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats import t as student

from xsample_tui.core.stats.paired_bootstrap import (
    PairedDifference,
    minimum_detectable,
)
from xsample_tui.core.stats.paired_tests import least_net_gain, mcnemar
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


def interval(low: float, high: float) -> PairedDifference:
    return PairedDifference((low + high) / 2, low, high, 0.001, 0.95, True)


def test_five_images_can_never_be_significant() -> None:
    assert least_net_gain() == 6
    assert float(mcnemar(5, 0)) == 0.0625


def test_minimum_detectable_difference() -> None:
    assert minimum_detectable(1.0) == pytest.approx(1.959964 + 0.841621, abs=1e-5)
    assert interval(0, 1).detectable == pytest.approx(0.0028016, abs=1e-6)
