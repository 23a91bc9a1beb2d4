"""Finds the layers of a Keras model that can be computed on regions of their frames, from its images on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from ...core.networks.keras_network import Shape
from ...core.networks.model_crops import CropLayer, CropLayers
from .model_calls import ModelCall, is_graph, model_calls

_ALIKE = (
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.ELU,
    keras.layers.Rescaling,
    keras.layers.BatchNormalization,
)
_MERGES = (
    keras.layers.Add,
    keras.layers.Subtract,
    keras.layers.Multiply,
    keras.layers.Average,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Concatenate,
)
_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)
_POOLS = (keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
# Where whole frames end by nature: not worth a line in the log.
_ENDS = (keras.layers.Flatten, keras.layers.GlobalMaxPooling2D, keras.layers.GlobalAveragePooling2D)
_KNOWN = (
    *_ALIKE,
    *_MERGES,
    *_CONVOLUTIONS,
    *_POOLS,
    keras.layers.GlobalAveragePooling2D,
    keras.layers.SpatialDropout2D,
    keras.layers.ZeroPadding2D,
)
_VARYING = (
    keras.layers.Dropout,
    keras.layers.AlphaDropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
)
_PLAIN = {
    "activity_regularizer": None,
    "data_format": "channels_last",
    "groups": 1,
    "synchronized": False,
    "renorm": False,
}
_LAST = (-1, 3)


class _Unknown(Exception):
    """Why a layer is not computed on a region."""


def crop_layers(model: Any, shape: Shape, takes: Sequence[int]) -> tuple[CropLayers, str]:
    """Return the layers that can be computed on regions, the images first, or none; and why the rest is not.

    The reason names the first layer that needs whole frames; it is empty where only dense layers, and what
    flattens for them, follow.

    Args:
        model: a built Keras model.
        shape: height, width and channels of the images.
        takes: shape of one image as the model takes it.
    """
    if tuple(takes) != shape:
        return (), f"it takes images of {'x'.join(map(str, takes))}"
    if not is_graph(model):
        return (), f"{model.name} ({type(model).__name__}) is a class of its own, not a graph of layers"
    if _adds_losses(model, shape):
        return (), "a layer adds to the loss what it computes of the images"
    known: dict[str, CropLayer] = {"": CropLayer("", "image", (), shape)}
    scaled: dict[str, str] = {}
    why = ""
    for call in model_calls(model)[0]:
        found = [known.get(name) for name in call.inputs]
        try:
            if found and all(one is not None and one.kind != "mean" for one in found):
                given = [one for one in found if one is not None]
                known[call.name] = _translated(call, given, scaled)
                if known[call.name].kind == "channels":
                    scaled[call.name] = call.name
                if by := next((scaled[one.name] for one in given if one.name in scaled), None):
                    scaled[call.name] = by
            elif any(one is not None and one.kind != "mean" for one in found):
                raise _Unknown("is also given what is not computed on crops")
        except _Unknown as unknown:
            if not why and type(call.layer) not in _ENDS:
                why = f"{call.name} ({type(call.layer).__name__}) {unknown}"
    layers = tuple(known.values())
    # Something must be saved.
    return (layers, why) if any(layer.kind == "cells" for layer in layers) else ((), why)


def _adds_losses(model: Any, shape: Shape) -> bool:
    """Return whether calling a model adds to its losses, which Keras keeps from call to call."""
    image = keras.ops.zeros((1, *shape))
    counts = []
    for _ in range(2):
        model(image, training=False)
        counts.append(len(model.losses))
    return counts[0] != counts[1]


def _translated(call: ModelCall, given: Sequence[CropLayer], scaled: Mapping[str, str]) -> CropLayer:
    layer = call.layer
    kind = type(layer)
    names = tuple(one.name for one in given)
    if kind in _VARYING:
        raise _Unknown("varies from image to image in every cell while it is trained")
    if kind not in _KNOWN:
        raise _Unknown("is no layer that can be computed on crops")
    if call.kwargs or len(call.inputs) < len(keras.tree.flatten(call.args)):
        raise _Unknown("is called with more than frames")
    if layer.dtype_policy.name != "float32":
        raise _Unknown(f"has the dtype policy {layer.dtype_policy.name}")
    for field, value in _PLAIN.items():
        if (found := getattr(layer, field, value)) != value:
            raise _Unknown(f"has {field}={found!r:.40}")
    function = getattr(layer, "activation", None)
    if function is not None and not getattr(function, "__module__", "").startswith("keras."):
        raise _Unknown(f"has the activation {getattr(function, '__name__', type(function).__name__)}")
    for name in names:
        if name in scaled and not _keeps_factors(layer):
            raise _Unknown(
                f"mixes or shifts channels that {scaled[name]} multiplies by other numbers for every image"
            )
    if kind is keras.layers.GlobalAveragePooling2D:
        return CropLayer(call.name, "mean", names, (1, 1, given[0].frame[2]))
    if kind is keras.layers.SpatialDropout2D:
        return CropLayer(call.name, "channels", names, given[0].frame)
    shapes = [(None, *one.frame) for one in given]
    frame = tuple(layer.compute_output_shape(shapes if kind in _MERGES else shapes[0])[1:])
    if kind in _MERGES:
        if any(one.frame[:2] != frame[:2] for one in given):
            raise _Unknown("joins frames of different sizes")
        if kind is keras.layers.Concatenate and layer.axis not in _LAST:
            raise _Unknown(f"joins along axis {layer.axis}")
    elif kind not in _ALIKE:
        return _of_cells(call, given[0], frame)
    if kind is keras.layers.BatchNormalization and layer.axis not in _LAST:
        raise _Unknown(f"has axis={layer.axis}")
    if kind is keras.layers.Rescaling and not all(type(one) in (int, float) for one in (layer.scale, layer.offset)):
        raise _Unknown("multiplies or shifts each pixel by its own")
    return CropLayer(call.name, "alike", names, frame)


def _keeps_factors(layer: Any) -> bool:
    """Whether a layer's output is multiplied, channel by channel, by what its input is, if that is not below 0."""
    kind = type(layer)
    if kind is keras.layers.ReLU:
        return layer.max_value is None and not layer.threshold
    if kind is keras.layers.Activation:
        return layer.activation in (keras.activations.relu, keras.activations.linear)
    return kind in (
        *_POOLS,
        keras.layers.LeakyReLU,
        keras.layers.SpatialDropout2D,
        keras.layers.GlobalAveragePooling2D,
    )


def _of_cells(call: ModelCall, given: CropLayer, frame: Any) -> CropLayer:
    layer, before = call.layer, given.frame
    kind = type(layer)
    if kind is keras.layers.ZeroPadding2D:
        (top, _), (left, _) = layer.padding
        return CropLayer(call.name, "cells", (given.name,), frame, pads=(top, left))
    size = layer.pool_size if kind in _POOLS else layer.kernel_size
    apart = getattr(layer, "dilation_rate", (1, 1))
    kernel = tuple((length - 1) * gap + 1 for length, gap in zip(size, apart, strict=True))
    stride = tuple(layer.strides)
    deep = kind in (keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)
    if deep and stride[0] != stride[1]:
        raise _Unknown("has different strides for rows and columns")
    pads = tuple(
        max((frame[axis] - 1) * stride[axis] + kernel[axis] - before[axis], 0) // 2 if layer.padding == "same" else 0
        for axis in (0, 1)
    )
    cells = math.prod(size)
    work = 0 if kind in _POOLS else cells * before[2] * frame[2]
    if deep:
        through = before[2] * layer.depth_multiplier
        work = cells * through + (through * frame[2] if kind is keras.layers.SeparableConv2D else 0)
    return CropLayer(
        call.name,
        "cells",
        (given.name,),
        frame,
        (kernel[0], kernel[1]),
        (stride[0], stride[1]),
        (pads[0], pads[1]),
        work,
    )
