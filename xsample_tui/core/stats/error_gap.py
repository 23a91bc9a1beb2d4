"""The difference between two counts of errors: its variance over streams and images.

A network's count of errors moves from stream to stream (with the images fixed), and a mask may have other images
right than whole images have, not by chance: that systematic part moves the gap from one set of images to another. The
variance of discordant images added to the seeds' would count their interaction twice, so the images' part here is
what discordance is left beyond that within each kind (crossed random effects: Owen 2007).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .two_way_variance import ALPHA, StreamPart, added_up, component

Wrong = NDArray[np.bool_]


@dataclass(frozen=True)
class Gap:
    """The difference of two counts of errors, in images, or of two error rates.

    Attributes:
        gain: what the first errs less than the second.
        sd: its standard error over streams and images.
        freedom: degrees of freedom (Satterthwaite 1946).
        p: two-sided, of no difference.
        low, high: 95 % interval of the gain.
    """

    gain: float
    sd: float
    freedom: float
    p: float
    low: float
    high: float


def systematic(first: Wrong, second: Wrong) -> StreamPart:
    """Return the variance of a gap that comes from images which one kind has right and the other has not.

    With g_i the difference of the two kinds' probabilities to have image i wrong, it is
    ``sum g_i^2 - (sum g_i)^2 / n``: the squared differences of the shares observed, less what the kinds' own
    variances add to them.

    Args:
        first: (m, n) bool, which images each training of one kind has wrong, m at least 2.
        second: (R, n) bool, the same of the other, R at least 2.

    Returns:
        The variance, in squared images, never 0 where images differ (:func:`~.two_way.component`), and its degrees of
        freedom, from how it varies over images.
    """
    n = first.shape[1]
    shares = [np.asarray(wrong.mean(axis=0), np.float64) for wrong in (first, second)]
    within = [p * (1 - p) / (len(wrong) - 1) for p, wrong in zip(shares, (first, second), strict=True)]
    apart = shares[0] - shares[1]
    terms = apart**2 - within[0] - within[1]
    total = float(np.square(apart).sum()) - float(apart.sum()) ** 2 / n
    own = float(sum(part.sum() for part in within))
    spread = n * float(terms.var(ddof=1))
    freedom = max(2 * max(total, own) ** 2 / spread, 1.0) if spread else float(n)
    return StreamPart(*component([StreamPart(total, freedom, within=own)]))


def gap(gain: float, parts: Sequence[StreamPart]) -> Gap:
    """Return a gain with the variance of some independent parts, which add up; t quantiles by Satterthwaite.

    Args:
        gain: in images, or a rate.
        parts: variances in the gain's squared unit, with their degrees of freedom; one at least is above 0.
    """
    from scipy.special import stdtr, stdtrit

    variance, freedom = added_up(parts)
    freedom, sd = min(freedom, 1e9), math.sqrt(variance)
    wide = float(stdtrit(freedom, 1 - ALPHA / 2)) * sd
    return Gap(gain, sd, freedom, min(1.0, 2 * float(stdtr(freedom, -abs(gain) / sd))), gain - wide, gain + wide)
