"""The gap of two counts of errors: its interval, its p, and what images alone contribute to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from xsample_tui.core.stats.error_gap import gap, systematic
from xsample_tui.core.stats.two_way_variance import StreamPart

numbers = st.floats(0.1, 100)


@given(st.floats(-50, 50), numbers, st.floats(1, 500))
def test_one_part_gives_students_interval_and_p(gain: float, variance: float, freedom: float) -> None:
    found = gap(gain, [StreamPart(variance, freedom)])
    law = t(freedom, loc=gain, scale=variance**0.5)
    assert found.sd == pytest.approx(variance**0.5)
    assert (found.low, found.high) == pytest.approx(law.interval(0.95), rel=1e-6, abs=1e-6)
    assert found.p == pytest.approx(2 * t.sf(abs(gain) / found.sd, freedom), rel=1e-6, abs=1e-12)


@given(st.floats(-50, 50), numbers, numbers)
def test_the_gap_the_other_way_is_its_mirror(gain: float, first: float, second: float) -> None:
    parts = [StreamPart(first, 5), StreamPart(second, 40)]
    here, there = gap(gain, parts), gap(-gain, parts[::-1])
    assert there.p == pytest.approx(here.p)
    assert (-there.high, -there.low) == pytest.approx((here.low, here.high))
    # A further part never makes it surer.
    assert here.sd > gap(gain, parts[:1]).sd


def test_what_one_kind_always_has_wrong_and_the_other_never_is_all_of_images() -> None:
    first, second = np.zeros((4, 100), np.bool_), np.zeros((6, 100), np.bool_)
    first[:, :30] = True
    found = systematic(first, second)
    # The sum of g^2 is 30, the square of the sum over n is 9; nothing varies from training to training.
    assert found.variance == pytest.approx(21, rel=0.05)


def test_kinds_with_the_same_probabilities_have_hardly_any() -> None:
    chance = np.random.default_rng(0)
    rates = chance.uniform(0, 0.3, 2000)
    same = [systematic(chance.random((10, 2000)) < rates, chance.random((10, 2000)) < rates) for _ in range(20)]
    # The discordance of two trainings would be 2 * sum p (1 - p), about 480.
    assert np.mean([part.variance for part in same]) < 20
