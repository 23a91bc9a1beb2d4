"""Computes softmax outputs of images under a mask, without dropout."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from ..core.masks.mask_kinds import Mask
from ..core.networks.network import Network
from ..core.networks.receptive_field import Crop, CropShape
from .forward import Parameters, compute, prepare
from .split_images import Crops

Tensor = Any
Placed = tuple[Tensor, Tensor, Tensor]
# Images computed at once. On CPUs as few as keep their cells in the cache, on GPUs enough to fill them.
AT_ONCE = 50
AT_ONCE_ON_GPU = 2000


def scaled(mask: Mask, kind: np.dtype[Any]) -> Tensor:
    """Return a mask as what images are multiplied by, (height, width, 1) float32, to bring pixels to 0..1.

    Args:
        mask: (height, width) bool, True where the pixel stays.
        kind: the images' dtype: uint8 in 0..255, or float32 in 0..1.
    """
    scale = np.float32(1 / 255 if kind == np.uint8 else 1.0)
    return tf.constant(mask[..., None].astype(np.float32) * scale)


def placed(crop: Crop, mask: Mask, kind: np.dtype[Any]) -> Placed:
    """Return a crop's origin, (2,) int32, its place, and the mask inside it, float32, scaled to bring pixels to 0..1.

    Args:
        crop: the crop.
        mask: (height, width) bool, True where the pixel stays.
        kind: the images' dtype: uint8 in 0..255, or float32 in 0..1.
    """
    (top, left), (height, width) = crop.origin, crop.shape.size
    inside = scaled(mask[top : top + height, left : left + width], kind)
    return tf.constant(crop.origin, tf.int32), tf.constant(crop.place, tf.int32), inside


def evaluate(
    network: Network, shape: CropShape, parameters: Parameters, crops: Crops, at: Placed, precision: str
) -> Tensor:
    """Return softmax outputs, (n, classes) float32; to be traced once for every shape of crop.

    Args:
        network, shape, parameters: as of :func:`~xsample_tui.training.forward.prepare`.
        crops: of the images, of the dtype that ``at`` was made for.
        at: the crop's place and mask.
        precision: what is computed in.
    """
    _, place, inside = at
    ready = prepare(network, shape, parameters, place, training=False)
    step = AT_ONCE_ON_GPU if tf.config.list_physical_devices("GPU") else AT_ONCE
    parts = tf.TensorArray(tf.float32, 0, dynamic_size=True, element_shape=(None, network.classes))

    def some(start: Tensor, parts: Any) -> tuple[Tensor, Any]:
        end = tf.minimum(start + step, crops.count)
        masked = tf.cast(crops.between(start, end), tf.float32) * inside
        outputs = tf.nn.softmax(compute(network, shape, ready, masked, place, None, precision))
        return end, parts.write(parts.size(), outputs)

    _, parts = tf.while_loop(lambda start, _: start < crops.count, some, (0, parts), parallel_iterations=1)
    return parts.concat()
