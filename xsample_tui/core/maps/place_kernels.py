"""Gaussian kernels over a set of places, and sums weighted by them."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .map_noise import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WIDTHS = (0.0, 0.75, 1.0, 1.5, 2.0, 3.0, 4.5, math.inf)
# How near the neighbours of a place are, in steps: diagonals included.
_NEAR = 1.5


class PlaceKernels:
    """The kernels of :data:`WIDTHS` over places, each row of weights summing to 1.

    A Gaussian of two coordinates is the product of one over rows and one over columns. Maps are laid on the grid of
    all rows and columns that occur and smoothed along either, with nothing where a place is missing; what the kernel
    sums to over the places there are divides the sums. On 400 places this is a tenth of the arithmetic of the (W, W)
    product, from which it differs by rounding alone.

    Args:
        places: (W, 2) int64 row and column of each window, W at least 1.

    Attributes:
        places: as they were given.
        step: the least distance of two places, in the places' unit; 1 where there is none.
    """

    def __init__(self, places: NDArray[np.int64]) -> None:
        self.places = places
        apart = self._squared(places)
        step = math.sqrt(apart[apart > 0].min(initial=math.inf))
        self.step = 1.0 if math.isinf(step) else step
        (rows, row), (columns, column) = (np.unique(places[:, axis], return_inverse=True) for axis in (0, 1))
        self._axes: tuple[Floats, Floats] = rows / self.step, columns / self.step
        self._cells: NDArray[np.intp] = row.reshape(-1) * len(columns) + column.reshape(-1)
        size = len(rows) * len(columns)
        # Places that occur twice, and few places of many rows and columns, are quicker one by one.
        once = len(np.unique(self._cells)) == len(places)
        self._along = once and size * (len(rows) + len(columns)) < len(places) ** 2
        self._full = len(places) == size and bool((self._cells == np.arange(size)).all())

    @staticmethod
    def _squared(places: NDArray[np.int64]) -> Floats:
        return np.asarray(((places[:, None] - places[None]) ** 2).sum(axis=-1), np.float64)

    @cached_property
    def neighbours(self) -> csr_array:
        """(places with neighbours, W): what is left of a map at each place less the mean of those next to it."""
        from scipy.sparse import csr_array

        apart = self._squared(self.places) / self.step**2
        near = (apart <= _NEAR**2) & ~np.eye(len(apart), dtype=np.bool_)
        count = near.sum(axis=1)
        weights = np.eye(len(apart)) - near / np.maximum(count, 1)[:, None]
        return csr_array(weights[count > 0])

    @cached_property
    def weights(self) -> tuple[Floats, ...]:
        """The (W, W) weights of each width."""
        return tuple(kernel / kernel.sum(axis=1, keepdims=True) for kernel in map(self._kernel, WIDTHS))

    def _kernel(self, width: float) -> Floats:
        if width == 0:
            return np.eye(len(self.places))
        return _gaussian(self._squared(self.places) / self.step**2, width)

    @cached_property
    def diagonals(self) -> tuple[Floats, ...]:
        """(W,) each window's weight in its own mean, at each width."""
        return tuple(1 / self._sums[width] for width in range(len(WIDTHS)))

    @cached_property
    def _sums(self) -> tuple[Floats, ...]:
        ones = np.ones((len(self.places), 1))
        return tuple(self._summed(ones, width)[:, 0] for width in WIDTHS)

    def variances(self, windows: Floats) -> tuple[Floats, ...]:
        """Return the (W,) variances of the smoothed map at each width, by independent variances (W,) of the map."""
        # The square of a Gaussian is one that is narrower by the root of 2.
        squares = (self._summed(windows[:, None], width / math.sqrt(2))[:, 0] for width in WIDTHS)
        return tuple(square / sums**2 for square, sums in zip(squares, self._sums, strict=True))

    def smooth(self, maps: Floats, width: int) -> Floats:
        """Return maps smoothed by a width of :data:`WIDTHS`, given by its index.

        Args:
            maps: (W, B), a map each column.
            width: index of the width.

        Returns:
            (W, B), or (1, B) where all windows have the same, at an infinite width; the maps themselves at 0.
        """
        if WIDTHS[width] == 0:
            return maps
        if math.isinf(WIDTHS[width]):
            return np.asarray(maps.mean(axis=0, keepdims=True))
        if not self._along:
            return np.asarray(self.weights[width] @ maps)
        found = self._summed(maps, WIDTHS[width])
        found /= self._sums[width][:, None]
        return found

    def _summed(self, maps: Floats, width: float) -> Floats:
        """Return the (W, B) sums of maps, weighted by a Gaussian that is 1 at each place itself."""
        if width == 0:
            return maps.copy()
        if not self._along or math.isinf(width):
            return np.asarray(self._kernel(width) @ maps)
        over_rows, over_columns = (_gaussian((axis[:, None] - axis[None]) ** 2, width) for axis in self._axes)
        rows, columns, count = len(over_rows), len(over_columns), maps.shape[1]
        laid = maps
        if not self._full:
            laid = np.zeros((rows * columns, count))
            laid[self._cells] = maps
        along = (over_rows @ laid.reshape(rows, -1)).reshape(rows, columns, count)
        sums = np.matmul(over_columns, along).reshape(rows * columns, count)
        return sums if self._full else np.asarray(sums[self._cells])


@lru_cache(maxsize=2)
def _kernels(places: bytes) -> PlaceKernels:
    return PlaceKernels(np.frombuffer(places, np.int64).reshape(-1, 2))


def kernels_of(places: NDArray[np.int64]) -> PlaceKernels:
    """Return the kernels over places; those of the last few sets of places are kept."""
    return _kernels(np.ascontiguousarray(places, np.int64).tobytes())


def _gaussian(apart: Floats, width: float) -> Floats:
    return np.ones_like(apart) if math.isinf(width) else np.asarray(np.exp(-apart / (2 * width**2)))
