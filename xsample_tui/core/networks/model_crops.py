"""Computes which cells of a Keras model's layers can vary under a window, for models whose layers form a graph.

A layer's *region* is a rectangle of its frame that holds every cell which can vary from image to image. Outside it
all images' cells hold what a blank image gives, so they need computing once for many images. Regions have one size
for all windows of a size, wherever they lie: such windows share their code, and differ by where regions begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..masks.mask_kinds import Mask

CropKind = Literal["image", "cells", "alike", "channels", "mean"]
Frame = tuple[int, int, int]
Size = tuple[int, int]
# A region that covers as much of its frame is extended to the frame: less is saved than it costs to fill the rest in.
_NEARLY_WHOLE = 0.8
_Starts = NDArray[np.int64]


@dataclass(frozen=True)
class CropLayer:
    """A layer of a Keras model that can be computed on a region of its frame.

    Attributes:
        name: of the layer's call: its name in the model, after that of the model within the model that it is in and
            a slash, and before ``~2`` where that is the second call of it; empty for the images.
        kind: ``image``: what the model is given; ``cells``: a convolution, a pool, anything whose cells each see a
            rectangle of cells; ``alike``: whose cells see those at the same place, of one layer or of several;
            ``channels``: which in training multiplies each channel of an image by a number of its own; ``mean``: the
            mean over the frame.
        inputs: names of the layers whose outputs it is given.
        frame: height, width and channels of its output; 1 by 1 for a mean.
        kernel: rows and columns that a cell sees.
        stride: rows and columns from what one cell sees to what the next one does.
        pads: rows and columns of padding above and to the left of its input.
        work: multiply-adds for one cell.
    """

    name: str
    kind: CropKind
    inputs: tuple[str, ...]
    frame: Frame
    kernel: Size = (1, 1)
    stride: Size = (1, 1)
    pads: Size = (0, 0)
    work: int = 0


CropLayers = tuple[CropLayer, ...]


@dataclass(frozen=True)
class ModelCropShape:
    """What the computation on regions depends on, but for where they lie.

    Attributes:
        regions: height and width of each layer's region; None where it is the whole frame.
        cuts: for each layer's inputs whether their regions may reach beyond what the layer's region sees.
    """

    regions: tuple[Size | None, ...]
    cuts: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True)
class ModelCrop:
    """The regions of a model's layers under a window.

    Attributes:
        shape: what the computation depends on.
        places: first row and column of each layer's region.
    """

    shape: ModelCropShape
    places: tuple[Size, ...]

    @property
    def origin(self) -> Size:
        """First row and column of the images' crop."""
        return self.places[0]

    @property
    def size(self) -> Size:
        """Height and width of the images' crop."""
        size = self.shape.regions[0]
        assert size is not None
        return size


def model_crop(layers: CropLayers, mask: Mask) -> ModelCrop | None:
    """Return the regions of layers under a mask; None where whole frames are computed.

    Args:
        layers: in an order in which each comes after those that it is given, the images first; may be empty.
        mask: (height, width) bool, True where the pixel stays.
    """
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not layers:
        return None
    if not len(rows):
        rows = cols = np.zeros(1, np.int64)
    first = (int(rows[0]), int(cols[0]))
    size = (int(rows[-1]) + 1 - first[0], int(cols[-1]) + 1 - first[1])
    shape, starts = _laid_out(layers, size)
    if shape.regions[0] is None:
        return None
    return ModelCrop(shape, tuple((int(down[first[0]]), int(across[first[1]])) for down, across in starts))


@lru_cache(maxsize=256)
def _laid_out(layers: CropLayers, size: Size) -> tuple[ModelCropShape, tuple[tuple[_Starts, _Starts], ...]]:
    """Return the regions' sizes under windows of a size, and where they begin, by a window's first row or column."""
    axes = [_ranges(layers, axis, size[axis]) for axis in (0, 1)]
    numbers = {layer.name: number for number, layer in enumerate(layers)}
    regions: list[Size | None] = []
    starts: list[tuple[_Starts, _Starts]] = []
    for number, layer in enumerate(layers):
        near = [axes[axis][number][0] for axis in (0, 1)]
        length = [int((axes[axis][number][1] - near[axis]).max()) for axis in (0, 1)]
        height, width, _ = layer.frame
        full = length[0] * length[1] >= _NEARLY_WHOLE * height * width
        if full or any(regions[numbers[name]] is None for name in layer.inputs):
            regions.append(None)
            starts.append((np.zeros_like(near[0]), np.zeros_like(near[1])))
        else:
            regions.append((length[0], length[1]))
            # Moved back where it would reach beyond the frame, so that all have one size.
            down, across = (np.minimum(near[axis], layer.frame[axis] - length[axis]) for axis in (0, 1))
            starts.append((down, across))
    cuts = tuple(
        tuple(_cut(layer, number, numbers[name], regions, starts) for name in layer.inputs)
        for number, layer in enumerate(layers)
    )
    return ModelCropShape(tuple(regions), cuts), tuple(starts)


def _ranges(layers: CropLayers, axis: int, length: int) -> list[tuple[_Starts, _Starts]]:
    """Return for every layer the first and the end of the cells that vary, for each place of a window on an axis."""
    found: dict[str, tuple[_Starts, _Starts]] = {}
    for layer in layers:
        given = [found[name] for name in layer.inputs]
        after = layer.frame[axis]
        near: Any
        end: Any
        if layer.kind == "image":
            near = np.arange(after - length + 1)
            end = near + length
        elif layer.kind == "mean":
            near = np.zeros_like(given[0][0])
            end = near + 1
        else:
            near = np.min([one[0] for one in given], axis=0)
            end = np.max([one[1] for one in given], axis=0)
        if layer.kind == "cells":
            kernel, stride, pad = layer.kernel[axis], layer.stride[axis], layer.pads[axis]
            near = np.maximum((near + pad - kernel) // stride + 1, 0)
            end = np.minimum(-(-(end + pad) // stride), after)
            # Strides may pass a small window over: no cell varies, and one is computed for nothing.
            near = np.minimum(near, after - 1)
            end = np.maximum(end, near + 1)
        found[layer.name] = (near, end)
    return [found[layer.name] for layer in layers]


def _cut(
    layer: CropLayer, number: int, given: int, regions: list[Size | None], starts: list[tuple[_Starts, _Starts]]
) -> bool:
    """Return whether an input's region may reach beyond what a layer's region sees, for some place of the window."""
    here, there = regions[number], regions[given]
    if here is None or there is None:
        return False
    for axis in (0, 1):
        first, length = seen(layer, axis, starts[number][axis], here[axis])
        begin = starts[given][axis]
        if np.any(begin < first) or np.any(begin + there[axis] > first + length):
            return True
    return False


def seen(layer: CropLayer, axis: int, first: Any, length: int) -> tuple[Any, int]:
    """Return the first cell of an input, padding before it counting down from -1, and how many some cells see.

    Args:
        layer: the layer.
        axis: 0 for rows, 1 for columns.
        first: the first of its cells: a number, or an array or tensor of them.
        length: how many cells.
    """
    stride = layer.stride[axis]
    return first * stride - layer.pads[axis], (length - 1) * stride + layer.kernel[axis]


def saved_work(layers: CropLayers, mask: Mask) -> int:
    """Return the multiply-adds of a forward pass on one image that regions save under a mask.

    Args:
        layers, mask: as of :func:`model_crop`.
    """
    crop = model_crop(layers, mask)
    if crop is None:
        return 0
    saved = 0
    for layer, region in zip(layers, crop.shape.regions, strict=True):
        if region is not None:
            saved += layer.work * (layer.frame[0] * layer.frame[1] - region[0] * region[1])
    return saved
