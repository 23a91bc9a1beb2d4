"""The same networks as plain Keras models on whole pictures, with dropout masks given from outside."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from xsample_tui.core.crop import Crop, leading
from xsample_tui.core.network import Conv, Dense, Dropout, Flatten, Network, Pool, Weights
from xsample_tui.training.forward import kept_units

Array = NDArray[Any]


def model(network: Network) -> Any:
    """Return a Keras model from [pictures, a factor for each dropout's units] to logits."""
    hidden = pictures = keras.Input(network.shape)
    inputs = [pictures]
    for layer in network.layers:
        match layer:
            case Conv():
                activation = "relu" if layer.relu else None
                hidden = keras.layers.Conv2D(
                    layer.filters, layer.kernel, layer.stride, layer.padding, activation=activation, name=layer.name
                )(hidden)
            case Pool():
                pool = keras.layers.MaxPooling2D if layer.kind == "max" else keras.layers.AveragePooling2D
                hidden = pool(layer.size, layer.stride, layer.padding, name=layer.name)(hidden)
            case Dropout():
                inputs.append(keras.Input(hidden.shape[1:], name=layer.name))
                hidden = keras.layers.Multiply()([hidden, inputs[-1]])
            case Flatten():
                hidden = keras.layers.Flatten(name=layer.name)(hidden)
            case Dense():
                activation = "relu" if layer.relu else None
                hidden = keras.layers.Dense(layer.units, activation=activation, name=layer.name)(hidden)
    return keras.Model(inputs, hidden)


def set_weights(plain: Any, weights: Weights) -> None:
    """Set a model's weights by the layers' names."""
    for layer in plain.layers:
        if layer.weights:
            layer.set_weights([weights[f"{layer.name}/kernel"], weights[f"{layer.name}/bias"]])


def parameters(plain: Any) -> dict[str, Any]:
    """Return a model's variables by the names a network gives them."""
    return {
        f"{layer.name}/{variable.name}": variable for layer in plain.layers for variable in layer.trainable_variables
    }


def unit_factors(network: Network, crop: Crop, seed: Array, count: int) -> list[Array]:
    """Return for each dropout the factors, 0 or 1/(1-rate), that training on a crop gives its units.

    Where flatten and a dense layer follow the crop's layers, the first dropout between them draws for the cells
    of the crop first, then for the others.
    """
    spatial = len(leading(network))
    frames = network.frames()
    factors = []
    shape: tuple[int, ...] = network.shape
    flat = False
    for index, layer in enumerate(network.layers):
        if isinstance(layer, Flatten):
            shape, flat = (math.prod(shape),), True
        elif isinstance(layer, Dense):
            shape = (layer.units,)
        elif not flat:
            shape = frames[index + 1] if index < len(frames) - 1 else shape
        if not isinstance(layer, Dropout):
            continue
        key = tf.constant([seed[0] + index, seed[1]], tf.int64)
        kept = np.array(kept_units(count, math.prod(shape), layer.rate, key))
        if _meets_dense(network, spatial, index):
            height, width, channels = frames[spatial]
            inside = np.zeros((height, width), np.bool_)
            (row, col), (rows, cols) = crop.place[0], crop.shape.region
            inside[row : row + rows, col : col + cols] = True
            order = np.concatenate([np.flatnonzero(inside), np.flatnonzero(~inside)])
            drawn, kept = kept.reshape(count, -1, channels), np.empty((count, height * width, channels), np.bool_)
            kept[:, order] = drawn
        factors.append(kept.reshape(count, *shape).astype(np.float32) / np.float32(1 - layer.rate))
    return factors


def _meets_dense(network: Network, spatial: int, index: int) -> bool:
    between = network.layers[spatial:]
    at = next(number for number, layer in enumerate(between) if isinstance(layer, Dense))
    kinds = sorted(type(layer).__name__ for layer in between[:at])
    return kinds == ["Dropout", "Flatten"] and spatial <= index < spatial + at


def no_dropout(network: Network, crop: Crop, count: int) -> list[Array]:
    """Return factors of 1 for each dropout."""
    factors = unit_factors(network, crop, np.zeros(2, np.int64), count)
    return [np.ones_like(factor) for factor in factors]
