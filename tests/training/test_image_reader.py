from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xsample_tui.training.image_reader import ImageReader


def mapped(path: Path, images: np.ndarray) -> Any:
    np.save(path, images)
    return np.load(path, mmap_mode="r")


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_crops_are_those_of_the_array(tmp_path: Path, dtype: Any) -> None:
    images = (np.random.default_rng(0).random((9, 6, 5, 3)) * 255).astype(dtype)
    reader = ImageReader(mapped(tmp_path / "images.npy", images))
    at = np.array([8, 0, 3, 3])
    for top, left, height, width in ((0, 0, 6, 5), (2, 0, 3, 5), (1, 2, 4, 3)):
        found = reader.read(at, top, left, height, width)
        assert found.dtype == dtype
        assert (found == images[at, top : top + height, left : left + width]).all()
    assert reader.read(at[:0], 0, 0, 6, 5).shape == (0, 6, 5, 3)


def test_a_file_that_became_shorter_is_an_error_that_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "images.npy"
    reader = ImageReader(mapped(path, np.ones((9, 6, 5, 1), np.uint8)))
    os.truncate(path, 200)
    with pytest.raises(OSError, match="shorter") as caught:
        reader.read(np.array([0, 8]), 0, 0, 6, 5)
    assert reader.fault is caught.value
