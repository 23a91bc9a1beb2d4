"""A picture in half blocks, two pixels a character, one above the other; or in signs, where there are no colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from textual.content import Content

from ..core.dataset import Pictures
from ..core.mask import Mask

_HALF = "▀"
_LARGEST = 4
# What a network does not see: its ink is left at a quarter, over a ground of its own that shows the window's edge.
_DIM = 0.28
_VEIL = (26, 34, 54)
_VEIL_FEW = (0, 0, 170)
_RAMP = " .-+*#%@"
_DIM_RAMP = ",:;"


def greys(picture: Pictures, columns: int, lines: int) -> NDArray[np.uint8]:
    """Return a picture as (height, width) uint8, an even number high, larger or smaller by a whole factor to fit.

    Args:
        picture: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        columns, lines: the room in characters; a line holds two rows of pixels.
    """
    return fitted(_bytes(picture).mean(axis=2, keepdims=True), columns, lines)[:, :, 0]


def _bytes(picture: Pictures) -> NDArray[np.float64]:
    return picture.astype(np.float64) * (1 if picture.dtype == np.uint8 else 255)


def fitted(picture: NDArray[np.floating], columns: int, lines: int) -> NDArray[np.uint8]:
    """Return a picture of values 0..255, (height, width, channels), resized as :func:`greys` says."""
    height, width, _ = picture.shape
    larger = min(columns // width, 2 * lines // height, _LARGEST)
    if larger > 1:
        picture = picture.repeat(larger, axis=0).repeat(larger, axis=1)
    height, width, channels = picture.shape
    step = max(1, -(-width // max(columns, 1)), -(-height // max(2 * lines, 1)))
    # Blocks of step x step pixels become one, so that thin strokes stay; the edge is filled up with black.
    down, right = -height % (step * 2), -width % step
    padded = np.pad(picture, ((0, down), (0, right), (0, 0)))
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step, channels)
    return np.asarray(blocks.mean(axis=(1, 3)).round(), np.uint8)


def masked(picture: Pictures, mask: Mask, *, few: bool = False) -> NDArray[np.float64]:
    """Return what a network sees of a picture as it is and the rest dimmed, (height, width, 3), 0..255.

    Args:
        picture: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        mask: (height, width) bool, True where the pixel stays.
        few: whether the terminal has 16 colours only.
    """
    colors = np.broadcast_to(_bytes(picture), (*mask.shape, 3)).copy()
    veil = np.array(_VEIL_FEW if few else _VEIL, np.float64)
    colors[~mask] = np.minimum(veil + colors[~mask] * _DIM, 255)
    return colors


def half_blocks(picture: Pictures, columns: int, lines: int, *, signs: bool = False) -> list[Content]:
    """Return a picture's lines in greys.

    Args:
        picture: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        columns, lines: the room in characters.
        signs: whether to draw by signs instead, the denser the brighter.
    """
    pixels = greys(picture, columns, lines)
    if signs:
        return _signs(pixels, np.ones(pixels.shape, np.bool_))
    return _blocks(np.broadcast_to(pixels[:, :, None], (*pixels.shape, 3)))


def seen_blocks(
    picture: Pictures, mask: Mask, columns: int, lines: int, *, signs: bool = False, few: bool = False
) -> list[Content]:
    """Return a picture's lines in its own colours, what the network sees bright and the rest dimmed.

    Args:
        picture: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        mask: (height, width) bool, True where the pixel stays.
        columns, lines: the room in characters.
        signs: whether to draw by signs instead.
        few: whether the terminal has 16 colours only.
    """
    if signs:
        seen = fitted(mask[:, :, None] * 255.0, columns, lines)[:, :, 0] >= 128
        return _signs(greys(picture, columns, lines), seen)
    return _blocks(fitted(masked(picture, mask, few=few), columns, lines))


def _blocks(pixels: NDArray[np.uint8]) -> list[Content]:
    """Return lines of half blocks of (height, width, 3) pixels, height even."""
    lines = []
    for above, under in zip(pixels[::2], pixels[1::2], strict=True):
        parts: list[tuple[str, str]] = []
        for upper, lower in zip(above.tolist(), under.tolist(), strict=True):
            style = "#{:02x}{:02x}{:02x} on #{:02x}{:02x}{:02x}".format(*upper, *lower)
            if parts and parts[-1][1] == style:
                parts[-1] = (parts[-1][0] + _HALF, style)
            else:
                parts.append((_HALF, style))
        lines.append(Content.assemble(*parts))
    return lines


def _signs(pixels: NDArray[np.uint8], seen: NDArray[np.bool_]) -> list[Content]:
    """Return lines of signs of (height, width) pixels, two of them a sign: the brighter, seen if either is."""
    lines = []
    for row in range(0, len(pixels), 2):
        pair = np.maximum(pixels[row], pixels[row + 1])
        visible = seen[row] | seen[row + 1]
        text = "".join(
            (_RAMP if bright else _DIM_RAMP)[value * len(_RAMP if bright else _DIM_RAMP) // 256]
            for value, bright in zip(pair.tolist(), visible.tolist(), strict=True)
        )
        lines.append(Content(text))
    return lines
