"""Regions of a Keras model's layers: they hold every cell that varies, and have one size for windows of a size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.core.sample_networks import windows
from xsample_tui.core.networks.model_crops import CropLayer, CropLayers, model_crop, saved_work

IMAGE = CropLayer("", "image", (), (20, 18, 1))


def conv(name: str, given: CropLayer, kernel: int, stride: int, same: bool) -> CropLayer:
    height, width, _ = given.frame
    if same:
        sizes = [-(-length // stride) for length in (height, width)]
        pads = [
            max((size - 1) * stride + kernel - length, 0) // 2
            for size, length in zip(sizes, (height, width), strict=True)
        ]
    else:
        sizes, pads = [(length - kernel) // stride + 1 for length in (height, width)], [0, 0]
    return CropLayer(
        name,
        "cells",
        (given.name,),
        (sizes[0], sizes[1], 1),
        (kernel, kernel),
        (stride, stride),
        (pads[0], pads[1]),
        9,
    )


def varying(layers: CropLayers, mask: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    """Return for each layer which cells see a pixel of the mask, cell by cell."""
    found: dict[str, NDArray[np.bool_]] = {"": mask}
    for layer in layers[1:]:
        given = [found[name] for name in layer.inputs]
        if layer.kind == "alike":
            found[layer.name] = np.any(given, axis=0)
            continue
        out = np.zeros(layer.frame[:2], np.bool_)
        for row, col in np.ndindex(*out.shape):
            top, left = (at * step - pad for at, step, pad in zip((row, col), layer.stride, layer.pads, strict=True))
            rows, cols = slice(max(top, 0), top + layer.kernel[0]), slice(max(left, 0), left + layer.kernel[1])
            out[row, col] = given[0][rows, cols].any()
        found[layer.name] = out
    return found


@st.composite
def graphs(draw: st.DrawFn) -> CropLayers:
    layers = [IMAGE]
    for number in range(draw(st.integers(1, 4))):
        given, name = draw(st.sampled_from(layers)), f"layer{number}"
        alike = [one for one in layers if one.frame == given.frame]
        if draw(st.integers(0, 2)) == 0:
            other = draw(st.sampled_from(alike))
            layers.append(CropLayer(name, "alike", (given.name, other.name), given.frame))
            continue
        kernel = draw(st.integers(1, min(4, *given.frame[:2])))
        layers.append(conv(name, given, kernel, draw(st.integers(1, 3)), draw(st.booleans())))
    return tuple(layers)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_regions_hold_all_that_varies_and_have_one_size(data: st.DataObject) -> None:
    layers = data.draw(graphs())
    top, end, left, right = data.draw(windows(IMAGE.frame))
    shapes = set()
    for row, col in ((top, left), (0, 0), (20 - (end - top), 18 - (right - left))):
        mask = np.zeros((20, 18), np.bool_)
        mask[row : row + end - top, col : col + right - left] = True
        crop = model_crop(layers, mask)
        if crop is None:
            assert mask.mean() >= 0.8
            return
        shapes.add(crop.shape)
        found = varying(layers, mask)
        for layer, region, place in zip(layers, crop.shape.regions, crop.places, strict=True):
            if region is None:
                continue
            assert place[0] >= 0
            assert place[0] + region[0] <= layer.frame[0]
            assert place[1] + region[1] <= layer.frame[1]
            outside = found[layer.name].copy()
            outside[place[0] : place[0] + region[0], place[1] : place[1] + region[1]] = False
            assert not outside.any()
    assert len(shapes) == 1


def test_nothing_is_cut_without_layers_or_where_the_window_is_nearly_the_image() -> None:
    layers = (IMAGE, conv("a", IMAGE, 3, 1, same=True))
    assert model_crop((), np.ones((20, 18), np.bool_)) is None
    assert model_crop(layers, np.ones((20, 18), np.bool_)) is None
    assert model_crop(layers, np.zeros((20, 18), np.bool_)) is not None


@pytest.mark.parametrize(("window", "saved"), [(4, 20 * 18 - 6 * 6), (20, 0)])
def test_the_work_that_is_saved_is_that_of_the_cells_outside(window: int, saved: int) -> None:
    layers = (IMAGE, conv("a", IMAGE, 3, 1, same=True))
    mask = np.zeros((20, 18), np.bool_)
    mask[5 : 5 + window, 6 : 6 + window] = True
    mask |= window == 20
    assert saved_work(layers, mask) == 9 * saved
