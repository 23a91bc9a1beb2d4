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
from .evaluation import Placed, evaluate, placed

_traced: dict[tuple[Network, CropShape, str], Callable[..., Any]] = {}


def predict(
    network: Network, weights: Weights, mask: Mask, pictures: Pictures, precision: str
) -> NDArray[np.float32]:
    """Return the softmax outputs for pictures under a mask, (n, classes) float32, no dropout.

    The same computation as at the end of training: what was stored for a split comes out again.

    Args:
        network: the network.
        weights: its parameters by name, float32.
        mask: (height, width) bool, True where the pixel stays.
        pictures: (n, height, width, channels), uint8 in 0..255 or float32 in 0..1.
        precision: what the network was trained in (:class:`~xsample_tui.core.spec.Training`): bfloat16 rounds so
            coarsely that other outputs would name other classes.
    """
    if not len(pictures):
        return np.empty((0, network.classes), np.float32)
    crop = crop_of(network, mask)
    key = (network, crop.shape, precision)
    if key not in _traced:
        _traced[key] = _make(network, crop.shape, precision)
    parameters = {name: tf.constant(value) for name, value in weights.items()}
    at = placed(crop, mask, pictures.dtype)
    outputs: NDArray[np.float32] = _traced[key](parameters, tf.constant(pictures), at).numpy()
    return outputs


def _make(network: Network, shape: CropShape, precision: str) -> Callable[..., Any]:
    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def forward(parameters: dict[str, Any], pictures: Any, at: Placed) -> Any:
        return evaluate(network, shape, parameters, pictures, at, precision)

    return forward  # type: ignore[no-any-return]
