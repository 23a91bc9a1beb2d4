"""The pixel importance map."""

import numpy as np
import pytest

from xsample_tui.core.importance import importance, mean_picture
from xsample_tui.core.window import Window, grid


def test_a_pixel_gets_the_mean_of_the_windows_that_cover_it() -> None:
    found = importance((3, 4), [Window(0, 0, 2, 2), Window(0, 1, 2, 2)], [2.0, -6.0])
    nan = float("nan")
    assert found.ravel().tolist() == pytest.approx([2, -2, -6, nan, 2, -2, -6, nan, nan, nan, nan, nan], nan_ok=True)


def test_it_agrees_with_the_definition_pixel_by_pixel() -> None:
    windows = grid(9, 7, 4, 3, 2)
    effects = np.random.default_rng(1).normal(size=len(windows))
    found = importance((9, 7), windows, effects)
    for row in range(9):
        for col in range(7):
            over = [
                effect
                for w, effect in zip(windows, effects, strict=True)
                if w.row <= row < w.row + w.height and w.col <= col < w.col + w.width
            ]
            assert found[row, col] == pytest.approx(np.mean(over))


def test_as_many_effects_as_windows() -> None:
    with pytest.raises(ValueError, match="zip"):
        importance((4, 4), [Window(0, 0, 2, 2)], [1.0, 2.0])


def test_the_mean_picture_reaches_one_and_blank_pictures_stay_blank() -> None:
    pictures = np.zeros((2, 2, 2, 3), np.uint8)
    assert (mean_picture(pictures) == 0).all()
    pictures[0, 0, 1] = 100
    pictures[1, 1, 1, 0] = 30
    assert mean_picture(pictures).ravel().tolist() == pytest.approx([0, 1, 0, 0.1])
