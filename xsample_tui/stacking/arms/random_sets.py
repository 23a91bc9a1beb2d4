"""Blends of k randomly chosen members, averaged over all choices, of windows and of whole-image networks.

The mean over all sets of k (Hoeffding's U-statistic) varies far less from training to training than the one blend
of the best: this is what finds small differences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.stats.two_way_variance import StreamPart, pure_part
from ...core.training.epoch_metrics import EPSILON
from ..blending.pooled_choices import pool_choices, right_of
from ..blending.pooling import Blender
from ..pool.member_outputs import Indices, Outputs

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
    count = len(positions)
    good, loss = np.empty((count, n), np.bool_), np.empty((count, n))
    for found in pool_choices(outputs, members[positions], blender):
        labels = outputs.labels[found.images]
        true = found.probabilities[:, labels, np.arange(len(labels))]
        good[found.rows, found.images] = right_of(found.probabilities, labels)
        loss[found.rows, found.images] = -np.log(np.clip(true, EPSILON, 1 - EPSILON))
    streams = [
        _stream(np.stack([table[:, part].mean(axis=1) for part in blocks], axis=1), positions, len(pool), source)
        for table in (good, loss)
    ]
    errors = n - good.sum(axis=1, dtype=np.int64)
    return RandomSets(good.mean(axis=0), loss.mean(axis=0), streams[0], streams[1], errors)


def _stream(scores: NDArray[np.float64], positions: NDArray[np.intp], size: int, source: str) -> StreamPart:
    """Return the variance over streams of the mean over all sets, from what each member adds to the sets it is in.

    To first order the mean over all sets of k from W members varies by ``k^2 / W`` times the variance of what one
    member adds (Hoeffding 1948). What a member adds is fitted on blocks of images by least squares: how it differs
    from block to block shows the interaction with images, which is taken out. Where there are too few sets for a fit,
    it is the mean of the sets with it less that of all: the others' chance in these sets then counts as well.

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
