"""The pixel importance map: what the windows that cover a pixel amount to, on average."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .window import Window


def importance(
    shape: tuple[int, int], windows: Sequence[Window], effects: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return each pixel's mean effect over all windows that cover it.

    Args:
        shape: the picture's height and width in pixels.
        windows: the windows that an effect is known of; each lies inside the picture.
        effects: one for each window, in any unit: pictures gained over the baselines, accuracy, log-loss.

    Returns:
        (height, width) float64 in the effects' unit; nan where no window covers the pixel.

    Raises:
        ValueError: there are not as many effects as windows.
    """
    sums, counts = np.zeros(shape), np.zeros(shape)
    for window, effect in zip(windows, effects, strict=True):
        inside = (slice(window.row, window.row + window.height), slice(window.col, window.col + window.width))
        sums[inside] += effect
        counts[inside] += 1
    return np.asarray(np.divide(sums, counts, out=np.full(shape, np.nan), where=counts > 0))


def mean_picture(pictures: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the mean of pictures over all of them and their channels, (height, width) float64, scaled to 0..1.

    Args:
        pictures: (n, height, width, channels), not negative, n at least 1.
    """
    mean = pictures.mean(axis=(0, 3), dtype=np.float64)
    top = float(mean.max())
    return np.asarray(mean / top if top > 0 else mean)
