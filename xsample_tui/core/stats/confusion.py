"""The confusion matrix of a model's predictions: which classes it takes for which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ConfusedPair:
    """Images of one class that a model takes for another.

    Attributes:
        true, predicted: the two labels.
        images: how many.
        share: of the true class's images, 0..1.
    """

    true: int
    predicted: int
    images: int
    share: float


@dataclass(frozen=True, eq=False)
class Confusion:
    """Counts of images by true and predicted class.

    Attributes:
        counts: (classes, classes) int64, a row for each true class.
    """

    counts: NDArray[np.int64]

    @classmethod
    def of(cls, labels: NDArray[np.int64], predicted: NDArray[Any], classes: int) -> Confusion:
        """Count predictions.

        Args:
            labels: (n,) int64, the true classes, 0..classes-1.
            predicted: (n,) of any integer type, 0..classes-1.
            classes: number of classes.
        """
        flat = labels.astype(np.int64) * classes + predicted.astype(np.int64)
        return cls(np.bincount(flat, minlength=classes * classes).reshape(classes, classes).astype(np.int64))

    @property
    def images(self) -> NDArray[np.int64]:
        """(classes,) int64: the images of each class."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def correct(self) -> NDArray[np.int64]:
        """(classes,) int64: the images of each class that are classified correctly."""
        return np.asarray(self.counts.diagonal())

    @property
    def errors(self) -> int:
        """How many images are misclassified."""
        return int(self.images.sum() - self.correct.sum())

    @property
    def accuracy(self) -> float:
        """Share of images that are classified correctly; NaN without images."""
        total = int(self.images.sum())
        return 1 - self.errors / total if total else float("nan")

    @property
    def class_accuracy(self) -> NDArray[np.float64]:
        """(classes,) float64: share of each class's images that are classified correctly; NaN where it has none."""
        images = self.images
        shares = np.full(len(images), np.nan)
        return np.asarray(np.divide(self.correct, images, out=shares, where=images > 0))

    def pairs(self, most: int | None = None) -> list[ConfusedPair]:
        """Return the pairs of classes that are confused, most images first; equal ones by label.

        Args:
            most: how many pairs at most; None for all.
        """
        off = self.counts.copy()
        np.fill_diagonal(off, 0)
        true, predicted = np.nonzero(off)
        order = np.lexsort((predicted, true, -off[true, predicted]))[:most]
        images = self.images
        return [
            ConfusedPair(int(a), int(b), int(off[a, b]), float(off[a, b] / images[a]))
            for a, b in zip(true[order], predicted[order], strict=True)
        ]

    def most_confused(self, count: int) -> NDArray[np.intp]:
        """Return the labels of the classes with the most errors, as true and as predicted class, in label order.

        Args:
            count: how many at most.
        """
        wrong = self.images + self.counts.sum(axis=0) - 2 * self.correct
        return np.sort(np.argsort(-wrong, kind="stable")[:count])
