"""Networks as plain values: layers, their shapes, names and parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from ..seeding import generator

Padding = Literal["valid", "same"]
Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Conv:
    """A 2-D convolution with bias, then relu unless ``relu`` is False."""

    name: str
    filters: int
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    padding: Padding = "valid"
    relu: bool = True


@dataclass(frozen=True)
class Depthwise:
    """A 2-D convolution of each channel by its own ``multiplier`` kernels, with bias, then relu unless it is False.

    Rows and columns have one stride.
    """

    name: str
    multiplier: int = 1
    kernel: tuple[int, int] = (3, 3)
    stride: tuple[int, int] = (1, 1)
    padding: Padding = "valid"
    relu: bool = True


@dataclass(frozen=True)
class Pool:
    """Max or average pooling. Average pooling over ``same`` padding leaves the padding out of the mean."""

    name: str
    size: tuple[int, int] = (2, 2)
    stride: tuple[int, int] = (2, 2)
    padding: Padding = "valid"
    kind: Literal["max", "average"] = "max"


@dataclass(frozen=True)
class Dropout:
    """Inverted dropout: each unit is zeroed with probability ``rate`` in training and the rest scaled up."""

    name: str
    rate: float


@dataclass(frozen=True)
class Flatten:
    """(height, width, channels) to one axis, in that order."""

    name: str


@dataclass(frozen=True)
class GlobalPool:
    """The mean, or the maximum, of each channel over its frame: stands where Flatten would."""

    name: str
    kind: Literal["max", "average"] = "average"


@dataclass(frozen=True)
class Dense:
    """A fully connected layer with bias, then relu unless ``relu`` is False."""

    name: str
    units: int
    relu: bool = True


Layer = Conv | Depthwise | Pool | Dropout | Flatten | GlobalPool | Dense
Convolution = Conv | Depthwise
Spatial = Convolution | Pool


def out_length(length: int, kernel: int, stride: int, padding: Padding) -> int:
    """Return how many cells a convolution or pool makes along one axis (0 or less: it does not fit)."""
    return math.ceil(length / stride) if padding == "same" else (length - kernel) // stride + 1


def kernel_of(layer: Spatial) -> tuple[int, int]:
    """Return a spatial layer's kernel height and width."""
    return layer.size if isinstance(layer, Pool) else layer.kernel


def channels_of(layer: Spatial, before: int) -> int:
    """Return how many channels a spatial layer gives, of so many that it is given."""
    if isinstance(layer, Conv):
        return layer.filters
    return before * layer.multiplier if isinstance(layer, Depthwise) else before


@dataclass(frozen=True)
class Network:
    """A feed-forward image classifier: spatial layers, one Flatten or GlobalPool, then dense layers.

    Attributes:
        shape: height, width and channels of the images.
        layers: in order; softmax over the last dense layer's outputs is applied outside.
    """

    shape: tuple[int, int, int]
    layers: tuple[Layer, ...]

    @property
    def classes(self) -> int:
        """Number of outputs."""
        last = self.layers[-1]
        assert isinstance(last, Dense)
        return last.units

    def frames(self) -> list[tuple[int, int, int]]:
        """Return the frame (height, width, channels) before the first and after each layer up to the dense ones'."""
        frame = self.shape
        frames = [frame]
        for layer in self.layers:
            if isinstance(layer, Flatten | GlobalPool):
                break
            if isinstance(layer, Spatial):
                kernel = kernel_of(layer)
                height, width = (
                    out_length(frame[axis], kernel[axis], layer.stride[axis], layer.padding) for axis in (0, 1)
                )
                frame = (height, width, channels_of(layer, frame[2]))
            frames.append(frame)
        return frames

    @property
    def units(self) -> int:
        """How many values the dense layers are given."""
        last = self.frames()[-1]
        return last[2] if any(isinstance(layer, GlobalPool) for layer in self.layers) else math.prod(last)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return every parameter's shape by name, ``layer/kernel`` and ``layer/bias``, in the layers' order."""
        shapes: dict[str, tuple[int, ...]] = {}
        frames = self.frames()
        units = self.units
        for index, layer in enumerate(self.layers):
            if isinstance(layer, Convolution):
                own = layer.filters if isinstance(layer, Conv) else layer.multiplier
                shapes[f"{layer.name}/kernel"] = (*layer.kernel, frames[index][2], own)
                shapes[f"{layer.name}/bias"] = (channels_of(layer, frames[index][2]),)
            elif isinstance(layer, Dense):
                shapes[f"{layer.name}/kernel"] = (units, layer.units)
                shapes[f"{layer.name}/bias"] = (layer.units,)
                units = layer.units
        return shapes

    def parameter_count(self) -> int:
        """Return the number of trainable parameters."""
        return sum(math.prod(shape) for shape in self.parameter_shapes().values())

    def initial_weights(self, seed: int) -> Weights:
        """Return Glorot-uniform kernels (Glorot and Bengio 2010) and zero biases, float32.

        A function of the seed and the shapes alone: the same bits on every machine, with or without a GPU.
        """
        weights: Weights = {}
        for name, shape in self.parameter_shapes().items():
            if name.endswith("/bias"):
                weights[name] = np.zeros(shape, np.float32)
            else:
                field = math.prod(shape[:-2])
                limit = math.sqrt(6 / (field * (shape[-2] + shape[-1])))
                draws = generator(seed, "init", name).random(shape, np.float32)
                weights[name] = (np.float32(2 * limit) * draws - np.float32(limit)).astype(np.float32)
        return weights


def article_network(shape: tuple[int, int, int], classes: int) -> Network:
    """Return the article's network, Keras's classic MNIST CNN: 1,199,882 parameters on 28x28x1 with 10 classes.

    Raises:
        InputError: the image is smaller than 6x6, which two 3x3 convolutions and the pool need.
    """
    if min(shape[:2]) < 6:
        raise ArgumentError("data", f"images of {shape[0]}x{shape[1]}", "the network needs at least 6x6 pixels")
    return Network(
        shape,
        (
            Conv("conv1", 32),
            Conv("conv2", 64),
            Pool("pool"),
            Dropout("dropout1", 0.25),
            Flatten("flatten"),
            Dense("dense1", 128),
            Dropout("dropout2", 0.5),
            Dense("logits", classes, relu=False),
        ),
    )
