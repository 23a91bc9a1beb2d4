"""Computes which cells of each layer can vary under a window, from the layers' receptive fields.

With every pixel outside a window zero, a convolution's or pool's output varies from image to image only in
the cells whose receptive field meets the window; all other cells hold the same values for every image. So the
leading spatial layers need computing on a crop only, and once on a blank image for the rest: exactly the same
result, at a fraction of the cost.

Where no layer pads its frame, a blank image gives one value a channel, the same in every cell. Then a
convolution is computed on what its input *differs* from the blank image's, which is zero outside the cells
that vary: for the article's network under a 9x9 window, conv2 reads 11x11 cells instead of the 16x16 that its
outputs see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..masks.mask_kinds import Mask
from .network import Convolution, Network, Spatial, kernel_of

Range = tuple[int, int]


@dataclass(frozen=True)
class Step:
    """One spatial layer on a crop.

    Attributes:
        layer: the layer.
        added: rows and columns of cells to add around the layer's input, in all. In a network that pads no frame
            they stand for cells that do not differ from the blank image's; otherwise the crop itself reaches
            far enough, and they are the layer's own padding where the crop touches the frame's border.
        most: rows and columns to add at that side where there are more of them.
    """

    layer: Spatial
    added: tuple[int, int]
    most: tuple[int, int]


@dataclass(frozen=True)
class CropShape:
    """What the computation on a crop depends on, but for where it lies: crops of equal shape share their code.

    Attributes:
        steps: the leading spatial layers.
        size: height and width of the image's crop.
        region: height and width of the output cells that are computed.
        whole: whether the crop holds all that any output cell sees, so that nothing is left to fill in.
    """

    steps: tuple[Step, ...]
    size: tuple[int, int]
    region: tuple[int, int]
    whole: bool


@dataclass(frozen=True)
class Crop:
    """A crop of the image and the output cells that it determines.

    Attributes:
        shape: what the computation depends on.
        origin: row and column of the crop in the image.
        place: row and column of its output cells in the frame after the steps; then for each step how many of
            its added rows and columns lie above and to the left.
    """

    shape: CropShape
    origin: tuple[int, int]
    place: tuple[tuple[int, int], ...]


def leading(network: Network) -> tuple[Spatial, ...]:
    """Return the spatial layers before the first layer of another kind: those a crop can be computed through."""
    layers: list[Spatial] = []
    for layer in network.layers:
        if not isinstance(layer, Spatial):
            break
        layers.append(layer)
    return tuple(layers)


def whole(network: Network) -> Crop:
    """Return the crop that is the whole image."""
    height, width, _ = network.shape
    return _crop(network, ((0, height), (0, width)))


def crop_of(network: Network, mask: Mask) -> Crop:
    """Return the smallest crop that determines every cell which can vary under the mask.

    Args:
        network: the network; its leading spatial layers are cropped.
        mask: (height, width) bool, True where the pixel stays.
    """
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return _crop(network, ((0, 1), (0, 1)))
    return _crop(network, ((int(rows[0]), int(rows[-1]) + 1), (int(cols[0]), int(cols[-1]) + 1)))


def uniform(network: Network) -> bool:
    """Return whether a blank image gives the same values in every cell: no leading layer pads its frame.

    Then convolutions are computed on what their inputs differ from the blank image's.
    """
    return all(layer.padding == "valid" for layer in leading(network))


def _crop(network: Network, varying: tuple[Range, Range]) -> Crop:
    layers = leading(network)
    frames = network.frames()
    axes = [_axis(layers, [frame[axis] for frame in frames], axis, varying[axis]) for axis in (0, 1)]
    (rows, row_pads, row_cells), (cols, col_pads, col_cells) = axes
    pads = list(zip(row_pads, col_pads, strict=True))
    steps = tuple(
        Step(layer, (sum(down), sum(across)), (max(down), max(across)))
        for layer, (down, across) in zip(layers, pads, strict=True)
    )
    size, region = (rows[1] - rows[0], cols[1] - cols[0]), (_length(row_cells), _length(col_cells))
    # A window may determine every output cell and yet leave some cell before them blank.
    filled = not uniform(network) or not any(any(step.added) for step in steps)
    full = filled and region == frames[len(layers)][:2]
    place = ((row_cells[0], col_cells[0]), *((down[0], across[0]) for down, across in pads))
    return Crop(CropShape(steps, size, region, whole=full), (rows[0], cols[0]), place)


def _length(cells: Range) -> int:
    return cells[1] - cells[0]


def _axis(
    layers: tuple[Spatial, ...], lengths: list[int], axis: int, pixels: Range
) -> tuple[Range, list[Range], Range]:
    """Follow one axis: (pixels of the crop, cells to add before and after for each layer, output cells)."""
    varying = [pixels]
    for layer, before, after in zip(layers, lengths, lengths[1:], strict=False):
        kernel, stride, pad = _geometry(layer, axis, before, after)
        first, end = varying[-1]
        near, far = max(0, (first + pad - kernel) // stride + 1), min(after, -(-(end + pad) // stride))
        varying.append((near, far) if first < end else (near, near))
    first, end = varying[-1]
    if end <= first:
        # Strides may pass a small window over: no cell varies, and one is computed for nothing.
        first = min(first, lengths[len(layers)] - 1)
        end = first + 1
    cells = (first, end)
    differ = all(layer.padding == "valid" for layer in layers)
    pads: list[Range] = []
    for index in range(len(layers) - 1, -1, -1):
        kernel, stride, pad = _geometry(layers[index], axis, lengths[index], lengths[index + 1])
        low, high = first * stride - pad, (end - 1) * stride - pad + kernel
        first, end = max(low, 0), min(high, lengths[index])
        if differ and _clipped(layers, index):
            near, far = max(first, varying[index][0]), min(end, varying[index][1])
            first, end = (near, far) if near < far else (first, end)
        pads.insert(0, (first - low, high - end))
    return (first, end), pads, cells


def _clipped(layers: tuple[Spatial, ...], index: int) -> bool:
    """Return whether a layer's input is computed only where it varies, zero standing for the difference elsewhere.

    So it is with a convolution's, and with a maximum's over a convolution, whose bias waits until after the pool.
    """
    layer = layers[index]
    if isinstance(layer, Convolution):
        return True
    return layer.kind == "max" and index > 0 and isinstance(layers[index - 1], Convolution)


def _geometry(layer: Spatial, axis: int, before: int, after: int) -> tuple[int, int, int]:
    """Return kernel, stride and the padding in front, as TensorFlow pads for ``same``."""
    kernel, stride = kernel_of(layer)[axis], layer.stride[axis]
    total = max((after - 1) * stride + kernel - before, 0) if layer.padding == "same" else 0
    return kernel, stride, total // 2
