"""Redraws the members of two blends for the bootstrap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.stats.paired_bootstrap import REDRAWS, Redraws, member_redraws
from ..blending.blend import Blend
from ..blending.pooling import Weighted
from ..pool.member_outputs import Cut

_AT_ONCE = 32


def redraw(first: Blend, second: Blend, generator: np.random.Generator, count: int = REDRAWS) -> Redraws | None:
    """Return two blends with their members redrawn; None where that would not compare like with like.

    Members are redrawn by their rank: on select the first of each fold's choice stands for the first of all. Blends
    of unequally many members, of one, or that are more than weights, are not redrawn.

    Args:
        first, second: the blends, on the same images.
        generator: of the draws.
        count: how many redraws.
    """
    k = len(first.whole.members)
    if k == 1 or k != len(second.whole.members):
        return None
    counts = member_redraws(k, generator, count)
    found = [_redrawn(blend, rows) for blend, rows in zip((first, second), counts, strict=True)]
    if found[0] is None or found[1] is None:
        return None
    return Redraws(found[0], found[1], k)


def _redrawn(blend: Blend, counts: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    parts = [
        _part(part.pooling, cut, counts) if isinstance(part.pooling, Weighted) else None for part, cut in blend.cuts()
    ]
    known = [part for part in parts if part is not None]
    return np.concatenate(known, axis=1) if len(known) == len(parts) else None


def _part(pooling: Weighted, cut: Cut, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (M, n) bool: which images of the cut each redraw has right."""
    k, n, classes = cut.shape
    terms = np.stack([pooling.term(matrix) for matrix in cut.matrices()]).reshape(k, n * classes)
    weights = (counts * pooling.weights).astype(np.float32)
    # Where every member drawn has weight 0, the draw says nothing: the pooling's own weights stand in.
    weights[weights.sum(axis=1) == 0] = pooling.weights
    right = np.empty((len(weights), n), np.bool_)
    for start in range(0, len(weights), _AT_ONCE):
        sums = (weights[start : start + _AT_ONCE] @ terms).reshape(-1, n, classes)
        right[start : start + _AT_ONCE] = sums.argmax(axis=2) == cut.labels
    return right
