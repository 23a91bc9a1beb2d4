"""Images in their own pixels."""

from __future__ import annotations

import numpy as np

from xsample_tui.tui.widgets.pixel_image import seen_pixels

FRAME = (255, 0, 0)


def test_what_is_hidden_is_dimmed_what_is_seen_is_framed_outside_of_it() -> None:
    image, mask = np.full((8, 8, 1), 200, np.uint8), np.zeros((8, 8), np.bool_)
    mask[2:5, 3:6] = True
    pixels = seen_pixels(image, mask, FRAME)
    factor = len(pixels) // 8
    assert pixels.shape == (8 * factor, 8 * factor, 3)
    assert factor * 8 >= 512
    assert (pixels[2 * factor : 5 * factor, 3 * factor : 6 * factor] == 200).all()
    assert (pixels[2 * factor - 1, 3 * factor : 6 * factor] == FRAME).all()
    assert (pixels[3 * factor, 6 * factor] == FRAME).all()
    assert (pixels[0, 0] == 70).all()


def test_a_whole_image_has_no_frame_and_keeps_its_colours() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (600, 700, 3), np.uint8)
    assert (seen_pixels(image, np.ones((600, 700), np.bool_), FRAME) == image).all()
