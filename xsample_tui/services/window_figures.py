"""Computes how much of the images each window's mask removes, before training."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

import numpy as np

from ..core.data.data_splits import split
from ..core.data.pixel_mass import InkMap
from ..core.errors import ArgumentError, check_choice
from ..core.masks.mask_kinds import DRAWERS, Canvas, draw, windows_for
from ..core.training.presets import window_and_stride
from ..core.training.trial_plan import window_name
from ..datasets import load

IMAGE_SETS = ("fit", "select", "test", "all")


@dataclass(frozen=True)
class WindowFigures:
    """Windows and the ink that their masks remove.

    Attributes:
        mask: the mask kind.
        size: height and width of the windows.
        stride: pixels from one to the next.
        images: how many images were counted.
        table: a row a window: ``window``, ``row``, ``col``, ``pixels_zeroed``, ``ink_removed``, ``images_touched``.
    """

    mask: str
    size: tuple[int, int]
    stride: int
    images: int
    table: list[dict[str, Any]]

    def facts(self) -> dict[str, Any]:
        """Return the summary: windows, images, and mean, median, least and greatest share of ink removed."""
        removed = [row["ink_removed"] for row in self.table]
        return {
            "mask": self.mask,
            "windows": len(self.table),
            "pictures": self.images,
            "mean": fmean(removed),
            "median": median(removed),
            "min": min(removed),
            "max": max(removed),
        }


def window_figures(
    data: str,
    mask: str,
    size: tuple[int, int] | None,
    stride: int | None,
    seed: int,
    images: str,
    field: str = "images",
) -> WindowFigures:
    """Lay the windows of a mask kind and count what their masks remove.

    Args:
        data, mask, seed: as of a sweep.
        size, stride: height and width of the windows, and pixels from one to the next; None: in proportion to the
            images.
        images: which images to count: ``fit``, ``select``, ``test`` or ``all``.
        field: the argument that gave ``images``, for messages.

    Raises:
        InputError: bad data, a value out of range, or a set without images.
    """
    DRAWERS.find(mask)
    check_choice(field, images, IMAGE_SETS)
    dataset = load(data)
    height, width, _ = dataset.shape
    side, step = window_and_stride(height, width)
    size, stride = size or (side, side), step if stride is None else stride
    laid = windows_for(mask, (height, width), size, stride)
    chosen = None if images == "all" else getattr(split(dataset, seed), images)
    if chosen is not None and not len(chosen):
        raise ArgumentError(field, images, f"{data} has none; choose another set")
    ink = InkMap(dataset.images, chosen)
    figures = ink.figures(np.stack(draw(mask, laid, Canvas(ink.share, seed))))
    table: list[dict[str, Any]] = [
        {
            "window": window_name(mask, w),
            "row": w.row,
            "col": w.col,
            "pixels_zeroed": f.pixels_zeroed,
            "ink_removed": f.ink_removed,
            "images_touched": f.images_touched,
        }
        for w, f in zip(laid, figures, strict=True)
    ]
    return WindowFigures(mask, size, stride, len(dataset.images if chosen is None else chosen), table)
