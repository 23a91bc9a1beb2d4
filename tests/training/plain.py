"""The same networks as plain Keras models on whole images, with dropout masks given from outside."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from xsample_tui.core.networks.network import (
    Conv,
    Convolution,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalPool,
    Network,
    Pool,
    Weights,
)
from xsample_tui.core.networks.receptive_field import Crop, leading
from xsample_tui.training.dropout import kept_units

Array = NDArray[Any]


def model(network: Network) -> Any:
    """Return a Keras model from [images, a factor for each dropout's units] to logits."""
    hidden = images = keras.Input(network.shape)
    inputs = [images]
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
            case Depthwise():
                activation = "relu" if layer.relu else None
                hidden = keras.layers.DepthwiseConv2D(
                    layer.kernel,
                    layer.stride,
                    layer.padding,
                    layer.multiplier,
                    activation=activation,
                    name=layer.name,
                )(hidden)
            case GlobalPool():
                over = keras.layers.GlobalMaxPooling2D if layer.kind == "max" else keras.layers.GlobalAveragePooling2D
                hidden = over(name=layer.name)(hidden)
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


def blank_features(network: Network, weights: Weights) -> Array:
    """Return what a blank image gives after the leading spatial layers, (height, width, channels)."""
    whole = model(network)
    set_weights(whole, weights)
    layers = leading(network)
    if not layers:
        return np.zeros(network.shape, np.float32)
    features = keras.Model(whole.inputs[0], whole.get_layer(layers[-1].name).output)
    found: Array = np.array(features(np.zeros((1, *network.shape), np.float32)))[0]
    return found


def unit_factors(network: Network, crop: Crop, seed: Array, count: int, blank: Array) -> list[Array]:
    """Return for each dropout the factors, 0 or 1/(1-rate), that training on a crop gives its units.

    Where flatten and a dense layer follow the crop's layers, the one dropout between them draws for the cells of
    the crop, and by another seed for the others; of these, where no layer pads, only for the channels that a
    blank image leaves above zero. What the rest of the units is multiplied by does not matter: 0 here.

    Args:
        network, crop, seed, count: of the training; ``count`` images.
        blank: :func:`blank_features` for its weights.
    """
    spatial = len(leading(network))
    frames = network.frames()
    factors = []
    shape: tuple[int, ...] = network.shape
    flat = False
    for index, layer in enumerate(network.layers):
        if isinstance(layer, Flatten):
            shape, flat = (math.prod(shape),), True
        elif isinstance(layer, GlobalPool):
            shape, flat = (shape[2],), True
        elif isinstance(layer, Dense):
            shape = (layer.units,)
        elif not flat:
            shape = frames[index + 1]
        if not isinstance(layer, Dropout):
            continue
        key = tf.constant([seed[0] + index, seed[1]], tf.int64)
        if _meets_dense(network, spatial, index):
            drawn = _drawn_units(network, crop, blank)
            kept = np.zeros((count, drawn.size), np.bool_)
            inside = np.zeros(drawn.shape, np.bool_)
            (row, col), (rows, cols) = crop.place[0], crop.shape.region
            inside[row : row + rows, col : col + cols] = True
            for cells, draw in ((inside, key), (~inside, tf.stack([key[0], -1 - key[1]]))):
                units = np.flatnonzero(drawn & cells)
                kept[:, units] = np.array(kept_units(count, len(units), layer.rate, draw))
        else:
            kept = np.array(kept_units(count, math.prod(shape), layer.rate, key))
        factors.append(kept.reshape(count, *shape).astype(np.float32) / np.float32(1 - layer.rate))
    return factors


def _drawn_units(network: Network, crop: Crop, blank: Array) -> NDArray[np.bool_]:
    drawn = np.ones(blank.shape, np.bool_)
    layers = leading(network)
    convolutions = [layer for layer in layers if isinstance(layer, Convolution)]
    if not crop.shape.whole and convolutions and convolutions[-1].relu and all(x.padding == "valid" for x in layers):
        drawn[...] = blank > 0
        (row, col), (rows, cols) = crop.place[0], crop.shape.region
        drawn[row : row + rows, col : col + cols] = True
    return drawn


def _meets_dense(network: Network, spatial: int, index: int) -> bool:
    between = network.layers[spatial:]
    at = next(number for number, layer in enumerate(between) if isinstance(layer, Dense))
    kinds = sorted(type(layer).__name__ for layer in between[:at])
    return kinds == ["Dropout", "Flatten"] and spatial <= index < spatial + at


def no_dropout(network: Network, crop: Crop, count: int) -> list[Array]:
    """Return factors of 1 for each dropout."""
    blank = np.zeros(network.frames()[len(leading(network))], np.float32)
    factors = unit_factors(network, crop, np.zeros(2, np.int64), count, blank)
    return [np.ones_like(factor) for factor in factors]
