"""Corrects p-values for the number of windows tested (Holm, Benjamini-Hochberg)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p: ArrayLike, more: int = 0) -> NDArray[np.float64]:
    """Return p-values adjusted by Holm's step-down procedure: below alpha, the family's false-alarm rate is alpha.

    The i-th smallest of W becomes the largest of ``(W - j + 1) * p_(j)`` for j up to i, at most 1 (Holm 1979).
    Valid under any dependence.

    Args:
        p: (..., W) p-values; the last axis is one family. nan stays nan and makes its family nan.
        more: members of each family that are no finding, of which no p-value is known.
    """
    values = np.asarray(p, np.float64)
    order = np.argsort(values, axis=-1)
    factors = np.arange(values.shape[-1], 0, -1) + more
    stepped = np.maximum.accumulate(np.take_along_axis(values, order, -1) * factors, axis=-1)
    adjusted = np.empty_like(values)
    np.put_along_axis(adjusted, order, np.minimum(stepped, 1.0), -1)
    return adjusted


def benjamini_hochberg(p: ArrayLike, more: int = 0) -> NDArray[np.float64]:
    """Return p-values adjusted so that below alpha the expected share of false ones among the found is alpha.

    Benjamini and Hochberg (1995), from SciPy.

    Args:
        p: (W,) p-values in 0..1; where any is nan, all are.
        more: as of :func:`holm`.
    """
    values = np.asarray(p, np.float64)
    if not values.size or np.isnan(values).any():
        return np.full(values.shape, np.nan)
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(np.append(values, np.ones(more))), np.float64)[: len(values)]
