"""Images moved by some pixels: what a prediction is averaged over (test-time augmentation)."""

from __future__ import annotations

from itertools import product

import numpy as np

from ..errors import ArgumentError
from .dataset import Images

MOST = 4


def shifts(most: int) -> tuple[tuple[int, int], ...]:
    """Return every shift down and right by at most so many pixels, none first: (2 most + 1) squared of them.

    >>> shifts(0), len(shifts(1)), shifts(1)[0]
    (((0, 0),), 9, (0, 0))

    Raises:
        ArgumentError: below 0, or above 4: 81 predictions of every image.
    """
    if not 0 <= most <= MOST:
        raise ArgumentError("shift", most, f"choose 0 to {MOST} pixels")
    by = range(-most, most + 1)
    return tuple(sorted(product(by, by), key=lambda shift: (abs(shift[0]) + abs(shift[1]), shift)))


def shifted(images: Images, down: int, right: int) -> Images:
    """Return images moved down and to the right, or themselves; what comes in at the edges is black.

    Args:
        images: (n, height, width, channels).
        down, right: pixels, negative for up and left.
    """
    if not down and not right:
        return images
    found = np.zeros_like(images)
    height, width = images.shape[1:3]
    rows, columns = (slice(max(by, 0), size + min(by, 0)) for by, size in ((down, height), (right, width)))
    from_rows, from_columns = (
        slice(max(-by, 0), size + min(-by, 0)) for by, size in ((down, height), (right, width))
    )
    if abs(down) < height and abs(right) < width:
        found[:, rows, columns] = images[:, from_rows, from_columns]
    return found
