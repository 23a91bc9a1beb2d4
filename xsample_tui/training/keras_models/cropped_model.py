"""Computes a Keras model on the regions of its layers that can vary, the rest of each frame once for many images.

Beside the cells of a region goes the *blank* frame: what the layer makes of a blank image, normalised by the
statistics of the same images, so that it holds what every image has outside the region. Gradients flow through both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ...core.networks.model_crops import CropLayer, CropLayers, ModelCropShape, Size, seen
from .model_calls import Output, model_calls

Tensor = Any
_INFINITE = -np.inf


@dataclass(frozen=True)
class _Part:
    """A layer's output.

    Attributes:
        cells: (n, height, width, channels): of its region, or of the whole frame; of a mean (n, channels).
        blank: (1, *frame): what images hold outside the region; None where the region is the frame.
        place: (2,) int32, the region's first row and column.
        factors: (n, 1, 1, channels), by which the blank frame is to be multiplied for each image; None for 1.
    """

    cells: Tensor
    blank: Tensor
    place: Tensor
    factors: Tensor = None


class CroppedModel:
    """A model's layers from the images on, on regions, and the rest of it on what they give.

    Args:
        model: the model, built; its variables are used.
        layers: those that are computed on regions, at least one beside the images.
    """

    def __init__(self, model: Any, layers: CropLayers) -> None:
        self._layers = layers
        self._numbers = {layer.name: number for number, layer in enumerate(layers)}
        calls, self._end = model_calls(model)
        known = [call for call in calls if call.name in self._numbers]
        self._own = {call.name: call.layer for call in known}
        users = Counter(id(call.layer) for call in calls)
        if not any(users[id(call.layer)] > 1 for call in known):
            known += [call for call in calls if call.name not in self._numbers]
        else:
            # In Keras's order throughout: statistics hang on which call of a layer comes first.
            known = calls
        self._calls = known

    def __call__(self, shape: ModelCropShape, images: Tensor, places: Tensor, *, training: bool) -> Tensor:
        """Return what the model gives, (n, classes); to be traced once for every shape.

        Args:
            shape: of the regions; the first is not the whole frame.
            images: (n, height, width, channels) float32, the masked images' crop.
            places: (layers, 2) int32, the first row and column of each region.
            training: whether BatchNormalization normalises by the images at hand, and dropout is on.
        """
        blank = tf.zeros((1, *self._layers[0].frame), images.dtype)
        parts = {"": _Part(images, blank, places[0])}
        values: dict[Output, Tensor] = {}

        def value_of(output: Output) -> Tensor:
            if output not in values:
                values[output] = self._filled(parts[output.call], self._of(output.call))
            return values[output]

        for call in self._calls:
            number = self._numbers.get(call.name)
            if number is None:
                found = call(value_of, training=training)
                values |= {Output(call.name, at): value for at, value in enumerate(found)}
                continue
            layer, given = self._layers[number], [parts[name] for name in self._layers[number].inputs]
            region, cuts = shape.regions[number], shape.cuts[number]
            parts[call.name] = self._computed(layer, given, region, cuts, places[number], training=training)
        return value_of(self._end)

    def _computed(
        self,
        layer: CropLayer,
        given: Sequence[_Part],
        region: Size | None,
        cuts: Sequence[bool],
        place: Tensor,
        *,
        training: bool,
    ) -> _Part:
        own = self._own[layer.name]
        norm = isinstance(own, keras.layers.BatchNormalization)
        if layer.kind == "mean":
            return _Part(_mean(own, given[0]), None, place)
        if region is None:
            frames = [self._filled(part, self._of(name)) for part, name in zip(given, layer.inputs, strict=True)]
            whole = frames if len(frames) > 1 else frames[0]
            draws = norm or layer.kind == "channels"
            return _Part(own(whole, training=training) if draws else own(whole), None, place)
        first = given[0]
        if layer.kind == "channels":
            return _scaled(own, first) if training else first
        if layer.kind == "cells":
            cells, blank = _seen_through(own, layer, first, region, cuts[0], place)
            return _Part(cells, blank, place, first.factors)
        if norm:
            return _normalised(own, first, layer, training=training)
        if len(given) == 1:
            return _Part(own(first.cells), own(first.blank), place, first.factors)
        spread = [_spread(part, place, region, cut) for part, cut in zip(given, cuts, strict=True)]
        return _Part(own(spread), own([part.blank for part in given]), place)

    def _of(self, name: str) -> CropLayer:
        return self._layers[self._numbers[name]]

    def _filled(self, part: _Part, layer: CropLayer) -> Tensor:
        """Return a layer's whole frame, or the mean over it."""
        if part.blank is None:
            return part.cells
        return _spread(part, tf.zeros(2, tf.int32), layer.frame[:2], cut=False)


# -- regions -----------------------------------------------------------------------------------------------------


def _moved(cells: Tensor, by: Tensor, size: Size, *, cut: bool) -> Tensor:
    """Return cells placed into a rectangle of zeros.

    Args:
        cells: (n, height, width, channels).
        by: (2,) int32, the row and column of the rectangle at which they begin; may be negative.
        size: the rectangle's height and width.
        cut: whether they may reach beyond it.
    """
    have = tf.constant([cells.shape[1], cells.shape[2]])
    before, after = tf.maximum(by, 0), tf.maximum(tf.constant(size) - by - have, 0)
    none = tf.zeros(2, tf.int32)
    pads = tf.stack([none, tf.stack([before[0], after[0]]), tf.stack([before[1], after[1]]), none])
    moved = tf.pad(cells, pads)
    if cut:
        begin = tf.maximum(-by, 0)
        moved = tf.slice(moved, tf.stack([0, begin[0], begin[1], 0]), [-1, *size, cells.shape[3]])
    return tf.ensure_shape(moved, (cells.shape[0], *size, cells.shape[3]))


def _hole(part: _Part, first: Tensor, size: Size, *, cut: bool) -> Tensor:
    """Return (1, *size, 1) bool: True in the cells of a rectangle that the part's region does not hold."""
    height, width = part.cells.shape[1:3]
    return tf.equal(_moved(tf.ones((1, height, width, 1), part.cells.dtype), part.place - first, size, cut=cut), 0)


def _spread(
    part: _Part,
    first: Tensor,
    size: Size,
    cut: bool,
    around: tuple[Size, Size] = ((0, 0), (0, 0)),
    value: float = 0.0,
) -> Tensor:
    """Return the cells of a rectangle of the frame, (n, *size, channels), those outside the region from the blank.

    Args:
        part: the layer's output, with a blank frame.
        first: (2,) int32, the rectangle's first row and column.
        size: its height and width.
        cut: whether the region may reach beyond the rectangle.
        around: rows above and below, columns left and right, by which the rectangle may reach beyond the frame.
        value: what is there.
    """
    under = tf.slice(
        _framed(part.blank, around, value),
        tf.stack([0, first[0] + around[0][0], first[1] + around[1][0], 0]),
        [1, *size, part.cells.shape[3]],
    )
    if part.factors is not None:
        # The least of all numbers around a frame stays that.
        under = tf.where(tf.math.is_inf(under), under, under * part.factors)
    under = tf.where(_hole(part, first, size, cut=cut), under, tf.zeros_like(under))
    return _moved(part.cells, part.place - first, size, cut=cut) + under


def _framed(blank: Tensor, around: tuple[Size, Size], value: float) -> Tensor:
    if not any(map(any, around)):
        return blank
    return tf.pad(blank, [(0, 0), *around, (0, 0)], constant_values=value)


def _seen_through(
    own: Any, layer: CropLayer, part: _Part, region: Size, cut: bool, place: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the cells of a layer's region, and its blank frame."""
    frame = tuple(part.blank.shape[1:3])
    first, size, around = [], [], []
    for axis in (0, 1):
        begin, length = seen(layer, axis, place[axis], region[axis])
        _, reach = seen(layer, axis, 0, layer.frame[axis])
        pad = layer.pads[axis]
        first.append(begin)
        size.append(length)
        around.append((pad, max(reach - pad - frame[axis], 0)))
    top = isinstance(own, keras.layers.MaxPooling2D)
    rectangle = (size[0], size[1])
    margins = (around[0], around[1])
    start = tf.stack(first)
    cells = _spread(part, start, rectangle, cut, margins, _INFINITE if top else 0.0)
    strides = [stride if count > 1 else 1 for stride, count in zip(layer.stride, region, strict=True)]
    out = _valid(own, cells, strides)
    if isinstance(own, keras.layers.AveragePooling2D) and any(map(any, margins)):
        # A mean leaves the padding out.
        ones = tf.slice(
            _framed(tf.ones((1, *frame, 1), cells.dtype), margins, 0.0),
            tf.stack([0, start[0] + margins[0][0], start[1] + margins[1][0], 0]),
            [1, *rectangle, 1],
        )
        out /= tf.nn.avg_pool2d(ones, own.pool_size, strides, "VALID")
    return out, own(part.blank)


def _valid(own: Any, cells: Tensor, strides: list[int]) -> Tensor:
    """Return what a layer makes of cells that hold their own padding.

    One output needs no stride: with oneDNN, TensorFlow 2.21 leaves rows uncomputed where there is one column.
    """
    if isinstance(own, keras.layers.ZeroPadding2D):
        return cells
    if isinstance(own, keras.layers.MaxPooling2D):
        return tf.nn.max_pool2d(cells, own.pool_size, strides, "VALID")
    if isinstance(own, keras.layers.AveragePooling2D):
        return tf.nn.avg_pool2d(cells, own.pool_size, strides, "VALID")
    apart = list(own.dilation_rate)
    if isinstance(own, keras.layers.Conv2D):
        # Not conv2d, whose gradients know no dilation on CPUs.
        out = tf.nn.convolution(cells, own.kernel, strides, "VALID", dilations=apart)
    else:
        kernel = own.depthwise_kernel if isinstance(own, keras.layers.SeparableConv2D) else own.kernel
        both = [1, max(strides), max(strides), 1]
        out = tf.nn.depthwise_conv2d(cells, kernel, both, "VALID", dilations=apart)
    if isinstance(own, keras.layers.SeparableConv2D):
        out = tf.nn.conv2d(out, own.pointwise_kernel, 1, "VALID")
    if own.use_bias:
        out = tf.nn.bias_add(out, own.bias)
    return out if own.activation is None else own.activation(out)


def _scaled(own: Any, part: _Part) -> _Part:
    """Return an output with each channel of each image multiplied by a number that a dropout draws for it."""
    count, channels = tf.shape(part.cells)[0], part.cells.shape[3]
    factors = own(tf.ones((count, 1, 1, channels), part.cells.dtype), training=True)
    every = factors if part.factors is None else factors * part.factors
    return _Part(part.cells * factors, part.blank, part.place, every)


# -- what is taken over the whole frame --------------------------------------------------------------------------


def _outside(part: _Part) -> Tensor:
    """Return (1, *frame, 1) float: 1 in the cells outside the region, 0 in it."""
    frame = tuple(part.blank.shape[1:3])
    return tf.cast(_hole(part, tf.zeros(2, tf.int32), frame, cut=False), part.cells.dtype)


def _total(part: _Part, outside: Tensor) -> Tensor:
    """Return the sum over all images' whole frames, (channels,)."""
    count = tf.cast(tf.shape(part.cells)[0], part.cells.dtype)
    return tf.reduce_sum(part.cells, (0, 1, 2)) + count * tf.reduce_sum(part.blank * outside, (0, 1, 2))


def _mean(own: Any, part: _Part) -> Tensor:
    """Return the mean of each image's frame, as the layer gives it."""
    if part.blank is None:
        return own(part.cells)
    axes = (1, 2)
    keep = own.keepdims
    around = tf.reduce_sum(part.blank * _outside(part), axes, keep)
    if part.factors is not None:
        around *= part.factors if keep else part.factors[:, 0, 0]
    total = tf.reduce_sum(part.cells, axes, keep) + around
    return total / (part.blank.shape[1] * part.blank.shape[2])


def _normalised(own: Any, part: _Part, layer: CropLayer, *, training: bool) -> _Part:
    """Return what BatchNormalization makes of an output; in training by the statistics of whole frames."""
    mean, variance = tf.convert_to_tensor(own.moving_mean), tf.convert_to_tensor(own.moving_variance)
    if training and own.trainable:
        outside = _outside(part)
        count = tf.cast(tf.shape(part.cells)[0] * layer.frame[0] * layer.frame[1], part.cells.dtype)
        before = (mean, variance)
        mean = _total(part, outside) / count
        # As Keras has it: the mean's own gradient is zero here.
        fixed = tf.stop_gradient(mean)
        squares = _Part(tf.square(part.cells - fixed), tf.square(part.blank - fixed), part.place)
        variance = _total(squares, outside) / count
        for moving, old, new in zip((own.moving_mean, own.moving_variance), before, (mean, variance), strict=True):
            moving.assign(old * own.momentum + new * (1 - own.momentum))

    def scaled(cells: Tensor) -> Tensor:
        gamma = own.gamma if own.scale else None
        beta = own.beta if own.center else None
        return tf.nn.batch_normalization(cells, mean, variance, beta, gamma, own.epsilon)

    return _Part(scaled(part.cells), scaled(part.blank), part.place)
