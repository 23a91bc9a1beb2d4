"""What can be found before anything is trained."""

import math

import numpy as np
import pytest

from xsample_tui.core.stats.detectable_effects import detectable, sentences
from xsample_tui.core.stats.window_tests import window_tests


def test_more_baselines_find_less_and_more_windows_need_more() -> None:
    few, many = detectable(10_000, 361, 10, 0.008), detectable(10_000, 361, 30, 0.008)
    assert few.errors == 80
    assert many.window < few.window
    assert few.window_alone < few.window
    assert detectable(10_000, 36, 10, 0.008).window < few.window
    assert few.net == 6
    # As measured at 80 errors: about 13 images between blends; 4.2 between random sets of 36.
    assert few.blends == pytest.approx(12.5, abs=0.5)
    assert detectable(10_000, 36, 36, 0.008).random_sets == pytest.approx(4.7, abs=0.2)


def test_one_baseline_finds_no_window() -> None:
    found = detectable(1000, 25, 1)
    assert math.isnan(found.window)
    assert "no window's gain" in sentences(found)[0]


def test_sentences_fit_a_terminal() -> None:
    for line in sentences(detectable(1_000_000, 4000, 10), "as in standard-20261126-1"):
        assert len(line) <= 120


@pytest.mark.parametrize("baselines", [5, 20])
def test_a_gain_of_that_size_is_found_in_four_of_five_sweeps(baselines: int) -> None:
    """On simulated networks that share about half of their errors."""
    images, found, count = 4000, 0, 300
    chance = np.random.default_rng(0)
    probe = 2.6 + 1.5 * chance.standard_normal((40, images)) + chance.standard_normal((40, images))
    share = float((probe < 0).mean())
    wanted = detectable(images, 1, baselines, share).window_alone / images
    # What makes a network that much better, found on many images.
    ease = np.linspace(2.6, 4, 60)
    many = 1.5 * chance.standard_normal(400_000) + chance.standard_normal(400_000)
    better = ease[int(np.argmin([abs(share - wanted - (many + e < 0).mean()) for e in ease]))]
    for _ in range(count):
        hard = 1.5 * chance.standard_normal(images)
        windows = better + hard + chance.standard_normal((1, images)) > 0
        whole = 2.6 + hard + chance.standard_normal((baselines, images)) > 0
        found += window_tests(windows, whole).p[0] < 0.05
    assert 0.65 < found / count < 0.95
