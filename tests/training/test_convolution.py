from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from tests.training.exact import distance
from xsample_tui.training.convolution import convolve, grown

Array = NDArray[Any]


def by_hand(cells: Array, kernel: Array, stride: tuple[int, int]) -> Array:
    """Return the ``valid`` convolution, cell by cell, in float64."""
    height, width = kernel.shape[:2]
    rows = range(0, cells.shape[1] - height + 1, stride[0])
    cols = range(0, cells.shape[2] - width + 1, stride[1])
    seen = [[cells[:, r : r + height, c : c + width].astype(np.float64) for c in cols] for r in rows]
    return np.stack(
        [np.stack([np.einsum("nhwc,hwcf->nf", part, kernel) for part in line], 1) for line in seen], axis=1
    )


def drawn(*shape: int) -> Array:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 8])
@pytest.mark.parametrize(
    ("stride", "size", "added", "before"),
    [
        ((1, 1), (5, 4), (4, 5), (2, 2)),
        ((1, 1), (5, 4), (4, 5), (2, 3)),
        ((1, 1), (5, 4), (5, 5), (3, 2)),
        ((1, 1), (5, 4), (2, 3), (0, 3)),
        ((1, 1), (5, 4), (3, 2), (1, 0)),
        ((1, 1), (1, 1), (4, 4), (2, 2)),
        ((1, 1), (7, 6), (0, 0), (0, 0)),
        ((2, 1), (5, 6), (3, 1), (1, 1)),
        ((1, 3), (4, 1), (2, 2), (1, 2)),
        ((1, 2), (6, 4), (0, 0), (0, 0)),
        ((3, 3), (9, 8), (1, 0), (0, 0)),
    ],
)
def test_convolutions_and_their_gradients(
    channels: int, stride: tuple[int, int], size: tuple[int, int], added: tuple[int, int], before: tuple[int, int]
) -> None:
    cells, kernel = drawn(3, *size, channels), drawn(3, 3, channels, 9)
    after = np.subtract(added, before)
    full = np.pad(cells, [(0, 0), (before[0], after[0]), (before[1], after[1]), (0, 0)])
    most = (int(max(before[0], after[0])), int(max(before[1], after[1])))
    x, k = tf.constant(cells), tf.constant(kernel)
    with tf.GradientTape() as tape:
        tape.watch([x, k])
        out = convolve(x, k, stride, added, most, tf.constant(before))
    expected = by_hand(full, kernel, stride)
    assert out.shape == expected.shape
    assert distance(out.numpy(), expected) < 1e-6
    weight = drawn(*expected.shape)
    to_cells, to_kernel = tape.gradient(out, [x, k], tf.constant(weight))
    # A convolution is linear in both, so a gradient is what it gives for each unit change.
    for index in ((0, 0, 0, 0), (1, size[0] - 1, size[1] - 1, channels - 1), (2, size[0] // 2, size[1] // 2, 0)):
        one = np.zeros_like(full)
        one[index[0], index[1] + before[0], index[2] + before[1], index[3]] = 1
        assert to_cells.numpy()[index] == pytest.approx((by_hand(one, kernel, stride) * weight).sum(), rel=1e-4)
    for place in ((0, 0, 0, 0), (1, 2, channels - 1, 8), (2, 1, 0, 4)):
        unit = np.zeros_like(kernel)
        unit[place] = 1
        expected_there = (by_hand(full, unit, stride) * weight).sum()
        assert to_kernel.numpy()[place] == pytest.approx(expected_there, rel=1e-4, abs=1e-5)


def test_cells_are_added_on_each_side() -> None:
    cells = drawn(2, 3, 2, 1)
    found = grown(tf.constant(cells), (3, 1), tf.constant([1, 0]), -1.0).numpy()
    assert found.shape == (2, 6, 3, 1)
    assert np.array_equal(found[:, 1:4, :2], cells)
    found[:, 1:4, :2] = -1
    assert (found == -1).all()
