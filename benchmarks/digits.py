"""The images that every contender is measured on, and the windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xsample_tui.core.masks.mask_kinds import DRAWERS, Canvas, Mask
from xsample_tui.core.masks.windows import Window
from xsample_tui.datasets import load

SIZE = 9
CENTRE = (9, 10)


@dataclass(frozen=True)
class Digits:
    """Training and evaluation images.

    Attributes:
        train, test: (n, height, width, channels) uint8.
        train_labels, test_labels: (n,) int64.
        classes: number of classes.
    """

    train: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    test: NDArray[np.uint8]
    test_labels: NDArray[np.int64]
    classes: int


def digits(source: str, images: int, evaluated: int) -> Digits:
    """Return the first ``images`` of a source for training and ``evaluated`` for evaluation.

    A source with fewer gives its images again, which costs as much as others would.
    """
    data = load(source)
    if data.images.dtype != np.uint8:
        raise SystemExit(f"{source}: the benchmark needs images in bytes")
    pixels = data.images.astype(np.uint8, copy=False)
    train, test = (np.arange(count) % len(data.labels) for count in (images, evaluated))
    return Digits(pixels[train], data.labels[train], pixels[test], data.labels[test], data.classes)


def mask_at(kind: str, row: int, col: int, shape: tuple[int, int], size: int = SIZE) -> Mask:
    """Return a mask of a kind for the square window at a place; ``full`` keeps the whole image."""
    canvas = Canvas(np.full(shape, 1 / (shape[0] * shape[1])), seed=0)
    if kind == "full":
        return canvas.blank(True)
    return DRAWERS[kind](Window(row, col, size, size), canvas)
