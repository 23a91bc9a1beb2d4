"""Smooths gains over neighbouring windows, with a confidence band that holds for all windows together.

Neighbouring windows share most of their pixels, so their gains are similar; the noise of their trainings is
independent. A mean over neighbours therefore reduces noise and keeps most of a broad gain. The mean is Nadaraya and
Watson's with a Gaussian kernel (Hastie, Tibshirani and Friedman 2009, chapter 6). Its width is the one of a fixed
list with the least estimated risk, Mallows's C_p with the known noise (1973); leave-one-out and generalised
cross-validation estimate the same risk, but have no value at width 0. The band is that of the largest absolute z of
simulated maps of noise alone, each of which chooses its own width too, so the band accounts for the choice
(:mod:`.smoother`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from .map_noise import Floats, MapNoise
from .place_kernels import WIDTHS
from .smoother import DRAWS, Smoother

# A map needs so many whole-image networks and windows.
LEAST_SEEDS, LEAST_WINDOWS = 2, 4


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
        critical: how many standard errors the band reaches to each side, in the mean over the windows.
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
        found = (
            "; ".join(parts) or f"no region differs from the baselines beyond noise; the largest is {self._peak(top)}"
        )
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
    reach = smoother.reach(width)
    return SmoothedMap(
        names=names or tuple(str(i) for i in range(len(values))),
        places=smoother.places,
        width=WIDTHS[width],
        step=smoother.step,
        gains=values,
        smoothed=smoothed[:, 0],
        low=smoothed[:, 0] - reach,
        high=smoothed[:, 0] + reach,
        critical=float((reach / smoother.standard_errors(width)).mean()),
        images=noise.images is not None,
    )


def _span(noun: str, values: NDArray[np.int64]) -> str:
    low, high = int(values.min()), int(values.max())
    return f"{noun} {low}" if low == high else f"{noun}s {low} to {high}"
