"""One window against the baselines: levels, coverage and power on networks in which the truth is known."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from xsample_tui.core.stats.multiple_testing import holm
from xsample_tui.core.stats.paired_tests import mcnemar
from xsample_tui.core.stats.window_tests import (
    SeedVariance,
    detectable_gain,
    expected_p,
    prior_variance,
    seed_variance,
    window_tests,
    window_variance,
)

Rights = NDArray[np.bool_]


@dataclass(frozen=True)
class Sweep:
    """A simulated sweep: each image has a difficulty, each network noise of its own on each image.

    Attributes:
        windows, baselines, images: how many.
        ease: images are right by it on average; 4 leaves few errors.
        effect: SD of what a mask does to each image, with no effect on the mean.
        skill: SD of a network's skill, by which error counts vary more than by coins.
        better: what the first window gains, in units of the networks' noise.
    """

    windows: int = 25
    baselines: int = 10
    images: int = 2000
    ease: float = 2.0
    effect: float = 0.0
    skill: float = 0.0
    better: float = 0.0

    def draw(self, chance: np.random.Generator) -> tuple[Rights, Rights]:
        """Return which images windows and baselines have right."""
        hard = self.ease + 1.5 * chance.standard_normal(self.images)
        shape = (self.windows, self.images)
        gain = np.zeros((self.windows, 1))
        gain[0] = self.better
        masked = self.effect * chance.standard_normal(shape) if self.effect else 0.0
        own = math.sqrt(1 - self.effect**2) * chance.standard_normal(shape)
        skill = self.skill * chance.standard_normal((self.windows + self.baselines, 1))
        windows = hard + gain + masked + own + skill[: self.windows] > 0
        return windows, hard + chance.standard_normal((self.baselines, self.images)) + skill[self.windows :] > 0


def run(sweep: Sweep, count: int) -> tuple[float, float, float]:
    """Return the share of sweeps with a false finding, the coverage, and how often the first window is found."""
    alarms = found = 0
    gains, spans = np.empty(count), np.empty((count, 2))
    for number in range(count):
        windows, baselines = sweep.draw(np.random.default_rng(number))
        tests = window_tests(windows, baselines)
        base = baselines[0]
        exact = mcnemar((windows & ~base).sum(axis=1), (base & ~windows).sum(axis=1))
        adjusted = holm(np.maximum(tests.p, exact))
        alarms += bool((adjusted[1:] < 0.05).any())
        found += bool(adjusted[0] < 0.05)
        gains[number], spans[number] = tests.gain[0], (tests.low[0], tests.high[0])
    truth = gains.mean()
    return alarms / count, float(((spans[:, 0] <= truth) & (truth <= spans[:, 1])).mean()), found / count


NULLS = {
    "ten baselines": Sweep(),
    "three baselines": Sweep(baselines=3),
    "two baselines": Sweep(baselines=2),
    "two baselines, few errors": Sweep(baselines=2, ease=4.5),
    "masks change which images are right": Sweep(effect=0.9),
    "the same, three baselines": Sweep(effect=0.9, baselines=3),
    "networks differ in skill": Sweep(skill=0.1),
    "the same, three baselines, two": Sweep(skill=0.05, baselines=3),
}


def level(count: int) -> float:
    """Return the most that 5 % gives in so many repetitions, with two standard errors."""
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / count)


@pytest.mark.parametrize("name", NULLS)
def test_nulls(name: str) -> None:
    alarms, covered, _ = run(NULLS[name], 200)
    assert alarms <= level(200)
    # Few baselines are judged cautiously: their intervals cover more.
    assert covered >= 0.95 - 2.5 * math.sqrt(0.05 * 0.95 / 200)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", NULLS)
def test_nulls_at_length(name: str) -> None:
    alarms, covered, _ = run(NULLS[name], 2000)
    print(f"{name}: false findings {alarms:.4f}, coverage {covered:.4f}")
    assert alarms <= level(2000)
    assert covered >= 0.93


def test_what_is_there_is_found() -> None:
    assert run(Sweep(better=0.35), 100)[2] > 0.9


def test_equal_counts_of_few_baselines_are_no_certainty() -> None:
    """Two or three baselines with equal counts made every window significant."""
    for errors in ([80, 80], [80, 80, 80], [0, 0]):
        assert seed_variance(errors).value > 0
    hit = np.ones((2, 1000), np.bool_)
    hit[:, :80] = False
    window = np.ones((1, 1000), np.bool_)
    window[:, :83] = False
    assert window_tests(window, hit).p[0] > 0.3


def test_the_seed_variance_lies_between_its_own_and_the_prior_and_never_below_its_own() -> None:
    assert seed_variance([80]) == SeedVariance(40, 2)
    quiet, loud = seed_variance([80, 82, 81, 80]), seed_variance([60, 100, 70, 95])
    assert np.var([80, 82, 81, 80], ddof=1) < quiet.value < prior_variance(80.75)
    assert loud.value == pytest.approx(np.var([60, 100, 70, 95], ddof=1))
    assert quiet.freedom == loud.freedom == 3
    assert prior_variance(0) == 0.5


def test_a_windows_variance_is_scaled_by_its_errors_or_shown_by_its_replicates() -> None:
    base = seed_variance([80, 90, 85, 70, 88])
    mean = 82.6
    assert window_variance(base, mean, 826).value == pytest.approx(10 * base.value)
    calm = window_variance(base, mean, 826, [826, 826, 826])
    assert calm.value < window_variance(base, mean, 826).value
    assert window_variance(base, mean, 826, [700, 950, 820]).value > calm.value
    assert calm.freedom == base.freedom + 3


def test_the_images_part_is_what_masks_do_to_images() -> None:
    """With many networks of each kind it is the sum of squares of the differences of their means."""
    chance = np.random.default_rng(0)
    hard, effect = 1.5 * chance.standard_normal(4000), 1.2 * chance.standard_normal(4000)
    windows = hard + effect + chance.standard_normal((400, 4000)) > 0
    baselines = hard + chance.standard_normal((400, 4000)) > 0
    found = window_tests(windows[:1], baselines, {0: windows[1:]})
    gap = windows.mean(axis=0) - baselines.mean(axis=0)
    assert found.image_sd[0] ** 2 == pytest.approx((gap**2).sum() - gap.sum() ** 2 / 4000, rel=0.1)


def test_detectable_gains_are_those_of_the_normal_model() -> None:
    base = SeedVariance(40.0, 9.0)
    alone = detectable_gain(base, 10)
    quantile = stats.t.ppf(0.975, 9) + stats.t.ppf(0.8, 9)
    assert alone == pytest.approx(quantile * math.sqrt(40 * 1.1))
    # 80 errors of 10,000: SD sqrt(40). The noncentral t says how probable the finding is.
    for count, windows in ((10, 1), (10, 361), (30, 361)):
        base = SeedVariance(40.0, count - 1.0)
        shift = detectable_gain(base, count, windows) / math.sqrt(40 * (1 + 1 / count))
        power = stats.nct.sf(stats.t.ppf(1 - 0.025 / windows, count - 1), count - 1, shift)
        # The sum of the two quantiles is a little cautious where degrees of freedom are few.
        assert 0.7 < power < 0.95


@pytest.mark.parametrize("baselines", [2, 3, 10])
def test_the_p_expected_of_as_many_baselines_as_there_are_is_their_p(baselines: int) -> None:
    chance = np.random.default_rng(7)
    windows, whole = Sweep(baselines=baselines, better=0.3, effect=0.2).draw(chance)
    again = {2: Sweep(windows=3).draw(chance)[0]}
    tests = window_tests(windows, whole)
    n, errors = windows.shape[1], (~whole).sum(axis=1)
    assert expected_p(tests, errors, n, baselines) == pytest.approx(tests.p)
    replicated = window_tests(windows, whole, again)
    assert replicated.replicates.tolist() == [0, 0, 3, *[0] * 22]
    assert expected_p(replicated, errors, n, baselines) == pytest.approx(replicated.p)


def with_errors(counts: NDArray[np.int_], hard: NDArray[np.float64], chance: np.random.Generator) -> Rights:
    """Return networks with so many errors each, mostly on the same images."""
    scores = hard + chance.standard_normal((len(counts), len(hard)))
    return np.argsort(np.argsort(scores, axis=1), axis=1) >= counts[:, None]


@pytest.mark.parametrize("count", [4, 7, 12])
def test_the_p_expected_of_more_baselines_is_that_of_the_test_on_so_many(count: int) -> None:
    chance = np.random.default_rng(5)
    hard = 1.5 * chance.standard_normal(2000)
    windows = with_errors(np.linspace(130, 190, 25).astype(int), hard, chance)
    few = with_errors(np.array([90, 100, 110]), hard, chance)
    # As many errors on average, as far apart (SD 10).
    steps = np.linspace(-1, 1, count)
    counts = np.round(100 + 10 * steps / steps.std(ddof=1)).astype(int)
    many = with_errors(counts, hard, chance)
    expected = expected_p(window_tests(windows, few), (~few).sum(axis=1), 2000, count)
    real = window_tests(windows, many).p
    assert np.median(np.log(expected / real)) == pytest.approx(0, abs=0.25)
    assert (holm(expected) < 0.05).sum() == pytest.approx((holm(real) < 0.05).sum(), abs=3)


def test_more_baselines_of_the_same_spread_lower_the_p_expected() -> None:
    windows, whole = Sweep(baselines=3, better=0.5).draw(np.random.default_rng(3))
    tests = window_tests(windows, whole)
    found = [expected_p(tests, (~whole).sum(axis=1), windows.shape[1], count)[0] for count in (3, 4, 6, 12, 50)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 2 * found[-1]
