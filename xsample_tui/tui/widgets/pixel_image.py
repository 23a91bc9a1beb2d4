"""Shows an image in its own pixels, in terminals that can; needs the extra ``images``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from textual.widget import Widget

from ...core.data.dataset import Images
from ...core.masks.mask_kinds import Mask
from ..terminal.image_protocol import ImageProtocol
from .half_block_image import beside, masked

# Pixels of the image's longer side, at least: enlarged by a whole factor, so that edges stay sharp when it is fitted.
_FINE = 512


def pixel_widget(protocol: ImageProtocol) -> Widget:
    """Return a widget that draws what :func:`show_pixels` gives it, as large as its place allows.

    The first call must come before the interface reads the terminal: the extra asks the terminal for the size of a
    character.

    Args:
        protocol: what the terminal understands.
    """
    from textual_image.widget import SixelImage, TGPImage

    widget: Widget = TGPImage() if protocol == "kitty" else SixelImage()
    widget.styles.width = widget.styles.height = "auto"
    return widget


def seen_pixels(image: Images, mask: Mask, frame: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return an image, enlarged, in its own colours: what the mask hides is dimmed, what it shows is framed.

    Args:
        image: (height, width, channels), uint8 in 0..255 or float32 in 0..1.
        mask: (height, width) bool, True where the pixel stays.
        frame: the frame's colour, red, green and blue.

    Returns:
        (height, width, 3) uint8, both enlarged by the same whole factor.
    """
    factor = max(1, -(-_FINE // max(mask.shape)))
    pixels = masked(image, mask).round().astype(np.uint8).repeat(factor, axis=0).repeat(factor, axis=1)
    if not mask.all():
        seen = mask.repeat(factor, axis=0).repeat(factor, axis=1)
        near = seen
        for _ in range(max(1, factor // 6)):
            near = beside(near)
        pixels[near & ~seen] = frame
    return pixels


def show_pixels(widget: Widget, pixels: NDArray[np.uint8]) -> None:
    """Draw an image with a widget of :func:`pixel_widget`.

    Args:
        widget: the widget.
        pixels: (height, width, 3), 0..255.
    """
    # Of the extra's type, which is not imported where it is not needed.
    widget.image = Image.fromarray(pixels)  # type: ignore[attr-defined]
