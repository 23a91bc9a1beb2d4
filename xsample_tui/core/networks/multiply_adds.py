"""Arithmetic: how many multiply-adds a training takes, which is the same on every machine."""

from __future__ import annotations

from ..masks.mask_kinds import Mask
from .keras_network import KerasNetwork, TrainedNetwork, model_work
from .network import Conv, Convolution, Dense, Depthwise, Dropout, GlobalPool, kernel_of, out_length
from .receptive_field import crop_of, leading

# Forward, the gradient to the weights, and the gradient to what goes in, each of about as many.
_PASSES = 3


def multiply_adds(network: TrainedNetwork, mask: Mask) -> int:
    """Return the multiply-adds of one forward pass on one image under a mask, computed on the mask's crop.

    Pools, biases and relus are left out. A convolution computes on the cells of its crop or on those it gives,
    whichever are fewer. Behind a dropout the first dense layer counts whole, since the cells outside the crop are
    dropped for each image again; without one those cells count once for all images, and so not at all.

    Args:
        network: what is trained.
        mask: (height, width) bool, True where the pixel stays.
    """
    if isinstance(network, KerasNetwork):
        return model_work(network, mask)
    shape, spatial = crop_of(network, mask).shape, leading(network)
    frames = network.frames()
    total, (height, width) = 0, shape.size
    for step, frame in zip(shape.steps, frames, strict=False):
        kernel, layer = kernel_of(step.layer), step.layer
        before = height * width
        height, width = (
            out_length(length + step.added[axis], kernel[axis], layer.stride[axis], "valid")
            for axis, length in enumerate((height, width))
        )
        if isinstance(layer, Convolution):
            # On fewer cells than it gives only a full convolution is computed.
            fewer = isinstance(layer, Conv) and layer.stride == (1, 1)
            cells = min(before, height * width) if fewer else height * width
            total += cells * kernel[0] * kernel[1] * frame[2] * _own(layer)
    rest = network.layers[len(spatial) :]
    units = frames[len(spatial)][2] * shape.region[0] * shape.region[1]
    first = next(index for index, layer in enumerate(rest) if isinstance(layer, Convolution | Dense))
    whole = (Dropout, GlobalPool)
    if isinstance(rest[first], Convolution) or any(isinstance(layer, whole) for layer in rest[:first]):
        units = network.units
    for index, one in enumerate(rest):
        if isinstance(one, Convolution):
            given, out = frames[len(spatial) + index][2], frames[len(spatial) + index + 1]
            total += out[0] * out[1] * one.kernel[0] * one.kernel[1] * given * _own(one)
        elif isinstance(one, Dense):
            total += units * one.units
            units = one.units
    return total


def _own(layer: Convolution) -> int:
    """Return how many kernels each channel that a convolution is given meets."""
    return layer.multiplier if isinstance(layer, Depthwise) else layer.filters


def training_arithmetic(network: TrainedNetwork, mask: Mask, images: int, epochs: int) -> int:
    """Return the multiply-adds of a training: images x epochs x three times those of a forward pass.

    Args:
        network, mask: as of :func:`multiply_adds`.
        images: that it is fitted on.
        epochs: that it was trained.
    """
    return _PASSES * images * epochs * multiply_adds(network, mask)
