"""Two-way variance, effects and verdicts on tables in which the truth is known."""

import math

import numpy as np
import pytest
from scipy import stats

from xsample_tui.core.stats.two_way import Effect, StreamPart, effect, pure_variance
from xsample_tui.core.verdict import verdict


def table(chance: np.random.Generator, streams: float, images: float, both: float) -> np.ndarray:
    """Return (40, 300) values with given SDs of streams, images and their interaction."""
    rows, columns = chance.normal(0, streams, (40, 1)), chance.normal(0, images, (1, 300))
    return np.asarray(rows + columns + chance.normal(0, both, (40, 300)))


@pytest.mark.parametrize("streams", [0.0, 0.02, 0.2])
def test_pure_variance_is_that_of_streams_whatever_images_and_interaction_do(streams: float) -> None:
    chance = np.random.default_rng(0)
    found = [pure_variance(table(chance, streams, 0.5, 0.4)) for _ in range(300)]
    # The interaction alone moves row means by 0.4 / sqrt(300) = 0.023.
    plain = [table(chance, streams, 0.5, 0.4).mean(axis=1).var(ddof=1) for _ in range(300)]
    assert np.mean(plain) == pytest.approx(streams**2 + 0.4**2 / 300, rel=0.1)
    # At 0 the variance is kept from going below 0, so that its mean is a little above.
    assert np.mean(found) == pytest.approx(streams**2, rel=0.15, abs=0.6e-4)


def test_an_effect_over_images_alone_is_the_paired_t_test() -> None:
    gaps = np.random.default_rng(1).choice([-1.0, 0.0, 1.0], 500, p=[0.04, 0.9, 0.06])
    found = effect(gaps, None)
    expected = stats.ttest_1samp(gaps, 0)
    interval = expected.confidence_interval(0.95)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.over == "images alone"


def test_parts_add_up_and_degrees_of_freedom_are_satterthwaites() -> None:
    gaps = np.random.default_rng(2).normal(0.01, 0.3, 400)
    found = effect(gaps, (StreamPart(3e-4, 10), StreamPart(1e-4, 24, assumed=True)))
    image = gaps.var(ddof=1) / 400
    assert found.sd**2 == pytest.approx(image + 4e-4)
    assert found.freedom == pytest.approx((image + 4e-4) ** 2 / (image**2 / 399 + 9e-8 / 10 + 1e-8 / 24))
    assert found.over == "seeds (assumed) and images"
    assert found.narrow_high - found.narrow_low < found.high - found.low
    power = stats.nct.sf(stats.t.ppf(0.975, found.freedom), found.freedom, found.detectable / found.sd)
    assert power == pytest.approx(0.8, abs=0.01)


def test_blends_that_agree_everywhere_differ_by_nothing() -> None:
    same = effect(np.zeros(50), None)
    assert (same.difference, same.sd, same.p) == (0.0, 0.0, 1.0)
    assert verdict(same) == "no difference"
    assert verdict(effect(np.zeros(50), (StreamPart(1.0, 5),))) == "not resolved"
    apart = effect(np.ones(50), None)
    assert (apart.p, verdict(apart)) == (0.0, "helps")


def made(difference: float, sd: float) -> Effect:
    """Return an effect of many degrees of freedom."""
    n = 10_001
    gaps = np.full(n, difference)
    gaps[: n // 2] += sd * math.sqrt(n - 1)
    gaps[n // 2 : 2 * (n // 2)] -= sd * math.sqrt(n - 1)
    return effect(gaps, None)


@pytest.mark.parametrize(
    ("difference", "sd", "expected"),
    [
        (0.003, 0.001, "helps"),
        (-0.003, 0.001, "hurts"),
        (0.0018, 0.001, "not resolved"),
        (0.0, 0.0007, "not resolved"),
        (0.0, 0.0005, "no difference"),
        (0.0004, 0.0003, "no difference"),
        (0.0006, 0.0003, "helps"),
    ],
)
def test_verdicts(difference: float, sd: float, expected: str) -> None:
    assert verdict(made(difference, sd)) == expected


def test_a_finding_needs_mcnemar_too_and_any_correction() -> None:
    found = made(0.003, 0.001)
    assert verdict(found, mcnemar_p=0.04) == "helps"
    assert verdict(found, mcnemar_p=0.06) == "not resolved"
    assert verdict(found, p=0.06) == "not resolved"
    assert verdict(made(0.0, 0.0005), margin=0.0005) == "not resolved"


def test_equivalence_is_wrong_in_five_of_a_hundred_at_the_margin() -> None:
    chance, alarms = np.random.default_rng(3), 0
    for _ in range(2000):
        gaps = chance.normal(0.1, 1.0, 2000)
        alarms += verdict(effect(gaps, None), margin=0.1) == "no difference"
    assert alarms / 2000 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 2000)
