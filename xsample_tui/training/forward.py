"""The forward pass, on whole pictures or on crops, with dropout that is a function of a seed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from ..core.crop import CropShape, Step, field_of_view, leading, uniform, whole
from ..core.network import Conv, Dense, Dropout, Flatten, Network, Pool

Tensor = Any
Parameters = Mapping[str, Tensor]


def logits(
    network: Network,
    shape: CropShape,
    parameters: Parameters,
    pictures: Tensor,
    place: Tensor,
    seed: Tensor | None,
) -> Tensor:
    """Return the network's logits, (n, classes) float32.

    Args:
        network: the network.
        shape: the crop's shape.
        parameters: tensors or variables by name.
        pictures: (n, *shape.size, channels) float32, masked: zero wherever the mask is.
        place: (2,) int32, where the crop's output cells lie in their frame.
        seed: (2,) int64 for dropout; None in evaluation, when dropout does nothing.
    """
    hidden = _spatial(shape.steps, parameters, pictures)
    rest = network.layers[len(shape.steps) :]
    if not shape.whole:
        blank = _blank(network, parameters)
        if seed is None and _folds(rest):
            return _dense_folded(network, shape, parameters, hidden, blank, place)
        hidden = _paste(network, shape, hidden, blank, place)
    return _rest(rest, parameters, hidden, seed)


def _spatial(steps: tuple[Step, ...], parameters: Parameters, hidden: Tensor) -> Tensor:
    late: Conv | None = None  # a convolution whose bias and relu wait until after the pool
    for index, step in enumerate(steps):
        layer = step.layer
        if isinstance(layer, Pool):
            hidden = _pool(layer, step, hidden)
            if late is not None:
                hidden = _bias(late, parameters, hidden)
                late = None
            continue
        pads: Any = "VALID" if not any(map(any, step.pads)) else [[0, 0], *map(list, step.pads), [0, 0]]
        hidden = tf.nn.conv2d(hidden, parameters[f"{layer.name}/kernel"], layer.stride, pads)
        following = steps[index + 1].layer if index + 1 < len(steps) else None
        if isinstance(following, Pool) and following.kind == "max":
            # Bias and relu never change which cell is the maximum, and there are fewer cells after the pool.
            late = layer
        else:
            hidden = _bias(layer, parameters, hidden)
    return hidden


def _bias(layer: Conv | Dense, parameters: Parameters, hidden: Tensor) -> Tensor:
    hidden = tf.nn.bias_add(hidden, parameters[f"{layer.name}/bias"])
    return tf.nn.relu(hidden) if layer.relu else hidden


def _pool(layer: Pool, step: Step, hidden: Tensor) -> Tensor:
    padded = any(map(any, step.pads))
    pads = [[0, 0], *map(list, step.pads), [0, 0]]
    if layer.kind == "max":
        if padded:
            hidden = tf.pad(hidden, pads, constant_values=-np.inf)
        return tf.nn.max_pool2d(hidden, layer.size, layer.stride, "VALID")
    if not padded:
        return tf.nn.avg_pool2d(hidden, layer.size, layer.stride, "VALID")
    ones = tf.ones_like(hidden[:1, :, :, :1])
    share = tf.nn.avg_pool2d(tf.pad(ones, pads), layer.size, layer.stride, "VALID")
    return tf.nn.avg_pool2d(tf.pad(hidden, pads), layer.size, layer.stride, "VALID") / share


def _blank(network: Network, parameters: Parameters) -> Tensor:
    """Return what a blank picture gives after the leading layers: (1, 1, 1, c) where all cells are alike."""
    if uniform(network):
        view = tf.zeros((1, *field_of_view(network), network.shape[2]))
        steps = tuple(Step(layer, ((0, 0), (0, 0))) for layer in leading(network))
        return _spatial(steps, parameters, view)
    return _spatial(whole(network).shape.steps, parameters, tf.zeros((1, *network.shape)))


def _hole(frame: tuple[int, int, int], shape: CropShape, place: Tensor) -> Tensor:
    """Return (1, height, width, 1) float32: 0 in the cells that the crop determines, 1 elsewhere."""
    return 1 - tf.pad(tf.ones((1, *shape.region, 1)), _margins(frame, shape, place))


def _margins(frame: tuple[int, int, int], shape: CropShape, place: Tensor) -> Tensor:
    rest = tf.constant([frame[0] - shape.region[0], frame[1] - shape.region[1]]) - place
    none = tf.zeros(2, tf.int32)
    return tf.stack([none, tf.stack([place[0], rest[0]]), tf.stack([place[1], rest[1]]), none])


def _paste(network: Network, shape: CropShape, hidden: Tensor, blank: Tensor, place: Tensor) -> Tensor:
    frame = network.frames()[len(shape.steps)]
    filled = tf.pad(hidden, _margins(frame, shape, place)) + blank * _hole(frame, shape, place)
    return tf.ensure_shape(filled, (None, *frame))


def _folds(rest: tuple[Any, ...]) -> bool:
    """Return whether, dropout aside, the layers go on with flatten and dense."""
    kinds = [type(layer) for layer in rest if not isinstance(layer, Dropout)]
    return kinds[:2] == [Flatten, Dense]


def _dense_folded(
    network: Network, shape: CropShape, parameters: Parameters, hidden: Tensor, blank: Tensor, place: Tensor
) -> Tensor:
    """Evaluate: the cells that never vary go through the first dense layer once, not once a picture."""
    frame = network.frames()[len(shape.steps)]
    rest = network.layers[len(shape.steps) :]
    at = next(index for index, layer in enumerate(rest) if isinstance(layer, Dense))
    dense = rest[at]
    assert isinstance(dense, Dense)
    kernel = tf.reshape(parameters[f"{dense.name}/kernel"], (*frame, dense.units))
    inside = tf.slice(kernel, [place[0], place[1], 0, 0], [*shape.region, frame[2], dense.units])
    varying = tf.reshape(hidden, (-1, shape.region[0] * shape.region[1] * frame[2]))
    varying = varying @ tf.reshape(inside, (-1, dense.units))
    constant = tf.broadcast_to(blank * _hole(frame, shape, place), (1, *frame))
    constant = tf.reshape(constant, (1, -1)) @ parameters[f"{dense.name}/kernel"]
    return _rest(rest[at + 1 :], parameters, _bias(dense, parameters, varying + constant), None)


def _rest(layers: tuple[Any, ...], parameters: Parameters, hidden: Tensor, seed: Tensor | None) -> Tensor:
    for index, layer in enumerate(layers):
        match layer:
            case Dropout():
                if seed is not None:
                    hidden = dropout(hidden, layer.rate, tf.stack([seed[0] + index, seed[1]]))
            case Flatten():
                hidden = tf.reshape(hidden, (-1, int(np.prod(hidden.shape[1:]))))
            case Dense():
                hidden = _bias(layer, parameters, hidden @ parameters[f"{layer.name}/kernel"])
            case Conv() | Pool():
                hidden = _alone(layer, parameters, hidden)
    return hidden


def _alone(layer: Conv | Pool, parameters: Parameters, hidden: Tensor) -> Tensor:
    """Apply a spatial layer that comes after one of another kind, on its whole frame."""
    if isinstance(layer, Conv):
        hidden = tf.nn.conv2d(hidden, parameters[f"{layer.name}/kernel"], layer.stride, layer.padding.upper())
        return _bias(layer, parameters, hidden)
    pool = tf.nn.max_pool2d if layer.kind == "max" else tf.nn.avg_pool2d
    return pool(hidden, layer.size, layer.stride, layer.padding.upper())


def dropout(hidden: Tensor, rate: float, seed: Tensor) -> Tensor:
    """Return ``hidden`` with each value zeroed with probability ``rate`` and the others scaled by 1/(1-rate).

    A function of the seed alone, (2,) int64. Rates in whole 256ths (0.25, 0.5) take one random byte a value,
    others one 32-bit word.
    """
    shape = tf.shape(hidden)
    count = tf.reduce_prod(shape)
    if (rate * 256).is_integer():
        words = _random_words((count + 3) // 4, seed)
        draws: Tensor = tf.reshape(tf.bitcast(words, tf.uint8), (-1,))[:count]
        kept = draws >= tf.constant(int(rate * 256), tf.uint8)
    else:
        kept = _random_words(count, seed) >= tf.constant(round(rate * 2**32), tf.uint32)
    scale = tf.cast(tf.reshape(kept, shape), tf.float32) * (1 / (1 - rate))
    return hidden * scale


def _random_words(count: Tensor, seed: Tensor) -> Tensor:
    return tf.random.stateless_uniform(
        tf.reshape(count, (1,)), seed, minval=None, maxval=None, dtype=tf.uint32, alg="philox"
    )
