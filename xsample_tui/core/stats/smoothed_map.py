"""The smoothed map: what neighbouring windows gain together, with a band that holds for all of them at once.

Neighbouring windows share most of their pixels, so what they gain is alike; the noise of their trainings is not. A
mean over neighbours therefore loses noise and keeps most of a broad gain. The mean is Nadaraya and Watson's with a
Gaussian kernel (Hastie, Tibshirani and Friedman 2009, chapter 6). Its width is the one of a fixed list with the
least estimated risk, Mallows's C_p with the known noise (1973); leave-one-out and generalised cross-validation
estimate the same risk, but have no value at width 0. The band is that of the largest absolute z of simulated maps of
noise alone, each of which chooses its own width too, so that the choice is paid for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .map_noise import Floats, MapNoise
from .two_way import ALPHA

WIDTHS = (0.0, 0.75, 1.0, 1.5, 2.0, 3.0, 4.5, math.inf)
LEVEL = ALPHA
# A map needs so many whole-picture networks and windows.
LEAST_SEEDS, LEAST_WINDOWS = 2, 4
DRAWS = 4_000
_LEAST_DRAWS = 2_000
_LEAST_DIFFERENCES = 4
_NEAR = 1.5
# Windows' SD was at most 2.7 times the baselines' wherever it was measured.
_MOST_NOISE = 9.0


@dataclass(frozen=True)
class SmoothedMap:
    """What windows gain together with their neighbours.

    Attributes:
        names: (W,) the windows'.
        places: (W, 2) their rows and columns, in pixels.
        width: the kernel's standard deviation, in steps of the grid; 0 for no smoothing, infinity for one mean.
        step: the least distance of two places, in pixels.
        gains: (W,) as they were given, in images.
        smoothed: (W,) the smoothed gains, in images.
        low, high: (W,) the band, which holds all smoothed gains without noise at once in 95 % of runs, in images.
        critical: how many standard errors the band reaches to each side.
        images: whether the band counts that other images would show other gains.
    """

    names: tuple[str, ...]
    places: NDArray[np.int64]
    width: float
    step: float
    gains: Floats
    smoothed: Floats
    low: Floats
    high: Floats
    critical: float
    images: bool

    @property
    def better(self) -> tuple[str, ...]:
        """The windows whose band lies above 0."""
        return self._where(self.low > 0)

    @property
    def worse(self) -> tuple[str, ...]:
        """The windows whose band lies below 0."""
        return self._where(self.high < 0)

    def _where(self, which: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(self.names[i] for i in np.flatnonzero(which))

    def sentence(self) -> str:
        """Return what the map shows, in one plain sentence that names the regions."""
        top = int(np.abs(self.smoothed).argmax())
        if math.isinf(self.width):
            shift = self._shift(top, "the mean gain is")
            return f"Smoothed map: the windows differ from one another by no more than noise; {shift}."
        parts = [part for sign in (1, -1) if (part := self._region(sign))]
        found = "; ".join(parts) or f"no region stands out from noise; the farthest is {self._peak(top)}"
        over = (
            "single windows"
            if self.width == 0
            else f"neighbours count by a Gaussian of SD {self.width * self.step:.3g} pixels"
        )
        return f"Smoothed map ({over}): {found}."

    def _shift(self, index: int, words: str) -> str:
        return f"{words} {self.smoothed[index]:+.1f} images (95 % {self.low[index]:+.1f} to {self.high[index]:+.1f})"

    def _peak(self, index: int) -> str:
        row, col = self.places[index]
        return self._shift(index, f"row {row}, column {col} with")

    def _region(self, sign: int) -> str:
        """Return the region of the largest gain (1) or loss (-1) in words; empty where there is none."""
        regions = self._regions(self.low > 0 if sign > 0 else self.high < 0)
        if not regions:
            return ""
        peaks = [region[np.argmax(sign * self.smoothed[region])] for region in regions]
        first = int(np.argmax(sign * self.smoothed[peaks]))
        rows, cols = self.places[regions[first]].T
        more = f", and in {len(regions) - 1} more" if len(regions) > 1 else ""
        side = "better" if sign > 0 else "worse"
        count = len(regions[first])
        many = f"{count} windows" if count > 1 else "1 window"
        return (
            f"{side} than the baselines in {_span('row', rows)}, {_span('column', cols)} ({many}{more}; "
            f"most at {self._peak(int(peaks[first]))})"
        )

    def _regions(self, which: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
        """Return the groups of windows that touch, corners included, as indices."""
        left, regions = set(np.flatnonzero(which).tolist()), []
        while left:
            region = [left.pop()]
            for index in region:
                gaps = np.abs(self.places - self.places[index]).max(axis=1)
                near = left & set(np.flatnonzero(gaps <= self.step).tolist())
                left -= near
                region += sorted(near)
            regions.append(np.array(sorted(region)))
        return regions

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; an infinite width is None."""
        columns = zip(self.names, self.places.tolist(), self.gains, self.smoothed, self.low, self.high, strict=True)
        return {
            "width": None if math.isinf(self.width) else self.width * self.step,
            "critical": self.critical,
            "over_images": self.images,
            "better": list(self.better),
            "worse": list(self.worse),
            "sentence": self.sentence(),
            "windows": [
                {
                    "name": name,
                    "row": row,
                    "col": col,
                    "gain": float(gain),
                    "smoothed": float(smooth),
                    "low": float(low),
                    "high": float(high),
                }
                for name, (row, col), gain, smooth, low, high in columns
            ],
        }


class Smoother:
    """Smooths maps of one set of places and one noise.

    Where the noise is known from few baselines only, the map itself says more of it: a window's gain less the mean of
    those next to it is noise for the most part. The median of the squares of these differences is pooled with the
    baselines' variance by their degrees of freedom; the simulated maps are measured in the same way. A few windows of
    large effect hardly move a median, and windows that are noisier than whole images are seen to be. Where effects
    differ between all neighbours, as in a small grid, that widens the band, at most threefold.

    Args:
        places: (W, 2) row and column of each window, in pixels: any set of places, W at least 1.
        noise: of the gains.
        gains: (W,) the map whose noise is to be measured; None to take the noise as it is.
        seed: of the simulated maps.
        draws: how many maps of noise are simulated, at least 2,000.

    Attributes:
        step: the least distance of two places, in pixels; 1 where there is none.
        noise: of the gains, as the map itself corrects it.
        critical: (widths,) how many standard errors the band reaches at each of :data:`WIDTHS`.

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
        apart = ((self.places[:, None] - self.places[None]) ** 2).sum(axis=-1).astype(np.float64)
        self.step = math.sqrt(apart[apart > 0].min(initial=math.inf))
        if math.isinf(self.step):
            self.step = 1.0
        apart /= self.step**2
        self._weights = [_weights(apart, width) for width in WIDTHS]
        self._differences, self._spread = _differences(apart, noise.windows)
        # How much the map's own measure weighs beside the baselines', 0..1.
        self._weight = 0.0
        if gains is not None and math.isfinite(noise.freedom) and len(self._spread) >= _LEAST_DIFFERENCES:
            noise = self._corrected(noise, gains, rng)
        self.noise = noise
        images = noise.images
        # Of each share of the noise, what a smoothed map has of it, and what it has in common with the map.
        shares = [np.diag(noise.windows), np.zeros((len(apart),) * 2) if images is None else images]
        self._own_images = np.maximum(np.diag(shares[1]), 0)
        self._variances = [[_variance(w, share) for w in self._weights] for share in shares]
        self._shared = [[(w * share).sum(axis=1) for w in self._weights] for share in shares]
        self.critical = self._simulate(rng, draws)

    def _corrected(self, noise: MapNoise, gains: Floats, rng: np.random.Generator) -> MapNoise:
        """Return the noise with the windows' variances as the map and the baselines have them together."""
        drawn = self._measure(np.sqrt(noise.windows)[:, None] * rng.standard_normal((len(gains), _LEAST_DRAWS)))
        self._scale = float(drawn.mean())
        measured = float(self._measure(gains[:, None])[0]) / self._scale
        base = rng.chisquare(noise.freedom, len(drawn)) / noise.freedom
        # A chi-square over its degrees of freedom f has the variance 2 / f.
        freedom = 2 * self._scale**2 / float(drawn.var())
        factor = (noise.freedom + freedom * measured) / (noise.freedom + freedom)
        self._weight = freedom * measured / (noise.freedom + freedom * measured)
        if measured > np.quantile(drawn / self._scale / base, 1 - LEVEL):
            # Noisier than the baselines beyond doubt: their variance says nothing of the windows'.
            factor, self._weight = measured, 1.0
        if factor > _MOST_NOISE:
            # Effects that differ from window to window, not noise.
            factor, self._weight = _MOST_NOISE, 0.0
        # The differences keep their scale, which is relative.
        self._spread = self._spread * factor
        return replace(noise, windows=noise.windows * factor)

    def _measure(self, maps: Floats) -> Floats:
        """Return (B,) the noise of maps (W, B) as their own differences have it, over the noise assumed."""
        found = (self._differences @ maps) ** 2 / self._spread[:, None]
        return np.asarray(np.median(found, axis=0), np.float64)

    def smooth(self, gains: ArrayLike) -> tuple[Floats, NDArray[np.intp]]:
        """Smooth maps, each with the width of its least risk.

        Args:
            gains: (W, B) a map each column, in images.

        Returns:
            smoothed (W, B), and (B,) the index of each map's width in :data:`WIDTHS`.
        """
        maps = np.asarray(gains, np.float64)
        as_is = np.ones(maps.shape[1])
        smoothed, _, chosen = self._all(maps, as_is, as_is)
        return np.moveaxis(smoothed[chosen, :, np.arange(len(chosen))], 0, 1), chosen

    def standard_errors(self, width: int) -> Floats:
        """Return the (W,) standard errors of a map smoothed by a width of :data:`WIDTHS`, given by its index."""
        return np.asarray(
            np.sqrt(self._variances[0][width] + self.noise.common + self._variances[1][width]), np.float64
        )

    def _all(self, maps: Floats, windows: Floats, common: Floats) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """Return maps smoothed by every width, the largest absolute z of each, and which width each map chooses.

        Args:
            maps: (W, B).
            windows: (B,) by what factor the windows' variances were misjudged for each map.
            common: (B,) the same of the common variance.

        Returns:
            (widths, W, B), (widths, B) and (B,).
        """
        shift = self.noise.common * common
        # Smoothing keeps a shift that all gains share, so that the risks need not count it.
        own = self.noise.windows[:, None] * windows + self._own_images[:, None]
        smoothed = np.empty((len(WIDTHS), *maps.shape))
        peaks, risks = np.empty((2, len(WIDTHS), maps.shape[1]))
        for index, weights in enumerate(self._weights):
            found = np.matmul(weights, maps, out=smoothed[index])
            shared = self._shared[0][index][:, None] * windows + self._shared[1][index][:, None]
            risks[index] = (((maps - found) ** 2 + 2 * shared) / own).sum(axis=0)
            variance = self._variances[0][index][:, None] * windows + shift + self._variances[1][index][:, None]
            peaks[index] = np.sqrt((found**2 / variance).max(axis=0))
        # A tie goes to the wider kernel: the simpler map.
        chosen = len(WIDTHS) - 1 - np.round(risks, 9)[::-1].argmin(axis=0)
        return smoothed, peaks, chosen

    def _simulate(self, rng: np.random.Generator, draws: int) -> Floats:
        """Return the critical value at each width.

        Each width has its own, all at one level, since the largest of hundreds of windows lies farther out than one
        mean. The level is such that the width that a map of noise chooses exceeds its value in 5 % of draws.
        """
        noise, count = self.noise, len(self.places)
        root = None
        if noise.images is not None:
            values, vectors = np.linalg.eigh(np.diag(noise.windows) + noise.images)
            root = vectors * np.sqrt(np.maximum(values, 0))
        peaks, chosen = np.empty((len(WIDTHS), draws)), np.empty(draws, np.intp)
        # In parts, so that hundreds of windows do not take gigabytes.
        for part in np.array_split(np.arange(draws), max(1, count * draws // 200_000)):
            base = np.ones(len(part))
            if math.isfinite(noise.freedom):
                base = rng.chisquare(noise.freedom, len(part)) / noise.freedom
            maps = rng.standard_normal((count, len(part)))
            maps = np.sqrt(noise.windows)[:, None] * maps if root is None else root @ maps
            maps += math.sqrt(noise.common) * rng.standard_normal(len(part))
            factor = base
            if self._weight:
                factor = (1 - self._weight) * base + self._weight * self._measure(maps) / self._scale
            _, peaks[:, part], chosen[part] = self._all(maps, factor, base)
        ranks = (-peaks).argsort(axis=1).argsort(axis=1) + 1
        own = np.sort(ranks[chosen, np.arange(draws)])
        # The critical value is itself at a rank that the draws exceed less often than that.
        rank = min(int(own[int(LEVEL * draws)]), int(LEVEL * draws)) - 1
        return np.asarray(-np.sort(-peaks, axis=1)[:, max(rank, 0)], np.float64)


def smoothed_map(
    places: ArrayLike,
    gains: ArrayLike,
    noise: MapNoise,
    names: tuple[str, ...] = (),
    seed: int = 0,
    draws: int = DRAWS,
) -> SmoothedMap:
    """Smooth a map of gains and put a simultaneous 95 % band round it.

    With no effect anywhere, some window's band excludes 0 in at most 5 % of runs. The band is one for the smoothed
    gains: beside a region that gains, a window's smoothed gain is above 0 even where its own is not.

    Args:
        places: (W, 2) row and column of each window, in pixels: any set of places.
        gains: (W,) images right beyond the baselines' mean.
        noise: of the gains.
        names: (W,) the windows'; numbers where empty.
        seed: of the simulated maps.
        draws: how many are simulated, at least 2,000.

    Raises:
        InputError: as :class:`Smoother`, or the gains are not (W,) finite numbers.
    """
    values = np.asarray(gains, np.float64).ravel()
    if len(values) != len(noise.windows) or not np.isfinite(values).all():
        raise InputError("gains", len(values), f"give {len(noise.windows)} finite gains")
    smoother = Smoother(places, noise, values, seed, draws)
    smoothed, chosen = smoother.smooth(values[:, None])
    width = int(chosen[0])
    reach = smoother.critical[width] * smoother.standard_errors(width)
    return SmoothedMap(
        names=names or tuple(str(i) for i in range(len(values))),
        places=smoother.places,
        width=WIDTHS[width],
        step=smoother.step,
        gains=values,
        smoothed=smoothed[:, 0],
        low=smoothed[:, 0] - reach,
        high=smoothed[:, 0] + reach,
        critical=float(smoother.critical[width]),
        images=noise.images is not None,
    )


def _weights(apart: Floats, width: float) -> Floats:
    """Return the (W, W) weights of a width for squared distances in steps: each row sums to 1."""
    if width == 0:
        return np.eye(len(apart))
    kernel = np.ones_like(apart) if math.isinf(width) else np.exp(-apart / (2 * width**2))
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True), np.float64)


def _differences(apart: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Return the (D, W) weights of each window's difference to the mean of those next to it, and its (D,) variance.

    Args:
        apart: (W, W) squared distances, in steps; next to it are those within 1.5, diagonals included.
        variances: (W,) of the windows.
    """
    near = (apart <= _NEAR**2) & ~np.eye(len(apart), dtype=np.bool_)
    count = near.sum(axis=1)
    weights = np.eye(len(apart)) - near / np.maximum(count, 1)[:, None]
    weights = weights[count > 0]
    return weights, np.asarray(weights**2 @ variances, np.float64)


def _variance(weights: Floats, covariance: Floats) -> Floats:
    # An estimated covariance can give a mean slightly less than none.
    return np.asarray(np.maximum(((weights @ covariance) * weights).sum(axis=1), 0), np.float64)


def _span(noun: str, values: NDArray[np.int64]) -> str:
    low, high = int(values.min()), int(values.max())
    return f"{noun} {low}" if low == high else f"{noun}s {low} to {high}"
