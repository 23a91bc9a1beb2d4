"""A blender: the mean of the members' probabilities without the highest and the lowest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xsample_tui.extension import Blender, Cut, Pooling


class Trimmed(Pooling):
    """The mean over members, class by class, without the highest and the lowest; of fewer than 3 the plain mean."""

    def pool(self, cut: Cut) -> NDArray[np.float64]:
        """Return the mean, (n, classes), rows summing to 1."""
        every = np.sort(np.stack([matrix.astype(np.float64) for matrix in cut.matrices()]), axis=0)
        kept = every[1:-1] if len(every) > 2 else every
        total: NDArray[np.float64] = kept.mean(axis=0)
        return total / total.sum(axis=1, keepdims=True)


class TrimmedBlender(Blender):
    """Trimmed mean: a member that is far off does not count."""

    name = "trimmed"
    title = "trimmed mean"

    def fit(self, cut: Cut, seed: int) -> Pooling:
        """Return the pooling; nothing is fitted."""
        return Trimmed()
