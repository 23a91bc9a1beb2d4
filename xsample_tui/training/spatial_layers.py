"""What single layers do: bias and relu, pools, and spatial layers on their whole frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from ..core.networks.network import Conv, Convolution, Dense, Depthwise, Pool
from ..core.networks.receptive_field import Step
from .convolution import grown

Tensor = Any
Ready = Mapping[str, Tensor]


def with_bias(layer: Convolution | Dense, ready: Ready, hidden: Tensor) -> Tensor:
    """Return what a layer makes of its products: with its bias, and its relu where it has one."""
    hidden = tf.nn.bias_add(hidden, ready[f"{layer.name}/bias"])
    return tf.nn.relu(hidden) if layer.relu else hidden


def pooled(layer: Pool, step: Step, hidden: Tensor, before: Tensor) -> Tensor:
    """Return a pool of cells with rows and columns added around them (see :func:`~.convolution.grown`)."""
    if layer.kind == "max":
        # A layer's own padding is never the maximum; a cell that does not vary differs by nothing from a blank one.
        hidden = grown(hidden, step.added, before, -np.inf if layer.padding == "same" else 0.0)
        return tf.nn.max_pool2d(hidden, layer.size, layer.stride, "VALID")
    mean = tf.nn.avg_pool2d(grown(hidden, step.added, before), layer.size, layer.stride, "VALID")
    if not any(step.added):
        return mean
    ones = tf.ones_like(hidden[:1, :, :, :1])
    return mean / tf.nn.avg_pool2d(grown(ones, step.added, before), layer.size, layer.stride, "VALID")


def alone(layer: Convolution | Pool, ready: Ready, hidden: Tensor) -> Tensor:
    """Apply a spatial layer that comes after one of another kind, on its whole frame."""
    if isinstance(layer, Conv):
        hidden = tf.nn.conv2d(hidden, ready[f"{layer.name}/kernel"], layer.stride, layer.padding.upper())
        return with_bias(layer, ready, hidden)
    if isinstance(layer, Depthwise):
        strides = [1, *layer.stride, 1]
        hidden = tf.nn.depthwise_conv2d(hidden, ready[f"{layer.name}/kernel"], strides, layer.padding.upper())
        return with_bias(layer, ready, hidden)
    pool = tf.nn.max_pool2d if layer.kind == "max" else tf.nn.avg_pool2d
    return pool(hidden, layer.size, layer.stride, layer.padding.upper())
