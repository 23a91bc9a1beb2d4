"""The images and labels of every part of a split, on the device, for any trainer."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from ..core.data.data_splits import Split
from ..core.data.dataset import Dataset

Tensor = Any
SPLITS = ("fit", "stop", "select", "test")


class SplitImages:
    """Images as bytes or floats, as the dataset has them.

    Args:
        dataset: the images.
        split: which of them are for what.

    Attributes:
        kind: the images' dtype: uint8 in 0..255, or float32 in 0..1.
        images: by part, (n, height, width, channels); a part without images is missing.
        labels: by part, (n,) int32.
        known: the labels by part as arrays, (n,).
        count: how many images the part fit has.
    """

    def __init__(self, dataset: Dataset, split: Split) -> None:
        indices: dict[str, NDArray[Any]] = {name: getattr(split, name) for name in SPLITS}
        self.kind = dataset.images.dtype
        self.images: dict[str, Tensor] = {
            name: tf.constant(dataset.images[at]) for name, at in indices.items() if len(at)
        }
        self.labels: dict[str, Tensor] = {
            name: tf.constant(dataset.labels[at], tf.int32) for name, at in indices.items()
        }
        self.known = {name: dataset.labels[at] for name, at in indices.items()}
        self.count = len(indices["fit"])
