"""Ink: where the pixel mass of a set of pictures lies, and how much of it a mask removes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dataset import Pictures

_CHUNK = 4096


@dataclass(frozen=True)
class InkFigures:
    """What a mask takes away from a set of pictures.

    Attributes:
        pixels_zeroed: pixels of the frame set to zero, 0 to height*width.
        ink_removed: mean over the pictures of the fraction of pixel mass zeroed, 0..1.
        images_touched: pictures of which at least one non-zero pixel is zeroed.
    """

    pixels_zeroed: int
    ink_removed: float
    images_touched: int


class InkMap:
    """The ink of a set of pictures, from which the figures of any mask follow.

    Args:
        pictures: (n, height, width, channels), uint8 or float32, not negative.

    Attributes:
        share: (height, width) float64: the mean over pictures of the pixel's fraction of its picture's mass;
            sums to 1 (less where pictures are blank, which have no mass to remove).
    """

    def __init__(self, pictures: Pictures) -> None:
        count, height, width, _ = pictures.shape
        share = np.zeros((height, width))
        inked = np.empty((count, height * width), np.bool_)
        for start in range(0, count, _CHUNK):
            mass = pictures[start : start + _CHUNK].sum(axis=3, dtype=np.float64)
            total = mass.sum(axis=(1, 2), keepdims=True)
            share += np.divide(mass, total, out=np.zeros_like(mass), where=total > 0).sum(axis=0)
            inked[start : start + _CHUNK] = mass.reshape(len(mass), -1) > 0
        self.share: NDArray[np.float64] = share / max(count, 1)
        self._inked = inked

    def figures(self, keeps: NDArray[np.bool_]) -> list[InkFigures]:
        """Return the figures of each mask.

        Args:
            keeps: (masks, height, width) bool, True where the pixel stays.
        """
        zeroed = ~keeps.reshape(len(keeps), -1)
        removed = zeroed @ self.share.ravel()
        touched = np.zeros(len(keeps), np.int64)
        columns = zeroed.T.astype(np.float32)
        for start in range(0, len(self._inked), _CHUNK):
            touched += ((self._inked[start : start + _CHUNK].astype(np.float32) @ columns) > 0).sum(axis=0)
        return [InkFigures(int(z.sum()), float(r), int(t)) for z, r, t in zip(zeroed, removed, touched, strict=True)]
