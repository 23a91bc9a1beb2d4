"""Calibration: how well probabilities match frequencies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CALIBRATION_BINS = 15
Probabilities = NDArray[np.float32] | NDArray[np.float64]


def brier(probabilities: Probabilities, labels: NDArray[np.int64]) -> float:
    """Return the Brier score: the mean over images of the squared distance to the one-hot label, 0..2.

    Brier (1950), its original form for several classes.

    Args:
        probabilities: (n, classes), rows summing to 1.
        labels: (n,) int64, 0..classes-1.
    """
    p = probabilities.astype(np.float64)
    true = p[np.arange(len(labels)), labels]
    return float((np.einsum("ij,ij->i", p, p) - 2 * true + 1).mean())


def calibration_error(probabilities: Probabilities, labels: NDArray[np.int64], bins: int = CALIBRATION_BINS) -> float:
    """Return the expected calibration error of the predicted class, over bins of equal mass.

    Images are sorted by the probability of their predicted class and cut into ``bins`` parts of equal size (one
    image more in the first ones where they do not divide); the result is the mean over images of
    |accuracy - mean probability| of their bin (Nguyen and O'Connor 2015; Nixon et al. 2019). It is biased upward
    where bins are small: always give n with it.

    Args:
        probabilities: (n, classes), rows summing to 1.
        labels: (n,) int64.
        bins: how many; no more are made than there are images.
    """
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities[np.arange(len(labels)), predicted].astype(np.float64)
    order = np.argsort(confidence, kind="stable")
    gap = (predicted == labels).astype(np.float64) - confidence
    parts = np.array_split(gap[order], min(bins, len(labels)))
    return float(sum(abs(part.sum()) for part in parts) / len(labels))
