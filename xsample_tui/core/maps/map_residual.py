"""Estimates the noise of a map of gains from the differences between neighbouring windows."""

from __future__ import annotations

import math

import numpy as np

from .map_noise import Floats
from .place_kernels import PlaceKernels

# The differences that count: the least three quarters, so that a few windows of large effect hardly matter.
KEPT = 0.75
_LEAST_DIFFERENCES = 4
_DRAWS = 2_000


class MapResidual:
    """The windows' noise as their differences to their neighbours have it.

    A window's gain less the mean of those next to it is noise for the most part. The squares of these differences
    over what is assumed of them have a mean of 1; the mean of the least three quarters of them, over what it is in
    maps of noise, hardly moves with a few windows of large effect. Where effects differ between all neighbours, as in
    a small grid, it is too large, never too small.

    Args:
        kernels: of the places; next to one are those within 1.5 steps, diagonals included.
        variances: (W,) of the windows, as assumed.
        rng: for maps of noise.

    Attributes:
        known: whether there are enough differences.
        freedom: degrees of freedom of the measure: those of a chi-square that scatters as widely.
    """

    def __init__(self, kernels: PlaceKernels, variances: Floats, rng: np.random.Generator) -> None:
        self._weights = kernels.neighbours
        self._scale = 1.0
        self.known = self._weights.shape[0] >= _LEAST_DIFFERENCES
        self.freedom = 0.0
        if self.known:
            noise = np.sqrt(variances)[:, None] * rng.standard_normal((len(variances), _DRAWS))
            drawn = self.measure(noise, variances)
            self._scale = float(drawn.mean())
            # A chi-square over its degrees of freedom f has the variance 2 / f.
            self.freedom = 2 * self._scale**2 / float(drawn.var())

    def measure(self, maps: Floats, variances: Floats) -> Floats:
        """Return (B,) the windows' variance in each of the maps (W, B), over the one assumed, (W,)."""
        found = np.asarray(self._weights @ maps)
        found *= found
        found /= (self._weights**2 @ variances)[:, None]
        kept = math.ceil(KEPT * len(found))
        found.partition(kept - 1, axis=0)
        return np.asarray(found[:kept].mean(axis=0) / self._scale, np.float64)
