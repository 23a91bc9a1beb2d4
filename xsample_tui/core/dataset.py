"""Pictures and labels, as every part of the system passes them round."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8] | NDArray[np.float32]


@dataclass(frozen=True)
class Dataset:
    """All pictures of a source, training pictures first, then those it sets apart as test.

    Attributes:
        source: what the user named: ``demo``, ``mnist``, a path.
        pictures: (n, height, width, channels), channels 1 or 3; uint8 in 0..255, or float32 in 0..1.
        labels: (n,), int64 in 0..classes-1; -1 for a picture whose label is not known (Kaggle's test.csv).
        classes: number of classes, at least 2.
        train: how many of the first pictures are for training; the rest are the source's own test set.
    """

    source: str
    pictures: Pictures
    labels: NDArray[np.int64]
    classes: int
    train: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of a picture."""
        _, height, width, channels = self.pictures.shape
        return height, width, channels

    def digest(self) -> str:
        """SHA-256 over shape, dtype, pixels, labels and the train/test border: equal for equal data."""
        state = hashlib.sha256()
        head = f"{self.pictures.shape}|{self.pictures.dtype.str}|{self.classes}|{self.train}|"
        state.update(head.encode())
        state.update(np.ascontiguousarray(self.pictures).data)
        state.update(np.ascontiguousarray(self.labels.astype("<i8")).data)
        return state.hexdigest()
