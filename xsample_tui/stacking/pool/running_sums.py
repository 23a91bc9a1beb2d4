"""Running sums over members: changing a few members costs only these few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...core.training.epoch_metrics import EPSILON

Term = Literal["probabilities", "logarithms", "votes"]
Matrix = NDArray[np.float32]
Totals = NDArray[np.float64]


def probabilities(matrix: Matrix) -> Matrix:
    """Return the matrix itself."""
    return matrix


def logarithms(matrix: Matrix) -> Matrix:
    """Return the logarithms of the probabilities, clipped at 1e-7."""
    clipped = np.maximum(matrix, np.float32(EPSILON))
    return np.asarray(np.log(clipped, out=clipped))


def votes(matrix: Matrix) -> Matrix:
    """Return 1 at each image's most probable class (the first of equals), 0 elsewhere."""
    cast = np.zeros_like(matrix)
    cast[np.arange(len(matrix)), matrix.argmax(axis=1)] = 1
    return cast


TERMS: dict[Term, Callable[[Matrix], Matrix]] = {
    "probabilities": probabilities,
    "logarithms": logarithms,
    "votes": votes,
}


class RunningSums:
    """Sums of a term over members, remembering for each term and part of the images the last sum it gave.

    From one choice of members to the next it adds and subtracts the difference, where that is less work than
    adding again; both ways agree to about 1e-12.

    Args:
        softmax: (members, n, classes) float32.
        votes: (members, n), each member's most probable class.
    """

    def __init__(self, softmax: NDArray[np.float32], votes: NDArray[np.integer]) -> None:
        self._softmax = softmax
        self._votes = votes
        # Replaced as a whole, so that threads may share it.
        self._last: dict[tuple[Term, int, int], tuple[NDArray[np.int64], Totals]] = {}

    def total(self, term: Term, members: NDArray[np.intp], images: slice) -> Totals:
        """Return the sum of a term, (images, classes) float64, the caller's own.

        Args:
            term: what is added up.
            members: (k,) indices; one that is in it twice counts twice.
            images: a slice with start and stop.
        """
        wanted = np.bincount(members, minlength=len(self._softmax))
        key = (term, images.start, images.stop)
        had, total = self._last.get(key, (None, None))
        if had is None or total is None or np.count_nonzero(wanted - had) >= np.count_nonzero(wanted):
            had = np.zeros_like(wanted)
            total = np.zeros((images.stop - images.start, self._softmax.shape[2]))
        else:
            total = total.copy()
        change = wanted - had
        for member in np.flatnonzero(change):
            self._add(total, term, int(member), images, int(change[member]))
        self._last[key] = (wanted, total)
        return total.copy()

    def _add(self, total: Totals, term: Term, member: int, images: slice, times: int) -> None:
        if term == "votes":
            # One cell an image, from votes that are counted once: no need for a matrix of zeros and ones.
            places = np.arange(0, total.size, total.shape[1]) + self._votes[member, images]
            total.reshape(-1)[places] += times
            return
        part = TERMS[term](self._softmax[member, images])
        if times == 1:
            total += part
        elif times == -1:
            total -= part
        else:
            total += times * part.astype(np.float64)
