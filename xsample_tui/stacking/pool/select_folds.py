"""Splits the selection images into folds, each scored by what was fitted on the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.seeding import generator

FOLDS = 5


def stratified_folds(labels: NDArray[np.int64], seed: int, count: int = FOLDS) -> NDArray[np.int64]:
    """Return each image's fold, 0..count-1: seeded, every class spread evenly, sizes equal but for one image.

    Args:
        labels: (n,) int64.
        seed: the run's seed.
        count: folds.
    """
    order = np.concatenate(
        [
            members[generator(seed, "folds", int(label)).permutation(len(members))]
            for label in np.unique(labels)
            for members in [np.flatnonzero(labels == label)]
        ]
    )
    # Dealt in turn, class after class, without starting at the first fold again.
    folds = np.empty(len(labels), np.int64)
    folds[order] = np.arange(len(labels)) % count
    return folds
