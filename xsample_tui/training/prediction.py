"""Prediction: a trained model's softmax outputs for new pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..core.crop import CropShape, crop_of
from ..core.dataset import Pictures
from ..core.mask import Mask
from ..core.network import Network, Weights
from .forward import logits

_AT_ONCE = 500
_traced: dict[tuple[Network, CropShape], Callable[..., Any]] = {}


def predict(network: Network, weights: Weights, mask: Mask, pictures: Pictures) -> NDArray[np.float32]:
    """Return the softmax outputs for pictures under a mask, (n, classes) float32, no dropout.

    The same computation as at the end of training: what was stored for a split comes out again.

    Args:
        network: the network.
        weights: its parameters by name, float32.
        mask: (height, width) bool, True where the pixel stays.
        pictures: (n, height, width, channels), uint8 in 0..255 or float32 in 0..1.
    """
    crop = crop_of(network, mask)
    (top, left), (height, width) = crop.origin, crop.shape.size
    scale = np.float32(1 / 255 if pictures.dtype == np.uint8 else 1.0)
    inside = mask[top : top + height, left : left + width, None].astype(np.float32) * scale
    key = (network, crop.shape)
    if key not in _traced:
        _traced[key] = _make(network, crop.shape)
    forward, parameters = _traced[key], {name: tf.constant(value) for name, value in weights.items()}
    place = tf.constant(crop.place, tf.int32)
    parts = [np.empty((0, network.classes), np.float32)]
    for start in range(0, len(pictures), _AT_ONCE):
        part = pictures[start : start + _AT_ONCE, top : top + height, left : left + width]
        parts.append(forward(parameters, tf.constant(part), tf.constant(inside), place).numpy())
    return np.concatenate(parts)


def _make(network: Network, shape: CropShape) -> Callable[..., Any]:
    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def forward(parameters: dict[str, Any], pictures: Any, inside: Any, place: Any) -> Any:
        return tf.nn.softmax(logits(network, shape, parameters, tf.cast(pictures, tf.float32) * inside, place, None))

    return forward  # type: ignore[no-any-return]
