"""Random sets: blends of k members drawn at random, over all draws, from windows and from whole-picture networks.

The mean over all sets of k (Hoeffding's U-statistic) varies far less from training to training than the one blend
of the best: this is what can tell small differences apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.metrics import EPSILON
from ..core.stats.two_way import StreamPart
from .outputs import Indices, Outputs
from .recipe import Blender

SETS = 300


@dataclass(frozen=True, eq=False)
class RandomSets:
    """The blends of many random sets of k members.

    Attributes:
        right: (n,) float64: the share of sets that have each image right.
        losses: (n,) float64: their mean log-loss, in nats.
        stream: what the mean accuracy varies by over streams, were its members exchangeable.
        loss_stream: the same of the mean log-loss.
        errors: (sets,) int64: each set's errors.
    """

    right: NDArray[np.float64]
    losses: NDArray[np.float64]
    stream: StreamPart
    loss_stream: StreamPart
    errors: NDArray[np.int64]


def random_positions(size: int, k: int, chance: np.random.Generator, count: int = SETS) -> NDArray[np.intp]:
    """Return positions of random sets in a pool, (count, k), without repetition within a set."""
    return np.stack([chance.permutation(size)[:k] for _ in range(count)]).astype(np.intp)


def blend_sets(outputs: Outputs, pool: tuple[int, ...], positions: NDArray[np.intp], blender: Blender) -> RandomSets:
    """Blend every set on all images; nothing is fitted and nothing is chosen by what it does, so no fold is needed.

    Args:
        outputs: the members' outputs on the images to judge on.
        pool: indices of members.
        positions: (sets, k) positions in the pool, of :func:`random_positions`.
        blender: one that fits nothing.
    """
    n = len(outputs.labels)
    members: Indices = np.array(pool, np.intp)
    half = np.random.default_rng(len(pool)).permutation(n) < n // 2
    right, losses = np.zeros(n), np.zeros(n)
    scores = np.empty((len(positions), 2, 2))
    errors = np.empty(len(positions), np.int64)
    for row, places in enumerate(positions):
        cut = outputs.cut(members[places])
        pooled = blender.fit(cut, 0).pool(cut)
        good = pooled.argmax(axis=1) == outputs.labels
        loss = -np.log(np.clip(pooled[np.arange(n), outputs.labels], EPSILON, 1 - EPSILON))
        right += good
        losses += loss
        errors[row] = n - int(good.sum())
        scores[row] = [[good[part].mean(), loss[part].mean()] for part in (half, ~half)]
    count = len(positions)
    streams = [_stream(scores[:, :, which], positions, len(pool)) for which in (0, 1)]
    return RandomSets(right / count, losses / count, streams[0], streams[1], errors)


def _stream(scores: NDArray[np.float64], positions: NDArray[np.intp], size: int) -> StreamPart:
    """Return the variance over streams of the mean over all sets, from what each member adds to the sets it is in.

    To first order the mean over all sets of k from W members varies by ``k^2 / W`` times the variance of what one
    member adds (Hoeffding 1948). What a member adds is fitted on two halves of the images by least squares: the
    covariance between the halves is free of the interaction with images.

    Args:
        scores: (sets, 2) each set's mean on either half of the images.
        positions: (sets, k).
        size: W.
    """
    count, k = positions.shape
    inside = np.zeros((count, size))
    np.put_along_axis(inside, positions, 1.0, axis=1)
    inside -= inside.mean(axis=0)
    added = np.linalg.lstsq(inside, scores - scores.mean(axis=0), rcond=None)[0]
    added -= added.mean(axis=0)
    variance = float((added[:, 0] * added[:, 1]).sum() / max(size - 1, 1))
    return StreamPart(max(variance, 0.0) * k**2 / size, max(size - 1, 1))
