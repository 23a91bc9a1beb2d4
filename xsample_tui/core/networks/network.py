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
class Dense:
    """A fully connected layer with bias, then relu unless ``relu`` is False."""

    name: str
    units: int
    relu: bool = True


Layer = Conv | Pool | Dropout | Flatten | Dense
Spatial = Conv | Pool


def out_length(length: int, kernel: int, stride: int, padding: Padding) -> int:
    """Return how many cells a convolution or pool makes along one axis (0 or less: it does not fit)."""
    return math.ceil(length / stride) if padding == "same" else (length - kernel) // stride + 1


def kernel_of(layer: Spatial) -> tuple[int, int]:
    """Return a spatial layer's kernel height and width."""
    return layer.kernel if isinstance(layer, Conv) else layer.size


@dataclass(frozen=True)
class Network:
    """A feed-forward image classifier: spatial layers, one Flatten, then dense layers; the last gives logits.

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
        """Return the frame (height, width, channels) before the first and after each layer up to Flatten."""
        frame = self.shape
        frames = [frame]
        for layer in self.layers:
            if isinstance(layer, Flatten):
                break
            if isinstance(layer, Conv | Pool):
                kernel = kernel_of(layer)
                height, width = (
                    out_length(frame[axis], kernel[axis], layer.stride[axis], layer.padding) for axis in (0, 1)
                )
                frame = (height, width, layer.filters if isinstance(layer, Conv) else frame[2])
            frames.append(frame)
        return frames

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return every parameter's shape by name, ``layer/kernel`` and ``layer/bias``, in the layers' order."""
        shapes: dict[str, tuple[int, ...]] = {}
        frames = self.frames()
        units = math.prod(frames[-1])
        for index, layer in enumerate(self.layers):
            if isinstance(layer, Conv):
                shapes[f"{layer.name}/kernel"] = (*layer.kernel, frames[index][2], layer.filters)
                shapes[f"{layer.name}/bias"] = (layer.filters,)
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
