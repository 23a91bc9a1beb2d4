"""Logistic regression on the members' log-probabilities."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..pool.running_sums import Matrix, logarithms

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

STRENGTH = 1.0
_STEPS = 200


@dataclass(frozen=True)
class LogisticFit:
    """A multinomial logistic regression.

    Attributes:
        slopes: (classes, k * classes) float64, on the features that :func:`_features` makes.
        intercepts: (classes,) float64; minus infinity for a class that no image of the fit had.
    """

    slopes: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def predict(self, matrices: Iterable[Matrix]) -> NDArray[np.float64]:
        """Return probabilities, (n, classes), from k matrices (n, classes)."""
        scores = _features(matrices) @ self.slopes.T + self.intercepts
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return np.asarray(scores)


def fit_logistic(matrices: Iterable[Matrix], labels: NDArray[np.int64], classes: int) -> LogisticFit:
    """Fit by scikit-learn, L2 with C = 1, deterministic.

    Args:
        matrices: k softmax matrices (n, classes) float32.
        labels: (n,) int64.
        classes: number of classes.
    """
    from sklearn.linear_model import LogisticRegression

    features = _features(matrices)
    slopes = np.zeros((classes, features.shape[1]))
    intercepts = np.full(classes, -np.inf)
    present = np.unique(labels)
    if len(present) == 1:
        intercepts[present] = 0.0
        return LogisticFit(slopes, intercepts)
    model = LogisticRegression(C=STRENGTH, max_iter=_STEPS, tol=1e-4)
    # Such small products gain nothing from threads, and lose much where a sweep keeps every core busy.
    with warnings.catch_warnings(), _threads().limit(limits=1):
        # Stopping after so many steps is one more regularisation, and many classes with few images are no regression.
        warnings.simplefilter("ignore")
        model.fit(features, labels)
    # For two classes scikit-learn keeps the second one's scores only.
    rows = present[1:] if len(present) == 2 else present
    slopes[rows], intercepts[present] = model.coef_, 0.0
    intercepts[rows] = model.intercept_
    return LogisticFit(slopes, intercepts)


@cache
def _threads() -> ThreadpoolController:
    """Return what limits threads: finding the libraries takes as long as a small fit."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _features(matrices: Iterable[Matrix]) -> Matrix:
    """Return (n, k * classes) float32: clipped log-probabilities, divided by k so that their sum is a mean."""
    logs = [logarithms(matrix) for matrix in matrices]
    return np.concatenate(logs, axis=1) / np.float32(len(logs))
