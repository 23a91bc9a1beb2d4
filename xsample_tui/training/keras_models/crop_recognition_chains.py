"""Recognises Keras models that are chains of the layers which the exact arithmetic of crops knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras

from ...core.networks.keras_network import Head, Shape
from ...core.networks.network import (
    Conv,
    Convolution,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Network,
    Pool,
)
from ...core.networks.network_registry import misfit

_DEFAULTS = {
    "activity_regularizer": None,
    "kernel_regularizer": None,
    "bias_regularizer": None,
    "kernel_constraint": None,
    "bias_constraint": None,
    "depthwise_regularizer": None,
    "depthwise_constraint": None,
    "keepdims": False,
    "dilation_rate": (1, 1),
    "groups": 1,
    "use_bias": True,
    "trainable": True,
    "data_format": "channels_last",
    "noise_shape": None,
}
_RELU, _LINEAR, _SOFTMAX = (getattr(keras.activations, name) for name in ("relu", "linear", "softmax"))
_DRAWN = {
    "kernel_initializer": keras.initializers.GlorotUniform,
    "depthwise_initializer": keras.initializers.GlorotUniform,
    "bias_initializer": keras.initializers.Zeros,
}


class _Unknown(Exception):
    """A layer, with why it cannot be computed on crops."""


def recognise(model: Any, shape: Shape, classes: int, head: Head) -> tuple[Network | None, str]:
    """Return a model as plain layers, which train on crops, or None and why it is none.

    Args:
        model: a built Keras model for images of ``shape``.
        shape: height, width and channels of the images.
        classes: number of outputs.
        head: what the model gives.
    """
    try:
        network = Network(shape, tuple(_translated(_chain(model), head)))
    except _Unknown as unknown:
        return None, str(unknown)
    problem = misfit(network, shape, classes)
    return (None, problem) if problem else (network, "")


def _chain(model: Any) -> Iterator[Any]:
    """Yield a model's layers in order, as long as each is given what the one before gives, and nothing else."""
    if type(model) is keras.Sequential:
        yield from model.layers
        return
    config = model.get_config()
    if "input_layers" not in config:
        raise _Unknown(f"{model.name} ({type(model).__name__}) is a class of its own, not a chain of layers")
    before = ""
    for entry, layer in zip(config["layers"], model.operations, strict=True):
        nodes = entry["inbound_nodes"]
        given = _given_layers(nodes)
        if len(nodes) > 1 or (before and given != [before]):
            what = "is given the outputs of other layers than the one before it"
            raise _Unknown(f"{layer.name} ({type(layer).__name__}) {what}")
        before = layer.name
        yield layer


def _given_layers(value: Any) -> list[str]:
    """Return the names of the layers whose outputs a node of a config takes."""
    if isinstance(value, list | tuple):
        return [name for one in value for name in _given_layers(one)]
    if isinstance(value, dict):
        if "keras_history" in value:
            return [value["keras_history"][0]]
        return [name for one in value.values() for name in _given_layers(one)]
    return []


def _translated(chain: Iterator[Any], head: Head) -> list[Layer]:
    found: list[Layer] = []
    soft = False
    for layer in chain:
        if soft:
            raise _Unknown(f"{layer.name} ({type(layer).__name__}) comes after the softmax")
        kind = type(layer)
        if kind is keras.layers.InputLayer:
            continue
        _check(layer)
        function = _activation(layer)
        if kind is keras.layers.Conv2D:
            size, stride = tuple(layer.kernel_size), tuple(layer.strides)
            found.append(Conv(layer.name, layer.filters, size, stride, layer.padding, relu=function is _RELU))
        elif kind is keras.layers.DepthwiseConv2D:
            size, stride = tuple(layer.kernel_size), tuple(layer.strides)
            relu = function is _RELU
            found.append(Depthwise(layer.name, layer.depth_multiplier, size, stride, layer.padding, relu=relu))
        elif kind is keras.layers.Dense:
            found.append(Dense(layer.name, layer.units, relu=function is _RELU))
        elif kind in (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D):
            how: Any = "max" if kind is keras.layers.MaxPooling2D else "average"
            found.append(Pool(layer.name, tuple(layer.pool_size), tuple(layer.strides), layer.padding, how))
        elif kind is keras.layers.Dropout:
            found.append(Dropout(layer.name, float(layer.rate)))
        elif kind in (keras.layers.GlobalAveragePooling2D, keras.layers.GlobalMaxPooling2D):
            found.append(GlobalPool(layer.name, "max" if kind is keras.layers.GlobalMaxPooling2D else "average"))
        elif kind is keras.layers.Flatten:
            found.append(Flatten(layer.name))
        elif function is _RELU and found and isinstance(found[-1], Convolution | Dense) and not found[-1].relu:
            found[-1] = _with_relu(found[-1])
        elif function not in (_LINEAR, _SOFTMAX):
            raise _Unknown(f"{layer.name} ({kind.__name__}) follows no layer that it could be computed with")
        soft = function is _SOFTMAX
    if soft != (head == "softmax"):
        raise _Unknown("the model's outputs are not those of its last layer")
    return found


def _with_relu(layer: Convolution | Dense) -> Convolution | Dense:
    return replace(layer, relu=True)


def _activation(layer: Any) -> Any:
    """Return the function that a layer applies to what it computes: relu, linear or softmax."""
    if type(layer) is keras.layers.ReLU:
        if json.dumps([layer.max_value, float(layer.negative_slope), float(layer.threshold)]) != "[null, 0.0, 0.0]":
            raise _Unknown(f"{layer.name} (ReLU) has a limit, a slope or a threshold")
        return _RELU
    if type(layer) is keras.layers.Softmax:
        return _SOFTMAX
    function = getattr(layer, "activation", _LINEAR)
    if function not in (_RELU, _LINEAR, _SOFTMAX):
        name = getattr(function, "__name__", type(function).__name__)
        raise _Unknown(f"{layer.name} ({type(layer).__name__}) has the activation {name}")
    return function


def _check(layer: Any) -> None:
    kind = type(layer)
    known = (
        keras.layers.Conv2D,
        keras.layers.DepthwiseConv2D,
        keras.layers.Dense,
        keras.layers.GlobalAveragePooling2D,
        keras.layers.GlobalMaxPooling2D,
        keras.layers.MaxPooling2D,
        keras.layers.AveragePooling2D,
        keras.layers.Dropout,
        keras.layers.Flatten,
        keras.layers.Activation,
        keras.layers.ReLU,
        keras.layers.Softmax,
    )
    name = f"{layer.name} ({kind.__name__})"
    if kind not in known:
        raise _Unknown(f"{name} is no layer that can be computed on crops")
    if layer.dtype_policy.name != "float32":
        raise _Unknown(f"{name} has the dtype policy {layer.dtype_policy.name}")
    for field, value in _DEFAULTS.items():
        if (found := getattr(layer, field, value)) != value:
            raise _Unknown(f"{name} has {field}={found!r:.40}")
    for field, drawn in _DRAWN.items():
        initializer = getattr(layer, field, None)
        if initializer is not None and type(initializer) is not drawn:
            raise _Unknown(f"{name} has {field}={type(initializer).__name__}, where crops have {drawn.__name__}")
