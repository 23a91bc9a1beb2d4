"""Seed noise: how much scores vary by the seed alone, and the best-of-N gain expected by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NoiseFloor:
    """The errors of baselines that differ by their seeds only.

    Attributes:
        count: baselines, R.
        mean: mean of their errors, in images.
        sd: standard deviation of their errors, R - 1 in the denominator; nan with fewer than 2.
        low, high: chi-square interval of the standard deviation; nan with fewer than 2.
        confidence: of that interval, 0..1.
    """

    count: int
    mean: float
    sd: float
    low: float
    high: float
    confidence: float


def noise_floor(errors: ArrayLike, confidence: float = 0.95) -> NoiseFloor:
    """Return the noise floor of R baselines.

    The interval is ``sd * sqrt((R-1) / chi2)`` at the chi-square quantiles with R - 1 degrees of freedom, exact
    for normal errors (Snedecor and Cochran 1989, section 5.11).

    Args:
        errors: (R,) wrong images of each baseline, R at least 1.
        confidence: of the standard deviation's interval, 0..1.

    Raises:
        ValueError: there is no baseline.
    """
    found = np.asarray(errors, np.float64).ravel()
    count = len(found)
    if not count:
        raise ValueError("a noise floor needs at least one baseline")
    if count == 1:
        return NoiseFloor(1, float(found[0]), math.nan, math.nan, math.nan, confidence)
    from scipy.stats import chi2

    sd, tail = float(found.std(ddof=1)), (1 - confidence) / 2
    low, high = (sd * math.sqrt((count - 1) / float(chi2.ppf(q, count - 1))) for q in (1 - tail, tail))
    return NoiseFloor(count, float(found.mean()), sd, low, high, confidence)


def expected_best_gain(windows: int, sd: float) -> float:
    """Return how many images the best of ``windows`` is expected to gain on one baseline with no effect at all.

    ``sd * E[max of W standard normals]``; the baseline's own noise has mean zero. With sd 6.4 and 361 windows: 19.

    Args:
        windows: windows actually trained, at least 1.
        sd: seed-to-seed standard deviation of the errors, in images.
    """
    from scipy.special import ndtr

    # E[max] = integral of z * W * phi(z) * Phi(z)^(W-1).
    z = np.linspace(-10, 10, 8001)
    density = windows * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * ndtr(z) ** (windows - 1)
    return sd * float(np.trapezoid(z * density, z))


def chance_p(gain: float, windows: int, sd: float, baselines: int) -> float:
    """Return how probable it is that chance alone makes the best of ``windows`` gain at least ``gain`` images.

    The gain is against the mean of R baselines, and the standard deviation is known from these alone:
    ``1 - E[Phi(s * gain/sd + b)^W]`` with b normal of variance 1/R and s the root of a chi-square variable with
    R - 1 degrees of freedom over R - 1 (the maximum of a multivariate t). With one baseline s is 1: its standard
    deviation is assumed, not measured.

    Args:
        gain: images that the best window has right beyond the baselines' mean.
        windows, sd: as of :func:`expected_best_gain`; sd above 0.
        baselines: R, at least 1.
    """
    from scipy.special import ndtr, ndtri
    from scipy.stats import chi2

    middles = (np.arange(200) + 0.5) / 200  # quantiles: the mean over them is the expectation
    b = ndtri(middles) / math.sqrt(baselines)
    s = np.sqrt(chi2.ppf(middles, baselines - 1) / (baselines - 1)) if baselines > 1 else np.ones(1)
    return float(1 - (ndtr(s[:, None] * (gain / sd) + b[None, :]) ** windows).mean())
