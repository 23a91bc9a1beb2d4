"""Draws images in half blocks, two pixels per character, or in symbols if there are no colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from textual.content import Content

from ...core.data.dataset import Images
from ...core.masks.mask_kinds import Mask

_HALF = "▀"
_LARGEST = 4
# The share of its value that a masked pixel keeps: a tenth of its luminance.
_DIM = 0.35
_RAMP = " .-+*#%@"
_DIM_RAMP = ",:;"


def greys(image: Images, columns: int, lines: int) -> NDArray[np.uint8]:
    """Return an image as (height, width) uint8, an even number high, larger or smaller by a whole factor to fit.

    Args:
        image: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        columns, lines: the available characters; a line holds two rows of pixels.
    """
    return fitted(_bytes(image).mean(axis=2, keepdims=True), columns, lines)[:, :, 0]


def _bytes(image: Images) -> NDArray[np.float64]:
    return image.astype(np.float64) * (1 if image.dtype == np.uint8 else 255)


def fitted(image: NDArray[np.floating], columns: int, lines: int) -> NDArray[np.uint8]:
    """Return an image of values 0..255, (height, width, channels), resized as :func:`greys` says."""
    height, width, _ = image.shape
    larger = min(columns // width, 2 * lines // height, _LARGEST)
    if larger > 1:
        image = image.repeat(larger, axis=0).repeat(larger, axis=1)
    height, width, channels = image.shape
    step = max(1, -(-width // max(columns, 1)), -(-height // max(2 * lines, 1)))
    # Blocks of step x step pixels become one, so that thin strokes stay; the edge is filled up with black.
    down, right = -height % (step * 2), -width % step
    padded = np.pad(image, ((0, down), (0, right), (0, 0)))
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step, channels)
    return np.asarray(blocks.mean(axis=(1, 3)).round(), np.uint8)


def masked(image: Images, mask: Mask) -> NDArray[np.float64]:
    """Return an image with masked pixels dimmed, (height, width, 3), 0..255.

    Args:
        image: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        mask: (height, width) bool, True where the pixel stays.
    """
    colors = np.broadcast_to(_bytes(image), (*mask.shape, 3)).copy()
    colors[~mask] *= _DIM
    return colors


def half_blocks(image: Images, columns: int, lines: int, *, signs: bool = False) -> list[Content]:
    """Return an image's lines in greys.

    Args:
        image: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        columns, lines: the available characters.
        signs: whether to draw with symbols instead: the denser, the brighter.
    """
    pixels = greys(image, columns, lines)
    if signs:
        return _signs(pixels, np.ones(pixels.shape, np.bool_))
    return _blocks(np.broadcast_to(pixels[:, :, None], (*pixels.shape, 3)))


def seen_blocks(
    image: Images,
    mask: Mask,
    columns: int,
    lines: int,
    *,
    frame: tuple[int, int, int],
    signs: bool = False,
) -> list[Content]:
    """Return an image's lines in its own colours: what the mask hides is dimmed, what it shows is framed.

    Args:
        image: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        mask: (height, width) bool, True where the pixel stays.
        columns, lines: the available characters.
        frame: the frame's colour, red, green and blue.
        signs: whether to draw with symbols instead, without a frame.
    """
    seen = fitted(mask[:, :, None] * 255.0, columns, lines)[:, :, 0] >= 128
    if signs:
        return _signs(greys(image, columns, lines), seen)
    pixels = fitted(masked(image, mask), columns, lines)
    if seen.all():
        return _blocks(pixels)
    # The frame takes pixels outside of what is seen. A window at the image's edge gets a rim where there is room.
    window = seen.mean() < 0.5
    if window and pixels.shape[1] + 2 <= columns and pixels.shape[0] + 2 <= 2 * lines:
        pixels, seen = np.pad(pixels, ((1, 1), (1, 1), (0, 0))), np.pad(seen, 1)
    pixels[beside(seen) & ~seen] = frame
    return _blocks(pixels)


def beside(seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pixels of (height, width) bool are seen, or next to one that is, also diagonally."""
    wide = np.pad(seen, 1)
    near = np.zeros_like(seen)
    height, width = seen.shape
    for down in range(3):
        for right in range(3):
            near |= wide[down : down + height, right : right + width]
    return near


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
    """Return lines of symbols of (height, width) pixels, two per symbol: the brighter one; seen if either is."""
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
