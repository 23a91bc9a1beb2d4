"""Computes a trained model's softmax outputs for new images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..core.data.dataset import Images
from ..core.masks.mask_kinds import Mask
from ..core.networks.keras_network import KerasNetwork, TrainedNetwork
from ..core.networks.model_crops import ModelCropShape
from ..core.networks.network import Network, Weights
from ..core.networks.receptive_field import CropShape, crop_of
from .evaluation import Placed, evaluate, placed
from .keras_models.model_creation import create, named
from .keras_models.model_evaluation import ModelPass, evaluate_model, placed_model
from .split_images import HeldCrops, cut_out

_models: dict[KerasNetwork, tuple[dict[str, Any], ModelPass]] = {}
_passes: dict[tuple[KerasNetwork, ModelCropShape | None], Callable[..., Any]] = {}
_traced: dict[tuple[Network, CropShape, str], Callable[..., Any]] = {}


def predict(
    network: TrainedNetwork, weights: Weights, mask: Mask, images: Images, precision: str
) -> NDArray[np.float32]:
    """Return the softmax outputs for images under a mask, (n, classes) float32, no dropout.

    The same computation as at the end of training: what was stored for a split comes out again.

    Args:
        network: the network.
        weights: its parameters by name, float32.
        mask: (height, width) bool, True where the pixel stays.
        images: (n, height, width, channels), uint8 in 0..255 or float32 in 0..1.
        precision: what the network was trained in (:class:`~xsample_tui.core.training.sweep_spec.Training`): bfloat16
            rounds so coarsely that other outputs would name other classes.
    """
    if not len(images):
        return np.empty((0, network.classes), np.float32)
    if isinstance(network, KerasNetwork):
        return _predict_model(network, weights, mask, images)
    crop = crop_of(network, mask)
    key = (network, crop.shape, precision)
    if key not in _traced:
        _traced[key] = _make(network, crop.shape, precision)
    parameters = {name: tf.constant(value) for name, value in weights.items()}
    at = placed(crop, mask, images.dtype)
    outputs: NDArray[np.float32] = _traced[key](parameters, tf.constant(images), at).numpy()
    return outputs


def _predict_model(network: KerasNetwork, weights: Weights, mask: Mask, images: Images) -> NDArray[np.float32]:
    if network not in _models:
        model = create(network, 0)
        _models[network] = (named(network, model), ModelPass(network, model))
    variables, forward = _models[network]
    shape, at = placed_model(network, mask, images.dtype)
    if (network, shape) not in _passes:
        _passes[network, shape] = _make_pass(network, forward, shape)
    for name, variable in variables.items():
        variable.assign(weights[name])
    found: NDArray[np.float32] = _passes[network, shape](tf.constant(images), at).numpy()
    return found


def _make_pass(network: KerasNetwork, forward: ModelPass, shape: ModelCropShape | None) -> Callable[..., Any]:
    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def outputs(images: Any, at: Placed) -> Any:
        size = None if shape is None else shape.regions[0]
        crops = HeldCrops(images if size is None else cut_out(images, size, at[0]))
        return evaluate_model(network, forward, shape, crops, at)

    return outputs  # type: ignore[no-any-return]


def _make(network: Network, shape: CropShape, precision: str) -> Callable[..., Any]:
    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def forward(parameters: dict[str, Any], images: Any, at: Placed) -> Any:
        crops = HeldCrops(cut_out(images, shape.size, at[0]))
        return evaluate(network, shape, parameters, crops, at, precision)

    return forward  # type: ignore[no-any-return]
