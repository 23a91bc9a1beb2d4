from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.core.sample_networks import NAMED, stacks, windows
from xsample_tui.core.masks.mask_kinds import DRAWERS, Canvas
from xsample_tui.core.masks.windows import Window, grid
from xsample_tui.core.networks.network import (
    Conv,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    Network,
    Spatial,
    article_network,
    kernel_of,
)
from xsample_tui.core.networks.receptive_field import CropShape, crop_of, leading, uniform, whole

ARTICLE = article_network((28, 28, 1), 10)


def box(network: Network, window: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(network.shape[:2], np.bool_)
    mask[window[0] : window[1], window[2] : window[3]] = True
    return mask


def sees(layer: Spatial, axis: int, before: int, after: int, cell: int) -> set[int]:
    """Cells along an axis that an output cell of a layer sees, by TensorFlow's definition of its padding."""
    kernel, stride = kernel_of(layer)[axis], layer.stride[axis]
    pad = max((after - 1) * stride + kernel - before, 0) // 2 if layer.padding == "same" else 0
    return {c for c in range(cell * stride - pad, cell * stride - pad + kernel) if 0 <= c < before}


def varying(network: Network, axis: int, pixels: set[int]) -> list[set[int]]:
    """Which cells vary along an axis, layer by layer, found cell by cell."""
    found = [pixels]
    frames = network.frames()
    for index, layer in enumerate(leading(network)):
        before, after = frames[index][axis], frames[index + 1][axis]
        found.append({c for c in range(after) if sees(layer, axis, before, after, c) & found[-1]})
    return found


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_the_region_is_the_smallest_that_holds_every_cell_that_varies(data: st.DataObject) -> None:
    network = data.draw(stacks())
    window = data.draw(windows(network.shape))
    crop = crop_of(network, box(network, window))
    for axis in (0, 1):
        cells = varying(network, axis, set(range(window[2 * axis], window[2 * axis + 1])))[-1]
        first, count = crop.place[0][axis], crop.shape.region[axis]
        assert 0 <= first < first + count <= network.frames()[len(leading(network))][axis]
        assert count == (max(cells) - min(cells) + 1 if cells else 1)
        assert not cells or first == min(cells)


def reads_differences(layers: tuple[Spatial, ...], index: int) -> bool:
    layer = layers[index]
    if isinstance(layer, Convolution):
        return True
    return layer.kind == "max" and index > 0 and isinstance(layers[index - 1], Convolution)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_each_layer_reads_every_cell_that_varies_and_is_seen(data: st.DataObject) -> None:
    """Walks the steps forward, cell by cell: what lies outside a step's input must not vary, or must be padding."""
    network = data.draw(stacks())
    window = data.draw(windows(network.shape))
    crop = crop_of(network, box(network, window))
    frames, layers = network.frames(), leading(network)
    for axis in (0, 1):
        vary = varying(network, axis, set(range(window[2 * axis], window[2 * axis + 1])))
        first, length = crop.origin[axis], crop.shape.size[axis]
        assert 0 <= first < first + length <= network.shape[axis]
        for index, (layer, step) in enumerate(zip(layers, crop.shape.steps, strict=True)):
            kernel, stride = kernel_of(layer)[axis], layer.stride[axis]
            front, added = crop.place[1 + index][axis], step.added[axis]
            assert 0 <= front <= added
            assert step.most[axis] == max(front, added - front)
            before, after = frames[index][axis], frames[index + 1][axis]
            pad = max((after - 1) * stride + kernel - before, 0) // 2 if layer.padding == "same" else 0
            start = first - front + pad
            assert start % stride == 0
            outputs = range(start // stride, start // stride + (length + added - kernel) // stride + 1)
            read = set(range(first, first + length))
            for cell in outputs:
                unread = sees(layer, axis, before, after, cell) - read
                assert not unread & vary[index]
                assert not unread or (uniform(network) and reads_differences(layers, index))
            first, length = outputs.start, len(outputs)
        assert (first, length) == (crop.place[0][axis], crop.shape.region[axis])


@pytest.mark.parametrize(
    ("row", "col", "size", "region"),
    [(9, 10, (9, 9), (7, 7)), (0, 0, (9, 9), (5, 5)), (19, 19, (9, 9), (5, 5)), (0, 10, (9, 9), (5, 7))],
)
def test_the_article_s_network_under_a_window(
    row: int, col: int, size: tuple[int, int], region: tuple[int, int]
) -> None:
    crop = crop_of(ARTICLE, box(ARTICLE, (row, row + 9, col, col + 9)))
    assert (crop.shape.size, crop.shape.region) == (size, region)
    assert not crop.shape.whole
    assert crop.origin == (row, col)


def test_all_400_windows_share_25_shapes() -> None:
    shapes: set[CropShape] = set()
    for window in grid(28, 28, 9, 9, 1):
        shapes.add(crop_of(ARTICLE, box(ARTICLE, (window.row, window.row + 9, window.col, window.col + 9))).shape)
    assert len(shapes) == 25


def test_a_convolution_reads_only_what_differs_from_a_blank_image() -> None:
    crop = crop_of(ARTICLE, box(ARTICLE, (9, 18, 10, 19)))
    # conv1 turns 9 cells into 11, conv2 11 into 13; one more, which need not be computed, makes whole pools of them.
    assert [step.added for step in crop.shape.steps] == [(4, 4), (4, 4), (1, 1)]


@pytest.mark.parametrize("name", NAMED)
def test_a_full_mask_is_the_whole_image(name: str) -> None:
    network = NAMED[name]
    crop = crop_of(network, np.ones(network.shape[:2], np.bool_))
    assert crop == whole(network)
    assert crop.shape.whole
    assert crop.shape.region == network.frames()[len(leading(network))][:2]
    assert (crop.origin, crop.place[0]) == ((0, 0), (0, 0))


def test_an_empty_mask_has_a_crop_too() -> None:
    crop = crop_of(ARTICLE, np.zeros((28, 28), np.bool_))
    assert not crop.shape.whole
    assert math.prod(crop.shape.region) <= 4


def test_other_masks_use_the_box_round_their_kept_pixels() -> None:
    canvas = Canvas(np.full((28, 28), 1 / 784), seed=3)
    for kind in ("occlude", "article", "random"):
        mask = DRAWERS[kind](Window(9, 10, 9, 9), canvas)
        rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        hull = box(ARTICLE, (rows[0], rows[-1] + 1, cols[0], cols[-1] + 1))
        assert crop_of(ARTICLE, mask) == crop_of(ARTICLE, hull)
    scattered = np.zeros((28, 28), np.bool_)
    scattered[3, 20] = scattered[7, 11] = True
    assert crop_of(ARTICLE, scattered) == crop_of(ARTICLE, box(ARTICLE, (3, 8, 11, 21)))


def test_only_layers_before_the_first_of_another_kind_are_cropped() -> None:
    assert [layer.name for layer in leading(ARTICLE)] == ["conv1", "conv2", "pool"]
    assert leading(NAMED["dropout between convolutions"]) == (Conv("a", 8),)
    bare = Network((5, 5, 1), (Dropout("d", 0.5), Flatten("f"), Dense("o", 2, relu=False)))
    assert leading(bare) == ()
