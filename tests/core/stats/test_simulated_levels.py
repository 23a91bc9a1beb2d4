"""The statistics on simulated sweeps in which the truth is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from xsample_tui.core.stats.multiple_testing import holm
from xsample_tui.core.stats.paired_bootstrap import Redraws, member_redraws, paired_bootstrap
from xsample_tui.core.stats.paired_tests import mcnemar
from xsample_tui.core.stats.seed_noise import chance_p, expected_best_gain, noise_floor

SWEEPS = 2000
WINDOWS = 49
ALPHA = 0.05
# Three standard errors of a rate of 5 % over so many sweeps.
SLACK = 3 * (ALPHA * (1 - ALPHA) / SWEEPS) ** 0.5


def discordant_p(lot: np.random.Generator) -> NDArray[np.float64]:
    """Return (sweeps, windows) p-values of McNemar's test against one baseline, all models equally good.

    Every image has a chance of its own of being right, the same for all models: they err on the same images.
    """
    p = np.empty((SWEEPS, WINDOWS))
    for row in p:
        chance = lot.beta(9, 1, 150)
        base, windows = lot.random(150) < chance, lot.random((WINDOWS, 150)) < chance
        row[:] = mcnemar((windows & ~base).sum(axis=1), (base & ~windows).sum(axis=1))
    return p


def test_holm_over_mcnemar_keeps_false_alarms_at_the_nominal_rate() -> None:
    p = discordant_p(np.random.default_rng(2))
    assert (holm(p) < ALPHA).any(axis=1).mean() <= ALPHA + SLACK
    assert (p < ALPHA).any(axis=1).mean() > 0.3


def test_expected_best_gain_is_the_mean_of_simulated_sweeps() -> None:
    lot = np.random.default_rng(3)
    gains = lot.normal(80, 6, (20_000, 1)) - lot.normal(80, 6, (20_000, WINDOWS)).min(axis=1, keepdims=True)
    assert expected_best_gain(WINDOWS, 6) == pytest.approx(gains.mean(), abs=4 * gains.std() / 20_000**0.5)


@pytest.mark.parametrize("baselines", [3, 10])
def test_chance_p_is_uniform_where_there_is_only_chance(baselines: int) -> None:
    lot = np.random.default_rng(4)
    found = []
    for _ in range(SWEEPS):
        floor = noise_floor(lot.normal(80, 6, baselines))
        gain = floor.mean - lot.normal(80, 6, WINDOWS).min()
        found.append(chance_p(gain, WINDOWS, floor.sd, baselines))
    assert np.mean(np.array(found) < ALPHA) == pytest.approx(ALPHA, abs=1.3 * SLACK)
    assert np.mean(found) == pytest.approx(0.5, abs=0.03)


def test_the_standard_deviations_interval_covers_at_its_nominal_rate() -> None:
    lot = np.random.default_rng(5)
    floors = [noise_floor(lot.normal(80, 6, 10)) for _ in range(SWEEPS)]
    assert np.mean([floor.low <= 6 <= floor.high for floor in floors]) == pytest.approx(0.95, abs=SLACK)


@pytest.mark.parametrize("gain", [0.0, 0.01])
def test_the_bootstrap_over_images_covers_at_its_nominal_rate(gain: float) -> None:
    lot = np.random.default_rng(6)
    covered = 0
    sweeps = 1000
    for _ in range(sweeps):
        u = lot.random(2000)
        kind = np.where(u < 0.02 + gain, 1, np.where(u < 0.04 + gain, -1, 0))
        both = lot.random(2000) < 0.95
        first, second = (kind == 1) | ((kind == 0) & both), (kind == -1) | ((kind == 0) & both)
        found = paired_bootstrap(first, second, lot, draws=1000)
        covered += found.low <= gain <= found.high
    assert covered / sweeps == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / sweeps) ** 0.5)


Pair = tuple[NDArray[np.bool_], NDArray[np.bool_], Redraws]


def blend_pair(lot: np.random.Generator, k: int, spread: float, own: float) -> Pair:
    """Return two blends of k members each from the same population, on 1,500 images; all are drawn again.

    A member's score of an image is the image's ease plus the member's skill plus noise; a blend averages, and is
    right above 0.
    """
    ease = lot.normal(2, 1, 1500)
    scores = [ease + lot.normal(0, spread, (k, 1)) + lot.normal(0, own, (k, 1500)) for _ in range(2)]
    counts = member_redraws(k, lot, 100)
    redrawn = [(rows / k) @ of > 0 for rows, of in zip(counts, scores, strict=True)]
    first, second = (of.mean(axis=0) > 0 for of in scores)
    return first, second, Redraws(redrawn[0], redrawn[1], k)


# The fast one is the one that shows what images alone promise.
@pytest.mark.parametrize(
    ("k", "spread", "own"),
    [
        (5, 0.3, 1.0),
        *(pytest.param(*case, marks=pytest.mark.slow) for case in ((5, 0.0, 1.0), (5, 0.1, 1.0), (10, 0.0, 2.0))),
    ],
)
def test_the_bootstrap_over_images_and_members_covers_at_about_its_rate(k: int, spread: float, own: float) -> None:
    lot = np.random.default_rng(7)
    sweeps, covered, without = 600, 0, 0
    gaps, deviations = [], []
    for _ in range(sweeps):
        first, second, redraws = blend_pair(lot, k, spread, own)
        found = paired_bootstrap(first, second, lot, redraws, draws=1000)
        fixed = paired_bootstrap(first, second, lot, draws=1000)
        covered += found.low <= 0 <= found.high
        without += fixed.low <= 0 <= fixed.high
        gaps.append(found.difference)
        deviations.append(found.sd)
    assert 0.925 <= covered / sweeps <= 0.985
    assert np.mean(deviations) == pytest.approx(np.std(gaps), rel=0.2)
    if spread == 0.3:
        # Where members differ, images alone promise far too much.
        assert without / sweeps < 0.7
