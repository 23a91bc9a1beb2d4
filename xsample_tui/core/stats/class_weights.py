"""Scores in which every class counts as much as every other, however many images it has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..training.epoch_metrics import EPSILON

Floats = NDArray[np.float64]


def class_weights(labels: NDArray[np.int64]) -> Floats:
    """Return each image's weight, (n,) float64 summing to 1: the same for each class that has images.

    Args:
        labels: (n,) int64, at least one.
    """
    _, at, counts = np.unique(labels, return_inverse=True, return_counts=True)
    weights: Floats = 1 / (counts[at] * len(counts))
    return weights


def balanced_accuracy(correct: NDArray[np.bool_], labels: NDArray[np.int64]) -> Floats:
    """Return the mean over the classes of the share of their images that are right.

    Args:
        correct: (..., n) bool, which images are right.
        labels: (n,) int64, the true classes; classes without images do not count.
    """
    return np.asarray(correct @ class_weights(labels), np.float64)


def balanced_log_loss(true: NDArray[np.floating], labels: NDArray[np.int64]) -> Floats:
    """Return the mean over the classes of their images' mean log-loss, in nats.

    Args:
        true: (..., n), each image's probability of its true class; clipped at 1e-7.
        labels: (n,) int64; classes without images do not count.
    """
    losses = -np.log(np.clip(true.astype(np.float64), EPSILON, 1 - EPSILON))
    return np.asarray(losses @ class_weights(labels), np.float64)
