"""The softmax outputs of all members on one split, and subsets of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...core.old_names import renamed_fields
from ...core.training.epoch_metrics import EPSILON
from ...store.run.stored_outputs import ScoredSplit
from .running_sums import TERMS, Matrix, RunningSums, Term, Totals

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Outputs:
    """What every member says of the images of one split.

    Attributes:
        split: which; ``new`` for images of no run, whose labels are -1.
        images: (n,) int64, indices into the dataset; on select sorted by fold, then by index.
        labels: (n,) int64.
        softmax: (members, n, classes) float32.
        folds: the slices of images that are select's folds; empty on test.
    """

    split: ScoredSplit | Literal["new"]
    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    softmax: NDArray[np.float32]
    folds: tuple[slice, ...] = ()

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.softmax.shape[2])

    @cached_property
    def true(self) -> NDArray[np.float32]:
        """(members, n) float32: each member's probability of the true class."""
        return np.take_along_axis(self.softmax, self.labels[None, :, None], axis=2)[:, :, 0]

    @cached_property
    def votes(self) -> NDArray[np.integer]:
        """(members, n): each member's most probable class, the first of equals."""
        votes = np.empty(self.softmax.shape[:2], np.min_scalar_type(self.classes))
        for row, matrix in zip(votes, self.softmax, strict=True):
            row[:] = matrix.argmax(axis=1)
        return votes

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """(members, n) bool: which images each member has right."""
        return np.asarray(self.votes == self.labels[None, :])

    @cached_property
    def errors(self) -> NDArray[np.int64]:
        """(members,) int64: each member's wrong images."""
        return np.asarray((~self.correct).sum(axis=1, dtype=np.int64))

    @cached_property
    def sums(self) -> RunningSums:
        """Running sums over the members."""
        return RunningSums(self.softmax, self.votes)

    @cached_property
    def _fold_losses(self) -> NDArray[np.float64]:
        """(members, folds): each member's log-loss summed over a fold; one column where there are no folds."""
        parts = self.folds or (slice(0, len(self.labels)),)
        sums = np.empty((len(self.softmax), len(parts)))
        for row, true in zip(sums, self.true, strict=True):
            losses = -np.log(np.clip(true.astype(np.float64), EPSILON, 1 - EPSILON))
            row[:] = [losses[part].sum() for part in parts]
        return sums

    @cached_property
    def _losses(self) -> NDArray[np.float64]:
        means = np.asarray(self._fold_losses.sum(axis=1) / max(len(self.labels), 1))
        means.flags.writeable = False
        return means

    def losses(self, without: int | None = None) -> NDArray[np.float64]:
        """Return each member's mean log-loss, (members,), over all images or over those outside a fold."""
        if without is None:
            return self._losses
        total, count = self._fold_losses.sum(axis=1), len(self.labels)
        left_out = self.folds[without]
        count -= left_out.stop - left_out.start
        return np.asarray((total - self._fold_losses[:, without]) / max(count, 1))

    def cut(self, members: Indices, fold: int | None = None) -> Cut:
        """Return what some members say of all images, or of one fold's."""
        return Cut(self, members, slice(0, len(self.labels)) if fold is None else self.folds[fold])

    def rest(self, members: Indices, fold: int) -> Cut:
        """Return what some members say of the images outside a fold."""
        return Cut(self, members, np.delete(np.arange(len(self.labels)), self.folds[fold]))


@renamed_fields({"pictures": "images"})
@dataclass(frozen=True, eq=False)
class Cut:
    """Some members on some images.

    Attributes:
        outputs: what it is cut from.
        members: (k,) indices of members; one may be in it more than once.
        images: which images: positions in the outputs, not in the dataset.
    """

    outputs: Outputs
    members: Indices
    images: slice | Indices

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,) int64."""
        return self.outputs.labels[self.images]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Members, images, classes."""
        return len(self.members), len(self.labels), self.outputs.classes

    def matrices(self) -> Iterator[Matrix]:
        """Yield each member's softmax, (n, classes) float32: a view where the images are a slice."""
        for member in self.members:
            yield self.outputs.softmax[member, self.images]

    def total(self, term: Term, weights: NDArray[np.float64]) -> Totals:
        """Return the weighted sum of a term of the members' matrices, (n, classes) float64.

        Args:
            term: what is added up.
            weights: (k,) float64; equal weights are the quick way.
        """
        if isinstance(self.images, slice) and (weights == weights[0]).all():
            return np.asarray(self.outputs.sums.total(term, self.members, self.images) * weights[0])
        _, n, classes = self.shape
        total = np.zeros((n, classes))
        for weight, matrix in zip(weights, self.matrices(), strict=True):
            if weight:
                total += weight * TERMS[term](matrix)
        return total

    @property
    def true(self) -> NDArray[np.float32]:
        """(k, n) float32: each member's probability of the true class."""
        return np.asarray(self.outputs.true[self.members][:, self.images])

    @property
    def votes(self) -> NDArray[np.integer]:
        """(k, n): each member's most probable class."""
        return np.asarray(self.outputs.votes[self.members][:, self.images])

    @property
    def correct(self) -> NDArray[np.bool_]:
        """(k, n) bool: which images each member has right."""
        return np.asarray(self.outputs.correct[self.members][:, self.images])
