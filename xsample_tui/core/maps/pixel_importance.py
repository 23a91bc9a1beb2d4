"""Computes the importance of each pixel from the gains of the windows that cover it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.mapped_images import blocks
from ..masks.mask_kinds import MaskKind

Floats = NDArray[np.float64]

_SHOWS: frozenset[MaskKind] = frozenset({"keep", "random"})


@dataclass(frozen=True)
class ImportanceMap:
    """The mean effect of the windows that cover each pixel.

    Attributes:
        mean: (height, width) float64, in the effects' unit; nan where no window with a known effect covers.
        count: (height, width) int64: how many do cover.
    """

    mean: Floats
    count: NDArray[np.int64]


def shows(kind: MaskKind) -> bool:
    """Whether windows of a kind are about the pixels they show; the others are about those they hide."""
    return kind in _SHOWS


def covers(kind: MaskKind, masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pixels each window covers: those it shows (``keep``, ``random``), or those it hides.

    The article's windows cover the two corners that they zero, not the square they are named after.

    Args:
        kind: the masks' kind.
        masks: (windows, height, width) bool, True where the pixel stays.
    """
    return masks if shows(kind) else ~masks


def mean_effect(covered: NDArray[np.bool_], effects: ArrayLike) -> ImportanceMap:
    """Return the mean effect over all windows that cover a pixel.

    ``mean[p] = sum_w c_w(p) * e_w / sum_w c_w(p)``, with c_w(p) = 1 where window w covers pixel p and its effect
    e_w is known, else 0; nan where the lower sum is 0.

    Args:
        covered: (windows, height, width) bool.
        effects: (windows,) of any one unit; what is not finite counts as not known.

    Raises:
        ValueError: the two are not of as many windows.
    """
    values = np.asarray(effects, np.float64)
    if values.shape != covered.shape[:1]:
        raise ValueError(f"{covered.shape[0]} windows, but effects of shape {values.shape}")
    known = np.isfinite(values)
    flat = covered[known].reshape(int(known.sum()), math.prod(covered.shape[1:]))
    count = flat.sum(axis=0, dtype=np.int64)
    # Products of up to 400 x 784: less than a millisecond as float64, and exact counts stay integers.
    total = values[known] @ flat.astype(np.float64)
    mean = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return ImportanceMap(mean.reshape(covered.shape[1:]), count.reshape(covered.shape[1:]))


def mean_noise(sd: float, baselines: int, count: ArrayLike) -> Floats:
    """Return the standard error of the mean effect of n trainings against R baselines: ``sd * sqrt(1/n + 1/R)``.

    With no effect at all the trainings scatter independently by the seed's standard deviation, and all are
    measured from one mean of R baselines. For n = 1 it is the standard error of a single window's gain.

    Args:
        sd: seed-to-seed standard deviation, in the effects' unit.
        baselines: R, at least 1.
        count: n of each mean, any shape; the result is inf where it is 0.
    """
    n = np.asarray(count, np.float64)
    return np.asarray(sd * np.sqrt(np.divide(1.0, n, out=np.full(n.shape, np.inf), where=n > 0) + 1 / baselines))


def mean_image(
    images: NDArray[np.uint8] | NDArray[np.float32], at: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Return the mean of images over all of them and their channels, (height, width) float64, scaled to 0..1.

    Args:
        images: (n, height, width, channels), not negative, n at least 1.
        at: indices of those that count; None for all.
    """
    parts = [part.sum(axis=(0, 3), dtype=np.float64) for part in blocks(images, at)]
    mean = np.sum(parts, axis=0) / (len(images if at is None else at) * images.shape[3])
    top = float(mean.max())
    return np.asarray(mean / top if top > 0 else mean)
