"""Computes the noise of a map of gains: how other seeds and other images would change it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..stats.window_tests import error_ratio, seed_variance

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MapNoise:
    """The noise of W windows' gains, in images squared.

    Attributes:
        windows: (W,) variance of each window's errors from training to training, independent between windows.
        common: variance that all gains share: that of the baselines' mean.
        freedom: degrees of freedom from which ``windows`` and ``common`` were estimated, at least 1; infinity where
            they are known. They are taken to be off by one factor.
        images: (W, W) covariance of the gains over images, beside the others (:func:`image_covariance`); None where
            the images are held fixed.
    """

    windows: Floats
    common: float = 0.0
    freedom: float = math.inf
    images: Floats | None = None

    def __post_init__(self) -> None:
        """Check the sizes and signs.

        Raises:
            InputError: a variance is negative or not finite, some window has none, or ``images`` is not (W, W).
        """
        count = len(self.windows)
        if self.images is not None and self.images.shape != (count, count):
            raise InputError("images", self.images.shape, f"give a ({count}, {count}) covariance")
        every = np.append(self.windows, self.common)
        if not (np.isfinite(every).all() and (every >= 0).all()):
            raise InputError("variances", float(every.min()), "give finite variances, none below 0")
        if not (self.windows > 0).all():
            raise InputError("variances", 0, "each window needs a variance above 0")
        if not self.freedom >= 1:
            raise InputError("freedom", self.freedom, "give at least 1")


def seed_noise(errors: ArrayLike, base: ArrayLike, images: Floats | None = None, *, alone: bool = False) -> MapNoise:
    """Return the noise of windows' gains over the mean of R baselines, as far as other seeds would change them.

    The variances are those of :func:`~xsample_tui.core.stats.window_tests.seed_variance`, with R - 1 degrees of
    freedom: with R + 1 a map of noise alone stands out in 8 to 23 % of runs where the SD is two to three times the
    assumed one.

    Args:
        errors: (W,) wrong images of each window.
        base: (R,) wrong images of each baseline, R at least 2.
        images: (W, W), from :func:`image_covariance`.
        alone: whether all windows have one draw of initial weights that the baselines do not have, as in runs of
            0.1.0: then that draw's share, at most a baseline's variance, is common to all gains.

    Raises:
        InputError: there are fewer than two baselines, or they have no errors.
    """
    wrong, others = np.asarray(base, np.float64).ravel(), np.asarray(errors, np.float64).ravel()
    count, mean = len(wrong), float(wrong.mean()) if len(wrong) else 0.0
    if count < 2 or not mean:
        raise InputError("baselines", count, "give at least two, which have errors")
    seeds = seed_variance(wrong)
    return MapNoise(
        windows=np.array([seeds.value * error_ratio(float(found), mean) for found in others]),
        common=seeds.value / count + (seeds.value if alone else 0.0),
        freedom=seeds.freedom,
        images=images,
    )


def image_covariance(right: ArrayLike, base: ArrayLike) -> Floats:
    """Return the covariance of windows' gains over images, as far as the masks cause it.

    A mask changes which images are right, and neighbouring windows change the same ones; other images would show
    other gains. It is the covariance of ``right - mean of base`` over the images, summed over them, less the chance
    of single trainings on single images, which :func:`seed_noise` counts: the residual of the table of baselines and
    images (Owen 2007), in proportion to a window's errors.

    Args:
        right: (W, n) 1 where a window is right about an image, else 0.
        base: (R, n) the same of each baseline, R at least 2.

    Returns:
        (W, W) in images squared; an estimate, so that sums of it can lie slightly below 0.
    """
    windows, seeds = np.asarray(right, np.float64), np.asarray(base, np.float64)
    (rows, count), mean = seeds.shape, seeds.mean(axis=0)
    apart = windows - mean
    apart -= apart.mean(axis=1, keepdims=True)
    residual = seeds - mean - seeds.mean(axis=1, keepdims=True) + mean.mean()
    scale = count / (count - 1)
    chance = float((residual**2).sum()) / (rows - 1) * scale
    wrong = 1 - seeds.mean()
    share = (1 - windows.mean(axis=1)) / wrong if wrong else np.zeros(len(windows))
    return np.asarray(apart @ apart.T * scale - chance / rows - np.diag(chance * share), np.float64)
