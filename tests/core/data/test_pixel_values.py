"""Images of every form become one form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xsample_tui.core.data.pixel_values import NoPixels, layout_of, over_black, standard_values

stacks = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 3]))
)


@given(stacks)
def test_channels_first_come_last(images: Any) -> None:
    first = np.moveaxis(images, 3, 1)
    if first.shape[3] not in (1, 3):
        assert np.array_equal(layout_of(first).apply(first), images)
    assert (
        np.array_equal(layout_of(first, images.shape[1:]).apply(first), images) or images.shape[1:] == first.shape[1:]
    )


@given(stacks)
def test_flat_images_of_a_known_shape_are_one_of_both_orders(images: Any) -> None:
    flat = images.reshape(len(images), -1)
    if flat.shape[1] < 2:
        return
    found = layout_of(flat, images.shape[1:]).apply(flat)
    assert found.shape == images.shape
    assert sorted(found.reshape(-1).tolist()) == sorted(images.reshape(-1).tolist())


@given(
    hnp.arrays(np.float32, (3, 2, 2, 3), elements=st.floats(0, 1, width=32)), st.floats(-200, -2), st.floats(0.5, 50)
)
def test_standardised_floats_come_back(images: Any, shift: float, scale: float) -> None:
    images[0, 0, 0], images[1, 0, 0] = 0, 1
    found, black_white, words = standard_values([(images * np.float32(scale) + np.float32(shift))])
    assert np.abs(found - images).max() < 1e-3
    assert len(black_white) == 3
    assert words is not None
    again, _, _ = standard_values([(images[:1] * np.float32(scale) + np.float32(shift))], black_white)
    assert np.array_equal(again, found[:1])


@given(hnp.arrays(np.uint16, (2, 2, 2, 1)))
def test_deep_integers_keep_their_order(images: Any) -> None:
    found, black_white, _ = standard_values([images])
    order = np.argsort(images, axis=None, kind="stable")
    assert (np.diff(found.reshape(-1)[order].astype(int)) >= 0).all()
    if black_white:
        again, _, _ = standard_values([images[:1]], black_white)
        assert np.array_equal(again, found[:1])


@pytest.mark.parametrize(
    ("images", "known"),
    [
        (np.full((1, 1, 1, 1), -0.5), ()),
        (np.full((1, 1, 1, 1), 200.0), ((-1.0, 1.0),)),
        (np.full((1, 1, 1, 1), 5000, np.uint16), ((0.0, 4095.0),)),
        (np.full((1, 1, 1, 1), 256, np.int32), None),
        (np.full((1, 1, 1, 1), 300.0), None),
    ],
)
def test_values_of_another_range_are_refused(images: Any, known: Any) -> None:
    with pytest.raises(NoPixels):
        standard_values([images], known)


@pytest.mark.parametrize(
    ("dtype", "white"), [(np.uint8, 255), (np.int64, 255), (np.uint16, 65535), (np.float32, 1.0), (np.float64, 255.0)]
)
@pytest.mark.parametrize("channels", [2, 4])
def test_transparency_is_laid_over_black(dtype: Any, white: float, channels: int) -> None:
    share = np.random.default_rng(0).random((600, 5, 6, channels))
    share[0, 0, 0, -1], share[0, 0, 1, -1] = 0, 1
    images = (share * white).astype(dtype)
    found = over_black(layout_of(images).apply(images))
    assert (found.shape, found.dtype) == ((600, 5, 6, channels - 1), images.dtype)
    expected = images[..., :-1] * (images[..., -1:] / white)
    assert np.abs(found - expected).max() <= 0.5 + 1e-6 * white
    assert (found[0, 0, 0] == 0).all()
    assert (found[0, 0, 1] == images[0, 0, 1, :-1]).all()
    first = np.moveaxis(images, 3, 1)
    assert layout_of(first).shape == (5, 6, channels)


@pytest.mark.parametrize("images", [np.full((2, 2, 2, 4), -1.0), np.ones((2, 2, 2, 2), np.bool_)])
def test_what_can_be_no_transparency_is_refused(images: Any) -> None:
    with pytest.raises(NoPixels, match="transparency"):
        over_black(images)
