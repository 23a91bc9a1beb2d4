"""Computes a Keras model's softmax outputs of images under a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from ...core.masks.mask_kinds import Mask
from ...core.networks.keras_network import KerasNetwork
from ...core.networks.model_crops import ModelCropShape, model_crop
from ..evaluation import AT_ONCE, AT_ONCE_ON_GPU, Placed, scaled
from ..split_images import Crops
from .cropped_model import CroppedModel

Tensor = Any


class ModelPass:
    """A model's forward pass, on whole images or on their crops.

    Args:
        network: the model's description.
        model: the model.
    """

    def __init__(self, network: KerasNetwork, model: Any) -> None:
        self._network, self._model = network, model
        self._cropped = CroppedModel(model, network.crops) if network.crops else None

    def __call__(self, shape: ModelCropShape | None, images: Tensor, at: Placed, *, training: bool) -> Tensor:
        """Return what the model gives, (n, classes) float32; to be traced once for every shape.

        Args:
            shape: of the crop's regions; None for whole images.
            images: (n, height, width, channels) of the crop, not yet masked.
            at: of :func:`placed_model`; its mask may be one for each image.
            training: whether the model is trained.
        """
        _, places, inside = at
        masked = tf.cast(images, tf.float32) * inside
        if shape is None:
            out = self._model(tf.reshape(masked, (-1, *self._network.takes)), training=training)
        else:
            assert self._cropped is not None
            out = self._cropped(shape, masked, places, training=training)
        return tf.cast(out, tf.float32)


def placed_model(network: KerasNetwork, mask: Mask, kind: np.dtype[Any]) -> tuple[ModelCropShape | None, Placed]:
    """Return the shape of the crop under a mask, None for whole images, and where it lies.

    Where it lies is its origin, its regions' places, int32, and the mask inside it, scaled to bring pixels to 0..1.

    Args:
        network: the model's description.
        mask: (height, width) bool, True where the pixel stays.
        kind: the images' dtype: uint8 in 0..255, or float32 in 0..1.
    """
    crop = model_crop(network.crops, mask)
    if crop is None:
        return None, on_whole_images(scaled(mask, kind))
    (top, left), (height, width) = crop.origin, crop.size
    inside = scaled(mask[top : top + height, left : left + width], kind)
    return crop.shape, (tf.constant(crop.origin, tf.int32), tf.constant(crop.places, tf.int32), inside)


def on_whole_images(inside: Tensor) -> Placed:
    """Return where whole images lie, with their mask, or one for each image, scaled."""
    return tf.zeros(2, tf.int32), tf.zeros((0, 2), tf.int32), inside


def evaluate_model(
    network: KerasNetwork, forward: ModelPass, shape: ModelCropShape | None, crops: Crops, at: Placed
) -> Tensor:
    """Return softmax outputs, (n, classes) float32, as in inference; to be traced once for every shape.

    Args:
        network: the model's description.
        forward: its forward pass.
        shape, at: as of :class:`ModelPass`.
        crops: of the images.
    """
    step = AT_ONCE_ON_GPU if tf.config.list_physical_devices("GPU") else AT_ONCE
    parts = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=(None, network.classes))

    def some(start: Tensor, parts: Any) -> tuple[Tensor, Any]:
        end = tf.minimum(start + step, crops.count)
        out = forward(shape, crops.between(start, end), at, training=False)
        return end, parts.write(parts.size(), tf.nn.softmax(out) if network.head == "logits" else out)

    _, parts = tf.while_loop(lambda start, _: start < crops.count, some, (0, parts), parallel_iterations=1)
    return parts.concat()
