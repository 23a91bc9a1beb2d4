"""Tests of models on the same images: McNemar's and Cochran's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


def mcnemar(only_a: ArrayLike, only_b: ArrayLike) -> NDArray[np.float64]:
    """Return the two-sided p-value of McNemar's exact test; 1 where no image is discordant.

    Under no effect the images that one model alone has right are shared out by fair coins (McNemar 1947):
    ``p = min(1, 2 * P(X <= min(a, b)))`` with X binomial (a + b, 1/2). The same value as
    ``scipy.stats.binomtest(a, a + b)``, for whole arrays at once.

    Args:
        only_a: images that only the first model has right, at least 0, any shape.
        only_b: images that only the second has right, of a shape that goes with it.
    """
    from scipy.special import bdtr

    a, b = np.broadcast_arrays(np.asarray(only_a, np.int64), np.asarray(only_b, np.int64))
    total = a + b
    p = 2 * np.asarray(bdtr(np.minimum(a, b).astype(np.float64), np.maximum(total, 1), 0.5))
    return np.where(total == 0, 1.0, np.minimum(p, 1.0))


def least_net_gain(alpha: float = 0.05) -> int:
    """Return the least net gain, in images, that McNemar's exact test can call significant: all of it one-sided.

    Five images cannot: five to none has p = 0.0625. The answer at 0.05 is 6, on any number of images.
    """
    net = 1
    while float(mcnemar(net, 0)) >= alpha:
        net += 1
    return net


@dataclass(frozen=True)
class CochranQ:
    """Cochran's Q: whether k models have equal accuracies. ``statistic`` is chi-square with ``freedom`` = k - 1."""

    statistic: float
    freedom: int
    p: float


def cochran_q(correct: NDArray[np.bool_]) -> CochranQ:
    """Return Cochran's Q of k models on the same n images, from row and column sums alone: O(nk).

    ``Q = (k-1) * (k * sum(C_j^2) - N^2) / (k * N - sum(R_i^2))`` with C the models' and R the images' counts of
    right answers and N their total (Cochran 1950). Models that agree on every image give Q = 0, p = 1.

    Args:
        correct: (k, n) bool.
    """
    from scipy.special import chdtrc

    k = len(correct)
    columns = correct.sum(axis=1, dtype=np.int64)
    rows = correct.sum(axis=0, dtype=np.int64)
    # Python's integers: squares of sums pass 64 bits for large sets.
    total, column_squares, row_squares = int(columns.sum()), int((columns**2).sum()), int((rows**2).sum())
    below = k * total - row_squares
    if k < 2 or below == 0:
        return CochranQ(0.0, max(k - 1, 0), 1.0)
    q = (k - 1) * (k * column_squares - total**2) / below
    return CochranQ(q, k - 1, float(chdtrc(k - 1, q)))
