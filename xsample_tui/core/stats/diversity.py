"""Diversity: how different the errors of a blend's members are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Diversity:
    """Diversity of k members, as shares of the images, 0..1.

    Attributes:
        disagreement: mean over pairs of how often exactly one of the two is right (Skalak 1996).
        double_fault: mean over pairs of how often both are wrong (Giacinto and Roli 2001).
        oracle_error: how often every member is wrong: no choice among them can do better (Kuncheva 2014).
    """

    disagreement: float
    double_fault: float
    oracle_error: float


def disagreement(correct: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return (k, k): how often exactly one of two members is right, 0 on the diagonal.

    Args:
        correct: (k, n) bool.
    """
    right = correct.astype(np.float32)  # whole numbers, exact below 2**24 images
    both = (right @ right.T).astype(np.float64)
    alone = right.sum(axis=1, dtype=np.float64)
    return np.asarray((alone[:, None] + alone[None, :] - 2 * both) / correct.shape[1])


def double_fault(correct: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return (k, k): how often both of two members are wrong; a member's own error rate on the diagonal.

    Args:
        correct: (k, n) bool.
    """
    wrong = (~correct).astype(np.float32)
    return np.asarray((wrong @ wrong.T).astype(np.float64) / correct.shape[1])


def diversity(correct: NDArray[np.bool_]) -> Diversity:
    """Return the means over all pairs, and the oracle error; a single member has no pair: 0 and its own errors.

    Args:
        correct: (k, n) bool.
    """
    oracle = float((~correct).all(axis=0).mean())
    pairs = np.triu_indices(len(correct), 1)
    if not len(pairs[0]):
        return Diversity(0.0, oracle, oracle)
    return Diversity(float(disagreement(correct)[pairs].mean()), float(double_fault(correct)[pairs].mean()), oracle)
