"""The smoothed map: what it must hold for any map, and its level and power where the truth is known."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import t as student

from xsample_tui.core.errors import InputError
from xsample_tui.core.maps.map_noise import MapNoise, image_covariance, seed_noise
from xsample_tui.core.maps.map_residual import MapResidual
from xsample_tui.core.maps.place_kernels import WIDTHS, PlaceKernels
from xsample_tui.core.maps.smoothed_map import SmoothedMap, smoothed_map
from xsample_tui.core.stats.multiple_testing import holm
from xsample_tui.core.stats.window_tests import seed_variance

Floats = NDArray[np.float64]
DRAWS = 2_000
ERRORS = 80
SD = 6.4


def grid(rows: int, cols: int, stride: int = 1) -> NDArray[np.int64]:
    """Return the places of a full grid in reading order."""
    return stride * np.stack(np.divmod(np.arange(rows * cols), cols), axis=1)


def disc(places: NDArray[np.int64], height: float) -> Floats:
    """Return a gain of so many images within 3 pixels of the grid's middle, 0 elsewhere."""
    middle = places.max(axis=0) / 2
    return np.asarray(height * (np.hypot(*(places - middle).T) <= 3), np.float64)


def sweep(
    rng: np.random.Generator, places: NDArray[np.int64], baselines: int, gains: Floats | float = 0.0, sd: float = SD
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the error counts of windows (W,) and baselines (R,) that scatter alike."""
    wrong = rng.normal(ERRORS - np.asarray(gains), sd, len(places))
    return np.rint(wrong).astype(int), np.rint(rng.normal(ERRORS, sd, baselines)).astype(int)


def found(
    errors: NDArray[np.int64], base: NDArray[np.int64], places: NDArray[np.int64], images: Floats | None = None
) -> SmoothedMap:
    return smoothed_map(places, base.mean() - errors, seed_noise(errors, base, images), draws=DRAWS)


def known(places: NDArray[np.int64], gains: Floats, variance: float = 1.0, common: float = 0.0) -> SmoothedMap:
    return smoothed_map(places, gains, MapNoise(np.full(len(gains), variance), common), draws=DRAWS)


@pytest.mark.parametrize(
    "places",
    [grid(1, 1), grid(1, 7), grid(5, 1), grid(4, 5, 3), grid(5, 5)[[0, 3, 4, 7, 8, 9, 20, 24]]],
    ids=["one window", "one row", "one column", "stride 3", "windows missing"],
)
def test_a_constant_map_stays_as_it_is_at_any_places(places: NDArray[np.int64]) -> None:
    smooth = known(places, np.full(len(places), 3.0))
    assert smooth.smoothed == pytest.approx(3.0)
    assert (smooth.low < 3).all()
    assert (smooth.high > 3).all()


def test_each_width_smooths_linearly_and_keeps_what_all_gains_share() -> None:
    rng, places = np.random.default_rng(0), grid(5, 6)
    kernels = PlaceKernels(places)
    a, b = rng.normal(size=(2, 30, 1))
    for weights, width in zip(kernels.weights, WIDTHS, strict=True):
        assert weights.sum(axis=1) == pytest.approx(1)
        assert weights @ (2 * a + b + 5) == pytest.approx(2 * (weights @ a) + weights @ b + 5)
        if width == 0:
            assert (weights @ a == a).all()
    assert kernels.weights[-1] @ a == pytest.approx(a.mean())


def test_the_order_of_the_windows_does_not_matter_for_the_map_nor_the_unit_for_anything() -> None:
    rng, places = np.random.default_rng(1), grid(6, 6)
    gains = disc(places, 12) + rng.normal(0, 2, 36)
    order = rng.permutation(36)
    one, other = known(places, gains, 4.0), known(places[order], gains[order], 4.0)
    assert other.width == one.width
    assert other.smoothed == pytest.approx(one.smoothed[order])
    # The draws differ, the band only by their number.
    assert other.high == pytest.approx(one.high[order], rel=0.1)
    larger = known(places, 10 * gains, 400.0)
    assert larger.low == pytest.approx(10 * one.low)
    assert (larger.width, larger.better) == (one.width, one.better)


def test_the_same_seed_gives_the_same_band_and_another_seed_another() -> None:
    places = grid(5, 5)
    errors, base = sweep(np.random.default_rng(2), places, 5)
    noise = seed_noise(errors, base)
    one, same, other = (smoothed_map(places, base.mean() - errors, noise, seed=s, draws=DRAWS) for s in (1, 1, 2))
    assert (one.high == same.high).all()
    assert one.critical != other.critical


def test_a_broad_gain_is_found_and_named_and_a_lone_spike_is_not_smoothed_away() -> None:
    places = grid(12, 12, 2)
    rng = np.random.default_rng(3)
    broad = known(places, 10 * (np.hypot(*(places - 10).T) <= 4) + rng.normal(0, 3, 144), 9.0)
    assert broad.width > 0
    row, col = places[int(broad.smoothed.argmax())]
    assert max(abs(row - 10), abs(col - 10)) <= 4
    assert "better than the baselines in rows" in broad.sentence()
    assert not broad.worse
    spike = np.zeros(144)
    spike[40] = -60
    sharp = known(places, spike + rng.normal(0, 1, 144), 1.0)
    assert sharp.width == 0
    assert sharp.worse == ("40",)
    assert "worse than the baselines in row 6, column 8 (1 window; " in sharp.sentence()


def test_noise_alone_becomes_one_mean_and_the_sentence_says_so() -> None:
    places = grid(6, 6)
    flat = known(places, np.zeros(36))
    assert math.isinf(flat.width)
    assert "differ from one another by no more than noise" in flat.sentence()
    assert flat.facts()["width"] is None
    assert [row["name"] for row in flat.facts()["windows"]] == list(flat.names)


def test_what_all_gains_share_widens_the_band_of_a_mean_by_that() -> None:
    places = grid(4, 4)
    alone, shared = (known(places, np.zeros(16), common=common) for common in (0.0, 1.0))
    ratio = (shared.high / shared.critical) / (alone.high / alone.critical)
    assert ratio == pytest.approx(math.sqrt(1 + 16))


def test_the_noise_is_never_none_and_grows_with_a_windows_errors() -> None:
    noise = seed_noise([80, 80, 320, 10], [80, 80, 80])
    assert noise.windows == pytest.approx([20, 20, 80, 20])
    assert noise.common == pytest.approx(20 / 3)
    assert noise.freedom == 2
    assert seed_noise([80], [70, 90]).windows == pytest.approx([200])
    assert seed_noise([80], [70, 90], alone=True).common == pytest.approx(300)


def test_chance_on_single_images_is_not_counted_twice() -> None:
    rng = np.random.default_rng(4)
    chance = rng.beta(9, 1, 20_000)
    right, base = (rng.random((count, 20_000)) < chance for count in (40, 8))
    covariance = image_covariance(right, base)
    wrong = 20_000 * 0.1
    # Without masks that act nothing is left; the estimate scatters by the errors over the root of the images.
    assert abs(covariance.mean()) < 0.02 * wrong
    assert abs(np.diag(covariance).mean()) < 0.03 * wrong
    moved = np.minimum(chance, 1) * rng.choice([0.8, 1.0], 20_000)
    assert image_covariance(rng.random((40, 20_000)) < moved, base).mean() > 0.05 * wrong


@pytest.mark.parametrize(
    ("noise", "places", "gains"),
    [
        (MapNoise(np.ones(3)), grid(1, 2), np.zeros(3)),
        (MapNoise(np.ones(3)), grid(1, 3), np.zeros(2)),
        (MapNoise(np.ones(3)), grid(1, 3), np.array([0, np.nan, 0])),
    ],
)
def test_what_does_not_fit_together_is_named(noise: MapNoise, places: NDArray[np.int64], gains: Floats) -> None:
    with pytest.raises(InputError):
        smoothed_map(places, gains, noise)


@pytest.mark.parametrize(
    "given",
    [
        {"windows": np.array([1.0, 0.0])},
        {"windows": np.array([1.0, -1.0])},
        {"windows": np.ones(2), "common": -1.0},
        {"windows": np.ones(2), "freedom": 0.0},
        {"windows": np.ones(2), "images": np.ones((3, 3))},
    ],
)
def test_a_noise_that_cannot_be_is_refused(given: dict[str, Floats]) -> None:
    with pytest.raises(InputError):
        MapNoise(**given)  # type: ignore[arg-type]


def test_a_noise_floor_needs_two_baselines_with_errors() -> None:
    for base in ([80], [0, 0]):
        with pytest.raises(InputError):
            seed_noise([80], base)


def alarms(rows: int, baselines: int, repetitions: int, *, sd: float = SD, noisier: float = 1.0) -> float:
    """Return how often a map of noise alone stands out; windows' SD may be greater than the baselines'."""
    rng, places = np.random.default_rng(rows * baselines), grid(rows, rows)
    hits = 0
    for _ in range(repetitions):
        errors, _ = sweep(rng, places, 1, sd=sd * noisier)
        _, base = sweep(rng, places, baselines, sd=sd)
        smooth = found(np.maximum(errors, 0), base, places)
        hits += bool(smooth.better or smooth.worse)
    return hits / repetitions


def slack(repetitions: int) -> float:
    """Return two standard errors of a rate of 5 %."""
    return 2 * math.sqrt(0.05 * 0.95 / repetitions)


def test_noise_alone_seldom_stands_out() -> None:
    assert alarms(4, 10, 200) <= 0.05 + slack(200)


@pytest.mark.parametrize(
    ("noisier", "repetitions"), [(2.0, 100), *(pytest.param(n, 300, marks=pytest.mark.slow) for n in (1.5, 2.0))]
)
def test_small_grids_of_noisier_windows_seldom_stand_out(noisier: float, repetitions: int) -> None:
    assert alarms(5, 30, repetitions, noisier=noisier) <= 0.05 + slack(repetitions)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("noisier", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("baselines", [3, 10, 30])
@pytest.mark.parametrize("rows", [5, 6, 8, 20])
def test_noise_alone_stands_out_in_no_more_than_five_percent(rows: int, baselines: int, noisier: float) -> None:
    found = alarms(rows, baselines, 2_000, noisier=noisier)
    print(f"{rows} x {rows}, {baselines} baselines, SD {noisier} times theirs: {found}")
    assert found <= 0.05 + slack(2_000)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_seeds_that_vary_twice_as_much_as_is_usual_do_not_stand_out() -> None:
    found = alarms(6, 10, 2_000, sd=2 * SD)
    print(f"twice the usual SD: {found}")
    assert found <= 0.05 + slack(2_000)


def residual(places: NDArray[np.int64]) -> MapResidual:
    return MapResidual(PlaceKernels(places), np.ones(len(places)), np.random.default_rng(0))


def test_a_map_measures_its_own_noise_and_a_few_large_effects_hardly_move_it() -> None:
    places, rng = grid(8, 8), np.random.default_rng(8)
    own, ones = residual(places), np.ones(64)
    maps = 3 * rng.standard_normal((64, 2_000))
    found = own.measure(maps, ones)
    assert found.mean() == pytest.approx(9, rel=0.03)
    assert own.measure(maps, 9 * ones) == pytest.approx(found / 9)
    # It scatters as the degrees of freedom say.
    assert found.var() == pytest.approx(2 * 81 / own.freedom, rel=0.1)
    maps[10] += 1_000
    assert own.measure(maps, ones).mean() < 2 * 9
    assert own.measure(maps + 50, ones) == pytest.approx(own.measure(maps, ones))


def test_a_larger_grid_knows_its_noise_better() -> None:
    five, eight = (residual(grid(rows, rows)).freedom for rows in (5, 8))
    assert 10 < five < 15
    assert 25 < eight < 37


def test_the_band_of_noisier_windows_is_wider_and_effects_everywhere_do_not_hide_themselves() -> None:
    places, rng = grid(6, 6), np.random.default_rng(9)
    noise, gains = MapNoise(np.ones(36), 0.1, 9), rng.standard_normal(36)
    one, other = (smoothed_map(places, times * gains, noise, draws=DRAWS) for times in (1, 2.5))
    assert (other.high - other.low).mean() > 1.5 * (one.high - one.low).mean()
    # Gains that differ between all neighbours by far more than noise can are effects: the band ends growing.
    wild = [smoothed_map(places, -1_000 - times * np.abs(gains), noise, draws=DRAWS) for times in (300, 600)]
    assert wild[0].high - wild[0].low == pytest.approx(wild[1].high - wild[1].low)
    assert all(len(found.worse) == 36 for found in wild)


def with_images(repetitions: int, *, acts: float) -> tuple[float, float]:
    """Return how often a map stands out whose masks change which images are right, but not how many.

    Images are drawn again each time; neighbouring windows change the same ones. First with the images held fixed,
    then over images.
    """
    rng, places = np.random.default_rng(5), grid(6, 6)
    hits = np.zeros(2)
    for _ in range(repetitions):
        chance = np.minimum(rng.beta(0.15, 5, 2_000), 0.49)
        centres = rng.uniform(0, 6, (4, 2))
        near = np.exp(-((places[:, None] - centres) ** 2).sum(axis=-1) / 8)
        field = np.tanh(acts * near @ rng.normal(size=(4, 2_000)))
        base, right = rng.random((30, 2_000)) >= chance, rng.random((36, 2_000)) >= chance * (1 + field)
        errors, others = (~right).sum(axis=1), (~base).sum(axis=1)
        for index, images in enumerate((None, image_covariance(right, base))):
            smooth = found(errors, others, places, images)
            hits[index] += bool(smooth.better or smooth.worse)
    return float(hits[0] / repetitions), float(hits[1] / repetitions)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_masks_that_only_change_which_images_are_right_do_not_stand_out() -> None:
    fixed, over = with_images(2_000, acts=3.0)
    print(f"images fixed: {fixed}, over images: {over}")
    assert fixed > 0.1
    assert over <= 0.05 + slack(2_000)


def power(rows: int, height: float, repetitions: int) -> tuple[float, float]:
    """Return how often a disc of gains is found: by the smoothed map, and by Holm on single windows."""
    rng, places = np.random.default_rng(6), grid(rows, rows)
    hits = np.zeros(2)
    for _ in range(repetitions):
        errors, base = sweep(rng, places, 10, disc(places, height))
        hits[0] += bool(found(errors, base, places).better)
        # A single window's t-test, with the images fixed.
        seeds, count = seed_variance(base), len(base)
        t = (errors - base.mean()) / (seeds.sd * np.sqrt(1 + 1 / count))
        hits[1] += bool((holm(2 * student.sf(np.abs(t), seeds.freedom)) < 0.05).any())
    return float(hits[0] / repetitions), float(hits[1] / repetitions)


def test_a_region_is_found_that_no_single_window_shows() -> None:
    smooth, single = power(9, 10, 30)
    assert smooth > 0.6
    assert single < 0.25


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_region_of_eight_images_is_found_far_more_often_than_by_single_windows() -> None:
    smooth, single = power(10, 8, 2_000)
    print(f"found by the map: {smooth}, by Holm: {single}")
    assert smooth > 0.35
    assert single < 0.1
