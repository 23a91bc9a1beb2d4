"""Window-aware training against a plain Keras model on whole images, with the same weights and dropout masks."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.sample_networks import NAMED, stacks, windows
from tests.training import plain
from tests.training.exact import Array, Pair, assert_exact, biased
from xsample_tui.core.masks.mask_kinds import DRAWERS, MASK_KINDS, Canvas, Mask, keep
from xsample_tui.core.masks.windows import Window, grid
from xsample_tui.core.networks.network import Network, article_network
from xsample_tui.core.networks.receptive_field import crop_of

SEED = np.array([2**61 + 5, 17], np.int64)
ARTICLE = article_network((28, 28, 1), 10)
# Rows and columns of windows that lie differently to the frame or to the pools, each kind of them.
PLACES = (0, 1, 2, 3, 9, 10, 16, 19)


def drawn(network: Network, count: int, seed: int = 1) -> tuple[Array, Array]:
    """Return images in whole 8ths, half of whose pixels are 0, and labels."""
    rng = np.random.default_rng(seed)
    images = rng.integers(1, 9, (count, *network.shape)).astype(np.float32) / 8
    images *= rng.random((count, *network.shape[:2], 1)) < 0.5
    return images, rng.integers(0, network.classes, count).astype(np.int32)


def mask_of(network: Network, window: tuple[int, int, int, int]) -> Mask:
    mask = np.zeros(network.shape[:2], np.bool_)
    mask[window[0] : window[1], window[2] : window[3]] = True
    return mask


@pytest.fixture(scope="module")
def article() -> Pair:
    return Pair(ARTICLE, biased(ARTICLE))


def check_windows(pair: Pair, positions: Iterable[tuple[int, int]]) -> None:
    canvas = Canvas(np.full((28, 28), 1 / 784), seed=0)
    images, labels = drawn(ARTICLE, 3)
    images[2] = 0
    for row, col in positions:
        mask = keep(Window(row, col, 9, 9), canvas)
        assert_exact(pair.differences(images, labels, mask, SEED))
        assert_exact(pair.differences(images, labels, mask, None))


def test_windows_at_edges_corners_and_centre_are_exact() -> None:
    check_windows(Pair(ARTICLE, biased(ARTICLE), eager=True), [(row, col) for row in PLACES for col in PLACES])


@pytest.mark.slow
def test_all_400_windows_are_exact(article: Pair) -> None:
    check_windows(article, [(window.row, window.col) for window in grid(28, 28, 9, 9, 1)])


@pytest.mark.parametrize("kind", MASK_KINDS)
def test_every_kind_of_mask_is_exact(article: Pair, kind: str) -> None:
    canvas = Canvas(np.full((28, 28), 1 / 784), seed=0)
    images, labels = drawn(ARTICLE, 4)
    for row, col in ((0, 0), (9, 10), (18, 17)):
        mask = DRAWERS[kind](Window(row, col, 9, 9), canvas)
        assert_exact(article.differences(images, labels, mask, SEED))


@pytest.mark.parametrize("name", NAMED)
def test_other_networks_are_exact(name: str) -> None:
    network = NAMED[name]
    pair = Pair(network, biased(network), eager=True)
    images, labels = drawn(network, 5)
    height, width, _ = network.shape
    spots = [
        (0, height, 0, width),
        (0, 3, 0, 2),
        (height - 2, height, width - 4, width),
        (height // 2, height // 2 + 3, 1, width - 1),
        (3, 4, 3, 4),
    ]
    for window in spots:
        assert_exact(pair.differences(images, labels, mask_of(network, window), SEED))
        assert_exact(pair.differences(images, labels, mask_of(network, window), None))


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_any_network_under_any_window_is_exact(data: st.DataObject) -> None:
    network = data.draw(stacks())
    window = data.draw(windows(network.shape))
    images, labels = drawn(network, 3)
    pair = Pair(network, biased(network), eager=True)
    # Gradients of a bias of one or two channels may nearly cancel: 1.003e-5 was seen.
    assert_exact(pair.differences(images, labels, mask_of(network, window), SEED), near=1e-4)


def test_bfloat16_on_crops_is_as_exact_as_on_whole_images() -> None:
    """Each against float32, under the same masks: where cells are computed alone, rounding is no worse.

    A product's two factors are rounded to 8 bits, by up to 2**-9 each, in each of the four layers that multiply;
    outputs are further apart than 4 * 2**-9 only if the arithmetic is another. Gradients have no such bound: rounding
    decides which of two nearly equal cells a pool passes them to. So those of the whole image are the measure, which
    varies by less than twice from mask to mask.
    """
    pair = Pair(ARTICLE, biased(ARTICLE), eager=True, precision="bfloat16")
    images, labels = drawn(ARTICLE, 16)
    whole = np.ones((28, 28), np.bool_)
    on_crops: dict[str, float] = {}
    on_whole: dict[str, float] = {}
    for row, col in ((0, 0), (9, 10), (19, 3)):
        mask = mask_of(ARTICLE, (row, row + 9, col, col + 9))
        for worst, found in (
            (on_crops, pair.differences(images, labels, mask, SEED)),
            (on_whole, pair.differences(images * mask[..., None], labels, whole, SEED)),
        ):
            worst |= {name: max(value, worst.get(name, 0.0)) for name, value in found.items()}
    assert 1e-4 < on_crops["outputs"] < 4 * 2**-9
    assert_exact({name: value / on_whole[name] for name, value in on_crops.items() if "/" in name}, near=2)


def test_channels_that_a_blank_image_leaves_at_zero_are_exact(article: Pair) -> None:
    """All of them, as at the start of training when biases are zero; and none."""
    images, labels = drawn(ARTICLE, 4)
    mask = mask_of(ARTICLE, (2, 11, 17, 26))
    zero = {name: weight * (not name.endswith("/bias")) for name, weight in article.weights.items()}
    high = {name: np.abs(weight) if name.startswith("conv") else weight for name, weight in article.weights.items()}
    for weights, share in ((zero, 0), (high, 1)):
        pair = Pair(ARTICLE, weights, eager=True)
        assert (plain.blank_features(ARTICLE, weights) > 0).mean() == share
        assert_exact(pair.differences(images, labels, mask, SEED))
        assert_exact(pair.differences(images, labels, mask, None))


def test_a_mask_that_keeps_nothing_is_exact(article: Pair) -> None:
    images, labels = drawn(ARTICLE, 4)
    assert_exact(article.differences(images, labels, np.zeros((28, 28), np.bool_), SEED))


def test_the_comparison_sees_small_errors(article: Pair) -> None:
    """A weight that is off by a thousandth, or a dropped unit too many, is found."""
    images, labels = drawn(ARTICLE, 4)
    mask = mask_of(ARTICLE, (9, 18, 10, 19))
    wrong = Pair(ARTICLE, article.weights)
    for name in ("conv1/bias", "conv2/kernel", "conv2/bias", "dense1/kernel"):
        wrong.variables[name].assign(article.weights[name] * 1.001)
        assert wrong.differences(images, labels, mask, SEED)["outputs"] > 1e-5
        wrong.variables[name].assign(article.weights[name])
    other = wrong.differences(images, labels, mask, SEED)
    assert_exact(other)
    blank = plain.blank_features(ARTICLE, article.weights)
    crop = crop_of(ARTICLE, mask)
    factors = plain.unit_factors(ARTICLE, crop, SEED, 4, blank)
    assert not np.array_equal(factors[0], plain.unit_factors(ARTICLE, crop, SEED + 1, 4, blank)[0])


def test_the_plain_model_is_the_article_s_network(article: Pair) -> None:
    assert article.plain.count_params() == ARTICLE.parameter_count() == 1_199_882
    shapes = {name: tuple(variable.shape) for name, variable in plain.parameters(article.plain).items()}
    assert shapes == ARTICLE.parameter_shapes()
    assert [layer.name for layer in article.plain.layers if layer.weights] == ["conv1", "conv2", "dense1", "logits"]
