"""Says what a data set holds: sizes, classes, duplicates, the mean image."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .class_labels import class_name
from .dataset import Dataset

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ClassCount:
    """A class and its images.

    Attributes:
        name: what the source calls it.
        label: the number that stands for it, 0..classes-1.
        train, select, test: images; select counts only what the source sets apart for it.
    """

    name: str
    label: int
    train: int
    select: int
    test: int


@dataclass(frozen=True)
class DataDescription:
    """What a data set holds.

    Attributes:
        source: what the user named.
        shape: height, width and channels.
        dtype: of the values: ``uint8`` in 0..255 or ``float32`` in 0..1.
        train, select, test: images of each part of the source; select and test are 0 where it has none.
        unlabelled: images of the test part whose label is not known.
        classes: in the order of their labels.
        twice: images that are equal to an earlier one of the same part, pixel by pixel.
        shared: images of select or test that are also among the training images.
        mean: (height, width, channels), float64 in 0..1, over the training images.
        notes: what was converted when it was read.
    """

    source: str
    shape: tuple[int, int, int]
    dtype: str
    train: int
    select: int
    test: int
    unlabelled: int
    classes: tuple[ClassCount, ...]
    twice: int
    shared: int
    mean: NDArray[np.float64]
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the classes, a row each: name, label, and images of train, select and test."""
        import pandas as pd

        return pd.DataFrame([vars(one) for one in self.classes])

    def facts(self) -> dict[str, Any]:
        """Return it as plain values for JSON, without the mean image."""
        height, width, channels = self.shape
        return {
            "source": self.source,
            "height": height,
            "width": width,
            "channels": channels,
            "dtype": self.dtype,
            "images": {"train": self.train, "select": self.select, "test": self.test},
            "unlabelled": self.unlabelled,
            "classes": [vars(one) for one in self.classes],
            "duplicates": {"within_a_part": self.twice, "train_and_other_parts": self.shared},
            "notes": list(self.notes),
        }


def describe_data(dataset: Dataset) -> DataDescription:
    """Describe a data set."""
    ends = (dataset.train - dataset.select, dataset.train, len(dataset.labels))
    parts = [slice(begin, end) for begin, end in zip((0, *ends), ends, strict=False)]
    counts = np.stack(
        [np.bincount(labels[labels >= 0], minlength=dataset.classes) for labels in (dataset.labels[p] for p in parts)]
    )
    names = [class_name(dataset.class_names, label) for label in range(dataset.classes)]
    train, *others = ([_hash(image) for image in dataset.images[part]] for part in parts)
    known = set(train)
    scale = 255 if dataset.images.dtype == np.uint8 else 1
    return DataDescription(
        source=dataset.source,
        shape=dataset.shape,
        dtype=dataset.images.dtype.name,
        train=ends[0],
        select=dataset.select,
        test=ends[2] - ends[1],
        unlabelled=int((dataset.labels < 0).sum()),
        classes=tuple(ClassCount(name, at, *map(int, counts[:, at])) for at, name in enumerate(names)),
        twice=sum(len(hashes) - len(set(hashes)) for hashes in (train, *others)),
        shared=sum(one in known for hashes in others for one in hashes),
        mean=dataset.images[parts[0]].mean(axis=0, dtype=np.float64) / scale,
        notes=dataset.notes,
    )


def _hash(image: NDArray[Any]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
