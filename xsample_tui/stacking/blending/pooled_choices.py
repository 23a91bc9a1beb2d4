"""Pools many choices of members at once: redraws and random sets differ by members alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..pool.member_outputs import Indices, Outputs
from ..pool.running_sums import TERMS, Totals
from .pooling import Blender, Weighted

# Probabilities that are held at once: 64 MB.
_CELLS = 8_000_000


@dataclass(frozen=True, eq=False)
class PooledChoices:
    """Some of the choices, pooled on some of the images.

    Attributes:
        rows: which choices.
        images: positions in the outputs.
        probabilities: (rows, classes, images) float64, the caller's own.
    """

    rows: slice
    images: slice
    probabilities: Totals


def right_of(values: Totals, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the largest of the classes' values is the label's, the first of equals: as ``argmax`` has it.

    Args:
        values: (rows, classes, images), of which ``argmax`` over the classes is several times as slow.
        labels: (images,) int64.
    """
    top = values.max(axis=1)
    right = np.asarray(values[:, labels, np.arange(len(labels))] == top)
    equal = values == top[:, None]
    if np.count_nonzero(equal) > top.size:
        earlier = np.arange(values.shape[1])[:, None] < labels
        right &= ~(equal & earlier).any(axis=1)
    return right


def pool_choices(
    outputs: Outputs, choices: Indices, blender: Blender, fold: int | None = None, cells: int = _CELLS
) -> Iterator[PooledChoices]:
    """Pool each choice of members by a blender that fits nothing, as ``fit`` and ``pool`` do one by one.

    Where the pooling is a weighted sum, which is then the same for any k members, all choices are one product of two
    matrices: the weights of the members in each choice, and what is added up of each member. It differs from the sums
    one by one by rounding alone.

    Args:
        outputs: of all members.
        choices: (rows, k) indices of members.
        blender: one that fits nothing.
        fold: the images to pool on; None for all.
        cells: probabilities that are made at once.

    Yields:
        Parts that make up all rows and images together.
    """
    every = slice(0, len(outputs.labels)) if fold is None else outputs.folds[fold]
    for row, members in enumerate(choices):
        cut = outputs.cut(members, fold)
        pooling = blender.fit(cut, 0)
        if isinstance(pooling, Weighted) and pooling.added():
            yield from _together(outputs, choices, every, pooling, cells)
            return
        yield PooledChoices(slice(row, row + 1), every, pooling.pool(cut).T[None].copy())


def _together(
    outputs: Outputs, choices: Indices, every: slice, pooling: Weighted, cells: int
) -> Iterator[PooledChoices]:
    used, places = np.unique(choices, return_inverse=True)
    places = places.reshape(choices.shape)
    parts = np.zeros((len(choices), len(used)))
    # Whole numbers where all weights are equal: sums of float32 are exact then, so that equal classes stay equal.
    equal = bool((pooling.weights == pooling.weights[0]).all())
    np.add.at(parts, (np.arange(len(choices))[:, None], places), 1.0 if equal else pooling.weights)
    step = max(1, cells // (max(len(choices), len(used)) * outputs.classes))
    for first, last in pairwise([*range(every.start, every.stop, step), every.stop]):
        images = slice(first, last)
        terms = np.zeros((len(used), outputs.classes, last - first))
        for term, times in pooling.added().items():
            for row, member in zip(terms, used, strict=True):
                row += times * TERMS[term](outputs.softmax[member, images]).T.astype(np.float64)
        totals = (parts @ terms.reshape(len(used), -1)).reshape(len(choices), *terms.shape[1:])
        if equal:
            totals *= pooling.weights[0]
        yield PooledChoices(slice(0, len(choices)), images, pooling.pooled(totals, axis=1))
