"""The Gaussian smoother of a map of gains, and how large its values become by noise alone.

The noise of a window is estimated twice: from the baselines, with R - 1 degrees of freedom, and from the map itself,
with others; windows may be noisier than whole images. So the band is the wider of two. One pools the baselines'
variance with the map's own by their degrees of freedom, and holds where windows are as noisy as whole images. The
other takes the map's own alone, like a t-test's, and holds however noisy they are. Where they are as noisy as whole
images this costs power on small grids, whose own measure has few degrees of freedom; testing first whether they are
noisier would break the level instead, because such a test seldom detects that a small grid's noise is one and a half
times what is assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..stats.two_way_variance import ALPHA
from .map_noise import Floats, MapNoise
from .map_residual import MapResidual
from .place_kernels import WIDTHS, PlaceKernels, kernels_of

LEVEL = ALPHA
DRAWS = 4_000
_LEAST_DRAWS = 2_000
# Windows' SD was at most 2.7 times the baselines' wherever it was measured: beyond three times it is effects that
# differ from window to window. How often noise may pass for these.
_MOST_NOISE = 9.0
_BEYOND = 0.005
_CELLS = 200_000


@dataclass(frozen=True, eq=False)
class ImageParts:
    """What a map has of the images' covariance, and what smoothed maps have.

    Attributes:
        own: (W,) the map's variances.
        variances: (W,) a smoothed map's, for each of the widths.
        shared: (W,) what it has in common with the map, likewise.
    """

    own: Floats
    variances: tuple[Floats, ...]
    shared: tuple[Floats, ...]

    @classmethod
    def of(cls, kernels: PlaceKernels, covariance: Floats | None) -> ImageParts | None:
        """Return those of a (W, W) covariance; None where the images are held fixed."""
        if covariance is None:
            return None
        # An estimated covariance can give a mean slightly less than none.
        variances = (np.maximum(((w @ covariance) * w).sum(axis=1), 0) for w in kernels.weights)
        shared = ((w * covariance).sum(axis=1) for w in kernels.weights)
        return cls(np.maximum(np.diag(covariance), 0), tuple(variances), tuple(shared))


@dataclass(frozen=True, eq=False)
class Band:
    """How far maps of noise reach, as one estimate of the noise has it.

    Attributes:
        kernels: of the places.
        noise: the estimate.
        images: what the images' covariance of ``noise`` becomes; None where it has none.
        residual: what measures a map's own noise, over ``noise``; None where the noise is not measured.
        share: how much of the windows' variance that measure makes up, 0..1.
        level: how often a map of noise may exceed it.
    """

    kernels: PlaceKernels
    noise: MapNoise
    images: ImageParts | None = None
    residual: MapResidual | None = None
    share: float = 0.0
    level: float = LEVEL

    @cached_property
    def _variances(self) -> tuple[Floats, ...]:
        """What a smoothed map has of the windows' variances, at each width."""
        return self.kernels.variances(self.noise.windows)

    def standard_errors(self, width: int) -> Floats:
        """Return the (W,) standard errors of a map smoothed by a width of :data:`WIDTHS`, given by its index."""
        images = 0.0 if self.images is None else self.images.variances[width]
        return np.asarray(np.sqrt(self._variances[width] + self.noise.common + images), np.float64)

    def smooth(self, maps: Floats, windows: Floats, common: Floats) -> tuple[list[Floats], Floats, NDArray[np.intp]]:
        """Return maps smoothed by every width, the largest absolute z of each, and which width each map chooses.

        Args:
            maps: (W, B).
            windows: (B,) by what factor the windows' variances were misjudged for each map.
            common: (B,) the same of the common variance.

        Returns:
            a (W, B) for each width, (1, B) where all windows have the same; (widths, B) and (B,).
        """
        smoothed = []
        peaks, risks = np.empty((2, len(WIDTHS), maps.shape[1]))
        for width in range(len(WIDTHS)):
            found = self.kernels.smooth(maps, width)
            smoothed.append(found)
            risks[width] = self._risks(width, maps, found, windows)
            peaks[width] = self._peaks(width, found, windows, self.noise.common * common)
        # A tie goes to the wider kernel: the simpler map.
        chosen = len(WIDTHS) - 1 - np.round(risks, 9)[::-1].argmin(axis=0)
        return smoothed, peaks, chosen

    def _risks(self, width: int, maps: Floats, found: Floats, windows: Floats) -> Floats:
        """Return (B,) the estimated risk of each map.

        Smoothing keeps a shift that all gains share, so that it need not be counted.
        """
        own, weights = self.noise.windows, self.kernels.diagonals[width]
        if found is maps and self.images is None:
            return np.full(maps.shape[1], 2 * float(weights.sum()))
        apart = maps - found
        apart *= apart
        if self.images is None:
            # The factor is one for all windows, so that it divides their sum.
            return np.asarray((1 / own) @ apart / windows + 2 * float(weights.sum()))
        apart += 2 * (np.outer(weights * own, windows) + self.images.shared[width][:, None])
        apart /= np.outer(own, windows) + self.images.own[:, None]
        return np.asarray(apart.sum(axis=0))

    def _peaks(self, width: int, found: Floats, windows: Floats, shift: Floats) -> Floats:
        """Return (B,) the largest absolute z of each smoothed map."""
        # Where all windows have the same smoothed gain, its variance is the same too.
        rows = slice(0, len(found))
        variances = np.outer(self._variances[width][rows], windows)
        variances += shift
        if self.images is not None:
            variances += self.images.variances[width][rows, None]
        squares = found * found
        squares /= variances
        return np.asarray(np.sqrt(squares.max(axis=0)))

    def critical(self, rng: np.random.Generator, draws: int) -> Floats:
        """Return how many standard errors the band reaches at each width, (widths,), from simulated maps of noise.

        Each width has its own, all at one level, since the largest of hundreds of windows lies farther out than one
        mean. The level is such that the width that a map of noise chooses exceeds its value as often as is allowed.
        """
        noise, count = self.noise, len(self.noise.windows)
        root = None
        if noise.images is not None:
            values, vectors = np.linalg.eigh(np.diag(noise.windows) + noise.images)
            root = vectors * np.sqrt(np.maximum(values, 0))
        peaks, chosen = np.empty((len(WIDTHS), draws)), np.empty(draws, np.intp)
        # In parts, so that hundreds of windows do not take gigabytes.
        for part in np.array_split(np.arange(draws), max(1, count * draws // _CELLS)):
            base = np.ones(len(part))
            if math.isfinite(noise.freedom):
                base = rng.chisquare(noise.freedom, len(part)) / noise.freedom
            maps = rng.standard_normal((count, len(part)))
            if root is None:
                maps *= np.sqrt(noise.windows)[:, None]
            else:
                maps = root @ maps
            maps += math.sqrt(noise.common) * rng.standard_normal(len(part))
            factor = base
            if self.residual is not None and self.share:
                factor = (1 - self.share) * base + self.share * self.residual.measure(maps, noise.windows)
            _, peaks[:, part], chosen[part] = self.smooth(maps, factor, base)
        ranks = (-peaks).argsort(axis=1).argsort(axis=1) + 1
        own = np.sort(ranks[chosen, np.arange(draws)])
        # The critical value is itself at a rank that the draws exceed less often than that.
        rank = min(int(own[int(self.level * draws)]), int(self.level * draws)) - 1
        return np.asarray(-np.sort(-peaks, axis=1)[:, max(rank, 0)], np.float64)


class Smoother:
    """Smooths maps of one set of places and one noise.

    Args:
        places: (W, 2) row and column of each window, in pixels: any set of places, W at least 1.
        noise: of the gains.
        gains: (W,) the map whose noise is to be measured; None to take the noise as it is.
        seed: of the simulated maps.
        draws: how many maps of noise are simulated, at least 2,000.

    Attributes:
        step: the least distance of two places, in pixels; 1 where there is none.
        noise: of the gains, as the map itself corrects it: the larger of what it and the baselines have.

    Raises:
        InputError: there is no place, or too few draws, or the noise is of other windows.
    """

    def __init__(
        self, places: ArrayLike, noise: MapNoise, gains: Floats | None = None, seed: int = 0, draws: int = DRAWS
    ) -> None:
        self.places = np.asarray(places, np.int64).reshape(-1, 2)
        if not len(self.places) or len(self.places) != len(noise.windows):
            raise InputError("places", len(self.places), f"give one for each of the {len(noise.windows)} variances")
        if draws < _LEAST_DRAWS:
            raise InputError("draws", draws, f"give at least {_LEAST_DRAWS:,}")
        rng = np.random.default_rng(seed)
        self._kernels = kernels_of(self.places)
        self.step = self._kernels.step
        self._shown = Band(self._kernels, noise, ImageParts.of(self._kernels, noise.images))
        bounds: list[Band] = [self._shown]
        beyond: Band | None = None
        if gains is not None and math.isfinite(noise.freedom):
            residual = MapResidual(self._kernels, noise.windows, rng)
            if residual.known:
                self._shown, bounds, beyond = _measured(self._shown, residual, gains)
        self.noise = self._shown.noise
        self._bounds = [(band, band.critical(rng, draws)) for band in bounds]
        self._beyond = None if beyond is None else (beyond, beyond.critical(rng, draws))

    def smooth(self, gains: ArrayLike) -> tuple[Floats, NDArray[np.intp]]:
        """Smooth maps, each with the width of its least risk.

        Args:
            gains: (W, B) a map each column, in images.

        Returns:
            smoothed (W, B), and (B,) the index of each map's width in :data:`WIDTHS`.
        """
        maps = np.asarray(gains, np.float64)
        as_is = np.ones(maps.shape[1])
        smoothed, _, chosen = self._shown.smooth(maps, as_is, as_is)
        columns = (smoothed[width][:, column] for column, width in enumerate(chosen))
        return np.stack([np.broadcast_to(column, len(maps)) for column in columns], axis=1), chosen

    def standard_errors(self, width: int) -> Floats:
        """Return the (W,) standard errors of a map smoothed by a width of :data:`WIDTHS`, given by its index."""
        return self._shown.standard_errors(width)

    def reach(self, width: int) -> Floats:
        """Return how far the band reaches to each side at a width, (W,), in images."""
        found = np.max([critical[width] * band.standard_errors(width) for band, critical in self._bounds], axis=0)
        if self._beyond is not None:
            band, critical = self._beyond
            found = np.minimum(found, critical[width] * band.standard_errors(width))
        return np.asarray(found, np.float64)


def _measured(assumed: Band, residual: MapResidual, gains: Floats) -> tuple[Band, list[Band], Band | None]:
    """Return what a map is shown with, the bands of which the wider counts, and one that these need not exceed.

    Args:
        assumed: by the noise as it was given.
        residual: of that noise.
        gains: (W,) the map.
    """
    noise = assumed.noise
    own = float(residual.measure(gains[:, None], noise.windows)[0])
    both = noise.freedom + residual.freedom
    pooled = (noise.freedom + residual.freedom * own) / both

    def times(factor: float, **changes: Any) -> Band:
        return replace(assumed, noise=replace(noise, windows=noise.windows * factor), **changes)

    alone = times(own, residual=residual, share=1.0, level=LEVEL - _BEYOND)
    if own > _MOST_NOISE:
        return times(_MOST_NOISE), [alone], times(_MOST_NOISE, level=_BEYOND)
    both_ways = times(pooled, residual=residual, share=residual.freedom * own / (both * pooled))
    return times(max(pooled, own)), [both_ways, alone], None
