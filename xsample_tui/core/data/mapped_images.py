"""Images that lie in a mapped file: read block by block, so that no process holds all of them at once."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[Any]
# Images of a run that take less are held in memory; more are mapped from the run's file.
MAPPED_FROM = 256 << 20
_BLOCK = 32 << 20


def is_mapped(images: Images) -> bool:
    """Whether images lie in a mapped file, rather than in memory."""
    return isinstance(images, np.memmap)


def release(images: Images) -> None:
    """Give back the memory that pages of mapped images take in this process; the system reads them again.

    Args:
        images: as the file holds them; those in memory stay.
    """
    owner: Any = images
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, mmap.mmap) and hasattr(owner, "madvise"):
        owner.madvise(mmap.MADV_DONTNEED)


def blocks(
    images: Images, at: NDArray[np.int64] | None = None, *, count: int | None = None, most: int | None = None
) -> Iterator[Images]:
    """Yield images in parts, in order, and give back what a part of mapped ones took.

    Args:
        images: (n, height, width, channels).
        at: indices of those that are wanted; None for all.
        count: images of a part; by default as many as take ``most`` bytes.
        most: by default 32 MiB.
    """
    step = count or max(1, (most or _BLOCK) // max(images[:1].nbytes, 1))
    for start in range(0, len(images if at is None else at), step):
        part: Images = images[start : start + step] if at is None else images[at[start : start + step]]
        yield part
        release(images)


class ChosenImages:
    """Some of many images, each read when it is asked for.

    Args:
        images: (n, height, width, channels).
        at: indices of those that are chosen, in order.
    """

    def __init__(self, images: Images, at: NDArray[np.int64]) -> None:
        self._images, self._at = images, at

    def __len__(self) -> int:
        return len(self._at)

    def __getitem__(self, index: int) -> Images:
        """Return a copy of one, (height, width, channels)."""
        found = np.array(self._images[self._at[index]])
        release(self._images)
        return found


def chosen(images: Images, at: NDArray[np.int64]) -> Images | ChosenImages:
    """Return some images: a copy of those in memory; of mapped ones, what reads each when it is asked for."""
    return ChosenImages(images, at) if is_mapped(images) else images[at]
