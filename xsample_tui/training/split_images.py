"""The images and labels of every part of a split, for any trainer: on the device, or read from their file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..core.data.data_splits import Split
from ..core.data.dataset import Dataset
from ..core.data.mapped_images import is_mapped
from .image_reader import ImageReader

Tensor = Any
SPLITS = ("fit", "stop", "select", "test")


class HeldCrops:
    """Crops of images that are on the device.

    Args:
        images: (n, height, width, channels).

    Attributes:
        count: how many images there are.
    """

    def __init__(self, images: Tensor) -> None:
        self._images = images
        self.count = tf.shape(images)[0]

    def take(self, at: Tensor) -> Tensor:
        """Return some of them, (len(at), height, width, channels), of the images' dtype."""
        return tf.gather(self._images, at)

    def between(self, start: Tensor, end: Tensor) -> Tensor:
        """Return those from ``start`` to before ``end``."""
        return self._images[start:end]


class ReadCrops:
    """Crops of images that are read from their file when they are wanted.

    Args:
        reader: reads them.
        rows: (n,), where each image stands in the file.
        size: height and width of the crops.
        origin: (2,) their first row and column.

    Attributes:
        count: how many images there are.
    """

    def __init__(self, reader: ImageReader, rows: Tensor, size: tuple[int, int], origin: Tensor) -> None:
        self._reader, self._rows, self._size, self._origin = reader, rows, size, origin
        self.count = tf.shape(rows)[0]

    def take(self, at: Tensor) -> Tensor:
        """Return some of them, (len(at), height, width, channels), of the images' dtype."""
        return self._read(tf.gather(self._rows, at))

    def between(self, start: Tensor, end: Tensor) -> Tensor:
        """Return those from ``start`` to before ``end``."""
        return self._read(self._rows[start:end])

    def _read(self, rows: Tensor) -> Tensor:
        def read(at: NDArray[np.int64], origin: NDArray[np.int32]) -> NDArray[Any]:
            return self._reader.read(at, int(origin[0]), int(origin[1]), *self._size)

        found = tf.numpy_function(read, [rows, self._origin], tf.as_dtype(self._reader.dtype))
        found.set_shape((None, *self._size, self._reader.shape[2]))
        return found


Crops = HeldCrops | ReadCrops


class SplitImages:
    """Images as bytes or floats, as the dataset has them.

    Those of a mapped file stay there: each batch is read from it, cut and converted on the way.

    Args:
        dataset: the images.
        split: which of them are for what.

    Attributes:
        kind: the images' dtype: uint8 in 0..255, or float32 in 0..1.
        images: by part, (n, height, width, channels), or (n,) int64 where each stands in the file; a part without
            images is missing. :meth:`crops` takes either.
        labels: by part, (n,) int32.
        known: the labels by part as arrays, (n,).
        count: how many images the part fit has.
    """

    def __init__(self, dataset: Dataset, split: Split) -> None:
        indices: dict[str, NDArray[Any]] = {name: getattr(split, name) for name in SPLITS}
        self.kind = dataset.images.dtype
        self._reader = ImageReader(dataset.images) if is_mapped(dataset.images) else None
        self.images: dict[str, Tensor] = {
            name: tf.constant(dataset.images[at] if self._reader is None else at)
            for name, at in indices.items()
            if len(at)
        }
        self.labels: dict[str, Tensor] = {
            name: tf.constant(dataset.labels[at], tf.int32) for name, at in indices.items()
        }
        self.known = {name: dataset.labels[at] for name, at in indices.items()}
        self.count = len(indices["fit"])

    def crops(self, images: Tensor, size: tuple[int, int], origin: Tensor) -> Crops:
        """Return the crops of a part's images, not yet masked; to be called in a graph.

        Args:
            images: of :attr:`images`.
            size: height and width of the crops.
            origin: (2,) int32, their first row and column.
        """
        if self._reader is None:
            return HeldCrops(cut_out(images, size, origin))
        return ReadCrops(self._reader, images, size, origin)

    def frames(self, images: Tensor) -> Crops:
        """Return a part's whole images; to be called in a graph.

        Args:
            images: of :attr:`images`.
        """
        if self._reader is None:
            return HeldCrops(images)
        return ReadCrops(self._reader, images, self._reader.shape[:2], tf.zeros(2, tf.int32))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Raise a reader's error as what it is, where a graph ended by it.

        Raises:
            OSError: the images' file cannot be read now.
        """
        try:
            yield
        except tf.errors.OpError:
            fault = self._reader.fault if self._reader is not None else None
            if fault is None:
                raise
        else:
            return
        assert self._reader is not None
        self._reader.fault = None
        raise fault


def cut_out(images: Tensor, size: tuple[int, int], origin: Tensor) -> Tensor:
    """Return the crops of images, (n, *size, channels), of the images' dtype and not yet masked.

    Args:
        images: (n, height, width, channels).
        size: height and width of the crops.
        origin: (2,) int32, their first row and column.
    """
    return tf.slice(images, [0, origin[0], origin[1], 0], [-1, *size, images.shape[3]])
