"""Images in half blocks."""

from __future__ import annotations

import numpy as np

from xsample_tui.tui.widgets.half_block_image import greys, half_blocks


def test_half_blocks_hold_every_pixel() -> None:
    image = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28, 1)
    assert np.array_equal(greys(image, 28, 14), image[:, :, 0])
    lines = half_blocks(image, 40, 20)
    assert [line.cell_length for line in lines] == [28] * 14


def test_a_small_image_is_drawn_larger() -> None:
    image = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)
    large = greys(image, 40, 12)
    assert large.shape == (24, 24)
    assert np.array_equal(large[::3, ::3], image[:, :, 0])


def test_a_large_or_odd_image_is_made_to_fit() -> None:
    image = np.full((33, 47, 3), 0.5, np.float32)
    small = greys(image, 20, 8)
    assert small.shape[0] % 2 == 0
    assert small.shape[0] <= 16
    assert small.shape[1] <= 20
    assert small[0, 0] == 128
