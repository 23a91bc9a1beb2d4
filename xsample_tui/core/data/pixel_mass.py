"""Computes ink: where the pixel mass of images lies, and how much of it a mask removes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dataset import Images
from .mapped_images import blocks

# Images computed at once, of at most so many pixels: as float64 these take 32 MiB.
_CHUNK = 4096
_PIXELS = 4096 * 1024


@dataclass(frozen=True)
class InkFigures:
    """What a mask removes from a set of images.

    Attributes:
        pixels_zeroed: pixels of the frame set to zero, 0 to height*width.
        ink_removed: mean over the images of the fraction of pixel mass zeroed, 0..1.
        images_touched: images of which at least one non-zero pixel is zeroed.
    """

    pixels_zeroed: int
    ink_removed: float
    images_touched: int


class InkMap:
    """The ink of a set of images, from which the figures of any mask follow.

    Args:
        images: (n, height, width, channels), uint8 or float32, not negative.
        at: indices of those that count; None for all.

    Attributes:
        share: (height, width) float64: the mean over images of the pixel's fraction of its image's mass;
            sums to 1 (less where images are blank, which have no mass to remove).
    """

    def __init__(self, images: Images, at: NDArray[np.int64] | None = None) -> None:
        _, height, width, _ = images.shape
        count = len(images) if at is None else len(at)
        # Bits for each pixel of each image, eight to a byte: of 35,000 images of 96x96 they are 40 MB.
        self._chunk = max(1, min(_CHUNK, _PIXELS // max(height * width, 1)))
        self._size = height * width
        share = np.zeros((height, width))
        inked = [np.empty((0, -(-self._size // 8)), np.uint8)]
        for part in blocks(images, at, count=self._chunk):
            mass = part.sum(axis=3, dtype=np.float64)
            total = mass.sum(axis=(1, 2), keepdims=True)
            share += np.divide(mass, total, out=np.zeros_like(mass), where=total > 0).sum(axis=0)
            inked.append(np.packbits(mass.reshape(len(mass), -1) > 0, axis=1))
        self.share: NDArray[np.float64] = share / max(count, 1)
        self._inked = np.concatenate(inked)

    def figures(self, keeps: NDArray[np.bool_]) -> list[InkFigures]:
        """Return the figures of each mask.

        Args:
            keeps: (masks, height, width) bool, True where the pixel stays.
        """
        zeroed = ~keeps.reshape(len(keeps), -1)
        removed = zeroed @ self.share.ravel()
        touched = np.zeros(len(keeps), np.int64)
        columns = zeroed.T.astype(np.float32)
        for start in range(0, len(self._inked), self._chunk):
            inked = np.unpackbits(self._inked[start : start + self._chunk], axis=1, count=self._size)
            touched += ((inked.astype(np.float32) @ columns) > 0).sum(axis=0)
        return [InkFigures(int(z.sum()), float(r), int(t)) for z, r, t in zip(zeroed, removed, touched, strict=True)]
