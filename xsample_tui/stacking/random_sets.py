"""Random sets: blends of k members drawn at random, over all draws, from windows and from whole-picture networks.

The mean over all sets of k (Hoeffding's U-statistic) varies far less from training to training than the one blend
of the best: this is what can tell small differences apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.metrics import EPSILON
from ..core.stats.two_way import StreamPart, pure_part
from .outputs import Indices, Outputs
from .recipe import Blender

SETS = 300
BLOCKS = 20


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


def blend_sets(
    outputs: Outputs, pool: tuple[int, ...], positions: NDArray[np.intp], blender: Blender, source: str
) -> RandomSets:
    """Blend every set on all images; nothing is fitted and nothing is chosen by what it does, so no fold is needed.

    Args:
        outputs: the members' outputs on the images to judge on.
        pool: indices of members.
        positions: (sets, k) positions in the pool, of :func:`random_positions`.
        blender: one that fits nothing.
        source: of the stream parts: the arm's letter.
    """
    n = len(outputs.labels)
    members: Indices = np.array(pool, np.intp)
    blocks = np.array_split(np.random.default_rng(len(pool)).permutation(n), min(BLOCKS, n))
    right, losses = np.zeros(n), np.zeros(n)
    scores = np.empty((2, len(positions), len(blocks)))
    errors = np.empty(len(positions), np.int64)
    for row, places in enumerate(positions):
        cut = outputs.cut(members[places])
        pooled = blender.fit(cut, 0).pool(cut)
        good = pooled.argmax(axis=1) == outputs.labels
        loss = -np.log(np.clip(pooled[np.arange(n), outputs.labels], EPSILON, 1 - EPSILON))
        right += good
        losses += loss
        errors[row] = n - int(good.sum())
        scores[:, row] = [[good[part].mean() for part in blocks], [loss[part].mean() for part in blocks]]
    count = len(positions)
    streams = [_stream(which, positions, len(pool), source) for which in scores]
    return RandomSets(right / count, losses / count, streams[0], streams[1], errors)


def _stream(scores: NDArray[np.float64], positions: NDArray[np.intp], size: int, source: str) -> StreamPart:
    """Return the variance over streams of the mean over all sets, from what each member adds to the sets it is in.

    To first order the mean over all sets of k from W members varies by ``k^2 / W`` times the variance of what one
    member adds (Hoeffding 1948). What a member adds is fitted on blocks of images by least squares: how it differs
    from block to block shows the interaction with images, which is taken out. Where there are too few sets for a fit,
    it is the mean of the sets with it less that of all: the others' luck in these sets then counts as well.

    Args:
        scores: (sets, blocks) each set's mean on each block of images, at least two.
        positions: (sets, k).
        size: W.
        source: of the part.
    """
    count, k = positions.shape
    inside = np.zeros((count, size))
    np.put_along_axis(inside, positions, 1.0, axis=1)
    scores = scores - scores.mean(axis=0)
    if 3 * size > count:
        inside = inside[:, inside.any(axis=0)]
        added = inside.T @ scores / inside.sum(axis=0)[:, None]
    else:
        added = np.linalg.lstsq(inside - inside.mean(axis=0), scores, rcond=None)[0]
    return pure_part(added - added.mean(axis=0), k**2 / size, float(max(size - 1, 1)), source)
