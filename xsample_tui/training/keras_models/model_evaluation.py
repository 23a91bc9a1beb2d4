"""Computes a Keras model's softmax outputs of images under a mask."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from ...core.networks.keras_network import KerasNetwork
from ..evaluation import AT_ONCE, AT_ONCE_ON_GPU
from ..split_images import Crops

Tensor = Any


def inputs(network: KerasNetwork, images: Tensor, inside: Tensor) -> Tensor:
    """Return images as the model takes them, masked, float32.

    Args:
        network: the model.
        images: (n, height, width, channels).
        inside: of :func:`~xsample_tui.training.evaluation.scaled`.
    """
    return tf.reshape(tf.cast(images, tf.float32) * inside, (-1, *network.takes))


def evaluate_model(network: KerasNetwork, model: Any, crops: Crops, inside: Tensor) -> Tensor:
    """Return softmax outputs, (n, classes) float32, as in inference; to be traced.

    Args:
        network, model: the model and its description.
        crops: whole images.
        inside: as of :func:`inputs`.
    """
    step = AT_ONCE_ON_GPU if tf.config.list_physical_devices("GPU") else AT_ONCE
    parts = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=(None, network.classes))

    def some(start: Tensor, parts: Any) -> tuple[Tensor, Any]:
        end = tf.minimum(start + step, crops.count)
        out = tf.cast(model(inputs(network, crops.between(start, end), inside), training=False), tf.float32)
        return end, parts.write(parts.size(), tf.nn.softmax(out) if network.head == "logits" else out)

    _, parts = tf.while_loop(lambda start, _: start < crops.count, some, (0, parts), parallel_iterations=1)
    return parts.concat()
