"""A picture in half blocks: two pixels a character, one above the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from textual.content import Content

from ..core.dataset import Pictures

_HALF = "▀"
_LARGEST = 4


def greys(picture: Pictures, columns: int, lines: int) -> NDArray[np.uint8]:
    """Return a picture as (height, width) uint8, an even number high, larger or smaller by a whole factor to fit.

    Args:
        picture: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        columns, lines: the room in characters; a line holds two rows of pixels.
    """
    grey = picture.astype(np.float64).mean(axis=2) * (1 if picture.dtype == np.uint8 else 255)
    larger = min(columns // grey.shape[1], 2 * lines // grey.shape[0], _LARGEST)
    if larger > 1:
        grey = grey.repeat(larger, axis=0).repeat(larger, axis=1)
    height, width = grey.shape
    step = max(1, -(-width // max(columns, 1)), -(-height // max(2 * lines, 1)))
    # Blocks of step x step pixels become one, so that thin strokes stay; the edge is filled up with black.
    down, right = -height % (step * 2), -width % step
    padded = np.pad(grey, ((0, down), (0, right)))
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    return np.asarray(blocks.mean(axis=(1, 3)).round(), np.uint8)


def half_blocks(picture: Pictures, columns: int, lines: int) -> list[Content]:
    """Return a picture's lines in greys.

    Args:
        picture: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        columns, lines: the room in characters.
    """
    pixels = greys(picture, columns, lines)
    return [
        Content("").join(
            Content.styled(_HALF * count, f"{_hex(upper)} on {_hex(lower)}")
            for upper, lower, count in _runs(above, under)
        )
        for above, under in zip(pixels[::2], pixels[1::2], strict=True)
    ]


def _runs(above: NDArray[np.uint8], under: NDArray[np.uint8]) -> list[tuple[int, int, int]]:
    """Return (upper, lower, how many) of equal neighbours."""
    runs: list[tuple[int, int, int]] = []
    for upper, lower in zip(above.tolist(), under.tolist(), strict=True):
        if runs and runs[-1][:2] == (upper, lower):
            runs[-1] = (upper, lower, runs[-1][2] + 1)
        else:
            runs.append((upper, lower, 1))
    return runs


def _hex(grey: int) -> str:
    return f"#{grey:02x}{grey:02x}{grey:02x}"
