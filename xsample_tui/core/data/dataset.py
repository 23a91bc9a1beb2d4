"""The class ``Dataset``: images and labels, in the form that every part of the program uses."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..old_names import renamed_fields
from .mapped_images import blocks

Images = NDArray[np.uint8] | NDArray[np.float32]


@renamed_fields({"pictures": "images"})
@dataclass(frozen=True)
class Dataset:
    """All images of a source, training images first, then those it sets apart as test.

    Attributes:
        source: what the user named: ``demo``, ``mnist``, a path.
        images: (n, height, width, channels), channels 1 or 3; uint8 in 0..255, or float32 in 0..1.
        labels: (n,), int64 in 0..classes-1; -1 for an image whose label is not known (Kaggle's test.csv).
        classes: number of classes, at least 2.
        train: how many of the first images are for training; the rest are the source's own test set.
        select: how many of the last training images the source sets apart for selection; 0 where it does not.
        class_names: the classes' names in the source, by label; empty where they are the labels themselves.
        notes: what was converted on the way, in words; a line each.
        value_range: what black and white were in the source, of each channel or one pair for all, where its values
            were neither of 0..255 nor of 0..1; else empty.
        ids: what the source calls each image: its id, or its file; empty where nothing says it.
        id_name: what a column of ids is called.
    """

    source: str
    images: Images
    labels: NDArray[np.int64]
    classes: int
    train: int
    select: int = 0
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    value_range: tuple[tuple[float, float], ...] = ()
    ids: tuple[str, ...] = ()
    id_name: str = ""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an image."""
        _, height, width, channels = self.images.shape
        return height, width, channels

    def digest(self) -> str:
        """SHA-256 over shape, dtype, pixels, labels and the train/test border: equal for equal data."""
        state = hashlib.sha256()
        head = f"{self.images.shape}|{self.images.dtype.str}|{self.classes}|{self.train}|"
        state.update(head.encode())
        for part in blocks(self.images):
            state.update(np.ascontiguousarray(part).data)
        state.update(np.ascontiguousarray(self.labels.astype("<i8")).data)
        return state.hexdigest()
