"""Images moved by some pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from xsample_tui.core.data.image_shifts import MOST, shifted, shifts
from xsample_tui.core.errors import ArgumentError

IMAGES = np.random.default_rng(0).integers(1, 255, (2, 5, 7, 3)).astype(np.uint8)


@given(st.integers(-9, 9), st.integers(-9, 9))
def test_it_is_scipys_shift(down: int, right: int) -> None:
    expected = ndimage.shift(IMAGES, (0, down, right, 0), order=0, mode="constant", cval=0)
    found = shifted(IMAGES, down, right)
    assert found.dtype == IMAGES.dtype
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("most", range(MOST + 1))
def test_every_shift_is_there_once_and_none_comes_first(most: int) -> None:
    found = shifts(most)
    assert found[0] == (0, 0)
    assert len(set(found)) == len(found) == (2 * most + 1) ** 2
    assert {max(map(abs, shift)) for shift in found} == set(range(most + 1))


@pytest.mark.parametrize("most", [-1, MOST + 1])
def test_too_many_are_refused(most: int) -> None:
    with pytest.raises(ArgumentError, match="shift"):
        shifts(most)
