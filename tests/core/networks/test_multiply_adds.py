"""How many multiply-adds a training takes."""

from __future__ import annotations

import numpy as np
import pytest

from xsample_tui.core.networks.multiply_adds import multiply_adds, training_arithmetic
from xsample_tui.core.networks.network import (
    Conv,
    Dense,
    Depthwise,
    Flatten,
    GlobalPool,
    Network,
    Pool,
    article_network,
)
from xsample_tui.core.networks.receptive_field import crop_of

ARTICLE = article_network((28, 28, 1), 10)


def kept(rows: slice, cols: slice) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    mask = np.zeros((28, 28), np.bool_)
    mask[rows, cols] = True
    return mask


def test_a_whole_image_takes_what_the_layers_say() -> None:
    spatial = 26 * 26 * 9 * 32 + 24 * 24 * 9 * 32 * 64
    dense = 12 * 12 * 64 * 128 + 128 * 10
    assert multiply_adds(ARTICLE, kept(slice(0, 28), slice(0, 28))) == spatial + dense
    # A training step takes three times as many: 72 million operations, as the benchmarks have it.
    assert 2 * training_arithmetic(ARTICLE, kept(slice(0, 28), slice(0, 28)), 1, 1) == pytest.approx(72e6, rel=0.01)
    assert training_arithmetic(ARTICLE, kept(slice(0, 28), slice(0, 28)), 100, 5) == 1500 * (spatial + dense)


def test_a_window_takes_what_its_crop_does_and_a_mask_that_keeps_the_corners_takes_all() -> None:
    whole = multiply_adds(ARTICLE, kept(slice(0, 28), slice(0, 28)))
    central = multiply_adds(ARTICLE, kept(slice(9, 18), slice(9, 18)))
    # 9x9 pixels, 11x11 cells that vary; the dense layer counts whole behind a dropout.
    assert central == 9 * 9 * 9 * 32 + 11 * 11 * 9 * 32 * 64 + 12 * 12 * 64 * 128 + 1280
    corner = multiply_adds(ARTICLE, kept(slice(0, 9), slice(0, 9)))
    assert corner < central < whole
    corners = kept(slice(0, 28, 27), slice(0, 28, 27))
    assert multiply_adds(ARTICLE, corners) == whole


def test_without_a_dropout_the_dense_layer_counts_the_crops_cells_alone() -> None:
    network = Network(
        (28, 28, 1),
        (Conv("conv", 4), Pool("pool"), Flatten("flatten"), Dense("dense", 16), Dense("logits", 10, relu=False)),
    )
    window = kept(slice(9, 18), slice(9, 18))
    region = crop_of(network, window).shape.region
    assert multiply_adds(network, window) == 9 * 9 * 9 * 4 + region[0] * region[1] * 4 * 16 + 160


def test_depthwise_convolutions_and_pools_over_the_frame() -> None:
    network = Network(
        (28, 28, 1), (Conv("a", 4), Depthwise("b", 2), GlobalPool("mean"), Dense("logits", 10, relu=False))
    )
    whole = kept(slice(0, 28), slice(0, 28))
    assert multiply_adds(network, whole) == 26 * 26 * 9 * 4 + 24 * 24 * 9 * 4 * 2 + 8 * 10
    # Under a window the cells that vary; the pool leaves one value a channel, wherever the window is.
    assert multiply_adds(network, kept(slice(9, 18), slice(9, 18))) == 9 * 9 * 9 * 4 + 13 * 13 * 9 * 4 * 2 + 8 * 10
